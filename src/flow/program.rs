//! The linked bot: every name resolved, every nested block laid out as a flat list of steps with jump targets, so that a
//! place to wait is one index and the dialog needs no tree walk. Built by `link`; read by `matcher` and `dialog`.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::flow::{Flow, Phrase, Synonyms, Template, Text, ValueTemplate};
use crate::id::{EntityName, FlowName, HoursName, IntentName, Language, QueueName, ServiceName};
use crate::time::{Span, Time};

/// A place in a file of the bot, for reports, the desk and the log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct At {
    /// The file, relative to the bot's folder, with `/`.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A whole bot, linked. Immutable; swapped whole on a reload.
#[derive(Debug, Clone)]
pub struct Program {
    /// What visitors see as the bot's name.
    pub name: String,
    /// The languages, the default first; never empty.
    pub languages: Vec<Language>,
    /// The zone of the bot's clock, resolved from the bundled database.
    pub zone: jiff::tz::TimeZone,
    /// The queue of a handoff that names none. A bot without `queues:` has one queue, `desk`, always open.
    pub default_queue: QueueName,
    /// Thresholds and what happens when nothing fits.
    pub fallback: Fallback,
    /// `frustration:`.
    pub frustration: Frustration,
    /// Sentence pieces by name: the alternatives of each.
    pub snippets: IndexMap<String, Vec<Phrase>>,
    /// `words:`: what counts as another word.
    pub synonyms: Synonyms,
    /// The author's intents and the built-in ones (`builtin` is set), in the order of definition.
    pub intents: IndexMap<IntentName, Intent>,
    /// The small talk of `use: [small_talk]` that the author did not replace, by its intent; where a message has several, the
    /// first counts.
    pub small_talk: IndexMap<IntentName, SmallTalk>,
    /// The author's entities. Built-in kinds are not in it: see [`Kind`].
    pub entities: IndexMap<EntityName, Entity>,
    /// The flows: the author's, the answers of intents (named as their intent), the built-in ones that the author did not
    /// replace, and `fallback.otherwise` (named [`OTHERWISE`]).
    pub flows: IndexMap<FlowName, Flow>,
    /// What flows call.
    pub services: IndexMap<ServiceName, Service>,
    /// Ready answers of agents, by the name that an agent types.
    pub replies: IndexMap<String, Text>,
    /// Where people wait.
    pub queues: IndexMap<QueueName, Queue>,
    /// Timetables.
    pub hours: IndexMap<HoursName, Hours>,
    /// What the closed chat says by itself, by name.
    pub invites: IndexMap<String, Invite>,
    /// The sentences that the bot itself says, by key (`rephrase`, `handoff`, …), in every shipped language.
    pub sentences: IndexMap<String, Text>,
    /// Conversations that must go as written.
    pub tests: Vec<crate::flow::Test>,
}

impl Program {
    /// The bot's first language: what agents read, and the fall-back of every text.
    pub fn default_language(&self) -> &Language {
        // A bot without languages does not link; English is the only language that every part of the program has.
        static ENGLISH: std::sync::LazyLock<Language> = std::sync::LazyLock::new(|| Language::from("en"));
        self.languages.first().unwrap_or(&ENGLISH)
    }

    /// The bot's language that suits a wanted one: itself, else the one that it is a variety of (`de-at` suits `de`).
    pub fn language_like(&self, wanted: &Language) -> Option<Language> {
        let wanted = wanted.as_str().to_lowercase().replace('_', "-");
        let mut tag = wanted.as_str();
        loop {
            if let Some(language) = self.languages.iter().find(|language| language.as_str() == tag) {
                return Some(language.clone());
            }
            tag = &tag[..tag.rfind('-')?];
        }
    }
}

/// The name of the flow that `fallback.otherwise` becomes.
pub const OTHERWISE: &str = "otherwise";

/// `fallback:`.
#[derive(Debug, Clone, PartialEq)]
pub struct Fallback {
    /// At this confidence or more the bot acts.
    pub sure: f64,
    /// Below this a message is a miss; between the two the bot asks "did you mean".
    pub unsure: f64,
    /// After so many misses in a row a person is called.
    pub misses: u32,
    /// How often a question is repeated, where its step says nothing.
    pub retry: u32,
}

/// `frustration:`: when a visitor who loses patience is offered a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Frustration {
    /// From this figure on, a person is offered beside each answer.
    pub offer_at: u32,
    /// From this figure on, the bot asks whether to hand over; again when it has grown by as much.
    pub ask_at: u32,
    /// What a question asked again counts.
    pub repeated: u32,
    /// What a message in capitals counts.
    pub capitals: u32,
    /// What three exclamation marks count.
    pub exclamations: u32,
    /// The author's words of anger, with their weight; those of the shipped languages count too.
    pub words: Vec<(u8, Phrase)>,
}

