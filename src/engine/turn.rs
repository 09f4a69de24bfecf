//! The turn: the one way in which a conversation changes. Load the state, decide, append, and only when the append is durable
//! show and do what follows. Turns on one address come one after the other; between processes the store's version decides.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::bot::Bot;
use crate::dialog::{Address, Conversation, Event, Input, Phase, Recorded, Refused, World, decide};
use crate::engine::cache::Hot;
use crate::engine::codec::{self, CodecError, Record};
use crate::engine::rebuild;
use crate::engine::sites::LiveSite;
use crate::engine::{CLIENT_ID_BYTES_MAX, Engine, calls, contacts, events, fetching, outbox, taken_back};
use crate::id::{CommitId, ConversationId, EventNo, Position, SiteId};
use crate::store::{Append, AppendError, Appended, ReadError, RowChanges, Space, StreamId, Unique, Version};
use crate::time::{Span, Time};
use crate::view;

/// How often a turn is decided again after somebody else appended first.
const TRIES: usize = 8;

/// A platform's or sender's id of a message is remembered so long.
const DEDUPE: Span = Span::days(8);

/// Who is told to come again later, after so long.
const RETRY_AFTER: Span = Span::seconds(1);

/// A shutdown waits so long for turns and calls under way.
const LANDING: std::time::Duration = std::time::Duration::from_secs(10);

/// What a turn did.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnDone {
    /// The conversation: another one than before, if that was closed.
    pub conversation: ConversationId,
    /// The events of the commit; empty if the input changed nothing.
    pub events: Arc<[Recorded]>,
    /// The number of the conversation's last event.
    pub version: EventNo,
    /// Whether this repeats an input that was taken before: the events are those of then.
    pub duplicate: bool,
}

/// Why a turn was not done. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TurnError {
    /// The conversation does not allow it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// There is no such site.
    #[error("there is no site \"{0}\"")]
    NoSuchSite(SiteId),
    /// There is no such conversation.
    #[error("there is no conversation {0}")]
    NoSuchConversation(ConversationId),
    /// There is no such button.
    #[error("there is no such button")]
    NoSuchButton,
    /// There is no such agent, or not any more.
    #[error("there is no such agent")]
    NoSuchAgent,
    /// The agent may not do this.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// A sender's own id of a message that cannot be.
    #[error("client_id must have 1 to {CLIENT_ID_BYTES_MAX} bytes and no control characters")]
    BadClientId,
    /// Something of the input is too long or malformed.
    #[error("{0}")]
    Invalid(&'static str),
    /// The person is blocked: nobody hears what they write.
    #[error("messages from here are not answered at the moment; please reach us in another way")]
    Blocked,
    /// Too much at once.
    #[error("too many messages are waiting; try again in a moment")]
    Busy {
        /// When to try again.
        retry_after: Span,
    },
    /// The disk is almost full; conversations that are open go on.
    #[error("no new conversations are taken at the moment")]
    LowSpace,
    /// Nothing is written any more.
    #[error("the server cannot store messages at the moment")]
    Halted,
    /// What would have been written is larger than a commit or a state may be.
    #[error("this is too large to be stored: {0}")]
    TooLarge(String),
    /// Reading or writing failed; the operator's log says how.
    #[error("the server could not store this: {0}")]
    Store(String),
}

