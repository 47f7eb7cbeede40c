//! A content-addressed store in a folder: files named by the SHA-256 of their bytes, as the SDK names them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use pedigree_sdk::manifest;

/// Files named by their hash. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ContentStore {
    folder: PathBuf,
}

impl ContentStore {
    /// Uses `folder`, which need not exist before the first `put`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps `bytes` and returns their SHA-256. Keeping them again changes nothing.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn put(&self, bytes: &[u8]) -> io::Result<[u8; 32]> {
        let hash = manifest::hash(bytes);
        let path = self.path(&hash);
        if path.exists() {
            return Ok(hash);
        }
        let parent = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(parent)?;
        // Whole or not at all, also where the process is killed or two write the same.
        let temporary = parent.join(format!(
            ".{}-{:016x}",
            hex::encode(hash),
            rand::random::<u64>()
        ));
        fs::write(&temporary, bytes)?;
        fs::rename(&temporary, &path)?;
        Ok(hash)
    }

    /// The bytes of a hash, at most `limit` and one more; `None` where they are not here.
    ///
    /// # Errors
    /// Where the file is there and cannot be read.
    pub fn get(&self, hash: &[u8; 32], limit: usize) -> io::Result<Option<Vec<u8>>> {
        let file = match fs::File::open(self.path(hash)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        io::Read::read_to_end(
            &mut io::Read::take(file, (limit as u64).saturating_add(1)),
            &mut bytes,
        )?;
        Ok(Some(bytes))
    }

    fn path(&self, hash: &[u8; 32]) -> PathBuf {
        manifest::path(&self.folder, hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_by_their_hash_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let store = ContentStore::new(folder.path());
        let hash = store.put(b"{}").unwrap();
        assert_eq!(store.put(b"{}").unwrap(), hash);
        assert_eq!(store.get(&hash, 100).unwrap().as_deref(), Some(&b"{}"[..]));
        assert_eq!(store.get(&[0; 32], 100).unwrap(), None);
        assert_eq!(
            store.get(&hash, 0).unwrap().unwrap().len(),
            1,
            "one byte past the limit tells that there is more"
        );
    }
}
