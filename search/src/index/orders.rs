//! Listings in the order of each sort, so that a page is found without looking at all that matches.

use std::sync::Arc;

use super::{bins::Bins, columns::Columns, graph::Graph, names::Names};
use crate::{Address, Sort};

/// Sorts by a number that a listing has, whatever is searched for. By relevance: as its rank's listings are.
pub const SORTS: [Sort; 6] = [
    Sort::Relevance,
    Sort::Newest,
    Sort::Rating,
    Sort::Sales,
    Sort::Trending,
    Sort::Quality,
];

#[derive(Debug, Default)]
pub struct Orders {
    numbers: [Bins<(u64, Address)>; SORTS.len()],
    names: Bins<(Arc<str>, Address)>,
}

impl Orders {
    /// Takes a listing to where it is now. `old`: what it was sorted by, if it was a listing.
    pub fn put(&mut self, id: u32, old: Option<[u64; 6]>, columns: &Columns, graph: &Graph) {
        let address = graph.address(id);
        let new = columns.keys(id);
        for (index, (bins, sort)) in self.numbers.iter_mut().zip(SORTS).enumerate() {
            let new = new.get(index).copied().unwrap_or_default();
            if let Some(old) = old.as_ref().and_then(|old| old.get(index)) {
                if *old == new {
                    continue;
                }
                bins.remove(&(*old, address), id);
            }
            let key = |id| [(columns.key(sort, id), graph.address(id))];
            bins.insert(&(new, address), id, key);
        }
    }

    /// The same of its name.
    pub fn rename(&mut self, id: u32, old: Option<Arc<str>>, names: &Names, graph: &Graph) {
        let key = |id| Some((names.shared(id)?, graph.address(id)));
        if let Some(old) = old {
            self.names.remove(&(old, graph.address(id)), id);
        }
        if let Some(new) = key(id) {
            self.names.insert(&new, id, key);
        }
    }

    pub fn remove(&mut self, id: u32, old: [u64; 6], name: Option<Arc<str>>, address: Address) {
        for (bins, old) in self.numbers.iter_mut().zip(old) {
            bins.remove(&(old, address), id);
        }
        if let Some(name) = name {
            self.names.remove(&(name, address), id);
        }
    }

    /// All listings in the order of a sort by a number, if they are kept in it.
    pub fn by_number(&self, sort: Sort) -> Option<&Bins<(u64, Address)>> {
        let index = SORTS.iter().position(|own| *own == sort)?;
        self.numbers.get(index)
    }

    pub fn by_name(&self) -> &Bins<(Arc<str>, Address)> {
        &self.names
    }

    pub fn bytes(&self) -> usize {
        let numbers: usize = self.numbers.iter().map(Bins::bytes).sum();
        numbers.saturating_add(self.names.bytes())
    }
}
