//! Attributes: each value, and numbers and dates in their order.

use std::borrow::Cow;

use roaring::RoaringBitmap;

use super::{
    dictionary::{Dictionary, boxed},
    ordered::Ordered,
    rows::Prints,
    set::Set,
    values::{Change, Several, ordered},
};
use crate::{Attribute, Bound, Decimal, Scalar, Test, date};

#[derive(Debug, Default)]
pub struct Attributes {
    names: Dictionary<Box<str>, Name>,
    /// By the number of their name.
    values: Several<(u32, Scalar)>,
    prints: Prints,
}

#[derive(Debug, Default)]
struct Name {
    /// How often a listing has a value of it.
    uses: usize,
    numbers: Ordered<Decimal>,
    dates: Ordered<i128>,
}

/// What a value is in the order of.
enum Place {
    Number(Decimal),
    Date(i128),
    None,
}

impl Place {
    fn of(value: &Scalar) -> Self {
        match value {
            Scalar::Number(number) => Self::Number(number.clone()),
            Scalar::Text(text) => date::parse(text).map_or(Self::None, Self::Date),
            Scalar::Boolean(_) | Scalar::Null => Self::None,
        }
    }
}

impl Attributes {
    pub fn put(&mut self, listing: u32, attributes: Vec<(String, Vec<Scalar>)>) {
        if !self.prints.change(listing, &attributes) {
            return;
        }
        let mut ids = Vec::with_capacity(attributes.len());
        for (name, values) in attributes {
            if values.is_empty() {
                continue;
            }
            let name = self.names.intern(name.as_str(), boxed);
            for value in values {
                let value = (name, value);
                ids.push(self.values.values.intern(&value, Clone::clone));
            }
        }
        let ids = ordered(ids);
        let change = Change::between(self.values.ids(listing), &ids);
        if change.is_none() {
            return;
        }
        let removed: Vec<(u32, u32, Place)> = change
            .removed
            .iter()
            .filter_map(|id| {
                let (name, value) = self.values.values.key(*id)?;
                Some((*id, *name, Place::of(value)))
            })
            .collect();
        for id in &change.added {
            if let Some((name, _)) = self.values.values.key(*id)
                && let Some(name) = self.names.get_mut(*name)
            {
                name.uses = name.uses.saturating_add(1);
            }
        }
        self.values.put(listing, &ids);
        for (id, name, place) in removed {
            self.take(listing, id, name, place);
        }
        // Those that were there before too: they may share a block with one that is gone.
        for id in ids {
            self.place(listing, id);
        }
    }

    fn place(&mut self, listing: u32, id: u32) {
        let values = &self.values.values;
        let Some((name, value)) = values.key(id) else {
            return;
        };
        let Some(name) = self.names.get_mut(*name) else {
            return;
        };
        let sets = |id| values.get(id);
        match Place::of(value) {
            Place::Number(number) => name.numbers.add((number, id), listing, sets),
            Place::Date(date) => name.dates.add((date, id), listing, sets),
            Place::None => {}
        }
    }

    fn take(&mut self, listing: u32, id: u32, name_id: u32, place: Place) {
        let is_gone = self.values.values.get(id).is_none();
        let Some(name) = self.names.get_mut(name_id) else {
            return;
        };
        match place {
            Place::Number(number) => name.numbers.take(&(number, id), listing, is_gone),
            Place::Date(date) => name.dates.take(&(date, id), listing, is_gone),
            Place::None => {}
        }
        name.uses = name.uses.saturating_sub(1);
        if name.uses == 0 {
            self.names.forget(name_id);
        }
    }

    pub fn listings(&self, attribute: &Attribute) -> Cow<'_, RoaringBitmap> {
        let values = &self.values.values;
        let Some(id) = self.names.find(attribute.name.as_str()) else {
            return Cow::default();
        };
        let Some(name) = self.names.get(id) else {
            return Cow::default();
        };
        let sets = |id| values.get(id);
        let bound = match &attribute.test {
            Test::Equals(value) => {
                let listings = values.listings(&(id, value.clone()));
                return listings.map_or_else(Cow::default, Set::bitmap);
            }
            Test::AtLeast(Bound::Number(number)) => name.numbers.from(number, sets),
            Test::AtLeast(Bound::Date(date)) => name.dates.from(date, sets),
            Test::AtMost(Bound::Number(number)) => name.numbers.up_to(number, sets),
            Test::AtMost(Bound::Date(date)) => name.dates.up_to(date, sets),
        };
        Cow::Owned(bound)
    }

    pub fn bytes(&self) -> usize {
        let names = self.names.bytes(|name, of_name| {
            let numbers = of_name.numbers.bytes();
            name.len()
                .saturating_add(numbers)
                .saturating_add(of_name.dates.bytes())
        });
        let values = self.values.bytes(|(_, value)| match value {
            Scalar::Text(text) => text.capacity().saturating_add(8),
            // But for the few that are long.
            Scalar::Number(_) | Scalar::Boolean(_) | Scalar::Null => 0,
        });
        names
            .saturating_add(values)
            .saturating_add(self.prints.bytes())
    }
}
