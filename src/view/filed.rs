//! What agents filed, as a line of the transcript: facts that agents see and visitors never do.

use crate::dialog::{AgentRef, Event, Filing, WokenBecause};
use crate::id::EventNo;

/// What agents filed, as a line of the transcript.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FiledLine<'a> {
    /// An agent did it.
    By {
        /// Who.
        agent: &'a AgentRef,
        /// What.
        change: &'a Filing,
    },
    /// It is no longer on hold.
    Woken(WokenBecause),
    /// A reminder is due.
    FollowUpDue(EventNo),
}

impl<'a> FiledLine<'a> {
    /// The line of an event, if it is about this.
    pub fn of(event: &'a Event) -> Option<Self> {
        match event {
            Event::Filed { agent, change } => Some(Self::By { agent, change }),
            Event::Woken { why } => Some(Self::Woken(*why)),
            Event::FollowUpDue { of } => Some(Self::FollowUpDue(*of)),
            _ => None,
        }
    }
}
