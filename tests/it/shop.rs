//! A market with the accounts behind it, to see what the commands did.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::Arc,
    time::Duration,
};

use escrow::state::Config;
use pedigree_sdk::{
    api::Api,
    fetch,
    instructions::escrow::update_config,
    pda,
    programs::{OWN, SYSTEM, TOKEN},
    send::{Key, Options, Sender},
    verify::{self, Verdict},
};
use pedigree_tests::market::{Market, path, with_windows};
use serde_json::{Value, json};
use solana_client::{nonblocking::rpc_client::RpcClient, rpc_request::RpcRequest};
use solana_keypair::Keypair;
use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};

pub const DAY: i64 = 24 * 60 * 60;

pub struct Shop {
    pub market: Market,
    pub rpc: Arc<RpcClient>,
    pub mint: Pubkey,
}

impl Shop {
    pub fn open(market: Market) -> Self {
        Self {
            rpc: Arc::new(market.rpc()),
            mint: market.endpoint("mint").parse().expect("a mint"),
            market,
        }
    }

    /// A market without listings whose clock can be put forward, with windows of a day.
    pub async fn with_a_clock() -> Self {
        Self::open(Market::empty_with_a_clock().await)
    }

    /// The network's time, in Unix seconds.
    pub async fn time(&self) -> i64 {
        fetch::time(&self.rpc).await.expect("a time")
    }

    /// Puts its clock so many seconds forward.
    pub async fn pass(&self, seconds: i64) {
        let now = self.time().await;
        self.market.travel_to(now + seconds).await;
    }

    /// Waits until the index has what the chain has.
    pub async fn indexed(&self) {
        let tip = self.rpc.get_slot().await.expect("a slot");
        self.market.indexed(tip).await;
    }

    /// Runs a command that has to be refused with this name or text.
    pub fn refuses(&self, args: &[&str], named: &str) {
        let errors = self.market.refused(args);
        assert!(errors.contains(named), "{args:?}, {named}: {errors}");
    }

    /// Puts a draft on sale.
    pub fn activate(&self, listing: &Pubkey, wallet: &str) -> Value {
        let listing = listing.to_string();
        self.market
            .cli(&["listing", "activate", &listing, "--wallet", wallet])
    }

