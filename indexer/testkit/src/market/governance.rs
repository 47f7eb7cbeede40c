//! Settings of the programs, pauses, and the hand-over.

use bytemuck::Zeroable;
use dao::events as de;
use escrow::{events as ee, state::MintConfig};
use listing::events as le;
use pedigree_sdk::{events::Event, pda, programs::TOKEN};
use reward::{events as re, state::Rate};
use solana_program::pubkey::Pubkey;

use super::{MINT, Market, key};

#[derive(Clone, Debug)]
pub struct Settings {
    pub listing: listing::state::Config,
    escrow: escrow::state::Config,
    mint: MintConfig,
    rate: Rate,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listing: listing::state::Config::zeroed(),
            escrow: escrow::state::Config::zeroed(),
            mint: MintConfig::zeroed(),
            rate: Rate::zeroed(),
        }
    }
}

fn allowed(mint: Pubkey, max_deposit: u64) -> MintConfig {
    MintConfig {
        layout: 1,
        enabled: 1,
        decimals: 6,
        seq: 1,
        max_deposit,
        mint,
        ..MintConfig::zeroed()
    }
}

fn mint_allowed(state: MintConfig) -> Event {
    let head = ee::EntityHead {
        address: pda::mint_config(&state.mint).0,
    };
    Event::MintAllowed(Box::new(ee::MintAllowedV1 { head, state }))
}

impl Market {
    /// Sets the listing program up.
    pub fn listing_config(&mut self) -> Event {
        let state = listing::state::Config {
            layout: 1,
            seq: 1,
            authority: key("steward"),
            default_royalty_ppm: 10_000,
            ..listing::state::Config::zeroed()
        };
        self.settings.listing = state;
        let head = le::EntityHead {
            address: pda::listing_config().0,
        };
        Event::ListingConfigInitialized(Box::new(le::ConfigInitializedV1 { head, state }))
    }

    pub fn pause_listing(&mut self, paused: bool) -> Event {
        let config = &mut self.settings.listing;
        let head = le::ConfigHead {
            address: pda::listing_config().0,
            old_authority: config.authority,
            old_pending_authority: config.pending_authority,
            old_paused: config.paused.into(),
        };
        config.paused = paused.into();
        config.advance().unwrap();
        let state = *config;
        Event::ListingConfigUpdated(Box::new(le::ConfigUpdatedV1 { head, state }))
    }

    pub fn set_default_royalty(&mut self, ppm: u32) -> Event {
        let config = &mut self.settings.listing;
        let head = le::RoyaltyHead {
            address: pda::listing_config().0,
            old_default_royalty_ppm: config.default_royalty_ppm.into(),
        };
        config.default_royalty_ppm = ppm;
        config.advance().unwrap();
        let state = *config;
        Event::DefaultRoyaltySet(Box::new(le::DefaultRoyaltySetV1 { head, state }))
    }

    /// Sets the escrow program up.
    pub fn escrow_config(&mut self, fee_ppm: u32) -> Event {
        let state = escrow::state::Config {
            layout: 1,
            seq: 1,
            fee_ppm,
            ..escrow::state::Config::zeroed()
        };
        self.settings.escrow = state;
        let head = ee::EntityHead {
            address: pda::escrow_config().0,
        };
        Event::EscrowConfigInitialized(Box::new(ee::ConfigInitializedV1 { head, state }))
    }

    /// Another fee from now on.
    pub fn update_escrow(&mut self, fee_ppm: u32) -> Event {
        let config = &mut self.settings.escrow;
        let head = ee::ConfigHead {
            address: pda::escrow_config().0,
            old: *config,
        };
        config.fee_ppm = fee_ppm;
        config.advance().unwrap();
        let state = *config;
        Event::EscrowConfigUpdated(Box::new(ee::ConfigUpdatedV1 { head, state }))
    }

    /// Allows orders in [`MINT`].
    pub fn mint(&mut self, max_deposit: u64) -> Event {
        self.settings.mint = allowed(MINT, max_deposit);
        mint_allowed(self.settings.mint)
    }

    /// Allows orders in another mint, which nothing changes afterwards.
    pub fn allow_mint(&mut self, mint: Pubkey, max_deposit: u64) -> Event {
        mint_allowed(allowed(mint, max_deposit))
    }

    pub fn update_mint(&mut self, enabled: bool, max_deposit: u64) -> Event {
        let mint = &mut self.settings.mint;
        let head = ee::MintHead {
            address: pda::mint_config(&MINT).0,
            old_enabled: mint.enabled.into(),
            old_max_deposit: mint.max_deposit,
        };
        (mint.enabled, mint.max_deposit) = (enabled.into(), max_deposit);
        mint.advance().unwrap();
        let state = *mint;
        Event::MintUpdated(Box::new(ee::MintUpdatedV1 { head, state }))
    }

    /// Takes fees out of the treasury.
    pub fn withdraw_treasury(&mut self, amount: u64) -> Event {
        let mint = &mut self.settings.mint;
        mint.advance().unwrap();
        let head = ee::TreasuryHead {
            address: pda::mint_config(&MINT).0,
            destination: pda::associated_token(&key("treasury"), &MINT, &TOKEN).0,
            amount,
        };
        let state = *mint;
        Event::TreasuryWithdrawn(Box::new(ee::TreasuryWithdrawnV1 { head, state }))
    }

    /// What fees in [`MINT`] credit.
    pub fn set_rate(&mut self, rate: u64, price: u64) -> Event {
        let state = &mut self.settings.rate;
        let head = re::RateHead {
            address: pda::rate(&MINT).0,
            old_rate: state.rate,
            old_price: state.price,
        };
        (state.layout, state.mint) = (1, MINT);
        (state.rate, state.price) = (rate, price);
        state.advance().unwrap();
        let state = *state;
        Event::RateSet(Box::new(re::RateSetV1 { head, state }))
    }

    /// The guardians pause a program, or let it go on.
    pub fn guard(&mut self, program: u8, paused: bool) -> Event {
        let now = self.now();
        let governance = self.governing();
        let head = de::PauseHead {
            address: pda::governance().0,
            program: program.into(),
        };
        if paused {
            governance.pause(program, now).unwrap();
        } else {
            governance.unpause(program, true, now).unwrap();
        }
        governance.advance().unwrap();
        let state = *governance;
        if paused {
            Event::ProgramPaused(Box::new(de::ProgramPausedV1 { head, state }))
        } else {
            Event::ProgramUnpaused(Box::new(de::ProgramUnpausedV1 { head, state }))
        }
    }

    /// The steward goes.
    pub fn hand_over(&mut self) -> Event {
        let (now, active) = (self.now(), self.rewards.active());
        let governance = self.governing();
        let head = de::HandedOverHead {
            address: pda::governance().0,
            old_steward: governance.steward,
            active,
        };
        let enough = active.max(governance.handover_floor);
        governance.hand_over(enough, now).unwrap();
        governance.advance().unwrap();
        let state = *governance;
        Event::HandedOver(Box::new(de::HandedOverV1 { head, state }))
    }
}
