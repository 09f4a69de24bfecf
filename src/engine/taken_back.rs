//! A message that somebody takes back in their app. Its words leave the log itself, in the commit that says so: whatever is made of
//! the log (transcripts, the search, exports, what other systems are told) then has none of them. What lies in earlier backups, and
//! in the disk's blocks until `compact`, is not reached.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::dialog::{Address, Conversation, Event, Input, Recorded, without_words};
use crate::engine::cache::Hot;
use crate::engine::{Engine, TurnError, codec, contacts, rebuild, unlearning};
use crate::flow::Slot;
use crate::id::{ConversationId, EventNo, FileId, SiteId};
use crate::store::{Key, Settle, Space, StreamId};
use crate::view;

/// So many of a person's latest conversations are looked through: a message can be taken back when the talk is over.
const CONVERSATIONS_MAX: usize = 5;

/// Events that are looked through at once, from the end.
const LOOK_AT_ONCE: u64 = 100;

/// What the keys of the rows begin with that name files to be removed: `gone/<site>/<conversation>/<file>`. Such a row is written
/// with the commit after which nothing tells of the file, so that a crash leaves no file that nobody would find.
const GONE: &str = "gone/";

/// So many of these rows are looked at at once.
const PAGE: usize = 100;

/// What a commit changes of earlier ones.
#[derive(Default)]
pub(super) struct Rewritten {
    /// Events with other bytes.
    pub(super) events: Vec<(EventNo, Vec<u8>)>,
    /// Files that nothing tells of any more.
    pub(super) files: Vec<FileId>,
}

impl Engine {
    /// A message is taken back, by the platform's id of it. One that is not known was said to nobody here.
    pub(super) async fn take_back(&self, address: &Address, client: &str) -> Result<(), TurnError> {
        let Some((site, contact)) = contacts::find(&*self.0.store, address)? else { return Ok(()) };
        let latest: Vec<ConversationId> =
            contacts::latest(&*self.0.store, &site, contact).take(CONVERSATIONS_MAX).collect::<Result<_, _>>()?;
        for id in latest {
            let said = self.said_as(id, client)?;
            if !said.is_empty() {
                let inputs = said.into_iter().map(|of| Input::TakenBack { of }).collect();
                let engine = self.clone();
                return self.fly(async move { engine.turn_of_all(id, inputs, None).await }).await.map(drop);
            }
        }
        Ok(())
    }

    /// The events of a visitor's message by the platform's id of it: several where it held several files, or words below one.
    fn said_as(&self, id: ConversationId, client: &str) -> Result<Vec<EventNo>, TurnError> {
        let Some(conversation) = self.conversation(id)? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut end = conversation.version.0;
        while end > 0 {
            let after = end.saturating_sub(LOOK_AT_ONCE);
            // What is said below a file comes behind it, perhaps on the next page.
            let events = self.events(id, EventNo(after), LOOK_AT_ONCE as usize * 2)?;
            for (at, recorded) in events.iter().enumerate().filter(|(_, recorded)| recorded.no.0 <= end) {
                if is_said_as(&recorded.event, client) {
                    found.push(recorded.no);
                    found.extend(caption(&events[at..]));
                }
            }
            if !found.is_empty() {
                break;
            }
            end = after;
        }
        Ok(found)
    }

    /// What changes of earlier events where these take messages back. The state becomes what follows from the changed ones.
    pub(super) fn rewritten(
        &self,
        hot: &Hot,
        after: &mut Conversation,
        events: &[Recorded],
    ) -> Result<Rewritten, TurnError> {
        let taken: Vec<EventNo> = events.iter().filter_map(|recorded| unlearning::of(&recorded.event)).collect();
        if taken.is_empty() {
            return Ok(Rewritten::default());
        }
        let stream = StreamId::Conversation(hot.site.id.clone(), hot.id);
        let mut all = rebuild::recorded(&self.0.store.events(&stream, EventNo(0), usize::MAX)?)?;
        all.retain(|recorded| recorded.no <= hot.conversation.version);
        let mut changed: BTreeMap<EventNo, Vec<u8>> = BTreeMap::new();
        let mut files = Vec::new();
        for of in taken {
            let mut emptied = without_words(&all, of);
            for recorded in &mut all {
                let Some(emptied) = emptied.remove(&recorded.no) else { continue };
                if let Event::RemoteKept { file, .. } = &recorded.event {
                    files.push(file.id);
                }
                changed.insert(emptied.no, codec::encode_event(emptied.at, &emptied.event)?);
                *recorded = emptied;
            }
        }
        let clear = std::mem::take(&mut after.clear);
        *after = Conversation { clear, ..Conversation::replay(all.iter().chain(events)) };
        Ok(Rewritten { events: changed.into_iter().collect(), files })
    }

