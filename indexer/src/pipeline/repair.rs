//! Finds what the index lacks, and mends it: holes between the events of an account, and accounts whose events were
//! never seen. A sound node leaves nothing to do here; this is for the day when one left something out of a block.

use std::{
    collections::{BTreeMap, BTreeSet},
    iter::once,
};

use pedigree_sdk::accounts::{self, EntityKind, account_hash};
use serde::Serialize;
use solana_program::pubkey::Pubkey;

use super::PipelineError;
use crate::{
    decode,
    metrics::Metrics,
    source::{ACCOUNTS, Persistent, RpcSource, Source},
    store::{Gap, Snapshot, Standing, Store, StoreError},
};

/// Stored blocks fetched again before a hole is looked at anew, where the node cannot say which ones name the account.
const PAGE: usize = 1_000;

/// What a repair came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repaired {
    /// Holes that were there.
    pub gaps: u64,
    /// Blocks fetched again.
    pub blocks: u64,
    /// Events that they brought.
    pub events: u64,
    /// Holes that are left: ask another node.
    pub left: u64,
}

/// What a comparison with the network came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Reconciled {
    /// Of the oldest bank compared with.
    pub slot: u64,
    pub accounts: u64,
    /// Equal, byte for byte, or newer here.
    pub sound: u64,
    /// Changed after the last slot that the index has read: the next comparison tells.
    pub unread: u64,
    /// Events found by looking for those of accounts that were behind.
    pub repaired_events: u64,
    /// Accounts stored as the network has them, as their events cannot be had.
    pub snapshots: u64,
    /// Accounts whose events are all here but fold to other bytes: a fault of this program.
    pub differing: Vec<String>,
    /// Accounts that are open here and not on the network: their last event is missing.
    pub vanished: Vec<String>,
}

impl Reconciled {
    /// Whether the index had every account as the network has it, as far as it has read.
    pub fn is_sound(&self) -> bool {
        self.sound.saturating_add(self.unread) == self.accounts && self.vanished.is_empty()
    }
}

/// The parts that both need.
pub struct Repairer<'a> {
    /// The node whose accounts are compared with.
    pub source: &'a Persistent<RpcSource>,
    /// Another node: it may have what the first one left out, and has to agree where no event tells of an account.
    pub witness: Option<&'a Persistent<RpcSource>>,
    pub store: &'a Store,
    pub metrics: &'a Metrics,
}

impl<'a> Repairer<'a> {
    fn nodes(&self) -> impl Iterator<Item = &'a Persistent<RpcSource>> + use<'a> {
        once(self.source).chain(self.witness)
    }

    async fn frontier(&self) -> Result<Option<u64>, StoreError> {
        Ok(self.store.frontier().await?.map(|point| point.slot))
    }

    /// Slots whose blocks name an account, as far as any node knows.
    async fn slots_of(
        &self,
        address: &Pubkey,
        from: u64,
        to: u64,
    ) -> Result<BTreeSet<u64>, PipelineError> {
        let mut slots = BTreeSet::new();
        for node in self.nodes() {
            slots.extend(node.slots_of(address, from, to).await?);
        }
        Ok(slots)
    }

    /// Fetches the blocks again between which events of an account are missing.
    ///
    /// # Errors
    /// Where the node or the database does not answer, or the node has other blocks than the stored ones.
    pub async fn fill_gaps(&self) -> Result<Repaired, PipelineError> {
        let gaps = self.store.gaps().await?;
        let mut repaired = Repaired {
            gaps: gaps.len() as u64,
            ..Repaired::default()
        };
        let (mut slots, mut wide) = (BTreeSet::new(), Vec::new());
        for gap in &gaps {
            match self.suspects(gap).await? {
                Some(known) => slots.extend(known),
                None => wide.push(gap),
            }
        }
        repaired.blocks = slots.len() as u64;
        repaired.events = self.fetch_again(slots).await?;
        for gap in wide {
            self.search(gap, &mut repaired).await?;
        }
        repaired.left = self.store.gaps().await?.len() as u64;
        Ok(repaired)
    }

    /// Compares every account with the network's, and stores what cannot be had otherwise.
    ///
    /// # Errors
    /// As [`Repairer::fill_gaps`]; [`PipelineError::Behind`] where the index has not read what the node has.
    pub async fn reconcile(&self) -> Result<Reconciled, PipelineError> {
        let mut report = Reconciled {
            slot: u64::MAX,
            ..Reconciled::default()
        };
        for kind in EntityKind::ALL {
            self.reconcile_kind(*kind, &mut report).await?;
        }
        self.metrics.snapshots(report.snapshots);
        self.metrics
            .compared(report.differing.len(), report.vanished.len());
        Ok(report)
    }

