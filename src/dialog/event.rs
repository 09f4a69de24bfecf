//! What happened in a conversation, as facts. The events are the only truth: the state is a fold over them, and so is every
//! view. They are stored as JSON and stay readable for ever, so a variant or a field is added, never renamed or removed;
//! new fields need `#[serde(default)]`.

use serde::{Deserialize, Serialize};

use crate::dialog::{
    AssignedBy, Attachment, ClosedBecause, Filing, Message, QueueLeft, RemoteFile, ReturnedBecause, Undeliverable,
    WokenBecause,
};
use crate::flow::{At, Kind, Priority};
use crate::id::{
    AgentId, ChannelName, ContactId, EventNo, FlowName, IntentName, Language, PlaceName, Position, QueueName,
    ServiceName, SiteId, SlotName,
};
use crate::matcher::Understanding;
use crate::time::{Span, Time};

/// An event with its number in the conversation and its time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// Its number: dense, from 1.
    pub no: EventNo,
    /// When it was decided.
    pub at: Time,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// Where a visitor is reached: the conversation's key to the outside.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Address {
    /// The site.
    pub site: SiteId,
    /// The channel.
    pub channel: ChannelName,
    /// The channel's account (a bot token's name, a phone number); empty where a channel has one.
    #[serde(default)]
    pub account: String,
    /// The chat, as the platform names it; empty where chat and user are the same.
    #[serde(default)]
    pub chat: String,
    /// The visitor, as the platform names them.
    pub user: String,
}

impl Address {
    /// The address as one key. No part can run into the next: `%` and `/` are escaped.
    pub fn key(&self) -> String {
        [self.site.as_str(), self.channel.as_str(), &self.account, &self.chat, &self.user]
            .map(|part| part.replace('%', "%25").replace('/', "%2F"))
            .join("/")
    }
}

/// An agent as events name them: the name is kept so that old events stay readable after the account is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRef {
    /// The account.
    pub id: AgentId,
    /// The name that visitors see.
    pub name: String,
}

/// The page on which a visitor writes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Page {
    /// Its address, without what follows `?` or `#`.
    #[serde(default)]
    pub url: String,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// Where the visitor came from.
    #[serde(default)]
    pub referrer: String,
    /// The browser, as it names itself.
    #[serde(default)]
    pub agent: String,
}

