//! What is sold, and who buys and sells it.

use std::{fs, sync::Arc, time::Duration};

use common::receipt::mode;
use escrow::{
    opening::OpenArgs,
    state::{Config, Order},
};
use listing::state::Listing;
use pedigree_localnet::network::Network;
use pedigree_sdk::{
    accounts::Account,
    fetch,
    instructions::escrow::{self as buying, OpenOrder},
    pda,
    programs::TOKEN,
    send::{Key, Sender},
};
use pedigree_tests::market::{Market, path, with_windows};
use serde_json::json;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use tokio::time::sleep;

use crate::{Result, trade::now};

const PRICE: u64 = 1_000_003;
const ROYALTY_PPM: &str = "50000";
/// The shortest that the program allows, in seconds.
const WINDOW: u32 = 60;
/// What has a deadline is tried again while the network's clock may be behind ours.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_secs(3);

/// A listing as its buyers see it.
struct Offer {
    address: Pubkey,
    listing: Listing,
}

pub struct Shop {
    pub rpc: Arc<RpcClient>,
    sender: Sender,
    pub buyer: Key,
    pub seller: Key,
    pub stranger: Key,
    mint: Pubkey,
    /// Escrow's, with the shortest windows.
    config: Config,
    /// A derivative, of which its base has a part.
    priced: Offer,
    free: Offer,
}

impl Shop {
    /// Lists what will be sold, with the shortest windows there are.
    pub async fn open(market: &Market) -> Result<Self> {
        let rpc = Arc::new(market.rpc());
        let sender = Sender::new(rpc.clone(), Network::send_options());
        let wallet = |name| wallet(market, name);
        shorten_windows(&rpc, &sender, wallet("authority")?).await?;

        let term = format!("mode=one_time,unit=copy,price={PRICE}");
        let base = register(market, "base", &["--derivative-royalty-ppm", ROYALTY_PPM])?;
        market.cli(&["listing", "activate", &base, "--wallet", "seller"]);
        let priced = register(market, "priced", &["--term", &term])?;
        let edge = ["listing", "add-edge", &priced, "--parent", &base];
        let more = ["--relation", "adapted_from", "--wallet", "seller"];
        market.cli(&[&edge[..], &more].concat());
        market.cli(&["listing", "activate", &priced, "--wallet", "seller"]);
        market.cli(&["royalty", "open-pool", &priced]);
        let free = register(market, "free", &[])?;
        market.cli(&["listing", "activate", &free, "--wallet", "seller"]);

        Ok(Self {
            sender,
            buyer: wallet("buyer")?,
            seller: wallet("seller")?,
            stranger: wallet("stranger")?,
            mint: market.endpoint("mint").parse()?,
            config: account(&rpc, &pda::escrow_config().0).await?,
            priced: offer(&rpc, &priced).await?,
            free: offer(&rpc, &free).await?,
            rpc,
        })
    }

    /// Opens the buyer's order number `number`, whose key stays taken for `valid_for` seconds. Its address and the slot.
    pub async fn open_order(
        &self,
        number: u64,
        free: bool,
        valid_for: i64,
    ) -> Result<(Pubkey, u64)> {
        let offer = if free { &self.free } else { &self.priced };
        let (listing, buyer) = (&offer.listing, self.buyer.pubkey());
        let mut args = OpenArgs {
            key: u128::from(number).to_be_bytes(),
            valid_until: now()? + valid_for,
            quantity: 1,
            price: 0,
            max_total: 0,
            version: listing.version,
            term: 0,
            mode: mode::ONE_TIME,
            unit: Default::default(),
            delivery_window: WINDOW,
            dispute_window: WINDOW,
            arbitration_period: self.config.arbitration_period,
            bond_ppm: self.config.bond_ppm,
            manifest_hash: listing.manifest_hash,
            buyer_key: [0; 32],
            period: 0,
            ends_at: 0,
        };
        let order = pda::order(&buyer, &args.key).0;
        let open = if free {
            buying::open_free(&buyer, None, &offer.address, args)
        } else {
            let term = &listing.terms[0];
            (args.price, args.max_total, args.unit) = (term.price, term.price, term.unit);
            let accounts = OpenOrder {
                buyer,
                payer: None,
                listing: offer.address,
                royalty_generation: Some(listing.generation),
                mint: self.mint,
                token_program: TOKEN,
                source: pda::associated_token(&buyer, &self.mint, &TOKEN).0,
                session: None,
            };
            buying::open_order(&accounts, args)
        };
        let slot = self.send(open, &self.buyer).await?;
        Ok((order, slot))
    }

    /// Delivers an order of what is priced; the slot.
    pub async fn deliver(&self, order: &Pubkey) -> Result<u64> {
        let seller = self.seller.pubkey();
        let content = order.to_bytes();
        let deliver = buying::deliver(&seller, &self.priced.address, order, content, [0; 80]);
        self.send(deliver, &self.seller).await
    }

    pub async fn order(&self, address: &Pubkey) -> Result<Order> {
        account(&self.rpc, address).await
    }

    /// Sends an instruction until it is confirmed; the slot.
    pub async fn send(&self, instruction: Instruction, key: &Key) -> Result<u64> {
        let keys = std::slice::from_ref(key);
        Ok(self.sender.send(&[instruction], keys).await?.slot)
    }

    /// The same for what a deadline holds up until about now.
    pub async fn send_when_due(&self, instruction: Instruction, key: &Key) -> Result<u64> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.send(instruction.clone(), key).await {
                Err(_) if attempts < ATTEMPTS => sleep(PAUSE).await,
                sent => return sent,
            }
        }
    }
}

async fn shorten_windows(rpc: &RpcClient, sender: &Sender, authority: Key) -> Result<()> {
    let config: Config = account(rpc, &pda::escrow_config().0).await?;
    let update = buying::update_config(&authority.pubkey(), with_windows(&config, WINDOW));
    sender.send(&[update], &[authority]).await?;
    Ok(())
}

fn register(market: &Market, name: &str, more: &[&str]) -> Result<String> {
    let manifest = market.folder().join(format!("{name}.json"));
    let key = format!("model/{name}");
    fs::write(&manifest, json!({"key": key, "name": name}).to_string())?;
    let begin = ["listing", "register", "--wallet", "seller", "--key", &key];
    let facts = [
        "--kind",
        "model",
        "--name",
        name,
        "--manifest",
        path(&manifest),
    ];
    let registered = market.cli(&[&begin[..], &facts, more].concat());
    let address = registered["address"].as_str();
    Ok(address.ok_or("no address")?.to_owned())
}

async fn offer(rpc: &RpcClient, address: &str) -> Result<Offer> {
    let address = address.parse()?;
    let listing = account(rpc, &address).await?;
    Ok(Offer { address, listing })
}

async fn account<T: Account>(rpc: &RpcClient, address: &Pubkey) -> Result<T> {
    let found = fetch::account(rpc, address).await?;
    Ok(found.ok_or_else(|| format!("no account at {address}"))?)
}

fn wallet(market: &Market, name: &str) -> Result<Key> {
    let file = market.data().join(format!("wallets/{name}.json"));
    let bytes: Vec<u8> = serde_json::from_str(&fs::read_to_string(file)?)?;
    Ok(Arc::new(Keypair::try_from(bytes.as_slice())?))
}
