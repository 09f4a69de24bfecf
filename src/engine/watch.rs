//! Who has a conversation open, and who writes in it: a hint for colleagues, so that two do not answer at once. Nothing of it is
//! stored, and nobody depends on it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::dialog::AgentRef;
use crate::engine::Engine;
use crate::id::{AgentId, ConversationId};

/// What a watcher writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Writing {
    /// An answer to the visitor.
    Say,
    /// A note.
    Note,
}

/// One who has a conversation open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watcher {
    /// Who.
    pub agent: AgentRef,
    /// What they write at the moment.
    pub writing: Option<Writing>,
    /// In how many windows.
    windows: usize,
}

type Who = BTreeMap<AgentId, Watcher>;

/// All who watch something.
#[derive(Debug, Default)]
pub(super) struct Watchers(Mutex<HashMap<ConversationId, watch::Sender<Who>>>);

impl Watchers {
    fn change(&self, id: ConversationId, change: impl FnOnce(&mut Who)) -> watch::Receiver<Who> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = all.entry(id).or_insert_with(|| watch::Sender::new(Who::new()));
        sender.send_modify(change);
        let receiver = sender.subscribe();
        if receiver.borrow().is_empty() {
            all.remove(&id);
        }
        receiver
    }
}

/// A window with a conversation open; dropping it closes it.
#[derive(Debug)]
pub struct Watching {
    id: ConversationId,
    agent: AgentId,
    who: watch::Receiver<Who>,
    watchers: Arc<Watchers>,
}

impl Watching {
    /// Waits until who watches, or what they write, changes.
    pub async fn changed(&mut self) {
        if self.who.changed().await.is_err() {
            // The sender lives as long as somebody watches, and we do; without it nothing changes any more.
            std::future::pending::<()>().await;
        }
    }

    /// The others who watch now.
    pub fn others(&mut self) -> Vec<Watcher> {
        let own = self.agent;
        self.who.borrow_and_update().values().filter(|watcher| watcher.agent.id != own).cloned().collect()
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let agent = self.agent;
        self.watchers.change(self.id, |who| {
            if let Some(watcher) = who.get_mut(&agent) {
                watcher.windows = watcher.windows.saturating_sub(1);
                if watcher.windows == 0 {
                    who.remove(&agent);
                }
            }
        });
    }
}

impl Engine {
    /// An agent has a conversation open until what this gives is dropped.
    pub fn watch(&self, id: ConversationId, agent: &AgentRef) -> Watching {
        let watchers = Arc::clone(&self.0.watchers);
        let mut who = watchers.change(id, |who| {
            let new = || Watcher { agent: agent.clone(), writing: None, windows: 0 };
            who.entry(agent.id).or_insert_with(new).windows += 1;
        });
        // So that a new window hears at once who is there already.
        who.mark_changed();
        Watching { id, agent: agent.id, who, watchers }
    }

    /// An agent who has a conversation open writes something, or has stopped.
    pub fn writes(&self, id: ConversationId, agent: AgentId, writing: Option<Writing>) {
        self.0.watchers.change(id, |who| {
            if let Some(watcher) = who.get_mut(&agent) {
                watcher.writing = writing;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(number: u128) -> AgentRef {
        AgentRef { id: AgentId::from_uuid(uuid::Uuid::from_u128(number)), name: format!("Agent {number}") }
    }

    #[tokio::test]
    async fn who_leaves_is_gone_and_nothing_is_kept_of_what_nobody_watches() {
        let watchers = Arc::new(Watchers::default());
        let id = ConversationId::from_uuid(uuid::Uuid::from_u128(1));
        let open = |who: &AgentRef| {
            let receiver = watchers.change(id, |all| {
                let new = || Watcher { agent: who.clone(), writing: None, windows: 0 };
                all.entry(who.id).or_insert_with(new).windows += 1;
            });
            Watching { id, agent: who.id, who: receiver, watchers: Arc::clone(&watchers) }
        };
        let (ann, bob) = (agent(1), agent(2));
        let mut anns = open(&ann);
        let (first, second) = (open(&bob), open(&bob));
        anns.changed().await;
        assert_eq!(anns.others().len(), 1, "two windows are one colleague");
        drop(first);
        assert_eq!(anns.others().len(), 1);
        drop(second);
        anns.changed().await;
        assert!(anns.others().is_empty());
        drop(anns);
        assert!(watchers.0.lock().unwrap().is_empty());
    }
}
