//! The one error type of the HTTP edge: what the caller is told, and what the operator's log says. Whoever makes an error
//! says both; nothing of the inside leaks out.

use std::borrow::Cow;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// What every handler may fail with.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    /// For the log only.
    inside: Option<String>,
    retry_after_s: Option<u64>,
}

/// The body of every answer that is not a success.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorDetail,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorDetail {
    /// A stable name, for programs.
    #[schema(value_type = String)]
    pub code: &'static str,
    /// A sentence, for people.
    pub message: String,
}

impl ApiError {
    /// An error with a status, a stable code and a sentence for the caller.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), inside: None, retry_after_s: None }
    }

    /// 400: the caller sent something that cannot be read or used.
    pub fn bad_request(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 401: the caller must say who they are.
    pub fn unauthorized(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code, message)
    }

    /// 403: the caller may not do this.
    pub fn forbidden(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, message)
    }

    /// 404: there is no such thing.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 409: somebody or something else stands in the way.
    pub fn conflict(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 429: too often.
    pub fn too_many(message: impl Into<Cow<'static, str>>, retry_after_s: u64) -> Self {
        Self {
            retry_after_s: Some(retry_after_s.max(1)),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message)
        }
    }

    /// 503: not now; the same request may succeed later.
    pub fn unavailable(code: &'static str, message: impl Into<Cow<'static, str>>, retry_after_s: u64) -> Self {
        Self { retry_after_s: Some(retry_after_s.max(1)), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message) }
    }

    /// 500: a fault of ours. The caller learns nothing of it; the log does.
    pub fn internal(inside: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on the server. Please try again.",
        )
        .inside(inside)
    }

    /// The same under another stable name.
    #[must_use]
    pub fn named(self, code: &'static str) -> Self {
        Self { code, ..self }
    }

    /// Adds what only the log may say.
    #[must_use]
    pub fn inside(mut self, inside: impl std::fmt::Display) -> Self {
        self.inside = Some(inside.to_string());
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable name.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// After how many seconds it is worth another try, where that is known.
    pub fn retry_after_s(&self) -> Option<u64> {
        self.retry_after_s
    }

    /// The error as a body, for answers that are not HTTP: a WebSocket's frame.
    pub fn body(&self) -> ErrorBody {
        ErrorBody { error: ErrorDetail { code: self.code, message: self.message.clone().into_owned() } }
    }

    /// Writes the log line of an error that is ours; a caller's mistake is none.
    pub fn log(&self) {
        if let Some(inside) = &self.inside {
            let (status, code) = (self.status.as_u16(), self.code);
            if self.status.is_server_error() {
                tracing::error!(status, code, "a request failed: {inside}");
            } else {
                tracing::info!(status, code, "a request was refused: {inside}");
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        let mut response = (self.status, axum::Json(self.body())).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
