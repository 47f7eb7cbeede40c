//! What each action comes to in the state at hand.

mod assembly;
mod court;
mod disputes;
mod drafts;
mod earning;
mod hostile;
mod institutions;
mod listings;
mod opening;
mod orders;
mod reviews;
mod rewards;
mod rulings;
mod sessions;
mod settings;
mod surroundings;
mod times;

use solana_program::instruction::Instruction;

use crate::{
    call::{Act, Call},
    scene::Scene,
    step::{Action, Step},
    world::World,
};

pub use {
    assembly::read,
    court::may_finish,
    orders::to_those_who_take,
    surroundings::deadlines,
    times::{of_archive, phases},
};

/// What a step does; `None` where the state offers nothing to do it to.
pub fn resolve(world: &World, step: &Step) -> Option<Act> {
    let mut scene = Scene::new(world, step.dice);
    match step.action {
        Action::Again => return Some(Act::Send(Box::new(world.last.clone()?))),
        Action::Twice => return Some(Act::Send(Box::new(hostile::twice(world.last.as_ref()?)))),
        _ => {}
    }
    if let Some(change) = surroundings::change(&mut scene, step.action) {
        return change.map(Act::Change);
    }
    let mut call = call(&mut scene, step.action)?;
    hostile::meddle(&mut scene, &mut call);
    // Nobody signs for an address that is no actor's.
    let signed = call.signers().iter().all(|key| world.cast.has(key));
    signed.then(|| Act::Send(Box::new(call)))
}

