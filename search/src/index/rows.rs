//! What there is of each listing: one thing, or a row of several.

use std::hash::{BuildHasher, Hash};

use hashbrown::DefaultHashBuilder;

/// One value of each listing.
#[derive(Debug, Default)]
pub struct Column<T>(Vec<T>);

impl<T: Copy + Default> Column<T> {
    pub fn get(&self, id: u32) -> T {
        self.0.get(id as usize).copied().unwrap_or_default()
    }

    pub fn set(&mut self, id: u32, value: T) {
        let index = id as usize;
        if index >= self.0.len() {
            self.0.resize(index.saturating_add(1), T::default());
        }
        if let Some(own) = self.0.get_mut(index) {
            *own = value;
        }
    }

    pub fn bytes(&self) -> usize {
        size_of::<T>().saturating_mul(self.0.capacity())
    }
}

/// Whether what a listing has much of is as it was: by a hash with a key of its own, which two states of one listing have in
/// common by chance once in 2^64 changes.
#[derive(Debug, Default)]
pub struct Prints {
    column: Column<u64>,
    hasher: DefaultHashBuilder,
}

impl Prints {
    /// Takes the state that there is now, and says whether it is another.
    pub fn change(&mut self, listing: u32, state: &impl Hash) -> bool {
        let print = self.hasher.hash_one(state);
        let is_new = self.column.get(listing) != print;
        if is_new {
            self.column.set(listing, print);
        }
        is_new
    }

    pub fn bytes(&self) -> usize {
        self.column.bytes()
    }
}

/// Listings of a segment: few enough for it to be rewritten within a moment.
const SEGMENT: u32 = 4_096;

/// A row of values of each listing: rows of neighbours stand together, so that reading one after another is fast.
#[derive(Debug)]
pub struct Rows<T>(Vec<Segment<T>>);

#[derive(Debug)]
struct Segment<T> {
    /// Where each row begins and how long it is.
    spans: Vec<(u32, u32)>,
    values: Vec<T>,
    /// Values that belong to no row any more.
    unused: usize,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy> Rows<T> {
    pub fn get(&self, id: u32) -> &[T] {
        let segment = self.0.get((id / SEGMENT) as usize);
        segment.map_or(&[], |segment| segment.get((id % SEGMENT) as usize))
    }

    pub fn set(&mut self, id: u32, row: &[T]) {
        let index = (id / SEGMENT) as usize;
        if index >= self.0.len() {
            self.0.resize_with(index.saturating_add(1), || Segment {
                spans: vec![(0, 0); SEGMENT as usize],
                values: Vec::new(),
                unused: 0,
            });
        }
        if let Some(segment) = self.0.get_mut(index) {
            segment.set((id % SEGMENT) as usize, row);
        }
    }

    pub fn bytes(&self) -> usize {
        self.0
            .iter()
            .map(|segment| {
                let values = size_of::<T>().saturating_mul(segment.values.capacity());
                values.saturating_add(segment.spans.len().saturating_mul(8))
            })
            .sum()
    }
}

impl<T: Copy> Segment<T> {
    fn get(&self, index: usize) -> &[T] {
        let (start, length) = self.spans.get(index).copied().unwrap_or_default();
        let values = self.values.get(start as usize..).unwrap_or_default();
        values.get(..length as usize).unwrap_or_default()
    }

    fn set(&mut self, index: usize, row: &[T]) {
        let Some((start, length)) = self.spans.get_mut(index) else {
            return;
        };
        let old = *length as usize;
        *length = u32::try_from(row.len()).unwrap_or(u32::MAX);
        let own = self.values.get_mut(*start as usize..).unwrap_or_default();
        if let (true, Some(own)) = (row.len() <= old, own.get_mut(..row.len())) {
            own.copy_from_slice(row);
            self.unused = self.unused.saturating_add(old.saturating_sub(row.len()));
            return;
        }
        self.unused = self.unused.saturating_add(old);
        *start = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        // By an eighth and not by its double: most of a large index is rows.
        if self.values.capacity().saturating_sub(self.values.len()) < row.len() {
            let more = (self.values.len() / 8).max(row.len());
            self.values.reserve_exact(more);
        }
        self.values.extend_from_slice(row);
        if self.unused > self.values.len() / 4 {
            self.compact();
        }
    }

    fn compact(&mut self) {
        let used = self.values.len().saturating_sub(self.unused);
        let mut values = Vec::with_capacity(used.saturating_add(used / 8));
        for index in 0..self.spans.len() {
            let start = u32::try_from(values.len()).unwrap_or(u32::MAX);
            values.extend_from_slice(self.get(index));
            if let Some(span) = self.spans.get_mut(index) {
                span.0 = start;
            }
        }
        self.values = values;
        self.unused = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_grow_and_shrink_stay_as_they_were_last_set() {
        let mut rows = Rows::default();
        let mut last = vec![Vec::new(); 5_000];
        for round in 0..60_000u32 {
            let id = round.wrapping_mul(2_654_435_761) % 5_000;
            let row: Vec<u32> = (0..round % 7).map(|value| value ^ round).collect();
            rows.set(id, &row);
            last[id as usize] = row;
        }
        for (id, row) in (0..).zip(&last) {
            assert_eq!(rows.get(id), row);
        }
        let used: usize = last.iter().map(Vec::len).sum();
        let kept: usize = rows.0.iter().map(|segment| segment.values.len()).sum();
        assert!(kept < used * 2, "{kept} kept for {used}");
        assert!(rows.get(1_000_000).is_empty());
    }
}
