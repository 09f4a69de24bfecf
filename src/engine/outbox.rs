//! What is said to people in messaging apps: an outbox row of the commit that says it, sent when the commit is durable, and
//! removed when the platform has it. Each person has a lane: one message after the other, and nobody waits for somebody else's.
//! Sent at least once; twice only where a platform gave no answer, or the answer was lost with the process. Addresses of calls
//! hold secrets and are never logged.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::channel::{Account, Channels, MAKE_TOPIC, Outcome, Outgoing, Receipts, payload, sends};
use crate::dialog::{
    Address, Attachment, ButtonWords, Conversation, Event, Input, Recorded, Undeliverable, UndeliverableBecause,
};
use crate::engine::latest::{Latest, Troubles};
use crate::engine::moved::Moved;
use crate::engine::platform::Pace;
use crate::engine::post::{self, PAUSE_MAX, Post, RETRY_FOR, pause};
use crate::engine::progress::Progress;
use crate::engine::telegram_desk::{is_desk, may_be_taken_back};
use crate::engine::{Engine, Settings, TurnError, fetching, rebuild};
use crate::id::{ChannelName, ConversationId, EventNo, SiteId};
use crate::store::{AppendError, Key, ReadError, Row, Settle, Space, StreamId};
use crate::time::{Span, Time};

/// What the keys of the rows begin with: `out/<address>/<position>/<event>`.
pub(super) const ROWS: &str = "out/";

/// A lane whose progress could not be written down rests for so long.
const AFTER_TROUBLE: Span = Span::minutes(5);

/// Whoever has a file must be reached within this time.
const REACHED_WITHIN: std::time::Duration = std::time::Duration::from_secs(30);

/// Rows that are read at once.
pub(super) const PAGE: usize = 50;

/// What was sent is kept in mind for so long, so that what the platform says of it later is understood.
pub(super) const REMEMBERED: Span = Span::days(3);

/// Of one person, at most so many messages are kept in mind.
const REMEMBERED_MAX: usize = 30;

/// What messages are sent with.
pub(super) struct Outbox {
    channels: Arc<Channels>,
    pub(super) post: Post,
    /// The same for files, which may lie somewhere else than their platform says.
    pub(super) fetcher: reqwest::Client,
    /// Places for files that are being fetched.
    pub(super) fetching: tokio::sync::Semaphore,
    /// Who is being written to, and whether more came meanwhile.
    lanes: Mutex<HashMap<String, bool>>,
    pub(super) paces: HashMap<(ChannelName, String), Pace>,
    latest: Latest,
    pub(super) moved: Moved,
    /// Updates that could not be stored.
    pub(super) troubles: Troubles,
}

impl Outbox {
    pub(super) fn new(settings: &Settings) -> Result<Self, reqwest::Error> {
        let post = Post::new()?;
        let redirects = reqwest::redirect::Policy::limited(3);
        let fetcher = post::client().redirect(redirects).connect_timeout(REACHED_WITHIN).build()?;
        let pace = |account: &Account| ((account.name.clone(), account.account.clone()), Pace::of(account));
        let desk = settings.telegram_desk.iter().map(|desk| &desk.account);
        let paces = settings.channels.iter().chain(desk).map(pace).collect();
        Ok(Self {
            channels: Arc::clone(&settings.channels),
            post,
            fetcher,
            fetching: tokio::sync::Semaphore::new(fetching::AT_ONCE),
            lanes: Mutex::default(),
            paces,
            latest: Latest::default(),
            moved: Moved::default(),
            troubles: Troubles::default(),
        })
    }
}

/// The rows of what these events say to an address.
pub(super) fn rows(address: &Address, events: &[Recorded]) -> Vec<(Key, Vec<u8>)> {
    if !sends(&address.channel) {
        return Vec::new();
    }
    let said = events.iter().filter(|recorded| is_said(&recorded.event));
    said.map(|recorded| (row_key(address, recorded.no), Vec::new())).collect()
}

