//! Logging in and out, and who a request comes from. Every request of the desk and of the agent API passes through the
//! extractor here: cookie, account, and for everything that changes something the page it comes from and the CSRF token.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::dialog::AgentRef;
use crate::engine::{Account, AgentStatus, Audit, NewAccount, Role, token};
use crate::http::agent::cookie::{self, Reached};
use crate::http::agent::wire::{AgentFacts, LoginRequest, Me, PresenceRequest, SetupRequest};
use crate::http::app::App;
use crate::http::body::{self, JsonBody};
use crate::http::error::{ApiError, ErrorBody};
use crate::http::password::{self, PasswordError};
use crate::http::trouble::account_failed;
use crate::http::{origin, peer};

/// The header with the CSRF token.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// An agent who is logged in. On everything that is not a GET this also means: the request comes from our own page.
#[derive(Clone)]
pub(crate) struct Agent {
    /// The account.
    pub account: Arc<Account>,
    /// To be sent back with everything that is not a GET.
    pub csrf: String,
    /// Whether they are linked with Telegram; none where the desk is not there.
    pub telegram: Option<bool>,
    /// Whether there are systems that hear of events.
    pub endpoints: bool,
    session: String,
    reached: Reached,
}

impl Agent {
    /// The agent as events name them.
    pub(crate) fn reference(&self) -> AgentRef {
        self.account.agent()
    }

    /// The session's token, to see whether it still counts later.
    pub(super) fn session(&self) -> &str {
        &self.session
    }

    /// Refuses everybody below an admin.
    pub(crate) fn must_be_admin(&self) -> Result<(), ApiError> {
        match self.account.role {
            Role::Admin => Ok(()),
            Role::Agent | Role::Supervisor => Err(ApiError::forbidden("admins_only", "Only an admin can do this.")),
        }
    }

    fn of_session(app: &App, reached: Reached, session: String) -> Option<Self> {
        let account = app.engine().accounts().session(&session)?;
        let telegram = app.engine().telegram_desk().map(|_| account.telegram.is_some());
        let endpoints = app.engine().endpoints().next().is_some();
        Some(Self { account, csrf: token::csrf(&session), telegram, endpoints, session, reached })
    }
}

impl FromRequestParts<App> for Agent {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let reached = cookie::reached(app, peer::peer(&parts.extensions), &parts.headers)?;
        let session = cookie::read(reached, &parts.headers).ok_or_else(not_logged_in)?;
        let agent = Self::of_session(app, reached, session).ok_or_else(not_logged_in)?;
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            origin::check_own(app, &parts.headers)?;
            let given = parts.headers.get(CSRF_HEADER).and_then(|token| token.to_str().ok()).unwrap_or_default();
            if !token::equal(given, &agent.csrf) {
                return Err(ApiError::forbidden(
                    "wrong_csrf_token",
                    "The header X-CSRF-Token is missing or old. Load the page again.",
                ));
            }
        }
        app.engine().seen(agent.account.id);
        Ok(agent)
    }
}

fn not_logged_in() -> ApiError {
    ApiError::unauthorized("not_logged_in", "Please log in.")
}

/// Makes the first admin with the one-time link that the server printed, and logs in.
#[utoipa::path(
    post, path = "/api/agent/setup", tag = "agent", request_body = SetupRequest,
    responses(
        (status = 200, description = "Made and logged in", body = Me),
        (status = "4XX", description = "Refused; nothing changed", body = ErrorBody),
    )
)]
pub(super) async fn setup(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let (from, request): (_, SetupRequest) = FromPage::read(&app, request).await?;
    app.rates().login(from.caller, "the setup link")?;
    let wrong = || {
        let message = "This link does not work any more. The server prints a new one when it starts.";
        ApiError::forbidden("wrong_link", message)
    };
    let accounts = app.engine().accounts();
    if !accounts.is_setup_token(&request.token) {
        return Err(wrong());
    }
    let hash = password::hash(request.password).await.map_err(password_failed)?;
    // Of two who use the link at once, one makes the admin.
    let _alone = app.setup().lock().await;
    if !accounts.is_setup_token(&request.token) {
        return Err(wrong());
    }
    let new = NewAccount {
        name: request.name,
        email: request.email,
        role: Role::Admin,
        password: Some(hash),
        status: if request.available { AgentStatus::Available } else { AgentStatus::Away },
        ..NewAccount::default()
    };
    let account = accounts.create(new).await.map_err(account_failed)?;
    tracing::info!(agent = %account.id, "the first admin was made");
    let made = Audit::AccountCreated { account: account.agent(), role: account.role };
    app.engine().audit(Some(&account.agent()), vec![made]).await;
    open_session(&app, from.reached, account).await
}

