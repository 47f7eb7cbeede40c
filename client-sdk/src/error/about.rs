//! What a refusal was about: the accounts that the instructions named, as they are now. Their state, when what came too early
//! may be done, and what is where something was to be made.

use common::receipt::mode;
use dao::{
    constants::{EXECUTABLE, PAUSE_EVERY, PROPOSAL_STAYS, RULING_STAYS},
    state::{Dispute, Docket, Governance, Proposal},
};
use escrow::state::{MintConfig, Order, Session};
use listing::state::Listing;
use reward::{
    constants::SLASHING_PERIOD,
    state::{Attestation, Epoch, Position},
};
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::Failure;
use crate::{
    accounts::{self, Account, EntityKind},
    fetch,
    names::{DISPUTE_STATUS, EPOCH_STATUS, MODE, Names, ORDER_STATE, PROPOSAL_STATUS, STATUS},
    render::rfc3339,
};

/// Errors of a listing's status, an epoch's, a dispute's or a proposal's, and a session's end.
const OF_A_STATE: [&str; 27] = [
    "NotDraft",
    "DraftExpired",
    "DraftNotExpired",
    "NotActive",
    "NotPaused",
    "NotSuspended",
    "Retired",
    "Suspended",
    "ParentNotActivated",
    "ListingNotActive",
    "ListingNotActivated",
    "ListingSuspended",
    "SessionOver",
    "NotCurrentEpoch",
    "WrongEpochState",
    "EpochNotOver",
    "ClaimOver",
    "ClaimStillOpen",
    "DisputeOver",
    "DisputeOpen",
    "WrongPhase",
    "VotingOver",
    "VotingOpen",
    "NotQueued",
    "TimeLocked",
    "StillExecutable",
    "ProposalOver",
];

/// Says of the accounts that these instructions name what they have to do with a failure. Says nothing where the network does
/// not answer: what counts is the failure.
pub async fn read(rpc: &RpcClient, instructions: &[Instruction], failure: &Failure) -> Vec<String> {
    let mut addresses: Vec<Pubkey> = Vec::new();
    for meta in instructions.iter().flat_map(|one| &one.accounts) {
        if !addresses.contains(&meta.pubkey) {
            addresses.push(meta.pubkey);
        }
    }
    let Ok(found) = fetch::raw_many(rpc, &addresses).await else {
        return Vec::new();
    };
    let subjects = addresses.into_iter().zip(found);
    let subjects = subjects.filter_map(|(address, account)| {
        let (owner, data) = account?;
        Subject::new(address, &owner, data)
    });
    subjects
        .filter_map(|subject| subject.told(failure))
        .collect()
}

/// What an order is like, in a word or two, such as `delivered (one_time)`.
pub fn order_state(order: &Order) -> String {
    let mode = word(MODE, order.head.mode);
    format!("{} ({mode})", word(ORDER_STATE, order.head.state))
}

fn word(names: Names, value: u8) -> &'static str {
    names.name(value).unwrap_or("unknown")
}

/// An account of the programs, as the network has it.
struct Subject {
    address: Pubkey,
    kind: EntityKind,
    data: Vec<u8>,
}

impl Subject {
    /// `None` of an account that is none of the programs'.
    fn new(address: Pubkey, owner: &Pubkey, data: Vec<u8>) -> Option<Self> {
        let kind = accounts::identify(owner, &data).ok()?;
        Some(Self {
            address,
            kind,
            data,
        })
    }

    fn read<T: Account>(&self) -> Option<T> {
        accounts::from_bytes(&self.data).ok()
    }

    /// What it has to do with a failure.
    fn told(&self, failure: &Failure) -> Option<String> {
        let (name, address) = (failure.name.as_str(), &self.address);
        let kind = self.kind.name().replace('_', " ");
        if failure.taken == Some(*address) {
            return Some(format!(
                "{kind} {address} exists already: {}",
                instead(self.kind)
            ));
        }
        if let (EntityKind::MintConfig, "DepositTooLarge") = (self.kind, name) {
            let MintConfig {
                mint, max_deposit, ..
            } = self.read()?;
            return Some(format!(
                "an order in mint {mint} holds at most {max_deposit} base units"
            ));
        }
        let words = [
            self.state(name).map(|state| format!("is {state}")),
            self.when(name),
        ];
        let words: Vec<String> = words.into_iter().flatten().collect();
        (!words.is_empty()).then(|| format!("{kind} {address} {}", words.join(" and ")))
    }

    /// The state that it is in, where the error is of that. Most refusals of an order are.
    fn state(&self, name: &str) -> Option<String> {
        if self.kind == EntityKind::Order {
            return self.read().map(|order| order_state(&order));
        }
        if !OF_A_STATE.contains(&name) {
            return None;
        }
        Some(match self.kind {
            EntityKind::Listing => word(STATUS, self.read::<Listing>()?.status).to_owned(),
            EntityKind::Epoch => word(EPOCH_STATUS, self.read::<Epoch>()?.status).to_owned(),
            EntityKind::Proposal => {
                word(PROPOSAL_STATUS, self.read::<Proposal>()?.status).to_owned()
            }
            EntityKind::Dispute => phases(&self.read()?)?,
            EntityKind::Session => match self.read()? {
                Session { revoked: 1, .. } => "revoked".to_owned(),
                Session { expires_at, .. } => format!("over from {} on", rfc3339(expires_at)),
            },
            _ => return None,
        })
    }

