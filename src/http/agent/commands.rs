//! What an agent does to a conversation. Whether it is possible is decided by the conversation itself; here only roles and
//! texts are checked.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;

use crate::dialog::{AgentCommand, AgentRef, Event};
use crate::engine::Role;
use crate::http::agent::session::Agent;
use crate::http::agent::wire::{
    AgentEvent, AgentEvents, HandBackRequest, NoteRequest, ResendRequest, SayRequest, TransferRequest,
};
use crate::http::app::App;
use crate::http::body::{JsonBody, PathPart};
use crate::http::continuing::{self, LinkAnswer};
use crate::http::error::{ApiError, ErrorBody};
use crate::http::limits::EVENTS_MAX;
use crate::http::trouble::turn_failed;
use crate::http::visitor::checked_text;
use crate::id::{AgentId, ConversationId, EventNo, FlowName, QueueName};

pub(super) type Done = Result<Json<AgentEvents>, ApiError>;

/// Takes the conversation from the bot or the queue.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/claim", tag = "agent", security(("agent" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn claim(State(app): State<App>, agent: Agent, PathPart(id): PathPart<ConversationId>) -> Done {
    command(&app, &agent, id, AgentCommand::Claim).await
}

/// Takes the conversation from another agent; supervisors and admins only.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/take-over", tag = "agent", security(("agent" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn take_over(State(app): State<App>, agent: Agent, PathPart(id): PathPart<ConversationId>) -> Done {
    if agent.account.role == Role::Agent {
        let message = "Only a supervisor can take a conversation from another agent.";
        return Err(ApiError::forbidden("supervisors_only", message));
    }
    command(&app, &agent, id, AgentCommand::TakeOver).await
}

/// Says something to the visitor; claims the conversation from the bot or the queue.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/say", tag = "agent", security(("agent" = [])), request_body = SayRequest,
    params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn say(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    JsonBody(request): JsonBody<SayRequest>,
) -> Done {
    let text = checked_text(request.text)?;
    if let Some(seen) = request.seen {
        nobody_answered(&app, &agent, id, EventNo(seen))?;
    }
    command(&app, &agent, id, AgentCommand::Say { text, client: request.client_id }).await
}

/// Writes a note that the visitor never sees. Colleagues whom it names, as in `@Ada Lovelace`, find it on top of their inbox.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/note", tag = "agent", security(("agent" = [])), request_body = NoteRequest,
    params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn note(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    JsonBody(request): JsonBody<NoteRequest>,
) -> Done {
    let text = checked_text(request.text)?;
    command(&app, &agent, id, AgentCommand::Note { text, mentions: Vec::new() }).await
}

/// Sends a message once more that did not reach the visitor in a messaging app.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/resend", tag = "agent", security(("agent" = [])), request_body = ResendRequest,
    params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn resend(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    JsonBody(request): JsonBody<ResendRequest>,
) -> Done {
    command(&app, &agent, id, AgentCommand::Resend { of: EventNo(request.of) }).await
}

/// Says that the notes that name the caller were seen, so that they are listed no more.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/mentions/seen", tag = "agent", security(("agent" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn see_mentions(State(app): State<App>, agent: Agent, PathPart(id): PathPart<ConversationId>) -> Done {
    command(&app, &agent, id, AgentCommand::SeeMentions).await
}

/// Gives the conversation back to its queue, at the same place.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/return", tag = "agent", security(("agent" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn give_back(State(app): State<App>, agent: Agent, PathPart(id): PathPart<ConversationId>) -> Done {
    command(&app, &agent, id, AgentCommand::ReturnToQueue).await
}

/// Passes the conversation to another queue or to another agent.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/transfer", tag = "agent", security(("agent" = [])),
    request_body = TransferRequest, params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn transfer(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    JsonBody(request): JsonBody<TransferRequest>,
) -> Done {
    let note = request.note.filter(|note| !note.trim().is_empty()).map(checked_text).transpose()?;
    let command_given = match (request.queue, request.agent) {
        (Some(queue), None) => AgentCommand::TransferToQueue { queue: QueueName::from(queue), note },
        (None, Some(to)) => AgentCommand::TransferToAgent { to: colleague(&app, &to)?, note },
        _ => return Err(ApiError::bad_request("bad_value", "Name either a queue or an agent.")),
    };
    command(&app, &agent, id, command_given).await
}

/// Marks the case as solved. A reply within a day reopens it for the bot.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/resolve", tag = "agent", security(("agent" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn resolve(State(app): State<App>, agent: Agent, PathPart(id): PathPart<ConversationId>) -> Done {
    command(&app, &agent, id, AgentCommand::Resolve).await
}

/// Gives the conversation to the bot, which goes on with a flow if one is named.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/hand-back", tag = "agent", security(("agent" = [])),
    request_body = HandBackRequest, params(("id" = String, Path)),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn hand_back(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    JsonBody(request): JsonBody<HandBackRequest>,
) -> Done {
    let flow = request.flow.filter(|flow| !flow.is_empty()).map(FlowName::from);
    command(&app, &agent, id, AgentCommand::HandBack { flow }).await
}

/// Refuses where a colleague has answered since the agent began to write.
fn nobody_answered(app: &App, agent: &Agent, id: ConversationId, seen: EventNo) -> Result<(), ApiError> {
    agent.must_see(app, id)?;
    let events = app.engine().events(id, seen, EVENTS_MAX).map_err(turn_failed)?;
    let by = events.iter().find_map(|recorded| match &recorded.event {
        Event::AgentSaid { agent: by, .. } if by.id != agent.account.id => Some(by.name.as_str()),
        _ => None,
    });
    match by {
        None => Ok(()),
        Some(name) => {
            let message = format!("{name} has answered since you began to write.");
            Err(ApiError::conflict("answered_meanwhile", message))
        }
    }
}

pub(super) async fn command(app: &App, agent: &Agent, id: ConversationId, command: AgentCommand) -> Done {
    let done = app.engine().agent(&agent.reference(), agent.account.role, id, command).await.map_err(turn_failed)?;
    let last = done.events.last().map_or(done.version, |event| event.no);
    Ok(Json(AgentEvents { events: AgentEvent::all_of(&done.events), last: last.0 }))
}

fn colleague(app: &App, id: &str) -> Result<AgentRef, ApiError> {
    let unknown = || ApiError::not_found("There is no such agent.");
    let id: AgentId = id.parse().map_err(|_| unknown())?;
    let account = app.engine().accounts().get(id).filter(|account| !account.disabled).ok_or_else(unknown)?;
    Ok(account.agent())
}

/// Makes a link for the visitor by which the conversation goes on in an app or on another device. It works once.
#[utoipa::path(
    post, path = "/api/agent/conversations/{id}/link", tag = "agent", security(("agent" = [])),
    params(("id" = String, Path)),
    responses((status = 200, body = LinkAnswer), (status = "4XX", body = ErrorBody, description = "Refused; nothing changed"))
)]
pub(super) async fn link(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    headers: HeaderMap,
) -> Result<Json<LinkAnswer>, ApiError> {
    app.engine().card(&agent.account, id).map_err(turn_failed)?;
    continuing::link(&app, id, &headers).await.map(Json)
}
