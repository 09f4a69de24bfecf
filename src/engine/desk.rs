//! What the desk shows: lists of conversations, agents, and the context card of one conversation.

use std::sync::Arc;

use crate::dialog::{Conversation, Recorded};
use crate::engine::{Account, AgentStatus, Engine, Role, TurnError, contacts, rebuild};
use crate::id::{AgentId, ContactId, ConversationId, EventNo, SiteId};
use crate::store::Space;
use crate::time::{Span, Time};
use crate::view::{self, ContextCard, Estimate, Summary};

/// The most conversations of each list, of each site.
const LIST_MAX: usize = 100;

/// So many conversations are looked at to fill the list of open ones, and of closed ones, of each site.
const LOOK_MAX: usize = 500;

/// The most events of a conversation that its card is made from.
const EVENTS_MAX: usize = 5_000;

/// The most earlier conversations on a card.
const EARLIER_MAX: usize = 20;

/// So many of a person's latest conversations are looked at for them.
const EARLIER_LOOK_MAX: usize = 100;

/// One conversation in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// In a few words.
    pub summary: Summary,
    /// The place in its queue, from 1, where it waits.
    pub position: Option<u32>,
    /// How long it has waited, where it waits.
    pub waited: Option<Span>,
    /// How long it may still wait.
    pub estimate: Option<Estimate>,
}

/// The lists of one agent's desk.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Inbox {
    /// What the agent owns; who waits longest for an answer first.
    pub mine: Vec<Row>,
    /// Who waits, the next first.
    pub queue: Vec<Row>,
    /// Left messages that no agent has taken up, the oldest first; those whose visitors wait again are in the queue.
    pub left: Vec<Row>,
    /// What the bot or other agents own; the latest first.
    pub open: Vec<Row>,
    /// What was closed lately; the latest first.
    pub closed: Vec<Row>,
}

/// An agent as others see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentRow {
    /// Their account.
    pub id: AgentId,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// What they have chosen.
    pub status: AgentStatus,
    /// Whether their desk is connected.
    pub online: bool,
    /// How many conversations they have.
    pub load: u32,
    /// How many the assigner gives them.
    pub capacity: u32,
}

/// One conversation as an agent opens it.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// In a few words.
    pub row: Row,
    /// What an agent must know.
    pub card: ContextCard,
    /// Whose it is.
    pub whose: Whose,
    /// Earlier conversations of the same person, the latest first.
    pub earlier: Vec<Summary>,
    /// All events, the bot's part included.
    pub events: Vec<Recorded>,
    /// The state.
    pub conversation: Arc<Conversation>,
}

/// Whose conversation it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whose {
    /// The contact that stands for them.
    pub id: ContactId,
    /// The name that is known of them over all conversations.
    pub name: Option<String>,
    /// Whether nobody hears them any more.
    pub blocked: bool,
    /// How many contacts are this person.
    pub contacts: usize,
}

impl Engine {
    /// The lists of an agent's desk: what they may act on.
    pub fn inbox(&self, agent: &Account) -> Result<Inbox, TurnError> {
        let now = self.0.clock.now();
        let (mine, waiting): (Vec<_>, Vec<_>) = self.0.views.with(|views| {
            let mine = views.owned.get(&agent.id).into_iter().flatten().copied().collect();
            (mine, views.queue.all().iter().map(|waiting| waiting.conversation).collect())
        });
        let (mine, queue) = (self.rows(agent, mine, now)?, self.rows(agent, waiting, now)?);
        let mut inbox = Inbox { mine, queue, ..Inbox::default() };
        inbox.mine.sort_by_key(|row| (row.summary.unanswered.unwrap_or(Time(i64::MAX)), row.summary.since));
        for site in self.sites().filter(|site| agent.serves_site(&site.id)) {
            // No message may be lost to sight behind others' messages, however many those are.
            let left = view::prefix::left(&site.id);
            inbox.left.extend(self.listed(agent, &left, usize::MAX, now, |row| row.summary.owner != "queue")?);
            let live = view::prefix::live(&site.id);
            inbox.open.extend(self.listed(agent, &live, LOOK_MAX, now, |row| {
                let own = row.summary.agent.as_ref().is_some_and(|owner| owner.id == agent.id);
                let mine = own && row.summary.owner == "agent";
                !(mine || row.summary.owner == "queue" || row.summary.left.is_some())
            })?);
            let closed = view::prefix::closed(&site.id);
            inbox.closed.extend(self.listed(agent, &closed, LOOK_MAX, now, |_| true)?);
        }
        inbox.left.sort_by_key(|row| row.summary.since);
        inbox.left.truncate(LIST_MAX);
        for list in [&mut inbox.open, &mut inbox.closed] {
            list.sort_by_key(|row| std::cmp::Reverse(row.summary.last_at));
            list.truncate(LIST_MAX);
        }
        Ok(inbox)
    }

