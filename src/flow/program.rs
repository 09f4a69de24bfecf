//! The linked bot: every name resolved, every nested block laid out as a flat list of steps with jump targets, so that a
//! place to wait is one index and the dialog needs no tree walk. Built by `link`; read by `matcher` and `dialog`.

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::flow::{Expr, Phrase, Template, Text, ValueTemplate};
use crate::id::{EntityName, FlowName, HoursName, IntentName, Language, PlaceName, QueueName, ServiceName, SlotName};
use crate::time::Span;

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
    /// Sentence pieces by name: the alternatives of each.
    pub snippets: IndexMap<String, Vec<Phrase>>,
    /// The author's intents and the built-in ones (`builtin` is set), in the order of definition.
    pub intents: IndexMap<IntentName, Intent>,
    /// The author's entities. Built-in kinds are not in it: see [`Kind`].
    pub entities: IndexMap<EntityName, Entity>,
    /// The flows: the author's, the answers of intents (named as their intent), the built-in ones that the author did not
    /// replace, and `fallback.otherwise` (named [`OTHERWISE`]).
    pub flows: IndexMap<FlowName, Flow>,
    /// What flows call.
    pub services: IndexMap<ServiceName, Service>,
    /// Where people wait.
    pub queues: IndexMap<QueueName, Queue>,
    /// Timetables.
    pub hours: IndexMap<HoursName, Hours>,
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

/// `intents: <name>`.
#[derive(Debug, Clone)]
pub struct Intent {
    /// Its name.
    pub name: IntentName,
    /// The text of its button, in "did you mean", and itself a phrase.
    pub label: Option<Text>,
    /// Sentence templates of all languages, the label's among them.
    pub phrases: Vec<Phrase>,
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
    /// An entity of the bot.
    Entity(EntityName),
}

impl Kind {
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

/// `flows: <name>`, laid out flat. The walk goes from step to step by index; past the last one the flow ends.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Its name.
    pub name: FlowName,
    /// What starts it.
    pub start_on: Vec<Trigger>,
    /// Whether its intent is heard in every step of every other flow.
    pub interrupts: bool,
    /// The steps.
    pub code: Vec<Step>,
    /// Whether it is one of the built-in flows.
    pub builtin: bool,
    /// Where it stands.
    pub at: At,
}

/// What starts a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A visitor wants it.
    Intent(IntentName),
    /// A visitor opened the conversation.
    ConversationOpened,
    /// The visitor was silent for `after`, at most `times` times; only while the bot owns.
    NoReply {
        /// How long.
        after: Span,
        /// How often in one conversation.
        times: u32,
    },
    /// An agent handed the conversation back.
    HandedBack,
    /// Nobody is at the desk, inside the queue's hours.
    AgentsAway,
    /// The queue's `max_wait` is over.
    WaitedTooLong,
    /// The visitor rated.
    Rated,
}

/// One step with the place it stands in.
#[derive(Debug, Clone)]
pub struct Step {
    /// What it does.
    pub op: Op,
    /// Where the author wrote it.
    pub at: At,
}

/// The index of a step in its flow's `code`; the length of the code means the end of the flow.
pub type StepIndex = usize;

/// What a step does. The nested blocks of the YAML have become jumps.
#[derive(Debug, Clone)]
pub enum Op {
    /// Send; does not wait.
    Say(Box<Say>),
    /// Wait for a value of a kind.
    Ask(Ask),
    /// Wait for one of the options.
    Choose(Choose),
    /// Wait for yes, or a correction.
    Confirm(Confirm),
    /// Empty a slot and go back to the step (an ask or choose of this flow) that fills it.
    AskAgain {
        /// The slot.
        slot: SlotName,
        /// Its question.
        to: StepIndex,
    },
    /// Set slots.
    Set(Vec<(SlotName, ValueTemplate)>),
    /// Go on with the next step if true, else jump. Every `if`, also a guard, becomes one.
    Branch {
        /// The condition.
        condition: Expr,
        /// Where to go when it is false.
        otherwise: StepIndex,
    },
    /// Jump to the first case that equals the value.
    Switch {
        /// What to compare: a slot or any expression.
        value: Expr,
        /// Values and where to go.
        cases: Vec<(String, StepIndex)>,
        /// Where to go when none is equal.
        otherwise: StepIndex,
    },
    /// Go to a step of this flow.
    Jump(StepIndex),
    /// Ask a service and wait for its reply.
    Call(Call),
    /// Walk another flow, then go on.
    Run {
        /// The return address.
        place: PlaceName,
        /// The flow.
        flow: FlowName,
    },
    /// Leave for another flow for good.
    Goto(FlowName),
    /// End the flow.
    End,
    /// Pass the visitor to a queue; ends the flow.
    Handoff(Handoff),
    /// Wait for 1 to 5 and a comment.
    Rate(Rate),
    /// Wait for a time, then go on.
    Wait {
        /// The place.
        place: PlaceName,
        /// How long.
        span: Span,
    },
}

