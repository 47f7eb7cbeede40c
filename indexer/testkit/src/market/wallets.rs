//! Whose a listing is, who acts for it, and who may derive from it.

use bytemuck::Zeroable;
use listing::{events as le, state::LicenseGrant};
use pedigree_sdk::{events::Event, pda};
use solana_program::pubkey::Pubkey;

use super::{Market, key};

impl Market {
    pub fn propose_authority(&mut self, address: &Pubkey, new: &str) -> Event {
        let (old, state) = self.change(address, |listing| listing.pending_authority = key(new));
        let head = le::KeyHead {
            address: *address,
            old: old.pending_authority,
        };
        Event::AuthorityProposed(Box::new(le::AuthorityProposedV1 { head, state }))
    }

    pub fn accept_authority(&mut self, address: &Pubkey) -> Event {
        let (old, state) = self.change(address, |listing| {
            listing.authority = listing.pending_authority;
            listing.payout = listing.pending_authority;
            listing.operator = Pubkey::default();
            listing.pending_authority = Pubkey::default();
            listing.claimed = 1;
        });
        let head = le::AuthorityHead {
            address: *address,
            old_authority: old.authority,
            old_pending_authority: old.pending_authority,
            old_payout: old.payout,
            old_operator: old.operator,
            old_claimed: old.claimed.into(),
        };
        Event::AuthorityAccepted(Box::new(le::AuthorityAcceptedV1 { head, state }))
    }

    pub fn set_payout(&mut self, address: &Pubkey, new: &str) -> Event {
        let (old, state) = self.change(address, |listing| listing.payout = key(new));
        let head = le::KeyHead {
            address: *address,
            old: old.payout,
        };
        Event::PayoutChanged(Box::new(le::PayoutChangedV1 { head, state }))
    }

    pub fn set_operator(&mut self, address: &Pubkey, new: &str) -> Event {
        let (old, state) = self.change(address, |listing| listing.operator = key(new));
        let head = le::KeyHead {
            address: *address,
            old: old.operator,
        };
        Event::OperatorChanged(Box::new(le::OperatorChangedV1 { head, state }))
    }

    /// Leave to derive from a listing, for so many seconds.
    pub fn grant_license(&mut self, parent: &Pubkey, grantee: &str, seconds: i64) -> Event {
        let expires_at = self.now() + seconds;
        let (head, state) = self.change_grant(parent, grantee, expires_at);
        Event::LicenseGranted(Box::new(le::LicenseGrantedV1 { head, state }))
    }

    pub fn revoke_license(&mut self, parent: &Pubkey, grantee: &str) -> Event {
        let (head, state) = self.change_grant(parent, grantee, self.now());
        Event::LicenseRevoked(Box::new(le::LicenseRevokedV1 { head, state }))
    }

    fn change_grant(
        &mut self,
        parent: &Pubkey,
        grantee: &str,
        expires_at: i64,
    ) -> (le::GrantHead, LicenseGrant) {
        let (slot, grantee) = (self.slot, key(grantee));
        let address = pda::grant(parent, &grantee).0;
        let grant = self.grants.entry(address).or_insert(LicenseGrant {
            layout: 1,
            born_slot: slot,
            parent: *parent,
            grantee,
            ..LicenseGrant::zeroed()
        });
        let head = le::GrantHead {
            address,
            old_granted_by: grant.granted_by,
            old_expires_at: grant.expires_at,
        };
        grant.granted_by = self.listings[parent].authority;
        grant.expires_at = expires_at;
        grant.seq += 1;
        (head, *grant)
    }
}
