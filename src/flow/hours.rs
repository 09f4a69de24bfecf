//! When a timetable is open. Days are civil days of a zone; moments are absolute. At a change of the clocks a range begins
//! when the wall clock first shows its start or more, and ends when it shows its end for the last time.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span as JiffSpan, tz};

use crate::flow::{CalendarDay, Hours, OpenRange, Program};
use crate::id::QueueName;
use crate::time::Time;

/// How far openings and closings are looked for.
const DAYS_AHEAD: i32 = 366;

/// Without exceptions a week tells all; a timetable open for so long never closes.
const DAYS_OF_A_PATTERN: usize = 9;

impl Hours {
    /// Whether it is open at a moment.
    pub fn is_open(&self, zone: &TimeZone, at: Time) -> bool {
        let today = date_of(zone, at);
        let yesterday = today.yesterday().ok();
        yesterday.into_iter().chain([today]).any(|day| self.spans(zone, day).iter().any(|span| span.holds(at)))
    }

    /// Whether any range begins on a day. A range past midnight counts for the day on which it begins.
    pub fn is_open_on(&self, day: Date) -> bool {
        !self.ranges(day).is_empty()
    }

    /// The first moment from `from` on at which it is open, at most a year ahead: `from` itself if it is open then.
    pub fn opens_at(&self, zone: &TimeZone, from: Time) -> Option<Time> {
        let mut day = date_of(zone, from).yesterday().ok()?;
        for _ in 0..DAYS_AHEAD + 2 {
            // Spans of one day are in order, and a day's spans begin before the next day's.
            if let Some(span) = self.spans(zone, day).into_iter().find(|span| span.to > from) {
                return Some(span.from.max(from));
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// The moment at which it closes; none if it is closed at `from`, or does not close within a year.
    pub fn closes_at(&self, zone: &TimeZone, from: Time) -> Option<Time> {
        let mut end = None::<Time>;
        let mut day = date_of(zone, from).yesterday().ok()?;
        for count in 0..DAYS_AHEAD + 2 {
            for span in self.spans(zone, day) {
                match end {
                    None if span.holds(from) => end = Some(span.to),
                    Some(open_until) if span.from <= open_until => end = Some(open_until.max(span.to)),
                    Some(open_until) => return Some(open_until),
                    None => {}
                }
            }
            day = day.tomorrow().ok()?;
            let begins = start_of(zone, day, 0);
            match end {
                Some(open_until) if open_until < begins => return Some(open_until),
                None if count >= 1 => return None,
                _ => {}
            }
            let has_exceptions = !self.closed.is_empty() || !self.special.is_empty();
            if !has_exceptions && count as usize > DAYS_OF_A_PATTERN {
                return None;
            }
        }
        None
    }

    /// The ranges of a day: of the day itself before those of every year, special ones before closed ones.
    fn ranges(&self, day: Date) -> &[OpenRange] {
        for once in [true, false] {
            let fits = |exception: &CalendarDay| exception.year.is_some() == once && exception.is(day);
            if let Some((_, ranges)) = self.special.iter().find(|(exception, _)| fits(exception)) {
                return ranges;
            }
            if self.closed.iter().any(fits) {
                return &[];
            }
        }
        let index = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
        self.week.get(index).map_or(&[], |ranges| ranges)
    }

    /// The same as moments, in order.
    fn spans(&self, zone: &TimeZone, day: Date) -> Vec<OpenSpan> {
        let mut spans: Vec<OpenSpan> = self
            .ranges(day)
            .iter()
            .map(|range| {
                let to = if range.to <= range.from { u32::from(range.to) + MINUTES_OF_DAY } else { range.to.into() };
                OpenSpan { from: start_of(zone, day, range.from.into()), to: end_of(zone, day, to) }
            })
            .filter(|span| span.from < span.to)
            .collect();
        spans.sort_by_key(|span| (span.from, span.to));
        spans
    }
}

impl CalendarDay {
    /// Whether it is this day.
    pub fn is(&self, day: Date) -> bool {
        self.year.is_none_or(|year| year == day.year()) && self.month == day.month() && self.day == day.day()
    }
}

impl Program {
    /// Whether a queue is inside its hours. One without hours always is; one that does not exist never.
    pub fn queue_is_open(&self, queue: &QueueName, at: Time) -> bool {
        self.queues
            .get(queue)
            .is_some_and(|_| self.queue_hours(queue).is_none_or(|hours| hours.is_open(&self.zone, at)))
    }

    /// When a queue opens next, from `from` on; none if it has no hours or does not open within a year.
    pub fn queue_opens_at(&self, queue: &QueueName, from: Time) -> Option<Time> {
        self.queue_hours(queue)?.opens_at(&self.zone, from)
    }

    /// When a queue closes; none if it is closed or never closes.
    pub fn queue_closes_at(&self, queue: &QueueName, from: Time) -> Option<Time> {
        self.queue_hours(queue)?.closes_at(&self.zone, from)
    }

    /// The timetable of a queue, if it has one.
    pub fn queue_hours(&self, queue: &QueueName) -> Option<&Hours> {
        self.hours.get(self.queues.get(queue)?.hours.as_ref()?)
    }
}

const MINUTES_OF_DAY: u32 = 24 * 60;

/// An opening as moments; `to` is the first closed one.
#[derive(Debug, Clone, Copy)]
struct OpenSpan {
    from: Time,
    to: Time,
}

impl OpenSpan {
    fn holds(&self, at: Time) -> bool {
        self.from <= at && at < self.to
    }
}

fn date_of(zone: &TimeZone, at: Time) -> Date {
    zone.to_datetime(at.timestamp()).date()
}

/// The first moment at which the wall clock shows so many minutes after midnight, or more.
fn start_of(zone: &TimeZone, day: Date, minutes: u32) -> Time {
    moment(zone, day, minutes, false)
}

/// The moment at which the wall clock shows it for the last time.
fn end_of(zone: &TimeZone, day: Date, minutes: u32) -> Time {
    moment(zone, day, minutes, true)
}

fn moment(zone: &TimeZone, day: Date, minutes: u32, last: bool) -> Time {
    let wall = day.to_datetime(jiff::civil::Time::midnight()).saturating_add(JiffSpan::new().minutes(minutes));
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    let picked = match ambiguous.offset() {
        tz::AmbiguousOffset::Gap { after, .. } => {
            // The clock jumps over this time; what comes next is the moment of the jump.
            let before = after.to_timestamp(wall).ok();
            before.and_then(|before| zone.following(before).next()).map(|transition| transition.timestamp())
        }
        _ if last => ambiguous.later().ok(),
        _ => ambiguous.earlier().ok(),
    };
    picked.map_or_else(|| Time(if last { i64::MAX } else { i64::MIN }), Time::from)
}

#[cfg(test)]
mod tests;
