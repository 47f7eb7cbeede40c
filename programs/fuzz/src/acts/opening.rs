//! New orders: what is to be seen of a listing now, or blindly something else; and the same again.

use common::receipt::mode;
use escrow::{opening::OpenArgs, state::Session};
use listing::state::{Listing, PriceTerm, status};
use pedigree_sdk::instructions::escrow::OpenOrder;
use solana_program::pubkey::Pubkey;

use crate::{call::Call, cast::Role, scene::Scene, world::Asked};

const DAY: i64 = 86_400;

pub fn open_order(scene: &mut Scene) -> Option<Call> {
    if let Some(again) = asked_before(scene, false) {
        return Some(call(again));
    }
    let session = scene.dice.chance(25).then(|| a_session(scene)).flatten();
    let (address, listing, index, term) = on_sale(scene, session.as_ref().map(|(_, s)| s))?;
    let mint = scene.world.mint(&term.mint)?;
    let (buyer, source) = match &session {
        Some((_, session)) => (scene.signer(&session.key), session.vault),
        None => {
            let buyer = scene.mostly(Role::Buyer);
            (buyer, mint.associated(&buyer))
        }
    };
    let most = if term.capacity == 0 {
        12
    } else {
        term.capacity
    };
    let quantity = match term.mode {
        mode::SUBSCRIPTION => scene.dice.pick([1, 2, 3]),
        mode::LEASE => scene.dice.pick([2, 4, 10]),
        _ => scene.amount(most),
    };
    let spokesman = scene.one(Role::Key);
    let mut args = seen(scene, &listing)?;
    args.price = term.price;
    args.term = index;
    args.mode = scene.or(term.mode, |scene| scene.dice.pick([1, 2, 3, 4]));
    args.unit = term.unit;
    args.period = term.period;
    args.quantity = quantity;
    args.max_total = scene.or(u64::MAX, |_| term.price);
    args.buyer_key = match term.mode {
        mode::METERED | mode::LEASE => spokesman.to_bytes(),
        mode::ONE_TIME if scene.dice.chance(30) => [7; 32],
        _ => [0; 32],
    };
    if term.mode == mode::METERED {
        let notice = 2 * i64::from(args.dispute_window);
        args.ends_at = scene.now() + notice + scene.dice.pick([1, 3_600, 30 * DAY]);
        args.ends_at = scene.or(args.ends_at, |scene| scene.now() + notice);
    }
    let params = OpenOrder {
        buyer,
        payer: scene.sponsor(),
        listing: address,
        royalty_generation: (listing.royalty_ppm > 0).then_some(listing.generation),
        mint: mint.address,
        token_program: mint.program,
        source,
        session: session.map(|(address, _)| address),
    };
    let free = false;
    Some(call(Asked { params, args, free }))
}

pub fn open_free(scene: &mut Scene) -> Option<Call> {
    if let Some(again) = asked_before(scene, true) {
        return Some(call(again));
    }
    let (listing, found) =
        scene.listing(|_, listing| listing.status == status::ACTIVE && listing.terms_len == 0)?;
    let args = seen(scene, &found)?;
    let buyer = scene.mostly(Role::Buyer);
    let none = Pubkey::default();
    let params = OpenOrder {
        buyer,
        payer: scene.sponsor(),
        listing,
        royalty_generation: None,
        mint: none,
        token_program: none,
        source: none,
        session: None,
    };
    let free = true;
    Some(call(Asked { params, args, free }))
}

fn call(asked: Asked) -> Call {
    let instruction = asked.instruction();
    Call {
        asked: Some(asked),
        ..Call::of(instruction)
    }
}

/// Now and then what was asked for before, or nearly that.
fn asked_before(scene: &mut Scene, free: bool) -> Option<Asked> {
    if !scene.dice.chance(12) {
        return None;
    }
    let of_kind: Vec<&Asked> = scene
        .world
        .asked
        .iter()
        .filter(|asked| asked.free == free)
        .collect();
    let mut asked = (*scene.dice.choose(&of_kind)?).clone();
    match scene.dice.below(12) {
        0 => asked.args.quantity += 1,
        1 => asked.args.valid_until += 1,
        2 => asked.args.max_total ^= 1,
        3 => asked.params.payer = scene.sponsor(),
        _ => {}
    }
    Some(asked)
}

