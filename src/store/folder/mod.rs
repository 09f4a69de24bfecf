//! The data folder: who holds it, which format it has, and where the engine's files are. Everything that can be wrong
//! with it is told to the operator as one sentence that says what to do. It knows nothing of what is stored.
//!
//! `format` holds the number of the folder's format, `holder` is locked while a process has the folder open and says which,
//! `store/` holds the engine's files, `position` how far the store was when it was last opened or closed, `erased.jsonl`
//! the names of erased streams.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::id::Position;

/// The format of the folders that this program writes.
const FORMAT: u64 = 1;
/// With less than this the engine cannot even be opened safely.
const OPEN_BYTES_MIN: u64 = 8 * 1024 * 1024;

/// Where the index of the search is: beside the store, from which it can be made anew.
pub const INDEX_FOLDER: &str = "search";

/// The file that says how far the store was.
const POSITION_FILE: &str = "position";

/// Why a data folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Neither the folder nor its parent exists.
    #[error("cannot make the data folder {}: {} does not exist; make it first, or name another folder", folder.display(), parent.display())]
    NoParent {
        /// The data folder.
        folder: PathBuf,
        /// The missing parent.
        parent: PathBuf,
    },
    /// A command that only looks found nothing there.
    #[error("there is no data folder {}; name it with --data, or in frontdesk.yaml", .0.display())]
    Missing(PathBuf),
    /// The folder is there, and no data was ever in it.
    #[error("{} is not a data folder; name it with --data, or in frontdesk.yaml", .0.display())]
    NoData(PathBuf),
    /// There is a file of that name.
    #[error("{} is not a folder; name another data folder", .0.display())]
    NotAFolder(PathBuf),
    /// Another process has it open.
    #[error("the data folder {} is held by {by}; wait until that is done, or stop it", folder.display())]
    Held {
        /// The data folder.
        folder: PathBuf,
        /// Which process.
        by: String,
    },
    /// A newer program wrote it.
    #[error("the data folder {} has format {found}, and this program knows formats up to {known}; use the newer program", folder.display())]
    Newer {
        /// The data folder.
        folder: PathBuf,
        /// Its format.
        found: u64,
        /// The newest format that this program knows.
        known: u64,
    },
    /// The files are not what they should be.
    #[error("the data folder {} is damaged ({why}); keep a copy of it, then restore a backup or `import` an export into an empty folder", folder.display())]
    Damaged {
        /// The data folder.
        folder: PathBuf,
        /// What was found.
        why: String,
    },
    /// The disk has no room.
    #[error("the disk that holds the data folder {} is full; make room, then start again", .0.display())]
    Full(PathBuf),
    /// The store is not as far as it was: files were lost, or replaced by an older copy.
    #[error("the data folder {} ends at commit {found}, and it was at {known} before; restore a newer backup, or remove its file `position` to go on from the older state", folder.display())]
    Older {
        /// The data folder.
        folder: PathBuf,
        /// The position of its last commit.
        found: Position,
        /// How far it was.
        known: Position,
    },
    /// Anything else that the system refused.
    #[error("cannot use the data folder {}: {error}", folder.display())]
    Io {
        /// The data folder.
        folder: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

impl OpenError {
    /// Sorts what the system said.
    pub(super) fn io(folder: &Path, error: std::io::Error) -> Self {
        let folder = folder.to_owned();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full(folder),
            ErrorKind::NotADirectory => Self::NotAFolder(folder),
            _ => Self::Io { folder, error },
        }
    }
}

/// A data folder that this process holds until it is dropped.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// Its lock ends with it.
    _holder: File,
}

impl Folder {
    /// Takes the folder for this process; makes it where only its parent exists.
    pub(super) fn lock(path: &Path, holder: &str) -> Result<Self, OpenError> {
        make(path)?;
        Self::lock_made(path, holder)
    }

    /// Takes a folder that holds data already; leaves anything else as it is.
    pub(super) fn lock_existing(path: &Path, holder: &str) -> Result<Self, OpenError> {
        if !path.exists() {
            return Err(OpenError::Missing(path.to_owned()));
        }
        if !path.is_dir() {
            return Err(OpenError::NotAFolder(path.to_owned()));
        }
        // The names of a store that is being swapped count: a crash may have left only them.
        let data = ["format", "position", "store", "store.old", "store.new"];
        if !data.iter().any(|name| path.join(name).exists()) {
            return Err(OpenError::NoData(path.to_owned()));
        }
        Self::lock_made(path, holder)
    }

    fn lock_made(path: &Path, holder: &str) -> Result<Self, OpenError> {
        let io = |error| OpenError::io(path, error);
        let lock = hold(path, holder)?;
        let folder = Self { path: path.to_owned(), _holder: lock };
        folder.check_format()?;
        close_to_others(path);
        if free_bytes(path).is_some_and(|free| free < OPEN_BYTES_MIN) {
            return Err(OpenError::Full(path.to_owned()));
        }
        super::swap::recover(path).map_err(io)?;
        Ok(folder)
    }

    /// The data folder.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the engine's files are.
    pub(super) fn store(&self) -> PathBuf {
        store_path(&self.path)
    }

