//! Addresses of the programs that Pedigree calls or is called by.

use solana_program::pubkey::Pubkey;

/// The `listing` program.
pub const LISTING: Pubkey = listing::ID;
/// The `escrow` program.
pub const ESCROW: Pubkey = escrow::ID;
/// The `reward` program.
pub const REWARD: Pubkey = reward::ID;
/// The `dao` program.
pub const DAO: Pubkey = dao::ID;
/// Pedigree's own, in an order that never changes: recordings name them by their place.
pub const OWN: [Pubkey; 4] = [LISTING, ESCROW, REWARD, DAO];
/// The system program.
pub const SYSTEM: Pubkey = Pubkey::from_str_const("11111111111111111111111111111111");
/// SPL Token.
pub const TOKEN: Pubkey = Pubkey::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// SPL Token-2022.
pub const TOKEN_2022: Pubkey =
    Pubkey::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");
/// The associated token account program.
pub const ASSOCIATED_TOKEN: Pubkey =
    Pubkey::from_str_const("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL");
/// The compute budget program.
pub const COMPUTE_BUDGET: Pubkey =
    Pubkey::from_str_const("ComputeBudget111111111111111111111111111111");
/// The upgradeable loader, which owns programs and their `ProgramData`.
pub const UPGRADEABLE_LOADER: Pubkey =
    Pubkey::from_str_const("BPFLoaderUpgradeab1e11111111111111111111111");

/// Name of one of the programs above, as errors and logs give it; `None` for any other.
pub fn name(program: &Pubkey) -> Option<&'static str> {
    [
        (LISTING, "listing"),
        (ESCROW, "escrow"),
        (REWARD, "reward"),
        (DAO, "dao"),
        (SYSTEM, "system"),
        (TOKEN, "token"),
        (TOKEN_2022, "token-2022"),
        (ASSOCIATED_TOKEN, "associated-token"),
        (COMPUTE_BUDGET, "compute-budget"),
        (UPGRADEABLE_LOADER, "upgradeable-loader"),
    ]
    .into_iter()
    .find_map(|(id, name)| (id == *program).then_some(name))
}

/// Name of a program of Pedigree's own; `None` for any other.
pub fn own(program: &Pubkey) -> Option<&'static str> {
    OWN.contains(program).then(|| name(program)).flatten()
}
