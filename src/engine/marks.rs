//! How far a conversation was delivered or seen. Marks only move forward, outside the versioned log. They are written behind:
//! many at once, without anybody waiting; after a crash a mark may be a moment old, and what it stands for is sent once more.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::engine::{Engine, TurnError};
use crate::id::{ConversationId, EventNo, SiteId};
use crate::store::{Mark, Settle, Space, StreamId};
use crate::time::Span;

/// The most marks written at once.
const AT_ONCE: usize = 500;

/// Marks are gathered for so long: somebody who talks quickly moves the same mark again and again.
const GATHERED: Span = Span::seconds(1);

/// What could not be written is tried again after so long.
const AGAIN: Span = Span::seconds(5);

/// A conversation and the mark's name.
type MarkKey = (ConversationId, &'static str);

/// The conversation's site and how far.
type MarkTo = (SiteId, EventNo);

/// Marks that are not written yet.
#[derive(Debug, Default)]
pub(super) struct Marks {
    waiting: Mutex<BTreeMap<MarkKey, MarkTo>>,
    wake: Notify,
}

impl Engine {
    /// How far a mark of a conversation has moved; 0 if it never did.
    pub fn mark(&self, id: ConversationId, name: &'static str) -> Result<EventNo, TurnError> {
        let waiting = self.0.marks.waiting.lock().unwrap_or_else(PoisonError::into_inner).get(&(id, name)).cloned();
        if let Some((_, to)) = waiting {
            return Ok(to);
        }
        let site = self.site_of(id)?.ok_or(TurnError::NoSuchConversation(id))?;
        let key = format!("{}/{name}", StreamId::Conversation(site, id));
        let row = self.0.store.get(Space::Mark, &key)?;
        Ok(EventNo(row.and_then(|row| row.number()).unwrap_or(0)))
    }

    /// Moves a mark forward, such as `delivered`. It counts at once and is written soon.
    pub fn move_mark(&self, id: ConversationId, name: &'static str, to: EventNo) -> Result<(), TurnError> {
        let site = self.site_of(id)?.ok_or(TurnError::NoSuchConversation(id))?;
        let mut waiting = self.0.marks.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // The store leaves a mark alone that is further already.
        let (_, mark) = waiting.entry((id, name)).or_insert((site, to));
        *mark = to.max(*mark);
        if waiting.len() == 1 {
            self.0.marks.wake.notify_one();
        }
        Ok(())
    }

    /// Works for ever: writes marks, all that wait at once.
    pub(super) async fn write_marks(self) {
        loop {
            self.0.marks.wake.notified().await;
            self.0.clock.sleep_until(self.0.clock.now() + GATHERED).await;
            while let Err(error) = self.flush_marks().await {
                tracing::warn!(%error, "marks of delivery could not be written; trying again");
                self.0.clock.sleep_until(self.0.clock.now() + AGAIN).await;
            }
        }
    }

    /// Writes the marks that wait.
    pub(super) async fn flush_marks(&self) -> Result<(), TurnError> {
        loop {
            let some: Vec<_> = {
                let waiting = self.0.marks.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                waiting.iter().take(AT_ONCE).map(|(key, value)| (*key, value.clone())).collect()
            };
            if some.is_empty() {
                return Ok(());
            }
            let mark = |((id, name), (site, to)): &(MarkKey, MarkTo)| Mark {
                stream: StreamId::Conversation(site.clone(), *id),
                name: (*name).to_owned(),
                to: to.0,
            };
            let marks = some.iter().map(mark).collect();
            self.0.store.settle(Settle { marks, ..Settle::default() }).await?;
            let mut waiting = self.0.marks.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            for (key, (_, written)) in some {
                if waiting.get(&key).is_some_and(|(_, to)| *to == written) {
                    waiting.remove(&key);
                }
            }
        }
    }
}
