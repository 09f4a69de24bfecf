//! Keeps the index in step with the store. It reads the log from where the index is, and puts every conversation that changed into
//! the index as it stands now; so it does not matter how often, or after which crash, that happens. Erased conversations are
//! removed as they are told, and by the store's list of erased streams: how far that list was followed stands in the index itself,
//! so a crash leaves nobody behind.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;

use crate::dialog::{Conversation, Event};
use crate::engine::search::{SearchError, SearchIn, field, name_of};
use crate::engine::{Engine, TurnError, contacts, rebuild};
use crate::id::{ConversationId, EventNo, Position, SiteId};
use crate::store::{Entry, FieldWords, Postings, PostingsError, StreamId, erased_since};
use crate::view::{self, Facts, Speaker};

/// Streams that are read at a time while the index is made.
const BUILD_AT_ONCE: usize = 500;

/// Commits of the store that are read at a time: so few that nobody who waits for an answer meanwhile feels it on a small machine.
const FOLLOW_AT_ONCE: usize = 64;

/// The most events of a conversation whose words are in the index.
const EVENTS_MAX: usize = 5_000;

/// The most conversations of a person that are read again when something becomes known of them.
const OF_PERSON_MAX: usize = 100;

/// After a commit so much is gathered before the index follows.
const GATHERED: Duration = Duration::from_millis(200);

/// Between two looks at least so long passes.
const REST: Duration = Duration::from_millis(500);

/// After each part of following so many times as long as it took nothing is done: following costs little beside what is followed.
const REST_TIMES: u32 = 4;

/// What failed is tried again after so long.
const AGAIN: Duration = Duration::from_secs(10);

/// Erased streams whose words are removed at a time.
const ERASED_AT_ONCE: usize = 200;

/// Another number means other words or facets: the index is made anew.
const FORMAT: u32 = 2;

/// How far the index is, as it is stored with it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Progress {
    /// Of which index this is.
    format: u32,
    /// Every commit up to this position is in the index, once it is whole.
    position: Position,
    /// The commit at that position, so that another store's index is known.
    commit: Option<String>,
    /// The last stream that was read, while the index is made; none when it is whole.
    building: Option<String>,
    /// Up to here the list of erased streams has been followed.
    erased: u64,
}

/// The index, while it is open, and what it must still do.
#[derive(Default)]
pub(in crate::engine) struct Feed {
    archive: RwLock<Archive>,
    whole: AtomicBool,
    /// Whether a part of it could not be read, so that it has to be made anew.
    damaged: AtomicBool,
    work: Mutex<Option<Work>>,
    erased: Erased,
    wake: Notify,
}

/// The index, for those who look for something.
#[derive(Default)]
enum Archive {
    /// It is being opened.
    #[default]
    Opening,
    /// It cannot be opened, for a reason that the log tells.
    Out,
    Open(Arc<Postings>),
}

/// Conversations that were erased, until the index has forgotten them too.
#[derive(Debug, Default)]
pub(in crate::engine) struct Erased(Mutex<BTreeSet<ConversationId>>);

/// What writes the index.
struct Work {
    index: Arc<Postings>,
    progress: Progress,
}

/// Whether there is more to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// At once: whoever searches waits for it.
    More,
    /// After a rest.
    MoreLater,
    Done,
}

