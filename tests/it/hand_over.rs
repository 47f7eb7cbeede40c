//! The deployer's multisig gives everything to the dao, through the command, and is gone.

use std::fs;

use dao::state::{Governance, program};
use pedigree_sdk::{fetch, instructions::dao::program_address, pda};
use pedigree_tests::market::path;
use serde_json::Value;
use solana_program::pubkey::Pubkey;

use crate::shop::{DAY, Shop, address, text};

/// More than `pedigree up` has the hand-over wait for.
const WEIGHT: u64 = 10_000_000_000_001;

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_given_to_the_dao_step_by_step_and_the_steward_is_gone() {
    let shop = Shop::with_a_clock().await;
    let status = shop.market.cli(&["deploy", "status"]);
    assert_eq!(
        text(&status, "steward"),
        shop.wallet("authority").to_string()
    );
    // Settings and upgrades of four programs, the fees, the weight.
    assert_eq!(missing(&status).len(), 10, "{status}");
    shop.refuses(
        &["deploy", "hand-over"],
        "no hand-over yet: listing's settings are ",
    );
    shop.refuses(&["deploy", "accept"], "nothing to do");
    shop.refuses(&["deploy", "accept", "reward"], "offered to nobody");
    what_changes_nothing_is_not_proposed(&shop);

    let position = lock(&shop).await;
    settings_change_hands_and_come_back(&shop);
    shop.refuses(
        &["deploy", "give-upgrades", "listing"],
        "listing's settings are not the dao's yet",
    );
    let offered = shop.market.cli(&["deploy", "offer", "--fees"]);
    let dao = pda::dao_authority().0.to_string();
    assert_eq!(text(&offered, "treasury"), dao);
    let offered: Vec<_> = programs(&offered, "pending_authority");
    assert_eq!(offered, [dao.as_str(); 4]);
    let accepted = shop
        .market
        .cli(&["deploy", "accept", "--wallet", "stranger"]);
    assert_eq!(programs(&accepted, "authority"), [dao.as_str(); 4]);
    shop.refuses(
        &["deploy", "offer", "escrow"],
        "NotConfigAuthority: escrow's settings are",
    );
    shop.refuses(&["deploy", "offer"], "nothing to do");

    let upgrades = ["deploy", "give-upgrades", "dao", "--wallet", "seller"];
    shop.refuses(&upgrades, "NotUpgradeAuthority");
    shop.market.cli(&["deploy", "give-upgrades", "listing"]);
    let given = shop.market.cli(&["deploy", "give-upgrades"]);
    assert_eq!(programs(&given, "upgrade_authority"), [dao.as_str(); 4]);
    assert_eq!(missing(&given), [""; 0], "{given}");

    let handed = shop.market.cli(&["deploy", "hand-over"]);
    assert_eq!(text(&handed, "dao"), dao);
    let governance: Governance = shop.account(&pda::governance().0).await;
    assert!(governance.handed_over_at > 0);
    let status = shop.market.cli(&["deploy", "status"]);
    assert_eq!(
        (&status["steward"], &status["handed_over_at"]),
        (&Value::Null, &handed["handed_over_at"])
    );
    let decree = [
        "proposal",
        "propose",
        "update-listing",
        "--paused",
        "true",
        "--decree",
    ];
    shop.refuses(&decree, "NotSteward");
    a_vote_upgrades_a_program(&shop, &position.to_string()).await;
    shop.indexed().await;
    shop.verify_every_account().await;
}

/// A vote on what is so already is a mistake.
fn what_changes_nothing_is_not_proposed(shop: &Shop) {
    for action in [
        &["update-escrow"][..],
        &["update-escrow", "--fee-ppm", "25000"],
        &["update-listing", "--paused", "false"],
        &["update-governance"],
        &["update-mint"],
        &["set-rate", "--rate", "500000", "--price", "1000000"],
        &["set-default-royalty", "0"],
    ] {
        let propose = [&["proposal", "propose"], action, &["--decree"]].concat();
        shop.refuses(&propose, "NothingChanges");
    }
    let listed = shop.market.cli(&["proposal", "list"]);
    assert_eq!(listed["items"], Value::Array(Vec::new()));
    let change = [
        "proposal",
        "propose",
        "update-escrow",
        "--fee-ppm",
        "24999",
        "--decree",
    ];
    assert_eq!(text(&shop.market.cli(&change), "status"), "queued");
    shop.refuses(
        &["proposal", "execute", "1"],
        "is queued and allows this from ",
    );
}

