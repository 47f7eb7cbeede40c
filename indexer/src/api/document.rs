//! The API's own description, `/openapi.json`.

use std::sync::LazyLock;

use axum::{body::Bytes, http::header::CONTENT_TYPE, response::IntoResponse};
use pedigree_sdk::names::{
    ACTION, CASE, DISPUTE_STATUS, EPOCH_STATUS, KIND, MODE, Names, ORDER_STATE, PROPOSAL_STATUS,
    STATUS,
};
use utoipa::{
    Modify, OpenApi,
    openapi::{
        Content, Ref, RefOr, ResponseBuilder, Schema,
        path::{Parameter, ParameterBuilder, ParameterIn, ParameterStyle},
        schema::{AdditionalProperties, ArrayItems, Object, ObjectBuilder, SchemaType, Type},
    },
};

use super::{
    accounts, disputes, epochs, events, lineage, listings, manifests, orders, positions,
    problem::Problem, proposals, publishers, quote, ready, reviews, sessions, signals, stats,
    status, stream,
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
        signals::signals,
        lineage::ancestors,
        lineage::descendants,
        publishers::publisher,
        orders::list,
        orders::order,
        sessions::list,
        sessions::session,
        reviews::list,
        reviews::review,
        disputes::list,
        disputes::dispute,
        positions::list,
        positions::position,
        proposals::list,
        proposals::proposal,
        epochs::list,
        epochs::epoch,
        quote::quote,
        stats::stats,
        manifests::manifest,
        status::status,
        status::healthz,
        ready::readyz,
        status::metrics,
        accounts::account,
        events::events,
        stream::stream,
    ),
    components(schemas(
        listings::FacetCount,
        listings::Price,
        publishers::ProfileAccount,
        orders::OrderAccount,
        sessions::SessionAccount,
        reviews::ReviewAccount,
        disputes::DisputeAccount,
        disputes::DisputeBond,
        disputes::DisputeRound,
        disputes::JurorAccount,
        positions::PositionAccount,
        proposals::ProposalAccount,
        proposals::VoteAccount,
        epochs::EpochAccount,
        Problem
    )),
    modifiers(&Failures, &Attributes, &Parameters)
)]
struct Document;

/// The same for everybody, and made once.
static DOCUMENT: LazyLock<Bytes> =
    LazyLock::new(|| Document::openapi().to_json().unwrap_or_default().into());

pub async fn openapi() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT.clone())
}

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

/// What parameters may be, from where it is checked.
struct Parameters;

/// Parameters whose values are names, and the list that they filter.
const NAMED: [(&str, &str, &Names); 10] = [
    ("/v1/listings", "kind", &KIND),
    ("/v1/listings", "status", &STATUS),
    ("/v1/listings", "mode", &MODE),
    ("/v1/orders", "state", &ORDER_STATE),
    ("/v1/orders", "mode", &MODE),
    ("/v1/disputes", "case", &CASE),
    ("/v1/disputes", "status", &DISPUTE_STATUS),
    ("/v1/proposals", "status", &PROPOSAL_STATUS),
    ("/v1/proposals", "action", &ACTION),
    ("/v1/epochs", "status", &EPOCH_STATUS),
];
/// Parameters that are addresses: base58 of 32 bytes.
const ADDRESSES: [&str; 14] = [
    "address",
    "addresses",
    "descends_from",
    "mint",
    "buyer",
    "owner",
    "seller",
    "listing",
    "publisher",
    "reviewer",
    "order",
    "subject",
    "opener",
    "proposer",
];
const ADDRESS: &str = "^[1-9A-HJ-NP-Za-km-z]{32,44}$";

/// Parameters whose names are not known before.
struct Attributes;

const ATTRIBUTE: &str = "^attr\\.[a-z0-9_]{1,40}(\\.(gte|lte))?$";

impl Modify for Attributes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let value = ObjectBuilder::new()
            .schema_type(Type::String)
            .max_length(Some(500));
        let names = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(ATTRIBUTE));
        let filters = ObjectBuilder::new()
            .property_names(Some(names))
            .additional_properties(Some(AdditionalProperties::RefOr(value.into())))
            .max_properties(Some(20));
        let parameter = ParameterBuilder::new()
            .name("attributes")
            .parameter_in(ParameterIn::Query)
            .style(Some(ParameterStyle::Form))
            .explode(Some(true))
            .description(Some(
                "Filters by attributes, each a parameter of its own: `attr.NAME=V`, `attr.NAME.gte=V`, `attr.NAME.lte=V`. \
                 A JSON literal compares by its type, anything else as text; a list is what any of its elements is; `null` \
                 is one that is there and null. Bounds are numbers or ISO 8601 dates; unlike types never match",
            ))
            .schema(Some(filters))
            .build();
        let search = document.paths.paths.get_mut("/v1/listings");
        let operation = search.and_then(|path| path.get.as_mut());
        if let Some(parameters) = operation.and_then(|operation| operation.parameters.as_mut()) {
            parameters.push(parameter);
        }
    }
}

impl Modify for Parameters {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for (path, item) in &mut document.paths.paths {
            let operation = item.get.as_mut();
            let parameters = operation.and_then(|operation| operation.parameters.as_mut());
            for parameter in parameters.into_iter().flatten() {
                describe(path, parameter);
            }
        }
    }
}

fn describe(path: &str, parameter: &mut Parameter) {
    let name = parameter.name.as_str();
    let Some(value) = parameter.schema.as_mut().and_then(value) else {
        return;
    };
    let named = NAMED
        .iter()
        .find(|(list, named, _)| (*list, *named) == (path, name));
    if let Some((_, _, names)) = named {
        value.enum_values = Some(names.all().map(Into::into).collect());
    }
    if (path, name) == ("/v1/listings", "sort") {
        value.enum_values = Some(
            listings::SORTS
                .iter()
                .map(|(name, _)| (*name).into())
                .collect(),
        );
    }
    if ADDRESSES.contains(&name) {
        value.pattern = Some(ADDRESS.to_owned());
    }
}

/// The schema of one value. A parameter is left out where there is none: it is never null.
fn value(schema: &mut RefOr<Schema>) -> Option<&mut Object> {
    match schema {
        RefOr::T(Schema::Object(object)) => {
            if let SchemaType::Array(types) = &object.schema_type {
                let known = types.iter().find(|of| **of != utoipa::openapi::Type::Null);
                object.schema_type = known
                    .cloned()
                    .map_or_else(SchemaType::default, SchemaType::Type);
            }
            Some(object)
        }
        RefOr::T(Schema::Array(array)) => {
            array.schema_type = SchemaType::Type(utoipa::openapi::Type::Array);
            match &mut array.items {
                ArrayItems::RefOrSchema(items) => value(items),
                ArrayItems::False => None,
            }
        }
        _ => None,
    }
}
