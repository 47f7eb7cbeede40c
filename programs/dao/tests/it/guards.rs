//! Every account of every instruction, exchanged for what it should not be, with the error that each gives.

use listing::state::{Listing, edge_status, relation};
use pedigree_sdk::{instructions::dao as ix, pda};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{
    Program,
    guards::{Case, Cases, check},
};

use crate::{guards_proposals, world::*};

#[test]
fn p1_p2_p3_p9_no_account_is_taken_for_another() {
    let mut all = cases();
    all.extend(guards_proposals::cases());
    check(Program::Dao, &all);
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
            let initialize = w.initialize_ix(w.args());
            let upgrader = w.upgrader();
            of(w, initialize, vec![upgrader], vec![])
        }),
    ));
    let mut case = |name, build: fn(World) -> Case| {
        cases.push((name, Box::new(move || build(World::new(1)))));
    };
    case("update_config", |w| {
        let update = ix::update_config(&w.admin.pubkey(), w.args());
        let admin = w.admin.insecure_clone();
        of(w, update, vec![admin], vec![])
    });
    case("accept_config_authority", |mut w| {
        let next = w.stranger.pubkey();
        w.update(|args| args.pending_authority = next);
        of(w, ix::accept_config_authority(&next), vec![], vec![])
    });
    case("open_order_case", |mut w| {
        let (order, another) = (w.order(), w.order());
        let (subject, dispute) = w.order_case();
        let others = vec![
            ("order", another),
            ("docket", pda::docket(&subject).0),
            ("dispute", dispute),
            ("vault", pda::dispute_vault(&dispute).0),
        ];
        let open = w.open_ix(&order);
        of(w, open, vec![], others)
    });
    case("open_version_case", |mut w| {
        let (opener, listing) = (w.holder(CASE_BOND), w.listing());
        let (other, another, dispute) = w.version_case();
        let others = vec![
            ("listing", another),
            ("docket", pda::docket(&another).0),
            ("dispute", dispute),
            ("source", w.account(&other.pubkey())),
        ];
        let open = w.complain_ix(&opener.pubkey(), &listing, 1);
        of(w, open, vec![opener], others)
    });
    case("open_version_case/old", |mut w| {
        let voters = w.voters(&[10_000]);
        let (opener, listing, another) = (w.holder(CASE_BOND), w.listing(), w.listing());
        let (other, ..) = w.attested(&voters[0], &another);
        let (shown, attestation, hash) = w.attested(&voters[0], &listing);
        w.chain
            .edit_state(&listing, |listing: &mut Listing| listing.version += 1);
        let (key, payer) = (opener.pubkey(), w.stranger.pubkey());
        let source = w.account(&key);
        let shown = (shown, &attestation);
        let open = ix::open_old_version_case(&key, &payer, &source, shown, 1, hash);
        of(w, open, vec![opener], vec![("attestation", other)])
    });
    case("open_edge_case", |w| edge_case(w, None));
    case("open_edge_case/missing", |w| {
        edge_case(w, Some(relation::SERVES))
    });
    case("submit_evidence", |mut w| {
        let (_, dispute) = w.order_case();
        w.to(&dispute, EVIDENCE - 1);
        w.chain.warp_slots(1);
        let other = ended(&mut w);
        w.to(&dispute, EVIDENCE - 1);
        let submit = ix::submit_evidence(&w.stranger.pubkey(), &dispute, [1; 32]);
        of(w, submit, vec![], vec![("dispute", other)])
    });
    case("commit", |mut w| {
        let voters = w.voters(&[4_000, 4_000]);
        let ((_, dispute), (_, other)) = (w.order_case(), w.order_case());
        w.to(&dispute, EVIDENCE);
        let others = vec![
            ("position", voters[1].position),
            ("dispute", other),
            ("source", w.account(&voters[1].owner.pubkey())),
        ];
        let commit = w.commit_ix(&voters[0], &dispute, 0);
        let owner = voters[0].owner.insecure_clone();
        of(w, commit, vec![owner], others)
    });
    case("reveal", |mut w| {
        let voters = w.voters(&[4_000, 4_000]);
        let ((_, dispute), (_, other)) = (w.order_case(), w.order_case());
        w.to(&dispute, EVIDENCE);
        for voter in &voters {
            w.commit(voter, &dispute, 0);
        }
        w.to(&dispute, EVIDENCE + COMMIT);
        let others = vec![
            ("dispute", other),
            ("juror", pda::juror(&dispute, 0, &voters[1].position).0),
            ("position", voters[1].position),
        ];
        let reveal = w.reveal_ix(&voters[0], &dispute, 0);
        of(w, reveal, vec![], others)
    });
    case("tally", |mut w| {
        let other = ended(&mut w);
        let (_, dispute) = w.order_case();
        w.to(&dispute, EVIDENCE + COMMIT + REVEAL);
        of(w, ix::tally(&dispute), vec![], vec![("dispute", other)])
    });
    case("appeal", |mut w| {
        let voters = w.voters(&[4_000]);
        let other = ended(&mut w);
        let (_, dispute) = w.order_case();
        w.round(&dispute, &[(&voters[0], Some(2))]);
        let (appellant, another) = (w.holder(APPEAL_BOND), w.holder(APPEAL_BOND));
        let others = vec![("dispute", other), ("source", w.account(&another.pubkey()))];
        let source = w.account(&appellant.pubkey());
        let appeal = ix::appeal(&appellant.pubkey(), &dispute, &source, 1);
        of(w, appeal, vec![appellant], others)
    });
    case("finish", |mut w| {
        let ((order, dispute), (subject, other)) = (w.order_case(), w.order_case());
        w.to(&dispute, EVIDENCE + COMMIT + REVEAL);
        w.crank(ix::tally(&dispute));
        let others = vec![("docket", pda::docket(&subject).0), ("dispute", other)];
        of(w, ix::finish(&order, &dispute), vec![], others)
    });
    case("settle_juror", |mut w| {
        let voters = w.voters(&[4_000, 4_000]);
        let (order, dispute) = w.order_case();
        let (_, other) = w.order_case();
        let votes: Vec<_> = voters.iter().map(|voter| (voter, Some(2))).collect();
        w.round(&dispute, &votes);
        w.finish(&order, &dispute);
        let another = &voters[1];
        let others = vec![
            ("dispute", other),
            ("juror", pda::juror(&dispute, 0, &another.position).0),
            ("position", another.position),
            ("destination", w.account(&another.owner.pubkey())),
        ];
        let settle = w.settle_ix(&voters[0], &dispute, 0);
        of(w, settle, vec![], others)
    });
    case("pay_bond", |mut w| {
        let (opener, listing, dispute) = w.version_case();
        let (other, _, another) = w.version_case();
        w.round(&dispute, &[]);
        w.crank(ix::finish(&listing, &dispute));
        let others = vec![
            ("dispute", another),
            ("destination", w.account(&other.pubkey())),
        ];
        let pay = ix::pay_bond(&opener.pubkey(), &dispute, 0, None);
        of(w, pay, vec![], others)
    });
    case("close_dispute", |mut w| {
        let dispute = ended(&mut w);
        let (_, other) = w.order_case();
        w.pass(200 * DAY);
        w.chain.deposit(&pda::dispute_vault(&dispute).0, 7);
        let (closer, payer) = (w.chain.actor(), w.stranger.pubkey());
        let holder = w.holder(1).pubkey();
        let others = vec![("dispute", other), ("treasury", w.account(&holder))];
        let treasury = w.treasurer.pubkey();
        let close = ix::close_dispute(&closer.pubkey(), &dispute, &treasury, &payer);
        of(w, close, vec![closer], others)
    });
    case("reclaim_excess", |mut w| {
        w.chain.set_rent(348);
        let (account, payer) = (pda::dao_config().0, w.stranger.pubkey());
        let voters = w.voters(&[4_000]);
        let (_, dispute) = w.order_case();
        w.to(&dispute, EVIDENCE);
        w.commit(&voters[0], &dispute, 0);
        let record = pda::juror(&dispute, 0, &voters[0].position).0;
        let others = vec![("account", record)];
        of(w, ix::reclaim_excess(&account, &payer), vec![], others)
    });
    cases
}

