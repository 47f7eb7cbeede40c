use anchor_lang::prelude::*;
use common::receipt::ReceiptHead;

use crate::constants::SEALED_KEY_LEN;

/// One purchase, PDA `["order", buyer, key]`. Settled and paid, it is the receipt.
///
/// At every moment `deposited = vault + paid + fee_paid + royalty_paid + refunded`, where the vault holds what nobody
/// was given yet and the four `…_due` parts of it that could not be paid when they fell due.
#[account]
#[derive(Debug, PartialEq, Eq)]
pub struct Order {
    pub head: ReceiptHead,
    /// The listing's authority when it was opened.
    pub seller: Address,
    /// The wallet whose token account the seller's part goes to.
    pub payee: Address,
    pub mint: Address,
    pub token_program: Address,
    /// The listing's royalty pool of the generation and mint in force; all zero where it owes no royalty.
    pub pool: Address,
    pub rent_payer: Address,
    pub manifest_hash: [u8; 32],
    /// Hash of the content as the listing had it at opening; all zero where unknown, until delivery says it.
    pub content_hash: [u8; 32],
    /// SHA-256 of everything the buyer asked for.
    pub params_hash: [u8; 32],
    /// The buyer's X25519 key that the content key is sealed for; all zero where none is needed.
    pub delivery_key: [u8; 32],
    /// The content key, sealed; all zero until delivered or where none is needed.
    pub sealed_key: [u8; SEALED_KEY_LEN],
    /// Units bought.
    pub quantity: u64,
    /// Base units per unit.
    pub price: u64,
    pub deposited: u64,
    pub paid: u64,
    pub fee_paid: u64,
    pub royalty_paid: u64,
    pub refunded: u64,
    pub paid_due: u64,
    pub fee_due: u64,
    pub royalty_due: u64,
    pub refund_due: u64,
    /// Unix seconds, as all times below.
    pub opened_at: i64,
    /// Until then the idempotency key stays taken.
    pub valid_until: i64,
    /// Past it an undelivered order is refunded by anyone.
    pub deliver_by: i64,
    /// 0 until delivered.
    pub delivered_at: i64,
    /// Past it a delivered order is settled by anyone; 0 until delivered.
    pub settle_after: i64,
    /// When it reached its final state; 0 before.
    pub closed_at: i64,
    /// Seconds; fixed at opening.
    pub dispute_window: u32,
    pub reserved: [u8; 4],
    pub spare: [u8; 128],
}
