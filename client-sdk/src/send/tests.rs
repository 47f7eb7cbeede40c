use std::{
    collections::{HashMap, HashSet},
    sync::Mutex as StdMutex,
};

use futures_util::future::{BoxFuture, ready, try_join_all};
use serde_json::{Value, json};
use solana_client::rpc_client::RpcClientConfig;
use solana_client::{
    client_error::ClientErrorKind,
    rpc_request::{RpcError, RpcRequest, RpcResponseErrorData},
    rpc_sender::{RpcSender, RpcTransportStats},
};
use solana_keypair::Keypair;
use solana_program::instruction::AccountMeta;

use super::*;
use crate::programs::ESCROW;

/// A network that answers as told: a block with each question for the height, and `fault` decides about each
/// transaction that is handed over, by how often that one was.
struct Chain {
    state: Arc<StdMutex<State>>,
    fault: fn(handed_over: usize) -> Fault,
}

#[derive(Default)]
struct State {
    height: u64,
    /// How long a blockhash is valid, in blocks.
    valid_for: u64,
    /// Until so many transactions were handed over, all are lost.
    lost_below: usize,
    handed_over: HashMap<String, usize>,
    landed: HashMap<String, Value>,
    asked_at_once: Vec<usize>,
    unavailable: usize,
}

enum Fault {
    None,
    Lost,
    Busy,
    /// It arrives, but the answer does not.
    AnswerLost,
    Stale,
    Fails(u32),
}

fn error(code: i64) -> ClientError {
    RpcError::RpcResponseError {
        code,
        message: "told to".into(),
        data: RpcResponseErrorData::Empty,
    }
    .into()
}

impl RpcSender for Chain {
    fn send<'a, 'b>(
        &'a self,
        request: RpcRequest,
        params: Value,
    ) -> BoxFuture<'b, ClientResult<Value>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(ready(self.answer(request, params)))
    }

    fn get_transport_stats(&self) -> RpcTransportStats {
        RpcTransportStats::default()
    }

    fn url(&self) -> String {
        "in memory".into()
    }
}

impl Chain {
    fn answer(&self, request: RpcRequest, params: Value) -> ClientResult<Value> {
        let mut state = self.state.lock().unwrap();
        Ok(match request {
            RpcRequest::GetLatestBlockhash => {
                if state.unavailable > 0 {
                    state.unavailable -= 1;
                    return Err(error(-32005));
                }
                let hash = Hash::new_from_array([state.height as u8 + 1; 32]).to_string();
                let last = state.height + state.valid_for;
                let value = json!({"blockhash": hash, "lastValidBlockHeight": last});
                json!({"context": {"slot": state.height}, "value": value})
            }
            RpcRequest::GetBlockHeight => {
                state.height += 1;
                json!(state.height)
            }
            RpcRequest::SendTransaction => {
                let signature = signature_of(params[0].as_str().unwrap());
                let times = state.handed_over.entry(signature.clone()).or_default();
                *times += 1;
                let mut fault = (self.fault)(*times);
                if state.handed_over.len() < state.lost_below {
                    fault = Fault::Lost;
                }
                let landed = |err: Value| json!({"slot": 7, "confirmations": null, "status": {"Ok": null}, "err": err, "confirmationStatus": "confirmed"});
                match fault {
                    Fault::None => _ = state.landed.insert(signature.clone(), landed(Value::Null)),
                    Fault::Lost => {}
                    Fault::Busy => return Err(error(-32005)),
                    Fault::AnswerLost => {
                        state.landed.insert(signature, landed(Value::Null));
                        return Err(ClientErrorKind::Io(std::io::Error::other("cut")).into());
                    }
                    Fault::Stale => return Err(TransactionError::BlockhashNotFound.into()),
                    Fault::Fails(code) => {
                        let err = json!({"InstructionError": [0, {"Custom": code}]});
                        state.landed.insert(signature.clone(), landed(err));
                    }
                }
                json!(signature)
            }
            RpcRequest::GetSignatureStatuses => {
                let asked = params[0].as_array().unwrap();
                state.asked_at_once.push(asked.len());
                let value: Vec<_> = asked
                    .iter()
                    .map(|s| state.landed.get(s.as_str().unwrap()).cloned())
                    .collect();
                json!({"context": {"slot": 7}, "value": value})
            }
            RpcRequest::GetTransaction => return Err(error(-32011)),
            other => panic!("{other}"),
        })
    }
}

fn signature_of(transaction: &str) -> String {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let bytes = BASE64_STANDARD.decode(transaction).unwrap();
    bs58::encode(&bytes[1..65]).into_string()
}

fn sender(fault: fn(usize) -> Fault) -> (Sender, Arc<StdMutex<State>>) {
    // For longer than any test takes.
    let state = Arc::new(StdMutex::new(State {
        valid_for: 1_000,
        ..State::default()
    }));
    let chain = Chain {
        state: state.clone(),
        fault,
    };
    let rpc = Arc::new(RpcClient::new_sender(chain, RpcClientConfig::default()));
    let options = Options {
        poll: Duration::from_millis(5),
        resend: Duration::from_millis(30),
        patience: Duration::from_secs(60),
        ..Options::default()
    };
    (Sender::new(rpc, options), state)
}

