//! What a dispute's account holds, for the API's description.

use utoipa::ToSchema;

/// Fields of a dispute's account. Keys are base58, hashes hex, amounts base units of the token, times RFC 3339; what is
/// empty is null.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `accounts::json` gives")]
pub struct DisputeAccount {
    /// `order` or `version`
    case: String,
    /// What it is about: an order, or a listing.
    subject: String,
    /// What the subject was made of when it was opened: an order's `params_hash`; of a listing SHA-256 of version (u32,
    /// little endian) and manifest hash.
    subject_hash: Option<String>,
    /// Of a listing; 0 of an order.
    version: u32,
    /// The subject's disputes are numbered from 1.
    number: u16,
    /// `open`, `final` or `undecided`
    status: String,
    /// The final ruling, in percent; 0 until then.
    share: u8,
    /// Of the round that is in force, from 0.
    round: u8,
    /// Number of the last round with a ruling, from 1; 0 where there is none.
    ruled: u8,
    /// Seconds that each phase of a round lasts, in their order.
    evidence: u32,
    commit: u32,
    reveal: u32,
    appeal: u32,
    /// Of a first appeal; twice as much for the second.
    appeal_bond: String,
    /// Revealed weight that the first round needs; each appeal doubles it.
    quorum: String,
    /// From then on anyone may end it as it stands.
    deadline: Option<String>,
    ended_at: Option<String>,
    /// SHA-256 of what was submitted last.
    evidence_hash: Option<String>,
    /// The token account that holds all bonds.
    vault: String,
    rent_payer: String,
    /// Of who opened it, and of the two appeals.
    bonds: Vec<DisputeBond>,
    /// Three, begun or not.
    rounds: Vec<DisputeRound>,
    /// Number of its last event.
    seq: u64,
    born_slot: u64,
}

/// What a party has paid.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `accounts::json` gives")]
pub struct DisputeBond {
    /// `held`, `due`, `lost` or `paid`; null where there is none.
    state: Option<String>,
    /// Where its owner wants the ruling to move: `down` or `up`.
    direction: Option<String>,
    amount: String,
    owner: Option<String>,
}

/// A round of a dispute. Choices are indices: 0, 25, 50, 75 and 100 percent.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `accounts::json` gives")]
pub struct DisputeRound {
    /// `running`, `quorate` or `void`; null where it was never begun.
    status: Option<String>,
    /// Index of the choice that it decided on, once it is quorate.
    median: u8,
    /// It begins with the time for evidence.
    starts_at: Option<String>,
    /// Revealed weight that it needs.
    quorum: String,
    /// Bonds of its jurors.
    committed: String,
    /// Revealed weight by choice.
    weights: Vec<String>,
    /// Bonds of who revealed, by choice.
    bonds: Vec<String>,
    /// Left to share among those who chose as the round decided.
    pot: String,
    /// Weight of those among them that got nothing yet.
    weight_left: String,
    /// Jurors that were not settled yet.
    jurors: u64,
}
