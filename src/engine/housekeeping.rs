//! What must be done now and then: look at the disk, forget old message ids, bring what conversations learn to contacts, erase
//! what is too old, and keep the figures for operators.

use std::sync::atomic::Ordering;

use crate::engine::codec::CodecError;
use crate::engine::{Engine, contacts, rebuild, unlearning};
use crate::flow::Slot;
use crate::id::{ConversationId, EventNo, SiteId};
use crate::store::{AppendError, Row, Settle, Space, StreamId};
use crate::time::{Span, Time};

/// How often the disk and the figures are looked at.
const OFTEN: Span = Span::seconds(5);

/// How often old things are forgotten.
const SELDOM: Span = Span::hours(1);

/// What could not be brought to a contact is tried again after so long.
const AGAIN: Span = Span::seconds(10);

impl Engine {
    /// Whether new conversations may begin, by the free disk space.
    pub(super) fn look_at_disk(&self) {
        let stats = self.0.store.stats();
        let low = stats.low_space();
        if self.0.low_space.swap(low, Ordering::Relaxed) != low {
            let free_mb = stats.free_bytes.unwrap_or(0) / (1024 * 1024);
            if low {
                tracing::error!(
                    free_mb,
                    "the disk is almost full: no new conversations are taken until there is space"
                );
            } else {
                tracing::info!(free_mb, "there is disk space again: new conversations are taken");
            }
        }
        gauge("frontdesk_store_waiting", stats.waiting);
        metrics::gauge!("frontdesk_store_batch_seconds").set(std::time::Duration::from_micros(stats.last_batch_us));
        metrics::gauge!("frontdesk_store_bytes").set(precise(stats.disk_bytes));
        let (waiting, owned) = self.0.views.with(|now| {
            let waiting = now.queue.all().len();
            (waiting, now.owned.values().map(std::collections::BTreeSet::len).sum::<usize>())
        });
        gauge("frontdesk_queue_waiting", waiting);
        gauge("frontdesk_agent_conversations", owned);
        gauge("frontdesk_visitors_live", self.0.hub.visitors());
    }

    /// Works for ever.
    pub(super) async fn keep_house(self) {
        let mut seldom = Time(i64::MIN);
        loop {
            let now = self.0.clock.now();
            self.look_at_disk();
            self.write_failures(now).await;
            if seldom <= now {
                seldom = now + SELDOM;
                self.forget_old(now).await;
            }
            self.0.clock.sleep_until(now + OFTEN).await;
        }
    }

    async fn forget_old(&self, now: Time) {
        if let Err(error) = self.0.store.purge(now).await {
            tracing::warn!(%error, "old message ids could not be forgotten; trying again in an hour");
        }
        self.finish_files(false);
        if let Err(error) = self.forget_files().await {
            tracing::warn!(%error, "files that were taken back could not be removed; trying again in an hour");
        }
        if let Err(error) = self.forget_what_was_sent().await {
            tracing::warn!(%error, "what was sent long ago could not be forgotten; trying again in an hour");
        }
        if let Err(error) = self.forget_stray_events(now).await {
            tracing::warn!(%error, "events for endpoints that are gone could not be forgotten; trying again in an hour");
        }
        if let Err(error) = self.forget_old_audits(now).await {
            tracing::error!(%error, "old days of the audit trail could not be erased; trying again in an hour");
        }
        let Some(keep) = self.0.settings.retention else { return };
        match self.erase_older(keep).await {
            Ok(0) => {}
            Ok(conversations) => tracing::info!(conversations, "erased what was older than the retention"),
            Err(error) => tracing::error!(%error, "what is older than the retention could not be erased"),
        }
        match self.erase_orphans(keep).await {
            Ok(0) => {}
            Ok(people) => tracing::info!(people, "erased people of whom there was no conversation"),
            Err(error) => tracing::error!(%error, "people without a conversation could not be erased"),
        }
    }

    /// Works for ever: brings what conversations learn of people to their contacts.
    pub(super) async fn bring_to_contacts(self) {
        loop {
            match self.bring_all().await {
                Ok(()) => self.0.wakers.contacts.notified().await,
                Err(error) => {
                    tracing::warn!(%error, "what conversations learned could not be brought to contacts; trying again");
                    // Others who tell something meanwhile do not wait for that.
                    tokio::select! {
                        () = self.0.wakers.contacts.notified() => {}
                        () = self.0.clock.sleep_until(self.0.clock.now() + AGAIN) => {}
                    }
                }
            }
        }
    }

