use anchor_lang::{bytemuck::Zeroable, prelude::ProgramError};
use common::receipt::{ReceiptHead, mode, state};

use super::{Order, Shares, party};
use crate::{constants::SEALED_KEY_LEN, error::EscrowError};

const NOW: i64 = 1_000;
const SEALED: [u8; SEALED_KEY_LEN] = [1; SEALED_KEY_LEN];
const UNSEALED: [u8; SEALED_KEY_LEN] = [0; SEALED_KEY_LEN];

fn error<T: core::fmt::Debug>(result: Result<T, ProgramError>) -> ProgramError {
    result.unwrap_err()
}

fn funded(deposited: u64) -> Order {
    let mut order = Order::zeroed();
    order.head.mode = mode::ONE_TIME;
    order.head.state = state::FUNDED;
    order.head.fee_ppm = 25_000;
    order.head.royalty_ppm = 100_000;
    order.deposited = deposited;
    order.deliver_by = NOW;
    order.dispute_window = 60;
    order
}

fn delivered(deposited: u64) -> Order {
    let mut order = funded(deposited);
    order.deliver(NOW, [3; 32], UNSEALED).unwrap();
    order
}

#[test]
fn p17_shares_round_down_and_the_rest_is_the_payees() {
    let shares = Shares::of_sale(999, 25_000, 100_000).unwrap();
    assert_eq!(
        shares,
        Shares {
            payee: 876,
            fee: 24,
            royalty: 99,
            buyer: 0
        }
    );
    assert_eq!(Shares::of_sale(1, 500_000, 500_000).unwrap().payee, 1);
}

#[test]
fn p17_rates_above_a_whole_are_refused() {
    assert!(Shares::of_sale(10, 100_000, 900_000).is_ok());
    let expected: ProgramError = EscrowError::SharesExceedPrice.into();
    assert_eq!(error(Shares::of_sale(10, 100_000, 900_001)), expected);
    assert_eq!(error(Shares::of_sale(10, u32::MAX, 1)), expected);
}

#[test]
fn p18_extreme_deposits_never_wrap() {
    for deposited in [1, 2, 39, 40, u64::MAX - 1, u64::MAX] {
        let mut order = delivered(deposited);
        let shares = order.settle(NOW + 61, false).unwrap();
        let sum = u128::from(shares.payee) + u128::from(shares.fee) + u128::from(shares.royalty);
        assert_eq!(sum, u128::from(deposited));
        order.pay(&shares).unwrap();
        order.invariant().unwrap();
        assert_eq!(order.held().unwrap(), 0);
    }
}

#[test]
fn p10_a_ledger_that_gave_more_than_it_got_is_refused() {
    let mut order = funded(10);
    order.invariant().unwrap();
    order.refunded = 11;
    assert_eq!(error(order.invariant()), EscrowError::LedgerBroken.into());
    let mut order = funded(10);
    order.paid_due = 11;
    assert_eq!(error(order.invariant()), EscrowError::LedgerBroken.into());
    let mut order = funded(10);
    order.head.state = state::SETTLED;
    assert_eq!(error(order.invariant()), EscrowError::LedgerBroken.into());
    let mut order = funded(10);
    order.paid = u64::MAX;
    order.refunded = 1;
    assert_eq!(error(order.invariant()), EscrowError::LedgerBroken.into());
    assert_eq!(
        error(order.pay(&Shares {
            payee: 1,
            ..Shares::default()
        })),
        EscrowError::LedgerBroken.into()
    );
}

/// A metered order of 1,000 with 100 of it pending.
fn metered() -> Order {
    let mut order = funded(1_000);
    order.head.mode = mode::METERED;
    order.deliver_by = 0;
    order.ends_at = NOW + 1_000;
    order.booked_until = NOW + 1_000;
    order.arbitration_period = 500;
    order.bond_ppm = 50_000;
    order.redeem(NOW, 1, 100).unwrap();
    order
}

