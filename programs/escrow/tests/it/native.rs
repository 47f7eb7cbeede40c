//! Lamports as money, and lamports that nobody asked for.

use escrow::error::EscrowError;
use pedigree_sdk::instructions::escrow as ix;
use solana_signer::Signer;
use testkit::TokenProgram;

use crate::world::*;

#[test]
fn p13_p38_wrapped_sol_whose_amounts_shrink_where_rent_rises_is_not_taken() {
    let mut world = World::new(1);
    let admin = world.admin.pubkey();
    for program in TokenProgram::BOTH {
        let mint = world.chain.native_mint(program);
        let allow = ix::allow_mint(&admin, &admin, &mint.address, &mint.program, 1);
        world
            .chain
            .refused(&[allow], &[&world.admin], EscrowError::MintNotClean);
    }
}

#[test]
fn p13_lamports_sent_to_a_vault_go_with_its_rent_and_block_nothing() {
    for program in TokenProgram::BOTH {
        let mut world = World::of(program, 1);
        let [settled, refunded] = [world.delivered(), world.open()];
        for order in [settled, refunded] {
            let dust = transfer(&world.stranger.pubkey(), &world.vault(&order), 1);
            world.chain.ok(&[dust], &[&world.stranger]);
        }
        let rent = world.chain.lamports(&world.vault(&settled));
        let before = world.chain.lamports(&world.buyer.pubkey());
        world.accept(&settled);
        assert_eq!(world.chain.lamports(&world.buyer.pubkey()), before + rent);
        let refund = world.seller_refund_ix(&world.seller, &refunded, None);
        world.chain.ok(&[refund], &[&world.seller]);
        world.chain.set_time(world.order(&refunded).valid_until + 1);
        for order in [settled, refunded] {
            let close = world.close_ix(&world.buyer, &order);
            world.chain.ok(&[close], &[&world.buyer]);
        }
    }
}