impl From<ReadError> for TurnError {
    fn from(error: ReadError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<CodecError> for TurnError {
    fn from(error: CodecError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<AppendError> for TurnError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Busy(_) | AppendError::Conflict { .. } => Self::busy(),
            AppendError::Halted(_) | AppendError::Unknown(_) => Self::Halted,
            AppendError::TooLarge { .. } => Self::TooLarge(error.to_string()),
            error => Self::Store(error.to_string()),
        }
    }
}

impl TurnError {
    pub(super) fn busy() -> Self {
        Self::Busy { retry_after: RETRY_AFTER }
    }
}

/// Why one attempt ended.
pub(super) enum Missed {
    /// Somebody else was first: load and decide again.
    Again,
    /// It is over.
    Failed(TurnError),
}

impl<E: Into<TurnError>> From<E> for Missed {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl Engine {
    /// Runs a turn to its end even if the caller goes away: what is durable must also be shown and done.
    pub(super) async fn fly<T: Send + 'static>(
        &self,
        turn: impl Future<Output = Result<T, TurnError>> + Send + 'static,
    ) -> Result<T, TurnError> {
        let Some(ticket) = self.0.flight.board() else { return Err(TurnError::busy()) };
        let flown = tokio::spawn(async move {
            let _ticket = ticket;
            turn.await
        });
        flown.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a turn ended badly; nothing of it was stored");
            Err(TurnError::Store("the turn ended badly".to_owned()))
        })
    }

    /// A turn of a conversation that exists. Inputs that come from inside go this way, and agents' commands.
    pub(super) async fn turn_of(
        &self,
        id: ConversationId,
        input: Input,
        once: Option<String>,
    ) -> Result<TurnDone, TurnError> {
        self.turn_of_all(id, vec![input], once).await
    }

    /// The same with several inputs, which follow from each other: all of them or none.
    pub(super) async fn turn_of_all(
        &self,
        id: ConversationId,
        inputs: Vec<Input>,
        once: Option<String>,
    ) -> Result<TurnDone, TurnError> {
        let found = || self.find(id)?.ok_or(TurnError::NoSuchConversation(id));
        let address = |hot: &Hot| hot.conversation.opening.as_ref().map(|opening| opening.address.key());
        for _ in 0..TRIES {
            let key = address(&*found()?).ok_or(TurnError::NoSuchConversation(id))?;
            let _turn = self.0.lanes.enter(&key).await.map_err(|_| TurnError::busy())?;
            for _ in 0..TRIES {
                let hot = found()?;
                // While the turn waited, the visitor may have signed in: then another lane is the conversation's.
                if address(&hot).as_deref() != Some(&key) {
                    break;
                }
                match self.attempt(&key, &hot, inputs.clone(), once.as_deref(), None).await {
                    Ok(done) => return Ok(done),
                    Err(Missed::Again) => self.0.cache.forget(&key, id),
                    Err(Missed::Failed(error)) => return Err(error),
                }
            }
        }
        Err(TurnError::busy())
    }

    /// One attempt at a turn: decide on `hot` and append, together with the commit that makes its contact, if there is none yet.
    pub(super) async fn attempt(
        &self,
        address: &str,
        hot: &Arc<Hot>,
        inputs: Vec<Input>,
        once: Option<&str>,
        newcomer: Option<Append>,
    ) -> Result<TurnDone, Missed> {
        let began = std::time::Instant::now();
        let Decided { mut after, events, inputs, bot, mut world } = match self.decided(hot, inputs) {
            Ok(decided) => decided,
            Err(refused) => return self.refused(once, refused),
        };
        if events.is_empty() {
            let version = hot.conversation.version;
            return Ok(TurnDone { conversation: hot.id, events: Arc::new([]), version, duplicate: false });
        }
        let now = world.now;
        let rewritten = self.rewritten(hot, &mut after, &events)?;
        let rows: Arc<[_]> = view::rows(hot.id, &after).into();
        // What this conversation told is in its events, and stands above what is known: a record must not keep what they may lose.
        world.contact.retain(|name, _| !hot.conversation.contact.contains_key(name));
        let record = Record { inputs, bot: bot.version.clone(), world: Record::facts(world, &events) };
        let mut append = commit(address, hot, &after, &events, &rows, &record, once)?;
        append.rewritten = rewritten.events;
        append.outbox.put.extend(rewritten.files.iter().map(|file| taken_back::gone(&hot.site.id, hot.id, *file)));
        append.outbox.put.extend(events::rows(&self.0.events, &hot.site.id, &hot.conversation, &events));
        let mirrored = self.mirrored(hot, &after, &events, once);
        mirrored.iter().for_each(|mirrored| mirrored.put(&mut append.outbox));
        let (stream, expected, id) = (append.stream.clone(), append.expected, append.commit);
        let appended = match self.append(newcomer, append).await {
            Ok(appended) => appended,
            Err(AppendError::Conflict { .. }) => return Err(Missed::Again),
            Err(AppendError::Duplicate { key, position, .. }) if key.starts_with("in/") => {
                return Ok(self.first_answer(position)?);
            }
            // Another conversation was opened on the address, somebody else made its contact, or it was erased: look again.
            Err(AppendError::Duplicate { .. } | AppendError::Erased) => return Err(Missed::Again),
            Err(AppendError::Unknown(why)) => self.outcome(&stream, expected, id, &why)?,
            Err(error) => return Err(error.into()),
        };
        if !rewritten.files.is_empty() {
            self.forget_files_soon();
        }
        let place = place(hot, &after, expected, appended);
        let after = Hot {
            id: hot.id,
            site: Arc::clone(&hot.site),
            rows,
            place,
            known: taken_back::still_known(hot, &after),
            conversation: Arc::new(after),
        };
        let events: Arc<[Recorded]> = events.into();
        match moved_to(&after.conversation, &events) {
            Some(there) => {
                self.0.cache.forget(address, hot.id);
                self.done(&there, hot, Arc::new(after), &events, now);
            }
            None => self.done(address, hot, Arc::new(after), &events, now),
        }
        mirrored.into_iter().for_each(|mirrored| self.mirror(mirrored));
        metrics::histogram!("frontdesk_turn_seconds").record(began.elapsed());
        let version = EventNo(appended.version.0);
        Ok(TurnDone { conversation: hot.id, events, version, duplicate: false })
    }

    /// Appends a commit, and before it the one that makes its contact, if there is none yet: whoever writes to us for the first time
    /// waits for the disk once, not twice.
    async fn append(&self, newcomer: Option<Append>, mut append: Append) -> Result<Appended, AppendError> {
        let store = &self.0.store;
        let Some(newcomer) = newcomer else { return store.append(append).await };
        append.needs = Some(newcomer.stream.clone());
        // This polls the first one first, so that they are handed in in this order.
        let (made, appended) = futures_util::future::join(store.append(newcomer), store.append(append)).await;
        match made {
            // Without its contact the other is refused as well, and here is why.
            Err(error) if appended.is_err() => Err(error),
            _ => appended,
        }
    }

    /// What follows from the inputs, one after the other, and what a replay needs of them.
    fn decided(&self, hot: &Hot, inputs: Vec<Input>) -> Result<Decided, Refused> {
        let bot = hot.site.bot();
        let mut world = self.world(&bot, hot);
        if let Some(Input::Open { contact, .. } | Input::Identified { contact, .. }) = inputs.first() {
            world.earlier = self.earlier(hot, *contact);
        }
        if let Some(Input::Open { address, .. }) = inputs.first() {
            world.app = self.app_at(address);
        }
        let mut after: Option<Conversation> = None;
        let mut events: Vec<Recorded> = Vec::new();
        let mut queues = BTreeSet::new();
        for input in &inputs {
            let before = after.as_ref().unwrap_or(&hot.conversation);
            let mut decision = decide(&bot, before, input, &world)?;
            events.append(&mut decision.events);
            queues.append(&mut decision.queues);
            after = Some(decision.after);
        }
        world.queues.retain(|queue, _| queues.contains(queue));
        let after = after.unwrap_or_default();
        let inputs = inputs.into_iter().map(|input| Record::keep(input, &events)).collect();
        Ok(Decided { after, events, inputs, bot, world })
    }

    /// The conversation with an id, from memory or the store.
    pub(super) fn find(&self, id: ConversationId) -> Result<Option<Arc<Hot>>, TurnError> {
        if let Some(hot) = self.0.cache.get(id) {
            return Ok(Some(hot));
        }
        for site in self.0.sites.values() {
            if let Some(hot) = self.load(site, id)? {
                return Ok(Some(hot));
            }
        }
        Ok(None)
    }

    /// The conversation as it was after one of its events, or later. A commit is in the store, and its rows of the outbox with it,
    /// a moment before it is in memory: who follows such a row must not see the state from before it.
    pub(super) fn find_since(&self, id: ConversationId, event: EventNo) -> Result<Option<Arc<Hot>>, TurnError> {
        match self.find(id)? {
            Some(hot) if hot.conversation.version < event => self.load(&hot.site, id),
            found => Ok(found),
        }
    }

    /// The open conversation on an address, from memory or the store.
    pub(super) fn open_on(&self, address: &Address) -> Result<Option<Arc<Hot>>, TurnError> {
        let key = address.key();
        if let Some(hot) = self.0.cache.open(&key) {
            return Ok(Some(hot));
        }
        let site = self.0.sites.get(&address.site).ok_or_else(|| TurnError::NoSuchSite(address.site.clone()))?;
        match self.0.store.get(Space::Unique, &format!("open/{key}"))?.map(|row| row.owner) {
            Some(StreamId::Conversation(_, id)) => self.load(site, id),
            _ => Ok(None),
        }
    }

    fn load(&self, site: &Arc<LiveSite>, id: ConversationId) -> Result<Option<Arc<Hot>>, TurnError> {
        let stream = StreamId::Conversation(site.id.clone(), id);
        let Some(conversation) = rebuild::stored(&*self.0.store, &stream)? else { return Ok(None) };
        let conversation = conversation?;
        let Some(opening) = &conversation.opening else { return Ok(None) };
        let place = match place_event(&conversation) {
            Some(event) => {
                let before = EventNo(event.0.saturating_sub(1));
                self.0.store.events(&stream, before, 1)?.first().map(|event| event.position)
            }
            None => None,
        };
        let contact = contacts::load(&*self.0.store, &site.id, opening.contact)?;
        let address = opening.address.key();
        let hot = Arc::new(Hot {
            id,
            site: Arc::clone(site),
            rows: view::rows(id, &conversation).into(),
            place,
            known: Arc::new(contact.map(|contact| self.known_of(&site.id, &contact)).transpose()?.unwrap_or_default()),
            conversation: Arc::new(conversation),
        });
        self.0.cache.put(&address, Arc::clone(&hot));
        Ok(Some(hot))
    }

    /// A refusal, unless the input was taken before: then its first answer counts.
    fn refused(&self, once: Option<&str>, refused: Refused) -> Result<TurnDone, Missed> {
        if let Some(once) = once
            && let Some(row) = self.0.store.get(Space::Unique, &format!("in/{once}"))?
            && let Some(position) = row.position
        {
            return Ok(self.first_answer(position)?);
        }
        Err(refused.into())
    }

    /// The answer to an input that was taken before.
    fn first_answer(&self, position: Position) -> Result<TurnDone, TurnError> {
        let commit = self.0.store.log(Position(position.0.saturating_sub(1)), 1)?.into_iter().next();
        let Some(commit) = commit.filter(|commit| commit.position == position) else { return Err(TurnError::busy()) };
        let StreamId::Conversation(_, conversation) = commit.stream else { return Err(TurnError::busy()) };
        let numbered = (commit.first.0..).zip(&commit.events);
        let events = numbered.map(|(no, bytes)| codec::decode_recorded(EventNo(no), bytes));
        let events = events.collect::<Result<Vec<_>, _>>()?;
        Ok(TurnDone { conversation, version: commit.last(), events: events.into(), duplicate: true })
    }

    /// What became of a commit whose outcome the store could not tell. While it does not write, nothing is acknowledged.
    fn outcome(&self, stream: &StreamId, expected: Version, commit: CommitId, why: &str) -> Result<Appended, Missed> {
        if self.0.store.stats().halted.is_some() {
            return Err(TurnError::Halted.into());
        }
        tracing::warn!(%stream, %commit, why, "the outcome of a commit is unknown; looking for it");
        match self.0.store.committed(stream, expected, commit)? {
            Some(appended) => Ok(appended),
            None => Err(Missed::Again),
        }
    }

    /// What follows from a durable commit. No part of it may fail; what is lost in a crash here is found again at the start.
    fn done(&self, address: &str, before: &Hot, after: Arc<Hot>, events: &Arc<[Recorded]>, now: Time) {
        self.0.cache.put(address, Arc::clone(&after));
        self.note_views(before, &after, now);
        if let Some((due, _)) = after.conversation.deadlines().first()
            && self.0.timers.note(after.id, *due)
        {
            self.0.wakers.timers.notify_one();
        }
        for pending in calls::pending(&after.site.id, after.id, &after.conversation, events) {
            self.begin_call(pending);
        }
        if let Some(opening) = &after.conversation.opening {
            self.send_soon(&opening.address, events);
            self.fetch_soon(&opening.address, after.id, events);
        }
        self.tell_endpoints(events);
        if contacts::tells(events) {
            self.0.wakers.contacts.notify_one();
        }
        // Where the visitor has gone on from, nobody hears what follows.
        let moved = events.iter().any(|recorded| matches!(recorded.event, Event::Moved { .. }));
        let gone_on = after.conversation.opening.as_ref().filter(|_| moved).map(|opening| opening.address.key());
        self.push(gone_on.as_deref().unwrap_or(address), &after, events);
        count(events);
    }
}