#[test]
fn p10_an_order_that_contradicts_itself_is_refused() {
    let mut disputed = metered();
    disputed.contest(NOW, true).unwrap();
    let mut lease = metered();
    lease.head.mode = mode::LEASE;
    lease.accruing = 10;
    let (pending, delivered) = (metered(), delivered(10));
    for sound in [disputed, lease, pending, delivered, funded(10)] {
        sound.invariant().unwrap();
    }
    type Break = fn(&mut Order);
    let broken: &[(&str, Order, Break)] = &[
        ("never matures", pending, |o| o.matures_at = 0),
        ("nothing matures", pending, |o| o.pending = 0),
        ("accrues, metered", pending, |o| o.accruing = 1),
        ("accrues first", lease, |o| {
            (o.pending, o.matures_at) = (0, 0);
        }),
        ("more earned than paid", pending, |o| o.earned = 1_001),
        ("ends late", pending, |o| o.ends_at += 1),
        ("delivered, metered", pending, |o| {
            o.head.state = state::DELIVERED;
        }),
        ("disputed, metered", pending, |o| {
            o.head.state = state::DISPUTED;
        }),
        ("final with something pending", pending, |o| {
            o.head.state = state::SETTLED;
        }),
        ("contested by nobody", disputed, |o| o.opener = 0),
        ("contested for ever", disputed, |o| o.arbitrate_by = 0),
        ("nothing contested", disputed, |o| o.contested = 0),
        ("an opener of nothing", pending, |o| o.opener = party::OWNER),
        ("a bond for nothing", pending, |o| o.bond = 1),
        ("disputed, and nothing is", delivered, |o| {
            o.head.state = state::DISPUTED;
        }),
        ("contested, and not disputed", delivered, |o| {
            (o.contested, o.opener, o.arbitrate_by) = (10, party::OWNER, 1);
        }),
        ("earned, one-time", delivered, |o| o.earned = 1),
    ];
    for (what, order, breaks) in broken {
        let mut order = *order;
        breaks(&mut order);
        let expected: ProgramError = EscrowError::LedgerBroken.into();
        assert_eq!(order.invariant(), Err(expected), "{what}");
    }
}

#[test]
fn a_seller_that_disputes_over_and_over_leaves_the_owner_as_many_disputes() {
    let half = u16::MAX / 2;
    for (disputes, by_owner, opens) in [
        (half - 1, false, true),
        (half, false, false),
        (half, true, true),
        (u16::MAX - 1, true, true),
        (u16::MAX, true, false),
    ] {
        let mut order = metered();
        order.disputes = disputes;
        let contested = order.contest(NOW, by_owner);
        assert_eq!(contested.is_ok(), opens, "{disputes} {by_owner}");
        if !opens {
            assert_eq!(error(contested), EscrowError::AmountTooLarge.into());
        }
    }
}

#[test]
fn p15_each_second_belongs_to_delivery_or_refund_and_to_waiting_or_settling() {
    for (now, delivers) in [(NOW - 1, true), (NOW, true), (NOW + 1, false)] {
        assert_eq!(
            funded(5).deliver(now, [3; 32], UNSEALED).is_ok(),
            delivers,
            "{now}"
        );
        assert_eq!(
            funded(5).give_back(now, false, None).is_ok(),
            !delivers,
            "{now}"
        );
    }
    let window_ends = NOW + 60;
    for (now, settles) in [
        (window_ends - 1, false),
        (window_ends, false),
        (window_ends + 1, true),
    ] {
        assert_eq!(delivered(5).settle(now, false).is_ok(), settles, "{now}");
        assert!(delivered(5).settle(now, true).is_ok());
    }
}

#[test]
fn p11_an_ended_order_ends_no_second_time() {
    let mut settled = delivered(5);
    settled.settle(NOW, true).unwrap();
    let mut refunded = funded(5);
    refunded.give_back(NOW + 1, false, None).unwrap();
    for order in [&mut settled, &mut refunded] {
        let before = *order;
        let wrong: ProgramError = EscrowError::WrongState.into();
        assert_eq!(error(order.settle(NOW + 100, true)), wrong);
        assert_eq!(error(order.give_back(NOW + 100, true, None)), wrong);
        assert_eq!(error(order.deliver(NOW, [3; 32], UNSEALED)), wrong);
        assert_eq!(*order, before);
    }
}

