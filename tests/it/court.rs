//! A complaint about a listing's version, from its opening to the last juror: what the index serves at each step is what
//! the chain has.

use listing::state::Listing;
use pedigree_sdk::{
    accounts::EntityKind,
    api::DisputeDetail,
    instructions::{dao as on_dao, reward as on_reward},
    pda,
    verify::{self, Verdict},
};
use solana_program::pubkey::Pubkey;

use crate::{
    lies::{self, IN_COURT},
    shop::{DAY, Shop},
    trial,
};

const SALT: [u8; 32] = [7; 32];
/// The jurors, what each locks, and what it chooses: the heavier one upholds the complaint.
const JURORS: [(&str, u64, u8); 2] = [("buyer", 2_000_000_000, 0), ("stranger", 3_000_000_000, 4)];
const OPENER: &str = "operator";

#[tokio::test(flavor = "multi_thread")]
async fn a_complaint_is_served_and_proved_from_its_opening_to_the_last_juror() {
    let case = Case::open().await;
    let evidence = on_dao::submit_evidence(&case.shop.wallet(OPENER), &case.dispute, [3; 32]);
    case.shop.send(OPENER, evidence).await;
    let opened = case.served("open", None).await;
    assert_eq!(opened.dispute.account["evidence_hash"], "03".repeat(32));
    assert_eq!(opened.dispute.opener, Some(case.shop.wallet(OPENER)));
    assert!(opened.jurors.is_empty());

    case.shop.pass(2 * DAY).await;
    case.commit().await;
    let committed = case.served("open", None).await;
    let round = &committed.dispute.account["rounds"][0];
    assert_eq!(
        (&round["status"], &round["jurors"]),
        (&"running".into(), &2.into())
    );
    let verdict = verify::dispute(&case.shop.rpc, &opened.dispute).await;
    assert_eq!(verdict.expect("a verdict"), Verdict::Newer);

    case.shop.pass(2 * DAY).await;
    case.reveal().await;
    let revealed = case.served("open", None).await;
    case.no_lie_about_it_passes().await;
    let choices: Vec<_> = revealed
        .jurors
        .iter()
        .map(|juror| juror.account["choice"].clone())
        .collect();
    assert_eq!(choices, [4, 0], "the newest first");

    case.shop.pass(2 * DAY).await;
    case.shop.send(OPENER, on_dao::tally(&case.dispute)).await;
    case.served("open", Some(100)).await;

    case.shop.pass(DAY).await;
    let finish = on_dao::finish(&case.listing, &case.dispute);
    case.shop.send(OPENER, finish).await;
    let ended = case.served("final", Some(100)).await;
    assert_eq!(ended.dispute.account["share"], 100);

    case.settle().await;
    let settled = case.served("final", Some(100)).await;
    assert!(settled.jurors.iter().all(|juror| juror.closed));
    assert_eq!(settled.dispute.account["bonds"][0]["state"], "paid");
    case.shop.verify_every_account().await;
}

/// A complaint about the first version of a listing.
struct Case {
    shop: Shop,
    listing: Pubkey,
    dispute: Pubkey,
}

impl Case {
    async fn open() -> Self {
        let shop = Shop::with_a_clock().await;
        for (juror, weight, _) in JURORS {
            // A twentieth more for its bond.
            shop.give_tokens(juror, weight / 20 * 21).await;
            let (owner, source) = (shop.wallet(juror), shop.tokens_of(juror));
            let lock = on_reward::lock(&owner, &owner, &source, 1, weight);
            shop.send(juror, lock).await;
        }
        let listing = shop.register("publisher", "doubtful", 1_000_003, &[]);
        shop.activate(&listing, "publisher");
        let config: dao::state::Config = shop.account(&pda::dao_config().0).await;
        shop.give_tokens(OPENER, config.case_bond).await;
        // What was locked for less than a week has no weight.
        shop.pass(8 * DAY).await;
        let of: Listing = shop.account(&listing).await;
        let (opener, source) = (shop.wallet(OPENER), shop.tokens_of(OPENER));
        let open = on_dao::open_version_case(
            &opener,
            &opener,
            &source,
            &listing,
            1,
            of.version,
            of.manifest_hash,
        );
        shop.send(OPENER, open).await;
        Self {
            shop,
            listing,
            dispute: pda::dispute(&listing, 1).0,
        }
    }

    async fn no_lie_about_it_passes(&self) {
        let juror = pda::position(&self.shop.wallet(JURORS[0].0), 1).0;
        lies::are_told_of(&self.shop, &IN_COURT, |kind| match kind {
            EntityKind::Docket => pda::docket(&self.listing).0,
            EntityKind::Dispute => self.dispute,
            EntityKind::Juror => pda::juror(&self.dispute, 0, &juror).0,
            other => panic!("there is no {other}"),
        })
        .await;
    }

    async fn commit(&self) {
        let dispute: dao::state::Dispute = self.shop.account(&self.dispute).await;
        for (juror, _, choice) in JURORS {
            let owner = self.shop.wallet(juror);
            let position = pda::position(&owner, 1).0;
            let born_slot = dispute.head.born_slot;
            let hash = on_dao::commitment(&self.dispute, born_slot, 0, &position, choice, &SALT);
            let source = self.shop.tokens_of(juror);
            let commit = on_dao::commit(&owner, &position, &self.dispute, 0, &source, hash);
            self.shop.send(juror, commit).await;
        }
    }

    async fn reveal(&self) {
        for (juror, _, choice) in JURORS {
            let position = pda::position(&self.shop.wallet(juror), 1).0;
            let reveal = on_dao::reveal(&position, &self.dispute, 0, choice, SALT);
            self.shop.send(juror, reveal).await;
        }
    }

    /// Pays whoever gets something back.
    async fn settle(&self) {
        for (juror, ..) in JURORS {
            let owner = self.shop.wallet(juror);
            let position = pda::position(&owner, 1).0;
            let settle = on_dao::settle_juror(&owner, &position, &self.dispute, 0, None);
            self.shop.send(OPENER, settle).await;
        }
        let opener = self.shop.wallet(OPENER);
        let pay = on_dao::pay_bond(&opener, &self.dispute, 0, None);
        self.shop.send(OPENER, pay).await;
    }

    /// What the index serves of it.
    async fn served(&self, status: &str, ruling: Option<u8>) -> DisputeDetail {
        let served = trial::served(&self.shop, &self.dispute).await;
        let found = &served.dispute;
        assert_eq!(
            (&found.account["status"], found.ruling),
            (&status.into(), ruling)
        );
        served
    }
}