/// A fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The conversation began. Always the first event, and only the first.
    Opened {
        /// Where the visitor is reached.
        address: Address,
        /// The person; named for ever.
        contact: ContactId,
        /// The language of the page or app, or the bot's first.
        language: Language,
        /// The page, on websites.
        page: Option<Page>,
        /// How many earlier conversations this person had.
        earlier: u32,
    },
    /// The visitor said something. `pressed` if by a button.
    VisitorSaid {
        /// What, masked where it answers a sensitive question.
        text: String,
        /// The sender's own id of the message, against repeats.
        client: Option<String>,
        /// The button pressed.
        pressed: Option<Press>,
    },
    /// What the bot made of a message; for explanations, never for decisions.
    Understood {
        /// The message.
        of: EventNo,
        /// The result, shortened.
        understanding: Understanding,
    },
    /// The conversation goes on in another language.
    LanguageSet {
        /// The language.
        language: Language,
    },
    /// The bot said something.
    BotSaid {
        /// What.
        message: Message,
        /// The step that said it; none for the bot's own sentences. Beside the event's time `at`, it is written as `step`.
        #[serde(rename = "step", default, skip_serializing_if = "Option::is_none")]
        at: Option<At>,
    },
    /// A bot's message that had not left yet when the owner changed; it will not be sent.
    BotSaidCancelled {
        /// The message.
        of: EventNo,
    },
    /// The visitor began by accepting an invitation.
    Invited {
        /// Which.
        invite: String,
    },
    /// The visitor turned out to be somebody who is known: from here on the conversation is that person's, and they are reached
    /// at this address.
    Identified {
        /// Where.
        address: Address,
        /// The person.
        contact: ContactId,
        /// How many earlier conversations this person had.
        earlier: u32,
    },
    /// The visitor goes on elsewhere: from here on they are reached at this address, and the conversation is that of whoever is known
    /// there.
    Moved {
        /// Where.
        address: Address,
        /// Who.
        contact: ContactId,
    },
    /// An agent said something.
    AgentSaid {
        /// Who.
        agent: AgentRef,
        /// What.
        text: String,
        /// The sender's own id of the message, against repeats.
        client: Option<String>,
    },
    /// The visitor sent a file.
    VisitorSent {
        /// What.
        file: Attachment,
        /// The sender's own id of the message, against repeats.
        #[serde(default)]
        client: Option<String>,
    },
    /// An agent sent a file.
    AgentSent {
        /// Who.
        agent: AgentRef,
        /// What.
        file: Attachment,
        /// The sender's own id of the message, against repeats.
        #[serde(default)]
        client: Option<String>,
    },
    /// An agent wrote something that the visitor never sees.
    Noted {
        /// Who.
        agent: AgentRef,
        /// What.
        text: String,
    },
    /// A note names colleagues, who should read it.
    Mentioned {
        /// The note.
        note: EventNo,
        /// Who wrote it.
        by: AgentRef,
        /// Whom it names.
        agents: Vec<AgentId>,
    },
    /// A colleague has seen what names them.
    MentionSeen {
        /// Who.
        agent: AgentId,
    },
    /// A flow began.
    FlowStarted {
        /// Which.
        flow: FlowName,
        /// How it relates to what ran before.
        how: Started,
    },
    /// The flow on top of the stack ended.
    FlowEnded {
        /// Which.
        flow: FlowName,
        /// How.
        how: Ended,
    },
    /// The flow on top waits at a place. The last event of a walk.
    Waits {
        /// The flow.
        flow: FlowName,
        /// The stable name of the place.
        place: PlaceName,
        /// For what.
        kind: WaitKind,
    },
    /// The visitor is back at an earlier question, or a wait was left without the flow's end.
    WaitLeft,
    /// A slot got a value.
    SlotSet {
        /// The slot.
        slot: SlotName,
        /// Its normal form; masked if sensitive.
        value: serde_json::Value,
        /// The visitor's own text; masked if sensitive.
        said: String,
        /// The kind of value, for printing it.
        kind: Option<Kind>,
        /// The message it came from; none if a step set it.
        from: Option<EventNo>,
        /// Whether it is masked.
        #[serde(default)]
        sensitive: bool,
    },
    /// A slot was emptied.
    SlotEmptied {
        /// The slot.
        slot: SlotName,
    },
    /// A message that nothing fitted, outside a question.
    Missed {
        /// The message.
        of: EventNo,
    },
    /// An answer that did not fit its question.
    Retried {
        /// The question.
        place: PlaceName,
        /// The message.
        of: EventNo,
    },
    /// Something succeeded: misses and retries count from zero again.
    CountsReset,
    /// The bot asks a service. The event's own number is the call's id.
    Called {
        /// The service.
        service: ServiceName,
        /// What it gets, in normal forms; sensitive values masked.
        with: serde_json::Value,
    },
    /// A service answered, failed or gave no answer.
    CallDone {
        /// The event that called.
        call: EventNo,
        /// What came of it.
        outcome: CallOutcome,
        /// Whether somebody still waited for it.
        awaited: bool,
    },
    /// A message that came during a call is kept until its result.
    Held {
        /// The message.
        of: EventNo,
        /// Its text.
        text: String,
    },
    /// Held messages are being decided now.
    HeldTaken,
    /// The visitor was passed to a queue: the queue owns the conversation, or, if `closed`, a flow of the bot does.
    HandoffRequested {
        /// The queue.
        queue: QueueName,
        /// How urgent.
        priority: Priority,
        /// Why, in a sentence for the agent.
        reason: String,
        /// Whether nobody can serve it now, so that a flow runs instead of waiting.
        closed: bool,
        /// When `max_wait` is over.
        max_wait: Option<Time>,
        /// When the queue closes.
        closes: Option<Time>,
    },
    /// The visitor no longer waits in the queue: the bot owns again.
    QueueLeft {
        /// Why.
        why: QueueLeft,
    },
    /// An agent owns the conversation.
    Assigned {
        /// Who.
        agent: AgentRef,
        /// How it came to them.
        by: AssignedBy,
        /// The place in the queue's order, so that a return keeps it.
        entered: Option<Position>,
        /// An agent silent for so long while the visitor waits loses it to the queue.
        silent_after: Option<Span>,
    },
    /// An agent gave or lost the conversation; the queue owns it.
    Returned {
        /// The queue.
        queue: QueueName,
        /// Why.
        why: ReturnedBecause,
        /// Who had it.
        agent: AgentRef,
        /// Where it keeps its place; none means at the end.
        entered: Option<Position>,
        /// When `max_wait` is over.
        max_wait: Option<Time>,
        /// When the queue closes.
        closes: Option<Time>,
    },
    /// An agent gave the conversation back: the bot owns it.
    HandedBack {
        /// Who.
        agent: AgentRef,
        /// The flow that goes on.
        flow: Option<FlowName>,
    },
    /// The case is solved; until then a reply reopens it and a rating is possible.
    Resolved {
        /// Who solved it; none if by idleness.
        agent: Option<AgentRef>,
        /// When the conversation closes for good.
        until: Time,
        /// Whether the visitor ended it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        by_visitor: bool,
    },
    /// A reply to a resolved conversation: the bot owns it again.
    Reopened,
    /// The conversation is over.
    Closed {
        /// Why.
        why: ClosedBecause,
    },
    /// The visitor rated.
    Rated {
        /// 1 to 5.
        score: u8,
        /// In their words.
        comment: Option<String>,
    },
    /// A message was left for a queue, to be read by its agents later.
    MessageLeft {
        /// The queue.
        queue: Option<QueueName>,
        /// The message.
        text: String,
    },
    /// A flow that follows silence will start at that time, if the visitor says nothing.
    NudgeSet {
        /// The flow.
        flow: FlowName,
        /// When.
        due: Time,
    },
    /// A flow that follows silence was started, or came too late to be of use.
    NudgeDone {
        /// The flow.
        flow: FlowName,
    },
    /// The offer of more help was made; it is not made again before a flow has asked something.
    AnythingElseAsked,
    /// The visitor asked for something besides what is being served; it is offered when that is over.
    AlsoAsked {
        /// What.
        intent: IntentName,
    },
    /// It is being offered now.
    AlsoOffered,
    /// The visitor was asked whether to be passed to a person: they are losing patience, or sent what the bot cannot read.
    PersonOffered {
        /// Whether it was because of a file, of which the visitor was told with it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        for_file: bool,
    },
    /// It is given up.
    AlsoForgotten,
    /// The waiting visitor was told that nobody is at the desk.
    AwayTold,
    /// An agent filed it: a label, a priority, on hold, a reminder, a complaint.
    Filed {
        /// Who.
        agent: AgentRef,
        /// What.
        change: Filing,
    },
    /// It is no longer on hold.
    Woken {
        /// Why.
        why: WokenBecause,
    },
    /// A reminder is due: it is told once.
    FollowUpDue {
        /// The event that set it.
        of: EventNo,
    },
    /// A message did not reach the visitor, and will not by itself.
    Undelivered {
        /// The message.
        of: EventNo,
        /// Why.
        failure: Undeliverable,
    },
    /// A message that did not reach the visitor is sent once more.
    Resent {
        /// The message.
        of: EventNo,
        /// Who wants it.
        agent: AgentRef,
    },
    /// Somebody answered the visitor in the messaging app's own inbox.
    SaidElsewhere {
        /// The inbox.
        inbox: String,
        /// What.
        text: String,
        /// The platform's id of it, against repeats.
        client: Option<String>,
    },
    /// The visitor sent something that is not text; it lies at the messaging app.
    RemoteSent {
        /// What.
        file: RemoteFile,
        /// The platform's id of it, against repeats.
        client: Option<String>,
        /// Whether words below it follow, which are answered in its place.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        with_words: bool,
    },
    /// What lay at the messaging app was fetched.
    RemoteKept {
        /// The event that told of it.
        of: EventNo,
        /// The file.
        file: Attachment,
    },
    /// What lay at the messaging app cannot be fetched.
    RemoteLost {
        /// The event that told of it.
        of: EventNo,
    },
    /// The visitor took a message back.
    TakenBack {
        /// The message.
        of: EventNo,
    },
    /// A limit was reached or a bot changed under the conversation; what the operator and author should know.
    Fault {
        /// Which, such as `steps_in_turn` or `place_gone`.
        code: String,
        /// In a sentence.
        detail: String,
    },
}

