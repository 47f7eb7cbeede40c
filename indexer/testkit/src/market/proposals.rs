//! Proposals to the dao, and the votes on them.

use std::collections::BTreeMap;

use bytemuck::Zeroable;
use dao::{
    events as de,
    state::{Governance, Proposal, Vote},
};
use pedigree_sdk::{events::Event, instructions::dao::Action, pda};
use solana_program::pubkey::Pubkey;

use super::{Market, key};

const DAY: i64 = 24 * 60 * 60;

#[derive(Clone, Debug)]
pub struct Proposals {
    governance: Governance,
    proposals: BTreeMap<Pubkey, Proposal>,
    votes: BTreeMap<Pubkey, Vote>,
}

impl Default for Proposals {
    fn default() -> Self {
        Self {
            governance: Governance::zeroed(),
            proposals: BTreeMap::new(),
            votes: BTreeMap::new(),
        }
    }
}

impl Market {
    pub fn proposal(&self, address: &Pubkey) -> Proposal {
        self.proposals.proposals[address]
    }

    pub fn vote(&self, address: &Pubkey) -> Vote {
        self.proposals.votes[address]
    }

    /// Sets up how the dao decides: a day to vote, a tenth of the weight, half of yes and no.
    pub fn governance(&mut self, steward: &str) -> Event {
        let state = Governance {
            layout: 1,
            seq: 1,
            handover_floor: 1_000_000,
            quorum_floor: 1,
            deposit: 100,
            voting_period: 86_400,
            quorum_ppm: 100_000,
            threshold_ppm: 500_001,
            authority: pda::dao_authority().0,
            steward: key(steward),
            mint: pda::token().0,
            deposits: pda::deposits().0,
            rent_payer: key(steward),
            ..Governance::zeroed()
        };
        self.proposals.governance = state;
        let head = de::EntityHead {
            address: pda::governance().0,
        };
        Event::GovernanceInitialized(Box::new(de::GovernanceInitializedV1 { head, state }))
    }

    pub(super) fn governing(&mut self) -> &mut Governance {
        &mut self.proposals.governance
    }

    /// Proposes an action, which is voted on.
    pub fn propose(&mut self, owner: &str, action: &Action) -> (Pubkey, Event) {
        let (now, active) = (self.now(), self.rewards.active());
        self.draft(owner, action, active, |proposal, governance| {
            proposal.begin(governance, active, now).unwrap();
        })
    }

    /// The steward's action, which is not.
    pub fn decree(&mut self, steward: &str, action: &Action) -> (Pubkey, Event) {
        let now = self.now();
        self.draft(steward, action, 0, |proposal, _| {
            proposal.decree(now).unwrap();
        })
    }

    fn draft(
        &mut self,
        proposer: &str,
        action: &Action,
        active: u64,
        begin: impl FnOnce(&mut Proposal, &Governance),
    ) -> (Pubkey, Event) {
        let (slot, proposer) = (self.slot, key(proposer));
        let Proposals {
            governance,
            proposals,
            ..
        } = &mut self.proposals;
        governance.proposals += 1;
        governance.advance().unwrap();
        let arguments = action.arguments();
        let mut state = Proposal {
            layout: 1,
            action: action.kind(),
            payload_len: u16::try_from(arguments.len()).unwrap(),
            born_slot: slot,
            number: governance.proposals,
            proposer,
            target: action.target(),
            text_hash: [5; 32],
            rent_payer: proposer,
            ..Proposal::zeroed()
        };
        state.payload[..arguments.len()].copy_from_slice(&arguments);
        begin(&mut state, governance);
        state.advance().unwrap();
        let address = pda::proposal(state.number).0;
        proposals.insert(address, state);
        let head = de::ProposedHead {
            address,
            active,
            governance_address: pda::governance().0,
            governance: *governance,
        };
        (
            address,
            Event::ProposalCreated(Box::new(de::ProposalCreatedV1 { head, state })),
        )
    }

    /// The vote of a position.
    pub fn cast(&mut self, address: &Pubkey, position: &Pubkey, choice: u8) -> (Pubkey, Event) {
        let (of, now, slot) = (self.rewards.position(position), self.now(), self.slot);
        let Proposals {
            proposals, votes, ..
        } = &mut self.proposals;
        let proposal = proposals.get_mut(address).unwrap();
        proposal.cast(choice, of.amount, now).unwrap();
        proposal.advance().unwrap();
        let state = Vote {
            layout: 1,
            choice,
            seq: 1,
            born_slot: slot,
            proposal: proposal.number,
            weight: of.amount,
            owner: of.owner,
            ..Vote::zeroed()
        };
        let vote = pda::vote(address, position).0;
        votes.insert(vote, state);
        let head = de::CastHead {
            address: vote,
            position: *position,
            proposal_address: *address,
            proposal: *proposal,
        };
        (
            vote,
            Event::VoteCast(Box::new(de::VoteCastV1 { head, state })),
        )
    }

