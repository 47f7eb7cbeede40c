//! Addresses that programs derive from seeds, each with its bump.

use common::{
    dispute::{DISPUTE_SEED, DOCKET_SEED},
    events::EVENT_AUTHORITY_SEED,
    hash,
    token::VAULT_SEED,
};
use dao::constants as d;
use escrow::constants as e;
use listing::{constants as l, state::Review};
use reward::constants as r;
use solana_program::pubkey::Pubkey;

use crate::programs::{ASSOCIATED_TOKEN, DAO, ESCROW, LISTING, REWARD, UPGRADEABLE_LOADER};

/// A derived address and its canonical bump.
pub type Pda = (Pubkey, u8);

/// What signs a program's events.
pub fn event_authority(program: &Pubkey) -> Pda {
    Pubkey::find_program_address(&[EVENT_AUTHORITY_SEED], program)
}

/// Where the upgradeable loader keeps a program's code and its upgrade authority.
pub fn program_data(program: &Pubkey) -> Pda {
    Pubkey::find_program_address(&[program.as_ref()], &UPGRADEABLE_LOADER)
}

/// Settings of the listing program.
pub fn listing_config() -> Pda {
    Pubkey::find_program_address(&[l::CONFIG_SEED], &LISTING)
}

/// A publisher's profile.
pub fn profile(publisher: &Pubkey) -> Pda {
    Pubkey::find_program_address(&[l::PROFILE_SEED, publisher.as_ref()], &LISTING)
}

/// A listing: `key` is its publisher's own name for it, for a catalogue asset the SHA-256 of the asset's key.
pub fn listing(publisher: &Pubkey, key: &[u8; 32]) -> Pda {
    Pubkey::find_program_address(&[l::LISTING_SEED, publisher.as_ref(), key], &LISTING)
}

/// The claim that `child` came from `parent`, both listings.
pub fn edge(child: &Pubkey, parent: &Pubkey) -> Pda {
    Pubkey::find_program_address(&[l::EDGE_SEED, child.as_ref(), parent.as_ref()], &LISTING)
}

/// A listing's royalty table of a generation.
pub fn royalties(listing: &Pubkey, generation: u16) -> Pda {
    Pubkey::find_program_address(
        &[
            l::ROYALTIES_SEED,
            listing.as_ref(),
            &generation.to_le_bytes(),
        ],
        &LISTING,
    )
}

/// The token account that takes a listing's royalties of a generation in a mint.
pub fn pool(listing: &Pubkey, generation: u16, mint: &Pubkey) -> Pda {
    Pubkey::find_program_address(
        &[
            l::POOL_SEED,
            listing.as_ref(),
            &generation.to_le_bytes(),
            mint.as_ref(),
        ],
        &LISTING,
    )
}

/// The account that owns and accounts for a [`pool`].
pub fn ledger(listing: &Pubkey, generation: u16, mint: &Pubkey) -> Pda {
    Pubkey::find_program_address(
        &[
            l::LEDGER_SEED,
            listing.as_ref(),
            &generation.to_le_bytes(),
            mint.as_ref(),
        ],
        &LISTING,
    )
}

/// Leave for `grantee` to derive from the listing `parent`.
pub fn grant(parent: &Pubkey, grantee: &Pubkey) -> Pda {
    Pubkey::find_program_address(
        &[l::GRANT_SEED, parent.as_ref(), grantee.as_ref()],
        &LISTING,
    )
}

/// What the owner of an order says of it; listing and `born_slot` are the order's. No PDA: the system program derives it of
/// the listing's address.
pub fn review(listing: &Pubkey, order: &Pubkey, born_slot: u64) -> Pubkey {
    with_seed(listing, &Review::seed(order, born_slot), &LISTING)
}

/// Settings of the escrow program.
pub fn escrow_config() -> Pda {
    Pubkey::find_program_address(&[e::CONFIG_SEED], &ESCROW)
}

/// Settings of a mint that orders may be paid in.
pub fn mint_config(mint: &Pubkey) -> Pda {
    Pubkey::find_program_address(&[e::MINT_SEED, mint.as_ref()], &ESCROW)
}

/// The token account that takes the fees of a mint.
pub fn treasury(mint: &Pubkey) -> Pda {
    Pubkey::find_program_address(&[e::TREASURY_SEED, mint.as_ref()], &ESCROW)
}

/// A buyer's order under its idempotency key.
pub fn order(buyer: &Pubkey, key: &[u8; 16]) -> Pda {
    Pubkey::find_program_address(&[e::ORDER_SEED, buyer.as_ref(), key], &ESCROW)
}

