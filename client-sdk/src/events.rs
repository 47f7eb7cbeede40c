//! The one decoder of events.
//!
//! A program emits an event as an instruction to itself: tag, the event's discriminator, `head`, `state`. Give
//! [`decode`] each inner instruction of a successful transaction.

use anchor_lang::{Discriminator, event::EVENT_IX_TAG_LE};
use bytemuck::Pod;
use common::events::StateEvent;
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::{
    accounts::Account,
    entity::{self, EntityChange},
    programs,
    render::Render,
};

/// Bytes of an event's discriminator.
const DISCRIMINATOR_LEN: usize = 8;

/// Why an event instruction of one of our programs cannot be read. It is kept for later, never dropped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("an event of {program} ends within its discriminator, after {found} bytes")]
    Truncated { program: &'static str, found: usize },
    #[error("unknown event {discriminator} of {program}: this client is older than the program")]
    Unknown {
        program: &'static str,
        discriminator: String,
    },
    #[error("{event} of {program} has {found} bytes, expected {expected}")]
    Length {
        program: &'static str,
        event: &'static str,
        expected: usize,
        found: usize,
    },
    #[error("{event} of {program} carries layout {found}, this client reads {expected}")]
    Layout {
        program: &'static str,
        event: &'static str,
        expected: u8,
        found: u8,
    },
}

macro_rules! events {
    ($($program:ident { $($effect:ident $variant:ident = $name:ident;)* })*) => {
        /// An event of one of the programs.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Event { $($($variant(Box<$program::events::$name>),)*)* }

        /// Every event there is: program, name, discriminator, length of its body in bytes.
        pub const ALL: &[(Pubkey, &str, &[u8], usize)] = &[$($((
            $program::ID,
            stringify!($name),
            <$program::events::$name as Discriminator>::DISCRIMINATOR,
            size_of::<$program::events::$name>(),
        ),)*)*];

        impl Event {
            /// Its name, such as `OrderSettledV1`. Unique within its program only.
            pub fn name(&self) -> &'static str {
                match self { $($(Event::$variant(_) => stringify!($name),)*)* }
            }

            /// The program that emitted it.
            pub fn program(&self) -> Pubkey {
                match self { $($(Event::$variant(_) => $program::ID,)*)* }
            }

            /// Address of the entity that it is about.
            pub fn address(&self) -> Pubkey {
                match self { $($(Event::$variant(e) => e.head.address,)*)* }
            }

            /// The accounts that it changes, the one it is about first.
            pub fn entities(&self) -> Vec<EntityChange> {
                match self { $($(Event::$variant(e) => events!(@$effect e),)*)* }
            }

            /// The event as JSON: `event`, `program`, the fields of its head, and `state`.
            pub fn json(&self) -> Value {
                match self { $($(Event::$variant(e) => self.object(&e.head, &e.state),)*)* }
            }

            /// The data of the instruction that emits it.
            pub fn encode(&self) -> Vec<u8> {
                match self { $($(Event::$variant(e) => bytes(&**e),)*)* }
            }

            /// Length of [`Self::encode`].
            pub fn encoded_len(&self) -> usize {
                let body = match self { $($(Event::$variant(e) => size_of_val(&**e),)*)* };
                EVENT_IX_TAG_LE.len() + DISCRIMINATOR_LEN + body
            }
        }

        fn read(program: &Pubkey, discriminator: &[u8], body: &[u8]) -> Option<Result<Event, DecodeError>> {
            $(if *program == $program::ID {
                $(if discriminator == <$program::events::$name as Discriminator>::DISCRIMINATOR {
                    let event = typed(stringify!($program), stringify!($name), body);
                    return Some(event.map(Event::$variant));
                })*
            })*
            None
        }
    };
    (@state $e:ident) => { vec![entity::whole($e.head.address, &$e.state, false)] };
    (@closed $e:ident) => { vec![entity::whole($e.head.address, &$e.state, true)] };
    (@review $e:ident) => { entity::review(&$e.head, &$e.state) };
    (@ruled $e:ident) => { entity::ruled(&$e.head, &$e.state) };
    (@edge_added $e:ident) => { entity::edge(&$e.head, &$e.state, false) };
    (@edge_removed $e:ident) => { entity::edge(&$e.head, &$e.state, true) };
    // The one it is about, and others that its head carries whole: `address_field: field`.
    (@with [$closed:literal; $($at:ident $other:ident)*] $e:ident) => {
        vec![
            entity::whole($e.head.address, &$e.state, $closed),
            $(entity::whole($e.head.$at, &$e.head.$other, false),)*
        ]
    };
    (@initialized $e:ident) => {
        events!(@with [false; emission_address emission stake_address stake] $e)
    };
    (@epoch $e:ident) => { events!(@with [false; emission_address emission] $e) };
    (@fees $e:ident) => {
        events!(@with [false; buyer_points_address buyer_points epoch_address epoch] $e)
    };
    (@claimed $e:ident) => { events!(@with [true; epoch_address epoch] $e) };
    (@position $e:ident) => { events!(@with [false; stake_address stake] $e) };
    (@withdrawn $e:ident) => { events!(@with [true; stake_address stake] $e) };
    (@attested $e:ident) => { events!(@with [false; position_address position] $e) };
    (@slashed $e:ident) => {
        events!(@with [true; position_address position stake_address stake] $e)
    };
    (@docketed $e:ident) => { events!(@with [false; docket_address docket] $e) };
    (@vote [$closed:literal] $e:ident) => {
        vec![
            entity::whole($e.head.address, &$e.state, $closed),
            entity::round(
                $e.head.dispute_address,
                $e.head.dispute_born_slot,
                $e.head.dispute_seq,
                $e.head.round_index,
                $e.head.round,
            ),
        ]
    };
    (@voted $e:ident) => { events!(@vote [false] $e) };
    (@settled $e:ident) => { events!(@vote [true] $e) };
    (@governed $e:ident) => { events!(@with [false; governance_address governance] $e) };
    (@tallied $e:ident) => { events!(@with [false; proposal_address proposal] $e) };
    (@untallied $e:ident) => { events!(@with [true; proposal_address proposal] $e) };
    (@released $e:ident) => { events!(@with [true; position_address position] $e) };
}

