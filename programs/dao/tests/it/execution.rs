//! What proposals do: each action, when and by whom it is carried out, and what it refuses.

use std::slice;

use dao::{
    actions::{Transfer, Upgrade},
    error::DaoError,
    instructions::GovernanceArgs,
    state::{Config, program, proposal_status},
};
use escrow::{
    error::EscrowError,
    state::{Config as EscrowConfig, MintConfig},
};
use listing::{
    constants::MAX_ROYALTY_PPM,
    error::ListingError,
    state::{Config as ListingConfig, Listing, Profile, status},
};
use pedigree_sdk::{
    events::Event,
    instructions::{
        dao::{self as ix, Action},
        listing as on_listing,
    },
    pda,
    programs::{DAO, LISTING, UPGRADEABLE_LOADER},
};
use reward::state::{Config as RewardConfig, Rate};
use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};
use solana_signer::Signer;
use testkit::{Mint, Program, TokenProgram};

use crate::{assembly::*, world::*};

/// A fee of three percent.
fn fee(a: &Assembly) -> Action {
    let mut args = escrow_args(&a.stranger.pubkey());
    args.fee_ppm = 30_000;
    Action::UpdateEscrow(args)
}

fn fee_ppm(a: &Assembly) -> u32 {
    let config: EscrowConfig = a.chain.state(&pda::escrow_config().0);
    config.fee_ppm
}

#[test]
fn a_proposal_changes_escrows_fee_by_a_strangers_hand() {
    let mut a = Assembly::new(1);
    let action = fee(&a);
    let number = a.ready(&action);
    assert_eq!(fee_ppm(&a), 20_000);
    let anybody = a.chain.actor();
    // All that it needs is in the proposal.
    let stored = a.proposal(number);
    let read = Action::read(&stored, &Pubkey::default(), &Pubkey::default());
    let read = read.expect("an action");
    assert_eq!(read, action);
    let execute = ix::execute(&anybody.pubkey(), number, &read, &stored.rent_payer);
    let outcome = a.chain.ok(&[execute], &[&anybody]);
    println!("execute {}", outcome.compute_units);
    assert_eq!(fee_ppm(&a), 30_000);
    let names: Vec<_> = outcome.events.iter().map(Event::name).collect();
    assert_eq!(names, ["ConfigUpdatedV1", "ProposalExecutedV1"]);
    let proposal = a.proposal(number);
    assert_eq!(proposal.status, proposal_status::EXECUTED);
    assert_eq!(proposal.ended_at, a.chain.now());
}

#[test]
fn p29_nothing_is_carried_out_early_late_or_twice() {
    let mut a = Assembly::new(1);
    let action = fee(&a);
    let number = a.propose(&action);
    let execute = a.execute_ix(number, &action);
    a.refused(execute.clone(), DaoError::NotQueued);
    a.vote(number, &[YES; 4]);
    a.conclude(number);
    a.refused(execute.clone(), DaoError::TimeLocked);
    let from = a.proposal(number).execute_from;
    a.at(from - 1);
    a.refused(execute.clone(), DaoError::TimeLocked);
    a.at(from);
    a.refused(ix::expire(number), DaoError::StillExecutable);
    a.crank(execute.clone());
    a.refused(execute, DaoError::NotQueued);
    a.refused(ix::expire(number), DaoError::NotQueued);
    assert_eq!(fee_ppm(&a), 30_000);
    // Twice in one transaction.
    let again = a.ready(&action);
    let execute = a.execute_ix(again, &action);
    let (twice, stranger) = (
        [execute.clone(), execute.clone()],
        a.stranger.insecure_clone(),
    );
    a.chain.refused(&twice, &[&stranger], DaoError::NotQueued);
    // At the last second, and a second later.
    let end = a.proposal(again).execute_from + EXECUTABLE;
    let mut late = Assembly {
        world: World {
            chain: a.chain.fork(),
            admin: a.admin.insecure_clone(),
            stranger: a.stranger.insecure_clone(),
            treasurer: a.treasurer.insecure_clone(),
            token: a.token,
        },
        steward: a.steward.insecure_clone(),
        guardians: Vec::new(),
        members: Vec::new(),
    };
    a.at(end - 1);
    a.refused(ix::expire(again), DaoError::StillExecutable);
    a.crank(execute.clone());
    late.at(end);
    late.refused(execute.clone(), DaoError::ExecutionOver);
    late.crank(ix::expire(again));
    assert_eq!(late.proposal(again).status, proposal_status::EXPIRED);
    late.refused(execute, DaoError::NotQueued);
}

