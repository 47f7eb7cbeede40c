//! What is measured of the reward program and the dao, for their tests and for the benchmarks: each instruction is handed over
//! by its name, to be sent and taken note of.

use dao::state::Dispute;
use pedigree_sdk::instructions::{
    dao::{self as on_dao, Action},
    reward as on_reward,
};
use solana_keypair::Keypair;
use solana_program::instruction::Instruction;
use solana_signer::Signer;

use crate::{
    Chain,
    assembly::{Assembly, LOCK, NO, YES},
    court::{self, COMMIT, EVIDENCE, REVEAL},
    fees,
};

/// Sends an instruction that succeeds, and takes note of it under a name.
pub type Measure<'a> = &'a mut dyn FnMut(&mut Chain, &'static str, Instruction, &[&Keypair]);

/// A position is locked; a fee's points are claimed.
pub fn rewards(seed: u64, measure: Measure) {
    let mut w = fees::World::new(seed);
    let owner = w.holder(1_000);
    let lock = w.lock_ix(&owner.pubkey(), seed, 1_000);
    measure(&mut w.chain, "lock", lock, &[&owner]);
    let unlock = on_reward::request_unlock(&owner.pubkey(), seed);
    measure(&mut w.chain, "request_unlock", unlock, &[&owner]);
    let stranger = w.stranger.insecure_clone();
    let sale = w.some_sale(4_000_000_000_000);
    let index = w.record(&sale);
    let ends_at = w.epoch(index).ends_at;
    w.chain.set_time(ends_at);
    let finish = on_reward::finish_epoch(index);
    measure(&mut w.chain, "finish_epoch", finish, &[]);
    let token = w.token;
    w.chain.token_account(&token, &sale.buyer, 0);
    let claim = w.claim_ix(&sale.buyer, index);
    measure(&mut w.chain, "claim", claim, &[&stranger]);
}

/// A juror commits and reveals its vote in a case, whose round is counted as ten and as a thousand jurors leave it.
pub fn case(seed: u64, measure: Measure) {
    let mut w = court::World::new(seed);
    let voters = w.voters(&[4_000]);
    let (_, dispute) = w.order_case();
    let owner = voters[0].owner.insecure_clone();
    w.to(&dispute, EVIDENCE);
    let commit = w.commit_ix(&voters[0], &dispute, 3);
    measure(&mut w.chain, "commit", commit, &[&owner]);
    w.to(&dispute, EVIDENCE + COMMIT);
    let reveal = w.reveal_ix(&voters[0], &dispute, 3);
    measure(&mut w.chain, "reveal", reveal, &[]);
    for (jurors, name) in [(10, "tally, 10 jurors"), (1_000, "tally, 1,000 jurors")] {
        let mut w = w.fork();
        w.chain.edit_state(&dispute, |dispute: &mut Dispute| {
            let round = &mut dispute.rounds[0];
            for juror in 1..jurors {
                round.commit(court::bond(4_000)).expect("it fits");
                round.reveal((juror % 5) as u8, 4_000).expect("it fits");
            }
        });
        w.to(&dispute, EVIDENCE + COMMIT + REVEAL);
        measure(&mut w.chain, name, on_dao::tally(&dispute), &[]);
    }
}

/// A proposal from its beginning to what follows its end.
pub fn proposal(seed: u64, measure: Measure) {
    let action = Action::UpdateListing { paused: true };
    let mut a = Assembly::new(seed);
    let (owner, payer) = (a.owner(0), a.stranger.insecure_clone());
    let propose = a.propose_ix(&action);
    measure(&mut a.chain, "propose", propose, &[&owner, &payer]);
    let cast = a.cast_ix(1, 0, YES);
    measure(&mut a.chain, "cast", cast, &[&owner]);
    for choice in [NO, YES] {
        let change = a.change_ix(1, 0, choice);
        measure(&mut a.chain, "change_vote", change, &[&owner]);
    }
    let end = a.proposal(1).ends_at;
    a.at(end);
    measure(&mut a.chain, "conclude", on_dao::conclude(1), &[]);
    a.at(end + LOCK);
    let execute = a.execute_ix(1, &action);
    measure(&mut a.chain, "execute", execute, &[&payer]);
    let (key, position) = (owner.pubkey(), a.members[0].position);
    let close = on_dao::close_vote(&payer.pubkey(), &key, &position, 1);
    measure(&mut a.chain, "close_vote", close, &[&payer]);
}
