//! What people see of a conversation. A visitor sees a projection with gaps: words, buttons, and who is there; never notes,
//! understandings, slots or faults. An agent sees everything, with what explains it folded away under the message it is about.

use std::collections::{BTreeMap, BTreeSet};

use crate::dialog::{
    AgentRef, AssignedBy, Attachment, CallOutcome, ClosedBecause, Event, Message, Press, QueueLeft, Recorded,
    RemoteFile, ReturnedBecause, Undeliverable,
};
use crate::flow::{At, Priority, words_said};
use crate::id::{ChannelName, EventNo, FlowName, QueueName, ServiceName, SlotName};
use crate::matcher::Understanding;
use crate::time::Time;
use crate::view::FiledLine;

/// A line that the visitor sees.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitorLine<'a> {
    /// The event's number.
    pub no: EventNo,
    /// When.
    pub at: Time,
    /// What.
    pub kind: VisitorLineKind<'a>,
}

/// What a visitor sees.
#[derive(Debug, Clone, PartialEq)]
pub enum VisitorLineKind<'a> {
    /// Their own words.
    Visitor {
        /// The text.
        text: &'a str,
        /// The sender's own id of the message.
        client: Option<&'a str>,
        /// The button, if by one.
        pressed: Option<&'a Press>,
    },
    /// The bot's words.
    Bot(&'a Message),
    /// An agent's words.
    Agent {
        /// Who, by the name that visitors see.
        name: &'a str,
        /// The text.
        text: &'a str,
    },
    /// A file that they sent.
    VisitorFile {
        /// What.
        file: &'a Attachment,
        /// The sender's own id of the message.
        client: Option<&'a str>,
    },
    /// A file that an agent sent.
    AgentFile {
        /// Who, by the name that visitors see.
        name: &'a str,
        /// What.
        file: &'a Attachment,
    },
    /// Who is there has changed.
    Status {
        /// To what.
        status: Status,
        /// The agent, where one came.
        agent: Option<&'a str>,
    },
}

/// Who is there, as visitors are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// They wait for a person.
    Queued,
    /// A person is there.
    Agent,
    /// The bot is there (again).
    Bot,
    /// The case is solved.
    Resolved,
    /// The conversation is over.
    Closed,
    /// A reply reopened it.
    Reopened,
    /// They rated.
    Rated,
}

impl Status {
    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Agent => "agent",
            Self::Bot => "bot",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Reopened => "reopened",
            Self::Rated => "rated",
        }
    }
}

/// One event as the visitor sees it; none for what they never see.
pub fn visitor_line(recorded: &Recorded) -> Option<VisitorLine<'_>> {
    let status = |status| VisitorLineKind::Status { status, agent: None };
    let kind = match &recorded.event {
        // What they took back they do not see either.
        Event::VisitorSaid { text, .. } if text.is_empty() => return None,
        Event::VisitorSaid { text, client, pressed } => {
            VisitorLineKind::Visitor { text, client: client.as_deref(), pressed: pressed.as_ref() }
        }
        Event::BotSaid { message, .. } => VisitorLineKind::Bot(message),
        Event::AgentSaid { agent, text, .. } => VisitorLineKind::Agent { name: &agent.name, text },
        Event::VisitorSent { file, client } => VisitorLineKind::VisitorFile { file, client: client.as_deref() },
        Event::AgentSent { agent, file, .. } => VisitorLineKind::AgentFile { name: &agent.name, file },
        Event::HandoffRequested { closed: false, .. } | Event::Returned { .. } => status(Status::Queued),
        Event::Assigned { agent, .. } => VisitorLineKind::Status { status: Status::Agent, agent: Some(&agent.name) },
        Event::QueueLeft { .. } | Event::HandedBack { .. } => status(Status::Bot),
        Event::Resolved { .. } => status(Status::Resolved),
        Event::Reopened => status(Status::Reopened),
        Event::Closed { .. } => status(Status::Closed),
        Event::Rated { .. } => status(Status::Rated),
        _ => return None,
    };
    Some(VisitorLine { no: recorded.no, at: recorded.at, kind })
}

