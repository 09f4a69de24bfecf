//! Accounts, for admins.

use axum::Json;
use axum::extract::State;

use crate::engine::{Account, AccountChange, AgentStatus, Audit, NewAccount, Role};
use crate::http::agent::session::{Agent, password_failed};
use crate::http::agent::wire::{AgentFacts, AgentList, ChangeAgentRequest, NewAgentRequest, WireRole, WireStatus};
use crate::http::app::App;
use crate::http::body::{JsonBody, PathPart};
use crate::http::error::{ApiError, ErrorBody};
use crate::http::password;
use crate::http::trouble::account_failed;
use crate::id::{AgentId, Language, QueueName, SiteId};

/// All accounts.
#[utoipa::path(
    get, path = "/api/agent/agents", tag = "agent", security(("agent" = [])),
    responses((status = 200, body = AgentList), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn list(State(app): State<App>, agent: Agent) -> Result<Json<AgentList>, ApiError> {
    agent.must_be_admin()?;
    let accounts = app.engine().accounts().list();
    Ok(Json(AgentList { agents: accounts.iter().map(|account| AgentFacts::of(account)).collect() }))
}

/// Makes an account.
#[utoipa::path(
    post, path = "/api/agent/agents", tag = "agent", security(("agent" = [])), request_body = NewAgentRequest,
    responses((status = 200, body = AgentFacts), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn create(
    State(app): State<App>,
    agent: Agent,
    JsonBody(request): JsonBody<NewAgentRequest>,
) -> Result<Json<AgentFacts>, ApiError> {
    agent.must_be_admin()?;
    let NewAgentRequest { name, email, role, password, sites, queues, languages, capacity } = request;
    let (sites, queues) = (checked_sites(&app, sites)?, checked_queues(queues)?);
    let password = Some(password::hash(password).await.map_err(password_failed)?);
    let languages = checked_languages(languages);
    let status = AgentStatus::default();
    let new = NewAccount { name, email, role: role.into(), password, sites, queues, languages, capacity, status };
    let account = app.engine().accounts().create(new).await.map_err(account_failed)?;
    let made = Audit::AccountCreated { account: account.agent(), role: account.role };
    app.engine().audit(Some(&agent.reference()), vec![made]).await;
    Ok(Json(AgentFacts::of(&account)))
}

/// Changes an account. An admin cannot close or demote the own account: the last one would be locked out.
#[utoipa::path(
    patch, path = "/api/agent/agents/{id}", tag = "agent", security(("agent" = [])), request_body = ChangeAgentRequest,
    params(("id" = String, Path)),
    responses((status = 200, body = AgentFacts), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn change(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<AgentId>,
    JsonBody(request): JsonBody<ChangeAgentRequest>,
) -> Result<Json<AgentFacts>, ApiError> {
    agent.must_be_admin()?;
    let demoted = request.role.is_some_and(|role| role != WireRole::Admin) || request.disabled == Some(true);
    if id == agent.account.id && demoted {
        let message = "You cannot close or demote your own account. Ask another admin.";
        return Err(ApiError::conflict("own_account", message));
    }
    let password = match request.password {
        Some(password) => Some(password::hash(password).await.map_err(password_failed)?),
        None => None,
    };
    let change = AccountChange {
        name: request.name,
        email: request.email,
        role: request.role.map(Role::from),
        sites: request.sites.map(|sites| checked_sites(&app, sites)).transpose()?,
        queues: request.queues.map(checked_queues).transpose()?,
        languages: request.languages.map(checked_languages),
        capacity: request.capacity,
        disabled: request.disabled,
        password,
    };
    let before = app.engine().accounts().get(id);
    let new_password = change.password.is_some();
    let account = app.engine().accounts().update(id, change).await.map_err(account_failed)?;
    if let Some(before) = before {
        let what = Audit::of_change(&before, &account, new_password);
        app.engine().audit(Some(&agent.reference()), what).await;
    }
    Ok(Json(AgentFacts::of(&account)))
}

impl AgentFacts {
    /// What a program may know of an account: never the password.
    pub(crate) fn of(account: &Account) -> Self {
        Self {
            id: account.id.to_string(),
            name: account.name.clone(),
            email: account.email.clone(),
            role: account.role.into(),
            status: account.status.into(),
            sites: account.sites.iter().map(ToString::to_string).collect(),
            queues: account.queues.iter().map(ToString::to_string).collect(),
            languages: account.languages.iter().map(ToString::to_string).collect(),
            capacity: account.capacity,
            disabled: account.disabled,
            telegram: account.telegram.is_some(),
        }
    }
}

impl From<WireRole> for Role {
    fn from(role: WireRole) -> Self {
        match role {
            WireRole::Agent => Self::Agent,
            WireRole::Supervisor => Self::Supervisor,
            WireRole::Admin => Self::Admin,
        }
    }
}

impl From<Role> for WireRole {
    fn from(role: Role) -> Self {
        match role {
            Role::Agent => Self::Agent,
            Role::Supervisor => Self::Supervisor,
            Role::Admin => Self::Admin,
        }
    }
}

impl From<WireStatus> for AgentStatus {
    fn from(status: WireStatus) -> Self {
        match status {
            WireStatus::Available => Self::Available,
            WireStatus::Away => Self::Away,
        }
    }
}

impl From<AgentStatus> for WireStatus {
    fn from(status: AgentStatus) -> Self {
        match status {
            AgentStatus::Available => Self::Available,
            AgentStatus::Away => Self::Away,
        }
    }
}

fn checked_sites(app: &App, sites: Vec<String>) -> Result<Vec<SiteId>, ApiError> {
    let known = |site: String| match app.site(&site) {
        Some((id, _)) => Ok(id.clone()),
        None => Err(ApiError::bad_request("no_such_site", "There is no such site here.")),
    };
    sites.into_iter().map(known).collect()
}

/// Language tags in our form; the engine refuses what is none.
fn checked_languages(languages: Vec<String>) -> Vec<Language> {
    let tag = |language: String| Language::from(language.trim().to_ascii_lowercase().replace('_', "-"));
    languages.into_iter().map(tag).collect()
}

fn checked_queues(queues: Vec<String>) -> Result<Vec<QueueName>, ApiError> {
    if queues.len() > 200 || queues.iter().any(|queue| queue.is_empty() || queue.len() > 200) {
        return Err(ApiError::bad_request("bad_queues", "At most 200 queues can be named, each with 1 to 200 bytes."));
    }
    Ok(queues.into_iter().map(QueueName::from).collect())
}
