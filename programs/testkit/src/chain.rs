//! The chain in memory.

use std::{collections::BTreeMap, env, path::PathBuf};

use anchor_lang::prelude::ProgramError;
use litesvm::LiteSVM;
use pedigree_sdk::{
    accounts, pda,
    programs::{DAO, ESCROW, LISTING, REWARD, SYSTEM, TOKEN, TOKEN_2022},
};
use sha2::{Digest, Sha256};
use solana_account::{Account, AccountSharedData, ReadableAccount};
use solana_clock::Clock;
use solana_instruction_error::InstructionError;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_rent::Rent;
use solana_signer::Signer;
use solana_transaction::Transaction;

use crate::{
    history::History,
    outcome::{Outcome, Refusal},
};

/// Bytes of a transaction that the network takes.
const MAX_TRANSACTION: usize = 1232;
/// Where a ProgramData account has its authority: an option's tag and 32 bytes.
const AUTHORITY_AT: usize = 12;
/// What an actor starts with.
const LAMPORTS: u64 = 1_000_000_000_000;

/// A program under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Listing,
    Escrow,
    Reward,
    Dao,
}

impl Program {
    pub fn id(self) -> Pubkey {
        match self {
            Self::Listing => LISTING,
            Self::Escrow => ESCROW,
            Self::Reward => REWARD,
            Self::Dao => DAO,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Listing => "listing",
            Self::Escrow => "escrow",
            Self::Reward => "reward",
            Self::Dao => "dao",
        }
    }

    /// The compiled program, out of `target/deploy` or the folder that `PEDIGREE_PROGRAMS` names. Panics where it was
    /// not compiled.
    pub fn file(self) -> Vec<u8> {
        let folder = std::env::var_os("PEDIGREE_PROGRAMS").map(PathBuf::from);
        let folder = folder.unwrap_or_else(|| {
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy")
        });
        let path = folder.join(self.name()).with_extension("so");
        std::fs::read(&path)
            .unwrap_or_else(|error| panic!("{}: {error}: run `make programs`", path.display()))
    }
}

/// Why a transaction proves nothing, or proves the programs wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the transaction has {0} bytes, of {max} at most", max = MAX_TRANSACTION)]
    TooLarge(usize),
    #[error("{0}")]
    Wrong(String),
}

/// LiteSVM with the programs, and all that was told of their accounts so far.
pub struct Chain {
    pub svm: LiteSVM,
    /// May upgrade the programs.
    pub upgrade_authority: Keypair,
    /// Pays the transactions' fees and nothing else.
    fee_payer: Keypair,
    programs: Vec<Program>,
    history: History,
    /// Addresses whose signature a program would give that is not there.
    lent: Vec<Pubkey>,
    seed: u64,
    drawn: u64,
}

impl Chain {
    /// A chain with these programs. Chains of different seeds differ in every address. A byte's rent is what the
    /// environment says (`PEDIGREE_RENT`, lamports), or the network's own.
    pub fn new(programs: &[Program], seed: u64) -> Self {
        let mut chain = Self {
            svm: LiteSVM::new().with_sigverify(false),
            upgrade_authority: Keypair::new_from_array([1; 32]),
            fee_payer: Keypair::new_from_array([2; 32]),
            programs: programs.to_vec(),
            history: History::default(),
            lent: Vec::new(),
            seed,
            drawn: 0,
        };
        if let Ok(rent) = env::var("PEDIGREE_RENT") {
            chain.set_rent(rent.parse().expect("PEDIGREE_RENT is in lamports"));
        }
        chain.upgrade_authority = chain.actor();
        chain.fee_payer = chain.actor();
        for program in programs {
            chain
                .svm
                .add_program(program.id(), &program.file())
                .expect("the program loads");
            let (address, _) = pda::program_data(&program.id());
            let authority = chain.upgrade_authority.pubkey();
            chain.edit(&address, |data| {
                data[AUTHORITY_AT] = 1;
                data[AUTHORITY_AT + 1..AUTHORITY_AT + 33].copy_from_slice(authority.as_ref());
            });
        }
        chain.set_time(1_800_000_000);
        chain.warp_slots(1_000);
        chain
    }