#[test]
fn what_was_rejected_is_never_carried_out() {
    let mut a = Assembly::new(1);
    let action = fee(&a);
    let number = a.propose(&action);
    a.vote(number, &[NO; 4]);
    a.conclude(number);
    a.pass(60 * DAY);
    let execute = a.execute_ix(number, &action);
    a.refused(execute, DaoError::NotQueued);
    a.refused(ix::expire(number), DaoError::NotQueued);
}

#[test]
fn p29_p33_altered_missing_further_or_foreign_accounts_are_refused() {
    let mut a = Assembly::new(1);
    let action = fee(&a);
    let number = a.ready(&action);
    let execute = a.execute_ix(number, &action);
    let first = execute.accounts.len() - 3;
    let settings = |key: Pubkey| {
        let mut altered = execute.clone();
        altered.accounts[first].pubkey = key;
        altered
    };
    // Another program's settings, and none at all.
    for key in [pda::listing_config().0, pda::dao_config().0, authority()] {
        a.refused(settings(key), DaoError::WrongTarget);
    }
    let mut swapped = execute.clone();
    swapped.accounts.swap(first, first + 1);
    a.refused(swapped, DaoError::WrongTarget);
    let mut missing = execute.clone();
    missing.accounts.truncate(first + 2);
    a.refused(missing, DaoError::WrongAccount);
    let mut more = execute.clone();
    more.accounts.push(AccountMeta::new_readonly(DAO, false));
    a.refused(more, DaoError::WrongAccount);
    // The call is of escrow, whatever is given in its place: that refuses it.
    let mut foreign = execute.clone();
    foreign.accounts[first + 2].pubkey = LISTING;
    let stranger = a.stranger.insecure_clone();
    a.chain.send(&[foreign], &[&stranger]).expect_err("foreign");
    // A proposal that lies, with the accounts of another.
    let other = a.propose(&Action::UpdateListing { paused: true });
    let mut elsewhere = execute.clone();
    elsewhere.accounts[3].pubkey = pda::proposal(other).0;
    a.refused(elsewhere, DaoError::NotQueued);
    assert_eq!(fee_ppm(&a), 20_000);
    a.crank(execute);
}

#[test]
fn what_the_called_program_refuses_leaves_the_proposal_as_it_was() {
    let mut a = Assembly::new(1);
    let mint = a.chain.mint(TokenProgram::Classic);
    let action = allow(&mint);
    let (first, second) = (a.accepted(&action), a.accepted(&action));
    let from = a.proposal(second).execute_from;
    a.at(from);
    let [one, two] = [first, second].map(|number| a.execute_ix(number, &action));
    a.crank(one);
    let (before, stranger) = (a.proposal(second), a.stranger.insecure_clone());
    a.chain.send(&[two], &[&stranger]).expect_err("it is there");
    assert_eq!(a.proposal(second), before);
    // The authority of escrow's settings, and nobody else, signs.
    let mut args = escrow_args(&stranger.pubkey());
    args.fee_ppm = 1;
    let mut direct = pedigree_sdk::instructions::escrow::update_config(&stranger.pubkey(), args);
    a.chain.refused(
        slice::from_ref(&direct),
        &[&stranger],
        EscrowError::NotConfigAuthority,
    );
    direct.accounts[0].pubkey = authority();
    direct.accounts[0].is_signer = false;
    a.chain.send(&[direct], &[&stranger]).expect_err("unsigned");
}

fn allow(mint: &Mint) -> Action {
    Action::AllowMint {
        mint: mint.address,
        token_program: mint.program,
        max_deposit: 77,
    }
}

