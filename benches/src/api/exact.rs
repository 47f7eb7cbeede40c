//! Whether searches answer what reading every listing would: for random queries the first hundred in order, the page behind
//! them by its cursor, how many match, and for some the facets.
//!
//! All listings are read once, a page at a time, and every query is tried on each page: as many listings are in memory as two
//! pages have, whatever the size of the set.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Instant,
};

use anyhow::{Context, Result, bail};
use pedigree_indexer::{
    api::{self, FACETS},
    search::Pages,
};
use pedigree_search::{Address, Answer, Facet, Listing, Place, Request, Value, scan};
use rand::{SeedableRng, rngs::StdRng};
use serde::Serialize;
use sqlx::{Connection, PgConnection};
use tokio::task::JoinSet;

use super::{
    client,
    listings::SEED,
    plain::{Compared, Plain},
    queries::{Ask, base58},
    rows::mint,
    source::Source,
    sql::Guard,
};

/// Hits of a page.
const PAGE: usize = 100;
/// Of so many queries one asks for facets.
const FACETED: usize = 8;
/// Of so many queries one is asked of plain SQL as well, where that has an order for it.
const IN_SQL: usize = 20;
/// Values of each facet.
const VALUES: usize = 20;
/// Readers of the listings, each of an equal part of them: as many as there are cores.
const READERS: u8 = 2;
/// Listings that all queries are tried on before the next: few enough to stay in a core's cache.
const TRIED_AT_ONCE: usize = 250;
/// Of those that differ, so many are told.
const TOLD: usize = 10;

#[derive(Debug, Serialize)]
pub struct Exact {
    pub queries: usize,
    pub mismatches: usize,
    /// Queries that found anything, those with a second page, and those with facets.
    pub found: usize,
    pub second_pages: usize,
    pub faceted: usize,
    pub seconds: f64,
    pub examples: Vec<String>,
}

/// A query, and what was answered.
struct Asked {
    path: String,
    /// Without the descent, which no page of the listings tells.
    request: Request,
    descends_from: Option<Address>,
    answered: Said,
}

/// What is compared.
#[derive(Debug, PartialEq)]
struct Said {
    /// Of the first page and of the second one, where there is one.
    addresses: Vec<String>,
    total: u64,
    facets: Option<Facets>,
}

/// Of each facet values, what they are called, and counts, the greatest first.
type Facets = BTreeMap<&'static str, Vec<(String, Option<String>, u64)>>;

/// Nobody writes to the database meanwhile: all that is read is of one state.
pub async fn compare(url: &str, base: &str, source: &Source<'_>, count: usize) -> Result<Exact> {
    let begun = Instant::now();
    let asked = Arc::new(ask(base, source, count).await?);
    let descendants = Arc::new(descendants(url, &asked).await?);
    let mut reading = JoinSet::new();
    for part in 0..READERS {
        let (url, asked, descendants) = (url.to_owned(), asked.clone(), descendants.clone());
        reading.spawn(async move { read(&url, part, asked, descendants).await });
    }
    let mut expected: Vec<Expected> = asked.iter().map(|_| Expected::default()).collect();
    while let Some(part) = reading.join_next().await {
        for (expected, part) in expected.iter_mut().zip(part??) {
            expected.merge(part);
        }
    }
    let answers = asked.iter().zip(expected);
    let wrong = answers.filter_map(|(asked, expected)| {
        (expected.said(asked) != asked.answered).then(|| asked.path.clone())
    });
    let wrong: Vec<String> = wrong.collect();
    let of = |test: fn(&Asked) -> bool| asked.iter().filter(|asked| test(asked)).count();
    Ok(Exact {
        queries: count,
        mismatches: wrong.len(),
        found: of(|asked| asked.answered.total > 0),
        second_pages: of(|asked| asked.answered.addresses.len() > PAGE),
        faceted: of(|asked| asked.answered.facets.is_some()),
        seconds: begun.elapsed().as_secs_f64(),
        examples: wrong.into_iter().take(TOLD).collect(),
    })
}

/// Random queries in plain SQL, too.
pub async fn in_sql(
    plain: &mut Plain,
    source: &Source<'_>,
    count: usize,
    compared: &mut Compared,
) -> Result<()> {
    let mut random = StdRng::seed_from_u64(SEED << 32);
    for number in 0..count {
        let path = source.anything(&mut random).context("nothing to ask for")?;
        if number % IN_SQL == 0 {
            let ask = Ask::first_page(format!("{path}&limit={PAGE}"));
            let asked = plain.ask(&ask, Guard::Cycle).await?;
            plain.compare(&ask, asked, compared).await?;
        }
    }
    Ok(())
}

