//! What visitors send and get. Their own types: the events of the core never leave as they are, and notes, slots and
//! understandings never leave at all, so numbers have gaps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dialog::{self, Conversation, Message, Owner, Phase, Recorded};
use crate::engine::{Hint, LiveSite};
use crate::http::files::SentFile;
use crate::http::texts::Texts;
use crate::http::visitor::form::FormField;
use crate::http::visitor::introduction::Identity;
use crate::http::visitor::signals::{ReadHint, ReceiptsRequest, TypingHint};
use crate::id::ConversationId;
use crate::time::Span;
use crate::view::{self, VisitorLine, VisitorLineKind};

/// `POST /api/visitor/session`.
#[derive(Default, Deserialize, ToSchema)]
pub(crate) struct SessionRequest {
    /// The site; by default the only or first one.
    pub site: Option<String>,
    /// The language of the page, as a BCP 47 tag.
    pub language: Option<String>,
    /// The page on which the visitor is.
    pub page: Option<PageFacts>,
    /// Whether a new conversation begins with the bot's greeting.
    #[serde(default = "yes")]
    pub greet: bool,
    /// Who the visitor is, as the page says.
    pub identity: Option<Identity>,
    /// What else the page tells of the visitor: texts, numbers, true or false; null means that it is told no longer.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// The invitation that the visitor accepted: a new conversation goes on from it instead of beginning with the greeting.
    pub invite: Option<String>,
    /// Whether the caller can ask the visitor what the site wants to know first. Then no conversation begins before that.
    #[serde(default)]
    pub form: bool,
    /// The visitor's answers, by the name of the question; an empty one was skipped.
    #[serde(default)]
    pub answers: BTreeMap<String, String>,
    /// Questions that the visitor skipped before.
    #[serde(default)]
    pub skipped: Vec<String>,
}

/// The page on which a visitor writes. Long texts are cut.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct PageFacts {
    /// Its address.
    #[serde(default)]
    pub url: String,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// Where the visitor came from.
    #[serde(default)]
    pub referrer: String,
}

/// The answer to a session request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionAnswer {
    /// The visitor's token, only when it is new. It is told once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// A public name of the visitor, for support.
    pub visitor: String,
    /// The site.
    pub site: SiteFacts,
    /// The conversation; none before it has begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationFacts>,
    /// What was said so far, the latest events if there are many.
    pub events: Vec<VisitorEvent>,
    /// The number after which to go on.
    pub last: u64,
    /// The place in the queue, while waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueHint>,
    /// An agent has seen everything up to this event.
    pub read: u64,
    /// The widget's own texts in the visitor's language.
    pub texts: BTreeMap<String, String>,
    /// The direction of that language.
    #[schema(value_type = String, example = "ltr")]
    pub dir: &'static str,
    /// The language of those texts.
    pub language: String,
    /// Whether the visitor is who the page says; none where it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// What the visitor must be asked before a conversation begins; then there is none, and no token.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ask_first: Vec<FormField>,
    /// For whoever builds the page: what was not taken, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What the widget shows of a site.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SiteFacts {
    /// Its name.
    pub id: String,
    /// What visitors read as the bot's or shop's name.
    pub title: String,
    /// Colours and the like, as the operator set them.
    #[schema(value_type = Object)]
    pub look: serde_json::Value,
}

/// A conversation as its visitor sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ConversationFacts {
    /// Its id.
    pub id: String,
    /// `active`, `resolved` (a reply reopens it) or `closed` (a message opens a new one).
    #[schema(value_type = String, example = "active")]
    pub phase: &'static str,
    /// Who answers: `bot`, `queue` (nobody yet) or `agent`.
    #[schema(value_type = String, example = "bot")]
    pub owner: &'static str,
    /// The agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentName>,
    /// The language in which it goes on.
    pub language: String,
}

/// An agent as visitors see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct AgentName {
    /// The name.
    pub name: String,
}

/// The place in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueueHint {
    /// From 1.
    pub position: u32,
    /// The usual wait, where enough is known of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
}

/// A range of waits in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Estimate {
    /// From.
    pub from_s: u64,
    /// To.
    pub to_s: u64,
}

/// `POST /api/visitor/messages`.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct MessageRequest {
    /// At most 4,000 characters.
    pub text: String,
    /// The sender's own id of the message: a repeat changes nothing and gets the same answer.
    pub client_id: Option<String>,
}

