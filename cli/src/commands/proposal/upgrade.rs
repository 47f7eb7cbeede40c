//! Upgrades of the programs: the code that a buffer holds, and the code that runs.

use anyhow::{Context, Result, bail};
use clap::Args;
use dao::{actions as on_dao, state::program};
use pedigree_sdk::{
    fetch,
    instructions::dao::{Action, program_address},
    names::PROGRAM,
    pda,
    programs::UPGRADEABLE_LOADER,
};
use sha2::{Digest, Sha256};
use solana_program::pubkey::Pubkey;

use crate::{
    commands::{values, wallet::Wallet},
    session::Session,
};

/// How a compiled program begins.
const ELF: &[u8] = b"\x7fELF";
/// A buffer begins with its variant and its authority as an option; then comes a program.
const BUFFER: [u8; 4] = [1, 0, 0, 0];
const IN_BUFFER: usize = 37;
/// What runs comes after the variant, the slot of its deployment and the authority.
const IN_PROGRAM_DATA: usize = 45;

#[derive(Debug, Args)]
pub struct Upgrade {
    /// listing, escrow, reward or dao.
    #[arg(value_name = "PROGRAM", value_parser = values::program)]
    program: u8,
    /// The buffer that the new code was written to, whose authority is the dao by now. Its lamports go to who proposes.
    #[arg(long, value_name = "ADDRESS")]
    buffer: Pubkey,
    /// SHA-256 of the code that the buffer has to hold, in hex; of what it holds unless given.
    #[arg(long, value_name = "HEX", value_parser = values::hex::<32>)]
    hash: Option<[u8; 32]>,
}

pub async fn upgrade(options: Upgrade, wallet: &Wallet) -> Result<Action> {
    let Upgrade {
        program,
        buffer,
        hash,
    } = options;
    let code = held(&wallet.session, &buffer).await?;
    let found: [u8; 32] = Sha256::digest(&code).into();
    if hash.is_some_and(|hash| hash != found) {
        let found = hex::encode(found);
        bail!("WrongTarget: --hash: what the buffer {buffer} holds hashes to {found}");
    }
    check_code(&wallet.session, program, &code)
        .await
        .with_context(|| format!("--buffer: {buffer}"))?;
    Ok(Action::Upgrade {
        buffer,
        upgrade: on_dao::Upgrade {
            program,
            hash: found,
        },
    })
}

/// Refuses what is no code, is that of another program, or does not fit where a program runs. Nobody could take it back: what
/// the dao has it pays to the upgrade alone.
pub async fn check_code(session: &Session, which: u8, code: &[u8]) -> Result<()> {
    if !code.starts_with(ELF) {
        bail!("this is no compiled program: an ELF file is expected");
    }
    let all = [
        program::LISTING,
        program::ESCROW,
        program::REWARD,
        program::DAO,
    ];
    for other in all.into_iter().filter(|other| *other != which) {
        if runs(&running(session, other).await?, code) {
            let name = PROGRAM.name(other).unwrap_or("another program");
            bail!("this is the code of {name}, which runs already");
        }
    }
    let (room, size) = (running(session, which).await?.len(), code.len());
    if size > room {
        let name = PROGRAM.name(which).unwrap_or("unknown");
        bail!("{size} bytes, and there is room for {room} where {name} is: extend it first");
    }
    Ok(())
}

/// Whether a program's code is already what a buffer holds.
pub async fn is_same(session: &Session, program: u8, buffer: &Pubkey) -> Result<bool> {
    let code = held(session, buffer).await?;
    Ok(runs(&running(session, program).await?, &code))
}

/// The loader fills the room behind the code with zeros.
fn runs(room: &[u8], code: &[u8]) -> bool {
    room.strip_prefix(code)
        .is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
}

/// The code in a buffer to which the dao alone could write, and nobody does.
async fn held(session: &Session, buffer: &Pubkey) -> Result<Vec<u8>> {
    let found = fetch::raw(&session.rpc, buffer).await?;
    let (owner, data) =
        found.with_context(|| format!("--buffer: there is no account at {buffer}"))?;
    let parts = match owner == UPGRADEABLE_LOADER {
        true => parted(&data),
        false => None,
    };
    let (authority, code) =
        parts.with_context(|| format!("--buffer: {buffer} is no buffer of the loader's"))?;
    let dao = pda::dao_authority().0;
    match authority {
        Some(key) if key == dao => Ok(code.to_vec()),
        Some(key) => bail!(
            "WrongTarget: --buffer: {buffer} is {key}'s, who could still change it: `solana program \
             set-buffer-authority {buffer} --new-buffer-authority {dao}`"
        ),
        None => bail!("WrongTarget: --buffer: {buffer} is nobody's, and has to be {dao}'s"),
    }
}

/// Who writes to a buffer, and the code in it.
fn parted(data: &[u8]) -> Option<(Option<Pubkey>, &[u8])> {
    let (head, code) = data.split_at_checked(IN_BUFFER)?;
    let authority = match head.strip_prefix(&BUFFER)? {
        [1, key @ ..] => Some(Pubkey::new_from_array(key.try_into().ok()?)),
        _ => None,
    };
    Some((authority, code))
}

/// The code of a program, and the room behind it.
async fn running(session: &Session, program: u8) -> Result<Vec<u8>> {
    let data = pda::program_data(&program_address(program)).0;
    let found = fetch::raw(&session.rpc, &data).await?;
    let code = found.and_then(|(_, bytes)| Some(bytes.get(IN_PROGRAM_DATA..)?.to_vec()));
    code.with_context(|| {
        let name = PROGRAM.name(program).unwrap_or("unknown");
        format!("{name} cannot be upgraded on this network: there is no {data}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_says_who_writes_to_it_and_what_it_holds() {
        let key = Pubkey::new_from_array([7; 32]);
        let mut data = vec![1, 0, 0, 0, 1];
        data.extend(key.to_bytes());
        assert_eq!(parted(&data), Some((Some(key), &b""[..])));
        data.extend([0x7f, b'E']);
        assert_eq!(parted(&data), Some((Some(key), &b"\x7fE"[..])));
        data[4] = 0;
        assert_eq!(parted(&data), Some((None, &b"\x7fE"[..])));
        assert_eq!(parted(&data[..36]), None);
        data[0] = 3;
        assert_eq!(parted(&data), None, "a program's");
    }

    #[test]
    fn the_same_code_runs_with_any_room_behind_it() {
        assert!(runs(&[1, 2], &[1, 2]) && runs(&[1, 2, 0, 0], &[1, 2]));
        assert!(!runs(&[1, 2, 3], &[1, 2]) && !runs(&[1], &[1, 2]) && !runs(&[1, 3], &[1, 2]));
    }
}
