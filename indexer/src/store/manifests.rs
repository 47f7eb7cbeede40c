//! Manifests: which are wanted, what became of fetching them, and what they say.

use std::{collections::BTreeSet, time::Duration};

use pedigree_sdk::accounts::EntityKind;
use sqlx::{PgConnection, PgPool};

use super::{documents, entities::Entity, listings::VersionRow};

/// What a fetch came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The bytes match the hash and are a JSON object within the limits.
    Ok,
    /// Other bytes than the hash promised.
    Mismatch,
    /// No listed store serves the URI, or what it answered breaks a rule.
    Refused,
    /// Nobody answered; it is tried again.
    Unreachable,
    TooLarge,
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Mismatch => "mismatch",
            Status::Refused => "refused",
            Status::Unreachable => "unreachable",
            Status::TooLarge => "too_large",
        }
    }
}

/// A manifest to fetch.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Wanted {
    pub hash: Vec<u8>,
    pub uri: String,
    /// This attempt included.
    pub attempts: i32,
}

/// A fetch's end.
#[derive(Clone, Debug)]
pub struct Fetched {
    pub wanted: Wanted,
    pub status: Status,
    /// What was wrong.
    pub error: Option<String>,
    /// The manifest's bytes, where it is `Ok`.
    pub bytes: Option<Vec<u8>>,
}

/// Notes the manifests of new versions as wanted, and holds their rows until the transaction ends.
pub(super) async fn expect(
    db: &mut PgConnection,
    versions: &[VersionRow],
) -> Result<(), sqlx::Error> {
    if versions.is_empty() {
        return Ok(());
    }
    let (hashes, uris): (Vec<&[u8]>, Vec<&str>) = versions.iter().map(VersionRow::manifest).unzip();
    sqlx::query(
        "INSERT INTO manifests (hash, uri, status)
         SELECT DISTINCT hash, uri,
                CASE WHEN EXISTS (SELECT FROM manifest_contents c WHERE c.hash = new.hash) THEN 'ok' ELSE 'pending' END
         FROM unnest($1::bytea[], $2::text[]) AS new (hash, uri)
         ORDER BY hash, uri
         -- Changes nothing, but locks the row.
         ON CONFLICT (hash, uri) DO UPDATE SET hash = excluded.hash",
    )
    .bind(hashes)
    .bind(uris)
    .execute(db)
    .await?;
    Ok(())
}

/// Hashes and URIs that the versions of these listings name.
pub(super) async fn named_by(
    db: &mut PgConnection,
    entities: &BTreeSet<Entity>,
) -> Result<Vec<(Vec<u8>, String)>, sqlx::Error> {
    let listings: Vec<Vec<u8>> = entities
        .iter()
        .filter(|entity| entity.kind == EntityKind::Listing)
        .map(|entity| entity.address.to_bytes().to_vec())
        .collect();
    sqlx::query_as(
        "SELECT DISTINCT manifest_hash, manifest_uri FROM versions WHERE listing = ANY($1)",
    )
    .bind(listings)
    .fetch_all(db)
    .await
}

/// Forgets those of `candidates` that no version names any more, and what was read of them.
pub(super) async fn forget_unnamed(
    db: &mut PgConnection,
    candidates: Vec<(Vec<u8>, String)>,
) -> Result<(), sqlx::Error> {
    let (hashes, uris): (Vec<Vec<u8>>, Vec<String>) = candidates.into_iter().unzip();
    sqlx::query(
        "DELETE FROM manifests m USING unnest($1::bytea[], $2::text[]) AS old (hash, uri)
         WHERE m.hash = old.hash AND m.uri = old.uri AND NOT EXISTS (
             SELECT FROM versions v WHERE v.manifest_hash = m.hash AND v.manifest_uri = m.uri)",
    )
    .bind(&hashes)
    .bind(uris)
    .execute(&mut *db)
    .await?;
    sqlx::query(
        "DELETE FROM manifest_contents c
         WHERE c.hash = ANY($1) AND NOT EXISTS (SELECT FROM manifests m WHERE m.hash = c.hash)",
    )
    .bind(hashes)
    .execute(db)
    .await?;
    Ok(())
}

