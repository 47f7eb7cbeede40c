//! A listing's place under a sort, as a cursor carries it.

use borsh::{BorshDeserialize, BorshSerialize};
use pedigree_search::{Address, Key, Place};

#[derive(Clone, Debug, PartialEq, Eq, BorshDeserialize, BorshSerialize)]
pub struct After {
    key: Sorted,
    address: Address,
}

#[derive(Clone, Debug, PartialEq, Eq, BorshDeserialize, BorshSerialize)]
enum Sorted {
    Number(u64),
    Text(String),
}

impl From<&Place> for After {
    fn from(place: &Place) -> Self {
        Self {
            key: match &place.key {
                Key::Number(number) => Sorted::Number(*number),
                Key::Text(text) => Sorted::Text(text.clone()),
            },
            address: place.address,
        }
    }
}

impl From<&After> for Place {
    fn from(after: &After) -> Self {
        Self {
            key: match &after.key {
                Sorted::Number(number) => Key::Number(*number),
                Sorted::Text(text) => Key::Text(text.clone()),
            },
            address: after.address,
        }
    }
}