/// The token account that holds what an order or a session does; `token_program` is the one that owns the mint. No PDA:
/// the system program derives it of its owner's address.
pub fn vault(owner: &Pubkey, token_program: &Pubkey) -> Pubkey {
    with_seed(owner, VAULT_SEED.as_slice(), token_program)
}

/// What the system program derives of a base, a seed and the program that is to own the account.
fn with_seed(base: &Pubkey, seed: &[u8], owner: &Pubkey) -> Pubkey {
    let parts = [base.as_ref(), seed, owner.as_ref()];
    Pubkey::new_from_array(hash::sha256(&parts))
}

/// A spending session of `owner` for `key`.
pub fn session(owner: &Pubkey, key: &Pubkey) -> Pda {
    Pubkey::find_program_address(&[e::SESSION_SEED, owner.as_ref(), key.as_ref()], &ESCROW)
}

/// The dao's account of an order's, an edge's or a listing's dispute, numbered from 1.
pub fn dispute(subject: &Pubkey, number: u16) -> Pda {
    Pubkey::find_program_address(
        &[DISPUTE_SEED, subject.as_ref(), &number.to_le_bytes()],
        &DAO,
    )
}

/// What the dao remembers of all disputes of an order, an edge or a listing.
pub fn docket(subject: &Pubkey) -> Pda {
    Pubkey::find_program_address(&[DOCKET_SEED, subject.as_ref()], &DAO)
}

/// Settings of the dao program.
pub fn dao_config() -> Pda {
    Pubkey::find_program_address(&[d::CONFIG_SEED], &DAO)
}

/// The token account that holds a dispute's bonds.
pub fn dispute_vault(dispute: &Pubkey) -> Pda {
    Pubkey::find_program_address(&[d::VAULT_SEED, dispute.as_ref()], &DAO)
}

/// What a position committed to in a round of a dispute, from 0.
pub fn juror(dispute: &Pubkey, round: u8, position: &Pubkey) -> Pda {
    Pubkey::find_program_address(
        &[d::JUROR_SEED, dispute.as_ref(), &[round], position.as_ref()],
        &DAO,
    )
}

/// Who may change what at the dao, and how its proposals are voted on.
pub fn governance() -> Pda {
    Pubkey::find_program_address(&[d::GOVERNANCE_SEED], &DAO)
}

/// What signs for the dao: authority of all settings, of upgrades and of the treasury.
pub fn dao_authority() -> Pda {
    Pubkey::find_program_address(&[d::AUTHORITY_SEED], &DAO)
}

/// The token account that holds all proposals' deposits.
pub fn deposits() -> Pda {
    Pubkey::find_program_address(&[d::DEPOSITS_SEED], &DAO)
}

/// A proposal by its number, from 1.
pub fn proposal(number: u64) -> Pda {
    Pubkey::find_program_address(&[d::PROPOSAL_SEED, &number.to_le_bytes()], &DAO)
}

/// A position's vote on a proposal.
pub fn vote(proposal: &Pubkey, position: &Pubkey) -> Pda {
    Pubkey::find_program_address(&[d::VOTE_SEED, proposal.as_ref(), position.as_ref()], &DAO)
}

/// Settings of the reward program.
pub fn reward_config() -> Pda {
    Pubkey::find_program_address(&[r::CONFIG_SEED], &REWARD)
}

/// What was emitted and is nobody's yet.
pub fn emission() -> Pda {
    Pubkey::find_program_address(&[r::EMISSION_SEED], &REWARD)
}

/// Sums over all positions.
pub fn stake() -> Pda {
    Pubkey::find_program_address(&[r::STAKE_SEED], &REWARD)
}

/// The reward program's token.
pub fn token() -> Pda {
    Pubkey::find_program_address(&[r::TOKEN_SEED], &REWARD)
}

/// The token account that holds all that is locked.
pub fn stake_vault() -> Pda {
    Pubkey::find_program_address(&[r::VAULT_SEED], &REWARD)
}

/// What fees in a mint credit.
pub fn rate(mint: &Pubkey) -> Pda {
    Pubkey::find_program_address(&[r::RATE_SEED, mint.as_ref()], &REWARD)
}

/// A reward period by its index.
pub fn epoch(index: u32) -> Pda {
    Pubkey::find_program_address(&[r::EPOCH_SEED, &index.to_le_bytes()], &REWARD)
}

/// What somebody's fees brought in an epoch.
pub fn points(owner: &Pubkey, epoch: u32) -> Pda {
    Pubkey::find_program_address(
        &[r::POINTS_SEED, owner.as_ref(), &epoch.to_le_bytes()],
        &REWARD,
    )
}

