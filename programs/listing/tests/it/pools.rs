use anchor_lang::ErrorCode;
use listing::{
    constants::MAX_ROYALTY_PPM,
    error::ListingError,
    state::{Listing, PoolLedger},
};
use pedigree_sdk::{
    events::Event,
    instructions::listing::{self as ix, Forwarding},
    pda,
    programs::{TOKEN, TOKEN_2022},
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{Mint, TokenProgram};

use crate::world::World;

/// Grandparent ← parent (5 %) ← child (10 %), with the pools of both and money in the child's.
struct Family {
    mint: Mint,
    parent: Pubkey,
    child: Pubkey,
    child_pool: Pubkey,
    parent_pool: Pubkey,
    /// Of the parent's payout wallet, the publisher.
    payout: Pubkey,
}

fn family(w: &mut World, program: TokenProgram, deposit: u64) -> Family {
    let mint = w.mint(program);
    let grandparent = w.active_of(&[], |_| {});
    let parent = w.active_of(&[(grandparent, 50_000)], |_| {});
    let child = w.active_of(&[(parent, 100_000)], |_| {});
    let (child_pool, parent_pool) = (w.open_pool(&child, &mint), w.open_pool(&parent, &mint));
    w.deposit(&child_pool, deposit);
    let publisher = w.publisher.pubkey();
    let payout = w.token_account(&mint, &publisher, 0);
    Family {
        mint,
        parent,
        child,
        child_pool,
        parent_pool,
        payout,
    }
}

impl Family {
    fn ledger(&self, w: &World) -> PoolLedger {
        w.state(&pda::ledger(&self.child, 0, &self.mint.address).0)
    }

    fn forwarding(&self, w: &World) -> Forwarding {
        w.forwarding(&self.child, &self.mint, 0, self.payout)
    }
}

#[test]
fn a_share_goes_up_and_to_the_parent_on_both_token_programs() {
    for program in TokenProgram::BOTH {
        let mut w = World::new();
        let f = family(&mut w, program, 1_001);
        let forward = ix::forward(f.forwarding(&w));
        let outcome = w.ok(&[forward.clone()], &[]);
        let Event::RoyaltyForwarded(event) = outcome.event() else {
            panic!("{outcome:?}")
        };
        let head = event.head;
        assert_eq!(
            (head.received, head.credited, head.forwarded, head.paid),
            (1_001, 1_001, 51, 950)
        );
        assert_eq!(
            (head.parent, head.parent_pool, head.payout_account),
            (f.parent, f.parent_pool, f.payout)
        );
        assert_eq!(
            [f.child_pool, f.parent_pool, f.payout].map(|a| w.balance(&a)),
            [0, 51, 950]
        );
        w.refused(&[forward.clone()], &[], ListingError::NothingToForward);
        w.deposit(&f.child_pool, 1);
        w.ok(&[forward], &[]);
        assert_eq!(
            [f.child_pool, f.parent_pool, f.payout].map(|a| w.balance(&a)),
            [0, 52, 950]
        );
        let ledger = f.ledger(&w);
        assert_eq!(
            (ledger.credited[0], ledger.owed[0], ledger.seq),
            (1_002, 0, 3)
        );

        // The grandparent owes nothing itself: all of it is its own.
        let last = ix::forward(w.forwarding(&f.parent, &f.mint, 0, f.payout));
        w.ok(&[last], &[]);
        assert_eq!([f.parent_pool, f.payout].map(|a| w.balance(&a)), [0, 1_002]);
    }
}

#[test]
fn p49_p16_a_parent_that_cannot_be_paid_waits_and_its_ancestors_do_not() {
    for program in TokenProgram::BOTH {
        let mut w = World::new();
        let f = family(&mut w, program, 1_000);
        let (publisher, other) = (w.publisher.pubkey(), w.stranger.pubkey());
        type Spoil = fn(&mut World, &Mint, &Pubkey, &Pubkey);
        let mut refusing: Vec<Spoil> = vec![
            |w, mint, owner, _| {
                let gone = mint.associated(owner);
                w.svm.set_account(gone, Default::default()).unwrap();
            },
            |w, mint, owner, _| w.set_frozen(&mint.associated(owner), true),
            // SPL Token lets an owner give its associated account to another.
            |w, mint, owner, other| {
                w.put_token_account(mint.associated(owner), mint, other, 0);
            },
        ];
        if program == TokenProgram::Token2022 {
            refusing.push(|w, mint, owner, _| {
                w.memo_token_account(mint, owner);
            });
        }
        let (mut received, mut up) = (1_000, 50);
        for spoil in refusing {
            w.token_account(&f.mint, &publisher, 0);
            spoil(&mut w, &f.mint, &publisher, &other);
            let forward = ix::forward(f.forwarding(&w));
            let outcome = w.ok(std::slice::from_ref(&forward), &[]);
            let Event::RoyaltyForwarded(event) = outcome.event() else {
                panic!("{outcome:?}")
            };
            assert_eq!((event.head.paid, event.head.owed), (0, received - up));
            assert_eq!(w.balance(&f.parent_pool), up);
            // Nothing new has come in: with this account nothing at all would move.
            w.refused(&[forward], &[], ListingError::NothingToForward);
            w.deposit(&f.child_pool, 100);
            (received, up) = (received + 100, up + 5);
        }
        w.token_account(&f.mint, &publisher, 0);
        let forward = ix::forward(f.forwarding(&w));
        let outcome = w.ok(&[forward], &[]);
        let Event::RoyaltyForwarded(event) = outcome.event() else {
            panic!("{outcome:?}")
        };
        assert_eq!(
            (event.head.received, event.head.paid, event.head.owed),
            (received, received - up, 0)
        );
        assert_eq!(
            [f.child_pool, f.parent_pool, f.payout].map(|a| w.balance(&a)),
            [0, up, received - up]
        );
    }
}

#[test]
fn p32_nobody_chooses_another_account_for_a_parents_share() {
    let mut w = World::new();
    let f = family(&mut w, TokenProgram::Classic, 1_000);
    let (publisher, other) = (w.publisher.pubkey(), w.stranger.pubkey());
    let foreign_mint = w.mint(TokenProgram::Classic);
    for payout in [
        other,
        w.token_account(&f.mint, &other, 0),
        w.token_account(&foreign_mint, &publisher, 0),
        // The parent's, but one that a stranger made and the parent may not know.
        w.spare_token_account(&f.mint, &publisher, 0),
    ] {
        let forward = ix::forward(Forwarding {
            payout,
            ..f.forwarding(&w)
        });
        w.refused(&[forward], &[], ListingError::WrongPayoutAccount);
    }
    // What the parent lets others do with its account is its own affair.
    w.set_delegate(&f.payout, &other);
    w.set_close_authority(&f.payout, &other);
    let forward = ix::forward(f.forwarding(&w));
    w.ok(&[forward], &[]);
    assert_eq!(w.balance(&f.payout), 950);
}

#[test]
fn what_was_owed_is_paid_once_the_wallet_changes() {
    let mut w = World::new();
    let f = family(&mut w, TokenProgram::Classic, 1_000);
    let ((publisher, key), (other, _)) = (w.publisher(), w.stranger());
    w.set_frozen(&f.payout, true);
    let forward = ix::forward(f.forwarding(&w));
    w.ok(&[forward], &[]);
    w.ok(&[ix::set_payout(publisher, f.parent, other)], &[&key]);
    let payout = w.token_account(&f.mint, &other, 0);
    let forward = ix::forward(Forwarding {
        payout,
        ..f.forwarding(&w)
    });
    w.ok(&[forward], &[]);
    assert_eq!((w.balance(&payout), w.balance(&f.child_pool)), (950, 0));
}

#[test]
fn p8_p33_p7_foreign_and_repeated_accounts_are_refused() {
    let mut w = World::new();
    let f = family(&mut w, TokenProgram::Classic, 1_000);
    let g = family(&mut w, TokenProgram::Classic, 1_000);
    let other_mint_pool = {
        let mint = w.mint(TokenProgram::Classic);
        w.open_pool(&f.parent, &mint);
        mint.address
    };
    let good = ix::forward(f.forwarding(&w));
    let swap = |pairs: &[(Pubkey, Pubkey)]| -> Instruction {
        let mut instruction = good.clone();
        for (from, to) in pairs {
            instruction
                .accounts
                .iter_mut()
                .filter(|m| m.pubkey == *from)
                .for_each(|m| m.pubkey = *to);
        }
        instruction
    };
    let ledger = |listing: &Pubkey, mint: &Pubkey| pda::ledger(listing, 0, mint).0;
    let (mint, g_mint) = (f.mint.address, g.mint.address);
    let table = pda::royalties(&f.child, 0).0;
    for (error, instruction) in [
        (
            ListingError::WrongAccount,
            swap(&[(f.child_pool, g.child_pool)]),
        ),
        (ListingError::WrongAccount, swap(&[(mint, g_mint)])),
        (
            ListingError::WrongAccount,
            swap(&[(ledger(&f.child, &mint), ledger(&g.child, &g_mint))]),
        ),
        (
            ListingError::WrongTokenProgram,
            swap(&[(TOKEN, TOKEN_2022)]),
        ),
        (
            ListingError::WrongRoyaltyTable,
            swap(&[(table, pda::royalties(&g.child, 0).0)]),
        ),
        (ListingError::WrongParent, swap(&[(f.parent, g.parent)])),
        (
            ListingError::WrongParentPool,
            swap(&[(f.parent_pool, g.parent_pool)]),
        ),
        (
            ListingError::WrongParentPool,
            swap(&[
                (ledger(&f.parent, &mint), ledger(&g.parent, &g_mint)),
                (f.parent_pool, g.parent_pool),
            ]),
        ),
        (
            ListingError::WrongParentPool,
            swap(&[
                (
                    ledger(&f.parent, &mint),
                    ledger(&f.parent, &other_mint_pool),
                ),
                (f.parent_pool, pda::pool(&f.parent, 0, &other_mint_pool).0),
            ]),
        ),
        (
            ListingError::WrongParentPool,
            ix::forward(Forwarding {
                parent_generation: None,
                ..f.forwarding(&w)
            }),
        ),
        (
            ListingError::WrongParentPool,
            swap(&[(f.parent_pool, listing::ID)]),
        ),
    ] {
        w.refused(&[instruction], &[], error);
    }
    for index in [1, 255] {
        let outside = ix::forward(Forwarding {
            index,
            ..f.forwarding(&w)
        });
        w.refused(&[outside], &[], ListingError::NoSuchEntry);
    }

    // The pool as its own destination, even where the parent named the pool's owner as its wallet.
    let (publisher, key) = w.publisher();
    let owner = pda::ledger(&f.child, 0, &mint).0;
    w.ok(&[ix::set_payout(publisher, f.parent, owner)], &[&key]);
    let repeated = [
        swap(&[(f.payout, f.child_pool)]),
        swap(&[(f.payout, f.parent_pool)]),
        swap(&[(f.parent_pool, f.child_pool)]),
    ];
    for instruction in repeated {
        w.refused(
            &[instruction],
            &[],
            ErrorCode::ConstraintDuplicateMutableAccount,
        );
    }
    w.ok(&[ix::set_payout(publisher, f.parent, publisher)], &[&key]);
    let no_pool_wanted = w.forwarding(&f.parent, &f.mint, 0, f.payout);
    let extra = Forwarding {
        parent_generation: Some(0),
        ..no_pool_wanted
    };
    let mut extra = ix::forward(extra);
    let grandparent_pool = pda::pool(&no_pool_wanted.parent, 0, &mint).0;
    let grandparent_ledger = pda::ledger(&no_pool_wanted.parent, 0, &mint).0;
    for meta in &mut extra.accounts {
        if meta.pubkey == grandparent_pool {
            meta.pubkey = g.parent_pool;
        }
        if meta.pubkey == grandparent_ledger {
            meta.pubkey = ledger(&g.parent, &g_mint);
        }
    }
    w.refused(&[extra], &[], ListingError::WrongParentPool);
    w.ok(&[good], &[]);
}

#[test]
fn a_missing_pool_of_the_parent_is_opened_by_whoever_cranks() {
    let mut w = World::new();
    let mint = w.mint(TokenProgram::Classic);
    let grandparent = w.active_of(&[], |_| {});
    let parent = w.active_of(&[(grandparent, 800_000)], |_| {});
    let child = w.active_of(&[(parent, 1)], |_| {});
    let pool = w.open_pool(&child, &mint);
    w.deposit(&pool, 10);
    let publisher = w.publisher.pubkey();
    let payout = w.token_account(&mint, &publisher, 0);
    let forward = ix::forward(w.forwarding(&child, &mint, 0, payout));
    let missing = anchor_lang::prelude::ProgramError::UninitializedAccount;
    w.refused(&[forward.clone()], &[], missing);
    let (stranger, key) = w.stranger();
    w.ok(
        &[
            ix::open_pool(stranger, parent, 0, mint.address, mint.program),
            forward,
        ],
        &[&key],
    );
    assert_eq!(
        (
            w.balance(&payout),
            w.balance(&pda::pool(&parent, 0, &mint.address).0)
        ),
        (2, 8)
    );
}

#[test]
fn p13_p16_dust_counts_and_a_frozen_pool_blocks_itself_alone() {
    let mut w = World::new();
    let f = family(&mut w, TokenProgram::Classic, 0);
    let forward = ix::forward(f.forwarding(&w));
    w.refused(&[forward.clone()], &[], ListingError::NothingToForward);
    w.deposit(&f.child_pool, 1);
    w.set_frozen(&f.parent_pool, true);
    w.refused(
        &[forward.clone()],
        &[],
        anchor_lang::prelude::ProgramError::Custom(17),
    );
    w.set_frozen(&f.parent_pool, false);
    w.ok(&[forward], &[]);
    assert_eq!(
        [f.child_pool, f.parent_pool, f.payout].map(|a| w.balance(&a)),
        [0, 1, 0]
    );
}

#[test]
fn p18_the_largest_amount_is_shared_out_and_more_than_64_bits_are_refused() {
    let mut w = World::new();
    let f = family(&mut w, TokenProgram::Classic, u64::MAX);
    let forward = ix::forward(f.forwarding(&w));
    w.ok(&[forward.clone()], &[]);
    let up = (u128::from(u64::MAX) * 50_000).div_ceil(1_000_000) as u64;
    assert_eq!(
        [f.parent_pool, f.payout].map(|a| w.balance(&a)),
        [up, u64::MAX - up]
    );
    w.deposit(&f.child_pool, 1);
    w.refused(&[forward], &[], ListingError::AmountTooLarge);
}

#[test]
fn p4_a_pool_is_opened_once_by_anyone_for_a_listing_that_owes_royalties() {
    let mut w = World::new();
    let (stranger, key) = w.stranger();
    let mint = w.mint(TokenProgram::Classic);
    let parent = w.active_of(&[], |_| {});
    let child = w.active_of(&[(parent, MAX_ROYALTY_PPM)], |_| {});
    let open = |listing| ix::open_pool(stranger, listing, 0, mint.address, mint.program);
    w.refused(&[open(parent)], &[&key], ListingError::NoRoyalties);
    let draft = w.draft_of(|_| {});
    let publisher = w.publisher.insecure_clone();
    w.ok(
        &[testkit::listings::edge(&publisher, draft, parent, 1)],
        &[&publisher],
    );
    w.refused(&[open(draft)], &[&key], ListingError::NotActive);
    let (pool, pool_bump) = pda::pool(&child, 0, &mint.address);
    let (ledger, bump) = pda::ledger(&child, 0, &mint.address);
    w.fund(&pool, 1);
    w.fund(&ledger, 1);
    let outcome = w.ok(&[open(child)], &[&key]);
    assert!(matches!(outcome.event(), Event::PoolOpened(_)));
    let state: PoolLedger = w.state(&ledger);
    assert_eq!(
        (state.bump, state.pool_bump, state.pool, state.listing),
        (bump, pool_bump, pool, child)
    );
    assert_eq!(
        (state.mint, state.token_program, state.decimals),
        (mint.address, TOKEN, mint.decimals)
    );
    let account = w.svm.get_account(&pool).unwrap();
    assert_eq!(
        (account.owner, &account.data[32..64]),
        (TOKEN, ledger.as_ref())
    );
    w.refused(&[open(child)], &[&key], World::ACCOUNT_EXISTS);
}

#[test]
fn p20_only_clean_mints_have_pools() {
    let mut w = World::new();
    let (stranger, key) = w.stranger();
    let parent = w.active_of(&[], |_| {});
    let child = w.active_of(&[(parent, 1)], |_| {});
    let open = |mint: &Mint| ix::open_pool(stranger, child, 0, mint.address, mint.program);
    let harmless = [18u16, 19, 20, 21, 22, 23];
    for kind in (1..=40u16).filter(|kind| !harmless.contains(kind)) {
        let mint = w.extended_mint(&[(18, vec![0; 64]), (kind, vec![0; 8])]);
        w.refused(&[open(&mint)], &[&key], ListingError::MintNotClean);
    }
    for tear in testkit::TEARS {
        let mint = w.extended_mint(&[(18, vec![1; 64]), (19, vec![1; 8])]);
        w.edit(&mint.address, tear);
        w.refused(&[open(&mint)], &[&key], ListingError::MintNotClean);
    }
    let clean = w.extended_mint(&[(18, vec![1; 64]), (19, vec![1; 8])]);
    w.ok(&[open(&clean)], &[&key]);
    let plain = w.mint(TokenProgram::Token2022);
    w.ok(&[open(&plain)], &[&key]);

    for program in TokenProgram::BOTH {
        let native = w.native_mint(program);
        w.refused(&[open(&native)], &[&key], ListingError::MintNotClean);
    }

    let classic = w.mint(TokenProgram::Classic);
    w.refused(
        &[open(&Mint {
            program: TOKEN_2022,
            ..classic
        })],
        &[&key],
        ListingError::WrongTokenProgram,
    );
    // Not a mint at all: a token account, a listing, a wallet, an uninitialized mint, a mint of a made-up program.
    let account = w.token_account(&classic, &stranger, 5);
    let raw = w.svm.get_account(&classic.address).unwrap().data;
    let (blank, forged) = (
        Pubkey::new_from_array(w.draw()),
        Pubkey::new_from_array(w.draw()),
    );
    w.put_owned(blank, TOKEN, vec![0; 82]);
    w.put_owned(forged, stranger, raw);
    for address in [account, child, w.publisher.pubkey(), blank, forged] {
        w.refused(
            &[open(&Mint { address, ..classic })],
            &[&key],
            ListingError::MintNotClean,
        );
    }
}

#[test]
fn a_retired_listing_still_passes_royalties_on() {
    let mut w = World::new();
    let f = family(&mut w, TokenProgram::Classic, 1_000);
    let (publisher, key) = w.publisher();
    w.ok(
        &[
            ix::retire(publisher, f.parent),
            ix::retire(publisher, f.child),
        ],
        &[&key],
    );
    let forward = ix::forward(f.forwarding(&w));
    w.ok(&[forward], &[]);
    assert_eq!(w.balance(&f.payout), 950);
    assert_eq!(w.state::<Listing>(&f.parent).royalty_ppm, 50_000);
}