/// A case of an edge, false or missing, beside another edge that is in dispute.
fn edge_case(mut w: World, missing: Option<u8>) -> Case {
    let [grandparent, parent, child] = [1, 2, 3].map(|slot| w.activated_in(slot));
    let other = w.put_edge(&child, &grandparent, edge_status::CLAIMED);
    if missing.is_none() {
        w.put_edge(&child, &parent, edge_status::PROVED);
    }
    let (opener, another) = (w.holder(CASE_BOND), w.holder(CASE_BOND));
    let open = w.edge_ix(&another.pubkey(), [&child, &grandparent], None, 1);
    let stranger = w.stranger.insecure_clone();
    w.chain.ok(&[open], &[&another, &stranger]);
    let dispute = pda::dispute(&other, 1).0;
    let empty = w.holder(0).pubkey();
    let others = vec![
        ("child", grandparent),
        ("parent", grandparent),
        ("edge", other),
        ("docket", pda::docket(&other).0),
        ("dispute", dispute),
        ("source", w.account(&empty)),
    ];
    let open = w.edge_ix(&opener.pubkey(), [&child, &parent], missing, 1);
    of(w, open, vec![opener], others)
}

/// A dispute that has ended, in which nobody voted.
fn ended(w: &mut World) -> Pubkey {
    let (order, dispute) = w.order_case();
    w.to(&dispute, EVIDENCE + COMMIT + REVEAL);
    w.crank(ix::tally(&dispute));
    w.crank(ix::finish(&order, &dispute));
    dispute
}
