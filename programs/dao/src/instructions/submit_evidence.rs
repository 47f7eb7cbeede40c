use anchor_lang::{pinocchio::sysvars::Sysvar, prelude::*};
use common::{cold::Cold, emitter};

use crate::{
    events::{EvidenceHead, EvidenceSubmittedV1},
    state::Dispute,
};

#[event_cpi]
#[derive(Accounts)]
pub struct SubmitEvidence {
    pub submitter: Signer,
    #[account(mut)]
    pub dispute: Cold<Account<Dispute>>,
}

/// **Specification:**
/// - By anyone, while the round in force takes evidence: a hash of it, which is told with who submitted it.
pub fn submit_evidence(ctx: &mut Context<SubmitEvidence>, evidence_hash: [u8; 32]) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let SubmitEvidence {
        submitter, dispute, ..
    } = &mut ctx.accounts;
    dispute.check_evidence(now)?;
    dispute.evidence_hash = evidence_hash;
    dispute.advance()?;
    let head = EvidenceHead {
        address: *dispute.address(),
        submitter: *submitter.address(),
    };
    emitter!(ctx).state::<EvidenceSubmittedV1>(&head, &ctx.accounts.dispute);
    Ok(())
}
