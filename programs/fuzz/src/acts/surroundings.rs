//! What happens around the programs: time, issuers, the dao, wallets that do with their own accounts as they like.

use std::collections::BTreeSet;

use anchor_lang::bytemuck::Zeroable;
use common::{
    dispute::{DisputeHead, dispute_status},
    receipt::state as order_state,
};
use escrow::state::Order;
use pedigree_sdk::{
    instructions::{
        dao as dao_ix, escrow as escrow_ix, listing as listing_ix, reward as reward_ix, token,
    },
    pda,
    programs::{DAO, ESCROW, REWARD, SYSTEM, TOKEN_2022},
};
use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};

use super::{disputes::dispute_of, institutions, times};
use crate::{
    call::{Call, Change, Move},
    cast::Role,
    scene::Scene,
    state::{State, Token},
    step::Action,
    world::token as own_token,
};

const DAY: i64 = 86_400;

/// A change by hand; the outer `None` where the action is none.
pub fn change(scene: &mut Scene, action: Action) -> Option<Option<Change>> {
    let own = pda::token().0;
    Some(match action {
        Action::Wait => {
            let short = scene.dice.pick([0, 1, 1, 5, 30, 60, 60, 600, 600, 3_600]);
            let long = scene.dice.pick([7_200, DAY, DAY, 8 * DAY, 31 * DAY]);
            let seconds = if scene.dice.chance(90) { short } else { long };
            Some(wait(scene, seconds))
        }
        Action::WaitForDeadline => wait_for_deadline(scene),
        Action::WaitForCourt => wait_for_court(scene),
        Action::Mature => Some(wait(scene, 15 * DAY)),
        Action::Endow => institutions::endow(scene),
        Action::GiveUpgrades => institutions::give_upgrades(scene),
        // Nobody can freeze the reward program's token.
        Action::Freeze => a_token_account(scene, |token| !token.frozen && token.mint != own)
            .map(|account| Change::Frozen(account, true)),
        Action::Thaw => a_token_account(scene, |token| token.frozen)
            .map(|account| Change::Frozen(account, false)),
        Action::DemandMemo => {
            let found = a_wallets_account(scene, |token| {
                token.program == TOKEN_2022 && !token.demands_memo
            });
            found.map(|(account, _)| Change::Memo(account))
        }
        Action::Rule => rule(scene),
        Action::ChangeRent => Some(Change::Rent(scene.dice.pick([696, 5_080, 6_960]))),
        _ => return None,
    })
}

/// Slots pass with the seconds, and now and then without any. What the court is at is mostly not passed over.
fn wait(scene: &mut Scene, seconds: i64) -> Change {
    let now = scene.now();
    let next = times::of_court(scene.state()).filter(|at| *at > now).min();
    let seconds = match next {
        Some(at) if at < now + seconds && scene.dice.chance(80) => at - now,
        _ => seconds,
    };
    let slots = if seconds > 0 {
        scene.dice.pick([1, 2, 5])
    } else {
        scene.dice.pick([0, 1])
    };
    Change::Time {
        at: scene.now() + seconds,
        slots,
    }
}

/// The second before one of the next deadlines, its own second, or the one after; seldom of a later one.
fn wait_for_deadline(scene: &mut Scene) -> Option<Change> {
    let now = scene.now();
    let near = scene.dice.pick([2, 2, 4, 4, 12]);
    let deadline = if scene.dice.chance(40) {
        next_boundary(scene)
    } else {
        let all = deadlines(scene.state());
        let next: Vec<_> = all.into_iter().filter(|at| *at > now).take(near).collect();
        scene.dice.choose(&next).copied()
    };
    let at = deadline? + scene.dice.pick([-1, 0, 0, 1, 1]);
    Some(wait(scene, at.max(now) - now))
}

/// The same of what the reward program and the dao do alone.
fn wait_for_court(scene: &mut Scene) -> Option<Change> {
    let now = scene.now();
    let state = scene.state();
    // Mostly of what is being ruled on, seldom of what is long over.
    let mut all: BTreeSet<i64> = times::of_court(state).collect();
    all.extend(times::of_proposals(state));
    if all.is_empty() || scene.dice.chance(30) {
        all.extend(times::of_rewards(state));
    }
    if scene.dice.chance(7) {
        all = times::of_archive(state).collect();
    }
    let near = scene.dice.pick([1, 1, 1, 2, 4]);
    let next: Vec<_> = all.into_iter().filter(|at| *at > now).take(near).collect();
    let at = scene.dice.choose(&next)? + scene.dice.pick([-1, 0, 0, 0, 1]);
    Some(wait(scene, at.max(now) - now))
}

/// When a lease's or a subscription's next unit starts.
fn next_boundary(scene: &mut Scene) -> Option<i64> {
    let now = scene.now();
    let (_, order) =
        scene.order(|order| !order.is_final() && order.period > 0 && now < order.ends_at)?;
    let period = i64::from(order.period).max(1);
    Some(order.opened_at + ((now - order.opened_at) / period + 1) * period)
}

