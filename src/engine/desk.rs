//! What the desk shows: lists of conversations, agents, and the context card of one conversation.

use std::sync::Arc;

use crate::dialog::{Conversation, Recorded};
use crate::engine::cache::Hot;
use crate::engine::{Account, AgentStatus, Engine, Filter, List, Person, Role, TurnError, contacts, identity};
use crate::id::{AgentId, ContactId, ConversationId, EventNo, SiteId};
use crate::time::{Span, Time};
use crate::view::{self, ContextCard, Estimate, Summary};

/// The most conversations of a list that may be long.
const LIST_MAX: usize = 100;

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
    /// How long nobody should wait in its queue, where the queue says so.
    pub target: Option<Span>,
}

/// The lists of one agent's desk.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Inbox {
    /// Reminders that are due, the first to be due first.
    pub due: Vec<Row>,
    /// What the agent owns; who waits longest for an answer first.
    pub mine: Vec<Row>,
    /// Who waits, the next first.
    pub queue: Vec<Row>,
    /// Left messages that no agent has taken up, the oldest first; those whose visitors wait again are in the queue.
    pub left: Vec<Row>,
    /// What the bot or other agents own; the latest first.
    pub open: Vec<Row>,
    /// What is on hold, the first to come back first.
    pub snoozed: Vec<Row>,
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
    /// Who they are, as far as a page says.
    pub person: Person,
    /// Whose it is.
    pub whose: Whose,
    /// Earlier conversations of the same person, the latest first.
    pub earlier: Vec<Summary>,
    /// All events, the bot's part included.
    pub events: Vec<Recorded>,
    /// The state.
    pub conversation: Arc<Conversation>,
    /// Until when the visitor's messaging app lets an agent write; none where there is no end.
    pub writable_until: Option<Time>,
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
        let none = Filter::default();
        let listed = |list, limit| Ok::<_, TurnError>(self.list(agent, list, &none, None, limit)?.rows);
        Ok(Inbox {
            due: listed(List::Due, LIST_MAX)?,
            mine: listed(List::Mine, usize::MAX)?,
            queue: listed(List::Queue, usize::MAX)?,
            left: listed(List::Left, LIST_MAX)?,
            open: listed(List::Others, LIST_MAX)?,
            snoozed: listed(List::Snoozed, LIST_MAX)?,
            closed: listed(List::Closed, LIST_MAX)?,
        })
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
        let row = self.row(&hot, self.0.clock.now()).ok_or(TurnError::NoSuchConversation(id))?;
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
                    earlier.extend(hot.summary());
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
        let person = identity::person(&*self.0.store, &hot.site.id, opening.contact)?;
        let window = self.channels().of(&opening.address).and_then(|account| account.channel.window(&opening.address));
        let writable_until = window.zip(hot.conversation.visitor_at).map(|(window, at)| at + window);
        let conversation = Arc::clone(&hot.conversation);
        Ok(Card { row, card, person, whose, earlier, events, conversation, writable_until })
    }

    /// How long nobody should wait in a conversation's queue.
    pub(super) fn target(&self, summary: &Summary) -> Option<Span> {
        let bot = self.site(&summary.site)?.bot();
        bot.program.queues.get(summary.queue.as_ref()?)?.target
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
                rows.extend(self.row(&hot, now));
            }
        }
        Ok(rows)
    }

    pub(super) fn row(&self, hot: &Hot, now: Time) -> Option<Row> {
        let (summary, conversation) = (hot.summary()?, &hot.conversation);
        let hint = self.place(hot.id);
        Some(Row {
            position: hint.as_ref().map(|hint| hint.position),
            waited: conversation.in_queue().map(|waits| now.since(waits.since)),
            estimate: hint.and_then(|hint| hint.estimate),
            target: self.target(&summary),
            summary,
        })
    }
}