/// `POST /api/visitor/press`.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PressRequest {
    /// The number of the bot's message.
    pub event: u64,
    /// The number of the button in it.
    pub option: usize,
    /// The sender's own id of the press.
    pub client_id: Option<String>,
}

/// `POST /api/visitor/rate`.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RateRequest {
    /// 1 to 5.
    pub score: u8,
    /// In the visitor's words.
    pub comment: Option<String>,
}

/// `GET /api/visitor/events`.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// The number after which to go on.
    #[serde(default)]
    pub after: u64,
    /// The conversation that the number belongs to; in another one the events begin anew.
    pub conversation: Option<String>,
    /// How many seconds to wait for something new, at most 30.
    #[serde(default)]
    pub wait: u64,
}

/// `GET /api/visitor/transcript`.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TranscriptQuery {
    /// The language of names and dates, as a BCP 47 tag; by default the conversation's.
    pub language: Option<String>,
    /// The reader's time zone, such as `Europe/Athens`; by default the bot's.
    pub zone: Option<String>,
}

/// What happened since.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventsAnswer {
    /// The conversation; a message to a closed one opens another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationFacts>,
    /// What is new.
    pub events: Vec<VisitorEvent>,
    /// The number after which to go on.
    pub last: u64,
    /// The place in the queue, while waiting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueHint>,
    /// An agent has seen everything up to this event.
    pub read: u64,
}

/// A frame that a widget sends. The first one has a token.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct SocketHello {
    /// The visitor's token.
    pub token: String,
    /// The number after which to go on.
    #[serde(default)]
    pub after: u64,
    /// The conversation that the number belongs to; in another one the events begin anew.
    pub conversation: Option<String>,
}

/// A frame that a widget sends after the first.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ClientFrame {
    /// The visitor wrote.
    Message(MessageRequest),
    /// The visitor pressed a button.
    Press(PressRequest),
    /// The visitor has come further.
    Receipts(ReceiptsRequest),
    /// The visitor is typing.
    Typing,
    /// The widget asks whether the server is there.
    Ping,
}

/// A frame that the server sends.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ServerFrame {
    /// Something happened.
    Events(EventsAnswer),
    /// The place in the queue changed.
    Queue(QueueHint),
    /// An agent has read on.
    Read(ReadHint),
    /// An agent is typing; that ends by itself after a few seconds.
    Typing(TypingHint),
    /// A frame was refused.
    Error {
        /// A stable name.
        #[schema(value_type = String)]
        code: &'static str,
        /// A sentence.
        message: String,
        /// The sender's own id of the refused message.
        #[serde(skip_serializing_if = "Option::is_none")]
        client_id: Option<String>,
    },
    /// The server is there.
    Pong,
}

/// Something that a visitor sees.
#[derive(Debug, Clone, PartialEq, Default, Serialize, ToSchema)]
pub(crate) struct VisitorEvent {
    /// Its number: growing, with gaps.
    pub no: u64,
    /// When, in milliseconds since 1970.
    pub at: i64,
    /// `visitor`, `bot`, `agent` or `status`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "bot")]
    pub kind: &'static str,
    /// What was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The sender's own id of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Buttons of the message.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<VisitorButton>,
    /// A picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<VisitorImage>,
    /// A link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<VisitorLink>,
    /// Cards.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<VisitorCard>,
    /// A file that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<SentFile>,
    /// The agent who said it or took over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentName>,
    /// `queued`, `agent`, `bot`, `resolved`, `closed`, `reopened` or `rated`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub status: Option<&'static str>,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct VisitorButton {
    /// What it says.
    pub label: String,
    /// Its number in the message, for a press.
    pub option: usize,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct VisitorImage {
    /// Where it is.
    pub url: String,
    /// What it shows.
    pub alt: String,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct VisitorLink {
    /// Where it leads.
    pub url: String,
    /// What it says.
    pub text: String,
}

/// A card.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct VisitorCard {
    /// Its heading.
    pub title: String,
    /// What stands below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<VisitorImage>,
    /// Its link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<VisitorLink>,
    /// Its buttons, numbered on from those before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<VisitorButton>,
}

impl SiteFacts {
    /// What the widget shows of a site.
    pub(crate) fn of(site: &LiveSite) -> Self {
        let look = serde_json::to_value(&site.look).unwrap_or_default();
        Self { id: site.id.to_string(), title: site.title.clone(), look }
    }
}

impl QueueHint {
    /// What a visitor is told of the place in the queue.
    pub fn of(hint: &Hint) -> Self {
        let seconds = |span: Span| u64::try_from(span.0 / 1_000).unwrap_or(0);
        let estimate = hint.estimate.map(|range| Estimate { from_s: seconds(range.from), to_s: seconds(range.to) });
        Self { position: hint.position, estimate }
    }
}

impl ConversationFacts {
    /// What a visitor may know of a conversation.
    pub(crate) fn of(id: ConversationId, conversation: &Conversation) -> Self {
        let (phase, owner, agent) = match &conversation.phase {
            Phase::Active(Owner::Bot) => ("active", "bot", None),
            Phase::Active(Owner::Queue(_)) => ("active", "queue", None),
            Phase::Active(Owner::Agent(with)) => ("active", "agent", Some(AgentName { name: with.agent.name.clone() })),
            Phase::Resolved { .. } => ("resolved", "bot", None),
            Phase::Closed => ("closed", "bot", None),
        };
        Self { id: id.to_string(), phase, owner, agent, language: conversation.language.to_string() }
    }
}

impl SessionAnswer {
    /// The answer to one who must be asked something before a conversation begins.
    pub(crate) fn asking(live: &LiveSite, ask_first: Vec<FormField>, notes: Vec<String>, texts: &Texts) -> Self {
        Self {
            token: None,
            visitor: String::new(),
            site: SiteFacts::of(live),
            conversation: None,
            events: Vec::new(),
            last: 0,
            queue: None,
            read: 0,
            texts: texts.widget(),
            dir: texts.direction().as_str(),
            language: texts.language().to_owned(),
            verified: None,
            ask_first,
            notes,
        }
    }
}

impl VisitorEvent {
    /// The event as visitors see it; none where they do not.
    pub(crate) fn of(recorded: &Recorded) -> Option<Self> {
        view::visitor_line(recorded).map(Self::of_line)
    }

