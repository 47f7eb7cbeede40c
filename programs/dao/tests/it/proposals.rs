//! Proposals and votes: who makes them, who votes with what, how they are counted, and where deposits and rents go.

use dao::{
    error::DaoError,
    state::{bond_state, origin, proposal_status},
};
use pedigree_sdk::{
    instructions::{
        dao::{self as ix, Action},
        reward as on_reward,
    },
    pda,
};
use reward::error::RewardError;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use crate::{assembly::*, world::*};

const PAUSE: Action = Action::UpdateListing { paused: true };

#[test]
fn a_proposal_fixes_its_action_its_quorum_and_its_end_and_takes_the_deposit() {
    let mut a = Assembly::new(1);
    let owner = a.owner(0).pubkey();
    let before = a.held(&owner);
    let number = a.propose(&PAUSE);
    let proposal = a.proposal(number);
    assert_eq!(
        (number, proposal.number, a.governance().proposals),
        (1, 1, 1)
    );
    assert_eq!(
        (proposal.status, proposal.origin, proposal.deposit_state),
        (proposal_status::VOTING, origin::MEMBER, bond_state::HELD)
    );
    assert_eq!((proposal.quorum, proposal.threshold_ppm), (QUORUM, 600_000));
    assert_eq!(proposal.ends_at, a.chain.now() + PERIOD);
    assert_eq!((proposal.proposer, proposal.text_hash), (owner, TEXT));
    assert_eq!(proposal.target, pda::listing_config().0);
    assert_eq!(
        Action::read(&proposal, &Pubkey::default(), &Pubkey::default()),
        Some(PAUSE)
    );
    assert_eq!(before - a.held(&owner), DEPOSIT);
    assert_eq!(a.chain.balance(&pda::deposits().0), DEPOSIT);
    // The quorum has a floor.
    let args = dao::instructions::GovernanceArgs {
        quorum_ppm: 10_000,
        ..governance_args()
    };
    a.enact(&Action::UpdateGovernance(args));
    let floored = a.propose(&PAUSE);
    assert_eq!(a.proposal(floored).quorum, 1_000);
}

#[test]
fn p27_who_proposes_has_locked_its_weight_a_week_ago_and_owns_it() {
    let mut a = Assembly::new(1);
    let late = a.world.voter(1_000);
    a.pass(7 * DAY - 1);
    a.members.push(late);
    a.members.swap(0, 4);
    a.unproposed(&PAUSE, DaoError::NoWeight);
    a.pass(1);
    let mut propose = a.propose_ix(&PAUSE);
    propose.accounts[0].pubkey = a.owner(1).pubkey();
    let (other, payer) = (a.owner(1), a.stranger.insecure_clone());
    a.chain
        .refused(&[propose], &[&other, &payer], DaoError::NotOwner);
    let mut elsewhere = a.propose_ix(&PAUSE);
    elsewhere.accounts[8].pubkey = a.account(&other.pubkey());
    let owner = a.owner(0);
    a.chain
        .refused(&[elsewhere], &[&owner, &payer], DaoError::WrongAccount);
    a.propose(&PAUSE);
    let unlock = on_reward::request_unlock(&owner.pubkey(), 0);
    a.chain.ok(&[unlock], &[&owner]);
    a.unproposed(&PAUSE, DaoError::NoWeight);
}

