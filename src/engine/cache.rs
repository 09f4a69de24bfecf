//! States of conversations that were used lately, so that a turn on a hot conversation reads nothing from the store. The cache
//! may be wrong without harm: a turn decided on an old state is refused by its version and decided again.

use std::collections::HashMap;
use std::collections::hash_map::IntoIter;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use crate::dialog::Conversation;
use crate::engine::contacts::Known;
use crate::engine::sites::LiveSite;
use crate::flow::Slot;
use crate::id::{ConversationId, Position};
use crate::view::{self, IndexRow, Summary};

/// How many conversations are kept, up to twice.
const HOT_MAX: usize = 4_096;

/// A conversation in memory.
#[derive(Debug, Clone)]
pub(super) struct Hot {
    pub(super) id: ConversationId,
    pub(super) site: Arc<LiveSite>,
    pub(super) conversation: Arc<Conversation>,
    /// Its index rows, kept so that a turn computes them once.
    pub(super) rows: Arc<[IndexRow]>,
    /// The position of the commit that gave the place in a queue, where it waits in one.
    pub(super) place: Option<Position>,
    /// What earlier conversations know of the person.
    pub(super) known: Arc<Known>,
}

impl Hot {
    /// It in a few words, with the name that is known of the person where they told none in it: apps tell it once.
    pub(super) fn summary(&self) -> Option<Summary> {
        let mut summary = view::summary(self.id, &self.conversation)?;
        summary.name = summary.name.or_else(|| self.known.get("name").map(Slot::text).filter(|name| !name.is_empty()));
        Some(summary)
    }
}

/// The conversations used lately, by id, and the open one of each address.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    by_id: Two<ConversationId, Arc<Hot>>,
    open: Two<String, ConversationId>,
}

impl Cache {
    pub(super) fn get(&self, id: ConversationId) -> Option<Arc<Hot>> {
        self.with(|cache| cache.by_id.get(&id).cloned())
    }

    pub(super) fn open(&self, address: &str) -> Option<Arc<Hot>> {
        self.with(|cache| {
            let id = *cache.open.get(address)?;
            cache.by_id.get(&id).cloned()
        })
    }

    /// Keeps a state, unless a newer one is there: somebody who only reads may have loaded it before a turn that has ended
    /// since. The address leads to it until it is closed.
    pub(super) fn put(&self, address: &str, hot: Arc<Hot>) {
        let closed = hot.conversation.phase == crate::dialog::Phase::Closed;
        self.with(|cache| {
            let known = cache.by_id.get(&hot.id);
            if known.is_some_and(|known| known.conversation.version > hot.conversation.version) {
                return;
            }
            if !closed {
                cache.open.put(address.to_owned(), hot.id);
            } else if cache.open.get(address) == Some(&hot.id) {
                cache.open.remove(address);
            }
            cache.by_id.put(hot.id, hot);
        });
    }

    /// Forgets a conversation: what is in the store counts.
    pub(super) fn forget(&self, address: &str, id: ConversationId) {
        self.with(|cache| {
            cache.by_id.remove(&id);
            cache.open.remove(address);
        });
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.with(|cache| *cache = Generations::default());
    }

    fn with<T>(&self, f: impl FnOnce(&mut Generations) -> T) -> T {
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let done = f(&mut cache);
        let leave = (cache.by_id.leave(), cache.open.leave());
        // Letting go of conversations takes a while; nobody waits for it.
        drop(cache);
        drop(leave);
        done
    }
}

/// A bounded map in two generations: when the young one is full, it becomes the old one, and what the old one still has leaves,
/// bit by bit: thousands of conversations at once would hold up everybody for tens of milliseconds.
#[derive(Debug)]
struct Two<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
    leaving: IntoIter<K, V>,
}

impl<K, V> Default for Two<K, V> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new(), leaving: IntoIter::default() }
    }
}

impl<K: Eq + Hash + Clone, V> Two<K, V> {
    fn get<Q>(&mut self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        if let Some((key, value)) = self.old.remove_entry(key) {
            self.put(key, value);
        }
        self.young.get(key)
    }

    fn put(&mut self, key: K, value: V) {
        if self.young.len() >= HOT_MAX && !self.young.contains_key(&key) {
            self.leaving = std::mem::replace(&mut self.old, std::mem::take(&mut self.young)).into_iter();
        }
        self.old.remove(&key);
        self.young.insert(key, value);
    }

    fn remove<Q>(&mut self, key: &Q)
    where
        K: std::borrow::Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.young.remove(key);
        self.old.remove(key);
    }

    /// Two of what leaves: twice as fast as a generation grows, so that nothing is left of one when the next one leaves.
    fn leave(&mut self) -> [Option<(K, V)>; 2] {
        [self.leaving.next(), self.leaving.next()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_state_does_not_replace_a_newer_one() {
        let site = Arc::new(LiveSite::new(crate::engine::tests::site("shop")));
        let id = ConversationId::from_uuid(uuid::Uuid::from_u128(1));
        let hot = |version: u64| {
            let conversation = Conversation { version: crate::id::EventNo(version), ..Conversation::default() };
            Arc::new(Hot {
                id,
                site: Arc::clone(&site),
                conversation: Arc::new(conversation),
                rows: Arc::new([]),
                place: None,
                known: Arc::default(),
            })
        };
        let cache = Cache::default();
        let version = || cache.get(id).map(|hot| hot.conversation.version.0);
        for (put, kept) in [(5, 5), (6, 6), (5, 6), (7, 7)] {
            cache.put("a", hot(put));
            assert_eq!(version(), Some(kept), "after {put}");
        }
        cache.forget("a", id);
        cache.put("a", hot(5));
        assert_eq!(version(), Some(5), "what was forgotten is read anew");
    }

    #[test]
    fn what_is_used_stays_and_the_number_is_bounded() {
        let mut map = Two::default();
        for number in 0..5 * HOT_MAX {
            map.put(number, number);
            assert_eq!(map.get(&0), Some(&0), "used every time, so never dropped");
            map.leave();
            let all = map.young.len() + map.old.len() + map.leaving.len();
            assert!(all <= 2 * HOT_MAX, "{all} after {number}");
        }
        assert_eq!(map.get(&1), None);
        map.remove(&0);
        assert_eq!(map.get(&0), None);
    }
}