fn a_session(scene: &mut Scene) -> Option<(Pubkey, Session)> {
    let now = scene.now();
    let (address, session) = scene.find(&scene.state().sessions, |_, session| {
        session.revoked == 0 && session.expires_at > now
    })?;
    Some((address, *session))
}

/// A price of a listing that takes orders, for the session if one buys: each mode is sought as often.
fn on_sale(
    scene: &mut Scene,
    session: Option<&Session>,
) -> Option<(Pubkey, Listing, u8, PriceTerm)> {
    let state = scene.state();
    let unclaimed = state.escrow_config()?.allow_unclaimed == 1;
    let sought = scene.dice.pick([1, 1, 2, 2, 3, 4, 4]);
    let sells = |key: &Pubkey, listing: &Listing, term: &PriceTerm| {
        let allowed = state.mint(&term.mint).is_some_and(|mint| mint.enabled == 1);
        let pool =
            listing.royalty_ppm == 0 || state.ledger(key, listing.generation, &term.mint).is_some();
        let bound = session.is_none_or(|session| {
            let listings = &session.listings[..usize::from(session.listings_len)];
            session.mint == term.mint && (listings.is_empty() || listings.contains(key))
        });
        allowed && pool && bound
    };
    let terms = |listing: &Listing| listing.terms[..usize::from(listing.terms_len)].to_vec();
    let takes_orders =
        |listing: &Listing| listing.status == status::ACTIVE && (unclaimed || listing.claimed == 1);
    let has = |key: &Pubkey, listing: &Listing, modes: &[u8]| {
        let mut terms = terms(listing).into_iter();
        takes_orders(listing)
            && terms.any(|term| modes.contains(&term.mode) && sells(key, listing, &term))
    };
    // Derivatives first, half of the time.
    let bears = scene.dice.chance(50);
    let found = scene
        .listing(|key, listing| bears && listing.royalty_ppm > 0 && has(key, listing, &[sought]))
        .or_else(|| scene.listing(|key, listing| has(key, listing, &[sought])))
        .or_else(|| scene.listing(|key, listing| has(key, listing, &[1, 2, 3, 4])));
    let (address, listing) = found?;
    let mut places: Vec<(u8, PriceTerm)> = (0u8..).zip(terms(&listing)).collect();
    places.sort_by_key(|(_, term)| (!sells(&address, &listing, term), term.mode != sought));
    let (index, term) = *places.first()?;
    Some((address, *listing, index, term))
}

/// What a buyer sees of a listing without a price.
fn seen(scene: &mut Scene, listing: &Listing) -> Option<OpenArgs> {
    let config = scene.state().escrow_config()?;
    let lasts = scene.dice.pick([1, 3_600, DAY, 7 * DAY]);
    let lasts = scene.or(lasts, |scene| scene.dice.pick([0, 7 * DAY + 1]));
    let mut args = OpenArgs {
        key: scene.key(),
        valid_until: scene.now() + lasts,
        quantity: 1,
        price: 0,
        max_total: 0,
        version: listing.version,
        term: 0,
        mode: mode::ONE_TIME,
        unit: [0; 32],
        delivery_window: config.delivery_window,
        dispute_window: config.dispute_window,
        arbitration_period: config.arbitration_period,
        bond_ppm: config.bond_ppm,
        manifest_hash: listing.manifest_hash,
        buyer_key: [0; 32],
        period: 0,
        ends_at: 0,
    };
    if scene.blind() {
        match scene.dice.below(6) {
            0 => args.version += 1,
            1 => args.manifest_hash[0] ^= 1,
            2 => args.delivery_window += 1,
            3 => args.arbitration_period += 1,
            4 => args.bond_ppm += 1,
            _ => args.dispute_window += 1,
        }
    }
    Some(args)
}
