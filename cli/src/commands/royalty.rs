//! `pedigree royalty`.

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use escrow::state::MintConfig;
use listing::state::{Listing, PoolLedger, RoyaltyTable};
use pedigree_localnet::token::create_associated;
use pedigree_sdk::{
    instructions::listing::{self as instruction, Forwarding},
    pda,
};
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;
use solana_signer::Signer;

use super::Target;
use crate::session::Session;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print a listing's royalty table and its pool.
    Show(Pool),
    /// Open a listing's pool for a mint; anyone may.
    OpenPool(Crank),
    /// Send the parents their shares of a pool; anyone may.
    Forward(Forward),
}

#[derive(Debug, Args)]
pub struct Pool {
    listing: Pubkey,
    /// The settlement mint unless given.
    #[arg(long, value_name = "ADDRESS")]
    mint: Option<Pubkey>,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
pub struct Crank {
    #[command(flatten)]
    pool: Pool,
    /// Signs and pays.
    #[arg(long, value_name = "FILE|NAME", default_value = "stranger")]
    wallet: String,
}

#[derive(Debug, Args)]
pub struct Forward {
    #[command(flatten)]
    crank: Crank,
    /// Place of a parent in the royalty table; all of them unless given.
    #[arg(long)]
    index: Option<u8>,
}

pub async fn run(command: Command) -> Result<Value> {
    match command {
        Command::Show(pool) => show(&Opened::new(&pool).await?).await,
        Command::OpenPool(crank) => {
            let opened = Opened::new(&crank.pool).await?;
            let wallet = opened.session.wallet(&crank.wallet)?;
            let generation = opened.listing.generation;
            let open = opened.open(wallet.pubkey(), opened.address, generation);
            opened.session.send(&[open], &[wallet]).await?;
            show(&opened).await
        }
        Command::Forward(options) => forward(options).await,
    }
}

/// A listing and a mint.
struct Opened {
    session: Session,
    address: Pubkey,
    listing: Listing,
    mint: Pubkey,
    token_program: Pubkey,
}

impl Opened {
    async fn new(pool: &Pool) -> Result<Self> {
        let session = pool.target.session().await?;
        let listing: Listing = session.account(&pool.listing).await?;
        let mint = match pool.mint {
            Some(mint) => mint,
            None => session.mint()?,
        };
        let settings: MintConfig = session.account(&pda::mint_config(&mint).0).await?;
        Ok(Self {
            session,
            address: pool.listing,
            listing,
            mint,
            token_program: settings.token_program,
        })
    }

    fn open(
        &self,
        payer: Pubkey,
        listing: Pubkey,
        generation: u16,
    ) -> solana_program::instruction::Instruction {
        instruction::open_pool(payer, listing, generation, self.mint, self.token_program)
    }

    async fn table(&self) -> Result<RoyaltyTable> {
        if self.listing.royalty_ppm == 0 {
            bail!("the listing {} owes no royalties", self.address);
        }
        let address = pda::royalties(&self.address, self.listing.generation).0;
        self.session.account(&address).await
    }
}

async fn show(opened: &Opened) -> Result<Value> {
    let Opened {
        session,
        address,
        listing,
        mint,
        ..
    } = opened;
    if listing.royalty_ppm == 0 {
        return Ok(json!({"listing": address.to_string(), "table": null, "pool": null}));
    }
    let table = pda::royalties(address, listing.generation).0;
    let ledger = pda::ledger(address, listing.generation, mint).0;
    let pool = match session.find::<PoolLedger>(&ledger).await? {
        None => Value::Null,
        Some(_) => {
            let pool = pda::pool(address, listing.generation, mint).0;
            let balance = session.sender.rpc().get_token_account_balance(&pool).await;
            let balance = balance.with_context(|| format!("balance of the pool {pool}"))?;
            json!({
                "address": pool.to_string(),
                "balance": balance.amount,
                "ledger": session.show::<PoolLedger>(&ledger).await?,
            })
        }
    };
    Ok(json!({
        "listing": address.to_string(),
        "table": session.show::<RoyaltyTable>(&table).await?,
        "pool": pool,
    }))
}

async fn forward(options: Forward) -> Result<Value> {
    let opened = Opened::new(&options.crank.pool).await?;
    let wallet = opened.session.wallet(&options.crank.wallet)?;
    let table = opened.table().await?;
    let indices = match options.index {
        Some(index) => index..index.saturating_add(1),
        None => 0..table.len,
    };
    let mut sent = Vec::new();
    for index in indices {
        let entry = table
            .entries
            .get(usize::from(index))
            .filter(|_| index < table.len);
        let entry = entry.with_context(|| format!("the royalty table has no entry {index}"))?;
        let parent: Listing = opened.session.account(&entry.parent).await?;
        let (mint, token_program) = (opened.mint, opened.token_program);
        let payer = wallet.pubkey();
        let mut instructions = vec![create_associated(
            &payer,
            &parent.payout,
            &mint,
            &token_program,
        )];
        let parent_generation = (parent.royalty_ppm > 0).then_some(parent.generation);
        if let Some(generation) = parent_generation {
            let ledger = pda::ledger(&entry.parent, generation, &mint).0;
            if opened.session.find::<PoolLedger>(&ledger).await?.is_none() {
                instructions.push(opened.open(payer, entry.parent, generation));
            }
        }
        instructions.push(instruction::forward(Forwarding {
            listing: opened.address,
            generation: opened.listing.generation,
            mint,
            token_program,
            index,
            parent: entry.parent,
            payout: pda::associated_token(&parent.payout, &mint, &token_program).0,
            parent_generation,
        }));
        let mut done = opened
            .session
            .send(&instructions, &[wallet.clone()])
            .await?;
        done["index"] = json!(index);
        done["parent"] = json!(entry.parent.to_string());
        sent.push(done);
    }
    let mut result = show(&opened).await?;
    result["forwarded"] = Value::Array(sent);
    Ok(result)
}
