//! Times at which something becomes possible or impossible at the reward program and at the dao.

use common::dispute::dispute_status;
use dao::state::{Dispute, proposal_status};
use reward::state::epoch_status;

use crate::state::State;

/// Of epochs, positions and attestations.
pub fn of_rewards(state: &State) -> impl Iterator<Item = i64> {
    let epochs = state
        .epochs
        .values()
        .filter_map(|epoch| match epoch.status {
            epoch_status::OPEN => Some(epoch.ends_at),
            epoch_status::FINISHED => Some(epoch.claim_until + 1),
            _ => None,
        });
    let positions = state.positions.values().map(|position| position.unlock_at);
    let attestations = state
        .attestations
        .values()
        .map(|attestation| attestation.expires_at);
    epochs.chain(positions).chain(attestations)
}

/// Of open disputes.
pub fn of_court(state: &State) -> impl Iterator<Item = i64> {
    let open = |dispute: &Dispute| dispute.head.status == dispute_status::OPEN;
    let disputes = state.disputes.values().filter(move |dispute| open(dispute));
    disputes.flat_map(|dispute| {
        let [evidence, commit, reveal, appeal] = phases(dispute);
        [evidence, commit, reveal, appeal, dispute.deadline]
    })
}

/// Of proposals that wait for something, and of a pause.
pub fn of_proposals(state: &State) -> impl Iterator<Item = i64> {
    const MONTH: i64 = 30 * 86_400;
    const FORTNIGHT: i64 = 14 * 86_400;
    let proposals = state.proposals.values();
    let waiting = proposals.flat_map(|proposal| match proposal.status {
        proposal_status::VOTING => vec![proposal.ends_at],
        proposal_status::QUEUED => vec![proposal.execute_from, proposal.execute_from + MONTH],
        _ => vec![proposal.ended_at + MONTH + 1],
    });
    let paused = state.governance().filter(|found| found.paused != 0);
    waiting.chain(paused.map(|found| found.paused_at + FORTNIGHT))
}

/// Of disputes that are over: when their accounts may be closed.
pub fn of_archive(state: &State) -> impl Iterator<Item = i64> {
    const STAYS: i64 = 180 * 86_400 + 1;
    let ended = state
        .disputes
        .values()
        .filter(|dispute| dispute.ended_at > 0);
    ended.map(|dispute| dispute.ended_at + STAYS)
}

/// When the phases of the round in force end.
pub fn phases(dispute: &Dispute) -> [i64; 4] {
    let round = &dispute.rounds[usize::from(dispute.round)];
    let evidence = round.starts_at + i64::from(dispute.evidence);
    let commit = evidence + i64::from(dispute.commit);
    let reveal = commit + i64::from(dispute.reveal);
    [evidence, commit, reveal, reveal + i64::from(dispute.appeal)]
}
