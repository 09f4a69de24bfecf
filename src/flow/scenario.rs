//! `tests:`: conversations that must go as written, and messages that must be understood as written. Data only; the runner
//! is elsewhere, because a test drives the whole bot.

use std::collections::BTreeMap;

use crate::flow::{At, Priority};
use crate::id::{ChannelName, FlowName, IntentName, Language, QueueName, ServiceName};
use crate::time::Span;

/// One entry of `tests:`.
#[derive(Debug, Clone)]
pub struct Test {
    /// Its name, for the report.
    pub name: String,
    /// The time at which it begins, in the bot's zone; Monday 2026-01-05 10:00 if none.
    pub starts: Option<jiff::civil::DateTime>,
    /// How many agents are at each queue; one at every queue where it says nothing.
    pub agents: TestAgents,
    /// What services answer instead of their `sample`.
    pub services: BTreeMap<ServiceName, TestReply>,
    /// The language of the page; the bot's first if none.
    pub language: Option<Language>,
    /// The channel; `web` if none.
    pub channel: Option<ChannelName>,
    /// What is known of the contact, such as `name`.
    pub contact: BTreeMap<String, serde_json::Value>,
    /// The conversation.
    pub chat: Vec<ChatLine>,
    /// What must hold at its end.
    pub expect: Expect,
    /// Messages and the intent that must come first; none for messages on which the bot may not act surely.
    pub intents: Vec<IntentLine>,
    /// Where it stands.
    pub at: At,
}

/// How many agents are there in a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestAgents {
    /// The same number at every queue.
    Everywhere(u32),
    /// A number for each queue; zero for those not named.
    By(BTreeMap<QueueName, u32>),
}

impl Default for TestAgents {
    fn default() -> Self {
        Self::Everywhere(1)
    }
}

/// What a service answers in a test.
#[derive(Debug, Clone, PartialEq)]
pub enum TestReply {
    /// A reply with status 200.
    Json(serde_json::Value),
    /// An HTTP status without a body.
    Status(u16),
    /// No answer in time.
    Timeout,
}

/// One line of a test's chat.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatLine {
    /// Who says or does what.
    pub kind: ChatLineKind,
    /// Where it stands.
    pub at: At,
}

/// Who says or does what in a test's chat.
#[derive(Debug, Clone, PartialEq)]
pub enum ChatLineKind {
    /// `visitor: …` A text; equal to a live button's label it is a press. `visitor: (sends lamp.jpg)` sends a file, which is
    /// what its name says.
    Visitor(String),
    /// `bot: …` The beginning of the next message of the bot.
    Bot(String),
    /// `agent: …` An agent claims if need be and says it. `agent: (resolve)`, `agent: (hand back)`, `agent: (hand back FLOW)` act.
    Agent(String),
    /// `...` Any number of bot messages.
    Skip,
    /// `(10m pass)` Time goes by; deadlines fire.
    Pass(Span),
}

/// What must hold at the end of a test; what is not named may be anything.
#[derive(Debug, Clone, Default)]
pub struct Expect {
    /// The queue in which the visitor waits, or to which a stored message belongs.
    pub queue: Option<QueueName>,
    /// The priority there.
    pub priority: Option<Priority>,
    /// The flow that is running (top of the stack).
    pub flow: Option<FlowName>,
    /// Normal forms of slots; null means unset.
    pub slots: BTreeMap<String, serde_json::Value>,
    /// `bot`, `queue` or `agent`.
    pub owner: Option<String>,
}

/// One line of a test's `intents:`.
#[derive(Debug, Clone)]
pub struct IntentLine {
    /// The intent that must come first; none: none may reach `sure`.
    pub intent: Option<IntentName>,
    /// The message.
    pub text: String,
    /// Where it stands.
    pub at: At,
}
