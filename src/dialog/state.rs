//! The state of a conversation: a fold over its events. It holds no transcript, and its size is bounded.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::dialog::{Address, AgentRef, Button, Filed, Page, WaitKind};
use crate::flow::{Priority, Slot};
use crate::id::{
    AgentId, ContactId, EventNo, FlowName, IntentName, Language, PlaceName, Position, QueueName, SlotName,
};
use crate::time::{Span, Time};

/// A conversation as its events made it. `Conversation::default()` is one that has not begun.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Conversation {
    /// The number of the last event.
    pub version: EventNo,
    /// What is fixed at the beginning; none before it.
    pub opening: Option<Opening>,
    /// Where it is in its life.
    pub phase: Phase,
    /// The language in which it goes on.
    pub language: Language,
    /// What the bot is doing, the task on top last.
    pub tasks: Vec<Task>,
    /// The buttons of the bot's latest turn: a typed label equals a press.
    pub buttons: Vec<LiveButton>,
    /// Messages in a row that nothing fitted.
    pub misses: u32,
    /// How much patience the visitor has lost: signs add up, and each calm message takes one off.
    #[serde(default)]
    pub frustration: u32,
    /// The same when the visitor was last asked whether to be passed to a person.
    #[serde(default)]
    pub frustration_asked: u32,
    /// Whether the bot's latest turn asked that.
    #[serde(default)]
    pub person_offered: bool,
    /// Whether it did so because of a file, of which it told then.
    #[serde(default)]
    pub file_told: bool,
    /// The intent that the visitor's last message was about.
    #[serde(default)]
    pub last_intent: Option<IntentName>,
    /// What the visitor asked for besides what is being served.
    #[serde(default)]
    pub also: Option<IntentName>,
    /// What was offered of that in the bot's latest turn.
    #[serde(default)]
    pub also_offered: Option<IntentName>,
    /// Messages that came during a call, in order.
    pub held: Vec<HeldMessage>,
    /// What the contact told in this conversation (`contact.*`), over what was known before.
    pub contact: BTreeMap<String, Slot>,
    /// The last handoff: reason and slots stay readable for the agent, and for flows that run instead of waiting.
    pub handoff: Option<HandoffCard>,
    /// A message that was left and that no agent has taken up yet.
    #[serde(default)]
    pub left: Option<LeftMessage>,
    /// Agents whom notes name and who have not seen that yet.
    #[serde(default)]
    pub mentions: BTreeMap<AgentId, Mention>,
    /// Flows that follow silence: when they are due, and how often they ran.
    pub nudges: BTreeMap<FlowName, Nudge>,
    /// Whether more help was offered since a flow last asked something.
    pub anything_else: bool,
    /// The files that were sent.
    #[serde(default, skip_serializing_if = "FilesHeld::is_none")]
    pub files: FilesHeld,
    /// What the visitor sent and still lies at the messaging app, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coming: Vec<Coming>,
    /// Messages that did not arrive and were not sent once more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undelivered: Vec<EventNo>,
    /// Messages that the visitor took back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken_back: Vec<EventNo>,
    /// The rating, if any.
    pub rating: Option<u8>,
    /// What agents filed.
    #[serde(default, skip_serializing_if = "Filed::is_empty")]
    pub filed: Filed,
    /// When the conversation began.
    pub opened_at: Time,
    /// When anybody last said or did something.
    pub active_at: Time,
    /// When the visitor last said something.
    pub visitor_at: Option<Time>,
    /// When the bot last said something.
    pub bot_at: Option<Time>,
    /// The visitor's last message, shortened, for lists.
    pub last_text: String,
    /// Sensitive values in clear, which events hold masked. They are not part of the fold: the turn that learns them puts them
    /// here, and `apply` removes them with their slot. A state rebuilt from events lacks them.
    #[serde(default)]
    pub clear: Clear,
}

/// How many files a conversation holds, and how large they are together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FilesHeld {
    /// How many.
    pub count: u32,
    /// Bytes of all of them.
    pub bytes: u64,
}

/// Something that the visitor sent and that still lies at the messaging app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coming {
    /// The event that told of it.
    pub of: EventNo,
    /// Whether nothing need be said of it once it is here.
    #[serde(default)]
    pub answered: bool,
}

impl FilesHeld {
    /// Whether there are none.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Sensitive values in clear.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Clear {
    /// The slots.
    pub slots: BTreeMap<SlotName, serde_json::Value>,
    /// What calls under way get, where that differs from the event: by the event that called.
    pub calls: BTreeMap<EventNo, serde_json::Value>,
}

impl Conversation {
    /// Where the task on top waits.
    pub fn open_wait(&self) -> Option<&Wait> {
        self.tasks.last()?.frames.last()?.wait.as_ref()
    }

    /// Who owns it, while it is active.
    pub fn owner(&self) -> Option<&Owner> {
        match &self.phase {
            Phase::Active(owner) => Some(owner),
            Phase::Resolved { .. } | Phase::Closed => None,
        }
    }

    /// The queue in which the visitor waits.
    pub fn in_queue(&self) -> Option<&InQueue> {
        match self.owner() {
            Some(Owner::Queue(waits)) => Some(waits),
            _ => None,
        }
    }

    /// The agent who serves the visitor.
    pub fn with_agent(&self) -> Option<&WithAgent> {
        match self.owner() {
            Some(Owner::Agent(with_agent)) => Some(with_agent),
            _ => None,
        }
    }

    /// Whether the bot owns it.
    pub fn with_bot(&self) -> bool {
        matches!(self.owner(), Some(Owner::Bot))
    }
}

