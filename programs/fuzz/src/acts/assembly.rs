//! Proposals: made, voted on, carried out; the guardians' vetoes and pauses.

use std::rc::Rc;

use common::voting::MIN_AGE;
use dao::{
    actions::Transfer,
    state::{Proposal, action, bond_state, program, proposal_status, vote_choice},
};
use escrow::instructions::ConfigArgs as EscrowArgs;
use listing::state::status;
use pedigree_sdk::{
    instructions::dao::{self as ix, Action},
    pda,
};
use reward::instructions::ConfigArgs as RewardArgs;
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::{
    institutions::{court_args, governance_args, guardians, rate},
    rewards::{a_position, a_taker},
    settings::config_args,
};
use crate::{cast::Role, scene::Scene, state::State};

/// Something that could be carried out: of programs whose settings are the dao's, or of the dao itself; seldom of others.
fn an_action(scene: &mut Scene) -> Option<Action> {
    let (state, dao) = (scene.state(), pda::dao_authority().0);
    let bold = scene.dice.chance(10);
    let holds = |authority: Option<Pubkey>| bold || authority == Some(dao);
    let listing = holds(state.listing_config().map(|config| config.authority));
    let escrow = holds(state.escrow_config().map(|config| config.authority));
    let reward = holds(state.reward_config().map(|config| config.authority));
    let court = holds(state.dao_config().map(|config| config.authority));
    let mint = scene.dice.pick(scene.world.mints.clean);
    let kinds = [
        (action::TRANSFER, true),
        (action::SET_GUARDIANS, true),
        (action::UPDATE_GOVERNANCE, true),
        (action::UPDATE_DAO, court),
        (action::UPDATE_LISTING, listing),
        (action::VERIFY, listing),
        (action::SUSPEND, listing),
        (action::SET_DEFAULT_ROYALTY, listing),
        (action::UPDATE_ESCROW, escrow),
        (action::ALLOW_MINT, escrow),
        (action::UPDATE_MINT, escrow),
        (action::UPDATE_REWARD, reward),
        (action::SET_RATE, reward),
    ];
    let open: Vec<u8> = kinds
        .iter()
        .filter(|(_, open)| *open)
        .map(|(kind, _)| *kind)
        .collect();
    // A pause is soon over.
    let paused = scene.dice.chance(5);
    Some(match *scene.dice.choose(&open)? {
        action::TRANSFER => {
            let held = state.balance(&mint.associated(&dao));
            let amount = scene.amount(held / 4);
            Action::Transfer {
                mint: mint.address,
                token_program: mint.program,
                transfer: Transfer {
                    to: scene.anyone(),
                    amount,
                },
            }
        }
        action::SET_GUARDIANS => Action::SetGuardians(guardians(scene)),
        action::UPDATE_GOVERNANCE => Action::UpdateGovernance(governance_args(scene)),
        action::UPDATE_DAO => Action::UpdateDao(court_args(scene)),
        action::UPDATE_LISTING => Action::UpdateListing { paused },
        action::VERIFY => {
            let (_, profile) = scene.find(&state.profiles, |_, _| true)?;
            Action::Verify {
                publisher: profile.publisher,
                verified: scene.dice.chance(70),
                name_hash: profile.name_hash(),
            }
        }
        action::SUSPEND => {
            let (listing, found) = scene.listing(|_, listing| listing.activated_slot > 0)?;
            Action::Suspend {
                listing,
                suspends: found.status != status::SUSPENDED,
            }
        }
        action::SET_DEFAULT_ROYALTY => Action::SetDefaultRoyalty {
            royalty_ppm: scene.dice.pick([0, 1, 50_000, 300_000, 800_001]),
        },
        action::UPDATE_ESCROW => Action::UpdateEscrow(EscrowArgs {
            paused,
            ..config_args(scene)
        }),
        action::ALLOW_MINT => {
            let mut clean = scene.world.mints.clean.iter();
            let next = clean.rfind(|mint| state.mint(&mint.address).is_none());
            let mint = next.copied().unwrap_or(mint);
            Action::AllowMint {
                mint: mint.address,
                token_program: mint.program,
                max_deposit: u64::MAX,
            }
        }
        action::UPDATE_MINT => {
            let (_, settings) = scene.find(&state.mints, |_, _| true)?;
            Action::UpdateMint {
                mint: settings.mint,
                enabled: scene.dice.chance(80),
                max_deposit: scene.dice.pick([u64::MAX, 5_000_000]),
            }
        }
        action::UPDATE_REWARD => {
            let config = state.reward_config()?;
            let nobody = Pubkey::default();
            Action::UpdateReward(RewardArgs {
                paused,
                pending_authority: scene.or(nobody, Scene::anyone),
                ..RewardArgs::of(config)
            })
        }
        _ => {
            let (rate, price) = rate(scene);
            let mint = mint.address;
            Action::SetRate { mint, rate, price }
        }
    })
}