    /// From when on it lets happen what came too early.
    fn when(&self, name: &str) -> Option<String> {
        if let (EntityKind::Order, "NothingMature") = (self.kind, name) {
            return ripening(&self.read()?);
        }
        let from = self.not_before(name)?;
        Some(format!("allows this from {} on", rfc3339(from)))
    }

    fn not_before(&self, name: &str) -> Option<i64> {
        let later = |time: i64, seconds: i64| (time > 0).then(|| time.saturating_add(seconds));
        match self.kind {
            EntityKind::Order => {
                let order: Order = self.read()?;
                match name {
                    "WindowStillOpen" => later(order.settle_after, 1),
                    "DeadlineNotReached" => later(order.deliver_by, 1),
                    "StillValid" => later(order.valid_until, 1),
                    "PendingImmature" => later(order.matures_at, 0),
                    "ArbitrationStillOpen" => later(order.arbitrate_by, 0),
                    _ => None,
                }
            }
            EntityKind::Epoch => {
                let epoch: Epoch = self.read()?;
                match name {
                    "EpochNotOver" => later(epoch.ends_at, 0),
                    "ClaimStillOpen" => later(epoch.claim_until, 1),
                    _ => None,
                }
            }
            EntityKind::Proposal => {
                let proposal: Proposal = self.read()?;
                match name {
                    "VotingOpen" => later(proposal.ends_at, 0),
                    "TimeLocked" => later(proposal.execute_from, 0),
                    "StillExecutable" => later(proposal.execute_from, EXECUTABLE.into()),
                    "StillNeeded" => later(proposal.ended_at, PROPOSAL_STAYS.saturating_add(1)),
                    _ => None,
                }
            }
            EntityKind::Dispute if name == "StillNeeded" => later(
                self.read::<Dispute>()?.ended_at,
                RULING_STAYS.saturating_add(1),
            ),
            EntityKind::Docket if name == "ListingDisputed" => {
                let docket: Docket = self.read()?;
                let ended = docket.head.open == 0;
                later(docket.head.ended_at, SLASHING_PERIOD).filter(|_| ended)
            }
            EntityKind::Position if name == "StillLocked" => {
                later(self.read::<Position>()?.unlock_at, 0)
            }
            EntityKind::Attestation if name == "AttestationAlive" => {
                later(self.read::<Attestation>()?.expires_at, 0)
            }
            EntityKind::Governance if name == "PauseTooSoon" => {
                later(self.read::<Governance>()?.paused_at, PAUSE_EVERY.into())
            }
            _ => None,
        }
    }
}

/// When more of an order can be paid.
fn ripening(order: &Order) -> Option<String> {
    if order.pending > 0 {
        let matures = rfc3339(order.matures_at);
        return Some(format!("has {} that matures at {matures}", order.pending));
    }
    if order.head.mode != mode::SUBSCRIPTION {
        return None;
    }
    let periods = order.earned.checked_div(order.price)?.checked_add(1)?;
    let elapsed = i64::try_from(periods)
        .ok()?
        .checked_mul(order.period.into())?;
    let vests = order.opened_at.checked_add(elapsed)?;
    let matures = vests.checked_add(order.dispute_window.into())?;
    Some(format!(
        "its next period ends at {}, for its owner to accept, and is mature at {}, for anyone to settle",
        rfc3339(vests),
        rfc3339(matures)
    ))
}

/// A dispute's status, and until when the phases of its round last.
fn phases(dispute: &Dispute) -> Option<String> {
    let status = word(DISPUTE_STATUS, dispute.head.status);
    if dispute.ended_at > 0 {
        return Some(format!("{status}, since {}", rfc3339(dispute.ended_at)));
    }
    let round = dispute.rounds.get(usize::from(dispute.round))?;
    let mut ends = round.starts_at;
    let lasts = [
        ("evidence", dispute.evidence),
        ("commitments", dispute.commit),
        ("reveals", dispute.reveal),
        ("an appeal", dispute.appeal),
    ];
    let phases = lasts.map(|(phase, seconds)| {
        ends = ends.saturating_add(seconds.into());
        format!("{phase} until {}", rfc3339(ends))
    });
    let number = dispute.round;
    Some(format!(
        "{status}, and its round {number} takes {}",
        phases.join(", ")
    ))
}

/// What to do where there is one already.
fn instead(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Listing => {
            "its publisher used this key before: take another key, or change that listing"
        }
        EntityKind::Edge => "the listing names this parent already",
        EntityKind::PoolLedger => "the pool is open, use it",
        EntityKind::Review => "an order is reviewed once: edit that review, once",
        EntityKind::MintConfig => "the mint was allowed before: change its settings",
        EntityKind::Session => {
            "an owner has one session for a key: close that one first, or take another key"
        }
        EntityKind::Epoch => "it was opened before: record fees in it",
        EntityKind::Position => "its owner has a position of this number: take another number",
        EntityKind::Attestation => "a position attests a version once",
        EntityKind::Dispute => "the case is before the court already: go on with that one",
        EntityKind::Juror => "a position votes once in a round",
        EntityKind::Vote => "a position votes once on a proposal: change that vote",
        EntityKind::Proposal => "another proposal took this number: send yours again",
        _ => "it is made once",
    }
}

#[cfg(test)]
mod tests;
