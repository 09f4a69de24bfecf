//! The long lists of the desk: pages of them, filtered, with counts. What a filter asks stands in the index rows, so that only the
//! conversations of the page itself are read.

use std::collections::VecDeque;

use crate::engine::desk::Row;
use crate::engine::{Account, Engine, TurnError, rebuild};
use crate::flow::Priority;
use crate::id::{AgentId, ChannelName, ConversationId, Language, QueueName, SiteId};
use crate::store::{self, Space};
use crate::text;
use crate::time::Time;
use crate::view::{self, Facts, Standing};

/// Rows that a page looks at before it gives what it has found and where to go on.
const LOOK_MAX: usize = 20_000;

/// A list is counted up to so many; beyond that it has "more than" them.
pub const COUNT_MAX: usize = 1_000;

/// Rows that a count looks at.
const COUNT_LOOK_MAX: usize = 4_000;

/// Rows read from the store at a time.
const READ_AT_ONCE: usize = 200;

/// Labels that a filter offers, of each site.
const LABELS_OFFERED: usize = 200;

/// A list of the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum List {
    /// What the agent has, without what is on hold; who waits longest for an answer first.
    Mine,
    /// Who waits, the next first.
    Queue,
    /// Left messages that no agent has taken up, the oldest first; those whose visitors wait again are in the queue.
    Left,
    /// Everything that is not closed, the latest first.
    Open,
    /// What the bot or other agents have, the latest first: what no other list of the overview has.
    Others,
    /// What is on hold, the first to come back first.
    Snoozed,
    /// Where messages did not arrive, until they are sent again or the conversation is closed; the latest first.
    Undelivered,
    /// Reminders that are not done, the first to be due first.
    FollowUps,
    /// Reminders that are due: the agent's own, and those of accounts that are closed.
    Due,
    /// What is closed, the latest first.
    Closed,
}

/// What the conversations of a list have in common; what is not given does not count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// The site.
    pub site: Option<SiteId>,
    /// The queue.
    pub queue: Option<QueueName>,
    /// A label, folded.
    pub label: Option<String>,
    /// The channel.
    pub channel: Option<ChannelName>,
    /// The language.
    pub language: Option<Language>,
    /// The agent who has it or solved it.
    pub agent: Option<AgentId>,
    /// The priority.
    pub priority: Option<Priority>,
}

