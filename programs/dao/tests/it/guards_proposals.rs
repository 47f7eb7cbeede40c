//! The same for the instructions of proposals: one of each, with every account that it can have.

use dao::state::program;
use listing::state::Config as ListingConfig;
use pedigree_sdk::{
    instructions::dao::{self as ix, Action},
    pda,
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::guards::{Case, Cases};

use crate::{assembly::*, world::*};

const PAUSE: Action = Action::UpdateListing { paused: true };

/// A case whose signers are the stranger and these.
fn of(
    a: Assembly,
    instruction: Instruction,
    signers: Vec<Keypair>,
    others: Vec<(&'static str, Pubkey)>,
) -> Case {
    let mut all = vec![a.stranger.insecure_clone()];
    all.extend(signers);
    Case {
        chain: a.world.chain,
        instructions: vec![instruction],
        signers: all,
        others,
    }
}

pub fn cases() -> Cases {
    let mut cases: Cases = Vec::new();
    cases.push((
        "initialize_governance",
        Box::new(|| {
            let a = Assembly::bare(1);
            let initialize = a.initialize_ix(FLOOR, a.named(2), governance_args());
            let upgrader = a.upgrader();
            of(a, initialize, vec![upgrader], vec![])
        }),
    ));
    let mut case = |name, build: fn(Assembly) -> Case| {
        cases.push((name, Box::new(move || build(Assembly::new(1)))));
    };
    case("accept_authority", |mut a| {
        a.chain
            .edit_state(&pda::listing_config().0, |config: &mut ListingConfig| {
                config.pending_authority = authority();
            });
        let others = vec![("settings", pda::escrow_config().0)];
        of(a, ix::accept_authority(program::LISTING), vec![], others)
    });
    case("propose", |mut a| {
        let number = a.propose(&PAUSE);
        let (owner, other) = (a.owner(0), a.account(&a.owner(1).pubkey()));
        let others = vec![
            ("position", a.members[1].position),
            ("proposal", pda::proposal(number).0),
            ("target", pda::escrow_config().0),
            ("source", other),
        ];
        let propose = a.propose_ix(&PAUSE);
        of(a, propose, vec![owner], others)
    });
    case("decree", |mut a| {
        let number = a.decree(&PAUSE);
        let steward = a.steward.insecure_clone();
        let others = vec![
            ("proposal", pda::proposal(number).0),
            ("target", pda::escrow_config().0),
        ];
        let decree = a.decree_ix(&PAUSE);
        of(a, decree, vec![steward], others)
    });
    case("cast", |mut a| {
        let (number, other) = (a.propose(&PAUSE), a.propose(&PAUSE));
        a.cast(other, 0, YES);
        let owner = a.owner(0);
        let voted = pda::vote(&pda::proposal(other).0, &a.members[0].position).0;
        let others = vec![
            ("position", a.members[1].position),
            ("proposal", pda::proposal(other).0),
            ("vote", voted),
        ];
        let cast = a.cast_ix(number, 0, YES);
        of(a, cast, vec![owner], others)
    });
    case("change_vote", |mut a| {
        let (number, other) = (a.propose(&PAUSE), a.propose(&PAUSE));
        a.vote(number, &[YES, YES]);
        let owner = a.owner(0);
        let proposal = pda::proposal(number).0;
        let others = vec![
            ("proposal", pda::proposal(other).0),
            ("vote", pda::vote(&proposal, &a.members[1].position).0),
        ];
        let change = a.change_ix(number, 0, NO);
        of(a, change, vec![owner], others)
    });
    case("conclude", |mut a| {
        let number = a.propose(&PAUSE);
        a.pass(1);
        let other = a.propose(&PAUSE);
        let end = a.proposal(number).ends_at;
        a.at(end);
        let others = vec![("proposal", pda::proposal(other).0)];
        of(a, ix::conclude(number), vec![], others)
    });
    case("veto", |mut a| {
        let other = a.enact(&PAUSE);
        let number = a.propose(&PAUSE);
        let veto = ix::veto(number, &a.keys(&[0, 1]));
        let guardians = [0, 1].map(|at| a.guardians[at].insecure_clone()).into();
        let others = vec![("proposal", pda::proposal(other).0)];
        of(a, veto, guardians, others)
    });
    case("execute", |mut a| {
        let number = a.ready(&PAUSE);
        let other = a.propose(&PAUSE);
        let others = vec![
            ("proposal", pda::proposal(other).0),
            ("further", pda::escrow_config().0),
        ];
        let execute = a.execute_ix(number, &PAUSE);
        of(a, execute, vec![], others)
    });
    case("expire", |mut a| {
        let number = a.accepted(&PAUSE);
        let other = a.propose(&PAUSE);
        let from = a.proposal(number).execute_from;
        a.at(from + EXECUTABLE);
        let others = vec![("proposal", pda::proposal(other).0)];
        of(a, ix::expire(number), vec![], others)
    });
    case("pay_deposit", |mut a| {
        let number = a.accepted(&PAUSE);
        let other = a.propose(&PAUSE);
        let (owner, another) = (a.owner(0).pubkey(), a.owner(1).pubkey());
        let others = vec![
            ("proposal", pda::proposal(other).0),
            ("destination", a.account(&another)),
        ];
        of(a, ix::pay_deposit(number, &owner, None), vec![], others)
    });
    case("close_vote", |mut a| {
        let number = a.accepted(&PAUSE);
        let other = a.propose(&PAUSE);
        let (closer, proposal) = (a.chain.actor(), pda::proposal(number).0);
        let others = vec![
            ("proposal", pda::proposal(other).0),
            ("vote", pda::vote(&proposal, &a.members[1].position).0),
        ];
        let (owner, position) = (a.owner(0).pubkey(), a.members[0].position);
        let close = ix::close_vote(&closer.pubkey(), &owner, &position, number);
        of(a, close, vec![closer], others)
    });
    case("close_proposal", |mut a| {
        let number = a.decree(&PAUSE);
        let other = a.propose(&PAUSE);
        let both = a.keys(&[0, 1]);
        a.guard(ix::veto(number, &both));
        a.pass(31 * DAY);
        let (closer, payer) = (a.chain.actor(), a.stranger.pubkey());
        let others = vec![("proposal", pda::proposal(other).0)];
        let close = ix::close_proposal(&closer.pubkey(), number, &payer);
        of(a, close, vec![closer], others)
    });
    case("pause", |a| {
        let pause = ix::pause(program::LISTING, &a.keys(&[0, 1]));
        let guardians = [0, 1].map(|at| a.guardians[at].insecure_clone()).into();
        let others = vec![("settings", pda::escrow_config().0)];
        of(a, pause, guardians, others)
    });
    case("unpause", |mut a| {
        let both = a.keys(&[0, 1]);
        a.guard(ix::pause(program::LISTING, &both));
        let unpause = ix::unpause(program::LISTING, &both);
        let guardians = [0, 1].map(|at| a.guardians[at].insecure_clone()).into();
        let others = vec![("settings", pda::escrow_config().0)];
        of(a, unpause, guardians, others)
    });
    cases.push((
        "hand_over",
        Box::new(|| {
            let mut a = Assembly::whole(1);
            give_upgrades(&mut a);
            of(a, ix::hand_over(), vec![], vec![])
        }),
    ));
    cases
}