/// The key of the row that brings an event to an address.
pub(super) fn row_key(address: &Address, event: EventNo) -> Key {
    Key::at(lane(address), event, format!("/{:020}", event.0))
}

fn is_said(event: &Event) -> bool {
    use Event::{AgentSaid, AgentSent, BotSaid, Resent};
    matches!(event, BotSaid { .. } | AgentSaid { .. } | AgentSent { .. } | Resent { .. })
}

/// What the keys of somebody's rows begin with.
pub(super) fn lane(address: &Address) -> String {
    format!("{ROWS}{}/", address.key())
}

/// The address and the event that a row names.
pub(super) fn read_key(key: &str) -> Option<(Address, EventNo)> {
    let part = |text: &str| text.replace("%2F", "/").replace("%25", "%");
    let mut parts = key.strip_prefix(ROWS)?.split('/');
    let mut next = || parts.next().map(part);
    let address = Address {
        site: SiteId(next()?),
        channel: ChannelName::from(next()?.as_str()),
        account: next()?,
        chat: next()?,
        user: next()?,
    };
    let _position = next()?;
    Some((address, EventNo(next()?.parse().ok()?)))
}

/// Whether a message does not reach operators because their topic is gone.
fn is_lost_topic(address: &Address, failure: &Undeliverable) -> bool {
    is_desk(address) && failure.said.contains("thread not found")
}

/// Whether a person took over after the bot said this, so that it would come between their words.
fn is_overtaken(state: &Conversation, said: &Recorded) -> bool {
    matches!(said.event, Event::BotSaid { .. })
        && state.with_agent().is_some_and(|with_agent| with_agent.since > said.at)
}

/// Where a platform fetches a file that an agent sent. The file's own id is the key: nobody else is told it.
fn shared_url(public_url: &str, conversation: ConversationId, event: EventNo, file: &Attachment) -> String {
    format!("{public_url}/shared/{conversation}/{event}/{}", file.id)
}

/// What came of a step in a lane.
enum Step {
    /// Something was done: look again.
    On,
    /// Nothing can be done before then.
    Wait(Time),
    /// There is nothing to do, or the server is stopping.
    Rest,
}

impl Engine {
    /// The channels that are set up.
    pub fn channels(&self) -> &Channels {
        &self.0.outbox.channels
    }

    /// Sends what lay there when the server stopped.
    pub(super) fn resume_sending(&self) -> Result<(), ReadError> {
        let mut after: Option<String> = None;
        let mut without: HashMap<String, usize> = HashMap::new();
        loop {
            let page = self.0.store.scan(Space::Outbox, ROWS, after.as_deref(), 500)?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for row in page.iter().filter(|row| Progress::read(row).sent.is_none()) {
                let Some((address, _)) = read_key(&row.key) else { continue };
                match self.account_of(&address) {
                    Some(_) => self.wake_lane(lane(&address)),
                    None => *without.entry(address.channel.to_string()).or_default() += 1,
                }
            }
        }
        let mut without: Vec<_> = without.into_iter().collect();
        without.sort();
        for (channel, messages) in without {
            tracing::warn!(channel, messages, "messages wait for a channel that frontdesk.yaml does not set up");
        }
        Ok(())
    }

    /// Sends what events of a commit say, now that it is durable.
    pub(super) fn send_soon(&self, address: &Address, events: &[Recorded]) {
        if sends(&address.channel) && events.iter().any(|recorded| is_said(&recorded.event)) {
            self.wake_lane(lane(address));
        }
    }

    /// Sends what there is for an address.
    pub(super) fn wake_lane_of(&self, address: &Address) {
        self.wake_lane(lane(address));
    }

    fn wake_lane(&self, lane: String) {
        {
            let mut lanes = self.0.outbox.lanes.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(again) = lanes.get_mut(&lane) {
                *again = true;
                return;
            }
            lanes.insert(lane.clone(), false);
        }
        let engine = self.clone();
        tokio::spawn(async move { engine.empty_lane(&lane).await });
    }