    pub fn change_vote(&mut self, vote: &Pubkey, choice: u8) -> Event {
        let now = self.now();
        let Proposals {
            proposals, votes, ..
        } = &mut self.proposals;
        let state = votes.get_mut(vote).unwrap();
        let proposal_address = pda::proposal(state.proposal).0;
        let proposal = proposals.get_mut(&proposal_address).unwrap();
        let old_choice = state.choice;
        proposal
            .change(old_choice, choice, state.weight, now)
            .unwrap();
        proposal.advance().unwrap();
        state.choice = choice;
        state.advance().unwrap();
        let head = de::ChangedHead {
            address: *vote,
            old_choice: old_choice.into(),
            proposal_address,
            proposal: *proposal,
        };
        Event::VoteChanged(Box::new(de::VoteChangedV1 {
            head,
            state: *state,
        }))
    }

    /// Changes a proposal, and gives its status before.
    fn alter(
        &mut self,
        address: &Pubkey,
        change: impl FnOnce(&mut Proposal, &Governance),
    ) -> (Proposal, u64) {
        let Proposals {
            proposals,
            governance,
            ..
        } = &mut self.proposals;
        let proposal = proposals.get_mut(address).unwrap();
        let old_status = proposal.status.into();
        change(proposal, governance);
        proposal.advance().unwrap();
        (*proposal, old_status)
    }

    /// Counts a vote at its end.
    pub fn conclude(&mut self, address: &Pubkey) -> Event {
        let (state, old_status) = self.alter(address, |proposal, _| {
            proposal.conclude(proposal.ends_at).unwrap();
        });
        let head = de::StatusHead {
            address: *address,
            old_status,
        };
        Event::ProposalConcluded(Box::new(de::ProposalConcludedV1 { head, state }))
    }

    pub fn veto(&mut self, address: &Pubkey) -> Event {
        let now = self.now();
        let (state, old_status) = self.alter(address, |proposal, _| {
            proposal.veto(now).unwrap();
        });
        let head = de::StatusHead {
            address: *address,
            old_status,
        };
        Event::ProposalVetoed(Box::new(de::ProposalVetoedV1 { head, state }))
    }

    /// Carries it out as soon as it may be.
    pub fn execute(&mut self, address: &Pubkey) -> Event {
        let (state, _) = self.alter(address, |proposal, governance| {
            let now = proposal.execute_from;
            proposal.execute(governance, now).unwrap();
        });
        let governance = &mut self.proposals.governance;
        governance.advance().unwrap();
        let head = de::ExecutedHead {
            address: *address,
            executor: key("anyone"),
            governance_address: pda::governance().0,
            governance: *governance,
        };
        Event::ProposalExecuted(Box::new(de::ProposalExecutedV1 { head, state }))
    }

    /// Nobody carried it out for months.
    pub fn expire(&mut self, address: &Pubkey) -> Event {
        let (state, old_status) = self.alter(address, |proposal, _| {
            proposal.expire(proposal.execute_from + 365 * DAY).unwrap();
        });
        let head = de::StatusHead {
            address: *address,
            old_status,
        };
        Event::ProposalExpired(Box::new(de::ProposalExpiredV1 { head, state }))
    }

    pub fn pay_deposit(&mut self, address: &Pubkey) -> Event {
        let (state, _) = self.alter(address, |proposal, _| {
            proposal.pay_deposit().unwrap();
        });
        let head = de::DepositHead {
            address: *address,
            destination: key("account"),
            amount: state.deposit,
        };
        Event::DepositPaid(Box::new(de::DepositPaidV1 { head, state }))
    }

    /// Closes a vote's account after the vote.
    pub fn close_vote(&mut self, vote: &Pubkey) -> Event {
        let mut state = self.proposals.votes.remove(vote).unwrap();
        state.advance().unwrap();
        let proposal_address = pda::proposal(state.proposal).0;
        let (proposal, _) = self.alter(&proposal_address, |proposal, _| {
            proposal.close_vote(proposal.ends_at).unwrap();
        });
        let head = de::VoteClosedHead {
            address: *vote,
            proposal_address,
            proposal,
            ..de::VoteClosedHead::zeroed()
        };
        Event::VoteClosed(Box::new(de::VoteClosedV1 { head, state }))
    }

    /// Closes a proposal's account a while after its end.
    pub fn close_proposal(&mut self, address: &Pubkey) -> Event {
        let (state, _) = self.alter(address, |proposal, _| {
            proposal
                .check_closable(proposal.ended_at + 31 * DAY)
                .unwrap();
        });
        self.proposals.proposals.remove(address);
        let head = de::RentHead {
            address: *address,
            ..de::RentHead::zeroed()
        };
        Event::ProposalClosed(Box::new(de::ProposalClosedV1 { head, state }))
    }
}
