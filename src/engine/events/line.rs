//! In which order an endpoint hears of what waits for it. The events of a conversation go one after the other; those of others do not
//! wait for them. An endpoint that takes nothing is asked with one event at a time, at growing pauses. An event that it does not
//! take while it takes others holds up its conversation only for a while. Pure: the worker in `deliver` has the clock and the calls.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::log::{DELIVERED_KEPT, FAILED_KEPT, Progress};
use crate::engine::post::pause;
use crate::store::{Row, StreamId};
use crate::time::{Span, Time};

/// So many events are on their way to an endpoint at once, each of another conversation.
pub(super) const AT_ONCE: usize = 4;

/// An endpoint that has refused so many events and taken none since takes nothing.
const DOWN_AFTER: usize = 3;

/// So often an event is tried before it may be passed by those after it: about two minutes.
const PASSED_AFTER: u32 = 8;

/// And so often it must have been refused while others were taken: else it is the endpoint, and order is kept.
const PASSED_BY: u32 = 2;

/// So many rows that wait are known at once; the others are read when there is room.
const AHEAD_MAX: usize = 10_000;

/// The longest rest that an endpoint may ask for.
const ASKED_MAX: Span = Span::hours(1);

/// An event that waits.
#[derive(Debug)]
struct Waiting {
    lane: StreamId,
    tries: u32,
    next: Option<Time>,
    /// How often it was refused although others had been taken since its last try, and how many had been by then.
    passed_by: u32,
    taken: u64,
}

/// What waits for an endpoint, what is on its way, and what of the rest is kept as the log.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// The last row that was read.
    after: Option<String>,
    waiting: BTreeMap<String, Waiting>,
    sending: BTreeMap<String, Waiting>,
    delivered: VecDeque<String>,
    failed: VecDeque<String>,
    /// How many events were taken, and what was refused since the last of them.
    taken: u64,
    refused: BTreeSet<String>,
    /// How often a try has failed while the endpoint takes nothing.
    knocks: u32,
    rests_until: Option<Time>,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Send this row's event.
    Send(String),
    /// Nothing before then.
    Wait(Time),
    /// Nothing until something new is there or comes back.
    Rest,
}

/// What came of sending a row's event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// It is settled, and whether it arrived. `heard` where they answered with one or the other.
    Settled { arrived: bool, heard: bool },
    /// It is tried again then, so long after now where they asked for it.
    Later { next: Time, asked: Option<Span> },
    /// There is nothing to send any more.
    Gone,
}

impl Line {
    /// All rows are read again, because an old one waits again; what is on its way stays so.
    pub(super) fn read_again(&mut self) {
        *self = Self { sending: std::mem::take(&mut self.sending), taken: self.taken, ..Self::default() };
    }

    /// Behind which row to read on; none where enough waits.
    pub(super) fn reads_after(&self) -> Option<Option<&str>> {
        (self.waiting.len() < AHEAD_MAX).then_some(self.after.as_deref())
    }

    /// A row, in the order of the store.
    pub(super) fn read(&mut self, row: &Row) {
        let (key, progress) = (row.key.clone(), Progress::read(row));
        self.after = Some(key.clone());
        match progress.settled {
            Some((_, arrived)) => self.keep(key, arrived),
            None if self.sending.contains_key(&key) => {}
            None => {
                // What an operator sends again is asked for now, however often it failed before.
                let tries = if progress.again { 0 } else { progress.tries };
                let waiting =
                    Waiting { lane: row.owner.clone(), tries, next: progress.next, passed_by: 0, taken: self.taken };
                self.waiting.insert(key, waiting);
            }
        }
    }

    fn keep(&mut self, key: String, arrived: bool) {
        if arrived { &mut self.delivered } else { &mut self.failed }.push_back(key);
    }

    /// What the log need not hold any more.
    pub(super) fn too_many(&mut self) -> Vec<String> {
        let delivered = self.delivered.len().saturating_sub(DELIVERED_KEPT);
        let failed = self.failed.len().saturating_sub(FAILED_KEPT);
        self.delivered.drain(..delivered).chain(self.failed.drain(..failed)).collect()
    }

    /// Whether the endpoint takes nothing.
    pub(super) fn is_down(&self) -> bool {
        self.refused.len() >= DOWN_AFTER
    }