    /// Sends what is in a lane until nothing is left.
    async fn empty_lane(&self, lane: &str) {
        loop {
            match self.step(lane).await {
                Ok(Step::On) => {}
                Ok(Step::Wait(until)) => self.0.clock.sleep_until(until).await,
                Ok(Step::Rest) => {
                    let mut lanes = self.0.outbox.lanes.lock().unwrap_or_else(PoisonError::into_inner);
                    if lanes.get(lane) != Some(&true) || self.0.flight.is_closed() {
                        lanes.remove(lane);
                        return;
                    }
                    lanes.insert(lane.to_owned(), false);
                }
                // What was sent and could not be written down would be sent again and again: so not before long, and not at all
                // while nothing is written.
                Err(error) => {
                    tracing::error!(%error, "messages to somebody in a messaging app wait, because of the store");
                    self.0.clock.sleep_until(self.0.clock.now() + AFTER_TROUBLE).await;
                }
            }
        }
    }

    /// The next call of a lane.
    async fn step(&self, lane: &str) -> Result<Step, TurnError> {
        if self.0.store.stats().halted.is_some() {
            return Ok(Step::Rest);
        }
        let Some(row) = self.next_row(lane).await? else { return Ok(Step::Rest) };
        let Some((address, event)) = read_key(&row.key) else {
            tracing::error!(row = row.key, "a row of the outbox cannot be read, and is left out");
            return self.done_with(row.key).await.map(|()| Step::On);
        };
        let mut progress = Progress::read(&row);
        let now = self.0.clock.now();
        if let Some(next) = progress.next.filter(|next| *next > now) {
            return Ok(Step::Wait(next));
        }
        let StreamId::Conversation(_, conversation) = row.owner else { return Ok(Step::Rest) };
        let Some(account) = self.account_of(&address).cloned() else { return Ok(Step::Rest) };
        let (said, calls) = if is_desk(&address) {
            match self.desk_calls(&address, conversation, event)? {
                Some((told, calls)) => (told, Ok(calls)),
                None => return self.done_with(row.key).await.map(|()| Step::On),
            }
        } else {
            let Some((said, mut outgoing)) = self.outgoing(&row.owner, conversation, event)? else {
                return self.done_with(row.key).await.map(|()| Step::On);
            };
            let state = self.find_since(conversation, event)?.map(|hot| Arc::clone(&hot.conversation));
            if progress.parts == 0 && state.as_ref().is_some_and(|state| is_overtaken(state, &said)) {
                return match self.inner_turn(conversation, Input::Overtaken { of: said.no }).await {
                    Ok(_) => self.done_with(row.key).await.map(|()| Step::On),
                    // The person has given it back meanwhile: then it is said.
                    Err(TurnError::Refused(_)) => Ok(Step::On),
                    Err(error) => Err(error),
                };
            }
            if let (Some(state), Some(site)) = (&state, self.site(&address.site)) {
                outgoing.words = ButtonWords::of(&site.bot().program, &state.language);
            }
            let visitor_at = state.and_then(|state| state.visitor_at);
            outgoing.silent_for = visitor_at.map(|at| now.since(at));
            outgoing.now = now.0 / 1_000;
            if progress.parts == 0 {
                outgoing.reply_token = self.0.outbox.latest.take_reply_token(lane, now);
            }
            (said, account.channel.render(&self.0.outbox.moved.now_at(&address), &outgoing))
        };
        if now.since(said.at) > RETRY_FOR {
            let failure = Undeliverable::new(UndeliverableBecause::Expired, "it is a day old");
            return self.give_up(&account, row, conversation, said, failure).await.map(|()| Step::On);
        }
        let calls = match calls {
            Ok(calls) => calls,
            Err(failure) => {
                return self.give_up(&account, row, conversation, said, failure).await.map(|()| Step::On);
            }
        };
        let Some(call) = calls.get(progress.parts) else {
            return self.all_sent(&account, row.key, progress, &address, conversation, &said).await.map(|()| Step::On);
        };
        // From here on a shutdown waits: what was sent must be written down.
        let Some(_ticket) = self.0.flight.board() else { return Ok(Step::Rest) };
        let outcome = self.call_platform(&account, call).await;
        count(&account, &outcome);
        match outcome {
            // The message itself follows, to wherever it can go now.
            Outcome::Sent { id } if call.name == MAKE_TOPIC => {
                let topic = id.and_then(|id| id.parse().ok());
                self.topic_made(&address, conversation, topic).await?;
                self.note_progress(row.key, &Progress { tries: 0, next: None, ..progress }).await?;
            }
            Outcome::Never(failure) if call.name == MAKE_TOPIC => {
                tracing::info!(%conversation, reason = failure.said, "a conversation gets no topic of its own");
                self.topic_made(&address, conversation, None).await?;
            }
            Outcome::Never(failure) if !progress.remade && is_lost_topic(&address, &failure) => {
                self.topic_lost(&address, conversation).await?;
                self.note_progress(row.key, &Progress { remade: true, ..Progress::default() }).await?;
            }
            Outcome::Sent { id } => {
                progress = Progress { parts: progress.parts + 1, tries: 0, next: None, ..progress };
                progress.ids.extend(id);
                if progress.parts < calls.len() {
                    self.note_progress(row.key, &progress).await?;
                } else {
                    self.all_sent(&account, row.key, progress, &address, conversation, &said).await?;
                    self.reached(&account, &address, conversation, event);
                }
            }
            Outcome::Never(failure) if call.optional && calls.len() > 1 => {
                let (channel, reason) = (&account.name, &failure.said);
                tracing::warn!(%channel, %conversation, call = call.name, reason, "a part of a message is left out");
                progress = Progress { parts: progress.parts + 1, tries: 0, next: None, ..progress };
                self.note_progress(row.key, &progress).await?;
            }
            Outcome::Never(failure) => self.give_up(&account, row, conversation, said, failure).await?,
            Outcome::Moved { to } => {
                self.moved_to(&account, &address, &to);
                // At once, unless it is sent round in circles.
                progress.tries += 1;
                progress.next = (progress.tries > 1).then(|| now + pause(progress.tries));
                self.note_progress(row.key, &progress).await?;
            }
            Outcome::Later { after, why } => {
                progress.tries += 1;
                let next = now + after.unwrap_or_else(|| pause(progress.tries));
                if next.since(said.at) > RETRY_FOR {
                    let failure = Undeliverable::new(UndeliverableBecause::Expired, why);
                    self.give_up(&account, row, conversation, said, failure).await?;
                } else {
                    let (channel, tries) = (&account.name, progress.tries);
                    tracing::warn!(%channel, %conversation, call = call.name, tries, why, "a message is sent later");
                    progress.next = Some(next);
                    self.note_progress(row.key, &progress).await?;
                }
            }
        }
        Ok(Step::On)
    }

