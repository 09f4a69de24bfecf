//! Replacing the engine's files by new ones as one step: `store.new` is written and made durable, `store` becomes
//! `store.old`, `store.new` becomes `store`, `store.old` goes. A crash at any instant leaves the old or the new files
//! whole, and the next start tidies up.

use std::path::Path;

use super::folder::{store_path, sync_folder};

/// The folder in which new files are prepared.
pub(super) const NEW: &str = "store.new";
const OLD: &str = "store.old";

/// Puts the prepared files in place. Nothing may have either open.
pub(super) fn swap(folder: &Path) -> std::io::Result<()> {
    sync_folder(folder)?;
    let store = store_path(folder);
    if store.exists() {
        std::fs::rename(store, folder.join(OLD))?;
        sync_folder(folder)?;
        return recover(folder);
    }
    std::fs::rename(folder.join(NEW), store)?;
    sync_folder(folder)
}

/// Ends a swap that was cut short. While `store` is there, nothing else counts; without it, `store.old` says that
/// `store.new` was complete.
pub(super) fn recover(folder: &Path) -> std::io::Result<()> {
    let (store, new, old) = (store_path(folder), folder.join(NEW), folder.join(OLD));
    if !store.exists() && old.exists() {
        let complete = if new.exists() { &new } else { &old };
        std::fs::rename(complete, &store)?;
        sync_folder(folder)?;
    }
    for leftover in [new, old] {
        if leftover.exists() {
            std::fs::remove_dir_all(leftover)?;
        }
    }
    Ok(())
}