#[test]
fn mints_are_allowed_and_changed_and_rates_set() {
    let mut a = Assembly::whole(1);
    for program in TokenProgram::BOTH {
        let mint = a.chain.mint(program);
        a.enact(&allow(&mint));
        let settings = pda::mint_config(&mint.address).0;
        let state: MintConfig = a.chain.state(&settings);
        assert_eq!((state.enabled, state.max_deposit), (1, 77));
        assert_eq!(state.rent_payer, a.stranger.pubkey());
        let update = Action::UpdateMint {
            mint: mint.address,
            enabled: false,
            max_deposit: 78,
        };
        a.enact(&update);
        let state: MintConfig = a.chain.state(&settings);
        assert_eq!((state.enabled, state.max_deposit), (0, 78));
        let rate = Action::SetRate {
            mint: mint.address,
            rate: 500_000,
            price: 1_000_000,
        };
        a.enact(&rate);
        let state: Rate = a.chain.state(&pda::rate(&mint.address).0);
        assert_eq!((state.rate, state.price), (500_000, 1_000_000));
    }
}

#[test]
fn settings_of_every_program_are_replaced_and_profiles_verified() {
    let mut a = Assembly::whole(1);
    a.enact(&Action::UpdateListing { paused: true });
    let config: ListingConfig = a.chain.state(&pda::listing_config().0);
    assert_eq!((config.paused, config.authority), (1, authority()));
    let mut args = reward_args();
    args.min_stake = 9;
    a.enact(&Action::UpdateReward(args));
    let config: RewardConfig = a.chain.state(&pda::reward_config().0);
    assert_eq!((config.min_stake, config.authority), (9, authority()));
    let mut args = a.court();
    args.case_bond = 6;
    a.enact(&Action::UpdateDao(args));
    let config: Config = a.chain.state(&pda::dao_config().0);
    assert_eq!((config.case_bond, config.authority), (6, authority()));
    let args = GovernanceArgs {
        deposit: 1,
        ..governance_args()
    };
    a.enact(&Action::UpdateGovernance(args));
    assert_eq!(a.governance().deposit, 1);
    let publisher = a.chain.actor();
    let profile = on_listing::set_profile(publisher.pubkey(), publisher.pubkey(), "name", "");
    a.chain.ok(&[profile], &[&publisher]);
    for verified in [true, false] {
        let profile: Profile = a.chain.state(&pda::profile(&publisher.pubkey()).0);
        let verify = Action::Verify {
            publisher: publisher.pubkey(),
            verified,
            name_hash: profile.name_hash(),
        };
        a.enact(&verify);
        let profile: Profile = a.chain.state(&pda::profile(&publisher.pubkey()).0);
        assert_eq!(profile.verified, u8::from(verified));
    }
    a.enact(&Action::SetDefaultRoyalty { royalty_ppm: 7 });
    let config: ListingConfig = a.chain.state(&pda::listing_config().0);
    assert_eq!(config.default_royalty_ppm, 7);
    let above = Action::SetDefaultRoyalty {
        royalty_ppm: MAX_ROYALTY_PPM + 1,
    };
    a.unproposed(&above, DaoError::ActionOutOfBounds);
}

#[test]
fn a_vote_vouches_for_the_name_that_it_saw_and_no_other() {
    let mut a = Assembly::whole(1);
    let publisher = a.chain.actor();
    let key = publisher.pubkey();
    let named = |name| on_listing::set_profile(key, key, name, "");
    a.chain.ok(&[named("name")], &[&publisher]);
    let profile: Profile = a.chain.state(&pda::profile(&key).0);
    let verify = |name_hash| Action::Verify {
        publisher: key,
        verified: true,
        name_hash,
    };
    a.unproposed(&verify([1; 32]), DaoError::ActionOutOfBounds);
    let action = verify(profile.name_hash());
    let number = a.ready(&action);
    a.chain.ok(&[named("another's")], &[&publisher]);
    let execute = a.execute_ix(number, &action);
    let stranger = a.stranger.insecure_clone();
    let error = ListingError::NameChanged;
    a.chain.refused(&[execute], &[&stranger], error);
}

#[test]
fn a_changed_default_royalty_lifts_no_pause() {
    let mut a = Assembly::whole(1);
    let action = Action::SetDefaultRoyalty { royalty_ppm: 7 };
    let number = a.ready(&action);
    let both = a.keys(&[0, 1]);
    a.guard(ix::pause(program::LISTING, &both));
    let paused = a.governance().paused;
    let execute = a.execute_ix(number, &action);
    a.crank(execute);
    assert_eq!((a.governance().paused, paused > 0), (paused, true));
}

