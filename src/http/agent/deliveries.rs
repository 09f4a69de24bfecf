//! The log of what was sent to the owner's own systems, and sending it again; for admins.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::engine::{EndpointLog, EventState, LogFilter, Logged};
use crate::http::agent::session::Agent;
use crate::http::app::App;
use crate::http::body::{JsonBody, PathPart, QueryPart};
use crate::http::error::{ApiError, ErrorBody};
use crate::http::trouble::turn_failed;

/// Entries at once.
const ENTRIES_MAX: usize = 50;

/// `GET /api/agent/deliveries`.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeliveriesQuery {
    /// Entries of this endpoint: its id. Without it, of the first.
    #[serde(default)]
    pub endpoint: String,
    /// Only `waiting`, `delivered` or `failed` ones.
    #[serde(default)]
    pub state: String,
    /// Only what stands before this entry: its `place`.
    #[serde(default)]
    pub before: String,
}

/// The systems that hear of events, and entries of the log of one, the latest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveriesAnswer {
    /// The systems.
    pub endpoints: Vec<EndpointFacts>,
    /// At most 50.
    pub entries: Vec<DeliveryFacts>,
    /// Whether there are more: ask again with `before`, the last one's `place`.
    pub more: bool,
}

/// A system that hears of events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EndpointFacts {
    /// Its id.
    pub id: String,
    /// Where it is.
    pub url: String,
    /// The only site that it hears of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Whether it takes nothing at the moment.
    pub down: bool,
    /// How many events wait for it.
    pub waiting: usize,
    /// How many in its log were given up.
    pub failed: usize,
}

/// An event that was sent, or waits for it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryFacts {
    /// The event's id.
    pub id: String,
    /// Its place in the log.
    pub place: String,
    /// Its type; none where it cannot be read any more.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// When it happened, in milliseconds since 1970.
    pub at: Option<i64>,
    /// `waiting`, `delivered` or `failed`.
    pub state: String,
    /// How often it was tried.
    pub tries: u32,
    /// What came of the last try.
    pub answer: Option<String>,
    /// When it is tried next, in milliseconds since 1970.
    pub next: Option<i64>,
}

/// What is sent again.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ResendDelivery {
    /// The only endpoint that gets it, by its id.
    #[serde(default)]
    pub endpoint: Option<String>,
}

/// Says to how many it goes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ResentDelivery {
    /// So many endpoints.
    pub endpoints: usize,
}

/// What was sent to the owner's own systems, or waits for it; admins only.
#[utoipa::path(
    get, path = "/api/agent/deliveries", tag = "agent", security(("agent" = [])), params(DeliveriesQuery),
    responses((status = 200, body = DeliveriesAnswer), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn deliveries(
    State(app): State<App>,
    agent: Agent,
    QueryPart(query): QueryPart<DeliveriesQuery>,
) -> Result<Json<DeliveriesAnswer>, ApiError> {
    agent.must_be_admin()?;
    let endpoints = read(&app, &query).await?;
    let shown = query.shown(&endpoints);
    Ok(Json(DeliveriesAnswer {
        entries: shown.map(|log| log.entries.iter().map(DeliveryFacts::of).collect()).unwrap_or_default(),
        more: shown.is_some_and(|log| log.more),
        endpoints: endpoints.iter().map(EndpointFacts::of).collect(),
    }))
}

/// Sends an event once more, to one endpoint; without one where it was given up, else to all. Admins only.
#[utoipa::path(
    post, path = "/api/agent/deliveries/{id}/resend", tag = "agent", security(("agent" = [])), request_body = ResendDelivery,
    params(("id" = String, Path)),
    responses((status = 200, body = ResentDelivery), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn resend_delivery(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<String>,
    JsonBody(request): JsonBody<ResendDelivery>,
) -> Result<Json<ResentDelivery>, ApiError> {
    agent.must_be_admin()?;
    match app.engine().resend_event(&id, request.endpoint.as_deref()).await.map_err(turn_failed)? {
        0 => Err(ApiError::not_found("There is no such event in the log.")),
        endpoints => Ok(Json(ResentDelivery { endpoints })),
    }
}

/// All endpoints, each with the entries of its log if it is the one that is shown.
pub(crate) async fn read(app: &App, query: &DeliveriesQuery) -> Result<Vec<EndpointLog>, ApiError> {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let state = match given(&query.state) {
        None => None,
        Some(name) => Some(
            EventState::ALL
                .into_iter()
                .find(|state| state.name() == name)
                .ok_or_else(|| ApiError::bad_request("bad_query", "There is no such state."))?,
        ),
    };
    let (shown, before) = (given(&query.endpoint), given(&query.before));
    let first = app.engine().endpoints().next().map(|endpoint| endpoint.id().to_owned());
    let shown = shown.or(first);
    app.read_archive(move |engine| {
        let log = |endpoint| {
            let entries_max =
                if shown.as_deref() == Some(crate::engine::Endpoint::id(endpoint)) { ENTRIES_MAX } else { 0 };
            let asked = LogFilter { state, before: before.clone(), entries_max };
            engine.endpoint_log(endpoint, &asked).map_err(turn_failed)
        };
        engine.endpoints().map(log).collect()
    })
    .await
}

impl DeliveriesQuery {
    /// The endpoint of which entries are shown.
    pub(crate) fn shown<'a>(&self, endpoints: &'a [EndpointLog]) -> Option<&'a EndpointLog> {
        match self.endpoint.as_str() {
            "" => endpoints.first(),
            id => endpoints.iter().find(|log| log.endpoint.id() == id),
        }
    }
}

impl EndpointFacts {
    fn of(log: &EndpointLog) -> Self {
        Self {
            id: log.endpoint.id().to_owned(),
            url: log.endpoint.shown_url(),
            site: log.endpoint.site.as_ref().map(ToString::to_string),
            down: log.down,
            waiting: log.waiting,
            failed: log.failed,
        }
    }
}

impl DeliveryFacts {
    fn of(entry: &Logged) -> Self {
        Self {
            id: entry.id.clone(),
            place: entry.place.clone(),
            kind: entry.kind.map(|kind| kind.name().to_owned()),
            at: entry.at.map(|at| at.0),
            state: entry.state.name().to_owned(),
            tries: entry.tries,
            answer: entry.answer.clone(),
            next: entry.next.map(|next| next.0),
        }
    }
}
