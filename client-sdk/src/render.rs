//! Accounts and events as JSON, for logs and the API: keys base58, hashes hex, amounts as strings, times RFC 3339,
//! texts without their padding, numbers of an enumeration by name. What is empty is null.
//!
//! Each type names all its fields here: a new field that is not listed does not compile.

use dao::{events as de, state as ds};
use escrow::{events as ee, state as es};
use listing::{events as le, state as ls};
use reward::{events as re, state as rs};
use serde_json::{Map, Value};

/// A struct that has a JSON form.
pub trait Render {
    fn render(&self) -> Map<String, Value>;
}

/// A time in Unix seconds as RFC 3339 in UTC; the number itself where no calendar holds it.
pub fn rfc3339(seconds: i64) -> String {
    how::utc(seconds).unwrap_or_else(|| seconds.to_string())
}

/// How a field is shown.
mod how {
    use bytemuck::Pod;
    use chrono::{DateTime, SecondsFormat, Utc};
    use serde_json::Value;
    use solana_program::pubkey::Pubkey;

    use super::Render;
    use crate::names::{self, Names};

    pub fn number<T: Copy + Into<u64>>(value: &T) -> Value {
        Value::from((*value).into())
    }

    pub fn amount(value: &u64) -> Value {
        Value::from(value.to_string())
    }

    pub fn amounts(values: &[u64]) -> Value {
        values.iter().map(amount).collect()
    }

    pub fn flag<T: Copy + Into<u64>>(value: &T) -> Value {
        Value::from((*value).into() != 0)
    }

    pub fn key(value: &Pubkey) -> Value {
        if *value == Pubkey::default() {
            Value::Null
        } else {
            Value::from(value.to_string())
        }
    }

    pub fn hash(value: &[u8]) -> Value {
        if value.iter().all(|byte| *byte == 0) {
            Value::Null
        } else {
            Value::from(hex::encode(value))
        }
    }

    pub fn text(value: &[u8]) -> Value {
        let text = common::text::read(value);
        if text.is_empty() {
            Value::Null
        } else {
            Value::from(text)
        }
    }

    /// Unix seconds as RFC 3339 in UTC; null for 0 and for what no calendar holds.
    pub fn time(value: &i64) -> Value {
        let time = utc(*value).filter(|_| *value != 0);
        time.map_or(Value::Null, Value::from)
    }

