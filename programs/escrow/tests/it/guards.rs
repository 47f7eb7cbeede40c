//! Every account of every instruction, exchanged for what it should not be, with the error that each gives.

use anchor_lang::bytemuck::{self, Zeroable};
use common::{
    DAO_ID,
    dispute::{DISPUTE_DISCRIMINATOR, DisputeHead, dispute_status},
    receipt::mode,
};
use escrow::{
    instructions::SessionArgs,
    opening::OpenArgs,
    state::{Order, Session},
};
use listing::state::Listing;
use pedigree_sdk::{
    accounts::to_bytes,
    instructions::{escrow as ix, reward as on_reward},
    pda,
    programs::LISTING,
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{
    Chain, Program, TokenProgram,
    guards::{Case, Cases, check},
};

use crate::{modes::*, world::*};

#[test]
fn p1_p2_p3_p9_no_account_is_taken_for_another() {
    check(Program::Escrow, &cases());
}

/// One of each instruction, with every account that it can have.
fn cases() -> Cases {
    let mut cases: Cases = Vec::new();
    cases.push(("initialize", Box::new(initialize)));
    let mut case = |name, build: fn(World) -> Case| {
        cases.push((name, Box::new(move || build(World::new(1)))));
    };
    case("update_config", |w| {
        let update = ix::update_config(&w.admin.pubkey(), w.config_args());
        by(w, |w| &w.admin, update, vec![])
    });
    case("accept_config_authority", |mut w| {
        let next = w.stranger.pubkey();
        w.update_config(|config| config.pending_authority = next);
        let accept = ix::accept_config_authority(&next);
        by(w, |w| &w.stranger, accept, vec![])
    });
    case("allow_mint", |mut w| {
        let (admin, payer) = (w.admin.pubkey(), w.stranger.pubkey());
        let mint = w.chain.mint(TokenProgram::Classic);
        let allow = ix::allow_mint(&admin, &payer, &mint.address, &mint.program, 1);
        let signers = vec![w.admin.insecure_clone(), w.stranger.insecure_clone()];
        of(w, vec![allow], signers, vec![])
    });
    case("update_mint", |mut w| {
        let other = settings_of_another_mint(&mut w);
        let update = ix::update_mint(&w.admin.pubkey(), &w.mint.address, true, 1);
        by(w, |w| &w.admin, update, vec![("mint_config", other)])
    });
    case("withdraw_treasury", |mut w| {
        w.settled();
        let (mint, wallet) = (w.mint, w.treasurer.pubkey());
        w.chain.token_account(&mint, &wallet, 0);
        let other = settings_of_another_mint(&mut w);
        let withdraw = ix::withdraw_treasury(&mint.address, &mint.program, &wallet);
        of(w, vec![withdraw], vec![], vec![("mint_config", other)])
    });
    case("open_order", open_order);
    case("open_free", open_free);
    case("deliver", |mut w| {
        let order = w.open();
        let others = vec![
            ("listing", another_listing(&mut w)),
            ("order", order_of_another_listing(&mut w, mode::ONE_TIME)),
        ];
        let deliver = w.deliver_ix(&order);
        by(w, |w| &w.operator, deliver, others)
    });
    case("settle", |mut w| {
        let (order, other) = (everything_due(&mut w), everything_due(&mut w));
        let settle = w.settle_ix(&w.stranger, &order);
        let others = of_a_payout(&mut w, other);
        by(w, |w| &w.stranger, settle, others)
    });
    case("refund", |mut w| {
        let (order, other) = (everything_due(&mut w), everything_due(&mut w));
        let refund = w.seller_refund_ix(&w.seller, &order, Some(1));
        let others = of_a_payout(&mut w, other);
        by(w, |w| &w.seller, refund, others)
    });
    case("end", |mut w| {
        let (order, other) = (everything_due(&mut w), everything_due(&mut w));
        let end = w.end_ix(&w.seller, &order);
        let others = of_a_payout(&mut w, other);
        by(w, |w| &w.seller, end, others)
    });
    case("withdraw", |mut w| {
        let (order, other) = (everything_due(&mut w), everything_due(&mut w));
        let withdraw = w.withdraw_ix(&order);
        let others = of_a_payout(&mut w, other);
        by(w, |w| &w.stranger, withdraw, others)
    });
    case("top_up", top_up);
    case("redeem", |mut w| {
        let (order, other) = (w.open_mode(mode::METERED), w.open_mode(mode::METERED));
        let redeem = w.redeem_ixs(&[w.voucher(&order, 1, 1_000)]);
        let others = vec![("listing", another_listing(&mut w)), ("order", other)];
        let signers = vec![w.operator.insecure_clone()];
        of(w, redeem, signers, others)
    });
    case("authorise", |mut w| {
        let order = w.open_mode(mode::LEASE);
        let key = w.chain.actor().pubkey();
        let args = w.mode_args(mode::LEASE, &key);
        w.chain.ok(&[w.open_ix(args)], &[&w.buyer]);
        let other = w.open_params().address(&args.key);
        let authorise = ix::authorise(&w.buyer.pubkey(), &[order]);
        by(w, |w| &w.buyer, authorise, vec![("further", other)])
    });
    case("confirm", |mut w| {
        let order = w.open_mode(mode::LEASE);
        let others = vec![
            ("listing", another_listing(&mut w)),
            ("further", order_of_another_listing(&mut w, mode::LEASE)),
        ];
        w.wait(INTERVAL);
        let confirm = ix::confirm(&w.operator.pubkey(), &w.listing, &[order]);
        by(w, |w| &w.operator, confirm, others)
    });
    case("open_dispute", |mut w| {
        let (order, other) = (w.delivered(), w.delivered());
        let (mint, stranger) = (w.mint, w.stranger.pubkey());
        let source = w.chain.token_account(&mint, &stranger, TOTAL);
        let dispute = w.dispute_ix(&w.buyer, &w.buyer_account, &order);
        let others = vec![("order", other), ("source", source)];
        by(w, |w| &w.buyer, dispute, others)
    });
    case("open_dispute/replaces", |mut w| {
        let order = w.delivered();
        w.sellers_account();
        w.dispute_by_seller(&order);
        put_ruling(&mut w, &order, dispute_status::OPEN);
        let dispute = w.dispute_ix(&w.buyer, &w.buyer_account, &order);
        by(w, |w| &w.buyer, dispute, vec![])
    });
    case("concede", |mut w| {
        let (order, other) = (disputed(&mut w), w.delivered());
        let concede = w.concede_ix(&w.seller, &order);
        by(w, |w| &w.seller, concede, vec![("order", other)])
    });
    case("apply_ruling", |mut w| {
        let (order, other) = (disputed(&mut w), disputed(&mut w));
        put_ruling(&mut w, &order, dispute_status::FINAL);
        let apply = ix::apply_ruling(&w.stranger.pubkey(), &order, 1);
        by(w, |w| &w.stranger, apply, vec![("order", other)])
    });
    case("lapse_dispute", |mut w| {
        let (order, other) = (disputed(&mut w), disputed(&mut w));
        w.chain.set_time(w.order(&order).arbitrate_by);
        let lapse = ix::lapse_dispute(&w.stranger.pubkey(), &order, 1);
        by(w, |w| &w.stranger, lapse, vec![("order", other)])
    });
    case("open_session", |mut w| {
        let (owner, key) = (w.buyer.pubkey(), w.chain.actor().pubkey());
        let (mint, payer) = (w.mint, w.stranger.pubkey());
        let source = w.chain.token_account(&mint, &payer, TOTAL);
        let others = vec![
            ("mint_config", settings_of_another_mint(&mut w)),
            ("source", source),
        ];
        let args = session_args(&w, key);
        let open = ix::open_session(
            &owner,
            Some(payer),
            &mint.address,
            &mint.program,
            &w.buyer_account,
            args,
        );
        let signers = vec![w.buyer.insecure_clone(), w.stranger.insecure_clone()];
        of(w, vec![open], signers, others)
    });
    case("revoke_session", |mut w| {
        let (session, _) = session(&mut w);
        let other = strangers_session(&mut w);
        let revoke = ix::revoke_session(&w.buyer.pubkey(), &session);
        by(w, |w| &w.buyer, revoke, vec![("session", other)])
    });
    case("close_session", |mut w| {
        let ((session, _), other) = (session(&mut w), strangers_session(&mut w));
        let state: Session = w.chain.state(&session);
        w.chain.set_time(state.expires_at);
        w.chain.warp_slots(1);
        let closer = w.payee.pubkey();
        let close = ix::close_session(&closer, &session, &state, None);
        by(w, |w| &w.payee, close, vec![("session", other)])
    });
    cases.push(("reclaim_excess", Box::new(reclaim_excess)));
    let mut case = |name, build: fn(World) -> Case| {
        cases.push((name, Box::new(move || build(World::new(1)))));
    };
    case("close_order", |mut w| {
        let (order, other) = (sponsored(&mut w, mode::ONE_TIME), w.settled());
        w.deliver(&order);
        w.accept(&order);
        w.wait(VALIDITY + 1);
        let close = w.close_ix(&w.buyer, &order);
        by(w, |w| &w.buyer, close, vec![("order", other)])
    });
    cases.push(("record_fees", Box::new(record_fees)));
    cases
}

/// With points of a publisher and of a buyer who have some already, and those of others of the same and of another epoch.
fn record_fees() -> Case {
    let mut w = World::rewarded(1);
    let mint = w.chain.mint(TokenProgram::Classic);
    let curator = w.curator.insecure_clone();
    let key = curator.pubkey();
    let set = on_reward::set_rate(&key, &key, &mint.address, 1, 1);
    w.chain.ok(&[set], &[&curator]);
    let last = w.chain.epoch();
    let (other, publisher) = (w.settled(), w.stranger.pubkey());
    w.record(&other);
    w.edit_listing(|listing| listing.payout = publisher);
    w.wait(testkit::rewards::EPOCH);
    let epoch = w.chain.open_epoch();
    let others = w.settled();
    w.record(&others);
    let payee = w.payee.pubkey();
    w.edit_listing(|listing| listing.payout = payee);
    let (first, order) = (w.settled(), w.settled());
    w.record(&first);
    let points = |owner: &Pubkey| pda::points(owner, epoch).0;
    let others = vec![
        ("order", others),
        ("rate", pda::rate(&mint.address).0),
        ("epoch", pda::epoch(last).0),
        ("publisher_points", points(&publisher)),
        ("buyer_points", points(&publisher)),
    ];
    let record = w.record_ix(&order);
    by(w, |w| &w.stranger, record, others)
}

fn of(
    w: World,
    instructions: Vec<Instruction>,
    signers: Vec<Keypair>,
    others: Vec<(&'static str, Pubkey)>,
) -> Case {
    Case {
        chain: w.chain,
        instructions,
        signers,
        others,
    }
}

/// With one signer.
fn by(
    w: World,
    signer: fn(&World) -> &Keypair,
    instruction: Instruction,
    others: Vec<(&'static str, Pubkey)>,
) -> Case {
    let signer = signer(&w).insecure_clone();
    of(w, vec![instruction], vec![signer], others)
}

fn initialize() -> Case {
    let world = World::new(1);
    let mut chain = Chain::new(&[Program::Escrow], 1);
    let (authority, payer) = (chain.upgrade_authority.insecure_clone(), chain.actor());
    let initialize = ix::initialize(
        &authority.pubkey(),
        &payer.pubkey(),
        &payer.pubkey(),
        [1; 32],
        world.config_args(),
    );
    Case {
        chain,
        instructions: vec![initialize],
        signers: vec![authority, payer],
        others: vec![],
    }
}

fn reclaim_excess() -> Case {
    let mut w = World::at_rent(6_960, 1);
    let (order, other) = (sponsored(&mut w, mode::ONE_TIME), w.open());
    w.chain.set_rent(696);
    let reclaim = ix::reclaim_excess(&order, &w.stranger.pubkey());
    of(w, vec![reclaim], vec![], vec![("account", other)])
}

/// By the key of a session that may order the listing alone; a stranger pays the rent.
fn open_order(mut w: World) -> Case {
    let (session, key) = session(&mut w);
    let (other_session, _) = self::session(&mut w);
    let args = w.args();
    let others = vec![
        ("mint_config", settings_of_another_mint(&mut w)),
        ("listing", another_listing(&mut w)),
        ("ledger", another_ledger(&mut w)),
        ("order", w.open()),
        ("session", other_session),
    ];
    let params = ix::OpenOrder {
        buyer: key.pubkey(),
        payer: Some(w.stranger.pubkey()),
        source: pda::vault(&session, &w.mint.program),
        session: Some(session),
        ..w.open_params()
    };
    let signers = vec![key, w.stranger.insecure_clone()];
    of(w, vec![ix::open_order(&params, args)], signers, others)
}

fn open_free(mut w: World) -> Case {
    let order = w.open();
    w.edit_listing(|listing| listing.terms_len = 0);
    let other = another_listing(&mut w);
    w.chain
        .edit_state(&other, |listing: &mut Listing| listing.version += 1);
    let args = OpenArgs {
        price: 0,
        max_total: 0,
        unit: [0; 32],
        ..w.args()
    };
    let payer = w.stranger.pubkey();
    let open = ix::open_free(&w.buyer.pubkey(), Some(payer), &w.listing, args);
    let signers = vec![w.buyer.insecure_clone(), w.stranger.insecure_clone()];
    let others = vec![("listing", other), ("order", order)];
    of(w, vec![open], signers, others)
}

/// By the key of the session that bought.
fn top_up(mut w: World) -> Case {
    let (session, key) = session(&mut w);
    let (other_session, _) = self::session(&mut w);
    let source = pda::vault(&session, &w.mint.program);
    let args = w.mode_args(mode::METERED, &key.pubkey());
    let params = ix::OpenOrder {
        buyer: key.pubkey(),
        source,
        session: Some(session),
        ..w.open_params()
    };
    w.chain.ok(&[ix::open_order(&params, args)], &[&key]);
    let order = params.address(&args.key);
    let others = vec![
        ("mint_config", settings_of_another_mint(&mut w)),
        ("listing", another_listing(&mut w)),
        ("order", w.open_mode(mode::METERED)),
        ("session", other_session),
    ];
    let state = w.order(&order);
    let top_up = ix::top_up(&key.pubkey(), &order, &state, &source, Some(session), 1);
    of(w, vec![top_up], vec![key], others)
}

/// Settings of another mint that orders may be paid in.
fn settings_of_another_mint(w: &mut World) -> Pubkey {
    let (mint, admin) = (w.chain.mint(TokenProgram::Classic), w.admin.pubkey());
    let allow = ix::allow_mint(&admin, &admin, &mint.address, &mint.program, MAX_DEPOSIT);
    w.chain.ok(&[allow], &[&w.admin]);
    pda::mint_config(&mint.address).0
}

/// A listing of the same seller, with the same terms and a pool of its own.
fn another_listing(w: &mut World) -> Pubkey {
    let address = Pubkey::new_from_array(w.chain.draw());
    let state: Listing = w.chain.state(&w.listing);
    w.chain.put_owned(address, LISTING, to_bytes(&state));
    address
}

/// The ledger of another listing's pool.
fn another_ledger(w: &mut World) -> Pubkey {
    let listing = another_listing(w);
    let mut ledger: listing::state::PoolLedger = w.chain.state(&w.ledger());
    ledger.listing = listing;
    let address = pda::ledger(&listing, 0, &w.mint.address).0;
    w.chain.put_owned(address, LISTING, to_bytes(&ledger));
    address
}

/// The buyer's order of another listing of the same seller, which asks for no royalty.
fn order_of_another_listing(w: &mut World, mode: u8) -> Pubkey {
    let listing = another_listing(w);
    w.chain
        .edit_state(&listing, |listing: &mut Listing| listing.royalty_ppm = 0);
    let args = w.mode_args(mode, &w.buyer.pubkey());
    let params = ix::OpenOrder {
        listing,
        royalty_generation: None,
        ..w.open_params()
    };
    w.chain.ok(&[ix::open_order(&params, args)], &[&w.buyer]);
    params.address(&args.key)
}

/// The buyer's order, out of another account than its associated one; the stranger paid the rent.
fn sponsored(w: &mut World, mode: u8) -> Pubkey {
    let args = w.mode_args(mode, &w.buyer.pubkey());
    let (mint, buyer) = (w.mint, w.buyer.pubkey());
    let params = ix::OpenOrder {
        payer: Some(w.stranger.pubkey()),
        source: w.chain.spare_token_account(&mint, &buyer, TOTAL),
        ..w.open_params()
    };
    let open = ix::open_order(&params, args);
    w.chain.ok(&[open], &[&w.buyer, &w.stranger]);
    params.address(&args.key)
}

/// A metered order of which something waits for everybody, and more is mature.
fn everything_due(w: &mut World) -> Pubkey {
    let order = sponsored(w, mode::METERED);
    w.sellers_account();
    w.redeem(&order, 1, 100_000);
    w.wait(WINDOW);
    // The first is mature now; the seller's dispute of the second gives way to the owner's, who gets all of it.
    w.redeem(&order, 2, 200_000);
    w.dispute_by_seller(&order);
    w.dispute(&order);
    let concede = w.concede_ix(&w.seller, &order);
    w.chain.ok(&[concede], &[&w.seller]);
    w.redeem(&order, 3, 300_000);
    w.wait(WINDOW);
    let waits: Order = w.order(&order);
    assert!(waits.paid_due > 0 && waits.fee_due > 0 && waits.royalty_due > 0);
    assert!(waits.refund_due > 0 && waits.owner_bond_due > 0 && waits.seller_bond_due > 0);
    order
}

/// Other accounts for a payout, of which `order` is another.
fn of_a_payout(w: &mut World, order: Pubkey) -> Vec<(&'static str, Pubkey)> {
    vec![
        ("order", order),
        ("mint_config", settings_of_another_mint(w)),
    ]
}

fn disputed(w: &mut World) -> Pubkey {
    let order = w.delivered();
    w.dispute(&order);
    order
}

fn put_ruling(w: &mut World, order: &Pubkey, status: u8) {
    let ruling = DisputeHead {
        layout: 1,
        status,
        share: 50,
        number: 1,
        subject: *order,
        subject_hash: w.order(order).params_hash,
        ..DisputeHead::zeroed()
    };
    let data = [&DISPUTE_DISCRIMINATOR[..], bytemuck::bytes_of(&ruling)].concat();
    w.chain.put_owned(pda::dispute(order, 1).0, DAO_ID, data);
}

fn session_args(w: &World, key: Pubkey) -> SessionArgs {
    let mut listings = [Pubkey::default(); 8];
    listings[0] = w.listing;
    SessionArgs {
        key,
        amount: 2 * TOTAL,
        expires_at: w.chain.now() + VALIDITY,
        listings,
    }
}

/// A session of the buyer's for the listing alone, for which the stranger paid the rent, and its key.
fn session(w: &mut World) -> (Pubkey, Keypair) {
    let key = w.chain.actor();
    let args = session_args(w, key.pubkey());
    let (owner, mint) = (w.buyer.pubkey(), w.mint);
    let payer = Some(w.stranger.pubkey());
    let source = w.buyer_account;
    let open = ix::open_session(&owner, payer, &mint.address, &mint.program, &source, args);
    w.chain.ok(&[open], &[&w.buyer, &w.stranger]);
    (pda::session(&owner, &key.pubkey()).0, key)
}

/// A session of the stranger's own.
fn strangers_session(w: &mut World) -> Pubkey {
    let key = w.chain.actor().pubkey();
    let args = session_args(w, key);
    let (owner, mint) = (w.stranger.pubkey(), w.mint);
    let source = w.chain.token_account(&mint, &owner, args.amount);
    let open = ix::open_session(&owner, None, &mint.address, &mint.program, &source, args);
    w.chain.ok(&[open], &[&w.stranger]);
    pda::session(&owner, &key).0
}
