//! The same few phrases again and again, while listings that hold them come, change and go.

use rand::{Rng, seq::IndexedRandom};

use super::{exact::World, world};
use crate::{
    Filter, Request, Sort, Text,
    text::{Document, Field, Query},
};

const TEXTS: [&str; 8] = [
    "a b c", "a b c d", "x a b c", "a b", "b c d", "a b x c", "c b a", "d",
];
const PHRASES: [&str; 6] = [
    "\"a b c\"",
    "\"b c d\"",
    "a-b-c-d",
    "d -\"a b c\"",
    "\"x a b\" or \"a b x c\"",
    "\"a b c\" \"b c d\"",
];

#[test]
fn a_phrase_that_is_asked_for_often_is_answered_as_by_reading_everything_whatever_changed_since() {
    let (mut found, mut emptied) = (0, 0);
    for seed in 0..3 {
        let mut world = World::new(seed);
        for round in 0..600u32 {
            let address = world::address(world.random.random_range(0..40));
            // Now and then they all go, and words with them, whose numbers are others' then.
            if round % 150 > 120 {
                let gone = world.listings.iter().take(2);
                let gone: Vec<_> = gone.map(|listing| listing.address).collect();
                gone.into_iter().for_each(|gone| world.remove(gone));
                emptied += usize::from(world.listings.is_empty());
            } else {
                let mut listing = world::listing(&mut world.random, address);
                listing.document = Document::default();
                for field in [Field::Name, Field::Tags, Field::Rest] {
                    let text = TEXTS.choose(&mut world.random).unwrap();
                    listing.document.add(field, text);
                }
                let other = format!("w{round}");
                listing.document.add(Field::Rest, &other);
                world.put(listing);
            }
            let words = PHRASES.choose(&mut world.random).unwrap();
            let request = Request {
                filter: Filter {
                    text: Some(Text {
                        name: (*words).to_owned(),
                        words: Query::parse(words).ok(),
                    }),
                    statuses: match world.random.random_bool(0.2) {
                        true => vec!["active".to_owned()],
                        false => Vec::new(),
                    },
                    ..Filter::default()
                },
                sort: Sort::Relevance,
                limit: 50,
                ..Request::default()
            };
            found += usize::from(world.check(&request));
        }
    }
    println!("{found} of 1800 found something; {emptied} times all were gone");
    assert!(found > 1_000 && emptied > 0);
}
