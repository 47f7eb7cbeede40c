//! `/v1/manifests/{hash}`: the content store over HTTP.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use pedigree_sdk::manifest::MAX_BYTES;

use super::{
    Api,
    params::{Params, Segment},
    problem::{Problem, Result},
};

/// A manifest's bytes. Whoever wants to be sure hashes them.
#[utoipa::path(
    get, path = "/v1/manifests/{hash}", tag = "manifests",
    params(("hash" = String, Path, pattern = "^[0-9a-f]{64}$", description = "SHA-256, 64 lower-case hex digits")),
    responses(
        (status = 200, description = "The bytes, for ever the same", content_type = "application/json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn manifest(
    State(api): State<Api>,
    Segment(hash): Segment,
    params: Params,
) -> Result<Response> {
    params.end()?;
    let lower = hash
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let bytes: [u8; 32] = match hex::decode(&hash).map(<[u8; 32]>::try_from) {
        Ok(Ok(bytes)) if lower => bytes,
        _ => return Err(Problem::bad("hash", "it is not 64 lower-case hex digits")),
    };
    let Some(content) = api.content() else {
        return Err(Problem::not_found("this server keeps no manifests"));
    };
    let content = content.clone();
    let read = tokio::task::spawn_blocking(move || content.get(&bytes, MAX_BYTES)).await;
    match read {
        Ok(Ok(Some(found))) => {
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
                // It is what a stranger wrote.
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            Ok((headers, [(header::ETAG, format!("\"{hash}\""))], found).into_response())
        }
        Ok(Ok(None)) => Err(Problem::not_found(format!(
            "there is no manifest {hash} here"
        ))),
        Ok(Err(error)) => Err(Problem::internal(&error)),
        Err(error) => Err(Problem::internal(&error)),
    }
}