events! {
    listing {
        state ListingConfigInitialized = ConfigInitializedV1;
        state ListingConfigUpdated = ConfigUpdatedV1;
        state ProfileCreated = ProfileCreatedV1;
        state ProfileUpdated = ProfileUpdatedV1;
        state ListingRegistered = ListingRegisteredV1;
        edge_added EdgeAdded = EdgeAddedV1;
        edge_removed EdgeRemoved = EdgeRemovedV1;
        state ListingActivated = ListingActivatedV1;
        state ListingPaused = ListingPausedV1;
        state ListingResumed = ListingResumedV1;
        state ListingRetired = ListingRetiredV1;
        state TermsUpdated = TermsUpdatedV1;
        state VersionPublished = VersionPublishedV1;
        state AuthorityProposed = AuthorityProposedV1;
        state AuthorityAccepted = AuthorityAcceptedV1;
        state PayoutChanged = PayoutChangedV1;
        state OperatorChanged = OperatorChangedV1;
        closed DraftDiscarded = DraftDiscardedV1;
        closed RoyaltyTableClosed = RoyaltyTableClosedV1;
        state LicenseGranted = LicenseGrantedV1;
        state LicenseRevoked = LicenseRevokedV1;
        state PoolOpened = PoolOpenedV1;
        state RoyaltyForwarded = RoyaltyForwardedV1;
        review ReviewPosted = ReviewPostedV1;
        review ReviewEdited = ReviewEditedV1;
        state EdgeProved = EdgeProvedV1;
        state DefaultRoyaltySet = DefaultRoyaltySetV1;
        ruled EdgeRevoked = EdgeRevokedV1;
        ruled EdgeRuled = EdgeRuledV1;
        state ListingSuspended = ListingSuspendedV1;
        state ListingRestored = ListingRestoredV1;
    }
    escrow {
        state EscrowConfigInitialized = ConfigInitializedV1;
        state EscrowConfigUpdated = ConfigUpdatedV1;
        state MintAllowed = MintAllowedV1;
        state MintUpdated = MintUpdatedV1;
        state TreasuryWithdrawn = TreasuryWithdrawnV1;
        state OrderOpened = OrderOpenedV1;
        state OrderDelivered = OrderDeliveredV1;
        state OrderSettled = OrderSettledV1;
        state OrderRefunded = OrderRefundedV1;
        state OrderWithdrawn = OrderWithdrawnV1;
        state OrderEnded = OrderEndedV1;
        state OrderToppedUp = OrderToppedUpV1;
        state VoucherRedeemed = VoucherRedeemedV1;
        state IntervalAuthorised = IntervalAuthorisedV1;
        state IntervalConfirmed = IntervalConfirmedV1;
        state OrderDisputed = OrderDisputedV1;
        state DisputeConceded = DisputeConcededV1;
        state DisputeRuled = DisputeRuledV1;
        state DisputeLapsed = DisputeLapsedV1;
        state SessionOpened = SessionOpenedV1;
        state SessionRevoked = SessionRevokedV1;
        closed SessionClosed = SessionClosedV1;
        closed OrderClosed = OrderClosedV1;
        state OrderFeesRecorded = OrderFeesRecordedV1;
    }
    reward {
        initialized RewardConfigInitialized = ConfigInitializedV1;
        state RewardConfigUpdated = ConfigUpdatedV1;
        state RateSet = RateSetV1;
        epoch EpochOpened = EpochOpenedV1;
        fees FeesRecorded = FeesRecordedV1;
        epoch EpochFinished = EpochFinishedV1;
        claimed PointsClaimed = PointsClaimedV1;
        epoch EpochExpired = EpochExpiredV1;
        closed PointsClosed = PointsClosedV1;
        position PositionLocked = PositionLockedV1;
        position UnlockRequested = UnlockRequestedV1;
        withdrawn PositionWithdrawn = PositionWithdrawnV1;
        attested VersionAttested = VersionAttestedV1;
        slashed AttestationSlashed = AttestationSlashedV1;
        released AttestationClosed = AttestationClosedV1;
    }
    dao {
        state DaoConfigInitialized = ConfigInitializedV1;
        state DaoConfigUpdated = ConfigUpdatedV1;
        docketed DisputeOpened = DisputeOpenedV1;
        state EvidenceSubmitted = EvidenceSubmittedV1;
        voted VoteCommitted = VoteCommittedV1;
        voted VoteRevealed = VoteRevealedV1;
        state RoundCounted = RoundCountedV1;
        state RulingAppealed = RulingAppealedV1;
        docketed DisputeFinished = DisputeFinishedV1;
        settled JurorSettled = JurorSettledV1;
        state BondPaid = BondPaidV1;
        closed DisputeClosed = DisputeClosedV1;
        docketed EdgeCaseOpened = EdgeCaseOpenedV1;
        state GovernanceInitialized = GovernanceInitializedV1;
        governed ProposalCreated = ProposalCreatedV1;
        tallied VoteCast = VoteCastV1;
        tallied VoteChanged = VoteChangedV1;
        state ProposalConcluded = ProposalConcludedV1;
        state ProposalVetoed = ProposalVetoedV1;
        governed ProposalExecuted = ProposalExecutedV1;
        state ProposalExpired = ProposalExpiredV1;
        state DepositPaid = DepositPaidV1;
        untallied VoteClosed = VoteClosedV1;
        closed ProposalClosed = ProposalClosedV1;
        state ProgramPaused = ProgramPausedV1;
        state ProgramUnpaused = ProgramUnpausedV1;
        state HandedOver = HandedOverV1;
    }
}

