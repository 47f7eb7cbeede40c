//! Steps as data: what is tried, and the number that all its choices are drawn from.
//!
//! A step names no account. What it does is settled by its dice and the state at hand, so that any part of a sequence
//! is a sequence too: that is how a failing one is made short.

use crate::dice::Dice;

/// One step of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub action: Action,
    pub dice: u64,
}

macro_rules! actions {
    ($($action:ident $weight:literal,)*) => {
        /// What a step tries.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Action { $($action,)* }

        /// How often each is tried, beside the others.
        const WEIGHTS: &[(Action, u64)] = &[$((Action::$action, $weight),)*];
    };
}

actions! {
    // listing
    InitializeListing 4, UpdateListingConfig 10, AcceptListingConfig 6, SetProfile 10, VerifyProfile 10,
    Register 60, AddEdge 120, RemoveEdge 50, CloseRoyaltyTable 60, DiscardDraft 30, Activate 70,
    UpdateTerms 20, PublishVersion 20, Pause 12, Resume 25, Retire 6, ProposeAuthority 30, AcceptAuthority 30,
    SetPayout 15, SetOperator 15, GrantLicense 30, RevokeLicense 15, OpenPool 120, Forward 120,
    PostReview 70, EditReview 40, ProveEdge 60, SetDefaultRoyalty 20, ApplyEdgeRuling 90,
    // escrow
    InitializeEscrow 4, UpdateEscrowConfig 25, AcceptEscrowConfig 6, AllowMint 10, UpdateMint 15,
    WithdrawTreasury 30, OpenOrder 360, OpenFree 40, Deliver 110, Settle 170, Refund 50, RefundBySeller 50,
    Withdraw 90, TopUp 50, Redeem 120, Authorise 110, Confirm 120, End 50, OpenDispute 120, Concede 30,
    ApplyRuling 80, LapseDispute 50, OpenSession 60, RevokeSession 12, CloseSession 40, CloseOrder 70,
    RecordFees 70,
    // either
    ReclaimExcess 90,
    // the same as just before, and the same twice at once
    Again 80, Twice 40,
    // what happens around the programs
    Wait 60, WaitForDeadline 200, Freeze 40, Thaw 50, GiveAway 12, CloseTokens 25, OpenTokens 40, DemandMemo 12,
    SendTokens 60, SendLamports 25, Rule 90, Suspend 10, RuleOnEdge 60, ChangeRent 12,
}

/// What every sequence begins with, as nothing else succeeds before it.
const PROLOGUE: &[Action] = &[
    Action::InitializeListing,
    Action::InitializeListing,
    Action::InitializeEscrow,
    Action::InitializeEscrow,
    Action::AllowMint,
    Action::AllowMint,
    Action::AllowMint,
    Action::Register,
    Action::Activate,
    Action::Register,
    Action::AddEdge,
    Action::Activate,
    Action::Register,
    Action::AddEdge,
    Action::AddEdge,
    Action::Activate,
    Action::OpenPool,
    Action::OpenPool,
    Action::OpenPool,
];

/// The `index`th sequence of a seed. Sequences differ in what they try more and less often, or not at all.
pub fn sequence(seed: u64, index: u64, length: usize) -> Vec<Step> {
    let mut dice = Dice::of(seed, index);
    let weights: Vec<(Action, u64)> = WEIGHTS
        .iter()
        .map(|(action, weight)| (*action, weight * dice.pick([0, 1, 2, 2, 2, 5])))
        .collect();
    let total = weights.iter().map(|(_, weight)| weight).sum();
    let drawn = std::iter::from_fn(|| {
        let mut at = dice.below(total);
        let (action, _) = weights.iter().find(|(_, weight)| {
            let found = at < *weight;
            at = at.saturating_sub(*weight);
            found
        })?;
        Some(Step {
            action: *action,
            dice: dice.roll(),
        })
    });
    let mut opening = Dice::of(seed.wrapping_add(1), index);
    PROLOGUE
        .iter()
        .map(|action| Step {
            action: *action,
            dice: opening.roll(),
        })
        .chain(drawn)
        .take(length)
        .collect()
}
