//! Which listings are tainted by themselves: suspended, or with a case against them upheld and not carried out. It is
//! settled in the transaction that folds the events. What descends from them is tainted later (`spread.rs`), by what is
//! noted here in `taint_changes`.

use std::collections::{BTreeMap, BTreeSet};

use common::dispute::{false_edge_hash, version_hash};
use listing::state::{Edge, Listing, edge_status};
use pedigree_sdk::accounts::{EntityKind, from_bytes};
use sqlx::PgConnection;

use super::{
    StoreError, cases,
    entities::{Entity, EntityKey, Folded},
    rows::int,
};

/// Whether anything is left to spread.
pub const PENDING: &str = "(EXISTS (SELECT FROM taint_changes) OR EXISTS (SELECT FROM taint_waves) \
    OR EXISTS (SELECT FROM taints WHERE standing IN ('doubted', 'unfounded')))";

/// What may have changed: listings by themselves, and by edges to parents.
#[derive(Default)]
pub struct Suspects {
    listings: BTreeSet<Vec<u8>>,
    /// Child and parent of edges that are in force.
    gained: Vec<(Vec<u8>, Vec<u8>)>,
    /// Children of edges that are not any more.
    lost: BTreeSet<Vec<u8>>,
}

/// Settles whatever these accounts change of taint; `upheld` are the disputes among them that were.
pub async fn derive(
    db: &mut PgConnection,
    folded: &BTreeMap<EntityKey, Folded>,
    upheld: &[Vec<u8>],
) -> Result<(), StoreError> {
    let mut suspects = Suspects::default();
    for (key, folded) in folded {
        match key.kind {
            EntityKind::Listing => {
                suspects.listings.insert(key.address.to_bytes().to_vec());
            }
            EntityKind::Edge => {
                let edge: Edge = from_bytes(&folded.bytes)?;
                let child = edge.child.to_bytes().to_vec();
                if folded.closed || edge.status == edge_status::REVOKED {
                    suspects.lost.insert(child.clone());
                } else {
                    let parent = edge.parent.to_bytes().to_vec();
                    suspects.gained.push((child.clone(), parent));
                }
                suspects.listings.insert(child);
            }
            _ => {}
        }
    }
    suspects.listings.extend(cases::listings(db, upheld).await?);
    settle(db, suspects).await
}

/// Those whom it concerns that everything about these entities is deleted: to be asked before, and settled after.
pub async fn concerned(
    db: &mut PgConnection,
    entities: &BTreeSet<Entity>,
) -> Result<Suspects, sqlx::Error> {
    let of = |kind| -> Vec<Vec<u8>> {
        let of_kind = entities.iter().filter(|entity| entity.kind == kind);
        of_kind.map(|entity| entity.columns().1).collect()
    };
    let (edges, disputes) = (of(EntityKind::Edge), of(EntityKind::Dispute));
    let mut suspects = Suspects::default();
    if !edges.is_empty() {
        let children: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT child FROM edges WHERE address = ANY($1)")
                .bind(edges)
                .fetch_all(&mut *db)
                .await?;
        suspects.lost.extend(children.iter().cloned());
        suspects.listings.extend(children);
    }
    suspects.listings.extend(of(EntityKind::Listing));
    suspects
        .listings
        .extend(cases::listings(db, &disputes).await?);
    Ok(suspects)
}

