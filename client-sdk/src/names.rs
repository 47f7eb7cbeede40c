//! Names of the numbers that accounts store, as the API, the command and JSON give them: lower-case snake_case.

use common::dispute::dispute_status;
use common::receipt::{mode, state};
use dao::state::{
    action, bond_state, case, direction, origin, program, proposal_status, round_status,
    vote_choice,
};
use escrow::state::party;
use listing::state::{derivatives, edge_status, kind, relation, status};
use reward::state::{epoch_status, verdict};

/// A set of numbers and their names.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// What the numbers are, for error messages.
    pub what: &'static str,
    pairs: &'static [(u8, &'static str)],
}

impl Names {
    /// Name of a number, `None` where it has none.
    pub fn name(&self, value: u8) -> Option<&'static str> {
        self.pairs
            .iter()
            .find_map(|(v, name)| (*v == value).then_some(*name))
    }

    /// Number of a name.
    pub fn value(&self, name: &str) -> Option<u8> {
        self.pairs
            .iter()
            .find_map(|(v, n)| (*n == name).then_some(*v))
    }

    /// All names, in the order of their numbers.
    pub fn all(&self) -> impl Iterator<Item = &'static str> {
        self.pairs.iter().map(|(_, name)| *name)
    }
}

/// Kind of a listing.
pub const KIND: Names = Names {
    what: "kind",
    pairs: &[
        (kind::MODEL, "model"),
        (kind::DATASET, "dataset"),
        (kind::SERVICE, "service"),
        (kind::COMPUTE, "compute"),
        (kind::AGENT, "agent"),
    ],
};

/// Status of a listing.
pub const STATUS: Names = Names {
    what: "status",
    pairs: &[
        (status::DRAFT, "draft"),
        (status::ACTIVE, "active"),
        (status::PAUSED, "paused"),
        (status::RETIRED, "retired"),
        (status::SUSPENDED, "suspended"),
    ],
};

/// What a licence says of derivatives.
pub const DERIVATIVES: Names = Names {
    what: "derivatives rule",
    pairs: &[
        (derivatives::OPEN, "open"),
        (derivatives::LICENSED, "licensed"),
        (derivatives::FORBIDDEN, "forbidden"),
    ],
};

/// How a child came from its parent.
pub const RELATION: Names = Names {
    what: "relation",
    pairs: &[
        (relation::ADAPTED_FROM, "adapted_from"),
        (relation::TRAINED_ON, "trained_on"),
        (relation::MERGED_FROM, "merged_from"),
        (relation::DISTILLED_FROM, "distilled_from"),
        (relation::QUANTIZED_FROM, "quantized_from"),
        (relation::SERVES, "serves"),
    ],
};

/// Status of an edge.
pub const EDGE_STATUS: Names = Names {
    what: "edge status",
    pairs: &[
        (edge_status::CLAIMED, "claimed"),
        (edge_status::PROVED, "proved"),
        (edge_status::REVOKED, "revoked"),
        (edge_status::RULED, "ruled"),
    ],
};

/// Mode of a price term and of an order.
pub const MODE: Names = Names {
    what: "mode",
    pairs: &[
        (mode::ONE_TIME, "one_time"),
        (mode::METERED, "metered"),
        (mode::SUBSCRIPTION, "subscription"),
        (mode::LEASE, "lease"),
    ],
};

/// State of an order.
pub const ORDER_STATE: Names = Names {
    what: "order state",
    pairs: &[
        (state::FUNDED, "funded"),
        (state::DELIVERED, "delivered"),
        (state::DISPUTED, "disputed"),
        (state::SETTLED, "settled"),
        (state::REFUNDED, "refunded"),
    ],
};

/// A party to an order.
pub const PARTY: Names = Names {
    what: "party",
    pairs: &[(party::OWNER, "owner"), (party::SELLER, "seller")],
};

/// Status of an epoch.
pub const EPOCH_STATUS: Names = Names {
    what: "epoch status",
    pairs: &[
        (epoch_status::OPEN, "open"),
        (epoch_status::FINISHED, "finished"),
        (epoch_status::EXPIRED, "expired"),
    ],
};

/// A validator's verdict.
pub const VERDICT: Names = Names {
    what: "verdict",
    pairs: &[(verdict::GOOD, "good"), (verdict::BAD, "bad")],
};

/// Status of a dispute.
pub const DISPUTE_STATUS: Names = Names {
    what: "dispute status",
    pairs: &[
        (dispute_status::OPEN, "open"),
        (dispute_status::FINAL, "final"),
        (dispute_status::UNDECIDED, "undecided"),
    ],
};

