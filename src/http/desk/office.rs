//! The addresses of the pages about people, the team, the audit trail and events: who may see them, and what fills them.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;

use super::labels::SiteLabels;
use super::routes::{Reader, fresh, later, missing, to_login, viewer};
use super::view::{AuditView, EventsView, PersonView, Rank, TeamView};
use super::{audit, events, people, sheet, team, team_fragment};
use crate::engine::{PersonError, PersonRow, Role};
use crate::http::agent::audit::{AuditQuery, read};
use crate::http::agent::deliveries::{self, DeliveriesQuery};
use crate::http::agent::people::found;
use crate::http::agent::session::Agent;
use crate::http::app::App;
use crate::http::body::{PathPart, QueryPart};
use crate::http::error::ApiError;
use crate::http::texts::Texts;
use crate::http::trouble::{person_failed, turn_failed};
use crate::id::ContactId;

/// The pages.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/desk/people", get(people_page))
        .route("/desk/p/{id}", get(person_page))
        .route("/desk/team", get(team_page))
        .route("/desk/fragments/team", get(team_part))
        .route("/desk/audit", get(audit_page))
        .route("/desk/events", get(events_page))
}

/// What an account may do, as pages say it.
pub(super) fn rank(role: Role) -> Rank {
    match role {
        Role::Agent => Rank::Agent,
        Role::Supervisor => Rank::Supervisor,
        Role::Admin => Rank::Admin,
    }
}

/// `?q=`.
#[derive(Debug, Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    q: String,
}

/// The people who fit what is asked for; nothing where nothing is.
async fn candidates(app: &App, agent: &Agent, wanted: &Wanted) -> Result<Option<Vec<PersonRow>>, ApiError> {
    match wanted.q.trim() {
        "" => Ok(None),
        query => found(app, agent, query).await.map(Some),
    }
}

async fn people_page(
    State(app): State<App>,
    reader: Reader,
    QueryPart(wanted): QueryPart<Wanted>,
) -> Result<Response, ApiError> {
    let Some(agent) = &reader.agent else { return Ok(to_login()) };
    let people_found = match candidates(&app, agent, &wanted).await {
        Ok(found) => found,
        Err(error) => return later(error, agent, reader.t),
    };
    Ok(fresh(people(&wanted.q, people_found.as_deref(), &viewer(agent), reader.t)))
}

async fn person_page(
    State(app): State<App>,
    reader: Reader,
    id: Result<PathPart<ContactId>, ApiError>,
    QueryPart(wanted): QueryPart<Wanted>,
) -> Result<Response, ApiError> {
    let Some(agent) = &reader.agent else { return Ok(to_login()) };
    let Ok(PathPart(id)) = id else { return Ok(missing(agent, reader.t)) };
    let mut known = match app.engine().person(&agent.account, id) {
        Err(PersonError::NotFound) => return Ok(missing(agent, reader.t)),
        known => known.map_err(person_failed)?,
    };
    let labels = SiteLabels::new(app.engine(), reader.t);
    known.conversations.iter_mut().for_each(|summary| labels.name(summary));
    let candidates = match candidates(&app, agent, &wanted).await {
        Ok(found) => found,
        Err(error) => return later(error, agent, reader.t),
    };
    let view = PersonView { now: app.engine().clock().now(), sheet: known, query: wanted.q, found: candidates };
    Ok(fresh(sheet(&view, &viewer(agent), reader.t)))
}

async fn team_page(State(app): State<App>, reader: Reader) -> Result<Response, ApiError> {
    let Some(agent) = &reader.agent else { return Ok(to_login()) };
    Ok(fresh(team(&team_view(&app, agent, reader.t)?, &viewer(agent), reader.t)))
}

async fn team_part(State(app): State<App>, agent: Agent, reader: Reader) -> Result<Response, ApiError> {
    Ok(fresh(team_fragment(&team_view(&app, &agent, reader.t)?, &viewer(&agent), reader.t)))
}

fn team_view(app: &App, agent: &Agent, t: &Texts) -> Result<TeamView, ApiError> {
    agent.must_supervise()?;
    let engine = app.engine();
    let mut floor = engine.floor(&agent.account).map_err(turn_failed)?;
    let labels = SiteLabels::new(engine, t);
    floor.live.iter_mut().for_each(|row| labels.name(&mut row.summary));
    floor.queues.iter_mut().for_each(|queue| queue.queue = labels.queue(&queue.site, &queue.queue));
    Ok(TeamView { now: engine.clock().now(), floor, several_sites: engine.sites().count() > 1 })
}

async fn audit_page(
    State(app): State<App>,
    reader: Reader,
    QueryPart(asked): QueryPart<AuditQuery>,
) -> Result<Response, ApiError> {
    let Some(agent) = &reader.agent else { return Ok(to_login()) };
    agent.must_be_admin()?;
    let page = match read(&app, &asked).await {
        Ok(page) => page,
        Err(error) => return later(error, agent, reader.t),
    };
    let agents = app.engine().accounts().list().iter().map(|account| account.agent()).collect();
    Ok(fresh(audit(&AuditView { page, asked, agents }, &viewer(agent), reader.t)))
}

async fn events_page(
    State(app): State<App>,
    reader: Reader,
    QueryPart(asked): QueryPart<DeliveriesQuery>,
) -> Result<Response, ApiError> {
    let Some(agent) = &reader.agent else { return Ok(to_login()) };
    agent.must_be_admin()?;
    let endpoints = match deliveries::read(&app, &asked).await {
        Ok(endpoints) => endpoints,
        Err(error) => return later(error, agent, reader.t),
    };
    Ok(fresh(events(&EventsView { endpoints, asked }, &viewer(agent), reader.t)))
}
