//! Values by small numbers, which are used again once a value is gone.

use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, Equivalent, HashTable};

/// Values, each with what is kept of it.
#[derive(Debug)]
pub struct Dictionary<K, V> {
    ids: HashTable<u32>,
    entries: Vec<Option<(K, V)>>,
    free: Vec<u32>,
    hasher: DefaultHashBuilder,
}

impl<K, V> Default for Dictionary<K, V> {
    fn default() -> Self {
        Self {
            ids: HashTable::new(),
            entries: Vec::new(),
            free: Vec::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }
}

impl<K: Hash + Eq, V: Default> Dictionary<K, V> {
    pub fn find<Q: Hash + Equivalent<K> + ?Sized>(&self, key: &Q) -> Option<u32> {
        self.ids
            .find(self.hasher.hash_one(key), |id| {
                self.key(*id).is_some_and(|own| key.equivalent(own))
            })
            .copied()
    }

    /// The number of a value, which it has from now on.
    pub fn intern<Q>(&mut self, key: &Q, make: impl FnOnce(&Q) -> K) -> u32
    where
        Q: Hash + Equivalent<K> + ?Sized,
    {
        if let Some(id) = self.find(key) {
            return id;
        }
        let entry = Some((make(key), V::default()));
        let id = match self.free.pop() {
            Some(id) => id,
            // More than 2^32 values fit into no memory that there is.
            None => u32::try_from(self.entries.len()).unwrap_or(u32::MAX),
        };
        match self.entries.get_mut(id as usize) {
            Some(free) => *free = entry,
            None => self.entries.push(entry),
        }
        let (entries, hasher) = (&self.entries, &self.hasher);
        self.ids
            .insert_unique(hasher.hash_one(key), id, |id| hash(hasher, entries, *id));
        id
    }

    /// Gives up a value and its number.
    pub fn forget(&mut self, id: u32) {
        let hash = hash(&self.hasher, &self.entries, id);
        if let Ok(entry) = self.ids.find_entry(hash, |one| *one == id) {
            entry.remove();
            self.free.push(id);
            if let Some(entry) = self.entries.get_mut(id as usize) {
                *entry = None;
            }
        }
    }

    pub fn key(&self, id: u32) -> Option<&K> {
        Some(&self.entries.get(id as usize)?.as_ref()?.0)
    }

    pub fn get(&self, id: u32) -> Option<&V> {
        Some(&self.entries.get(id as usize)?.as_ref()?.1)
    }

    pub fn get_mut(&mut self, id: u32) -> Option<&mut V> {
        Some(&mut self.entries.get_mut(id as usize)?.as_mut()?.1)
    }

    pub fn iter(&self) -> impl Iterator<Item = (u32, &K, &V)> {
        (0u32..)
            .zip(&self.entries)
            .filter_map(|(id, entry)| entry.as_ref().map(|(key, value)| (id, key, value)))
    }

    /// One more than the greatest number in use.
    pub fn bound(&self) -> usize {
        self.entries.len()
    }

    /// Bytes, about, with what the values own.
    pub fn bytes(&self, own: impl Fn(&K, &V) -> usize) -> usize {
        let table = self.ids.capacity().saturating_mul(6);
        let entries = size_of::<Option<(K, V)>>().saturating_mul(self.entries.capacity());
        let owned: usize = self.iter().map(|(_, key, value)| own(key, value)).sum();
        table.saturating_add(entries).saturating_add(owned)
    }
}

fn hash<K: Hash, V>(hasher: &DefaultHashBuilder, entries: &[Option<(K, V)>], id: u32) -> u64 {
    match entries.get(id as usize) {
        Some(Some((key, _))) => hasher.hash_one(key),
        _ => 0,
    }
}

/// As texts are kept.
pub fn boxed(text: &str) -> Box<str> {
    Box::from(text)
}