#[test]
fn a_listing_is_suspended_and_restored_by_votes() {
    let mut a = Assembly::whole(1);
    let listing = a.activated_in(1);
    a.chain.edit_state(&listing, |listing: &mut Listing| {
        listing.status = status::ACTIVE;
    });
    let status = |a: &Assembly| a.chain.state::<Listing>(&listing).status;
    for (suspends, after) in [(true, status::SUSPENDED), (false, status::PAUSED)] {
        a.enact(&Action::Suspend { listing, suspends });
        assert_eq!(status(&a), after);
    }
}

#[test]
fn the_treasury_pays_at_most_a_quarter_of_what_it_holds() {
    let mut a = Assembly::new(1);
    for program in TokenProgram::BOTH {
        let mint = a.chain.mint(program);
        let treasury = a.chain.token_account(&mint, &authority(), 1_003);
        let to = a.chain.actor().pubkey();
        let transfer = |amount| Action::Transfer {
            mint: mint.address,
            token_program: mint.program,
            transfer: Transfer { to, amount },
        };
        for amount in [0, 251, u64::MAX] {
            a.unproposed(&transfer(amount), DaoError::ActionOutOfBounds);
        }
        let (first, second) = (a.accepted(&transfer(250)), a.accepted(&transfer(250)));
        let from = a.proposal(second).execute_from;
        a.at(from);
        let [one, two] = [first, second].map(|number| a.execute_ix(number, &transfer(250)));
        a.refused(one.clone(), DaoError::WrongTokenAccount);
        let destination = a.chain.token_account(&mint, &to, 0);
        let last = one.accounts.len();
        let altered = |at: usize, key: Pubkey| {
            let mut altered = one.clone();
            altered.accounts[last - at].pubkey = key;
            altered
        };
        let spare = a.chain.spare_token_account(&mint, &authority(), 1_003);
        let aside = a.chain.spare_token_account(&mint, &to, 0);
        let stranger = a.stranger.pubkey();
        let others = a.chain.token_account(&mint, &stranger, 0);
        let other_mint = a.chain.mint(program);
        a.refused(altered(4, spare), DaoError::WrongTarget);
        a.refused(altered(3, other_mint.address), DaoError::WrongTokenAccount);
        a.refused(altered(3, stranger), DaoError::WrongAccount);
        for key in [aside, others] {
            a.refused(altered(2, key), DaoError::WrongTokenAccount);
        }
        a.refused(altered(1, DAO), DaoError::WrongAccount);
        let mut short = one.clone();
        short.accounts.pop();
        a.refused(short, DaoError::WrongAccount);
        a.crank(one);
        assert_eq!(
            (a.chain.balance(&treasury), a.chain.balance(&destination)),
            (753, 250)
        );
        // A quarter of what it holds when it is paid.
        a.refused(two, DaoError::ActionOutOfBounds);
    }
    // Neither the deposits nor anybody else's account are the treasury's.
    let token = a.token;
    let holder = a.holder(1_000).pubkey();
    a.propose(&Action::UpdateListing { paused: true });
    let transfer = Action::Transfer {
        mint: token.address,
        token_program: token.program,
        transfer: Transfer {
            to: holder,
            amount: 1,
        },
    };
    for target in [pda::deposits().0, a.account(&holder), token.address] {
        let mut decree = a.decree_ix(&transfer);
        decree.accounts[4].pubkey = target;
        let (steward, payer) = (a.steward.insecure_clone(), a.stranger.insecure_clone());
        a.chain
            .refused(&[decree], &[&steward, &payer], DaoError::WrongTarget);
    }
}

