//! The WebSocket of Direct Line: sets of activities from the watermark on, and empty frames while nothing happens. What a client
//! says there means only that it is there; it speaks by POST.

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{FromRequestParts, Query, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::{Instant, sleep_until, timeout};

use crate::dialog::Address;
use crate::engine::{Push, SignalKind};
use crate::http::app::App;
use crate::http::body::PathPart;
use crate::http::directline::activity::ActivitySet;
use crate::http::directline::caller::{self, DirectLine, no_such_line};
use crate::http::directline::conversation::{LineId, Watermark};
use crate::http::directline::key::{Purpose, Refused};
use crate::http::directline::{View, feed};
use crate::http::error::ApiError;
use crate::http::limits::{SOCKET_FRAME_BYTES_MAX, SOCKET_PING, SOCKET_SILENT, SOCKET_WRITE};
use crate::http::peer;

/// What stands in the address of the stream.
#[derive(Debug, Deserialize)]
struct StreamQuery {
    #[serde(default)]
    watermark: String,
    #[serde(default)]
    t: String,
}

/// Live activities.
pub(super) async fn stream(
    State(app): State<App>,
    PathPart(named): PathPart<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let (mut parts, _) = request.into_parts();
    let own = DirectLine::of(&app)?;
    app.rates().address_calls(peer::rate_key(app.client(&parts)))?;
    own.check_page(&app, &parts.headers)?;
    // What is wrong with the query may not be told in its own words: it holds the token.
    let Query(query) = Query::<StreamQuery>::try_from_uri(&parts.uri)
        .map_err(|_| ApiError::bad_request("BadArgument", "The address of the stream is not as it was given."))?;
    let claims = own.key.open(&query.t, Purpose::Stream, app.engine().clock().now()).map_err(caller::refused)?;
    if claims.conversation != named {
        return Err(caller::refused(Refused::Wrong));
    }
    let line: LineId = named.parse().map_err(|_| no_such_line())?;
    let last: Watermark = query.watermark.parse().map_err(|_| feed::no_watermark())?;
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &app)
        .await
        .map_err(|error| ApiError::bad_request("not_a_websocket", format!("{}.", error.body_text())))?;
    let place = app.sockets().clone().try_acquire_owned().map_err(|_| {
        ApiError::unavailable("too_many_sockets", "Too many chats are open just now. Please poll instead.", 30)
            .inside(format!("all {} WebSockets are in use", app.config().limits.sockets))
    })?;
    let address = line.address(&own.site);
    // Listening begins before the looking, so that nothing falls between the two.
    let pushes = app.engine().hub().visitor(&address);
    let live = Live { line, user: claims.user, address, last, pushes, headers: parts.headers };
    Ok(upgrade
        .read_buffer_size(4_096)
        .write_buffer_size(0)
        .max_frame_size(SOCKET_FRAME_BYTES_MAX)
        .max_message_size(SOCKET_FRAME_BYTES_MAX)
        .on_failed_upgrade(|error| tracing::debug!("a WebSocket did not come up: {error}"))
        .on_upgrade(move |socket| run(app, socket, live, place)))
}

async fn run(app: App, mut socket: WebSocket, mut live: Live, place: OwnedSemaphorePermit) {
    metrics::gauge!("frontdesk_sockets").increment(1.0);
    if let Some((code, reason)) = live.listen(&app, &mut socket).await {
        let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        // The other side may be gone already; there is nobody left to tell.
        let _ = timeout(SOCKET_WRITE, socket.send(close)).await;
    }
    metrics::gauge!("frontdesk_sockets").decrement(1.0);
    drop(place);
}

/// How a socket ends: with a code and a reason for the other side, or because the other side is gone.
type Goodbye = Option<(u16, &'static str)>;

struct Live {
    line: LineId,
    user: Option<String>,
    address: Address,
    last: Watermark,
    pushes: Receiver<Push>,
    headers: HeaderMap,
}

impl Live {
    async fn listen(&mut self, app: &App, socket: &mut WebSocket) -> Goodbye {
        if let Err(goodbye) = self.catch_up(app, socket).await {
            return goodbye;
        }
        let mut ping = Instant::now() + SOCKET_PING;
        let mut heard = Instant::now();
        loop {
            let silent = heard + SOCKET_SILENT;
            let done = tokio::select! {
                frame = socket.recv() => match frame {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => Err(None),
                    Some(Ok(_)) => {
                        heard = Instant::now();
                        Ok(())
                    }
                },
                push = self.pushes.recv() => self.pushed(app, socket, push).await,
                () = sleep_until(ping.min(silent)) => {
                    if silent <= Instant::now() {
                        Err(Some((close_code::AWAY, "nothing was heard for too long")))
                    } else {
                        ping = Instant::now() + SOCKET_PING;
                        keep_alive(socket).await
                    }
                }
                () = app.stopping().wait() => Err(Some((close_code::AWAY, "the server stops"))),
            };
            if let Err(goodbye) = done {
                return goodbye;
            }
        }
    }

    async fn pushed(
        &mut self,
        app: &App,
        socket: &mut WebSocket,
        push: Result<Push, RecvError>,
    ) -> Result<(), Goodbye> {
        match push {
            Ok(Push::Events(_)) | Err(RecvError::Lagged(_)) => self.catch_up(app, socket).await,
            Ok(Push::Signal(signal)) => {
                let SignalKind::AgentTypes(name) = signal.kind else { return Ok(()) };
                let now = app.engine().clock().now();
                let typing = self.view(app)?.with(|reader| reader.typing(&name, now));
                send(socket, &ActivitySet { activities: vec![typing], watermark: self.last.to_string() }).await
            }
            Ok(Push::Place(_)) => Ok(()),
            Err(RecvError::Closed) => Err(Some((close_code::AWAY, "the server stops"))),
        }
    }

    /// Sends everything after the last watermark.
    async fn catch_up(&mut self, app: &App, socket: &mut WebSocket) -> Result<(), Goodbye> {
        loop {
            let view = self.view(app)?;
            let set = view.with(|reader| feed::after(app, &self.address, reader, self.last)).map_err(failed)?;
            self.last = set.watermark.parse().unwrap_or(self.last);
            if set.activities.is_empty() {
                return Ok(());
            }
            send(socket, &set).await?;
        }
    }

    fn view<'a>(&'a self, app: &'a App) -> Result<View<'a>, Goodbye> {
        View::of(app, &self.headers, &self.line, self.user.as_deref()).map_err(failed)
    }
}

fn failed(error: ApiError) -> Goodbye {
    error.log();
    Some((close_code::ERROR, "the conversation cannot be read"))
}

async fn keep_alive(socket: &mut WebSocket) -> Result<(), Goodbye> {
    send_message(socket, Message::Text("".into())).await?;
    send_message(socket, Message::Ping(axum::body::Bytes::new())).await
}

async fn send(socket: &mut WebSocket, set: &ActivitySet) -> Result<(), Goodbye> {
    match serde_json::to_string(set) {
        Ok(text) => send_message(socket, Message::Text(text.into())).await,
        Err(error) => Err(failed(ApiError::internal(error))),
    }
}

async fn send_message(socket: &mut WebSocket, message: Message) -> Result<(), Goodbye> {
    match timeout(SOCKET_WRITE, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(None),
    }
}
