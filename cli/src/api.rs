//! The indexer's HTTP API.

use std::time::Duration;

use reqwest::{Client, Url};
use serde_json::Value;

#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    #[error("{base} is no address of an API: expected http://HOST:PORT")]
    Base { base: String },
    #[error("the index at {url} does not answer: {source}")]
    Unreachable { url: Url, source: reqwest::Error },
    #[error("the index refused ({status}): {detail}")]
    Refused { status: u16, detail: String },
    #[error("the index at {url} answered {status} without JSON")]
    Format { url: Url, status: u16 },
}

/// A read-only client.
#[derive(Clone, Debug)]
pub struct Api {
    base: Url,
    client: Client,
}

impl Api {
    /// # Errors
    /// When `base` is no URL.
    pub fn new(base: &str) -> Result<Self, ApiError> {
        let base_error = || ApiError::Base {
            base: base.to_owned(),
        };
        let url = Url::parse(base).map_err(|_| base_error())?;
        if url.cannot_be_a_base() {
            return Err(base_error());
        }
        let client = Client::builder()
            .timeout(Duration::from_secs(30))
            .build()
            .map_err(|source| ApiError::Unreachable {
                url: url.clone(),
                source,
            })?;
        Ok(Self { base: url, client })
    }

    /// The JSON at a path, given by its segments.
    ///
    /// # Errors
    /// When the API does not answer, or answers with a problem.
    pub async fn get(&self, path: &[&str], query: &[(&str, String)]) -> Result<Value, ApiError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        let unreachable = |source| ApiError::Unreachable {
            url: url.clone(),
            source,
        };
        let request = self.client.get(url.clone()).query(query);
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let body = response.bytes().await.map_err(unreachable)?;
        let json: Value = serde_json::from_slice(&body).map_err(|_| ApiError::Format {
            url: url.clone(),
            status: status.as_u16(),
        })?;
        if status.is_success() {
            return Ok(json);
        }
        let text = |field: &str| json[field].as_str();
        Err(ApiError::Refused {
            status: status.as_u16(),
            detail: text("detail")
                .or(text("title"))
                .unwrap_or("no reason given")
                .to_owned(),
        })
    }
}