/// Enough weight, for two weeks.
async fn lock(shop: &Shop) -> Pubkey {
    // What is over pays deposits.
    shop.give_tokens("buyer", 2 * WEIGHT).await;
    let amount = WEIGHT.to_string();
    let lock = ["stake", "lock", "--amount", &amount, "--wallet", "buyer"];
    let position = address(&shop.market.cli(&lock));
    let status = shop.market.cli(&["deploy", "status"]);
    let last = missing(&status).pop().expect("the weight");
    assert!(last.contains("were locked all of this week"), "{last}");
    let withdraw = [
        "stake",
        "withdraw",
        &position.to_string(),
        "--wallet",
        "buyer",
    ];
    shop.refuses(&withdraw, "StillLocked");
    shop.pass(15 * DAY).await;
    position
}

/// To the code that runs but for a letter of what a panic would log: written, proposed, voted for, carried out by anyone.
async fn a_vote_upgrades_a_program(shop: &Shop, position: &str) {
    let mut code = code(shop).await;
    let last = code.iter().rposition(|byte| *byte != 0).expect("code");
    // The last instruction may end with zeros.
    code.truncate((last + 1).next_multiple_of(8));
    let running = code.clone();
    let logged = b"PANICKED";
    let place = code.windows(logged.len()).position(|found| found == logged);
    code[place.expect("what a panic logs")] = b'p';
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("listing.so");
    let write = ["deploy", "write-buffer", "listing"];
    let other = folder.path().join("no-code");
    fs::write(&other, "no code").expect("a file");
    shop.refuses(&[&write[..], &[path(&other)]].concat(), "an ELF file");
    let others = ["deploy", "write-buffer", "escrow", path(&file)];
    fs::write(&file, running).expect("a file");
    shop.refuses(&others, "this is the code of listing");
    fs::write(&file, &code).expect("a file");
    let written = shop.market.cli(&[&write[..], &[path(&file)]].concat());
    let upgrade = ["proposal", "propose", "upgrade", "listing", "--buffer"];
    let by = ["--position", position, "--wallet", "buyer"];
    let propose = [&upgrade[..], &[text(&written, "buffer")], &by].concat();
    let hash = "5a".repeat(32);
    let other = [&propose[..], &["--hash", &hash]].concat();
    shop.refuses(&other, "WrongTarget: --hash");
    let own = [&propose[..], &["--hash", text(&written, "hash")]].concat();
    let proposed = shop.market.cli(&own);
    let number = proposed["number"].to_string();
    let cast = ["proposal", "cast", &number, "--choice", "yes"];
    shop.market.cli(&[&cast[..], &by].concat());
    shop.pass(5 * DAY).await;
    let concluded = shop.market.cli(&["proposal", "conclude", &number]);
    assert_eq!(text(&concluded, "status"), "queued");
    shop.pass(7 * DAY).await;
    let execute = ["proposal", "execute", &number, "--wallet", "stranger"];
    let executed = shop.market.cli(&execute);
    assert_eq!(text(&executed, "status"), "executed");
    assert_eq!(self::code(shop).await[..code.len()], code);
    shop.refuses(&propose, "--buffer: there is no account");
    // Nobody may call a program in the slot that it was deployed in.
    shop.indexed().await;
    shop.register("publisher", "new code", 1_000, &[]);
}

/// The code of `listing`, and the room behind it.
async fn code(shop: &Shop) -> Vec<u8> {
    let data = pda::program_data(&program_address(program::LISTING)).0;
    let found = fetch::raw(&shop.rpc, &data).await.expect("an answer");
    let (_, bytes) = found.expect("a program");
    bytes[45..].to_vec()
}

/// To another key than the dao's, which has to sign.
fn settings_change_hands_and_come_back(shop: &Shop) {
    for program in ["listing", "escrow", "reward", "dao"] {
        let offer = ["deploy", "offer", program];
        let stranger = [&offer[..], &["--wallet", "stranger"]].concat();
        shop.refuses(&stranger, "NotConfigAuthority");
        let accept = ["deploy", "accept", program, "--wallet", "seller"];
        shop.market.cli(&[&offer[..], &["--to", "seller"]].concat());
        shop.market.cli(&[&offer[..], &["--withdraw"]].concat());
        shop.refuses(&accept, "offered to nobody");
        shop.market.cli(&[&offer[..], &["--to", "seller"]].concat());
        let stranger = ["deploy", "accept", program, "--wallet", "stranger"];
        shop.refuses(&stranger, "NotPendingAuthority");
        let accepted = shop.market.cli(&accept);
        let seller = shop.wallet("seller").to_string();
        assert!(programs(&accepted, "authority").contains(&seller));
        shop.market
            .cli(&[&offer[..], &["--to", "authority", "--wallet", "seller"]].concat());
        shop.market.cli(&["deploy", "accept", program]);
    }
}

fn missing(status: &Value) -> Vec<String> {
    let missing = status["missing"].as_array().expect("a list").iter();
    missing
        .map(|one| one.as_str().expect("text").to_owned())
        .collect()
}

/// A field of each program.
fn programs(status: &Value, field: &str) -> Vec<String> {
    let programs = status["programs"].as_array().expect("a list").iter();
    programs.map(|one| text(one, field).to_owned()).collect()
}
