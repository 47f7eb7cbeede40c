//! Every account of every instruction, exchanged for what it should not be, with the error that each gives.

use pedigree_sdk::{instructions::reward as ix, pda};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{
    Program, TokenProgram,
    guards::{Case, Cases, check},
};

use crate::world::*;

#[test]
fn p1_p2_p3_p9_no_account_is_taken_for_another() {
    check(Program::Reward, &cases());
}

/// A case whose signers are the stranger and these.
fn of(
    w: World,
    instruction: Instruction,
    signers: Vec<Keypair>,
    others: Vec<(&'static str, Pubkey)>,
) -> Case {
    let mut all = vec![w.stranger.insecure_clone()];
    all.extend(signers);
    Case {
        chain: w.chain,
        instructions: vec![instruction],
        signers: all,
        others,
    }
}

/// One of each instruction, with every account that it can have.
fn cases() -> Cases {
    let mut cases: Cases = Vec::new();
    cases.push((
        "initialize",
        Box::new(|| {
            let w = World::bare(1);
            let initialize = w.initialize_ix(TERMS, ARGS);
            let upgrader = w.chain.upgrade_authority.insecure_clone();
            of(w, initialize, vec![upgrader], vec![])
        }),
    ));
    let mut case = |name, build: fn(World) -> Case| {
        cases.push((name, Box::new(move || build(World::new(1)))));
    };
    case("update_config", |w| {
        let update = ix::update_config(&w.admin.pubkey(), ARGS);
        let admin = w.admin.insecure_clone();
        of(w, update, vec![admin], vec![])
    });
    case("accept_config_authority", |mut w| {
        let next = w.stranger.pubkey();
        w.update(|args| args.pending_authority = next);
        of(w, ix::accept_config_authority(&next), vec![], vec![])
    });
    case("set_rate", |mut w| {
        let other = another_rate(&mut w);
        let set = w.rate_ix(1, 1);
        let admin = w.admin.insecure_clone();
        of(w, set, vec![admin], vec![("rate", other)])
    });
    case("open_epoch", |mut w| {
        let index = w.index();
        let payer = w.chain.actor();
        let open = ix::open_epoch(&payer.pubkey(), index);
        of(w, open, vec![payer], vec![])
    });
    case("record_fees", |mut w| {
        let (sale, others) = (w.some_sale(4_000_000), w.some_sale(4_000_000));
        w.record(&others);
        w.pass(WEEK);
        let index = w.record(&others);
        w.record(&sale);
        let again = w.sale(&sale.publisher, &sale.buyer, 4_000_000);
        let others = vec![
            ("rate", another_rate(&mut w)),
            ("order", others.order),
            ("epoch", pda::epoch(0).0),
            ("publisher_points", pda::points(&others.publisher, index).0),
            ("buyer_points", pda::points(&others.buyer, index).0),
        ];
        let record = w.record_ix(&again, index);
        of(w, record, vec![], others)
    });
    case("finish_epoch", |mut w| {
        let (sale, others) = (w.some_sale(4_000_000), w.some_sale(4_000_000));
        w.record(&sale);
        w.pass(WEEK);
        w.record(&others);
        w.pass(WEEK);
        let other = pda::epoch(1).0;
        of(w, ix::finish_epoch(0), vec![], vec![("epoch", other)])
    });
    case("claim", |mut w| {
        let (sale, other) = two_finished(&mut w);
        let token = w.token;
        w.chain.token_account(&token, &sale.buyer, 0);
        let stranger = w.stranger.pubkey();
        let others = vec![
            ("epoch", pda::epoch(1).0),
            ("points", pda::points(&other.buyer, 1).0),
            ("destination", w.chain.token_account(&token, &stranger, 0)),
        ];
        let claim = w.claim_ix(&sale.buyer, 0);
        of(w, claim, vec![], others)
    });
    case("expire_epoch", |mut w| {
        two_finished(&mut w);
        w.pass(CLAIM_WINDOW + 1);
        w.crank(ix::expire_epoch(1));
        let other = pda::epoch(1).0;
        of(w, ix::expire_epoch(0), vec![], vec![("epoch", other)])
    });
    case("close_points", |mut w| {
        let (sale, other) = two_finished(&mut w);
        w.pass(CLAIM_WINDOW + 1);
        w.crank(ix::expire_epoch(0));
        let (closer, payer) = (w.chain.actor(), w.stranger.pubkey());
        let others = vec![
            ("epoch", pda::epoch(1).0),
            ("points", pda::points(&other.buyer, 1).0),
        ];
        let close = ix::close_points(&closer.pubkey(), &sale.buyer, 0, &payer);
        of(w, close, vec![closer], others)
    });
    case("lock", |mut w| {
        let owner = w.holder(1_000);
        let source = w.token.associated(&owner.pubkey());
        let payer = w.stranger.pubkey();
        let other = w.holder(1_000).pubkey();
        let others = vec![("source", w.token.associated(&other))];
        let lock = ix::lock(&owner.pubkey(), &payer, &source, 0, 1_000);
        of(w, lock, vec![owner], others)
    });
    case("request_unlock", |mut w| {
        let (owner, other) = (w.validator(1_000), w.validator(1_000));
        let others = vec![("position", pda::position(&other.pubkey(), 0).0)];
        let unlock = ix::request_unlock(&owner.pubkey(), 0);
        of(w, unlock, vec![owner], others)
    });
    case("withdraw_position", |mut w| {
        let (owner, other) = (w.validator(1_000), w.validator(1_000));
        w.unlock(&owner, 0);
        w.unlock(&other, 0);
        w.pass(COOLING);
        let others = vec![
            ("position", pda::position(&other.pubkey(), 0).0),
            ("destination", w.token.associated(&other.pubkey())),
        ];
        let withdraw = w.withdraw_ix(&owner.pubkey(), 0);
        of(w, withdraw, vec![owner], others)
    });
    case("attest", |mut w| {
        let (owner, other) = (w.validator(10_000), w.validator(10_000));
        let (listing, another) = (w.listing(), w.listing());
        let args = w.attest_args(&listing, 1, 1_000);
        let attest = ix::attest(&owner.pubkey(), &w.stranger.pubkey(), 0, &listing, args);
        let others = vec![
            ("position", pda::position(&other.pubkey(), 0).0),
            ("listing", another),
        ];
        of(w, attest, vec![owner], others)
    });
    case("slash_attestation", |mut w| {
        let (owner, other) = (w.validator(10_000), w.validator(10_000));
        let (listing, another) = (w.listing(), w.listing());
        w.attest(&owner, &listing, 1_000);
        let attestation = w.attest(&other, &another, 1_000);
        let (ruling, elsewhere) = (w.ruling(&listing, 1, 100), w.ruling(&another, 1, 100));
        w.put_dispute(&ruling);
        let dispute = w.put_dispute(&elsewhere);
        let slash = w.slash_ix(&owner.pubkey(), &listing, 1);
        let others = vec![
            ("position", pda::position(&other.pubkey(), 0).0),
            ("attestation", attestation),
            ("dispute", dispute),
            ("destination", w.token.associated(&other.pubkey())),
        ];
        of(w, slash, vec![], others)
    });
    case("close_attestation", |mut w| {
        let (owner, other) = (w.validator(10_000), w.validator(10_000));
        let (listing, another) = (w.listing(), w.listing());
        w.attest(&owner, &listing, 1_000);
        let attestation = w.attest(&other, &another, 1_000);
        w.put_docket(&listing, 0, 0);
        w.put_docket(&another, 0, 0);
        w.pass(90 * DAY);
        let others = vec![
            ("position", pda::position(&other.pubkey(), 0).0),
            ("attestation", attestation),
            ("docket", pda::docket(&another).0),
        ];
        let close = w.close_attestation_ix(&owner.pubkey(), &listing);
        of(w, close, vec![], others)
    });
    case("reclaim_excess", |mut w| {
        w.chain.set_rent(348);
        let (account, payer) = (pda::reward_config().0, w.stranger.pubkey());
        let other = w.validator(1_000).pubkey();
        let others = vec![("account", pda::position(&other, 0).0)];
        of(w, ix::reclaim_excess(&account, &payer), vec![], others)
    });
    cases
}

fn another_rate(w: &mut World) -> Pubkey {
    let mint = w.chain.mint(TokenProgram::Classic).address;
    let (admin, stranger) = (w.admin.insecure_clone(), w.stranger.insecure_clone());
    let set = ix::set_rate(&admin.pubkey(), &stranger.pubkey(), &mint, 1, 1);
    w.chain.ok(&[set], &[&admin, &stranger]);
    pda::rate(&mint).0
}

/// Sales of epochs 0 and 1, both finished.
fn two_finished(w: &mut World) -> (Sale, Sale) {
    let (first, second) = (w.some_sale(4_000_000), w.some_sale(4_000_000));
    let index = w.record(&first);
    w.finish(index);
    let index = w.record(&second);
    w.finish(index);
    (first, second)
}
