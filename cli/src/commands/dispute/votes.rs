//! Votes that are committed and not revealed: what of them nobody else may know.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use solana_program::pubkey::Pubkey;

use crate::session::Session;

/// Folder beside `endpoints.json`.
const FOLDER: &str = "votes";

/// A choice, and the salt that hides it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// An index from 0 to 4.
    pub choice: u8,
    pub salt: [u8; 32],
}

/// Where votes are kept.
pub struct Votes {
    folder: PathBuf,
}

impl Votes {
    pub fn of(session: &Session) -> Self {
        Self::in_folder(&session.folder)
    }

    fn in_folder(folder: &Path) -> Self {
        Self {
            folder: folder.join(FOLDER),
        }
    }

    /// Where a position's vote in a round is kept.
    pub fn file(&self, dispute: &Pubkey, round: u8, position: &Pubkey) -> PathBuf {
        self.folder
            .join(format!("{dispute}-{round}-{position}.json"))
    }

    /// A vote for `choice` with a salt that is kept by now, readable by its owner alone: that of an earlier try, or a new one.
    pub fn keep(&self, dispute: &Pubkey, round: u8, position: &Pubkey, choice: u8) -> Result<Vote> {
        let file = self.file(dispute, round, position);
        let named = || file.display().to_string();
        if file.exists() {
            let kept = self.read(dispute, round, position)?;
            if kept.choice != choice {
                bail!(
                    "{} keeps another choice of this position in this round: reveal that one, or, where it was never \
                     committed, remove the file",
                    named()
                );
            }
            return Ok(kept);
        }
        let vote = Vote {
            choice,
            salt: rand::random(),
        };
        fs::create_dir_all(&self.folder).with_context(named)?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut kept = options.open(&file).with_context(named)?;
        kept.write_all(&serde_json::to_vec_pretty(&vote)?)
            .with_context(named)?;
        kept.sync_all().with_context(named)?;
        Ok(vote)
    }

    /// The vote that is kept.
    pub fn read(&self, dispute: &Pubkey, round: u8, position: &Pubkey) -> Result<Vote> {
        let file = self.file(dispute, round, position);
        let text = fs::read(&file).with_context(|| {
            let file = file.display();
            format!("{file}: no vote of this position in this round is kept here")
        })?;
        serde_json::from_slice(&text).with_context(|| file.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_vote_is_kept_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let votes = Votes::in_folder(folder.path());
        let (dispute, position) = (Pubkey::new_unique(), Pubkey::new_unique());
        assert!(votes.read(&dispute, 0, &position).is_err());
        let vote = votes.keep(&dispute, 0, &position, 3).unwrap();
        assert_eq!(votes.read(&dispute, 0, &position).unwrap(), vote);
        let file = votes.file(&dispute, 0, &position);
        let mode = fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        assert_eq!(votes.keep(&dispute, 0, &position, 3).unwrap(), vote);
        let refused = votes.keep(&dispute, 0, &position, 1).unwrap_err();
        assert!(refused.to_string().contains("reveal that one"), "{refused}");
        assert_eq!(votes.read(&dispute, 0, &position).unwrap(), vote);
        // Of the next round it is another one.
        let next = votes.keep(&dispute, 1, &position, 1).unwrap();
        assert!(next.salt != vote.salt);
        assert_eq!(votes.read(&dispute, 1, &position).unwrap(), next);
    }
}