    /// What to do now. A row that is given out is on its way until `sent` says what came of it.
    pub(super) fn next(&mut self, now: Time) -> Next {
        let down = self.is_down();
        if self.sending.len() >= if down { 1 } else { AT_ONCE } {
            return Next::Rest;
        }
        if let Some(until) = self.rests_until.filter(|until| *until > now) {
            return Next::Wait(until);
        }
        let mut held: BTreeSet<&StreamId> = self.sending.values().map(|waiting| &waiting.lane).collect();
        let (mut best, mut soonest): (Option<(u32, &String)>, Option<Time>) = (None, None);
        for (key, waiting) in &self.waiting {
            if held.contains(&waiting.lane) {
                continue;
            }
            if let Some(next) = waiting.next.filter(|next| *next > now) {
                soonest = Some(soonest.map_or(next, |soonest| soonest.min(next)));
                if !waiting.may_be_passed(down) {
                    held.insert(&waiting.lane);
                }
                continue;
            }
            held.insert(&waiting.lane);
            // The event that was tried least says best whether the endpoint is back: another may be one that it never takes.
            let rank = if down { waiting.tries } else { 0 };
            if best.is_none_or(|(least, _)| rank < least) {
                best = Some((rank, key));
            }
            if rank == 0 {
                break;
            }
        }
        let Some((_, key)) = best else { return soonest.map_or(Next::Rest, Next::Wait) };
        let key = key.clone();
        if let Some(waiting) = self.waiting.remove(&key) {
            self.sending.insert(key.clone(), waiting);
        }
        Next::Send(key)
    }

    /// What came of a row that `next` gave out.
    pub(super) fn sent(&mut self, key: String, sent: Sent, now: Time) {
        let Some(mut waiting) = self.sending.remove(&key) else { return };
        match sent {
            Sent::Gone => {}
            Sent::Settled { arrived, heard } => {
                if heard {
                    self.is_up();
                } else {
                    self.refused.remove(&key);
                }
                self.keep(key, arrived);
            }
            Sent::Later { next, asked } => {
                waiting.tries += 1;
                waiting.passed_by += u32::from(self.taken > waiting.taken);
                (waiting.next, waiting.taken) = (Some(next), self.taken);
                self.refused.insert(key.clone());
                self.waiting.insert(key, waiting);
                let mut rest = asked.map(|asked| asked.min(ASKED_MAX));
                if self.is_down() {
                    self.knocks += 1;
                    rest = rest.max(Some(pause(self.knocks)));
                }
                self.rests_until = self.rests_until.max(rest.map(|rest| now + rest));
            }
        }
    }

    /// The endpoint takes something. Where it took nothing before, everything is due: in its order, as if it had never been away.
    fn is_up(&mut self) {
        if self.is_down() {
            self.waiting.values_mut().for_each(|waiting| waiting.next = None);
            self.rests_until = None;
        }
        self.taken += 1;
        self.refused.clear();
        self.knocks = 0;
    }
}

