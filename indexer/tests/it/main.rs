//! The indexer against a real Postgres: every query, every fault.

mod api;
mod decoding;
mod faults;
mod forks;
mod log;
mod manifests;
mod network;
mod pipeline;
mod recordings;
mod repair;
mod store;
mod support;
mod websocket;
mod yellowstone;
