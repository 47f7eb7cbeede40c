//! What the assembly of the toolchain says where it cannot go on.

use std::{fs, path::PathBuf, process::Command};

#[test]
fn a_missing_mirror_is_one_line_that_says_what_to_do_and_where_the_log_is() {
    if Command::new("apt-get").arg("--version").output().is_err() {
        return;
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("missing-mirror");
    let _ = fs::remove_dir_all(&folder);
    let output = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../setup.sh"))
        .arg("--into")
        .arg(folder.join("toolchain"))
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("DEBIAN_MIRROR", "file:/no/such/mirror")
        .env("DEBIAN_SECURITY_MIRROR", "file:/no/such/mirror")
        .output()
        .expect("the script runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let errors = String::from_utf8(output.stderr).expect("text");
    let said: Vec<&str> = errors
        .lines()
        .filter(|line| !line.starts_with("sbf: "))
        .collect();
    let log = folder.join("cache/pedigree/sbf/setup.log");
    let [line] = said[..] else {
        panic!("expected one line besides the steps: {errors}");
    };
    for word in [
        "file:/no/such/mirror",
        "set DEBIAN_MIRROR",
        &log.to_string_lossy(),
    ] {
        assert!(line.contains(word), "{word}: {line}");
    }
    assert!(fs::read_to_string(&log).is_ok_and(|log| log.contains("/no/such/mirror")));
    assert!(!folder.join("toolchain").exists(), "half a toolchain stays");
}
