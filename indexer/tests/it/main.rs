//! The indexer against a real Postgres: every query, every fault.

mod api;
mod court;
mod database;
mod decoding;
mod everything;
mod faults;
mod forks;
mod log;
mod manifests;
mod network;
mod pipeline;
mod proposals;
mod readiness;
mod recordings;
mod repair;
mod search;
mod slow_node;
mod store;
mod support;
mod taint;
mod websocket;
mod yellowstone;
