//! Sets of ids that cost little while they are small: most words, names and values are one listing's or few listings' own.

use std::borrow::Cow;

use roaring::RoaringBitmap;

use crate::deadline::Steps;

/// Ids of a list at most; more are a bitmap. (Here as elsewhere: fewer in tests, which so come upon both.)
const FEW: usize = if cfg!(test) { 4 } else { 32 };

/// Ids from which on it is faster to set bits than to add to a bitmap.
const DENSE: u64 = if cfg!(test) { 40 } else { 4_096 };

/// Sixteen bytes: there are millions of sets.
#[derive(Clone, Debug, Default)]
#[allow(clippy::box_collection)]
pub enum Set {
    #[default]
    Empty,
    One(u32),
    /// In their order.
    Few(Box<Vec<u32>>),
    Many(Box<RoaringBitmap>),
}

impl Set {
    pub fn insert(&mut self, id: u32) {
        match self {
            Self::Empty => *self = Self::One(id),
            Self::One(only) if *only != id => {
                *self = Self::Few(Box::new(vec![id.min(*only), id.max(*only)]));
            }
            Self::One(_) => {}
            Self::Few(ids) => {
                if let Err(place) = ids.binary_search(&id) {
                    ids.insert(place, id);
                }
                if ids.len() > FEW {
                    *self = Self::Many(Box::new(ids.iter().copied().collect()));
                }
            }
            Self::Many(ids) => {
                // New listings mostly have the greatest ids: no search for their place.
                if ids.try_push(id).is_err() {
                    ids.insert(id);
                }
            }
        }
    }

    pub fn remove(&mut self, id: u32) {
        match self {
            Self::One(only) if *only == id => *self = Self::Empty,
            Self::Empty | Self::One(_) => {}
            Self::Few(ids) => {
                ids.retain(|one| *one != id);
                if let [only] = ids.as_slice() {
                    *self = Self::One(*only);
                }
            }
            Self::Many(ids) => {
                // Half of what makes a bitmap, so that a set that wavers does not become one again and again.
                if ids.remove(id) && ids.len() <= FEW as u64 / 2 {
                    *self = Self::Few(Box::new(ids.iter().collect()));
                }
            }
        }
    }

    pub fn contains(&self, id: u32) -> bool {
        match self {
            Self::Empty => false,
            Self::One(only) => *only == id,
            Self::Few(ids) => ids.binary_search(&id).is_ok(),
            Self::Many(ids) => ids.contains(id),
        }
    }

    pub fn len(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::One(_) => 1,
            Self::Few(ids) => ids.len() as u64,
            Self::Many(ids) => ids.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    pub fn for_each(&self, mut with: impl FnMut(u32)) {
        match self {
            Self::Empty => {}
            Self::One(id) => with(*id),
            Self::Few(ids) => ids.iter().for_each(|id| with(*id)),
            Self::Many(ids) => ids.iter().for_each(with),
        }
    }

    /// Whether any of them passes a test. It looks no further than that one.
    pub fn any(&self, mut test: impl FnMut(u32) -> bool) -> bool {
        match self {
            Self::Empty => false,
            Self::One(id) => test(*id),
            Self::Few(ids) => ids.iter().any(|id| test(*id)),
            Self::Many(ids) => ids.iter().any(test),
        }
    }

    pub fn bitmap(&self) -> Cow<'_, RoaringBitmap> {
        match self {
            Self::Empty => Cow::default(),
            Self::One(id) => Cow::Owned(RoaringBitmap::from([*id])),
            Self::Few(ids) => Cow::Owned(ids.iter().copied().collect()),
            Self::Many(ids) => Cow::Borrowed(ids),
        }
    }

    /// Adds all of them to others.
    pub fn union_into(&self, ids: &mut RoaringBitmap) {
        match self {
            Self::Many(own) => *ids |= &**own,
            _ => self.for_each(|id| {
                ids.insert(id);
            }),
        }
    }

    /// Bytes on the heap, about.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Empty | Self::One(_) => 0,
            Self::Few(ids) => ids.capacity().saturating_mul(4).saturating_add(40),
            // A container's head is a fourth as large again as what is written of it.
            Self::Many(ids) => {
                let containers = ids.statistics().n_containers as usize;
                ids.serialized_size()
                    .saturating_add(containers.saturating_mul(40))
                    .saturating_add(64)
            }
        }
    }
}

/// All that any of several sets holds.
pub fn union<'a>(sets: impl IntoIterator<Item = &'a Set>) -> Cow<'a, RoaringBitmap> {
    let mut sets = sets.into_iter();
    let Some(first) = sets.next() else {
        return Cow::default();
    };
    let mut all = first.bitmap();
    for set in sets {
        set.union_into(all.to_mut());
    }
    all
}

/// Those of several sets that all of them hold, the smallest set first.
pub fn intersection(mut sets: Vec<Cow<'_, RoaringBitmap>>) -> RoaringBitmap {
    sets.sort_by_cached_key(|set| set.len());
    let mut sets = sets.into_iter();
    let mut all = match (sets.next(), sets.next()) {
        (Some(first), Some(second)) => &*first & &*second,
        (Some(only), None) => return only.into_owned(),
        _ => return RoaringBitmap::new(),
    };
    for set in sets {
        if all.is_empty() {
            break;
        }
        all &= &*set;
    }
    all
}

/// Those that pass a test.
pub fn retain(ids: &RoaringBitmap, test: impl Fn(u32) -> bool) -> RoaringBitmap {
    if ids.len() < DENSE {
        // Of few, a test may take long.
        let mut steps = Steps::every(64);
        return ids
            .iter()
            .filter(|id| !steps.are_over() && test(*id))
            .collect();
    }
    let mut bits = Bits::default();
    bits.retain(ids, test);
    bits.bitmap()
}

/// A set in the making, a bit for each id up to the greatest: what comes from hundreds of sets, or in no order, is gathered in
/// it at a nanosecond or two an id, where a bitmap would make room for it again and again.
#[derive(Debug, Default)]
pub struct Bits(Vec<u8>);

impl Bits {
    /// Whether it is a new one.
    pub fn insert(&mut self, id: u32) -> bool {
        self.reach(id);
        let Some(byte) = self.0.get_mut(id as usize / 8) else {
            return false;
        };
        let bit = 1 << (id % 8);
        let is_new = *byte & bit == 0;
        *byte |= bit;
        is_new
    }

    pub fn extend(&mut self, set: &Set) {
        match set {
            Set::Many(ids) => self.retain(ids, |_| true),
            few => few.for_each(|id| {
                self.insert(id);
            }),
        }
    }

    /// Adds those that pass a test.
    pub fn retain(&mut self, ids: &RoaringBitmap, test: impl Fn(u32) -> bool) {
        self.reach(ids.max().unwrap_or(0));
        let mut steps = Steps::default();
        ids.iter().for_each(|id| {
            if let (false, Some(byte)) = (steps.are_over(), self.0.get_mut(id as usize / 8)) {
                *byte |= u8::from(test(id)) << (id % 8);
            }
        });
    }

    /// Makes room for an id.
    fn reach(&mut self, id: u32) {
        let index = id as usize / 8;
        if index >= self.0.len() {
            self.0.resize(index.saturating_add(1), 0);
        }
    }

    pub fn bitmap(&self) -> RoaringBitmap {
        RoaringBitmap::from_lsb0_bytes(0, &self.0)
    }
}
