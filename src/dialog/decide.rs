//! The door of the dialog: what follows from an input. It may refuse; it never fails halfway, because nothing that it decides
//! is true before the caller has stored it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::bot::Bot;
use crate::dialog::turn::Turn;
use crate::dialog::{
    AgentRef, CallOutcome, ClosedBecause, Conversation, Deadline, Event, Input, Owner, Phase, QueueLeft, Recorded,
    ReturnedBecause, WokenBecause, World,
};
use crate::id::QueueName;
use crate::time::Time;

/// A visitor's or an agent's message has at most so many characters.
pub const MESSAGE_CHARS_MAX: usize = 4_000;

/// What was decided: facts, not yet stored.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decision {
    /// The events, numbered on from the conversation's last. Empty where the input changes nothing.
    pub events: Vec<Recorded>,
    /// The conversation with these events applied, and with the sensitive values in clear that the events hold masked.
    pub after: Conversation,
    /// The queues whose facts the decision read: the rest of the world's queues need not be kept for a replay.
    pub queues: BTreeSet<QueueName>,
}

/// Why an input is not accepted. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The conversation has not begun.
    #[error("the conversation has not begun")]
    NotOpened,
    /// The conversation has begun already.
    #[error("the conversation has begun already")]
    AlreadyOpened,
    /// The conversation is over; a new one may be opened on the same address.
    #[error("the conversation is closed")]
    Closed,
    /// There is nothing in the message.
    #[error("the message is empty")]
    Empty,
    /// The message is too long.
    #[error("the message has more than {limit} characters")]
    TooLong {
        /// The limit in characters.
        limit: usize,
    },
    /// The conversation holds as many files, or as large ones, as one may.
    #[error("this conversation cannot hold more files")]
    TooManyFiles,
    /// Another agent owns the conversation.
    #[error("{} already answers this conversation", .agent.name)]
    OwnedBy {
        /// Who.
        agent: AgentRef,
    },
    /// The agent does not own the conversation, and the command needs that.
    #[error("take the conversation first")]
    NotYours,
    /// The conversation does not wait in a queue.
    #[error("the conversation does not wait in a queue")]
    NotWaiting,
    /// There is no such queue.
    #[error("there is no queue \"{queue}\"")]
    UnknownQueue {
        /// Its name.
        queue: QueueName,
    },
    /// The queue is closed.
    #[error("the queue \"{queue}\" is closed")]
    QueueClosed {
        /// Its name.
        queue: QueueName,
        /// When it opens.
        opens: Option<Time>,
    },
    /// There is no such flow to hand back to.
    #[error("there is no flow \"{flow}\"")]
    UnknownFlow {
        /// Its name.
        flow: crate::id::FlowName,
    },
    /// The deadline does not run any more, or is not due yet.
    #[error("the deadline does not run")]
    NotDue,
    /// A conversation has no more of these.
    #[error("a conversation has at most {limit} {what}")]
    TooMany {
        /// What.
        what: &'static str,
        /// How many.
        limit: usize,
    },
    /// A time that has passed, or is too far away.
    #[error("the time must lie ahead, by at most {days} days")]
    BadTime {
        /// How far.
        days: i64,
    },
    /// There is no such reminder.
    #[error("there is no such reminder")]
    NoSuchFollowUp,
    /// The message arrived, or there is none such.
    #[error("there is no such message that did not arrive")]
    NothingToResend,
    /// A rating is 1 to 5.
    #[error("a rating is a number from 1 to 5")]
    BadRating,
}

