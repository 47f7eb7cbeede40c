//! Sessions.

use bytemuck::Zeroable;
use common::receipt;
use escrow::{events as ee, state::Session};
use pedigree_sdk::{events::Event, pda, programs::TOKEN};
use solana_program::pubkey::Pubkey;

use super::{MINT, Market, key};

impl Market {
    /// A session of `owner` that `by` spends with.
    pub fn open_session(&mut self, owner: &str, by: &str) -> (Pubkey, Event) {
        let (owner, by) = (key(owner), key(by));
        let address = pda::session(&owner, &by).0;
        let state = Session {
            layout: 1,
            decimals: 6,
            seq: 1,
            born_slot: self.slot,
            expires_at: 1_700_086_400,
            owner,
            key: by,
            mint: MINT,
            vault: pda::vault(&address, &TOKEN),
            ..Session::zeroed()
        };
        self.sessions.insert(address, state);
        let head = ee::EntityHead { address };
        (
            address,
            Event::SessionOpened(Box::new(ee::SessionOpenedV1 { head, state })),
        )
    }

    pub fn close_session(&mut self, address: &Pubkey) -> Event {
        let mut state = self.sessions.remove(address).unwrap();
        state.seq += 1;
        let head = ee::SessionClosedHead {
            address: *address,
            ..ee::SessionClosedHead::zeroed()
        };
        Event::SessionClosed(Box::new(ee::SessionClosedV1 { head, state }))
    }

    pub fn revoke_session(&mut self, address: &Pubkey) -> Event {
        let session = self.sessions.get_mut(address).unwrap();
        session.revoked = 1;
        session.advance().unwrap();
        let head = ee::EntityHead { address: *address };
        Event::SessionRevoked(Box::new(ee::SessionRevokedV1 {
            head,
            state: *session,
        }))
    }

    /// A one-time order that a session bought.
    pub fn open_by_session(
        &mut self,
        session: &Pubkey,
        listing: &Pubkey,
        number: u8,
    ) -> (Pubkey, Event) {
        let owner = self.sessions[session].owner;
        self.open(*session, listing, number, |order| {
            order.head.flags |= receipt::flag::SESSION;
            order.head.owner = owner;
        })
    }
}
