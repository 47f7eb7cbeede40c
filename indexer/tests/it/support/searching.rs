//! Search in memory, and what it is compared with.

use pedigree_indexer::{search::Search, store::Store};
use pedigree_search::{
    Address, Answer, Direction, Facet, Filter, Index, Request, Sort, Text, Walk, text::Query,
};
use sqlx::PgPool;
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{IN_TIME, until};

/// A search of its own, as another process has it, that ends when it is dropped.
pub struct Searching {
    pub search: Search,
    _end: DropGuard,
}

impl Searching {
    /// Loaded. Nobody wakes it.
    pub async fn start(pool: &PgPool) -> Self {
        let shutdown = CancellationToken::new();
        let (_, wake) = watch::channel(0);
        let search = Search::start(pool.clone(), wake, shutdown.clone());
        let searching = Self {
            search,
            _end: shutdown.drop_guard(),
        };
        until("search is loaded", async || {
            searching.search.slots().is_some()
        })
        .await;
        searching
    }

    pub async fn answer(&self, request: Request) -> Answer {
        self.ask(move |index| index.search(&request)).await
    }

    async fn ask<T: Send + 'static>(&self, ask: impl FnOnce(&Index) -> T + Send + 'static) -> T {
        self.search.ask(IN_TIME, ask).await.unwrap().0
    }

    /// How many are not tainted.
    pub async fn untainted(&self) -> u64 {
        let untainted = Filter {
            untainted: true,
            ..Filter::default()
        };
        self.answer(all(untainted)).await.total
    }

    /// How many hold these words.
    pub async fn found(&self, words: &str) -> usize {
        self.answer(of_text(words)).await.hits.len()
    }

    /// Everything that it knows of these listings, by what it answers.
    async fn picture(&self, listings: &[Address]) -> Vec<(Request, Answer)> {
        let mut requests = Vec::new();
        for sort in [
            Sort::Newest,
            Sort::Name,
            Sort::Price,
            Sort::PriceDescending,
            Sort::Rating,
            Sort::Sales,
            Sort::Trending,
            Sort::Quality,
        ] {
            let request = all(Filter::default());
            requests.push(Request { sort, ..request });
        }
        for words in [
            "base",
            "alice",
            "\"alice ltd\"",
            "draft or child",
            "-base a",
        ] {
            requests.push(of_text(words));
        }
        let untainted = Filter {
            untainted: true,
            ..Filter::default()
        };
        let free = Filter {
            free: Some(true),
            ..Filter::default()
        };
        let cheap = Filter {
            max_royalty_ppm: Some(30_000),
            ..Filter::default()
        };
        let active = Filter {
            statuses: vec!["active".to_owned()],
            ..Filter::default()
        };
        requests.extend([untainted, free, cheap, active].map(all));
        for listing in listings {
            let descendants = Filter {
                descends_from: Some(*listing),
                ..Filter::default()
            };
            requests.push(all(descendants));
        }
        let mut picture = Vec::new();
        for request in requests {
            let answer = self.answer(request.clone()).await;
            picture.push((request, answer));
        }
        picture
    }

    /// Brings it up to date and compares it with one that is loaded now.
    pub async fn assert_followed(&self, store: &Store, when: &str) {
        self.search.refresh().await.unwrap();
        let loaded = Self::start(store.pool()).await;
        let addresses: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT parent FROM edges UNION SELECT address FROM listings")
                .fetch_all(store.pool())
                .await
                .unwrap();
        let addresses: Vec<Address> = addresses
            .into_iter()
            .map(|address| address.try_into().unwrap())
            .collect();
        let (followed, expected) = (
            self.picture(&addresses).await,
            loaded.picture(&addresses).await,
        );
        for ((request, found), (_, expected)) in followed.into_iter().zip(expected) {
            assert_eq!(found, expected, "{when}: {request:?}");
        }
        for root in addresses {
            for direction in [Direction::Ancestors, Direction::Descendants] {
                let walk = Walk {
                    root,
                    direction,
                    depth: 64,
                };
                let found = self.ask(move |index| index.lineage(&walk)).await;
                let expected = loaded.ask(move |index| index.lineage(&walk)).await;
                assert_eq!(found, expected, "{when}: {walk:?}");
            }
        }
        let state = |search: &Search| {
            let slots = search.slots().unwrap();
            (slots.slot, slots.finalized_slot, slots.taint_slot)
        };
        assert_eq!(state(&self.search), state(&loaded.search), "{when}");
        assert_eq!(
            self.search.figures().await.listings,
            loaded.search.figures().await.listings,
            "{when}"
        );
    }
}

fn all(filter: Filter) -> Request {
    Request {
        filter,
        limit: 10_000,
        facets: vec![
            Facet::Kind,
            Facet::License,
            Facet::Tag,
            Facet::Publisher,
            Facet::Mode,
        ],
        facet_limit: 500,
        ..Request::default()
    }
}

fn of_text(words: &str) -> Request {
    let text = Text {
        name: words.to_owned(),
        words: Query::parse(words).ok(),
    };
    let filter = Filter {
        text: Some(text),
        ..Filter::default()
    };
    Request {
        sort: Sort::Relevance,
        ..all(filter)
    }
}

/// What the orders of each listing come to, counted anew, is what was counted as they came and went.
pub async fn assert_counted(store: &Store) {
    for (table, recount) in [
        (
            "market",
            "SELECT listing, count(*) FILTER (WHERE NOT free), count(*) FILTER (WHERE sold), count(*) FILTER (WHERE free),
                 count(*) FILTER (WHERE NOT free AND (sold OR state = 'refunded' AND NOT unused)),
                 count(*) FILTER (WHERE NOT free AND state = 'refunded' AND NOT unused), count(*) FILTER (WHERE disputes > 0),
                 count(*) FILTER (WHERE state IN ('settled', 'refunded') AND delivered_at IS NOT NULL),
                 coalesce(sum(delivered_at - opened_at) FILTER (WHERE state IN ('settled', 'refunded')), 0)
             FROM (SELECT *, mode = 'metered' AND earned = 0 AND disputes = 0 AS unused FROM orders) AS orders GROUP BY listing",
        ),
        (
            "market_volumes",
            "SELECT listing, mint, sum(paid + fee_paid + royalty_paid) AS volume
             FROM orders WHERE sold GROUP BY listing, mint HAVING sum(paid + fee_paid + royalty_paid) > 0",
        ),
        (
            "market_days",
            "SELECT listing, closed_at / 86400, count(*) FROM orders WHERE sold GROUP BY 1, 2",
        ),
    ] {
        let sql = format!(
            "SELECT count(*) FROM ((TABLE {table} EXCEPT {recount}) UNION ALL ({recount} EXCEPT TABLE {table})) AS differing"
        );
        let differing: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_one(store.pool())
            .await
            .unwrap();
        assert_eq!(differing, 0, "rows of {table}");
    }
}