    /// Whether nothing was ever stored in it.
    pub(super) fn is_empty(&self) -> bool {
        !self.store().exists()
    }

    fn check_format(&self) -> Result<(), OpenError> {
        let io = |error| OpenError::io(&self.path, error);
        let file = self.path.join("format");
        match std::fs::read_to_string(&file) {
            Ok(text) => match text.trim().parse::<u64>() {
                Ok(FORMAT) => Ok(()),
                Ok(found) if found > FORMAT => {
                    Err(OpenError::Newer { folder: self.path.clone(), found, known: FORMAT })
                }
                _ => Err(OpenError::Damaged {
                    folder: self.path.clone(),
                    why: "its file `format` does not hold a known number".to_owned(),
                }),
            },
            Err(error) if error.kind() == ErrorKind::NotFound && self.is_empty() => {
                write_durably(&self.path, "format", format!("{FORMAT}\n").as_bytes()).map_err(io)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Err(OpenError::Damaged {
                folder: self.path.clone(),
                why: "it has a `store` and no file `format`".to_owned(),
            }),
            Err(error) => Err(io(error)),
        }
    }
}

/// Compares how far the store is with how far it was, and notes it. The engine reads past damage by leaving out what it
/// cannot read, without a word; what was there at the last start or end is noticed to be missing by this.
pub(super) fn check_position(folder: &Path, found: Position) -> Result<(), OpenError> {
    let known = match std::fs::read_to_string(folder.join(POSITION_FILE)) {
        Ok(text) => text.trim().parse().map(Position).map_err(|_| OpenError::Damaged {
            folder: folder.to_owned(),
            why: "its file `position` does not hold a number".to_owned(),
        })?,
        Err(error) if error.kind() == ErrorKind::NotFound => Position(0),
        Err(error) if error.kind() == ErrorKind::InvalidData => {
            let why = "its file `position` does not hold a number".to_owned();
            return Err(OpenError::Damaged { folder: folder.to_owned(), why });
        }
        Err(error) => return Err(OpenError::io(folder, error)),
    };
    if found < known {
        return Err(OpenError::Older { folder: folder.to_owned(), found, known });
    }
    note_position(folder, found).map_err(|error| OpenError::io(folder, error))
}

/// Notes how far the store is.
pub(super) fn note_position(folder: &Path, position: Position) -> std::io::Result<()> {
    write_durably(folder, POSITION_FILE, format!("{position}\n").as_bytes())
}

/// Where the engine's files are in a data folder.
pub(super) fn store_path(folder: &Path) -> PathBuf {
    folder.join("store")
}

/// The free bytes of the disk that holds a path.
pub(super) fn free_bytes(path: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(path).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}

/// Writes a whole small file so that after a crash there is the old one or the new one.
fn write_durably(folder: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let new = folder.join(format!("{name}.new"));
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&new, folder.join(name))?;
    sync_folder(folder)
}

fn make(path: &Path) -> Result<(), OpenError> {
    if path.is_dir() {
        return Ok(());
    }
    if path.exists() {
        return Err(OpenError::NotAFolder(path.to_owned()));
    }
    let parent = match path.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
        None => Path::new("/"),
    };
    // What people say is nobody else's: the folder is for its owner alone, whatever the rights of the files in it.
    match DirBuilder::new().mode(0o700).create(path).and_then(|()| sync_folder(parent)) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(OpenError::NoParent { folder: path.to_owned(), parent: parent.to_owned() })
        }
        outcome => outcome.map_err(|error| OpenError::io(path, error)),
    }
}

/// A folder that an older program made, or an operator, may be open to everybody on the machine. A group may have its reasons.
fn close_to_others(path: &Path) {
    let closed = std::fs::metadata(path).and_then(|found| {
        let mut rights = found.permissions();
        if rights.mode() & 0o007 == 0 {
            return Ok(());
        }
        rights.set_mode(rights.mode() & !0o007);
        std::fs::set_permissions(path, rights)
    });
    if let Err(error) = closed {
        tracing::warn!(folder = %path.display(), %error, "the data folder stays open to everybody on this machine");
    }
}

/// Locks the holder file and writes who holds it. The text is for people; the lock alone decides.
fn hold(path: &Path, holder: &str) -> Result<File, OpenError> {
    let io = |error| OpenError::io(path, error);
    let name = path.join("holder");
    let mut file = OpenOptions::new().create(true).read(true).write(true).truncate(false).open(name).map_err(io)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(std::fs::TryLockError::WouldBlock) => {
            let mut by = String::new();
            // Who holds it is a courtesy: without it the message is still right.
            let _ = file.read_to_string(&mut by);
            let by = by.trim();
            let by = if by.is_empty() { "another process" } else { by }.to_owned();
            return Err(OpenError::Held { folder: path.to_owned(), by });
        }
        Err(std::fs::TryLockError::Error(error)) => return Err(io(error)),
    }
    file.set_len(0).map_err(io)?;
    file.write_all(format!("process {} ({holder})\n", std::process::id()).as_bytes()).map_err(io)?;
    Ok(file)
}

#[cfg(test)]
mod tests;
