//! What orders of other modes than one-time need, and disputes.

use escrow::{
    accounts, instruction, instructions::VoucherArgs, signatures::INSTRUCTIONS, state::Order,
};
use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};

use super::{config, event_authority, pay_out};
use crate::{pda, programs::ESCROW};

/// Puts `amount` base units more into a metered order: by its owner from `source`, or, where a `session` bought, by its
/// key from its vault.
///
/// Errors: `NotMetered`, `OrderEnded`, `WrongState`; `Paused`, `MintNotAllowed`, `DepositTooLarge`; `NotBuyer`,
/// `SessionOver`, `SessionForbids`, `WrongTokenAccount`.
pub fn top_up(
    payer: &Pubkey,
    address: &Pubkey,
    order: &Order,
    source: &Pubkey,
    session: Option<Pubkey>,
    amount: u64,
) -> Instruction {
    instruction::TopUp { amount }.to_instruction(accounts::TopUp {
        payer: *payer,
        config: config(),
        mint_config: pda::mint_config(&order.mint).0,
        listing: order.head.listing,
        order: *address,
        mint: order.mint,
        vault: order.vault,
        source: *source,
        token_program: order.token_program,
        session,
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// Redeems a voucher of a metered order, by the authority or operator of its listing, or by who sold it. The transaction
/// carries the signature where `args` says; [`crate::voucher`] makes that instruction.
///
/// Errors: `NotSeller`, `NotMetered`, `OrderEnded`, `PendingImmature`, `VoucherStale`, `VoucherTooLarge`,
/// `VoucherNotSigned`.
pub fn redeem(seller: &Pubkey, listing: &Pubkey, order: &Pubkey, args: VoucherArgs) -> Instruction {
    instruction::Redeem { args }.to_instruction(accounts::Redeem {
        seller: *seller,
        config: config(),
        listing: *listing,
        order: *order,
        instructions: INSTRUCTIONS,
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// The buyer's heartbeat: authorises the next interval of 1 to 20 leases that `key` speaks for.
///
/// Errors: `BatchOutOfBounds`, `NotBuyer`, `NotLease`, `WrongState`, `OrderEnded`, `AlreadyAuthorised`.
pub fn authorise(key: &Pubkey, leases: &[Pubkey]) -> Instruction {
    let instruction = instruction::Authorise {}.to_instruction(accounts::Authorise {
        key: *key,
        event_authority: event_authority(),
        program: ESCROW,
    });
    with_leases(instruction, leases)
}

/// The provider's heartbeat: confirms the last interval of 1 to 20 leases of `listing`, by its authority or operator,
/// or by who sold them all.
///
/// Errors: `BatchOutOfBounds`, `NotSeller`, `WrongAccount`, `NotLease`, `WrongState`, `NotAuthorised`.
pub fn confirm(seller: &Pubkey, listing: &Pubkey, leases: &[Pubkey]) -> Instruction {
    let instruction = instruction::Confirm {}.to_instruction(accounts::Confirm {
        seller: *seller,
        listing: *listing,
        event_authority: event_authority(),
        program: ESCROW,
    });
    with_leases(instruction, leases)
}

/// Ends an order before its time, by its owner or its seller: notice of a metered one, cancelling a subscription, letting
/// a lease go.
///
/// Errors: `WrongState`, `NotParty`, `OrderEnded`.
pub fn end(party: &Pubkey, address: &Pubkey, order: &Order) -> Instruction {
    instruction::End {}.to_instruction(pay_out(party, address, order))
}

/// Contests what may be contested of an order now, by its owner or its seller; `source`, the opener's, pays the bond. The
/// owner's takes the place of the seller's.
///
/// Errors: `NotParty`, `WrongState`, `NothingToContest`, `AlreadyContested`, `RulingStands`, `WrongTokenAccount`.
pub fn open_dispute(
    opener: &Pubkey,
    address: &Pubkey,
    order: &Order,
    source: &Pubkey,
    evidence_hash: [u8; 32],
) -> Instruction {
    instruction::OpenDispute { evidence_hash }.to_instruction(accounts::OpenDispute {
        opener: *opener,
        order: *address,
        mint: order.mint,
        vault: order.vault,
        source: *source,
        token_program: order.token_program,
        dispute: (order.contested > 0).then(|| pda::dispute(address, order.disputes).0),
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// Gives up what is contested: to the buyer by the seller, to the seller by the owner. Who opened the dispute itself loses
/// the bond. Nothing that was contested since `order` was read.
///
/// Errors: `NotParty`, `NothingContested`, `OrderChanged`.
pub fn concede(party: &Pubkey, address: &Pubkey, order: &Order) -> Instruction {
    let seen = order.head.seq;
    instruction::Concede { seen }.to_instruction(accounts::Concede {
        cranker: *party,
        order: *address,
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// Carries out the dao's final ruling on dispute `number` of an order. By anyone.
///
/// Errors: `NoRuling`, `NothingContested`.
pub fn apply_ruling(cranker: &Pubkey, order: &Pubkey, number: u16) -> Instruction {
    instruction::ApplyRuling {}.to_instruction(decide(cranker, order, number))
}

/// Ends a dispute that was never ruled on, as though nothing had been contested. By anyone, from `arbitrate_by` on.
///
/// Errors: `NothingContested`, `ArbitrationStillOpen`, `RulingStands`.
pub fn lapse_dispute(cranker: &Pubkey, order: &Pubkey, number: u16) -> Instruction {
    instruction::LapseDispute {}.to_instruction(decide(cranker, order, number))
}

fn decide(cranker: &Pubkey, order: &Pubkey, number: u16) -> accounts::Decide {
    accounts::Decide {
        cranker: *cranker,
        order: *order,
        dispute: pda::dispute(order, number).0,
        event_authority: event_authority(),
        program: ESCROW,
    }
}

fn with_leases(mut instruction: Instruction, leases: &[Pubkey]) -> Instruction {
    let leases = leases.iter().map(|lease| AccountMeta::new(*lease, false));
    instruction.accounts.extend(leases);
    instruction
}