fn next_number(scene: &mut Scene) -> Option<u64> {
    let next = scene.state().governance()?.proposals + 1;
    Some(scene.or(next, |_| next - 1))
}

/// By the owner of what was locked a week ago; blindly of less.
pub fn propose(scene: &mut Scene) -> Option<Instruction> {
    let (number, now) = (next_number(scene)?, scene.now());
    let (key, position) = a_position(scene, |position| {
        position.locked_at + MIN_AGE <= now && position.unlock_at == 0 && position.amount > 0
    })?;
    let owner = scene.signer(&position.owner);
    let source = a_taker(scene, &owner)?;
    let (payer, action) = (scene.payer(&owner), an_action(scene)?);
    let text = scene.dice.bytes();
    Some(ix::propose(
        &owner, &payer, &key, &source, number, &action, text,
    ))
}

/// By the steward, while there is one.
pub fn decree(scene: &mut Scene) -> Option<Instruction> {
    let number = next_number(scene)?;
    let steward = scene.state().governance()?.steward;
    let steward = if scene.world.cast.has(&steward) {
        steward
    } else {
        scene.one(Role::Steward)
    };
    let signer = scene.signer(&steward);
    let (payer, action) = (scene.payer(&signer), an_action(scene)?);
    Some(ix::decree(
        &signer,
        &payer,
        number,
        &action,
        scene.dice.bytes(),
    ))
}

fn a_proposal(
    scene: &mut Scene,
    fits: impl Fn(&Proposal) -> bool,
) -> Option<(Pubkey, Rc<Proposal>)> {
    scene.find(&scene.state().proposals, |_, proposal| fits(proposal))
}

/// Mostly for it.
pub fn cast(scene: &mut Scene) -> Option<Instruction> {
    let (state, now) = (scene.state(), scene.now());
    let (address, proposal) = a_proposal(scene, |proposal| {
        proposal.status == proposal_status::VOTING && now < proposal.ends_at
    })?;
    let known = &scene.world.memory.votes;
    let voted = |position: &Pubkey| {
        let mut votes = known.values();
        votes.any(|vote| (vote.proposal, vote.position) == (address, *position))
    };
    let (key, position) = scene.find(&state.positions, |key, position| {
        let old = position.locked_at + MIN_AGE <= proposal.proposed_at;
        old && position.unlock_at == 0 && position.amount > 0 && !voted(key)
    })?;
    let owner = scene.signer(&position.owner);
    let (yes, no) = (vote_choice::YES, vote_choice::NO);
    let choice = scene
        .dice
        .pick([yes, yes, yes, yes, no, vote_choice::ABSTAIN]);
    let choice = scene.or(choice, |scene| scene.dice.pick([0, 4]));
    Some(ix::cast(&owner, &key, proposal.number, choice))
}

pub fn change_vote(scene: &mut Scene) -> Option<Instruction> {
    let (state, now) = (scene.state(), scene.now());
    let (key, vote) = scene.find(&state.votes, |_, vote| {
        let proposal = state.proposals.get(&pda::proposal(vote.proposal).0);
        proposal.is_some_and(|proposal| {
            proposal.status == proposal_status::VOTING && now < proposal.ends_at
        })
    })?;
    let position = scene.world.memory.votes.get(&key)?.position;
    let other = vote.choice % 3 + 1;
    let choice = scene.or(other, |_| vote.choice);
    let owner = scene.signer(&vote.owner);
    Some(ix::change_vote(&owner, &position, vote.proposal, choice))
}

pub fn conclude(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (_, proposal) = a_proposal(scene, |proposal| {
        proposal.status == proposal_status::VOTING && now >= proposal.ends_at
    })?;
    Some(ix::conclude(proposal.number))
}

/// As many guardians as it takes, or blindly one fewer.
fn signing(scene: &mut Scene) -> Option<Vec<Pubkey>> {
    let governance = scene.state().governance()?;
    let cast = &scene.world.cast;
    let named = governance.guardians.iter().filter(|key| cast.has(key));
    let count = usize::from(governance.guardian_threshold);
    let count = scene.or(count, |_| count.saturating_sub(1));
    Some(named.take(count).copied().collect())
}

pub fn veto(scene: &mut Scene) -> Option<Instruction> {
    let (_, proposal) = a_proposal(scene, |proposal| {
        let open = [proposal_status::VOTING, proposal_status::QUEUED].contains(&proposal.status);
        open && proposal.action != action::SET_GUARDIANS
    })?;
    Some(ix::veto(proposal.number, &signing(scene)?))
}

