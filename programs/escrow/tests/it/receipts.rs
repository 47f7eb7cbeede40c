//! Real orders as receipts: which may be reviewed, and which are a licence.

use anchor_lang::prelude::ProgramError;
use common::receipt::{flag, mode, state};
use escrow::{
    constants::MAX_SESSION_LISTINGS,
    error::EscrowError,
    instructions::{ConfigArgs, SessionArgs},
    opening::OpenArgs,
};
use listing::{
    error::ListingError,
    state::{Listing, Review, derivatives},
};
use pedigree_sdk::{
    instructions::{
        escrow as ix,
        listing::{self as l, Licence, NewEdge, TermArgs},
    },
    pda,
    programs::TOKEN,
    voucher::{self, Voucher},
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{TokenProgram, listings};

use crate::{market::Market, world::*};

const PRICE: u64 = 1_003;
/// As the escrow's config of [`Market`] has it.
const GENESIS: [u8; 32] = [5; 32];

struct Shop {
    market: Market,
    seller: Keypair,
    buyer: Keypair,
    listing: Pubkey,
}

impl Shop {
    /// With a one-time and a metered price.
    fn new() -> Self {
        Self::of(true)
    }

    fn of(claimed: bool) -> Self {
        let mut market = Market::new(TokenProgram::Classic, 1);
        let (seller, buyer, mint) = (market.chain.actor(), market.rich(), market.mint);
        market.chain.token_account(&mint, &seller.pubkey(), 0);
        let mut args = market.chain.register_args();
        args.claimed = claimed;
        let one_time = market.chain.one_time_term(&mint, PRICE);
        let metered = TermArgs {
            mode: mode::METERED,
            ..one_time.clone()
        };
        args.terms = vec![one_time, metered];
        let listing = market.chain.active(&seller, &args, &[]);
        Self {
            market,
            seller,
            buyer,
            listing,
        }
    }

    /// What the buyer asks for under `key`: three units of a term.
    fn args(&self, key: [u8; 16], term: u8) -> OpenArgs {
        let listing = self.market.listing(&self.listing);
        let now = self.market.chain.now();
        OpenArgs {
            key,
            valid_until: now + VALIDITY,
            quantity: 3,
            price: PRICE,
            max_total: u64::MAX,
            version: listing.version,
            term,
            mode: listing.terms[usize::from(term)].mode,
            unit: listing.terms[0].unit,
            delivery_window: DELIVERY_WINDOW,
            dispute_window: DISPUTE_WINDOW,
            arbitration_period: ARBITRATION,
            bond_ppm: BOND_PPM,
            period: 0,
            ends_at: if term == 1 { now + 10 * VALIDITY } else { 0 },
            manifest_hash: listing.manifest_hash,
            buyer_key: if term == 1 {
                self.buyer.pubkey().to_bytes()
            } else {
                [0; 32]
            },
        }
    }

    fn params(&self) -> ix::OpenOrder {
        ix::OpenOrder {
            buyer: self.buyer.pubkey(),
            payer: None,
            listing: self.listing,
            royalty_generation: None,
            mint: self.market.mint.address,
            token_program: self.market.mint.program,
            source: self.market.mint.associated(&self.buyer.pubkey()),
            session: None,
        }
    }

    fn open(&mut self, args: OpenArgs) -> Pubkey {
        let params = self.params();
        let open = ix::open_order(&params, args);
        self.market.chain.ok(&[open], &[&self.buyer]);
        params.address(&args.key)
    }

    /// An order that was delivered and accepted.
    fn settled(&mut self, key: [u8; 16]) -> Pubkey {
        let args = self.args(key, 0);
        let order = self.open(args);
        self.deliver(&order);
        self.accept(&order);
        order
    }

    fn deliver(&mut self, order: &Pubkey) {
        let deliver = self.market.deliver_ix(&self.seller.pubkey(), order);
        self.market.chain.ok(&[deliver], &[&self.seller]);
    }

    fn accept(&mut self, order: &Pubkey) {
        let state = self.market.order(order);
        let accept = ix::accept(&self.buyer.pubkey(), order, &state);
        self.market.chain.ok(&[accept], &[&self.buyer]);
    }

    /// The buyer's review of an order whose account is open.
    fn review(&self, order: &Pubkey, rating: u8) -> Instruction {
        let born_slot = self.market.order(order).head.born_slot;
        self.review_of(order, born_slot, rating)
    }

    fn review_of(&self, order: &Pubkey, born_slot: u64, rating: u8) -> Instruction {
        let (reviewer, listing) = (self.buyer.pubkey(), self.listing);
        l::post_review(
            reviewer, reviewer, listing, *order, born_slot, rating, [0; 32],
        )
    }

    #[track_caller]
    fn refused(&mut self, order: &Pubkey) {
        let review = self.review(order, 5);
        let missing = ListingError::ReceiptMissing;
        self.market
            .chain
            .refused(&[review], &[&self.buyer], missing);
    }

    #[track_caller]
    fn reviewed(&mut self, order: &Pubkey, rating: u8) {
        let review = self.review(order, rating);
        self.market.chain.ok(&[review], &[&self.buyer]);
    }

    fn allow_unclaimed(&mut self) {
        let args = ConfigArgs {
            allow_unclaimed: true,
            ..self.market.config_args()
        };
        let allow = ix::update_config(&self.market.admin.pubkey(), args);
        self.market.chain.ok(&[allow], &[&self.market.admin]);
    }

    /// The buyer's free receipt, after the prices were taken away.
    fn free(&mut self, key: [u8; 16]) -> Instruction {
        let free = l::update_terms(self.seller.pubkey(), self.listing, vec![]);
        let args = OpenArgs {
            price: 0,
            unit: [0; 32],
            ends_at: 0,
            ..self.args(key, 0)
        };
        self.market.chain.ok(&[free], &[&self.seller]);
        ix::open_free(&self.buyer.pubkey(), None, &self.listing, args)
    }

    /// A session of the buyer's: its key and its address.
    fn session(&mut self) -> (Keypair, Pubkey) {
        let (owner, key) = (self.buyer.pubkey(), self.market.chain.actor());
        let args = SessionArgs {
            key: key.pubkey(),
            amount: 3 * PRICE,
            expires_at: self.market.chain.now() + VALIDITY,
            listings: [Pubkey::default(); MAX_SESSION_LISTINGS],
        };
        let ix::OpenOrder {
            mint,
            token_program,
            source,
            ..
        } = self.params();
        let open = ix::open_session(&owner, None, &mint, &token_program, &source, args);
        self.market.chain.ok(&[open], &[&self.buyer]);
        let session = pda::session(&owner, &key.pubkey()).0;
        (key, session)
    }

    fn counted(&self) -> (u64, u64) {
        let listing = self.market.listing(&self.listing);
        (listing.reviews, listing.rating_sum)
    }
}

#[test]
fn an_order_is_reviewed_once_it_settled_and_in_no_state_before() {
    let mut shop = Shop::new();
    let args = shop.args([1; 16], 0);
    let order = shop.open(args);
    shop.refused(&order);
    shop.deliver(&order);
    shop.refused(&order);
    shop.accept(&order);
    shop.reviewed(&order, 4);
    let again = shop.review(&order, 4);
    let exists = ProgramError::Custom(0);
    shop.market.chain.refused(&[again], &[&shop.buyer], exists);
    assert_eq!(shop.counted(), (1, 4));
}

#[test]
fn what_was_given_back_whole_is_no_purchase_and_what_was_in_part_is_one() {
    let mut shop = Shop::new();
    for (key, back, reviewed) in [(1, 3 * PRICE, false), (2, 3 * PRICE - 1, true)] {
        let args = shop.args([key; 16], 0);
        let order = shop.open(args);
        shop.deliver(&order);
        let state = shop.market.order(&order);
        let seller = shop.seller.pubkey();
        let refund = ix::refund_by_seller(&seller, &order, &state, Some(back));
        shop.market.chain.ok(&[refund], &[&shop.seller]);
        if reviewed {
            shop.accept(&order);
            shop.reviewed(&order, 1);
        } else {
            assert_eq!(shop.market.order(&order).head.state, state::REFUNDED);
            shop.refused(&order);
        }
    }
    assert_eq!(shop.counted(), (1, 1));
}

#[test]
fn a_metered_order_is_reviewed_once_it_is_over_and_only_where_a_unit_was_redeemed() {
    let mut shop = Shop::new();
    for (key, part) in [(10, 0), (11, 1), (12, 2)] {
        let args = shop.args([key; 16], 1);
        let order = shop.open(args);
        let price = shop.market.order(&order).price;
        let redeemed = [0, price - 1, price][part];
        let (seller, listing) = (shop.seller.pubkey(), shop.listing);
        if redeemed > 0 {
            let born_slot = shop.market.order(&order).head.born_slot;
            let signed = Voucher::sign(&shop.buyer, &GENESIS, &order, born_slot, 1, redeemed);
            let vouchers = [(signed, listing, shop.buyer.pubkey())];
            let redeem = voucher::redeem_all(&seller, &GENESIS, &vouchers, 0);
            shop.market.chain.ok(&redeem, &[&shop.seller]);
        }
        shop.refused(&order);
        let state = shop.market.order(&order);
        let end = ix::end(&seller, &order, &state);
        shop.market.chain.ok(&[end], &[&shop.seller]);
        let over = shop.market.chain.now() + i64::from(DISPUTE_WINDOW) + 1;
        shop.market.chain.set_time(over);
        if redeemed > 0 {
            let state = shop.market.order(&order);
            let settle = ix::settle(&shop.buyer.pubkey(), &order, &state);
            shop.market.chain.ok(&[settle], &[&shop.buyer]);
            assert_eq!(shop.market.order(&order).head.state, state::SETTLED);
        }
        if redeemed == price {
            shop.reviewed(&order, 2);
        } else {
            if redeemed == 0 {
                assert_eq!(shop.market.order(&order).head.state, state::REFUNDED);
            }
            shop.refused(&order);
        }
    }
    assert_eq!(shop.counted(), (1, 2));
}

#[test]
fn a_free_receipt_is_not_reviewed() {
    let mut shop = Shop::new();
    let open = shop.free([1; 16]);
    shop.market.chain.ok(&[open], &[&shop.buyer]);
    let order = pda::order(&shop.buyer.pubkey(), &[1; 16]).0;
    assert_eq!(shop.market.order(&order).head.state, state::SETTLED);
    shop.refused(&order);
}

#[test]
fn an_unclaimed_listing_is_ordered_only_where_allowed_and_then_reviewed() {
    let mut shop = Shop::of(false);
    let open = ix::open_order(&shop.params(), shop.args([1; 16], 0));
    let unclaimed = EscrowError::ListingUnclaimed;
    shop.market
        .chain
        .refused(&[open], &[&shop.buyer], unclaimed);
    shop.allow_unclaimed();
    let order = shop.settled([1; 16]);
    let state = shop.market.order(&order);
    assert_eq!(state.head.flags, flag::UNCLAIMED);
    assert!(state.head.is_paid() && !state.head.is_paid_receipt());
    assert_eq!(state.royalty_paid, 0);
    shop.reviewed(&order, 3);
    assert_eq!(shop.counted(), (1, 3));
}

#[test]
fn p52_a_sessions_order_is_reviewed_by_its_owner_and_never_by_its_key() {
    let mut shop = Shop::new();
    let (owner, (key, session)) = (shop.buyer.pubkey(), shop.session());
    let params = ix::OpenOrder {
        buyer: key.pubkey(),
        source: pda::vault(&session, &TOKEN),
        session: Some(session),
        ..shop.params()
    };
    let args = shop.args([1; 16], 0);
    shop.market
        .chain
        .ok(&[ix::open_order(&params, args)], &[&key]);
    let order = params.address(&args.key);
    shop.deliver(&order);
    shop.accept(&order);
    let born_slot = shop.market.order(&order).head.born_slot;
    let (by, listing) = (key.pubkey(), shop.listing);
    let by_key = l::post_review(by, by, listing, order, born_slot, 5, [0; 32]);
    let refused = ListingError::NotReviewer;
    shop.market.chain.refused(&[by_key], &[&key], refused);
    shop.reviewed(&order, 4);
    let review = pda::review(&shop.listing, &order, born_slot);
    let review: Review = shop.market.chain.state(&review);
    assert_eq!((review.reviewer, review.order), (owner, order));
}

#[test]
fn p50_the_same_key_bought_again_after_the_first_order_closed_is_reviewed_on_its_own() {
    let mut shop = Shop::new();
    let first = shop.settled([1; 16]);
    shop.reviewed(&first, 5);
    let born = shop.market.order(&first).head.born_slot;
    let close = |shop: &mut Shop, order: &Pubkey| {
        let state = shop.market.order(order);
        shop.market.chain.set_time(state.valid_until + 1);
        shop.market.chain.warp_slots(1);
        let close = ix::close_order(&shop.buyer.pubkey(), order, &state);
        shop.market.chain.ok(&[close], &[&shop.buyer]);
    };
    close(&mut shop, &first);
    // Nothing is there to be reviewed, and the review stays.
    let gone = shop.review_of(&first, born, 5);
    let missing = ListingError::ReceiptMissing;
    shop.market.chain.refused(&[gone], &[&shop.buyer], missing);

    let second = shop.settled([1; 16]);
    assert_eq!(second, first, "made at the same address");
    let of_the_first = shop.review_of(&second, born, 5);
    // The system program's answer for another address than the seed's.
    let seeds = ProgramError::Custom(5);
    shop.market
        .chain
        .refused(&[of_the_first], &[&shop.buyer], seeds);
    shop.reviewed(&second, 1);
    assert_eq!(shop.counted(), (2, 6));
    let edit = l::edit_review(
        shop.buyer.pubkey(),
        shop.listing,
        pda::review(&shop.listing, &first, born),
        3,
        [0; 32],
    );
    shop.market.chain.ok(&[edit], &[&shop.buyer]);
    assert_eq!(shop.counted(), (2, 4));

    // An unreviewed order that closed gives no review to whatever comes after it but its own.
    close(&mut shop, &second);
    let third = shop.settled([1; 16]);
    shop.reviewed(&third, 2);
    assert_eq!(shop.counted(), (3, 6));
}

#[test]
fn a_review_stays_when_the_listing_retires_and_nothing_is_registered_over_either() {
    let mut shop = Shop::new();
    let order = shop.settled([1; 16]);
    let seller = shop.seller.pubkey();
    let retire = l::retire(seller, shop.listing);
    shop.market.chain.ok(&[retire], &[&shop.seller]);
    shop.reviewed(&order, 5);
    let key = shop.market.listing(&shop.listing).key;
    let args = l::RegisterArgs {
        key,
        ..shop.market.chain.register_args()
    };
    let again = listings::register(&shop.seller, &args);
    let exists = ProgramError::Custom(0);
    shop.market.chain.refused(&[again], &[&shop.seller], exists);
    assert_eq!(shop.counted(), (1, 5));
}

/// A licensed parent, and the buyer's claim to it with the receipt of an order.
fn licensed(claimed: bool) -> (Shop, impl Fn(Pubkey) -> Instruction) {
    let mut shop = Shop::of(claimed);
    let listing = shop.listing;
    shop.market
        .chain
        .edit_state(&listing, |listing: &mut Listing| {
            listing.derivatives = derivatives::LICENSED;
        });
    let args = shop.market.chain.register_args();
    let child = shop.market.chain.draft(&shop.buyer, &args);
    let buyer = shop.buyer.pubkey();
    let claim = move |order| {
        let licence = Licence::Receipt(order);
        let edge = NewEdge {
            licence,
            ..listings::new_edge(child, listing, 0)
        };
        l::add_edge(buyer, buyer, edge)
    };
    (shop, claim)
}

#[test]
fn a_paid_order_of_ones_own_is_a_licence_once_it_settled() {
    let (mut shop, claim) = licensed(true);
    let required = ListingError::LicenseRequired;
    let args = shop.args([1; 16], 0);
    let order = shop.open(args);
    shop.market
        .chain
        .refused(&[claim(order)], &[&shop.buyer], required);
    shop.deliver(&order);
    shop.market
        .chain
        .refused(&[claim(order)], &[&shop.buyer], required);
    shop.accept(&order);
    shop.market.chain.ok(&[claim(order)], &[&shop.buyer]);
}

#[test]
fn what_was_bought_before_the_listing_was_claimed_is_no_licence_and_what_was_after_is_one() {
    let (mut shop, claim) = licensed(false);
    shop.allow_unclaimed();
    let before = shop.settled([1; 16]);
    let seller = shop.seller.pubkey();
    let (owner, listing) = (shop.market.chain.actor(), shop.listing);
    let mint = shop.market.mint;
    shop.market.chain.token_account(&mint, &owner.pubkey(), 0);
    let propose = l::propose_authority(seller, listing, owner.pubkey());
    shop.market.chain.ok(&[propose], &[&shop.seller]);
    let accept = l::accept_authority(owner.pubkey(), listing);
    shop.market.chain.ok(&[accept], &[&owner]);
    shop.seller = owner;
    let required = ListingError::LicenseRequired;
    shop.market
        .chain
        .refused(&[claim(before)], &[&shop.buyer], required);
    let after = shop.settled([2; 16]);
    shop.market.chain.ok(&[claim(after)], &[&shop.buyer]);
}

#[test]
fn an_unclaimed_listing_gives_no_free_receipt_and_sells_to_no_session_where_not_allowed() {
    let mut shop = Shop::of(false);
    let refused = EscrowError::ListingUnclaimed;
    let (key, session) = shop.session();
    let params = ix::OpenOrder {
        buyer: key.pubkey(),
        source: pda::vault(&session, &TOKEN),
        session: Some(session),
        ..shop.params()
    };
    let open = ix::open_order(&params, shop.args([1; 16], 0));
    shop.market
        .chain
        .refused(std::slice::from_ref(&open), &[&key], refused);
    let free = shop.free([2; 16]);
    shop.market
        .chain
        .refused(std::slice::from_ref(&free), &[&shop.buyer], refused);
    shop.allow_unclaimed();
    shop.market.chain.ok(&[free], &[&shop.buyer]);
}