/// What was decided on some inputs, and of which facts.
struct Decided {
    after: Conversation,
    events: Vec<Recorded>,
    inputs: Vec<Input>,
    bot: Arc<Bot>,
    world: World,
}

/// The commit that makes a decision true.
fn commit(
    address: &str,
    hot: &Hot,
    after: &Conversation,
    events: &[Recorded],
    rows: &[view::IndexRow],
    record: &Record,
    once: Option<&str>,
) -> Result<Append, CodecError> {
    let id = CommitId::from_uuid(uuid::Uuid::now_v7());
    let stream = StreamId::Conversation(hot.site.id.clone(), hot.id);
    let expected = Version(hot.conversation.version.0);
    let bytes = events.iter().map(|recorded| codec::encode_event(recorded.at, &recorded.event));
    let bytes = bytes.collect::<Result<Vec<_>, _>>()?;
    let mut append = Append::new(stream, expected, id, bytes, codec::encode(codec::STATE, after)?);
    append.meta = codec::encode("a record", record)?;
    if *hot.rows != *rows {
        append.rows = RowChanges::between(rebuild::index_rows(&hot.rows)?, rebuild::index_rows(rows)?);
    }
    append.outbox = rows_to_send(&hot.site, hot.id, after, events);
    if let Some(once) = once {
        append.unique.push(Unique::Once { key: format!("in/{once}"), expires: record.world.now + DEDUPE });
    }
    if expected == Version::NONE {
        append.unique.push(Unique::Guard(format!("open/{address}")));
    } else if let Some(there) = moved_to(after, events)
        && there != address
        && after.phase != Phase::Closed
    {
        append.unique.push(Unique::Guard(format!("open/{there}")));
        append.release.push(format!("open/{address}"));
    } else if after.phase == Phase::Closed && hot.conversation.phase != Phase::Closed {
        append.release.push(format!("open/{address}"));
    }
    Ok(append)
}

