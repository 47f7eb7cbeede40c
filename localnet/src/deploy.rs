//! Programs onto a network through the upgradeable loader, by RPC alone.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, TryStreamExt, stream};
use pedigree_sdk::send::{Key, SendError, Sender};
use solana_client::client_error::ClientError;
use solana_keypair::Keypair;
use solana_loader_v3_interface::{
    get_program_data_address,
    instruction::{
        create_buffer, deploy_with_max_program_len, set_buffer_authority, set_upgrade_authority,
        upgrade, write,
    },
    state::UpgradeableLoaderState,
};
use solana_program::{
    instruction::{Instruction, InstructionError},
    pubkey::Pubkey,
};
use solana_signer::Signer;

/// Fits a transaction of 1,232 bytes with two signatures.
const CHUNK: usize = 1_000;
const IN_FLIGHT: usize = 32;
/// A fraction of a cluster's slot.
const LOOK_EVERY: Duration = Duration::from_millis(100);

#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    #[error("{program}: {source}")]
    Send { program: Pubkey, source: SendError },
    #[error("{program}: {source}")]
    Rpc {
        program: Pubkey,
        source: Box<ClientError>,
    },
    #[error("{program}: {source}")]
    Instruction {
        program: Pubkey,
        source: InstructionError,
    },
    #[error(
        "{program} on the network is controlled by {found}, not by {authority}: \
         use that key, or deploy under another address"
    )]
    Authority {
        program: Pubkey,
        found: String,
        authority: Pubkey,
    },
    #[error(
        "{program}: {size} bytes do not fit the {room} bytes that were reserved at its first \
         deployment"
    )]
    TooLarge {
        program: Pubkey,
        size: usize,
        room: usize,
    },
}

/// Gives the upgrades of a program to `new`. Signed by `authority`, which has them until then.
pub fn give_upgrades(program: &Pubkey, authority: &Pubkey, new: &Pubkey) -> Instruction {
    set_upgrade_authority(program, authority, Some(new))
}

/// Who may upgrade a program, by the bytes of its ProgramData; nobody where these are none.
pub fn upgrade_authority(program_data: &[u8]) -> Option<Pubkey> {
    // State (4 bytes), slot (8), option of the authority (1 + 32), code.
    match program_data.get(12..45) {
        Some([1, key @ ..]) => Pubkey::try_from(key).ok(),
        _ => None,
    }
}

/// What a deployment did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deployed {
    New,
    Upgraded,
    /// The network already runs exactly these bytes.
    Unchanged,
}

/// Deploys or upgrades one program. `payer` pays and becomes, or is, the upgrade authority.
///
/// A new program gets twice its size reserved, so that it can grow.
///
/// # Errors
/// When another key controls the program, the bytes do not fit, or the network refuses.
pub async fn deploy(
    sender: &Sender,
    payer: &Key,
    program: &Key,
    bytes: &[u8],
) -> Result<Deployed, DeployError> {
    let id = program.pubkey();
    let running = running(sender, payer, id).await?;
    if let Some(code) = &running {
        if bytes.len() > code.len() {
            return Err(DeployError::TooLarge {
                program: id,
                size: bytes.len(),
                room: code.len(),
            });
        }
        // The loader pads the reserved room with zeros.
        let (same, rest) = code.split_at(bytes.len());
        if same == bytes && rest.iter().all(|byte| *byte == 0) {
            return Ok(Deployed::Unchanged);
        }
    }
    let buffer: Key = Arc::new(Keypair::new());
    upload(sender, payer, &buffer, id, bytes).await?;
    let buffer = buffer.pubkey();
    let send = |source| DeployError::Send {
        program: id,
        source,
    };
    if running.is_some() {
        let instruction = upgrade(&id, &buffer, &payer.pubkey(), &payer.pubkey());
        let sent = sender
            .send(&[instruction], std::slice::from_ref(payer))
            .await
            .map_err(send)?;
        wait_until_callable(sender, id, sent.slot).await?;
        return Ok(Deployed::Upgraded);
    }
    let rent = rent(sender, id, UpgradeableLoaderState::size_of_program()).await?;
    let instructions = deploy_with_max_program_len(
        &payer.pubkey(),
        &id,
        &buffer,
        &payer.pubkey(),
        rent,
        bytes.len().saturating_mul(2),
    )
    .map_err(|source| DeployError::Instruction {
        program: id,
        source,
    })?;
    let sent = sender
        .send(&instructions, &[payer.clone(), program.clone()])
        .await
        .map_err(send)?;
    wait_until_callable(sender, id, sent.slot).await?;
    Ok(Deployed::New)
}

