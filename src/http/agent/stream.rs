//! The desk's live stream: server-sent events that say what changed, so that pages fetch it. While it is open the agent
//! counts as connected.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::Stream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::engine::{Connected, DeskHint};
use crate::http::agent::session::Agent;
use crate::http::app::App;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::limits::STREAMS_MAX;

/// A desk that sees another version than before loads its page again.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What changes at the desk, as server-sent events: `hello` with the server's version, `inbox` (fetch the lists again), and
/// `conversation` with `{"id","last"}` (fetch its events after what you have).
#[utoipa::path(
    get, path = "/api/agent/stream", tag = "agent", security(("agent" = [])),
    responses(
        (status = 200, description = "The stream", content_type = "text/event-stream", body = String),
        (status = "4XX", body = ErrorBody, description = "Refused"),
    )
)]
pub(super) async fn stream(
    State(app): State<App>,
    agent: Agent,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let place = app.streams().clone().try_acquire_owned().map_err(|_| {
        ApiError::unavailable("too_many_streams", "Too many desks are open just now.", 30)
            .inside(format!("all {STREAMS_MAX} streams of the desk are in use"))
    })?;
    metrics::gauge!("frontdesk_desk_streams").increment(1.0);
    let open = Open {
        news: app.engine().hub().desk(),
        session: agent.session().to_owned(),
        greeted: false,
        _connected: app.engine().connected(agent.account.id),
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
    session: String,
    news: Receiver<DeskHint>,
    greeted: bool,
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
        let news = tokio::select! {
            news = self.news.recv() => news,
            () = self.app.stopping().wait() => return None,
        };
        // Whoever was logged out elsewhere, or whose account was closed, hears nothing more.
        self.app.engine().accounts().session(&self.session)?;
        match news {
            // One who fell behind fetches everything, which is what an inbox hint means.
            Ok(DeskHint::Inbox) | Err(RecvError::Lagged(_)) => Some(Event::default().event("inbox").data("{}")),
            Ok(DeskHint::Conversation { id, last, .. }) => {
                Some(Event::default().event("conversation").data(format!("{{\"id\":\"{id}\",\"last\":{last}}}")))
            }
            Err(RecvError::Closed) => None,
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        metrics::gauge!("frontdesk_desk_streams").decrement(1.0);
    }
}
