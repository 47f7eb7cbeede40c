//! Jurors with wallets of their own, more than the command would be quick with.

use std::{iter::zip, sync::Arc};

use pedigree_sdk::{
    instructions::{dao as on_dao, reward as on_reward},
    pda,
    programs::{SYSTEM, TOKEN},
    send::{Key, Options, Sender},
};
use pedigree_tests::jury::{Ballot, bond};
use solana_keypair::Keypair;
use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};
use tokio::task::JoinSet;

use crate::shop::{DAY, Shop};

/// Pays the jurors' rents and fees.
const PAYER: &str = "deployer";
const LAMPORTS: u64 = 100_000_000;
/// Instructions that fit into one transaction.
const TRANSFERS: usize = 12;
const SETTLEMENTS: usize = 4;
/// That each can pay the bond of.
const ROUNDS: u64 = 3;

pub struct Jury {
    sender: Arc<Sender>,
    pub members: Vec<Member>,
}

pub struct Member {
    key: Key,
    pub position: Pubkey,
    pub weight: u64,
    salt: [u8; 32],
}

/// A juror by its place in the jury, and what it says; `None` where it commits and does not reveal.
pub type Said = (usize, Option<u8>);

impl Jury {
    /// Jurors that locked these weights long enough ago.
    pub async fn of(shop: &Shop, weights: &[u64]) -> Self {
        let members = weights.iter().map(|weight| Member::new(*weight)).collect();
        let sender = Sender::new(shop.rpc.clone(), Options::default());
        let jury = Self {
            sender: Arc::new(sender),
            members,
        };
        let payer = shop.wallet(PAYER);
        for members in jury.members.chunks(TRANSFERS) {
            let funded = members.iter().map(|member| fund(&payer, &member.owner()));
            shop.send_all(PAYER, &funded.collect::<Vec<_>>()).await;
        }
        for member in &jury.members {
            let tokens = member.weight + ROUNDS * bond(member.weight);
            shop.give_tokens_to(&member.owner(), tokens).await;
        }
        let locks = jury.members.iter().enumerate().map(|(place, member)| {
            let owner = member.owner();
            let lock = on_reward::lock(&owner, &owner, &member.tokens(), 1, member.weight);
            (place, lock)
        });
        jury.send(locks.collect()).await;
        shop.pass(8 * DAY).await;
        jury
    }

    /// What they risk by that.
    pub fn ballots(&self, said: &[Said]) -> Vec<Ballot> {
        let ballot = |(place, choice): &Said| Ballot {
            weight: self.members[*place].weight,
            choice: *choice,
        };
        said.iter().map(ballot).collect()
    }

    /// Commits what they will say in the round in force.
    pub async fn commit(&self, shop: &Shop, dispute: &Pubkey, said: &[Said]) {
        let state: dao::state::Dispute = shop.account(dispute).await;
        let commits = said.iter().map(|(place, choice)| {
            let member = &self.members[*place];
            let hash = member.commitment(dispute, &state, choice.unwrap_or(0));
            (*place, member.commit(dispute, state.round, hash))
        });
        self.send(commits.collect()).await;
    }

    /// Commits, for the juror in this place, what another one's record has.
    pub async fn copy(&self, shop: &Shop, dispute: &Pubkey, place: usize, of: usize) {
        let state: dao::state::Dispute = shop.account(dispute).await;
        let copied = pda::juror(dispute, state.round, &self.members[of].position).0;
        let copied: dao::state::Juror = shop.account(&copied).await;
        let member = &self.members[place];
        let commit = member.commit(dispute, state.round, copied.commitment);
        self.send(vec![(place, commit)]).await;
    }

    /// Reveals what they said in the round in force.
    pub async fn reveal(&self, shop: &Shop, dispute: &Pubkey, said: &[Said]) {
        let state: dao::state::Dispute = shop.account(dispute).await;
        let reveals = said.iter().filter_map(|(place, choice)| {
            let reveal = self.members[*place].reveal(dispute, state.round, (*choice)?);
            Some((*place, reveal))
        });
        self.send(reveals.collect()).await;
    }

