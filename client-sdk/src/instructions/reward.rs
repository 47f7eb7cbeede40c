//! Instructions of the reward program.
//!
//! Each names the errors of the program that its own checks give ([`reward::error::RewardError`]); all may fail as the
//! system and token programs do, for want of lamports or tokens.

use common::ESCROW_CONFIG;
use reward::{
    accounts, instruction,
    instructions::{AttestArgs, ConfigArgs, Terms},
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{
    pda,
    programs::{REWARD, SYSTEM, TOKEN},
};

mod positions;
pub use positions::*;

/// Makes the program's settings, the token and the vault, once.
///
/// Errors: `NotUpgradeAuthority`, `EpochLengthOutOfBounds`, `EmissionOutOfBounds`, and those of [`update_config`].
pub fn initialize(
    upgrade_authority: &Pubkey,
    payer: &Pubkey,
    authority: &Pubkey,
    terms: Terms,
    args: ConfigArgs,
) -> Instruction {
    instruction::Initialize {
        authority: *authority,
        terms,
        args,
    }
    .to_instruction(accounts::Initialize {
        upgrade_authority: *upgrade_authority,
        payer: *payer,
        config: config(),
        emission: pda::emission().0,
        stake: pda::stake().0,
        mint: pda::token().0,
        vault: pda::stake_vault().0,
        program_data: pda::program_data(&REWARD).0,
        token_program: TOKEN,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Replaces the program's settings.
///
/// Errors: `NotConfigAuthority`, `CoolingOutOfBounds`, `ClaimWindowOutOfBounds`, `ShareOutOfBounds`, `StakeOutOfBounds`.
pub fn update_config(authority: &Pubkey, args: ConfigArgs) -> Instruction {
    instruction::UpdateConfig { args }.to_instruction(accounts::UpdateConfig {
        authority: *authority,
        config: config(),
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Takes over the settings.
///
/// Errors: `NotPendingAuthority`.
pub fn accept_config_authority(pending_authority: &Pubkey) -> Instruction {
    instruction::AcceptConfigAuthority {}.to_instruction(accounts::AcceptConfigAuthority {
        pending_authority: *pending_authority,
        config: config(),
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Sets the points that 10⁶ base units of a fee in `mint` credit, and the reference price of 10⁶ of the token in it.
///
/// Errors: `NotConfigAuthority`, `RateTooHigh`.
pub fn set_rate(
    authority: &Pubkey,
    payer: &Pubkey,
    mint: &Pubkey,
    rate: u64,
    price: u64,
) -> Instruction {
    instruction::SetRate { rate, price }.to_instruction(accounts::SetRate {
        authority: *authority,
        payer: *payer,
        config: config(),
        mint: *mint,
        rate: pda::rate(mint).0,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Opens the epoch of now, whose index is `index`. By anyone.
pub fn open_epoch(payer: &Pubkey, index: u32) -> Instruction {
    instruction::OpenEpoch {}.to_instruction(accounts::OpenEpoch {
        payer: *payer,
        config: config(),
        emission: pda::emission().0,
        epoch: pda::epoch(index).0,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Credits an order's fee to its payee and its owner, in the epoch of now. Only escrow can send it: this is what it calls.
///
/// Errors: `NotRecorder`, `Paused`, `NotCurrentEpoch`, `NotReceipt`, `SelfDealt`, `NothingToCredit`.
pub fn record_fees(
    payer: &Pubkey,
    order: &Pubkey,
    mint: &Pubkey,
    publisher: &Pubkey,
    buyer: &Pubkey,
    index: u32,
) -> Instruction {
    instruction::RecordFees {}.to_instruction(accounts::RecordFees {
        recorder: ESCROW_CONFIG,
        payer: *payer,
        config: config(),
        rate: pda::rate(mint).0,
        order: *order,
        epoch: pda::epoch(index).0,
        publisher_points: pda::points(publisher, index).0,
        buyer_points: pda::points(buyer, index).0,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Emits for all epochs up to this one, and allots to it. By anyone.
///
/// Errors: `WrongEpochState`, `EpochNotOver`, `EpochOutOfOrder`.
pub fn finish_epoch(index: u32) -> Instruction {
    instruction::FinishEpoch {}.to_instruction(accounts::FinishEpoch {
        config: config(),
        emission: pda::emission().0,
        epoch: pda::epoch(index).0,
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Mints what the points of `owner` bring, to its associated token account, or to `destination` where it cranks itself.
///
/// Errors: `WrongTokenAccount`, `WrongEpochState`, `ClaimOver`, `WrongRentPayer`.
pub fn claim(
    cranker: &Pubkey,
    owner: &Pubkey,
    index: u32,
    destination: Option<&Pubkey>,
    rent_payer: &Pubkey,
) -> Instruction {
    let mint = pda::token().0;
    let associated = pda::associated_token(owner, &mint, &TOKEN).0;
    instruction::Claim {}.to_instruction(accounts::Claim {
        cranker: *cranker,
        config: config(),
        epoch: pda::epoch(index).0,
        points: pda::points(owner, index).0,
        mint,
        destination: *destination.unwrap_or(&associated),
        rent_payer: *rent_payer,
        token_program: TOKEN,
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Lets what of an epoch was not claimed roll on. By anyone.
///
/// Errors: `WrongEpochState`, `ClaimStillOpen`.
pub fn expire_epoch(index: u32) -> Instruction {
    instruction::ExpireEpoch {}.to_instruction(accounts::ExpireEpoch {
        config: config(),
        emission: pda::emission().0,
        epoch: pda::epoch(index).0,
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Closes points of an expired epoch. By anyone.
///
/// Errors: `WrongEpochState`, `WrongRentPayer`.
pub fn close_points(
    closer: &Pubkey,
    owner: &Pubkey,
    index: u32,
    rent_payer: &Pubkey,
) -> Instruction {
    instruction::ClosePoints {}.to_instruction(accounts::ClosePoints {
        closer: *closer,
        epoch: pda::epoch(index).0,
        points: pda::points(owner, index).0,
        rent_payer: *rent_payer,
        event_authority: event_authority(),
        program: REWARD,
    })
}

/// Sends what an account of the program holds above its rent to who paid it. By anyone.
///
/// Errors: `WrongAccount`, `WrongRentPayer`, `NothingToReclaim`.
pub fn reclaim_excess(account: &Pubkey, rent_payer: &Pubkey) -> Instruction {
    instruction::ReclaimExcess {}.to_instruction(accounts::ReclaimExcess {
        account: *account,
        rent_payer: *rent_payer,
    })
}

fn config() -> Pubkey {
    pda::reward_config().0
}

fn event_authority() -> Pubkey {
    pda::event_authority(&REWARD).0
}
