//! Rewrites the engine's files with only what is live, so that what was erased is gone from the disk too. The rows are
//! copied as they are, states included: a state may hold what its events may not. The new files take the place of the old
//! ones as one step; a crash leaves the old or the new ones, whole.

use std::path::Path;

use crate::store::committer;
use crate::store::folder::{Folder, INDEX_FOLDER, OpenError, check_position};
use crate::store::kv::{KEYS_END, Kv, KvError, Writes};
use crate::store::sled::SledKv;
use crate::store::swap;

use super::PAGE;

/// The file in the data folder that asks for a compaction at the next start.
const WANTED_FILE: &str = "compact.wanted";
/// A batch that has grown this large is written.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Why nothing was compacted.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// The data folder is not usable.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Reading the old files or writing the new ones failed; the old ones stay.
    #[error("compacting failed, and the data stays as it was: {0}")]
    Copy(String),
}

impl From<KvError> for CompactError {
    fn from(error: KvError) -> Self {
        Self::Copy(error.to_string())
    }
}

/// What a compaction did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// How many rows are live.
    pub rows: u64,
    /// The bytes on disk before.
    pub before_bytes: u64,
    /// The bytes on disk after.
    pub after_bytes: u64,
}

/// Compacts a data folder that nobody holds.
pub fn compact(folder: &Path) -> Result<Compacted, CompactError> {
    compact_locked(Folder::lock_existing(folder, "compact")?).map(|(compacted, _)| compacted)
}

/// Asks for a compaction when the folder is opened next: the way for a running server, which cannot let go of its files.
pub fn compact_at_next_start(folder: &Path) -> std::io::Result<()> {
    std::fs::write(folder.join(WANTED_FILE), "")
}

/// Compacts a folder on the way to opening it, where that was asked for.
pub(in crate::store) fn compact_if_wanted(folder: Folder) -> Result<Folder, OpenError> {
    let (path, wanted) = (folder.path().to_owned(), folder.path().join(WANTED_FILE));
    if !wanted.exists() {
        return Ok(folder);
    }
    let folder = match compact_locked(folder) {
        Ok((compacted, folder)) => {
            tracing::info!(?compacted, "the data folder was compacted");
            folder
        }
        Err(CompactError::Open(error)) => return Err(error),
        Err(CompactError::Copy(why)) => return Err(OpenError::Damaged { folder: path, why }),
    };
    std::fs::remove_file(wanted).map_err(|error| OpenError::io(&path, error))?;
    Ok(folder)
}

fn compact_locked(folder: Folder) -> Result<(Compacted, Folder), CompactError> {
    let path = folder.path().to_owned();
    if folder.is_empty() {
        return Ok((Compacted { rows: 0, before_bytes: 0, after_bytes: 0 }, folder));
    }
    let old = SledKv::open_beside(&path, &folder.store())?;
    // What cannot be read any more would be left out of the new files, and the old ones would be gone.
    let position = committer::last_position(&old).map_err(|error| CompactError::Copy(error.to_string()))?;
    check_position(&path, position)?;
    let target = SledKv::create_beside(&path)?;
    let rows = copy(&old, &target)?;
    let compacted = Compacted { rows, before_bytes: old.disk_bytes(), after_bytes: target.disk_bytes() };
    drop((old, target));
    swap::swap(&path).map_err(|error| OpenError::io(&path, error))?;
    // What was erased may still stand in the files of the index too; the next start makes it anew.
    match std::fs::remove_dir_all(path.join(INDEX_FOLDER)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(OpenError::io(&path, error).into()),
        _ => Ok((compacted, folder)),
    }
}

/// Copies every row and makes the copy durable.
fn copy(from: &impl Kv, to: &impl Kv) -> Result<u64, KvError> {
    let mut rows = 0;
    let mut start = Vec::new();
    let mut writes = Writes::new();
    let mut bytes = 0;
    loop {
        let page = from.range(&start, KEYS_END, PAGE)?;
        let Some((last, _)) = page.last() else { break };
        start = [last.as_slice(), &[0]].concat();
        for (key, value) in page {
            rows += 1;
            bytes += key.len() + value.len();
            writes.insert(key, Some(value));
        }
        if bytes > BATCH_BYTES {
            to.apply(std::mem::take(&mut writes))?;
            bytes = 0;
        }
    }
    to.apply(writes)?;
    to.sync()?;
    Ok(rows)
}