/// What is queued, as its account says it.
pub fn execute(scene: &mut Scene) -> Option<Instruction> {
    const EXECUTABLE: i64 = 30 * 86_400;
    let (state, now) = (scene.state(), scene.now());
    let (_, proposal) = a_proposal(scene, |proposal| {
        let open = proposal.execute_from..proposal.execute_from + EXECUTABLE;
        proposal.status == proposal_status::QUEUED && open.contains(&now)
    })?;
    let action = read(state, &proposal)?;
    let executor = scene.mostly(Role::Stranger);
    let payer = scene.or(proposal.rent_payer, Scene::anyone);
    Some(ix::execute(&executor, proposal.number, &action, &payer))
}

/// A proposal's action, with the mint, token program or publisher that the account which it changes tells of.
pub fn read(state: &State, proposal: &Proposal) -> Option<Action> {
    let (target, nobody) = (&proposal.target, Pubkey::default());
    let (about, program) = match proposal.action {
        action::ALLOW_MINT | action::SET_RATE => (*target, state.program(target)?),
        action::UPDATE_MINT => (state.mints.get(target)?.mint, nobody),
        action::VERIFY => (state.profiles.get(target)?.publisher, nobody),
        action::TRANSFER => {
            let token = state.tokens.get(target)?;
            (token.mint, token.program)
        }
        _ => (nobody, nobody),
    };
    Action::read(proposal, &about, &program)
}

pub fn expire(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (_, proposal) = a_proposal(scene, |proposal| {
        let mut copy = *proposal;
        copy.expire(now).is_ok()
    })?;
    Some(ix::expire(proposal.number))
}

/// To who proposed it, or to the dao where it was lost; blindly elsewhere.
pub fn pay_deposit(scene: &mut Scene) -> Option<Instruction> {
    let (_, proposal) = a_proposal(scene, |proposal| {
        [bond_state::DUE, bond_state::LOST].contains(&proposal.deposit_state)
    })?;
    let owner = if proposal.deposit_state == bond_state::LOST {
        pda::dao_authority().0
    } else {
        proposal.proposer
    };
    let other = scene
        .dice
        .chance(20)
        .then(|| a_taker(scene, &owner))
        .flatten();
    let to = scene.or(other, |scene| {
        let anyone = scene.anyone();
        a_taker(scene, &anyone)
    });
    Some(ix::pay_deposit(proposal.number, &owner, to.as_ref()))
}

pub fn close_vote(scene: &mut Scene) -> Option<Instruction> {
    let (state, now) = (scene.state(), scene.now());
    let (key, vote) = scene.find(&state.votes, |_, vote| {
        let proposal = state.proposals.get(&pda::proposal(vote.proposal).0);
        proposal.is_some_and(|proposal| {
            let mut copy = **proposal;
            copy.close_vote(now).is_ok()
        })
    })?;
    let position = scene.world.memory.votes.get(&key)?.position;
    let closer = scene.mostly(Role::Stranger);
    let owner = scene.or(vote.owner, Scene::anyone);
    Some(ix::close_vote(&closer, &owner, &position, vote.proposal))
}

pub fn close_proposal(scene: &mut Scene) -> Option<Instruction> {
    let now = scene.now();
    let (_, proposal) = a_proposal(scene, |proposal| proposal.check_closable(now).is_ok())?;
    let closer = scene.mostly(Role::Stranger);
    let payer = scene.or(proposal.rent_payer, Scene::anyone);
    Some(ix::close_proposal(&closer, proposal.number, &payer))
}

/// Of a program whose settings are the dao's; seldom of another.
pub fn pause(scene: &mut Scene) -> Option<Instruction> {
    let (state, dao) = (scene.state(), pda::dao_authority().0);
    state.governance()?;
    let held = [
        (program::LISTING, state.listing_config()?.authority),
        (program::ESCROW, state.escrow_config()?.authority),
        (program::REWARD, state.reward_config()?.authority),
    ];
    let held: Vec<u8> = held
        .iter()
        .filter(|(_, authority)| *authority == dao)
        .map(|(which, _)| *which)
        .collect();
    let chosen = scene.dice.choose(&held).copied();
    let which = match chosen {
        Some(which) => scene.or(which, |scene| scene.dice.pick([0, 4, 5])),
        None if scene.dice.chance(5) => program::ESCROW,
        None => return None,
    };
    Some(ix::pause(which, &signing(scene)?))
}

/// By guardians, or by anyone once it has run out.
pub fn unpause(scene: &mut Scene) -> Option<Instruction> {
    let paused = scene.state().governance()?.paused;
    let all = [program::LISTING, program::ESCROW, program::REWARD];
    let which: Vec<u8> = all
        .into_iter()
        .filter(|which| paused & (1 << which) != 0)
        .collect();
    let which = *scene.dice.choose(&which)?;
    let by_anyone = scene.dice.chance(50);
    let guardians = if by_anyone { vec![] } else { signing(scene)? };
    Some(ix::unpause(which, &guardians))
}
