//! The time of the engine. Everything that waits, waits for this clock, so that a test can let three days pass at once.

use std::sync::Arc;

use tokio::sync::watch;

use crate::time::{Span, Time};

/// Where the time comes from.
#[derive(Debug, Clone, Default)]
pub struct Clock(Source);

#[derive(Debug, Clone, Default)]
enum Source {
    #[default]
    System,
    ByHand(Arc<watch::Sender<Time>>),
}

impl Clock {
    /// The computer's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands until it is moved.
    pub fn by_hand(start: Time) -> Self {
        Self(Source::ByHand(Arc::new(watch::Sender::new(start))))
    }

    /// The time.
    pub fn now(&self) -> Time {
        match &self.0 {
            Source::System => jiff::Timestamp::now().into(),
            Source::ByHand(time) => *time.borrow(),
        }
    }

    /// Moves a clock that is moved by hand; the computer's clock goes by itself.
    pub fn advance(&self, span: Span) {
        if let Source::ByHand(time) = &self.0 {
            time.send_modify(|time| *time = *time + span);
        }
    }

    /// Waits until it is `until`. The computer's clock may jump, so it is looked at again at least every minute.
    pub async fn sleep_until(&self, until: Time) {
        match &self.0 {
            Source::System => loop {
                let left = until.since(self.now());
                if left == Span(0) {
                    return;
                }
                let left = u64::try_from(left.0).unwrap_or(0).min(60_000);
                tokio::time::sleep(std::time::Duration::from_millis(left)).await;
            },
            Source::ByHand(time) => {
                // The sender lives as long as this clock.
                let _ = time.subscribe().wait_for(|now| *now >= until).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_clock_by_hand_wakes_who_waits_for_a_moment_that_has_come() {
        let clock = Clock::by_hand(Time(0));
        let waits = tokio::spawn({
            let clock = clock.clone();
            async move {
                clock.sleep_until(Time(0) + Span::days(3)).await;
                clock.now()
            }
        });
        clock.advance(Span::days(1));
        clock.advance(Span::days(2));
        assert_eq!(waits.await.unwrap(), Time(0) + Span::days(3));
    }
}
