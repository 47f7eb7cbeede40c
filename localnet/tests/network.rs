//! The embedded network, as the indexer and the importer need it.

use std::{collections::HashSet, fs, path::Path, sync::Arc, time::Duration};

use futures_util::{StreamExt, TryStreamExt, stream};
use pedigree_localnet::{
    deploy::{DeployError, Deployed, deploy},
    network::Network,
    token,
};
use pedigree_sdk::{
    pda::associated_token,
    programs::TOKEN,
    send::{Key, Sender},
};
use serde_json::{Value, json};
use solana_client::{
    nonblocking::{pubsub_client::PubsubClient, rpc_client::RpcClient},
    rpc_config::{RpcTransactionLogsConfig, RpcTransactionLogsFilter},
    rpc_request::RpcRequest,
};
use solana_commitment_config::CommitmentConfig;
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;

const SOL: u64 = 1_000_000_000;

fn sender(network: &Network) -> Sender {
    let commitment = CommitmentConfig::confirmed();
    let rpc = RpcClient::new_with_commitment(network.rpc_url().to_owned(), commitment);
    Sender::new(Arc::new(rpc), Network::send_options())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_transaction_is_in_exactly_one_block_and_blocks_are_contiguous() {
    let payer = Arc::new(Keypair::new());
    let key: Key = payer.clone();
    let network = Network::start(&payer, vec![], 1_000 * SOL).await.unwrap();
    let sender = sender(&network);
    let rpc = sender.rpc();
    let first = rpc.get_first_available_block().await.unwrap();

    let sender = &sender;
    let (payer, keys) = (&payer, &[key]);
    let sent: HashSet<String> = stream::iter(0..500)
        .map(|lamports| async move {
            let instruction = transfer(
                &payer.pubkey(),
                &Keypair::new().pubkey(),
                SOL / 2 + lamports,
            );
            sender.send(&[instruction], keys).await
        })
        .buffer_unordered(64)
        .map_ok(|sent| sent.signature.to_string())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(sent.len(), 500);

    tokio::time::sleep(Duration::from_millis(300)).await;
    let last = rpc.get_slot().await.unwrap();
    let mut seen = HashSet::new();
    let mut previous = None;
    for slot in first..=last {
        let config = json!({
            "maxSupportedTransactionVersion": 0, "commitment": "confirmed", "rewards": false,
            "transactionDetails": "signatures",
        });
        let request = json!([slot, config]);
        let block: Value = rpc.send(RpcRequest::GetBlock, request).await.unwrap();
        let link = block["parentSlot"].as_u64();
        assert!(
            previous.is_none() || previous == link,
            "{slot} follows {link:?}"
        );
        for signature in block["signatures"].as_array().unwrap() {
            let signature = signature.as_str().unwrap().to_owned();
            assert!(seen.insert(signature), "in two blocks");
        }
        previous = Some(slot);
    }
    assert!(sent.is_subset(&seen));
    network.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_and_logs_are_announced() {
    let payer = Arc::new(Keypair::new());
    let key: Key = payer.clone();
    let network = Network::start(&payer, vec![], 1_000 * SOL).await.unwrap();
    let pubsub = PubsubClient::new(network.ws_url()).await.unwrap();
    let (mut slots, stop_slots) = pubsub.slot_subscribe().await.unwrap();
    let (first, tenth) = (
        slots.next().await.unwrap(),
        slots.by_ref().skip(9).next().await.unwrap(),
    );
    assert_eq!(tenth.slot, first.slot + 10);
    let (mut logs, stop_logs) = pubsub
        .logs_subscribe(
            RpcTransactionLogsFilter::Mentions(vec![payer.pubkey().to_string()]),
            RpcTransactionLogsConfig {
                commitment: Some(CommitmentConfig::confirmed()),
            },
        )
        .await
        .unwrap();
    let sender = sender(&network);
    let sent = sender
        .send(
            &[transfer(&payer.pubkey(), &Keypair::new().pubkey(), SOL)],
            &[key],
        )
        .await
        .unwrap();
    let log = tokio::time::timeout(Duration::from_secs(60), logs.next())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(log.value.signature, sent.signature.to_string());
    stop_slots().await;
    stop_logs().await;
    drop((slots, logs));
    network.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_deployed_once_and_upgraded_when_its_bytes_change() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/deploy/listing.so");
    let bytes = fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; run `make programs`", path.display()));
    let mut other = bytes.clone();
    other.push(1);
    let [payer, program, stranger] = [(); 3].map(|()| Arc::new(Keypair::new()));
    let network = Network::start(&payer, vec![stranger.pubkey()], 100 * SOL)
        .await
        .unwrap();
    let sender = sender(&network);
    let (payer, program, stranger): (Key, Key, Key) = (payer, program, stranger);

    let deployed = deploy(&sender, &payer, &program, &bytes).await.unwrap();
    assert_eq!(deployed, Deployed::New);
    let deployed = deploy(&sender, &payer, &program, &bytes).await.unwrap();
    assert_eq!(deployed, Deployed::Unchanged);
    let deployed = deploy(&sender, &payer, &program, &other).await.unwrap();
    assert_eq!(deployed, Deployed::Upgraded);
    let refused = deploy(&sender, &stranger, &program, &bytes).await;
    assert!(matches!(refused, Err(DeployError::Authority { .. })));
    network.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn issued_tokens_arrive_at_the_associated_account() {
    let (payer, mint) = (Arc::new(Keypair::new()), Arc::new(Keypair::new()));
    let owner = Keypair::new().pubkey();
    let network = Network::start(&payer, vec![], 100 * SOL).await.unwrap();
    let sender = sender(&network);
    let (payer, mint): (Key, Key) = (payer, mint);

    token::create_mint(&sender, &payer, &mint).await.unwrap();
    for amount in [5, 7] {
        token::issue(&sender, &payer, &mint.pubkey(), &owner, amount)
            .await
            .unwrap();
    }

    let (account, _) = associated_token(&owner, &mint.pubkey(), &TOKEN);
    let balance = sender.rpc().get_token_account_balance(&account).await;
    let balance = balance.unwrap();
    assert_eq!((balance.amount.as_str(), balance.decimals), ("12", 6));
    network.stop().unwrap();
}