    /// A reveal of what one juror said in the record of another.
    pub fn reveal_as(&self, dispute: &Pubkey, place: usize, of: usize, choice: u8) -> Instruction {
        let (position, salt) = (self.members[place].position, self.members[of].salt);
        on_dao::reveal(&position, dispute, 0, choice, salt)
    }

    /// Has these paid what a round owes them, one after another in this order.
    pub async fn settle(&self, shop: &Shop, dispute: &Pubkey, round: u8, said: &[Said]) {
        let settle = |(place, _): &Said| {
            let member = &self.members[*place];
            on_dao::settle_juror(&member.owner(), &member.position, dispute, round, None)
        };
        let settlements: Vec<_> = said.iter().map(settle).collect();
        for settlements in settlements.chunks(SETTLEMENTS) {
            shop.send_all(PAYER, settlements).await;
        }
    }

    /// What each of these holds of the reward token, in their order.
    pub async fn holds(&self, shop: &Shop, said: &[Said]) -> Vec<u64> {
        let mut held = Vec::new();
        for (place, _) in said {
            held.push(shop.balance(&self.members[*place].tokens()).await);
        }
        held
    }

    /// Each signs and pays its own, all at once.
    async fn send(&self, instructions: Vec<(usize, Instruction)>) {
        let mut sending = JoinSet::new();
        for (place, instruction) in instructions {
            let (sender, key) = (self.sender.clone(), self.members[place].key.clone());
            sending.spawn(async move { sender.send(&[instruction], &[key]).await });
        }
        while let Some(sent) = sending.join_next().await {
            sent.expect("a task").expect("a confirmation");
        }
    }
}

impl Member {
    fn new(weight: u64) -> Self {
        let key = Keypair::new();
        let owner = solana_signer::Signer::pubkey(&key);
        Self {
            key: Arc::new(key),
            position: pda::position(&owner, 1).0,
            weight,
            salt: owner.to_bytes(),
        }
    }

    pub fn owner(&self) -> Pubkey {
        self.key.pubkey()
    }

    /// Its account of the reward token.
    pub fn tokens(&self) -> Pubkey {
        pda::associated_token(&self.owner(), &pda::token().0, &TOKEN).0
    }

    fn commitment(
        &self,
        address: &Pubkey,
        dispute: &dao::state::Dispute,
        choice: u8,
    ) -> [u8; dao::constants::COMMITMENT_LEN] {
        let born_slot = dispute.head.born_slot;
        let (round, position) = (dispute.round, &self.position);
        on_dao::commitment(address, born_slot, round, position, choice, &self.salt)
    }

    fn commit(
        &self,
        dispute: &Pubkey,
        round: u8,
        hash: [u8; dao::constants::COMMITMENT_LEN],
    ) -> Instruction {
        let (owner, source) = (self.owner(), self.tokens());
        on_dao::commit(&owner, &self.position, dispute, round, &source, hash)
    }

    fn reveal(&self, dispute: &Pubkey, round: u8, choice: u8) -> Instruction {
        on_dao::reveal(&self.position, dispute, round, choice, self.salt)
    }
}

/// What each got above what it had, or below.
pub fn changes(before: &[u64], after: &[u64]) -> Vec<i128> {
    zip(before, after)
        .map(|(before, after)| i128::from(*after) - i128::from(*before))
        .collect()
}

fn fund(payer: &Pubkey, owner: &Pubkey) -> Instruction {
    Instruction {
        program_id: SYSTEM,
        accounts: vec![
            AccountMeta::new(*payer, true),
            AccountMeta::new(*owner, false),
        ],
        data: [&2u32.to_le_bytes()[..], &LAMPORTS.to_le_bytes()].concat(),
    }
}
