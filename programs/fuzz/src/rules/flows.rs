//! Rule 1 of the reward program's token: what moves is locked, withdrawn, minted, burnt, bonded, deposited or paid, as an
//! event says, from and to the purses that it says.

use dao::{
    actions::Transfer,
    state::{action, origin},
};
use pedigree_sdk::{events::Event, instructions::dao::Action, pda};
use solana_program::pubkey::Pubkey;

use super::{
    Taken,
    conservation::{Flows, Purse, purse},
};

/// What one event moves.
pub fn expected(taken: &Taken, event: &Event, flows: &mut Flows) {
    let token = pda::token().0;
    let wallet = |owner: &Pubkey| Purse::Wallet(*owner);
    let to = |account: &Pubkey| {
        let states = [taken.before, taken.after];
        let owner = states.iter().find_map(|state| state.tokens.get(account));
        owner.map_or(Purse::Wallet(*account), |token| purse(taken, &token.owner))
    };
    let mut moves = |from: Purse, to: Purse, amount: u64| {
        flows.add(&token, from, -i128::from(amount));
        flows.add(&token, to, i128::from(amount));
    };
    match event {
        Event::PositionLocked(event) => {
            moves(wallet(&event.state.owner), Purse::Stake, event.state.amount);
        }
        Event::PositionWithdrawn(event) => {
            let head = &event.head;
            moves(Purse::Stake, to(&head.destination), head.amount);
        }
        Event::PointsClaimed(event) => {
            let amount = i128::from(event.head.amount);
            flows.add(&token, wallet(&event.state.owner), amount);
        }
        Event::AttestationSlashed(event) => {
            let head = &event.head;
            moves(Purse::Stake, to(&head.destination), head.reward);
            flows.add(&token, Purse::Stake, -i128::from(head.burnt));
        }
        Event::DisputeOpened(event) => {
            let bond = &event.state.bonds[0];
            moves(
                wallet(&bond.owner),
                Purse::Bonds(event.head.address),
                bond.amount,
            );
        }
        Event::EdgeCaseOpened(event) => {
            let bond = &event.state.bonds[0];
            moves(
                wallet(&bond.owner),
                Purse::Bonds(event.head.address),
                bond.amount,
            );
        }
        Event::VoteCommitted(event) => {
            let head = &event.head;
            let vault = Purse::Bonds(head.dispute_address);
            moves(wallet(&event.state.owner), vault, head.bond);
        }
        Event::RulingAppealed(event) => {
            let head = &event.head;
            moves(
                wallet(&head.appellant),
                Purse::Bonds(head.address),
                head.bond,
            );
        }
        Event::JurorSettled(event) => {
            let head = &event.head;
            let vault = Purse::Bonds(head.dispute_address);
            moves(vault, wallet(&event.state.owner), head.amount);
        }
        Event::BondPaid(event) => {
            let head = &event.head;
            let bond = usize::try_from(head.index).ok();
            let bond = bond.and_then(|index| event.state.bonds.get(index));
            let owner = bond.map_or(Pubkey::default(), |bond| bond.owner);
            moves(Purse::Bonds(head.address), wallet(&owner), head.amount);
        }
        Event::DisputeClosed(event) => {
            let config = taken.before.dao_config();
            let treasury = config.map_or(Pubkey::default(), |config| config.treasury);
            let head = &event.head;
            moves(Purse::Bonds(head.address), wallet(&treasury), head.swept);
        }
        Event::ProposalCreated(event) if event.state.origin == origin::MEMBER => {
            let state = &event.state;
            moves(wallet(&state.proposer), wallet(&dao()), state.deposit);
        }
        Event::DepositPaid(event) => {
            let head = &event.head;
            moves(wallet(&dao()), to(&head.destination), head.amount);
        }
        Event::ProposalExecuted(event) if event.state.action == action::TRANSFER => {
            if let Some((mint, transfer)) = transferred(taken, event) {
                let amount = i128::from(transfer.amount);
                flows.add(&mint, wallet(&dao()), -amount);
                flows.add(&mint, wallet(&transfer.to), amount);
            }
        }
        _ => {}
    }
}

fn dao() -> Pubkey {
    pda::dao_authority().0
}

/// What an accepted transfer moves, and of which mint.
fn transferred(
    taken: &Taken,
    event: &dao::events::ProposalExecutedV1,
) -> Option<(Pubkey, Transfer)> {
    let treasury = taken.before.tokens.get(&event.state.target)?;
    match Action::read(&event.state, &treasury.mint, &treasury.program)? {
        Action::Transfer { mint, transfer, .. } => Some((mint, transfer)),
        _ => None,
    }
}
