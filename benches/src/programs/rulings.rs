//! Fees recorded, and rulings on edges carried out.

use common::{
    DAO_ID,
    dispute::{
        DISPUTE_DISCRIMINATOR, DisputeHead, dispute_status, false_edge_hash, missing_edge_hash,
        version_hash,
    },
};
use escrow::state::Order;
use listing::state::{Edge, Listing, RoyaltyTable, relation};
use pedigree_sdk::{
    instructions::{
        escrow as buying,
        listing::{self as listing_ix, Ruled},
    },
    pda,
};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use super::{Meter, market::Market};

const DEFAULT_PPM: u32 = 50_000;

impl Market {
    /// A settled order's fee becomes the first points of payee and buyer.
    pub fn record(&mut self, meter: &mut Meter, order: &Pubkey) {
        self.chain.init_reward(&self.mint);
        let epoch = self.chain.open_epoch();
        let (stranger, state) = (
            self.stranger.insecure_clone(),
            self.chain.state::<Order>(order),
        );
        let record = buying::record_fees(&stranger.pubkey(), order, &state, epoch);
        let row = ("escrow", "record_fees, first points");
        meter.call(&mut self.chain, row, record, &[&stranger]);
    }

    /// A child with two royalties forgot a third parent, and names its first one falsely.
    pub fn rule(&mut self, meter: &mut Meter) {
        let admin = self.admin.insecure_clone();
        let set = listing_ix::set_default_royalty(admin.pubkey(), DEFAULT_PPM);
        let row = ("listing", "set_default_royalty");
        meter.call(&mut self.chain, row, set, &[&admin]);
        let publisher = self.publishers[0].insecure_clone();
        let parents = [(); 3].map(|()| {
            let args = self.chain.register_args();
            self.chain.active(&publisher, &args, &[])
        });
        let [first, second, forgotten] = parents;
        self.chain.warp_slots(1);
        let args = self.chain.register_args();
        let owed = [(first, 100_000), (second, 50_000)];
        let child = self.chain.active(&publisher, &args, &owed);

        let hash = missing_edge_hash(&child, &forgotten, relation::TRAINED_ON);
        self.uphold(&pda::edge(&child, &forgotten).0, hash);
        let [of_child, of_parent] =
            [child, forgotten].map(|address| self.chain.state::<Listing>(&address));
        let ends = ((child, &of_child), (forgotten, &of_parent));
        let ruled = Ruled::missing_edge(1, relation::TRAINED_ON, ends.0, ends.1, DEFAULT_PPM);
        self.apply(meter, "apply_ruling, missing", &ruled);

        let edge: Edge = self.chain.state(&pda::edge(&child, &first).0);
        let hash = false_edge_hash(edge.born_slot, &child, &first);
        self.uphold(&pda::edge(&child, &first).0, hash);
        let of_child: Listing = self.chain.state(&child);
        let table = pda::royalties(&child, of_child.generation).0;
        let table: RoyaltyTable = self.chain.state(&table);
        let ruled = Ruled::false_edge(1, &edge, &of_child, Some(&table));
        self.apply(meter, "apply_ruling, false", &ruled);

        let (version, hash) = (of_child.version, of_child.manifest_hash);
        self.uphold(&child, version_hash(version, &hash));
        let apply = listing_ix::apply_version_ruling(child, 1, version, hash);
        let row = ("listing", "apply_version_ruling");
        meter.call(&mut self.chain, row, apply, &[]);
        let restore = listing_ix::set_suspended(admin.pubkey(), child, false);
        let row = ("listing", "set_suspended");
        meter.call(&mut self.chain, row, restore, &[&admin]);
    }

    fn apply(&mut self, meter: &mut Meter, name: &'static str, ruled: &Ruled) {
        let stranger = self.stranger.insecure_clone();
        let apply = listing_ix::apply_ruling(stranger.pubkey(), ruled);
        meter.call(&mut self.chain, ("listing", name), apply, &[&stranger]);
    }

    /// The dao's account of the first dispute of a subject, as it ends it where it upholds the complaint.
    fn uphold(&mut self, subject: &Pubkey, subject_hash: [u8; 32]) {
        let (address, bump) = pda::dispute(subject, 1);
        let ruling = DisputeHead {
            layout: 1,
            bump,
            status: dispute_status::FINAL,
            share: 100,
            reserved: [0; 2],
            number: 1,
            seq: 5,
            born_slot: 1,
            subject: *subject,
            subject_hash,
        };
        let data = [&DISPUTE_DISCRIMINATOR[..], bytemuck::bytes_of(&ruling)].concat();
        self.chain.put_owned(address, DAO_ID, data);
    }
}