    /// Something came from somebody.
    pub(super) fn came_from(&self, address: &Address, id: Option<String>, reply_token: Option<String>) {
        self.0.outbox.latest.came(lane(address), id, reply_token, self.0.clock.now());
    }

    /// Whether something came from somebody not long ago, as far as this process knows.
    pub(super) fn was_here(&self, address: &Address) -> bool {
        self.0.outbox.latest.has_come(&lane(address), self.0.clock.now())
    }

    /// Shows somebody that an answer is being written, where their platform has such a thing.
    pub(super) fn show_typing(&self, address: &Address) {
        let Some(account) = self.channels().of(address) else { return };
        let last = self.0.outbox.latest.id(&lane(address));
        if let Some(call) = account.channel.typing(address, last.as_deref()) {
            self.courtesy(account, call);
        }
    }

    /// The first row of a lane that is not sent. What need not be kept in mind any more is forgotten on the way.
    async fn next_row(&self, lane: &str) -> Result<Option<Row>, TurnError> {
        let now = self.0.clock.now();
        let mut after: Option<String> = None;
        let mut remembered: Vec<(String, Time)> = Vec::new();
        let found = loop {
            let page = self.0.store.scan(Space::Outbox, lane, after.as_deref(), PAGE)?;
            let Some(last) = page.last() else { break None };
            after = Some(last.key.clone());
            let mut waiting = None;
            for row in page {
                match Progress::read(&row).sent {
                    Some(at) => remembered.push((row.key, at)),
                    None => {
                        waiting = Some(row);
                        break;
                    }
                }
            }
            if waiting.is_some() {
                break waiting;
            }
        };
        let many = remembered.len().saturating_sub(REMEMBERED_MAX);
        let old = remembered.into_iter().enumerate();
        let old = old.filter(|(number, (_, at))| *number < many || now.since(*at) > REMEMBERED);
        let done: Vec<String> = old.map(|(_, (key, _))| key).collect();
        if !done.is_empty() {
            self.settle(Settle { done, ..Settle::default() }).await?;
        }
        Ok(found)
    }

