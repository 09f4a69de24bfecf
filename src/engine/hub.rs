//! Live push inside the process. A push is a hint that carries events: whoever misses one, or falls behind, fetches the
//! events after the last number they have. Nothing is kept for those who do not listen.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast;

use crate::dialog::Recorded;
use crate::engine::signals::Signal;
use crate::id::{AgentId, ConversationId, EventNo, SiteId};
use crate::view::Estimate;

/// How many pushes a listener to one conversation may be behind before it must fetch.
const BEHIND_MAX: usize = 16;

/// How many hints a desk may be behind.
const DESK_BEHIND_MAX: usize = 256;

/// What is pushed to those who follow a conversation.
#[derive(Debug, Clone)]
pub enum Push {
    /// It grew.
    Events(Pushed),
    /// The visitor's place in the queue, or its estimate, changed.
    Place(Hint),
    /// Somebody read on, or is typing.
    Signal(Signal),
}

/// New events of a conversation.
#[derive(Debug, Clone)]
pub struct Pushed {
    /// The conversation: on an address it changes when a closed one is followed by a new one.
    pub conversation: ConversationId,
    /// The events of one commit.
    pub events: Arc<[Recorded]>,
    /// The number of the last.
    pub version: EventNo,
}

/// A place in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The conversation.
    pub conversation: ConversationId,
    /// From 1.
    pub position: u32,
    /// How long it may take.
    pub estimate: Option<Estimate>,
}

/// Says to desks that a list changed: queue, owners, agents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeskHint {
    /// The sites that it concerns; none means all.
    pub sites: Vec<SiteId>,
    /// Whether somebody began to wait or to be served, or ended: what people at the desk wait for themselves.
    pub urgent: bool,
}

/// Says to an agent's desks that a conversation of theirs grew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grown {
    /// Which.
    pub id: ConversationId,
    /// The number of its last event.
    pub last: EventNo,
}

/// Who listens to what.
#[derive(Debug)]
pub struct Hub {
    conversations: Listeners<ConversationId, Push>,
    addresses: Listeners<String, Push>,
    owners: Listeners<AgentId, Grown>,
    desk: broadcast::Sender<DeskHint>,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            conversations: Listeners::default(),
            addresses: Listeners::default(),
            owners: Listeners::default(),
            desk: broadcast::Sender::new(DESK_BEHIND_MAX),
        }
    }
}

impl Hub {
    /// Follows a conversation from now on.
    pub fn conversation(&self, id: ConversationId) -> broadcast::Receiver<Push> {
        self.conversations.listen(id)
    }

    /// Follows a visitor from now on, also into their next conversation.
    pub fn visitor(&self, address: &crate::dialog::Address) -> broadcast::Receiver<Push> {
        self.addresses.listen(address.key())
    }

    /// Follows what an agent owns from now on.
    pub fn owner(&self, agent: AgentId) -> broadcast::Receiver<Grown> {
        self.owners.listen(agent)
    }

    /// Follows the lists of the desk from now on.
    pub fn desk(&self) -> broadcast::Receiver<DeskHint> {
        self.desk.subscribe()
    }

    /// How many visitors are followed live.
    pub fn visitors(&self) -> usize {
        self.addresses.len()
    }

    pub(super) fn push(&self, address: &str, id: ConversationId, push: impl FnOnce() -> Push) {
        let to_conversation = self.conversations.find(&id);
        let to_address = self.addresses.find(address);
        if to_conversation.is_none() && to_address.is_none() {
            return;
        }
        let push = push();
        for sender in [to_conversation, to_address].into_iter().flatten() {
            // The last listener may have gone meanwhile.
            let _ = sender.send(push.clone());
        }
    }

    pub(super) fn grown(&self, owner: AgentId, grown: Grown) {
        if let Some(sender) = self.owners.find(&owner) {
            // The last listener may have gone meanwhile.
            let _ = sender.send(grown);
        }
    }

    pub(super) fn hint(&self, hint: DeskHint) {
        // No desk may be open.
        let _ = self.desk.send(hint);
    }
}

/// Senders by key. Those without listeners are forgotten when the map has doubled.
#[derive(Debug)]
struct Listeners<K, T>(Mutex<Senders<K, T>>);

#[derive(Debug)]
struct Senders<K, T> {
    by_key: HashMap<K, broadcast::Sender<T>>,
    sweep_at: usize,
}

impl<K, T> Default for Listeners<K, T> {
    fn default() -> Self {
        Self(Mutex::new(Senders { by_key: HashMap::new(), sweep_at: 64 }))
    }
}

impl<K: Eq + Hash, T: Clone> Listeners<K, T> {
    fn listen(&self, key: K) -> broadcast::Receiver<T> {
        let mut senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if senders.by_key.len() >= senders.sweep_at {
            senders.by_key.retain(|_, sender| sender.receiver_count() > 0);
            senders.sweep_at = (senders.by_key.len() * 2).max(64);
        }
        senders.by_key.entry(key).or_insert_with(|| broadcast::Sender::new(BEHIND_MAX)).subscribe()
    }

    fn find<Q>(&self, key: &Q) -> Option<broadcast::Sender<T>>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        senders.by_key.get(key).filter(|sender| sender.receiver_count() > 0).cloned()
    }

    fn len(&self) -> usize {
        let senders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        senders.by_key.values().filter(|sender| sender.receiver_count() > 0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_listener_who_falls_behind_is_told_and_one_who_left_costs_nothing() {
        let hub = Hub::default();
        let id = ConversationId::from_uuid(uuid::Uuid::from_u128(1));
        let mut listener = hub.conversation(id);
        let push = || Push::Place(Hint { conversation: id, position: 1, estimate: None });
        for _ in 0..=BEHIND_MAX {
            hub.push("a", id, push);
        }
        assert!(matches!(listener.recv().await, Err(broadcast::error::RecvError::Lagged(1))));
        assert!(listener.recv().await.is_ok(), "and goes on with what is left");
        drop(listener);
        hub.push("a", id, || unreachable!("nobody listens, so nothing is made"));
    }

    #[test]
    fn listeners_who_left_are_forgotten() {
        let hub = Hub::default();
        for number in 0..10_000 {
            drop(hub.conversation(ConversationId::from_uuid(uuid::Uuid::from_u128(number))));
        }
        assert!(hub.conversations.0.lock().unwrap().by_key.len() <= 128);
    }
}
