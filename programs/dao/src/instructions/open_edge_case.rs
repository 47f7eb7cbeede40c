use anchor_lang::{address_eq, pinocchio::sysvars::Sysvar, prelude::*};
use common::{
    cold::Cold,
    dispute::{false_edge_hash, missing_edge_hash},
    emitter, pda,
};
use listing::{
    constants::EDGE_SEED,
    state::{Edge, Listing, edge_status, relation},
};
use reward::state::Stake;

use crate::{
    error::DaoError,
    events::{EdgeCaseHead, EdgeCaseOpenedV1},
    opening::{Opening, deadline, open, take_bond},
    state::{Config, case},
};

#[event_cpi]
#[derive(Accounts)]
pub struct OpenEdgeCase {
    pub opener: Signer,
    #[account(unsafe(dup))]
    pub payer: Signer,
    pub config: Cold<Account<Config>>,
    pub stake: Cold<Account<Stake>>,
    pub child: Cold<Account<Listing>>,
    pub parent: Cold<Account<Listing>>,
    /// The edge, or the address at which it would be.
    /// CHECK: read as the listing program's edge, or derived.
    pub edge: UncheckedAccount,
    /// CHECK: made here, or loaded and compared with the edge.
    #[account(mut)]
    pub docket: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub dispute: UncheckedAccount,
    /// CHECK: compared with the config.
    pub mint: UncheckedAccount,
    /// CHECK: made here.
    #[account(mut)]
    pub vault: UncheckedAccount,
    /// A token account that the opener may take from.
    /// CHECK: the token program checks it.
    #[account(mut)]
    pub source: UncheckedAccount,
    /// CHECK: called under its own address.
    pub token_program: UncheckedAccount,
    pub system_program: Program<System>,
}

impl OpenEdgeCase {
    /// Returns which case it is, and the hash by which the listing program knows it again.
    fn validate(&self, missing: Option<u8>) -> Result<(u8, [u8; 32])> {
        let (child, parent) = (self.child.address(), self.parent.address());
        require!(
            address_eq(self.mint.address(), &self.config.mint),
            DaoError::WrongAccount
        );
        // A draft's edges are nobody's but its authority's yet: it can take them back itself.
        require!(self.child.activated_slot > 0, DaoError::NoSuchEdge);
        let view = self.edge.account();
        let Some(relation) = missing else {
            require!(view.owned_by(&listing::ID), DaoError::NoSuchEdge);
            let edge = Account::<Edge>::load(*view)?;
            require!(
                address_eq(&edge.child, child) && address_eq(&edge.parent, parent),
                DaoError::WrongAccount
            );
            require!(edge.status != edge_status::REVOKED, DaoError::NoSuchEdge);
            let hash = false_edge_hash(edge.born_slot, child, parent);
            return Ok((case::FALSE_EDGE, hash));
        };
        require!(
            (relation::ADAPTED_FROM..=relation::SERVES).contains(&relation),
            DaoError::UnknownRelation
        );
        let activated = self.parent.activated_slot;
        require!(
            activated > 0 && activated < self.child.activated_slot,
            DaoError::ParentNotOlder
        );
        let seeds: [&[u8]; 3] = [EDGE_SEED, child.as_ref(), parent.as_ref()];
        require!(
            pda::is_at(view.address(), &seeds, &listing::ID),
            DaoError::WrongAccount
        );
        require!(!view.owned_by(&listing::ID), DaoError::EdgeNotMissing);
        let hash = missing_edge_hash(child, parent, relation);
        Ok((case::MISSING_EDGE, hash))
    }
}

/// **Specification:**
/// - Signed by who says that an edge of an activated listing is false, or, with the relation that it would have, `missing`;
///   it pays the bond of a case.
/// - A false one is there and was not revoked (`NoSuchEdge`).
/// - A missing one is not there, nor was it ever (`EdgeNotMissing`), and its parent was activated before the child
///   (`ParentNotOlder`): nothing that a ruling adds closes a circle.
/// - Jurors reject the complaint (0) or uphold it (100).
pub fn open_edge_case(ctx: &mut Context<OpenEdgeCase>, missing: Option<u8>) -> Result<()> {
    let (case, subject_hash) = ctx.accounts.validate(missing)?;
    let clock = Clock::get()?;
    let accounts = &ctx.accounts;
    let active = accounts.stake.settled(clock.unix_timestamp);
    let opening = Opening {
        payer: accounts.payer.account(),
        config: &accounts.config,
        active,
        docket: accounts.docket.account(),
        dispute: accounts.dispute.account(),
        mint: accounts.mint.account(),
        vault: accounts.vault.account(),
        case,
        subject: accounts.edge.address(),
        subject_hash,
        number: None,
        version: 0,
        deadline: deadline(&clock)?,
        clock: &clock,
    };
    let (mut dispute, docket) = open(&opening)?;
    let (opener, source) = (accounts.opener.account(), accounts.source.account());
    take_bond(&opening, &mut dispute, opener, source)?;
    let head = EdgeCaseHead {
        address: *dispute.address(),
        docket_address: *docket.address(),
        active,
        child: *accounts.child.address(),
        parent: *accounts.parent.address(),
        relation: u64::from(missing.unwrap_or(0)),
        docket: *docket,
    };
    emitter!(ctx).state::<EdgeCaseOpenedV1>(&head, &dispute);
    Ok(())
}
