//! Which events changed which entity.

use std::collections::{HashMap, HashSet};

use sqlx::PgConnection;

use super::{
    StoreError,
    copy::CopyIn,
    entities::{EntityKey, Folded},
    rows::int,
    touched::{Touch, Touched},
};
use crate::decode::EventKey;

/// Notes the changes. One whose number is known is left as it is. `each` is given the changes of one account after the
/// other, while the server is at work on those before it.
pub async fn insert(
    db: &mut PgConnection,
    touched: &Touched<'_>,
    stored: &HashMap<EntityKey, Folded>,
    mut each: impl FnMut(&EntityKey, &[Touch<'_>]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let copy = CopyIn::into(
        "entity_events",
        &[
            "kind",
            "address",
            "born_slot",
            "seq",
            "slot",
            "signature",
            "ix_path",
        ],
    );
    let mut copy = copy.open(&mut *db);
    let mut late = Vec::new();
    let mut seen = HashSet::new();
    for (key, touches) in touched {
        let known = stored.get(key).map_or(0, |account| account.seq);
        seen.clear();
        for touch in touches {
            let Some(event) = touch.event() else { continue };
            let seq = touch.seq;
            if !seen.insert(seq) {
                continue;
            }
            if seq > known {
                copy.row()
                    .await?
                    .text(key.kind.name())
                    .bytea(key.address)
                    .count(key.born_slot)
                    .count(seq)
                    .count(event.slot)
                    .bytea(event.signature)
                    .int4_array(&event.ix_path);
            } else {
                late.push((key, seq, event));
            }
        }
        each(key, touches)?;
    }
    copy.finish().await?;
    for (key, seq, event) in late {
        insert_late(db, key, seq, event).await?;
    }
    Ok(())
}

/// An event that came after later ones of its entity, which nothing but a repair brings.
async fn insert_late(
    db: &mut PgConnection,
    key: &EntityKey,
    seq: u64,
    event: &EventKey,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO entity_events (kind, address, born_slot, seq, slot, signature, ix_path)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(key.kind.name())
    .bind(key.address.to_bytes())
    .bind(int(key.born_slot))
    .bind(int(seq))
    .bind(int(event.slot))
    .bind(&event.signature[..])
    .bind(&event.ix_path)
    .execute(db)
    .await?;
    Ok(())
}
