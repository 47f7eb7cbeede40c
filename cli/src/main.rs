use std::process::ExitCode;

use clap::Parser;
use pedigree_cli::{commands::Cli, output::Output, usage};
use serde_json::json;

/// What is logged unless `RUST_LOG` says otherwise. The database's pool warns of each connection that a server which was
/// stopped has closed: what that means for the command it says itself. The server itself warns of a transaction that is taken
/// back before it began, as where one is asked for while all ends.
const LOGGED: &str = "warn,sqlx_core::pool=error,sqlx::postgres::notice=error";

/// Blocks are read by many threads in turn, each of which frees what another one allocated: the C library's allocator takes
/// a twentieth of a backfill longer over that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return wrong_use(&usage::explained(error)),
    };
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(LOGGED)),
        )
        .with_writer(std::io::stderr)
        .init();
    let output = cli.output;
    match cli.run().await {
        Ok(Some(result)) => {
            output.result(&result);
            ExitCode::SUCCESS
        }
        Ok(None) => {
            output.end();
            ExitCode::SUCCESS
        }
        Err(error) => {
            output.error(&error);
            ExitCode::FAILURE
        }
    }
}

/// Prints help, or what is wrong with the command line.
fn wrong_use(error: &clap::Error) -> ExitCode {
    // The output's form is not parsed either.
    let args: Vec<_> = std::env::args_os().collect();
    let json = args.iter().any(|arg| arg == "--output=json")
        || args
            .windows(2)
            .any(|pair| pair[0] == "--output" && pair[1] == "json");
    // It fails where nobody reads.
    let _ = error.print();
    if json && error.use_stderr() {
        Output::Json.document(&json!({"error": error.to_string()}));
    }
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}
