use dao::{
    accounts,
    actions::{Guardians, program_id},
    instruction,
    instructions::GovernanceArgs,
    state::program,
};
use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};

use super::{Action, associated, config, event_authority};
use crate::{
    pda,
    programs::{DAO, ESCROW, LISTING, REWARD, SYSTEM, TOKEN},
};

/// Makes what proposals are voted on by, once; `handover_floor` is the active weight at which the steward goes.
///
/// Errors: `NotUpgradeAuthority`, `GuardiansOutOfBounds`, `VotingPeriodOutOfBounds`, `QuorumOutOfBounds`,
/// `ThresholdOutOfBounds`, `FloorOutOfBounds`.
pub fn initialize_governance(
    upgrade_authority: &Pubkey,
    payer: &Pubkey,
    steward: &Pubkey,
    handover_floor: u64,
    guardians: Guardians,
    args: GovernanceArgs,
) -> Instruction {
    instruction::InitializeGovernance {
        steward: *steward,
        handover_floor,
        guardians,
        args,
    }
    .to_instruction(accounts::InitializeGovernance {
        upgrade_authority: *upgrade_authority,
        payer: *payer,
        config: config(),
        governance: governance(),
        mint: pda::token().0,
        deposits: pda::deposits().0,
        program_data: pda::program_data(&DAO).0,
        token_program: TOKEN,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Has the dao take over the settings of one of [`program`] where their authority proposed that. By anyone.
///
/// Errors: `NoSuchProgram`, and the program's `NotPendingAuthority`.
pub fn accept_authority(which: u8) -> Instruction {
    instruction::AcceptAuthority { program: which }.to_instruction(accounts::AcceptAuthority {
        governance: governance(),
        authority: pda::dao_authority().0,
        settings: settings(which),
        called_events: pda::event_authority(&program_address(which)).0,
        called_program: program_address(which),
    })
}

/// Proposes an action; `number` is one more than the governance has, `source` pays the deposit, and `text_hash` is of the text
/// that says why.
///
/// Errors: `NotOwner`, `NoWeight`, `NoSuchAction`, `PayloadMalformed`, `WrongTarget`, `ActionOutOfBounds`.
pub fn propose(
    owner: &Pubkey,
    payer: &Pubkey,
    position: &Pubkey,
    source: &Pubkey,
    number: u64,
    action: &Action,
    text_hash: [u8; 32],
) -> Instruction {
    instruction::Propose {
        action: action.kind(),
        arguments: action.arguments(),
        text_hash,
    }
    .to_instruction(accounts::Propose {
        owner: *owner,
        payer: *payer,
        position: *position,
        stake: pda::stake().0,
        governance: governance(),
        proposal: pda::proposal(number).0,
        target: action.target(),
        source: *source,
        deposits: pda::deposits().0,
        token_program: TOKEN,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Queues an action of the steward's without a vote.
///
/// Errors: `NotSteward`, and those of [`propose`] that concern the action.
pub fn decree(
    steward: &Pubkey,
    payer: &Pubkey,
    number: u64,
    action: &Action,
    text_hash: [u8; 32],
) -> Instruction {
    instruction::Decree {
        action: action.kind(),
        arguments: action.arguments(),
        text_hash,
    }
    .to_instruction(accounts::Decree {
        steward: *steward,
        payer: *payer,
        governance: governance(),
        proposal: pda::proposal(number).0,
        target: action.target(),
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Votes on a proposal with a position: one of [`vote_choice`](dao::state::vote_choice).
///
/// Errors: `NotOwner`, `NoWeight`, `VotingOver`, `NoSuchVote`.
pub fn cast(owner: &Pubkey, position: &Pubkey, number: u64, choice: u8) -> Instruction {
    let proposal = pda::proposal(number).0;
    instruction::Cast { choice }.to_instruction(accounts::Cast {
        owner: *owner,
        position: *position,
        proposal,
        vote: pda::vote(&proposal, position).0,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Changes a vote.
///
/// Errors: `NotOwner`, `VotingOver`, `NoSuchVote`.
pub fn change_vote(owner: &Pubkey, position: &Pubkey, number: u64, choice: u8) -> Instruction {
    let proposal = pda::proposal(number).0;
    instruction::ChangeVote { choice }.to_instruction(accounts::ChangeVote {
        owner: *owner,
        proposal,
        vote: pda::vote(&proposal, position).0,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Accepts or rejects a proposal whose vote has ended. By anyone.
///
/// Errors: `VotingOpen`, `ProposalOver`.
pub fn conclude(number: u64) -> Instruction {
    instruction::Conclude {}.to_instruction(accounts::Conclude {
        proposal: pda::proposal(number).0,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Stops a proposal. Signed by guardians.
///
/// Errors: `NotGuardians`, `NoVeto`, `ProposalOver`.
pub fn veto(number: u64, guardians: &[Pubkey]) -> Instruction {
    let veto = instruction::Veto {}.to_instruction(accounts::Veto {
        governance: governance(),
        proposal: pda::proposal(number).0,
        event_authority: event_authority(),
        program: DAO,
    });
    signed_by(veto, guardians)
}

/// Carries an accepted proposal out, whose action that is ([`Action::read`]). By anyone, who pays for accounts that it makes;
/// `rent_payer` is who paid the proposal's rent.
///
/// Errors: `NotQueued`, `TimeLocked`, `ExecutionOver`, `StewardGone`, `WrongTarget`, `WrongAccount`, `ActionOutOfBounds`,
/// `WrongTokenAccount`, and those of the program that it calls.
pub fn execute(
    executor: &Pubkey,
    number: u64,
    action: &Action,
    rent_payer: &Pubkey,
) -> Instruction {
    let mut execute = instruction::Execute {}.to_instruction(accounts::Execute {
        executor: *executor,
        authority: pda::dao_authority().0,
        governance: governance(),
        proposal: pda::proposal(number).0,
        event_authority: event_authority(),
        program: DAO,
    });
    execute.accounts.extend(action.accounts(rent_payer));
    execute
}

/// Ends a proposal that nobody carried out in time. By anyone.
///
/// Errors: `NotQueued`, `StillExecutable`.
pub fn expire(number: u64) -> Instruction {
    instruction::Expire {}.to_instruction(accounts::Expire {
        proposal: pda::proposal(number).0,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Pays a proposal's deposit to the associated token account of `owner`, its proposer, or, where it was lost, of the dao's
/// authority; 30 days after the vote the proposer's goes to any `destination` of its own. By anyone.
///
/// Errors: `NothingDue`, `WrongTokenAccount`.
pub fn pay_deposit(number: u64, owner: &Pubkey, destination: Option<&Pubkey>) -> Instruction {
    instruction::PayDeposit {}.to_instruction(accounts::PayDeposit {
        governance: governance(),
        proposal: pda::proposal(number).0,
        deposits: pda::deposits().0,
        destination: *destination.unwrap_or(&associated(owner)),
        authority: pda::dao_authority().0,
        token_program: TOKEN,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Closes a vote's account after the vote. By anyone.
///
/// Errors: `VotingOpen`, `WrongRentPayer`.
pub fn close_vote(closer: &Pubkey, owner: &Pubkey, position: &Pubkey, number: u64) -> Instruction {
    let proposal = pda::proposal(number).0;
    instruction::CloseVote {}.to_instruction(accounts::CloseVote {
        closer: *closer,
        proposal,
        vote: pda::vote(&proposal, position).0,
        owner: *owner,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Closes a proposal's account 30 days after its end. By anyone.
///
/// Errors: `ProposalOpen`, `StillNeeded`, `WrongRentPayer`.
pub fn close_proposal(closer: &Pubkey, number: u64, rent_payer: &Pubkey) -> Instruction {
    instruction::CloseProposal {}.to_instruction(accounts::CloseProposal {
        closer: *closer,
        proposal: pda::proposal(number).0,
        rent_payer: *rent_payer,
        event_authority: event_authority(),
        program: DAO,
    })
}

/// Stops new business of one of [`program`] but the dao. Signed by guardians.
///
/// Errors: `NotGuardians`, `NoSuchProgram`, `PauseTooSoon`, `AlreadyPaused`.
pub fn pause(which: u8, guardians: &[Pubkey]) -> Instruction {
    let pause = instruction::Pause { program: which }.to_instruction(change_pause(which));
    signed_by(pause, guardians)
}

/// Lifts the guardians' pause of a program. Signed by guardians, or by anyone 14 days after it began.
///
/// Errors: `NotPaused`, `NotGuardians`.
pub fn unpause(which: u8, guardians: &[Pubkey]) -> Instruction {
    let unpause = instruction::Unpause { program: which }.to_instruction(change_pause(which));
    signed_by(unpause, guardians)
}

/// Ends the steward's office for ever. By anyone.
///
/// Errors: `NotSteward`, `FloorNotReached`, `NotTheDaos`.
pub fn hand_over() -> Instruction {
    instruction::HandOver {}.to_instruction(accounts::HandOver {
        governance: governance(),
        stake: pda::stake().0,
        config: config(),
        listing_config: pda::listing_config().0,
        escrow_config: pda::escrow_config().0,
        reward_config: pda::reward_config().0,
        listing_data: pda::program_data(&LISTING).0,
        escrow_data: pda::program_data(&ESCROW).0,
        reward_data: pda::program_data(&REWARD).0,
        dao_data: pda::program_data(&DAO).0,
        event_authority: event_authority(),
        program: DAO,
    })
}

fn change_pause(which: u8) -> accounts::ChangePause {
    accounts::ChangePause {
        governance: governance(),
        authority: pda::dao_authority().0,
        settings: settings(which),
        called_events: pda::event_authority(&program_address(which)).0,
        called_program: program_address(which),
        event_authority: event_authority(),
        program: DAO,
    }
}

fn signed_by(mut instruction: Instruction, guardians: &[Pubkey]) -> Instruction {
    let signers = guardians
        .iter()
        .map(|key| AccountMeta::new_readonly(*key, true));
    instruction.accounts.extend(signers);
    instruction
}

/// The address of one of [`program`].
pub fn program_address(which: u8) -> Pubkey {
    program_id(which).copied().unwrap_or_default()
}

/// The settings of one of [`program`].
fn settings(which: u8) -> Pubkey {
    let (settings, _) = match which {
        program::LISTING => pda::listing_config(),
        program::ESCROW => pda::escrow_config(),
        program::REWARD => pda::reward_config(),
        _ => pda::dao_config(),
    };
    settings
}

fn governance() -> Pubkey {
    pda::governance().0
}
