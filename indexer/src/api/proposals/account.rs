//! What the accounts of a proposal and of a vote hold, for the API's description.

use utoipa::ToSchema;

/// Fields of a proposal's account. Keys are base58, hashes hex, times RFC 3339, weights and amounts base units of the reward
/// token; what is empty is null.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `accounts::json` gives")]
pub struct ProposalAccount {
    /// From 1; no number is given twice.
    number: u64,
    /// `voting`, `queued`, `executed`, `rejected`, `vetoed` or `expired`. It is `voting` until somebody concludes the vote.
    status: String,
    /// `update_escrow`, `allow_mint`, `set_rate`, `transfer` and others; what it does is in `arguments`.
    action: String,
    /// What it changes: settings, a mint, a profile, a token account, a buffer; of the dao's own its `authority`.
    target: String,
    /// Its arguments as the called program takes them: hex, with zeros after the first `payload_len` bytes.
    payload: Option<String>,
    payload_len: u16,
    /// `member`, or `steward`: not voted on.
    origin: String,
    /// The owner of a position, or the steward.
    proposer: String,
    /// SHA-256 of the text that says why.
    text_hash: Option<String>,
    /// Weight that has to vote: yes, no or abstain.
    quorum: String,
    /// Of yes and no, those that have to be yes, in ppm.
    threshold_ppm: u32,
    /// Weights cast.
    yes: String,
    no: String,
    abstain: String,
    /// Votes whose accounts are not closed.
    votes: u64,
    proposed_at: Option<String>,
    /// Votes are cast before.
    ends_at: Option<String>,
    /// Seconds from its acceptance to `execute_from`; 0 until then.
    time_lock: u32,
    /// From then on anyone may carry it out, for 30 days; null until it is accepted.
    execute_from: Option<String>,
    ended_at: Option<String>,
    deposit: String,
    /// `held`, `due` to the proposer, `lost` to the treasury, or `paid`; null where there is none.
    deposit_state: Option<String>,
    rent_payer: String,
    born_slot: u64,
    /// Number of its last event.
    seq: u64,
}

/// Fields of a vote's account. Keys are base58, the weight base units of the reward token.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `accounts::json` gives")]
pub struct VoteAccount {
    /// Number of the proposal.
    proposal: u64,
    /// `yes`, `no` or `abstain`
    choice: String,
    /// Of the position when it was cast.
    weight: String,
    /// The position's.
    owner: String,
    born_slot: u64,
    /// Number of its last event.
    seq: u64,
}
