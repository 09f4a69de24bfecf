//! Flows and their steps, linked and laid out flat: nested blocks of the YAML have become jumps.

use serde::{Deserialize, Serialize};

use crate::flow::{At, Expr, Kind, Template, Text, ValueTemplate};
use crate::id::{EntityName, FlowName, IntentName, PlaceName, QueueName, ServiceName, SlotName};
use crate::time::Span;

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
