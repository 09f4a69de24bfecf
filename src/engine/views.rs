//! The views that are kept in memory: who waits, who owns what, who could take more. Each commit changes them, and at the start
//! they are read from the index rows. Nothing durable depends on them: an assignment decided on a stale view is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use crate::bot::Bot;
use crate::dialog::{Owner, Phase, QueueFacts, Recorded};
use crate::engine::accounts::{Account, all_rows};
use crate::engine::cache::Hot;
use crate::engine::hub::{DeskHint, Grown, Hint, Push, Pushed};
use crate::engine::{Engine, rebuild};
use crate::id::{AgentId, ConversationId, EventNo, QueueName, SiteId};
use crate::store::{Space, StreamId};
use crate::time::{Span, Time};
use crate::view::{self, QueueView, Waiting};

/// Position and estimate of a queue are told at most so often.
const PLACES_EVERY: Span = Span::seconds(2);

/// Estimates at the start are made from the latest conversations of each site, so many.
const SAMPLED_MAX: usize = 200;

/// The views in memory.
#[derive(Debug, Default)]
pub(super) struct Views(Mutex<Now>);

/// What they show now.
#[derive(Debug, Default)]
pub(super) struct Now {
    pub(super) queue: QueueView,
    /// What each agent has, without what is on hold: that takes none of their time.
    pub(super) owned: BTreeMap<AgentId, BTreeSet<ConversationId>>,
    /// What each agent has on hold.
    pub(super) snoozed: BTreeMap<AgentId, BTreeSet<ConversationId>>,
    /// When an agent last got or lost a conversation: who is longest without is next.
    pub(super) idle_since: BTreeMap<AgentId, Time>,
    /// Queues whose places may have changed since they were told.
    dirty: BTreeSet<(SiteId, QueueName)>,
}

impl Now {
    /// How many conversations an agent has.
    pub(super) fn load(&self, agent: AgentId) -> u32 {
        self.owned.get(&agent).map_or(0, |owned| u32::try_from(owned.len()).unwrap_or(u32::MAX))
    }

    /// An agent does not have a conversation any more.
    fn drop_owned(&mut self, agent: AgentId, id: ConversationId) {
        for owned in [&mut self.owned, &mut self.snoozed] {
            if let Some(owned) = owned.get_mut(&agent) {
                owned.remove(&id);
            }
        }
    }

    fn place(&self, id: ConversationId) -> Option<Hint> {
        let waiting = self.queue.get(id)?;
        let position = self.queue.place(id)?;
        let estimate = self.queue.estimate(&waiting.site, &waiting.queue, position);
        Some(Hint { conversation: id, position, estimate })
    }
}

impl Views {
    pub(super) fn with<T>(&self, f: impl FnOnce(&mut Now) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn place(&self, id: ConversationId) -> Option<Hint> {
        self.with(|now| now.place(id))
    }

    pub(super) fn place_number(&self, id: ConversationId) -> Option<u32> {
        self.with(|now| now.queue.place(id))
    }
}

/// How many conversations an agent may have for one queue to give them another.
pub(super) fn capacity(account: &Account, chats_per_agent: Option<u32>) -> u32 {
    chats_per_agent.map_or(account.capacity, |chats| chats.min(account.capacity))
}

impl Engine {
    /// Records what a commit changed in the views.
    pub(super) fn note_views(&self, before: &Hot, after: &Hot, at: Time) {
        if before.conversation.phase == after.conversation.phase {
            return;
        }
        self.0.views.with(|now| {
            let agents = [before, after].map(|hot| hot.conversation.with_agent().map(|with_agent| with_agent.agent.id));
            if agents[0] != agents[1] {
                // A change of priority, or a time on hold, is no new work.
                now.idle_since.extend(agents.into_iter().flatten().map(|agent| (agent, at)));
            }
            if let Some(agent) = agents[0] {
                now.drop_owned(agent, before.id);
            }
            if let Some(waits) = before.conversation.in_queue() {
                now.dirty.insert((before.site.id.clone(), waits.queue.clone()));
            }
            match &after.conversation.phase {
                Phase::Active(Owner::Queue(waits)) => {
                    if let Some(position) = after.place {
                        let waiting = Waiting {
                            conversation: after.id,
                            site: after.site.id.clone(),
                            queue: waits.queue.clone(),
                            priority: waits.priority,
                            position,
                            since: waits.since,
                            left_by: waits.left_by,
                        };
                        now.queue.enter(waiting);
                        now.dirty.insert((after.site.id.clone(), waits.queue.clone()));
                    }
                }
                Phase::Active(Owner::Agent(with_agent)) => {
                    now.queue.served(after.id, at);
                    let owned = if with_agent.snoozed.is_some() { &mut now.snoozed } else { &mut now.owned };
                    owned.entry(with_agent.agent.id).or_default().insert(after.id);
                }
                Phase::Active(Owner::Bot) | Phase::Resolved { .. } | Phase::Closed => {
                    now.queue.leave(after.id);
                }
            }
        });
        self.0.wakers.assigner.notify_one();
        self.0.wakers.places.notify_one();
    }