/// Every time at which something becomes possible or impossible.
pub fn deadlines(state: &State) -> BTreeSet<i64> {
    let mut all = BTreeSet::new();
    for order in state.orders.values() {
        all.insert(order.valid_until + 1);
        if order.is_final() {
            continue;
        }
        all.extend([
            order.deliver_by,
            order.settle_after,
            order.matures_at,
            order.ends_at,
            order.arbitrate_by,
            order.ends_at + i64::from(order.period),
        ]);
        if order.period > 0 {
            let (period, window) = (i64::from(order.period), i64::from(order.dispute_window));
            let next = order.opened_at + ((state.now - order.opened_at) / period + 1) * period;
            all.extend([next, next + window]);
        }
    }
    all.extend(state.sessions.values().map(|session| session.expires_at));
    let drafts = state.listings.values().filter(|l| l.activated_slot == 0);
    all.extend(drafts.map(|draft| draft.created_at + 7 * DAY + 1));
    all.extend(state.grants.values().map(|grant| grant.expires_at));
    all.extend(times::of_rewards(state));
    all.extend(times::of_court(state));
    all.extend(times::of_proposals(state));
    all
}

/// Any token account: a wallet's, a vault, a pool, a treasury.
fn a_token_account(scene: &mut Scene, fits: impl Fn(&Token) -> bool) -> Option<Pubkey> {
    let tokens = scene.state().tokens.iter();
    let fitting: Vec<_> = tokens
        .filter(|(_, token)| fits(token))
        .map(|(key, _)| *key)
        .collect();
    scene.dice.choose(&fitting).copied()
}

/// A token account that an actor owns.
fn a_wallets_account(scene: &mut Scene, fits: impl Fn(&Token) -> bool) -> Option<(Pubkey, Token)> {
    let cast = scene.world.cast.clone();
    let account = a_token_account(scene, |token| cast.has(&token.owner) && fits(token))?;
    Some((account, scene.state().tokens[&account]))
}

/// A ruling such as the court never makes: of a share that there is not, or of something else. An order's real ones are the
/// court's.
fn rule(scene: &mut Scene) -> Option<Change> {
    let state = scene.state();
    let (subject, order) = scene.find(&state.orders, |address, order| {
        let found = state.rulings.get(&dispute_of(address, order));
        order.contested > 0 && found.is_none()
    })?;
    let address = dispute_of(&subject, &order);
    if order.contested == 0 || state.rulings.contains_key(&address) {
        return None;
    }
    let foreign = scene.dice.chance(50);
    let head = DisputeHead {
        layout: 1,
        status: dispute_status::FINAL,
        share: if foreign { 50 } else { 33 },
        number: order.disputes,
        born_slot: 1,
        seq: 1,
        subject: if foreign { scene.anyone() } else { subject },
        subject_hash: order.params_hash,
        ..DisputeHead::zeroed()
    };
    Some(Change::Ruling(address, head))
}

/// Anyone sends what an account of the programs holds above its rent to who paid that; with a ledger mostly its pool's too.
pub fn reclaim_excess(scene: &mut Scene) -> Option<Instruction> {
    let state = scene.state();
    let all = state.rent_payers();
    let pool = |key: &Pubkey| state.ledgers.get(key).map(|ledger| ledger.pool);
    let excess = |key: &Pubkey| state.excess(key) + pool(key).map_or(0, |pool| state.excess(&pool));
    let with_excess: Vec<_> = all.iter().filter(|(key, _)| excess(key) > 0).collect();
    let (account, payer) = match scene.dice.choose(&with_excess) {
        Some(found) => **found,
        None => *scene.dice.choose(&all)?,
    };
    let payer = scene.or(payer, Scene::anyone);
    match state.program(&account) {
        Some(ESCROW) => return Some(escrow_ix::reclaim_excess(&account, &payer)),
        Some(REWARD) => return Some(reward_ix::reclaim_excess(&account, &payer)),
        Some(DAO) => return Some(dao_ix::reclaim_excess(&account, &payer)),
        _ => {}
    }
    let ledger = state.ledgers.get(&account);
    let pool = ledger.map(|ledger| (ledger.pool, ledger.token_program));
    let pool = pool.filter(|_| scene.dice.chance(80));
    Some(listing_ix::reclaim_excess(account, payer, pool))
}

/// An actor gives a token account of its own away, with what is in it.
pub fn give_away(scene: &mut Scene) -> Option<Instruction> {
    const SET_AUTHORITY: [u8; 3] = [6, 2, 1];
    let (account, token) = a_wallets_account(scene, |token| !token.frozen)?;
    let new = scene.anyone();
    Some(Instruction {
        program_id: token.program,
        accounts: vec![
            AccountMeta::new(account, false),
            AccountMeta::new_readonly(token.owner, true),
        ],
        data: [&SET_AUTHORITY[..], new.as_ref()].concat(),
    })
}

