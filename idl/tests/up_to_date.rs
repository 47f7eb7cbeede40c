use std::{fs, path::Path, process::Command};

/// Fails when a program changed and `make idl` was not run, or when a description belongs to no program.
#[test]
fn committed_idl_is_what_the_programs_say_now() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(env!("CARGO_BIN_EXE_pedigree-idl"))
        .arg(folder.path())
        .output()
        .expect("the tool starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let committed = descriptions(Path::new(env!("CARGO_MANIFEST_DIR")));
    let made = descriptions(folder.path());
    let names =
        |all: &[(String, String)]| all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(
        names(&committed),
        names(&made),
        "idl/ has not the programs' descriptions; run `make idl`"
    );
    for ((name, committed), (_, made)) in committed.iter().zip(&made) {
        let line = committed
            .lines()
            .zip(made.lines())
            .position(|(a, b)| a != b)
            .map_or(0, |index| index + 1);
        assert!(
            committed == made,
            "idl/{name} is out of date from line {line} on; run `make idl`"
        );
    }
}

/// Name and text of every description in a folder, by name.
fn descriptions(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("an entry").path());
    let mut all: Vec<_> = entries
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let name = path
                .file_name()
                .expect("a file has a name")
                .to_string_lossy()
                .into_owned();
            (
                name,
                fs::read_to_string(&path).expect("the file can be read"),
            )
        })
        .collect();
    all.sort();
    all
}