/// These events as the visitor sees them. Words of the bot that were cancelled before they left are not among them, where
/// the cancellation is.
pub fn visitor_lines(events: &[Recorded]) -> Vec<VisitorLine<'_>> {
    let cancelled =
        |no: EventNo| events.iter().any(|later| matches!(&later.event, Event::BotSaidCancelled { of } if *of == no));
    let shown = events.iter().filter_map(visitor_line);
    shown.filter(|line| !matches!(line.kind, VisitorLineKind::Bot(_)) || !cancelled(line.no)).collect()
}

/// A line that an agent sees.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentLine<'a> {
    /// The event's number.
    pub no: EventNo,
    /// When.
    pub at: Time,
    /// What.
    pub kind: AgentLineKind<'a>,
    /// What explains it, folded away.
    pub folded: Folded<'a>,
}

/// What belongs to a message and is shown on demand.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Folded<'a> {
    /// What the bot made of the visitor's message.
    pub understood: Option<&'a Understanding>,
    /// The step that spoke.
    pub step: Option<&'a At>,
    /// Slots that it filled: name, value, the visitor's own text; sensitive ones are masked in the event already.
    pub slots: Vec<(&'a SlotName, &'a serde_json::Value, &'a str)>,
    /// Whether nothing fitted it.
    pub missed: bool,
    /// Whether it was cancelled before it left.
    pub cancelled: bool,
    /// Why it did not reach the visitor.
    pub undelivered: Option<&'a Undeliverable>,
    /// Whether the visitor took it back.
    pub taken_back: bool,
}