    /// Thirty-two bytes that this chain has not given before.
    pub fn draw(&mut self) -> [u8; 32] {
        self.drawn += 1;
        Sha256::new()
            .chain_update(self.seed.to_le_bytes())
            .chain_update(self.drawn.to_le_bytes())
            .finalize()
            .into()
    }

    /// A new wallet with lamports.
    pub fn actor(&mut self) -> Keypair {
        let keypair = Keypair::new_from_array(self.draw());
        self.fund(&keypair.pubkey(), LAMPORTS);
        keypair
    }

    /// Sets the lamports of an account, which is made as the system program's where it is missing.
    pub fn fund(&mut self, address: &Pubkey, lamports: u64) {
        let mut account = self.svm.get_account(address).unwrap_or(Account {
            owner: SYSTEM,
            ..Account::default()
        });
        account.lamports = lamports;
        self.put(*address, account);
    }

    pub fn lamports(&self, address: &Pubkey) -> u64 {
        self.svm.get_balance(address).unwrap_or(0)
    }

    /// Puts an account there by hand.
    pub fn put(&mut self, address: Pubkey, account: Account) {
        if self.is_ours(&account.owner) {
            self.history.put(address, account.data.clone());
        }
        self.svm
            .set_account(address, account)
            .expect("the account is set");
    }

    /// Changes an account's bytes by hand. Panics where there is none.
    pub fn edit(&mut self, address: &Pubkey, change: impl FnOnce(&mut Vec<u8>)) {
        let mut account = self
            .svm
            .get_account(address)
            .unwrap_or_else(|| panic!("no account {address}"));
        change(&mut account.data);
        self.put(*address, account);
    }

    /// Changes an account of the programs by hand.
    pub fn edit_state<T: accounts::Account>(
        &mut self,
        address: &Pubkey,
        change: impl FnOnce(&mut T),
    ) {
        let mut state: T = self.state(address);
        change(&mut state);
        self.edit(address, |data| *data = accounts::to_bytes(&state));
    }

    /// An account of the programs. Panics where there is none of that type.
    pub fn state<T: accounts::Account>(&self, address: &Pubkey) -> T {
        let account = self
            .svm
            .get_account(address)
            .unwrap_or_else(|| panic!("no account {address}"));
        accounts::decode(&account.owner, &account.data)
            .unwrap_or_else(|error| panic!("{address}: {error}"))
    }

    /// Whether there is an account with lamports.
    pub fn exists(&self, address: &Pubkey) -> bool {
        self.lamports(address) > 0
    }

    /// Unix seconds.
    pub fn now(&self) -> i64 {
        self.svm.get_sysvar::<Clock>().unix_timestamp
    }

    pub fn slot(&self) -> u64 {
        self.svm.get_sysvar::<Clock>().slot
    }

    pub fn set_time(&mut self, unix_seconds: i64) {
        let mut clock = self.svm.get_sysvar::<Clock>();
        clock.unix_timestamp = unix_seconds;
        self.svm.set_sysvar(&clock);
    }

    pub fn warp_slots(&mut self, slots: u64) {
        self.svm.warp_to_slot(self.slot() + slots);
    }

    pub fn set_rent(&mut self, lamports_per_byte: u64) {
        self.svm.set_sysvar(&Rent {
            lamports_per_byte,
            ..Rent::default()
        });
    }

    /// The same chain once more: what happens to one does not happen to the other.
    pub fn fork(&self) -> Self {
        Self {
            svm: self.svm.clone(),
            upgrade_authority: self.upgrade_authority.insecure_clone(),
            fee_payer: self.fee_payer.insecure_clone(),
            programs: self.programs.clone(),
            history: self.history.clone(),
            lent: self.lent.clone(),
            seed: self.seed,
            drawn: self.drawn,
        }
    }

    /// From now on this address, which nobody has the key of, signs wherever it has to: in the place of a program's call
    /// that carries its signature.
    pub fn lend_signature(&mut self, address: &Pubkey) {
        self.lent.push(*address);
    }

    /// Every account that there is, in no order.
    pub fn accounts(&self) -> impl Iterator<Item = (&Pubkey, &AccountSharedData)> {
        self.svm.accounts_db().inner.iter()
    }

