//! The store in memory: for tests, `chat` and `frontdesk test`. Nothing outlives the process.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock};

use super::kv::{Kv, KvError, Pair, Writes};

/// An ordered map behind a lock.
#[derive(Default)]
pub(super) struct MemoryKv {
    rows: RwLock<BTreeMap<Vec<u8>, Vec<u8>>>,
}

impl MemoryKv {
    /// A lock poisoned by a panicking reader still guards whole rows: every batch is applied under one write lock.
    fn read<T>(&self, f: impl FnOnce(&BTreeMap<Vec<u8>, Vec<u8>>) -> T) -> T {
        f(&self.rows.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Kv for MemoryKv {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        Ok(self.read(|rows| rows.get(key).cloned()))
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Pair>, KvError> {
        if from >= to {
            return Ok(Vec::new());
        }
        Ok(self.read(|rows| {
            let bounds = (Bound::Included(from), Bound::Excluded(to));
            rows.range::<[u8], _>(bounds).take(limit).map(|(k, v)| (k.clone(), v.clone())).collect()
        }))
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, KvError> {
        if from >= to {
            return Ok(None);
        }
        Ok(self.read(|rows| {
            let bounds = (Bound::Included(from), Bound::Excluded(to));
            rows.range::<[u8], _>(bounds).next_back().map(|(k, v)| (k.clone(), v.clone()))
        }))
    }

    fn apply(&self, writes: Writes) -> Result<(), KvError> {
        let mut rows = self.rows.write().unwrap_or_else(PoisonError::into_inner);
        for (key, value) in writes {
            match value {
                Some(value) => rows.insert(key, value),
                None => rows.remove(&key),
            };
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), KvError> {
        Ok(())
    }
}
