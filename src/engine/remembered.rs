//! What was sent to people in messaging apps and is kept in mind for a while, with the platform's ids of it: receipts say by them
//! what arrived, and what a visitor takes back is found by them where operators read it.

use crate::dialog::Address;
use crate::engine::outbox::{PAGE, REMEMBERED, ROWS, lane, read_key};
use crate::engine::progress::Progress;
use crate::engine::{Engine, TurnError};
use crate::id::{ConversationId, EventNo};
use crate::store::{ReadError, Settle, Space, StreamId};

/// A message that was sent and is kept in mind.
pub(super) struct Remembered {
    /// Its row.
    pub(super) row: String,
    /// The conversation.
    pub(super) conversation: ConversationId,
    /// The event.
    pub(super) event: EventNo,
}

impl Engine {
    /// What was sent to an address and is kept in mind: each event with the platform's ids of what told it.
    pub(super) fn sent_to(&self, address: &Address) -> Result<Vec<(EventNo, Vec<String>)>, ReadError> {
        let mut sent = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = self.0.store.scan(Space::Outbox, &lane(address), after.as_deref(), PAGE)?;
            let Some(last) = page.last() else { return Ok(sent) };
            after = Some(last.key.clone());
            for row in page {
                let progress = Progress::read(&row);
                if let (Some(_), Some((_, event))) = (progress.sent, read_key(&row.key)) {
                    sent.push((event, progress.ids));
                }
            }
        }
    }

    /// The messages to an address that the platform has given these ids.
    pub(super) fn remembered(&self, address: &Address, ids: &[String]) -> Result<Vec<Remembered>, ReadError> {
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        while !ids.is_empty() {
            let page = self.0.store.scan(Space::Outbox, &lane(address), after.as_deref(), PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for row in page {
                let known = Progress::read(&row).ids.iter().any(|id| ids.contains(id));
                if let (true, Some((_, event)), StreamId::Conversation(_, conversation)) =
                    (known, read_key(&row.key), &row.owner)
                {
                    found.push(Remembered { conversation: *conversation, event, row: row.key });
                }
            }
        }
        Ok(found)
    }

    /// Forgets what was sent long ago to people who have not been written to since.
    pub(super) async fn forget_what_was_sent(&self) -> Result<(), TurnError> {
        let now = self.0.clock.now();
        let mut after: Option<String> = None;
        loop {
            let page = self.0.store.scan(Space::Outbox, ROWS, after.as_deref(), 500)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            let old = page.iter().filter(|row| Progress::read(row).sent.is_some_and(|at| now.since(at) > REMEMBERED));
            let done: Vec<String> = old.map(|row| row.key.clone()).collect();
            if !done.is_empty() {
                self.settle(Settle { done, ..Settle::default() }).await?;
            }
        }
    }

    /// A message need not be kept in mind any more.
    pub(super) async fn forget_sent(&self, row: String) -> Result<(), TurnError> {
        self.done_with(row).await
    }
}
