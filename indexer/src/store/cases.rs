//! Cases of versions and of edges that the court upheld for good.

use std::collections::BTreeMap;

use dao::state::{Dispute, case};
use pedigree_sdk::{court, events::Event, names};
use serde::Serialize;
use sqlx::PgConnection;

use super::{
    StoreError,
    entities::{EntityKey, Folded, lives},
    raw_events::{self, Raw},
    rows::{Bytea, Table, bytes, int, named},
};

const TABLE: Table = Table {
    name: "upheld_cases",
    key: &["address", "born_slot"],
    columns: &[
        "address",
        "born_slot",
        "kind",
        "subject",
        "subject_hash",
        "number",
        "child",
    ],
};

#[derive(Serialize)]
struct Row {
    address: Bytea,
    born_slot: i64,
    kind: String,
    subject: Bytea,
    subject_hash: Bytea,
    number: u16,
    child: Option<Bytea>,
}

/// Notes those of the disputes that were upheld, which never changes again. Gives their addresses.
pub async fn derive(
    db: &mut PgConnection,
    folded: &BTreeMap<EntityKey, Folded>,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let (mut rows, mut upheld) = (Vec::new(), Vec::new());
    for life in lives::<Dispute>(folded) {
        let (key, _, dispute) = life?;
        if !court::is_upheld(&dispute) {
            continue;
        }
        let child = match dispute.case {
            case::MISSING_EDGE => child(db, key).await?,
            _ => None,
        };
        upheld.push(key.address.to_bytes().to_vec());
        rows.push(Row {
            address: bytes(key.address),
            born_slot: int(key.born_slot),
            kind: named(&names::CASE, dispute.case),
            subject: bytes(dispute.head.subject),
            subject_hash: bytes(dispute.head.subject_hash),
            number: dispute.head.number,
            child,
        });
    }
    TABLE.upsert(db, &rows).await?;
    Ok(upheld)
}

/// The child in a case of a missing edge, by the event that opened it; none where that is missing too.
async fn child(db: &mut PgConnection, dispute: &EntityKey) -> Result<Option<Bytea>, StoreError> {
    let opened: Option<Raw> = sqlx::query_as(
        "SELECT e.slot, e.signature, e.ix_path, e.tx_index, e.program, e.data
         FROM entity_events t
         JOIN raw_events e ON e.slot = t.slot AND e.signature = t.signature AND e.ix_path = t.ix_path
         WHERE t.kind = $1 AND t.address = $2 AND t.born_slot = $3 AND t.seq = 1",
    )
    .bind(dispute.kind.name())
    .bind(dispute.address.to_bytes())
    .bind(int(dispute.born_slot))
    .fetch_optional(db)
    .await?;
    let opened = raw_events::decode(opened.into_iter().collect())?;
    Ok(opened.into_iter().find_map(|located| match located.event {
        Event::EdgeCaseOpened(opened) => Some(bytes(opened.head.child)),
        _ => None,
    }))
}

/// Listings that the cases in these disputes are against.
pub async fn listings(
    db: &mut PgConnection,
    disputes: &[Vec<u8>],
) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    if disputes.is_empty() {
        return Ok(Vec::new());
    }
    let listings: Vec<Option<Vec<u8>>> = sqlx::query_scalar(
        "SELECT CASE c.kind WHEN 'version' THEN c.subject ELSE coalesce(c.child, e.child) END
         FROM upheld_cases c LEFT JOIN edges e ON e.address = c.subject
         WHERE c.address = ANY($1)",
    )
    .bind(disputes)
    .fetch_all(db)
    .await?;
    Ok(listings.into_iter().flatten().collect())
}

/// Deletes what was derived of these disputes, all their lives.
pub async fn clear(db: &mut PgConnection, disputes: &[Vec<u8>]) -> Result<(), sqlx::Error> {
    TABLE.delete(db, "address", disputes).await
}
