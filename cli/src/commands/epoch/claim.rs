//! `pedigree epoch claim`.

use anyhow::{Result, anyhow, bail};
use clap::Args;
use pedigree_sdk::{
    fetch, instructions::reward as instruction, pda, programs::TOKEN, render::rfc3339,
    send::pack::pack,
};
use reward::{
    math,
    state::{Emission, Epoch, Points, epoch_status},
};
use serde_json::{Value, json};
use solana_program::pubkey::Pubkey;

use crate::{commands::wallet::Signing, session::Session};

#[derive(Debug, Args)]
pub struct Options {
    /// Numbers of the epochs; all whose points may be claimed now unless given.
    #[arg(value_name = "EPOCH")]
    epochs: Vec<u32>,
    /// Whose points they are; the wallet's own unless given.
    #[arg(long, value_name = "NAME|ADDRESS")]
    owner: Option<String>,
    /// Token account that takes what they bring, where the wallet is their owner; the owner's associated one unless
    /// given.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Pubkey>,
    #[command(flatten)]
    signing: Signing,
}

/// Claims, and says what each epoch brought.
pub async fn run(options: Options) -> Result<Value> {
    let wallet = options.signing.open("publisher").await?;
    let session = &wallet.session;
    let own = wallet.address();
    let owner = match &options.owner {
        Some(name) => session.address(name)?,
        None => own,
    };
    let time = fetch::time(&session.rpc).await?;
    let claims = match options.epochs.is_empty() {
        true => claimable(session, &owner, time).await?,
        false => named(session, &owner, &options.epochs, time).await?,
    };
    let (destination, create) = match options.to {
        Some(to) => (to, None),
        None => {
            let mint = pda::token().0;
            wallet.token_account(&owner, &mint, &TOKEN).await?
        }
    };
    let mut groups: Vec<Vec<_>> = claims
        .iter()
        .map(|claim| {
            let (number, payer) = (claim.epoch.index, &claim.points.rent_payer);
            let destination = options.to.as_ref();
            vec![instruction::claim(&own, &owner, number, destination, payer)]
        })
        .collect();
    if let Some(first) = groups.first_mut() {
        first.splice(..0, create);
    }
    let mut signatures = Vec::new();
    for transaction in pack(groups, &own) {
        signatures.push(wallet.send(&transaction).await?.signature.to_string());
    }
    let total: u128 = claims.iter().map(|claim| u128::from(claim.amount)).sum();
    let claimed: Vec<Value> = claims.iter().map(Claim::told).collect();
    Ok(json!({
        "owner": owner.to_string(),
        "to": destination.to_string(),
        "amount": total.to_string(),
        "claimed": claimed,
        "signatures": signatures,
    }))
}

/// Points and what they bring.
struct Claim {
    epoch: Epoch,
    points: Points,
    amount: u64,
}

impl Claim {
    /// Says why not, where they may not be claimed at `time`.
    fn check(epoch: Epoch, points: Points, time: i64) -> Result<Self> {
        let number = epoch.index;
        if epoch.status == epoch_status::OPEN {
            let ends_at = rfc3339(epoch.ends_at);
            bail!(
                "WrongEpochState: epoch {number} is open, until {ends_at}: its points are claimed once \
                 `pedigree epoch finish` finished it"
            );
        }
        if epoch.status != epoch_status::FINISHED || time > epoch.claim_until {
            let until = rfc3339(epoch.claim_until);
            bail!("ClaimOver: epoch {number} was claimed until {until}: the rest rolls on");
        }
        let amount = math::claim(points.points, epoch.total, epoch.allotted);
        let amount = amount.ok_or_else(|| anyhow!("epoch {number} does not add up"))?;
        Ok(Self {
            epoch,
            points,
            amount,
        })
    }

    fn told(&self) -> Value {
        json!({
            "epoch": self.epoch.index,
            "points": self.points.points.to_string(),
            "amount": self.amount.to_string(),
        })
    }
}

/// Of these epochs; each may be claimed.
async fn named(
    session: &Session,
    owner: &Pubkey,
    numbers: &[u32],
    time: i64,
) -> Result<Vec<Claim>> {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    numbers.dedup();
    let mut claims = Vec::new();
    for (number, points) in points(session, owner, &numbers).await? {
        let epoch = super::opened(session, number).await?;
        let Some(points) = points else {
            bail!(
                "{owner} has no points of epoch {number}: none were recorded, or they were claimed"
            );
        };
        claims.push(Claim::check(epoch, points, time)?);
    }
    Ok(claims)
}

/// Of all epochs that may be claimed; there is one.
async fn claimable(session: &Session, owner: &Pubkey, time: i64) -> Result<Vec<Claim>> {
    let emission = session.account::<Emission>(&pda::emission().0).await?;
    let numbers: Vec<u32> = (0..emission.last_opened).collect();
    let (mut claims, mut refused) = (Vec::new(), None);
    for (number, points) in points(session, owner, &numbers).await? {
        let Some(points) = points else {
            continue;
        };
        match Claim::check(super::opened(session, number).await?, points, time) {
            Ok(claim) => claims.push(claim),
            Err(error) => refused = Some(error),
        }
    }
    if claims.is_empty() {
        return Err(refused.unwrap_or_else(|| {
            anyhow!("{owner} has no points: `pedigree epoch record ORDER` credits an order's fee")
        }));
    }
    Ok(claims)
}

/// A wallet's points of each of these epochs.
async fn points(
    session: &Session,
    owner: &Pubkey,
    numbers: &[u32],
) -> Result<Vec<(u32, Option<Points>)>> {
    let places: Vec<Pubkey> = numbers
        .iter()
        .map(|number| pda::points(owner, *number).0)
        .collect();
    let found = fetch::many::<Points>(&session.rpc, &places).await?;
    Ok(numbers.iter().copied().zip(found).collect())
}

#[cfg(test)]
mod tests {
    use bytemuck::Zeroable;

    use super::*;

    const UNTIL: i64 = 1_800_014_400;

    fn check(status: u8, time: i64) -> Result<Claim> {
        let mut epoch = Epoch::zeroed();
        (epoch.index, epoch.status) = (3, status);
        (epoch.ends_at, epoch.claim_until) = (UNTIL, UNTIL);
        (epoch.total, epoch.allotted) = (300, 100);
        let mut points = Points::zeroed();
        (points.points, points.epoch) = (100, 3);
        Claim::check(epoch, points, time)
    }

    #[test]
    fn points_are_claimed_from_the_finish_to_the_last_second_and_bring_their_share() {
        let claim = check(epoch_status::FINISHED, UNTIL).expect("the last second");
        assert_eq!(claim.amount, 33);
        assert_eq!(
            claim.told(),
            json!({"epoch": 3, "points": "100", "amount": "33"})
        );
        for (status, time, named) in [
            (
                epoch_status::OPEN,
                UNTIL,
                "WrongEpochState: epoch 3 is open, until 2027-01-15T12:00:00Z",
            ),
            (
                epoch_status::FINISHED,
                UNTIL + 1,
                "ClaimOver: epoch 3 was claimed until 2027-01-15T12:00:00Z",
            ),
            (epoch_status::EXPIRED, UNTIL, "ClaimOver: epoch 3"),
        ] {
            let refused = check(status, time).err().expect("a refusal").to_string();
            assert!(refused.contains(named), "{refused}");
        }
    }
}
