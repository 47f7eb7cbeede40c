//! A node that serves a chain over JSON-RPC, and misbehaves where it is told to.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{StreamExt, stream};
use pedigree_indexer::source::Block;
use pedigree_sdk::accounts::EntityKind;
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use super::chain::{Chain, base58, hash, to_json};

/// How the answer to a request goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Rpc(i64),
    Http(u16),
    Truncated,
    Null,
    /// Half of the body comes, and then nothing for ever.
    Stall,
    /// It comes after so long.
    Late(Duration),
    /// Of a list: each block so many times.
    Repeat(usize),
    /// Of a list: newest first.
    Reverse,
    /// Of a list: from the first block on, whatever was asked for.
    Replay,
}

type Accounts = Vec<(EntityKind, Pubkey, Vec<u8>)>;
type Faults = Box<dyn FnMut(&str, u64) -> Option<Fault> + Send>;

/// Two requests of three are one too many.
pub fn two_of_three() -> impl FnMut(&str, u64) -> Option<Fault> + Send + 'static {
    let mut asked = 0;
    move |_, _| {
        asked += 1;
        (asked % 3 != 0).then_some(Fault::Http(429))
    }
}

#[derive(Clone)]
pub struct Node {
    state: Arc<Mutex<Inner>>,
    pub url: String,
}

struct Inner {
    chain: Chain,
    finalized: u64,
    faults: Faults,
    genesis: String,
    hidden: Vec<u64>,
    accounts: Accounts,
    /// What it holds by the time that it is asked for accounts by their addresses, and of which slot.
    later: Option<(u64, Accounts)>,
    knows_signatures: bool,
    /// Whether a block has another hash where it is asked for without its transactions.
    contradicts_finality: bool,
}