impl Default for Frustration {
    fn default() -> Self {
        Self { offer_at: 2, ask_at: 4, repeated: 1, capitals: 1, exclamations: 1, words: Vec::new() }
    }
}

/// `intents: <name>`.
#[derive(Debug, Clone)]
pub struct Intent {
    /// Its name.
    pub name: IntentName,
    /// The text of its button, in "did you mean", and itself a phrase.
    pub label: Option<Text>,
    /// Sentence templates of all languages, the label's among them.
    pub phrases: Vec<Phrase>,
    /// Sentences that are like the phrases and mean something else: phrases of "none of these" near this intent.
    pub not_phrases: Vec<Phrase>,
    /// Words and word groups that speak for it.
    pub keywords: Vec<Phrase>,
    /// Regular expressions that speak for it.
    pub patterns: Vec<Pattern>,
    /// Words and word groups that cancel it, unless a phrase fits exactly.
    pub exclude: Vec<Phrase>,
    /// The flow that answers it, if any.
    pub flow: Option<FlowName>,
    /// `Some` for the intents that every bot has.
    pub builtin: Option<Builtin>,
    /// Where it stands.
    pub at: At,
}

impl Intent {
    /// An intent that nothing means yet.
    pub fn new(name: IntentName, at: At) -> Self {
        Self {
            name,
            label: None,
            phrases: Vec::new(),
            not_phrases: Vec::new(),
            keywords: Vec::new(),
            patterns: Vec::new(),
            exclude: Vec::new(),
            flow: None,
            builtin: None,
            at,
        }
    }
}

/// What the bot says to small talk. It is no task: nothing begins with it, and an open question comes back after it.
#[derive(Debug, Clone)]
pub struct SmallTalk {
    /// One short sentence.
    pub said: Text,
    /// What follows it where no question is open.
    pub more: Option<Text>,
    /// Whether a person is offered.
    pub offers_person: bool,
    /// Whether the visitor leaves, so that nothing more is asked.
    pub leaves: bool,
    /// Whether it means something only where no question is open.
    pub idle: bool,
}

/// The intents that every bot has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Builtin {
    /// Asks for a person.
    Human,
    /// Leaves the flow.
    Cancel,
    /// Begins anew.
    Restart,
    /// Goes back to the question before.
    Back,
    /// Agrees.
    Yes,
    /// Refuses.
    No,
    /// Leaves an optional question unanswered.
    Skip,
    /// Stops waiting for a person; heard only in a queue.
    LeaveQueue,
    /// Leaves a message instead of waiting; heard only in a queue.
    LeaveMessage,
}

/// A kind of value: one of the built-in ones or an entity of the bot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Any text.
    Text,
    /// Yes or no.
    YesNo,
    /// A person's name.
    Name,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A number.
    Number,
    /// A day; its normal form is `2026-11-24`.
    Date,
    /// A time of day; its normal form is `17:30`.
    Time,
    /// An amount with a currency; its normal form is `12.50 EUR`.
    Money,
    /// A web address.
    Url,
    /// A picture that is sent; its normal form is the file's name.
    Photo,
    /// A file that is sent; its normal form is its name.
    File,
    /// An entity of the bot.
    Entity(EntityName),
}

impl Kind {
    /// Whether it is sent, so that no words hold it.
    pub fn is_sent(&self) -> bool {
        matches!(self, Self::Photo | Self::File)
    }

    /// The name as authors write it after `expect:`.
    pub fn name(&self) -> &str {
        match self {
            Self::Text => "text",
            Self::YesNo => "yes_no",
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Number => "number",
            Self::Date => "date",
            Self::Time => "time",
            Self::Money => "money",
            Self::Url => "url",
            Self::Photo => "photo",
            Self::File => "file",
            Self::Entity(name) => name.as_str(),
        }
    }
}

/// `entities: <name>`: values or a pattern.
#[derive(Debug, Clone)]
pub struct Entity {
    /// Its name.
    pub name: EntityName,
    /// The listed values; empty for a pattern.
    pub values: Vec<EntityValue>,
    /// What a value looks like; none for listed values.
    pub pattern: Option<Pattern>,
    /// A value to show when an answer did not fit; its letters decide the case of values.
    pub example: Option<String>,
    /// Whether values are masked wherever they are recorded.
    pub sensitive: bool,
    /// Where it stands.
    pub at: At,
}