/// `say`.
#[derive(Debug, Clone)]
pub struct Say {
    /// What.
    pub text: Text,
    /// Buttons that are intents (a press is certain).
    pub offer: Vec<IntentName>,
    /// Buttons that are plain texts.
    pub buttons: Vec<Text>,
    /// A picture.
    pub image: Option<Image>,
    /// A link.
    pub link: Option<Link>,
    /// Cards, each a picture with a text and buttons.
    pub cards: Vec<Card>,
}

/// `image: {url, alt}`.
#[derive(Debug, Clone)]
pub struct Image {
    /// Where it is.
    pub url: Template,
    /// What it shows, for those who do not see it.
    pub alt: Text,
}

/// `link: {url, text}`.
#[derive(Debug, Clone)]
pub struct Link {
    /// Where it leads.
    pub url: Template,
    /// What it says.
    pub text: Text,
}

/// One of `cards:`.
#[derive(Debug, Clone)]
pub struct Card {
    /// Its heading.
    pub title: Text,
    /// What stands below the heading.
    pub text: Option<Text>,
    /// Its picture.
    pub image: Option<Image>,
    /// Its link.
    pub link: Option<Link>,
    /// Buttons that are intents.
    pub offer: Vec<IntentName>,
}

/// `ask`.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Its stable name.
    pub place: PlaceName,
    /// The question.
    pub text: Text,
    /// The kind of answer.
    pub expect: Kind,
    /// The slot that the answer fills.
    pub save_as: SlotName,
    /// Conditions on the answer, each with what to say when it fails.
    pub must: Vec<(Expr, Text)>,
    /// How to repeat the question.
    pub retry: Retry,
    /// What to do when that is used up; none means the bot's [`OTHERWISE`].
    pub otherwise: Option<StepIndex>,
    /// Whether "Skip" is offered.
    pub optional: bool,
}

/// `retry: 2` or `retry: [text, text]`.
#[derive(Debug, Clone, Default)]
pub struct Retry {
    /// How many repeats; none means the bot's `fallback.retry`.
    pub limit: Option<u32>,
    /// What to say at each repeat, instead of the built-in sentence and the question.
    pub texts: Vec<Text>,
}

/// `choose`.
#[derive(Debug, Clone)]
pub struct Choose {
    /// Its stable name.
    pub place: PlaceName,
    /// The question.
    pub text: Text,
    /// What can be chosen.
    pub options: Options,
    /// The slot that the choice fills.
    pub save_as: Option<SlotName>,
    /// How to repeat the question.
    pub retry: Retry,
    /// What to do when that is used up; none means the bot's [`OTHERWISE`].
    pub otherwise: Option<StepIndex>,
}

/// Where the options of a `choose` come from.
#[derive(Debug, Clone)]
pub enum Options {
    /// They are written in the step.
    Listed(Vec<ChooseOption>),
    /// They are the values of an entity.
    Entity(EntityName),
    /// They are the items of a list, such as `free.times`. An item is a text or number, or a map with `label` and `value`.
    List(Expr),
}

/// One written option.
#[derive(Debug, Clone)]
pub struct ChooseOption {
    /// What the visitor reads and may type.
    pub label: Text,
    /// What the slot gets; the label's source text if not given.
    pub value: Option<ValueTemplate>,
    /// Shown only if true.
    pub condition: Option<Expr>,
    /// Where a choice leads; none means the next step.
    pub to: Option<StepIndex>,
}

/// `confirm`.
#[derive(Debug, Clone)]
pub struct Confirm {
    /// Its stable name.
    pub place: PlaceName,
    /// The question.
    pub text: Text,
    /// The slots that may be corrected, each with the step that fills it.
    pub slots: Vec<(SlotName, StepIndex)>,
}

/// `call`.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its stable name.
    pub place: PlaceName,
    /// The service.
    pub service: ServiceName,
    /// What it gets.
    pub with: Vec<(String, ValueTemplate)>,
    /// The slot that holds the reply.
    pub save_as: Option<SlotName>,
    /// What to do after an error, a timeout or a status other than 2xx; none means the bot's [`OTHERWISE`].
    pub otherwise: Option<StepIndex>,
    /// What to say while it runs.
    pub waiting: Option<Text>,
}

/// `handoff`.
#[derive(Debug, Clone)]
pub struct Handoff {
    /// The queue.
    pub queue: QueueName,
    /// Why, in a sentence for the agent; none means that the bot writes one.
    pub reason: Option<Text>,
    /// How urgent.
    pub priority: Priority,
    /// What to say instead of the built-in sentence.
    pub say: Option<Text>,
}

/// How urgent a handoff is. Greater comes first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// After all others.
    Low,
    /// The usual one.
    #[default]
    Normal,
    /// Before the usual ones.
    High,
    /// Before all others.
    Urgent,
}

/// `rate`.
#[derive(Debug, Clone)]
pub struct Rate {
    /// Its stable name.
    pub place: PlaceName,
    /// The question.
    pub text: Text,
    /// The slot that holds `{score, comment}`.
    pub save_as: Option<SlotName>,
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
