//! The indexer against a real Postgres: every query, every fault.

mod api;
mod decoding;
mod manifests;
mod network;
mod pipeline;
mod store;
mod support;
