use bytemuck::Zeroable;
use common::receipt::state;
use dao::state::proposal_status;
use reward::state::epoch_status;
use solana_transaction::{InstructionError, TransactionError};

use super::*;
use crate::{
    accounts::to_bytes,
    programs::{ESCROW, SYSTEM},
};

const NOON: i64 = 1_800_014_400;

fn subject<T: Account>(account: &T) -> Subject {
    let address = Pubkey::new_from_array([7; 32]);
    let owner = T::KIND.program();
    Subject::new(address, &owner, to_bytes(account)).expect("an account of ours")
}

fn named(name: &str) -> Failure {
    Failure {
        instruction: Some(0),
        program: None,
        code: None,
        taken: None,
        name: name.to_owned(),
        message: String::new(),
        error: TransactionError::InstructionError(0, InstructionError::Custom(0)),
    }
}

fn order(mode: u8, state: u8) -> Order {
    let mut order = Order::zeroed();
    order.head.layout = escrow::constants::LAYOUT;
    order.head.mode = mode;
    order.head.state = state;
    order
}

#[test]
fn the_account_that_is_there_already_is_named_with_what_to_do_instead() {
    let mut session = Session::zeroed();
    session.layout = escrow::constants::LAYOUT;
    let there = subject(&session);
    let error = TransactionError::InstructionError(0, InstructionError::Custom(0));
    let address = there.address;
    for log in [
        format!(
            "Create Account: account Address {{ address: {address}, base: None }} already in use"
        ),
        format!(
            "Allocate: account Address {{ address: {address}, base: Some({SYSTEM}) }} already in use"
        ),
    ] {
        let lines = [
            format!("Program {ESCROW} invoke [1]"),
            format!("Program {SYSTEM} invoke [2]"),
            log,
            format!("Program {SYSTEM} failed: custom program error: 0x0"),
        ];
        let failure = Failure::new(error.clone(), &[ESCROW], &lines);
        assert_eq!(failure.name, "AccountAlreadyInUse");
        let told = there.told(&failure).expect("it is about that");
        assert!(
            told.starts_with(&format!("session {address} exists already: ")),
            "{told}"
        );
        assert!(told.contains("close that one first"), "{told}");
    }
    // What a program writes itself is not believed.
    let forged = format!(
        "Program log: Allocate: account Address {{ address: {address}, base: None }} already in use"
    );
    let lines = [
        forged,
        format!("Program {SYSTEM} failed: custom program error: 0x0"),
    ];
    assert_eq!(Failure::new(error, &[ESCROW], &lines).taken, None);
}

#[test]
fn a_state_is_named_and_the_time_from_which_on_it_is_allowed() {
    let mut delivered = order(mode::ONE_TIME, state::DELIVERED);
    (delivered.settle_after, delivered.deliver_by) = (NOON, NOON);
    let address = Pubkey::new_from_array([7; 32]);
    for (name, told) in [
        ("WrongState", "is delivered (one_time)"),
        (
            "WindowStillOpen",
            "is delivered (one_time) and allows this from 2027-01-15T12:00:01Z on",
        ),
        (
            "DeadlineNotReached",
            "is delivered (one_time) and allows this from 2027-01-15T12:00:01Z on",
        ),
    ] {
        let found = subject(&delivered).told(&named(name));
        assert_eq!(found, Some(format!("order {address} {told}")));
    }
    let mut epoch = Epoch::zeroed();
    (epoch.layout, epoch.status) = (reward::constants::LAYOUT, epoch_status::OPEN);
    epoch.ends_at = NOON;
    let told = subject(&epoch)
        .told(&named("EpochNotOver"))
        .expect("its end");
    assert!(
        told.ends_with("is open and allows this from 2027-01-15T12:00:00Z on"),
        "{told}"
    );
    // Of what is none of its state it says nothing.
    assert_eq!(subject(&epoch).told(&named("Paused")), None);

    let mut proposal = Proposal::zeroed();
    (proposal.layout, proposal.status) = (dao::constants::LAYOUT, proposal_status::QUEUED);
    proposal.execute_from = NOON;
    let told = subject(&proposal)
        .told(&named("TimeLocked"))
        .expect("its lock");
    assert!(
        told.ends_with("is queued and allows this from 2027-01-15T12:00:00Z on"),
        "{told}"
    );
    let told = subject(&proposal)
        .told(&named("StillExecutable"))
        .expect("its end");
    assert!(told.ends_with("2027-02-14T12:00:00Z on"), "{told}");

    let mut position = Position::zeroed();
    position.layout = reward::constants::LAYOUT;
    assert_eq!(
        subject(&position).told(&named("StillLocked")),
        None,
        "it was never unlocked"
    );
    position.unlock_at = NOON;
    let told = subject(&position)
        .told(&named("StillLocked"))
        .expect("a time");
    assert!(
        told.ends_with("allows this from 2027-01-15T12:00:00Z on"),
        "{told}"
    );
}

