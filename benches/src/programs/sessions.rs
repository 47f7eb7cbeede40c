//! Sessions: a key that orders and tops up out of its vault.

use common::receipt::mode;
use escrow::{instructions::SessionArgs, state::Session};
use pedigree_sdk::{
    instructions::escrow::{self as buying, OpenOrder},
    pda,
};
use solana_keypair::Keypair;
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use super::{
    market::{DAY, PRICE},
    shop::Shop,
};

impl Shop<'_> {
    /// Two sessions: one revoked and closed by its owner, one that expires.
    pub(crate) fn spend(&mut self) {
        let buyer = self.buyer();
        let key = self.open_session();
        let session = self.session(&key.pubkey());
        self.order_by(&key, "open_order, by session", mode::ONE_TIME);
        let open = "open_order, by session, subscription";
        self.order_by(&key, open, mode::SUBSCRIPTION);
        let order = self.order_by(&key, "open_order, by session, metered", mode::METERED);
        let (state, vault) = (self.order(&order), self.vault(&session));
        let signer = key.pubkey();
        let top_up = buying::top_up(&signer, &order, &state, &vault, Some(session), PRICE);
        self.call("top_up, by session", top_up, &key);

        let revoke = buying::revoke_session(&buyer.pubkey(), &session);
        self.call("revoke_session", revoke, &buyer);
        self.market.chain.warp_slots(1);
        self.close("close_session", &session, &buyer);

        let key = self.open_session();
        self.market.chain.warp_slots(1);
        self.wait(DAY);
        let session = self.session(&key.pubkey());
        let stranger = self.market.stranger.insecure_clone();
        self.close("close_session, by anyone", &session, &stranger);
    }

    /// The key of a new session that may order this listing alone, for a day.
    fn open_session(&mut self) -> Keypair {
        let (buyer, key) = (self.buyer(), self.market.chain.actor());
        let mut listings = [Pubkey::default(); 8];
        listings[0] = self.listing;
        let args = SessionArgs {
            key: key.pubkey(),
            amount: 100 * PRICE,
            expires_at: self.market.chain.now() + DAY,
            listings,
        };
        let (mint, source) = (self.market.mint, self.source());
        let owner = buyer.pubkey();
        let open = buying::open_session(&owner, None, &mint.address, &mint.program, &source, args);
        self.call("open_session", open, &buyer);
        key
    }

    fn order_by(&mut self, key: &Keypair, name: &'static str, mode: u8) -> Pubkey {
        let session = self.session(&key.pubkey());
        let args = self.args(mode);
        let params = OpenOrder {
            buyer: key.pubkey(),
            session: Some(session),
            source: self.vault(&session),
            ..self.market.buying(&self.listing)
        };
        self.call(name, buying::open_order(&params, args), key);
        params.address(&args.key)
    }

    fn vault(&self, session: &Pubkey) -> Pubkey {
        pda::vault(session, &self.market.mint.program)
    }

    fn close(&mut self, name: &'static str, session: &Pubkey, closer: &Keypair) {
        let state: Session = self.market.chain.state(session);
        let close = buying::close_session(&closer.pubkey(), session, &state, None);
        self.call(name, close, closer);
    }
}
