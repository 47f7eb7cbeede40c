//! A wallet on a deployment, which signs and pays for what a command does.

use anyhow::{Error, Result, bail};
use clap::Args;
use pedigree_sdk::{
    error::about,
    instructions::token::create_associated,
    pda,
    programs::TOKEN,
    send::{Key, Options, SendError, Sender, Sent},
};
use serde_json::{Value, json};
use solana_program::{instruction::Instruction, pubkey::Pubkey};

use super::Target;
use crate::session::Session;

/// Who signs, and on which deployment.
#[derive(Clone, Debug, Args)]
pub struct Signing {
    /// Signs and pays: a keypair file, or a name in the deployment's folder of wallets. By the part
    /// it has here: publisher, buyer or stranger, unless given.
    #[arg(long, value_name = "NAME|FILE")]
    wallet: Option<String>,
    #[command(flatten)]
    target: Target,
}

impl Signing {
    /// Connects with the wallet that the command line names: for what nobody may do by mistake for another.
    pub async fn named(&self) -> Result<Wallet> {
        let Some(name) = &self.wallet else {
            bail!("--wallet: say who does this, it cannot be taken back");
        };
        self.open(name).await
    }

    /// Connects. `part` names the wallet where the command line names none.
    pub async fn open(&self, part: &str) -> Result<Wallet> {
        let session = self.target.session().await?;
        let key = session.wallet(self.wallet.as_deref().unwrap_or(part))?;
        // What will fail is told by a simulation, before it costs a fee.
        let sender = Sender::new(session.rpc.clone(), Options::default());
        Ok(Wallet {
            session,
            key,
            sender,
        })
    }
}

/// A session with a key.
pub struct Wallet {
    pub session: Session,
    key: Key,
    sender: Sender,
}

impl Wallet {
    pub fn address(&self) -> Pubkey {
        self.key.pubkey()
    }

    /// What signs, and what sends, for who takes many transactions.
    pub fn key(&self) -> &Key {
        &self.key
    }

    pub fn sender(&self) -> &Sender {
        &self.sender
    }

    /// Sends one transaction. Its error says what the accounts that it named have to do with it.
    pub async fn send(&self, instructions: &[Instruction]) -> Result<Sent> {
        self.send_with(instructions, &[]).await
    }

    /// The same, where others have to sign too.
    pub async fn send_with(&self, instructions: &[Instruction], others: &[Key]) -> Result<Sent> {
        let mut keys = vec![self.key.clone()];
        for other in others {
            if keys.iter().all(|key| key.pubkey() != other.pubkey()) {
                keys.push(other.clone());
            }
        }
        match self.sender.send(instructions, &keys).await {
            Ok(sent) => Ok(sent),
            Err(error) => Err(self.explained(error, instructions).await),
        }
    }

    async fn explained(&self, error: SendError, instructions: &[Instruction]) -> Error {
        let about = match error.failure() {
            Some(failure) => about::read(&self.session.rpc, instructions, failure).await,
            None => Vec::new(),
        };
        let error = Error::from(error);
        match about.is_empty() {
            true => error,
            false => error.context(about.join(", ")),
        }
    }

    /// Its signature of a message that is no transaction.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64]> {
        Ok(self.key.try_sign_message(message)?.into())
    }

    /// The associated token account of `owner`, and what makes it where it is missing.
    pub async fn token_account(
        &self,
        owner: &Pubkey,
        mint: &Pubkey,
        token_program: &Pubkey,
    ) -> Result<(Pubkey, Option<Instruction>)> {
        let (account, _) = pda::associated_token(owner, mint, token_program);
        let missing = self.session.missing(&[account]).await?.contains(&true);
        let create =
            missing.then(|| create_associated(&self.address(), owner, mint, token_program));
        Ok((account, create))
    }

    /// Its account of the reward token, which bonds, deposits and positions are paid from.
    pub async fn reward_tokens(&self) -> Result<Pubkey> {
        let owner = self.address();
        let (account, missing) = self.token_account(&owner, &pda::token().0, &TOKEN).await?;
        if missing.is_some() {
            bail!(
                "NoTokens: wallet {owner} holds no reward tokens, there is no account {account}: `pedigree epoch record`, `finish` \
                 and `claim` make some of the fees that it paid or earned, once an epoch is over"
            );
        }
        Ok(account)
    }
}

/// Adds the transaction to what it led to.
pub fn with_sent(mut result: Value, sent: &Sent) -> Value {
    result["signature"] = json!(sent.signature.to_string());
    result["slot"] = json!(sent.slot);
    result
}
