//! Reading what callers send: JSON bodies, path parts and queries, each refused with a clear sentence. Nothing here knows
//! what the values mean.

use std::str::FromStr;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

use crate::http::error::ApiError;
use crate::http::limits::{JSON_BODY_BYTES_MAX, REQUEST_BODY};

/// A JSON body of at most [`JSON_BODY_BYTES_MAX`].
#[derive(Debug)]
pub(super) struct JsonBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ApiError> {
        json(request).await.map(Self)
    }
}

/// Reads a JSON body of at most [`JSON_BODY_BYTES_MAX`].
pub(super) async fn json<T: DeserializeOwned>(request: Request) -> Result<T, ApiError> {
    let json = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    });
    if !json {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_json",
            "The body must be JSON, and the header Content-Type must say application/json.",
        ));
    }
    let bytes = read(request.into_body(), JSON_BODY_BYTES_MAX).await?;
    parse(&bytes)
}

/// Reads a whole body of at most `bytes_max`.
pub(super) async fn read(body: Body, bytes_max: usize) -> Result<Bytes, ApiError> {
    match tokio::time::timeout(REQUEST_BODY, axum::body::to_bytes(body, bytes_max)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(too_large_or_broken(&error, bytes_max)),
        Err(_late) => Err(ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            "body_too_slow",
            format!("The body did not arrive within {} seconds.", REQUEST_BODY.as_secs()),
        )),
    }
}

/// Reads JSON. Invalid UTF-8, a wrong shape and a number out of range are all the caller's mistakes.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // What is not asked for is skipped unread, so the whole body is looked at first.
    let text = std::str::from_utf8(bytes).map_err(|_| ApiError::bad_request("bad_json", "The body is not UTF-8."))?;
    serde_json::from_str(text).map_err(|error| {
        if error.is_data() {
            ApiError::bad_request("bad_value", format!("The body is not what this call expects: {error}."))
        } else {
            ApiError::bad_request("bad_json", format!("The body is not JSON: {error}."))
        }
    })
}

/// One part of the path, such as an id.
#[derive(Debug)]
pub(super) struct PathPart<T>(pub T);

impl<S: Send + Sync, T: FromStr<Err: std::fmt::Display>> FromRequestParts<S> for PathPart<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::not_found("There is nothing at this address."))?;
        text.parse().map(Self).map_err(|error: T::Err| ApiError::not_found(format!("There is no such thing: {error}.")))
    }
}

/// The query after `?`.
#[derive(Debug)]
pub(super) struct QueryPart<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryPart<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(value) = Query::<T>::from_request_parts(parts, state)
            .await
            .map_err(|error| ApiError::bad_request("bad_query", format!("{}.", error.body_text())))?;
        Ok(Self(value))
    }
}

fn too_large_or_broken(error: &axum::Error, bytes_max: usize) -> ApiError {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if error.is::<http_body_util::LengthLimitError>() {
            return ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                format!("The body is larger than {} KB.", bytes_max / 1024),
            );
        }
        source = error.source();
    }
    ApiError::bad_request("broken_body", "The body ended before it was complete.")
}
