//! Instructions of the escrow program.
//!
//! Each names the errors of the program that its own checks give ([`escrow::error::EscrowError`]); all may fail as the
//! system and token programs do, for want of lamports or tokens.

use common::receipt::flag;
use escrow::{
    accounts, constants::SEALED_KEY_LEN, instruction, instructions::ConfigArgs, opening::OpenArgs,
    state::Order,
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{
    pda,
    programs::{ESCROW, REWARD, SYSTEM},
};

mod modes;
mod sessions;
pub use modes::*;
pub use sessions::*;

/// Makes the program's settings, once.
///
/// Errors: `NotUpgradeAuthority`, `FeeTooHigh`, `WindowOutOfBounds`.
pub fn initialize(
    upgrade_authority: &Pubkey,
    payer: &Pubkey,
    authority: &Pubkey,
    genesis_hash: [u8; 32],
    args: ConfigArgs,
) -> Instruction {
    instruction::Initialize {
        authority: *authority,
        genesis_hash,
        args,
    }
    .to_instruction(accounts::Initialize {
        upgrade_authority: *upgrade_authority,
        payer: *payer,
        config: config(),
        program_data: pda::program_data(&ESCROW).0,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// Replaces the program's settings.
///
/// Errors: `NotConfigAuthority`, `FeeTooHigh`, `WindowOutOfBounds`.
pub fn update_config(authority: &Pubkey, args: ConfigArgs) -> Instruction {
    instruction::UpdateConfig { args }.to_instruction(accounts::UpdateConfig {
        authority: *authority,
        config: config(),
        event_authority: event_authority(),
        program: ESCROW,
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
        program: ESCROW,
    })
}

/// Allows orders in a mint, of at most `max_deposit` base units each; `token_program` is the one that owns the mint.
///
/// Errors: `NotConfigAuthority`, `MintNotClean`, `WrongTokenProgram`.
pub fn allow_mint(
    authority: &Pubkey,
    payer: &Pubkey,
    mint: &Pubkey,
    token_program: &Pubkey,
    max_deposit: u64,
) -> Instruction {
    instruction::AllowMint { max_deposit }.to_instruction(accounts::AllowMint {
        authority: *authority,
        payer: *payer,
        config: config(),
        mint: *mint,
        mint_config: pda::mint_config(mint).0,
        treasury: pda::treasury(mint).0,
        token_program: *token_program,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// Changes an allowed mint's settings.
///
/// Errors: `NotConfigAuthority`.
pub fn update_mint(
    authority: &Pubkey,
    mint: &Pubkey,
    enabled: bool,
    max_deposit: u64,
) -> Instruction {
    instruction::UpdateMint {
        enabled,
        max_deposit,
    }
    .to_instruction(accounts::UpdateMint {
        authority: *authority,
        config: config(),
        mint_config: pda::mint_config(mint).0,
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// Sends all collected fees to the associated token account of `wallet`, the config's treasury. By anyone.
///
/// Errors: `WrongTokenAccount`, `NothingPayable`, `NothingDue`.
pub fn withdraw_treasury(mint: &Pubkey, token_program: &Pubkey, wallet: &Pubkey) -> Instruction {
    instruction::WithdrawTreasury {}.to_instruction(accounts::WithdrawTreasury {
        config: config(),
        mint_config: pda::mint_config(mint).0,
        mint: *mint,
        treasury: pda::treasury(mint).0,
        destination: pda::associated_token(wallet, mint, token_program).0,
        token_program: *token_program,
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// What [`open_order`] needs besides its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    pub buyer: Pubkey,
    /// Pays the rent; the buyer where `None`.
    pub payer: Option<Pubkey>,
    pub listing: Pubkey,
    /// The listing's generation where it owes royalties (`royalty_ppm > 0`), else `None`.
    pub royalty_generation: Option<u16>,
    pub mint: Pubkey,
    /// The one that owns the mint.
    pub token_program: Pubkey,
    /// The buyer's token account that pays, or the session's vault.
    pub source: Pubkey,
    /// The session that buys; `buyer` is its key then.
    pub session: Option<Pubkey>,
}

impl OpenOrder {
    /// Where the order will be.
    pub fn address(&self, key: &[u8; 16]) -> Pubkey {
        pda::order(&self.session.unwrap_or(self.buyer), key).0
    }
}

/// Orders by any price term, with its whole price as deposit. The same again is a success without effect.
///
/// Errors: `IdempotencyConflict`; `Paused`, `ListingNotActive`, `ListingUnclaimed`, `MintNotAllowed`,
/// `WrongTokenProgram`, `DecimalsDiffer`; `VersionChanged`, `PriceChanged`, `PeriodChanged`, `WindowsChanged`,
/// `DisputeTermsChanged`, `AboveMaximum`, `NoSuchTerm`; `EndOutOfBounds`, `BuyerKeyMissing`; `SessionOver`,
/// `SessionForbids`; `QuantityOutOfBounds`, `AmountTooLarge`, `DepositTooLarge`, `ValidUntilOutOfBounds`; `PoolMissing`,
/// `SharesExceedPrice`; `WrongTokenAccount`.
pub fn open_order(params: &OpenOrder, args: OpenArgs) -> Instruction {
    let OpenOrder {
        buyer,
        payer,
        listing,
        royalty_generation,
        mint,
        token_program,
        source,
        session,
    } = *params;
    let order = params.address(&args.key);
    let args = Box::new(args);
    instruction::OpenOrder { args }.to_instruction(accounts::OpenOrder {
        buyer,
        payer,
        config: config(),
        mint_config: pda::mint_config(&mint).0,
        listing,
        ledger: royalty_generation.map(|generation| pda::ledger(&listing, generation, &mint).0),
        mint,
        order,
        vault: pda::vault(&order, &token_program),
        source,
        token_program,
        system_program: SYSTEM,
        session,
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// Takes the receipt of a free listing; `payer`, or the buyer, pays its rent. The same again is a success without
/// effect.
///
/// Errors: `IdempotencyConflict`; `Paused`, `ListingNotActive`, `ListingUnclaimed`; `VersionChanged`, `PriceChanged`,
/// `NoSuchTerm`, `ListingNotFree`; `QuantityOutOfBounds`, `ValidUntilOutOfBounds`.
pub fn open_free(
    buyer: &Pubkey,
    payer: Option<Pubkey>,
    listing: &Pubkey,
    args: OpenArgs,
) -> Instruction {
    let order = pda::order(buyer, &args.key).0;
    let args = Box::new(args);
    instruction::OpenFree { args }.to_instruction(accounts::OpenFree {
        buyer: *buyer,
        payer,
        config: config(),
        listing: *listing,
        order,
        system_program: SYSTEM,
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// Delivers an order of `listing`, by its authority or operator, or by who sold it. `sealed_key` is all zero where the buyer gave no
/// delivery key.
///
/// Errors: `WrongAccount`, `NotSeller`, `WrongState`, `DeliveryTooLate`, `ContentHashMissing`,
/// `ContentDiffers`, `KeyMissing`.
pub fn deliver(
    seller: &Pubkey,
    listing: &Pubkey,
    order: &Pubkey,
    content_hash: [u8; 32],
    sealed_key: [u8; SEALED_KEY_LEN],
) -> Instruction {
    instruction::Deliver {
        content_hash,
        sealed_key,
    }
    .to_instruction(accounts::Deliver {
        seller: *seller,
        listing: *listing,
        order: *order,
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// Settles a delivered order after `settle_after`, by anyone; of other modes what is mature, and what is over. `order` is
/// its state.
///
/// Where the payee's associated account cannot take its part, that waits for [`withdraw`].
///
/// Errors: `WrongState`, `WindowStillOpen`, `NothingMature`.
pub fn settle(cranker: &Pubkey, address: &Pubkey, order: &Order) -> Instruction {
    instruction::Settle { accept: None }.to_instruction(pay_out(cranker, address, order))
}

/// Accepts what was delivered, or all that was earned, by the order's owner, and settles it at once. `order` is its state
/// as the owner saw it: nothing that has changed since is accepted.
///
/// Where the payee's associated account cannot take its part, that waits for [`withdraw`].
///
/// Errors: `NotBuyer`, `OrderChanged`, `WrongState`, `NothingMature`.
pub fn accept(owner: &Pubkey, address: &Pubkey, order: &Order) -> Instruction {
    let accept = Some(order.head.seq);
    instruction::Settle { accept }.to_instruction(pay_out(owner, address, order))
}

/// Gives an order's money back to its buyer: all of it, by anyone, where it was not delivered in time.
///
/// Where the account that the buyer paid from cannot take it, it waits for [`withdraw`].
///
/// Errors: `WrongState`, `DeadlineNotReached`, `NotSeller`.
pub fn refund(cranker: &Pubkey, address: &Pubkey, order: &Order) -> Instruction {
    instruction::Refund { amount: None }.to_instruction(pay_out(cranker, address, order))
}

/// Gives `amount` base units, or everything, of an order back to its buyer, by `order.seller`.
///
/// Errors: `WrongState`, `NotSeller`, `DeadlineNotReached`, `RefundOutOfBounds`.
pub fn refund_by_seller(
    seller: &Pubkey,
    address: &Pubkey,
    order: &Order,
    amount: Option<u64>,
) -> Instruction {
    instruction::Refund { amount }.to_instruction(pay_out(seller, address, order))
}

/// Pays the parts of an order that are due, by anyone, and closes a final one's vault when nothing is left. `own` is the
/// token account that the payee, the owner or the seller wants its part in, where it is the one that cranks.
///
/// Errors: `NothingDue`, `NothingPayable`, `WrongTokenAccount`, `VaultFrozen`.
pub fn withdraw(
    cranker: &Pubkey,
    address: &Pubkey,
    order: &Order,
    own: Option<Pubkey>,
) -> Instruction {
    let mut accounts = pay_out(cranker, address, order);
    if let Some(own) = own {
        if *cranker == order.payee {
            accounts.payee_account = Some(own);
        }
        if *cranker == order.head.owner {
            accounts.buyer_account = Some(own);
            accounts.owner_account = Some(own);
        }
        if *cranker == order.seller {
            accounts.seller_account = Some(own);
        }
    }
    instruction::Withdraw {}.to_instruction(accounts)
}

/// Closes an order's account after `valid_until`, by its buyer, or by anyone where it was refunded.
///
/// Errors: `WrongState`, `NotBuyer`, `StillDue`, `StillValid`.
pub fn close_order(closer: &Pubkey, address: &Pubkey, order: &Order) -> Instruction {
    instruction::CloseOrder {}.to_instruction(accounts::CloseOrder {
        closer: *closer,
        order: *address,
        vault: order.vault,
        rent_payer: order.rent_payer,
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// Records a settled order's fee at the reward program, in the epoch of now, whose index is `epoch`: payee and owner get
/// points. By anyone, once.
///
/// Errors: `NothingToRecord`, `AlreadyRecorded`, and those of reward's own
/// [`record_fees`](super::reward::record_fees).
pub fn record_fees(payer: &Pubkey, address: &Pubkey, order: &Order, epoch: u32) -> Instruction {
    instruction::RecordFees {}.to_instruction(accounts::RecordFees {
        payer: *payer,
        config: config(),
        order: *address,
        reward_config: pda::reward_config().0,
        rate: pda::rate(&order.mint).0,
        epoch: pda::epoch(epoch).0,
        publisher_points: pda::points(&order.payee, epoch).0,
        buyer_points: pda::points(&order.head.owner, epoch).0,
        system_program: SYSTEM,
        reward_event_authority: pda::event_authority(&REWARD).0,
        reward_program: REWARD,
        event_authority: event_authority(),
        program: ESCROW,
    })
}

/// Sends what an account of the escrow program holds above its rent to who paid that, `rent_payer`, as it stores it. By
/// anyone.
///
/// Errors: `WrongAccount`, `WrongRentPayer`, `NothingToReclaim`.
pub fn reclaim_excess(account: &Pubkey, rent_payer: &Pubkey) -> Instruction {
    instruction::ReclaimExcess {}.to_instruction(accounts::ReclaimExcess {
        account: *account,
        rent_payer: *rent_payer,
    })
}

fn pay_out(cranker: &Pubkey, address: &Pubkey, order: &Order) -> accounts::PayOut {
    let associated =
        |wallet: &Pubkey| pda::associated_token(wallet, &order.mint, &order.token_program).0;
    let disputed = order.disputes > 0;
    let by_session = order.head.flags & flag::SESSION != 0;
    accounts::PayOut {
        cranker: *cranker,
        order: *address,
        mint_config: pda::mint_config(&order.mint).0,
        mint: order.mint,
        vault: order.vault,
        payee_account: Some(associated(&order.payee)),
        buyer_account: Some(order.source),
        treasury: pda::treasury(&order.mint).0,
        pool: (order.head.royalty_ppm > 0).then_some(order.pool),
        // Bonds go there, and what a session's order gives back once its vault is gone.
        owner_account: (disputed || by_session).then(|| associated(&order.head.owner)),
        seller_account: disputed.then(|| associated(&order.seller)),
        rent_payer: order.rent_payer,
        token_program: order.token_program,
        event_authority: event_authority(),
        program: ESCROW,
    }
}

fn config() -> Pubkey {
    pda::escrow_config().0
}

fn event_authority() -> Pubkey {
    pda::event_authority(&ESCROW).0
}
