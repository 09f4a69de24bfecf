//! What goes to operators in Telegram, decided with the commit that it tells of: which conversations, to which chats, and which
//! of their events. Whoever wrote something there does not read it there once more.

use std::sync::Arc;

use crate::dialog::{Address, Conversation, Event, Recorded};
use crate::engine::cache::Hot;
use crate::engine::telegram_desk::{Mirror, Topic, key};
use crate::engine::{Account, AgentStatus, Engine, outbox};
use crate::id::{ChannelName, ConversationId, QueueName, SiteId};
use crate::store::{Key, RowChanges};

/// What a commit brings to Telegram.
pub(in crate::engine) struct Mirrored {
    pub(super) mirror: Mirror,
    pub(super) site: SiteId,
    pub(super) id: ConversationId,
    pub(super) is_new: bool,
    pub(super) rows: Vec<(Address, Key)>,
}

impl Mirrored {
    /// Adds its rows to those of the commit.
    pub(in crate::engine) fn put(&self, outbox: &mut RowChanges) {
        if self.is_new {
            outbox.put.push((key(&self.site, self.id).into(), self.mirror.written()));
        }
        outbox.put.extend(self.rows.iter().map(|(_, key)| (key.clone(), Vec::new())));
    }
}

/// By what an input that came from a chat is known, so that a repeat changes nothing.
pub(super) fn once(chat: i64, update: i64) -> String {
    format!("telegram-desk/{chat}/{update}")
}

/// The chat in which an input was written.
fn origin(once: Option<&str>) -> Option<i64> {
    once?.strip_prefix("telegram-desk/")?.split('/').next()?.parse().ok()
}

impl Engine {
    /// What these events bring to operators in Telegram.
    pub(in crate::engine) fn mirrored(
        &self,
        hot: &Hot,
        after: &Conversation,
        events: &[Recorded],
        once: Option<&str>,
    ) -> Option<Mirrored> {
        self.telegram_desk()?;
        let known = self.0.desk.mirror(hot.id);
        let is_new = known.is_none();
        let mirror = match known {
            Some(mirror) => mirror,
            None if events.iter().any(|recorded| is_taken_back(&recorded.event)) => {
                return self.after_the_end(hot, events);
            }
            None => self.begun(hot, after, events)?,
        };
        // The card tells what was before.
        let begins = events.iter().find(|recorded| is_new && asks(&recorded.event)).map(|recorded| recorded.no);
        let events: Vec<_> =
            events.iter().filter(|recorded| begins.is_none_or(|begins| recorded.no >= begins)).collect();
        let rows = self.rows_of(hot, &mirror, after, &events, origin(once));
        Some(Mirrored { mirror, site: hot.site.id.clone(), id: hot.id, is_new, rows })
    }

    /// The rows that bring these events to where a conversation is mirrored.
    pub(super) fn rows_of(
        &self,
        hot: &Hot,
        mirror: &Mirror,
        after: &Conversation,
        events: &[&Recorded],
        origin: Option<i64>,
    ) -> Vec<(Address, Key)> {
        let mut rows = Vec::new();
        for chat in &mirror.chats {
            let address = address_of(&hot.site.id, *chat, hot.id);
            let wanted = events.iter().filter(|recorded| {
                is_move(&recorded.event)
                    || is_taken_back(&recorded.event)
                    || (is_said(&recorded.event)
                        && self.hears(*chat, after)
                        && !(origin == Some(*chat) && is_agents(&recorded.event)))
            });
            rows.extend(wanted.map(|recorded| (address.clone(), outbox::row_key(&address, recorded.no))));
        }
        rows
    }

    /// What was taken back when nothing is said there any more: it is looked for wherever it may have been sent.
    fn after_the_end(&self, hot: &Hot, events: &[Recorded]) -> Option<Mirrored> {
        let accounts = self.accounts().list();
        let operators = accounts.iter().filter_map(|account| account.telegram);
        let chats = self.telegram_desk()?.group.into_iter().chain(operators);
        let addresses = chats.map(|chat| address_of(&hot.site.id, chat, hot.id));
        let told = addresses.filter(|address| self.sent_to(address).is_ok_and(|sent| !sent.is_empty()));
        let taken_back = events.iter().filter(|recorded| is_taken_back(&recorded.event));
        let rows = told.flat_map(|address| {
            taken_back.clone().map(move |recorded| (address.clone(), outbox::row_key(&address, recorded.no)))
        });
        let mirror = Mirror { chats: Vec::new(), topic: Topic::None };
        Some(Mirrored { mirror, site: hot.site.id.clone(), id: hot.id, is_new: false, rows: rows.collect() })
    }