/// Why the index does not follow.
#[derive(Debug, thiserror::Error)]
enum FeedError {
    #[error(transparent)]
    Index(#[from] PostingsError),
    #[error("its note cannot be written: {0}")]
    Note(#[from] serde_json::Error),
    #[error("the list of erased streams cannot be read: {0}")]
    Erased(#[from] std::io::Error),
    #[error(transparent)]
    Read(#[from] TurnError),
}

impl From<crate::store::ReadError> for FeedError {
    fn from(error: crate::store::ReadError) -> Self {
        Self::Read(error.into())
    }
}

impl Feed {
    /// A conversation was erased.
    pub(in crate::engine) fn forget(&self, id: ConversationId) {
        self.erased.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id);
        self.wake.notify_one();
    }

    /// The index, once it is open, and whether it is whole.
    pub(super) fn archive(&self) -> Result<(Arc<Postings>, bool), SearchError> {
        match &*self.archive.read().unwrap_or_else(PoisonError::into_inner) {
            Archive::Open(index) => Ok((Arc::clone(index), self.whole.load(Ordering::SeqCst))),
            Archive::Opening => Err(SearchError::NotReady),
            Archive::Out => Err(SearchError::Out),
        }
    }

    fn show(&self, archive: Archive) {
        *self.archive.write().unwrap_or_else(PoisonError::into_inner) = archive;
    }
}

impl Engine {
    /// Works for ever: makes the index where it is missing, and follows the store.
    pub(in crate::engine) async fn keep_index(self) {
        if self.0.settings.search == SearchIn::Nowhere {
            return;
        }
        let mut notices = self.0.store.subscribe();
        let mut said = String::new();
        loop {
            let began = Instant::now();
            let engine = self.clone();
            let step = tokio::task::spawn_blocking(move || engine.index_step()).await;
            let rest = began.elapsed() * REST_TIMES;
            let failed = match step {
                Ok(Ok(Step::More)) => continue,
                Ok(Ok(Step::MoreLater)) => {
                    tokio::time::sleep(rest).await;
                    continue;
                }
                Ok(Ok(Step::Done)) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(error) => Some(error.to_string()),
            };
            if let Some(why) = failed {
                // What stays wrong is said once.
                if why != said {
                    tracing::error!(
                        "the search does not follow, everything else goes on; it is tried again until it works: {why}"
                    );
                    said = why;
                }
                tokio::time::sleep(AGAIN).await;
                continue;
            }
            said.clear();
            tokio::select! {
                notice = notices.recv() => if matches!(notice, Err(RecvError::Closed)) { return },
                () = self.0.search.wake.notified() => {}
            }
            tokio::time::sleep(GATHERED.max(rest).max(REST.saturating_sub(began.elapsed()))).await;
            // Whatever else was told meanwhile is in the log.
            notices = notices.resubscribe();
        }
    }

    /// Does a part of what is to do. It reads and writes files, so it has a thread of its own.
    fn index_step(&self) -> Result<Step, FeedError> {
        let feed = &self.0.search;
        let mut work = feed.work.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = match work.take() {
            Some(known) => Ok(known),
            None => self.open_index().inspect_err(|_| feed.show(Archive::Out)),
        };
        // After a failure it is opened anew, at what was committed last; after damage it is made anew.
        let (kept, step) = opened.and_then(|work| self.index_more(work)).inspect_err(|error| {
            feed.damaged.fetch_or(matches!(error, FeedError::Index(PostingsError::Damaged(_))), Ordering::SeqCst);
        })?;
        *work = Some(kept);
        Ok(step)
    }

    fn open_index(&self) -> Result<Work, FeedError> {
        let feed = &self.0.search;
        // Its files can be opened once only.
        if feed.archive().is_ok() {
            feed.show(Archive::Opening);
        }
        let index = match &self.0.settings.search {
            SearchIn::Folder(folder) if feed.damaged.load(Ordering::SeqCst) => Postings::open_anew(folder)?,
            SearchIn::Folder(folder) => Postings::open(folder)?,
            SearchIn::Memory | SearchIn::Nowhere => Postings::memory(),
        };
        feed.damaged.store(false, Ordering::SeqCst);
        let note = index.note()?.and_then(|note| serde_json::from_slice::<Progress>(&note).ok());
        let progress = match note.filter(|progress| progress.format == FORMAT) {
            Some(progress) if self.is_of_this_store(&progress)? => progress,
            _ => {
                index.clear()?;
                let position = self.0.store.position();
                let commit = self.commit_at(position)?;
                // The list of erased streams is followed from its beginning: who stands there may be on the way out only.
                Progress { format: FORMAT, position, commit, building: Some(String::new()), erased: 0 }
            }
        };
        let work = Work { index: Arc::new(index), progress };
        feed.whole.store(work.progress.building.is_none(), Ordering::SeqCst);
        feed.show(Archive::Open(Arc::clone(&work.index)));
        Ok(work)
    }

    fn index_more(&self, mut work: Work) -> Result<(Work, Step), FeedError> {
        self.forget_told(&work)?;
        self.forget_listed(&mut work)?;
        let step = match work.progress.building.clone() {
            Some(after) => self.build(&mut work, &after)?,
            None => self.follow(&mut work)?,
        };
        Ok((work, step))
    }

    /// Reads some more of all streams.
    fn build(&self, work: &mut Work, after: &str) -> Result<Step, FeedError> {
        let after: Option<StreamId> = after.parse().ok();
        let streams = self.0.store.streams(after.as_ref(), BUILD_AT_ONCE)?;
        let conversations = streams.iter().filter_map(|stream| match stream {
            StreamId::Conversation(site, id) => Some((site.clone(), *id)),
            StreamId::Contact(..) | StreamId::Agent(_) | StreamId::Audit(_) => None,
        });
        let changed = conversations.collect();
        let ended = streams.len() < BUILD_AT_ONCE;
        work.progress.building = streams.last().filter(|_| !ended).map(ToString::to_string);
        self.put(work, &changed)?;
        if ended {
            work.index.sync()?;
            self.0.search.whole.store(true, Ordering::SeqCst);
        }
        Ok(Step::More)
    }

    /// Reads what was committed since.
    fn follow(&self, work: &mut Work) -> Result<Step, FeedError> {
        let log = self.0.store.log(work.progress.position, FOLLOW_AT_ONCE)?;
        let Some(last) = log.last() else { return Ok(Step::Done) };
        let mut changed = BTreeSet::new();
        for commit in &log {
            match &commit.stream {
                StreamId::Conversation(site, id) => {
                    changed.insert((site.clone(), *id));
                }
                StreamId::Contact(site, contact) => {
                    for id in contacts::latest(&*self.0.store, site, *contact).take(OF_PERSON_MAX) {
                        changed.insert((site.clone(), id?));
                    }
                }
                StreamId::Agent(_) | StreamId::Audit(_) => {}
            }
        }
        work.progress.position = last.position;
        work.progress.commit = Some(last.id.to_string());
        self.put(work, &changed)?;
        if log.len() < FOLLOW_AT_ONCE {
            work.index.sync()?;
            return Ok(Step::Done);
        }
        Ok(Step::MoreLater)
    }

    /// Puts conversations into the index as they are now, with how far it is. What is gone is told by `forget`.
    fn put(&self, work: &Work, changed: &BTreeSet<(SiteId, ConversationId)>) -> Result<(), FeedError> {
        let mut entries = Vec::with_capacity(changed.len());
        for (site, id) in changed {
            entries.extend(self.entry(site, *id)?.map(|entry| (name_of(*id), entry)));
        }
        Ok(work.index.put(entries, &serde_json::to_vec(&work.progress)?)?)
    }

    /// Removes what was erased since this process runs.
    fn forget_told(&self, work: &Work) -> Result<(), FeedError> {
        let told = self.0.search.erased.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if told.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = told.iter().map(|id| name_of(*id)).collect();
        work.index.forget(&names, &serde_json::to_vec(&work.progress)?)?;
        let mut waiting = self.0.search.erased.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|id| !told.contains(id));
        Ok(())
    }

    /// Removes what the store's list says was erased, whoever did it and whatever was cut short.
    fn forget_listed(&self, work: &mut Work) -> Result<(), FeedError> {
        let SearchIn::Folder(folder) = &self.0.settings.search else { return Ok(()) };
        let data = folder.parent().unwrap_or(Path::new("."));
        loop {
            let mut gone = Vec::new();
            let before = work.progress.erased;
            for line in erased_since(data, before, ERASED_AT_ONCE)? {
                match &line.stream {
                    // On its way out: until it is gone, its words may come back.
                    Some(stream) if self.0.store.load(stream)?.is_some() => break,
                    Some(StreamId::Conversation(_, id)) => gone.push(name_of(*id)),
                    _ => {}
                }
                work.progress.erased = line.end;
            }
            if work.progress.erased == before {
                return Ok(());
            }
            work.index.forget(&gone, &serde_json::to_vec(&work.progress)?)?;
        }
    }

    /// What a conversation has in the index; nothing if it is gone.
    fn entry(&self, site: &SiteId, id: ConversationId) -> Result<Option<Entry>, FeedError> {
        let stream = StreamId::Conversation(site.clone(), id);
        let events = self.0.store.events(&stream, EventNo(0), EVENTS_MAX)?;
        let events = match rebuild::recorded(&events) {
            Ok(events) => events,
            Err(error) => {
                // One conversation that cannot be read must not end the search for all others.
                tracing::warn!("{id} cannot be read and is left out of the search: {error}");
                return Ok(None);
            }
        };
        let conversation = Conversation::replay(&events);
        let (Some(facts), Some(opening)) = (Facts::of(&conversation), &conversation.opening) else { return Ok(None) };
        let known = contacts::load(&*self.0.store, site, opening.contact)?.map(|contact| contact.known);
        let known = known.unwrap_or_default();
        let (bot, people): (Vec<_>, Vec<_>) =
            view::searched(&events, known.values()).into_iter().partition(|line| line.speaker == Speaker::Bot);
        let mut words: FieldWords =
            view::searched_words(&people).into_iter().map(|word| (field::PEOPLE, word)).collect();
        words.extend(view::searched_words(&bot).into_iter().map(|word| (field::BOT, word)));
        words.insert((field::PEOPLE, id.to_string()));
        let mut facets = facets(site, &facts);
        for recorded in &events {
            if let Event::AgentSaid { agent, .. } | Event::Noted { agent, .. } | Event::Assigned { agent, .. } =
                &recorded.event
            {
                facets.insert(facet::agent(agent.id));
            }
        }
        words.extend(facets.into_iter().map(|facet| (field::FACET, facet)));
        Ok(Some(Entry { at: conversation.active_at, words }))
    }

    /// Whether an index was made of this store: a restored or imported one has other commits at the same positions.
    fn is_of_this_store(&self, progress: &Progress) -> Result<bool, FeedError> {
        if progress.position > self.0.store.position() {
            return Ok(false);
        }
        let there = self.commit_at(progress.position)?;
        // An erased conversation's commits are gone, and say nothing.
        Ok(there.is_none() || progress.commit.is_none() || there == progress.commit)
    }

    fn commit_at(&self, position: Position) -> Result<Option<String>, FeedError> {
        let before = Position(position.0.saturating_sub(1));
        let commit = self.0.store.log(before, 1)?.into_iter().next().filter(|commit| commit.position == position);
        Ok(commit.map(|commit| commit.id.to_string()))
    }
}

fn facets(site: &SiteId, facts: &Facts) -> BTreeSet<String> {
    let mut facets = BTreeSet::from([
        facet::site(site),
        facet::queue(facts.queue.as_ref()),
        facet::channel(&facts.channel),
        facet::language(&facts.language),
    ]);
    facets.extend(facts.labels.iter().map(|label| facet::label(label)));
    if let Some(agent) = facts.agent {
        facets.extend([facet::agent(agent), facet::given(agent)]);
    }
    facets
}

/// What filters and permissions ask, as one word each.
pub(super) mod facet {
    use crate::id::{AgentId, ChannelName, Language, QueueName, SiteId};

    pub(in crate::engine::search) fn site(site: &SiteId) -> String {
        format!("s:{site}")
    }

    /// The queue that serves it; also where there is none.
    pub(in crate::engine::search) fn queue(queue: Option<&QueueName>) -> String {
        format!("q:{}", queue.map(QueueName::as_str).unwrap_or_default())
    }

    pub(in crate::engine::search) fn channel(channel: &ChannelName) -> String {
        format!("c:{channel}")
    }

    pub(in crate::engine::search) fn language(language: &Language) -> String {
        format!("t:{language}")
    }

    /// A label, folded.
    pub(in crate::engine::search) fn label(label: &str) -> String {
        format!("l:{label}")
    }

    /// An agent who had to do with it.
    pub(in crate::engine::search) fn agent(agent: AgentId) -> String {
        format!("a:{agent}")
    }

    /// The agent whose it is.
    pub(in crate::engine::search) fn given(agent: AgentId) -> String {
        format!("g:{agent}")
    }
}
