//! What the court decides, told anew by its text: cases, votes, counts, rulings and bonds.

use common::{dispute::dispute_status, hash::sha256};
use dao::state::{Dispute, Juror, Round, bond_state, case, direction, round_status};
use reward::state::Position;
use solana_program::pubkey::Pubkey;

use super::{Taken, Verdict, court::SECRET, holds, share_up};
use crate::acts::phases;

const DAY: i64 = 24 * 60 * 60;

/// Its quorum is of the weight that was settled then, its times those of the settings, and all its rounds fit.
pub fn opened(taken: &Taken, dispute: &Dispute, active: u64) -> Verdict {
    let config = taken.before.dao_config().ok_or("no settings")?;
    let stake = taken.before.stake().ok_or("no sums of positions")?;
    let settled = stake.settled(taken.after.now);
    let quorum = share_up(settled, config.quorum_ppm.into()).max(config.quorum_floor);
    holds!(
        active == settled && dispute.quorum == quorum && dispute.rounds[0].quorum == quorum,
        "its quorum is {}, not {quorum}",
        dispute.quorum
    );
    let [evidence, commit, reveal, appeal] =
        [config.evidence, config.commit, config.reveal, config.appeal].map(i64::from);
    let end = taken.after.now + 3 * (evidence + commit + reveal + appeal);
    holds!(end < dispute.deadline, "its rounds do not fit");
    let subject = &dispute.head.subject;
    if dispute.case == case::ORDER {
        let order = taken
            .before
            .orders
            .get(subject)
            .ok_or("there is no such order")?;
        holds!(
            order.contested > 0
                && dispute.head.number == order.disputes
                && dispute.head.subject_hash == order.params_hash
                && dispute.deadline == order.arbitrate_by,
            "its order is not in that dispute"
        );
    } else {
        holds!(
            dispute.bonds[0].state == bond_state::HELD
                && dispute.bonds[0].amount == config.case_bond,
            "its opener's bond is another"
        );
    }
    Ok(())
}

/// A position votes with what it locked a week before, while its unlock is not requested.
pub fn voter(position: &Position, owner: &Pubkey, weight: u64, began: i64) -> Verdict {
    let old = position.locked_at + 7 * DAY <= began;
    holds!(
        old && position.unlock_at == 0 && weight > 0,
        "its position has no weight"
    );
    holds!(
        position.owner == *owner && position.amount == weight,
        "its weight is another's"
    );
    Ok(())
}

/// What a record committed to is what was revealed of it, and it was revealed once.
pub fn revealed(taken: &Taken, address: &Pubkey, dispute: &Dispute, juror: &Juror) -> Verdict {
    let before = taken
        .before
        .jurors
        .get(address)
        .ok_or("there is no such record")?;
    holds!(before.choice == SECRET, "it was revealed before");
    let seat = taken
        .memory
        .jurors
        .get(address)
        .ok_or("nobody committed to it")?;
    let data = taken.call.into_iter().flat_map(|call| &call.instructions);
    let round = seat.round;
    let matches = data.filter_map(|ix| ix.data.get(9..41)).any(|salt| {
        let hash = sha256(&[
            b"pedigree:commit:v1",
            seat.dispute.as_ref(),
            &dispute.head.born_slot.to_le_bytes(),
            &[round],
            seat.position.as_ref(),
            &[juror.choice],
            salt,
        ]);
        hash.starts_with(&before.commitment)
    });
    holds!(matches, "it is not what was committed to");
    holds!(
        round == dispute.round && usize::from(juror.choice) < 5,
        "it is of another round, or of no choice"
    );
    Ok(())
}

/// Quorum, weighted median and pot of a round, by its votes.
pub fn counted(before: &Round, after: &Round) -> Verdict {
    let total: u64 = before.weights.iter().sum();
    if total < before.quorum || total == 0 {
        holds!(
            after.status == round_status::VOID,
            "it has no quorum and ruled"
        );
        return Ok(());
    }
    let mut reached = 0;
    let median = before.weights.iter().position(|weight| {
        reached += weight;
        2 * reached >= total
    });
    let median = median.unwrap_or(0);
    let lost: u64 = (0usize..)
        .zip(before.bonds)
        .map(|(choice, bonds)| {
            if choice.abs_diff(median) >= 2 {
                bonds / 2
            } else {
                0
            }
        })
        .sum();
    let secret = before.committed - before.bonds.iter().sum::<u64>();
    holds!(
        after.status == round_status::QUORATE
            && usize::from(after.median) == median
            && after.pot == secret + lost
            && after.weight_left == before.weights[median],
        "its median is {median} and its pot {secret} + {lost}: {after:?}"
    );
    Ok(())
}

/// With the last ruling, once nobody can appeal; and what becomes of parties' bonds.
pub fn finished(before: &Dispute, after: &Dispute, now: i64) -> Verdict {
    let round = &before.rounds[usize::from(before.round)];
    let late = now >= before.deadline;
    let settled = match round.status {
        round_status::VOID => true,
        round_status::QUORATE => before.round == 2 || now >= phases(before)[3],
        _ => false,
    };
    holds!(settled || late, "somebody could still vote or appeal");
    let quorate = |round: &&Round| round.status == round_status::QUORATE;
    let ruled = before.rounds.iter().rfind(quorate);
    let expected = match ruled {
        Some(round) => (dispute_status::FINAL, round.median * 25),
        None => (dispute_status::UNDECIDED, 0),
    };
    holds!(
        (after.head.status, after.head.share) == expected,
        "it ruled {:?}, not {expected:?}",
        (after.head.status, after.head.share)
    );
    let mut old = before.rounds[0].median;
    for (index, bond) in after.bonds.iter().enumerate() {
        let round = &before.rounds[index];
        let loses = if index == 0 {
            ruled.is_some_and(|ruled| ruled.median < 2)
        } else {
            let stayed = match bond.direction {
                direction::DOWN => round.median >= old,
                _ => round.median <= old,
            };
            round.status == round_status::QUORATE && stayed
        };
        if index > 0 && round.status == round_status::QUORATE {
            old = round.median;
        }
        let state = match (bond.amount, loses) {
            (0, _) => bond_state::NONE,
            (_, true) => bond_state::LOST,
            (_, false) => bond_state::DUE,
        };
        holds!(
            bond.state == state,
            "bond {index} is {}, not {state}",
            bond.state
        );
    }
    Ok(())
}

/// Parties' bonds that were lost to the jurors of a round.
pub fn lost(dispute: &Dispute, round: u8) -> u64 {
    let last = dispute.ruled.saturating_sub(1);
    let bonds = (0u8..).zip(&dispute.bonds);
    let here = bonds.filter(|(index, bond)| {
        let to = if *index == 0 { last } else { *index };
        bond.state == bond_state::LOST && to == round
    });
    here.map(|(_, bond)| bond.amount).sum()
}
