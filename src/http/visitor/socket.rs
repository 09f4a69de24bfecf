//! The WebSocket of a visitor. It says who it is in its first frame, then gets every event once, in order, by number: what
//! arrives out of step is fetched. It holds little memory, because thousands are open and idle.

use axum::extract::ws::{Message, WebSocket, close_code};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::time::timeout;

use crate::engine::{Push, VisitorFacts};
use crate::http::allowed::allows;
use crate::http::app::App;
use crate::http::error::{ApiError, ErrorBody};
use crate::http::limits::SOCKET_HELLO;
use crate::http::sockets::{self, Goodbye, Pulse, SERVER_STOPS, send};
use crate::http::trouble::turn_failed;
use crate::http::visitor::said::{answer, news};
use crate::http::visitor::signals;
use crate::http::visitor::token::{Visitor, unknown_token};
use crate::http::visitor::wire::{ClientFrame, QueueHint, ServerFrame, SocketHello};
use crate::http::{body, origin, peer};
use crate::id::{ConversationId, EventNo};

/// Live events over a WebSocket. The first frame, within 5 seconds, is `{"token", "after", "conversation"}`; then the
/// server sends frames with `type` `events`, `queue`, `read`, `typing`, `error` or `pong`, and takes frames with `type`
/// `message`, `press`, `receipts`, `typing` or `ping`.
#[utoipa::path(
    get, path = "/api/visitor/socket", tag = "visitor",
    responses(
        (status = 101, description = "The WebSocket is open", body = ServerFrame),
        (status = "4XX", description = "Refused", body = ErrorBody),
    )
)]
pub(super) async fn socket(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let (mut parts, _) = request.into_parts();
    let caller = app.client(&parts);
    app.rates().address_calls(peer::rate_key(caller))?;
    if let Some(origin) = origin::origin_of(&parts.headers) {
        let known = origin::is_own(origin, &parts.headers, app.public_origin())
            || app.any_site_allows(|rules| allows(rules, origin));
        if !known {
            return Err(ApiError::forbidden("origin_not_allowed", "This page is not allowed to use the chat.")
                .inside(format!("a WebSocket from the page {origin}, which no site lists in `origins`")));
        }
    }
    let (serving, headers) = (app.clone(), parts.headers.clone());
    let serve = async move |mut socket| {
        let goodbye = match Box::pin(greet(&serving, &mut socket, headers)).await {
            Ok(mut live) => live.listen(&serving, &mut socket).await,
            Err(goodbye) => goodbye,
        };
        (socket, goodbye)
    };
    sockets::open(&app, &mut parts, serve).await
}

/// A socket that has said who it is.
struct Live {
    visitor: Visitor,
    /// What the visitor showed, to see whether it still counts.
    token: String,
    conversation: Option<ConversationId>,
    last: EventNo,
    pushes: Receiver<Push>,
    pulse: Pulse,
}

/// The first frame: who it is and where to go on. What was missed is sent at once.
async fn greet(app: &App, socket: &mut WebSocket, headers: HeaderMap) -> Result<Live, Goodbye> {
    let first = tokio::select! {
        first = timeout(SOCKET_HELLO, socket.recv()) => first,
        () = app.stopping().wait() => return Err(SERVER_STOPS),
    };
    let text = match first {
        Ok(Some(Ok(Message::Text(text)))) => text,
        Ok(Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_)))) => {
            return Err(Some((close_code::POLICY, "the first frame must be text with a token")));
        }
        Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => return Err(None),
        Err(_late) => return Err(Some((close_code::POLICY, "no token came in time"))),
    };
    let opened = open(app, text.as_bytes(), &headers);
    match opened {
        Ok(mut live) => {
            live.catch_up(app, socket).await?;
            Ok(live)
        }
        Err(error) => {
            send_error(socket, &error, None).await?;
            Err(Some((close_code::POLICY, "the token was refused")))
        }
    }
}

fn open(app: &App, frame: &[u8], headers: &HeaderMap) -> Result<Live, ApiError> {
    let hello: SocketHello = body::parse(frame)?;
    let visitor = Visitor::of_token(app, &hello.token)?.ok_or_else(unknown_token)?;
    visitor.check_page(app, headers)?;
    // Listening begins before the looking, so that nothing falls between the two.
    let pushes = app.engine().hub().visitor(&visitor.address);
    let conversation = app.conversation_of(&visitor.address)?;
    let same = conversation.is_some_and(|id| hello.conversation.as_deref().is_none_or(|named| named == id.to_string()));
    let last = if same { EventNo(hello.after) } else { EventNo(0) };
    Ok(Live { visitor, token: hello.token, conversation, last, pushes, pulse: Pulse::new() })
}

impl Live {
    async fn listen(&mut self, app: &App, socket: &mut WebSocket) -> Goodbye {
        loop {
            let done = tokio::select! {
                frame = socket.recv() => match frame {
                    Some(Ok(frame)) => {
                        self.pulse.heard();
                        Box::pin(self.heard_frame(app, socket, frame)).await
                    }
                    Some(Err(_)) | None => Err(None),
                },
                push = self.pushes.recv() => Box::pin(self.pushed(app, socket, push)).await,
                beat = self.pulse.beat() => match beat.and_then(|()| self.check_token(app)) {
                    Ok(()) => sockets::ping(socket).await,
                    Err(goodbye) => Err(goodbye),
                },
                () = app.stopping().wait() => Err(SERVER_STOPS),
            };
            if let Err(goodbye) = done {
                return goodbye;
            }
        }
    }

