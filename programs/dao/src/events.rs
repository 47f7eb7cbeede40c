//! What the program says of every change, in the past tense, by self-CPI. Each carries the entity's whole state after
//! the change (`state`), and in its head what the change replaced or moved, and any other account that it changed,
//! whole and with its address.

use anchor_lang::{
    bytemuck::{Pod, Zeroable},
    prelude::*,
};
use common::{heads, state_events};

use crate::state::{Config, Dispute, Docket, Governance, Juror, Proposal, Round, Vote};

heads! {
    /// The entity's address, where nothing was replaced.
    EntityHead { address: Address, }
    /// The settings before.
    ConfigHead { address: Address, old: Config, }
    /// A dispute's address, the active weight when it was opened, and its docket.
    OpenedHead { address: Address, docket_address: Address, active: u64, docket: Docket, }
    /// The same of an edge, by its ends and, where it is said to be missing, the relation that it would have; 0 where it is
    /// said to be false.
    EdgeCaseHead {
        address: Address,
        docket_address: Address,
        active: u64,
        child: Address,
        parent: Address,
        relation: u64,
        docket: Docket,
    }
    /// Who submitted evidence.
    EvidenceHead { address: Address, submitter: Address, }
    /// A juror's record, its position, its bond in base units, and what changed of the dispute: its number of events and
    /// the round.
    CommittedHead {
        address: Address,
        dispute_address: Address,
        position: Address,
        bond: u64,
        dispute_seq: u64,
        dispute_born_slot: u64,
        round_index: u64,
        round: Round,
    }
    /// A juror's record, and what changed of the dispute.
    RevealedHead {
        address: Address,
        dispute_address: Address,
        dispute_seq: u64,
        dispute_born_slot: u64,
        round_index: u64,
        round: Round,
    }
    /// Index of the round that was counted, its revealed weight, and whether that was enough.
    CountedHead { address: Address, round: u64, revealed: u64, status: u64, }
    /// Who appealed against which round, where to, and for which bond in base units.
    AppealedHead { address: Address, appellant: Address, round: u64, direction: u64, bond: u64, }
    /// A dispute that ended, and its docket.
    FinishedHead { address: Address, docket_address: Address, docket: Docket, }
    /// Base units that a juror got back and gained, where that and the rent of its record went, and what changed of the
    /// dispute.
    SettledHead {
        address: Address,
        dispute_address: Address,
        destination: Address,
        amount: u64,
        rent_to: Address,
        rent: u64,
        dispute_seq: u64,
        dispute_born_slot: u64,
        round_index: u64,
        round: Round,
    }
    /// Index of the party's bond that was paid, in base units, and where to.
    BondHead { address: Address, destination: Address, index: u64, amount: u64, }
    /// What strangers had donated to the vault, in base units, and where the rent went, in lamports.
    ClosedHead { address: Address, rent_to: Address, swept: u64, rent: u64, reward: u64, }
    /// Of a proposal, the active weight when it was made (0 of the steward's), and the governance, which numbers them.
    ProposalPart { address: Address, active: u64, governance_address: Address, }
    ProposedHead { address: Address, active: u64, governance_address: Address, governance: Governance, }
    /// A vote, its position, and the proposal that counts it.
    CastPart { address: Address, position: Address, proposal_address: Address, }
    CastHead { address: Address, position: Address, proposal_address: Address, proposal: Proposal, }
    /// A vote, what it was before, and the proposal.
    ChangedPart { address: Address, old_choice: u64, proposal_address: Address, }
    ChangedHead { address: Address, old_choice: u64, proposal_address: Address, proposal: Proposal, }
    /// A proposal's status before.
    StatusHead { address: Address, old_status: u64, }
    /// Who carried a proposal out, and the governance, which it may have changed.
    ExecutedPart { address: Address, executor: Address, governance_address: Address, }
    ExecutedHead { address: Address, executor: Address, governance_address: Address, governance: Governance, }
    /// Where a proposal's deposit went, in base units.
    DepositHead { address: Address, destination: Address, amount: u64, }
    /// A vote, the lamports that went to its owner and to who closed it, and the proposal.
    VoteClosedPart { address: Address, rent: u64, reward: u64, proposal_address: Address, }
    VoteClosedHead { address: Address, rent: u64, reward: u64, proposal_address: Address, proposal: Proposal, }
    /// The lamports that went to who had paid the rent, and to who closed it.
    RentHead { address: Address, rent: u64, reward: u64, }
    /// Which program.
    PauseHead { address: Address, program: u64, }
    /// The last steward, and the active weight.
    HandedOverHead { address: Address, old_steward: Address, active: u64, }
}

state_events! {
    ConfigInitializedV1 { EntityHead, Config }
    ConfigUpdatedV1 { ConfigHead, Config }
    DisputeOpenedV1 { OpenedHead, Dispute }
    EvidenceSubmittedV1 { EvidenceHead, Dispute }
    VoteCommittedV1 { CommittedHead, Juror }
    VoteRevealedV1 { RevealedHead, Juror }
    RoundCountedV1 { CountedHead, Dispute }
    RulingAppealedV1 { AppealedHead, Dispute }
    DisputeFinishedV1 { FinishedHead, Dispute }
    /// The record is gone; `state` is its last.
    JurorSettledV1 { SettledHead, Juror }
    BondPaidV1 { BondHead, Dispute }
    /// The account is gone; `state` is its last.
    DisputeClosedV1 { ClosedHead, Dispute }
    /// A dispute of an edge was opened.
    EdgeCaseOpenedV1 { EdgeCaseHead, Dispute }
    GovernanceInitializedV1 { EntityHead, Governance }
    ProposalCreatedV1 { ProposedHead, Proposal }
    VoteCastV1 { CastHead, Vote }
    VoteChangedV1 { ChangedHead, Vote }
    ProposalConcludedV1 { StatusHead, Proposal }
    ProposalVetoedV1 { StatusHead, Proposal }
    ProposalExecutedV1 { ExecutedHead, Proposal }
    ProposalExpiredV1 { StatusHead, Proposal }
    DepositPaidV1 { DepositHead, Proposal }
    /// The account is gone; `state` is its last.
    VoteClosedV1 { VoteClosedHead, Vote }
    /// The account is gone; `state` is its last.
    ProposalClosedV1 { RentHead, Proposal }
    ProgramPausedV1 { PauseHead, Governance }
    ProgramUnpausedV1 { PauseHead, Governance }
    HandedOverV1 { HandedOverHead, Governance }
}
