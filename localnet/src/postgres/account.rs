//! The account that the server runs as, and the folders it can reach.

use std::{
    fs,
    os::unix::{
        ffi::OsStrExt,
        fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use sha2::{Digest, Sha256};

use super::PostgresError;

/// The user and group to switch to, or none when this process is unprivileged already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    switch: Option<(u32, u32)>,
}

impl Account {
    /// The owner of an earlier cluster in `folder`, otherwise any unprivileged account.
    pub(super) fn for_server(folder: &Path) -> Result<Self, PostgresError> {
        let account = Self::unprivileged()?;
        match (account.switch, fs::metadata(folder.join("data"))) {
            (Some(_), Ok(data)) if data.uid() != 0 => Ok(Self {
                switch: Some((data.uid(), data.gid())),
            }),
            _ => Ok(account),
        }
    }

    /// This process's own account, or for root that of `postgres` or `nobody`.
    pub(super) fn unprivileged() -> Result<Self, PostgresError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self { switch: None });
        }
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let ids = ["postgres", "nobody"]
            .iter()
            .find_map(|name| ids_of(name, &users))
            .ok_or(PostgresError::NoAccount)?;
        Ok(Self { switch: Some(ids) })
    }

    /// Makes `command` run as this account.
    pub(super) fn apply(&self, command: &mut Command) {
        if let Some((user, group)) = self.switch {
            // Setting the user drops root's supplementary groups as well.
            command.uid(user).gid(group);
        }
        command.current_dir("/");
    }

    /// `folder` itself, or where this account cannot enter it, a stand-in under `/var/tmp`.
    pub(super) fn reachable(&self, folder: &Path) -> Result<PathBuf, PostgresError> {
        fs::create_dir_all(folder).map_err(PostgresError::io(folder))?;
        let folder = fs::canonicalize(folder).map_err(PostgresError::io(folder))?;
        if self.switch.is_none() {
            return Ok(folder);
        }
        let parent = folder.parent().unwrap_or(&folder);
        let mut probe = Command::new("test");
        probe.arg("-x").arg(parent).stderr(Stdio::null());
        self.apply(&mut probe);
        if probe.status().map_err(PostgresError::io(parent))?.success() {
            return Ok(folder);
        }
        Ok(stand_in(&folder))
    }

    /// Makes `folder` when missing and gives it to this account alone.
    pub(super) fn own(&self, folder: &Path) -> Result<(), PostgresError> {
        let io = || PostgresError::io(folder);
        if !folder.exists() {
            fs::DirBuilder::new()
                .mode(0o700)
                .create(folder)
                .map_err(io())?;
        }
        // The stand-in's name can be guessed: whoever made it first must not own our data.
        let owner = fs::symlink_metadata(folder).map_err(io())?.uid();
        let (user, group) = match self.switch {
            Some(ids) => ids,
            None => return Ok(()),
        };
        if owner != 0 && owner != user {
            return Err(PostgresError::ForeignFolder {
                path: folder.to_path_buf(),
                owner,
            });
        }
        chown(folder, Some(user), Some(group)).map_err(io())?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(io())
    }

    /// A new folder with a short, unguessable name, this account's alone.
    pub(super) fn temporary_folder(&self, prefix: &str) -> Result<PathBuf, PostgresError> {
        let base = Path::new("/tmp");
        let folder = tempfile::Builder::new()
            .prefix(prefix)
            .tempdir_in(base)
            .map_err(PostgresError::io(base))?
            .keep();
        self.own(&folder)?;
        Ok(folder)
    }
}

/// The same for a folder for ever, so that a later release finds what an earlier one kept there.
fn stand_in(folder: &Path) -> PathBuf {
    let hash = Sha256::digest(folder.as_os_str().as_bytes());
    let name: String = hash
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Path::new("/var/tmp").join(format!("pedigree-{name}"))
}

/// User and group id of `name` in the text of a passwd file.
fn ids_of(name: &str, users: &str) -> Option<(u32, u32)> {
    let line = users
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{ids_of, stand_in};

    #[test]
    fn a_folders_stand_in_never_changes() {
        assert_eq!(
            stand_in(Path::new("/root/project/.pedigree/postgres")),
            Path::new("/var/tmp/pedigree-efd7af39308a0ebc")
        );
    }

    #[test]
    fn ids_are_those_of_the_whole_name_only() {
        let users = "nobodyelse:x:7:8::/:\nnobody:x:65534:65533::/:\nbroken\n";
        assert_eq!(ids_of("nobody", users), Some((65534, 65533)));
        assert_eq!(ids_of("broken", users), None);
        assert_eq!(ids_of("postgres", users), None);
    }
}
