//! What the tests of metered orders, subscriptions, leases, disputes and sessions share.

use common::receipt::{mode, state};
use escrow::{opening::OpenArgs, state::Order};
use pedigree_sdk::{
    instructions::escrow as ix,
    voucher::{self, Voucher},
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use testkit::Outcome;

use crate::world::*;

/// As the escrow's config of [`World`] has it.
pub const GENESIS: [u8; 32] = [5; 32];
pub const WINDOW: i64 = DISPUTE_WINDOW as i64;
/// Seconds until the metered orders of these tests end.
pub const TERM: i64 = 10 * WINDOW;
pub const PERIOD: i64 = 86_400;
pub const INTERVAL: i64 = 600;

impl World {
    /// Arguments for a new order of a mode, which `buyer_key` speaks for.
    pub fn mode_args(&mut self, mode: u8, buyer_key: &Pubkey) -> OpenArgs {
        let mut args = self.args();
        args.term = mode - 1;
        args.mode = mode;
        args.period = MODES[usize::from(mode - 1)].1;
        args.buyer_key = match mode {
            mode::METERED | mode::LEASE => buyer_key.to_bytes(),
            mode::ONE_TIME => DELIVERY_KEY,
            _ => [0; 32],
        };
        args.ends_at = if mode == mode::METERED {
            self.chain.now() + TERM
        } else {
            0
        };
        args
    }

    /// Opens an order of a mode, for which the buyer itself speaks.
    pub fn open_mode(&mut self, mode: u8) -> Pubkey {
        let args = self.mode_args(mode, &self.buyer.pubkey());
        self.open_with(args)
    }

    pub fn voucher(&self, order: &Pubkey, sequence: u64, cumulative: u64) -> Voucher {
        self.voucher_by(&self.buyer, &GENESIS, order, sequence, cumulative)
    }

    /// A voucher that `signer` signs for the network of `genesis`.
    pub fn voucher_by(
        &self,
        signer: &Keypair,
        genesis: &[u8; 32],
        order: &Pubkey,
        sequence: u64,
        cumulative: u64,
    ) -> Voucher {
        let born_slot = self.order(order).head.born_slot;
        Voucher::sign(signer, genesis, order, born_slot, sequence, cumulative)
    }

    pub fn redeem_ixs(&self, vouchers: &[Voucher]) -> Vec<Instruction> {
        let vouchers: Vec<_> = vouchers
            .iter()
            .map(|voucher| (*voucher, self.listing, self.buyer.pubkey()))
            .collect();
        voucher::redeem_all(&self.operator.pubkey(), &GENESIS, &vouchers, 0)
    }

    pub fn redeem(&mut self, order: &Pubkey, sequence: u64, cumulative: u64) -> Outcome {
        let redeem = self.redeem_ixs(&[self.voucher(order, sequence, cumulative)]);
        self.chain.ok(&redeem, &[&self.operator])
    }

    /// A stranger settles.
    pub fn settle(&mut self, order: &Pubkey) -> Outcome {
        let settle = self.settle_ix(&self.stranger, order);
        self.chain.ok(&[settle], &[&self.stranger])
    }

    pub fn end_ix(&self, party: &Keypair, order: &Pubkey) -> Instruction {
        ix::end(&party.pubkey(), order, &self.order(order))
    }

    pub fn end(&mut self, party: &Keypair, order: &Pubkey) -> Outcome {
        let end = self.end_ix(party, order);
        self.chain.ok(&[end], &[party])
    }

    pub fn authorise(&mut self, leases: &[Pubkey]) -> Outcome {
        let authorise = ix::authorise(&self.buyer.pubkey(), leases);
        self.chain.ok(&[authorise], &[&self.buyer])
    }

    pub fn confirm(&mut self, leases: &[Pubkey]) -> Outcome {
        let confirm = ix::confirm(&self.operator.pubkey(), &self.listing, leases);
        self.chain.ok(&[confirm], &[&self.operator])
    }

    /// The owner disputes, out of its token account.
    pub fn dispute(&mut self, order: &Pubkey) -> Outcome {
        let buyer = self.buyer.insecure_clone();
        let dispute = self.dispute_ix(&buyer, &self.buyer_account, order);
        self.chain.ok(&[dispute], &[&buyer])
    }

    /// The seller's associated token account, with enough for bonds.
    pub fn sellers_account(&mut self) -> Pubkey {
        let (mint, seller) = (self.mint, self.seller.pubkey());
        let account = mint.associated(&seller);
        if !self.chain.exists(&account) {
            self.chain.token_account(&mint, &seller, BUDGET);
        }
        account
    }

    /// The seller disputes, out of its associated token account.
    pub fn dispute_by_seller(&mut self, order: &Pubkey) -> Outcome {
        let seller = self.seller.insecure_clone();
        let dispute = self.dispute_ix(&seller, &self.mint.associated(&seller.pubkey()), order);
        self.chain.ok(&[dispute], &[&seller])
    }

    pub fn concede_ix(&self, party: &Keypair, order: &Pubkey) -> Instruction {
        ix::concede(&party.pubkey(), order, &self.order(order))
    }

    pub fn dispute_ix(&self, opener: &Keypair, source: &Pubkey, order: &Pubkey) -> Instruction {
        let state = self.order(order);
        ix::open_dispute(&opener.pubkey(), order, &state, source, [6; 32])
    }

    /// Moves the time on.
    pub fn wait(&mut self, seconds: i64) {
        self.chain.set_time(self.chain.now() + seconds);
    }

    /// What it paid is what it should have, to the base unit, it is over, and nothing is left in its vault.
    #[track_caller]
    pub fn assert_ended(&self, order: &Pubkey, sellers: &[u64], refunded: u64) {
        let ended = self.order(order);
        let parts: Vec<_> = sellers.iter().map(|part| shares(*part)).collect();
        let sum = |part: fn(&escrow::state::Shares) -> u64| parts.iter().map(part).sum::<u64>();
        let paid = (
            ended.paid,
            ended.fee_paid,
            ended.royalty_paid,
            ended.refunded,
        );
        let expected = (
            sum(|s| s.payee),
            sum(|s| s.fee),
            sum(|s| s.royalty),
            refunded,
        );
        assert_eq!(paid, expected);
        let state = if sellers.iter().sum::<u64>() > 0 {
            state::SETTLED
        } else {
            state::REFUNDED
        };
        assert_eq!(ended.head.state, state);
        assert_eq!(ended.deposited, sellers.iter().sum::<u64>() + refunded);
        assert!(!self.chain.exists(&ended.vault), "its vault is closed");
        assert_conservation(&ended);
    }
}

/// How a part of the seller's is shared.
pub fn shares(part: u64) -> escrow::state::Shares {
    escrow::state::Shares::of_sale(part, FEE_PPM, ROYALTY_PPM).unwrap()
}

fn assert_conservation(order: &Order) {
    assert_eq!(order.held().unwrap(), order.due().unwrap());
    assert_eq!((order.contested, order.pending, order.accruing), (0, 0, 0));
}