#[test]
fn the_seller_gives_back_in_parts_and_the_shares_are_of_the_rest() {
    let mut order = delivered(1_000);
    assert_eq!(order.give_back(NOW, true, Some(200)).unwrap(), 200);
    assert_eq!(order.head.state, state::DELIVERED);
    order.invariant().unwrap();
    for amount in [0, 801] {
        assert_eq!(
            error(order.give_back(NOW, true, Some(amount))),
            EscrowError::RefundOutOfBounds.into()
        );
    }
    let mut all = order;
    assert_eq!(all.give_back(NOW, true, None).unwrap(), 800);
    assert_eq!((all.head.state, all.refund_due), (state::REFUNDED, 1_000));
    let shares = order.settle(NOW, true).unwrap();
    assert_eq!(shares, Shares::of_sale(800, 25_000, 100_000).unwrap());
    order.invariant().unwrap();
}

#[test]
fn strangers_give_back_everything_or_nothing_and_only_what_was_not_delivered() {
    let late = NOW + 1;
    let not_seller: ProgramError = EscrowError::NotSeller.into();
    assert_eq!(
        error(funded(10).give_back(late, false, Some(9))),
        not_seller
    );
    assert_eq!(
        error(delivered(10).give_back(late, false, None)),
        not_seller
    );
    assert_eq!(
        error(funded(10).give_back(NOW, false, None)),
        EscrowError::DeadlineNotReached.into()
    );
    assert_eq!(funded(10).give_back(late, false, Some(10)).unwrap(), 10);
}

#[test]
fn a_key_is_sealed_where_and_only_where_one_is_wanted() {
    let missing: ProgramError = EscrowError::KeyMissing.into();
    assert_eq!(error(funded(1).deliver(NOW, [3; 32], SEALED)), missing);
    let mut order = funded(1);
    order.buyer_key = [2; 32];
    assert_eq!(error(order.deliver(NOW, [3; 32], UNSEALED)), missing);
    order.deliver(NOW, [3; 32], SEALED).unwrap();
    assert_eq!(order.sealed_key, SEALED);
}

#[test]
fn delivery_names_the_content_that_was_ordered_or_the_first_that_is_known() {
    let mut order = funded(1);
    order.content_hash = [3; 32];
    assert_eq!(
        error(order.deliver(NOW, [4; 32], UNSEALED)),
        EscrowError::ContentDiffers.into()
    );
    order.deliver(NOW, [3; 32], UNSEALED).unwrap();
    let mut unknown = funded(1);
    let unstated: ProgramError = EscrowError::ContentHashMissing.into();
    assert_eq!(error(unknown.deliver(NOW, [0; 32], UNSEALED)), unstated);
    unknown.deliver(NOW, [4; 32], UNSEALED).unwrap();
    assert_eq!(unknown.content_hash, [4; 32]);
}

#[test]
fn p36_the_latest_time_does_not_wrap_the_window() {
    let mut order = funded(1);
    order.deliver_by = i64::MAX;
    assert_eq!(
        error(order.deliver(i64::MAX, [3; 32], UNSEALED)),
        EscrowError::AmountTooLarge.into()
    );
}

#[test]
fn the_program_is_the_one_that_others_take_for_it() {
    assert_eq!(crate::ID, common::ESCROW_ID);
}

#[test]
fn p31_no_order_is_closed_while_anything_is_due() {
    let ended = Order {
        head: ReceiptHead {
            state: state::REFUNDED,
            ..ReceiptHead::zeroed()
        },
        ..Order::zeroed()
    };
    assert_eq!(ended.check_closable(1, false), Ok(()));
    let dues: [fn(&mut Order) -> &mut u64; 8] = [
        |order| &mut order.paid_due,
        |order| &mut order.fee_due,
        |order| &mut order.royalty_due,
        |order| &mut order.refund_due,
        |order| &mut order.bond,
        |order| &mut order.owner_bond_due,
        |order| &mut order.seller_bond_due,
        |order| &mut order.lost_bond_due,
    ];
    for due in dues {
        let mut order = ended;
        *due(&mut order) = 1;
        assert_eq!(
            order.check_closable(1, true),
            Err(EscrowError::StillDue.into())
        );
    }
}
