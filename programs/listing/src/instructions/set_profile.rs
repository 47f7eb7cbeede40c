use anchor_lang::{event_cpi, prelude::*};
use common::{
    emitter,
    pda::Payer,
    text::{self, Text},
};

use crate::{
    constants::{LAYOUT, PROFILE_SEED},
    error::ListingError,
    events::{EntityHead, ProfileCreatedV1, ProfileHead, ProfileUpdatedV1},
    state::{Config, Profile},
};

#[event_cpi]
#[derive(Accounts)]
pub struct SetProfile {
    pub publisher: Signer,
    #[account(mut, unsafe(dup))]
    pub payer: Signer,
    /// CHECK: the publisher's profile, made at its address the first time
    #[account(mut)]
    pub profile: UncheckedAccount,
    pub system_program: Program<System>,
}

/// **Specification:**
/// - The publisher signs; the profile is at its key's address and is made the first time.
/// - The name is not empty (`NameMissing`); both texts fit their fields (`TextTooLong`) and hold no control
///   character (`TextHasControlCharacter`).
/// - A changed name is no longer verified.
pub fn set_profile(ctx: &mut Context<SetProfile>, name: &Text, uri: &Text) -> Result<()> {
    require!(!name.is_empty(), ListingError::NameMissing);
    let publisher = *ctx.accounts.publisher.address();
    let payer = Payer::new(ctx.accounts.payer.account())?;
    let seeds: [&[u8]; 2] = [PROFILE_SEED, publisher.as_ref()];
    let (mut profile, made) =
        payer.init_if_needed::<Profile>(ctx.accounts.profile.account(), &seeds)?;
    let address = *profile.address();
    let old = *profile;
    text::write(&mut profile.name, name).map_err(ListingError::from)?;
    text::write(&mut profile.uri, uri).map_err(ListingError::from)?;
    profile.seq = old
        .seq
        .checked_add(1)
        .ok_or(ProgramError::ArithmeticOverflow)?;
    if let Some(bump) = made {
        profile.layout = LAYOUT;
        profile.bump = bump;
        profile.publisher = publisher;
        profile.rent_payer = *payer.address();
        emitter!(ctx).state::<ProfileCreatedV1>(&EntityHead { address }, &profile);
    } else {
        require!(old.publisher == publisher, ListingError::WrongAccount);
        if profile.name != old.name {
            profile.verified = 0;
        }
        emitter!(ctx).state::<ProfileUpdatedV1>(&ProfileHead { address, old }, &profile);
    }
    Ok(())
}

#[event_cpi]
#[derive(Accounts)]
pub struct VerifyProfile {
    pub authority: Signer,
    pub config: Account<Config>,
    #[account(mut)]
    pub profile: Account<Profile>,
}

/// **Specification:**
/// - The config's authority signs and vouches for the profile's name, or withdraws that. Else `NotConfigAuthority`.
/// - It vouches for the name that it saw, by its hash, and for no other (`NameChanged`); withdrawing asks for none.
pub fn verify_profile(
    ctx: &mut Context<VerifyProfile>,
    verified: bool,
    name_hash: [u8; 32],
) -> Result<()> {
    ctx.accounts
        .config
        .check_authority(ctx.accounts.authority.address())?;
    let profile = &mut ctx.accounts.profile;
    require!(
        !verified || profile.is_named(&name_hash),
        ListingError::NameChanged
    );
    let head = ProfileHead {
        address: *profile.address(),
        old: **profile,
    };
    profile.verified = u8::from(verified);
    profile.seq = profile
        .seq
        .checked_add(1)
        .ok_or(ProgramError::ArithmeticOverflow)?;
    emitter!(ctx).state::<ProfileUpdatedV1>(&head, profile);
    Ok(())
}
