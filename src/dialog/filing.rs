//! How agents file a conversation: labels, a priority by hand, on hold until a time, reminders, and complaints. None of it changes
//! who owns the conversation, so most of it is also possible when the conversation is over.

use serde::{Deserialize, Serialize};

use crate::dialog::decide::{Refused, spoken};
use crate::dialog::turn::Turn;
use crate::dialog::{AgentCommand, AgentRef, Conversation, Event, Owner, Phase};
use crate::flow::Priority;
use crate::id::EventNo;
use crate::text;
use crate::time::{Span, Time};

/// A conversation has at most so many labels.
pub const LABELS_MAX: usize = 16;

/// A label has at most so many characters.
pub const LABEL_NAME_CHARS_MAX: usize = 40;

/// The label of conversations in which the visitor complained.
pub const COMPLAINT: &str = "complaint";

/// A conversation has at most so many reminders that are not done.
pub const FOLLOW_UPS_MAX: usize = 6;

/// A reminder's note, and the cause of a complaint, have at most so many characters.
pub const FILED_NOTE_CHARS_MAX: usize = 500;

/// So many characters of a reminder's note are in the state, for lists.
const NOTE_SHOWN_CHARS: usize = 140;

/// A conversation is on hold for at most so long.
pub const SNOOZE_MAX: Span = Span::days(90);

/// A reminder is due in at most so long.
pub const FOLLOW_UP_MAX: Span = Span::days(366);

/// What an agent filed, as an event holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filing {
    /// A label was added.
    Labelled {
        /// Which.
        label: String,
    },
    /// A label was removed.
    Unlabelled {
        /// Which.
        label: String,
    },
    /// The priority was changed.
    Priority {
        /// To what.
        priority: Priority,
    },
    /// It is on hold until a time, or until the visitor writes.
    Snoozed {
        /// Until when.
        until: Time,
    },
    /// A reminder was set; the event's number is its name.
    FollowUp {
        /// When it is due.
        due: Time,
        /// What is to be done.
        note: String,
    },
    /// A reminder is done.
    FollowUpDone {
        /// Which.
        of: EventNo,
    },
    /// A reminder is not done after all.
    FollowUpReopened {
        /// Which.
        of: EventNo,
    },
    /// The visitor complains. It is acknowledged at once.
    Complaint {
        /// About what, where the agent says it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<String>,
    },
}

/// Why a conversation is no longer on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WokenBecause {
    /// The time has come.
    Due,
    /// The visitor wrote.
    Visitor,
    /// The agent wants it back.
    Agent,
}

/// What agents filed, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filed {
    /// The labels, as they were typed, in the order of their folded forms; no two have the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// The priority that an agent chose: it stands until another is chosen, whatever flows say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Reminders: all that are not done, and the last ones that are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follow_ups: Vec<FollowUp>,
}

/// A reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowUp {
    /// The event that set it.
    pub no: EventNo,
    /// Who wants to be reminded.
    pub agent: AgentRef,
    /// When it is due.
    pub due: Time,
    /// What is to be done, shortened.
    pub note: String,
    /// Whether it was due and told.
    #[serde(default)]
    pub told: bool,
    /// Whether it is done.
    #[serde(default)]
    pub done: bool,
}

impl Filed {
    /// Whether nothing was filed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it has a label, however it is spelled.
    pub fn has_label(&self, label: &str) -> bool {
        self.place_of(&text::fold(label)).is_ok()
    }

    /// The reminders that are not done, the first to be due first.
    pub fn open_follow_ups(&self) -> Vec<&FollowUp> {
        let mut open: Vec<_> = self.follow_ups.iter().filter(|follow_up| !follow_up.done).collect();
        open.sort_by_key(|follow_up| (follow_up.due, follow_up.no));
        open
    }

    fn place_of(&self, folded: &str) -> Result<usize, usize> {
        self.labels.binary_search_by(|label| text::fold(label).as_str().cmp(folded))
    }

    fn follow_up(&self, of: EventNo) -> Option<&FollowUp> {
        self.follow_ups.iter().find(|follow_up| follow_up.no == of)
    }

    fn label(&mut self, label: &str) {
        if let Err(at) = self.place_of(&text::fold(label)) {
            self.labels.insert(at, label.to_owned());
        }
    }