/// A pressed button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Press {
    /// The bot's message.
    pub event: EventNo,
    /// The button in it, from 0, cards included.
    pub option: usize,
}

/// How a flow came to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Started {
    /// As a task of its own, with slots of its own; what ran before comes back afterwards.
    Task,
    /// As a task of its own that gets the slots of the handoff: the flow that runs instead of waiting in a queue.
    WithHandoff,
    /// By `run`: it shares the slots and returns to its caller.
    Run,
    /// By `goto`: it takes the place of the flow on top and keeps the slots.
    Goto,
}

/// How a flow ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// After its last step.
    Finished,
    /// The visitor cancelled.
    Cancelled,
    /// It handed off, or was ended by a handoff.
    HandedOff,
    /// Another flow took its place for good.
    Replaced,
    /// The changed bot has it no more.
    Gone,
    /// A question failed for good.
    Failed,
}

/// What a flow waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitKind {
    /// A value of a kind.
    Ask,
    /// One of these.
    Choose {
        /// The options as offered.
        options: Vec<Offered>,
    },
    /// Yes, or a correction.
    Confirm,
    /// Which of the confirmed slots should change.
    ConfirmChange,
    /// 1 to 5.
    Rate,
    /// The comment to a rating.
    RateComment {
        /// The rating.
        score: u8,
    },
    /// A time.
    Timer {
        /// When it is over.
        until: Time,
    },
    /// The end of the flow above, which this one runs.
    Run,
    /// The result of a call.
    Call {
        /// The event that called.
        call: EventNo,
        /// When the flow goes on without it. Waits of older programs have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Time>,
    },
}

/// An option as it was offered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offered {
    /// What the visitor read.
    pub label: String,
    /// What the slot gets.
    pub value: serde_json::Value,
    /// For listed options, the number in the step; a changed bot is asked for the same number and label.
    pub index: usize,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// A status 2xx with a body of at most 16 KB, read as JSON, else as text.
    Reply(serde_json::Value),
    /// Another status.
    Status(u16),
    /// No answer in time.
    Timeout,
    /// No connection, a broken reply, a reply too large: in a sentence.
    Error(String),
    /// The server stopped while the call was under way and it may not be repeated.
    Unknown,
}
