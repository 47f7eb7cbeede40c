//! Start, stop, kill, start again.

use std::{fs, net::TcpStream};

use crate::running::{PEDIGREE, Up, pedigree, wait_for};

fn listens(url: &str) -> bool {
    let address = url.split("//").nth(1).unwrap();
    TcpStream::connect(address).is_ok()
}

#[test]
fn ctrl_c_and_sigterm_stop_everything_that_was_started() {
    let folder = tempfile::tempdir().unwrap();
    for signal in ["INT", "TERM"] {
        let mut up = Up::start(folder.path(), &["--limit", "3"]);
        let urls = ["http", "rpc", "ws"].map(|name| up.endpoint(name));
        let server = up.server();
        assert!(server.is_running() && urls.iter().all(|url| listens(url)));

        up.signal(signal);

        assert_eq!(up.wait().code(), Some(0), "{signal}");
        assert!(!server.is_running(), "{signal}");
        assert!(!urls.iter().any(|url| listens(url)), "{signal}");
        assert!(!up.endpoints().exists(), "{signal}");
    }
}

#[test]
fn sigkill_leaves_no_server_and_the_next_start_says_what_is_gone_and_keeps_the_keys() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &["--limit", "3"]);
    let (server, genesis) = (up.server(), up.endpoint("genesis"));
    let wallet = folder.path().join("wallets/buyer.json");
    let key = fs::read_to_string(&wallet).unwrap();
    up.signal("KILL");
    wait_for("the server to end", || !server.is_running());
    drop(up);

    let mut up = Up::start(folder.path(), &["--limit", "3"]);
    assert_ne!(up.endpoint("genesis"), genesis);
    assert_eq!(fs::read_to_string(&wallet).unwrap(), key);
    assert_eq!(up.run(&["search"]).json()["total"], 3);
    up.signal("TERM");
    assert_eq!(up.wait().code(), Some(0));
    let mut stderr = String::new();
    std::io::Read::read_to_string(&mut up.child.stderr.take().unwrap(), &mut stderr).unwrap();
    assert!(
        stderr.contains(&genesis) && stderr.contains("keeps nothing"),
        "{stderr}"
    );
}

#[test]
fn a_second_up_in_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &["--limit", "1"]);
    let data_dir = folder.path().to_str().unwrap();
    let second = pedigree(&["up", "--http", "127.0.0.1:0", "--data-dir", data_dir]);
    second.assert_error(&["in use by another", &up.child.id().to_string()]);
}

#[test]
fn wrong_use_has_status_2() {
    for args in [
        &["lisst"][..],
        &["up", "--http", "nowhere"],
        &["up", "--rpc-url", "http://x"],
    ] {
        let status = std::process::Command::new(PEDIGREE)
            .args(args)
            .output()
            .unwrap()
            .status;
        assert_eq!(status.code(), Some(2), "{args:?}");
    }
}