/// What is fixed at the beginning; who the visitor is may turn out later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Where the visitor is reached.
    pub address: Address,
    /// The person.
    pub contact: ContactId,
    /// The page, on websites.
    pub page: Option<Page>,
    /// How many earlier conversations this person had.
    pub earlier: u32,
    /// Where they were reached before they went on elsewhere, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Address>,
}

/// Addresses that are kept of those where a conversation was.
const LEFT_MAX: usize = 8;

impl Opening {
    /// Whoever is reached here goes on there.
    pub(super) fn moves_to(&mut self, address: &Address) {
        let before = std::mem::replace(&mut self.address, address.clone());
        self.left.retain(|left| *left != before && left != address);
        self.left.push(before);
        let too_many = self.left.len().saturating_sub(LEFT_MAX);
        self.left.drain(..too_many);
    }
}

/// A note that names somebody who has not seen it yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mention {
    /// The note; of several the first.
    pub note: EventNo,
    /// Who wrote it.
    pub by: AgentRef,
    /// When.
    pub at: Time,
}

/// So many agents can be named and not have seen it; the state stays small.
pub const MENTIONED_MAX: usize = 32;

/// Where a conversation is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Somebody owns it.
    Active(Owner),
    /// Solved; a reply reopens it for the bot.
    Resolved {
        /// When it closes for good.
        until: Time,
        /// Who solved it.
        agent: Option<AgentRef>,
    },
    /// Over.
    Closed,
}

impl Default for Phase {
    fn default() -> Self {
        Self::Active(Owner::Bot)
    }
}

/// Who answers the visitor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The bot.
    Bot,
    /// Nobody yet: the visitor waits.
    Queue(InQueue),
    /// One agent.
    Agent(WithAgent),
}

/// A visitor who waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InQueue {
    /// Where.
    pub queue: QueueName,
    /// How urgent.
    pub priority: Priority,
    /// Since when.
    pub since: Time,
    /// The place in the queue's order, if it is older than the last commit that put the visitor there.
    pub entered: Option<Position>,
    /// The event that gave the visitor this place; a return keeps it. The order of a queue is the order of these events'
    /// commits, so the state names the event, and the store knows the position, even after an import.
    #[serde(default)]
    pub place: EventNo,
    /// When `max_wait` is over.
    pub max_wait: Option<Time>,
    /// When the queue closes.
    pub closes: Option<Time>,
    /// Whether the visitor was told that nobody is at the desk.
    pub away_told: bool,
    /// The agent who gave the visitor back or fell silent: others are asked first.
    #[serde(default)]
    pub left_by: Option<AgentId>,
}

/// A visitor who is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithAgent {
    /// By whom.
    pub agent: AgentRef,
    /// From which queue, if from one.
    pub queue: Option<QueueName>,
    /// How urgent it was.
    pub priority: Priority,
    /// Since when.
    pub since: Time,
    /// The place in the queue's order, for a return.
    pub entered: Option<Position>,
    /// The event that gave the visitor the place in the queue's order, for a return; none if they never waited.
    #[serde(default)]
    pub place: Option<EventNo>,
    /// An agent silent for so long loses it.
    pub silent_after: Option<Span>,
    /// Since when the visitor waits for an answer; none if the agent spoke last.
    pub unanswered: Option<Time>,
    /// Until when it is on hold, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed: Option<Time>,
}

/// A task: a flow, the flows it runs, and their slots.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Task {
    /// The flows, the running one last; never empty between events.
    pub frames: Vec<Frame>,
    /// The slots of the task. They end with it.
    pub slots: BTreeMap<SlotName, Slot>,
    /// The slots in the order in which they were filled, the newest last, for corrections and `back`.
    pub filled: Vec<SlotName>,
    /// The slots that the card of the handoff lends to the task, and gets back at its end.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lent: BTreeSet<SlotName>,
}

/// A flow that runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// Which.
    pub flow: FlowName,
    /// Where it waits; none only inside a turn.
    pub wait: Option<Wait>,
}

/// A place where a flow waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    /// Its stable name.
    pub place: PlaceName,
    /// For what.
    pub kind: WaitKind,
    /// When it began.
    pub since: Time,
    /// How often the question was repeated since.
    pub retries: u32,
}

/// A button that a typed label may mean.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveButton {
    /// The bot's message.
    pub event: EventNo,
    /// Its number there.
    pub option: usize,
    /// The button.
    pub button: Button,
}

/// A message that came during a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldMessage {
    /// Its event.
    pub of: EventNo,
    /// Its text.
    pub text: String,
}

/// What an agent must know of a handoff.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HandoffCard {
    /// The event that asked for it.
    pub event: EventNo,
    /// The queue.
    pub queue: QueueName,
    /// How urgent.
    pub priority: Priority,
    /// Why, in a sentence.
    pub reason: String,
    /// When.
    pub at: Time,
    /// The slots at that moment, of all tasks.
    pub slots: BTreeMap<SlotName, Slot>,
    /// The flows that were running, the first task first.
    pub flows: Vec<FlowName>,
    /// Misses in a row at that moment.
    pub misses: u32,
}

/// A message that was left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftMessage {
    /// For which queue, if a handoff named one.
    pub queue: Option<QueueName>,
    /// When.
    pub at: Time,
    /// What it says, shortened, for lists.
    #[serde(default)]
    pub text: String,
}

/// A flow that follows silence.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Nudge {
    /// When it is due; none if it is not running.
    pub due: Option<Time>,
    /// How often it ran.
    pub count: u32,
}
