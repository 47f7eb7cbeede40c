//! Lineage of whatever shape, written into the tables as no chain would give it, beside a plain walk of the same edges.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use pedigree_localnet::postgres::TestDatabase;
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::Value;
use sqlx::{Connection, PgConnection};

use crate::support::{
    Client,
    chain::{base58, hash},
    store,
};

/// Child and parent, by number.
type Edges = BTreeSet<(u32, u32)>;

fn address(number: u32) -> [u8; 32] {
    hash(&number.to_string())
}

/// An API over so many listings, of which some are drafts, and these edges.
async fn served(listings: u32, drafts: &BTreeSet<u32>, edges: &Edges) -> (Client, TestDatabase) {
    let (_, database) = store().await;
    let mut db = PgConnection::connect(database.url()).await.unwrap();
    let all: Vec<Vec<u8>> = (0..listings)
        .map(|number| address(number).to_vec())
        .collect();
    let statuses: Vec<&str> = (0..listings)
        .map(|number| {
            if drafts.contains(&number) {
                "draft"
            } else {
                "active"
            }
        })
        .collect();
    sqlx::query(
        "INSERT INTO listings (address, born_slot, publisher, key, authority, payout, kind, status, name, derivatives,
             derivative_royalty_ppm, royalty_ppm, generation, parents, claimed, version, manifest_hash, manifest_uri, pricing,
             created_at, created_slot, updated_slot, reviews, rating_sum)
         SELECT address, 1, address, address, address, address, 'model', status, 'name', 'open', 0, 0, 0, 0, false, 1, address, '',
             '[]', 1, 1, 1, 0, 0
         FROM unnest($1::bytea[], $2::text[]) AS l (address, status)",
    )
    .bind(all)
    .bind(statuses)
    .execute(&mut db)
    .await
    .unwrap();
    let side = |of: fn(&(u32, u32)) -> u32| {
        let side = edges.iter().map(move |edge| address(of(edge)).to_vec());
        side.collect::<Vec<_>>()
    };
    sqlx::query(
        "INSERT INTO edges (child, parent, address, born_slot, relation, status, royalty_ppm, position, parent_version, created_at)
         SELECT child, parent, sha256(child || parent), 1, CASE WHEN place % 2 = 0 THEN 'trained_on' ELSE 'adapted_from' END,
             CASE WHEN place % 3 = 0 THEN 'revoked' ELSE 'claimed' END, place, -place, 1, 1
         FROM unnest($1::bytea[], $2::bytea[]) WITH ORDINALITY AS e (child, parent, place)",
    )
    .bind(side(|edge| edge.0))
    .bind(side(|edge| edge.1))
    .execute(&mut db)
    .await
    .unwrap();
    (Client::of(&database, None).await, database)
}

/// Depth of each that is met within so many levels, and whether there is more.
fn walk(root: u32, depth: u32, next: impl Fn(u32) -> Vec<u32>) -> (BTreeMap<u32, u32>, bool) {
    let (mut met, mut left) = (BTreeMap::from([(root, 0)]), VecDeque::from([root]));
    let mut more = false;
    while let Some(at) = left.pop_front() {
        for found in next(at) {
            if met.contains_key(&found) {
                continue;
            }
            if met[&at] == depth {
                more = true;
                continue;
            }
            met.insert(found, met[&at] + 1);
            left.push_back(found);
        }
    }
    (met, more)
}

/// What is said of an edge: child, parent, relation, status, and the royalty, which is the edge's number, last first among a
/// child's.
type Said<'a> = (&'a str, &'a str, &'a str, &'a str, u64);

fn said(edge: &Value) -> Said<'_> {
    let text = |name: &str| edge[name].as_str().unwrap();
    let royalty = edge["royalty_ppm"].as_u64().unwrap();
    let (relation, status) = (text("relation"), text("status"));
    (text("child"), text("parent"), relation, status, royalty)
}

