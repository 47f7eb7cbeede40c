//! New code of a program, for the dao to vote on.

use std::{fs, path::PathBuf, sync::Arc};

use anyhow::{Context, Result};
use clap::Args;
use pedigree_localnet::deploy::write_buffer;
use pedigree_sdk::{instructions::dao::program_address, pda, send::Key};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use solana_keypair::Keypair;
use solana_signer::Signer;

use crate::commands::{proposal::check_code, values, wallet::Signing};

#[derive(Debug, Args)]
pub struct WriteBuffer {
    /// listing, escrow, reward or dao.
    #[arg(value_name = "PROGRAM", value_parser = values::program)]
    program: u8,
    /// The compiled program, an ELF file for sBPF.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    signing: Signing,
}

pub async fn write(options: WriteBuffer) -> Result<Value> {
    let path = options.file.display();
    let code = fs::read(&options.file).with_context(|| format!("FILE: reading {path}"))?;
    let wallet = options.signing.open("deployer").await?;
    check_code(&wallet.session, options.program, &code)
        .await
        .with_context(|| format!("FILE: {path}"))?;
    let program = program_address(options.program);
    let dao = pda::dao_authority().0;
    let buffer: Key = Arc::new(Keypair::new());
    let address = buffer.pubkey();
    write_buffer(wallet.sender(), wallet.key(), &buffer, program, &code, &dao)
        .await
        .with_context(|| {
            let own = wallet.address();
            format!("what {own} paid for the buffer {address} is its own, unless the dao has it: `solana program close` gives it back")
        })?;
    Ok(json!({
        "buffer": address.to_string(),
        "authority": dao.to_string(),
        "bytes": code.len(),
        "hash": hex::encode(Sha256::digest(&code)),
    }))
}
