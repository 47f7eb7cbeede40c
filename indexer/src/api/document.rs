//! The API's own description, `/openapi.json`.

use utoipa::{
    Modify, OpenApi,
    openapi::{Content, Ref, ResponseBuilder},
};

use super::{
    accounts, events, lineage, listings, manifests, orders, problem::Problem, quote, stats, status,
    stream,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Pedigree",
        description = "Listings of AI assets and the lineage they came from. Amounts are strings of base units, keys \
                       and signatures base58, hashes hex, times RFC 3339 in UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        listings::search,
        listings::listing,
        lineage::ancestors,
        lineage::descendants,
        orders::list,
        orders::order,
        quote::quote,
        stats::stats,
        manifests::manifest,
        status::status,
        status::healthz,
        status::readyz,
        status::metrics,
        accounts::account,
        events::events,
        stream::stream,
    ),
    components(schemas(listings::Price, orders::OrderAccount, Problem)),
    modifiers(&Failures)
)]
pub struct Document;

/// What every resource may answer instead, besides what its own description names.
struct Failures;

impl Modify for Failures {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let operations = document.paths.paths.values_mut();
        for operation in operations.filter_map(|path| path.get.as_mut()) {
            for (status, description) in [
                ("400", "A parameter is unknown, repeated or malformed"),
                (
                    "422",
                    "Understood, but not possible, or the query takes too long: ask for less",
                ),
                ("429", "Too many requests at once: try again"),
                ("500", "The server's fault; its log says why"),
                (
                    "503",
                    "Try again: the database does not answer, or the index has not reached `min_slot`",
                ),
            ] {
                let problem = Content::new(Some(Ref::from_schema_name("Problem")));
                let response = ResponseBuilder::new()
                    .description(description)
                    .content("application/problem+json", problem)
                    .build();
                let responses = &mut operation.responses.responses;
                // Its own words where it has any.
                responses
                    .entry(status.to_owned())
                    .or_insert(response.into());
            }
        }
    }
}
