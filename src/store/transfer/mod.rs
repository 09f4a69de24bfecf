//! Moving and checking whole stores: `export` and `import` are backup and migration, `verify` compares what is stored with
//! what follows from the events, `compact` rewrites the files so that what was erased is gone from the disk too.
//!
//! It does not know what events mean: whoever does gives a `Rebuild`.

mod compact;
mod export;
mod import;
mod lines;
#[cfg(test)]
mod tests;
mod verify;

pub(super) use compact::compact_if_wanted;
pub use compact::{CompactError, Compacted, compact, compact_at_next_start};
pub use export::{ExportError, Exported, export};
pub use import::{ImportError, Imported, import};
pub use verify::{Problem, Report, verify};

use crate::id::{EventNo, FileId};

use super::Store;
use super::types::{Key, ReadError, Recorded, StreamId};

/// How many events, commits or rows are read at a time.
const PAGE: usize = 500;

/// What follows from the events of a stream. It must be pure: the same events always give the same.
pub trait Rebuild: Sync {
    /// The state and the index rows after all these events; an error where the events cannot be read.
    fn rebuild(&self, stream: &StreamId, events: &[Recorded]) -> Result<Rebuilt, String>;

    /// The files that these events tell of.
    fn files(&self, _stream: &StreamId, _events: &[Recorded]) -> Vec<FileId> {
        Vec::new()
    }

    /// Whether a stored state is the rebuilt one. Values that only the state row holds may be left out of the comparison.
    fn same_state(&self, stored: &[u8], rebuilt: &[u8]) -> bool {
        stored == rebuilt
    }

    /// Whether a stored row's value is the rebuilt one, or one that an older program wrote and this one reads.
    fn same_row(&self, stored: &[u8], rebuilt: &[u8]) -> bool {
        stored == rebuilt
    }
}

/// A state and its index rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rebuilt {
    /// The state's bytes.
    pub state: Vec<u8>,
    /// All index rows of the stream.
    pub rows: Vec<(Key, Vec<u8>)>,
}

/// All events of a stream.
fn all_events(store: &dyn Store, stream: &StreamId) -> Result<Vec<Recorded>, ReadError> {
    let mut events: Vec<Recorded> = Vec::new();
    loop {
        let after = events.last().map_or(EventNo(0), |event| event.no);
        let page = store.events(stream, after, PAGE)?;
        // A page that is not full was the last one: whoever follows a stream that grows may never reach its end.
        let is_last = page.len() < PAGE;
        events.extend(page);
        if is_last {
            return Ok(events);
        }
    }
}
