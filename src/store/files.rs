//! Attachments: files beside the store, each under its conversation, so that erasing a conversation erases them. A file is
//! written under `incoming/`, gets its conversation's name before the event that tells of it is appended, and moves to its
//! place afterwards: whatever a crash leaves in `incoming/` either belongs to an event or is nobody's, and is looked at
//! again. It knows nothing of what is in them.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::id::{ConversationId, FileId};

/// The folder in the data folder.
const FILES: &str = "files";

/// The same while an import is under way.
const IMPORTED: &str = "files.new";

/// Where files are that no event tells of yet.
const INCOMING: &str = "incoming";

/// What stands between conversation and file in a name.
const JOINT: char = '~';

/// The attachments of a store.
#[derive(Debug, Clone)]
pub struct Files {
    folder: PathBuf,
}

/// A file that is being received. Dropping it removes it, unless it was kept.
#[derive(Debug)]
pub struct Upload {
    files: Files,
    id: FileId,
    /// Where it is now; nowhere once it was kept.
    at: Mutex<Option<PathBuf>>,
}

/// Something in `incoming/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    path: PathBuf,
    /// The file and its conversation, where it got so far.
    pub of: Option<(ConversationId, FileId)>,
    /// How long nothing was written to it.
    pub age: Duration,
}

impl Files {
    /// The attachments of a data folder. Their folder is made with the first of them.
    pub(super) fn of(data: &Path) -> Self {
        Self { folder: data.join(FILES) }
    }

    /// The attachments of an import, beside the place where they will be.
    pub(super) fn beside(data: &Path) -> io::Result<Self> {
        let files = Self { folder: data.join(IMPORTED) };
        files.remove()?;
        Ok(files)
    }

    /// The attachments of an import come to their place. Whatever was there belongs to no store.
    pub(super) fn take_place(&self, data: &Path) -> io::Result<()> {
        let place = Self::of(data);
        place.remove()?;
        gone(fs::rename(&self.folder, place.folder))
    }

    /// Removes all attachments.
    pub(super) fn remove(&self) -> io::Result<()> {
        gone(fs::remove_dir_all(&self.folder))
    }

    /// Begins to receive a file.
    pub fn receive(&self, id: FileId) -> io::Result<(Upload, File)> {
        let incoming = self.folder.join(INCOMING);
        fs::create_dir_all(&incoming)?;
        let path = incoming.join(id.to_string());
        let file = File::create_new(&path)?;
        Ok((Upload { files: self.clone(), id, at: Mutex::new(Some(path)) }, file))
    }

