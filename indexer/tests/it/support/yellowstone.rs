//! A Yellowstone server: what a source uses of it, pushed when a test says so.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::{Stream, StreamExt, stream};
use pedigree_indexer::source::{Block, Encoded, Transaction, Version};
use tokio::sync::mpsc;
use tonic::{
    Request, Response, Status, Streaming,
    transport::{Server, server::TcpIncoming},
};
use yellowstone_grpc_proto::{
    geyser::{
        GetBlockHeightRequest, GetBlockHeightResponse, GetLatestBlockhashRequest,
        GetLatestBlockhashResponse, GetSlotRequest, GetSlotResponse, GetVersionRequest,
        GetVersionResponse, IsBlockhashValidRequest, IsBlockhashValidResponse, PingRequest,
        PongResponse, SubscribeDeshredRequest, SubscribeGossipRequest, SubscribeReplayInfoRequest,
        SubscribeReplayInfoResponse, SubscribeRequest, SubscribeUpdate, SubscribeUpdateBlock,
        SubscribeUpdateDeshred, SubscribeUpdateGossip, SubscribeUpdatePing,
        SubscribeUpdateTransactionInfo,
        geyser_server::{Geyser, GeyserServer},
        subscribe_update::UpdateOneof,
    },
    solana::storage::confirmed_block::{
        InnerInstruction, InnerInstructions, Message, MessageHeader, Transaction as Sent,
        TransactionConfig, TransactionError, TransactionStatusMeta, UnixTimestamp,
    },
};

type Updates = mpsc::UnboundedSender<Result<SubscribeUpdate, Status>>;

#[derive(Clone)]
pub struct Yellowstone {
    state: Arc<Mutex<State>>,
    pub url: String,
}

#[derive(Default)]
struct State {
    token: Option<String>,
    streams: Vec<Updates>,
    /// Streams opened ever.
    opened: usize,
    refused: usize,
    answered_pings: usize,
}

impl Yellowstone {
    /// With a token, streams are refused to who does not send it.
    pub async fn start(token: Option<&str>) -> Self {
        let state = Arc::new(Mutex::new(State {
            token: token.map(str::to_owned),
            ..State::default()
        }));
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("http://{}", incoming.local_addr().unwrap());
        let service = GeyserServer::new(Service(state.clone()));
        tokio::spawn(async move {
            let server = Server::builder().add_service(service);
            server.serve_with_incoming(incoming).await.unwrap();
        });
        Self { state, url }
    }

    pub fn push(&self, slot: u64, block: &Block) {
        self.send(UpdateOneof::Block(message(slot, block)));
    }

    pub fn send(&self, update: UpdateOneof) {
        let update = SubscribeUpdate {
            update_oneof: Some(update),
            ..SubscribeUpdate::default()
        };
        let mut state = self.state.lock().unwrap();
        state
            .streams
            .retain(|stream| stream.send(Ok(update.clone())).is_ok());
    }

    /// Ends all streams: as a server does that shuts down, or with an error.
    pub fn end(&self, error: Option<Status>) {
        for stream in self.state.lock().unwrap().streams.drain(..) {
            if let Some(error) = &error {
                let _ = stream.send(Err(error.clone()));
            }
        }
    }

    /// Waits until so many streams were opened ever.
    pub async fn opened(&self, streams: usize) {
        self.until(|state| state.opened >= streams).await;
    }

    pub async fn refused(&self) {
        self.until(|state| state.refused > 0).await;
    }

    pub async fn ping(&self) {
        self.send(UpdateOneof::Ping(SubscribeUpdatePing {}));
        self.until(|state| state.answered_pings > 0).await;
    }