    fn remind(&mut self, follow_up: FollowUp) {
        // Of those that are done the oldest make room.
        while self.follow_ups.len() >= FOLLOW_UPS_MAX
            && let Some(at) = self.follow_ups.iter().position(|follow_up| follow_up.done)
        {
            self.follow_ups.remove(at);
        }
        self.follow_ups.push(follow_up);
    }

    fn with_follow_up(&mut self, of: EventNo, change: impl FnOnce(&mut FollowUp)) {
        if let Some(follow_up) = self.follow_ups.iter_mut().find(|follow_up| follow_up.no == of) {
            change(follow_up);
        }
    }
}

impl Conversation {
    /// Records what an agent filed.
    pub(super) fn filed(&mut self, no: EventNo, agent: &AgentRef, change: &Filing) {
        match change {
            Filing::Labelled { label } => self.filed.label(label),
            Filing::Complaint { .. } => self.filed.label(COMPLAINT),
            Filing::Unlabelled { label } => {
                let folded = text::fold(label);
                self.filed.labels.retain(|known| text::fold(known) != folded);
            }
            Filing::Priority { priority } => {
                self.filed.priority = Some(*priority);
                match &mut self.phase {
                    Phase::Active(Owner::Queue(waits)) => waits.priority = *priority,
                    Phase::Active(Owner::Agent(with_agent)) => with_agent.priority = *priority,
                    Phase::Active(Owner::Bot) | Phase::Resolved { .. } | Phase::Closed => {}
                }
            }
            Filing::Snoozed { until } => {
                if let Phase::Active(Owner::Agent(with_agent)) = &mut self.phase {
                    with_agent.snoozed = Some(*until);
                }
            }
            Filing::FollowUp { due, note } => {
                let note = note.chars().take(NOTE_SHOWN_CHARS).collect();
                self.filed.remind(FollowUp { no, agent: agent.clone(), due: *due, note, told: false, done: false });
            }
            Filing::FollowUpDone { of } => self.filed.with_follow_up(*of, |follow_up| follow_up.done = true),
            Filing::FollowUpReopened { of } => self.filed.with_follow_up(*of, |follow_up| follow_up.done = false),
        }
    }

    /// Records that a reminder was told.
    pub(super) fn follow_up_told(&mut self, of: EventNo) {
        self.filed.with_follow_up(of, |follow_up| follow_up.told = true);
    }

    /// Records that it is no longer on hold. From now on the agent is expected to answer: what the visitor waited while it was
    /// on hold does not count against them.
    pub(super) fn woken(&mut self, at: Time) {
        self.active_at = at;
        if let Phase::Active(Owner::Agent(with_agent)) = &mut self.phase {
            with_agent.snoozed = None;
            with_agent.unanswered = with_agent.unanswered.map(|_| at);
        }
    }
}

impl AgentCommand {
    /// Whether it is also possible when the conversation is closed.
    pub(super) fn outlives(&self) -> bool {
        matches!(
            self,
            Self::Note { .. }
                | Self::SeeMentions
                | Self::Resend { .. }
                | Self::Label { .. }
                | Self::FollowUp { .. }
                | Self::FollowUpDone { .. }
                | Self::Complaint { .. }
        )
    }
}

