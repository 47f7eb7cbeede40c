//! Disputes, and each way that one ends.

use common::{
    DAO_ID,
    dispute::{DISPUTE_DISCRIMINATOR, DisputeHead, dispute_status},
    receipt::mode,
};
use pedigree_sdk::{instructions::escrow as buying, pda};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use super::{
    market::{ARBITRATION, CONTENT},
    shop::Shop,
};

impl Shop<'_> {
    pub(crate) fn dispute(&mut self) {
        let (buyer, seller) = (self.buyer(), self.seller());
        let order = self.disputed();
        let concede = buying::concede(&seller.pubkey(), &order, &self.order(&order));
        self.call("concede, by seller", concede, &seller);
        self.withdraw("withdraw, after a dispute", &order);

        let order = self.delivered();
        let (state, source) = (
            self.order(&order),
            self.market.mint.associated(&seller.pubkey()),
        );
        let dispute = buying::open_dispute(&seller.pubkey(), &order, &state, &source, [6; 32]);
        self.call("open_dispute, by seller", dispute, &seller);

        let order = self.disputed();
        let concede = buying::concede(&buyer.pubkey(), &order, &self.order(&order));
        self.call("concede, by owner", concede, &buyer);

        let order = self.disputed();
        self.rule(&order);
        let apply = buying::apply_ruling(&buyer.pubkey(), &order, 1);
        self.call("apply_ruling", apply, &buyer);
        self.withdraw("withdraw, after a ruling", &order);

        let order = self.disputed();
        self.wait(ARBITRATION);
        let lapse = buying::lapse_dispute(&seller.pubkey(), &order, 1);
        self.call("lapse_dispute", lapse, &seller);

        let order = self.open("open_order, metered", mode::METERED);
        self.redeem("redeem", &[(order, 1)]);
        self.contest("open_dispute, metered", &order);
    }

    /// A delivery that its buyer disputes.
    fn disputed(&mut self) -> Pubkey {
        let order = self.delivered();
        self.contest("open_dispute", &order);
        order
    }

    fn delivered(&mut self) -> Pubkey {
        let seller = self.seller();
        let order = self.open("open_order", mode::ONE_TIME);
        let deliver = buying::deliver(&seller.pubkey(), &self.listing, &order, CONTENT, [8; 80]);
        self.call("deliver", deliver, &seller);
        order
    }

    fn contest(&mut self, name: &'static str, order: &Pubkey) {
        let (buyer, source) = (self.buyer(), self.source());
        let state = self.order(order);
        let dispute = buying::open_dispute(&buyer.pubkey(), order, &state, &source, [6; 32]);
        self.call(name, dispute, &buyer);
    }

    /// The dao's account of the order's first dispute, as the dao will keep it: a quarter to the buyer.
    fn rule(&mut self, order: &Pubkey) {
        let (address, bump) = pda::dispute(order, 1);
        let ruling = DisputeHead {
            layout: 1,
            bump,
            status: dispute_status::FINAL,
            share: 25,
            reserved: [0; 2],
            number: 1,
            seq: 5,
            born_slot: 1,
            subject: *order,
            subject_hash: self.order(order).params_hash,
        };
        let data = [&DISPUTE_DISCRIMINATOR[..], bytemuck::bytes_of(&ruling)].concat();
        self.market.chain.put_owned(address, DAO_ID, data);
    }
}