#[test]
fn p40_a_program_is_upgraded_to_what_was_proposed_after_a_week_and_by_nobody_else() {
    let mut a = Assembly::new(1);
    let code = Program::Listing.file();
    let hash = sha256(&code);
    let buffer = put_buffer(&mut a, &authority(), &code);
    let upgrade = |buffer, program, hash| Action::Upgrade {
        buffer,
        upgrade: Upgrade { program, hash },
    };
    let foreign = put_buffer(&mut a, &Pubkey::new_from_array([5; 32]), &code);
    a.unproposed(
        &upgrade(foreign, program::LISTING, hash),
        DaoError::WrongTarget,
    );
    a.unproposed(
        &upgrade(buffer, program::LISTING, [0; 32]),
        DaoError::WrongTarget,
    );
    a.unproposed(&upgrade(buffer, 5, hash), DaoError::ActionOutOfBounds);
    let (token, data) = (a.token.address, pda::program_data(&LISTING).0);
    for other in [token, data] {
        a.unproposed(
            &upgrade(other, program::LISTING, hash),
            DaoError::WrongTarget,
        );
    }
    a.chain.edit(&data, |data| {
        data[12] = 1;
        data[13..45].copy_from_slice(authority().as_ref());
    });
    let action = upgrade(buffer, program::LISTING, hash);
    assert!(waits_long(&action));
    let number = a.accepted(&action);
    let proposal = a.proposal(number);
    assert_eq!(proposal.execute_from, proposal.ends_at + LONG_LOCK);
    let execute = a.execute_ix(number, &action);
    a.at(proposal.execute_from - 1);
    a.refused(execute.clone(), DaoError::TimeLocked);
    a.at(proposal.execute_from);
    let last = execute.accounts.len();
    let altered = |at: usize, key: Pubkey| {
        let mut altered = execute.clone();
        altered.accounts[last - at].pubkey = key;
        altered
    };
    let same = put_buffer(&mut a, &authority(), &code);
    a.refused(altered(5, same), DaoError::WrongTarget);
    a.refused(altered(6, DAO), DaoError::WrongTarget);
    let elsewhere = a.chain.actor().pubkey();
    a.refused(altered(4, elsewhere), DaoError::WrongRentPayer);
    let mut short = execute.clone();
    short.accounts.pop();
    a.refused(short, DaoError::WrongAccount);
    let with_wrong_data = altered(7, pda::program_data(&DAO).0);
    let stranger = a.stranger.insecure_clone();
    a.chain
        .send(&[with_wrong_data], &[&stranger])
        .expect_err("another program's");
    // What the buffer holds is what was voted on.
    a.chain
        .edit(&buffer, |data| *data.last_mut().expect("bytes") ^= 1);
    a.refused(execute.clone(), DaoError::WrongTarget);
    a.chain
        .edit(&buffer, |data| *data.last_mut().expect("bytes") ^= 1);
    let upgraded = a.crank(execute);
    println!("upgrade {}", upgraded.compute_units);
    let state = a.chain.svm.get_account(&data).expect("a program");
    assert_eq!(state.data[45..45 + code.len()], code[..]);
    assert_eq!(state.data[4..12], a.chain.slot().to_le_bytes());
    assert_eq!(state.data[13..45], authority().to_bytes());
}

#[test]
fn p40_the_dao_upgrades_itself() {
    let mut a = Assembly::new(1);
    let code = Program::Dao.file();
    let data = pda::program_data(&DAO).0;
    a.chain.edit(&data, |data| {
        data[12] = 1;
        data[13..45].copy_from_slice(authority().as_ref());
    });
    let upgrade = Upgrade {
        program: program::DAO,
        hash: sha256(&code),
    };
    let buffer = put_buffer(&mut a, &authority(), &code);
    let action = Action::Upgrade { buffer, upgrade };
    let number = a.ready(&action);
    let execute = a.execute_ix(number, &action);
    a.crank(execute);
    let state = a.chain.svm.get_account(&data).expect("a program");
    assert_eq!(state.data[4..12], a.chain.slot().to_le_bytes());
    assert_eq!(a.proposal(number).status, proposal_status::EXECUTED);
    a.pass(1);
    a.propose(&action_of_nothing());
}

/// One that needs nothing prepared.
fn action_of_nothing() -> Action {
    Action::UpdateGovernance(governance_args())
}

