//! Errors as RFC 9457 problem documents.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::search::Unanswered;

/// What went wrong with a request.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The problem's kind: `about:blank`, as the status says it all.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The status in words.
    title: &'static str,
    status: u16,
    /// What was wrong with this very request.
    detail: String,
    /// The parameter to blame.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
}

pub type Result<T> = std::result::Result<T, Problem>;

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: detail.into(),
            parameter: None,
        }
    }

    /// 400: the request cannot be understood.
    pub fn bad(parameter: &str, detail: impl std::fmt::Display) -> Self {
        let mut problem = Self::new(StatusCode::BAD_REQUEST, format!("{parameter}: {detail}"));
        problem.parameter = Some(parameter.to_owned());
        problem
    }

    /// 422: understood, but not possible.
    pub fn unprocessable(parameter: &str, detail: impl std::fmt::Display) -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("{parameter}: {detail}"),
        );
        problem.parameter = Some(parameter.to_owned());
        problem
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// 410: it was there, and is not kept any more.
    pub fn gone(parameter: &str, detail: impl std::fmt::Display) -> Self {
        let mut problem = Self::new(StatusCode::GONE, format!("{parameter}: {detail}"));
        problem.parameter = Some(parameter.to_owned());
        problem
    }

    /// 405.
    pub fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "this API is read-only: use GET",
        )
    }

    /// 429: try again, a second from now.
    pub fn too_many() -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests at once: try again",
        )
    }

    /// 503: try again.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// 422: it was given up.
    fn takes_too_long() -> Self {
        let mut problem = Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the query takes too long: ask for less",
        );
        problem.parameter = Some("query".to_owned());
        problem
    }

    /// 500: the details are for the log, not for strangers.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the request failed; the log says why",
        )
    }
}

/// Query cancelled by the statement timeout.
const QUERY_CANCELED: &str = "57014";
/// Query that waited too long for a table, which is being derived again.
const LOCK_NOT_AVAILABLE: &str = "55P03";

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|error| error.code());
        match (&error, code.as_deref()) {
            (_, Some(QUERY_CANCELED)) => Self::takes_too_long(),
            (_, Some(LOCK_NOT_AVAILABLE)) => {
                Self::unavailable("the index is being derived again: try again")
            }
            (sqlx::Error::PoolTimedOut | sqlx::Error::Io(_) | sqlx::Error::PoolClosed, _) => {
                tracing::warn!(%error, "the database does not answer");
                Self::unavailable("the database does not answer: try again")
            }
            _ => Self::internal(&error),
        }
    }
}

impl From<Unanswered> for Problem {
    fn from(why: Unanswered) -> Self {
        match why {
            Unanswered::Late => Self::takes_too_long(),
            Unanswered::Loading => Self::unavailable(why.to_string()),
        }
    }
}

impl From<pedigree_sdk::accounts::AccountError> for Problem {
    fn from(error: pedigree_sdk::accounts::AccountError) -> Self {
        Self::internal(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        let mut response = (
            status,
            [(header::CONTENT_TYPE, "application/problem+json")],
            body,
        )
            .into_response();
        if let StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE = status {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}