/// What a dispute is about.
pub const CASE: Names = Names {
    what: "case",
    pairs: &[
        (case::ORDER, "order"),
        (case::VERSION, "version"),
        (case::FALSE_EDGE, "false_edge"),
        (case::MISSING_EDGE, "missing_edge"),
    ],
};

/// Status of a round.
pub const ROUND_STATUS: Names = Names {
    what: "round status",
    pairs: &[
        (round_status::RUNNING, "running"),
        (round_status::QUORATE, "quorate"),
        (round_status::VOID, "void"),
    ],
};

/// Where an appellant wants a ruling to move.
pub const DIRECTION: Names = Names {
    what: "direction",
    pairs: &[(direction::DOWN, "down"), (direction::UP, "up")],
};

/// What became of a party's bond.
pub const BOND_STATE: Names = Names {
    what: "bond state",
    pairs: &[
        (bond_state::HELD, "held"),
        (bond_state::DUE, "due"),
        (bond_state::LOST, "lost"),
        (bond_state::PAID, "paid"),
    ],
};

/// What a proposal does.
pub const ACTION: Names = Names {
    what: "action",
    pairs: &[
        (action::UPDATE_DAO, "update_dao"),
        (action::UPDATE_GOVERNANCE, "update_governance"),
        (action::UPDATE_LISTING, "update_listing"),
        (action::UPDATE_ESCROW, "update_escrow"),
        (action::UPDATE_REWARD, "update_reward"),
        (action::ALLOW_MINT, "allow_mint"),
        (action::UPDATE_MINT, "update_mint"),
        (action::SET_RATE, "set_rate"),
        (action::VERIFY, "verify"),
        (action::SET_GUARDIANS, "set_guardians"),
        (action::TRANSFER, "transfer"),
        (action::UPGRADE, "upgrade"),
        (action::SUSPEND, "suspend"),
        (action::SET_DEFAULT_ROYALTY, "set_default_royalty"),
    ],
};

/// Status of a proposal.
pub const PROPOSAL_STATUS: Names = Names {
    what: "proposal status",
    pairs: &[
        (proposal_status::VOTING, "voting"),
        (proposal_status::QUEUED, "queued"),
        (proposal_status::EXECUTED, "executed"),
        (proposal_status::REJECTED, "rejected"),
        (proposal_status::VETOED, "vetoed"),
        (proposal_status::EXPIRED, "expired"),
    ],
};

/// Who made a proposal.
pub const ORIGIN: Names = Names {
    what: "origin",
    pairs: &[(origin::MEMBER, "member"), (origin::STEWARD, "steward")],
};

/// How a position votes on a proposal.
pub const VOTE_CHOICE: Names = Names {
    what: "vote",
    pairs: &[
        (vote_choice::YES, "yes"),
        (vote_choice::NO, "no"),
        (vote_choice::ABSTAIN, "abstain"),
    ],
};

/// A program whose settings and code are the dao's.
pub const PROGRAM: Names = Names {
    what: "program",
    pairs: &[
        (program::LISTING, "listing"),
        (program::ESCROW, "escrow"),
        (program::REWARD, "reward"),
        (program::DAO, "dao"),
    ],
};

/// Seconds that a price term's unit lasts: 0 for modes that ask for no time; of a subscription or a lease by its name, `None`
/// where that is no time.
pub fn unit_period(mode: u8, unit: &str) -> Option<u32> {
    match mode {
        mode::SUBSCRIPTION | mode::LEASE => unit_seconds(unit),
        _ => Some(0),
    }
}

/// Seconds of a time by its name, from a minute up.
fn unit_seconds(unit: &str) -> Option<u32> {
    const DAY: u32 = 24 * 60 * 60;
    match unit {
        "minute" => Some(60),
        "hour" => Some(60 * 60),
        "day" => Some(DAY),
        "week" => Some(7 * DAY),
        "month" => Some(30 * DAY),
        "year" => Some(365 * DAY),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_number() {
        for names in [
            KIND,
            STATUS,
            DERIVATIVES,
            RELATION,
            EDGE_STATUS,
            MODE,
            ORDER_STATE,
            PARTY,
            EPOCH_STATUS,
            VERDICT,
            DISPUTE_STATUS,
            CASE,
            ROUND_STATUS,
            DIRECTION,
            BOND_STATE,
            ACTION,
            PROPOSAL_STATUS,
            ORIGIN,
            VOTE_CHOICE,
            PROGRAM,
        ] {
            for name in names.all() {
                let value = names.value(name).expect(name);
                assert_eq!(names.name(value), Some(name));
            }
            assert_eq!(names.name(0), None, "0 is no {}", names.what);
        }
    }
}