    /// Everybody who works with an agent on at least one site, themselves included.
    pub fn colleagues(&self, agent: &Account) -> Vec<AgentRow> {
        self.agents(|other| agent.shares(&other.sites))
    }

    /// Everybody who serves a site.
    pub fn agents_of(&self, site: &SiteId) -> Vec<AgentRow> {
        self.agents(|account| account.serves_site(site))
    }

    fn agents(&self, counts: impl Fn(&Account) -> bool) -> Vec<AgentRow> {
        let accounts = self.accounts().list().into_iter().filter(|account| !account.disabled && counts(account));
        let row = |account: Arc<Account>| AgentRow {
            id: account.id,
            name: account.name.clone(),
            role: account.role,
            status: account.status,
            online: self.0.presence.connected(account.id),
            load: self.0.views.with(|now| now.load(account.id)),
            capacity: account.capacity,
        };
        accounts.map(row).collect()
    }

    /// One conversation as an agent opens it, if it is theirs to see.
    pub fn card(&self, agent: &Account, id: ConversationId) -> Result<Card, TurnError> {
        let hot = self.find(id)?.filter(|hot| agent.may(&hot.conversation));
        let hot = hot.ok_or(TurnError::NoSuchConversation(id))?;
        let opening = hot.conversation.opening.as_ref().ok_or(TurnError::NoSuchConversation(id))?;
        let row = self.row(id, &hot.conversation, self.0.clock.now()).ok_or(TurnError::NoSuchConversation(id))?;
        let events = self.events(id, EventNo(0), EVENTS_MAX)?;
        let card = view::card(&hot.conversation, &hot.known, &events, None);
        let group = self.0.people.group(opening.contact);
        let mut earlier = Vec::new();
        for member in &group {
            for other in contacts::latest(&*self.0.store, &hot.site.id, *member).take(EARLIER_LOOK_MAX) {
                let other = other?;
                if other != id
                    && let Some(hot) = self.find(other)?
                    && agent.may(&hot.conversation)
                {
                    earlier.extend(view::summary(other, &hot.conversation));
                }
            }
        }
        earlier.sort_by_key(|summary| std::cmp::Reverse(summary.last_at));
        earlier.truncate(EARLIER_MAX);
        let whose = Whose {
            id: group.first().copied().unwrap_or(opening.contact),
            name: hot.known.get("name").map(crate::flow::Slot::text),
            blocked: self.0.people.is_blocked(opening.contact),
            contacts: group.len(),
        };
        Ok(Card { row, card, whose, earlier, events, conversation: Arc::clone(&hot.conversation) })
    }

    /// The site of a conversation.
    pub fn site_of(&self, id: ConversationId) -> Result<Option<SiteId>, TurnError> {
        Ok(self.find(id)?.map(|hot| hot.site.id.clone()))
    }

    /// The rows of those among these conversations that are an agent's to see.
    pub(super) fn rows(&self, agent: &Account, ids: Vec<ConversationId>, now: Time) -> Result<Vec<Row>, TurnError> {
        let mut rows = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(hot) = self.find(id)?
                && agent.may(&hot.conversation)
            {
                rows.extend(self.row(id, &hot.conversation, now));
            }
        }
        Ok(rows)
    }

    fn row(&self, id: ConversationId, conversation: &Conversation, now: Time) -> Option<Row> {
        let summary = view::summary(id, conversation)?;
        let hint = self.place(id);
        Some(Row {
            position: hint.as_ref().map(|hint| hint.position),
            waited: conversation.in_queue().map(|waits| now.since(waits.since)),
            estimate: hint.and_then(|hint| hint.estimate),
            summary,
        })
    }

    /// The first rows under a prefix that are an agent's to see and belong to the list; at most so many are looked at.
    fn listed(
        &self,
        agent: &Account,
        prefix: &str,
        look_max: usize,
        now: Time,
        belongs: impl Fn(&Row) -> bool,
    ) -> Result<Vec<Row>, TurnError> {
        let (mut listed, mut looked) = (Vec::new(), 0);
        let mut after: Option<String> = None;
        loop {
            let page = self.0.store.scan(Space::Index, prefix, after.as_deref(), LIST_MAX)?;
            looked += page.len();
            let more = page.len() == LIST_MAX && looked < look_max;
            after = page.last().map(|row| row.key.clone());
            let ids = page.iter().filter_map(rebuild::conversation_of).collect();
            listed.extend(self.rows(agent, ids, now)?.into_iter().filter(&belongs));
            if !more || listed.len() >= LIST_MAX {
                listed.truncate(LIST_MAX);
                return Ok(listed);
            }
        }
    }
}
