//! What a plain use of Postgres takes for the same requests, over the same tables with the indexes that it wants.

use std::time::{Duration, Instant};

use anyhow::Result;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::{
    Found, Options,
    client::Measured,
    indexes,
    plain::{Asked, Plain},
    queries::Queries,
    sql::{Guard, INDEXES, Walk},
};
use crate::indexer::database::settle;

/// One of so many requests is asked of the rival.
const SHARE: usize = 10;
/// What a kind of lineage is called where the recursion is guarded the other way.
const UNION: &str = "_union";

/// Makes the indexes that plain SQL wants, and tells how many bytes they are.
pub async fn prepare(url: &str) -> Result<i64> {
    let statements = INDEXES.map(|(name, on)| format!("CREATE INDEX {name} ON listings {on}"));
    indexes::side_by_side(url, statements.to_vec()).await?;
    settle(url).await?;
    let names = INDEXES.map(|(name, _)| name);
    let mut db = PgConnection::connect(url).await?;
    let bytes = sqlx::query_scalar(
        "SELECT sum(pg_relation_size(name::regclass))::bigint FROM unnest($1::text[]) AS n (name)",
    );
    Ok(bytes.bind(&names[..]).fetch_one(&mut db).await?)
}

/// Takes them away again: who indexes pays for none of them.
pub async fn clear(url: &str) -> Result<()> {
    let mut db = PgConnection::connect(url).await?;
    for (name, _) in INDEXES {
        db.execute(AssertSqlSafe(format!("DROP INDEX {name}")))
            .await?;
    }
    Ok(())
}

/// Asks a tenth of the requests of each kind, or as many as there is time for, and holds the API's answers against it. Each
/// kind may take an equal share of the time that is left; what one does not need the others get.
pub async fn measure(
    plain: &mut Plain,
    set: &'static str,
    all: &[Queries],
    (options, budget): (&Options, Duration),
    found: &mut Found,
) -> Result<()> {
    let begun = Instant::now();
    let kinds: Vec<&Queries> = all
        .iter()
        .filter(|queries| options.asks(queries.kind))
        .collect();
    for (place, queries) in kinds.iter().enumerate() {
        let left = budget.saturating_sub(begun.elapsed()) / (kinds.len() - place) as u32;
        let walks = match queries.asks.first() {
            Some(first) => Walk::read(first)?.is_some(),
            None => continue,
        };
        let guards: &[Guard] = match walks {
            true => &[Guard::Cycle, Guard::Union],
            false => &[Guard::Cycle],
        };
        for guard in guards {
            let share = left / guards.len() as u32;
            let mut measured = kind(plain, set, queries, *guard, (options, share), found).await?;
            if *guard == Guard::Union {
                measured.kind.push_str(UNION);
            }
            eprintln!("plain SQL: {measured:?}");
            found.naive.push(measured);
        }
    }
    Ok(())
}

async fn kind(
    plain: &mut Plain,
    set: &'static str,
    queries: &Queries,
    guard: Guard,
    (options, share): (&Options, Duration),
    found: &mut Found,
) -> Result<Measured> {
    let begun = Instant::now();
    let (mut times, mut cut, mut compared) = (Vec::new(), 0, Duration::ZERO);
    for ask in queries.asks.iter().take((options.queries / SHARE).max(1)) {
        let asked: Asked = plain.ask(ask, guard).await?;
        times.push(asked.elapsed);
        cut += usize::from(asked.is_cut());
        let comparing = Instant::now();
        plain.compare(ask, asked, &mut found.sql).await?;
        compared += comparing.elapsed();
        if begun.elapsed().saturating_sub(compared) > share || compared > share / 2 {
            break;
        }
    }
    let elapsed = times.iter().sum();
    Ok(Measured {
        cut: Some(cut),
        ..Measured::of(queries.kind, set, 1, times, elapsed)
    })
}
