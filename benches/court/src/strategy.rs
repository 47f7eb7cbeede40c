//! What an attacker does with its weight.

use dao::math;
use serde::Serialize;

/// Which party of an order the attacker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// It sold what is worth nothing, and delivered it: the buyer is right, and disputes. Without a ruling the seller is paid.
    Seller,
    /// It wants its money back for what it got: the seller is right. Without a ruling the seller is paid.
    Buyer,
}

impl Side {
    /// The choice that is right.
    pub fn truth(self) -> u8 {
        match self {
            Self::Seller => 4,
            Self::Buyer => 0,
        }
    }

    /// The choice that the attacker wants.
    pub fn wanted(self) -> u8 {
        4 - self.truth()
    }

    /// What of the deposit it gets by how the case ended, in a hundred.
    pub fn gets(self, share: Option<u8>) -> u8 {
        match (self, share) {
            (Self::Seller, share) => 100 - share.unwrap_or(0),
            (Self::Buyer, share) => share.unwrap_or(0),
        }
    }

    /// Whether nothing has to be ruled for it to get what it wants.
    fn stands(self, standing: Option<u8>) -> bool {
        match standing {
            Some(ruling) => ruling == self.wanted(),
            None => self == Self::Seller,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Keeps out of it: others have so much less weight to make a quorum of.
    Away,
    /// Votes in the first round, and takes what comes of it.
    First,
    /// Votes in all rounds, and appeals while it can.
    All,
    /// The same, from a hundred positions.
    Split,
    /// Commits last, and only where it outweighs all that others committed; stays away where a round without a quorum suits
    /// it; appeals.
    Late,
    /// Votes in the first round, and does not reveal where it loses and no quorum is there without it; then as `Late`.
    Outrun,
    /// Pays jurors of the first round for a wrong vote, as many as it needs; then as `Late`.
    Bribe,
}

impl Strategy {
    pub const EVERY: [Self; 7] = [
        Self::Away,
        Self::First,
        Self::All,
        Self::Split,
        Self::Late,
        Self::Outrun,
        Self::Bribe,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Away => "stays away",
            Self::First => "first round",
            Self::All => "all rounds",
            Self::Split => "100 positions",
            Self::Late => "waits",
            Self::Outrun => "outruns",
            Self::Bribe => "bribes",
        }
    }

    /// Whether it appeals while a ruling is not what it wants. The bond is small beside what it may win.
    pub fn appeals(self) -> bool {
        !matches!(self, Self::Away | Self::First)
    }

    /// In how many positions its weight is.
    pub fn positions(self) -> u64 {
        if self == Self::Split { 100 } else { 1 }
    }

    /// Whether it commits, having seen what others committed.
    pub fn commits(self, view: &View) -> bool {
        match self {
            Self::Away => false,
            Self::First => view.round == 0,
            Self::All | Self::Split => true,
            Self::Late => view.is_safe(),
            Self::Outrun | Self::Bribe => view.round == 0 || view.is_safe(),
        }
    }

    /// Whether it reveals, having seen what others revealed.
    pub fn reveals(self, view: &View, revealed: &[u64; math::CHOICES]) -> bool {
        if !matches!(self, Self::Late | Self::Outrun | Self::Bribe) {
            return true;
        }
        let others: u64 = revealed.iter().sum();
        let mut with = *revealed;
        if let Some(sum) = with.get_mut(usize::from(view.side.wanted())) {
            *sum = sum.saturating_add(view.own);
        }
        let wins = math::median(&with) == Some(view.side.wanted());
        wins || others >= view.quorum || !view.side.stands(view.standing)
    }
}

/// What anybody sees of a round while it takes commitments: weights, not choices.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub side: Side,
    pub round: u8,
    /// The attacker's weight.
    pub own: u64,
    /// That of all who committed.
    pub others: u64,
    pub quorum: u64,
    /// The last ruling.
    pub standing: Option<u8>,
}

impl View {
    /// Whether a vote cannot lose, and is needed.
    fn is_safe(&self) -> bool {
        let is_void = self.others < self.quorum && self.side.stands(self.standing);
        let all = self.own.saturating_add(self.others);
        !is_void && self.own > self.others && all >= self.quorum
    }
}
