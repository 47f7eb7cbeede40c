//! Writes the interface description (IDL) of every program to `idl/NAME.json`, or to another folder:
//! `pedigree-idl [FOLDER]`.
//!
//! A program describes itself in unit tests that its macros write, so its tests have to be compiled, and with
//! them everything that its own tests use: a whole virtual machine. To avoid that, the programs are compiled from
//! a workspace in `target/idl` that has their manifests without the dependencies of their tests, and links to their
//! sources.

use std::{
    env, fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{self, Command, ExitCode},
};

use anchor_lang_idl::build::IdlBuilder;
use anyhow::{Context, Result, bail};
use toml_edit::{DocumentMut, value};

fn main() -> ExitCode {
    match write_all() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pedigree-idl: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn write_all() -> Result<()> {
    // `IdlBuilder` hands this variable on wrongly, and rustup sets it; cargo chooses the toolchain without it too.
    if env::var_os("RUSTUP_TOOLCHAIN").is_some() {
        let status = Command::new(env::current_exe()?)
            .args(env::args_os().skip(1))
            .env_remove("RUSTUP_TOOLCHAIN")
            .status()?;
        process::exit(status.code().unwrap_or(1));
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("this package lies in the workspace")?;
    let folder = env::args_os()
        .nth(1)
        .map_or_else(|| root.join("idl"), PathBuf::from);
    fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;

    let workspace = Workspace::prepare(root)?;
    for program in &workspace.programs {
        let idl = IdlBuilder::new()
            .program_path(workspace.place.join("programs").join(program))
            .cargo_args(vec![
                "--lib".into(),
                "--target-dir".into(),
                workspace.place.join("target").display().to_string(),
            ])
            .build()
            .with_context(|| format!("the program {program} does not describe itself"))?;
        let file = folder.join(format!("{program}.json"));
        let text = serde_json::to_string_pretty(&idl)? + "\n";
        write_if_different(&file, &text)?;
        println!("{}", file.display());
    }
    Ok(())
}

/// Makes a link to `source` and says whether there was another: a `target/` that was copied from another checkout leads
/// there, and what was compiled is of there.
fn link(source: &Path, link: &Path) -> Result<bool> {
    if fs::read_link(link).is_ok_and(|target| target == source) {
        return Ok(false);
    }
    if link.is_symlink() {
        fs::remove_file(link).with_context(|| format!("cannot remove {}", link.display()))?;
    }
    symlink(source, link).with_context(|| format!("cannot make the link {}", link.display()))?;
    Ok(true)
}

/// A workspace of the programs alone.
struct Workspace {
    place: PathBuf,
    /// Names of the packages that are programs, in order.
    programs: Vec<String>,
}

impl Workspace {
    fn prepare(root: &Path) -> Result<Self> {
        let place = root.join("target/idl");
        let mut programs = Vec::new();
        for entry in fs::read_dir(root.join("programs")).context("cannot read programs/")? {
            let dir = entry?.path();
            if !dir.join("Cargo.toml").is_file() {
                continue;
            }
            let mut manifest = read_toml(&dir.join("Cargo.toml"))?;
            manifest.remove("dev-dependencies");
            let copy = place
                .join("programs")
                .join(dir.file_name().context("a folder has a name")?);
            write_if_different(&copy.join("Cargo.toml"), &manifest.to_string())?;
            if link(&dir.join("src"), &copy.join("src"))? {
                let _ = fs::remove_dir_all(place.join("target"));
            }
            if is_program(&manifest) {
                let name = dir
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned());
                programs.push(name.context("a folder has a name")?);
            }
        }
        programs.sort();
        if programs.is_empty() {
            bail!("no package in programs/ is a cdylib");
        }
        let mut manifest = read_toml(&root.join("Cargo.toml"))?;
        let members = programs.iter().map(|program| format!("programs/{program}"));
        manifest["workspace"]["members"] = value(toml_edit::Array::from_iter(members));
        if let Some(table) = manifest["workspace"].as_table_mut() {
            table.remove("exclude");
        }
        // Compiled to be run once: nothing to optimise, nothing to debug.
        manifest.remove("profile");
        manifest["profile"]["dev"]["debug"] = value(false);
        write_if_different(&place.join("Cargo.toml"), &manifest.to_string())?;
        // The locked versions hold here too; cargo leaves out what the programs do not need.
        let lock = fs::read_to_string(root.join("Cargo.lock")).context("cannot read Cargo.lock")?;
        if write_if_different(&place.join("Cargo.lock.whole"), &lock)? {
            fs::write(place.join("Cargo.lock"), &lock)?;
        }
        Ok(Self { place, programs })
    }
}

fn is_program(manifest: &DocumentMut) -> bool {
    let types = manifest
        .get("lib")
        .and_then(|lib| lib.get("crate-type"))
        .and_then(|types| types.as_array());
    types.is_some_and(|types| types.iter().any(|kind| kind.as_str() == Some("cdylib")))
}

fn read_toml(file: &Path) -> Result<DocumentMut> {
    let text =
        fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    text.parse()
        .with_context(|| format!("{} is not a manifest", file.display()))
}

/// Writes a file unless it has that text already, so that what depends on it stays fresh. True if it wrote.
fn write_if_different(file: &Path, text: &str) -> Result<bool> {
    let same = match fs::read_to_string(file) {
        Ok(present) => present == text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
    };
    if !same {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(!same)
}