/// Logs in.
#[utoipa::path(
    post, path = "/api/agent/login", tag = "agent", request_body = LoginRequest,
    responses(
        (status = 200, description = "Logged in; the cookie is set", body = Me),
        (status = "4XX", description = "Refused", body = ErrorBody),
    )
)]
pub(super) async fn login(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let (from, request): (_, LoginRequest) = FromPage::read(&app, request).await?;
    app.rates().login(from.caller, &request.email)?;
    let account = app.engine().accounts().find_by_email(&request.email).filter(|account| !account.disabled);
    let known = account.as_ref().map(|account| account.agent());
    let stored = account.as_ref().and_then(|account| account.password.clone());
    let fits = password::verify(request.password, stored).await.map_err(password_failed)?;
    match account.filter(|_| fits) {
        Some(account) => open_session(&app, from.reached, account).await,
        None => {
            app.engine().login_failed(known);
            Err(ApiError::unauthorized("wrong_login", "The e-mail address or the password is wrong.")
                .inside(format!("a wrong login from {}", from.caller)))
        }
    }
}

/// Logs out: the session ends everywhere it may have been copied to.
#[utoipa::path(
    post, path = "/api/agent/logout", tag = "agent", security(("agent" = [])),
    responses((status = 204, description = "Logged out"), (status = "4XX", description = "Refused", body = ErrorBody))
)]
pub(super) async fn logout(State(app): State<App>, agent: Agent) -> Result<Response, ApiError> {
    app.engine().accounts().end_session(&agent.session).await.map_err(account_failed)?;
    app.engine().audit(Some(&agent.reference()), vec![Audit::LoggedOut]).await;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie::clear(agent.reached)?);
    Ok(response)
}

/// Who is logged in.
#[utoipa::path(
    get, path = "/api/agent/me", tag = "agent", security(("agent" = [])),
    responses((status = 200, body = Me), (status = "4XX", description = "Not logged in", body = ErrorBody))
)]
pub(super) async fn me(agent: Agent) -> Json<Me> {
    Json(Me { agent: AgentFacts::of(&agent.account), csrf: agent.csrf })
}

/// Chooses whether the assigner gives conversations.
#[utoipa::path(
    post, path = "/api/agent/presence", tag = "agent", security(("agent" = [])), request_body = PresenceRequest,
    responses((status = 200, body = Me), (status = "4XX", description = "Refused", body = ErrorBody))
)]
pub(super) async fn presence(
    State(app): State<App>,
    agent: Agent,
    JsonBody(request): JsonBody<PresenceRequest>,
) -> Result<Json<Me>, ApiError> {
    let status = AgentStatus::from(request.status);
    let account = app.engine().set_status(agent.account.id, status).await.map_err(account_failed)?;
    Ok(Json(Me { agent: AgentFacts::of(&account), csrf: agent.csrf }))
}

/// Where a request to log in comes from: our own page, over a connection that keeps a password secret.
pub(super) struct FromPage {
    pub(super) caller: std::net::IpAddr,
    pub(super) reached: Reached,
}

impl FromPage {
    pub(super) async fn read<T: serde::de::DeserializeOwned>(
        app: &App,
        request: Request,
    ) -> Result<(Self, T), ApiError> {
        let (parts, body) = request.into_parts();
        origin::check_own(app, &parts.headers)?;
        let reached = cookie::reached(app, peer::peer(&parts.extensions), &parts.headers)?;
        let caller = peer::rate_key(app.client(&parts));
        let value = body::json::<T>(Request::from_parts(parts, body)).await?;
        Ok((Self { caller, reached }, value))
    }
}

pub(super) async fn open_session(app: &App, reached: Reached, account: Arc<Account>) -> Result<Response, ApiError> {
    let session = app.engine().accounts().start_session(account.id).await.map_err(account_failed)?;
    app.engine().logged_in(&account.agent()).await;
    let cookie = cookie::set(reached, &session)?;
    let me = Me { agent: AgentFacts::of(&account), csrf: token::csrf(&session) };
    Ok(([(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(me))
        .into_response())
}

/// What the caller is told of a password that cannot be used.
pub(super) fn password_failed(error: PasswordError) -> ApiError {
    match error {
        PasswordError::TooShort | PasswordError::TooLong => ApiError::bad_request("bad_password", error.to_string()),
        PasswordError::Failed(_) => ApiError::internal(error),
    }
}
