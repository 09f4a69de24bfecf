//! Who waits where, in which order, and how long it usually takes. The order is priority, then the place of entry in the
//! store's order; the clock decides nothing. Position and estimate are never events: they are asked of this view.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::dialog::{Event, Recorded};
use crate::flow::Priority;
use crate::id::{ConversationId, Position, QueueName, SiteId};
use crate::time::{Span, Time};

/// Of so many waits, the latest, an estimate is made.
const SAMPLES_MAX: usize = 50;

/// With fewer waits than this no estimate is told.
const SAMPLES_MIN: usize = 5;

/// A queue of a site.
type QueueKey = (SiteId, QueueName);

/// The order in a queue: the most urgent first, then the first to enter.
type Order = (Reverse<Priority>, Position, ConversationId);

/// A visitor who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The conversation.
    pub conversation: ConversationId,
    /// The site.
    pub site: SiteId,
    /// The queue.
    pub queue: QueueName,
    /// How urgent.
    pub priority: Priority,
    /// The position of the commit that gave the place.
    pub position: Position,
    /// Since when.
    pub since: Time,
}

/// How long a wait may be, from and to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimate {
    /// A quarter of the waits were shorter.
    pub from: Span,
    /// A quarter of the waits were longer.
    pub to: Span,
}

/// A wait that ended with an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// How long it was.
    pub waited: Span,
    /// The place at its beginning, from 1.
    pub place: u32,
}

/// All queues of all sites.
#[derive(Debug, Default)]
pub struct QueueView {
    waiting: BTreeMap<ConversationId, Waiting>,
    order: BTreeMap<QueueKey, BTreeSet<Order>>,
    /// The place at which each waiting visitor began, for the samples.
    began: BTreeMap<ConversationId, u32>,
    samples: BTreeMap<QueueKey, Samples>,
}

/// The latest waits of a queue, and what estimates need of them: made when a wait ends, because every turn asks for it.
#[derive(Debug, Default)]
struct Samples {
    latest: VecDeque<Sample>,
    /// The first and the third quartile of the waits for one place.
    quartiles: Option<(Span, Span)>,
}

impl Samples {
    fn add(&mut self, sample: Sample) {
        self.latest.push_back(sample);
        while self.latest.len() > SAMPLES_MAX {
            self.latest.pop_front();
        }
        let one_place = |sample: &Sample| sample.waited.0 / i64::from(sample.place.max(1));
        let mut waits: Vec<i64> = self.latest.iter().map(one_place).collect();
        waits.sort_unstable();
        let quartile = |numerator: usize| Span(waits[(waits.len() - 1) * numerator / 4]);
        self.quartiles = (waits.len() >= SAMPLES_MIN).then(|| (quartile(1), quartile(3)));
    }
}

impl QueueView {
    /// Records that a visitor waits; a visitor who waits already is moved if anything changed. Says whether it did.
    pub fn enter(&mut self, waiting: Waiting) -> bool {
        if self.waiting.get(&waiting.conversation) == Some(&waiting) {
            return false;
        }
        self.leave(waiting.conversation);
        let order = self.order.entry(key(&waiting)).or_default();
        order.insert(order_of(&waiting));
        let conversation = waiting.conversation;
        self.waiting.insert(conversation, waiting);
        let place = self.place(conversation).unwrap_or(1);
        self.began.insert(conversation, place);
        true
    }

    /// Records that a visitor waits no more. Gives how they waited, if they did.
    pub fn leave(&mut self, conversation: ConversationId) -> Option<Waiting> {
        let waiting = self.waiting.remove(&conversation)?;
        if let Some(order) = self.order.get_mut(&key(&waiting)) {
            order.remove(&order_of(&waiting));
            if order.is_empty() {
                self.order.remove(&key(&waiting));
            }
        }
        self.began.remove(&conversation);
        Some(waiting)
    }

    /// Records that a visitor came to an agent: they leave, and their wait counts for the estimate.
    pub fn served(&mut self, conversation: ConversationId, at: Time) -> Option<Waiting> {
        let place = self.began.get(&conversation).copied().unwrap_or(1);
        let waiting = self.leave(conversation)?;
        self.sample(&waiting.site, &waiting.queue, Sample { waited: at.since(waiting.since), place });
        Some(waiting)
    }

    /// Counts a wait for the estimate.
    pub fn sample(&mut self, site: &SiteId, queue: &QueueName, sample: Sample) {
        self.samples.entry((site.clone(), queue.clone())).or_default().add(sample);
    }

    /// How a visitor waits.
    pub fn get(&self, conversation: ConversationId) -> Option<&Waiting> {
        self.waiting.get(&conversation)
    }

    /// The visitor's place in their queue, from 1.
    pub fn place(&self, conversation: ConversationId) -> Option<u32> {
        let waiting = self.waiting.get(&conversation)?;
        let before = self.order.get(&key(waiting))?.range(..order_of(waiting)).count();
        u32::try_from(before + 1).ok()
    }

    /// Those who wait in one queue, the next first.
    pub fn queue(&self, site: &SiteId, queue: &QueueName) -> impl Iterator<Item = &Waiting> {
        let order = self.order.get(&(site.clone(), queue.clone()));
        order.into_iter().flatten().filter_map(|(_, _, conversation)| self.waiting.get(conversation))
    }

    /// All who wait, over all queues: the most urgent first, then the first to enter.
    pub fn all(&self) -> Vec<&Waiting> {
        let mut all: Vec<_> = self.waiting.values().collect();
        all.sort_by_key(|waiting| order_of(waiting));
        all
    }