impl Turn<'_> {
    /// Adds and removes labels. What is there, or is not, already is left as it is.
    pub(super) fn label(&mut self, agent: &AgentRef, add: &[String], remove: &[String]) -> Result<(), Refused> {
        for label in remove {
            let label = label_name(label)?;
            if self.state.filed.has_label(&label) {
                self.file(agent, Filing::Unlabelled { label });
            }
        }
        for label in add {
            let label = label_name(label)?;
            if self.state.filed.has_label(&label) {
                continue;
            }
            if self.state.filed.labels.len() >= LABELS_MAX {
                return Err(Refused::TooMany { what: "labels", limit: LABELS_MAX });
            }
            self.file(agent, Filing::Labelled { label });
        }
        Ok(())
    }

    /// Changes the priority by hand.
    pub(super) fn prioritise(&mut self, agent: &AgentRef, priority: Priority) {
        let now = match &self.state.phase {
            Phase::Active(Owner::Queue(waits)) => Some(waits.priority),
            Phase::Active(Owner::Agent(with_agent)) => Some(with_agent.priority),
            _ => self.state.filed.priority,
        };
        if now != Some(priority) {
            self.file(agent, Filing::Priority { priority });
        }
    }

    /// Puts a conversation on hold. Only its owner may: nobody else's visitor is set aside.
    pub(super) fn snooze(&mut self, agent: &AgentRef, until: Time) -> Result<(), Refused> {
        self.must_own(agent)?;
        self.must_be_ahead(until, SNOOZE_MAX)?;
        self.file(agent, Filing::Snoozed { until });
        Ok(())
    }

    /// The agent wants it back.
    pub(super) fn wake(&mut self, agent: &AgentRef) -> Result<(), Refused> {
        self.must_own(agent)?;
        self.end_snooze(WokenBecause::Agent);
        Ok(())
    }

    /// It is no longer on hold, if it was.
    pub(super) fn end_snooze(&mut self, why: WokenBecause) {
        if self.state.with_agent().is_some_and(|with_agent| with_agent.snoozed.is_some()) {
            self.emit(Event::Woken { why });
        }
    }

    /// Sets a reminder.
    pub(super) fn follow_up(&mut self, agent: &AgentRef, due: Time, note: &str) -> Result<(), Refused> {
        self.must_be_ahead(due, FOLLOW_UP_MAX)?;
        if self.state.filed.open_follow_ups().len() >= FOLLOW_UPS_MAX {
            return Err(Refused::TooMany { what: "open reminders", limit: FOLLOW_UPS_MAX });
        }
        let note = filed_note(note)?;
        self.file(agent, Filing::FollowUp { due, note });
        Ok(())
    }

    /// A reminder is done, or not done after all.
    pub(super) fn follow_up_done(&mut self, agent: &AgentRef, of: EventNo, done: bool) -> Result<(), Refused> {
        let known = self.state.filed.follow_up(of).ok_or(Refused::NoSuchFollowUp)?;
        if known.done == done {
            return Ok(());
        }
        if !done && self.state.filed.open_follow_ups().len() >= FOLLOW_UPS_MAX {
            return Err(Refused::TooMany { what: "open reminders", limit: FOLLOW_UPS_MAX });
        }
        self.file(agent, if done { Filing::FollowUpDone { of } } else { Filing::FollowUpReopened { of } });
        Ok(())
    }

    /// The visitor complains: they hear at once that it is taken seriously. Once; a second time only adds a cause.
    pub(super) fn complaint(&mut self, agent: &AgentRef, cause: Option<&str>) -> Result<(), Refused> {
        let cause = match cause.map(str::trim).filter(|cause| !cause.is_empty()) {
            Some(cause) => Some(filed_note(cause)?),
            None => None,
        };
        let known = self.state.filed.has_label(COMPLAINT);
        if known && cause.is_none() {
            return Ok(());
        }
        if !known && self.state.filed.labels.len() >= LABELS_MAX {
            return Err(Refused::TooMany { what: "labels", limit: LABELS_MAX });
        }
        self.file(agent, Filing::Complaint { cause });
        if !known && self.state.phase != Phase::Closed {
            self.say_sentence("complaint_acknowledged", &[]);
        }
        Ok(())
    }

    fn file(&mut self, agent: &AgentRef, change: Filing) {
        self.emit(Event::Filed { agent: agent.clone(), change });
    }

    fn must_be_ahead(&self, time: Time, most: Span) -> Result<(), Refused> {
        let now = self.world.now;
        if time <= now || time > now + most {
            return Err(Refused::BadTime { days: most.0 / Span::days(1).0 });
        }
        Ok(())
    }
}

/// A label as it is kept: one blank between its words.
fn label_name(label: &str) -> Result<String, Refused> {
    let label = spoken(label)?;
    let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
    if label.chars().count() > LABEL_NAME_CHARS_MAX {
        return Err(Refused::TooLong { limit: LABEL_NAME_CHARS_MAX });
    }
    // What folds to nothing (a lone accent, say) could never be found again.
    if text::fold(&label).trim().is_empty() { Err(Refused::Empty) } else { Ok(label) }
}

fn filed_note(note: &str) -> Result<String, Refused> {
    let note = spoken(note)?;
    if note.chars().count() > FILED_NOTE_CHARS_MAX {
        return Err(Refused::TooLong { limit: FILED_NOTE_CHARS_MAX });
    }
    Ok(note.into_owned())
}
