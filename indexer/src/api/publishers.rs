//! `/v1/publishers/{address}`: what a publisher says of itself, and what became of its listings.

use axum::{Json, extract::State};
use pedigree_sdk::{
    accounts::{self, EntityKind},
    api::mean_rating,
};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;
use utoipa::ToSchema;

use super::{
    Api,
    params::{self, Params, Segment},
    problem::{Problem, Result},
    render::{Index, Proof, ProofRow, base58},
    stats::Count,
};

/// A publisher, by its key.
#[derive(Debug, Serialize, ToSchema)]
pub struct Publisher {
    /// Its key.
    pub address: String,
    /// Null where it never made one.
    pub profile: Option<Profile>,
    /// Live listings of any status.
    pub listings: i64,
    pub statuses: Vec<Count>,
    /// Paid receipts of all of its listings, as the figures below.
    pub sales: i64,
    /// Mean of the ratings, 1 to 5, to a hundredth; null before the first.
    pub rating: Option<f64>,
    /// Reviews, each of a paid receipt.
    pub review_count: i64,
    /// Sum of their ratings.
    pub rating_sum: i64,
    pub index: Index,
}

/// A profile: the fields of its account, as rebuilt from its events. All of it is the publisher's own claim, but for `verified`;
/// the key is the identity.
#[derive(Debug, Serialize, ToSchema)]
pub struct Profile {
    pub address: String,
    #[serde(flatten)]
    #[schema(value_type = ProfileAccount)]
    pub account: Value,
    pub proof: Proof,
}

/// Fields of a profile's account. Keys are base58.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what `accounts::json` gives")]
pub struct ProfileAccount {
    publisher: String,
    /// Null where it is empty.
    name: Option<String>,
    /// Where it tells more of itself; null where it does not.
    uri: Option<String>,
    /// Whether the dao, or a catalogue's operator, vouches for the name.
    verified: bool,
    rent_payer: String,
    /// Number of its last event.
    seq: u64,
}

#[derive(sqlx::FromRow)]
struct ProfileRow {
    address: Vec<u8>,
    bytes: Vec<u8>,
    #[sqlx(flatten)]
    proof: ProofRow,
}

/// Its listings of one status.
#[derive(sqlx::FromRow)]
struct Group {
    status: String,
    listings: i64,
    reviews: i64,
    rating_sum: i64,
    sales: i64,
}

/// A publisher: its profile, and its listings counted.
#[utoipa::path(
    get, path = "/v1/publishers/{address}", tag = "listings",
    params(("address" = String, Path, description = "Its key, base58")),
    responses(
        (status = 200, body = Publisher),
        (status = 404, description = "It has neither a profile nor a listing", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn publisher(
    State(api): State<Api>,
    Segment(address): Segment,
    params: Params,
) -> Result<Json<Publisher>> {
    let key = params::address("address", &address)?;
    params.end()?;
    let mut tx = api.snapshot().await?;
    let profile = profile(&mut tx, &key).await?;
    let groups: Vec<Group> = sqlx::query_as(
        "SELECT l.status, count(*) AS listings, sum(l.reviews)::bigint AS reviews,
             sum(l.rating_sum)::bigint AS rating_sum, coalesce(sum(m.sales), 0)::bigint AS sales
         FROM listings l LEFT JOIN market m ON m.listing = l.address
         WHERE l.publisher = $1 GROUP BY 1 ORDER BY 1",
    )
    .bind(&key)
    .fetch_all(&mut *tx)
    .await?;
    if profile.is_none() && groups.is_empty() {
        return Err(Problem::not_found(format!(
            "there is no publisher {address} in this index"
        )));
    }
    let sum = |of: fn(&Group) -> i64| groups.iter().map(of).sum::<i64>();
    let (review_count, rating_sum) = (sum(|of| of.reviews), sum(|of| of.rating_sum));
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    Ok(Json(Publisher {
        address,
        profile,
        listings: sum(|of| of.listings),
        sales: sum(|of| of.sales),
        rating: mean_rating(count(rating_sum), count(review_count)),
        review_count,
        rating_sum,
        statuses: groups
            .into_iter()
            .map(|of| Count {
                value: Some(of.status),
                label: None,
                count: of.listings,
            })
            .collect(),
        index: Index::read(&mut tx).await?,
    }))
}

async fn profile(db: &mut PgConnection, publisher: &[u8]) -> Result<Option<Profile>> {
    let row: Option<ProfileRow> = sqlx::query_as(
        "SELECT p.address, a.bytes, a.slot AS proof_slot, a.seq AS proof_seq, a.signature AS proof_signature,
                a.account_hash AS proof_hash
         FROM profiles p JOIN accounts a ON a.kind = 'profile' AND a.address = p.address
         WHERE p.publisher = $1",
    )
    .bind(publisher)
    .fetch_optional(db)
    .await?;
    let profile = |row: ProfileRow| -> Result<Profile> {
        Ok(Profile {
            address: base58(&row.address),
            account: accounts::json(EntityKind::Profile, &row.bytes)?,
            proof: row.proof.into(),
        })
    };
    row.map(profile).transpose()
}
