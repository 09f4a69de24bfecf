//! The HTTP edge: visitors, agents, programs and operators, each with routes of their own. It turns requests into engine
//! calls and results into wire types; it decides nothing about conversations. axum stays in here.
//!
//! Start with `router` below; then `error` (what callers are told), `visitor`, `agent`, `rest`,
//! `directline`, `operator`.

mod agent;
mod allowed;
mod app;
pub mod assets;
mod body;
mod channel;
pub mod chat_page;
mod continuing;
mod demo;
pub mod demo_page;
mod description;
pub mod desk;
mod directline;
mod elsewhere;
mod error;
mod files;
mod headers;
mod identity_key;
pub mod limits;
mod listener;
mod metrics;
mod operator;
mod origin;
mod pages;
mod password;
mod peer;
mod rate;
mod rest;
mod settings;
mod sockets;
pub mod texts;
mod trouble;
mod uploads;
mod visitor;

use std::any::Any;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

pub use allowed::{AllowedOrigin, OriginError};
pub use app::App;
pub use description::openapi_json;
pub use directline::{DirectLine, SECRET_BYTES_MIN as DIRECT_LINE_SECRET_BYTES_MIN};
pub use identity_key::{IDENTITY_SECRET_BYTES_MIN, IdentityKey};
pub use listener::{Stop, Stopping, serve, stop_signal};
use metrics::UPKEEP_EVERY;
pub use password::{PasswordError, hash_blocking};
pub use settings::HttpConfig;
pub use texts::words;

use error::ApiError;

/// The whole server as one service.
pub fn router(app: &App) -> Router {
    metrics::install();
    rest::announce(app.config());
    let (visitor, _) = visitor::router().merge(continuing::router()).split_for_parts();
    let (agent, _) = agent::router().split_for_parts();
    let (rest, _) = rest::router().split_for_parts();
    // The answer to a wrong method is set before CORS, which must see the preflights first.
    let visitor = visitor.method_not_allowed_fallback(not_this_method);
    let visitor = headers::of_api(visitor).layer(from_fn(metrics::count)).layer(origin::cors(app));
    let agent = headers::of_api(agent).layer(from_fn(metrics::count));
    let direct_line = directline::router(app).method_not_allowed_fallback(not_this_method);
    let direct_line = headers::of_api(direct_line).layer(from_fn(metrics::count)).layer(directline::cors(app));
    let operator = headers::of_api(operator::router());
    Router::new()
        .merge(visitor)
        .merge(agent)
        .merge(direct_line)
        .merge(headers::of_api(demo::router()))
        .merge(operator)
        .merge(pages::router().merge(headers::of_pages(desk::router())).layer(CompressionLayer::new()))
        // Nothing but the call itself: this is the busiest route, and its callers are trusted.
        .merge(rest)
        .merge(channel::router(app))
        .merge(elsewhere::router(app))
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_this_method)
        .layer(CatchPanicLayer::custom(after_panic))
        .with_state(app.clone())
}

/// Housekeeping that never ends: to be run beside the server.
pub async fn keep_house(app: App) {
    let mut tick = tokio::time::interval(UPKEEP_EVERY);
    loop {
        tokio::select! {
            _ = tick.tick() => {
                metrics::upkeep();
                app.rates().forget_quiet_callers();
            }
            () = app.stopping().wait() => return,
        }
    }
}

async fn nothing_here() -> ApiError {
    ApiError::not_found("There is nothing at this address.")
}

async fn not_this_method() -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "wrong_method", "This address does not take this method.")
}

/// A panic is a bug: the request ends with an error, the process goes on, and the log says what happened.
fn after_panic(panic: Box<dyn Any + Send>) -> Response {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("something without words");
    ::metrics::counter!("frontdesk_panics_total").increment(1);
    ApiError::internal(format!("a handler panicked: {what}")).into_response()
}
