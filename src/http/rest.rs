//! The REST channel that clients of Rasa speak: one call says something and waits for everything that follows, so that a
//! program needs no socket. It is for machines that the operator trusts: loopback, or the bearer token.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::dialog::{Address, Conversation, Event, Recorded};
use crate::engine::{Engine, TurnError, VisitorFacts, VisitorTurn, token};
use crate::http::app::App;
use crate::http::body::{self, PathPart};
use crate::http::error::{ApiError, ErrorBody};
use crate::http::limits::{EVENTS_MAX, REST_WAIT_MAX, SENDER_BYTES_MAX, WEBHOOK_BODY_BYTES_MAX};
use crate::http::peer;
use crate::http::settings::HttpConfig;
use crate::http::trouble::turn_failed;
use crate::http::visitor::token::bearer;
use crate::http::visitor::{checked_language, checked_text};
use crate::id::{ChannelName, ConversationId, EventNo, SiteId};

/// The channel's name in addresses.
pub(super) const CHANNEL: &str = "rest";

/// The mark of how far a sender has read.
const MARK: &str = "delivered/rest";

/// What a button's payload begins with; it is accepted back as a message.
const PRESS: &str = "/press";

/// `POST /webhooks/rest/webhook`.
#[derive(Debug, Deserialize, ToSchema)]
struct RestRequest {
    /// Who writes; a conversation belongs to a sender.
    #[serde(default = "default_sender")]
    sender: String,
    /// What, or a button's payload.
    message: String,
    /// `language` is used for a new conversation; everything else is ignored.
    #[serde(default)]
    metadata: Option<RestMetadata>,
}

/// What a client may tell about a message.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct RestMetadata {
    #[serde(default)]
    language: Option<String>,
}

/// One message of the answer.
#[derive(Debug, Default, Serialize, ToSchema)]
struct RestMessage<'a> {
    /// The sender of the message that is answered.
    recipient_id: &'a str,
    /// What the bot or an agent said.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// Buttons; to press one, send its payload as a message.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    buttons: Vec<RestButton>,
    /// The address of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
}

/// A button.
#[derive(Debug, Serialize, ToSchema)]
struct RestButton {
    /// What it says.
    title: String,
    /// What to send for a press.
    payload: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    event: u64,
    option: usize,
}

/// The routes of the REST channel.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(status)).routes(routes!(webhook)).routes(routes!(webhook_of_site))
}

/// Says that the channel is there.
#[utoipa::path(get, path = "/webhooks/rest/", tag = "rest", responses((status = 200, description = "It is there")))]
async fn status() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok" }))
}

/// Says something to the default site's bot and gives everything that was said since this sender's last call: when the bot
/// waits for the sender, or after 10 seconds.
#[utoipa::path(
    post, path = "/webhooks/rest/webhook", tag = "rest", security((), ("rest" = [])), request_body = RestRequest,
    responses(
        (status = 200, description = "What was said", body = Vec<RestMessage>),
        (status = "4XX", description = "Refused; nothing changed", body = ErrorBody),
    )
)]
async fn webhook(State(app): State<App>, request: Request) -> Result<Answer, ApiError> {
    let Some((site, _)) = app.default_site() else { return Err(ApiError::internal("a server without a site")) };
    let site = site.clone();
    take(&app, site, request).await
}

/// The same for a named site.
#[utoipa::path(
    post, path = "/webhooks/rest/{site}/webhook", tag = "rest", security((), ("rest" = [])), request_body = RestRequest,
    params(("site" = String, Path, description = "The site")),
    responses(
        (status = 200, description = "What was said", body = Vec<RestMessage>),
        (status = "4XX", description = "Refused; nothing changed", body = ErrorBody),
    )
)]
async fn webhook_of_site(
    State(app): State<App>,
    PathPart(site): PathPart<String>,
    request: Request,
) -> Result<Answer, ApiError> {
    let (site, _) = app.site(&site).ok_or_else(|| ApiError::not_found("There is no such site here."))?;
    let site = site.clone();
    take(&app, site, request).await
}