    /// A file of a conversation; none where there is no such file.
    pub fn read(&self, conversation: ConversationId, id: FileId) -> io::Result<Option<File>> {
        // An event may tell of a file that a crash kept from its place.
        for path in [self.place(conversation, id), self.waiting(conversation, id)] {
            match File::open(path) {
                Ok(file) => return Ok(Some(file)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Removes a file that nothing tells of any more.
    pub fn forget(&self, conversation: ConversationId, id: FileId) -> io::Result<()> {
        gone(fs::remove_file(self.place(conversation, id)))?;
        gone(fs::remove_file(self.waiting(conversation, id)))
    }

    /// The conversations that have files.
    pub fn conversations(&self) -> io::Result<Vec<ConversationId>> {
        let mut found: Vec<ConversationId> = names(&self.folder)?.iter().filter_map(|name| name.parse().ok()).collect();
        found.sort_unstable();
        Ok(found)
    }

    /// The files of a conversation.
    pub fn of_conversation(&self, conversation: ConversationId) -> io::Result<Vec<FileId>> {
        let names = names(&self.folder.join(conversation.to_string()))?;
        let mut found: Vec<FileId> = names.iter().filter_map(|name| name.parse().ok()).collect();
        found.sort_unstable();
        Ok(found)
    }

    /// Removes all files of a conversation.
    pub(super) fn erase(&self, conversation: ConversationId) -> io::Result<()> {
        for left in self.unfinished()? {
            if left.of.is_some_and(|(of, _)| of == conversation) {
                gone(fs::remove_file(left.path))?;
            }
        }
        gone(fs::remove_dir_all(self.folder.join(conversation.to_string())))
    }

    /// What is in `incoming/`.
    pub fn unfinished(&self) -> io::Result<Vec<Unfinished>> {
        let incoming = self.folder.join(INCOMING);
        let now = SystemTime::now();
        let mut found = Vec::new();
        for name in names(&incoming)? {
            let path = incoming.join(&name);
            let of = name.split_once(JOINT).and_then(|(of, id)| Some((of.parse().ok()?, id.parse().ok()?)));
            let written = fs::metadata(&path).and_then(|metadata| metadata.modified());
            let Ok(written) = written else { continue };
            found.push(Unfinished { path, of, age: now.duration_since(written).unwrap_or_default() });
        }
        Ok(found)
    }

    /// Ends what a crash cut short: the file goes to its place if an event tells of it, else away.
    pub fn finish(&self, left: &Unfinished, told: bool) -> io::Result<()> {
        match left.of {
            Some((conversation, id)) if told => gone(self.put(&left.path, conversation, id)),
            _ => gone(fs::remove_file(&left.path)),
        }
    }

    /// Puts a file of an import at its place: its bytes are added to what is there.
    pub(super) fn add(&self, conversation: ConversationId, id: FileId, bytes: &[u8]) -> io::Result<()> {
        use std::io::Write;
        let place = self.place(conversation, id);
        fs::create_dir_all(self.folder.join(conversation.to_string()))?;
        File::options().create(true).append(true).open(place)?.write_all(bytes)
    }

    /// Moves a file to its place.
    fn put(&self, from: &Path, conversation: ConversationId, id: FileId) -> io::Result<()> {
        fs::create_dir_all(self.folder.join(conversation.to_string()))?;
        fs::rename(from, self.place(conversation, id))
    }

    fn place(&self, conversation: ConversationId, id: FileId) -> PathBuf {
        self.folder.join(conversation.to_string()).join(id.to_string())
    }

    fn waiting(&self, conversation: ConversationId, id: FileId) -> PathBuf {
        self.folder.join(INCOMING).join(format!("{conversation}{JOINT}{id}"))
    }
}

impl Upload {
    /// The file's id.
    pub fn id(&self) -> FileId {
        self.id
    }

    /// Gives the file its conversation's name, durably: to be done before the event that tells of it.
    pub fn name(&self, conversation: ConversationId) -> io::Result<()> {
        let mut at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(from) = at.as_mut() else { return Ok(()) };
        let to = self.files.waiting(conversation, self.id);
        if *from != to {
            fs::rename(&*from, &to)?;
            *from = to;
        }
        File::open(self.files.folder.join(INCOMING))?.sync_all()
    }

    /// Keeps the file: an event tells of it. Where it cannot go to its place now, that is done later.
    pub fn keep(&self, conversation: ConversationId) -> io::Result<()> {
        let from = self.at.lock().unwrap_or_else(PoisonError::into_inner).take();
        from.map_or(Ok(()), |from| self.files.put(&from, conversation, self.id))
    }

    /// Leaves the file where it is, for the next look at what is unfinished: an event may tell of it, or not.
    pub fn leave(&self) {
        drop(self.at.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let Some(path) = self.at.get_mut().unwrap_or_else(PoisonError::into_inner).take()
            && let Err(error) = gone(fs::remove_file(&path))
        {
            tracing::warn!(%error, "a file that nobody keeps could not be removed; it is tried again later");
        }
    }
}

/// What is in a folder; nothing where there is no folder.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().into_string().ok()));
    names.filter_map(Result::transpose).collect()
}

/// Removing what is not there is done already.
fn gone(outcome: io::Result<()>) -> io::Result<()> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use uuid::Uuid;

    use super::*;

    fn conversation(number: u128) -> ConversationId {
        ConversationId::from_uuid(Uuid::from_u128(number))
    }

    fn received(files: &Files, number: u128) -> Upload {
        let (upload, mut file) = files.receive(FileId::from_uuid(Uuid::from_u128(number))).unwrap();
        file.write_all(b"lamp").unwrap();
        upload
    }

    fn content(files: &Files, conversation: ConversationId, id: FileId) -> Option<String> {
        let mut text = String::new();
        files.read(conversation, id).unwrap()?.read_to_string(&mut text).unwrap();
        Some(text)
    }

    #[test]
    fn a_file_that_nobody_keeps_leaves_nothing() {
        let data = tempfile::tempdir().unwrap();
        let files = Files::of(data.path());
        drop(received(&files, 1));
        let named = received(&files, 2);
        named.name(conversation(7)).unwrap();
        drop(named);
        assert_eq!(files.unfinished().unwrap(), []);
        assert_eq!(files.conversations().unwrap(), []);
    }

    #[test]
    fn a_crash_before_and_after_the_event_leaves_a_file_that_can_be_ended() {
        let data = tempfile::tempdir().unwrap();
        let files = Files::of(data.path());
        // A crash is an upload that is never dropped.
        std::mem::forget(received(&files, 1));
        let named = received(&files, 2);
        named.name(conversation(7)).unwrap();
        let id = named.id();
        std::mem::forget(named);
        assert_eq!(content(&files, conversation(7), id).as_deref(), Some("lamp"), "the event may tell of it already");
        for left in files.unfinished().unwrap() {
            files.finish(&left, left.of.is_some()).unwrap();
        }
        assert_eq!(files.unfinished().unwrap(), []);
        assert_eq!(files.of_conversation(conversation(7)).unwrap(), [id]);
        assert_eq!(content(&files, conversation(7), id).as_deref(), Some("lamp"));
    }

    #[test]
    fn erasing_a_conversation_takes_its_files_and_no_others() {
        let data = tempfile::tempdir().unwrap();
        let files = Files::of(data.path());
        let (mine, named, theirs) = (received(&files, 1), received(&files, 2), received(&files, 3));
        mine.keep(conversation(7)).unwrap();
        named.name(conversation(7)).unwrap();
        theirs.keep(conversation(8)).unwrap();
        files.erase(conversation(7)).unwrap();
        files.erase(conversation(9)).unwrap();
        assert_eq!(files.conversations().unwrap(), [conversation(8)]);
        assert_eq!(content(&files, conversation(7), named.id()), None);
        assert_eq!(content(&files, conversation(8), theirs.id()).as_deref(), Some("lamp"));
    }
}