#[tokio::test]
async fn any_lineage_is_told_as_a_plain_walk_of_its_edges_finds_it() {
    const LISTINGS: u32 = 40;
    for seed in 0..4 {
        let mut random = StdRng::seed_from_u64(seed);
        let edges: Edges = (0..random.random_range(30..120))
            .map(|_| {
                (
                    random.random_range(0..LISTINGS),
                    random.random_range(0..LISTINGS),
                )
            })
            .filter(|(child, parent)| child != parent)
            .collect();
        let drafts: BTreeSet<u32> = (0..5).map(|_| random.random_range(1..LISTINGS)).collect();
        let (client, _database) = served(LISTINGS, &drafts, &edges).await;
        for (root, depth) in (0..LISTINGS).flat_map(|root| [1, 2, 64].map(|depth| (root, depth))) {
            for what in ["ancestors", "descendants"] {
                let next = |at: u32| -> Vec<u32> {
                    let up = what == "ancestors";
                    let beside = edges.iter().filter_map(|&(child, parent)| match up {
                        true => (child == at).then_some(parent),
                        false => (parent == at && !drafts.contains(&child)).then_some(child),
                    });
                    beside.collect()
                };
                let (met, more) = walk(root, depth, next);
                let path = format!(
                    "/v1/listings/{}/{what}?depth={depth}",
                    base58(address(root))
                );
                let answer = client.get(&path).await;
                let told: BTreeMap<&str, u64> = answer["nodes"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|node| {
                        (
                            node["address"].as_str().unwrap(),
                            node["depth"].as_u64().unwrap(),
                        )
                    })
                    .collect();
                let names: BTreeMap<u32, String> = met
                    .keys()
                    .map(|number| (*number, base58(address(*number))))
                    .collect();
                let expected: BTreeMap<&str, u64> = met
                    .iter()
                    .map(|(number, depth)| (&names[number][..], u64::from(*depth)))
                    .collect();
                assert_eq!(told, expected, "{path}, seed {seed}");
                assert_eq!(answer["truncated"], more, "{path}, seed {seed}");
                let told: Vec<Said<'_>> = answer["edges"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(said)
                    .collect();
                let among = (1..).zip(&edges).filter_map(|(number, (child, parent))| {
                    let relation = ["trained_on", "adapted_from"][number as usize % 2];
                    let status = if number % 3 == 0 {
                        "revoked"
                    } else {
                        "claimed"
                    };
                    let (child, parent) = (&names.get(child)?[..], &names.get(parent)?[..]);
                    Some((child, parent, relation, status, number))
                });
                let mut among: Vec<Said<'_>> = among.collect();
                let nodes = answer["nodes"].as_array().unwrap();
                among.sort_by_key(|edge| {
                    let place = nodes.iter().position(|node| node["address"] == edge.0);
                    (place, std::cmp::Reverse(edge.4))
                });
                assert_eq!(told, among, "{path}, seed {seed}");
            }
        }
    }
}

#[tokio::test]
async fn i19_a_lineage_wider_than_an_answer_is_cut_at_its_nearest_5000_nodes() {
    // One with 4,000 children, drafts beside them, and each child with a child of its own.
    let children = 1..=4_000;
    let drafts: BTreeSet<u32> = (10_001..=12_000).collect();
    let mut edges: Edges = children.clone().map(|child| (child, 0)).collect();
    edges.extend(drafts.iter().map(|draft| (*draft, 0)));
    edges.extend(children.map(|child| (child + 5_000, child)));
    let (client, _database) = served(12_001, &drafts, &edges).await;
    let path = format!("/v1/listings/{}/descendants", base58(address(0)));
    let answer = client.get(&path).await;
    let nodes = answer["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 5_000);
    let nearest = nodes
        .iter()
        .filter(|node| node["depth"].as_u64() <= Some(1));
    assert_eq!(nearest.count(), 4_001, "all that are nearer come first");
    assert_eq!(answer["edges"].as_array().unwrap().len(), 4_999);
    assert_eq!(answer["truncated"], true);
    let answer = client.get(&format!("{path}?depth=1")).await;
    assert_eq!(answer["nodes"].as_array().unwrap().len(), 4_001);
    assert_eq!(answer["truncated"], true, "there is a level more");
}