    /// What an event says, and the event that holds the words; none where there is nothing to say any more.
    fn outgoing(
        &self,
        stream: &StreamId,
        conversation: ConversationId,
        event: EventNo,
    ) -> Result<Option<(Recorded, Outgoing)>, TurnError> {
        let read = |no: EventNo| -> Result<Option<Recorded>, TurnError> {
            let before = EventNo(no.0.saturating_sub(1));
            let found = rebuild::recorded(&self.0.store.events(stream, before, 1)?)?;
            Ok(found.into_iter().find(|recorded| recorded.no == no))
        };
        let Some(asked) = read(event)? else { return Ok(None) };
        let said = match &asked.event {
            // It has a day from when it was asked for once more.
            Event::Resent { of, .. } => read(*of)?.map(|said| Recorded { at: asked.at, ..said }),
            _ => Some(asked),
        };
        let Some(said) = said else { return Ok(None) };
        let key = format!("{conversation}-{event}");
        let outgoing = match &said.event {
            Event::BotSaid { message, .. } => {
                Outgoing::of(key, message, |option| payload(conversation, said.no, option))
            }
            Event::AgentSaid { text, .. } => Outgoing::of_agent(key, text),
            Event::AgentSent { file, .. } => {
                let url = shared_url(&self.0.settings.public_url, conversation, said.no, file);
                Outgoing::of_file(key, file, url)
            }
            _ => return Ok(None),
        };
        Ok(Some((said, outgoing)))
    }

    /// Everything of a message was sent.
    async fn all_sent(
        &self,
        account: &Account,
        key: String,
        progress: Progress,
        address: &Address,
        conversation: ConversationId,
        said: &Recorded,
    ) -> Result<(), TurnError> {
        if is_desk(address) {
            if matches!(said.event, Event::Closed { .. }) {
                self.end_mirror(address, conversation).await?;
            }
            if progress.ids.is_empty() || !may_be_taken_back(&said.event) {
                return self.done_with(key).await;
            }
        } else if account.channel.traits().receipts != Receipts::OfMessages {
            return self.done_with(key).await;
        }
        let progress = Progress { sent: Some(self.0.clock.now()), ..progress };
        self.note_progress(key, &progress).await
    }

    /// The event whose words an event says: its own, or those that it says once more.
    pub(super) fn said_by(&self, conversation: ConversationId, event: EventNo) -> Result<EventNo, TurnError> {
        let found = self.events(conversation, EventNo(event.0.saturating_sub(1)), 1)?;
        Ok(match found.first().map(|recorded| &recorded.event) {
            Some(Event::Resent { of, .. }) => *of,
            _ => event,
        })
    }

