//! Listings' names, and numbers that sort as they do.

use std::{collections::BTreeMap, sync::Arc};

use super::{rows::Column, set::Set};

/// From the last name's label to that of one after it, at most.
const STRIDE: u64 = 1 << 44;
/// Names in another's place that are always borne with.
const CROWDED: usize = if cfg!(test) { 8 } else { 1_000 };

#[derive(Debug, Default)]
pub struct Names {
    /// In the order of their code points.
    ids: BTreeMap<Arc<str>, u32>,
    names: Vec<Name>,
    free: Vec<u32>,
    column: Column<u32>,
    /// Names that have got the label of the one before, as there was none between.
    crowded: usize,
}

#[derive(Debug)]
struct Name {
    text: Arc<str>,
    /// No name has a lower one than a name before it. Those of one label have to be read to be told apart.
    label: u64,
    listings: Set,
}

impl Names {
    /// Whether it is another name than before.
    pub fn put(&mut self, listing: u32, name: &str) -> bool {
        let old = self.names.get(self.column.get(listing) as usize);
        // A listing that has none yet is in no name's set, whichever its column points to.
        if let Some(old) = old.filter(|old| old.listings.contains(listing)) {
            if *old.text == *name {
                return false;
            }
            self.remove(listing);
        }
        let id = match self.ids.get(name) {
            Some(id) => *id,
            None => self.add(name),
        };
        if let Some(own) = self.names.get_mut(id as usize) {
            own.listings.insert(listing);
        }
        self.column.set(listing, id);
        true
    }

    /// Takes the name from a listing that has one.
    pub fn remove(&mut self, listing: u32) {
        let id = self.column.get(listing);
        let Some(name) = self.names.get_mut(id as usize) else {
            return;
        };
        name.listings.remove(listing);
        if name.listings.is_empty() && self.ids.remove(&name.text).is_some() {
            name.text = Arc::from("");
            self.free.push(id);
        }
    }

    pub fn listings(&self, name: &str) -> Option<&Set> {
        let id = self.ids.get(name)?;
        Some(&self.names.get(*id as usize)?.listings)
    }

    pub fn text(&self, listing: u32) -> &str {
        let name = self.names.get(self.column.get(listing) as usize);
        name.map_or("", |name| &*name.text)
    }

    /// The same, to be kept. `None` without a name.
    pub fn shared(&self, listing: u32) -> Option<Arc<str>> {
        let name = self.names.get(self.column.get(listing) as usize)?;
        name.listings.contains(listing).then(|| name.text.clone())
    }

    pub fn label(&self, listing: u32) -> u64 {
        let name = self.names.get(self.column.get(listing) as usize);
        name.map_or(0, |name| name.label)
    }

    /// The label of the last name up to this one, if any is.
    pub fn label_up_to(&self, name: &str) -> Option<u64> {
        let bounds = (std::ops::Bound::Unbounded, std::ops::Bound::Included(name));
        let (_, id) = self.ids.range::<str, _>(bounds).next_back()?;
        Some(self.names.get(*id as usize)?.label)
    }

    fn add(&mut self, name: &str) -> u32 {
        let label_of = |id: &u32| self.names.get(*id as usize).map_or(0, |name| name.label);
        let before = self.label_up_to(name);
        let after = (std::ops::Bound::Excluded(name), std::ops::Bound::Unbounded);
        let after = self.ids.range::<str, _>(after).next();
        let after = after.map(|(_, id)| label_of(id));
        let low = before.unwrap_or(0);
        let room = after.unwrap_or(u64::MAX).saturating_sub(low) / 2;
        let label = low.saturating_add(match after {
            Some(_) => room,
            None => room.min(STRIDE),
        });
        let is_crowded = before == Some(label) || after == Some(label);
        let text: Arc<str> = Arc::from(name);
        let own = Name {
            text: text.clone(),
            label,
            listings: Set::default(),
        };
        let id = match self.free.pop() {
            Some(id) => id,
            None => u32::try_from(self.names.len()).unwrap_or(u32::MAX),
        };
        match self.names.get_mut(id as usize) {
            Some(free) => *free = own,
            None => self.names.push(own),
        }
        self.ids.insert(text, id);
        self.crowded = self.crowded.saturating_add(usize::from(is_crowded));
        if self.crowded > CROWDED.saturating_add(self.ids.len() / 64) {
            self.spread();
        }
        id
    }

    /// Labels all names anew, the same distance apart.
    fn spread(&mut self) {
        let count = (self.ids.len() as u64).saturating_add(1);
        let distance = (u64::MAX / 2 / count).max(1);
        let mut label = 0u64;
        for id in self.ids.values() {
            label = label.saturating_add(distance);
            if let Some(name) = self.names.get_mut(*id as usize) {
                name.label = label;
            }
        }
        self.crowded = 0;
    }

    pub fn bytes(&self) -> usize {
        let text = |name: &Name| name.text.len().saturating_add(24);
        let owned: usize = self
            .names
            .iter()
            .map(|name| text(name).saturating_add(name.listings.bytes()))
            .sum();
        owned
            .saturating_add(self.ids.len().saturating_mul(32))
            .saturating_add(size_of::<Name>().saturating_mul(self.names.capacity()))
            .saturating_add(self.column.bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_never_contradict_the_order_of_names() {
        let mut names = Names::default();
        // Always right after the first: the room between two names is soon used up.
        for listing in 0..6_000u32 {
            let name = match listing % 3 {
                0 => format!("b{:06}", 10_000 - listing),
                1 => format!("b{listing:06}"),
                _ => format!("{}", listing.wrapping_mul(2_654_435_761)),
            };
            names.put(listing, &name);
            if listing % 5 == 4 {
                names.remove(listing);
            }
        }
        let labels: Vec<u64> = names
            .ids
            .values()
            .map(|id| names.names[*id as usize].label)
            .collect();
        assert!(labels.is_sorted());
        let different: std::collections::HashSet<_> = labels.iter().collect();
        assert!(different.len() + CROWDED + labels.len() / 64 >= labels.len());
    }
}
