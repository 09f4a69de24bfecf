//! An agent's own link with Telegram: a code to say to the operators' bot, and the way back.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;

use crate::http::agent::session::Agent;
use crate::http::app::App;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::trouble::account_failed;

/// How an agent links their account with Telegram.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TelegramLink {
    /// What to write to the bot, such as `/start wq3…`.
    say: String,
    /// The link that does the same; none where Telegram did not tell the bot's name.
    link: Option<String>,
    /// When the code ends, in milliseconds since 1970.
    until: i64,
}

/// Makes a code by which the caller links their account with Telegram: it works once, for 15 minutes, and ends an earlier one.
#[utoipa::path(
    post, path = "/api/agent/me/telegram", tag = "agent", security(("agent" = [])),
    responses((status = 200, body = TelegramLink), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn offer(State(app): State<App>, agent: Agent) -> Result<Json<TelegramLink>, ApiError> {
    let offer = app.engine().offer_telegram(agent.account.id).await;
    let offer = offer.ok_or_else(|| ApiError::not_found("The desk in Telegram is not set up on this server."))?;
    Ok(Json(TelegramLink { say: format!("/start {}", offer.code), link: offer.link, until: offer.until.0 }))
}

/// Ends the caller's link with Telegram: nothing is heard from there any more, and nothing goes there.
#[utoipa::path(
    delete, path = "/api/agent/me/telegram", tag = "agent", security(("agent" = [])),
    responses((status = 204, description = "Not linked"), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn unlink(State(app): State<App>, agent: Agent) -> Result<StatusCode, ApiError> {
    app.engine().unlink_telegram(&agent.account).await.map_err(account_failed)?;
    Ok(StatusCode::NO_CONTENT)
}
