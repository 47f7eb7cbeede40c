//! The action of a proposal, from the network's accounts.

use dao::state::{Proposal, action};
use escrow::state::MintConfig;
use listing::state::Profile;
use solana_client::nonblocking::rpc_client::RpcClient;
use solana_program::pubkey::Pubkey;

use super::Action;
use crate::fetch::{self, FetchError};

/// Bytes of a token account that say its mint.
const MINT: std::ops::Range<usize> = 0..32;

/// The action of a proposal, with the mint, token program or publisher that the account which it changes tells of. `None` where
/// there is none, or it is none that this crate knows.
///
/// # Errors
/// When the network does not answer.
pub async fn fetch_action(
    rpc: &RpcClient,
    proposal: &Proposal,
) -> Result<Option<Action>, FetchError> {
    let target = &proposal.target;
    let nobody = Pubkey::default();
    let (about, token_program) = match proposal.action {
        action::SET_RATE => (*target, nobody),
        action::ALLOW_MINT => {
            let found = fetch::raw(rpc, target).await?;
            (*target, found.map_or(nobody, |(program, _)| program))
        }
        action::UPDATE_MINT => {
            let found = fetch::account::<MintConfig>(rpc, target).await?;
            (found.map_or(nobody, |settings| settings.mint), nobody)
        }
        action::VERIFY => {
            let found = fetch::account::<Profile>(rpc, target).await?;
            (found.map_or(nobody, |profile| profile.publisher), nobody)
        }
        action::TRANSFER => {
            let found = fetch::raw(rpc, target).await?;
            let known = found.and_then(|(program, data)| {
                let mint = <[u8; 32]>::try_from(data.get(MINT)?).ok()?;
                Some((Pubkey::new_from_array(mint), program))
            });
            known.unwrap_or((nobody, nobody))
        }
        _ => (nobody, nobody),
    };
    Ok(Action::read(proposal, &about, &token_program))
}
