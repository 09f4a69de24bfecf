//! What comes to a conversation from outside, and the facts of the world that a decision may use. Both are stored with the
//! commit, so that any conversation can be replayed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::dialog::{
    Address, AgentRef, Attachment, ButtonTarget, CallOutcome, ClosedBecause, Page, Press, RemoteFile, Undeliverable,
};
use crate::flow::{Priority, Slot};
use crate::id::{AgentId, ContactId, EventNo, FlowName, Language, PlaceName, Position, QueueName};
use crate::time::{Span, Time};

/// One thing that a conversation must react to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// The conversation begins. `greet` if the visitor has said nothing yet: then flows on `conversation_opened` run.
    Open {
        /// Where the visitor is reached.
        address: Address,
        /// The person.
        contact: ContactId,
        /// The language of the page or app; the bot falls back to its first.
        language: Option<Language>,
        /// The page, on websites.
        page: Option<Page>,
        /// Whether to greet.
        greet: bool,
    },
    /// The visitor wrote.
    Message {
        /// What.
        text: String,
        /// The sender's own id of the message.
        client: Option<String>,
    },
    /// The visitor sent a file.
    File {
        /// What.
        file: Attachment,
        /// The sender's own id of the message.
        client: Option<String>,
    },
    /// The visitor pressed a button.
    Press {
        /// Which.
        press: Press,
        /// What it says: what a stale button means as text.
        label: String,
        /// What it meant when it was sent; the engine reads it from the event.
        target: ButtonTarget,
        /// The sender's own id of the press.
        client: Option<String>,
    },
    /// The visitor rated, outside a flow.
    Rate {
        /// 1 to 5.
        score: u8,
        /// In their words.
        comment: Option<String>,
    },
    /// The visitor ended it; a reply reopens it.
    Ended,
    /// The visitor accepted an invitation, and begins with that.
    Invited {
        /// Which.
        invite: String,
    },
    /// The visitor turned out to be somebody who is known; the caller has proof.
    Identified {
        /// Where they are reached from now on.
        address: Address,
        /// The person.
        contact: ContactId,
    },
    /// The visitor goes on elsewhere: on another channel, another device.
    Moved {
        /// Where they are reached from now on.
        address: Address,
        /// Who is known there.
        contact: ContactId,
        /// Whether they came by a link, so that they should hear that it worked.
        by_link: bool,
    },
    /// They followed a link that works no more.
    LinkOver,
    /// They followed a link, and people talk with them both here and there: both conversations stay where they are.
    LinkApart,
    /// The visitor is gone from this conversation for good.
    Left {
        /// Why.
        why: ClosedBecause,
    },
    /// A call is over.
    CallDone {
        /// The event that called.
        call: EventNo,
        /// What came of it.
        outcome: CallOutcome,
    },
    /// A deadline of this conversation has come.
    Due(Deadline),
    /// The assigner gives the conversation to an agent.
    Assign {
        /// Who.
        agent: AgentRef,
        /// The place in the queue's order that the conversation had.
        entered: Position,
    },
    /// The agent who owns the conversation has been away for longer than the grace.
    AgentGone {
        /// Who.
        agent: AgentId,
    },
    /// Nobody is at the desk for the queue in which the visitor waits.
    AgentsAway,
    /// The person was blocked: the conversation ends.
    Blocked,
    /// A message of the bot has not left yet, and a person has taken over since.
    Overtaken {
        /// The message.
        of: EventNo,
    },
    /// A message never arrives.
    Undelivered {
        /// The message.
        of: EventNo,
        /// Why.
        failure: Undeliverable,
    },
    /// A person answered in the messaging app's own inbox.
    AnsweredElsewhere {
        /// The inbox, as an agent is named.
        inbox: String,
        /// What they said; empty where they have only taken it over.
        text: String,
        /// The platform's id of it.
        client: Option<String>,
    },
    /// The visitor sent something that is not text and lies at the messaging app.
    Remote {
        /// What.
        file: RemoteFile,
        /// What they wrote below it.
        caption: Option<String>,
        /// The platform's id of it.
        client: Option<String>,
    },
    /// What lay at the messaging app is here; none where it is lost.
    Fetched {
        /// The event that told of it.
        of: EventNo,
        /// The file.
        file: Option<Attachment>,
    },
    /// The visitor took a message back.
    TakenBack {
        /// The message.
        of: EventNo,
    },
    /// An agent acts.
    Agent {
        /// Who.
        agent: AgentRef,
        /// What they do.
        command: AgentCommand,
    },
}

