//! Who may say what at the reward program and at the dao.

use dao::state::{direction, program};
use pedigree_sdk::{events::Event, pda};
use solana_program::pubkey::Pubkey;

use super::Taken;

/// Whether a key signed or, where it is the dao's, the dao did: for what was accepted, for its guardians, or as it took
/// settings over.
pub fn speaks(taken: &Taken, key: &Pubkey) -> bool {
    let is_dao = *key == pda::dao_authority().0;
    let for_dao = |event: &Event| {
        matches!(
            event,
            Event::ProposalExecuted(_) | Event::ProgramPaused(_) | Event::ProgramUnpaused(_)
        )
    };
    let accepts = || {
        let mut names = taken.call.into_iter().flat_map(|call| call.names());
        names.any(|name| name == "dao.accept_authority")
    };
    taken.signed(key) || (is_dao && (taken.events.iter().any(for_dao) || accepts()))
}

/// Authority of a program's settings, and the one to come.
type Authorities = (Pubkey, Pubkey);

/// Of a change of settings: before it and after it.
fn replaced(event: &Event) -> Option<(Authorities, Authorities)> {
    macro_rules! both {
        ($event:ident) => {{
            let (old, new) = (&$event.head.old, &$event.state);
            (
                (old.authority, old.pending_authority),
                (new.authority, new.pending_authority),
            )
        }};
    }
    Some(match event {
        Event::ListingConfigUpdated(event) => {
            let (head, new) = (&event.head, &event.state);
            let old = (head.old_authority, head.old_pending_authority);
            (old, (new.authority, new.pending_authority))
        }
        Event::EscrowConfigUpdated(event) => both!(event),
        Event::RewardConfigUpdated(event) => both!(event),
        Event::DaoConfigUpdated(event) => both!(event),
        _ => return None,
    })
}

/// Who may replace settings or take them over; `None` for what is no such event.
pub fn of_config(taken: &Taken, event: &Event) -> Option<bool> {
    let (old, new) = replaced(event)?;
    let state = taken.before;
    macro_rules! known {
        ($($field:ident)*) => {
            None$(.or_else(|| {
                let found = state.$field.get(&event.address())?;
                Some((found.authority, found.pending_authority))
            }))*
        };
    }
    let before = known!(listing_configs escrow_configs reward_configs dao_configs);
    // The one just before it, where a transaction has several.
    let earlier = taken
        .events
        .iter()
        .take_while(|other| !std::ptr::eq(*other, event));
    let earlier = earlier.filter(|other| other.address() == event.address());
    let known = earlier
        .filter_map(replaced)
        .last()
        .map(|(_, new)| new)
        .or(before);
    let (authority, pending) = old;
    let by = if new.0 != authority {
        &pending
    } else {
        &authority
    };
    Some(known == Some(old) && speaks(taken, by))
}

/// `None` for what is no event of the reward program's.
pub fn of_reward(taken: &Taken, event: &Event) -> Option<bool> {
    let signed = |key: &Pubkey| taken.signed(key);
    let config = taken.before.reward_config();
    Some(match event {
        Event::RewardConfigInitialized(_) => signed(&taken.memory.upgrader),
        Event::RateSet(_) => config.is_some_and(|config| speaks(taken, &config.authority)),
        // Whose fee it is says the rule of fees; when it may be, that of rewards.
        Event::FeesRecorded(_)
        | Event::EpochOpened(_)
        | Event::EpochFinished(_)
        | Event::EpochExpired(_)
        | Event::PointsClosed(_)
        | Event::AttestationSlashed(_)
        | Event::AttestationClosed(_) => true,
        Event::PointsClaimed(event) => {
            let (owner, token) = (&event.state.owner, pda::token().0);
            let expected = pda::associated_token(owner, &token, &pedigree_sdk::programs::TOKEN).0;
            signed(owner) || event.head.destination == expected
        }
        Event::PositionLocked(event) => signed(&event.state.owner),
        Event::UnlockRequested(event) => signed(&event.state.owner),
        Event::PositionWithdrawn(event) => signed(&event.state.owner),
        Event::VersionAttested(event) => signed(&event.state.owner),
        _ => return None,
    })
}

/// `None` for what is no event of the dao's.
pub fn of_dao(taken: &Taken, event: &Event) -> Option<bool> {
    let signed = |key: &Pubkey| taken.signed(key);
    let governance = taken.before.governance();
    let guarded = || {
        governance.is_some_and(|governance| {
            let nobody = Pubkey::default();
            let guardians = governance.guardians.iter();
            let signing = guardians
                .filter(|key| **key != nobody && signed(key))
                .count();
            signing > 0 && signing >= usize::from(governance.guardian_threshold)
        })
    };
    Some(match event {
        Event::DaoConfigInitialized(_) | Event::GovernanceInitialized(_) => {
            signed(&taken.memory.upgrader)
        }
        // Of an order it is anyone's, of a version its opener's.
        Event::DisputeOpened(event) => {
            let opener = &event.state.bonds[0].owner;
            *opener == Pubkey::default() || signed(opener)
        }
        Event::EdgeCaseOpened(event) => signed(&event.state.bonds[0].owner),
        Event::EvidenceSubmitted(event) => signed(&event.head.submitter),
        Event::VoteCommitted(event) => signed(&event.state.owner),
        Event::RulingAppealed(event) => {
            let known = [direction::DOWN, direction::UP].map(u64::from);
            known.contains(&event.head.direction) && signed(&event.head.appellant)
        }
        Event::VoteRevealed(_)
        | Event::RoundCounted(_)
        | Event::DisputeFinished(_)
        | Event::JurorSettled(_)
        | Event::BondPaid(_)
        | Event::DisputeClosed(_) => true,
        Event::ProposalCreated(event) => signed(&event.state.proposer),
        Event::VoteCast(event) => signed(&event.state.owner),
        Event::VoteChanged(event) => signed(&event.state.owner),
        Event::ProposalVetoed(_) => guarded(),
        Event::ProgramPaused(event) => event.head.program != u64::from(program::DAO) && guarded(),
        Event::ProgramUnpaused(_) => {
            const FORTNIGHT: i64 = 14 * 24 * 60 * 60;
            let began = governance.map_or(i64::MAX, |governance| governance.paused_at);
            guarded() || taken.after.now >= began.saturating_add(FORTNIGHT)
        }
        Event::ProposalConcluded(_)
        | Event::ProposalExecuted(_)
        | Event::ProposalExpired(_)
        | Event::DepositPaid(_)
        | Event::VoteClosed(_)
        | Event::ProposalClosed(_)
        | Event::HandedOver(_) => true,
        _ => return None,
    })
}
