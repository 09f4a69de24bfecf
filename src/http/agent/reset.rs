//! Setting a new password by a link that an admin made: for whoever has forgotten theirs. The link counts once, for a day.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::engine::{Audit, RESET_LINK};
use crate::http::agent::session::{Agent, FromPage, open_session, password_failed};
use crate::http::agent::wire::Me;
use crate::http::app::App;
use crate::http::body::PathPart;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::password;
use crate::http::trouble::account_failed;
use crate::id::AgentId;

/// The link.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResetLink {
    /// To be opened in a browser by whoever the account belongs to. The token stands behind `#`, so that it reaches no log.
    pub path: String,
    /// For how long it counts, in seconds.
    pub valid_s: i64,
}

/// `POST /api/agent/reset`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetRequest {
    /// What stands behind `#` in the link.
    pub token: String,
    /// At least 10 characters.
    pub password: String,
}

/// Makes a link by which the owner of an account sets a new password, once; admins only. An earlier link ends.
#[utoipa::path(
    post, path = "/api/agent/agents/{id}/reset-link", tag = "agent", security(("agent" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = ResetLink), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn offer(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<AgentId>,
) -> Result<Json<ResetLink>, ApiError> {
    agent.must_be_admin()?;
    let accounts = app.engine().accounts();
    let token = accounts.offer_reset(id).await.map_err(account_failed)?;
    if let Some(account) = accounts.get(id) {
        let what = vec![Audit::ResetLinkMade { account: account.agent() }];
        app.engine().audit(Some(&agent.reference()), what).await;
    }
    Ok(Json(ResetLink { path: format!("/desk/reset#{token}"), valid_s: RESET_LINK.0 / 1_000 }))
}

/// Sets a new password by such a link, and logs in. Every other session of the account ends.
#[utoipa::path(
    post, path = "/api/agent/reset", tag = "agent", request_body = ResetRequest,
    responses(
        (status = 200, description = "Set and logged in; the cookie is set", body = Me),
        (status = "4XX", description = "Refused; nothing changed", body = ErrorBody),
    )
)]
pub(super) async fn redeem(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let (from, request): (_, ResetRequest) = FromPage::read(&app, request).await?;
    app.rates().login(from.caller, "the reset link")?;
    let wrong = || {
        let message = "This link does not work any more. Ask an admin for a new one.";
        ApiError::forbidden("wrong_reset_link", message)
    };
    let accounts = app.engine().accounts();
    let account = accounts.reset(&request.token).ok_or_else(wrong)?;
    let hash = password::hash(request.password).await.map_err(password_failed)?;
    // Of two who use the link at once, one sets the password.
    let _alone = app.setup().lock().await;
    accounts.reset(&request.token).ok_or_else(wrong)?;
    let account = accounts.set_password(account.id, hash).await.map_err(account_failed)?;
    let what = vec![Audit::PasswordSet { account: account.agent() }];
    app.engine().audit(Some(&account.agent()), what).await;
    open_session(&app, from.reached, account).await
}
