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
    InitializeListing 4, UpdateListingConfig 16, AcceptListingConfig 14, SetProfile 10, VerifyProfile 10,
    Register 60, AddEdge 160, RemoveEdge 50, CloseRoyaltyTable 90, DiscardDraft 30, Activate 70,
    UpdateTerms 20, PublishVersion 20, Pause 12, Resume 25, Retire 6, ProposeAuthority 30, AcceptAuthority 30,
    SetPayout 15, SetOperator 15, GrantLicense 30, RevokeLicense 15, OpenPool 160, Forward 300,
    PostReview 70, EditReview 40, ProveEdge 60, SetDefaultRoyalty 20, ApplyEdgeRuling 220,
    Suspend 20, ApplyVersionRuling 120,
    // escrow
    InitializeEscrow 4, UpdateEscrowConfig 25, AcceptEscrowConfig 6, AllowMint 10, UpdateMint 15,
    WithdrawTreasury 30, OpenOrder 360, OpenFree 40, Deliver 110, Settle 170, Refund 50, RefundBySeller 50,
    Withdraw 90, TopUp 50, Redeem 120, Authorise 150, Confirm 180, End 50, OpenDispute 200, Concede 30,
    ApplyRuling 140, LapseDispute 80, OpenSession 60, RevokeSession 12, CloseSession 40, CloseOrder 70,
    RecordFees 420,
    // reward
    InitializeReward 4, UpdateReward 15, AcceptReward 12, SetRate 20, OpenEpoch 40, FinishEpoch 110, Claim 70,
    ExpireEpoch 130, ClosePoints 160, RecordAlone 8, Lock 60, RequestUnlock 20, WithdrawPosition 40, Attest 100,
    SlashAttestation 160, CloseAttestation 40,
    // the court
    InitializeDao 4, UpdateDao 20, AcceptDao 20, OpenOrderCase 240, OpenVersionCase 80, OpenEdgeCase 140,
    SubmitEvidence 20, Commit 320, Reveal 500, TallyRound 180, Appeal 400, FinishDispute 180, SettleJuror 120,
    PayBond 90, CloseDispute 90,
    // proposals
    InitializeGovernance 4, Propose 90, Decree 50, Cast 220, ChangeVote 40, Conclude 90, Veto 20, Execute 140, Expire 40,
    PayDeposit 90, CloseVote 90, CloseProposal 60, PauseProgram 25, UnpauseProgram 90, GiveSettings 40,
    GiveUpgrades 30, HandOver 60,
    // any
    ReclaimExcess 90,
    // the same as just before, and the same twice at once
    Again 80, Twice 40,
    // what happens around the programs
    Endow 2, Wait 60, WaitForDeadline 200, WaitForCourt 160, Mature 4, Freeze 40, Thaw 50, GiveAway 12, CloseTokens 25, OpenTokens 40, DemandMemo 12,
    SendTokens 60, SendLamports 25, Rule 8, ChangeRent 12,
}

/// What every sequence begins with, as nothing else succeeds before it.
const PROLOGUE: &[Action] = &[
    Action::InitializeReward,
    Action::InitializeReward,
    Action::Endow,
    Action::InitializeDao,
    Action::InitializeDao,
    Action::InitializeGovernance,
    Action::InitializeGovernance,
    Action::SetRate,
    Action::SetRate,
    Action::SetRate,
    Action::Lock,
    Action::Lock,
    Action::Lock,
    Action::Lock,
    Action::Lock,
    Action::Lock,
    Action::Mature,
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

/// What a self-dealer cannot do: what those do who run the settings, the treasury, and issuers; and what moves tokens past
/// the programs, from whomever to whomever.
const NOT_ITS_OWN: &[Action] = &[
    Action::UpdateListingConfig,
    Action::AcceptListingConfig,
    Action::SetDefaultRoyalty,
    Action::UpdateEscrowConfig,
    Action::AcceptEscrowConfig,
    Action::UpdateMint,
    Action::WithdrawTreasury,
    Action::UpdateReward,
    Action::AcceptReward,
    Action::SetRate,
    Action::UpdateDao,
    Action::AcceptDao,
    Action::Propose,
    Action::Decree,
    Action::PauseProgram,
    Action::GiveSettings,
    Action::GiveUpgrades,
    Action::Freeze,
    Action::GiveAway,
    Action::CloseTokens,
    Action::DemandMemo,
    Action::SendTokens,
    Action::Rule,
    Action::Suspend,
];

/// What a self-dealer does most: all that brings it anything.
const EARNS: &[Action] = &[
    Action::OpenOrder,
    Action::Deliver,
    Action::Settle,
    Action::OpenEpoch,
    Action::RecordFees,
    Action::FinishEpoch,
    Action::Claim,
];

/// The `index`th schedule of a self-dealer: what all but the treasury and who runs the settings do.
pub fn self_dealing(seed: u64, index: u64, length: usize) -> Vec<Step> {
    let prologue = PROLOGUE.len();
    let all = sequence(seed, index, 4 * length);
    let drawn = |(at, step): &(usize, Step)| *at < prologue || !NOT_ITS_OWN.contains(&step.action);
    let kept = all.into_iter().enumerate().filter(drawn);
    let steps = kept.flat_map(|(at, step)| {
        let earns = at >= prologue && EARNS.contains(&step.action);
        (0..if earns { 3 } else { 1 }).map(move |more| Step {
            dice: step.dice.wrapping_add(more),
            ..step
        })
    });
    steps.take(length).collect()
}

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
