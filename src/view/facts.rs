//! What filters of lists ask of a conversation, small enough to stand in its index rows: a filter over a hundred thousand
//! conversations reads these and no state.

use serde::{Deserialize, Serialize};

use crate::dialog::{Conversation, Owner, Phase};
use crate::flow::Priority;
use crate::id::{AgentId, ChannelName, Language, QueueName};
use crate::text;
use crate::view::queue_of;

/// Where a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The bot has it.
    Bot,
    /// The visitor waits.
    Queue,
    /// An agent has it.
    Agent,
    /// It is solved.
    Resolved,
    /// It is over.
    Closed,
}

impl Standing {
    /// Where a conversation is.
    pub fn of(conversation: &Conversation) -> Self {
        match &conversation.phase {
            Phase::Active(Owner::Bot) => Self::Bot,
            Phase::Active(Owner::Queue(_)) => Self::Queue,
            Phase::Active(Owner::Agent(_)) => Self::Agent,
            Phase::Resolved { .. } => Self::Resolved,
            Phase::Closed => Self::Closed,
        }
    }
}

/// What filters ask of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Where it is.
    pub standing: Standing,
    /// The agent who has it or solved it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<AgentId>,
    /// The queue whose agents serve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueueName>,
    /// The channel.
    pub channel: ChannelName,
    /// The language.
    pub language: Language,
    /// How urgent.
    pub priority: Priority,
    /// The labels, folded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Whether it is on hold.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub snoozed: bool,
    /// Whether a message waits for an agent.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left: bool,
}

impl Facts {
    /// The facts of a conversation that has begun.
    pub fn of(conversation: &Conversation) -> Option<Self> {
        let opening = conversation.opening.as_ref()?;
        let (agent, priority) = match &conversation.phase {
            Phase::Active(Owner::Agent(with_agent)) => (Some(with_agent.agent.id), with_agent.priority),
            Phase::Active(Owner::Queue(waits)) => (None, waits.priority),
            Phase::Resolved { agent, .. } => (agent.as_ref().map(|agent| agent.id), priority_of(conversation)),
            Phase::Active(Owner::Bot) | Phase::Closed => (None, priority_of(conversation)),
        };
        Some(Self {
            standing: Standing::of(conversation),
            agent,
            queue: queue_of(conversation).cloned(),
            channel: opening.address.channel.clone(),
            language: conversation.language.clone(),
            priority,
            labels: conversation.filed.labels.iter().map(|label| text::fold(label)).collect(),
            snoozed: conversation.with_agent().is_some_and(|with_agent| with_agent.snoozed.is_some()),
            left: conversation.left.is_some(),
        })
    }
}

/// The priority of a conversation that neither a queue nor an agent has.
fn priority_of(conversation: &Conversation) -> Priority {
    conversation.filed.priority.unwrap_or_default()
}