/// Brings `own_taints` up to date, and notes whose taint has to be looked at again.
pub async fn settle(db: &mut PgConnection, suspects: Suspects) -> Result<(), StoreError> {
    note_edges(db, &suspects).await?;
    if suspects.listings.is_empty() {
        return Ok(());
    }
    let listings: Vec<Vec<u8>> = suspects.listings.into_iter().collect();
    let (mut before, mut now) = (BTreeSet::new(), BTreeSet::new());
    for ground in grounds(db, &listings).await? {
        if ground.kind == "known" {
            before.insert(ground.listing);
        } else if ground.holds()? {
            now.insert(ground.listing);
        }
    }
    let begun: Vec<&[u8]> = now.difference(&before).map(Vec::as_slice).collect();
    let ended: Vec<&[u8]> = before.difference(&now).map(Vec::as_slice).collect();
    if !begun.is_empty() {
        sqlx::query("INSERT INTO own_taints (listing) SELECT unnest($1::bytea[])")
            .bind(&begun)
            .execute(&mut *db)
            .await?;
    }
    if !ended.is_empty() {
        sqlx::query("DELETE FROM own_taints WHERE listing = ANY($1)")
            .bind(&ended)
            .execute(&mut *db)
            .await?;
    }
    for (listings, lost) in [(begun, false), (ended, true)] {
        if listings.is_empty() {
            continue;
        }
        sqlx::query(
            "INSERT INTO taint_changes (listing, lost) SELECT unnest($1::bytea[]), $2
             ON CONFLICT (listing) DO UPDATE SET lost = taint_changes.lost OR excluded.lost",
        )
        .bind(listings)
        .bind(lost)
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// A reason why a listing may be tainted by itself, or `known`, where it was.
#[derive(sqlx::FromRow)]
struct Ground {
    kind: String,
    listing: Vec<u8>,
    /// Of an upheld case; null of anything else, as those below.
    number: Option<i64>,
    subject_hash: Option<Vec<u8>>,
    /// The account that the case is about.
    account: Option<Vec<u8>>,
}

impl Ground {
    /// Whether the case, where it is one, is about what is in force now, and was not carried out.
    fn holds(&self) -> Result<bool, StoreError> {
        let (Some(number), Some(hash), Some(account)) =
            (self.number, &self.subject_hash, &self.account)
        else {
            return Ok(true);
        };
        if self.kind == "version" {
            let listing: Listing = from_bytes(account)?;
            let current = version_hash(listing.version, &listing.manifest_hash);
            return Ok(*hash == current && number > i64::from(listing.last_ruling));
        }
        let edge: Edge = from_bytes(account)?;
        Ok(*hash == false_edge_hash(edge.born_slot, &edge.child, &edge.parent))
    }
}

async fn grounds(db: &mut PgConnection, listings: &[Vec<u8>]) -> Result<Vec<Ground>, sqlx::Error> {
    sqlx::query_as(
        "SELECT 'known' AS kind, listing, NULL::bigint AS number, NULL::bytea AS subject_hash, NULL::bytea AS account
         FROM own_taints WHERE listing = ANY($1)
         UNION ALL
         SELECT 'suspended', address, NULL, NULL, NULL
         FROM listings WHERE address = ANY($1) AND status = 'suspended'
         UNION ALL
         SELECT c.kind, l.address, c.number, c.subject_hash, a.bytes
         FROM upheld_cases c JOIN listings l ON l.address = c.subject
         JOIN accounts a ON a.kind = 'listing' AND a.address = l.address AND a.born_slot = l.born_slot
         WHERE c.kind = 'version' AND c.subject = ANY($1)
         UNION ALL
         SELECT c.kind, l.address, c.number, c.subject_hash, a.bytes
         FROM upheld_cases c JOIN edges e ON e.address = c.subject JOIN listings l ON l.address = e.child
         JOIN accounts a ON a.kind = 'edge' AND a.address = e.address AND a.born_slot = e.born_slot
         WHERE c.kind = 'false_edge' AND e.child = ANY($1) AND e.status <> 'revoked'
         UNION ALL
         SELECT c.kind, l.address, NULL, NULL, NULL
         FROM upheld_cases c JOIN listings l ON l.address = c.child
         WHERE c.kind = 'missing_edge' AND c.child = ANY($1)
             -- What was revoked is not missing.
             AND NOT EXISTS (SELECT FROM edges e WHERE e.address = c.subject)",
    )
    .bind(listings)
    .fetch_all(db)
    .await
}

/// Notes those whose parents are other ones now, where that may change their taint.
async fn note_edges(db: &mut PgConnection, suspects: &Suspects) -> Result<(), sqlx::Error> {
    if !suspects.gained.is_empty() {
        let (children, parents): (Vec<&[u8]>, Vec<&[u8]>) = suspects
            .gained
            .iter()
            .map(|(child, parent)| (&child[..], &parent[..]))
            .unzip();
        // A parent that is not among them yet looks at all its children once it is.
        sqlx::query(
            "INSERT INTO taint_changes (listing, lost)
             SELECT DISTINCT g.child, false FROM unnest($1::bytea[], $2::bytea[]) AS g (child, parent)
             WHERE EXISTS (SELECT FROM taints t WHERE t.listing = g.parent)
                 AND NOT EXISTS (SELECT FROM taints t WHERE t.listing = g.child AND t.standing = 'sure')
             -- Changes nothing, but is this transaction's: see `behind`.
             ON CONFLICT (listing) DO UPDATE SET lost = taint_changes.lost",
        )
        .bind(children)
        .bind(parents)
        .execute(&mut *db)
        .await?;
    }
    if !suspects.lost.is_empty() {
        let children: Vec<&[u8]> = suspects.lost.iter().map(Vec::as_slice).collect();
        sqlx::query(
            "INSERT INTO taint_changes (listing, lost)
             SELECT t.listing, true FROM taints t WHERE t.listing = ANY($1)
             ON CONFLICT (listing) DO UPDATE SET lost = true",
        )
        .bind(children)
        .execute(db)
        .await?;
    }
    Ok(())
}

/// Doubts everything that is spread: all of it is looked at again, and stays as it is until then. Up to where it is spread
/// nobody knows.
pub async fn doubt_all(db: &mut PgConnection) -> Result<(), sqlx::Error> {
    for statement in [
        "DELETE FROM taint_changes",
        "DELETE FROM taint_waves",
        "UPDATE taints SET standing = 'doubted'",
        "UPDATE cursor SET taint_slot = NULL",
    ] {
        sqlx::query(statement).execute(&mut *db).await?;
    }
    Ok(())
}

/// Blocks after `slot` were undone.
pub async fn undone(db: &mut PgConnection, slot: u64) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE cursor SET taint_slot = $1 WHERE taint_slot > $1")
        .bind(int(slot))
        .execute(db)
        .await?;
    Ok(())
}

/// Something was derived again of slots after `slot`, or of all where that is none: where this transaction left anything to
/// spread, taint is spread up to there at most.
pub async fn behind(db: &mut PgConnection, slot: Option<u64>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE cursor SET taint_slot = CASE WHEN taint_slot > $1 THEN $1 WHEN $1 IS NOT NULL THEN taint_slot END
         WHERE EXISTS (SELECT FROM taint_changes WHERE xmin = pg_current_xact_id()::xid)",
    )
    .bind(slot.map(int))
    .execute(db)
    .await?;
    Ok(())
}