#[test]
fn p25_a_position_votes_once_and_a_changed_vote_keeps_the_sum() {
    let mut a = Assembly::new(1);
    let number = a.propose(&PAUSE);
    a.cast(number, 0, YES);
    a.cast(number, 1, NO);
    let sums = |a: &Assembly| {
        let p = a.proposal(number);
        [p.yes, p.no, p.abstain, p.votes]
    };
    assert_eq!(sums(&a), [4_000, 3_000, 0, 2]);
    let owner = a.owner(0);
    let again = a.cast_ix(number, 0, NO);
    a.chain.send(&[again], &[&owner]).expect_err("once");
    for (choice, expected) in [
        (ABSTAIN, [0, 3_000, 4_000, 2]),
        (NO, [0, 7_000, 0, 2]),
        (YES, [4_000, 3_000, 0, 2]),
    ] {
        let change = a.change_ix(number, 0, choice);
        a.chain.ok(&[change], &[&owner]);
        assert_eq!(sums(&a), expected);
        assert_eq!(a.vote_of(number, 0).choice, choice);
    }
    for choice in [YES, 0, 4, 255] {
        let change = a.change_ix(number, 0, choice);
        a.chain.refused(&[change], &[&owner], DaoError::NoSuchVote);
    }
    for choice in [0, 4] {
        let (cast, other) = (a.cast_ix(number, 2, choice), a.owner(2));
        a.chain.refused(&[cast], &[&other], DaoError::NoSuchVote);
    }
    // Nobody changes another's, nor one by another proposal's sums.
    let mut foreign = a.change_ix(number, 0, NO);
    foreign.accounts[0].pubkey = a.owner(1).pubkey();
    let other = a.owner(1);
    a.chain.refused(&[foreign], &[&other], DaoError::NotOwner);
    let second = a.propose(&PAUSE);
    let mut elsewhere = a.change_ix(number, 0, NO);
    elsewhere.accounts[1].pubkey = pda::proposal(second).0;
    a.chain
        .refused(&[elsewhere], &[&owner], DaoError::WrongAccount);
}

#[test]
fn p26_p27_what_was_locked_after_the_proposal_or_less_than_a_week_before_carries_no_weight() {
    let mut a = Assembly::new(1);
    // Locked a second too late, and afterwards with tokens that voted in another wallet.
    let late = a.world.voter(1_000);
    a.pass(7 * DAY - 1);
    let number = a.propose(&PAUSE);
    let after = a.world.voter(1_000);
    a.members.extend([late, after]);
    for member in [4, 5] {
        let (cast, owner) = (a.cast_ix(number, member, YES), a.owner(member));
        a.chain.refused(&[cast], &[&owner], DaoError::NoWeight);
    }
    a.pass(1);
    let second = a.propose(&PAUSE);
    a.cast(second, 4, YES);
    // Nobody votes with another's.
    let mut cast = a.cast_ix(second, 0, YES);
    cast.accounts[0].pubkey = a.owner(1).pubkey();
    let other = a.owner(1);
    a.chain.refused(&[cast], &[&other], DaoError::NotOwner);
}

#[test]
fn p28_what_voted_is_locked_longer_than_any_vote_and_what_is_being_unlocked_does_not_vote() {
    let mut a = Assembly::new(1);
    let args = dao::instructions::GovernanceArgs {
        voting_period: 14 * DAY as u32,
        ..governance_args()
    };
    a.enact(&Action::UpdateGovernance(args));
    let number = a.propose(&PAUSE);
    a.cast(number, 0, YES);
    let unlocks = [0, 1].map(|member| {
        let owner = a.owner(member);
        let unlock = on_reward::request_unlock(&owner.pubkey(), 0);
        a.chain.ok(&[unlock], &[&owner]);
        owner
    });
    let cast = a.cast_ix(number, 1, YES);
    a.chain.refused(&[cast], &[&unlocks[1]], DaoError::NoWeight);
    let end = a.proposal(number).ends_at;
    a.at(end);
    let (key, account) = (unlocks[0].pubkey(), a.account(&unlocks[0].pubkey()));
    let withdraw = on_reward::withdraw_position(&key, 0, &account, &key);
    a.chain
        .refused(&[withdraw], &[&unlocks[0]], RewardError::StillLocked);
    assert_eq!(a.proposal(number).yes, 4_000);
}

#[test]
fn p30_the_quorum_does_not_shrink_with_the_active_weight() {
    let mut a = Assembly::new(1);
    let number = a.propose(&PAUSE);
    for member in [0, 1, 2] {
        let owner = a.owner(member);
        let unlock = on_reward::request_unlock(&owner.pubkey(), 0);
        a.chain.ok(&[unlock], &[&owner]);
    }
    a.cast(number, 3, YES);
    a.conclude(number);
    let proposal = a.proposal(number);
    assert_eq!((proposal.quorum, proposal.yes), (QUORUM, 1_000));
    assert_eq!(proposal.status, proposal_status::REJECTED);
}

