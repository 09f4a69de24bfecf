//! For operators and their machines: is it up, is it ready, figures, and the description of the API.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde::Serialize;

use crate::http::app::App;
use crate::http::metrics;

/// The routes for operators.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/healthz", routing::get(healthz))
        .route("/readyz", routing::get(readyz))
        .route("/metrics", routing::get(figures))
        .route("/openapi.json", routing::get(openapi))
}

/// The answer of `/readyz`.
#[derive(Debug, Serialize)]
struct Readiness {
    ready: bool,
    /// Why it is not ready.
    problems: Vec<String>,
    /// What works, but not as it should.
    warnings: Vec<String>,
}

/// The process answers.
async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether visitors can be served now.
async fn readyz(State(app): State<App>) -> Response {
    let mut health = app.engine().health();
    if app.stopping().now() {
        health.problems.push("the server is stopping".to_owned());
    }
    let ready = health.problems.is_empty();
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, problems: health.problems, warnings: health.warnings })).into_response()
}

async fn figures() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics::render())
}

async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], crate::http::openapi_json())
}
