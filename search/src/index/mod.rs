//! The index: for whatever a search asks for, the listings that are so.

mod attributes;
mod bins;
mod columns;
mod dictionary;
mod graph;
mod names;
mod ordered;
mod orders;
mod phrases;
mod rows;
mod set;
mod terms;
mod values;
mod words;

use attributes::Attributes;
use columns::Columns;
use dictionary::boxed;
use graph::Graph;
use names::Names;
use orders::Orders;
use terms::Terms;
use values::{Several, ordered};
use words::Words;

pub(crate) use bins::{Bins, Range};
pub(crate) use set::{Set, intersection, retain, union};
pub(crate) use terms::Selection;
pub(crate) use values::{Single, Values};
pub(crate) use words::Part;

use crate::{Address, Listing};

/// All listings, ready to be searched.
#[derive(Debug, Default)]
pub struct Index {
    pub(crate) graph: Graph,
    pub(crate) columns: Columns,
    pub(crate) orders: Orders,
    pub(crate) words: Words,
    pub(crate) names: Names,
    pub(crate) lower_names: Single<Box<str>>,
    pub(crate) kinds: Single<Box<str>>,
    pub(crate) statuses: Single<Box<str>>,
    pub(crate) licenses: Single<Box<str>>,
    pub(crate) publishers: Single<Address>,
    pub(crate) publisher_names: Single<Box<str>>,
    pub(crate) keys: Single<[u8; 32]>,
    pub(crate) tags: Several<Box<str>>,
    pub(crate) attributes: Attributes,
    pub(crate) terms: Terms,
}

impl Index {
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a listing as it now is in the place of what it was.
    pub fn put(&mut self, listing: Listing) {
        let old = self.graph.find(&listing.address);
        let old = old.map(|id| self.columns.keys(id));
        let id = self.graph.put(&listing.address, &listing.parents);
        self.columns.put(id, &listing);
        self.orders.put(id, old, &self.columns, &self.graph);
        let old = self.names.shared(id);
        if self.names.put(id, &listing.name) {
            let lower = listing.name.to_lowercase();
            self.lower_names.put(id, Some(lower.as_str()), boxed);
            self.orders.rename(id, old, &self.names, &self.graph);
        }
        self.words.put(id, &listing.document);
        self.kinds.put(id, Some(listing.kind.as_str()), boxed);
        self.statuses.put(id, Some(listing.status.as_str()), boxed);
        self.licenses.put(id, listing.license.as_deref(), boxed);
        self.publishers
            .put(id, Some(&listing.publisher), |own| *own);
        self.publisher_names
            .put(id, listing.publisher_name.as_deref(), boxed);
        self.keys.put(id, Some(&listing.key), |own| *own);
        let tags = listing.tags.iter();
        let tags = ordered(tags.map(|tag| self.tags.values.intern(tag.as_str(), boxed)));
        self.tags.put(id, &tags);
        self.attributes.put(id, listing.attributes);
        let address = |id| self.graph.address(id);
        self.terms.put(id, &listing.terms, address);
    }

    /// Forgets a listing. Those that descend from it do so on.
    pub fn remove(&mut self, address: &Address) {
        let Some(id) = self.graph.find(address) else {
            return;
        };
        let (keys, name) = (self.columns.keys(id), self.names.shared(id));
        self.orders.remove(id, keys, name, *address);
        self.columns.remove(id);
        self.names.remove(id);
        self.words.put(id, &Default::default());
        for texts in [
            &mut self.lower_names,
            &mut self.kinds,
            &mut self.statuses,
            &mut self.licenses,
            &mut self.publisher_names,
        ] {
            texts.put(id, None::<&str>, boxed);
        }
        for addresses in [&mut self.publishers, &mut self.keys] {
            addresses.put(id, None::<&Address>, |own| *own);
        }
        self.tags.put(id, &[]);
        self.attributes.put(id, Vec::new());
        self.terms.put(id, &[], |id| self.graph.address(id));
        // Last: from then on its number may be another's.
        self.graph.remove(id);
    }

    /// Number of listings.
    pub fn len(&self) -> usize {
        self.graph.listed().len() as usize
    }

    pub fn is_empty(&self) -> bool {
        self.graph.listed().is_empty()
    }

    /// Bytes that it takes, about. It looks at every set: not to be asked for often.
    pub fn memory(&self) -> usize {
        self.memory_parts().iter().map(|(_, bytes)| bytes).sum()
    }

    /// The same by what takes it.
    pub fn memory_parts(&self) -> [(&'static str, usize); 15] {
        [
            ("lineage", self.graph.bytes()),
            ("columns", self.columns.bytes()),
            ("orders", self.orders.bytes()),
            ("words", self.words.bytes()),
            ("names", self.names.bytes()),
            ("lower_names", self.lower_names.bytes(size)),
            ("kinds", self.kinds.bytes(size)),
            ("statuses", self.statuses.bytes(size)),
            ("licenses", self.licenses.bytes(size)),
            ("publishers", self.publishers.bytes(|_| 0)),
            ("publisher_names", self.publisher_names.bytes(size)),
            ("keys", self.keys.bytes(|_| 0)),
            ("tags", self.tags.bytes(size)),
            ("attributes", self.attributes.bytes()),
            ("terms", self.terms.bytes()),
        ]
    }
}

/// Of a text on the heap, with what the allocator adds.
#[allow(clippy::borrowed_box)]
fn size(text: &Box<str>) -> usize {
    text.len().saturating_add(16)
}
