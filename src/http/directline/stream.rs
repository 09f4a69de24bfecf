//! The WebSocket of Direct Line: sets of activities from the watermark on, and empty frames while nothing happens. What a client
//! says there means only that it is there; it speaks by POST. It ends with the token, unless that was refreshed.

use axum::extract::ws::{Message, WebSocket, close_code};
use axum::extract::{Query, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::dialog::Address;
use crate::engine::{Push, SignalKind};
use crate::http::app::App;
use crate::http::body::PathPart;
use crate::http::directline::activity::ActivitySet;
use crate::http::directline::caller::{self, DirectLine, no_such_line};
use crate::http::directline::conversation::{LineId, Watermark};
use crate::http::directline::key::{Purpose, Refused};
use crate::http::directline::lives::Life;
use crate::http::directline::{View, feed};
use crate::http::error::ApiError;
use crate::http::peer;
use crate::http::sockets::{self, Goodbye, Pulse, SERVER_STOPS, send};

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
    let address = line.address(&own.site);
    // Listening begins before the looking, so that nothing falls between the two.
    let pushes = app.engine().hub().visitor(&address);
    let life = app.lives().begin(named, claims.talk_ends());
    let mut live = Live { line, user: claims.user, address, last, pushes, life, headers: parts.headers.clone() };
    let serving = app.clone();
    let serve = async move |mut socket| {
        let goodbye = live.listen(&serving, &mut socket).await;
        (socket, goodbye)
    };
    sockets::open(&app, &mut parts, serve).await
}

struct Live {
    line: LineId,
    user: Option<String>,
    address: Address,
    last: Watermark,
    pushes: Receiver<Push>,
    life: Life,
    headers: HeaderMap,
}

impl Live {
    async fn listen(&mut self, app: &App, socket: &mut WebSocket) -> Goodbye {
        if let Err(goodbye) = self.catch_up(app, socket).await {
            return goodbye;
        }
        let mut pulse = Pulse::new();
        loop {
            let done = tokio::select! {
                frame = socket.recv() => match frame {
                    Some(Ok(Message::Close(_)) | Err(_)) | None => Err(None),
                    Some(Ok(_)) => {
                        pulse.heard();
                        Ok(())
                    }
                },
                push = self.pushes.recv() => self.pushed(app, socket, push).await,
                beat = pulse.beat() => match beat {
                    Ok(()) => keep_alive(socket).await,
                    Err(goodbye) => Err(goodbye),
                },
                () = self.life.end(app.engine().clock()) => Err(Some((close_code::POLICY, "the token has ended"))),
                () = app.stopping().wait() => Err(SERVER_STOPS),
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
                send_set(socket, &ActivitySet { activities: vec![typing], watermark: self.last.to_string() }).await
            }
            Ok(Push::Place(_)) => Ok(()),
            Err(RecvError::Closed) => Err(SERVER_STOPS),
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
            send_set(socket, &set).await?;
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
    send(socket, Message::Text("".into())).await?;
    sockets::ping(socket).await
}

async fn send_set(socket: &mut WebSocket, set: &ActivitySet) -> Result<(), Goodbye> {
    match serde_json::to_string(set) {
        Ok(text) => send(socket, Message::Text(text.into())).await,
        Err(error) => Err(failed(ApiError::internal(error))),
    }
}
