//! Token accounts of wallets.

use solana_program::{
    instruction::{AccountMeta, Instruction},
    pubkey::Pubkey,
};

use crate::{
    pda,
    programs::{ASSOCIATED_TOKEN, SYSTEM},
};

/// Makes a wallet's associated token account; one that exists is left alone. `token_program` is the one that owns the
/// mint.
///
/// Errors: the associated token program's `InvalidOwner` where somebody else owns what is at the address.
pub fn create_associated(
    payer: &Pubkey,
    wallet: &Pubkey,
    mint: &Pubkey,
    token_program: &Pubkey,
) -> Instruction {
    Instruction {
        program_id: ASSOCIATED_TOKEN,
        accounts: vec![
            AccountMeta::new(*payer, true),
            AccountMeta::new(pda::associated_token(wallet, mint, token_program).0, false),
            AccountMeta::new_readonly(*wallet, false),
            AccountMeta::new_readonly(*mint, false),
            AccountMeta::new_readonly(SYSTEM, false),
            AccountMeta::new_readonly(*token_program, false),
        ],
        // CreateIdempotent.
        data: vec![1],
    }
}