#[test]
fn p30_weight_that_is_locked_for_a_moment_raises_no_quorum() {
    let mut a = Assembly::new(1);
    let case = |a: &mut Assembly| {
        let order = a.order();
        let open = a.open_ix(&order);
        a.crank(open);
        a.dispute(&pda::dispute(&order, 1).0).quorum
    };
    let before = case(&mut a);
    a.world.voter(1_000_000);
    let number = a.propose(&PAUSE);
    assert_eq!(a.proposal(number).quorum, QUORUM);
    assert_eq!(case(&mut a), before);
}

#[test]
fn p54_settings_changed_meanwhile_touch_no_proposal() {
    let mut a = Assembly::new(1);
    let args = dao::instructions::GovernanceArgs {
        voting_period: 14 * DAY as u32,
        quorum_ppm: 400_000,
        quorum_floor: FLOOR / 2,
        threshold_ppm: 900_000,
        deposit: 1,
    };
    let change = a.ready(&Action::UpdateGovernance(args));
    let number = a.propose(&PAUSE);
    let before = a.proposal(number);
    let execute = a.execute_ix(change, &Action::UpdateGovernance(args));
    a.crank(execute);
    assert_eq!(a.proposal(number), before);
    assert_eq!(a.governance().quorum_floor, FLOOR / 2);
}

#[test]
fn p15_votes_are_cast_before_the_end_and_counted_from_it_on() {
    let mut a = Assembly::new(1);
    let number = a.propose(&PAUSE);
    let end = a.proposal(number).ends_at;
    a.cast(number, 0, YES);
    a.at(end - 1);
    a.cast(number, 1, NO);
    let (change, owner) = (a.change_ix(number, 1, YES), a.owner(1));
    a.chain.ok(std::slice::from_ref(&change), &[&owner]);
    a.refused(ix::conclude(number), DaoError::VotingOpen);
    let close = ix::close_vote(
        &a.stranger.pubkey(),
        &owner.pubkey(),
        &a.members[1].position,
        number,
    );
    a.refused(close.clone(), DaoError::VotingOpen);
    a.at(end);
    let back = a.change_ix(number, 1, NO);
    a.chain.refused(&[back], &[&owner], DaoError::VotingOver);
    let (late, other) = (a.cast_ix(number, 2, NO), a.owner(2));
    a.chain.refused(&[late], &[&other], DaoError::VotingOver);
    a.crank(close);
    a.crank(ix::conclude(number));
    a.refused(ix::conclude(number), DaoError::ProposalOver);
    let proposal = a.proposal(number);
    assert_eq!(proposal.status, proposal_status::QUEUED);
    assert_eq!(proposal.execute_from, end + LOCK);
    assert_eq!((proposal.yes, proposal.votes), (7_000, 1));
}

