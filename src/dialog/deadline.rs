//! Which deadlines run: a function of the state, so that a restart forgets none.

use crate::dialog::{Conversation, Deadline, Owner, Phase, WaitKind, WithAgent};
use crate::time::{Span, Time};

/// A conversation that the bot owns is closed after so long without a word.
pub const BOT_IDLE: Span = Span::hours(24);

/// A conversation that an agent owns counts as resolved after so long without a word.
pub const AGENT_IDLE: Span = Span::days(3);

/// A queue without `max_wait` lets a visitor go after so long.
pub const QUEUE_IDLE: Span = Span::days(3);

/// How long a reply reopens a resolved conversation.
pub const RESOLVED_FOR: Span = Span::hours(24);

/// A call ends by itself after twice its service's timeout; its result may be so late besides, because others were called
/// first or the store was busy. Then the flow goes on without it.
pub const CALL_MARGIN: Span = Span::seconds(30);

/// A nudge (a flow on `no_reply`) that is found so late is dropped.
pub const NUDGE_TOO_LATE: Span = Span::hours(1);

impl Conversation {
    /// The deadlines that run, the earliest first.
    pub fn deadlines(&self) -> Vec<(Time, Deadline)> {
        let mut deadlines = Vec::new();
        match &self.phase {
            Phase::Active(Owner::Bot) => {
                // A message that was left keeps the conversation open until an agent has taken it up.
                if self.opening.is_some() && self.left.is_none() {
                    deadlines.push((self.active_at + BOT_IDLE, Deadline::Idle));
                }
                for (flow, nudge) in &self.nudges {
                    if let Some(due) = nudge.due {
                        deadlines.push((due, Deadline::NoReply { flow: flow.clone() }));
                    }
                }
                // Only the task on top: a wait below it goes on when it comes back.
                if let Some(wait) = self.open_wait() {
                    match wait.kind {
                        WaitKind::Timer { until } => {
                            deadlines.push((until, Deadline::Timer { place: wait.place.clone() }));
                        }
                        WaitKind::Call { call, until: Some(until) } => deadlines.push((until, Deadline::Call { call })),
                        _ => {}
                    }
                }
            }
            Phase::Active(Owner::Queue(waits)) => {
                deadlines.push((waits.since + QUEUE_IDLE, Deadline::Idle));
                deadlines.extend(waits.max_wait.map(|due| (due, Deadline::MaxWait)));
                deadlines.extend(waits.closes.map(|due| (due, Deadline::QueueCloses)));
            }
            // Set aside, until a time: neither silence nor idleness counts meanwhile.
            Phase::Active(Owner::Agent(WithAgent { snoozed: Some(until), .. })) => {
                deadlines.push((*until, Deadline::Snooze));
            }
            Phase::Active(Owner::Agent(with_agent)) => {
                deadlines.push((self.active_at + AGENT_IDLE, Deadline::Idle));
                if let (Some(since), Some(silent_after)) = (with_agent.unanswered, with_agent.silent_after) {
                    deadlines.push((since + silent_after, Deadline::AgentSilent));
                }
            }
            Phase::Resolved { until, .. } => deadlines.push((*until, Deadline::ResolvedOver)),
            Phase::Closed => {}
        }
        // Reminders outlive the conversation.
        let untold = self.filed.follow_ups.iter().filter(|follow_up| !follow_up.told && !follow_up.done);
        deadlines.extend(untold.map(|follow_up| (follow_up.due, Deadline::FollowUp { of: follow_up.no })));
        deadlines.sort();
        deadlines
    }
}