#[test]
fn a_dispute_says_which_phases_its_round_has() {
    let mut dispute = Dispute::zeroed();
    dispute.head.layout = dao::constants::LAYOUT;
    dispute.head.status = common::dispute::dispute_status::OPEN;
    dispute.round = 1;
    dispute.rounds[1].starts_at = NOON;
    (dispute.evidence, dispute.commit) = (60, 60);
    (dispute.reveal, dispute.appeal) = (60, 60);
    let told = subject(&dispute)
        .told(&named("WrongPhase"))
        .expect("its phases");
    let expected = "is open, and its round 1 takes evidence until 2027-01-15T12:01:00Z, \
                    commitments until 2027-01-15T12:02:00Z, reveals until 2027-01-15T12:03:00Z, \
                    an appeal until 2027-01-15T12:04:00Z";
    assert!(told.ends_with(expected), "{told}");
}

#[test]
fn what_a_subscription_pays_next_is_said_and_the_most_of_a_deposit() {
    let mut subscription = order(mode::SUBSCRIPTION, state::FUNDED);
    (subscription.opened_at, subscription.period) = (NOON, 60);
    (subscription.price, subscription.earned) = (10, 10);
    subscription.dispute_window = 3_600;
    let told = subject(&subscription)
        .told(&named("NothingMature"))
        .expect("times");
    for words in [
        "is funded (subscription) and its next period ends at 2027-01-15T12:02:00Z",
        "is mature at 2027-01-15T13:02:00Z",
    ] {
        assert!(told.contains(words), "{told}");
    }
    subscription.pending = 5;
    subscription.matures_at = NOON;
    let told = subject(&subscription)
        .told(&named("NothingMature"))
        .expect("a time");
    assert!(
        told.ends_with("has 5 that matures at 2027-01-15T12:00:00Z"),
        "{told}"
    );

    let mut settings = MintConfig::zeroed();
    settings.layout = escrow::constants::LAYOUT;
    (settings.max_deposit, settings.mint) = (900, Pubkey::new_from_array([3; 32]));
    let told = subject(&settings)
        .told(&named("DepositTooLarge"))
        .expect("its limit");
    assert!(told.contains("at most 900 base units"), "{told}");
}

/// A name that the programs do not have would never be met.
#[test]
fn every_name_of_an_error_is_one_of_the_programs() {
    use crate::error::codes::{DAO, ESCROW, LISTING, REWARD};
    let all = [&LISTING, &ESCROW, &REWARD, &DAO];
    let knows = |name: &str| {
        all.iter()
            .any(|codes| codes.iter().any(|code| code.name == name))
    };
    for name in OF_A_STATE {
        assert!(knows(name), "{name}");
    }
    let source = include_str!("../about.rs");
    let timed = source.split('"').filter(|part| {
        part.len() > 6
            && part.chars().all(char::is_alphanumeric)
            && part.starts_with(char::is_uppercase)
    });
    let timed: Vec<&str> = timed.collect();
    assert!(timed.len() > OF_A_STATE.len(), "{timed:?}");
    for name in timed {
        assert!(knows(name), "{name}");
    }
}
