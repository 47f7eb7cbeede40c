//! Drafts: registered, given their lineage, activated or cleared away.

use std::rc::Rc;

use listing::state::{Listing, derivatives, status};
use pedigree_sdk::instructions::listing::{self as ix, Licence, NewEdge, RegisterArgs, TermArgs};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use crate::{cast::Role, scene::Scene, state::State};

/// A new draft of mostly a seller's, seldom at the address of an earlier one.
pub fn register(scene: &mut Scene) -> Option<Instruction> {
    let mut publisher = scene.mostly(Role::Seller);
    let mut key = scene.dice.bytes();
    if scene.dice.chance(6)
        && let Some((_, earlier)) = scene.listing(|_, _| true)
    {
        (publisher, key) = (earlier.publisher, earlier.key);
    }
    let claimed = scene.dice.chance(85);
    let asks = if claimed {
        scene.dice.pick([0, 0, 1, 30_000, 100_000])
    } else {
        0
    };
    let asks = scene.or(asks, |scene| scene.dice.pick([1, 800_001]));
    let terms = terms(scene);
    let args = RegisterArgs {
        key,
        kind: scene.dice.pick([1, 2, 3, 4, 5]),
        claimed,
        derivatives: scene.dice.pick([
            derivatives::OPEN,
            derivatives::OPEN,
            derivatives::LICENSED,
            derivatives::FORBIDDEN,
        ]),
        derivative_royalty_ppm: asks,
        manifest_hash: scene.dice.bytes(),
        content_hash: scene.dice.chance(50).then(|| scene.dice.bytes()),
        payout: scene.dice.chance(60).then(|| scene.mostly(Role::Payee)),
        operator: scene.dice.chance(70).then(|| scene.one(Role::Operator)),
        name: scene.or("Aurora 7B".into(), |_| String::new()),
        uri: "https://store.example/aurora.json".into(),
        license: "Apache-2.0".into(),
        terms,
    };
    let payer = scene.payer(&publisher);
    Some(ix::register(publisher, payer, args))
}

/// Prices of mostly several modes; none now and then.
pub fn terms(scene: &mut Scene) -> Vec<TermArgs> {
    if scene.dice.chance(12) {
        return vec![];
    }
    let mut terms: Vec<_> = (1..=4)
        .filter(|_| scene.dice.chance(60))
        .collect::<Vec<u8>>()
        .into_iter()
        .map(|mode| term(scene, mode))
        .collect();
    if terms.is_empty() {
        terms.push(term(scene, 1));
    }
    terms
}

fn term(scene: &mut Scene, mode: u8) -> TermArgs {
    let mint = scene.mint();
    let period = match mode {
        3 => scene.dice.pick([60, 3_600, 86_400]),
        4 => scene.dice.pick([60, 600]),
        _ => 0,
    };
    TermArgs {
        mode: scene.or(mode, |scene| scene.dice.pick([0, 5])),
        decimals: scene.or(mint.decimals, |_| 9),
        price: scene.dice.pick([1, 3, 999, 39_999, 1_000_003]),
        capacity: scene.dice.pick([0, 10]),
        mint: mint.address,
        unit: "piece".into(),
        period,
    }
}

fn a_draft(
    scene: &mut Scene,
    fits: impl Fn(&Pubkey, &Listing) -> bool,
) -> Option<(Pubkey, Rc<Listing>)> {
    scene.listing(|key, listing| listing.status == status::DRAFT && fits(key, listing))
}