    /// Fills in how many agents are there for each queue, and who waits.
    pub(super) fn staff(&self, bot: &Bot, site: &SiteId, queues: &mut BTreeMap<QueueName, QueueFacts>, at: Time) {
        let accounts = self.accounts().list().into_iter().filter(|account| account.serves_site(site));
        let (there, elsewhere): (Vec<Arc<Account>>, Vec<Arc<Account>>) =
            accounts.partition(|account| self.0.presence.serving_until(account) > at);
        self.0.views.with(|now| {
            for (name, facts) in queues {
                facts.waiting = now.queue.len(site, name);
                let estimate = now.queue.estimate(site, name, facts.waiting + 1);
                facts.estimate = estimate.map(|estimate| (estimate.from, estimate.to));
                let chats = bot.program.queues.get(name).and_then(|queue| queue.chats_per_agent);
                for account in there.iter().filter(|account| account.serves(site, name)) {
                    facts.online += 1;
                    facts.free_agents += u32::from(now.load(account.id) < capacity(account, chats));
                }
                // Who answers from Telegram takes visitors by themselves: they are given to nobody there.
                let reached = elsewhere.iter().filter(|account| self.serves_from_telegram(account, site, name));
                facts.online += u32::try_from(reached.count()).unwrap_or(u32::MAX);
            }
        });
    }

    /// Pushes a commit to those who follow the conversation, tells its agent, and hints to the desks where it changes a list:
    /// what the bot does by itself is nobody's news.
    pub(super) fn push(&self, address: &str, after: &Hot, events: &Arc<[Recorded]>) {
        let version = after.conversation.version;
        self.0.hub.push(address, after.id, || {
            Push::Events(Pushed { conversation: after.id, events: Arc::clone(events), version })
        });
        if let Some(with_agent) = after.conversation.with_agent() {
            self.0.hub.grown(with_agent.agent.id, Grown { id: after.id, last: version });
        }
        let with_people = !after.conversation.with_bot();
        let began = events.first().is_some_and(|first| first.no == EventNo(1));
        let urgent = events.iter().any(changes_owner);
        if with_people || began || urgent {
            self.0.hub.hint(DeskHint { sites: vec![after.site.id.clone()], urgent });
        }
    }

    /// Tells those who wait their place, where it has changed: all changes of one queue within two seconds at once, and no
    /// queue waits for another.
    pub(super) async fn tell_places(self) {
        let mut told: BTreeMap<ConversationId, Hint> = BTreeMap::new();
        let mut rests: BTreeMap<(SiteId, QueueName), Time> = BTreeMap::new();
        loop {
            let at = self.0.clock.now();
            rests.retain(|_, until| *until > at);
            let hints: Vec<Hint> = self.0.views.with(|now| {
                let (later, due) =
                    std::mem::take(&mut now.dirty).into_iter().partition(|queue| rests.contains_key(queue));
                now.dirty = later;
                let due: BTreeSet<_> = due;
                if !due.is_empty() {
                    told.retain(|id, _| now.queue.get(*id).is_some());
                }
                let waiting = due.iter().flat_map(|(site, queue)| now.queue.queue(site, queue));
                let hints = waiting.filter_map(|waiting| now.place(waiting.conversation)).collect();
                rests.extend(due.into_iter().map(|queue| (queue, at + PLACES_EVERY)));
                hints
            });
            for hint in hints {
                if told.get(&hint.conversation) == Some(&hint) {
                    continue;
                }
                told.insert(hint.conversation, hint.clone());
                let Ok(Some(hot)) = self.find(hint.conversation) else { continue };
                if let Some(opening) = &hot.conversation.opening {
                    self.0.hub.push(&opening.address.key(), hot.id, || Push::Place(hint));
                }
            }
            let next = self.0.views.with(|now| now.dirty.iter().filter_map(|queue| rests.get(queue)).min().copied());
            match next {
                Some(next) => tokio::select! {
                    () = self.0.wakers.places.notified() => {}
                    () = self.0.clock.sleep_until(next) => {}
                },
                None => self.0.wakers.places.notified().await,
            }
        }
    }