/// The address at which the visitor is reached from now on, where these events say another.
fn moved_to(after: &Conversation, events: &[Recorded]) -> Option<String> {
    let moves = events.iter().any(contacts::becomes_anothers);
    moves.then(|| after.opening.as_ref().map(|opening| opening.address.key())).flatten()
}

/// The outbox rows that follow from events: words for messaging apps, calls to make or made, what the contact must learn.
fn rows_to_send(site: &LiveSite, id: ConversationId, after: &Conversation, events: &[Recorded]) -> RowChanges {
    let mut changes = RowChanges::default();
    if let Some(opening) = &after.opening {
        changes.put.extend(outbox::rows(&opening.address, events));
    }
    for recorded in events {
        match &recorded.event {
            Event::Called { .. } => {
                changes.put.push((calls::key(&site.id, id, recorded.no).into(), calls::WAITING.to_vec()));
            }
            event if fetching::is_to_fetch(event) => {
                changes.put.push((fetching::key(&site.id, id, recorded.no), Vec::new()));
            }
            Event::RemoteKept { of, .. } | Event::RemoteLost { of } | Event::TakenBack { of } => {
                changes.delete.push(fetching::key(&site.id, id, *of));
            }
            Event::CallDone { call, .. } => changes.delete.push(calls::key(&site.id, id, *call).into()),
            _ => {}
        }
    }
    if let Some(first) = events.first()
        && contacts::tells(events)
    {
        changes.put.push((contacts::outbox_key(&site.id, id, first.no).into(), Vec::new()));
    }
    changes
}