fn key() -> Key {
    Arc::new(Keypair::new())
}

fn instruction(key: &Key, n: u16) -> Instruction {
    Instruction::new_with_bytes(
        ESCROW,
        &n.to_le_bytes(),
        vec![AccountMeta::new(key.pubkey(), true)],
    )
}

#[tokio::test]
async fn a_transaction_that_the_network_lost_is_handed_over_again() {
    let (sender, state) = sender(|times| if times < 3 { Fault::Lost } else { Fault::None });
    let key = key();
    let sent = sender.send(&[instruction(&key, 1)], &[key]).await.unwrap();
    assert_eq!(sent.slot, 7);
    let state = state.lock().unwrap();
    assert_eq!(state.handed_over.len(), 1, "signed once");
    assert_eq!(state.handed_over[&sent.signature.to_string()], 3);
}

#[tokio::test]
async fn a_transaction_is_signed_anew_only_after_its_blockhash_expired() {
    // Nothing ever lands: each signing has to outlive its blockhash before the next.
    let (mut sender, state) = sender(|_| Fault::Lost);
    sender.options.attempts = 2;
    state.lock().unwrap().valid_for = 1;
    let key = key();
    let error = sender
        .send(&[instruction(&key, 1)], &[key])
        .await
        .unwrap_err();
    assert!(
        matches!(error, SendError::Dropped { attempts: 2, .. }),
        "{error}"
    );
    assert!(error.is_retriable());
    let state = state.lock().unwrap();
    assert_eq!(state.handed_over.len(), 2);
    assert!(state.height > 2, "{}", state.height);
}

#[tokio::test]
async fn a_transaction_whose_answer_was_lost_is_not_executed_twice() {
    // The second time the node calls the blockhash stale: no reason to sign again, for the first one arrived.
    let (sender, state) = sender(|times| {
        if times == 1 {
            Fault::AnswerLost
        } else {
            Fault::Stale
        }
    });
    let key = key();
    sender.send(&[instruction(&key, 1)], &[key]).await.unwrap();
    assert_eq!(state.lock().unwrap().landed.len(), 1);
    assert_eq!(state.lock().unwrap().handed_over.len(), 1);
}

#[tokio::test]
async fn a_busy_node_is_asked_again_until_patience_ends() {
    let (sender, state) = sender(|times| if times < 3 { Fault::Busy } else { Fault::None });
    state.lock().unwrap().unavailable = 2;
    let key = key();
    sender
        .send(&[instruction(&key, 1)], std::slice::from_ref(&key))
        .await
        .unwrap();
    let (mut sender, _) = self::sender(|_| Fault::Busy);
    sender.options.patience = Duration::from_millis(400);
    let error = sender
        .send(&[instruction(&key, 1)], &[key])
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            SendError::Unreachable {
                signature: Some(_),
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_failure_in_a_block_is_named_and_final() {
    let (sender, state) = sender(|_| Fault::Fails(6116));
    let key = key();
    let error = sender
        .send(&[instruction(&key, 1)], &[key])
        .await
        .unwrap_err();
    let expected = crate::error::codes::ESCROW
        .iter()
        .find(|known| known.code == 6116)
        .unwrap();
    assert_eq!(error.failure().unwrap().name, expected.name);
    assert!(!error.is_retriable());
    assert_eq!(state.lock().unwrap().handed_over.len(), 1);
}

#[tokio::test]
async fn many_in_flight_are_asked_for_in_batches_and_each_has_its_result() {
    let (sender, state) = sender(|_| Fault::None);
    // All of them are in flight at some moment.
    state.lock().unwrap().lost_below = 600;
    let keys: Vec<Key> = (0..10).map(|_| key()).collect();
    let sends = (0..600u16).map(|n| {
        let key = keys[usize::from(n) % keys.len()].clone();
        let sender = &sender;
        async move { sender.send(&[instruction(&key, n)], &[key]).await }
    });
    let sent = try_join_all(sends).await.unwrap();
    let signatures: HashSet<_> = sent.iter().map(|sent| sent.signature).collect();
    assert_eq!(signatures.len(), 600);
    let state = state.lock().unwrap();
    assert!(
        state.asked_at_once.iter().all(|asked| *asked <= 256),
        "{:?}",
        state.asked_at_once
    );
    assert!(state.asked_at_once.contains(&256));
}

#[tokio::test]
async fn what_cannot_be_signed_or_is_too_long_is_refused_before_it_is_sent() {
    let (sender, state) = sender(|_| Fault::None);
    let (key, other) = (key(), key());
    let missing = sender
        .send(&[instruction(&other, 1)], std::slice::from_ref(&key))
        .await
        .unwrap_err();
    assert!(matches!(missing, SendError::MissingKey(address) if address == other.pubkey()));
    let mut long = instruction(&key, 1);
    long.data = vec![0; 2000];
    let long = sender.send(&[long], &[key]).await.unwrap_err();
    assert!(matches!(long, SendError::TooLarge { bytes } if bytes > 2000));
    assert!(matches!(
        sender.send(&[], &[]).await,
        Err(SendError::NoPayer)
    ));
    assert!(state.lock().unwrap().handed_over.is_empty());
}