fn call(scene: &mut Scene, action: Action) -> Option<Call> {
    let one = |instruction: Option<Instruction>| instruction.map(Call::of);
    match action {
        Action::InitializeListing => one(settings::initialize_listing(scene)),
        Action::UpdateListingConfig => one(settings::update_listing_config(scene)),
        Action::AcceptListingConfig => one(settings::accept_listing_config(scene)),
        Action::InitializeEscrow => one(settings::initialize_escrow(scene)),
        Action::UpdateEscrowConfig => one(settings::update_escrow_config(scene)),
        Action::AcceptEscrowConfig => one(settings::accept_escrow_config(scene)),
        Action::AllowMint => one(settings::allow_mint(scene)),
        Action::UpdateMint => one(settings::update_mint(scene)),
        Action::WithdrawTreasury => one(settings::withdraw_treasury(scene)),
        Action::SetProfile => one(listings::set_profile(scene)),
        Action::VerifyProfile => one(listings::verify_profile(scene)),
        Action::Register => one(drafts::register(scene)),
        Action::AddEdge => one(drafts::add_edge(scene)),
        Action::RemoveEdge => one(drafts::remove_edge(scene)),
        Action::CloseRoyaltyTable => one(drafts::close_royalty_table(scene)),
        Action::DiscardDraft => one(drafts::discard_draft(scene)),
        Action::Activate => one(drafts::activate(scene)),
        Action::UpdateTerms => one(listings::update_terms(scene)),
        Action::PublishVersion => one(listings::publish_version(scene)),
        Action::Pause => one(listings::pause(scene)),
        Action::Resume => one(listings::resume(scene)),
        Action::Retire => one(listings::retire(scene)),
        Action::ProposeAuthority => one(listings::propose_authority(scene)),
        Action::AcceptAuthority => one(listings::accept_authority(scene)),
        Action::SetPayout => one(listings::set_payout(scene)),
        Action::SetOperator => one(listings::set_operator(scene)),
        Action::GrantLicense => one(listings::grant_license(scene)),
        Action::RevokeLicense => one(listings::revoke_license(scene)),
        Action::OpenPool => one(listings::open_pool(scene)),
        Action::Forward => one(listings::forward(scene)),
        Action::PostReview => one(reviews::post_review(scene)),
        Action::EditReview => one(reviews::edit_review(scene)),
        Action::ProveEdge => one(reviews::prove_edge(scene)),
        Action::SetDefaultRoyalty => one(settings::set_default_royalty(scene)),
        Action::ApplyEdgeRuling => one(rulings::apply_edge_ruling(scene)),
        Action::OpenOrder => opening::open_order(scene),
        Action::Suspend => one(settings::set_suspended(scene)),
        Action::ApplyVersionRuling => one(settings::apply_version_ruling(scene)),
        Action::OpenFree => opening::open_free(scene),
        Action::Deliver => one(orders::deliver(scene)),
        Action::Settle => one(orders::settle(scene)),
        Action::Refund => one(orders::refund(scene)),
        Action::RefundBySeller => one(orders::refund_by_seller(scene)),
        Action::Withdraw => one(orders::withdraw(scene)),
        Action::CloseOrder => one(orders::close_order(scene)),
        Action::RecordFees => orders::record_fees(scene),
        Action::TopUp => one(earning::top_up(scene)),
        Action::Redeem => earning::redeem(scene),
        Action::Authorise => one(earning::authorise(scene)),
        Action::Confirm => one(earning::confirm(scene)),
        Action::End => one(earning::end(scene)),
        Action::OpenDispute => one(disputes::open_dispute(scene)),
        Action::Concede => one(disputes::concede(scene)),
        Action::ApplyRuling => one(disputes::apply_ruling(scene)),
        Action::LapseDispute => one(disputes::lapse_dispute(scene)),
        Action::OpenSession => one(sessions::open_session(scene)),
        Action::RevokeSession => one(sessions::revoke_session(scene)),
        Action::CloseSession => one(sessions::close_session(scene)),
        Action::InitializeReward => one(institutions::initialize_reward(scene)),
        Action::UpdateReward => one(institutions::update_reward(scene)),
        Action::AcceptReward => one(institutions::accept_reward(scene)),
        Action::SetRate => one(institutions::set_rate(scene)),
        Action::OpenEpoch => one(rewards::open_epoch(scene)),
        Action::FinishEpoch => one(rewards::finish_epoch(scene)),
        Action::Claim => one(rewards::claim(scene)),
        Action::ExpireEpoch => one(rewards::expire_epoch(scene)),
        Action::ClosePoints => one(rewards::close_points(scene)),
        Action::RecordAlone => one(rewards::record_alone(scene)),
        Action::Lock => one(rewards::lock(scene)),
        Action::RequestUnlock => one(rewards::request_unlock(scene)),
        Action::WithdrawPosition => one(rewards::withdraw_position(scene)),
        Action::Attest => one(rewards::attest(scene)),
        Action::SlashAttestation => one(rewards::slash(scene)),
        Action::CloseAttestation => one(rewards::close_attestation(scene)),
        Action::InitializeDao => one(institutions::initialize_dao(scene)),
        Action::UpdateDao => one(institutions::update_dao(scene)),
        Action::AcceptDao => one(institutions::accept_dao(scene)),
        Action::OpenOrderCase => one(court::open_order_case(scene)),
        Action::OpenVersionCase => one(court::open_version_case(scene)),
        Action::OpenEdgeCase => one(rulings::open_edge_case(scene)),
        Action::SubmitEvidence => one(court::submit_evidence(scene)),
        Action::Commit => one(court::commit(scene)),
        Action::Reveal => one(court::reveal(scene)),
        Action::TallyRound => one(court::tally(scene)),
        Action::Appeal => one(court::appeal(scene)),
        Action::FinishDispute => one(court::finish(scene)),
        Action::SettleJuror => one(court::settle_juror(scene)),
        Action::PayBond => one(court::pay_bond(scene)),
        Action::CloseDispute => one(court::close_dispute(scene)),
        Action::InitializeGovernance => one(institutions::initialize_governance(scene)),
        Action::Propose => one(assembly::propose(scene)),
        Action::Decree => one(assembly::decree(scene)),
        Action::Cast => one(assembly::cast(scene)),
        Action::ChangeVote => one(assembly::change_vote(scene)),
        Action::Conclude => one(assembly::conclude(scene)),
        Action::Veto => one(assembly::veto(scene)),
        Action::Execute => one(assembly::execute(scene)),
        Action::Expire => one(assembly::expire(scene)),
        Action::PayDeposit => one(assembly::pay_deposit(scene)),
        Action::CloseVote => one(assembly::close_vote(scene)),
        Action::CloseProposal => one(assembly::close_proposal(scene)),
        Action::PauseProgram => one(assembly::pause(scene)),
        Action::UnpauseProgram => one(assembly::unpause(scene)),
        Action::GiveSettings => institutions::give_settings(scene),
        Action::HandOver => one(institutions::hand_over(scene)),
        Action::ReclaimExcess => one(surroundings::reclaim_excess(scene)),
        Action::GiveAway => one(surroundings::give_away(scene)),
        Action::CloseTokens => surroundings::close_tokens(scene),
        Action::OpenTokens => one(surroundings::open_tokens(scene)),
        Action::SendTokens => surroundings::send_tokens(scene),
        Action::SendLamports => one(surroundings::send_lamports(scene)),
        // Handled before.
        Action::Again
        | Action::Twice
        | Action::Endow
        | Action::GiveUpgrades
        | Action::Wait
        | Action::WaitForDeadline
        | Action::WaitForCourt
        | Action::Mature
        | Action::Freeze
        | Action::Thaw
        | Action::DemandMemo
        | Action::Rule
        | Action::ChangeRent => None,
    }
}