    /// The events that a visitor sees among these.
    pub(crate) fn all_of(events: &[Recorded]) -> Vec<Self> {
        view::visitor_lines(events).into_iter().map(Self::of_line).collect()
    }

    fn of_line(line: VisitorLine<'_>) -> Self {
        let base = |kind| Self { no: line.no.0, at: line.at.0, kind, ..Self::default() };
        let agent_name = |name: &str| Some(AgentName { name: name.to_owned() });
        match line.kind {
            VisitorLineKind::Visitor { text, client, .. } => {
                Self { text: Some(text.to_owned()), client_id: client.map(str::to_owned), ..base("visitor") }
            }
            VisitorLineKind::Bot(message) => base("bot").with_message(message),
            VisitorLineKind::Agent { name, text } => {
                Self { text: Some(text.to_owned()), agent: agent_name(name), ..base("agent") }
            }
            VisitorLineKind::VisitorFile { file, client } => {
                Self { file: Some(SentFile::of(file)), client_id: client.map(str::to_owned), ..base("visitor") }
            }
            VisitorLineKind::AgentFile { name, file } => {
                Self { file: Some(SentFile::of(file)), agent: agent_name(name), ..base("agent") }
            }
            VisitorLineKind::Status { status, agent } => {
                Self { status: Some(status.name()), agent: agent.and_then(agent_name), ..base("status") }
            }
        }
    }

    fn with_message(self, message: &Message) -> Self {
        let mut option = 0;
        let mut number = |buttons: &[dialog::Button]| -> Vec<VisitorButton> {
            let numbered = buttons.iter().map(|button| {
                let numbered = VisitorButton { label: button.label.clone(), option };
                option += 1;
                numbered
            });
            numbered.collect()
        };
        let buttons = number(&message.buttons);
        let cards = message.cards.iter().map(|card| VisitorCard {
            title: card.title.clone(),
            text: card.text.clone(),
            image: card.image.as_ref().map(VisitorImage::of),
            link: card.link.as_ref().map(VisitorLink::of),
            buttons: number(&card.buttons),
        });
        Self {
            text: Some(message.text.clone()),
            cards: cards.collect(),
            buttons,
            image: message.image.as_ref().map(VisitorImage::of),
            link: message.link.as_ref().map(VisitorLink::of),
            ..self
        }
    }
}

impl VisitorImage {
    fn of(picture: &dialog::Picture) -> Self {
        Self { url: picture.url.clone(), alt: picture.alt.clone() }
    }
}

impl VisitorLink {
    fn of(link: &dialog::Hyperlink) -> Self {
        Self { url: link.url.clone(), text: link.text.clone() }
    }
}

fn yes() -> bool {
    true
}