impl Node {
    pub async fn start(chain: Chain) -> Self {
        let inner = Inner {
            chain,
            finalized: 0,
            faults: Box::new(|_, _| None),
            genesis: base58(hash("genesis")),
            hidden: Vec::new(),
            accounts: Vec::new(),
            later: None,
            knows_signatures: true,
            contradicts_finality: false,
        };
        let state = Arc::new(Mutex::new(inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/", post(answer))
            .with_state(state.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { state, url }
    }

    /// Decides of each request, by its method and slot, how it goes wrong.
    pub fn fail(&self, faults: impl FnMut(&str, u64) -> Option<Fault> + Send + 'static) {
        self.state.lock().unwrap().faults = Box::new(faults);
    }

    pub fn finalize(&self, slot: u64) {
        self.state.lock().unwrap().finalized = slot;
    }

    /// Leaves slots out of its list of blocks, though it has them.
    pub fn hide(&self, slots: &[u64]) {
        self.state.lock().unwrap().hidden = slots.to_vec();
    }

    /// What it answers when asked for the programs' accounts, and of which slot.
    pub fn hold(&self, accounts: Accounts) {
        self.state.lock().unwrap().accounts = accounts;
    }

    /// What it answers once it has listed the programs' accounts, and of which slot.
    pub fn hold_later(&self, slot: u64, accounts: Accounts) {
        self.state.lock().unwrap().later = Some((slot, accounts));
    }

    /// Whether it knows which transactions name an account.
    pub fn know_signatures(&self, knows: bool) {
        self.state.lock().unwrap().knows_signatures = knows;
    }

    /// From now on the final block of a slot is another one than the block of that slot.
    pub fn contradict_finality(&self) {
        self.state.lock().unwrap().contradicts_finality = true;
    }

    pub fn edit(&self, edit: impl FnOnce(&mut Chain)) {
        edit(&mut self.state.lock().unwrap().chain);
    }
}

async fn answer(State(state): State<Arc<Mutex<Inner>>>, Json(request): Json<Value>) -> Response {
    let method = request["method"].as_str().unwrap();
    let slot = request["params"][0].as_u64().unwrap_or_default();
    let fault = (state.lock().unwrap().faults)(method, slot);
    if let Some(Fault::Late(after)) = fault {
        tokio::time::sleep(after).await;
    }
    answer_now(&state.lock().unwrap(), &request, slot, fault)
}

fn answer_now(inner: &Inner, request: &Value, slot: u64, fault: Option<Fault>) -> Response {
    let method = request["method"].as_str().unwrap();
    let result = |value: Value| json!({"jsonrpc": "2.0", "id": 1, "result": value});
    match fault {
        Some(Fault::Rpc(code)) => {
            let error = json!({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": "told to fail"}});
            return Json(error).into_response();
        }
        Some(Fault::Http(status)) => return StatusCode::from_u16(status).unwrap().into_response(),
        Some(Fault::Truncated) => {
            return r#"{"jsonrpc":"2.0","id":1,"result":{"blockh"#.into_response();
        }
        Some(Fault::Null) => return Json(result(Value::Null)).into_response(),
        _ => {}
    }
    let value = match method {
        "getGenesisHash" => json!(inner.genesis),
        "getVersion" => json!({"solana-core": "4.2.0"}),
        "getMinimumBalanceForRentExemption" => json!(890_880),
        "getFirstAvailableBlock" => json!(inner.chain.blocks.first().map(|(slot, _)| *slot)),
        "getSlot" if request["params"][0]["commitment"] == "finalized" => json!(inner.finalized),
        "getSlot" => json!(inner.chain.tip()),
        "getBlocksWithLimit" => {
            let limit = usize::try_from(request["params"][1].as_u64().unwrap()).unwrap();
            let from = match fault {
                Some(Fault::Replay) => 0,
                _ => slot,
            };
            let slots = inner.chain.blocks.iter().map(|(slot, _)| *slot);
            let listed = slots.filter(|found| *found >= from && !inner.hidden.contains(found));
            let mut listed: Vec<u64> = listed.take(limit).collect();
            match fault {
                Some(Fault::Repeat(times)) => listed = listed.repeat(times),
                Some(Fault::Reverse) => listed.reverse(),
                _ => {}
            }
            json!(listed)
        }
        "getBlock" => match inner.chain.blocks.iter().find(|(found, _)| *found == slot) {
            Some((_, block)) if request["params"][1]["transactionDetails"] == "none" => {
                let mut block = Block {
                    transactions: Vec::new(),
                    ..block.clone()
                };
                if inner.contradicts_finality {
                    block.blockhash = base58(hash("another"));
                }
                to_json(&block)
            }
            Some((_, block)) => to_json(block),
            None => {
                let error =
                    json!({"code": -32009, "message": "skipped, or missing in long-term storage"});
                return Json(json!({"jsonrpc": "2.0", "id": 1, "error": error})).into_response();
            }
        },
        "getMultipleAccounts" => multiple_accounts(inner, &request["params"]),
        "getProgramAccounts" => program_accounts(inner, &request["params"]),
        "getSignaturesForAddress" if !inner.knows_signatures => json!([]),
        "getSignaturesForAddress" => signatures(&inner.chain, &request["params"]),
        other => panic!("unexpected request {other}"),
    };
    let answer = result(value);
    match fault {
        Some(Fault::Stall) => stalling(&answer),
        _ => Json(answer).into_response(),
    }
}

fn stalling(answer: &Value) -> Response {
    let mut half = answer.to_string();
    half.truncate(half.len() / 2);
    let body = stream::iter([Ok::<_, std::convert::Infallible>(half)]).chain(stream::pending());
    Body::from_stream(body).into_response()
}

fn program_accounts(inner: &Inner, params: &Value) -> Value {
    let start = params[1]["filters"][0]["memcmp"]["bytes"].as_str().unwrap();
    let program = params[0].as_str().unwrap();
    let accounts = inner.accounts.iter().filter(|(kind, ..)| {
        kind.program().to_string() == program && base58(kind.discriminator()) == start
    });
    assert_eq!(params[1]["dataSlice"], json!({"offset": 0, "length": 0}));
    let value: Vec<_> = accounts
        .map(|(_, address, _)| json!({"pubkey": address.to_string(), "account": account(&[])}))
        .collect();
    json!({"context": {"slot": inner.finalized}, "value": value})
}

fn multiple_accounts(inner: &Inner, params: &Value) -> Value {
    let addresses = params[0].as_array().unwrap();
    assert!(addresses.len() <= 100);
    let now = (inner.finalized, inner.accounts.clone());
    let (slot, accounts) = inner.later.clone().unwrap_or(now);
    let value = addresses.iter().map(|address| {
        let mut accounts = accounts.iter();
        let found = accounts.find(|(_, found, _)| found.to_string() == address.as_str().unwrap());
        found.map(|(_, _, bytes)| account(bytes))
    });
    let value: Vec<_> = value.collect();
    json!({"context": {"slot": slot}, "value": value})
}

fn account(bytes: &[u8]) -> Value {
    json!({"data": [STANDARD.encode(bytes), "base64"], "lamports": 1})
}

/// Signatures that name an address, newest first, as nodes page them.
fn signatures(chain: &Chain, params: &Value) -> Value {
    let address = params[0].as_str().unwrap();
    let limit = params[1]["limit"].as_u64().unwrap() as usize;
    let before = params[1]["before"].as_str();
    let mut found: Vec<(String, u64)> = Vec::new();
    for block in chain.decoded() {
        for event in &block.events {
            let named = event.event.entities();
            let signature = base58(event.key.signature);
            if named
                .iter()
                .any(|change| change.address.to_string() == address)
                && found.last().is_none_or(|(last, _)| *last != signature)
            {
                found.push((signature, block.slot));
            }
        }
    }
    found.reverse();
    let from = before.map_or(0, |before| {
        found
            .iter()
            .position(|(one, _)| one == before)
            .map_or(0, |at| at + 1)
    });
    found[from..]
        .iter()
        .take(limit)
        .map(|(signature, slot)| json!({"signature": signature, "slot": slot, "err": null}))
        .collect()
}
