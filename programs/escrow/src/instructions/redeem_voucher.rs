use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::emitter;
use listing::state::Listing;

use crate::{
    error::EscrowError,
    events::{VoucherHead, VoucherRedeemedV1},
    signatures,
    state::{Config, Order, voucher_domain, voucher_message},
};

#[event_cpi]
#[derive(Accounts)]
pub struct Redeem {
    pub seller: Signer,
    pub config: Account<Config>,
    pub listing: Account<Listing>,
    #[account(mut)]
    pub order: Account<Order>,
    /// CHECK: the sysvar of the transaction's instructions.
    pub instructions: UncheckedAccount,
}

/// A voucher, and where the transaction carries its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IdlType, SchemaRead, SchemaWrite)]
pub struct VoucherArgs {
    /// Greater than that of the last one redeemed.
    pub sequence: u64,
    /// What the buyer owes so far, in base units.
    pub cumulative: u64,
    /// Index of the Ed25519 program's instruction in the transaction.
    pub instruction: u8,
    /// Index of the signature in it.
    pub signature: u8,
}

/// Whether `key` sold `order`, or operates a listing that is still its seller's.
///
/// Who bought the listing since may not: with the buyer's help it could redeem a voucher that makes the old seller's stale, or
/// keeps them waiting until the order is over.
fn redeems(listing: &Listing, key: &Address, order: &Order) -> bool {
    *key == order.seller || (listing.authority == order.seller && *key == listing.operator)
}

/// **Specification:**
/// - Signed by the order's seller or, until it sells the listing, the listing's operator.
/// - The order is metered and has not ended; what was redeemed before is mature, and becomes due.
/// - The voucher's sequence and amount are above the last one's, and the order holds that much.
/// - The Ed25519 program checked, in the instruction named, the signature of the order's `buyer_key` over this program,
///   network, very order (its address and `born_slot`), sequence and amount.
/// - What the voucher adds is pending for a window. Nothing leaves the vault.
pub fn redeem(ctx: &mut Context<Redeem>, args: VoucherArgs) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let accounts = &mut ctx.accounts;
    let order = &mut accounts.order;
    require!(
        order.head.listing == *accounts.listing.address(),
        EscrowError::WrongAccount
    );
    require!(
        redeems(&accounts.listing, accounts.seller.address(), order),
        EscrowError::NotSeller
    );
    let message = voucher_message(
        &voucher_domain(&accounts.config.genesis_hash),
        order.address(),
        order.head.born_slot,
        args.sequence,
        args.cumulative,
    );
    require!(
        signatures::is_signed(
            accounts.instructions.account(),
            args.instruction,
            args.signature,
            &order.buyer_key,
            &message,
        ),
        EscrowError::VoucherNotSigned
    );
    let (old_sequence, old_cumulative) = (order.sequence, order.earned);
    let shares = order.redeem(now, args.sequence, args.cumulative)?;
    order.advance()?;
    order.invariant()?;
    let head = VoucherHead {
        address: *order.address(),
        sequence: args.sequence,
        cumulative: args.cumulative,
        old_sequence,
        old_cumulative,
        paid: shares.payee,
        fee: shares.fee,
        royalty: shares.royalty,
    };
    emitter!(ctx).state::<VoucherRedeemedV1>(&head, &ctx.accounts.order);
    Ok(())
}
