use anchor_lang::{
    event_cpi,
    prelude::*,
    solana_program::{clock::Clock, sysvar::Sysvar},
};
use common::{cold::Cold, emitter, pda::Payer};

use crate::{
    constants::{GRANT_SEED, LAYOUT},
    error::ListingError,
    events::{GrantHead, LicenseGrantedV1, LicenseRevokedV1},
    state::{LicenseGrant, Listing},
};

#[event_cpi]
#[derive(Accounts)]
pub struct GrantLicense {
    pub authority: Signer,
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    pub parent: Cold<Account<Listing>>,
    /// CHECK: any key: the authority of listings that may derive
    pub grantee: UncheckedAccount,
    /// CHECK: the grantee's grant, made at its address the first time
    #[account(mut)]
    pub grant: UncheckedAccount,
    pub system_program: Program<System>,
}

/// **Specification:**
/// - The parent's authority signs (`NotListingAuthority`). The parent was activated (`ParentNotActivated`) and claimed
///   (`UnclaimedGrant`): neither who gives a draft away, to be registered anew, nor who listed it for another gives
///   rights that outlast that.
/// - The grantee may derive from the parent until `expires_at` (Unix seconds), which is ahead (`ExpiryInThePast`).
/// - A grant that exists gets the new expiry, be it later or sooner.
pub fn grant_license(ctx: &mut Context<GrantLicense>, expires_at: i64) -> Result<()> {
    let accounts = &ctx.accounts;
    accounts
        .parent
        .check_authority(accounts.authority.address())?;
    require!(
        accounts.parent.activated_slot != 0,
        ListingError::ParentNotActivated
    );
    require!(accounts.parent.claimed == 1, ListingError::UnclaimedGrant);
    let clock = Clock::get()?;
    require!(
        expires_at > clock.unix_timestamp,
        ListingError::ExpiryInThePast
    );
    let (parent, grantee) = (*accounts.parent.address(), *accounts.grantee.address());
    let granted_by = *accounts.authority.address();
    let payer = Payer::new(accounts.payer.account())?;
    let seeds: [&[u8]; 3] = [GRANT_SEED, parent.as_ref(), grantee.as_ref()];
    let (mut grant, made) =
        payer.init_if_needed::<LicenseGrant>(accounts.grant.account(), &seeds)?;
    let head = GrantHead {
        address: *grant.address(),
        old_granted_by: grant.granted_by,
        old_expires_at: grant.expires_at,
    };
    if let Some(bump) = made {
        grant.layout = LAYOUT;
        grant.bump = bump;
        grant.born_slot = clock.slot;
        grant.parent = parent;
        grant.grantee = grantee;
        grant.rent_payer = *payer.address();
    }
    require!(
        grant.parent == parent && grant.grantee == grantee,
        ListingError::WrongAccount
    );
    grant.granted_by = granted_by;
    grant.expires_at = expires_at;
    grant.seq = grant
        .seq
        .checked_add(1)
        .ok_or(ProgramError::ArithmeticOverflow)?;
    emitter!(ctx).state::<LicenseGrantedV1>(&head, &grant);
    Ok(())
}

#[event_cpi]
#[derive(Accounts)]
pub struct RevokeLicense {
    pub authority: Signer,
    pub parent: Cold<Account<Listing>>,
    #[account(mut)]
    pub grant: Cold<Account<LicenseGrant>>,
}

/// **Specification:**
/// - The parent's authority signs (`NotListingAuthority`); the grant is the parent's (`WrongAccount`).
/// - The grant expires now, unless it did before. Edges that were added with it stay.
pub fn revoke_license(ctx: &mut Context<RevokeLicense>) -> Result<()> {
    let accounts = &ctx.accounts;
    accounts
        .parent
        .check_authority(accounts.authority.address())?;
    require!(
        accounts.grant.parent == *accounts.parent.address(),
        ListingError::WrongAccount
    );
    let now = Clock::get()?.unix_timestamp;
    let grant = &mut ctx.accounts.grant;
    let head = GrantHead {
        address: *grant.address(),
        old_granted_by: grant.granted_by,
        old_expires_at: grant.expires_at,
    };
    grant.expires_at = grant.expires_at.min(now);
    grant.seq = grant
        .seq
        .checked_add(1)
        .ok_or(ProgramError::ArithmeticOverflow)?;
    emitter!(ctx).state::<LicenseRevokedV1>(&head, grant);
    Ok(())
}