    /// What cannot be brought holds up nobody else. Where trying again may help, the row stays; where it cannot, that is
    /// logged and the row goes.
    async fn bring_all(&self) -> Result<(), AppendError> {
        let mut after: Option<String> = None;
        let mut failed = None;
        loop {
            let rows = self.0.store.scan(Space::Outbox, "contact/", after.as_deref(), 100)?;
            let Some(last) = rows.last() else { return failed.map_or(Ok(()), Err) };
            after = Some(last.key.clone());
            let mut done = Vec::with_capacity(rows.len());
            for row in rows {
                match self.bring(&row).await {
                    Ok(()) => done.push(row.key),
                    Err(error) if error.may_pass() => failed = Some(error),
                    Err(error) => {
                        tracing::error!(row = row.key, %error, "what this conversation learned is lost to its contact");
                        done.push(row.key);
                    }
                }
            }
            if !done.is_empty() {
                self.0.store.settle(Settle { done, ..Settle::default() }).await?;
            }
        }
    }

    /// Takes out of the contacts whose a conversation was what messages told of them that were taken back.
    async fn unlearn(&self, site: &SiteId, id: ConversationId, taken: &[EventNo]) -> Result<(), AppendError> {
        let stream = StreamId::Conversation(site.clone(), id);
        let all = rebuild::recorded(&self.0.store.events(&stream, EventNo(0), usize::MAX)?);
        let all = all.map_err(|_| AppendError::Invalid("its events cannot be read"))?;
        let is_gone = |slot: &Slot| slot.from.is_some_and(|from| taken.contains(&from));
        for contact in unlearning::whose(&all) {
            let group = self.0.people.group(contact);
            let (store, now) = (&*self.0.store, self.0.clock.now());
            // Whoever says something meanwhile would still be known by it.
            let _still = self.hold_still(site, &group).await.map_err(|_| AppendError::Busy(0))?;
            if unlearning::unlearn(store, site, (contact, &group), id, now, is_gone).await? {
                self.forget_known(site, &group).map_err(|error| {
                    tracing::error!(%contact, %error, "what was taken back is known until the next start");
                    AppendError::Invalid("a conversation of the contact cannot be read")
                })?;
            }
        }
        Ok(())
    }

    async fn bring(&self, row: &Row) -> Result<(), AppendError> {
        let StreamId::Conversation(site, id) = &row.owner else { return Ok(()) };
        let unreadable = |error: CodecError| {
            tracing::error!(conversation = %id, %error, "what this conversation learned cannot be read");
            AppendError::Invalid("its events cannot be read")
        };
        let first: u64 = row.key.rsplit_once('/').and_then(|(_, first)| first.parse().ok()).unwrap_or(1);
        // A conversation without a state was erased.
        let Some(conversation) = rebuild::stored(&*self.0.store, &row.owner)? else { return Ok(()) };
        let Some(opening) = conversation.map_err(unreadable)?.opening else { return Ok(()) };
        let events_after = |no: u64| -> Result<_, AppendError> {
            let stored = self.0.store.events(&row.owner, EventNo(no), 1_000)?;
            rebuild::recorded(&stored).map_err(unreadable)
        };
        let mut events = events_after(first.saturating_sub(1))?;
        let taken: Vec<EventNo> = events.iter().filter_map(|recorded| unlearning::of(&recorded.event)).collect();
        if !taken.is_empty() {
            self.unlearn(site, *id, &taken).await?;
        }
        // Who turned out to be somebody brings along what they told before.
        if events.first().is_some_and(contacts::becomes_anothers) {
            events = events_after(0)?;
        }
        contacts::learn(&*self.0.store, site, opening.contact, *id, &events, self.0.clock.now()).await
    }
}

fn gauge(name: &'static str, value: usize) {
    metrics::gauge!(name).set(precise(value as u64));
}

/// Figures are shown as decimals; beyond 2⁵³ they are rounded.
#[expect(clippy::cast_precision_loss, reason = "a gauge holds a decimal")]
fn precise(value: u64) -> f64 {
    value as f64
}
