//! Why a transaction failed, in the words of the program that refused it.

use std::fmt;

use solana_client::{
    client_error::{ClientError, ClientErrorKind},
    rpc_request::{RpcError, RpcResponseErrorData},
};
use solana_program::pubkey::Pubkey;
use solana_transaction::{InstructionError, TransactionError};

pub mod about;
pub mod codes;
use crate::programs;
use codes::Code;

/// A transaction that the network refused or that failed in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Index of the instruction that failed; `None` where the transaction itself was refused.
    pub instruction: Option<u8>,
    /// The program that refused, where known: it may be one that the instruction's program called.
    pub program: Option<Pubkey>,
    /// The program's own number of the error.
    pub code: Option<u32>,
    /// The account that was to be made and exists already, where logs name it.
    pub taken: Option<Pubkey>,
    /// The error's name, such as `PriceChanged`.
    pub name: String,
    /// What was wrong and what to do.
    pub message: String,
    /// What the network said.
    pub error: TransactionError,
}

impl std::error::Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(program) = &self.program {
            match programs::name(program) {
                Some(name) => write!(f, "{name}: ")?,
                None => write!(f, "{program}: ")?,
            }
        }
        f.write_str(&self.name)?;
        if let Some(code) = self.code {
            write!(f, " ({code})")?;
        }
        if let Some(instruction) = self.instruction {
            write!(f, " in instruction {instruction}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl Failure {
    /// Names what failed. `programs` are those of the transaction's instructions in order; `logs` may be empty, then
    /// the program is told by its code where that is possible.
    pub fn new(error: TransactionError, programs: &[Pubkey], logs: &[String]) -> Self {
        let TransactionError::InstructionError(index, inner) = &error else {
            let (name, message) = refused(&error);
            return Self {
                instruction: None,
                program: None,
                code: None,
                taken: None,
                name,
                message,
                error,
            };
        };
        let instruction = Some(*index);
        let called = programs.get(usize::from(*index)).copied();
        let refuser = innermost(logs).or(called);
        let (program, code, name, message) = match inner {
            InstructionError::Custom(code) => {
                let (program, known) = lookup(refuser, *code, !logs.is_empty());
                match known {
                    Some(known) => (
                        program,
                        Some(*code),
                        known.name.into(),
                        known.message.into(),
                    ),
                    None => (
                        program,
                        Some(*code),
                        "Custom".into(),
                        format!("program error {code} ({code:#x})"),
                    ),
                }
            }
            other => (refuser, None, variant(other), hint(other)),
        };
        Self {
            instruction,
            program,
            code,
            taken: taken(logs),
            name,
            message,
            error,
        }
    }

    /// What a failed RPC call says of the transaction; `None` where the call failed for another reason.
    pub fn from_client(error: &ClientError, programs: &[Pubkey]) -> Option<Self> {
        let transaction_error = error.get_transaction_error()?;
        let logs = match error.kind() {
            ClientErrorKind::RpcError(RpcError::RpcResponseError {
                data: RpcResponseErrorData::SendTransactionPreflightFailure(simulation),
                ..
            }) => simulation.logs.as_deref().unwrap_or_default(),
            _ => &[],
        };
        Some(Self::new(transaction_error, programs, logs))
    }
}

/// The program that failed first: a caller's failure is only the consequence. Log lines of this form come from the
/// network; what programs write themselves starts with `Program log:` or `Program data:`.
fn innermost(logs: &[String]) -> Option<Pubkey> {
    logs.iter().find_map(|line| {
        let (id, rest) = line.strip_prefix("Program ")?.split_once(' ')?;
        rest.starts_with("failed")
            .then(|| id.parse().ok())
            .flatten()
    })
}

/// The account that the system program could not make, as it exists.
fn taken(logs: &[String]) -> Option<Pubkey> {
    logs.iter().find_map(|line| {
        let line = line.strip_suffix(" already in use")?;
        let account = line
            .strip_prefix("Create Account: account Address { address: ")
            .or_else(|| line.strip_prefix("Allocate: account Address { address: "))?;
        account.split(',').next()?.parse().ok()
    })
}

/// The program and the meaning of a custom code. Without logs only codes that one program alone has are certain.
fn lookup(program: Option<Pubkey>, code: u32, from_logs: bool) -> (Option<Pubkey>, Option<Code>) {
    let find = |codes: &[Code]| codes.iter().find(|known| known.code == code).copied();
    let own = [
        (programs::LISTING, &codes::LISTING),
        (programs::ESCROW, &codes::ESCROW),
        (programs::REWARD, &codes::REWARD),
        (programs::DAO, &codes::DAO),
    ];
    for (id, table) in own {
        if let Some(known) =
            find(table).filter(|_| program.is_some_and(|p| programs::own(&p).is_some()))
        {
            return (Some(id), Some(known));
        }
    }
    let table: &[Code] = match program {
        Some(programs::SYSTEM) => codes::SYSTEM,
        Some(programs::TOKEN | programs::TOKEN_2022) => codes::TOKEN,
        Some(programs::ASSOCIATED_TOKEN) => codes::ASSOCIATED_TOKEN,
        Some(p) if programs::own(&p).is_some() => {
            let known = find(codes::ANCHOR);
            // A low code came from a program that ours called; which one, only the logs tell.
            return (program.filter(|_| known.is_some() || from_logs), known);
        }
        _ => &[],
    };
    (program, find(table))
}

/// Name of a variant: its `Debug` form up to its fields.
fn variant(error: &impl fmt::Debug) -> String {
    let debug = format!("{error:?}");
    debug
        .split(['(', ' ', '{'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// The network's message, with what to do where that is known.
fn hint(error: &InstructionError) -> String {
    let advice = match error {
        InstructionError::MissingRequiredSignature => {
            "sign with the key that this instruction asks for"
        }
        InstructionError::InvalidSeeds => "an account is not at the address its seeds derive",
        InstructionError::IllegalOwner | InstructionError::InvalidAccountOwner => {
            "an account belongs to another program than expected"
        }
        InstructionError::UninitializedAccount => "an account that this needs does not exist",
        InstructionError::AccountAlreadyInitialized => "the account exists already",
        InstructionError::InvalidAccountData => {
            "an account is of another kind than expected or does not exist"
        }
        InstructionError::ComputationalBudgetExceeded => "ask for a larger compute unit limit",
        InstructionError::UnsupportedProgramId => "the program is not deployed on this network",
        _ => return error.to_string(),
    };
    format!("{error}: {advice}")
}

fn refused(error: &TransactionError) -> (String, String) {
    let advice = match error {
        TransactionError::AccountNotFound | TransactionError::InsufficientFundsForFee => {
            "fund the fee payer"
        }
        TransactionError::InsufficientFundsForRent { .. } => {
            "fund the account that would fall below its rent"
        }
        TransactionError::BlockhashNotFound => "send again with a fresh blockhash",
        TransactionError::ProgramAccountNotFound => "the program is not deployed on this network",
        _ => return (variant(error), error.to_string()),
    };
    (variant(error), format!("{error}: {advice}"))
}

#[cfg(test)]
mod tests;
