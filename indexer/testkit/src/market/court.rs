//! Disputes of orders and of versions, and their jurors.

use std::collections::BTreeMap;

use bytemuck::Zeroable;
use common::dispute::{DisputeHead, DocketHead, false_edge_hash, missing_edge_hash, version_hash};
use dao::{
    events as de,
    state::{Config, Dispute, Docket, Juror, NOT_REVEALED, bond_of, case, direction},
};
use pedigree_sdk::{events::Event, pda};
use solana_program::pubkey::Pubkey;

use super::{Market, key};

const HOUR: u32 = 3_600;
/// Of who complains of a version.
const BOND: u64 = 5_000;
const MONTH: i64 = 30 * 24 * HOUR as i64;

#[derive(Clone, Debug)]
pub struct Court {
    config: Config,
    dockets: BTreeMap<Pubkey, Docket>,
    disputes: BTreeMap<Pubkey, Dispute>,
    jurors: BTreeMap<Pubkey, Sworn>,
}

/// A juror and its dispute.
#[derive(Clone, Copy, Debug)]
struct Sworn {
    dispute: Pubkey,
    state: Juror,
}

impl Default for Court {
    fn default() -> Self {
        Self {
            config: Config::zeroed(),
            dockets: BTreeMap::new(),
            disputes: BTreeMap::new(),
            jurors: BTreeMap::new(),
        }
    }
}

impl Court {
    pub fn disputes(&self) -> &BTreeMap<Pubkey, Dispute> {
        &self.disputes
    }
}

impl Market {
    pub fn dispute(&self, address: &Pubkey) -> Dispute {
        self.court.disputes[address]
    }

    /// Sets the dao up: phases of an hour.
    pub fn court_config(&mut self) -> Event {
        let state = Config {
            layout: 1,
            seq: 1,
            quorum_ppm: 100_000,
            mint: pda::token().0,
            evidence: HOUR,
            commit: HOUR,
            reveal: HOUR,
            appeal: HOUR,
            quorum_floor: 1,
            case_bond: BOND,
            appeal_bond: 1_000,
            ..Config::zeroed()
        };
        self.court.config = state;
        let head = de::EntityHead {
            address: pda::dao_config().0,
        };
        Event::DaoConfigInitialized(Box::new(de::ConfigInitializedV1 { head, state }))
    }

    /// A dispute of an order.
    pub fn open_order_case(&mut self, order: &Pubkey) -> (Pubkey, Event) {
        let hash = self.orders[order].params_hash;
        self.open_case(order, hash, |dispute| dispute.case = case::ORDER)
    }

    /// A complaint about the version in force of a listing.
    pub fn open_version_case(&mut self, opener: &str, listing: &Pubkey) -> (Pubkey, Event) {
        let of = self.listings[listing];
        let hash = version_hash(of.version, &of.manifest_hash);
        let opener = key(opener);
        self.open_case(listing, hash, |dispute| {
            dispute.case = case::VERSION;
            dispute.version = of.version;
            dispute.bond(0, &opener, direction::UP, BOND).unwrap();
        })
    }

    /// A complaint that an edge is false, or, with the relation that it would have, missing.
    pub fn open_edge_case(
        &mut self,
        opener: &str,
        child: &Pubkey,
        parent: &Pubkey,
        missing: Option<u8>,
    ) -> (Pubkey, Event) {
        let edge = pda::edge(child, parent).0;
        let (case, hash) = match missing {
            None => {
                let born_slot = self.edges[&edge].born_slot;
                (case::FALSE_EDGE, false_edge_hash(born_slot, child, parent))
            }
            Some(relation) => (
                case::MISSING_EDGE,
                missing_edge_hash(child, parent, relation),
            ),
        };
        let (opened, state) = self.begin_case(&edge, hash, |dispute| {
            dispute.case = case;
            dispute.bond(0, &key(opener), direction::UP, BOND).unwrap();
        });
        let head = de::EdgeCaseHead {
            address: opened.address,
            docket_address: opened.docket_address,
            active: opened.active,
            child: *child,
            parent: *parent,
            relation: missing.unwrap_or(0).into(),
            docket: opened.docket,
        };
        (
            opened.address,
            Event::EdgeCaseOpened(Box::new(de::EdgeCaseOpenedV1 { head, state })),
        )
    }

    /// All that it takes until a case is decided for good, by the vote of one position: upheld, or rejected.
    pub fn decide_case(&mut self, dispute: &Pubkey, position: &Pubkey, upheld: bool) -> Vec<Event> {
        let (juror, committed) = self.commit(dispute, position);
        vec![
            committed,
            self.reveal(&juror, if upheld { 4 } else { 0 }),
            self.tally(dispute),
            self.finish_dispute(dispute),
        ]
    }

