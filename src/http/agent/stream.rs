//! The desk's live stream: server-sent events that say what changed, so that pages fetch it. While it is open the agent
//! counts as connected. A desk hears of the conversation that it has open and of its agent's own, and, not more often than
//! it can use, that its lists changed: many visitors with the bot cost it nothing.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::{Instant, Interval, interval_at, sleep_until};

use crate::engine::{Account, Connected, DeskHint, Grown, Push, Watching};
use crate::http::agent::session::Agent;
use crate::http::agent::signals::{told, told_receipts};
use crate::http::agent::watch::watchers;
use crate::http::app::App;
use crate::http::body::QueryPart;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::limits::{STREAM_LISTS_EVERY, STREAM_SESSION_CHECK, STREAM_URGENT_EVERY, STREAMS_MAX};
use crate::http::trouble::turn_failed;
use crate::id::{ConversationId, EventNo};

/// A desk that sees another version than before loads its page again.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// `GET /api/agent/stream`.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct StreamQuery {
    /// A conversation that the desk has open: its growth is told, whoever owns it.
    conversation: Option<String>,
}

/// What changes at the desk, as server-sent events: `hello` with the server's version, `inbox` (fetch the lists again; at
/// most once a second), `watchers` (a list of `{"name","writing"}`: who else has the open one open), and `conversation` with `{"id","last"}` (fetch its
/// events after what you have) for the one that is open and for the agent's own; for the open one also `signal`:
/// `{"id","delivered","seen"}`, how far the visitor is, and `{"id","typing":true}`, which ends by itself after a few seconds.
#[utoipa::path(
    get, path = "/api/agent/stream", tag = "agent", security(("agent" = [])), params(StreamQuery),
    responses(
        (status = 200, description = "The stream", content_type = "text/event-stream", body = String),
        (status = "4XX", body = ErrorBody, description = "Refused"),
    )
)]
pub(super) async fn stream(
    State(app): State<App>,
    agent: Agent,
    QueryPart(query): QueryPart<StreamQuery>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let opened = match query.conversation.as_deref().map(str::parse::<ConversationId>) {
        None => None,
        Some(Ok(id)) => {
            agent.must_see(&app, id)?;
            Some((id, app.engine().hub().conversation(id)))
        }
        Some(Err(_)) => return Err(ApiError::not_found("There is no such conversation.")),
    };
    let place = app.streams().clone().try_acquire_owned().map_err(|_| {
        ApiError::unavailable("too_many_streams", "Too many desks are open just now.", 30)
            .inside(format!("all {STREAMS_MAX} streams of the desk are in use"))
    })?;
    metrics::gauge!("frontdesk_desk_streams").increment(1.0);
    let now = Instant::now();
    let open = Open {
        lists: app.engine().hub().desk(),
        own: app.engine().hub().owner(agent.account.id),
        watching: opened.as_ref().map(|(id, _)| app.engine().watch(*id, &agent.reference())),
        opened,
        lists_told: now.checked_sub(STREAM_LISTS_EVERY).unwrap_or(now),
        lists_due: None,
        session: agent.session().to_owned(),
        session_check: interval_at(now + STREAM_SESSION_CHECK, STREAM_SESSION_CHECK),
        greeted: false,
        receipts_told: false,
        _connected: app.engine().connected(agent.account.id),
        account: agent.account,
        _place: place,
        app,
    };
    let events = futures_util::stream::unfold(open, |mut open| async move {
        let event = open.next().await?;
        Some((Ok(event), open))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

/// A stream that is open: while it lives, the agent is connected.
struct Open {
    app: App,
    account: Arc<Account>,
    session: String,
    session_check: Interval,
    lists: Receiver<DeskHint>,
    /// When it was last told that the lists changed, and when what has changed since is to be told.
    lists_told: Instant,
    lists_due: Option<Instant>,
    own: Receiver<Grown>,
    /// The conversation on the desk's page.
    opened: Option<(ConversationId, Receiver<Push>)>,
    /// That this desk has it open, and who else has.
    watching: Option<Watching>,
    greeted: bool,
    receipts_told: bool,
    _connected: Connected,
    _place: OwnedSemaphorePermit,
}

impl Open {
    /// The next event; none when the stream ends.
    async fn next(&mut self) -> Option<Event> {
        if !self.greeted {
            self.greeted = true;
            return Some(Event::default().event("hello").data(format!("{{\"version\":\"{VERSION}\"}}")));
        }
        if let Some((id, _)) = self.opened.as_ref().filter(|_| !std::mem::replace(&mut self.receipts_told, true)) {
            match self.app.engine().receipts(*id) {
                Ok(receipts) => return Some(signal(&told_receipts(*id, &receipts))),
                Err(error) => turn_failed(error).log(),
            }
        }
        loop {
            tokio::select! {
                hint = self.lists.recv() => match hint {
                    Ok(hint) if self.account.shares(&hint.sites) => self.lists_changed(hint.urgent),
                    Ok(_) => {}
                    Err(RecvError::Lagged(_)) => self.lists_changed(false),
                    Err(RecvError::Closed) => return None,
                },
                () = due(self.lists_due) => {
                    self.lists_due = None;
                    self.lists_told = Instant::now();
                    return Some(Event::default().event("inbox").data("{}"));
                }
                grown = self.own.recv() => match grown {
                    // What is open is told by its own pushes.
                    Ok(grown) if self.opened.as_ref().is_some_and(|(id, _)| *id == grown.id) => {}
                    Ok(grown) => return Some(grew(grown.id, grown.last)),
                    // One who fell behind fetches everything, which is what an inbox hint means.
                    Err(RecvError::Lagged(_)) => self.lists_changed(false),
                    Err(RecvError::Closed) => return None,
                },
                (id, push) = pushed(&mut self.opened) => match push {
                    Ok(Push::Events(pushed)) => return Some(grew(id, pushed.version)),
                    Ok(Push::Signal(given)) => {
                        if let Some(told) = told(&given) {
                            return Some(signal(&told));
                        }
                    }
                    Ok(Push::Place(_)) => {}
                    Err(RecvError::Lagged(_)) => {
                        self.receipts_told = false;
                        let conversation = self.app.engine().conversation(id).ok().flatten();
                        return Some(grew(id, conversation.map_or(EventNo(0), |conversation| conversation.version)));
                    }
                    Err(RecvError::Closed) => return None,
                },
                told = watchers(&mut self.watching) => return Some(told),
                _ = self.session_check.tick() => self.check_session()?,
                () = self.app.stopping().wait() => return None,
            }
        }
    }

    fn lists_changed(&mut self, urgent: bool) {
        let due = self.lists_told + if urgent { STREAM_URGENT_EVERY } else { STREAM_LISTS_EVERY };
        self.lists_due = Some(self.lists_due.map_or(due, |before| before.min(due)));
    }

    /// Whoever was logged out elsewhere, or whose account was closed, soon hears nothing more; and nobody hears of a
    /// conversation that is not theirs to see any more.
    fn check_session(&mut self) -> Option<()> {
        self.account = self.app.engine().accounts().session(&self.session)?;
        let sees = |id| match self.app.engine().conversation(id) {
            Ok(conversation) => conversation.is_some_and(|conversation| self.account.may(&conversation)),
            Err(error) => {
                turn_failed(error).log();
                false
            }
        };
        if self.opened.as_ref().is_some_and(|(id, _)| !sees(*id)) {
            self.opened = None;
            self.watching = None;
        }
        Some(())
    }
}

/// The moment, if there is one; else never.
async fn due(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The next push of the conversation that is open; never, where none is.
async fn pushed(opened: &mut Option<(ConversationId, Receiver<Push>)>) -> (ConversationId, Result<Push, RecvError>) {
    match opened {
        Some((id, pushes)) => (*id, pushes.recv().await),
        None => std::future::pending().await,
    }
}

fn signal(told: &serde_json::Value) -> Event {
    Event::default().event("signal").data(told.to_string())
}

fn grew(id: ConversationId, last: EventNo) -> Event {
    Event::default().event("conversation").data(format!("{{\"id\":\"{id}\",\"last\":{last}}}"))
}

impl Drop for Open {
    fn drop(&mut self) {
        metrics::gauge!("frontdesk_desk_streams").decrement(1.0);
    }
}