#[test]
fn an_upgrade_waits_for_no_payer_of_rent_that_became_a_program() {
    let mut a = Assembly::new(1);
    let code = Program::Listing.file();
    a.chain.edit(&pda::program_data(&LISTING).0, |data| {
        data[12] = 1;
        data[13..45].copy_from_slice(authority().as_ref());
    });
    let upgrade = Upgrade {
        program: program::LISTING,
        hash: sha256(&code),
    };
    let buffer = put_buffer(&mut a, &authority(), &code);
    let action = Action::Upgrade { buffer, upgrade };
    let number = a.ready(&action);
    let anybody = a.chain.actor();
    let proposal = a.proposal(number);
    let execute = ix::execute(&anybody.pubkey(), number, &action, &proposal.rent_payer);
    let program = a.chain.svm.get_account(&LISTING).expect("a program");
    let became = a.chain.svm.set_account(proposal.rent_payer, program);
    became.expect("an account");
    let before = a.chain.lamports(&anybody.pubkey());
    a.chain.ok(&[execute], &[&anybody]);
    assert!(a.chain.lamports(&anybody.pubkey()) > before);
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    common::hash::sha256(&[bytes])
}

fn put_buffer(a: &mut Assembly, authority: &Pubkey, code: &[u8]) -> Pubkey {
    let address = Pubkey::new_from_array(a.chain.draw());
    let data = [&[1, 0, 0, 0, 1], authority.as_ref(), code].concat();
    a.chain.put_owned(address, UPGRADEABLE_LOADER, data);
    address
}

/// An action and how it is refused when it is proposed.
type Refused = (Action, DaoError);

#[test]
fn what_could_not_be_carried_out_is_not_proposed() {
    let mut a = Assembly::new(1);
    let mint = a.chain.mint(TokenProgram::Classic);
    let stranger = a.stranger.pubkey();
    let taken_over = |action: &str| match action {
        "dao" => {
            let mut args = a.court();
            args.pending_authority = stranger;
            Action::UpdateDao(args)
        }
        "escrow" => {
            let mut args = escrow_args(&stranger);
            args.pending_authority = stranger;
            Action::UpdateEscrow(args)
        }
        _ => {
            let mut args = reward_args();
            args.pending_authority = stranger;
            Action::UpdateReward(args)
        }
    };
    let mut court = a.court();
    court.case_bond = 0;
    let mut escrow = escrow_args(&stranger);
    escrow.fee_ppm = 100_001;
    let mut reward = reward_args();
    reward.cooling = 1;
    let governance = GovernanceArgs {
        deposit: 0,
        ..governance_args()
    };
    let twice = [stranger, stranger];
    let out_of_bounds = DaoError::ActionOutOfBounds;
    let refused: [Refused; 13] = [
        (taken_over("dao"), out_of_bounds),
        (taken_over("escrow"), out_of_bounds),
        (taken_over("reward"), out_of_bounds),
        (Action::UpdateDao(court), out_of_bounds),
        (Action::UpdateEscrow(escrow), out_of_bounds),
        (Action::UpdateReward(reward), out_of_bounds),
        (Action::UpdateGovernance(governance), out_of_bounds),
        (
            Action::SetRate {
                mint: mint.address,
                rate: 500_001,
                price: 1_000_000,
            },
            out_of_bounds,
        ),
        (Action::SetGuardians(named(&twice, 1)), out_of_bounds),
        (
            Action::AllowMint {
                mint: stranger,
                token_program: mint.program,
                max_deposit: 1,
            },
            DaoError::WrongTarget,
        ),
        (
            Action::UpdateMint {
                mint: mint.address,
                enabled: true,
                max_deposit: 1,
            },
            DaoError::WrongTarget,
        ),
        (
            Action::Verify {
                publisher: stranger,
                verified: true,
                name_hash: [0; 32],
            },
            DaoError::WrongTarget,
        ),
        (
            Action::Suspend {
                listing: stranger,
                suspends: true,
            },
            DaoError::WrongTarget,
        ),
    ];
    for (action, error) in refused {
        a.unproposed(&action, error);
    }
}

