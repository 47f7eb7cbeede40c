//! What is said of listings once they are sold: reviews, proofs of lineage; and rent that comes back.

use escrow::state::Order;
use pedigree_sdk::{instructions::listing as listing_ix, merkle::Tree, pda};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use super::{Meter, market::Market};

/// The content that the oldest listing has by then, among as much as the longest proof reaches through.
const CONTENT: [u8; 32] = [1; 32];

impl Market {
    /// The buyer reviews a settled order, and thinks again.
    pub fn review(&mut self, meter: &mut Meter, order: &Pubkey) {
        let buyer = self.buyer.insecure_clone();
        let (key, head) = (buyer.pubkey(), self.chain.state::<Order>(order).head);
        let (listing, born_slot) = (head.listing, head.born_slot);
        let post = listing_ix::post_review(key, key, listing, *order, born_slot, 5, [6; 32]);
        let edit = listing_ix::edit_review(
            key,
            listing,
            pda::review(&listing, order, born_slot),
            4,
            [7; 32],
        );
        for (name, instruction) in [("post_review", post), ("edit_review", edit)] {
            let row = ("listing", name);
            meter.call(&mut self.chain, row, instruction, &[&buyer]);
        }
    }

    /// The second generation proves that it came from the first; rent falls, and what that sets free goes back.
    pub fn prove_and_reclaim(&mut self, meter: &mut Meter, lineage: &[Pubkey; 3]) {
        let owner = self.publishers[1].insecure_clone();
        let others = (2..=255).map(|n| [n; 32]);
        let tree = Tree::new([CONTENT].into_iter().chain(others).collect());
        let proof = tree.expect("a tree").proof(&CONTENT).expect("it is in it");
        let prove = listing_ix::prove_edge(owner.pubkey(), lineage[1], lineage[0], &proof);
        let row = ("listing", "prove_edge, 8 steps");
        meter.call(&mut self.chain, row, prove, &[&owner]);

        self.chain.set_rent(696);
        let payer = owner.pubkey();
        let row = ("listing", "reclaim_excess");
        let reclaim = listing_ix::reclaim_excess(lineage[1], payer, None);
        meter.call(&mut self.chain, row, reclaim, &[]);
        let ledger = pda::ledger(&lineage[1], 0, &self.mint.address).0;
        let pool = pda::pool(&lineage[1], 0, &self.mint.address).0;
        let row = ("listing", "reclaim_excess, with pool");
        let reclaim = listing_ix::reclaim_excess(ledger, payer, Some((pool, self.mint.program)));
        meter.call(&mut self.chain, row, reclaim, &[]);
    }
}