    async fn reconcile_kind(
        &self,
        kind: EntityKind,
        report: &mut Reconciled,
    ) -> Result<(), PipelineError> {
        let (slot, addresses) = self.source.addresses(kind).await?;
        let frontier = self.frontier().await?;
        let Some(frontier) = frontier.filter(|frontier| *frontier >= slot) else {
            return Err(PipelineError::Behind {
                node: slot,
                index: frontier.unwrap_or_default(),
            });
        };
        report.slot = report.slot.min(slot);
        for addresses in addresses.chunks(ACCOUNTS) {
            let (slot, mut network) = self.source.accounts(addresses).await?;
            // Closed since they were listed.
            network.retain(|_, bytes| bytes.starts_with(kind.discriminator()));
            report.accounts = report.accounts.saturating_add(network.len() as u64);
            let behind = self.compare(kind, &network, report).await?;
            let frontier = self.frontier().await?.unwrap_or(frontier);
            if frontier < slot {
                report.unread = report.unread.saturating_add(behind.len() as u64);
            } else {
                network.retain(|address, _| behind.contains(address));
                self.catch_up(kind, slot, network, report).await?;
            }
        }
        let open = self.store.open_at(kind, slot).await?;
        let mut vanished: Vec<Pubkey> = open
            .into_iter()
            .filter(|address| addresses.binary_search(address).is_err())
            .collect();
        if !vanished.is_empty() {
            let found = self.look_for(kind, &vanished, slot).await?;
            report.repaired_events = report.repaired_events.saturating_add(found);
            let standings = self.store.standings(kind, &vanished).await?;
            vanished.retain(|address| {
                standings
                    .get(address)
                    .is_some_and(|standing| !standing.closed && standing.slot <= slot)
            });
        }
        let names = vanished.iter().map(|address| format!("{kind} {address}"));
        report.vanished.extend(names);
        Ok(())
    }

    /// Accounts whose events the index lacks; the others are counted.
    async fn compare(
        &self,
        kind: EntityKind,
        accounts: &BTreeMap<Pubkey, Vec<u8>>,
        report: &mut Reconciled,
    ) -> Result<Vec<Pubkey>, PipelineError> {
        let addresses: Vec<Pubkey> = accounts.keys().copied().collect();
        let standings = self.store.standings(kind, &addresses).await?;
        let mut behind = Vec::new();
        for (address, bytes) in accounts {
            match compare(kind, standings.get(address), bytes) {
                Found::Sound => report.sound = report.sound.saturating_add(1),
                Found::Differs => report.differing.push(format!("{kind} {address}")),
                Found::Behind => behind.push(*address),
            }
        }
        Ok(behind)
    }

    /// Looks for the events of accounts that are behind, and stores those as they are that stay so.
    async fn catch_up(
        &self,
        kind: EntityKind,
        slot: u64,
        mut network: BTreeMap<Pubkey, Vec<u8>>,
        report: &mut Reconciled,
    ) -> Result<(), PipelineError> {
        if network.is_empty() {
            return Ok(());
        }
        let addresses: Vec<Pubkey> = network.keys().copied().collect();
        let found = self.look_for(kind, &addresses, slot).await?;
        report.repaired_events = report.repaired_events.saturating_add(found);
        let frontier = self.frontier().await?.unwrap_or_default();
        let behind = self.compare(kind, &network, report).await?;
        let vouched = self.vouched(&behind).await?;
        let mut snapshots = Vec::new();
        for address in behind {
            let Some(bytes) = network.remove(&address) else {
                continue;
            };
            let other = vouched.as_ref().map(|there| there.get(&address));
            if other.is_some_and(|other| other != Some(&bytes)) {
                tracing::warn!(%kind, %address, "the witness has another account: it is left for later");
                report.unread = report.unread.saturating_add(1);
                continue;
            }
            // A node may give newer accounts than the bank that it names has, as the embedded network does.
            let next = frontier.saturating_add(1);
            let unread = self.slots_of(&address, next, u64::MAX).await?;
            if !unread.is_empty() {
                report.unread = report.unread.saturating_add(1);
                continue;
            }
            let Ok((born_slot, seq)) = accounts::position(kind, &bytes) else {
                continue;
            };
            tracing::warn!(%kind, %address, "its events cannot be had: it is stored as the network has it");
            snapshots.push(Snapshot {
                kind,
                address,
                born_slot,
                seq,
                slot,
                bytes,
            });
        }
        report.snapshots = report.snapshots.saturating_add(snapshots.len() as u64);
        Ok(self.store.add_snapshots(&snapshots).await?)
    }

