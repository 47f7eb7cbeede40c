use anchor_lang::{AccountView, Address, address_eq};

use super::{
    MULTISIG_LEN,
    extension::{Extensions, GROUP_MEMBER, KIND_AT, KIND_MINT, METADATA_POINTER},
    is_classic, is_token_program,
};

pub(super) const MINT_LEN: usize = 82;
const DECIMALS_AT: usize = 44;
const INITIALIZED_AT: usize = 45;

/// The native mints of SPL Token and Token-2022. Anybody can have the amount of their token accounts counted anew, and
/// where rent rose that takes from it: a vault or pool would hold less than its ledger says.
const NATIVE_MINTS: [Address; 2] = [
    Address::from_str_const("So11111111111111111111111111111111111111112"),
    Address::from_str_const("9pan9bMn5HatX4EJdBwg9VgCa7Uz5HL8N1m5D3NdXej9"),
];

/// What a clean mint says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CleanMint {
    pub decimals: u8,
    /// The token program that owns it.
    pub token_program: Address,
}

/// Reads a mint whose tokens arrive as sent and move for their owner alone: one of SPL Token, or of Token-2022 with
/// no extension but metadata and group ones (types 18 to 23). `None` for anything else, native mints included.
pub fn clean_mint(view: &AccountView) -> Option<CleanMint> {
    let token_program = *view.owner();
    let native = NATIVE_MINTS
        .iter()
        .any(|native| address_eq(native, view.address()));
    if native || !is_token_program(&token_program) {
        return None;
    }
    let decimals = parse(&view.try_borrow().ok()?, is_classic(&token_program))?;
    Some(CleanMint {
        decimals,
        token_program,
    })
}

/// The decimals of a clean mint.
fn parse(data: &[u8], classic: bool) -> Option<u8> {
    if data.get(INITIALIZED_AT) != Some(&1) {
        return None;
    }
    let plain = data.len() == MINT_LEN;
    let extended = !classic
        && data.len() != MULTISIG_LEN
        && data.get(KIND_AT) == Some(&KIND_MINT)
        && Extensions::new(data).all(|record| {
            record.is_some_and(|(kind, _)| (METADATA_POINTER..=GROUP_MEMBER).contains(&kind))
        });
    if !plain && !extended {
        return None;
    }
    data.get(DECIMALS_AT).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn p9_a_multisig_of_token_2022_is_no_mint_whatever_its_signers_keys_spell() {
        // Signers are keys of anybody's choice: here they spell an initialized mint without extensions.
        for (length, expected) in [
            (MULTISIG_LEN - 1, Some(6)),
            (MULTISIG_LEN, None),
            (MULTISIG_LEN + 1, Some(6)),
        ] {
            let mut data = vec![0u8; length];
            data[DECIMALS_AT] = 6;
            data[INITIALIZED_AT] = 1;
            data[KIND_AT] = KIND_MINT;
            assert_eq!(parse(&data, false), expected, "{length}");
        }
    }

    #[test]
    fn p9_a_mint_of_spl_token_has_no_extensions_whatever_follows_it() {
        let mut data = vec![0u8; MULTISIG_LEN - 1];
        data[DECIMALS_AT] = 6;
        data[INITIALIZED_AT] = 1;
        data[KIND_AT] = KIND_MINT;
        assert_eq!(parse(&data, true), None);
        assert_eq!(parse(&data[..MINT_LEN], true), Some(6));
    }
}
