//! Why the owner or the phase of a conversation changed, as events say it.

use serde::{Deserialize, Serialize};

/// Why a visitor no longer waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueLeft {
    /// They left the queue.
    Visitor,
    /// They left a message instead.
    LeftMessage,
    /// The queue closed.
    Closed,
    /// `max_wait` is over.
    WaitedTooLong,
    /// Nobody is at the desk.
    AgentsAway,
}

/// How a conversation came to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignedBy {
    /// The assigner gave it to them.
    Assigner,
    /// They took it, or wrote first.
    Claim,
    /// A supervisor took it from another agent.
    TakeOver,
    /// Another agent passed it on.
    Transfer,
    /// A person answered in the messaging app's own inbox.
    Elsewhere,
    /// A desk that is not ours took it.
    OtherDesk,
}

/// Why the queue has a conversation again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnedBecause {
    /// The agent gave it back; it keeps its place.
    Agent,
    /// The agent was away for too long.
    Away,
    /// The agent said nothing for too long.
    Silent,
    /// The agent passed it to another queue.
    Transfer,
}

/// Why a conversation is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosedBecause {
    /// It was resolved and the time for a reply is over.
    Resolved,
    /// Nobody said anything for long.
    Idle,
    /// The visitor turned out to be somebody who goes on in another conversation.
    Elsewhere,
    /// The visitor signed out, so that nobody can come back to it.
    SignedOut,
    /// The visitor left the messaging app's chat, or stopped the messages.
    Unsubscribed,
    /// The person was blocked.
    Blocked,
}
