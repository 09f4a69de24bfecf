//! Those who wait already when the last agent leaves the web desk, and who counts as there without being at it: an operator who is
//! reached in Telegram can take whoever waits, so nobody is told that nobody is there.

use crate::dialog::Event;
use crate::engine::telegram_desk::key;
use crate::engine::telegram_desk::rows::Mirrored;
use crate::engine::{Account, AgentStatus, Engine, TurnError};
use crate::id::{ConversationId, EventNo, QueueName, SiteId};
use crate::store::{Settle, StreamId};
use crate::time::Time;

/// So many events of a conversation are looked through for the beginning of its wait.
const EVENTS_MAX: usize = 5_000;

impl Engine {
    /// Whether an operator can take the visitors of a queue from Telegram. Whoever has chosen to be away cannot.
    pub(in crate::engine) fn serves_from_telegram(&self, account: &Account, site: &SiteId, queue: &QueueName) -> bool {
        account.telegram.is_some()
            && account.status == AgentStatus::Available
            && !account.disabled
            && account.serves(site, queue)
            && self.telegram_desk().is_some_and(|desk| desk.serves(site))
    }

    /// Brings to Telegram who waits where nobody is at the web desk any more. A page that is loaded anew is nobody leaving.
    pub(in crate::engine) async fn mirror_waiting(&self, now: Time) {
        if self.telegram_desk().is_none() {
            return;
        }
        let waiting: Vec<ConversationId> =
            self.0.views.with(|views| views.queue.all().into_iter().map(|waiting| waiting.conversation).collect());
        for id in waiting.into_iter().filter(|id| self.0.desk.mirror(*id).is_none()) {
            let is_there = |account: &Account| self.0.presence.there_until(account.id) > now;
            if let Err(error) = self.mirror_now(id, is_there).await {
                tracing::error!(conversation = %id, %error, "a waiting visitor could not be told of in Telegram");
            }
        }
    }

    /// Brings a waiting conversation to Telegram, from the beginning of its wait on, unless somebody `is_there` to serve it.
    pub(super) async fn mirror_now(
        &self,
        id: ConversationId,
        is_there: impl Fn(&Account) -> bool + Send,
    ) -> Result<(), TurnError> {
        let Some(address) = self.find(id)?.and_then(|hot| Some(hot.conversation.opening.as_ref()?.address.key()))
        else {
            return Ok(());
        };
        // Nothing is said in it meanwhile: what comes next comes behind this, and to the same place.
        let _turn = self.0.lanes.enter(&address).await.map_err(|_| TurnError::busy())?;
        let Some(hot) = self.find(id)? else { return Ok(()) };
        let site = &hot.site.id;
        let Some(waits) = hot.conversation.in_queue() else { return Ok(()) };
        let place = self.place_for(site, &waits.queue, is_there);
        let Some(mirror) = place.filter(|_| self.0.desk.mirror(id).is_none()) else { return Ok(()) };
        let events = self.events(id, EventNo(0), EVENTS_MAX)?;
        let asked = |event: &Event| matches!(event, Event::HandoffRequested { closed: false, .. });
        let from = events.iter().rposition(|recorded| asked(&recorded.event)).unwrap_or_default();
        let since: Vec<_> = events[from..].iter().collect();
        let rows = self.rows_of(&hot, &mirror, &hot.conversation, &since, None);
        let stream = StreamId::Conversation(site.clone(), id);
        let mut put = vec![(stream.clone(), key(site, id).into(), mirror.written())];
        put.extend(rows.iter().map(|(_, key)| (stream.clone(), key.clone(), Vec::new())));
        self.settle(Settle { put, ..Settle::default() }).await?;
        self.mirror(Mirrored { mirror, site: site.clone(), id, is_new: true, rows });
        Ok(())
    }
}
