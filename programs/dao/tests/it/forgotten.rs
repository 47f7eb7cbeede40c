//! The four programs together: a parent that was forgotten is claimed, upheld, added, and paid by the next sale.

use common::receipt::{mode, state};
use escrow::{instructions::ConfigArgs, opening::OpenArgs, state::Order};
use listing::state::{Edge, Listing, edge_status, relation};
use pedigree_sdk::{
    instructions::{
        escrow as buying,
        listing::{self as on_listing, Ruled},
    },
    pda,
};
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::{Mint, TokenProgram};

use crate::world::*;

const PRICE: u64 = 1_000_003;
const FEE_PPM: u32 = 25_000;
/// What the child owed before, and what an added edge owes.
const CLAIMED_PPM: u32 = 100_000;
const DEFAULT_PPM: u32 = 70_007;
const HOUR: u32 = 60 * 60;

/// A child that names one parent and forgot another, on sale.
struct Shop {
    mint: Mint,
    seller: Keypair,
    buyer: Keypair,
    child: Pubkey,
    named: Pubkey,
    forgotten: Pubkey,
    /// Payout accounts of the seller, of the named parent, and of the forgotten one.
    payouts: [Pubkey; 3],
}

impl Shop {
    fn open(w: &mut World) -> Self {
        let authority = w.chain.init_listing();
        let (key, curator) = (authority.pubkey(), w.admin.insecure_clone());
        let set = on_listing::set_default_royalty(key, DEFAULT_PPM);
        w.chain.ok(&[set], &[&authority]);
        let mint = w.chain.mint(TokenProgram::Classic);
        let (upgrader, admin) = (w.upgrader(), curator.pubkey());
        let args = ConfigArgs {
            paused: false,
            allow_unclaimed: false,
            fee_ppm: FEE_PPM,
            delivery_window: HOUR,
            dispute_window: HOUR,
            arbitration_period: 90 * DAY as u32,
            bond_ppm: 50_000,
            treasury: w.treasurer.pubkey(),
            pending_authority: Pubkey::default(),
        };
        let payer = upgrader.pubkey();
        let initialize = buying::initialize(&payer, &payer, &admin, [5; 32], args);
        w.chain.ok(&[initialize], &[&upgrader]);
        let allow = buying::allow_mint(&admin, &admin, &mint.address, &mint.program, u64::MAX);
        w.chain.ok(&[allow], &[&curator]);

        let owners: [Keypair; 3] = std::array::from_fn(|_| w.chain.actor());
        let payouts = [0, 1, 2].map(|at: usize| {
            let owner = owners[at].pubkey();
            w.chain.token_account(&mint, &owner, 0)
        });
        let [seller, of_named, of_forgotten] = owners;
        let args = w.chain.register_args();
        let named = w.chain.active(&of_named, &args, &[]);
        let args = w.chain.register_args();
        let forgotten = w.chain.active(&of_forgotten, &args, &[]);
        w.chain.warp_slots(1);
        let mut args = w.chain.register_args();
        args.terms = vec![w.chain.one_time_term(&mint, PRICE)];
        let child = w.chain.active(&seller, &args, &[(named, CLAIMED_PPM)]);
        w.chain.open_pool(&child, &mint);
        let buyer = w.chain.actor();
        w.chain.token_account(&mint, &buyer.pubkey(), 10 * PRICE);
        Self {
            mint,
            seller,
            buyer,
            child,
            named,
            forgotten,
            payouts,
        }
    }

    /// Opens an order of what is to be seen now.
    fn order(&self, w: &mut World) -> Pubkey {
        let listing: Listing = w.chain.state(&self.child);
        let key = *w.chain.draw().first_chunk().expect("enough bytes");
        let args = OpenArgs {
            key,
            valid_until: w.chain.now() + DAY,
            quantity: 1,
            price: PRICE,
            max_total: PRICE,
            version: listing.version,
            term: 0,
            mode: mode::ONE_TIME,
            unit: listing.terms[0].unit,
            delivery_window: HOUR,
            dispute_window: HOUR,
            arbitration_period: 90 * DAY as u32,
            bond_ppm: 50_000,
            period: 0,
            ends_at: 0,
            manifest_hash: listing.manifest_hash,
            buyer_key: [0; 32],
        };
        let buyer = self.buyer.pubkey();
        let params = buying::OpenOrder {
            buyer,
            payer: None,
            listing: self.child,
            royalty_generation: Some(listing.generation),
            mint: self.mint.address,
            token_program: self.mint.program,
            source: self.mint.associated(&buyer),
            session: None,
        };
        let open = buying::open_order(&params, args);
        w.chain.ok(&[open], &[&self.buyer]);
        params.address(&key)
    }

    /// Delivers and accepts it.
    fn settle(&self, w: &mut World, address: &Pubkey) {
        let seller = self.seller.pubkey();
        let deliver = buying::deliver(&seller, &self.child, address, [9; 32], [0; 80]);
        w.chain.ok(&[deliver], &[&self.seller]);
        let order: Order = w.chain.state(address);
        let accept = buying::accept(&self.buyer.pubkey(), address, &order);
        w.chain.ok(&[accept], &[&self.buyer]);
        let order: Order = w.chain.state(address);
        assert_eq!(order.head.state, state::SETTLED);
    }

