//! Every account of every instruction, exchanged for what it should not be, with the error that each gives.

use listing::state::{Profile, derivatives, relation};
use pedigree_sdk::{
    instructions::listing::{self as ix, Licence, NewEdge, VersionArgs},
    merkle::Tree,
    pda,
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::{
    Program, TokenProgram,
    guards::{Case, Cases, check},
    listings::{edge, new_edge},
};

use crate::{
    rulings, suspensions,
    world::{BORN_SLOT, DRAFT_LIFETIME, World, paid_receipt},
};

#[test]
fn p1_p2_p3_p9_no_account_is_taken_for_another() {
    check(Program::Listing, &cases());
}

/// Other accounts by the names of those that they are to replace.
type Others = Vec<(&'static str, Pubkey)>;
/// Changes a listing as its authority.
type Change = fn(Pubkey, Pubkey) -> Instruction;
/// Makes a listing to change.
type Prepare = fn(&mut World) -> Pubkey;

/// One of each instruction, with every account that it can have.
pub fn cases() -> Cases {
    let mut cases: Cases = vec![("initialize", Box::new(initialize))];
    let manage: [(&'static str, Change, Prepare); 9] = [
        ("activate", ix::activate, |w| w.draft_of(|_| {})),
        ("pause", ix::pause, active),
        ("resume", ix::resume, |w| {
            let (publisher, key) = w.publisher();
            let listing = active(w);
            w.ok(&[ix::pause(publisher, listing)], &[&key]);
            listing
        }),
        ("retire", ix::retire, active),
        ("set_payout", |key, it| ix::set_payout(key, it, key), active),
        (
            "set_operator",
            |key, it| ix::set_operator(key, it, key),
            active,
        ),
        (
            "propose_authority",
            |key, it| ix::propose_authority(key, it, key),
            active,
        ),
        (
            "update_terms",
            |key, it| ix::update_terms(key, it, vec![]),
            active,
        ),
        (
            "publish_version",
            |key, it| {
                let args = VersionArgs {
                    manifest_hash: [1; 32],
                    content_hash: None,
                    uri: String::new(),
                };
                ix::publish_version(key, it, args)
            },
            active,
        ),
    ];
    for (name, change, prepare) in manage {
        cases.push((
            name,
            Box::new(move || {
                let mut w = World::new();
                let (listing, other) = (prepare(&mut w), strangers(&mut w));
                let (publisher, key) = w.publisher();
                of(
                    w,
                    change(publisher, listing),
                    vec![key],
                    vec![("listing", other)],
                )
            }),
        ));
    }
    let mut case = |name, build: fn(World) -> Case| {
        cases.push((name, Box::new(move || build(World::new()))));
    };
    case("accept_authority", |mut w| {
        let (publisher, key) = w.publisher();
        let (listing, other) = (active(&mut w), active(&mut w));
        let propose = ix::propose_authority(publisher, listing, publisher);
        w.ok(&[propose], &[&key]);
        let accept = ix::accept_authority(publisher, listing);
        of(w, accept, vec![key], vec![("listing", other)])
    });
    case("update_config", |w| {
        let (authority, key) = w.authority();
        let update = ix::update_config(authority, true, authority);
        of(w, update, vec![key], vec![])
    });
    case("accept_config_authority", |mut w| {
        let ((old, old_key), (new, key)) = (w.authority(), w.stranger());
        w.ok(&[ix::update_config(old, false, new)], &[&old_key]);
        of(w, ix::accept_config_authority(new), vec![key], vec![])
    });
    case("set_profile", |mut w| {
        let ((publisher, key), (payer, payer_key)) = (w.publisher(), w.stranger());
        let other = profile(&mut w, &payer_key);
        let set = ix::set_profile(publisher, payer, "Aurora", "");
        of(w, set, vec![key, payer_key], vec![("profile", other)])
    });
    case("verify_profile", |mut w| {
        let ((publisher, key), (authority, authority_key)) = (w.publisher(), w.authority());
        profile(&mut w, &key);
        let stranger = w.stranger.insecure_clone();
        let other = profile(&mut w, &stranger);
        let verify = {
            let state: Profile = w.state(&pda::profile(&publisher).0);
            ix::verify_profile(authority, &publisher, true, state.name_hash())
        };
        of(w, verify, vec![authority_key], vec![("profile", other)])
    });
    case("set_suspended", |mut w| {
        let ((authority, key), listing) = (w.authority(), w.active_of(&[], |_| {}));
        let other = w.active_of(&[], |_| {});
        let suspend = ix::set_suspended(authority, listing, true);
        of(w, suspend, vec![key], vec![("listing", other)])
    });
    case("apply_version_ruling", |mut w| {
        let (listing, other) = (w.active_of(&[], |_| {}), w.active_of(&[], |_| {}));
        let apply = suspensions::rule_version(&mut w, &listing, 1);
        of(w, apply, vec![], vec![("listing", other)])
    });
    case("register", |mut w| {
        let ((publisher, key), (payer, payer_key)) = (w.publisher(), w.stranger());
        let args = w.register_args();
        let register = ix::register(publisher, payer, args);
        of(w, register, vec![key, payer_key], vec![])
    });
    case("add_edge", |w| add_edge(w, false));
    case("add_edge/by_receipt", |w| add_edge(w, true));
    case("remove_edge", |mut w| {
        let ((child, parent), (other, other_parent)) = (expired(&mut w), expired(&mut w));
        let ((publisher, _), (closer, key)) = (w.publisher(), w.stranger());
        let others = vec![
            ("child", other),
            ("edge", pda::edge(&other, &other_parent).0),
            ("royalty_table", pda::royalties(&other, 0).0),
        ];
        let remove = ix::remove_edge(closer, child, &parent, true, publisher);
        of(w, remove, vec![key], others)
    });
    case("close_royalty_table", |mut w| {
        let ((child, parent), (other, other_parent)) = (expired(&mut w), expired(&mut w));
        let ((publisher, key), (closer, closer_key)) = (w.publisher(), w.stranger());
        for (child, parent) in [(child, parent), (other, other_parent)] {
            let remove = ix::remove_edge(publisher, child, &parent, true, publisher);
            w.ok(&[remove], &[&key]);
        }
        let others = vec![
            ("listing", other),
            ("royalty_table", pda::royalties(&other, 0).0),
        ];
        let close = ix::close_royalty_table(closer, child, publisher);
        of(w, close, vec![closer_key], others)
    });
    case("discard_draft", |mut w| {
        let (draft, other) = (w.draft_of(|_| {}), w.draft_of(|_| {}));
        let now = w.now();
        w.set_time(now + DRAFT_LIFETIME + 1);
        let ((publisher, _), (closer, key)) = (w.publisher(), w.stranger());
        let discard = ix::discard_draft(closer, draft, publisher);
        of(w, discard, vec![key], vec![("listing", other)])
    });
    case("grant_license", |mut w| {
        let ((publisher, key), (payer, payer_key)) = (w.publisher(), w.stranger());
        let (parent, grantee, until) = (active(&mut w), w.actor().pubkey(), w.now() + 10);
        let others = vec![
            ("parent", strangers(&mut w)),
            ("grant", grant(&mut w, parent, payer)),
        ];
        let grant = ix::grant_license(publisher, payer, parent, grantee, until);
        of(w, grant, vec![key, payer_key], others)
    });
    case("revoke_license", |mut w| {
        let (publisher, key) = w.publisher();
        let (parent, other) = (active(&mut w), active(&mut w));
        grant(&mut w, parent, publisher);
        let others = vec![
            ("parent", other),
            ("grant", grant(&mut w, other, publisher)),
        ];
        let revoke = ix::revoke_license(publisher, parent, &publisher);
        of(w, revoke, vec![key], others)
    });
    case("open_pool", |mut w| {
        let (payer, key) = w.stranger();
        let mint = w.mint(TokenProgram::Classic);
        let parent = active(&mut w);
        let [child, other, third] = std::array::from_fn(|_| w.active_of(&[(parent, 9)], |_| {}));
        w.open_pool(&third, &mint);
        let others = vec![
            ("listing", other),
            ("ledger", pda::ledger(&third, 0, &mint.address).0),
        ];
        let open = ix::open_pool(payer, child, 0, mint.address, mint.program);
        of(w, open, vec![key], others)
    });
    case("forward", forward);
    case("post_review", post_review);
    case("edit_review", edit_review);
    case("prove_edge", prove_edge);
    case("reclaim_excess", reclaim_excess);
    case("set_default_royalty", |w| {
        let (authority, key) = w.authority();
        let set = ix::set_default_royalty(authority, 7);
        of(w, set, vec![key], vec![])
    });
    case("apply_ruling", |w| ruling(w, true));
    case("apply_ruling/missing", |w| ruling(w, false));
    cases
}

/// A ruling that the first of three edges is false, or that a fourth is missing, beside another family.
fn ruling(mut w: World, is_false: bool) -> Case {
    rulings::set_default(&mut w, 7);
    let (forgotten, another) = (active(&mut w), active(&mut w));
    w.warp_slots(1);
    let (child, [a, b, _]) = rulings::family(&mut w);
    let (other, [c, ..]) = rulings::family(&mut w);
    let ruled = if is_false {
        rulings::rule_false(&mut w, &child, &a, 1);
        rulings::revoke(&w, &child, &a, 1)
    } else {
        rulings::rule_missing(&mut w, &child, &forgotten, relation::SERVES, 1);
        rulings::add(&w, &child, &forgotten, relation::SERVES, 1)
    };
    let (stranger, key) = w.stranger();
    let others = vec![
        ("child", other),
        ("parent", another),
        ("edge", pda::edge(&other, &c).0),
        ("royalty_table", pda::royalties(&other, 0).0),
        ("last_edge", pda::edge(&child, &b).0),
    ];
    let apply = ix::apply_ruling(stranger, &ruled);
    of(w, apply, vec![key], others)
}

fn of(w: World, instruction: Instruction, signers: Vec<Keypair>, others: Others) -> Case {
    Case {
        chain: w.into_chain(),
        instructions: vec![instruction],
        signers,
        others,
    }
}

fn initialize() -> Case {
    let w = World::without_config(0);
    let (authority, (payer, payer_key)) = (w.upgrade_authority.insecure_clone(), w.stranger());
    let initialize = ix::initialize(authority.pubkey(), payer, payer);
    of(w, initialize, vec![authority, payer_key], vec![])
}

/// A draft of the publisher's that derives from a listing that asks for a licence.
fn add_edge(mut w: World, by_receipt: bool) -> Case {
    let ((publisher, key), (payer, payer_key)) = (w.publisher(), w.stranger());
    let (parent, other_parent) = (licensed(&mut w), licensed(&mut w));
    let child = w.draft_of(|_| {});
    let licence = if by_receipt {
        Licence::Receipt(paid_receipt(&mut w, publisher, parent))
    } else {
        grant(&mut w, parent, publisher);
        Licence::Grant
    };
    let (other_child, _) = with_edge(&mut w);
    let others = vec![
        ("child", other_child),
        ("parent", other_parent),
        ("grant", grant(&mut w, other_parent, publisher)),
        ("royalty_table", pda::royalties(&other_child, 0).0),
        ("receipt", paid_receipt(&mut w, publisher, other_parent)),
    ];
    let edge = NewEdge {
        licence,
        ..new_edge(child, parent, 9)
    };
    let add = ix::add_edge(publisher, payer, edge);
    of(w, add, vec![key, payer_key], others)
}

fn forward(mut w: World) -> Case {
    let publisher = w.publisher.pubkey();
    let mint = w.mint(TokenProgram::Classic);
    let grandparent = active(&mut w);
    let parent = w.active_of(&[(grandparent, 9)], |_| {});
    let [child, other] = std::array::from_fn(|_| w.active_of(&[(parent, 9)], |_| {}));
    let pools = [&child, &other, &parent].map(|listing| w.open_pool(listing, &mint));
    for pool in pools {
        w.deposit(&pool, 1_000_000);
    }
    let payout = w.token_account(&mint, &publisher, 0);
    let other_ledger = pda::ledger(&other, 0, &mint.address).0;
    let others = vec![
        ("ledger", other_ledger),
        ("royalty_table", pda::royalties(&other, 0).0),
        ("parent", grandparent),
        ("parent_ledger", other_ledger),
    ];
    let forward = ix::forward(w.forwarding(&child, &mint, 0, payout));
    of(w, forward, vec![], others)
}

fn post_review(mut w: World) -> Case {
    let ((reviewer, key), (payer, payer_key)) = (w.stranger(), w.publisher());
    let (listing, other) = (active(&mut w), active(&mut w));
    let order = paid_receipt(&mut w, reviewer, listing);
    let others = vec![
        ("listing", other),
        ("order", paid_receipt(&mut w, payer, listing)),
        ("review", review(&mut w, other)),
    ];
    let post = ix::post_review(reviewer, payer, listing, order, BORN_SLOT, 5, [1; 32]);
    of(w, post, vec![key, payer_key], others)
}

fn edit_review(mut w: World) -> Case {
    let (reviewer, key) = w.stranger();
    let (listing, other) = (active(&mut w), active(&mut w));
    let edited = review(&mut w, listing);
    let others = vec![("listing", other), ("review", review(&mut w, other))];
    let edit = ix::edit_review(reviewer, listing, edited, 4, [2; 32]);
    of(w, edit, vec![key], others)
}

fn prove_edge(mut w: World) -> Case {
    let (publisher, key) = w.publisher();
    let content = [9; 32];
    let [parent, other_parent] =
        std::array::from_fn(|_| w.active_of(&[], |args| args.content_hash = Some(content)));
    let [child, other] = std::array::from_fn(|_| w.active_of(&[(parent, 9)], |_| {}));
    let others = vec![
        ("child", other),
        ("parent", other_parent),
        ("edge", pda::edge(&other, &parent).0),
    ];
    let tree = Tree::new(vec![[8; 32], content]).expect("a tree");
    let proof = tree.proof(&content).expect("it is in it");
    let prove = ix::prove_edge(publisher, child, parent, &proof);
    of(w, prove, vec![key], others)
}

fn reclaim_excess(mut w: World) -> Case {
    let payer = w.stranger.insecure_clone();
    let mint = w.mint(TokenProgram::Classic);
    let parent = active(&mut w);
    let [child, other] = std::array::from_fn(|_| w.active_of(&[(parent, 9)], |_| {}));
    for listing in [child, other] {
        let open = ix::open_pool(payer.pubkey(), listing, 0, mint.address, mint.program);
        w.ok(&[open], &[&payer]);
    }
    w.set_rent(348);
    let [ledger, other_ledger] = [child, other].map(|it| pda::ledger(&it, 0, &mint.address).0);
    let pool = (pda::pool(&child, 0, &mint.address).0, mint.program);
    let reclaim = ix::reclaim_excess(ledger, payer.pubkey(), Some(pool));
    of(w, reclaim, vec![], vec![("account", other_ledger)])
}

/// The stranger's review of a listing.
fn review(w: &mut World, listing: Pubkey) -> Pubkey {
    let (reviewer, key) = w.stranger();
    let order = paid_receipt(w, reviewer, listing);
    let post = ix::post_review(reviewer, reviewer, listing, order, BORN_SLOT, 5, [1; 32]);
    w.ok(&[post], &[&key]);
    pda::review(&listing, &order, BORN_SLOT)
}

/// The publisher's active listing.
fn active(w: &mut World) -> Pubkey {
    w.active_of(&[], |_| {})
}

/// One that asks for a licence.
fn licensed(w: &mut World) -> Pubkey {
    w.active_of(&[], |args| args.derivatives = derivatives::LICENSED)
}

/// Another publisher's active listing.
fn strangers(w: &mut World) -> Pubkey {
    let args = w.register_args();
    let stranger = w.stranger.insecure_clone();
    w.active(&stranger, &args, &[])
}

fn profile(w: &mut World, publisher: &Keypair) -> Pubkey {
    let key = publisher.pubkey();
    w.ok(&[ix::set_profile(key, key, "Borealis", "")], &[publisher]);
    pda::profile(&key).0
}

/// The publisher's grant for `grantee`.
fn grant(w: &mut World, parent: Pubkey, grantee: Pubkey) -> Pubkey {
    let (publisher, key) = w.publisher();
    let until = w.now() + 10;
    let grant = ix::grant_license(publisher, publisher, parent, grantee, until);
    w.ok(&[grant], &[&key]);
    pda::grant(&parent, &grantee).0
}

/// The publisher's draft, with a royalty-bearing edge to its parent.
fn with_edge(w: &mut World) -> (Pubkey, Pubkey) {
    let key = w.publisher.insecure_clone();
    let (parent, child) = (active(w), w.draft_of(|_| {}));
    w.ok(&[edge(&key, child, parent, 9)], &[&key]);
    w.warp_slots(1);
    (child, parent)
}

/// Such a draft, expired.
fn expired(w: &mut World) -> (Pubkey, Pubkey) {
    let draft = with_edge(w);
    let now = w.now();
    w.set_time(now + DRAFT_LIFETIME + 1);
    draft
}
