use std::process::ExitCode;

use clap::Parser;
use pedigree_cli::{commands::Cli, output::Output};
use serde_json::json;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return wrong_use(&error),
    };
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
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
