//! One function per instruction, each returning an unsigned [`Instruction`](solana_program::instruction::Instruction).

pub mod dao;
pub mod escrow;
pub mod listing;
pub mod reward;
pub mod token;