    /// Closes an order as soon as it may be closed.
    pub async fn close_order(&self, order: &Pubkey) -> Value {
        let order = order.to_string();
        let closing = async {
            loop {
                match self.market.try_cli(&["order", "close", &order]) {
                    Ok(closed) => return closed,
                    Err(errors) => assert!(errors.contains("StillValid"), "{errors}"),
                }
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        let closed = tokio::time::timeout(Duration::from_secs(240), closing).await;
        closed.expect("it closes")
    }

    /// Gives lamports to any account, out of a wallet.
    pub async fn give(&self, wallet: &str, to: &Pubkey, lamports: u64) {
        let transfer = Instruction {
            program_id: SYSTEM,
            accounts: vec![
                AccountMeta::new(self.wallet(wallet), true),
                AccountMeta::new(*to, false),
            ],
            data: [&2u32.to_le_bytes()[..], &lamports.to_le_bytes()].concat(),
        };
        self.send(wallet, transfer).await;
    }

    /// Gives a wallet so many base units of the reward token. Only the embedded network lets one: elsewhere they come from
    /// an epoch that has ended.
    pub async fn give_tokens(&self, wallet: &str, amount: u64) {
        self.give_tokens_to(&self.wallet(wallet), amount).await;
    }

    /// The same for any owner.
    pub async fn give_tokens_to(&self, owner: &Pubkey, amount: u64) {
        let (owner, mint) = (owner.to_string(), pda::token().0.to_string());
        let request = RpcRequest::Custom {
            method: "surfnet_setTokenAccount",
        };
        let params = json!([owner, mint, {"amount": amount}, TOKEN.to_string()]);
        let given = self.rpc.send::<Value>(request, params).await;
        given.expect("the network takes it");
    }

    /// A wallet's account of the reward token.
    pub fn tokens_of(&self, wallet: &str) -> Pubkey {
        pda::associated_token(&self.wallet(wallet), &pda::token().0, &TOKEN).0
    }

    /// Sets the shortest windows there are, as the config's authority.
    pub async fn shorten_windows(&self) {
        self.set_windows(60).await;
    }

    /// Sets both windows to so many seconds, as the config's authority.
    pub async fn set_windows(&self, seconds: u32) {
        let config: Config = self.account(&pda::escrow_config().0).await;
        let args = with_windows(&config, seconds);
        let update = update_config(&self.wallet("authority"), args);
        self.send("authority", update).await;
    }

    /// Sends an instruction that no command makes.
    pub async fn send(&self, wallet: &str, instruction: Instruction) {
        self.send_all(wallet, &[instruction]).await;
    }

    /// Sends instructions in one transaction.
    pub async fn send_all(&self, wallet: &str, instructions: &[Instruction]) {
        let key: Key = Arc::new(self.key(wallet));
        let sender = Sender::new(self.rpc.clone(), Options::default());
        sender
            .send(instructions, &[key])
            .await
            .expect("a confirmation");
    }

    /// Sends an instruction that has to be refused with this name.
    pub async fn refuses_to_send(&self, wallet: &str, instruction: Instruction, named: &str) {
        let key: Key = Arc::new(self.key(wallet));
        let sender = Sender::new(self.rpc.clone(), Options::default());
        let refused = sender.send(&[instruction], &[key]).await;
        let refused = refused.expect_err("a refusal");
        let name = refused.failure().map(|failure| failure.name.as_str());
        assert_eq!(name, Some(named), "{refused}");
    }

    pub async fn account<T: pedigree_sdk::accounts::Account>(&self, address: &Pubkey) -> T {
        let found = fetch::account(&self.rpc, address)
            .await
            .expect("the network answers");
        found.unwrap_or_else(|| panic!("no account at {address}"))
    }

    /// What every token account of a mint holds.
    pub async fn token_accounts(&self, mint: &Pubkey) -> BTreeMap<Pubkey, u64> {
        let accounts = self.rpc.get_program_accounts(&TOKEN).await;
        let accounts = accounts.expect("the token program's accounts");
        let of_mint = |data: &[u8]| data.len() == 165 && data[..32] == mint.to_bytes();
        accounts
            .into_iter()
            .filter(|(_, account)| of_mint(&account.data))
            .map(|(address, account)| {
                let amount = account.data[64..72].try_into().expect("8 bytes");
                (address, u64::from_le_bytes(amount))
            })
            .collect()
    }

    /// Base units in a token account, 0 where there is none.
    pub async fn balance(&self, account: &Pubkey) -> u64 {
        let found = fetch::raw(&self.rpc, account)
            .await
            .expect("the network answers");
        found.map_or(0, |(_, data)| {
            u64::from_le_bytes(data[64..72].try_into().expect("8 bytes"))
        })
    }

    /// Base units of a wallet in the settlement mint.
    pub async fn holds(&self, wallet: &Pubkey) -> u64 {
        self.balance(&pda::associated_token(wallet, &self.mint, &TOKEN).0)
            .await
    }

    /// Lamports of an account.
    pub async fn lamports(&self, account: &Pubkey) -> u64 {
        let found = self.rpc.get_balance(account).await;
        found.expect("the network answers")
    }

    /// The address of a named wallet.
    pub fn wallet(&self, name: &str) -> Pubkey {
        solana_signer::Signer::pubkey(&self.key(name))
    }

    pub fn key(&self, name: &str) -> Keypair {
        let file = self.market.data().join(format!("wallets/{name}.json"));
        let bytes = fs::read_to_string(file).expect("a wallet");
        let bytes: Vec<u8> = serde_json::from_str(&bytes).expect("a list of bytes");
        Keypair::try_from(bytes.as_slice()).expect("a keypair")
    }

    /// Registers a listing with one price, in base units, and returns its address. Still a draft.
    pub fn register(&self, wallet: &str, name: &str, price: u64, more: &[&str]) -> Pubkey {
        let manifest = self.market.folder().join(format!("{name}.json"));
        let (key, term) = (
            format!("model/{name}"),
            format!("mode=one_time,unit=copy,price={price}"),
        );
        let facts = serde_json::json!({"key": key, "name": name, "tags": ["for-sale"]});
        fs::write(&manifest, facts.to_string()).expect("a manifest");
        let options = [
            "listing",
            "register",
            "--wallet",
            wallet,
            "--key",
            &key,
            "--kind",
            "model",
            "--name",
            name,
            "--manifest",
            path(&manifest),
            "--term",
            &term,
        ];
        address(&self.market.cli(&[&options, more].concat()))
    }

    /// `pedigree order VERB ORDER --wallet …`
    pub fn act(&self, verb: &str, order: &Pubkey, wallet: &str) -> Value {
        self.market
            .cli(&["order", verb, &order.to_string(), "--wallet", wallet])
    }

    /// What the index serves of an order, once it has what the chain has, checked against it.
    pub async fn served_order(&self, order: &Pubkey) -> Value {
        let api = Api::new(&self.market.http).expect("a client");
        let served = api.order(order).await.expect("an order");
        assert_eq!(
            verify::order(&self.rpc, &served).await.expect("a verdict"),
            Verdict::Match
        );
        serde_json::to_value(served).expect("JSON")
    }

    /// Checks what the index serves of every account that the programs have against the chain; the kinds that there are.
    pub async fn verify_every_account(&self) -> BTreeSet<String> {
        let api = Api::new(&self.market.http).expect("a client");
        let mut kinds = BTreeSet::new();
        for program in OWN {
            let accounts = self.rpc.get_program_accounts(&program).await;
            for (address, _) in accounts.expect("the program's accounts") {
                let served = api.account(&address).await.expect("an account");
                let verdict = verify::account(&self.rpc, &served).await;
                assert_eq!(verdict.expect("a verdict"), Verdict::Match, "{served:?}");
                kinds.insert(served.kind);
            }
        }
        println!("verified against the chain: {kinds:?}");
        kinds
    }

    /// Checks what the index serves of a listing against the chain.
    pub async fn verify_listing(&self, listing: &Pubkey) {
        let api = Api::new(&self.market.http).expect("a client");
        let served = api.listing(listing).await.expect("a listing").listing;
        assert_eq!(
            verify::listing(&self.rpc, &served)
                .await
                .expect("a verdict"),
            Verdict::Match
        );
        assert_eq!(served.manifest_status, "ok");
    }
}

pub fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} in {value}"))
}

/// Base units, which are given as text.
pub fn amount(value: &Value, field: &str) -> u64 {
    text(value, field)
        .parse()
        .unwrap_or_else(|_| panic!("{field} in {value}"))
}

pub fn address(value: &Value) -> Pubkey {
    text(value, "address").parse().expect("an address")
}