/// Takes up to `limit` manifests to fetch; nobody else gets them for `lease`.
pub async fn claim(pool: &PgPool, limit: i64, lease: Duration) -> Result<Vec<Wanted>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE manifests SET attempts = attempts + 1, next_attempt = now() + make_interval(secs => $2)
         WHERE (hash, uri) IN (
             SELECT hash, uri FROM manifests
             WHERE status IN ('pending', 'unreachable') AND (next_attempt IS NULL OR next_attempt <= now())
             ORDER BY next_attempt NULLS FIRST
             LIMIT $1
             FOR UPDATE SKIP LOCKED
         )
         RETURNING hash, uri, attempts",
    )
    .bind(limit)
    .bind(lease.as_secs_f64())
    .fetch_all(pool)
    .await
}

/// Writes down what fetches came to, and shows it in the listings that name those manifests. One that the database
/// cannot take is refused, alone.
pub async fn finish(pool: &PgPool, fetched: &[Fetched]) -> Result<(), sqlx::Error> {
    match write(pool, fetched).await {
        Err(error) if is_untakeable(&error) => {}
        done => return done,
    }
    for one in fetched {
        match write(pool, std::slice::from_ref(one)).await {
            Err(error) if is_untakeable(&error) => {
                tracing::warn!(%error, hash = hex::encode(&one.wanted.hash), "a manifest is refused");
                let refused = Fetched {
                    wanted: one.wanted.clone(),
                    status: Status::Refused,
                    error: Some("the database cannot take it".to_owned()),
                    bytes: None,
                };
                write(pool, &[refused]).await?;
            }
            done => done?,
        }
    }
    Ok(())
}

/// Whether the database took offence at the data itself, so that trying again is of no use: SQLSTATE classes "data
/// exception" and "program limit exceeded".
fn is_untakeable(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code.starts_with("22") || code.starts_with("54"))
}

async fn write(pool: &PgPool, fetched: &[Fetched]) -> Result<(), sqlx::Error> {
    let mut tx = pool.begin().await?;
    let mut sorted: Vec<&Fetched> = fetched.iter().collect();
    // The pipeline locks these rows in the same order.
    sorted.sort_by(|a, b| (&a.wanted.hash, &a.wanted.uri).cmp(&(&b.wanted.hash, &b.wanted.uri)));
    for one in &sorted {
        match &one.bytes {
            Some(bytes) => keep(&mut tx, &one.wanted.hash, bytes).await?,
            None => fail(&mut tx, one).await?,
        }
    }
    let hashes: Vec<&[u8]> = sorted.iter().map(|one| &one.wanted.hash[..]).collect();
    let listings = sqlx::query_scalar("SELECT address FROM listings WHERE manifest_hash = ANY($1)")
        .bind(hashes)
        .fetch_all(&mut *tx)
        .await?;
    documents::refresh(&mut tx, listings).await?;
    tx.commit().await
}

/// Bytes that have the right hash serve every URI that promised it.
async fn keep(db: &mut PgConnection, hash: &[u8], bytes: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH locked AS (SELECT FROM manifests WHERE hash = $1 ORDER BY uri FOR UPDATE)
         INSERT INTO manifest_contents (hash, bytes)
         SELECT $1, $2 FROM (SELECT count(*) FROM locked) AS all_locked
         ON CONFLICT DO NOTHING",
    )
    .bind(hash)
    .bind(bytes)
    .execute(&mut *db)
    .await?;
    sqlx::query(
        "UPDATE manifests SET status = 'ok', next_attempt = NULL, error = NULL WHERE hash = $1",
    )
    .bind(hash)
    .execute(db)
    .await?;
    Ok(())
}

async fn fail(db: &mut PgConnection, fetched: &Fetched) -> Result<(), sqlx::Error> {
    sqlx::query(
        // 5 s, doubling up to some two hours; only what was unreachable is looked for again.
        "UPDATE manifests SET status = $3, error = $4,
             next_attempt = now() + make_interval(secs => 5 * power(2, least(attempts, 10)))
         WHERE hash = $1 AND uri = $2 AND status <> 'ok'",
    )
    .bind(&fetched.wanted.hash)
    .bind(&fetched.wanted.uri)
    .bind(fetched.status.name())
    .bind(&fetched.error)
    .execute(db)
    .await?;
    Ok(())
}

/// Gives what was refused another chance, as the operator may have listed its store since.
pub async fn reconsider(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE manifests SET status = 'pending', next_attempt = NULL WHERE status = 'refused'",
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Takes back what was claimed and never finished: there is one worker at a time, as there is one writer.
pub async fn release(pool: &PgPool) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE manifests SET next_attempt = NULL WHERE status = 'pending' AND next_attempt IS NOT NULL",
    )
    .execute(pool)
    .await?;
    Ok(())
}
