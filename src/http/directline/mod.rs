//! Microsoft's Direct Line 3.0, so that Web Chat and other clients of it talk with the bot unchanged: the site's server makes a
//! token with the secret, the page opens a conversation with it, posts activities, and hears them by polling or a WebSocket.
//!
//! Start with the routes below; `caller` says who may call, `conversation` how ids and watermarks are made, `activity` what goes
//! over the wire, `feed` what a client has not seen yet.

mod activity;
mod caller;
mod conversation;
mod feed;
mod files;
mod key;
mod lives;
mod stream;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::dialog::Event;
use crate::engine::{TurnDone, VisitorFacts, VisitorTurn};
use crate::http::app::App;
use crate::http::body::{self, PathPart, QueryPart};
use crate::http::directline::activity::{ActivitySet, Posted, Reader, id_of};
use crate::http::directline::caller::{Caller, no_such_line, own_address, turn_refused};
use crate::http::directline::conversation::{LineId, Watermark, is_user};
use crate::http::directline::key::Purpose;
use crate::http::error::ApiError;
use crate::http::limits::JSON_BODY_BYTES_MAX;
use crate::http::trouble::turn_failed;
use crate::http::visitor::{checked_language, checked_text};
use crate::id::{ConversationId, EventNo};

pub use caller::DirectLine;
pub use key::SECRET_BYTES_MIN;
pub(super) use lives::Lives;

/// Where everything is; a client's `domain` is this with the server's address before it.
const ROOT: &str = "/v3/directline";

/// The routes, where Direct Line is set up.
pub(super) fn router(app: &App) -> Router<App> {
    if app.config().direct_line.is_none() {
        return Router::new();
    }
    let routes = Router::new()
        .route("/tokens/generate", post(generate))
        .route("/tokens/refresh", post(refresh))
        .route("/conversations", post(start))
        .route("/conversations/{id}", get(reconnect))
        .route("/conversations/{id}/activities", get(activities).post(post_activity))
        .route("/conversations/{id}/upload", post(files::upload).layer(DefaultBodyLimit::disable()))
        .route("/conversations/{id}/files/{conversation}/{no}", get(files::fetch))
        .route("/conversations/{id}/stream", get(stream::stream));
    Router::new().nest(ROOT, routes)
}

/// CORS for Direct Line: a browser may call from the pages that are listed.
pub(super) fn cors(app: &App) -> CorsLayer {
    let app = app.clone();
    let allow = AllowOrigin::predicate(move |origin: &HeaderValue, parts| {
        let (Ok(origin), Some(own)) = (origin.to_str(), &app.config().direct_line) else { return false };
        own.welcomes(&app, origin, &parts.headers)
    });
    let of_client = ["x-ms-bot-agent", "x-requested-with"].map(HeaderName::from_static);
    CorsLayer::new()
        .allow_origin(allow)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE].into_iter().chain(of_client).collect::<Vec<_>>())
        .expose_headers([header::RETRY_AFTER])
        .max_age(std::time::Duration::from_secs(3_600))
}

/// What a client says of itself when it begins; everything may be missing.
#[derive(Debug, Default, Deserialize)]
struct Beginning {
    #[serde(default)]
    user: Option<User>,
    #[serde(default)]
    locale: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct User {
    #[serde(default)]
    id: Option<String>,
}

impl Beginning {
    async fn read(body: Body) -> Result<Self, ApiError> {
        let bytes = body::read(body, JSON_BODY_BYTES_MAX).await?;
        if bytes.iter().all(u8::is_ascii_whitespace) { Ok(Self::default()) } else { body::parse(&bytes) }
    }

    fn user(&mut self) -> Result<Option<String>, ApiError> {
        let user = self.user.take().and_then(|user| user.id).filter(|id| !id.is_empty());
        if user.as_deref().is_none_or(is_user) {
            return Ok(user);
        }
        Err(ApiError::bad_request("BadArgument", "The id of a user has 1 to 64 bytes and no control characters."))
    }

    /// The facts of a conversation that begins. A language that is none is no reason to refuse somebody.
    fn facts(locale: Option<&str>) -> VisitorFacts {
        let language = locale.and_then(|locale| checked_language(locale).ok());
        VisitorFacts { language, ..VisitorFacts::default() }
    }
}

/// What a client needs to go on.
#[derive(Debug, Serialize)]
struct Opened {
    #[serde(rename = "conversationId")]
    conversation_id: String,
    token: String,
    expires_in: i64,
    #[serde(rename = "streamUrl", skip_serializing_if = "Option::is_none")]
    stream_url: Option<String>,
}

impl Opened {
    fn new(app: &App, line: &LineId, user: Option<&str>) -> Result<Self, ApiError> {
        let (key, now, line) = (&DirectLine::of(app)?.key, app.engine().clock().now(), line.to_string());
        let token = key.sign(Purpose::Talk, &line, user, now);
        app.lives().extend(&line, now + Purpose::Talk.lasts());
        let expires_in = Purpose::Talk.lasts().0 / 1_000;
        Ok(Self { conversation_id: line, token, expires_in, stream_url: None })
    }

