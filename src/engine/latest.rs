//! The last thing that came from each person in a messaging app, in memory: what makes an answer free for a minute, and the id
//! that some platforms want before they show that somebody is typing. Nothing depends on it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::time::{Span, Time};

/// A free answer is possible for so long, with some time for the way.
const FREE_FOR: Span = Span::seconds(50);

/// So many free answers of one person are kept in mind.
const TOKENS_MAX: usize = 16;

/// What is older is of no use to anybody.
const USEFUL_FOR: Span = Span::hours(1);

/// What came last, by lane.
#[derive(Debug, Default)]
pub(super) struct Latest(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    by_lane: HashMap<String, Came>,
    sweep_at: usize,
}

#[derive(Debug)]
struct Came {
    id: Option<String>,
    /// Each makes one answer free, in the order in which they came.
    reply_tokens: VecDeque<(String, Time)>,
    at: Time,
}

impl Latest {
    /// Something came.
    pub(super) fn came(&self, lane: String, id: Option<String>, reply_token: Option<String>, at: Time) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.by_lane.len() >= inner.sweep_at {
            inner.by_lane.retain(|_, came| at.since(came.at) <= USEFUL_FOR);
            inner.sweep_at = (inner.by_lane.len() * 2).max(1_024);
        }
        let mut reply_tokens = inner.by_lane.remove(&lane).map(|came| came.reply_tokens).unwrap_or_default();
        reply_tokens.extend(reply_token.map(|token| (token, at)));
        reply_tokens.drain(..reply_tokens.len().saturating_sub(TOKENS_MAX));
        inner.by_lane.insert(lane, Came { id, reply_tokens, at });
    }

    /// What makes an answer free: once.
    pub(super) fn take_reply_token(&self, lane: &str, now: Time) -> Option<String> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tokens = &mut inner.by_lane.get_mut(lane)?.reply_tokens;
        std::iter::from_fn(|| tokens.pop_front()).find(|(_, at)| now.since(*at) <= FREE_FOR).map(|(token, _)| token)
    }

    /// Whether something came within the last hour.
    pub(super) fn has_come(&self, lane: &str, now: Time) -> bool {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.by_lane.get(lane).is_some_and(|came| now.since(came.at) <= USEFUL_FOR)
    }

    /// The platform's id of what came last.
    pub(super) fn id(&self, lane: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).by_lane.get(lane)?.id.clone()
    }
}

/// An update that could not be stored for a reason of its own is tried so often.
const TRIES: u32 = 5;

/// So many troubles are kept in mind.
const TROUBLES_MAX: usize = 10_000;

/// Updates that could not be stored, and how often.
#[derive(Debug, Default)]
pub(super) struct Troubles(Mutex<HashMap<String, u32>>);

impl Troubles {
    /// Notes that an update could not be stored. Says whether that was so too often to try again.
    pub(super) fn is_hopeless(&self, update: String) -> bool {
        let mut troubles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if troubles.len() >= TROUBLES_MAX {
            troubles.clear();
        }
        let tries = troubles.entry(update).or_default();
        *tries += 1;
        *tries > TRIES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_free_once_and_for_a_while() {
        let latest = Latest::default();
        latest.came("a".into(), Some("m1".into()), Some("t1".into()), Time(0));
        assert_eq!(latest.take_reply_token("a", Time(0) + Span::seconds(49)).as_deref(), Some("t1"));
        assert_eq!(latest.take_reply_token("a", Time(0)), None, "it is used up");
        latest.came("a".into(), None, Some("t2".into()), Time(0));
        assert_eq!(latest.take_reply_token("a", Time(0) + Span::seconds(51)), None, "it is over");
        assert_eq!(latest.id("a"), None);
        for (token, at) in [("t3", 0), ("t4", 10), ("t5", 11)] {
            latest.came("a".into(), None, Some(token.into()), Time(0) + Span::seconds(at));
        }
        let taken: Vec<_> = (0..3).map(|_| latest.take_reply_token("a", Time(0) + Span::seconds(55))).collect();
        assert_eq!(taken, [Some("t4".to_owned()), Some("t5".to_owned()), None], "each message has one of its own");
    }
}
