//! Accounts of which events are missing, and the holes that these left.

use pedigree_sdk::accounts::EntityKind;
use solana_program::pubkey::Pubkey;
use sqlx::PgConnection;

/// Lives of accounts of which events are missing. Most carry on from the next event, which holds their whole state: then
/// fewer were folded than the account's number says. One of a kind that patches change ($1) stays as it was until a whole
/// state comes, or is not there at all.
macro_rules! incomplete {
    () => {
        "SELECT kind, address, born_slot FROM accounts WHERE events <> seq
         UNION
         SELECT e.kind, e.address, e.born_slot
         FROM (SELECT kind, address, born_slot, max(seq) AS seq FROM entity_events
               WHERE kind = ANY($1) GROUP BY 1, 2, 3) AS e
         LEFT JOIN accounts a USING (kind, address, born_slot)
         WHERE a.seq IS NULL OR a.seq < e.seq"
    };
}

/// A hole in the events of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub kind: EntityKind,
    pub address: Pubkey,
    /// Slots between which the missing events lie, both included.
    pub from: u64,
    pub to: u64,
}

/// Names of the kinds that patches change.
pub fn patched() -> Vec<&'static str> {
    let kinds = EntityKind::ALL.iter().filter(|kind| kind.is_patched());
    kinds.map(|kind| kind.name()).collect()
}

/// Accounts of which events are missing. Reads all events of the patched ones.
pub async fn count(db: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(concat!(
        "SELECT count(*) FROM (",
        incomplete!(),
        ") AS incomplete"
    ))
    .bind(patched())
    .fetch_one(db)
    .await
}

/// Holes in the events of accounts, by address.
pub async fn gaps(db: &mut PgConnection) -> Result<Vec<Gap>, sqlx::Error> {
    type Row = (String, Vec<u8>, i64, i64);
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "SELECT kind, address, from_slot, to_slot FROM (
             SELECT e.kind, e.address, e.seq, e.slot AS to_slot,
                    lag(e.seq, 1, 0::bigint) OVER life AS previous_seq,
                    lag(e.slot, 1, e.born_slot) OVER life AS from_slot
             FROM (",
        incomplete!(),
        ") AS incomplete
             JOIN entity_events e USING (kind, address, born_slot)
             WINDOW life AS (PARTITION BY e.kind, e.address, e.born_slot ORDER BY e.seq)
         ) AS numbered
         WHERE seq <> previous_seq + 1
         ORDER BY kind, address, to_slot"
    ))
    .bind(patched())
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(gap).collect())
}

fn gap((kind, address, from, to): (String, Vec<u8>, i64, i64)) -> Option<Gap> {
    Some(Gap {
        kind: EntityKind::from_name(&kind)?,
        address: Pubkey::new_from_array(address.try_into().ok()?),
        from: from.try_into().ok()?,
        to: to.try_into().ok()?,
    })
}