/// An edge to what may be a parent, at a royalty that it takes.
pub fn add_edge(scene: &mut Scene) -> Option<Instruction> {
    let (state, now) = (scene.state(), scene.now());
    let (child, draft) = a_draft(scene, |_, draft| !draft.is_expired_draft(now))?;
    let (parent, above) = scene.listing(|key, listing| {
        let taken = state
            .edges
            .values()
            .any(|e| e.child == child && e.parent == *key);
        let leave = licence(state, &draft.authority, key, listing, now);
        listing.activated_slot != 0 && !taken && leave.is_some()
    })?;
    let licence = licence(state, &draft.authority, &parent, &above, now).unwrap_or(Licence::Open);
    let asks = above.derivative_royalty_ppm;
    let offers = scene
        .dice
        .pick([0, asks, 1, 50_000, 123_457, 300_000])
        .max(asks);
    let claimed = draft.claimed == 1 && above.claimed == 1;
    let offers = if claimed { offers } else { 0 };
    let royalty_ppm = scene.or(offers, |scene| scene.dice.pick([0, 800_001]));
    let signer = scene.signer(&draft.authority);
    let edge = NewEdge {
        child,
        parent,
        relation: scene.dice.pick([1, 2, 3, 4, 5, 6]),
        royalty_ppm,
        max_royalty_ppm: scene.or(royalty_ppm, |_| 0),
        licence,
    };
    let payer = scene.payer(&signer);
    Some(ix::add_edge(signer, payer, edge))
}

/// What shows that the authority may derive from the listing, if anything does.
fn licence(
    state: &State,
    authority: &Pubkey,
    parent: &Pubkey,
    listing: &Listing,
    now: i64,
) -> Option<Licence> {
    match listing.derivatives {
        derivatives::OPEN => return Some(Licence::Open),
        derivatives::FORBIDDEN => return None,
        _ => {}
    }
    let granted = state.grants.values().any(|grant| {
        grant.parent == *parent && grant.grantee == *authority && grant.expires_at > now
    });
    if granted {
        return Some(Licence::Grant);
    }
    let receipt = state.orders.iter().find(|(_, order)| {
        order.head.listing == *parent
            && order.head.owner == *authority
            && order.head.is_paid_receipt()
    });
    receipt.map(|(order, _)| Licence::Receipt(*order))
}

/// The draft's authority, or a stranger once it expired.
fn closer(scene: &mut Scene, draft: &Listing) -> Pubkey {
    if draft.is_expired_draft(scene.now()) && scene.dice.chance(70) {
        return scene.one(Role::Stranger);
    }
    scene.signer(&draft.authority)
}

pub fn remove_edge(scene: &mut Scene) -> Option<Instruction> {
    let (child, draft) = a_draft(scene, |_, draft| draft.edges > 0)?;
    let (_, edge) = scene.find(&scene.state().edges, |_, edge| {
        edge.child == child && edge.index + 1 == draft.edges
    })?;
    let (closer, bears) = (closer(scene, &draft), edge.royalty_ppm > 0);
    let rent_payer = scene.or(edge.rent_payer, Scene::anyone);
    Some(ix::remove_edge(
        closer,
        child,
        &edge.parent,
        bears,
        rent_payer,
    ))
}

pub fn close_royalty_table(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let (_, table) = scene.find(&state.tables, |_, table| {
        let listing = state.listings.get(&table.listing);
        table.len == 0 && listing.is_some_and(|listing| listing.status == status::DRAFT)
    })?;
    let draft = state.listings.get(&table.listing)?;
    let closer = closer(scene, draft);
    let rent_payer = scene.or(table.rent_payer, Scene::anyone);
    Some(ix::close_royalty_table(closer, table.listing, rent_payer))
}

pub fn discard_draft(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let (address, draft) = a_draft(scene, |key, draft| {
        draft.edges == 0 && !state.tables.values().any(|table| table.listing == *key)
    })?;
    let closer = closer(scene, &draft);
    let rent_payer = scene.or(draft.rent_payer, Scene::anyone);
    Some(ix::discard_draft(closer, address, rent_payer))
}

pub fn activate(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (address, draft) = a_draft(scene, |_, draft| !draft.is_expired_draft(now))?;
    let signer = scene.signer(&draft.authority);
    Some(ix::activate(signer, address))
}
