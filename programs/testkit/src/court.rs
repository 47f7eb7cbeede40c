//! The dao as its tests and measurements find it: a chain with the programs, jurors with locked tokens, orders and listings
//! in dispute, which are put there by hand.

use anchor_lang::bytemuck::Zeroable;
use common::receipt::{mode, state};
use dao::{
    instructions::ConfigArgs,
    math,
    state::{Dispute, Docket, Juror},
};
use escrow::state::{Order, party};
use listing::state::{Edge, Listing, relation};
use pedigree_sdk::{
    accounts::to_bytes,
    instructions::{dao as ix, reward as on_reward},
    pda,
    programs::{ESCROW, LISTING, TOKEN},
};
use reward::{
    instructions::{AttestArgs, ConfigArgs as RewardArgs, Terms},
    state::{Attestation, verdict},
};
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;

use crate::{Chain, Mint, Outcome, Program};

pub const DAY: i64 = 24 * 60 * 60;
pub const EVIDENCE: i64 = 3 * DAY;
pub const COMMIT: i64 = 4 * DAY;
pub const REVEAL: i64 = 5 * DAY;
pub const APPEAL: i64 = 2 * DAY;
pub const CASE_BOND: u64 = 5_000;
pub const APPEAL_BOND: u64 = 1_000;
/// Of an order in dispute.
pub const CONTESTED: u64 = 1_000_000;
pub const SALT: [u8; 32] = [5; 32];

pub struct World {
    pub chain: Chain,
    pub admin: Keypair,
    /// Cranks, and pays rents.
    pub stranger: Keypair,
    pub treasurer: Keypair,
    /// The reward program's token.
    pub token: Mint,
}

/// A locked position of weight.
pub struct Voter {
    pub owner: Keypair,
    pub position: Pubkey,
}

impl World {
    /// A chain on which the dao is not initialized.
    pub fn bare(seed: u64) -> Self {
        let programs = [
            Program::Listing,
            Program::Escrow,
            Program::Reward,
            Program::Dao,
        ];
        let mut chain = Chain::new(&programs, seed);
        let (admin, stranger, treasurer) = (chain.actor(), chain.actor(), chain.actor());
        let token = Mint {
            address: pda::token().0,
            program: TOKEN,
            decimals: 6,
        };
        let mut world = Self {
            chain,
            admin,
            stranger,
            treasurer,
            token,
        };
        let terms = Terms {
            cap: u64::MAX,
            first_emission: 1,
            epoch_length: 7 * DAY as u32,
            halving: 1,
        };
        let args = RewardArgs {
            paused: false,
            buyer_share_ppm: 0,
            cooling: 15 * DAY as u32,
            claim_window: 30 * DAY as u32,
            min_stake: 1,
            pending_authority: Pubkey::default(),
        };
        let upgrader = world.upgrader();
        let stranger = world.stranger.insecure_clone();
        let (key, payer) = (upgrader.pubkey(), stranger.pubkey());
        let initialize = on_reward::initialize(&key, &payer, &payer, terms, args);
        world.chain.ok(&[initialize], &[&upgrader, &stranger]);
        let token = world.token;
        let treasurer = world.treasurer.pubkey();
        world.chain.token_account(&token, &treasurer, 0);
        world
    }

    pub fn new(seed: u64) -> Self {
        let mut world = Self::bare(seed);
        let initialize = world.initialize_ix(world.args());
        let (upgrader, stranger) = (world.upgrader(), world.stranger.insecure_clone());
        world.chain.ok(&[initialize], &[&upgrader, &stranger]);
        world
    }

    /// The same world once more: what happens to one does not happen to the other.
    pub fn fork(&self) -> Self {
        Self {
            chain: self.chain.fork(),
            admin: self.admin.insecure_clone(),
            stranger: self.stranger.insecure_clone(),
            treasurer: self.treasurer.insecure_clone(),
            token: self.token,
        }
    }

    pub fn upgrader(&self) -> Keypair {
        self.chain.upgrade_authority.insecure_clone()
    }

    pub fn initialize_ix(&self, args: ConfigArgs) -> Instruction {
        let (upgrader, payer) = (self.upgrader().pubkey(), self.stranger.pubkey());
        ix::initialize(&upgrader, &payer, &self.admin.pubkey(), args)
    }

