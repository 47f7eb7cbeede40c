//! One `pedigree up` at a time in a data directory.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read, Seek, Write},
    path::Path,
};

use anyhow::{Context, Result, bail};

/// Held until dropped; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "holding the file open is its use")] File);

impl Lock {
    /// # Errors
    /// When another process holds the directory, or the file cannot be made.
    pub fn take(folder: &Path) -> Result<Self> {
        let path = folder.join("up.lock");
        let describe = || path.display().to_string();
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(describe)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                // The number only helps the message.
                let _ = file.read_to_string(&mut owner);
                bail!(
                    "{} is in use by another `pedigree up` (process {}): stop it, or choose \
                     another --data-dir",
                    folder.display(),
                    owner.trim()
                );
            }
            Err(TryLockError::Error(error)) => return Err(error).with_context(describe),
        }
        let write = |file: &mut File| -> io::Result<()> {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())
        };
        write(&mut file).with_context(describe)?;
        Ok(Self(file))
    }
}

#[cfg(test)]
mod tests {
    use super::Lock;

    #[test]
    fn a_second_up_on_one_directory_is_refused_until_the_first_ends() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let error = Lock::take(folder.path()).unwrap_err().to_string();
        assert!(error.contains(&std::process::id().to_string()), "{error}");
        drop(first);
        Lock::take(folder.path()).unwrap();
    }
}
