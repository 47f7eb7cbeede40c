//! `pedigree index`.

mod backfill;
mod check;
mod hash;
mod mend;
mod record;
mod run;
mod serve;
mod target;
#[cfg(feature = "yellowstone")]
mod yellowstone;

use anyhow::Result;
use clap::Subcommand;
use serde_json::Value;

use super::Target;
use crate::output::Output;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// How far the index is, and whether something is wrong with it.
    Status(Target),
    /// Run the indexer alone until Ctrl-C or SIGTERM; prints `ready` once it has what the chain had
    /// at its start.
    Run(Box<run::Options>),
    /// Serve the API alone until Ctrl-C or SIGTERM, from the index's database or a replica of it,
    /// which it only reads: any number of them side by side. Prints `ready` once it knows all
    /// listings.
    Serve(serve::Options),
    /// Index a range of slots, or a recording, and end. Stored blocks of the range are read again
    /// and completed.
    Backfill(Box<backfill::Options>),
    /// Look for holes, lost events and derived rows that do not follow from the inputs. Fails where
    /// it finds any.
    ///
    /// It reads the tables, not what a running server holds in memory of them, and ends with `ok`, or with what is wrong and what to
    /// run next. `unlinked_blocks` are stored blocks whose parent is not the stored one before them; `unpromoted_blocks` those up to
    /// the newest final slot that are not marked final; `unfolded_slots` slots whose events are stored and not derived into tables
    /// yet, as after `backfill --raw`. `derived_equal` is empty unless `--derive` asks for it. `snapshots` and `dead_letters` are
    /// known and no fault.
    Check(check::Options),
    /// Read again what could not be read as an event when it came.
    ReplayDeadLetters(target::Store),
    /// Derive every table again from the stored inputs.
    Rebuild(target::Store),
    /// Compare every account with the network's, and mend what is missing.
    Reconcile(target::Network),
    /// Record final blocks in a file, to be indexed without a node.
    Record(record::Options),
    /// One hash over every row that the chain determines: equal chains, equal hashes.
    Hash(target::Store),
}

pub async fn run(command: Command, output: Output) -> Result<Option<Value>> {
    let result = match command {
        Command::Status(target) => target.api()?.get(&["v1", "status"], &[]).await?,
        Command::Run(options) => return run::run(*options, output).await.map(|()| None),
        Command::Serve(options) => return serve::run(options, output).await.map(|()| None),
        Command::Backfill(options) => backfill::run(*options).await?,
        Command::Check(options) => return check::run(options, output).await,
        Command::ReplayDeadLetters(store) => mend::replay_dead_letters(&store).await?,
        Command::Rebuild(store) => mend::rebuild(&store).await?,
        Command::Reconcile(network) => mend::reconcile(&network).await?,
        Command::Record(options) => record::run(options).await?,
        Command::Hash(store) => hash::run(&store).await?,
    };
    Ok(Some(result))
}
