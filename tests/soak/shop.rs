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
    voucher::{Voucher, redeem_all},
};
use pedigree_tests::market::{Market, path, with_windows};
use serde_json::json;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_keypair::Keypair;
use solana_program::{instruction::Instruction, pubkey::Pubkey};
use solana_signer::Signer;
use tokio::time::sleep;

use crate::{Result, trade::now};

const PRICE: u64 = 1_000_003;
/// Of a query, by which metered orders are paid, and how many are paid for in advance.
const QUERY: u64 = 1_009;
const QUERIES: u64 = 100;
/// How long a metered order may last: longer than its notice.
const HOUR: i64 = 60 * 60;
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
    /// Signs the buyer's vouchers.
    vouchers: Keypair,
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
        let metered = format!("mode=metered,unit=query,price={QUERY}");
        let terms = ["--term", &term, "--term", &metered];
        let priced = register(market, "priced", &terms)?;
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
            vouchers: Keypair::new(),
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
        let mut args = self.args(offer, number)?;
        args.valid_until = now()? + valid_for;
        if !free {
            return self.buy(args, 0, 1).await;
        }
        let buyer = self.buyer.pubkey();
        let order = pda::order(&buyer, &args.key).0;
        let open = buying::open_free(&buyer, None, &offer.address, args);
        Ok((order, self.send(open, &self.buyer).await?))
    }

    /// Opens the buyer's order number `number` as one that is paid by vouchers.
    pub async fn open_metered(&self, number: u64) -> Result<Pubkey> {
        let mut args = self.args(&self.priced, number)?;
        args.mode = mode::METERED;
        args.ends_at = now()? + HOUR;
        args.buyer_key = self.vouchers.pubkey().to_bytes();
        let (order, _) = self.buy(args, 1, QUERIES).await?;
        Ok(order)
    }

    /// What all orders of an offer have in common.
    fn args(&self, offer: &Offer, number: u64) -> Result<OpenArgs> {
        Ok(OpenArgs {
            key: u128::from(number).to_be_bytes(),
            valid_until: now()? + HOUR,
            quantity: 1,
            price: 0,
            max_total: 0,
            version: offer.listing.version,
            term: 0,
            mode: mode::ONE_TIME,
            unit: Default::default(),
            delivery_window: WINDOW,
            dispute_window: WINDOW,
            arbitration_period: self.config.arbitration_period,
            bond_ppm: self.config.bond_ppm,
            manifest_hash: offer.listing.manifest_hash,
            buyer_key: [0; 32],
            period: 0,
            ends_at: 0,
        })
    }

    /// Buys so much of what is priced. The order's address and the slot.
    async fn buy(&self, mut args: OpenArgs, term: u8, quantity: u64) -> Result<(Pubkey, u64)> {
        let (buyer, listing) = (self.buyer.pubkey(), &self.priced.listing);
        let of = &listing.terms[usize::from(term)];
        (args.term, args.quantity) = (term, quantity);
        (args.price, args.max_total, args.unit) = (of.price, of.price * quantity, of.unit);
        let accounts = OpenOrder {
            buyer,
            payer: None,
            listing: self.priced.address,
            royalty_generation: Some(listing.generation),
            mint: self.mint,
            token_program: TOKEN,
            source: pda::associated_token(&buyer, &self.mint, &TOKEN).0,
            session: None,
        };
        let order = pda::order(&buyer, &args.key).0;
        let open = buying::open_order(&accounts, args);
        Ok((order, self.send(open, &self.buyer).await?))
    }

    /// Redeems a voucher that says that so much is owed of an order so far.
    pub async fn redeem(
        &self,
        address: &Pubkey,
        order: &Order,
        sequence: u64,
        owed: u64,
    ) -> Result<u64> {
        let (genesis, born) = (&self.config.genesis_hash, order.head.born_slot);
        let signed = Voucher::sign(&self.vouchers, genesis, address, born, sequence, owed);
        let signed = [(signed, self.priced.address, self.vouchers.pubkey())];
        let redeem = redeem_all(&self.seller.pubkey(), genesis, &signed, 0);
        let keys = std::slice::from_ref(&self.seller);
        Ok(self.sender.send(&redeem, keys).await?.slot)
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