/// JSON that was written while its parts could still be borrowed.
type Answer = ([(header::HeaderName, &'static str); 1], Vec<u8>);

async fn take(app: &App, site: SiteId, request: Request) -> Result<Answer, ApiError> {
    let (parts, body) = request.into_parts();
    check_caller(app, peer::peer(&parts.extensions), &parts.headers)?;
    let body = body::read(body, WEBHOOK_BODY_BYTES_MAX).await?;
    let request: RestRequest = body::parse(&body)?;
    drop(body);
    if request.sender.is_empty() || request.sender.len() > SENDER_BYTES_MAX {
        let message = format!("`sender` must have 1 to {SENDER_BYTES_MAX} bytes.");
        return Err(ApiError::bad_request("bad_sender", message));
    }
    let turn = match pressed(&request.message) {
        Some(Payload { event, option }) => VisitorTurn::Press { event: EventNo(event), option, client: None },
        None => VisitorTurn::Message { text: checked_text(request.message)?, client: None },
    };
    let address = Address {
        site,
        channel: ChannelName::from(CHANNEL),
        account: String::new(),
        chat: String::new(),
        user: request.sender,
    };
    let language = request.metadata.and_then(|metadata| metadata.language);
    let language = language.as_deref().map(checked_language).transpose()?;
    let events = converse(app, &address, VisitorFacts { language, ..VisitorFacts::default() }, turn).await?;
    let messages: Vec<RestMessage<'_>> =
        events.iter().filter_map(|event| said(&address.user, event)).flatten().collect();
    let json = serde_json::to_vec(&messages).map_err(ApiError::internal)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json))
}

/// Takes the turn, waits until it is the sender's move, and gives what is new for this sender. Of two calls of one sender that
/// wait at the same time each message goes to one only.
async fn converse(
    app: &App,
    address: &Address,
    facts: VisitorFacts,
    turn: VisitorTurn,
) -> Result<Vec<Recorded>, ApiError> {
    let deadline = Instant::now() + REST_WAIT_MAX;
    let done = app.engine().visitor(address, facts, turn).await.map_err(turn_failed)?;
    metrics::counter!("frontdesk_rest_turns_total").increment(1);
    let id = done.conversation;
    let version = wait_for_the_bot(app, id, deadline).await.unwrap_or(done.version);
    loop {
        let from = app.cursors().get(app, address, id)?;
        let mut news = Vec::new();
        if let Some(before) = from.before {
            // The sender's earlier conversation is over; what an agent said at its end may be unread, unless all of it was
            // erased meanwhile.
            news = everything_after(app, before.conversation, before.to)?.unwrap_or_default();
        }
        if version == done.version && done.events.first().is_some_and(|first| first.no == from.after.next()) {
            news.extend(done.events.iter().cloned());
        } else {
            news.extend(everything_after(app, id, from.after)?.unwrap_or_default());
        }
        let newest = news.last().map_or(done.version, |newest| newest.no).max(from.after);
        if app.cursors().advance(address, id, &from, newest) {
            app.engine().move_mark(id, MARK, newest).map_err(turn_failed)?;
            return Ok(news);
        }
    }
}

/// Waits until nothing of the bot is under way in the conversation. Gives how far the conversation has come.
async fn wait_for_the_bot(app: &App, id: ConversationId, deadline: Instant) -> Option<EventNo> {
    let now = || app.engine().conversation(id).ok().flatten();
    let awaited = |conversation: &Conversation| Engine::awaits_somebody(conversation).then_some(conversation.version);
    if let Some(version) = awaited(&*now()?) {
        return Some(version);
    }
    let mut pushes = app.engine().hub().conversation(id);
    loop {
        let conversation = now()?;
        if let Some(version) = awaited(&conversation) {
            return Some(version);
        }
        tokio::select! {
            pushed = timeout_at(deadline, pushes.recv()) => if matches!(pushed, Err(_) | Ok(Err(RecvError::Closed))) {
                return Some(conversation.version);
            },
            () = app.stopping().wait() => return Some(conversation.version),
        }
    }
}

/// All events of a conversation after a number; none where there is no such conversation any more.
fn everything_after(app: &App, id: ConversationId, after: EventNo) -> Result<Option<Vec<Recorded>>, ApiError> {
    let (mut all, mut after) = (Vec::new(), after);
    loop {
        let events = match app.engine().events(id, after, EVENTS_MAX) {
            Ok(events) => events,
            Err(TurnError::NoSuchConversation(_)) => return Ok(None),
            Err(error) => return Err(turn_failed(error)),
        };
        let full = events.len() == EVENTS_MAX;
        if let Some(newest) = events.last() {
            after = newest.no;
        }
        all.extend(events);
        if !full {
            return Ok(Some(all));
        }
    }
}

/// What a client of the REST channel hears of an event: words of the bot and of agents, pictures apart.
fn said<'a>(recipient_id: &'a str, recorded: &Recorded) -> Option<Vec<RestMessage<'a>>> {
    let base = || RestMessage { recipient_id, ..RestMessage::default() };
    match &recorded.event {
        Event::BotSaid { message, .. } => {
            let buttons = message.all_buttons().enumerate().map(|(option, button)| RestButton {
                title: button.label.clone(),
                payload: format!("{PRESS}{{\"event\":{},\"option\":{option}}}", recorded.no),
            });
            let mut text = message.text.clone();
            let links = message.link.iter().chain(message.cards.iter().filter_map(|card| card.link.as_ref()));
            let cards = message.cards.iter().map(|card| match &card.text {
                Some(below) => format!("{}\n{below}", card.title),
                None => card.title.clone(),
            });
            let links = links.map(|link| format!("{}: {}", link.text, link.url));
            for line in cards.chain(links).collect::<Vec<_>>() {
                if !text.is_empty() {
                    text.push('\n');
                }
                text.push_str(&line);
            }
            let words = RestMessage { text: Some(text), buttons: buttons.collect(), ..base() };
            let pictures = message.image.iter().chain(message.cards.iter().filter_map(|card| card.image.as_ref()));
            let pictures = pictures.map(|picture| RestMessage { image: Some(picture.url.clone()), ..base() });
            Some(std::iter::once(words).chain(pictures).collect())
        }
        // A program gets no files; it may tell that there is one.
        Event::AgentSent { file, .. } => Some(vec![RestMessage { text: Some(file.name.clone()), ..base() }]),
        Event::AgentSaid { text, .. } => Some(vec![RestMessage { text: Some(text.clone()), ..base() }]),
        _ => None,
    }
}