/// The event that gave the place in a queue's order, while the visitor waits or may still return to it.
fn place_event(conversation: &Conversation) -> Option<EventNo> {
    let waits = conversation.in_queue().map(|waits| waits.place);
    waits.or_else(|| conversation.with_agent().and_then(|with_agent| with_agent.place))
}

/// The position that orders a waiting visitor: this commit's, if it gave the place, else the one known before.
fn place(before: &Hot, after: &Conversation, expected: Version, appended: Appended) -> Option<Position> {
    let event = place_event(after)?;
    if event.0 > expected.0 { Some(appended.position) } else { before.place }
}

fn count(events: &[Recorded]) {
    metrics::counter!("frontdesk_turns_total").increment(1);
    for recorded in events {
        match &recorded.event {
            Event::Missed { .. } => metrics::counter!("frontdesk_misses_total").increment(1),
            Event::HandoffRequested { .. } => metrics::counter!("frontdesk_handoffs_total").increment(1),
            Event::Opened { .. } => metrics::counter!("frontdesk_conversations_total").increment(1),
            _ => {}
        }
    }
}

/// Turns and calls under way, so that a shutdown can wait for them.
#[derive(Debug, Default)]
pub(super) struct Flight {
    inner: Arc<FlightInner>,
}

#[derive(Debug, Default)]
struct FlightInner {
    closed: AtomicBool,
    aboard: AtomicUsize,
    landed: Notify,
}