    async fn until(&self, happened: impl Fn(&State) -> bool) {
        let waiting = async {
            while !happened(&self.state.lock().unwrap()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(super::IN_TIME, waiting)
            .await
            .expect("the client does it in time");
    }
}

/// A block as the server pushes it.
pub fn message(slot: u64, block: &Block) -> SubscribeUpdateBlock {
    let transactions = block.transactions.iter().zip(0..).map(sent).collect();
    SubscribeUpdateBlock {
        slot,
        blockhash: block.blockhash.clone(),
        block_time: block
            .block_time
            .map(|timestamp| UnixTimestamp { timestamp }),
        parent_slot: block.parent_slot,
        parent_blockhash: block.previous_blockhash.clone(),
        executed_transaction_count: block.transactions.len() as u64,
        transactions,
        ..SubscribeUpdateBlock::default()
    }
}

fn sent((transaction, index): (&Transaction, u64)) -> SubscribeUpdateTransactionInfo {
    let signatures = bytes(&transaction.transaction.signatures);
    let keys = bytes(&transaction.transaction.message.account_keys);
    let header = MessageHeader {
        num_required_signatures: 1,
        ..MessageHeader::default()
    };
    let message = match &transaction.version {
        // What a client sees of a message whose fields it does not know.
        Version::Number(2..) => Message::default(),
        version => Message {
            header: Some(header),
            account_keys: keys,
            versioned: matches!(version, Version::Number(_)),
            config: (*version == Version::Number(1)).then(TransactionConfig::default),
            ..Message::default()
        },
    };
    let meta = transaction.meta.as_ref().map(|meta| {
        let error = meta.err.as_ref();
        let groups = meta.inner_instructions.iter().flatten();
        let groups = groups.map(|group| InnerInstructions {
            index: group.index.into(),
            instructions: group.instructions.iter().map(inner).collect(),
        });
        let loaded = meta.loaded_addresses.clone().unwrap_or_default();
        TransactionStatusMeta {
            err: error.map(|_| TransactionError { err: vec![8, 0] }),
            inner_instructions: groups.collect(),
            inner_instructions_none: meta.inner_instructions.is_none(),
            log_messages: if meta.log_messages.truncated {
                vec!["Program log: a".to_owned(), "Log truncated".to_owned()]
            } else {
                Vec::new()
            },
            loaded_writable_addresses: bytes(&loaded.writable),
            loaded_readonly_addresses: bytes(&loaded.readonly),
            ..TransactionStatusMeta::default()
        }
    });
    SubscribeUpdateTransactionInfo {
        signature: signatures.first().cloned().unwrap_or_default(),
        transaction: Some(Sent {
            signatures,
            message: Some(message),
        }),
        meta,
        index,
        ..SubscribeUpdateTransactionInfo::default()
    }
}

fn inner(instruction: &pedigree_indexer::source::Instruction) -> InnerInstruction {
    InnerInstruction {
        program_id_index: instruction.program_id_index.into(),
        data: instruction.data.bytes().unwrap().into_owned(),
        ..InnerInstruction::default()
    }
}

fn bytes(encoded: &[Encoded]) -> Vec<Vec<u8>> {
    let decoded = encoded.iter().map(|one| one.bytes().unwrap().into_owned());
    decoded.collect()
}

struct Service(Arc<Mutex<State>>);

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

fn unused<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("no source asks for it"))
}

#[tonic::async_trait]
impl Geyser for Service {
    type SubscribeStream = Answers<SubscribeUpdate>;
    type SubscribeDeshredStream = Answers<SubscribeUpdateDeshred>;
    type SubscribeGossipStream = Answers<SubscribeUpdateGossip>;

    async fn subscribe(
        &self,
        request: Request<Streaming<SubscribeRequest>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let given = request.metadata().get("x-token");
        let given = given.map(|token| token.to_str().unwrap().to_owned());
        let mut requests = request.into_inner();
        let asked = requests.message().await?.expect("a subscription");
        assert_eq!(asked.commitment(), 1.try_into().unwrap(), "confirmed");
        let filters: Vec<_> = asked.blocks.values().collect();
        assert_eq!(filters.len(), 1);
        assert_eq!(filters[0].include_transactions, Some(true));
        assert!(filters[0].account_include.is_empty(), "whole blocks");
        let (updates, queue) = mpsc::unbounded_channel();
        {
            let mut state = self.0.lock().unwrap();
            if state.token.is_some() && state.token != given {
                state.refused += 1;
                return Err(Status::unauthenticated("no token, no blocks"));
            }
            state.streams.push(updates);
            state.opened += 1;
        }
        let state = self.0.clone();
        tokio::spawn(async move {
            while let Ok(Some(request)) = requests.message().await {
                assert!(request.ping.is_some());
                state.lock().unwrap().answered_pings += 1;
            }
        });
        let updates = stream::unfold(queue, |mut queue| async {
            Some((queue.recv().await?, queue))
        });
        Ok(Response::new(updates.boxed()))
    }

    async fn subscribe_deshred(
        &self,
        _: Request<Streaming<SubscribeDeshredRequest>>,
    ) -> Result<Response<Self::SubscribeDeshredStream>, Status> {
        unused()
    }

    async fn subscribe_gossip(
        &self,
        _: Request<SubscribeGossipRequest>,
    ) -> Result<Response<Self::SubscribeGossipStream>, Status> {
        unused()
    }

    async fn subscribe_replay_info(
        &self,
        _: Request<SubscribeReplayInfoRequest>,
    ) -> Result<Response<SubscribeReplayInfoResponse>, Status> {
        unused()
    }

    async fn ping(&self, _: Request<PingRequest>) -> Result<Response<PongResponse>, Status> {
        unused()
    }

    async fn get_latest_blockhash(
        &self,
        _: Request<GetLatestBlockhashRequest>,
    ) -> Result<Response<GetLatestBlockhashResponse>, Status> {
        unused()
    }

    async fn get_block_height(
        &self,
        _: Request<GetBlockHeightRequest>,
    ) -> Result<Response<GetBlockHeightResponse>, Status> {
        unused()
    }

    async fn get_slot(
        &self,
        _: Request<GetSlotRequest>,
    ) -> Result<Response<GetSlotResponse>, Status> {
        unused()
    }

    async fn is_blockhash_valid(
        &self,
        _: Request<IsBlockhashValidRequest>,
    ) -> Result<Response<IsBlockhashValidResponse>, Status> {
        unused()
    }

    async fn get_version(
        &self,
        _: Request<GetVersionRequest>,
    ) -> Result<Response<GetVersionResponse>, Status> {
        unused()
    }
}