/// What follows from `input`. Deterministic: the same arguments give the same events.
///
/// # Errors
///
/// Refuses what the conversation's phase and owner do not allow; then nothing changes.
pub fn decide(bot: &Bot, conversation: &Conversation, input: &Input, world: &World) -> Result<Decision, Refused> {
    if conversation.phase == Phase::Closed {
        return match input {
            // What agents file outlives the conversation.
            Input::Agent { agent, command } if command.outlives() => {
                let mut turn = Turn::new(bot, conversation, world);
                turn.agent(agent, command)?;
                Ok(turn.finish())
            }
            Input::Due(deadline @ Deadline::FollowUp { .. }) => {
                let mut turn = Turn::new(bot, conversation, world);
                turn.due(deadline)?;
                Ok(turn.finish())
            }
            // A result that nobody awaits any more is recorded all the same.
            Input::CallDone { call, outcome } => {
                let mut turn = Turn::new(bot, conversation, world);
                turn.call_done(*call, outcome);
                Ok(turn.finish())
            }
            // So is what becomes of what was said at the end.
            Input::Undelivered { of, failure } => {
                let mut turn = Turn::new(bot, conversation, world);
                turn.undelivered(*of, failure);
                Ok(turn.finish())
            }
            Input::Fetched { of, file } => {
                let mut turn = Turn::new(bot, conversation, world);
                turn.fetched(*of, file.as_ref());
                Ok(turn.finish())
            }
            Input::TakenBack { of } => {
                let mut turn = Turn::new(bot, conversation, world);
                turn.taken_back(*of);
                Ok(turn.finish())
            }
            _ => Err(Refused::Closed),
        };
    }
    if conversation.opening.is_none() != matches!(input, Input::Open { .. }) {
        return Err(if conversation.opening.is_none() { Refused::NotOpened } else { Refused::AlreadyOpened });
    }
    let mut turn = Turn::new(bot, conversation, world);
    match input {
        Input::Open { address, contact, language, page, greet } => {
            let language = language.as_ref().and_then(|wanted| bot.program.language_like(wanted));
            turn.emit(Event::Opened {
                address: address.clone(),
                contact: *contact,
                language: language.unwrap_or_else(|| bot.program.default_language().clone()),
                page: page.clone(),
                earlier: world.earlier,
            });
            if *greet && !turn.greet() {
                turn.introduce();
            }
        }
        Input::Message { text, client } => turn.visitor_wrote(text, client.as_deref())?,
        Input::File { file, client } => turn.visitor_sent(file, client.as_deref())?,
        Input::Press { press, label, target, client } => {
            turn.visitor_pressed(press, label, target, client.as_deref())?;
        }
        Input::Rate { score, comment } => turn.visitor_rated(*score, comment.as_deref())?,
        Input::Ended => turn.visitor_ended(),
        Input::Invited { invite } => turn.invited(invite),
        Input::Identified { address, contact } => {
            let (address, contact, earlier) = (address.clone(), *contact, world.earlier);
            turn.emit(Event::Identified { address, contact, earlier });
        }
        Input::Moved { address, contact, by_link } => {
            if conversation.opening.as_ref().is_some_and(|opening| opening.address == *address) {
                return Err(Refused::NotDue);
            }
            turn.emit(Event::Moved { address: address.clone(), contact: *contact });
            if *by_link {
                turn.say_sentence("goes_on_here", &[]);
                if conversation.with_bot() {
                    turn.ask_open_question();
                }
            }
        }
        Input::LinkOver => turn.say_sentence("link_over", &[]),
        Input::LinkApart => turn.say_sentence("link_apart", &[]),
        Input::Left { why } => {
            turn.emit(Event::Closed { why: *why });
        }
        Input::CallDone { call, outcome } => turn.call_done(*call, outcome),
        Input::Due(deadline) => turn.due(deadline)?,
        Input::Assign { agent, entered } => turn.assign(agent, *entered)?,
        Input::AgentGone { agent } => {
            let with_agent = conversation.with_agent().ok_or(Refused::NotDue)?;
            if with_agent.agent.id != *agent {
                return Err(Refused::NotDue);
            }
            turn.return_to_queue(ReturnedBecause::Away);
        }
        Input::AgentsAway => {
            let waits = conversation.in_queue().ok_or(Refused::NotWaiting)?;
            if waits.away_told {
                return Err(Refused::NotDue);
            }
            turn.agents_away();
        }
        Input::Blocked => {
            turn.say_sentence("blocked", &[]);
            turn.emit(Event::Closed { why: ClosedBecause::Blocked });
        }
        Input::Overtaken { of } => turn.overtaken(*of)?,
        Input::Undelivered { of, failure } => turn.undelivered(*of, failure),
        Input::AnsweredElsewhere { inbox, text, client } => turn.answered_elsewhere(inbox, text, client.as_deref()),
        Input::Remote { file, caption, client } => {
            turn.remote_sent(file, caption.as_deref(), client.as_deref())?;
        }
        Input::Fetched { of, file } => turn.fetched(*of, file.as_ref()),
        Input::TakenBack { of } => turn.taken_back(*of),
        Input::Agent { agent, command } => turn.agent(agent, command)?,
    }
    Ok(turn.finish())
}

/// What somebody said, trimmed and without control characters, which nobody can see or type; tabs and new lines stay.
pub(super) fn spoken(text: &str) -> Result<Cow<'_, str>, Refused> {
    let text = text.trim();
    // A character has at most four bytes, so most texts need no counting.
    if text.len() > MESSAGE_CHARS_MAX && text.chars().count() > MESSAGE_CHARS_MAX {
        return Err(Refused::TooLong { limit: MESSAGE_CHARS_MAX });
    }
    let unseen = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\t');
    let spoken = if text.contains(unseen) {
        let lines = text.replace("\r\n", "\n").replace('\r', "\n");
        Cow::Owned(lines.replace(unseen, "").trim().to_owned())
    } else {
        Cow::Borrowed(text)
    };
    if spoken.is_empty() { Err(Refused::Empty) } else { Ok(spoken) }
}

impl Turn<'_> {
    /// A deadline has come.
    fn due(&mut self, deadline: &Deadline) -> Result<(), Refused> {
        let now = self.world.now;
        let due = self
            .state
            .deadlines()
            .into_iter()
            .find_map(|(due, running)| (running == *deadline && due <= now).then_some(due))
            .ok_or(Refused::NotDue)?;
        match deadline {
            Deadline::NoReply { flow } => {
                self.emit(Event::NudgeDone { flow: flow.clone() });
                let late = now.since(due) > crate::dialog::NUDGE_TOO_LATE;
                if !late && !self.during_call() {
                    self.start_quiet(flow);
                }
            }
            Deadline::Timer { .. } => self.timer_over(),
            Deadline::Call { call } => self.call_done(*call, &CallOutcome::Timeout),
            Deadline::MaxWait => self.leave_queue(QueueLeft::WaitedTooLong),
            Deadline::QueueCloses => self.leave_queue(QueueLeft::Closed),
            Deadline::AgentSilent => self.return_to_queue(ReturnedBecause::Silent),
            Deadline::Idle => match self.state.owner() {
                Some(Owner::Agent(_)) => {
                    let until = now + crate::dialog::RESOLVED_FOR;
                    self.emit(Event::Resolved { agent: None, until, by_visitor: false });
                }
                _ => {
                    self.emit(Event::Closed { why: ClosedBecause::Idle });
                }
            },
            Deadline::ResolvedOver => {
                self.emit(Event::Closed { why: ClosedBecause::Resolved });
            }
            Deadline::Snooze => self.end_snooze(WokenBecause::Due),
            Deadline::FollowUp { of } => {
                self.emit(Event::FollowUpDue { of: *of });
            }
        }
        Ok(())
    }
}
