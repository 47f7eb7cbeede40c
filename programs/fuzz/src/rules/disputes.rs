//! Disputes: what is contested stays so until it is decided, as the ruling says, conceded, or after its deadline.

use common::dispute::{DisputeHead, dispute_status};
use escrow::state::{Order, party};
use pedigree_sdk::{events::Event, pda};

use super::{Passage, Taken, Verdict, given, holds, share, share_up};

/// What a ruling may give the buyer, in percent.
const SHARES: [u8; 5] = [0, 25, 50, 75, 100];

pub fn check(taken: &Taken) -> Verdict {
    taken.each_order(|passage| match &passage.before {
        Some(before) => passed(taken, passage, before),
        None => Ok(()),
    })
}

fn passed(taken: &Taken, passage: &Passage, before: &Order) -> Verdict {
    let after = &passage.after;
    match passage.event {
        Event::OrderDisputed(_) => opened(taken, passage, before),
        Event::DisputeConceded(event) => {
            holds!(
                taken.concedes(&passage.address, before),
                "it was conceded unseen"
            );
            // Who is both seller and owner gives it back to itself.
            let percent = if taken.signed(&before.seller) { 100 } else { 0 };
            holds!(
                event.head.contested == before.contested,
                "it says another amount"
            );
            decided(before, after, Some(percent))
        }
        Event::DisputeRuled(_) => {
            let ruling = ruling(taken, passage, before).ok_or("there is no ruling")?;
            match ruling.status {
                dispute_status::FINAL if SHARES.contains(&ruling.share) => {
                    decided(before, after, Some(ruling.share))
                }
                dispute_status::UNDECIDED => decided(before, after, None),
                _ => Err("the ruling is not final".into()),
            }
        }
        Event::DisputeLapsed(_) => {
            holds!(
                taken.after.now >= before.arbitrate_by,
                "it lapsed before its deadline"
            );
            holds!(
                !is_ruled(taken, passage, before),
                "it lapsed though the dao has ruled"
            );
            decided(before, after, None)
        }
        _ => {
            let kept = |order: &Order| {
                let Order {
                    contested,
                    disputes,
                    bond,
                    opener,
                    arbitrate_by,
                    ..
                } = *order;
                (contested, disputes, bond, opener, arbitrate_by)
            };
            holds!(
                kept(before) == kept(after),
                "what is contested, or its bond, moved"
            );
            let dues = |order: &Order| {
                [
                    order.owner_bond_due,
                    order.seller_bond_due,
                    order.lost_bond_due,
                ]
            };
            let grown = dues(before)
                .into_iter()
                .zip(dues(after))
                .any(|(was, is)| is > was);
            holds!(!grown, "a bond became due by nothing");
            Ok(())
        }
    }
}

/// The dao's account of an order's last dispute, if it is about this order.
fn ruling(taken: &Taken, passage: &Passage, order: &Order) -> Option<DisputeHead> {
    let (address, _) = pda::dispute(&passage.address, order.disputes);
    let found = taken.before.rulings.get(&address).copied();
    found.filter(|ruling| {
        ruling.subject == passage.address && ruling.subject_hash == order.params_hash
    })
}

fn is_ruled(taken: &Taken, passage: &Passage, order: &Order) -> bool {
    ruling(taken, passage, order).is_some_and(|ruling| {
        ruling.status == dispute_status::FINAL && SHARES.contains(&ruling.share)
    })
}

/// The opener pays for what it freezes, which is nothing that is the seller's already. The owner adds to its own dispute,
/// and takes the place of the seller's in time.
fn opened(taken: &Taken, passage: &Passage, before: &Order) -> Verdict {
    let (after, now) = (&passage.after, taken.after.now);
    let more = after.contested.saturating_sub(before.contested);
    let replaces = before.opener == party::SELLER;
    let joins = before.contested > 0 && !replaces;
    holds!(
        before.contested == 0 || after.opener == party::OWNER,
        "a seller added to a dispute"
    );
    let opened = before.arbitrate_by - i64::from(before.arbitration_period);
    let in_time = replaces && now <= opened + i64::from(before.dispute_window);
    holds!(more > 0 || in_time, "nothing was contested in time");
    holds!(
        before.contested == 0 || !is_ruled(taken, passage, before),
        "the dao had ruled"
    );
    let bonded = if replaces { after.contested } else { more };
    let kept = if joins { before.bond } else { 0 };
    let bond = kept + share_up(bonded, after.bond_ppm.into());
    let returned = if replaces { before.bond } else { 0 };
    let dues = (
        before.owner_bond_due,
        before.seller_bond_due + returned,
        before.lost_bond_due,
    );
    holds!(
        after.bond == bond
            && dues
                == (
                    after.owner_bond_due,
                    after.seller_bond_due,
                    after.lost_bond_due
                ),
        "its bond is {}, not {bond}, or another's moved",
        after.bond
    );
    let number = before.disputes + u16::from(!joins);
    let deadline = if joins {
        before.arbitrate_by
    } else {
        now + i64::from(after.arbitration_period)
    };
    holds!(
        after.disputes == number && after.arbitrate_by == deadline,
        "its number or its deadline is another"
    );
    let late = before.settle_after > 0 && now > before.settle_after;
    holds!(!late || in_time, "its window was over");
    Ok(())
}

/// What was contested went to whom it should, all of it, and the bond with it: `percent` to the buyer, or as though it had
/// never been contested.
fn decided(before: &Order, after: &Order, percent: Option<u8>) -> Verdict {
    let back = share(before.contested, percent.unwrap_or(0).into(), 100);
    let to_buyer =
        (after.refunded + after.refund_due).checked_sub(before.refunded + before.refund_due);
    let to_seller = given(after).checked_sub(given(before));
    holds!(
        to_buyer == Some(back) && to_seller == before.contested.checked_sub(back),
        "of {} the buyer got {to_buyer:?} and the seller {to_seller:?}, where {back} was to go back",
        before.contested
    );
    let over = (
        after.contested,
        after.arbitrate_by,
        after.bond,
        after.opener,
    );
    holds!(over == (0, 0, 0, 0), "it is still contested");
    let by_seller = before.opener == party::SELLER;
    let lost = percent.is_some_and(|percent| {
        if by_seller {
            percent > 50
        } else {
            percent < 50
        }
    });
    let bond = |goes: bool| if goes { before.bond } else { 0 };
    let expected = [
        before.owner_bond_due + bond(!lost && !by_seller),
        before.seller_bond_due + bond(!lost && by_seller),
        before.lost_bond_due + bond(lost),
    ];
    let found = [
        after.owner_bond_due,
        after.seller_bond_due,
        after.lost_bond_due,
    ];
    holds!(
        found == expected,
        "bonds are due to {found:?}, not {expected:?}"
    );
    Ok(())
}