/// Locked tokens of `owner`, under an id of its choice.
pub fn position(owner: &Pubkey, id: u64) -> Pda {
    Pubkey::find_program_address(
        &[r::POSITION_SEED, owner.as_ref(), &id.to_le_bytes()],
        &REWARD,
    )
}

/// A position's verdict on a version of a listing.
pub fn attestation(position: &Pubkey, listing: &Pubkey, version: u32) -> Pda {
    Pubkey::find_program_address(
        &[
            r::ATTESTATION_SEED,
            position.as_ref(),
            listing.as_ref(),
            &version.to_le_bytes(),
        ],
        &REWARD,
    )
}

/// A wallet's associated token account; `token_program` is the one that owns the mint.
pub fn associated_token(wallet: &Pubkey, mint: &Pubkey, token_program: &Pubkey) -> Pda {
    Pubkey::find_program_address(
        &[wallet.as_ref(), token_program.as_ref(), mint.as_ref()],
        &ASSOCIATED_TOKEN,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::programs::{TOKEN, TOKEN_2022};

    #[test]
    fn an_associated_token_account_depends_on_the_token_program() {
        let (wallet, mint) = (
            Pubkey::new_from_array([1; 32]),
            Pubkey::new_from_array([2; 32]),
        );
        let (classic, bump) = associated_token(&wallet, &mint, &TOKEN);
        assert_ne!(classic, associated_token(&wallet, &mint, &TOKEN_2022).0);
        let seeds: [&[u8]; 4] = [wallet.as_ref(), TOKEN.as_ref(), mint.as_ref(), &[bump]];
        assert_eq!(
            Pubkey::create_program_address(&seeds, &ASSOCIATED_TOKEN),
            Ok(classic)
        );
    }

    #[test]
    fn a_vault_is_where_the_system_program_derives_it() {
        let owner = Pubkey::new_from_array([1; 32]);
        for program in [TOKEN, TOKEN_2022] {
            let derived = Pubkey::create_with_seed(&owner, "vault", &program);
            assert_eq!(derived, Ok(vault(&owner, &program)));
        }
    }

    #[test]
    fn p6_addresses_of_different_things_never_meet() {
        let (a, b) = (
            Pubkey::new_from_array([1; 32]),
            Pubkey::new_from_array([2; 32]),
        );
        let all = [
            listing_config(),
            escrow_config(),
            profile(&a),
            profile(&b),
            listing(&a, &b.to_bytes()),
            listing(&b, &a.to_bytes()),
            edge(&a, &b),
            edge(&b, &a),
            grant(&a, &b),
            royalties(&a, 0),
            royalties(&a, 1),
            royalties(&a, 256),
            pool(&a, 0, &b),
            pool(&a, 1, &b),
            ledger(&a, 0, &b),
            mint_config(&a),
            treasury(&a),
            order(&a, &[1; 16]),
            order(&a, &[2; 16]),
            session(&a, &b),
            session(&b, &a),
            dispute(&a, 1),
            dispute(&a, 256),
            docket(&a),
            dao_config(),
            dispute_vault(&a),
            juror(&a, 0, &b),
            juror(&b, 0, &a),
            juror(&a, 1, &b),
            governance(),
            dao_authority(),
            deposits(),
            proposal(1),
            proposal(256),
            vote(&a, &b),
            vote(&b, &a),
            event_authority(&DAO),
            reward_config(),
            emission(),
            stake(),
            token(),
            stake_vault(),
            rate(&a),
            epoch(0),
            epoch(1),
            points(&a, 0),
            points(&a, 1),
            position(&a, 0),
            position(&a, 1),
            attestation(&a, &b, 1),
            attestation(&b, &a, 1),
            attestation(&a, &b, 2),
            event_authority(&LISTING),
            event_authority(&ESCROW),
            event_authority(&REWARD),
            program_data(&LISTING),
        ];
        let vaults = [&a, &b].map(|owner| [TOKEN, TOKEN_2022].map(|of| vault(owner, &of)));
        let addresses: Vec<_> = all
            .map(|(address, _)| address)
            .into_iter()
            .chain(vaults.concat())
            .chain([(&a, &b, 0), (&a, &b, 1), (&b, &a, 0)].map(|(a, b, slot)| review(a, b, slot)))
            .collect();
        let distinct: std::collections::HashSet<_> = addresses.iter().collect();
        assert_eq!(distinct.len(), addresses.len());
    }
}
