//! What an agent sees: the lists, one conversation with its card, and its events.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;

use crate::dialog;
use crate::engine::{self, AgentRow, Person, TurnError};
use crate::flow::Priority;
use crate::http::agent::session::Agent;
use crate::http::agent::wire::{
    AgentEvent, AgentEvents, Card, CardPage, CardPerson, CardSlot, Colleague, ConversationAnswer, EarlierConversation,
    FollowUp, Inbox, Row, plain,
};
use crate::http::app::App;
use crate::http::body::{PathPart, QueryPart};
use crate::http::error::{ApiError, ErrorBody};
use crate::http::limits::EVENTS_MAX;
use crate::http::trouble::turn_failed;
use crate::id::{ConversationId, EventNo};
use crate::time::Span;
use crate::view::{ContextCard, Summary, Tried};

/// The lists of the desk.
#[utoipa::path(
    get, path = "/api/agent/inbox", tag = "agent", security(("agent" = [])),
    responses((status = 200, body = Inbox), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn inbox(State(app): State<App>, agent: Agent) -> Result<Json<Inbox>, ApiError> {
    let inbox = app.engine().inbox(&agent.account).map_err(turn_failed)?;
    let rows = |rows: Vec<engine::Row>| rows.iter().map(Row::of).collect();
    Ok(Json(Inbox {
        due: rows(inbox.due),
        mine: rows(inbox.mine),
        queue: rows(inbox.queue),
        left: rows(inbox.left),
        open: rows(inbox.open),
        snoozed: rows(inbox.snoozed),
        closed: rows(inbox.closed),
        agents: app.engine().colleagues(&agent.account).into_iter().map(Colleague::of).collect(),
    }))
}

/// One conversation: what an agent must know, and everything that happened.
#[utoipa::path(
    get, path = "/api/agent/conversations/{id}", tag = "agent", security(("agent" = [])), params(("id" = String, Path)),
    responses((status = 200, body = ConversationAnswer), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn conversation(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
) -> Result<Json<ConversationAnswer>, ApiError> {
    let found = app.engine().card(&agent.account, id).map_err(turn_failed)?;
    Ok(Json(ConversationAnswer {
        card: Card::of(&found.card, &found.person, &found.whose, &found.earlier),
        row: Row::of(&found.row),
        last: found.events.last().map_or(0, |event| event.no.0),
        events: AgentEvent::all_of(&found.events),
    }))
}

/// `GET …/events`.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct AfterQuery {
    /// The number after which to go on.
    #[serde(default)]
    after: u64,
}

/// What happened in a conversation after a number, at most 200 events.
#[utoipa::path(
    get, path = "/api/agent/conversations/{id}/events", tag = "agent", security(("agent" = [])),
    params(("id" = String, Path), AfterQuery),
    responses((status = 200, body = AgentEvents), (status = "4XX", body = ErrorBody, description = "Refused"))
)]
pub(super) async fn events(
    State(app): State<App>,
    agent: Agent,
    PathPart(id): PathPart<ConversationId>,
    QueryPart(query): QueryPart<AfterQuery>,
) -> Result<Json<AgentEvents>, ApiError> {
    agent.must_see(&app, id)?;
    let events = app.engine().events(id, EventNo(query.after), EVENTS_MAX).map_err(turn_failed)?;
    let end = app.engine().conversation(id).map_err(turn_failed)?.map_or(query.after, |now| now.version.0);
    let last = events.last().map_or(query.after.min(end), |event| event.no.0);
    Ok(Json(AgentEvents { events: AgentEvent::all_of(&events), last }))
}

impl Agent {
    /// Refuses a conversation that is not the agent's to see, as if there were none.
    pub(in crate::http) fn must_see(&self, app: &App, id: ConversationId) -> Result<(), ApiError> {
        match app.engine().conversation(id).map_err(turn_failed)? {
            Some(conversation) if self.account.may(&conversation) => Ok(()),
            Some(_) | None => Err(turn_failed(TurnError::NoSuchConversation(id))),
        }
    }
}

impl Row {
    pub(super) fn of(row: &engine::Row) -> Self {
        let Summary { id, site, name, channel, language, owner, agent, queue, priority, since, .. } = &row.summary;
        Self {
            id: id.to_string(),
            site: site.to_string(),
            name: name.clone().unwrap_or_default(),
            channel: channel.to_string(),
            language: language.to_string(),
            owner,
            agent: agent.as_ref().map(|agent| agent.name.clone()),
            queue: queue.as_ref().map(ToString::to_string),
            priority: priority_name(*priority),
            since: since.0,
            waiting_s: row.waited.map(seconds),
            position: row.position,
            last_text: row.summary.last_text.clone(),
            left: row.summary.left.clone(),
            last_at: row.summary.last_at.0,
            labels: row.summary.filed.labels.clone(),
            snoozed_until: row.summary.snoozed.map(|until| until.0),
            follow_ups: row.summary.filed.open_follow_ups().into_iter().map(FollowUp::of).collect(),
        }
    }
}

impl FollowUp {
    fn of(follow_up: &dialog::FollowUp) -> Self {
        Self {
            event: follow_up.no.0,
            agent: follow_up.agent.name.clone(),
            due: follow_up.due.0,
            note: follow_up.note.clone(),
        }
    }
}

impl Colleague {
    fn of(row: AgentRow) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name,
            status: row.status.into(),
            online: row.online,
            load: row.load,
            capacity: row.capacity,
        }
    }
}

impl Card {
    fn of(card: &ContextCard, person: &Person, whose: &engine::Whose, earlier: &[Summary]) -> Self {
        Self {
            reason: card.reason.clone(),
            queue: card.queue.as_ref().map(ToString::to_string),
            priority: priority_name(card.priority),
            verified: person.identity.clone(),
            claimed: person.claimed.clone(),
            told_by_page: person.attributes.clone(),
            slots: card.slots.iter().map(CardSlot::of).collect(),
            tried: card.tried.iter().map(tried).collect(),
            misses: card.misses,
            language: card.language.to_string(),
            page: card.page.as_ref().map(|page| CardPage {
                url: page.url.clone(),
                title: page.title.clone(),
                referrer: page.referrer.clone(),
            }),
            channel: card.channel.as_ref().map(ToString::to_string).unwrap_or_default(),
            earlier_count: card.earlier,
            person: CardPerson { id: whose.id.to_string(), name: whose.name.clone(), blocked: whose.blocked },
            earlier: earlier.iter().map(EarlierConversation::of).collect(),
            invite: card.invite.clone(),
            messages_left: card.messages_left.clone(),
        }
    }
}

impl CardSlot {
    fn of(slot: &crate::view::CardSlot) -> Self {
        Self {
            name: slot.name.clone(),
            value: plain(&slot.value),
            said: slot.said.clone(),
            from: slot.from.map(|no| no.0),
            masked: slot.sensitive,
        }
    }
}

impl EarlierConversation {
    fn of(summary: &Summary) -> Self {
        Self { id: summary.id.to_string(), at: summary.last_at.0, reason: summary.reason.clone() }
    }
}

fn tried(tried: &Tried) -> String {
    match tried {
        Tried::Flow { flow, .. } => flow.to_string(),
        Tried::Service { service, .. } => format!("{service} (failed)"),
    }
}

pub(super) fn priority_name(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Normal => "normal",
        Priority::High => "high",
        Priority::Urgent => "urgent",
    }
}

fn seconds(span: Span) -> u64 {
    u64::try_from(span.0 / 1_000).unwrap_or(0)
}