    pub fn args(&self) -> ConfigArgs {
        ConfigArgs {
            evidence: EVIDENCE as u32,
            commit: COMMIT as u32,
            reveal: REVEAL as u32,
            appeal: APPEAL as u32,
            quorum_ppm: 100_000,
            quorum_floor: 1_000,
            case_bond: CASE_BOND,
            appeal_bond: APPEAL_BOND,
            treasury: self.treasurer.pubkey(),
            pending_authority: Pubkey::default(),
        }
    }

    pub fn update(&mut self, change: impl FnOnce(&mut ConfigArgs)) {
        let mut args = self.args();
        change(&mut args);
        let update = ix::update_config(&self.admin.pubkey(), args);
        let admin = self.admin.insecure_clone();
        self.chain.ok(&[update], &[&admin]);
    }

    pub fn pass(&mut self, seconds: i64) {
        let now = self.chain.now() + seconds;
        self.chain.set_time(now);
        self.chain.warp_slots(1);
    }

    /// Sends what the stranger signs.
    pub fn crank(&mut self, instruction: Instruction) -> Outcome {
        let stranger = self.stranger.insecure_clone();
        self.chain.ok(&[instruction], &[&stranger])
    }

    #[track_caller]
    pub fn refused(&mut self, instruction: Instruction, error: dao::error::DaoError) {
        let stranger = self.stranger.insecure_clone();
        self.chain.refused(&[instruction], &[&stranger], error);
    }

    /// The same of what another signs.
    #[track_caller]
    pub fn refused_by(
        &mut self,
        instruction: Instruction,
        signer: &Keypair,
        error: dao::error::DaoError,
    ) {
        self.chain.refused(&[instruction], &[signer], error);
    }

    // Tokens and jurors.

    /// A wallet with tokens.
    pub fn holder(&mut self, amount: u64) -> Keypair {
        let holder = self.chain.actor();
        let token = self.token;
        self.chain.token_account(&token, &holder.pubkey(), amount);
        let mint = self.chain.svm.get_account(&token.address).expect("a mint");
        let supply = u64::from_le_bytes(*mint.data[36..44].first_chunk().expect("enough bytes"));
        self.chain.edit(&token.address, |data| {
            data[36..44].copy_from_slice(&(supply + amount).to_le_bytes());
        });
        holder
    }

    pub fn account(&self, owner: &Pubkey) -> Pubkey {
        self.token.associated(owner)
    }

    pub fn held(&self, owner: &Pubkey) -> u64 {
        self.chain.balance(&self.account(owner))
    }

    /// A wallet that has locked `weight`, and has as much again for bonds.
    pub fn voter(&mut self, weight: u64) -> Voter {
        let owner = self.holder(weight * 2);
        let (key, source) = (owner.pubkey(), self.account(&owner.pubkey()));
        let lock = on_reward::lock(&key, &key, &source, 0, weight);
        self.chain.ok(&[lock], &[&owner]);
        Voter {
            position: pda::position(&key, 0).0,
            owner,
        }
    }

    /// So many of them, old enough to vote.
    pub fn voters(&mut self, weights: &[u64]) -> Vec<Voter> {
        let voters = weights.iter().map(|weight| self.voter(*weight)).collect();
        // Their weight counts in a quorum when it was active for a whole week of the calendar and all of the next so far.
        self.pass(14 * DAY);
        voters
    }

    // Disputes.

    /// An order whose owner contests all of it, and its vault with the owner's bond.
    pub fn order(&mut self) -> Pubkey {
        self.order_with(|_| ())
    }

    pub fn order_with(&mut self, change: impl FnOnce(&mut Order)) -> Pubkey {
        let mut order = Order::zeroed();
        let key = *self.chain.draw().first_chunk().expect("enough bytes");
        let buyer = self.chain.actor().pubkey();
        let (address, bump) = pda::order(&buyer, &key);
        let now = self.chain.now();
        order.head.layout = escrow::constants::LAYOUT;
        order.head.bump = bump;
        order.head.mode = mode::ONE_TIME;
        order.head.state = state::DISPUTED;
        order.head.key = key;
        order.head.buyer = buyer;
        order.head.owner = buyer;
        order.params_hash = self.chain.draw();
        order.deposited = CONTESTED;
        order.contested = CONTESTED;
        order.bond = 1;
        order.arbitration_period = 90 * DAY as u32;
        order.arbitrate_by = now + 90 * DAY;
        order.disputes = 1;
        order.opener = party::OWNER;
        change(&mut order);
        self.chain.put_owned(address, ESCROW, to_bytes(&order));
        address
    }

