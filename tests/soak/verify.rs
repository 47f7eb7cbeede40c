//! Whether what was sent, what the chain holds, what the API serves and what the tables hold are the same.

use std::collections::{BTreeMap, HashMap, HashSet};

use pedigree_sdk::{
    accounts::{self, EntityKind},
    api::{Api, OrderFilter},
    programs::{self, ESCROW},
    verify::{self, Verdict},
};
use pedigree_tests::market::{Market, json, wait_until_indexed};
use serde::Serialize;
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::{
    Result,
    database::Database,
    indexer::Indexer,
    shop::Shop,
    trade::{Ending, Sold},
};

#[derive(Debug, Default, Serialize)]
pub struct Findings {
    pub orders_sent: usize,
    pub orders_on_chain: usize,
    /// Of all programs, orders included.
    pub accounts_on_chain: usize,
    pub accounts_match: usize,
    pub orders_served: usize,
    pub match_chain: usize,
    pub closed: usize,
    pub events: usize,
    pub finalized: usize,
    pub table_hash: Value,
    /// What is not as it has to be, in words; nothing where all is well.
    pub wrong: Vec<String>,
}

impl Findings {
    fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(otherwise());
        }
    }
}

pub async fn all(
    market: &Market,
    shop: &Shop,
    indexer: &Indexer,
    database: &Database,
    sold: &Sold,
) -> Result<Findings> {
    let http = indexer.restart_and_wait();
    wait_until_indexed(&http, sold.slot).await;
    market.indexed(sold.slot).await;
    let api = Api::new(&http)?;
    let mut findings = Findings {
        orders_sent: sold.orders.len(),
        ..Findings::default()
    };
    let served = orders(&api, shop, sold, &mut findings).await?;
    accounts(&api, shop, &mut findings).await?;
    log(&api, &served, &mut findings).await?;
    indexer.stop();
    tables(market, database, &mut findings);
    Ok(findings)
}

/// Each order sent is served exactly once, in the state that its ending says, as the chain has it. Numbers of events
/// by address.
async fn orders(
    api: &Api,
    shop: &Shop,
    sold: &Sold,
    findings: &mut Findings,
) -> Result<HashMap<Pubkey, u64>> {
    let on_chain = shop.rpc.get_program_accounts(&ESCROW).await?;
    let is_order = |bytes: &[u8]| accounts::identify(&ESCROW, bytes) == Ok(EntityKind::Order);
    let mut on_chain: BTreeMap<Pubkey, Vec<u8>> = on_chain
        .into_iter()
        .filter(|(_, account)| is_order(&account.data))
        .map(|(address, account)| (address, account.data))
        .collect();
    findings.orders_on_chain = on_chain.len();

    let mut events = HashMap::new();
    let mut filter = OrderFilter {
        limit: Some(100),
        ..OrderFilter::default()
    };
    loop {
        let page = api.orders(&filter).await?;
        for order in &page.items {
            let address = order.address;
            findings.orders_served += 1;
            let first = events.insert(address, order.proof.seq).is_none();
            findings.expect(first, || format!("{address} is served twice"));
            let ending = sold.orders.get(&address).copied();
            let closed = ending == Some(Ending::Closed);
            let state = order.account.get("state").and_then(Value::as_str);
            findings.expect(
                ending.map(Ending::state) == state && closed == order.closed,
                || format!("{address} was to end as {ending:?}, served: {state:?}"),
            );
            match on_chain.remove(&address) {
                Some(bytes) => match verify::compare_order(order, &bytes)? {
                    Verdict::Match if !order.closed => findings.match_chain += 1,
                    verdict => findings.wrong.push(format!("{address}: {verdict:?}")),
                },
                None if order.closed => findings.closed += 1,
                None => findings
                    .wrong
                    .push(format!("{address} is not on the chain")),
            }
        }
        match page.next_cursor {
            Some(cursor) => filter.cursor = Some(cursor),
            None => break,
        }
    }
    for address in on_chain.keys() {
        findings
            .wrong
            .push(format!("{address} is on the chain and not served"));
    }
    for address in sold
        .orders
        .keys()
        .filter(|sent| !events.contains_key(*sent))
    {
        findings
            .wrong
            .push(format!("{address} was sent and is not served"));
    }
    Ok(events)
}