    /// These accounts as the witness has them; none where there is no witness.
    async fn vouched(
        &self,
        addresses: &[Pubkey],
    ) -> Result<Option<BTreeMap<Pubkey, Vec<u8>>>, PipelineError> {
        let Some(witness) = self.witness.filter(|_| !addresses.is_empty()) else {
            return Ok(None);
        };
        let (_, accounts) = witness.accounts(addresses).await?;
        Ok(Some(accounts))
    }

    /// Fetches the blocks again that name these accounts after the last event known of each.
    async fn look_for(
        &self,
        kind: EntityKind,
        addresses: &[Pubkey],
        to: u64,
    ) -> Result<u64, PipelineError> {
        let standings = self.store.standings(kind, addresses).await?;
        let mut slots = BTreeSet::new();
        for address in addresses {
            let from = standings.get(address).map_or(0, |standing| standing.slot);
            slots.extend(self.slots_of(address, from, to).await?);
        }
        self.fetch_again(slots).await
    }

    /// Slots that may hold what a gap lacks; none where the node forgot, or never knew, which ones name the account.
    async fn suspects(&self, gap: &Gap) -> Result<Option<BTreeSet<u64>>, PipelineError> {
        let mut slots = self.slots_of(&gap.address, gap.from, gap.to).await?;
        // Events before and after the hole may be of its blocks, too.
        slots.extend([gap.from, gap.to]);
        let known = slots.len() > 2 || gap.to.saturating_sub(gap.from) <= 1;
        Ok(known.then_some(slots))
    }

    /// Fetches all blocks of a gap again, a page at a time, until it is filled: by what was found for another, too.
    async fn search(&self, gap: &Gap, repaired: &mut Repaired) -> Result<(), PipelineError> {
        let between = self.store.slots_between(gap.from, gap.to).await?;
        for page in between.chunks(PAGE) {
            if !self
                .store
                .gaps()
                .await?
                .iter()
                .any(|left| left.overlaps(gap))
            {
                break;
            }
            repaired.blocks = repaired.blocks.saturating_add(page.len() as u64);
            let events = self.fetch_again(page.iter().copied().collect()).await?;
            repaired.events = repaired.events.saturating_add(events);
        }
        Ok(())
    }

    /// Fetches stored blocks again, and adds what they lack. Gives the number of events.
    async fn fetch_again(&self, slots: BTreeSet<u64>) -> Result<u64, PipelineError> {
        let mut events = 0u64;
        for node in self.nodes() {
            events = events.saturating_add(self.fetch_from(node, &slots).await?);
        }
        Ok(events)
    }

    async fn fetch_from(
        &self,
        node: &Persistent<RpcSource>,
        slots: &BTreeSet<u64>,
    ) -> Result<u64, PipelineError> {
        let mut events = 0u64;
        let mut forgot = false;
        for slot in slots.iter().copied() {
            // Nothing, where the index does not have the block.
            let read = if forgot {
                // What the node has is given at once.
                read_again(&node.source, self.store, slot, slot).await
            } else {
                read_again(node, self.store, slot, slot).await
            };
            match read {
                Ok((_, added)) => {
                    self.metrics.repaired(added);
                    events = events.saturating_add(added);
                }
                // A node forgets old blocks: what else can be had is had all the same.
                Err(PipelineError::Source(error)) if !error.is_fatal() => {
                    tracing::warn!(slot, %error, "a block cannot be read again");
                    forgot = true;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(events)
    }
}

/// Reads the stored blocks of a range again and completes them. Gives the numbers of blocks and of events added.
///
/// # Errors
/// Where the source or the database does not answer, or the source has another block than the stored one.
pub async fn read_again<S: Source>(
    source: &S,
    store: &Store,
    from: u64,
    to: u64,
) -> Result<(u64, u64), PipelineError> {
    let (mut blocks, mut events) = (0u64, 0u64);
    for slot in store.slots_between(from, to).await? {
        let block = decode::read(source.block(slot).await?);
        events = events.saturating_add(store.amend(&block).await?);
        blocks = blocks.saturating_add(1);
    }
    Ok((blocks, events))
}

enum Found {
    Sound,
    Differs,
    Behind,
}

/// An account here against its bytes on the network.
fn compare(kind: EntityKind, here: Option<&Standing>, bytes: &[u8]) -> Found {
    let Ok(there) = accounts::position(kind, bytes) else {
        return Found::Differs;
    };
    let Some(here) = here else {
        return Found::Behind;
    };
    match (here.born_slot, here.seq).cmp(&there) {
        std::cmp::Ordering::Less => Found::Behind,
        std::cmp::Ordering::Equal if here.account_hash != account_hash(bytes) => Found::Differs,
        _ => Found::Sound,
    }
}