/// Something under way.
#[derive(Debug)]
pub(super) struct Ticket(Arc<FlightInner>);

impl Flight {
    /// Begins something; nothing after the doors were closed.
    pub(super) fn board(&self) -> Option<Ticket> {
        self.inner.aboard.fetch_add(1, Ordering::SeqCst);
        let ticket = Ticket(Arc::clone(&self.inner));
        (!self.is_closed()).then_some(ticket)
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.inner.aboard.load(Ordering::SeqCst) == 0
    }

    /// Whether the server is stopping, so that nothing more should begin.
    pub(super) fn is_closed(&self) -> bool {
        self.inner.closed.load(Ordering::SeqCst)
    }

    pub(super) fn close(&self) {
        self.inner.closed.store(true, Ordering::SeqCst);
    }

    /// Waits until all is over, for a while.
    pub(super) async fn landed(&self) {
        let all = async {
            loop {
                let landed = self.inner.landed.notified();
                if self.inner.aboard.load(Ordering::SeqCst) == 0 {
                    return;
                }
                landed.await;
            }
        };
        if tokio::time::timeout(LANDING, all).await.is_err() {
            let aboard = self.inner.aboard.load(Ordering::SeqCst);
            tracing::warn!(aboard, "stopping although some turns or calls have not ended");
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.0.aboard.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.landed.notify_waiters();
        }
    }
}
