//! What platforms tell of messages that were sent: delivered, seen, failed after all. They tell it late, out of order and more
//! than once; what a message's row in the outbox remembers says which message is meant.

use crate::channel::Received;
use crate::dialog::{Address, Event, Input};
use crate::engine::remembered::Remembered;
use crate::engine::{Engine, TurnError};
use crate::id::{ConversationId, EventNo};
use crate::time::Time;

/// How often, and with which pauses, a message is looked for that is being sent.
const WRITTEN_DOWN_LOOKS: u32 = 10;
const WRITTEN_DOWN_LOOK: std::time::Duration = std::time::Duration::from_millis(50);

/// Events that are looked through at once.
const LOOK_AT_ONCE: usize = 100;

impl Engine {
    /// What we sent to an address went further, or failed after all.
    pub(super) async fn received(
        &self,
        address: &Address,
        received: Received,
        messages: &[String],
        until: Option<Time>,
    ) -> Result<(), TurnError> {
        for Remembered { row, conversation, event } in self.found_by(address, messages).await? {
            match &received {
                Received::Delivered => self.went_to(address, conversation, event, false)?,
                Received::Seen => self.went_to(address, conversation, event, true)?,
                Received::Failed(failure) => {
                    let of = self.said_by(conversation, event)?;
                    self.inner_turn(conversation, Input::Undelivered { of, failure: failure.clone() }).await?;
                    self.forget_sent(row).await?;
                }
            }
        }
        if let Some(until) = until
            && let Some(id) = self.latest(address)?
            && let Some(last) = self.last_said_until(id, until)?
        {
            self.went_to(address, id, last, received == Received::Seen)?;
        }
        Ok(())
    }

    /// The messages that are meant. A platform may tell of one before we have written down what it called it: then we wait,
    /// while something is being sent to that person, for a moment.
    async fn found_by(&self, address: &Address, messages: &[String]) -> Result<Vec<Remembered>, TurnError> {
        for _ in 0..WRITTEN_DOWN_LOOKS {
            // Asked first: what is written down between the two is then looked for once more.
            let sending = self.is_sending(address);
            let found = self.remembered(address, messages)?;
            if !found.is_empty() || messages.is_empty() || !sending {
                return Ok(found);
            }
            tokio::time::sleep(WRITTEN_DOWN_LOOK).await;
        }
        Ok(self.remembered(address, messages)?)
    }

    /// A message is on somebody's device, or was before their eyes.
    pub(super) fn went_to(
        &self,
        address: &Address,
        id: ConversationId,
        event: EventNo,
        seen: bool,
    ) -> Result<(), TurnError> {
        // A platform may be faster than the commit's way into memory.
        self.find_since(id, event)?;
        match self.visitor_received(address, id, event, if seen { event } else { EventNo(0) }) {
            // The visitor is reached elsewhere by now.
            Err(TurnError::NoSuchConversation(_)) => Ok(()),
            other => other,
        }
    }

    /// The last event with words for the visitor that was recorded until a moment.
    fn last_said_until(&self, id: ConversationId, until: Time) -> Result<Option<EventNo>, TurnError> {
        let Some(conversation) = self.conversation(id)? else { return Ok(None) };
        let said =
            |event: &Event| matches!(event, Event::BotSaid { .. } | Event::AgentSaid { .. } | Event::AgentSent { .. });
        let mut end = conversation.version.0;
        // Receipts tell of what was said just now: from the end, page by page.
        while end > 0 {
            let after = end.saturating_sub(LOOK_AT_ONCE as u64);
            let events = self.events(id, EventNo(after), LOOK_AT_ONCE)?;
            let mut until_then = events.iter().filter(|recorded| recorded.no.0 <= end && recorded.at <= until);
            if let Some(found) = until_then.rfind(|recorded| said(&recorded.event)) {
                return Ok(Some(found.no));
            }
            end = after;
        }
        Ok(None)
    }
}
