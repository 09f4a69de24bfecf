//! How agents file a conversation: labels, priority, on hold, reminders, complaints.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dialog::AgentCommand;
use crate::flow::Priority;
use crate::http::agent::commands::{Done, command};
use crate::http::agent::session::Agent;
use crate::http::agent::wire::AgentEvents;
use crate::http::app::App;
use crate::http::body::{JsonBody, PathPart};
use crate::http::error::{ApiError, ErrorBody};
use crate::id::{ConversationId, EventNo};
use crate::time::{Span, Time};

/// `POST …/labels`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabelsRequest {
    /// Labels to add, of at most 40 characters each.
    #[serde(default)]
    pub add: Vec<String>,
    /// Labels to remove.
    #[serde(default)]
    pub remove: Vec<String>,
}

/// `POST …/priority`.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PriorityRequest {
    /// How urgent it is from now on.
    pub priority: WirePriority,
}

/// How urgent a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WirePriority {
    /// After all others.
    Low,
    /// As usual.
    Normal,
    /// Before the usual ones.
    High,
    /// Before all others.
    Urgent,
}

impl From<WirePriority> for Priority {
    fn from(priority: WirePriority) -> Self {
        match priority {
            WirePriority::Low => Self::Low,
            WirePriority::Normal => Self::Normal,
            WirePriority::High => Self::High,
            WirePriority::Urgent => Self::Urgent,
        }
    }
}

/// `POST …/snooze`: until a moment, or for a number of minutes.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct SnoozeRequest {
    /// Until when, in milliseconds since 1970.
    pub until: Option<i64>,
    /// For so many minutes from now.
    pub minutes: Option<u32>,
}

/// `POST …/follow-ups`: at a moment, or in a number of minutes.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct FollowUpRequest {
    /// When it is due, in milliseconds since 1970.
    pub due: Option<i64>,
    /// In so many minutes from now.
    pub minutes: Option<u32>,
    /// What is to be done, in at most 500 characters.
    pub note: String,
}

/// `POST …/follow-ups/done`.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct FollowUpDoneRequest {
    /// The event that set it.
    pub event: u64,
    /// Whether it is done; `false` takes that back.
    pub done: bool,
}

/// `POST …/complaint`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ComplaintRequest {
    /// About what, in at most 500 characters.
    pub cause: Option<String>,
}

/// Adds and removes labels. Nothing changes where one of them is refused.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/labels", tag = "agent", security(("agent" = [])),
    request_body = LabelsRequest, params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn labels(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    JsonBody(request): JsonBody<LabelsRequest>,
) -> Done {
    command(&app, &agent, id, AgentCommand::Label { add: request.add, remove: request.remove }).await
}

/// Changes the priority. Where the visitor waits, the place in the queue follows.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/priority", tag = "agent", security(("agent" = [])),
    request_body = PriorityRequest, params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn priority(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    JsonBody(request): JsonBody<PriorityRequest>,
) -> Done {
    command(&app, &agent, id, AgentCommand::Prioritise { priority: request.priority.into() }).await
}

/// Puts one's own conversation on hold. It comes back at that time, or as soon as the visitor writes.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/snooze", tag = "agent", security(("agent" = [])),
    request_body = SnoozeRequest, params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn snooze(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    JsonBody(request): JsonBody<SnoozeRequest>,
) -> Done {
    let until = moment(&app, request.until, request.minutes)?;
    command(&app, &agent, id, AgentCommand::Snooze { until }).await
}

/// Takes one's own conversation off hold.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/wake", tag = "agent", security(("agent" = [])), params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn wake(State(app): State<App>, agent: Agent, PathPart(id): PathPart<ConversationId>) -> Done {
    command(&app, &agent, id, AgentCommand::Wake).await
}

/// Sets a reminder, also on a conversation that is over. The number of its event, `last` of the answer, is its name.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/follow-ups", tag = "agent", security(("agent" = [])),
    request_body = FollowUpRequest, params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn follow_up(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    JsonBody(request): JsonBody<FollowUpRequest>,
) -> Done {
    let due = moment(&app, request.due, request.minutes)?;
    command(&app, &agent, id, AgentCommand::FollowUp { due, note: request.note }).await
}

/// Marks a reminder as done, or takes that back.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/follow-ups/done", tag = "agent", security(("agent" = [])),
    request_body = FollowUpDoneRequest, params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn follow_up_done(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    JsonBody(request): JsonBody<FollowUpDoneRequest>,
) -> Done {
    command(&app, &agent, id, AgentCommand::FollowUpDone { of: EventNo(request.event), done: request.done }).await
}

/// Records that the visitor complains. They are told at once that a person looks after it; the label is `complaint`.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/complaint", tag = "agent", security(("agent" = [])),
    request_body = ComplaintRequest, params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn complaint(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    JsonBody(request): JsonBody<ComplaintRequest>,
) -> Done {
    command(&app, &agent, id, AgentCommand::Complaint { cause: request.cause }).await
}

fn moment(app: &App, at: Option<i64>, minutes: Option<u32>) -> Result<Time, ApiError> {
    match (at, minutes) {
        (Some(at), None) => Ok(Time(at)),
        (None, Some(minutes)) => Ok(app.engine().clock().now() + Span::minutes(minutes.into())),
        _ => Err(ApiError::bad_request("bad_value", "Name either a moment or a number of minutes.")),
    }
}