    fn open_case(
        &mut self,
        subject: &Pubkey,
        subject_hash: [u8; 32],
        about: impl FnOnce(&mut Dispute),
    ) -> (Pubkey, Event) {
        let (head, state) = self.begin_case(subject, subject_hash, about);
        (
            head.address,
            Event::DisputeOpened(Box::new(de::DisputeOpenedV1 { head, state })),
        )
    }

    fn begin_case(
        &mut self,
        subject: &Pubkey,
        subject_hash: [u8; 32],
        about: impl FnOnce(&mut Dispute),
    ) -> (de::OpenedHead, Dispute) {
        let (now, slot, active) = (self.now(), self.slot, self.rewards.active());
        let Court {
            config,
            dockets,
            disputes,
            ..
        } = &mut self.court;
        let docket_address = pda::docket(subject).0;
        let docket = dockets.entry(docket_address).or_insert(Docket {
            head: DocketHead {
                layout: 1,
                subject: *subject,
                ..DocketHead::zeroed()
            },
            ..Docket::zeroed()
        });
        docket.open().unwrap();
        let address = pda::dispute(subject, docket.head.disputes).0;
        let mut state = Dispute {
            head: DisputeHead {
                layout: 1,
                number: docket.head.disputes,
                born_slot: slot,
                subject: *subject,
                subject_hash,
                ..DisputeHead::zeroed()
            },
            vault: pda::dispute_vault(&address).0,
            ..Dispute::zeroed()
        };
        about(&mut state);
        state.begin(config, active, now, now + MONTH).unwrap();
        state.advance().unwrap();
        disputes.insert(address, state);
        let head = de::OpenedHead {
            address,
            docket_address,
            active,
            docket: *docket,
        };
        (head, state)
    }

    /// Appeals against the ruling of the round in force as soon as it was counted.
    pub fn appeal(&mut self, address: &Pubkey, appellant: &str, to: u8) -> Event {
        let dispute = self.court.disputes.get_mut(address).unwrap();
        let round = dispute.round;
        let now = dispute.rounds[usize::from(round)].starts_at + i64::from(3 * HOUR);
        let appellant = key(appellant);
        let bond = dispute.appeal(&appellant, to, now).unwrap();
        dispute.advance().unwrap();
        let head = de::AppealedHead {
            address: *address,
            appellant,
            round: round.into(),
            direction: to.into(),
            bond,
        };
        Event::RulingAppealed(Box::new(de::RulingAppealedV1 {
            head,
            state: *dispute,
        }))
    }

    /// Pays a party's bond back.
    pub fn pay_bond(&mut self, address: &Pubkey, index: u8) -> Event {
        let dispute = self.court.disputes.get_mut(address).unwrap();
        let (_, amount) = dispute.pay_bond(index).unwrap();
        dispute.advance().unwrap();
        let head = de::BondHead {
            address: *address,
            destination: key("account"),
            index: index.into(),
            amount,
        };
        Event::BondPaid(Box::new(de::BondPaidV1 {
            head,
            state: *dispute,
        }))
    }

    /// Other bonds from now on.
    pub fn update_court(&mut self, case_bond: u64) -> Event {
        let old = self.court.config;
        let config = &mut self.court.config;
        config.case_bond = case_bond;
        config.advance().unwrap();
        let head = de::ConfigHead {
            address: pda::dao_config().0,
            old,
        };
        Event::DaoConfigUpdated(Box::new(de::ConfigUpdatedV1 {
            head,
            state: *config,
        }))
    }

    pub fn submit_evidence(&mut self, address: &Pubkey, hash: [u8; 32]) -> Event {
        let dispute = self.court.disputes.get_mut(address).unwrap();
        dispute.evidence_hash = hash;
        dispute.advance().unwrap();
        let head = de::EvidenceHead {
            address: *address,
            submitter: key("witness"),
        };
        Event::EvidenceSubmitted(Box::new(de::EvidenceSubmittedV1 {
            head,
            state: *dispute,
        }))
    }