    fn with_stream(
        self,
        app: &App,
        headers: &HeaderMap,
        user: Option<&str>,
        from: Watermark,
    ) -> Result<Self, ApiError> {
        let (now, line) = (app.engine().clock().now(), &self.conversation_id);
        let token = DirectLine::of(app)?.key.sign(Purpose::Stream, line, user, now);
        let address = own_address(app, headers).replacen("http", "ws", 1);
        let url = format!("{address}{ROOT}/conversations/{line}/stream?watermark={from}&t={token}");
        Ok(Self { stream_url: Some(url), ..self })
    }
}

/// A token for a new conversation.
async fn generate(State(app): State<App>, caller: Caller, body: Body) -> Result<Json<Opened>, ApiError> {
    let mut beginning = Beginning::read(body).await?;
    let Caller::Secret = caller else {
        return Err(ApiError::forbidden("SecretNeeded", "Only the secret makes new tokens; a token can be refreshed."));
    };
    let user = beginning.user()?;
    let line = LineId::mint(user.clone());
    Opened::new(&app, &line, user.as_deref()).map(Json)
}

/// A new token for one that is still good.
async fn refresh(State(app): State<App>, caller: Caller) -> Result<Json<Opened>, ApiError> {
    let Caller::Client { line, user } = caller else {
        return Err(ApiError::bad_request("BadArgument", "The secret does not expire; only a token can be refreshed."));
    };
    Opened::new(&app, &line, user.as_deref()).map(Json)
}

/// Begins the conversation of the token, or a new one for the secret. The bot greets; one that is open goes on.
async fn start(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Opened>), ApiError> {
    let mut beginning = Beginning::read(body).await?;
    let named = beginning.user()?;
    let (line, user) = match caller {
        Caller::Secret => (LineId::mint(named.clone()), named),
        // Who the token says it is counts, and a claim only where it says nothing.
        Caller::Client { line, user } => {
            let user = line.user().map(str::to_owned).or(user).or(named);
            (line, user)
        }
    };
    let address = line.address(&DirectLine::of(&app)?.site);
    let status = if app.knows(&address)? { StatusCode::OK } else { StatusCode::CREATED };
    app.rates().visitor_speaks(line.name())?;
    let turn = VisitorTurn::Open { greet: true, invite: None };
    let facts = Beginning::facts(beginning.locale.as_deref());
    app.engine().visitor(&address, facts, turn).await.map_err(turn_failed).map_err(turn_refused)?;
    let opened = Opened::new(&app, &line, user.as_deref())?;
    Ok((status, Json(opened.with_stream(&app, &headers, user.as_deref(), Watermark::default())?)))
}

#[derive(Debug, Default, Deserialize)]
struct WatermarkQuery {
    #[serde(default)]
    watermark: String,
}

impl WatermarkQuery {
    fn mark(&self) -> Result<Watermark, ApiError> {
        self.watermark.parse().map_err(|_| feed::no_watermark())
    }
}

/// A new token and stream for a conversation that is known, from a watermark on.
async fn reconnect(
    State(app): State<App>,
    caller: Caller,
    PathPart(named): PathPart<String>,
    QueryPart(query): QueryPart<WatermarkQuery>,
    headers: HeaderMap,
) -> Result<Json<Opened>, ApiError> {
    let (line, user) = known(&app, caller, &named)?;
    let opened = Opened::new(&app, &line, user.as_deref())?;
    opened.with_stream(&app, &headers, user.as_deref(), query.mark()?).map(Json)
}

/// What happened after a watermark.
async fn activities(
    State(app): State<App>,
    caller: Caller,
    PathPart(named): PathPart<String>,
    QueryPart(query): QueryPart<WatermarkQuery>,
    headers: HeaderMap,
) -> Result<Json<ActivitySet>, ApiError> {
    let (line, user) = known(&app, caller, &named)?;
    let address = line.address(&DirectLine::of(&app)?.site);
    let view = View::of(&app, &headers, &line, user.as_deref())?;
    view.with(|reader| feed::after(&app, &address, reader, query.mark()?)).map(Json)
}

/// The id of the activity that was taken.
#[derive(Debug, Serialize)]
struct Taken {
    id: String,
}

/// The user writes, presses, or is typing; what else a client tells is heard and means nothing here.
async fn post_activity(
    State(app): State<App>,
    caller: Caller,
    PathPart(named): PathPart<String>,
    body: Body,
) -> Result<Json<Taken>, ApiError> {
    let (line, _) = known(&app, caller, &named)?;
    let posted: Posted = body::parse(&body::read(body, JSON_BODY_BYTES_MAX).await?)?;
    let address = line.address(&DirectLine::of(&app)?.site);
    match posted.kind.as_str() {
        "" => return Err(ApiError::bad_request("MissingProperty", "An activity needs a type.")),
        "message" => {}
        "typing" => {
            if app.rates().signals(line.name()).is_ok() {
                app.engine().visitor_types(&address).map_err(turn_failed)?;
            }
            return Ok(Json(Taken { id: unheard(&posted) }));
        }
        _ => return Ok(Json(Taken { id: unheard(&posted) })),
    }
    if posted.attachments.as_ref().is_some_and(|attachments| !attachments.is_empty()) {
        return Err(ApiError::bad_request(
            "BadArgument",
            "Files are sent to the conversation's upload, not by address.",
        ));
    }
    app.rates().visitor_speaks(line.name())?;
    let turn = turn(&app, &address, &posted)?;
    let facts = Beginning::facts(posted.locale.as_deref());
    let done = app.engine().visitor(&address, facts, turn).await.map_err(turn_failed).map_err(turn_refused)?;
    Ok(Json(Taken { id: said(&done) }))
}

/// What the engine is asked for a message.
fn turn(app: &App, address: &crate::dialog::Address, posted: &Posted) -> Result<VisitorTurn, ApiError> {
    let client = posted.client();
    // The numbers of a button count in its own conversation only.
    if let Some(pressed) = posted.pressed()
        && app.conversation_of(address)? == Some(pressed.conversation)
    {
        return Ok(VisitorTurn::Press { event: EventNo(pressed.event), option: pressed.option, client });
    }
    let text = posted.said().ok_or_else(|| ApiError::bad_request("MissingProperty", "The message has no text."))?;
    Ok(VisitorTurn::Message { text: checked_text(text)?, client })
}

/// The id of the activity that the user's own event is.
fn said(done: &TurnDone) -> String {
    let own = |event: &Event| matches!(event, Event::VisitorSaid { .. } | Event::VisitorSent { .. });
    let no = done.events.iter().find(|recorded| own(&recorded.event)).map_or(done.version, |recorded| recorded.no);
    id_of(done.conversation, no)
}

/// The id of an activity of which nothing is kept.
fn unheard(posted: &Posted) -> String {
    posted.client().unwrap_or_else(|| uuid::Uuid::now_v7().simple().to_string())
}

/// A conversation that the caller may reach and that has begun, and its user.
fn known(app: &App, caller: Caller, named: &str) -> Result<(LineId, Option<String>), ApiError> {
    let (line, user) = caller.line(named)?;
    let address = line.address(&DirectLine::of(app)?.site);
    if app.knows(&address)? { Ok((line, user)) } else { Err(no_such_line()) }
}

/// From where a conversation is looked at: what activities need to know of it.
struct View<'a> {
    own: &'a DirectLine,
    line: String,
    user: &'a str,
    title: String,
    files: String,
    now: crate::time::Time,
}

impl<'a> View<'a> {
    fn of(app: &'a App, headers: &HeaderMap, line: &'a LineId, user: Option<&'a str>) -> Result<Self, ApiError> {
        let own = DirectLine::of(app)?;
        let site = app.engine().site(&own.site).ok_or_else(|| ApiError::internal("a site without a bot"))?;
        let files = format!("{}{ROOT}/conversations/{line}/files", own_address(app, headers));
        let user = line.user().or(user).unwrap_or(line.name());
        let now = app.engine().clock().now();
        Ok(Self { own, line: line.to_string(), user, title: site.title.clone(), files, now })
    }

    fn with<T>(&self, use_it: impl FnOnce(&Reader<'_>) -> T) -> T {
        let file_url = |conversation: ConversationId, no: EventNo| {
            let token = self.own.key.sign_file(&self.line, &id_of(conversation, no), self.now);
            format!("{}/{conversation}/{no}?t={token}", self.files)
        };
        use_it(&Reader { line: self.line.clone(), user: self.user, title: &self.title, file_url: &file_url })
    }
}
