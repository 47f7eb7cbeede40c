use alloc::vec::Vec;

use anchor_lang::{address_eq, event_cpi, prelude::*};
use common::emitter;

use super::slot;
use crate::{
    constants::MAX_PROOF,
    error::ListingError,
    events::{EdgeProvedHead, EdgeProvedV1},
    merkle,
    state::{Edge, Listing, edge_status},
};

#[event_cpi]
#[derive(Accounts)]
pub struct ProveEdge {
    pub authority: Signer,
    pub child: Account<Listing>,
    pub parent: Account<Listing>,
    #[account(mut)]
    pub edge: Account<Edge>,
}

/// That a content hash is in a training manifest: see [`merkle`].
#[derive(Clone, Debug, PartialEq, Eq, wincode::SchemaRead, wincode::SchemaWrite, IdlType)]
pub struct ProofArgs {
    /// Of the manifest.
    pub root: [u8; 32],
    /// A bit for each step, the lowest for the leaf's: whether its sibling stands on the left.
    pub lefts: u32,
    /// The sibling of each step, from the leaf up.
    pub path: Vec<[u8; 32]>,
}

impl ProveEdge {
    fn validate(&self, args: &ProofArgs) -> Result<()> {
        let Self {
            child,
            parent,
            edge,
            ..
        } = self;
        child.check_authority(self.authority.address())?;
        require!(
            address_eq(&edge.child, child.address()) && address_eq(&edge.parent, parent.address()),
            ListingError::WrongAccount
        );
        require!(
            edge.status == edge_status::CLAIMED,
            ListingError::EdgeNotClaimed
        );
        require!(
            parent.content_hash != [0; 32],
            ListingError::ContentHashUnknown
        );
        require!(args.path.len() <= MAX_PROOF, ListingError::ProofTooLong);
        let ProofArgs { root, lefts, path } = args;
        require!(
            merkle::proves(root, &parent.content_hash, *lefts, path),
            ListingError::ProofMismatch
        );
        Ok(())
    }
}

/// **Specification:**
/// - The child's authority signs (`NotListingAuthority`), draft or not, retired or not: it stands by the manifest that the
///   root is of, for good, so the edge is proved once (`EdgeNotClaimed`). The accounts are the edge's (`WrongAccount`).
/// - The parent's content hash is known (`ContentHashUnknown`), and the proof, of at most 20 hashes (`ProofTooLong`),
///   leads from it to the root (`ProofMismatch`). It is the hash of the parent's version in force, which the edge stores:
///   the chain remembers no earlier one.
pub fn prove_edge(ctx: &mut Context<ProveEdge>, args: &ProofArgs) -> Result<()> {
    ctx.accounts.validate(args)?;
    let ProveEdge { parent, edge, .. } = &mut ctx.accounts;
    let head = EdgeProvedHead {
        address: *edge.address(),
        old_status: u64::from(edge.status),
    };
    edge.status = edge_status::PROVED;
    edge.manifest_root = args.root;
    edge.proved_slot = slot()?;
    edge.proved_version = parent.version;
    edge.advance()?;
    emitter!(ctx).state::<EdgeProvedV1>(&head, &ctx.accounts.edge);
    Ok(())
}