    /// Sends a parent its share of a generation's pool.
    fn forward(&self, w: &mut World, generation: u16, index: u8) {
        let (parent, payout) = [
            (self.named, self.payouts[1]),
            (self.forgotten, self.payouts[2]),
        ][usize::from(index)];
        let forwarding = on_listing::Forwarding {
            listing: self.child,
            generation,
            mint: self.mint.address,
            token_program: self.mint.program,
            index,
            parent,
            payout,
            parent_generation: None,
        };
        w.chain.ok(&[on_listing::forward(forwarding)], &[]);
    }

    fn paid(&self, w: &World) -> [u64; 3] {
        self.payouts.map(|payout| w.chain.balance(&payout))
    }
}

/// What a share of the price is, rounded down.
fn part(ppm: u32) -> u64 {
    PRICE * u64::from(ppm) / 1_000_000
}

#[test]
fn p53_a_forgotten_parent_is_claimed_upheld_added_and_paid_by_the_next_sale() {
    let mut w = World::new(1);
    let voters = w.voters(&[20_000, 5_000]);
    let shop = Shop::open(&mut w);
    let before = shop.order(&mut w);

    let opener = w.holder(CASE_BOND);
    let ends = [&shop.child, &shop.forgotten];
    let missing = Some(relation::DISTILLED_FROM);
    let open = w.edge_ix(&opener.pubkey(), ends, missing, 1);
    let stranger = w.stranger.insecure_clone();
    w.chain.ok(&[open], &[&opener, &stranger]);
    let edge = pda::edge(&shop.child, &shop.forgotten).0;
    let dispute = pda::dispute(&edge, 1).0;
    let [child, parent] = ends.map(|address| w.chain.state::<Listing>(address));
    let ruled = Ruled::missing_edge(
        1,
        relation::DISTILLED_FROM,
        (shop.child, &child),
        (shop.forgotten, &parent),
        DEFAULT_PPM,
    );
    let apply = on_listing::apply_ruling(stranger.pubkey(), &ruled);
    let too_early = listing::error::ListingError::NoRuling;
    w.chain
        .refused(std::slice::from_ref(&apply), &[&stranger], too_early);
    w.round(&dispute, &[(&voters[0], Some(4)), (&voters[1], Some(0))]);
    w.finish(&edge, &dispute);
    w.crank(apply.clone());
    let again = listing::error::ListingError::RulingApplied;
    w.chain.refused(&[apply], &[&stranger], again);
    assert_eq!(w.chain.state::<Edge>(&edge).status, edge_status::RULED);

    // An order of before is refunded or pays by what it saw; the next one pays both.
    w.chain.open_pool(&shop.child, &shop.mint);
    let order = shop.order(&mut w);
    shop.settle(&mut w, &order);
    let royalty = part(CLAIMED_PPM + DEFAULT_PPM);
    let pool = pda::pool(&shop.child, 1, &shop.mint.address).0;
    assert_eq!(w.chain.balance(&pool), royalty);
    for index in [1, 0] {
        shop.forward(&mut w, 1, index);
    }
    let total = u64::from(CLAIMED_PPM + DEFAULT_PPM);
    let [to_named, to_forgotten] =
        [CLAIMED_PPM, DEFAULT_PPM].map(|ppm| royalty * u64::from(ppm) / total);
    let to_seller = PRICE - part(FEE_PPM) - royalty;
    assert_eq!(shop.paid(&w), [to_seller, to_named, to_forgotten]);
    assert_eq!(w.chain.balance(&pool), royalty - to_named - to_forgotten);
    let state: Order = w.chain.state(&before);
    assert_eq!(
        (state.head.generation, state.head.royalty_ppm),
        (0, CLAIMED_PPM)
    );
}

#[test]
fn p53_an_order_that_was_open_when_a_parent_was_revoked_pays_by_the_table_it_saw() {
    let mut w = World::new(1);
    let voters = w.voters(&[20_000]);
    let shop = Shop::open(&mut w);
    let edge = pda::edge(&shop.child, &shop.named).0;
    let opener = w.holder(CASE_BOND);
    let open = w.edge_ix(&opener.pubkey(), [&shop.child, &shop.named], None, 1);
    let stranger = w.stranger.insecure_clone();
    w.chain.ok(&[open], &[&opener, &stranger]);
    let dispute = pda::dispute(&edge, 1).0;
    w.round(&dispute, &[(&voters[0], Some(4))]);
    w.finish(&edge, &dispute);
    let order = shop.order(&mut w);
    let (state, child) = (
        w.chain.state::<Edge>(&edge),
        w.chain.state::<Listing>(&shop.child),
    );
    let table = w.chain.state(&pda::royalties(&shop.child, 0).0);
    let ruled = Ruled::false_edge(1, &state, &child, Some(&table));
    w.crank(on_listing::apply_ruling(stranger.pubkey(), &ruled));
    shop.settle(&mut w, &order);
    shop.forward(&mut w, 0, 0);
    let (royalty, fee) = (part(CLAIMED_PPM), part(FEE_PPM));
    assert_eq!(shop.paid(&w), [PRICE - fee - royalty, royalty, 0]);
    let child: Listing = w.chain.state(&shop.child);
    assert_eq!((child.generation, child.royalty_ppm), (1, 0));
}