async fn ask(base: &str, source: &Source<'_>, count: usize) -> Result<Vec<Asked>> {
    let (client, mut random) = (reqwest::Client::new(), StdRng::seed_from_u64(SEED << 32));
    let mut all = Vec::with_capacity(count);
    for number in 0..count {
        let path = source.anything(&mut random).context("nothing to ask for")?;
        let faceted = number % FACETED == 0;
        let facets = FACETS.map(|(name, _)| name).join(",");
        let first = match faceted {
            true => format!("{path}&limit={PAGE}&facets={facets}&facet_limit={VALUES}"),
            false => format!("{path}&limit={PAGE}"),
        };
        let parameters = path
            .split_once('?')
            .map_or("", |(_, parameters)| parameters);
        let Some(mut request) = api::search_request(parameters, mint().to_bytes(), 2 * PAGE) else {
            bail!("{path} is no search");
        };
        if faceted {
            request.facets = FACETS.map(|(_, facet)| facet).to_vec();
            request.facet_limit = usize::MAX;
        }
        let answer = client::answer(&client, base, &first).await?;
        let mut addresses = addresses(&answer)?;
        if let Some(cursor) = answer["next_cursor"].as_str() {
            let second = format!("{path}&limit={PAGE}&cursor={cursor}");
            addresses.extend(self::addresses(
                &client::answer(&client, base, &second).await?,
            )?);
        }
        let facets = faceted.then(|| facets_of(&answer)).transpose()?;
        all.push(Asked {
            descends_from: request.filter.descends_from.take(),
            request,
            answered: Said {
                addresses,
                total: answer["total"].as_u64().context("no total")?,
                facets,
            },
            path: first,
        });
    }
    Ok(all)
}

fn addresses(answer: &serde_json::Value) -> Result<Vec<String>> {
    let items = answer["items"].as_array().context("no items")?.iter();
    let addresses = items.map(|item| item["address"].as_str().map(str::to_owned));
    addresses.collect::<Option<_>>().context("no address")
}

fn facets_of(answer: &serde_json::Value) -> Result<Facets> {
    let count = |count: &serde_json::Value| {
        let label = count["label"].as_str().map(str::to_owned);
        Some((
            count["value"].as_str()?.to_owned(),
            label,
            count["count"].as_u64()?,
        ))
    };
    let facet = |(name, _): (&'static str, Facet)| {
        let counts = answer["facets"][name]
            .as_array()
            .context("no facet")?
            .iter();
        let counts = counts
            .map(count)
            .collect::<Option<_>>()
            .context("no count")?;
        anyhow::Ok((name, counts))
    };
    FACETS.into_iter().map(facet).collect()
}

/// All that descend from the listings that queries ask for the descendants of, along edges in force.
async fn descendants(url: &str, asked: &[Asked]) -> Result<HashMap<Address, HashSet<Address>>> {
    let mut db = PgConnection::connect(url).await?;
    let edges: Vec<(Address, Address)> =
        sqlx::query_as("SELECT parent, child FROM edges WHERE status <> 'revoked'")
            .fetch_all(&mut db)
            .await?;
    let mut children = HashMap::<Address, Vec<Address>>::new();
    for (parent, child) in edges {
        children.entry(parent).or_default().push(child);
    }
    let mut all = HashMap::new();
    for root in asked.iter().filter_map(|asked| asked.descends_from) {
        let (mut found, mut left) = (HashSet::new(), vec![root]);
        while let Some(next) = left.pop() {
            let new = children.get(&next).into_iter().flatten();
            left.extend(new.filter(|child| found.insert(**child)));
        }
        found.remove(&root);
        all.insert(root, found);
    }
    Ok(all)
}

/// Tries all queries on a part of all listings.
async fn read(
    url: &str,
    part: u8,
    asked: Arc<Vec<Asked>>,
    descendants: Arc<HashMap<Address, HashSet<Address>>>,
) -> Result<Vec<Expected>> {
    let mut db = PgConnection::connect(url).await?;
    let mut pages = Pages::begin(&mut db).await?.part(part, READERS);
    let mut all: Vec<Expected> = asked.iter().map(|_| Expected::default()).collect();
    let mut next = pages.next(&mut db).await?;
    while let Some(page) = next {
        let (asked, descendants) = (asked.clone(), descendants.clone());
        let trying = tokio::task::spawn_blocking(move || {
            for listings in page.chunks(TRIED_AT_ONCE) {
                for (expected, asked) in all.iter_mut().zip(asked.iter()) {
                    expected.add(listings, asked, &descendants);
                }
            }
            all
        });
        // The next ones are read meanwhile.
        next = pages.next(&mut db).await?;
        all = trying.await?;
    }
    Ok(all)
}

/// What a scan found so far.
#[derive(Default)]
struct Expected {
    hits: Vec<Place>,
    total: u64,
    facets: BTreeMap<&'static str, HashMap<Value, (u64, Option<String>)>>,
}

impl Expected {
    fn add(
        &mut self,
        listings: &[Listing],
        asked: &Asked,
        descendants: &HashMap<Address, HashSet<Address>>,
    ) {
        let answer = match asked.descends_from.and_then(|root| descendants.get(&root)) {
            Some(descendants) => {
                let descends = |listing: &&Listing| descendants.contains(&listing.address);
                let descending: Vec<Listing> = listings.iter().filter(descends).cloned().collect();
                scan(&descending, &asked.request)
            }
            None => scan(listings, &asked.request),
        };
        self.merge(Self::from(answer));
    }