/// What an agent sees.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of the events, documented there")]
pub enum AgentLineKind<'a> {
    /// The visitor's words.
    Visitor { text: &'a str, pressed: bool },
    /// The bot's words.
    Bot(&'a Message),
    /// An agent's words.
    Agent { agent: &'a AgentRef, text: &'a str },
    /// A file that the visitor sent.
    VisitorFile(&'a Attachment),
    /// A file that an agent sent.
    AgentFile { agent: &'a AgentRef, file: &'a Attachment },
    /// Somebody's words in the messaging app's own inbox.
    Elsewhere { inbox: &'a str, text: &'a str },
    /// Something that is not text and lies at the messaging app.
    Remote(&'a RemoteFile),
    /// It cannot be fetched.
    RemoteLost,
    /// A message that had not arrived is sent once more.
    Resent(&'a AgentRef),
    /// A private note.
    Note { agent: &'a AgentRef, text: &'a str },
    /// A flow began.
    FlowStarted(&'a FlowName),
    /// The visitor was passed to a queue, or to a flow because it is closed.
    Handoff { queue: &'a QueueName, priority: Priority, reason: &'a str, closed: bool },
    /// They no longer wait.
    QueueLeft(QueueLeft),
    /// An agent owns it.
    Assigned { agent: &'a AgentRef, by: AssignedBy },
    /// It is in a queue again.
    Returned { agent: &'a AgentRef, queue: &'a QueueName, why: ReturnedBecause },
    /// The bot owns it again.
    HandedBack { agent: &'a AgentRef, flow: Option<&'a FlowName> },
    /// Solved.
    Resolved(Option<&'a AgentRef>),
    /// The visitor ended it.
    Ended,
    /// Open again.
    Reopened,
    /// The visitor accepted an invitation.
    Invited(&'a str),
    /// The visitor turned out to be somebody who is known.
    Identified,
    /// The visitor goes on elsewhere.
    Moved(&'a ChannelName),
    /// Over.
    Closed(ClosedBecause),
    /// Rated.
    Rated { score: u8, comment: Option<&'a str> },
    /// A message was left.
    MessageLeft { queue: Option<&'a QueueName>, text: &'a str },
    /// A service was asked.
    Called(&'a ServiceName),
    /// A service failed; replies are not shown.
    CallFailed { call: EventNo, outcome: &'a CallOutcome },
    /// Filed by an agent.
    Filed(FiledLine<'a>),
    /// Something that the operator should know.
    Fault { code: &'a str, detail: &'a str },
}

/// These events as an agent sees them.
pub fn agent_lines<'a>(events: &'a [Recorded]) -> Vec<AgentLine<'a>> {
    let mut lines: Vec<AgentLine<'a>> = Vec::with_capacity(events.len());
    let mut line_of: BTreeMap<EventNo, usize> = BTreeMap::new();
    let taken_back = events.iter().filter_map(|recorded| match recorded.event {
        Event::TakenBack { of } => Some(of),
        _ => None,
    });
    let taken_back: BTreeSet<EventNo> = taken_back.collect();
    for recorded in events {
        let mut folded = Folded::default();
        let mut about = |no: &EventNo, change: &mut dyn FnMut(&mut Folded<'a>)| {
            if let Some(line) = line_of.get(no).and_then(|at| lines.get_mut(*at)) {
                change(&mut line.folded);
            }
        };
        let kind = match &recorded.event {
            Event::VisitorSaid { text, pressed, .. } => AgentLineKind::Visitor { text, pressed: pressed.is_some() },
            Event::BotSaid { message, at } => {
                folded.step = at.as_ref();
                AgentLineKind::Bot(message)
            }
            Event::AgentSaid { agent, text, .. } => AgentLineKind::Agent { agent, text },
            Event::VisitorSent { file, .. } => AgentLineKind::VisitorFile(file),
            Event::AgentSent { agent, file, .. } => AgentLineKind::AgentFile { agent, file },
            Event::Noted { agent, text } => AgentLineKind::Note { agent, text },
            Event::FlowStarted { flow, .. } => AgentLineKind::FlowStarted(flow),
            Event::HandoffRequested { queue, priority, reason, closed, .. } => {
                AgentLineKind::Handoff { queue, priority: *priority, reason, closed: *closed }
            }
            Event::QueueLeft { why } => AgentLineKind::QueueLeft(*why),
            Event::Assigned { agent, by, .. } => AgentLineKind::Assigned { agent, by: *by },
            Event::Returned { agent, queue, why, .. } => AgentLineKind::Returned { agent, queue, why: *why },
            Event::HandedBack { agent, flow } => AgentLineKind::HandedBack { agent, flow: flow.as_ref() },
            Event::Resolved { by_visitor: true, .. } => AgentLineKind::Ended,
            Event::Resolved { agent, .. } => AgentLineKind::Resolved(agent.as_ref()),
            Event::Reopened => AgentLineKind::Reopened,
            Event::Invited { invite } => AgentLineKind::Invited(invite),
            Event::Identified { .. } => AgentLineKind::Identified,
            Event::Moved { address, .. } => AgentLineKind::Moved(&address.channel),
            Event::Closed { why } => AgentLineKind::Closed(*why),
            Event::Rated { score, comment } => AgentLineKind::Rated { score: *score, comment: comment.as_deref() },
            Event::MessageLeft { queue, text } => AgentLineKind::MessageLeft { queue: queue.as_ref(), text },
            Event::Called { service, .. } => AgentLineKind::Called(service),
            Event::CallDone { outcome: CallOutcome::Reply(_), .. } => continue,
            Event::CallDone { call, outcome, .. } => AgentLineKind::CallFailed { call: *call, outcome },
            Event::Fault { code, detail } => AgentLineKind::Fault { code, detail },
            Event::Understood { of, understanding } => {
                about(of, &mut |folded| folded.understood = Some(understanding));
                continue;
            }
            Event::SlotSet { slot, value, said, from: Some(from), .. } => {
                about(from, &mut |folded| folded.slots.push((slot, value, words_said(value, said))));
                continue;
            }
            Event::Missed { of } | Event::Retried { of, .. } => {
                about(of, &mut |folded| folded.missed = true);
                continue;
            }
            Event::BotSaidCancelled { of } => {
                about(of, &mut |folded| folded.cancelled = true);
                continue;
            }
            Event::Undelivered { of, failure } => {
                about(of, &mut |folded| folded.undelivered = Some(failure));
                continue;
            }
            Event::Resent { of, agent } => {
                about(of, &mut |folded| folded.undelivered = None);
                AgentLineKind::Resent(agent)
            }
            Event::TakenBack { of } => {
                about(of, &mut |folded| folded.taken_back = true);
                continue;
            }
            Event::SaidElsewhere { inbox, text, .. } => AgentLineKind::Elsewhere { inbox, text },
            Event::RemoteSent { file, .. } => AgentLineKind::Remote(file),
            Event::RemoteKept { file, .. } => AgentLineKind::VisitorFile(file),
            // The line of a file that was taken back takes the place of the one that showed it.
            Event::RemoteLost { of } => {
                folded.taken_back = taken_back.contains(of);
                AgentLineKind::RemoteLost
            }
            Event::Filed { .. } | Event::Woken { .. } | Event::FollowUpDue { .. } => {
                let Some(line) = FiledLine::of(&recorded.event) else { continue };
                AgentLineKind::Filed(line)
            }
            Event::Opened { .. }
            | Event::LanguageSet { .. }
            | Event::FlowEnded { .. }
            | Event::Waits { .. }
            | Event::WaitLeft
            | Event::SlotSet { .. }
            | Event::SlotEmptied { .. }
            | Event::CountsReset
            | Event::Held { .. }
            | Event::HeldTaken
            | Event::NudgeSet { .. }
            | Event::NudgeDone { .. }
            | Event::AnythingElseAsked
            | Event::AlsoAsked { .. }
            | Event::AlsoOffered
            | Event::PersonOffered { .. }
            | Event::AlsoForgotten
            | Event::AwayTold
            | Event::Mentioned { .. }
            | Event::MentionSeen { .. } => continue,
        };
        line_of.insert(recorded.no, lines.len());
        lines.push(AgentLine { no: recorded.no, at: recorded.at, kind, folded });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::AgentId;

    fn agent() -> AgentRef {
        AgentRef { id: AgentId::from_uuid(uuid::Uuid::from_u128(1)), name: "Ann".to_owned() }
    }

    fn bot(text: &str) -> Event {
        Event::BotSaid { message: Message { text: text.to_owned(), ..Message::default() }, at: None }
    }

    fn events() -> Vec<Recorded> {
        let said = Event::VisitorSaid { text: "hello".to_owned(), client: None, pressed: None };
        let slot = Event::SlotSet {
            slot: "order".into(),
            value: "17".into(),
            said: "seventeen".to_owned(),
            kind: None,
            from: Some(EventNo(1)),
            sensitive: false,
        };
        let note = Event::Noted { agent: agent(), text: "a difficult one".to_owned() };
        let all = [
            said,
            Event::Understood { of: EventNo(1), understanding: Understanding::default() },
            slot,
            bot("never sent"),
            Event::BotSaidCancelled { of: EventNo(4) },
            note,
            bot("hi"),
            Event::Missed { of: EventNo(1) },
        ];
        let numbered = (1..).zip(all);
        numbered.map(|(no, event)| Recorded { no: EventNo(no), at: Time(0), event }).collect()
    }

    #[test]
    fn a_visitor_never_sees_notes_slots_or_cancelled_words() {
        let events = events();
        let seen: Vec<_> = visitor_lines(&events).iter().map(|line| line.no.0).collect();
        assert_eq!(seen, [1, 7]);
    }

    #[test]
    fn an_agent_sees_notes_and_finds_explanations_under_their_message() {
        let events = events();
        let lines = agent_lines(&events);
        assert_eq!(lines.iter().map(|line| line.no.0).collect::<Vec<_>>(), [1, 4, 6, 7]);
        let folded = &lines[0].folded;
        assert!(folded.understood.is_some() && folded.missed);
        assert_eq!(folded.slots[0].2, "seventeen");
        assert!(lines[1].folded.cancelled);
    }
}
