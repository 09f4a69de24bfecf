//! Deadlines. They are a function of each conversation's state and stand in index rows, so a restart forgets none. In memory
//! are only those of the next hour; the computer's clock decides when, the state decides what.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use tokio::task::JoinSet;

use crate::dialog::{Deadline, Input};
use crate::engine::{Engine, TurnError};
use crate::id::ConversationId;
use crate::store::{ReadError, Space};
use crate::time::{Span, Time};
use crate::view;

/// Deadlines of the time to come that are kept in memory.
const AHEAD: Span = Span::hours(1);

/// How many deadlines fire at a time: after a long downtime there may be many.
const AT_ONCE: usize = 64;

/// A deadline that could not fire is tried again after so long.
const AGAIN: Span = Span::minutes(1);

/// Rows read at a time.
const PAGE: usize = 1_000;

/// The deadlines that are near.
#[derive(Debug)]
pub(super) struct Timers(Mutex<Near>);

#[derive(Debug)]
struct Near {
    due: BTreeSet<(Time, ConversationId)>,
    of: HashMap<ConversationId, Time>,
    /// All deadlines up to this moment are in memory.
    until: Time,
    /// When the task wakes by itself.
    wake: Time,
}

impl Default for Timers {
    fn default() -> Self {
        let near = Near { due: BTreeSet::new(), of: HashMap::new(), until: Time(i64::MIN), wake: Time(i64::MIN) };
        Self(Mutex::new(near))
    }
}

impl Timers {
    /// Records a conversation's earliest deadline. Says whether the task must wake earlier for it.
    pub(super) fn note(&self, id: ConversationId, due: Time) -> bool {
        self.with(|near| {
            if let Some(before) = near.of.remove(&id) {
                near.due.remove(&(before, id));
            }
            if due > near.until {
                return false;
            }
            near.of.insert(id, due);
            near.due.insert((due, id));
            due < near.wake
        })
    }

    /// Records a deadline found in a row, unless a later commit has told one already.
    fn found(&self, id: ConversationId, due: Time) {
        self.with(|near| {
            if let std::collections::hash_map::Entry::Vacant(entry) = near.of.entry(id) {
                entry.insert(due);
                near.due.insert((due, id));
            }
        });
    }

    /// Records a deadline that a state told a while ago, unless a commit has told one since: that one counts.
    fn remember(&self, id: ConversationId, due: Time) {
        self.with(|near| {
            if due <= near.until
                && let std::collections::hash_map::Entry::Vacant(entry) = near.of.entry(id)
            {
                entry.insert(due);
                near.due.insert((due, id));
            }
        });
    }

    /// Takes what is due, at most `limit`, and says when to look again if nothing is.
    fn take(&self, now: Time, limit: usize) -> (Vec<ConversationId>, Time) {
        self.with(|near| {
            let mut due = Vec::new();
            while let Some((time, id)) = near.due.first().copied()
                && time <= now
                && due.len() < limit
            {
                near.due.pop_first();
                near.of.remove(&id);
                due.push(id);
            }
            let more = near.until - Span(AHEAD.0 / 2);
            near.wake = near.due.first().map_or(more, |(time, _)| more.min(*time));
            (due, near.wake)
        })
    }