    /// Whoever signed out, also elsewhere, hears and says nothing more.
    fn check_token(&self, app: &App) -> Result<(), Goodbye> {
        match Visitor::of_token(app, &self.token) {
            Ok(Some(visitor)) if visitor.address == self.visitor.address => Ok(()),
            Ok(_) => Err(Some((close_code::POLICY, "the token counts no more"))),
            Err(error) => {
                error.log();
                Err(Some((close_code::ERROR, "the token cannot be checked")))
            }
        }
    }

    async fn heard_frame(&mut self, app: &App, socket: &mut WebSocket, frame: Message) -> Result<(), Goodbye> {
        let text = match frame {
            Message::Text(text) => text,
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(None),
            Message::Binary(_) => return Err(Some((close_code::UNSUPPORTED, "frames must be text"))),
        };
        let frame = match body::parse::<ClientFrame>(text.as_bytes()) {
            Ok(frame) => frame,
            Err(error) => return send_error(socket, &error, None).await,
        };
        self.check_token(app)?;
        let (client_id, turn) = match frame {
            ClientFrame::Ping => return send_frame(socket, &ServerFrame::Pong).await,
            ClientFrame::Receipts(receipts) => {
                return hint_failed(signals::received(app, &self.visitor, &receipts));
            }
            ClientFrame::Typing => return hint_failed(signals::types(app, &self.visitor)),
            ClientFrame::Message(request) => (request.client_id.clone(), super::message(request)),
            ClientFrame::Press(request) => (request.client_id.clone(), Ok(super::pressed(request))),
        };
        let turn = turn.and_then(|turn| app.rates().visitor_speaks(self.visitor.name()).map(|()| turn));
        let turn = match turn {
            Ok(turn) => turn,
            Err(error) => return send_error(socket, &error, client_id).await,
        };
        match app.engine().visitor(&self.visitor.address, VisitorFacts::default(), turn).await.map_err(turn_failed) {
            Ok(done) => {
                self.follow(app, done.conversation);
                self.catch_up(app, socket).await
            }
            Err(error) => {
                error.log();
                send_error(socket, &error, client_id).await
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
            Ok(Push::Place(hint)) if Some(hint.conversation) != self.conversation => Ok(()),
            Ok(Push::Place(hint)) => send_frame(socket, &ServerFrame::Queue(QueueHint::of(&hint))).await,
            Ok(Push::Signal(signal)) if Some(signal.conversation) != self.conversation => Ok(()),
            Ok(Push::Signal(signal)) => match signals::frame(&signal) {
                Some(frame) => send_frame(socket, &frame).await,
                None => Ok(()),
            },
            Ok(Push::Events(pushed)) => {
                self.follow(app, pushed.conversation);
                self.catch_up(app, socket).await
            }
            Err(RecvError::Lagged(_)) => {
                self.go_over(app);
                self.catch_up(app, socket).await
            }
            Err(RecvError::Closed) => Err(SERVER_STOPS),
        }
    }

    /// Something happened in a conversation of the visitor. In one that is not followed, it may be that a message to a closed
    /// one opened it; or it is an older one, to which something came late, and nobody goes back there.
    fn follow(&mut self, app: &App, conversation: ConversationId) {
        if self.conversation != Some(conversation) {
            self.go_over(app);
        }
    }

    /// Goes over to the visitor's present conversation, if it is another one.
    fn go_over(&mut self, app: &App) {
        match app.conversation_of(&self.visitor.address) {
            Ok(present) if present.is_none() || present == self.conversation => {}
            Ok(present) => {
                self.conversation = present;
                self.last = EventNo(0);
            }
            Err(error) => error.log(),
        }
    }

    /// Sends everything after the last number, so that nothing is lost and nothing comes twice, whatever was pushed.
    async fn catch_up(&mut self, app: &App, socket: &mut WebSocket) -> Result<(), Goodbye> {
        let Some(id) = self.conversation else { return Ok(()) };
        loop {
            let found = news(app, id, self.last).and_then(|(events, last)| answer(app, id, events, last));
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    error.log();
                    return Err(Some((close_code::ERROR, "the conversation cannot be read")));
                }
            };
            self.last = EventNo(found.last);
            if found.events.is_empty() {
                return Ok(());
            }
            send_frame(socket, &ServerFrame::Events(found)).await?;
        }
    }
}

/// A hint that could not be heard is not worth an answer; a fault of ours is worth a line in the log.
fn hint_failed(outcome: Result<(), ApiError>) -> Result<(), Goodbye> {
    if let Err(error) = outcome {
        error.log();
    }
    Ok(())
}

async fn send_error(socket: &mut WebSocket, error: &ApiError, client_id: Option<String>) -> Result<(), Goodbye> {
    let detail = error.body().error;
    send_frame(socket, &ServerFrame::Error { code: detail.code, message: detail.message, client_id }).await
}

async fn send_frame(socket: &mut WebSocket, frame: &impl Serialize) -> Result<(), Goodbye> {
    match serde_json::to_string(frame) {
        Ok(text) => send(socket, Message::Text(text.into())).await,
        Err(error) => {
            tracing::error!("a frame could not be written: {error}");
            Err(Some((close_code::ERROR, "the server failed")))
        }
    }
}