/// An actor closes a token account of its own; what is in it goes to another.
pub fn close_tokens(scene: &mut Scene) -> Option<Call> {
    const CLOSE_ACCOUNT: u8 = 9;
    let (account, token) = a_wallets_account(scene, |token| !token.frozen)?;
    let mut call = Call::default();
    if token.amount > 0 {
        let to = another(scene, &account, &token)?;
        call = transfer(scene, &account, &token, &to, token.amount)?;
    }
    call.instructions.push(Instruction {
        program_id: token.program,
        accounts: vec![
            AccountMeta::new(account, false),
            AccountMeta::new(token.owner, false),
            AccountMeta::new_readonly(token.owner, true),
        ],
        data: vec![CLOSE_ACCOUNT],
    });
    Some(call)
}

/// Another account in the same mint that takes transfers: of an actor.
fn another(scene: &mut Scene, account: &Pubkey, token: &Token) -> Option<Pubkey> {
    let cast = scene.world.cast.clone();
    let tokens = scene.state().tokens.iter();
    let others: Vec<_> = tokens
        .filter(|(key, other)| {
            *key != account && other.takes(&token.mint, &other.owner) && cast.has(&other.owner)
        })
        .map(|(key, _)| *key)
        .collect();
    scene.dice.choose(&others).copied()
}

fn transfer(scene: &Scene, from: &Pubkey, token: &Token, to: &Pubkey, amount: u64) -> Option<Call> {
    const TRANSFER_CHECKED: u8 = 12;
    let mint = scene.world.mint(&token.mint)?;
    let mut data = vec![TRANSFER_CHECKED];
    data.extend(amount.to_le_bytes());
    data.push(mint.decimals);
    let instruction = Instruction {
        program_id: token.program,
        accounts: vec![
            AccountMeta::new(*from, false),
            AccountMeta::new_readonly(mint.address, false),
            AccountMeta::new(*to, false),
            AccountMeta::new_readonly(token.owner, true),
        ],
        data,
    };
    Some(Call {
        moves: vec![Move {
            from: *from,
            to: *to,
            amount,
        }],
        ..Call::of(instruction)
    })
}

/// Anyone makes the associated token account of an actor.
pub fn open_tokens(scene: &mut Scene) -> Option<Instruction> {
    let [a, b, c] = scene.world.mints.clean;
    let (wallet, mint) = (scene.anyone(), scene.dice.pick([a, b, c, own_token()]));
    let payer = scene.one(Role::Sponsor);
    Some(token::create_associated(
        &payer,
        &wallet,
        &mint.address,
        &mint.program,
    ))
}

/// Dust for whatever holds tokens: a vault, a pool, a treasury, a wallet.
pub fn send_tokens(scene: &mut Scene) -> Option<Call> {
    let (from, token) = a_wallets_account(scene, |token| !token.frozen && token.amount > 0)?;
    let programs_own = scene.dice.chance(75);
    let state = scene.state();
    let to = a_token_account(scene, |other| {
        let own = state.is_ours(&other.owner);
        own == programs_own && other.mint == token.mint
    })?;
    let amount = scene.dice.pick([1, 2, 1_000]).min(token.amount);
    (from != to)
        .then(|| transfer(scene, &from, &token, &to, amount))
        .flatten()
}

/// Lamports for an account of the programs, for a vault, or for what is not there yet.
pub fn send_lamports(scene: &mut Scene) -> Option<Instruction> {
    const TRANSFER: u32 = 2;
    let state = scene.state();
    let vaults = state.orders.values().map(|order| order.vault);
    let settled = |order: &Order| order.head.state == order_state::SETTLED;
    let settled = state.orders.iter().filter(|(_, order)| settled(order));
    let reviews =
        settled.map(|(key, order)| pda::review(&order.head.listing, key, order.head.born_slot));
    let ledgers = state.ledgers.iter();
    let dao = state.disputes.keys().chain(state.proposals.keys());
    let dao = dao.chain(state.positions.keys()).chain(state.epochs.keys());
    let all: Vec<Pubkey> = state
        .orders
        .keys()
        .copied()
        .chain(vaults)
        .chain(state.sessions.keys().copied())
        .chain(reviews)
        .chain(ledgers.flat_map(|(key, ledger)| [*key, ledger.pool]))
        .chain(dao.copied())
        .collect();
    let to = *scene.dice.choose(&all)?;
    let from = scene.one(Role::Stranger);
    let lamports: u64 = scene.dice.pick([1_000_000, 5_000_000]);
    Some(Instruction {
        program_id: SYSTEM,
        accounts: vec![AccountMeta::new(from, true), AccountMeta::new(to, false)],
        data: [&TRANSFER.to_le_bytes()[..], &lamports.to_le_bytes()].concat(),
    })
}
