//! Refusals that nothing else here comes across.

use common::receipt::mode;
use escrow::error::EscrowError;
use pedigree_sdk::instructions::escrow as ix;
use solana_signer::Signer;

use crate::world::*;

#[test]
fn orders_of_other_modes_take_no_vouchers_and_no_top_ups() {
    for mode in [mode::ONE_TIME, mode::SUBSCRIPTION, mode::LEASE] {
        let mut world = World::new(1);
        let mut args = world.mode_args(mode, &world.buyer.pubkey());
        args.buyer_key = world.buyer.pubkey().to_bytes();
        world.chain.ok(&[world.open_ix(args)], &[&world.buyer]);
        let order = world.open_params().address(&args.key);
        let state = world.order(&order);
        let (buyer, source) = (world.buyer.pubkey(), world.buyer_account);
        let top_up = ix::top_up(&buyer, &order, &state, &source, None, 1);
        let error = EscrowError::NotMetered;
        world.chain.refused(&[top_up], &[&world.buyer], error);
        let redeem = world.redeem_ixs(&[world.voucher(&order, 1, 10)]);
        world.chain.refused(&redeem, &[&world.operator], error);
    }
}
