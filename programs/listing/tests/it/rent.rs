//! What a fall of the network's rent sets free.

use listing::error::ListingError;
use pedigree_sdk::{
    instructions::listing::{self as ix, Licence, NewEdge},
    pda,
    programs::LISTING,
};
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{TokenProgram, listings::new_edge};

use crate::world::{World, receipt};

/// One account of each kind that records who paid its rent, made at the rent in force; all were paid for by the same key.
struct Accounts {
    payer: Pubkey,
    accounts: Vec<(&'static str, Pubkey)>,
    /// A ledger's token account and its program.
    pool: (Pubkey, Pubkey),
}

fn accounts(w: &mut World, program: TokenProgram) -> Accounts {
    let (publisher, key) = w.publisher();
    let sponsor = w.actor();
    let payer = sponsor.pubkey();
    let mint = w.mint(program);
    let parent = w.active_of(&[], |_| {});
    let args = w.register_args();
    let child = pda::listing(&publisher, &args.key).0;
    let claim = NewEdge {
        licence: Licence::Open,
        ..new_edge(child, parent, 7)
    };
    let buyer = w.stranger.insecure_clone();
    let mut order = receipt(buyer.pubkey(), child);
    let born_slot = w.slot();
    order.head.born_slot = born_slot;
    let order = w.put_order(&order);
    let until = w.now() + 10;
    let all = [
        ix::register(publisher, payer, args),
        ix::add_edge(publisher, payer, claim),
        ix::activate(publisher, child),
        ix::open_pool(payer, child, 0, mint.address, mint.program),
        ix::grant_license(publisher, payer, child, payer, until),
        ix::set_profile(publisher, payer, "Aurora", ""),
        ix::post_review(buyer.pubkey(), payer, child, order, born_slot, 5, [0; 32]),
    ];
    for instruction in all {
        w.ok(&[instruction], &[&key, &sponsor, &buyer]);
    }
    Accounts {
        payer,
        accounts: vec![
            ("listing", child),
            ("edge", pda::edge(&child, &parent).0),
            ("royalty table", pda::royalties(&child, 0).0),
            ("ledger", pda::ledger(&child, 0, &mint.address).0),
            ("grant", pda::grant(&child, &payer).0),
            ("profile", pda::profile(&publisher).0),
            ("review", pda::review(&child, &order, born_slot)),
        ],
        pool: (pda::pool(&child, 0, &mint.address).0, mint.program),
    }
}

impl Accounts {
    fn of(&self, kind: &str) -> Pubkey {
        let found = self.accounts.iter().find(|(name, _)| *name == kind);
        found.expect("of that kind").1
    }

    fn reclaim(&self, account: Pubkey) -> Instruction {
        ix::reclaim_excess(account, self.payer, None)
    }