    pub fn order_state(&self, order: &Pubkey) -> Order {
        self.chain.state(order)
    }

    pub fn open_ix(&self, order: &Pubkey) -> Instruction {
        ix::open_order_case(
            &self.stranger.pubkey(),
            order,
            self.order_state(order).disputes,
        )
    }

    /// A dispute of a new order.
    pub fn order_case(&mut self) -> (Pubkey, Pubkey) {
        let order = self.order();
        let open = self.open_ix(&order);
        self.crank(open);
        (order, pda::dispute(&order, 1).0)
    }

    /// A listing that was activated.
    pub fn listing(&mut self) -> Pubkey {
        let mut listing = Listing::zeroed();
        listing.layout = listing::constants::LAYOUT;
        listing.version = 3;
        listing.activated_slot = 1;
        listing.manifest_hash = self.chain.draw();
        let address = Pubkey::new_from_array(self.chain.draw());
        self.chain.put_owned(address, LISTING, to_bytes(&listing));
        address
    }

    pub fn complain_ix(&self, opener: &Pubkey, listing: &Pubkey, number: u16) -> Instruction {
        let state: Listing = self.chain.state(listing);
        ix::open_version_case(
            opener,
            &self.stranger.pubkey(),
            &self.account(opener),
            listing,
            number,
            state.version,
            state.manifest_hash,
        )
    }

    /// A complaint of a new listing's version, and who opened it.
    pub fn version_case(&mut self) -> (Keypair, Pubkey, Pubkey) {
        let (opener, listing) = (self.holder(CASE_BOND), self.listing());
        let open = self.complain_ix(&opener.pubkey(), &listing, 1);
        let stranger = self.stranger.insecure_clone();
        self.chain.ok(&[open], &[&opener, &stranger]);
        (opener, listing, pda::dispute(&listing, 1).0)
    }

    /// A voter's attestation that the listing's version is good, with its address and the hash of the manifest.
    pub fn attested(&mut self, voter: &Voter, listing: &Pubkey) -> (Pubkey, Attestation, [u8; 32]) {
        let key = voter.owner.pubkey();
        let of: Listing = self.chain.state(listing);
        let args = AttestArgs {
            verdict: verdict::GOOD,
            version: of.version,
            manifest_hash: of.manifest_hash,
            evidence_hash: [1; 32],
            stake: 1_000,
        };
        let attest = on_reward::attest(&key, &key, 0, listing, args);
        self.chain.ok(&[attest], &[&voter.owner]);
        // It is slashed in a later slot.
        self.chain.warp_slots(1);
        let address = pda::attestation(&voter.position, listing, of.version).0;
        (address, self.chain.state(&address), of.manifest_hash)
    }

    /// A listing that was activated in this slot; 0 for a draft.
    pub fn activated_in(&mut self, slot: u64) -> Pubkey {
        let listing = self.listing();
        self.chain.edit_state(&listing, |listing: &mut Listing| {
            listing.activated_slot = slot;
        });
        listing
    }

    /// An edge between two listings, at its address.
    pub fn put_edge(&mut self, child: &Pubkey, parent: &Pubkey, status: u8) -> Pubkey {
        let (address, bump) = pda::edge(child, parent);
        let edge = Edge {
            layout: listing::constants::LAYOUT,
            bump,
            relation: relation::TRAINED_ON,
            status,
            born_slot: 17,
            child: *child,
            parent: *parent,
            ..Edge::zeroed()
        };
        self.chain.put_owned(address, LISTING, to_bytes(&edge));
        address
    }

