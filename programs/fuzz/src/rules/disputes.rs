//! Disputes: what is contested stays so until it is decided, as the ruling says, conceded, or after its deadline.

use common::dispute::dispute_status;
use escrow::state::{Order, bond_to};
use pedigree_sdk::{events::Event, pda};

use super::{Passage, Taken, Verdict, given, holds, share, share_up};

/// What a ruling may give the buyer, in percent.
const SHARES: [u8; 5] = [0, 25, 50, 75, 100];

pub fn check(taken: &Taken) -> Verdict {
    for passage in taken.orders {
        if let Some(before) = &passage.before {
            passed(taken, passage, before)
                .map_err(|what| format!("order {}: {what}", passage.address))?;
        }
    }
    Ok(())
}

fn passed(taken: &Taken, passage: &Passage, before: &Order) -> Verdict {
    let after = &passage.after;
    match passage.event {
        Event::OrderDisputed(_) => opened(taken, before, after),
        Event::DisputeConceded(event) => {
            // Who is both seller and owner gives it back to itself.
            let back = if taken.signed(&before.seller) {
                before.contested
            } else {
                0
            };
            let lost = back == 0 && !taken.signed(&before.seller);
            holds!(
                event.head.contested == before.contested,
                "it says another amount"
            );
            decided(before, after, back, lost)
        }
        Event::DisputeRuled(_) => {
            let (address, _) = pda::dispute(&passage.address, before.disputes);
            let ruling = taken
                .before
                .rulings
                .get(&address)
                .ok_or("there is no ruling")?;
            let about =
                ruling.subject == passage.address && ruling.subject_hash == before.params_hash;
            holds!(about, "the ruling is about another order");
            let (percent, lost) = match ruling.status {
                dispute_status::FINAL if SHARES.contains(&ruling.share) => {
                    (ruling.share, ruling.opener_lost == 1)
                }
                dispute_status::UNDECIDED => (0, false),
                _ => return Err("the ruling is not final".into()),
            };
            decided(
                before,
                after,
                share(before.contested, percent.into(), 100),
                lost,
            )
        }
        Event::DisputeLapsed(_) => {
            holds!(
                taken.after.now >= before.arbitrate_by,
                "it lapsed before its deadline"
            );
            let (address, _) = pda::dispute(&passage.address, before.disputes);
            let ruled = taken.before.rulings.get(&address).is_some_and(|ruling| {
                ruling.status == dispute_status::FINAL
                    && SHARES.contains(&ruling.share)
                    && ruling.subject == passage.address
                    && ruling.subject_hash == before.params_hash
            });
            holds!(!ruled, "it lapsed though the dao has ruled");
            decided(before, after, 0, false)
        }
        _ => {
            let frozen = before.contested == after.contested
                && before.disputes == after.disputes
                && (before.contested == 0 || before.bond == after.bond);
            holds!(frozen, "what is contested, or its bond, moved");
            Ok(())
        }
    }
}

/// The opener pays for what it freezes, and it freezes nothing that is the seller's already.
fn opened(taken: &Taken, before: &Order, after: &Order) -> Verdict {
    let joins = before.contested > 0;
    let more = after.contested.saturating_sub(before.contested);
    holds!(more > 0, "nothing was contested");
    let bond = share_up(more, after.bond_ppm.into());
    holds!(
        after.bond == before.bond + bond && (joins || before.bond == 0),
        "its bond is {}, not {bond} more than {}",
        after.bond,
        before.bond
    );
    let number = before.disputes + u16::from(!joins);
    let deadline = if joins {
        before.arbitrate_by
    } else {
        taken.after.now + i64::from(after.arbitration_period)
    };
    holds!(
        after.disputes == number && after.arbitrate_by == deadline,
        "its number or its deadline is another"
    );
    holds!(
        before.settle_after == 0 || taken.after.now <= before.settle_after,
        "its window was over"
    );
    Ok(())
}

/// What was contested went to whom it should, all of it, and the bond with it.
fn decided(before: &Order, after: &Order, back: u64, lost: bool) -> Verdict {
    let to_buyer =
        (after.refunded + after.refund_due).checked_sub(before.refunded + before.refund_due);
    let to_seller = given(after).checked_sub(given(before));
    holds!(
        to_buyer == Some(back) && to_seller == before.contested.checked_sub(back),
        "of {} the buyer got {to_buyer:?} and the seller {to_seller:?}, where {back} was to go back",
        before.contested
    );
    holds!(
        after.contested == 0 && after.arbitrate_by == 0,
        "it is still contested"
    );
    holds!(
        after.bond == before.bond,
        "the bond changed with the decision"
    );
    let goes_to = if after.bond == 0 {
        0
    } else if lost {
        bond_to::TREASURY
    } else {
        before.bond_to
    };
    holds!(
        after.bond_to == goes_to,
        "the bond goes to {}, not {goes_to}",
        after.bond_to
    );
    Ok(())
}
