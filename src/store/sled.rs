//! sled 0.34 as the engine, and everything that has to be known about it. This is the only file that names it.
//!
//! - `flush` alone is not durable on Linux (it starts the write-out and does not wait for the disk), so `sync` also calls
//!   `sync_data` on the file. Without that, acknowledged commits are lost in a crash of the system.
//! - Only the committer writes and flushes; concurrent flushes can deadlock.
//! - Recovery of damaged files can panic, so opening is caught.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::folder::{Folder, OpenError, sync_folder};
use super::kv::{Kv, KvError, Pair, Writes};

/// The page cache. The engine can exceed it for a while, so it is set well below what a small server has.
const CACHE_BYTES: u64 = 128 * 1024 * 1024;

/// The engine's files in a data folder.
pub(super) struct SledKv {
    db: sled::Db,
    /// The one file that holds the data, for `sync_data`.
    file: File,
    /// Dropped after the database, so that nobody takes the folder while it still writes.
    _folder: Option<Folder>,
}

impl SledKv {
    /// Opens the store of a data folder that this process holds.
    pub(super) fn open(folder: Folder) -> Result<Self, OpenError> {
        let data = folder.path().to_owned();
        let (db, file) = open_at(&data, &folder.store())?;
        sync_folder(&data).map_err(|error| OpenError::io(&data, error))?;
        Ok(Self { db, file, _folder: Some(folder) })
    }

    /// Opens files beside the store, to be swapped in later by whoever holds the folder.
    pub(super) fn open_beside(data: &Path, store: &Path) -> Result<Self, OpenError> {
        let (db, file) = open_at(data, store)?;
        Ok(Self { db, file, _folder: None })
    }
}

fn open_at(data: &Path, store: &Path) -> Result<(sled::Db, File), OpenError> {
    let config = sled::Config::new().path(store).cache_capacity(CACHE_BYTES).flush_every_ms(None);
    let damaged = |why: String| OpenError::Damaged { folder: data.to_owned(), why };
    let db = match catch_unwind(AssertUnwindSafe(|| config.open())) {
        Ok(Ok(db)) => db,
        Ok(Err(sled::Error::Io(error))) => return Err(OpenError::io(data, error)),
        Ok(Err(error)) => return Err(damaged(error.to_string())),
        Err(_) => return Err(damaged("reading its files failed badly".to_owned())),
    };
    // The names of files that the engine has just made must outlive a crash as well as what is in them.
    let synced = sync_names(store).and_then(|()| File::open(store.join("db")));
    synced.map(|file| (db, file)).map_err(|error| OpenError::io(data, error))
}

fn sync_names(store: &Path) -> std::io::Result<()> {
    for name in ["conf", "db"] {
        File::open(store.join(name))?.sync_all()?;
    }
    sync_folder(store)
}

impl Kv for SledKv {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, KvError> {
        Ok(self.db.get(key).map_err(error)?.map(|value| value.to_vec()))
    }

    fn range(&self, from: &[u8], to: &[u8], limit: usize) -> Result<Vec<Pair>, KvError> {
        if from >= to {
            return Ok(Vec::new());
        }
        self.db.range(from..to).take(limit).map(pair).collect()
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<Pair>, KvError> {
        if from >= to {
            return Ok(None);
        }
        self.db.range(from..to).next_back().map(pair).transpose()
    }

    fn apply(&self, writes: Writes) -> Result<(), KvError> {
        let mut batch = sled::Batch::default();
        for (key, value) in writes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        self.db.apply_batch(batch).map_err(error)
    }

    fn sync(&self) -> Result<(), KvError> {
        self.db.flush().map_err(error)?;
        self.file.sync_data().map_err(|error| KvError(error.to_string()))
    }

    fn disk_bytes(&self) -> u64 {
        self.db.size_on_disk().unwrap_or(0)
    }
}

fn pair(entry: sled::Result<(sled::IVec, sled::IVec)>) -> Result<Pair, KvError> {
    let (key, value) = entry.map_err(error)?;
    Ok((key.to_vec(), value.to_vec()))
}

fn error(error: sled::Error) -> KvError {
    KvError(error.to_string())
}