/// One value of an entity.
#[derive(Debug, Clone)]
pub struct EntityValue {
    /// The normal form, and the key of its translations.
    pub key: String,
    /// What a visitor reads.
    pub label: Text,
    /// What a visitor may write: the key, the labels and the synonyms of all languages, as templates.
    pub said: Vec<Phrase>,
}

/// A regular expression, checked when the bot was linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// The expression as the author wrote it.
    pub source: String,
    /// Where it stands.
    pub at: At,
}

/// `services: <name>`.
#[derive(Debug, Clone)]
pub struct Service {
    /// Its name.
    pub name: ServiceName,
    /// The HTTP method.
    pub method: Method,
    /// The address, with `env` and `secret`.
    pub url: Template,
    /// Headers, with `env` and `secret`.
    pub headers: Vec<(String, Template)>,
    /// The body; none means what `with` holds.
    pub body: Option<ValueTemplate>,
    /// How long to wait for the reply.
    pub timeout: Span,
    /// Whether a repeat does no harm, so that a failed call may be tried again. A GET always is.
    pub idempotent: bool,
    /// The reply in tests; its fields are checked.
    pub sample: Option<serde_json::Value>,
    /// Where it stands.
    pub at: At,
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

/// `invites: <name>`.
#[derive(Debug, Clone)]
pub struct Invite {
    /// Its name.
    pub name: String,
    /// What it says; no template has an expression.
    pub say: Text,
    /// Patterns of pages; none means all.
    pub pages: Vec<String>,
    /// After so long on the page.
    pub after: Span,
    /// From so many visits on.
    pub visits: u32,
    /// Only while this timetable is open.
    pub hours: Option<HoursName>,
    /// Only on pages in these languages; none means all.
    pub languages: Vec<Language>,
    /// The flow that begins when the visitor accepts.
    pub start: Option<FlowName>,
    /// Who dismisses it sees no invitation for so long.
    pub rest: Span,
    /// Where it stands.
    pub at: At,
}

impl Invite {
    /// What it says to a reader of this language.
    pub fn text(&self, language: &Language, program: &Program) -> &str {
        self.say.in_language(language, &program.languages).map_or("", |template| template.source.trim())
    }

    /// Whether it is for pages in this language, now.
    pub fn is_for(&self, language: &Language, now: Time, program: &Program) -> bool {
        let spoken = self.languages.is_empty() || self.languages.contains(language);
        let hours = self.hours.as_ref().and_then(|name| program.hours.get(name));
        spoken && hours.is_none_or(|hours| hours.is_open(&program.zone, now))
    }
}

/// `queues: <name>`.
#[derive(Debug, Clone)]
pub struct Queue {
    /// Its name.
    pub name: QueueName,
    /// What people read as its name, at the desk.
    pub label: Option<Text>,
    /// Its timetable; none means always open.
    pub hours: Option<HoursName>,
    /// How long one may wait.
    pub max_wait: Option<Span>,
    /// How long nobody should wait: the desk shows who comes near it.
    pub target: Option<Span>,
    /// The flow run instead of waiting while closed.
    pub when_closed: Option<FlowName>,
    /// The flow run when `max_wait` is over.
    pub when_waited: Option<FlowName>,
    /// Lowers the capacity of agents for this queue.
    pub chats_per_agent: Option<u32>,
    /// An agent who says nothing for so long loses the conversation to the queue.
    pub agent_silent: Option<Span>,
    /// Where it stands.
    pub at: At,
}

/// `hours: <name>`: a weekly timetable with exceptions, in the bot's zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Its name.
    pub name: HoursName,
    /// Open ranges of each weekday, Monday first.
    pub week: [Vec<OpenRange>; 7],
    /// Days closed: `(None, month, day)` every year, `(Some(year), month, day)` once.
    pub closed: Vec<CalendarDay>,
    /// Days with ranges of their own.
    pub special: Vec<(CalendarDay, Vec<OpenRange>)>,
    /// Where it stands.
    pub at: At,
    /// Whether a rehearsal holds it open: `is_open` is then true for the present moment, whatever the hours are.
    pub held_open: bool,
}

/// Minutes after midnight; an end at or before the start is on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenRange {
    /// The first open minute.
    pub from: u16,
    /// The first closed minute.
    pub to: u16,
}

/// A day of every year, or of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalendarDay {
    /// The year, if only once.
    pub year: Option<i16>,
    /// 1 to 12.
    pub month: i8,
    /// 1 to 31.
    pub day: i8,
}
