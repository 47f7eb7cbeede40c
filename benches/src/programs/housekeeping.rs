//! What happens seldom: drafts given up, free receipts, settings handed over.

use listing::state::{Listing, Profile};
use pedigree_sdk::{
    instructions::{escrow as buying, listing as listing_ix},
    pda,
};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;
use testkit::listings;

use super::{Meter, market::Market};

impl Market {
    /// A draft with two royalties is taken apart, from its last edge down; its free parent gives a receipt.
    pub fn discard(&mut self, meter: &mut Meter, [parent, other]: [&Pubkey; 2]) {
        let publisher = self.publishers[1].insecure_clone();
        let key = publisher.pubkey();
        let mut args = self.chain.register_args();
        args.terms = vec![self.chain.one_time_term(&self.mint, 1)];
        let draft = pda::listing(&key, &args.key).0;
        let row = ("listing", "register, with a price");
        let register = listings::register(&publisher, &args);
        meter.call(&mut self.chain, row, register, &[&publisher]);
        let edge = listings::edge(&publisher, draft, *parent, 1_000);
        self.chain.ok(&[edge], &[&publisher]);
        let row = ("listing", "add_edge, further royalty");
        let edge = listings::edge(&publisher, draft, *other, 1_000);
        meter.call(&mut self.chain, row, edge, &[&publisher]);
        self.chain.warp_slots(1);
        for (name, instruction) in [
            (
                "remove_edge",
                listing_ix::remove_edge(key, draft, other, true, key),
            ),
            (
                "remove_edge",
                listing_ix::remove_edge(key, draft, parent, true, key),
            ),
            (
                "close_royalty_table",
                listing_ix::close_royalty_table(key, draft, key),
            ),
            ("discard_draft", listing_ix::discard_draft(key, draft, key)),
        ] {
            let row = ("listing", name);
            meter.call(&mut self.chain, row, instruction, &[&publisher]);
        }

        let state: Listing = self.chain.state(parent);
        let args = self.seen(&state);
        let buyer = self.buyer.insecure_clone();
        let open = buying::open_free(&buyer.pubkey(), None, parent, args);
        meter.call(&mut self.chain, ("escrow", "open_free"), open, &[&buyer]);
    }

    /// Rent above what the network asks returns, a name is vouched for, a mint's settings change, both configs pass to
    /// another key.
    pub fn hand_over(&mut self, meter: &mut Meter) {
        let (admin, next) = (self.admin.insecure_clone(), self.stranger.insecure_clone());
        let (from, to) = (admin.pubkey(), next.pubkey());
        let config = pda::escrow_config().0;
        let lamports = self.chain.lamports(&config);
        self.chain.fund(&config, lamports + 1_000_000);
        let reclaim = buying::reclaim_excess(&config, &to);
        meter.call(&mut self.chain, ("escrow", "reclaim_excess"), reclaim, &[]);

        let mut args = self.config_args();
        args.pending_authority = to;
        let publisher = self.publishers[0].pubkey();
        let profile: Profile = self.chain.state(&pda::profile(&publisher).0);
        let name_hash = profile.name_hash();
        for (row, instruction) in [
            (
                ("listing", "verify_profile"),
                listing_ix::verify_profile(from, &publisher, true, name_hash),
            ),
            (
                ("listing", "update_config"),
                listing_ix::update_config(from, false, to),
            ),
            (
                ("escrow", "update_mint"),
                buying::update_mint(&from, &self.mint.address, true, 1_000_000),
            ),
            (
                ("escrow", "update_config"),
                buying::update_config(&from, args),
            ),
        ] {
            meter.call(&mut self.chain, row, instruction, &[&admin]);
        }
        for (row, instruction) in [
            (
                ("listing", "accept_config_authority"),
                listing_ix::accept_config_authority(to),
            ),
            (
                ("escrow", "accept_config_authority"),
                buying::accept_config_authority(&to),
            ),
        ] {
            meter.call(&mut self.chain, row, instruction, &[&next]);
        }
    }
}
