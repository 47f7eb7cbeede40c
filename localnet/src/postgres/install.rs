//! Where PostgreSQL is installed.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::PostgresError;

/// The oldest major version that the schema is written for.
pub(super) const OLDEST: u32 = 15;

/// Packages put the server outside PATH, each in its own place.
const FOLDERS: [&str; 4] = [
    "/usr/lib/postgresql",
    "/usr/pgsql",
    "/opt/homebrew/opt",
    "/usr/local/opt",
];

#[derive(Debug)]
pub(super) struct Installation {
    bin: PathBuf,
    major: u32,
}

impl Installation {
    /// The newest installation that is new enough. `PEDIGREE_POSTGRES_BIN` names another.
    pub(super) fn find() -> Result<Self, PostgresError> {
        let candidates = match env::var_os("PEDIGREE_POSTGRES_BIN") {
            Some(folder) => vec![PathBuf::from(folder)],
            None => candidates(),
        };
        candidates
            .iter()
            .filter_map(|bin| Self::at(bin))
            .filter(|found| found.major >= OLDEST)
            .max_by_key(|found| found.major)
            .ok_or_else(|| PostgresError::NotInstalled {
                looked_in: "PATH, /usr/lib/postgresql/*/bin, PEDIGREE_POSTGRES_BIN".to_owned(),
            })
    }

    fn at(bin: &Path) -> Option<Self> {
        // A link on PATH may lead to one program alone: the others are beside its target.
        let postgres = fs::canonicalize(bin.join("postgres")).ok()?;
        let bin = postgres.parent()?.to_path_buf();
        if !bin.join("initdb").exists() {
            return None;
        }
        let output = Command::new(&postgres).arg("--version").output().ok()?;
        let major = major_version(&String::from_utf8_lossy(&output.stdout))?;
        Some(Self { bin, major })
    }

    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }

    /// Refuses a cluster that another major version wrote.
    pub(super) fn check_version_of(&self, data: &Path) -> Result<(), PostgresError> {
        match fs::read_to_string(data.join("PG_VERSION")) {
            Ok(found) if found.trim() != self.major.to_string() => {
                Err(PostgresError::OtherVersion {
                    path: data.to_path_buf(),
                    found: found.trim().to_owned(),
                    installed: self.major,
                })
            }
            _ => Ok(()),
        }
    }
}

fn candidates() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in FOLDERS {
        let Ok(entries) = fs::read_dir(folder) else {
            continue;
        };
        found.extend(entries.flatten().map(|entry| entry.path().join("bin")));
    }
    if let Some(path) = env::var_os("PATH") {
        found.extend(env::split_paths(&path));
    }
    found
}

/// The 15 of `postgres (PostgreSQL) 15.4 (Debian 15.4-1)` or of `postgres (PostgreSQL) 18beta1`.
fn major_version(line: &str) -> Option<u32> {
    let version = line.split_whitespace().nth(2)?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major_version;

    #[test]
    fn major_version_is_read_from_release_beta_and_vendor_lines() {
        assert_eq!(
            major_version("postgres (PostgreSQL) 15.4 (Debian 15.4-1)"),
            Some(15)
        );
        assert_eq!(major_version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_version("postgres: not found"), None);
    }
}
