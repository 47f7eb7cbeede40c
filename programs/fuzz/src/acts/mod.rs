//! What each action comes to in the state at hand.

mod disputes;
mod drafts;
mod earning;
mod hostile;
mod listings;
mod opening;
mod orders;
mod reviews;
mod rulings;
mod sessions;
mod settings;
mod surroundings;

use solana_program::instruction::Instruction;

use crate::{
    call::{Act, Call},
    scene::Scene,
    step::{Action, Step},
    world::World,
};

pub use {orders::to_those_who_take, surroundings::deadlines};

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
        Action::ReclaimExcess => one(surroundings::reclaim_excess(scene)),
        Action::GiveAway => one(surroundings::give_away(scene)),
        Action::CloseTokens => surroundings::close_tokens(scene),
        Action::OpenTokens => one(surroundings::open_tokens(scene)),
        Action::SendTokens => surroundings::send_tokens(scene),
        Action::SendLamports => one(surroundings::send_lamports(scene)),
        // Handled before.
        Action::Again
        | Action::Twice
        | Action::Wait
        | Action::WaitForDeadline
        | Action::Freeze
        | Action::Thaw
        | Action::DemandMemo
        | Action::Rule
        | Action::Suspend
        | Action::RuleOnEdge
        | Action::ChangeRent => None,
    }
}