/// The press that a message is, if it is the payload of a button.
fn pressed(message: &str) -> Option<Payload> {
    let payload = message.trim().strip_prefix(PRESS)?;
    serde_json::from_str(payload).ok()
}

/// Whom the channel hears.
enum Callers<'a> {
    /// Who has the token.
    Bearer(&'a str),
    /// Programs on this machine.
    Here,
    /// Nobody: a server that others reach must say by a token who may call. A proxy on this machine need not say that it is
    /// one, and then whoever it lets in looks like a program here.
    Nobody,
}

fn callers(config: &HttpConfig) -> Callers<'_> {
    match &config.rest_token {
        Some(token) => Callers::Bearer(token),
        None if config.is_reached_from_elsewhere() => Callers::Nobody,
        None => Callers::Here,
    }
}

/// Says at the start where the channel hears nobody.
pub(super) fn announce(config: &HttpConfig) {
    if let Callers::Nobody = callers(config) {
        tracing::warn!(
            "the REST channel refuses every call, because `public_url` or `trusted_proxies` says that others reach this \
             server: set `rest: token` in frontdesk.yaml to open it to the token's bearer"
        );
    }
}

/// The bearer of the token; where there is none, loopback. There a request that passed a proxy or came from a web page is
/// refused: its loopback connection does not mean a caller on this machine.
fn check_caller(app: &App, peer: std::net::IpAddr, headers: &HeaderMap) -> Result<(), ApiError> {
    match callers(app.config()) {
        Callers::Bearer(expected) => {
            if bearer(headers).is_some_and(|given| token::equal(given, expected)) {
                return Ok(());
            }
            Err(ApiError::unauthorized(
                "wrong_token",
                "The header Authorization must say Bearer and the channel's token.",
            ))
        }
        Callers::Here => {
            let page = headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site");
            if peer.is_loopback() && !page && !peer::was_forwarded(headers) {
                return Ok(());
            }
            Err(ApiError::forbidden("not_here", "This channel is open to programs on the server's own machine only.")
                .inside(
                    "a REST call from elsewhere: set `rest: token` in frontdesk.yaml to open the channel to its bearer",
                ))
        }
        Callers::Nobody => {
            Err(ApiError::forbidden("token_needed", "The operator has not opened this channel: it needs a token.")
                .inside("a REST call to a server that others reach: set `rest: token` in frontdesk.yaml"))
        }
    }
}