    /// Says that an edge is false, or that it is missing.
    pub fn edge_ix(
        &self,
        opener: &Pubkey,
        [child, parent]: [&Pubkey; 2],
        missing: Option<u8>,
        number: u16,
    ) -> Instruction {
        let (payer, source) = (self.stranger.pubkey(), self.account(opener));
        ix::open_edge_case(opener, &payer, &source, child, parent, missing, number)
    }

    pub fn dispute(&self, dispute: &Pubkey) -> Dispute {
        self.chain.state(dispute)
    }

    pub fn docket(&self, subject: &Pubkey) -> Docket {
        self.chain.state(&pda::docket(subject).0)
    }

    pub fn vault(&self, dispute: &Pubkey) -> u64 {
        self.chain.balance(&pda::dispute_vault(dispute).0)
    }

    /// Moves to the beginning of the phase in which the round in force takes commitments, reveals, or is counted.
    pub fn to(&mut self, dispute: &Pubkey, after: i64) {
        let state = self.dispute(dispute);
        let start = state.rounds[usize::from(state.round)].starts_at;
        self.chain.set_time(start + after);
        self.chain.warp_slots(1);
    }

    pub fn commit_ix(&self, voter: &Voter, dispute: &Pubkey, choice: u8) -> Instruction {
        let state = self.dispute(dispute);
        let (born, round) = (state.head.born_slot, state.round);
        let hash = ix::commitment(dispute, born, round, &voter.position, choice, &SALT);
        let owner = voter.owner.pubkey();
        ix::commit(
            &owner,
            &voter.position,
            dispute,
            round,
            &self.account(&owner),
            hash,
        )
    }

    pub fn commit(&mut self, voter: &Voter, dispute: &Pubkey, choice: u8) -> Outcome {
        let commit = self.commit_ix(voter, dispute, choice);
        self.chain.ok(&[commit], &[&voter.owner])
    }

    pub fn reveal_ix(&self, voter: &Voter, dispute: &Pubkey, choice: u8) -> Instruction {
        let round = self.dispute(dispute).round;
        ix::reveal(&voter.position, dispute, round, choice, SALT)
    }

    /// A whole round up to its count: of each juror its choice, `None` where it commits and keeps silent.
    pub fn round(&mut self, dispute: &Pubkey, votes: &[(&Voter, Option<u8>)]) {
        self.to(dispute, EVIDENCE);
        for (voter, choice) in votes {
            self.commit(voter, dispute, choice.unwrap_or(0));
        }
        self.to(dispute, EVIDENCE + COMMIT);
        for (voter, choice) in votes {
            if let Some(choice) = choice {
                let reveal = self.reveal_ix(voter, dispute, *choice);
                self.crank(reveal);
            }
        }
        self.to(dispute, EVIDENCE + COMMIT + REVEAL);
        self.crank(ix::tally(dispute));
    }

    /// Lets the time to appeal pass and ends it.
    pub fn finish(&mut self, subject: &Pubkey, dispute: &Pubkey) {
        self.to(dispute, EVIDENCE + COMMIT + REVEAL + APPEAL);
        self.crank(ix::finish(subject, dispute));
    }

    pub fn appeal(&mut self, dispute: &Pubkey, direction: u8) -> Keypair {
        let appellant = self.holder(4 * APPEAL_BOND);
        let source = self.account(&appellant.pubkey());
        let appeal = ix::appeal(&appellant.pubkey(), dispute, &source, direction);
        self.chain.ok(&[appeal], &[&appellant]);
        appellant
    }

    pub fn settle_ix(&self, voter: &Voter, dispute: &Pubkey, round: u8) -> Instruction {
        let owner = voter.owner.pubkey();
        ix::settle_juror(&owner, &voter.position, dispute, round, None)
    }

    /// Settles a juror, and returns what it got.
    pub fn settle(&mut self, voter: &Voter, dispute: &Pubkey, round: u8) -> u64 {
        let owner = voter.owner.pubkey();
        let before = self.held(&owner);
        let settle = self.settle_ix(voter, dispute, round);
        self.crank(settle);
        self.held(&owner) - before
    }

    pub fn juror(&self, voter: &Voter, dispute: &Pubkey, round: u8) -> Juror {
        self.chain
            .state(&pda::juror(dispute, round, &voter.position).0)
    }
}

pub fn bond(weight: u64) -> u64 {
    math::bond(weight).expect("it fits")
}
