use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use pedigree_tests::network::Lasting;

use super::LOOK_EVERY;
use crate::life::listens;

const GONE_WITHIN: Duration = Duration::from_secs(200);
/// Folder of the validator whose owner is killed.
const OWNED: &str = "PEDIGREE_TEST_VALIDATOR_IN";

/// Not a test of its own: the process that the next test kills.
#[test]
#[ignore = "needs Agave's validator: make test-agave"]
fn owner_of_a_validator_until_killed() {
    let Some(folder) = env::var_os(OWNED) else {
        return;
    };
    let folder = Path::new(&folder);
    let validator = Lasting::agave(folder, folder).expect("a validator");
    fs::write(folder.join("part"), validator.rpc_url()).expect("a file");
    fs::rename(folder.join("part"), folder.join("url")).expect("a file");
    std::thread::sleep(Duration::from_secs(600));
}

#[test]
#[ignore = "needs Agave's validator: make test-agave"]
fn sigkill_of_the_owner_leaves_neither_validator_nor_ledger() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut owner = Command::new(env::current_exe().expect("this test"))
        .args([
            "--ignored",
            "--exact",
            "agave::owner::owner_of_a_validator_until_killed",
        ])
        .env(OWNED, folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("it runs");
    let file = folder.path().join("url");
    wait("the validator to start", || file.exists());
    let url = fs::read_to_string(file).expect("a URL");
    let ledger = folder.path().join("ledger");
    assert!(listens(&url) && ledger.exists());
    owner.kill().expect("a signal");
    owner.wait().expect("its end");
    wait("the validator to end", || !listens(&url));
    wait("its ledger to go", || !ledger.exists());
}

fn wait(what: &str, done: impl Fn() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < GONE_WITHIN, "waited in vain for {what}");
        std::thread::sleep(LOOK_EVERY);
    }
}