impl Filter {
    /// A filter by a label, however it is spelled.
    pub fn labelled(label: &str) -> Self {
        Self { label: Some(text::fold(label)), ..Self::default() }
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn fits(&self, site: &SiteId, facts: &Facts) -> bool {
        fn same<T: PartialEq>(asked: Option<&T>, is: &T) -> bool {
            asked.is_none_or(|asked| asked == is)
        }
        same(self.site.as_ref(), site)
            && self.queue.as_ref().is_none_or(|queue| facts.queue.as_ref() == Some(queue))
            && self.label.as_ref().is_none_or(|label| facts.labels.contains(label))
            && same(self.channel.as_ref(), &facts.channel)
            && same(self.language.as_ref(), &facts.language)
            && self.agent.is_none_or(|agent| facts.agent == Some(agent))
            && same(self.priority.as_ref(), &facts.priority)
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// The conversations.
    pub rows: Vec<Row>,
    /// Where the next page begins; none after the last.
    pub next: Option<String>,
}

/// How long a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// So many.
    pub count: usize,
    /// Or more.
    pub or_more: bool,
}

impl Engine {
    /// A page of a list of an agent's desk, after `after`, which an earlier page gave.
    pub fn list(
        &self,
        agent: &Account,
        list: List,
        filter: &Filter,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page, TurnError> {
        let now = self.0.clock.now();
        if let Some(ids) = self.in_memory(agent, list) {
            return self.page_of(agent, list, filter, &ids, after, limit);
        }
        let mut page = Page::default();
        let mut listed = self.listed(agent, list, filter, after);
        let mut looked = 0;
        while let Some(found) = listed.next(self)? {
            looked += 1;
            if page.rows.len() == limit || looked > LOOK_MAX {
                // The next page begins with this one: it goes on after the one before.
                page.next = listed.before.take();
                break;
            }
            if self.belongs(agent, list, filter, &found)?
                && let Some(row) = self.row_of(agent, found.id, now)?
                && (list != List::Due || self.is_due(agent, &found, now)?)
            {
                page.rows.push(row);
            }
            listed.before = Some(found.tail);
            if list == List::Due && found.at > now {
                break;
            }
        }
        Ok(page)
    }

    /// How long a list is. A long one is not counted to its end.
    pub fn count(&self, agent: &Account, list: List, filter: &Filter) -> Result<Count, TurnError> {
        if let Some(ids) = self.in_memory(agent, list) {
            return Ok(Count {
                count: self.page_of(agent, list, filter, &ids, None, usize::MAX)?.rows.len(),
                or_more: false,
            });
        }
        let now = self.0.clock.now();
        let mut listed = self.listed(agent, list, filter, None);
        let (mut count, mut looked) = (0, 0);
        while let Some(found) = listed.next(self)? {
            looked += 1;
            if count == COUNT_MAX || looked > COUNT_LOOK_MAX {
                return Ok(Count { count, or_more: true });
            }
            if list == List::Due && found.at > now {
                break;
            }
            if self.belongs(agent, list, filter, &found)? && (list != List::Due || self.is_due(agent, &found, now)?) {
                count += 1;
            }
        }
        Ok(Count { count, or_more: false })
    }

    /// The labels that are in use on an agent's sites, folded.
    pub fn labels(&self, agent: &Account) -> Result<Vec<String>, TurnError> {
        let mut labels = std::collections::BTreeSet::new();
        for site in self.sites().filter(|site| agent.serves_site(&site.id)) {
            let prefix = view::prefix::labels(&site.id);
            let mut after: Option<String> = None;
            // One row of each label: whatever follows the label is skipped.
            for _ in 0..LABELS_OFFERED {
                let row = self.0.store.scan(Space::Index, &prefix, after.as_deref(), 1)?.into_iter().next();
                let Some(row) = row else { break };
                let Some((label, _)) = row.key[prefix.len()..].split_once('/') else { break };
                after = Some(format!("{prefix}{label}/\u{10ffff}"));
                labels.insert(label.replace("%2F", "/").replace("%25", "%"));
            }
        }
        Ok(labels.into_iter().collect())
    }

    /// The conversations of a list that is kept in memory, in its order.
    fn in_memory(&self, agent: &Account, list: List) -> Option<Vec<ConversationId>> {
        self.0.views.with(|views| match list {
            List::Mine => Some(views.owned.get(&agent.id).into_iter().flatten().copied().collect()),
            List::Queue => Some(views.queue.all().iter().map(|waiting| waiting.conversation).collect()),
            _ => None,
        })
    }

    /// A page of a list that is kept in memory: `after` is a number.
    fn page_of(
        &self,
        agent: &Account,
        list: List,
        filter: &Filter,
        ids: &[ConversationId],
        after: Option<&str>,
        limit: usize,
    ) -> Result<Page, TurnError> {
        let now = self.0.clock.now();
        let mut rows = Vec::new();
        for id in ids {
            if let Some(hot) = self.find(*id)?
                && agent.may(&hot.conversation)
                && (filter.is_empty()
                    || Facts::of(&hot.conversation).is_some_and(|facts| filter.fits(&hot.site.id, &facts)))
            {
                rows.extend(self.row(&hot, now));
            }
        }
        if list == List::Mine {
            rows.sort_by_key(|row| (row.summary.unanswered.unwrap_or(Time(i64::MAX)), row.summary.since));
        }
        let from = after.and_then(|after| after.parse::<usize>().ok()).unwrap_or(0).min(rows.len());
        let to = from.saturating_add(limit).min(rows.len());
        let next = (to < rows.len()).then(|| to.to_string());
        Ok(Page { rows: rows.drain(from..to).collect(), next })
    }

    /// The rows under a list's keys, of all sites of the agent, in one order.
    fn listed(&self, agent: &Account, list: List, filter: &Filter, after: Option<&str>) -> Listed {
        let sites = self.sites().filter(|site| agent.serves_site(&site.id));
        let sites = sites.filter(|site| filter.site.as_ref().is_none_or(|wanted| *wanted == site.id));
        let sources = sites.map(|site| {
            let prefix = match (list, &filter.label) {
                (List::Left, _) => view::prefix::left(&site.id),
                (List::Undelivered, _) => view::prefix::undelivered(&site.id),
                (List::Snoozed, _) => view::prefix::snoozed(&site.id),
                (List::FollowUps | List::Due, _) => view::prefix::follow(&site.id),
                (_, Some(label)) => view::prefix::label(&site.id, label),
                (List::Closed, None) => view::prefix::closed(&site.id),
                (List::Mine | List::Queue | List::Open | List::Others, None) => view::prefix::live(&site.id),
            };
            let after = after.map(|after| format!("{prefix}{after}"));
            Source { site: site.id.clone(), prefix, after, read: VecDeque::new(), ended: false }
        });
        Listed { sources: sources.collect(), before: after.map(str::to_owned) }
    }

    /// Whether a row's conversation is in the list, fits the filter, and is the agent's to see.
    fn belongs(&self, agent: &Account, list: List, filter: &Filter, found: &Found) -> Result<bool, TurnError> {
        let read;
        let facts = match &found.facts {
            Some(facts) => facts,
            // An older program wrote the row.
            None => match self.find(found.id)?.and_then(|hot| Facts::of(&hot.conversation)) {
                Some(facts) => {
                    read = facts;
                    &read
                }
                None => return Ok(false),
            },
        };
        let own = facts.agent == Some(agent.id);
        let listed = match list {
            List::Left => facts.left && facts.standing != Standing::Queue,
            List::Others => {
                let mine = own && facts.standing == Standing::Agent;
                let elsewhere = matches!(facts.standing, Standing::Queue | Standing::Closed);
                !(mine || elsewhere || facts.left || facts.snoozed)
            }
            List::Open => facts.standing != Standing::Closed,
            List::Closed => facts.standing == Standing::Closed,
            List::Mine | List::Queue | List::Snoozed | List::Undelivered | List::FollowUps | List::Due => true,
        };
        Ok(listed && agent.may_see(&found.site, own, facts.queue.as_ref()) && filter.fits(&found.site, facts))
    }

    /// Whether a reminder is due for the agent to see.
    fn is_due(&self, agent: &Account, found: &Found, now: Time) -> Result<bool, TurnError> {
        let Some(hot) = self.find(found.id)? else { return Ok(false) };
        let left = |id| self.accounts().get(id).is_none_or(|account| account.disabled);
        let open = hot.conversation.filed.open_follow_ups();
        Ok(open.iter().any(|follow_up| {
            follow_up.due <= now
                && follow_up.due == found.at
                && (follow_up.agent.id == agent.id || left(follow_up.agent.id))
        }))
    }

    fn row_of(&self, agent: &Account, id: ConversationId, now: Time) -> Result<Option<Row>, TurnError> {
        let found = self.find(id)?.filter(|hot| agent.may(&hot.conversation));
        Ok(found.and_then(|hot| self.row(&hot, now)))
    }
}

/// A row of a list, read.
struct Found {
    id: ConversationId,
    site: SiteId,
    /// What stands after the list's prefix: the order of the list.
    tail: String,
    /// The time by which it is ordered, where that is one to come.
    at: Time,
    facts: Option<Facts>,
}

/// The rows of a list of several sites, in one order.
struct Listed {
    sources: Vec<Source>,
    /// The row before the one that was given last.
    before: Option<String>,
}

/// The rows of a list of one site.
struct Source {
    site: SiteId,
    prefix: String,
    after: Option<String>,
    read: VecDeque<store::Row>,
    ended: bool,
}

impl Source {
    fn tail(&mut self, engine: &Engine) -> Result<Option<String>, TurnError> {
        if self.read.is_empty() && !self.ended {
            let page = engine.0.store.scan(Space::Index, &self.prefix, self.after.as_deref(), READ_AT_ONCE)?;
            self.ended = page.len() < READ_AT_ONCE;
            self.after = page.last().map(|row| row.key.clone());
            self.read = page.into();
        }
        Ok(self.read.front().map(|row| row.key[self.prefix.len()..].to_owned()))
    }
}

impl Listed {
    fn next(&mut self, engine: &Engine) -> Result<Option<Found>, TurnError> {
        loop {
            let mut first: Option<(String, usize)> = None;
            for (number, source) in self.sources.iter_mut().enumerate() {
                if let Some(tail) = source.tail(engine)?
                    && first.as_ref().is_none_or(|(least, _)| tail < *least)
                {
                    first = Some((tail, number));
                }
            }
            let Some((tail, number)) = first else { return Ok(None) };
            let source = &mut self.sources[number];
            let Some(row) = source.read.pop_front() else { return Ok(None) };
            let Some(id) = rebuild::conversation_of(&row) else { continue };
            let at = tail.get(..20).and_then(|digits| digits.parse().ok()).map_or(Time(0), Time);
            let facts = rebuild::facts_of(&row);
            return Ok(Some(Found { id, site: source.site.clone(), tail, at, facts }));
        }
    }
}