/// Each account of the programs is served as the chain has it.
async fn accounts(api: &Api, shop: &Shop, findings: &mut Findings) -> Result<()> {
    for program in programs::OWN {
        for (address, account) in shop.rpc.get_program_accounts(&program).await? {
            findings.accounts_on_chain += 1;
            let kind = accounts::identify(&program, &account.data)?;
            let served = match api.account(&address).await {
                Ok(served) => served,
                Err(error) => {
                    findings.wrong.push(format!("{kind} {address}: {error}"));
                    continue;
                }
            };
            let bytes = &account.data;
            let verdict = verify::compare_fields(kind, &served.account, &served.proof, bytes)?;
            let is_open = served.kind == kind.name() && !served.closed;
            if is_open && verdict == Verdict::Match {
                findings.accounts_match += 1;
            } else {
                findings
                    .wrong
                    .push(format!("{kind} {address}: {verdict:?}"));
            }
        }
    }
    Ok(())
}

/// The log is numbered without a hole, tells of each event once, of none that was undone, and of as many of each order
/// as the order's account has counted.
async fn log(api: &Api, orders: &HashMap<Pubkey, u64>, findings: &mut Findings) -> Result<()> {
    let (mut after, mut head) = (0, 1);
    let mut applied: HashMap<(String, String), u64> = HashMap::new();
    let mut finalized = HashSet::new();
    let mut numbers: HashMap<Pubkey, u64> = HashMap::new();
    while after < head {
        let query = [
            ("after".into(), after.to_string()),
            ("limit".into(), "1000".to_owned()),
        ];
        let page: Value = api.get(&["v1", "events"], &query).await?;
        head = page["head"].as_u64().ok_or("no head")?;
        let entries = page["items"].as_array().ok_or("no entries")?;
        if entries.is_empty() {
            findings
                .wrong
                .push(format!("the log ends at {after}, not at {head}"));
            return Ok(());
        }
        for entry in entries {
            let seq = entry["seq"].as_u64().unwrap_or_default();
            findings.expect(seq == after + 1, || {
                format!("{seq} follows {after} in the log")
            });
            after = seq;
            let key = (entry["signature"].to_string(), entry["ix_path"].to_string());
            match entry["op"].as_str() {
                Some("applied") => {
                    let first = applied.insert(key, seq).is_none();
                    findings.expect(first, || {
                        format!("the event of entry {seq} was applied before")
                    });
                    if let Some(address) = entry["event"]["address"].as_str() {
                        *numbers.entry(address.parse()?).or_default() += 1;
                    }
                }
                Some("finalized") => {
                    findings.expect(applied.contains_key(&key), || {
                        format!("entry {seq} was never applied")
                    });
                    let first = finalized.insert(key);
                    findings.expect(first, || {
                        format!("the event of entry {seq} was final before")
                    });
                }
                other => findings.wrong.push(format!("entry {seq} is {other:?}")),
            }
        }
    }
    for (address, seq) in orders {
        let found = numbers.get(address).copied().unwrap_or_default();
        findings.expect(found == *seq, || {
            format!("{address}: {found} events of {seq} in the log")
        });
    }
    (findings.events, findings.finalized) = (applied.len(), finalized.len());
    Ok(())
}

/// Nothing is missing, derived tables follow from the inputs, and everything equals the undisturbed indexer's.
fn tables(market: &Market, database: &Database, findings: &mut Findings) {
    let target = ["--database-url", database.url()];
    let index = |command: &[&str], target: &[&str]| json(&[&["index"], command, target].concat());
    let checked = index(&["check", "--derive"], &target);
    eprintln!("index check: {checked}");
    let hash = index(&["hash"], &target)["hash"].clone();
    let rebuilt = index(&["rebuild"], &target)["hash"].clone();
    findings.expect(rebuilt == hash, || {
        format!("rebuilt: {rebuilt}, before: {hash}")
    });
    let undisturbed = market.endpoint("database");
    let other = index(&["hash"], &["--database-url", &undisturbed])["hash"].clone();
    findings.expect(other == hash, || {
        format!("the undisturbed indexer has {other}, not {hash}")
    });
    findings.table_hash = hash;
}