    /// The commit is durable: what it brings is sent.
    pub(in crate::engine) fn mirror(&self, mirrored: Mirrored) {
        if mirrored.is_new {
            self.0.desk.keep(mirrored.id, mirrored.mirror);
        }
        for (address, _) in mirrored.rows {
            self.wake_lane_of(&address);
        }
    }

    /// Where a conversation is mirrored from now on, if it is.
    fn begun(&self, hot: &Hot, after: &Conversation, events: &[Recorded]) -> Option<Mirror> {
        let queue = &after.in_queue().filter(|_| events.iter().any(|recorded| asks(&recorded.event)))?.queue;
        let always = self.telegram_desk()?.always;
        self.place_for(&hot.site.id, queue, |account| !always && self.0.presence.connected(account.id))
    }

    /// Where the conversations of a queue are mirrored; nowhere while somebody `is_there` to serve it.
    pub(super) fn place_for(
        &self,
        site: &SiteId,
        queue: &QueueName,
        is_there: impl Fn(&Account) -> bool,
    ) -> Option<Mirror> {
        let desk = self.telegram_desk().filter(|desk| desk.serves(site))?;
        let accounts = self.accounts().list();
        let serve = accounts.iter().filter(|account| !account.disabled && account.may_see(site, false, Some(queue)));
        if serve.clone().any(|account| is_there(account)) {
            return None;
        }
        let (chats, topic) = match desk.group {
            Some(group) => (vec![group], Topic::Wanted),
            None => (operators(serve.filter(|account| account.telegram.is_some())), Topic::None),
        };
        (!chats.is_empty()).then_some(Mirror { chats, topic })
    }

    /// Whether what is said is read in a chat: in the group always; by an operator alone what is theirs, or waits.
    fn hears(&self, chat: i64, after: &Conversation) -> bool {
        if self.telegram_desk().is_some_and(|desk| desk.group == Some(chat)) {
            return true;
        }
        match after.with_agent() {
            Some(with_agent) => {
                self.accounts().get(with_agent.agent.id).is_some_and(|owner| owner.telegram == Some(chat))
            }
            None => after.in_queue().is_some(),
        }
    }
}

/// The chats of these operators: of those who are available, and of all only where none is, so that nobody waits unseen.
fn operators<'a>(serve: impl Iterator<Item = &'a Arc<Account>> + Clone) -> Vec<i64> {
    let available = serve.clone().filter(|account| account.status == AgentStatus::Available);
    let chats: Vec<i64> = available.filter_map(|account| account.telegram).collect();
    if chats.is_empty() { serve.filter_map(|account| account.telegram).collect() } else { chats }
}

/// Where a conversation is mirrored in a chat.
pub(super) fn address_of(site: &SiteId, chat: i64, id: ConversationId) -> Address {
    let channel = ChannelName::from(crate::channel::TELEGRAM_DESK);
    Address { site: site.clone(), channel, account: String::new(), chat: chat.to_string(), user: id.to_string() }
}

/// A visitor begins to wait for a person.
fn asks(event: &Event) -> bool {
    matches!(event, Event::HandoffRequested { closed: false, .. } | Event::Returned { .. })
}

/// Somebody says something.
fn is_said(event: &Event) -> bool {
    use Event::{BotSaid, MessageLeft, RemoteSent, SaidElsewhere, Undelivered, VisitorSaid, VisitorSent};
    matches!(
        event,
        VisitorSaid { .. }
            | VisitorSent { .. }
            | RemoteSent { .. }
            | BotSaid { .. }
            | SaidElsewhere { .. }
            | MessageLeft { .. }
            | Undelivered { .. }
    ) || is_agents(event)
}

/// What the visitor said before is no longer to be read.
fn is_taken_back(event: &Event) -> bool {
    matches!(event, Event::TakenBack { .. })
}

/// Whether what tells of an event is kept in mind, because the visitor may take back what stands in it.
pub(in crate::engine) fn may_be_taken_back(event: &Event) -> bool {
    use Event::{HandoffRequested, RemoteSent, VisitorSaid};
    matches!(event, VisitorSaid { .. } | RemoteSent { .. } | HandoffRequested { .. })
}

/// An agent writes something.
fn is_agents(event: &Event) -> bool {
    matches!(event, Event::AgentSaid { .. } | Event::AgentSent { .. } | Event::Noted { .. })
}

/// Somebody else has the conversation from here on, or nobody.
fn is_move(event: &Event) -> bool {
    use Event::{Assigned, Closed, HandedBack, HandoffRequested, QueueLeft, Reopened, Resolved, Returned};
    matches!(
        event,
        HandoffRequested { .. }
            | QueueLeft { .. }
            | Assigned { .. }
            | Returned { .. }
            | HandedBack { .. }
            | Resolved { .. }
            | Reopened
            | Closed { .. }
    )
}
