//! What the WebSockets of visitors have in common, whatever is said over them: a place for each, small buffers, signs of life, and an
//! end that is told.

use axum::extract::FromRequestParts;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::request::Parts;
use axum::response::Response;
use tokio::time::{Instant, sleep_until, timeout};

use crate::http::app::App;
use crate::http::error::ApiError;
use crate::http::limits::{SOCKET_FRAME_BYTES_MAX, SOCKET_PING, SOCKET_SILENT, SOCKET_WRITE};

/// How a socket ends: with a code and a reason for the other side, or because the other side is gone.
pub(super) type Goodbye = Option<(u16, &'static str)>;

/// The end of all of them.
pub(super) const SERVER_STOPS: Goodbye = Some((close_code::AWAY, "the server stops"));

/// Opens the WebSocket that a request asks for, if there is a place for one more. `serve` gives it back when it is to end.
pub(super) async fn open<Served>(
    app: &App,
    parts: &mut Parts,
    serve: impl FnOnce(WebSocket) -> Served + Send + 'static,
) -> Result<Response, ApiError>
where
    Served: Future<Output = (WebSocket, Goodbye)> + Send + 'static,
{
    let upgrade = WebSocketUpgrade::from_request_parts(parts, app)
        .await
        .map_err(|error| ApiError::bad_request("not_a_websocket", format!("{}.", error.body_text())))?;
    let place = app.sockets().clone().try_acquire_owned().map_err(|_| {
        ApiError::unavailable("too_many_sockets", "Too many chats are open just now. Please poll instead.", 30)
            .inside(format!("all {} WebSockets are in use", app.config().limits.sockets))
    })?;
    // axum's own sizes would cost 137 KB for each socket. A frame that is written goes out at once.
    Ok(upgrade
        .read_buffer_size(4_096)
        .write_buffer_size(0)
        .max_frame_size(SOCKET_FRAME_BYTES_MAX)
        .max_message_size(SOCKET_FRAME_BYTES_MAX)
        .on_failed_upgrade(|error| tracing::debug!("a WebSocket did not come up: {error}"))
        .on_upgrade(async move |socket| {
            metrics::gauge!("frontdesk_sockets").increment(1.0);
            let (mut socket, goodbye) = serve(socket).await;
            if let Some((code, reason)) = goodbye {
                let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
                // The other side may be gone already; there is nobody left to tell.
                let _ = timeout(SOCKET_WRITE, socket.send(close)).await;
            }
            metrics::gauge!("frontdesk_sockets").decrement(1.0);
            drop(place);
        }))
}

/// Sends a message; a side that does not read it is gone.
pub(super) async fn send(socket: &mut WebSocket, message: Message) -> Result<(), Goodbye> {
    match timeout(SOCKET_WRITE, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(None),
    }
}

/// Sends what shows both sides that the other is there.
pub(super) async fn ping(socket: &mut WebSocket) -> Result<(), Goodbye> {
    send(socket, Message::Ping(axum::body::Bytes::new())).await
}

/// When the other side must hear of us, and since when we have not heard of it.
#[derive(Debug)]
pub(super) struct Pulse {
    ping: Instant,
    heard: Instant,
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self { ping: Instant::now() + SOCKET_PING, heard: Instant::now() }
    }

    /// The other side is there.
    pub(super) fn heard(&mut self) {
        self.heard = Instant::now();
    }

    /// Waits until it is time for a ping, or the other side has been silent for too long.
    pub(super) async fn beat(&mut self) -> Result<(), Goodbye> {
        let silent = self.heard + SOCKET_SILENT;
        sleep_until(self.ping.min(silent)).await;
        if silent <= Instant::now() {
            return Err(Some((close_code::AWAY, "nothing was heard for too long")));
        }
        self.ping = Instant::now() + SOCKET_PING;
        Ok(())
    }
}