    /// Reads the views from the index rows.
    pub(super) fn read_views(&self) -> Result<(), crate::store::ReadError> {
        for prefix in [view::prefix::QUEUES, view::prefix::OWNERS] {
            for row in all_rows(&*self.0.store, prefix)? {
                let Some(id) = rebuild::conversation_of(&row) else { continue };
                match self.find(id) {
                    Ok(Some(hot)) => {
                        let blank = Hot { conversation: Arc::default(), ..(*hot).clone() };
                        let since = hot.conversation.with_agent().map(|with_agent| with_agent.since);
                        self.note_views(&blank, &hot, since.unwrap_or_default());
                    }
                    Ok(None) => tracing::warn!(conversation = %id, "a row names a conversation that no site has"),
                    Err(error) => {
                        tracing::error!(conversation = %id, %error, "a conversation cannot be read; run `frontdesk verify`");
                    }
                }
            }
        }
        for site in self.0.sites.values() {
            self.read_samples(&site.id)?;
        }
        Ok(())
    }

    /// The waits of the latest conversations, so that estimates survive a restart.
    fn read_samples(&self, site: &SiteId) -> Result<(), crate::store::ReadError> {
        let mut stays: BTreeMap<QueueName, Vec<view::Stay>> = BTreeMap::new();
        for prefix in [view::prefix::live(site), view::prefix::closed(site)] {
            for row in self.0.store.scan(Space::Index, &prefix, None, SAMPLED_MAX)? {
                let StreamId::Conversation(..) = &row.owner else { continue };
                let events = self.0.store.events(&row.owner, EventNo(0), 1_000)?;
                let Ok(events) = rebuild::recorded(&events) else { continue };
                for stay in view::stays(&events) {
                    stays.entry(stay.queue.clone()).or_default().push(stay);
                }
            }
        }
        self.0.views.with(|now| {
            for (queue, stays) in stays {
                for sample in view::samples(stays) {
                    now.queue.sample(site, &queue, sample);
                }
            }
        });
        Ok(())
    }

    /// Forgets a conversation that was erased.
    pub(super) fn forget(&self, id: ConversationId) {
        self.0.search.forget(id);
        if let Some(hot) = self.0.cache.get(id)
            && let Some(opening) = &hot.conversation.opening
        {
            self.0.cache.forget(&opening.address.key(), id);
        }
        self.0.views.with(|now| {
            now.queue.leave(id);
            now.owned.values_mut().chain(now.snoozed.values_mut()).for_each(|owned| {
                owned.remove(&id);
            });
        });
        self.0.hub.hint(DeskHint::default());
    }
}

fn changes_owner(recorded: &Recorded) -> bool {
    use crate::dialog::Event;
    matches!(
        recorded.event,
        Event::HandoffRequested { .. }
            | Event::QueueLeft { .. }
            | Event::HandedBack { .. }
            | Event::Resolved { .. }
            | Event::Reopened
            | Event::Closed { .. }
            | Event::MessageLeft { .. }
            | Event::Mentioned { .. }
            | Event::MentionSeen { .. }
            | Event::Filed { .. }
            | Event::Woken { .. }
            | Event::FollowUpDue { .. }
            | Event::Undelivered { .. }
            | Event::Resent { .. }
    )
}