    /// Sends one transaction.
    ///
    /// Panics where it is larger than the network takes, where its events do not rebuild the accounts that it left,
    /// and where a refused one changed a byte.
    pub fn send(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Outcome, Refusal> {
        self.attempt(instructions, signers)
            .unwrap_or_else(|fault| panic!("{fault}"))
    }

    /// Sends one transaction, as [`Self::send`] does, and returns the fault that it stops at.
    ///
    /// Panics where somebody does not sign.
    pub fn attempt(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Result<Outcome, Refusal>, Fault> {
        self.svm.expire_blockhash();
        let fee_payer = self.fee_payer.pubkey();
        let message = Message::new_with_blockhash(
            instructions,
            Some(&fee_payer),
            &self.svm.latest_blockhash(),
        );
        let required = usize::from(message.header.num_required_signatures);
        let size = 1 + required * 64 + message.serialize().len();
        if size > MAX_TRANSACTION {
            return Err(Fault::TooLarge(size));
        }
        for key in &message.account_keys[1..required] {
            assert!(
                self.lent.contains(key) || signers.iter().any(|signer| signer.pubkey() == *key),
                "nobody signs for {key}"
            );
        }
        let mut all: Vec<&Keypair> = signers
            .iter()
            .copied()
            .filter(|s| message.account_keys[..required].contains(&s.pubkey()))
            .collect();
        all.push(&self.fee_payer);
        let mut transaction = Transaction::new_unsigned(message.clone());
        transaction.partial_sign(&all, message.recent_blockhash);
        let before = self.watched(&message);
        match self.svm.send_transaction(transaction) {
            Ok(meta) => {
                let outcome = Outcome::new(&message, meta);
                self.history.apply(&outcome.events)?;
                self.check_events(&message)?;
                Ok(Ok(outcome))
            }
            Err(_) if before != self.watched(&message) => Err(Fault::Wrong(
                "a refused transaction changed something".into(),
            )),
            Err(failed) => Ok(Err(Refusal::new(failed))),
        }
    }

    /// Sends one transaction that succeeds.
    #[track_caller]
    pub fn ok(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Outcome {
        self.send(instructions, signers)
            .unwrap_or_else(|refusal| panic!("{:?}\n{}", refusal.error, refusal.logs.join("\n")))
    }

    /// Sends one transaction that fails with this error.
    #[track_caller]
    pub fn refused(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        expected: impl Into<ProgramError>,
    ) {
        let expected = InstructionError::from(u64::from(expected.into()));
        match self.send(instructions, signers) {
            Ok(outcome) => panic!(
                "expected {expected:?}, but it went through: {:#?}",
                outcome.events
            ),
            Err(refusal) => assert!(
                refusal.is(&expected),
                "expected {expected:?}, not {:?}\n{}",
                refusal.error,
                refusal.logs.join("\n")
            ),
        }
    }

    /// What a refused transaction must leave alone: every account of the programs and tokens, and all that it names.
    fn watched(&self, message: &Message) -> BTreeMap<Pubkey, AccountSharedData> {
        let owners = [LISTING, ESCROW, REWARD, DAO, TOKEN, TOKEN_2022];
        let named = &message.account_keys[1..];
        self.accounts()
            .filter(|(key, account)| {
                owners.contains(account.owner()) || (named.contains(key) && !account.executable())
            })
            .map(|(key, account)| (*key, account.clone()))
            .collect()
    }

    /// Every account of ours that the transaction named is what its events say.
    fn check_events(&self, message: &Message) -> Result<(), Fault> {
        for key in &message.account_keys {
            let account = self.svm.accounts_db().get_account_ref(key);
            let found = account
                .filter(|account| self.is_ours(account.owner()))
                .map(ReadableAccount::data);
            if found != self.history.bytes(key) {
                return Err(Fault::Wrong(format!("the events do not rebuild {key}")));
            }
        }
        Ok(())
    }

    fn is_ours(&self, owner: &Pubkey) -> bool {
        self.programs.iter().any(|program| program.id() == *owner)
    }
}
