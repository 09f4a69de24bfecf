//! What goes to operators in Telegram, decided with the commit that it tells of: which conversations, to which chats, and which
//! of their events. Whoever wrote something there does not read it there once more.

use crate::dialog::{Address, Conversation, Event, Recorded};
use crate::engine::cache::Hot;
use crate::engine::telegram_desk::{Mirror, Topic, key};
use crate::engine::{Engine, outbox};
use crate::id::{ChannelName, ConversationId, SiteId};
use crate::store::{Key, RowChanges};

/// What a commit brings to Telegram.
pub(in crate::engine) struct Mirrored {
    mirror: Mirror,
    site: SiteId,
    id: ConversationId,
    is_new: bool,
    rows: Vec<(Address, Key)>,
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
            None => self.begun(hot, after, events)?,
        };
        // The card tells what was before.
        let begins = events.iter().find(|recorded| is_new && asks(&recorded.event)).map(|recorded| recorded.no);
        let events: Vec<_> =
            events.iter().filter(|recorded| begins.is_none_or(|begins| recorded.no >= begins)).collect();
        let origin = origin(once);
        let mut rows = Vec::new();
        for chat in &mirror.chats {
            let address = address_of(&hot.site.id, *chat, hot.id);
            let wanted = events.iter().filter(|recorded| {
                is_move(&recorded.event)
                    || (is_said(&recorded.event)
                        && self.hears(*chat, after)
                        && !(origin == Some(*chat) && is_agents(&recorded.event)))
            });
            rows.extend(wanted.map(|recorded| (address.clone(), outbox::row_key(&address, recorded.no))));
        }
        Some(Mirrored { mirror, site: hot.site.id.clone(), id: hot.id, is_new, rows })
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
        let desk = self.telegram_desk()?;
        let queue = &after.in_queue().filter(|_| events.iter().any(|recorded| asks(&recorded.event)))?.queue;
        let site = &hot.site.id;
        if desk.site.as_ref().is_some_and(|only| only != site) {
            return None;
        }
        let accounts = self.accounts().list();
        let mut serve =
            accounts.iter().filter(|account| !account.disabled && account.may_see(site, false, Some(queue)));
        if !desk.always && serve.clone().any(|account| self.0.presence.connected(account.id)) {
            return None;
        }
        let (chats, topic) = match desk.group {
            Some(group) => (vec![group], Topic::Wanted),
            None => (serve.by_ref().filter_map(|account| account.telegram).collect(), Topic::None),
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

/// Where a conversation is mirrored in a chat.
fn address_of(site: &SiteId, chat: i64, id: ConversationId) -> Address {
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