    /// The vote of a position in the round in force.
    pub fn commit(&mut self, address: &Pubkey, position: &Pubkey) -> (Pubkey, Event) {
        let (of, slot) = (self.rewards.position(position), self.slot);
        let Court {
            disputes, jurors, ..
        } = &mut self.court;
        let dispute = disputes.get_mut(address).unwrap();
        let index = dispute.round;
        let juror = pda::juror(address, index, position).0;
        let bond = bond_of(of.amount).unwrap();
        dispute.at(index).unwrap().commit(bond).unwrap();
        dispute.advance().unwrap();
        let state = Juror {
            layout: 1,
            round: index,
            choice: NOT_REVEALED,
            seq: 1,
            born_slot: slot,
            weight: of.amount,
            owner: of.owner,
            commitment: [9; 24],
            ..Juror::zeroed()
        };
        let dispute_address = *address;
        jurors.insert(
            juror,
            Sworn {
                dispute: dispute_address,
                state,
            },
        );
        let head = de::CommittedHead {
            address: juror,
            dispute_address,
            position: *position,
            bond,
            dispute_seq: dispute.head.seq,
            dispute_born_slot: dispute.head.born_slot,
            round_index: index.into(),
            round: *dispute.at(index).unwrap(),
        };
        (
            juror,
            Event::VoteCommitted(Box::new(de::VoteCommittedV1 { head, state })),
        )
    }

    pub fn reveal(&mut self, juror: &Pubkey, choice: u8) -> Event {
        let Court {
            disputes, jurors, ..
        } = &mut self.court;
        let sworn = jurors.get_mut(juror).unwrap();
        sworn.state.choice = choice;
        sworn.state.advance().unwrap();
        let state = sworn.state;
        let dispute = disputes.get_mut(&sworn.dispute).unwrap();
        let round = dispute.at(state.round).unwrap();
        round.reveal(choice, state.weight).unwrap();
        dispute.advance().unwrap();
        let head = de::RevealedHead {
            address: *juror,
            dispute_address: sworn.dispute,
            dispute_seq: dispute.head.seq,
            dispute_born_slot: dispute.head.born_slot,
            round_index: state.round.into(),
            round: *dispute.at(state.round).unwrap(),
        };
        Event::VoteRevealed(Box::new(de::VoteRevealedV1 { head, state }))
    }

    /// Counts the round in force at the end of its reveals.
    pub fn tally(&mut self, address: &Pubkey) -> Event {
        let dispute = self.court.disputes.get_mut(address).unwrap();
        let round = usize::from(dispute.round);
        let now = dispute.rounds[round].starts_at + i64::from(3 * HOUR);
        dispute.tally(now).unwrap();
        dispute.advance().unwrap();
        let counted = dispute.rounds[round];
        let head = de::CountedHead {
            address: *address,
            round: dispute.round.into(),
            revealed: counted.weights.iter().sum(),
            status: counted.status.into(),
        };
        Event::RoundCounted(Box::new(de::RoundCountedV1 {
            head,
            state: *dispute,
        }))
    }

    /// Ends a dispute when nobody can appeal any more.
    pub fn finish_dispute(&mut self, address: &Pubkey) -> Event {
        let Court {
            disputes, dockets, ..
        } = &mut self.court;
        let dispute = disputes.get_mut(address).unwrap();
        let round = usize::from(dispute.round);
        let now = dispute.rounds[round].starts_at + i64::from(4 * HOUR);
        dispute.finish(now).unwrap();
        dispute.advance().unwrap();
        let docket_address = pda::docket(&dispute.head.subject).0;
        let docket = dockets.get_mut(&docket_address).unwrap();
        docket.end(now).unwrap();
        let head = de::FinishedHead {
            address: *address,
            docket_address,
            docket: *docket,
        };
        Event::DisputeFinished(Box::new(de::DisputeFinishedV1 {
            head,
            state: *dispute,
        }))
    }

    pub fn settle_juror(&mut self, juror: &Pubkey) -> Event {
        let Court {
            disputes, jurors, ..
        } = &mut self.court;
        let Sworn {
            dispute: dispute_address,
            mut state,
        } = jurors.remove(juror).unwrap();
        state.advance().unwrap();
        let dispute = disputes.get_mut(&dispute_address).unwrap();
        let round = dispute.at(state.round).unwrap();
        let amount = round.settle(state.choice, state.weight).unwrap();
        dispute.advance().unwrap();
        let head = de::SettledHead {
            address: *juror,
            dispute_address,
            amount,
            dispute_seq: dispute.head.seq,
            dispute_born_slot: dispute.head.born_slot,
            round_index: state.round.into(),
            round: *dispute.at(state.round).unwrap(),
            ..de::SettledHead::zeroed()
        };
        Event::JurorSettled(Box::new(de::JurorSettledV1 { head, state }))
    }

    pub fn close_dispute(&mut self, address: &Pubkey) -> Event {
        let mut state = self.court.disputes.remove(address).unwrap();
        state.advance().unwrap();
        let head = de::ClosedHead {
            address: *address,
            ..de::ClosedHead::zeroed()
        };
        Event::DisputeClosed(Box::new(de::DisputeClosedV1 { head, state }))
    }
}
