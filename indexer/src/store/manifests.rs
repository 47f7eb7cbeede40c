//! Manifests: which are wanted, what became of fetching them, and what they say.

use std::time::Duration;

use listing::state::Listing;
use pedigree_sdk::accounts::from_bytes;
use sqlx::{PgConnection, PgPool};

use super::{StoreError, documents, entities::Newest, rows::text};

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

/// Notes the manifests of listings as wanted, and holds their rows until the transaction ends.
pub(super) async fn expect(db: &mut PgConnection, listings: &Newest<'_>) -> Result<(), StoreError> {
    let (mut hashes, mut uris) = (Vec::new(), Vec::new());
    for (_, folded) in &listings.live {
        let listing: Listing = from_bytes(&folded.bytes)?;
        hashes.push(listing.manifest_hash.to_vec());
        uris.push(text(&listing.uri));
    }
    if hashes.is_empty() {
        return Ok(());
    }
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
