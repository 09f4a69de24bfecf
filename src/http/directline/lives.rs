//! Until when the open sockets of a conversation may go on: as long as a token of it is good. Tokens are stored nowhere, so each that
//! is given out says here how long it lasts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch::{Receiver, Sender};

use crate::engine::Clock;
use crate::time::Time;

/// The conversations that have open sockets.
#[derive(Debug, Default)]
pub(in crate::http) struct Lives(Mutex<HashMap<String, Sender<Time>>>);

/// The life of one socket.
#[derive(Debug)]
pub(super) struct Life {
    lives: Arc<Lives>,
    line: String,
    until: Receiver<Time>,
}

impl Lives {
    /// A token of a conversation is good until then.
    pub(super) fn extend(&self, line: &str, until: Time) {
        let lives = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(life) = lives.get(line) {
            extend(life, until);
        }
    }

    /// A socket opens with a token that is good until then.
    pub(super) fn begin(self: &Arc<Self>, line: String, until: Time) -> Life {
        let mut lives = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let life = lives.entry(line.clone()).or_insert_with(|| Sender::new(until));
        extend(life, until);
        Life { lives: Arc::clone(self), line, until: life.subscribe() }
    }
}

fn extend(life: &Sender<Time>, until: Time) {
    life.send_if_modified(|known| {
        let longer = until > *known;
        *known = until.max(*known);
        longer
    });
}

impl Life {
    /// Waits until the last token has ended.
    pub(super) async fn end(&mut self, clock: &Clock) {
        loop {
            let until = *self.until.borrow_and_update();
            if until <= clock.now() {
                return;
            }
            tokio::select! {
                () = clock.sleep_until(until) => {}
                // The sender lives as long as this socket is counted.
                _ = self.until.changed() => {}
            }
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let mut lives = self.lives.0.lock().unwrap_or_else(PoisonError::into_inner);
        // This socket's own is still one of them.
        if lives.get(&self.line).is_some_and(|life| life.receiver_count() <= 1) {
            lives.remove(&self.line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    #[tokio::test]
    async fn a_life_ends_with_the_last_token_and_is_forgotten_with_its_last_socket() {
        let (lives, clock) = (Arc::new(Lives::default()), Clock::by_hand(Time(0)));
        let (mut one, two) = (lives.begin("a".to_owned(), Time(10)), lives.begin("a".to_owned(), Time(5)));
        drop(two);
        lives.extend("a", Time(20));
        lives.extend("a", Time(15));
        lives.extend("b", Time(99));
        clock.advance(Span(19));
        let early = tokio::time::timeout(std::time::Duration::ZERO, one.end(&clock)).await;
        assert!(early.is_err(), "it ended before its token");
        clock.advance(Span(1));
        one.end(&clock).await;
        drop(one);
        assert!(lives.0.lock().unwrap().is_empty());
    }
}