impl Waiting {
    /// Whether the later events of the conversation need not wait for it any longer.
    fn may_be_passed(&self, down: bool) -> bool {
        !down && self.tries >= PASSED_AFTER && self.passed_by >= PASSED_BY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ConversationId;

    const FOREVER: Time = Time(i64::MAX);

    fn key(no: usize) -> String {
        format!("event/e/{no:04}")
    }

    fn row(no: usize, conversation: u128) -> Row {
        let conversation = ConversationId::from_uuid(uuid::Uuid::from_u128(conversation));
        let owner = StreamId::Conversation("main".into(), conversation);
        Row { key: key(no), value: Vec::new(), owner, position: None }
    }

    /// A line with one event of each of these conversations, by their numbers.
    fn line(lanes: &[u128]) -> Line {
        let mut line = Line::default();
        add(&mut line, lanes);
        line
    }

    fn add(line: &mut Line, lanes: &[u128]) {
        let first = line.waiting.len() + line.sending.len() + line.delivered.len() + line.failed.len();
        for (no, lane) in lanes.iter().enumerate() {
            line.read(&row(first + no, *lane));
        }
    }

    /// All that can be given out now, by number.
    fn out(line: &mut Line, now: Time) -> Vec<usize> {
        let mut given = Vec::new();
        while let Next::Send(key) = line.next(now) {
            given.push(key.rsplit('/').next().unwrap().parse().unwrap());
        }
        given
    }

    const TAKEN: Sent = Sent::Settled { arrived: true, heard: true };

    fn later(now: Time, seconds: i64) -> Sent {
        Sent::Later { next: now + Span::seconds(seconds), asked: None }
    }

    #[test]
    fn a_conversation_goes_one_after_the_other_and_some_go_at_once() {
        let mut line = line(&[1, 1, 2, 3, 4, 5]);
        assert_eq!(out(&mut line, Time(0)), [0, 2, 3, 4], "four at once, each of another conversation");
        line.sent(key(3), TAKEN, Time(0));
        assert_eq!(out(&mut line, Time(0)), [5], "its second one waits for the first");
        line.sent(key(0), TAKEN, Time(0));
        assert_eq!(out(&mut line, Time(0)), [1]);
    }

    #[test]
    fn what_is_refused_holds_up_its_conversation_only_and_not_for_ever() {
        let mut line = line(&[1, 1]);
        let (mut now, mut tries) = (Time(0), 0);
        while tries < PASSED_AFTER {
            assert_eq!(out(&mut line, now), [0], "after {tries} tries");
            tries += 1;
            line.sent(key(0), later(now, 1), now);
            let other = 1 + tries as usize;
            add(&mut line, &[u128::from(tries) + 10]);
            let expected = if tries < PASSED_AFTER { vec![other] } else { vec![1, other] };
            assert_eq!(out(&mut line, now), expected, "after {tries} tries");
            line.sent(key(other), TAKEN, now);
            now = now + Span::seconds(1);
        }
        assert!(line.waiting.contains_key(&key(0)), "it goes on being tried");
    }

    #[test]
    fn while_an_endpoint_takes_nothing_order_is_kept_and_it_is_asked_rarely() {
        let mut line = line(&[1, 1, 2, 3, 4]);
        let (mut now, mut calls) = (Time(0), 0);
        let end = Time(0) + Span::hours(6);
        while now < end {
            match line.next(now) {
                Next::Send(given) => {
                    assert_ne!(given, key(1), "it was overtaken by what comes after it");
                    assert!(line.sending.len() == 1 || !line.is_down());
                    calls += 1;
                    let tries = line.sending[&given].tries + 1;
                    line.sent(given, Sent::Later { next: now + pause(tries), asked: None }, now);
                }
                Next::Wait(until) => now = until,
                Next::Rest => panic!("nothing to do, and everything waits"),
            }
        }
        assert!((60..200).contains(&calls), "{calls} calls in six hours");
        // It is back: everything goes at once and in its order.
        let Next::Send(given) = line.next(FOREVER) else { panic!() };
        line.sent(given.clone(), TAKEN, now);
        let mut expected = vec![0, 2, 3, 4];
        expected.retain(|no| key(*no) != given);
        if given == key(0) {
            expected.insert(0, 1);
        }
        assert_eq!(out(&mut line, now), expected);
    }

    #[test]
    fn what_is_new_asks_whether_an_endpoint_is_back_before_what_was_refused_often() {
        let mut line = line(&[1, 2, 3]);
        let mut now = Time(0);
        for _ in 0..30 {
            for no in out(&mut line, now) {
                line.sent(key(no), later(now, 1), now);
            }
            now = now + Span::hours(1);
        }
        assert!(line.is_down());
        add(&mut line, &[4]);
        assert_eq!(out(&mut line, now), [3]);
        line.sent(key(3), TAKEN, now);
        assert!(!line.is_down());
    }

    #[test]
    fn an_endpoint_that_asks_for_a_rest_has_it() {
        let mut line = line(&[1, 2]);
        assert_eq!(line.next(Time(0)), Next::Send(key(0)));
        let asked = Some(Span::seconds(30));
        line.sent(key(0), Sent::Later { next: Time(0) + Span::seconds(30), asked }, Time(0));
        assert_eq!(line.next(Time(0)), Next::Wait(Time(30_000)));
        assert_eq!(out(&mut line, Time(30_000)), [0, 1]);
        let for_ever = Some(Span(i64::MAX));
        line.sent(key(0), Sent::Later { next: FOREVER, asked: for_ever }, Time(30_000));
        line.sent(key(1), Sent::Gone, Time(30_000));
        assert_eq!(line.next(Time(30_000)), Next::Wait(Time(30_000) + ASKED_MAX));
    }

    #[test]
    fn what_is_sent_again_is_read_again_and_what_is_on_its_way_is_not_sent_twice() {
        let mut line = line(&[1, 2]);
        assert_eq!(line.next(Time(0)), Next::Send(key(0)));
        line.read_again();
        assert_eq!(line.reads_after(), Some(None));
        for (no, lane) in [(0, 1), (1, 2), (2, 1)] {
            line.read(&row(no, lane));
        }
        assert_eq!(out(&mut line, Time(0)), [1], "the first is on its way, and the third waits for it");
        line.sent(key(0), TAKEN, Time(0));
        assert_eq!(out(&mut line, Time(0)), [2]);
        assert_eq!(line.delivered, [key(0)]);
    }
}