/// The loader lets nobody call a program in the slot that it was deployed in, and a node simulates calls in its newest
/// confirmed one.
async fn wait_until_callable(
    sender: &Sender,
    program: Pubkey,
    deployed: u64,
) -> Result<(), DeployError> {
    let rpc = sender.rpc();
    loop {
        let slot = rpc.get_slot().await.map_err(|source| DeployError::Rpc {
            program,
            source: Box::new(source),
        })?;
        if slot > deployed {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The code that the network has at `id`, its padding included, if `payer` controls it.
async fn running(sender: &Sender, payer: &Key, id: Pubkey) -> Result<Option<Vec<u8>>, DeployError> {
    let address = get_program_data_address(&id);
    let mut accounts = sender
        .rpc()
        .get_multiple_accounts(&[address])
        .await
        .map_err(|source| DeployError::Rpc {
            program: id,
            source: Box::new(source),
        })?;
    let Some(account) = accounts.pop().flatten() else {
        return Ok(None);
    };
    let found = upgrade_authority(&account.data);
    if found != Some(payer.pubkey()) {
        return Err(DeployError::Authority {
            program: id,
            found: found.map_or_else(|| "nobody".to_owned(), |key| key.to_string()),
            authority: payer.pubkey(),
        });
    }
    let code = UpgradeableLoaderState::size_of_programdata_metadata();
    Ok(Some(account.data.get(code..).unwrap_or_default().to_vec()))
}

/// Writes new code of `program` into the account `buffer`, which is made, and gives that to `new`: nobody else writes to it
/// any more. `payer` pays, and may close the buffer where this fails.
///
/// # Errors
/// When the network refuses.
pub async fn write_buffer(
    sender: &Sender,
    payer: &Key,
    buffer: &Key,
    program: Pubkey,
    bytes: &[u8],
    new: &Pubkey,
) -> Result<(), DeployError> {
    upload(sender, payer, buffer, program, bytes).await?;
    let give = set_buffer_authority(&buffer.pubkey(), &payer.pubkey(), new);
    let sent = sender.send(&[give], std::slice::from_ref(payer)).await;
    sent.map_err(|source| DeployError::Send { program, source })?;
    Ok(())
}

/// Writes the program into a new buffer account.
async fn upload(
    sender: &Sender,
    payer: &Key,
    buffer: &Key,
    id: Pubkey,
    bytes: &[u8],
) -> Result<(), DeployError> {
    let send = |source| DeployError::Send {
        program: id,
        source,
    };
    let address = buffer.pubkey();
    let rent = rent(
        sender,
        id,
        UpgradeableLoaderState::size_of_buffer(bytes.len()),
    )
    .await?;
    let instructions = create_buffer(
        &payer.pubkey(),
        &address,
        &payer.pubkey(),
        rent,
        bytes.len(),
    )
    .map_err(|source| DeployError::Instruction {
        program: id,
        source,
    })?;
    sender
        .send(&instructions, &[payer.clone(), buffer.clone()])
        .await
        .map_err(send)?;
    stream::iter((0u32..).step_by(CHUNK).zip(bytes.chunks(CHUNK)))
        .map(|(offset, chunk)| {
            let instruction = write(&address, &payer.pubkey(), offset, chunk.to_vec());
            async move {
                sender
                    .send(&[instruction], std::slice::from_ref(payer))
                    .await
            }
        })
        .buffer_unordered(IN_FLIGHT)
        .try_for_each(|_| async { Ok(()) })
        .await
        .map_err(send)
}

async fn rent(sender: &Sender, program: Pubkey, size: usize) -> Result<u64, DeployError> {
    sender
        .rpc()
        .get_minimum_balance_for_rent_exemption(size)
        .await
        .map_err(|source| DeployError::Rpc {
            program,
            source: Box::new(source),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_upgrade_is_read_where_the_loader_keeps_it() {
        let authority = Pubkey::new_from_array([7; 32]);
        let mut data = vec![3, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1];
        data.extend(authority.to_bytes());
        data.extend([0x7f, b'E', b'L', b'F']);
        assert_eq!(upgrade_authority(&data), Some(authority));
        data[12] = 0;
        assert_eq!(upgrade_authority(&data), None, "nobody any more");
        assert_eq!(upgrade_authority(&data[..44]), None);
    }
}