#[test]
fn an_action_is_of_a_known_kind_with_its_own_arguments_and_target_and_gives_no_authority_away() {
    let mut a = Assembly::new(1);
    let actions = [
        Action::UpdateDao(a.court()),
        Action::UpdateGovernance(governance_args()),
        Action::UpdateListing { paused: true },
        fee(&a),
        Action::UpdateReward(reward_args()),
        Action::SetRate {
            mint: a.token.address,
            rate: 1,
            price: 1,
        },
        Action::SetGuardians(a.named(2)),
    ];
    let (owner, payer) = (a.owner(0), a.stranger.insecure_clone());
    let data = |kind: u8, arguments: &[u8]| {
        let mut data = a.propose_ix(&actions[0]).data[..8].to_vec();
        data.push(kind);
        data.extend(u32::try_from(arguments.len()).expect("short").to_le_bytes());
        data.extend(arguments);
        data.extend(TEXT);
        data
    };
    let mut refused: Vec<(Instruction, DaoError)> = Vec::new();
    for action in &actions {
        let propose = a.propose_ix(action);
        let arguments = action.arguments();
        let altered = |kind, arguments: &[u8]| Instruction {
            data: data(kind, arguments),
            ..propose.clone()
        };
        // Nothing after them, nothing missing, and no other kind.
        let longer = [&arguments[..], &[0]].concat();
        let shorter = &arguments[..arguments.len() - 1];
        for bytes in [&longer, shorter, &[]] {
            refused.push((altered(action.kind(), bytes), DaoError::PayloadMalformed));
        }
        for kind in [0, 15, 255] {
            refused.push((altered(kind, &arguments), DaoError::NoSuchAction));
        }
        let mut elsewhere = propose.clone();
        elsewhere.accounts[6].pubkey = LISTING;
        refused.push((elsewhere, DaoError::WrongTarget));
    }
    // A listing's settings whose authority would be a stranger's next.
    let pause = a.propose_ix(&actions[2]);
    let away = [&[1], payer.pubkey().as_ref()].concat();
    let away = Instruction {
        data: data(actions[2].kind(), &away),
        ..pause
    };
    refused.push((away, DaoError::ActionOutOfBounds));
    for (instruction, error) in refused {
        a.chain.refused(&[instruction], &[&owner, &payer], error);
    }
    assert_eq!(a.governance().proposals, 0);
}

#[test]
fn actions_on_the_dao_itself_take_no_further_accounts() {
    let mut a = Assembly::new(1);
    let action = Action::UpdateGovernance(governance_args());
    let number = a.ready(&action);
    let mut execute = a.execute_ix(number, &action);
    execute.accounts.push(AccountMeta::new_readonly(DAO, false));
    a.refused(execute, DaoError::WrongAccount);
    assert_eq!(a.proposal(number).status, proposal_status::QUEUED);
}

#[test]
fn the_calls_are_those_of_the_programs() {
    use anchor_lang::Discriminator;
    use dao::actions::call::*;
    for (ours, theirs) in [
        (UPDATE_CONFIG, dao::instruction::UpdateConfig::DISCRIMINATOR),
        (
            UPDATE_CONFIG,
            listing::instruction::UpdateConfig::DISCRIMINATOR,
        ),
        (
            UPDATE_CONFIG,
            escrow::instruction::UpdateConfig::DISCRIMINATOR,
        ),
        (
            UPDATE_CONFIG,
            reward::instruction::UpdateConfig::DISCRIMINATOR,
        ),
        (
            ACCEPT_CONFIG_AUTHORITY,
            dao::instruction::AcceptConfigAuthority::DISCRIMINATOR,
        ),
        (
            ACCEPT_CONFIG_AUTHORITY,
            listing::instruction::AcceptConfigAuthority::DISCRIMINATOR,
        ),
        (
            ACCEPT_CONFIG_AUTHORITY,
            escrow::instruction::AcceptConfigAuthority::DISCRIMINATOR,
        ),
        (
            ACCEPT_CONFIG_AUTHORITY,
            reward::instruction::AcceptConfigAuthority::DISCRIMINATOR,
        ),
        (ALLOW_MINT, escrow::instruction::AllowMint::DISCRIMINATOR),
        (UPDATE_MINT, escrow::instruction::UpdateMint::DISCRIMINATOR),
        (SET_RATE, reward::instruction::SetRate::DISCRIMINATOR),
        (
            VERIFY_PROFILE,
            listing::instruction::VerifyProfile::DISCRIMINATOR,
        ),
        (
            SET_SUSPENDED,
            listing::instruction::SetSuspended::DISCRIMINATOR,
        ),
    ] {
        assert_eq!(ours.as_slice(), theirs);
    }
}