    fn merge(&mut self, other: Self) {
        self.total += other.total;
        if !other.hits.is_empty() {
            self.hits.extend(other.hits);
            self.hits.sort();
            self.hits.truncate(2 * PAGE);
        }
        for (facet, counts) in other.facets {
            let all = self.facets.entry(facet).or_default();
            for (value, (count, label)) in counts {
                let (sum, least) = all.entry(value).or_default();
                *sum += count;
                if label.is_some() && (least.is_none() || label < *least) {
                    *least = label;
                }
            }
        }
    }

    /// As the API should have said it.
    fn said(self, asked: &Asked) -> Said {
        let addresses: Vec<String> = self.hits.iter().map(|hit| base58(hit.address)).collect();
        let mut counted = self.facets;
        let facets = FACETS.map(|(name, _)| {
            let mut counts: Vec<_> = counted
                .remove(name)
                .unwrap_or_default()
                .into_iter()
                .collect();
            counts.sort_by(|(value, (count, _)), (other, (than, _))| {
                than.cmp(count).then(value.cmp(other))
            });
            let texts = counts
                .into_iter()
                .take(VALUES)
                .map(|(value, (count, label))| {
                    let value = match value {
                        Value::Text(text) => text,
                        Value::Address(address) => base58(address),
                    };
                    (value, label, count)
                });
            (name, texts.collect())
        });
        Said {
            addresses,
            total: self.total,
            facets: (!asked.request.facets.is_empty()).then(|| facets.into()),
        }
    }
}

impl From<Answer> for Expected {
    fn from(answer: Answer) -> Self {
        let counts = |(facet, counts): (Facet, Vec<pedigree_search::Count>)| {
            let (name, _) = FACETS.iter().find(|(_, of)| *of == facet)?;
            let counts = counts
                .into_iter()
                .map(|count| (count.value, (count.count, count.label)));
            Some((*name, counts.collect()))
        };
        Self {
            hits: answer.hits,
            total: answer.total,
            facets: answer.facets.into_iter().filter_map(counts).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of a few publishers, each with names that differ by the listing.
    fn listing(number: u8) -> Listing {
        Listing {
            address: [number.wrapping_mul(37); 32],
            publisher: [number % 3; 32],
            key: [number; 32],
            kind: "model".to_owned(),
            status: "active".to_owned(),
            name: format!("name {}", number % 7),
            publisher_name: (!number.is_multiple_of(5))
                .then(|| format!("publisher {}", number % 5)),
            license: None,
            tags: vec![format!("tag {}", number % 4)],
            attributes: Vec::new(),
            terms: Vec::new(),
            royalty_ppm: 0,
            created_slot: 1,
            ratings: 0,
            rating_sum: 0,
            sales: u64::from(number % 2),
            quality: 0,
            trending: 0,
            tainted: false,
            parents: Vec::new(),
            document: Default::default(),
        }
    }

    #[test]
    fn scans_of_parts_add_up_to_the_scan_of_the_whole() {
        let listings: Vec<Listing> = (0..=u8::MAX).map(listing).collect();
        for sort in [pedigree_search::Sort::Name, pedigree_search::Sort::Sales] {
            let asked = Asked {
                path: String::new(),
                request: Request {
                    sort,
                    limit: 2 * PAGE,
                    facets: FACETS.map(|(_, facet)| facet).to_vec(),
                    facet_limit: usize::MAX,
                    ..Request::default()
                },
                descends_from: None,
                answered: Said {
                    addresses: Vec::new(),
                    total: 0,
                    facets: None,
                },
            };
            let none = HashMap::new();
            let (mut whole, mut parts) = (Expected::default(), Expected::default());
            whole.add(&listings, &asked, &none);
            for part in listings.chunks(10) {
                parts.add(part, &asked, &none);
            }
            let whole = whole.said(&asked);
            assert_eq!(whole.addresses.len(), 2 * PAGE);
            assert_eq!(whole, parts.said(&asked));
        }
    }

    #[test]
    fn only_what_descends_from_the_root_is_tried() {
        let root = [9; 32];
        let listings: Vec<Listing> = (0..10).map(listing).collect();
        let asked = Asked {
            path: String::new(),
            request: Request {
                limit: 2 * PAGE,
                ..Request::default()
            },
            descends_from: Some(root),
            answered: Said {
                addresses: Vec::new(),
                total: 0,
                facets: None,
            },
        };
        let descendants = HashMap::from([(root, HashSet::from([listings[3].address]))]);
        let mut found = Expected::default();
        found.add(&listings, &asked, &descendants);
        assert_eq!(found.said(&asked).addresses, [base58(listings[3].address)]);
    }
}