    pub fn utc(seconds: i64) -> Option<String> {
        let time = DateTime::<Utc>::from_timestamp(seconds, 0)?;
        Some(time.to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    /// A number without a name is shown as the number: it belongs to a newer program.
    fn named<T: Copy + Into<u64>>(names: &Names, value: &T) -> Value {
        let value: u64 = (*value).into();
        match u8::try_from(value).ok().and_then(|value| names.name(value)) {
            Some(name) => Value::from(name),
            None if value == 0 => Value::Null,
            None => Value::from(value),
        }
    }

    macro_rules! named {
        ($($how:ident: $names:ident;)*) => {
            $(pub fn $how<T: Copy + Into<u64>>(value: &T) -> Value { named(&names::$names, value) })*
        };
    }

    named! {
        kind: KIND;
        status: STATUS;
        derivatives: DERIVATIVES;
        relation: RELATION;
        edge_status: EDGE_STATUS;
        mode: MODE;
        order_state: ORDER_STATE;
        party: PARTY;
        epoch_status: EPOCH_STATUS;
        verdict: VERDICT;
        dispute_status: DISPUTE_STATUS;
        case: CASE;
        round_status: ROUND_STATUS;
        direction: DIRECTION;
        bond_state: BOND_STATE;
        action: ACTION;
        proposal_status: PROPOSAL_STATUS;
        origin: ORIGIN;
        vote_choice: VOTE_CHOICE;
        program: PROGRAM;
    }

    pub fn object<T: Render>(value: &T) -> Value {
        Value::Object(value.render())
    }

    /// Keys in use: those that are not all zero.
    pub fn keys(values: &[Pubkey]) -> Value {
        let used = values.iter().filter(|key| **key != Pubkey::default());
        used.map(|key| Value::from(key.to_string())).collect()
    }

    /// Elements in use: those that are not all zero.
    pub fn list<T: Render + Pod>(values: &[T]) -> Value {
        values
            .iter()
            .filter(|v| bytemuck::bytes_of(*v).iter().any(|byte| *byte != 0))
            .map(object)
            .collect()
    }
}

macro_rules! render {
    ($($($ty:ident)::+ { $($how:ident: $($field:ident)*;)* })*) => {$(
        impl Render for $($ty)::+ {
            fn render(&self) -> Map<String, Value> {
                let Self { $($($field,)*)* } = self;
                let mut map = Map::new();
                $($(render!(@put map $how $field);)*)*
                map
            }
        }
    )*};
    (@put $map:ident omit $field:ident) => { let _ = $field; };
    (@put $map:ident flatten $field:ident) => { $map.extend($field.render()); };
    (@put $map:ident $how:ident $field:ident) => {
        $map.insert(stringify!($field).to_string(), how::$how($field));
    };
}

render! {
    // accounts of listing
    ls::Config {
        key: authority pending_authority rent_payer;
        flag: paused;
        number: default_royalty_ppm seq;
        omit: layout bump reserved spare;
    }
    ls::Profile {
        key: publisher rent_payer;
        text: name uri;
        flag: verified;
        number: seq;
        omit: layout bump reserved spare;
    }
    ls::PriceTerm {
        mode: mode;
        text: unit;
        amount: price capacity;
        key: mint;
        number: decimals period;
        omit: reserved;
    }
    ls::Listing {
        kind: kind;
        status: status;
        derivatives: derivatives;
        flag: claimed;
        text: name uri license;
        hash: key manifest_hash content_hash;
        key: publisher authority pending_authority payout operator rent_payer;
        number: version royalty_parents edges generation royalty_ppm derivative_royalty_ppm;
        list: terms;
        time: created_at;
        number: reviews rating_sum last_ruling;
        number: activated_slot updated_slot born_slot seq;
        omit: layout bump terms_len reserved spare;
    }
    ls::Edge {
        relation: relation;
        edge_status: status;
        key: child parent rent_payer;
        number: index table_index royalty_ppm parent_version;
        hash: manifest_root;
        number: proved_slot proved_version;
        time: created_at;
        number: born_slot seq;
        omit: layout bump reserved reserved2 spare;
    }
    ls::RoyaltyEntry { key: parent; number: ppm; omit: reserved; }
    ls::RoyaltyTable {
        key: listing rent_payer;
        number: generation len total_ppm;
        list: entries;
        number: born_slot seq;
        omit: layout bump reserved reserved2 reserved3 spare;
    }
    ls::PoolLedger {
        key: listing mint token_program pool rent_payer;
        number: generation decimals;
        amounts: credited owed;
        number: born_slot seq;
        omit: layout bump pool_bump reserved spare;
    }
    ls::LicenseGrant {
        key: parent grantee granted_by rent_payer;
        time: expires_at;
        number: born_slot seq;
        omit: layout bump reserved spare;
    }
    ls::Review {
        key: listing order reviewer rent_payer;
        number: rating version edits order_born_slot;
        hash: hash;
        time: created_at edited_at;
        number: seq;
        omit: layout reserved spare;
    }
    // accounts of escrow
    es::Config {
        key: authority pending_authority treasury rent_payer;
        flag: paused allow_unclaimed;
        number: fee_ppm delivery_window dispute_window arbitration_period bond_ppm;
        hash: genesis_hash;
        number: seq;
        omit: layout bump spare;
    }
    es::MintConfig {
        key: mint token_program treasury rent_payer;
        flag: enabled;
        number: decimals;
        amount: max_deposit;
        number: seq;
        omit: layout bump treasury_bump reserved spare;
    }
    common::receipt::ReceiptHead {
        mode: mode;
        order_state: state;
        key: buyer owner listing;
        hash: key;
        number: flags term decimals version generation royalty_ppm fee_ppm seq born_slot;
        omit: layout bump reserved_1 reserved_2;
    }
    es::Order {
        flatten: head;
        key: seller payee source vault mint token_program pool rent_payer;
        text: unit;
        hash: manifest_hash content_hash params_hash buyer_key sealed_key;
        amount: quantity price deposited paid fee_paid royalty_paid refunded paid_due fee_due royalty_due refund_due;
        amount: earned pending accruing contested bond owner_bond_due seller_bond_due lost_bond_due;
        time: opened_at valid_until deliver_by delivered_at settle_after closed_at ends_at booked_until matures_at arbitrate_by;
        number: delivery_window dispute_window arbitration_period bond_ppm period;
        number: sequence authorised unconfirmed disputes;
        party: opener;
        flag: fees_recorded;
        omit: spare;
    }
    es::Session {
        key: owner key mint token_program vault rent_payer;
        flag: revoked;
        number: decimals seq born_slot;
        time: expires_at;
        keys: listings;
        omit: layout bump listings_len reserved spare;
    }
    // accounts of reward
    rs::Config {
        key: authority pending_authority mint vault rent_payer;
        flag: paused;
        number: decimals buyer_share_ppm epoch_length halving cooling claim_window;
        amount: cap first_emission min_stake;
        time: starts_at;
        number: seq;
        omit: layout bump spare;
    }
    rs::Emission {
        amount: pool granted returned;
        number: accrued last_opened last_finished;
        key: rent_payer;
        number: seq;
        omit: layout bump reserved spare;
    }
    rs::Stake {
        amount: locked active slashed;
        number: positions;
        key: rent_payer;
        number: seq;
        number: week;
        amount: low low_before;
        omit: layout bump reserved spare;
    }
    rs::Rate {
        key: mint rent_payer;
        amount: rate price;
        number: seq;
        omit: layout bump reserved spare;
    }
    rs::Epoch {
        epoch_status: status;
        number: index previous orders;
        time: starts_at ends_at claim_until;
        amount: total allotted claimed;
        key: rent_payer;
        number: seq;
        omit: layout bump reserved reserved_2 spare;
    }
    rs::Points {
        key: owner rent_payer;
        number: epoch;
        amount: points;
        number: born_slot seq;
        omit: layout bump reserved spare;
    }
    rs::Position {
        key: owner rent_payer;
        amount: id amount staked;
        number: attestations;
        time: locked_at unlock_at;
        number: born_slot seq;
        omit: layout bump reserved spare;
    }
    rs::Attestation {
        verdict: verdict;
        key: position owner listing rent_payer;
        number: version;
        hash: subject_hash evidence_hash;
        amount: stake;
        time: attested_at expires_at;
        number: born_slot seq;
        omit: layout bump reserved spare;
    }
    // accounts of dao
    ds::Config {
        key: authority pending_authority treasury mint rent_payer;
        number: evidence commit reveal appeal quorum_ppm;
        amount: quorum_floor case_bond appeal_bond;
        number: seq;
        omit: layout bump reserved spare;
    }
    common::dispute::DocketHead {
        key: subject;
        number: disputes open;
        time: ended_at;
        number: seq;
        omit: layout bump reserved;
    }
    ds::Docket { flatten: head; key: rent_payer; omit: spare; }
    common::dispute::DisputeHead {
        dispute_status: status;
        number: share number;
        key: subject;
        hash: subject_hash;
        number: seq born_slot;
        omit: layout bump reserved;
    }
    ds::Bond { bond_state: state; direction: direction; amount: amount; key: owner; omit: reserved; }
    ds::Round {
        round_status: status;
        number: median jurors;
        time: starts_at;
        amount: quorum committed pot weight_left;
        amounts: weights bonds;
        omit: reserved;
    }
    ds::Dispute {
        flatten: head;
        case: case;
        number: round ruled version evidence commit reveal appeal;
        amount: appeal_bond quorum;
        time: deadline ended_at;
        hash: evidence_hash;
        key: vault rent_payer;
        list: bonds rounds;
        omit: vault_bump spare;
    }
    ds::Juror {
        key: owner;
        number: round choice;
        amount: weight;
        hash: commitment;
        number: born_slot seq;
        omit: layout bump reserved;
    }
    ds::Governance {
        key: authority steward mint deposits rent_payer;
        keys: guardians;
        number: guardian_threshold paused proposals voting_period quorum_ppm threshold_ppm;
        amount: handover_floor quorum_floor deposit;
        time: handed_over_at paused_at;
        number: seq;
        omit: layout bump authority_bump deposits_bump reserved reserved_word spare;
    }
    ds::Proposal {
        proposal_status: status;
        action: action;
        origin: origin;
        bond_state: deposit_state;
        number: number time_lock threshold_ppm votes payload_len;
        time: proposed_at ends_at execute_from ended_at;
        amount: quorum yes no abstain deposit;
        key: proposer target rent_payer;
        hash: text_hash payload;
        number: seq born_slot;
        omit: layout bump spare;
    }
    ds::Vote {
        vote_choice: choice;
        number: proposal;
        amount: weight;
        key: owner;
        number: seq born_slot;
        omit: layout bump reserved;
    }
    // arguments of actions, none of which names a pending authority
    dao::instructions::ConfigArgs {
        number: evidence commit reveal appeal quorum_ppm;
        amount: quorum_floor case_bond appeal_bond;
        key: treasury;
        omit: pending_authority;
    }
    dao::instructions::GovernanceArgs {
        number: voting_period quorum_ppm threshold_ppm;
        amount: quorum_floor deposit;
    }
    escrow::instructions::ConfigArgs {
        flag: paused allow_unclaimed;
        number: fee_ppm delivery_window dispute_window arbitration_period bond_ppm;
        key: treasury;
        omit: pending_authority;
    }
    reward::instructions::ConfigArgs {
        flag: paused;
        number: buyer_share_ppm cooling claim_window;
        amount: min_stake;
        omit: pending_authority;
    }
    dao::actions::Guardians {
        keys: keys;
        number: threshold;
    }
    dao::actions::Transfer {
        key: to;
        amount: amount;
    }
    dao::actions::Upgrade {
        program: program;
        hash: hash;
    }
    // heads of listing's events
    le::EntityHead { key: address; }
    le::ConfigHead { key: address old_authority old_pending_authority; flag: old_paused; }
    le::ProfileHead { key: address; object: old; }
    le::StatusHead { key: address; status: old_status; }
    le::SuspendedHead { key: address dispute; status: old_status; number: old_last_ruling; }
    le::TermsHead { key: address; list: old_terms; omit: old_terms_len; }
    le::VersionHead {
        key: address;
        number: old_version;
        hash: old_manifest_hash old_content_hash;
        text: old_uri;
    }
    le::KeyHead { key: address old; }
    le::AuthorityHead {
        key: address old_authority old_pending_authority old_payout old_operator;
        flag: old_claimed;
    }
    le::EdgeHead {
        key: address;
        number: listing_seq listing_born_slot updated_slot listing_edges old_listing_edges;
        number: listing_royalty_ppm old_listing_royalty_ppm listing_royalty_parents;
        key: table table_rent_payer;
        number: table_len table_seq table_born_slot;
        object: entry;
        omit: table_bump reserved;
    }
    le::ClosedHead { key: address rent_to; amount: rent reward; }
    le::GrantHead { key: address old_granted_by; time: old_expires_at; }
    le::ForwardHead {
        key: address parent parent_pool payout_account;
        number: index;
        amount: received credited forwarded paid owed old_owed;
    }
    le::ReviewHead { key: address; number: old_rating; hash: old_hash; object: listing; }
    le::EdgeProvedHead { key: address; edge_status: old_status; }
    le::RoyaltyHead { key: address; number: old_default_royalty_ppm; }
    le::RuledHead {
        key: address dispute table_address moved_address;
        edge_status: old_status;
        number: listing_seq listing_born_slot updated_slot listing_edges;
        number: listing_royalty_ppm old_listing_royalty_ppm listing_royalty_parents;
        number: listing_generation old_listing_generation;
        object: table moved;
    }
    // heads of escrow's events
    ee::EntityHead { key: address; }
    ee::ConfigHead { key: address; object: old; }
    ee::MintHead { key: address; flag: old_enabled; amount: old_max_deposit; }
    ee::TreasuryHead { key: address destination; amount: amount; }
    ee::OrderHead { key: address; order_state: old_state; }
    ee::PayoutHead { key: address; order_state: old_state; amount: paid fee royalty refunded swept bond; }
    ee::ToppedUpHead { key: address; amount: amount old_deposited; }
    ee::VoucherHead {
        key: address;
        number: sequence old_sequence;
        amount: cumulative old_cumulative paid fee royalty;
    }
    ee::IntervalHead { key: address; number: interval; amount: accrued paid fee royalty; }
    ee::DisputeHead { key: address; number: number; party: opener; hash: evidence_hash; amount: paid fee royalty; }
    ee::DecisionHead { key: address; number: number percent; amount: contested paid fee royalty refunded; }
    ee::SessionClosedHead { key: address destination rent_to; amount: amount rent reward; }
    ee::ClosedHead { key: address rent_to; amount: rent reward; }
    ee::FeesRecordedHead { key: address; amount: amount; }
    // heads of reward's events
    re::InitializedHead { key: address emission_address stake_address; object: emission stake; }
    re::ConfigHead { key: address; object: old; }
    re::RateHead { key: address; amount: old_rate old_price; }
    re::EpochHead {
        key: address emission_address;
        epoch_status: old_status;
        amount: amount old_pool;
        object: emission;
    }
    re::FeesHead {
        key: address buyer_points_address epoch_address order mint;
        amount: fee publisher_credit buyer_credit;
        object: buyer_points epoch;
    }
    re::ClaimHead {
        key: address epoch_address destination rent_to;
        amount: amount rent;
        object: epoch;
    }
    re::ClosedHead { key: address rent_to; amount: rent reward; }
    re::PositionHead { key: address stake_address; amount: old_locked old_active; object: stake; }
    re::WithdrawnHead {
        key: address stake_address destination rent_to;
        amount: amount rent;
        object: stake;
    }
    re::AttestedHead { key: address position_address; object: position; }
    re::SlashedHead {
        key: address position_address stake_address dispute destination rent_to;
        amount: burnt reward rent;
        object: position stake;
    }
    re::ReleasedHead {
        key: address position_address rent_to;
        amount: rent reward;
        object: position;
    }
    // heads of dao's events
    de::EntityHead { key: address; }
    de::ConfigHead { key: address; object: old; }
    de::OpenedHead { key: address docket_address; amount: active; object: docket; }
    de::EdgeCaseHead {
        key: address docket_address child parent;
        relation: relation;
        amount: active;
        object: docket;
    }
    de::EvidenceHead { key: address submitter; }
    de::CommittedHead {
        key: address dispute_address position;
        amount: bond;
        number: dispute_seq dispute_born_slot round_index;
        object: round;
    }
    de::RevealedHead {
        key: address dispute_address;
        number: dispute_seq dispute_born_slot round_index;
        object: round;
    }
    de::CountedHead { key: address; number: round; amount: revealed; round_status: status; }
    de::AppealedHead { key: address appellant; number: round; direction: direction; amount: bond; }
    de::FinishedHead { key: address docket_address; object: docket; }
    de::SettledHead {
        key: address dispute_address destination rent_to;
        amount: amount rent;
        number: dispute_seq dispute_born_slot round_index;
        object: round;
    }
    de::BondHead { key: address destination; number: index; amount: amount; }
    de::ClosedHead { key: address rent_to; amount: swept rent reward; }
    de::ProposedHead { key: address governance_address; amount: active; object: governance; }
    de::CastHead { key: address position proposal_address; object: proposal; }
    de::ChangedHead { key: address proposal_address; vote_choice: old_choice; object: proposal; }
    de::StatusHead { key: address; proposal_status: old_status; }
    de::ExecutedHead { key: address executor governance_address; object: governance; }
    de::DepositHead { key: address destination; amount: amount; }
    de::VoteClosedHead { key: address proposal_address; amount: rent reward; object: proposal; }
    de::RentHead { key: address; amount: rent reward; }
    de::PauseHead { key: address; program: program; }
    de::HandedOverHead { key: address old_steward; amount: active; }
}