    fn reclaim_pool(&self) -> Instruction {
        ix::reclaim_excess(self.of("ledger"), self.payer, Some(self.pool))
    }
}

fn least(w: &World, account: &Pubkey) -> u64 {
    let size = w.svm.get_account(account).expect("an account").data.len();
    w.svm.minimum_balance_for_rent_exemption(size)
}

#[test]
fn p38_what_falling_rent_sets_free_goes_to_who_paid_it_and_no_lamport_more() {
    for (before, after) in [(6_960, 5_080), (5_080, 696), (6_960, 696)] {
        let mut w = World::new();
        w.set_rent(before);
        let made = accounts(&mut w, TokenProgram::Classic);
        w.set_rent(after);
        for (kind, account) in &made.accounts {
            let (held, paid) = (w.lamports(account), w.lamports(&made.payer));
            let data = w.svm.get_account(account).unwrap().data;
            let least = least(&w, account);
            assert!(held > least, "{kind}");
            let outcome = w.ok(&[made.reclaim(*account)], &[]);
            assert!(outcome.events.is_empty(), "{kind}: {:?}", outcome.events);
            assert_eq!(w.lamports(account), least, "{kind}");
            assert_eq!(w.lamports(&made.payer), paid + held - least, "{kind}");
            assert_eq!(w.svm.get_account(account).unwrap().data, data, "{kind}");
            w.refused(
                &[made.reclaim(*account)],
                &[],
                ListingError::NothingToReclaim,
            );
        }
    }
}

#[test]
fn p38_a_pools_excess_goes_the_same_way_with_either_token_program_frozen_or_not() {
    for program in TokenProgram::BOTH {
        for frozen in [false, true] {
            let mut w = World::new();
            let made = accounts(&mut w, program);
            let (ledger, (pool, _)) = (made.of("ledger"), made.pool);
            w.deposit(&pool, 1_000);
            w.set_frozen(&pool, frozen);
            w.set_rent(348);
            let accounts = [ledger, pool];
            let paid = w.lamports(&made.payer);
            let excess: u64 = accounts
                .iter()
                .map(|account| w.lamports(account) - least(&w, account))
                .sum();
            w.ok(&[made.reclaim_pool()], &[]);
            for account in accounts {
                assert_eq!(w.lamports(&account), least(&w, &account));
            }
            assert_eq!(w.lamports(&made.payer), paid + excess);
            assert_eq!(w.balance(&pool), 1_000);
            w.refused(&[made.reclaim_pool()], &[], ListingError::NothingToReclaim);
            // The ledger's own goes without the pool, and the pool's once there is something again.
            w.set_rent(174);
            w.ok(&[made.reclaim(ledger)], &[]);
            w.ok(&[made.reclaim_pool()], &[]);
            assert_eq!(w.lamports(&pool), least(&w, &pool));
        }
    }
}

#[test]
fn p38_the_configs_rent_comes_back_to_who_made_it() {
    let mut w = World::new();
    let (config, payer) = (pda::listing_config().0, w.upgrade_authority.pubkey());
    w.set_rent(348);
    let (held, paid) = (w.lamports(&config), w.lamports(&payer));
    w.ok(&[ix::reclaim_excess(config, payer, None)], &[]);
    assert_eq!(w.lamports(&config), least(&w, &config));
    assert_eq!(w.lamports(&payer), paid + held - least(&w, &config));
}

#[test]
fn p38_nothing_is_taken_where_rent_stayed_or_rose() {
    for (before, after) in [(6_960, 6_960), (696, 5_080), (5_080, 6_960)] {
        let mut w = World::new();
        w.set_rent(before);
        let made = accounts(&mut w, TokenProgram::Classic);
        w.set_rent(after);
        for (_, account) in &made.accounts {
            w.refused(
                &[made.reclaim(*account)],
                &[],
                ListingError::NothingToReclaim,
            );
        }
    }
}

#[test]
fn p32_nobody_but_the_payer_of_the_rent_gets_it() {
    let mut w = World::new();
    let made = accounts(&mut w, TokenProgram::Classic);
    w.set_rent(348);
    let thief = w.stranger.pubkey();
    for (_, account) in &made.accounts {
        let to_thief = ix::reclaim_excess(*account, thief, None);
        w.refused(&[to_thief], &[], ListingError::WrongRentPayer);
    }
    let to_thief = ix::reclaim_excess(made.of("ledger"), thief, Some(made.pool));
    w.refused(&[to_thief], &[], ListingError::WrongRentPayer);
}

#[test]
fn p2_p9_only_an_account_of_the_program_that_says_who_paid_is_reclaimed_from() {
    let mut w = World::new();
    let made = accounts(&mut w, TokenProgram::Classic);
    w.set_rent(348);
    let payer = made.payer;
    let copy = Pubkey::new_from_array(w.draw());
    let data = w.svm.get_account(&made.of("listing")).unwrap().data;
    let owner = w.publisher.pubkey();
    w.put_owned(copy, owner, data.clone());
    w.fund(&copy, 1_000_000_000);
    let short = Pubkey::new_from_array(w.draw());
    w.put_owned(short, LISTING, data[..100].to_vec());
    w.fund(&short, 1_000_000_000);
    let unknown = Pubkey::new_from_array(w.draw());
    w.put_owned(unknown, LISTING, vec![1; 400]);
    w.fund(&unknown, 1_000_000_000);
    for none in [made.pool.0, w.publisher.pubkey(), copy, short, unknown] {
        let reclaim = ix::reclaim_excess(none, payer, None);
        w.refused(&[reclaim], &[], ListingError::NoRentPayer);
    }
}

#[test]
fn p33_a_pool_goes_with_its_own_ledger_and_token_program_alone() {
    let mut w = World::new();
    let made = accounts(&mut w, TokenProgram::Classic);
    w.warp_slots(1);
    let other = accounts(&mut w, TokenProgram::Token2022);
    w.set_rent(348);
    let with = |account: Pubkey, pool| ix::reclaim_excess(account, made.payer, Some(pool));
    let ledger = made.of("ledger");
    let foreign = with(ledger, (other.pool.0, made.pool.1));
    w.refused(&[foreign], &[], ListingError::WrongAccount);
    let program = with(ledger, (made.pool.0, other.pool.1));
    w.refused(&[program], &[], ListingError::WrongTokenProgram);
    let mut half = made.reclaim_pool();
    half.accounts[3].pubkey = LISTING;
    w.refused(&[half], &[], ListingError::WrongAccount);
    let no_ledger = with(made.of("listing"), made.pool);
    assert!(w.send(&[no_ledger], &[]).is_err());
    w.ok(&[made.reclaim_pool()], &[]);
}

#[test]
fn p13_what_a_stranger_sent_goes_with_it() {
    let mut w = World::new();
    let made = accounts(&mut w, TokenProgram::Classic);
    for (kind, account) in &made.accounts {
        let (held, paid) = (w.lamports(account), w.lamports(&made.payer));
        w.fund(account, held + 5);
        w.ok(&[made.reclaim(*account)], &[]);
        assert_eq!(w.lamports(account), held, "{kind}");
        assert_eq!(w.lamports(&made.payer), paid + 5, "{kind}");
    }
}
