//! sled 0.34 as the engine, and everything that has to be known about it. This is the only file that names it.
//!
//! - `flush` alone is not durable on Linux (it starts the write-out and does not wait for the disk), so `sync` also calls
//!   `sync_data` on the file. Without that, acknowledged commits are lost in a crash of the system.
//! - Only the committer writes and flushes; concurrent flushes can deadlock.
//! - Recovery of damaged files can panic, so opening is caught.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use super::folder::{Folder, OpenError, sync_folder};
use super::kv::{Kv, KvError, Pair, Writes};
use super::swap;

/// A page holds up to some twenty values, and a page of more than a quarter of a segment goes to a file of its own, which
/// the engine never syncs and deletes too early. Segments are so large that no page of the largest values gets there.
const SEGMENT_BYTES: usize = 8 * 1024 * 1024;
/// The page cache. The engine can exceed it for a while, so it is set well below what a small server has.
const CACHE_BYTES: u64 = 128 * 1024 * 1024;

/// The same for the index of the search.
const INDEX_CACHE_BYTES: u64 = 32 * 1024 * 1024;

/// How long a closed database may take to let go of its files.
const RELEASE_TIME_MAX: Duration = Duration::from_secs(10);
/// How often that is looked at.
const RELEASE_POLL: Duration = Duration::from_millis(2);

/// A row that is in every store from its first moment. It is the engine's own, so readers of `Kv` do not see it.
const MARK: &[u8] = b"\xFEstore";

/// The engine's files in a data folder.
pub(super) struct SledKv {
    db: sled::Db,
    /// The one file that holds the data, for `sync_data`.
    file: File,
    /// Dropped after the database, so that nobody takes the folder while it still writes.
    _folder: Option<Folder>,
}

impl SledKv {
    /// Opens the store of a data folder that this process holds. New files are made beside it and swapped in, so that a
    /// `store` without its mark is never one that a crash cut short while it was made.
    pub(super) fn open(folder: Folder) -> Result<Self, OpenError> {
        let data = folder.path().to_owned();
        if folder.is_empty() {
            drop(Self::create_beside(&data)?);
            swap::swap(&data).map_err(|error| OpenError::io(&data, error))?;
        }
        let mut kv = Self::open_beside(&data, &folder.store())?;
        kv._folder = Some(folder);
        Ok(kv)
    }

    /// Opens existing files for whoever holds the folder.
    pub(super) fn open_beside(data: &Path, store: &Path) -> Result<Self, OpenError> {
        let (db, file) = open_at(data, store, CACHE_BYTES)?;
        // Files that are noise are read as an empty store; ours are never empty.
        match db.get(MARK) {
            Ok(Some(_)) => Ok(Self { db, file, _folder: None }),
            Ok(None) => Err(damaged(data, "its files hold nothing that can be read")),
            Err(error) => Err(damaged(data, &words(&error))),
        }
    }

    /// Opens the files of an index, or makes them. They can be made anew from the store, so they need no swap.
    pub(super) fn open_index(folder: &Path) -> Result<Self, OpenError> {
        let (db, file) = open_at(folder, folder, INDEX_CACHE_BYTES)?;
        Ok(Self { db, file, _folder: None })
    }

    /// Makes new files, to be swapped in later.
    pub(super) fn create_beside(data: &Path) -> Result<Self, OpenError> {
        let io = |error| OpenError::io(data, error);
        let (db, file) = open_at(data, &data.join(swap::NEW), CACHE_BYTES)?;
        let kv = Self { db, file, _folder: None };
        let made = kv.apply(Writes::from([(MARK.to_vec(), Some(Vec::new()))])).and_then(|()| kv.sync());
        made.map(|()| kv).map_err(|error| io(std::io::Error::other(error)))
    }
}

fn damaged(data: &Path, why: &str) -> OpenError {
    OpenError::Damaged { folder: data.to_owned(), why: why.to_owned() }
}

fn open_at(data: &Path, store: &Path, cache: u64) -> Result<(sled::Db, File), OpenError> {
    let config = sled::Config::new().path(store).cache_capacity(cache).flush_every_ms(None).segment_size(SEGMENT_BYTES);
    let until = Instant::now() + RELEASE_TIME_MAX;
    let db = loop {
        match catch_unwind(AssertUnwindSafe(|| config.open())) {
            Ok(Ok(db)) => break db,
            // The folder is ours, so it is our own earlier database whose helper threads have not let go yet.
            Ok(Err(sled::Error::Io(error))) if error.to_string().contains("lock") && Instant::now() < until => {
                std::thread::sleep(RELEASE_POLL);
            }
            Ok(Err(sled::Error::Io(error))) => return Err(OpenError::io(data, error)),
            Ok(Err(error)) => return Err(damaged(data, &words(&error))),
            Err(_) => return Err(damaged(data, "reading its files failed badly")),
        }
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
        self.file.sync_data().map_err(|error| KvError::Failed(error.to_string()))
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
    let why = words(&error);
    if matches!(error, sled::Error::Io(_)) { KvError::Failed(why) } else { KvError::Damaged(why) }
}

/// What the engine says, for an operator: its own words name its inner parts.
fn words(error: &sled::Error) -> String {
    match error {
        sled::Error::Corruption { .. } => "a part of its files cannot be read".to_owned(),
        sled::Error::Io(error) => error.to_string(),
        sled::Error::Unsupported(_) => "its files are of another kind".to_owned(),
        sled::Error::CollectionNotFound(_) => "a part of its files is missing".to_owned(),
        sled::Error::ReportableBug(_) => "its files contradict themselves".to_owned(),
    }
}