    /// Removes files that nothing tells of any more, in the background.
    pub(super) fn forget_files_soon(&self) {
        let engine = self.clone();
        tokio::spawn(async move {
            if let Err(error) = engine.forget_files().await {
                tracing::warn!(%error, "files that were taken back could not be removed; trying again within an hour");
            }
        });
    }

    /// Removes all files that are to be removed, also those of which a crash kept their time from coming.
    pub(super) async fn forget_files(&self) -> Result<(), TurnError> {
        let mut after: Option<String> = None;
        loop {
            let rows = self.0.store.scan(Space::Outbox, GONE, after.as_deref(), PAGE)?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(last.key.clone());
            let mut done = Vec::with_capacity(rows.len());
            for row in rows {
                let StreamId::Conversation(_, conversation) = row.owner else { continue };
                let id = row.key.rsplit('/').next().and_then(|id| id.parse::<FileId>().ok());
                if let (Some(files), Some(id)) = (self.0.store.files().cloned(), id) {
                    let removed = tokio::task::spawn_blocking(move || files.forget(conversation, id)).await;
                    if let Err(error) = removed.map_err(std::io::Error::other).flatten() {
                        tracing::error!(%conversation, %error, "a file that was taken back cannot be removed; trying again within an hour");
                        continue;
                    }
                }
                done.push(row.key);
            }
            if !done.is_empty() {
                self.settle(Settle { done, ..Settle::default() }).await?;
            }
        }
    }
}

/// The row that names a file to be removed.
pub(super) fn gone(site: &SiteId, conversation: ConversationId, file: FileId) -> (Key, Vec<u8>) {
    (format!("{GONE}{}/{conversation}/{file}", view::part(site.as_str())).into(), Vec::new())
}

/// What is known of the person beside what this conversation tells: what was taken back in it is not.
pub(super) fn still_known(before: &Hot, after: &Conversation) -> Arc<contacts::Known> {
    let gone = |(name, slot): &(&String, &Slot)| {
        before.conversation.contact.get(*name) == Some(*slot) && !after.contact.contains_key(*name)
    };
    if after.taken_back == before.conversation.taken_back || !before.known.iter().any(|known| gone(&known)) {
        return Arc::clone(&before.known);
    }
    let still = before.known.iter().filter(|known| !gone(known));
    Arc::new(still.map(|(name, slot)| (name.clone(), slot.clone())).collect())
}

/// Whether an event is a message that the platform calls so. Some platforms have an id of the delivery besides the message's own,
/// and some messages hold several files, which are counted behind its id.
fn is_said_as(event: &Event, client: &str) -> bool {
    let (Event::VisitorSaid { client: Some(own), .. }
    | Event::VisitorSent { client: Some(own), .. }
    | Event::RemoteSent { client: Some(own), .. }) = event
    else {
        return false;
    };
    let counted = |number: &str| number.bytes().all(|digit| digit.is_ascii_digit());
    own == client
        || own.strip_suffix(client).is_some_and(|before| before.ends_with('/'))
        || own.strip_prefix(client).and_then(|behind| behind.strip_prefix('/')).is_some_and(counted)
}

/// The words below a file, which have no id of their own.
fn caption(from_file: &[Recorded]) -> Option<EventNo> {
    let (file, behind) = from_file.split_first()?;
    if !matches!(file.event, Event::RemoteSent { .. }) {
        return None;
    }
    let mut said = behind.iter().filter(|recorded| {
        matches!(recorded.event, Event::VisitorSaid { .. } | Event::RemoteSent { .. } | Event::BotSaid { .. })
    });
    let first = said.next()?;
    matches!(first.event, Event::VisitorSaid { client: None, pressed: None, .. }).then_some(first.no)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_by_the_platforms_id_wherever_it_stands() {
        let said = |client: &str| Event::VisitorSaid { text: "x".into(), client: Some(client.into()), pressed: None };
        for (own, client, is_it) in [
            ("m1", "m1", true),
            ("01EV/m1", "m1", true),
            ("1700.1/2", "1700.1", true),
            ("1700.1/x", "1700.1", false),
            ("01EVm1", "m1", false),
            ("m11", "m1", false),
        ] {
            assert_eq!(is_said_as(&said(own), client), is_it, "{own} as {client}");
        }
    }
}