fn default_sender() -> String {
    "default".to_owned()
}

/// Senders whose place is kept in memory; the others are looked up.
const CURSORS_MAX: usize = 100_000;

/// How far each sender has read. It is kept as a mark of the conversation, which the engine writes behind; memory saves the
/// reading, and knows the sender's conversation before this one.
#[derive(Debug, Default)]
pub(super) struct Cursors(Mutex<Remembered>);

/// Two generations: when the younger is full it becomes the older, and who was in neither is looked up.
#[derive(Debug, Default)]
struct Remembered {
    young: HashMap<Address, Read>,
    old: HashMap<Address, Read>,
}

/// How far a sender has read, and in which conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Read {
    conversation: ConversationId,
    to: EventNo,
}

/// Where a sender goes on.
struct Unread {
    /// The number after which to go on.
    after: EventNo,
    /// Where they stopped in the conversation before this one: they may have missed its end.
    before: Option<Read>,
    /// What was remembered of them.
    known: Option<Read>,
}

impl Cursors {
    fn get(&self, app: &App, address: &Address, id: ConversationId) -> Result<Unread, ApiError> {
        let known = self.lock().get(address);
        match known {
            Some(read) if read.conversation == id => Ok(Unread { after: read.to, before: None, known }),
            before => {
                let after = app.engine().mark(id, MARK).map_err(turn_failed)?;
                Ok(Unread { after, before, known })
            }
        }
    }

    /// Notes that everything from where `from` stood up to `to` is on its way to the sender. Says no if another call of the same
    /// sender has taken something meanwhile.
    fn advance(&self, address: &Address, conversation: ConversationId, from: &Unread, to: EventNo) -> bool {
        let mut remembered = self.lock();
        if remembered.get(address) != from.known {
            return false;
        }
        if remembered.young.len() >= CURSORS_MAX / 2 {
            remembered.old = std::mem::take(&mut remembered.young);
        }
        match remembered.young.get_mut(address) {
            Some(read) => *read = Read { conversation, to },
            None => drop(remembered.young.insert(address.clone(), Read { conversation, to })),
        }
        true
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    fn get(&self, address: &Address) -> Option<Read> {
        self.young.get(address).or_else(|| self.old.get(address)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_a_press_and_nothing_else_is() {
        let payload = pressed("/press{\"event\":7,\"option\":1}").unwrap();
        assert_eq!((payload.event, payload.option), (7, 1));
        for text in ["/press", "/press{}", "/press{\"event\":-1,\"option\":0}", "press", "/pressed"] {
            assert!(pressed(text).is_none(), "{text}");
        }
    }
}