/// What members do, and what becomes of the proposal and of its deposit.
type Count = (&'static [u8], u8, u8);

#[test]
fn quorum_and_threshold_decide_and_a_deposit_is_lost_where_nobody_wanted_the_vote() {
    use bond_state::{DUE, LOST};
    use proposal_status::{QUEUED, REJECTED};
    // Weights 4,000, 3,000, 2,000, 1,000; a quorum of 3,000; 60 % of yes and no.
    let counts: [Count; 8] = [
        (&[YES], QUEUED, DUE),
        (&[], REJECTED, LOST),
        // 6,000 of 10,000 is enough, 4,000 and 3,000 of 4,000 and 3,000 is not.
        (&[YES, NO, YES, NO], QUEUED, DUE),
        (&[YES, NO], REJECTED, DUE),
        (&[YES, NO, NO], REJECTED, DUE),
        (&[NO, YES, ABSTAIN, NO], REJECTED, DUE),
        // Twice as much against it.
        (&[NO, ABSTAIN, YES], REJECTED, LOST),
        // Abstention is enough for a quorum and for nothing else.
        (&[ABSTAIN, ABSTAIN, ABSTAIN, YES], QUEUED, DUE),
    ];
    for (choices, status, deposit) in counts {
        let mut a = Assembly::new(1);
        let number = a.propose(&PAUSE);
        a.vote(number, choices);
        a.conclude(number);
        let proposal = a.proposal(number);
        let found = (proposal.status, proposal.deposit_state);
        assert_eq!(found, (status, deposit), "{choices:?}");
        let is_over = status == REJECTED;
        assert_eq!(proposal.ended_at > 0, is_over);
    }
    // A unit short of a quorum.
    let mut a = Assembly::new(1);
    let number = a.propose(&PAUSE);
    a.world
        .chain
        .edit_state(&pda::proposal(number).0, |p: &mut dao::state::Proposal| {
            p.quorum = 4_001;
        });
    a.vote(number, &[YES]);
    a.conclude(number);
    assert_eq!(a.proposal(number).status, REJECTED);
}

#[test]
fn p23_a_deposit_is_paid_once_to_its_proposer_or_to_the_treasury() {
    let mut a = Assembly::new(1);
    let owner = a.owner(0).pubkey();
    let number = a.propose(&PAUSE);
    let pay = ix::pay_deposit(number, &owner, None);
    a.refused(pay.clone(), DaoError::NothingDue);
    a.vote(number, &[YES]);
    a.conclude(number);
    let other = a.owner(1).pubkey();
    a.refused(
        ix::pay_deposit(number, &other, None),
        DaoError::WrongTokenAccount,
    );
    let before = a.held(&owner);
    a.crank(pay.clone());
    assert_eq!(a.held(&owner) - before, DEPOSIT);
    a.refused(pay, DaoError::NothingDue);
    // A lost one.
    let lost = a.propose(&PAUSE);
    a.conclude(lost);
    a.refused(
        ix::pay_deposit(lost, &owner, None),
        DaoError::WrongTokenAccount,
    );
    let token = a.token;
    let treasury = a.chain.token_account(&token, &authority(), 0);
    a.pass(60 * DAY);
    let spare = a.chain.spare_token_account(&token, &authority(), 0);
    let aside = ix::pay_deposit(lost, &authority(), Some(&spare));
    a.refused(aside, DaoError::WrongTokenAccount);
    a.crank(ix::pay_deposit(lost, &authority(), None));
    assert_eq!(a.chain.balance(&treasury), DEPOSIT);
    assert_eq!(a.chain.balance(&pda::deposits().0), 0);
}

#[test]
fn p49_a_deposit_waits_for_its_account_and_after_a_month_any_of_the_proposers_will_do() {
    let mut a = Assembly::new(1);
    let owner = a.owner(0).pubkey();
    let number = a.propose(&PAUSE);
    a.vote(number, &[YES]);
    a.conclude(number);
    let (token, account) = (a.token, a.account(&owner));
    let spare = a.chain.spare_token_account(&token, &owner, 0);
    a.chain.set_frozen(&account, true);
    let (pay, aside) = (
        ix::pay_deposit(number, &owner, None),
        ix::pay_deposit(number, &owner, Some(&spare)),
    );
    let end = a.proposal(number).ends_at;
    a.at(end + 30 * DAY);
    for pay in [&pay, &aside] {
        a.refused(pay.clone(), DaoError::WrongTokenAccount);
    }
    a.at(end + 30 * DAY + 1);
    a.refused(pay, DaoError::WrongTokenAccount);
    a.crank(aside);
    assert_eq!(a.chain.balance(&spare), DEPOSIT);
}

#[test]
fn votes_and_proposals_close_and_their_rents_go_to_who_paid_them_less_a_tenth_to_a_stranger() {
    let mut a = Assembly::new(1);
    let number = a.propose(&PAUSE);
    a.vote(number, &[NO, NO, NO]);
    a.conclude(number);
    let (closer, payer) = (a.chain.actor(), a.stranger.insecure_clone());
    let close = ix::close_proposal(&closer.pubkey(), number, &payer.pubkey());
    a.refused_by(close.clone(), &closer, DaoError::ProposalOpen);
    let vote = |a: &Assembly, member: usize| {
        pda::vote(&pda::proposal(number).0, &a.members[member].position).0
    };
    // By its owner itself.
    let owner = a.owner(0);
    let (rent, before) = (
        a.chain.lamports(&vote(&a, 0)),
        a.chain.lamports(&owner.pubkey()),
    );
    let own = ix::close_vote(
        &owner.pubkey(),
        &owner.pubkey(),
        &a.members[0].position,
        number,
    );
    a.chain.ok(&[own], &[&owner]);
    assert_eq!(a.chain.lamports(&owner.pubkey()) - before, rent);
    for member in [1, 2] {
        let owner = a.owner(member).pubkey();
        let rent = a.chain.lamports(&vote(&a, member));
        let before = [owner, closer.pubkey()].map(|key| a.chain.lamports(&key));
        let position = a.members[member].position;
        let astray = ix::close_vote(&closer.pubkey(), &payer.pubkey(), &position, number);
        a.refused_by(astray, &closer, DaoError::WrongRentPayer);
        let close = ix::close_vote(&closer.pubkey(), &owner, &position, number);
        a.chain.ok(&[close], &[&closer]);
        let after = [owner, closer.pubkey()].map(|key| a.chain.lamports(&key));
        let reward = rent / 10;
        assert_eq!(after[0] - before[0], rent - reward);
        assert_eq!(after[1] - before[1], reward);
        assert!(!a.chain.exists(&vote(&a, member)));
    }
    a.refused_by(close.clone(), &closer, DaoError::ProposalOpen);
    let token = a.token;
    a.chain.token_account(&token, &authority(), 0);
    a.crank(ix::pay_deposit(number, &authority(), None));
    a.pass(30 * DAY);
    a.refused_by(close.clone(), &closer, DaoError::StillNeeded);
    a.pass(1);
    let astray = ix::close_proposal(&closer.pubkey(), number, &closer.pubkey());
    a.refused_by(astray, &closer, DaoError::WrongRentPayer);
    let address = pda::proposal(number).0;
    let (rent, before) = (
        a.chain.lamports(&address),
        a.chain.lamports(&payer.pubkey()),
    );
    a.chain.ok(&[close], &[&closer]);
    assert_eq!(a.chain.lamports(&payer.pubkey()) - before, rent - rent / 10);
    assert!(!a.chain.exists(&address));
    // Its number is never given again.
    assert_eq!(a.propose(&PAUSE), number + 1);
}

#[test]
fn a_vote_is_closed_against_its_own_proposal() {
    let mut a = Assembly::new(1);
    let (number, other) = (a.propose(&PAUSE), a.propose(&PAUSE));
    a.vote(number, &[YES]);
    a.conclude(number);
    let (owner, stranger) = (a.owner(0).pubkey(), a.stranger.pubkey());
    let mut close = ix::close_vote(&stranger, &owner, &a.members[0].position, number);
    close.accounts[1].pubkey = pda::proposal(other).0;
    a.refused(close, DaoError::WrongAccount);
}

#[test]
fn p38_what_a_fall_of_rent_sets_free_goes_to_who_paid_for_votes_and_proposals() {
    let mut a = Assembly::new(1);
    let number = a.propose(&PAUSE);
    a.vote(number, &[YES]);
    a.chain.set_rent(348);
    let (proposal, owner) = (pda::proposal(number).0, a.owner(0).pubkey());
    let vote = pda::vote(&proposal, &a.members[0].position).0;
    let stranger = a.stranger.pubkey();
    for (account, payer) in [
        (proposal, stranger),
        (vote, owner),
        (pda::governance().0, stranger),
    ] {
        a.refused(
            ix::reclaim_excess(&account, &authority()),
            DaoError::WrongRentPayer,
        );
        a.crank(ix::reclaim_excess(&account, &payer));
        a.refused(
            ix::reclaim_excess(&account, &payer),
            DaoError::NothingToReclaim,
        );
    }
}
