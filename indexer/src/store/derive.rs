//! Accounts into the tables that are asked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use pedigree_sdk::accounts::EntityKind;
use sqlx::PgConnection;

use super::{
    StoreError, cases, disputes, documents, edges,
    entities::{Entity, EntityKey, Folded, newest},
    epochs,
    listings::{self, VersionRow},
    manifests, orders, positions, profiles, proposals, reviews, royalties, sessions, taints,
};

/// Brings every table up to date with the accounts that were folded; `stored` is what they were before, and their other
/// lives.
pub async fn derive(
    db: &mut PgConnection,
    folded: &BTreeMap<EntityKey, Folded>,
    stored: &HashMap<EntityKey, Folded>,
    versions: &[VersionRow],
) -> Result<(), StoreError> {
    let of = |kind| newest(folded, stored, kind);
    let profiles = of(EntityKind::Profile);
    profiles::derive(db, &profiles).await?;
    edges::derive(db, &of(EntityKind::Edge), stored).await?;
    royalties::derive_tables(db, &of(EntityKind::RoyaltyTable)).await?;
    royalties::derive_pools(db, &of(EntityKind::PoolLedger)).await?;
    reviews::derive(db, &of(EntityKind::Review)).await?;
    orders::derive_mints(db, &of(EntityKind::MintConfig)).await?;
    orders::derive(db, folded, stored).await?;
    sessions::derive(db, folded).await?;
    epochs::derive(db, &of(EntityKind::Epoch)).await?;
    positions::derive(db, folded).await?;
    disputes::derive(db, folded).await?;
    let upheld = cases::derive(db, folded).await?;
    proposals::derive(db, folded).await?;

    // Before the listings: a fetch that ends now either waits for this transaction or is seen by it.
    manifests::expect(db, versions).await?;
    listings::derive(db, &of(EntityKind::Listing), stored).await?;
    listings::insert_versions(db, versions).await?;
    // What a listing's case is about is in the tables above.
    taints::derive(db, folded, &upheld).await?;
    let publishers = profiles::publishers_of(&profiles)?;
    let others = profiles::listings_of(db, publishers).await?;
    Ok(documents::refresh(db, others).await?)
}

/// Deletes every row that was derived of these entities, all their lives. Gives the publishers whose profiles are gone:
/// their listings show them still.
pub async fn clear(
    db: &mut PgConnection,
    entities: &BTreeSet<Entity>,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let concerned = taints::concerned(db, entities).await?;
    let of = |kind| -> Vec<Vec<u8>> {
        let of_kind = entities.iter().filter(|entity| entity.kind == kind);
        of_kind.map(|entity| entity.columns().1).collect()
    };
    let profiles = of(EntityKind::Profile);
    let publishers = profiles::publishers(db, &profiles).await?;
    profiles::clear(db, &profiles).await?;
    edges::clear(db, &of(EntityKind::Edge)).await?;
    royalties::clear_tables(db, &of(EntityKind::RoyaltyTable)).await?;
    royalties::clear_pools(db, &of(EntityKind::PoolLedger)).await?;
    reviews::clear(db, &of(EntityKind::Review)).await?;
    orders::clear_mints(db, &of(EntityKind::MintConfig)).await?;
    orders::clear(db, &of(EntityKind::Order)).await?;
    sessions::clear(db, &of(EntityKind::Session)).await?;
    epochs::clear(db, &of(EntityKind::Epoch)).await?;
    positions::clear(db, &of(EntityKind::Position)).await?;
    disputes::clear(db, &of(EntityKind::Dispute)).await?;
    cases::clear(db, &of(EntityKind::Dispute)).await?;
    proposals::clear(db, &of(EntityKind::Proposal)).await?;
    listings::clear(db, &of(EntityKind::Listing)).await?;
    taints::settle(db, concerned).await?;
    Ok(publishers)
}
