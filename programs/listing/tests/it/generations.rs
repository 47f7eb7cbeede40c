//! A second generation of royalties: its own table, ledgers and pools, and nothing of the first.
//!
//! A ruling begins one (see `rulings`). Here the bytes of a listing say so, with any table, written as the program would.

use anchor_lang::{ErrorCode, bytemuck::Zeroable, prelude::ProgramError};
use listing::{
    constants::MAX_ROYALTY_PARENTS,
    error::ListingError,
    state::{Listing, PoolLedger, RoyaltyEntry, RoyaltyTable},
};
use pedigree_sdk::{
    accounts,
    instructions::listing::{self as ix, Forwarding},
    pda,
    programs::LISTING,
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use testkit::{Mint, TokenProgram};

use crate::world::World;

/// Puts a listing's second generation in force, which owes these parents (address, ppm).
fn next_generation(w: &mut World, listing: &Pubkey, parents: &[(Pubkey, u32)]) {
    let mut table: RoyaltyTable = w.state(&pda::royalties(listing, 0).0);
    let (address, bump) = pda::royalties(listing, 1);
    (table.bump, table.generation, table.seq) = (bump, 1, 0);
    (table.len, table.total_ppm) = (0, 0);
    table.entries = [RoyaltyEntry::zeroed(); MAX_ROYALTY_PARENTS];
    for (parent, ppm) in parents {
        table.push(*parent, *ppm).unwrap();
    }
    w.put_owned(address, LISTING, accounts::to_bytes(&table));
    w.edit_state::<Listing>(listing, |state| {
        state.generation = 1;
        state.royalty_parents = table.len;
        state.royalty_ppm = table.total_ppm;
    });
}

/// Grandparent ← parent (5 %) ← child (10 %), with the first generation's pools.
struct Family {
    mint: Mint,
    grandparent: Pubkey,
    parent: Pubkey,
    child: Pubkey,
    payout: Pubkey,
}

fn family(w: &mut World) -> Family {
    let mint = w.mint(TokenProgram::Classic);
    let grandparent = w.active_of(&[], |_| {});
    let parent = w.active_of(&[(grandparent, 50_000)], |_| {});
    let child = w.active_of(&[(parent, 100_000)], |_| {});
    w.open_pool(&child, &mint);
    w.open_pool(&parent, &mint);
    let (publisher, _) = w.publisher();
    let payout = w.token_account(&mint, &publisher, 0);
    Family {
        mint,
        grandparent,
        parent,
        child,
        payout,
    }
}

impl Family {
    fn pool(&self, listing: &Pubkey, generation: u16) -> Pubkey {
        pda::pool(listing, generation, &self.mint.address).0
    }

    fn ledger(&self, listing: &Pubkey, generation: u16) -> Pubkey {
        pda::ledger(listing, generation, &self.mint.address).0
    }

    /// Forwards the first entry of the child's table of a generation.
    fn forward(&self, generation: u16, parent_generation: u16) -> Instruction {
        ix::forward(Forwarding {
            listing: self.child,
            generation,
            mint: self.mint.address,
            token_program: self.mint.program,
            index: 0,
            parent: self.parent,
            payout: self.payout,
            parent_generation: Some(parent_generation),
        })
    }
}

fn swap(mut instruction: Instruction, from: &Pubkey, to: Pubkey) -> Instruction {
    let meta = instruction.accounts.iter_mut().find(|m| m.pubkey == *from);
    meta.expect("it is in the instruction").pubkey = to;
    instruction
}

#[test]
fn p53_a_pool_is_opened_for_the_generation_in_force_alone() {
    let mut w = World::new();
    let f = family(&mut w);
    let (stranger, key) = w.stranger();
    let open = |generation| {
        ix::open_pool(
            stranger,
            f.child,
            generation,
            f.mint.address,
            f.mint.program,
        )
    };

    w.refused(&[open(1)], &[&key], ErrorCode::ConstraintSeeds);
    let other = w.active_of(&[], |_| {});
    next_generation(&mut w, &f.child, &[(other, 30_000)]);
    w.refused(&[open(0)], &[&key], ErrorCode::ConstraintSeeds);
    assert_eq!(w.open_pool(&f.child, &f.mint), f.pool(&f.child, 1));
    let ledger: PoolLedger = w.state(&f.ledger(&f.child, 1));
    assert_eq!(
        (ledger.generation, ledger.pool, ledger.credited),
        (1, f.pool(&f.child, 1), [0; 16])
    );
    let first: PoolLedger = w.state(&f.ledger(&f.child, 0));
    assert_eq!(first.generation, 0);
    w.refused(&[open(1)], &[&key], World::ACCOUNT_EXISTS);
}

#[test]
fn p53_what_goes_up_goes_to_the_parents_pool_of_its_generation_in_force() {
    let mut w = World::new();
    let f = family(&mut w);
    w.deposit(&f.pool(&f.child, 0), 1_000);
    // The parent owes a fifth from now on, where it owed a twentieth.
    next_generation(&mut w, &f.parent, &[(f.grandparent, 200_000)]);
    let missing = ProgramError::UninitializedAccount;
    w.refused(&[f.forward(0, 1)], &[], missing);
    w.open_pool(&f.parent, &f.mint);
    let wrong = ListingError::WrongParentPool;
    w.refused(&[f.forward(0, 0)], &[], wrong);
    // One of each generation is neither.
    let mixed = swap(f.forward(0, 1), &f.pool(&f.parent, 1), f.pool(&f.parent, 0));
    w.refused(&[mixed], &[], wrong);
    w.ok(&[f.forward(0, 1)], &[]);
    assert_eq!(
        [f.pool(&f.parent, 0), f.pool(&f.parent, 1), f.payout].map(|a| w.balance(&a)),
        [0, 200, 800]
    );
}

#[test]
fn p53_a_pool_is_shared_out_by_the_table_of_its_own_generation() {
    let mut w = World::new();
    let f = family(&mut w);
    let other = w.active_of(&[], |_| {});
    // The parent has half of the second table and all of the first.
    next_generation(&mut w, &f.child, &[(f.parent, 50_000), (other, 50_000)]);
    w.open_pool(&f.child, &f.mint);
    w.deposit(&f.pool(&f.child, 0), 1_000);
    w.deposit(&f.pool(&f.child, 1), 1_000);
    let tables = [0, 1].map(|generation| pda::royalties(&f.child, generation).0);
    let wrong = ListingError::WrongRoyaltyTable;
    for (generation, own, others) in [(0, tables[0], tables[1]), (1, tables[1], tables[0])] {
        let foreign = swap(f.forward(generation, 0), &own, others);
        w.refused(&[foreign], &[], wrong);
    }
    // Nor does a ledger give out what is in the pool of another generation.
    let pools = [0, 1].map(|generation| f.pool(&f.child, generation));
    let foreign = swap(f.forward(1, 0), &pools[1], pools[0]);
    w.refused(&[foreign], &[], ListingError::WrongAccount);
    w.ok(&[f.forward(0, 0)], &[]);
    assert_eq!(pools.map(|pool| w.balance(&pool)), [0, 1_000]);
    w.ok(&[f.forward(1, 0)], &[]);
    assert_eq!(pools.map(|pool| w.balance(&pool)), [0, 500]);
    assert_eq!(w.balance(&f.payout), 950 + 475);
}

#[test]
fn p53_a_new_generation_leaves_the_shares_of_the_old_pools_untouched() {
    let mut w = World::new();
    let f = family(&mut w);
    w.deposit(&f.pool(&f.child, 0), 1_001);
    w.set_frozen(&f.payout, true);
    w.ok(&[f.forward(0, 0)], &[]);
    w.deposit(&f.pool(&f.child, 0), 500);
    let accounts = [f.ledger(&f.child, 0), f.pool(&f.child, 0)]
        .map(|address| w.svm.get_account(&address).unwrap());
    let other = w.active_of(&[], |_| {});
    next_generation(&mut w, &f.child, &[(other, 70_000)]);
    w.open_pool(&f.child, &f.mint);
    w.deposit(&f.pool(&f.child, 1), 9_999);
    w.set_frozen(&f.payout, false);
    let to_other = w.forwarding(&f.child, &f.mint, 0, f.payout);
    w.ok(&[ix::forward(to_other)], &[]);
    assert_eq!(w.balance(&f.payout), 9_999);
    let after = [f.ledger(&f.child, 0), f.pool(&f.child, 0)]
        .map(|address| w.svm.get_account(&address).unwrap());
    assert_eq!(accounts, after);
    // What was owed and what came in since go where they went before: a twentieth further up, rounded up each time.
    w.ok(&[f.forward(0, 0)], &[]);
    assert_eq!(
        [f.pool(&f.child, 0), f.pool(&f.parent, 0), f.payout].map(|a| w.balance(&a)),
        [0, 51 + 25, 9_999 + 950 + 475]
    );
}
