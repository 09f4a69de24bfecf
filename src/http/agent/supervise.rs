//! What supervisors oversee and do: the floor, a colleague's status, giving a conversation to somebody else.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::engine::{AgentStatus, Floor, Role};
use crate::http::agent::session::Agent;
use crate::http::agent::wire::{AgentEvent, AgentEvents, AgentFacts, PresenceRequest, Row, WireRole, WireStatus};
use crate::http::app::App;
use crate::http::body::{JsonBody, PathPart};
use crate::http::error::{ApiError, ErrorBody};
use crate::http::trouble::turn_failed;
use crate::id::{AgentId, ConversationId};

/// `GET /api/agent/floor`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FloorAnswer {
    /// Everybody who works on a site of the supervisor.
    pub agents: Vec<AgentOnFloor>,
    /// The queues of the supervisor's sites.
    pub queues: Vec<QueueOnFloor>,
    /// Conversations that agents have or that wait, at most 200.
    pub live: Vec<Row>,
}

/// An agent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentOnFloor {
    /// The account.
    pub id: String,
    /// The name.
    pub name: String,
    /// What the account may do.
    pub role: WireRole,
    /// The chosen status.
    pub status: WireStatus,
    /// Whether the desk is open somewhere.
    pub online: bool,
    /// Conversations now.
    pub load: u32,
    /// Conversations at most, by the assigner.
    pub capacity: u32,
    /// When they last did something, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_at: Option<i64>,
}

/// A queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueueOnFloor {
    /// The site.
    pub site: String,
    /// The queue.
    pub queue: String,
    /// Whether it is inside its hours.
    pub open: bool,
    /// How many wait.
    pub waiting: u32,
    /// Since when the one waits who has waited longest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_at: Option<i64>,
    /// Agents who are there for it.
    pub online: u32,
    /// Agents who could take another conversation.
    pub free: u32,
}

/// `POST /api/agent/conversations/{id}/assign`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AssignRequest {
    /// The agent's id.
    pub agent: String,
}

impl Agent {
    /// Refuses everybody below a supervisor.
    pub(crate) fn must_supervise(&self) -> Result<(), ApiError> {
        if self.account.role >= Role::Supervisor {
            return Ok(());
        }
        Err(ApiError::forbidden("supervisors_only", "Only a supervisor can do this."))
    }
}

/// Who is there, how the queues stand, and what people have a part in; supervisors and admins only.
#[utoipa::path(
    get, path = "/api/agent/floor", tag = "agent", security(("agent" = [])),
    responses((status = 200, body = FloorAnswer), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn floor(State(app): State<App>, agent: Agent) -> Result<Json<FloorAnswer>, ApiError> {
    agent.must_supervise()?;
    Ok(Json(FloorAnswer::of(app.engine().floor(&agent.account).map_err(turn_failed)?)))
}

/// Sets a colleague to available or away; supervisors and admins only.
#[utoipa::path(
    post, path = "/api/agent/agents/{id}/presence", tag = "agent", security(("agent" = [])), request_body = PresenceRequest,
    params(("id" = String, Path)),
    responses((status = 200, body = AgentFacts), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn presence_of(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<AgentId>,
    JsonBody(request): JsonBody<PresenceRequest>,
) -> Result<Json<AgentFacts>, ApiError> {
    agent.must_supervise()?;
    let status = AgentStatus::from(request.status);
    let account = app.engine().set_status_of(&agent.account, id, status).await.map_err(turn_failed)?;
    Ok(Json(AgentFacts::of(&account)))
}

/// Gives a conversation to an agent, whoever has it; supervisors and admins only.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/assign", tag = "agent", security(("agent" = [])), request_body = AssignRequest,
    params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn assign(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    JsonBody(request): JsonBody<AssignRequest>,
) -> Result<Json<AgentEvents>, ApiError> {
    agent.must_supervise()?;
    let to: AgentId = request.agent.parse().map_err(|_| ApiError::not_found("There is no such agent."))?;
    let done = app.engine().reassign(&agent.account, id, to).await.map_err(turn_failed)?;
    let last = done.events.last().map_or(done.version, |event| event.no);
    Ok(Json(AgentEvents { events: AgentEvent::all_of(&done.events), last: last.0 }))
}

impl FloorAnswer {
    fn of(floor: Floor) -> Self {
        let agent = |agent: &crate::engine::FloorAgent| AgentOnFloor {
            id: agent.account.id.to_string(),
            name: agent.account.name.clone(),
            role: agent.account.role.into(),
            status: agent.account.status.into(),
            online: agent.online,
            load: agent.load,
            capacity: agent.account.capacity,
            active_at: agent.active.map(|at| at.0),
        };
        let queue = |queue: crate::engine::FloorQueue| QueueOnFloor {
            site: queue.site.to_string(),
            queue: queue.queue.to_string(),
            open: queue.open,
            waiting: queue.waiting,
            oldest_at: queue.oldest.map(|at| at.0),
            online: queue.online,
            free: queue.free,
        };
        Self {
            agents: floor.agents.iter().map(agent).collect(),
            queues: floor.queues.into_iter().map(queue).collect(),
            live: floor.live.iter().map(Row::of).collect(),
        }
    }
}
