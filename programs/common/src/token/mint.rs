use anchor_lang::{AccountView, Address};

use super::{
    extension::{Extensions, GROUP_MEMBER, KIND_AT, KIND_MINT, METADATA_POINTER},
    is_classic, is_token_program,
};

const MINT_LEN: usize = 82;
const DECIMALS_AT: usize = 44;
const INITIALIZED_AT: usize = 45;

/// What a clean mint says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CleanMint {
    pub decimals: u8,
    /// The token program that owns it.
    pub token_program: Address,
}

/// Reads a mint whose tokens arrive as sent and move for their owner alone: one of SPL Token, or of Token-2022 with
/// no extension but metadata and group ones (types 18 to 23). `None` for anything else.
pub fn clean_mint(view: &AccountView) -> Option<CleanMint> {
    let token_program = *view.owner();
    if !is_token_program(&token_program) {
        return None;
    }
    let data = view.try_borrow().ok()?;
    if data.get(INITIALIZED_AT) != Some(&1) {
        return None;
    }
    let plain = data.len() == MINT_LEN;
    let extended = !is_classic(&token_program)
        && data.get(KIND_AT) == Some(&KIND_MINT)
        && Extensions::new(&data).all(|record| {
            record.is_some_and(|(kind, _)| (METADATA_POINTER..=GROUP_MEMBER).contains(&kind))
        });
    if !plain && !extended {
        return None;
    }
    Some(CleanMint {
        decimals: *data.get(DECIMALS_AT)?,
        token_program,
    })
}