/// What an agent does to a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentCommand {
    /// Take it from bot or queue.
    Claim,
    /// Take it from another agent; supervisors only, which the caller has checked.
    TakeOver,
    /// Say something; claims from bot or queue.
    Say {
        /// What.
        text: String,
        /// The sender's own id of the message.
        client: Option<String>,
    },
    /// Send a file; claims from bot or queue.
    Send {
        /// What.
        file: Attachment,
        /// The sender's own id of the message.
        client: Option<String>,
    },
    /// Write something that the visitor never sees; any agent may.
    Note {
        /// What.
        text: String,
        /// The colleagues whom it names.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<AgentId>,
    },
    /// Has seen the notes that name them.
    SeeMentions,
    /// A message that did not arrive, once more.
    Resend {
        /// The message.
        of: EventNo,
    },
    /// Back to the queue, at the same place.
    ReturnToQueue,
    /// To a queue, at its end.
    TransferToQueue {
        /// Which.
        queue: QueueName,
        /// For the next agent.
        note: Option<String>,
    },
    /// To an agent.
    TransferToAgent {
        /// Who.
        to: AgentRef,
        /// For the next agent.
        note: Option<String>,
    },
    /// Solved.
    Resolve,
    /// Back to the bot.
    HandBack {
        /// The flow that goes on; none means the flow on `handed_back`, else the offer of more help.
        flow: Option<FlowName>,
    },
    /// Labels.
    Label {
        /// To add.
        add: Vec<String>,
        /// To remove.
        remove: Vec<String>,
    },
    /// Another priority.
    Prioritise {
        /// Which.
        priority: Priority,
    },
    /// On hold until a time, or until the visitor writes.
    Snooze {
        /// Until when.
        until: Time,
    },
    /// No longer on hold.
    Wake,
    /// A reminder.
    FollowUp {
        /// When it is due.
        due: Time,
        /// What is to be done.
        note: String,
    },
    /// A reminder is done, or is not done after all.
    FollowUpDone {
        /// The event that set it.
        of: EventNo,
        /// Whether it is done.
        done: bool,
    },
    /// The visitor complains.
    Complaint {
        /// About what, where the agent says it.
        cause: Option<String>,
    },
}

/// Kinds of deadlines. Which of them are running is a function of the state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deadline {
    /// A flow that follows silence.
    NoReply {
        /// The flow.
        flow: FlowName,
    },
    /// A `wait` step is over.
    Timer {
        /// Its place.
        place: PlaceName,
    },
    /// A call's result has not come for so long that the flow goes on without it.
    Call {
        /// The event that called.
        call: EventNo,
    },
    /// `max_wait` of the queue is over.
    MaxWait,
    /// The queue closes.
    QueueCloses,
    /// The agent has left the visitor without an answer for too long.
    AgentSilent,
    /// Nobody said anything for too long.
    Idle,
    /// The time for a reply to a resolved conversation is over.
    ResolvedOver,
    /// The conversation is no longer on hold.
    Snooze,
    /// A reminder is due.
    FollowUp {
        /// The event that set it.
        of: EventNo,
    },
}

/// The facts of the world that a decision may use.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct World {
    /// The time.
    pub now: Time,
    /// What is known of the contact, from earlier conversations or a signed identity.
    #[serde(default)]
    pub contact: BTreeMap<String, Slot>,
    /// How many earlier conversations this contact had.
    #[serde(default)]
    pub earlier: u32,
    /// The messaging app that brings an answer to the visitor wherever they are; none where they must come back to read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<MessagingApp>,
    /// The place of this conversation in its queue, from 1, if it waits in one.
    #[serde(default)]
    pub position: Option<u32>,
    /// Each queue.
    #[serde(default)]
    pub queues: BTreeMap<QueueName, QueueFacts>,
}

/// What a messaging app allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MessagingApp {
    /// How long after the visitor's last words a person may still answer; none where there is no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Span>,
}

/// The facts of one queue.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct QueueFacts {
    /// Whether it is inside its hours.
    pub open: bool,
    /// When it opens next, if it is closed.
    pub next_opening: Option<Time>,
    /// When it closes next, if it is open and ever does.
    pub closes: Option<Time>,
    /// Agents who are at the desk for it, free or not.
    pub online: u32,
    /// Agents who could take another conversation.
    pub free_agents: u32,
    /// Visitors who wait.
    pub waiting: u32,
    /// The usual wait for the next who comes, from and to; none with too few samples.
    pub estimate: Option<(Span, Span)>,
}