    /// How many wait in one queue.
    pub fn len(&self, site: &SiteId, queue: &QueueName) -> u32 {
        let order = self.order.get(&(site.clone(), queue.clone()));
        order.map_or(0, |order| u32::try_from(order.len()).unwrap_or(u32::MAX))
    }

    /// How long somebody at this place (from 1) may wait; none with too few samples.
    pub fn estimate(&self, site: &SiteId, queue: &QueueName, place: u32) -> Option<Estimate> {
        let (from, to) = self.samples.get(&(site.clone(), queue.clone()))?.quartiles?;
        let places = i64::from(place.max(1));
        Some(Estimate { from: Span(from.0 * places), to: Span(to.0 * places) })
    }
}

/// One stay in a queue, as a conversation's events tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// The queue.
    pub queue: QueueName,
    /// From when.
    pub from: Time,
    /// Until when.
    pub to: Time,
    /// Whether an agent came.
    pub served: bool,
}

/// The ended stays of one conversation in queues.
pub fn stays<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Vec<Stay> {
    let mut stays = Vec::new();
    let mut open: Option<(QueueName, Time)> = None;
    for recorded in events {
        let served = match &recorded.event {
            Event::HandoffRequested { queue, closed: false, .. } | Event::Returned { queue, .. } => {
                open = Some((queue.clone(), recorded.at));
                continue;
            }
            Event::Assigned { .. } => true,
            Event::QueueLeft { .. } | Event::Resolved { .. } | Event::Closed { .. } => false,
            _ => continue,
        };
        if let Some((queue, from)) = open.take() {
            stays.push(Stay { queue, from, to: recorded.at, served });
        }
    }
    stays
}

/// The waits for the estimate of one queue, in the order of their ends: so an estimate survives a restart.
pub fn samples(mut stays: Vec<Stay>) -> Vec<Sample> {
    stays.sort_by_key(|stay| (stay.to, stay.from));
    let place = |stay: &Stay| {
        let before = stays.iter().filter(|other| other.from < stay.from && other.to > stay.from).count();
        u32::try_from(before + 1).unwrap_or(u32::MAX)
    };
    let served = stays.iter().filter(|stay| stay.served);
    served.map(|stay| Sample { waited: stay.to.since(stay.from), place: place(stay) }).collect()
}

fn key(waiting: &Waiting) -> QueueKey {
    (waiting.site.clone(), waiting.queue.clone())
}

fn order_of(waiting: &Waiting) -> Order {
    (Reverse(waiting.priority), waiting.position, waiting.conversation)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> ConversationId {
        ConversationId::from_uuid(Uuid::from_u128(number))
    }

    fn waiting(number: u128, priority: Priority, position: u64) -> Waiting {
        Waiting {
            conversation: id(number),
            site: "shop".into(),
            queue: "sales".into(),
            priority,
            position: Position(position),
            since: Time(i64::try_from(number).unwrap()),
        }
    }

    #[test]
    fn places_follow_priority_then_entry_whatever_the_clock_says() {
        let mut view = QueueView::default();
        for (number, priority, position) in
            [(9, Priority::Normal, 1), (8, Priority::Low, 2), (7, Priority::Urgent, 3), (6, Priority::Normal, 4)]
        {
            view.enter(waiting(number, priority, position));
        }
        let order: Vec<_> = view.queue(&"shop".into(), &"sales".into()).map(|w| w.conversation).collect();
        assert_eq!(order, [id(7), id(9), id(6), id(8)]);
        assert_eq!(view.place(id(6)), Some(3));
        assert!(!view.enter(waiting(6, Priority::Normal, 4)), "nothing changed");
        view.leave(id(7));
        assert_eq!(view.place(id(6)), Some(2));
        assert_eq!(view.place(id(7)), None);
    }

    #[test]
    fn an_estimate_needs_five_waits_and_grows_with_the_place() {
        let mut view = QueueView::default();
        let (site, queue) = ("shop".into(), "sales".into());
        for (at, minutes) in [4, 2, 8, 6].into_iter().enumerate() {
            assert_eq!(view.estimate(&site, &queue, 1), None, "after {at}");
            view.sample(&site, &queue, Sample { waited: Span::minutes(minutes), place: 1 });
        }
        view.sample(&site, &queue, Sample { waited: Span::minutes(20), place: 2 });
        let estimate = view.estimate(&site, &queue, 1);
        assert_eq!(estimate, Some(Estimate { from: Span::minutes(4), to: Span::minutes(8) }));
        let estimate = view.estimate(&site, &queue, 3);
        assert_eq!(estimate, Some(Estimate { from: Span::minutes(12), to: Span::minutes(24) }));
    }

    #[test]
    fn only_the_last_fifty_waits_count() {
        let mut view = QueueView::default();
        let (site, queue) = ("shop".into(), "sales".into());
        for _ in 0..SAMPLES_MAX {
            view.sample(&site, &queue, Sample { waited: Span::hours(9), place: 1 });
        }
        for _ in 0..SAMPLES_MAX {
            view.sample(&site, &queue, Sample { waited: Span::minutes(1), place: 1 });
        }
        let estimate = view.estimate(&site, &queue, 1);
        assert_eq!(estimate, Some(Estimate { from: Span::minutes(1), to: Span::minutes(1) }));
    }

    #[test]
    fn waits_read_back_from_events_know_their_place() {
        let stay = |from, to, served| Stay { queue: "sales".into(), from: Time(from), to: Time(to), served };
        let found = samples(vec![stay(20, 60, true), stay(0, 50, true), stay(10, 30, false)]);
        let expected = [Sample { waited: Span(50), place: 1 }, Sample { waited: Span(40), place: 3 }];
        assert_eq!(found, expected);
    }
}
