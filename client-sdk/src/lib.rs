//! Everything a client needs to know of Pedigree: addresses, accounts, events, instructions, quotes, errors, sending,
//! and what an index says, checked against the chain.
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use pedigree_sdk::{api::{Api, Search}, send::{Key, Options, Sender}, verify::{self, Verdict}};
//! use solana_client::nonblocking::rpc_client::RpcClient;
//! # use solana_program::instruction::Instruction;
//!
//! # async fn example(buyer: Key, instruction: Instruction) -> Result<(), Box<dyn std::error::Error>> {
//! let rpc = Arc::new(RpcClient::new("http://127.0.0.1:8899".to_owned()));
//! let api = Api::new("http://127.0.0.1:8080")?;
//! let search = Search { q: Some("speech -english".to_owned()), ..Search::default() };
//! for listing in api.listings(&search).await?.items {
//!     if verify::listing(&rpc, &listing).await? == Verdict::Match {
//!         println!("{} {}", listing.address, listing.name);
//!     }
//! }
//! let sender = Sender::new(rpc, Options::default());
//! let sent = sender.send(&[instruction], &[buyer]).await?;
//! println!("confirmed in slot {}", sent.slot);
//! # Ok(())
//! # }
//! ```
//!
//! Amounts are base units of a token, rents are lamports, shares are parts per million, times are Unix seconds.
//!
//! | module | what |
//! |---|---|
//! | [`pda`], [`programs`] | addresses |
//! | [`accounts`], [`fetch`] | accounts from bytes and from the network |
//! | [`events`], [`entity`] | events, and accounts folded from them |
//! | [`instructions`], [`send`], [`error`] | what to send, how, and why it failed |
//! | [`quote`] | what an order costs and who gets it |
//! | [`voucher`] | what a buyer of a metered order signs, and a seller checks |
//! | [`court`] | what a dispute's account says without naming it |
//! | [`merkle`] | training manifests: roots, and proofs of what is in them |
//! | [`manifest`] | the text that a listing's hash stands for |
//! | [`api`], [`verify`] | an index, and whether it tells the truth |
//! | [`names`], [`render`] | numbers by name, accounts and events as JSON |

pub mod accounts;
pub mod api;
pub mod court;
pub mod entity;
pub mod error;
pub mod events;
pub mod fetch;
pub mod instructions;
pub mod manifest;
pub mod merkle;
pub mod names;
pub mod pda;
pub mod programs;
pub mod quote;
pub mod render;
pub mod send;
pub mod verify;
pub mod voucher;