/// Whether an instruction's data was sent as an event, whatever it holds.
pub fn is_event(data: &[u8]) -> bool {
    data.starts_with(EVENT_IX_TAG_LE)
}

/// Decodes an instruction's data.
///
/// `None`: the instruction is not an event of ours. An error: it is, but cannot be read.
pub fn decode(program: &Pubkey, data: &[u8]) -> Result<Option<Event>, DecodeError> {
    let Some(name) = programs::own(program) else {
        return Ok(None);
    };
    let Some(rest) = data.strip_prefix(EVENT_IX_TAG_LE) else {
        return Ok(None);
    };
    let Some((discriminator, body)) = rest.split_at_checked(DISCRIMINATOR_LEN) else {
        return Err(DecodeError::Truncated {
            program: name,
            found: rest.len(),
        });
    };
    match read(program, discriminator, body) {
        Some(event) => event.map(Some),
        None => Err(DecodeError::Unknown {
            program: name,
            discriminator: hex::encode(discriminator),
        }),
    }
}

fn typed<E>(program: &'static str, event: &'static str, body: &[u8]) -> Result<Box<E>, DecodeError>
where
    E: StateEvent,
    E::State: Account,
{
    let value: E = bytemuck::try_pod_read_unaligned(body).map_err(|_| DecodeError::Length {
        program,
        event,
        expected: size_of::<E>(),
        found: body.len(),
    })?;
    // The layout version stands first in every state, and the state last in every event.
    let found = body[size_of::<E::Head>()];
    if found != E::State::LAYOUT {
        return Err(DecodeError::Layout {
            program,
            event,
            expected: E::State::LAYOUT,
            found,
        });
    }
    Ok(Box::new(value))
}

fn bytes<E: Discriminator + Pod>(event: &E) -> Vec<u8> {
    [EVENT_IX_TAG_LE, E::DISCRIMINATOR, bytemuck::bytes_of(event)].concat()
}

impl Event {
    fn object(&self, head: &impl Render, state: &impl Render) -> Value {
        let mut map = serde_json::Map::new();
        map.insert("event".into(), self.name().into());
        map.insert("program".into(), programs::own(&self.program()).into());
        map.extend(head.render());
        map.insert("state".into(), Value::Object(state.render()));
        Value::Object(map)
    }
}

#[cfg(test)]
mod tests;