    /// Whether something is being sent to an address.
    pub(super) fn is_sending(&self, address: &Address) -> bool {
        self.0.outbox.lanes.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&lane(address))
    }

    /// Where the platform tells no more than that it has it, that is how far it went.
    fn reached(&self, account: &Account, address: &Address, conversation: ConversationId, event: EventNo) {
        if account.channel.traits().receipts == Receipts::None
            && !is_desk(address)
            && let Err(error) = self.went_to(address, conversation, event, false)
        {
            tracing::debug!(%conversation, %error, "how far a message went was not noted");
        }
    }

    /// A message never arrives: that is recorded for agents, and the lane goes on with the next.
    async fn give_up(
        &self,
        account: &Account,
        row: Row,
        conversation: ConversationId,
        said: Recorded,
        failure: Undeliverable,
    ) -> Result<(), TurnError> {
        let (channel, reason, of) = (&account.name, &failure.said, said.no);
        tracing::warn!(%channel, %conversation, event = %of, reason, "a message does not reach somebody");
        if let Some((address, _)) = read_key(&row.key).filter(|(address, _)| is_desk(address)) {
            return self.all_sent(account, row.key, Progress::default(), &address, conversation, &said).await;
        }
        match self.inner_turn(conversation, Input::Undelivered { of, failure }).await {
            Ok(_) | Err(TurnError::Refused(_) | TurnError::NoSuchConversation(_) | TurnError::TooLarge(_)) => {
                self.done_with(row.key).await
            }
            Err(error) => Err(error),
        }
    }

    async fn note_progress(&self, key: String, progress: &Progress) -> Result<(), TurnError> {
        self.settle(Settle { retry: vec![(key, progress.written())], ..Settle::default() }).await
    }

    pub(super) async fn done_with(&self, key: String) -> Result<(), TurnError> {
        self.settle(Settle { done: vec![key], ..Settle::default() }).await
    }

    /// Nothing of a conversation that waits for somebody who left is sent any more. What a person wrote is marked: it never arrives.
    pub(super) async fn leave_unsent(&self, address: &Address, conversation: ConversationId) -> Result<(), TurnError> {
        let Some(account) = self.account_of(address).cloned() else { return Ok(()) };
        let mut after: Option<String> = None;
        loop {
            let page = self.0.store.scan(Space::Outbox, &lane(address), after.as_deref(), PAGE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.key.clone());
            for row in page.into_iter().filter(|row| Progress::read(row).sent.is_none()) {
                let own = matches!(row.owner, StreamId::Conversation(_, id) if id == conversation);
                let Some((_, event)) = read_key(&row.key).filter(|_| own) else { continue };
                match self.outgoing(&row.owner, conversation, event)? {
                    Some((said, outgoing)) if outgoing.human => {
                        let failure = Undeliverable::new(UndeliverableBecause::Blocked, "they have left");
                        self.give_up(&account, row, conversation, said, failure).await?;
                    }
                    _ => self.done_with(row.key).await?,
                }
            }
        }
    }

    /// Writes down how far messages are. A busy store is asked again: what is not written down would be sent twice.
    pub(super) async fn settle(&self, settle: Settle) -> Result<(), TurnError> {
        let mut pause = Span(200);
        loop {
            match self.0.store.settle(settle.clone()).await {
                Ok(_) => return Ok(()),
                Err(AppendError::Busy(_)) => {
                    self.0.clock.sleep_until(self.0.clock.now() + pause).await;
                    pause = Span((pause.0 * 2).min(PAUSE_MAX.0));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

fn count(account: &Account, outcome: &Outcome) {
    let outcome = match outcome {
        Outcome::Sent { .. } => "sent",
        Outcome::Later { .. } | Outcome::Moved { .. } => "later",
        Outcome::Never(_) => "never",
    };
    let channel = account.name.to_string();
    metrics::counter!("frontdesk_channel_calls_total", "channel" => channel, "outcome" => outcome).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_names_its_address_and_event_whatever_signs_they_hold() {
        let address = Address {
            site: "shop".into(),
            channel: "viber".into(),
            account: String::new(),
            chat: String::new(),
            user: "01234+/56%2F789==".into(),
        };
        let key = format!("{}00000000000000000017/00000000000000000004", lane(&address));
        assert_eq!(read_key(&key), Some((address, EventNo(4))));
        assert_eq!(read_key("call/x/y/1"), None);
    }
}