    fn with<T>(&self, f: impl FnOnce(&mut Near) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Engine {
    /// Works for ever: fires what is due, then sleeps until the next deadline or an earlier one appears.
    pub(super) async fn keep_time(self) {
        loop {
            let now = self.0.clock.now();
            if let Err(error) = self.look_ahead(now) {
                tracing::error!(%error, "deadlines cannot be read; trying again in a minute");
                self.0.clock.sleep_until(now + AGAIN).await;
                continue;
            }
            let (due, wake) = self.0.timers.take(now, AT_ONCE);
            if due.is_empty() {
                tokio::select! {
                    () = self.0.wakers.timers.notified() => {}
                    () = self.0.clock.sleep_until(wake) => {}
                }
                continue;
            }
            let mut firing = JoinSet::new();
            for id in due {
                let engine = self.clone();
                firing.spawn(async move { engine.fire(id).await });
            }
            firing.join_all().await;
        }
    }

    /// Reads the rows of the time to come, when less than half of it is in memory.
    fn look_ahead(&self, now: Time) -> Result<(), ReadError> {
        let before = self.0.timers.with(|near| near.until);
        if before > now + Span(AHEAD.0 / 2) {
            return Ok(());
        }
        let until = now + AHEAD;
        // First the promise, then the reading: a commit from now on notes its deadline itself.
        self.0.timers.with(|near| near.until = until);
        let result = self.read_due(before, until);
        if result.is_err() {
            self.0.timers.with(|near| near.until = before);
        }
        result
    }

    fn read_due(&self, from: Time, until: Time) -> Result<(), ReadError> {
        let mut after = (from.0 > 0).then(|| format!("{}{:020}/", view::prefix::DUE, from.0));
        loop {
            let page = self.0.store.scan(Space::Index, view::prefix::DUE, after.as_deref(), PAGE)?;
            for row in &page {
                let digits = row.key.get(view::prefix::DUE.len()..).and_then(|rest| rest.get(..20));
                let due = digits.and_then(|digits| digits.parse().ok()).map_or(Time(0), Time);
                if due > until {
                    return Ok(());
                }
                if let Some(id) = super::rebuild::conversation_of(row) {
                    self.0.timers.found(id, due);
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = Some(last.key.clone()),
                _ => return Ok(()),
            }
        }
    }

    /// Fires the earliest deadline of a conversation, if it is really due: rows of idle ones are early.
    async fn fire(&self, id: ConversationId) {
        let now = self.0.clock.now();
        let outcome = match self.find(id) {
            Ok(Some(hot)) => match hot.conversation.deadlines().into_iter().next() {
                Some((due, Deadline::AgentSilent)) if due <= now => self.end_silence(id).await.map(|_| ()),
                Some((due, deadline)) if due <= now => self.inner_turn(id, Input::Due(deadline)).await.map(|_| ()),
                Some((due, _)) => {
                    self.0.timers.remember(id, due);
                    return;
                }
                None => return,
            },
            Ok(None) => return,
            Err(error) => Err(error),
        };
        // What changed meanwhile, or did not change, is asked of the state; nothing may fire in a circle.
        let next = self.find(id).ok().flatten().and_then(|hot| hot.conversation.deadlines().into_iter().next());
        match (outcome, next) {
            (Ok(()) | Err(TurnError::Refused(_)), None) => {}
            (Ok(()) | Err(TurnError::Refused(_)), Some((due, _))) if due > now => {
                self.0.timers.remember(id, due);
            }
            (Ok(()), Some((due, _))) if self.0.timers.with(|near| near.of.get(&id) == Some(&due)) => {}
            (outcome, _) => {
                if let Err(error) = outcome {
                    tracing::warn!(conversation = %id, %error, "a deadline could not fire; trying again in a minute");
                }
                self.0.timers.remember(id, now + AGAIN);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> ConversationId {
        ConversationId::from_uuid(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_conversation_has_one_deadline_in_memory_and_only_near_ones_count() {
        let timers = Timers::default();
        timers.with(|near| near.until = Time(1_000_000));
        let (due, wake) = timers.take(Time(0), 9);
        assert!(due.is_empty());
        assert!(!timers.note(id(1), Time(2_000_000)), "too far to keep");
        assert_eq!(timers.note(id(2), Time(900)), Time(900) < wake);
        timers.note(id(2), Time(500));
        timers.found(id(2), Time(100));
        assert_eq!(timers.take(Time(400), 9).0, [], "the row was older than the commit");
        assert_eq!(timers.take(Time(900), 9).0, [id(2)]);
        assert_eq!(timers.take(Time(900), 9).0, [], "and fires once");
    }

    #[test]
    fn what_a_state_told_earlier_does_not_displace_what_a_commit_told_since() {
        let timers = Timers::default();
        timers.with(|near| near.until = Time(1_000_000));
        timers.note(id(1), Time(100));
        assert_eq!(timers.take(Time(100), 9).0, [id(1)], "it fires, and its state is read");
        timers.note(id(1), Time(500));
        timers.remember(id(1), Time(900));
        assert_eq!(timers.take(Time(500), 9).0, [id(1)]);
        timers.remember(id(1), Time(2_000_000));
        timers.remember(id(2), Time(800));
        assert_eq!(timers.take(Time(3_000_000), 9).0, [id(2)], "without such a commit it counts, if it is near");
    }
}
