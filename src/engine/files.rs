//! Files that visitors and agents send: received piece by piece, looked at by their content, kept when the event that tells
//! of them is stored, and read back for those who may. What a crash leaves half done is ended here too.

use std::io::{self, Read, Seek, Write};
use std::sync::Arc;
use std::time::Duration;

use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;

use crate::dialog::{Address, AgentCommand, AgentRef, Attachment, FILE_BYTES_MAX, Media, PLAIN_TEXT};
use crate::engine::{Engine, Role, TurnDone, TurnError, VisitorFacts, VisitorTurn};
use crate::engine::{codec, pictures};
use crate::id::{ConversationId, EventNo, FileId};
use crate::store::{Files, StreamId, Unfinished, Upload};

/// With less space no more files are taken, long before there is too little for conversations: nobody may end all chats by sending files.
const FILES_FREE_BYTES_MIN: u64 = 4 * crate::store::FREE_BYTES_MIN;

/// The beginning of a file, by which it is known what it is.
const HEAD_BYTES: usize = 8 * 1024;

/// Events that are looked through at once for the one that tells of a file.
const LOOK_AT_ONCE: usize = 500;

/// What lies unfinished for so long is nobody's any more.
const UNFINISHED_MAX: Duration = Duration::from_secs(3_600);

/// So many pictures are in memory at once.
static PICTURES: Semaphore = Semaphore::const_new(4);

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It is too large.
    #[error("the file is larger than {} MB", FILE_BYTES_MAX / 1024 / 1024)]
    TooLarge,
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is something that may not be sent.
    #[error("files of this kind cannot be sent")]
    Kind,
    /// This store keeps no files.
    #[error("this server keeps no files")]
    NotKept,
    /// The disk is almost full.
    #[error("no files are taken at the moment")]
    LowSpace,
    /// The disk refused.
    #[error("the file could not be written: {0}")]
    Io(#[from] io::Error),
}

/// A file that is coming in. Dropping it removes what has come.
#[derive(Debug)]
pub struct Incoming {
    upload: Upload,
    file: File,
    head: Vec<u8>,
    bytes: u64,
}

/// A file that is there, whole, and that no event tells of yet. The last clone that is dropped removes it, unless it was
/// kept.
#[derive(Debug, Clone)]
pub struct Received {
    upload: Arc<Upload>,
    /// What the event will say of it.
    pub attachment: Attachment,
}

impl PartialEq for Received {
    fn eq(&self, other: &Self) -> bool {
        self.attachment == other.attachment
    }
}

impl Eq for Received {}

impl Incoming {
    /// Takes the next piece.
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), FileError> {
        self.bytes += piece.len() as u64;
        if self.bytes > FILE_BYTES_MAX {
            return Err(FileError::TooLarge);
        }
        let room = HEAD_BYTES - self.head.len();
        self.head.extend_from_slice(&piece[..piece.len().min(room)]);
        Ok(self.file.write_all(piece).await?)
    }

    /// The file is whole: makes it durable and says what it is. `name` is what the sender calls it.
    pub async fn finish(mut self, name: &str) -> Result<Received, FileError> {
        if self.bytes == 0 {
            return Err(FileError::Empty);
        }
        let media = media(&self.head).ok_or(FileError::Kind)?;
        self.file.flush().await?;
        if pictures::may_tell(media.name) {
            (self.file, self.bytes) = silence(self.file, media.name).await?;
        }
        self.file.sync_all().await?;
        let attachment = Attachment {
            id: self.upload.id(),
            name: media.file_name(name),
            media: media.name.to_owned(),
            bytes: self.bytes,
        };
        Ok(Received { upload: Arc::new(self.upload), attachment })
    }
}

/// Takes out of a picture what it tells beside what it shows. Gives its length then.
async fn silence(file: File, media: &'static str) -> io::Result<(File, u64)> {
    let _few = PICTURES.acquire().await.map_err(io::Error::other)?;
    let mut file = file.into_std().await;
    let silenced = tokio::task::spawn_blocking(move || {
        let mut picture = Vec::new();
        file.rewind()?;
        file.read_to_end(&mut picture)?;
        let came = picture.len() as u64;
        let Some(silent) = pictures::silenced(media, picture) else { return Ok((file, came)) };
        file.rewind()?;
        file.set_len(0)?;
        file.write_all(&silent)?;
        Ok((file, silent.len() as u64))
    });
    let (file, bytes): (std::fs::File, u64) = silenced.await.map_err(io::Error::other).flatten()?;
    Ok((File::from_std(file), bytes))
}

impl Received {
    /// To be done before the event is appended: after a crash the file is found by it.
    pub(super) async fn name(&self, conversation: ConversationId) -> Result<(), TurnError> {
        self.off_thread(move |upload| upload.name(conversation)).await.map_err(failed)
    }

    /// Keeps the file if the event is stored, and this is not the repeat of one that was. Where nobody knows whether it is, the
    /// file stays where it is until somebody does.
    pub(super) async fn kept_if(self, outcome: &Result<TurnDone, TurnError>) {
        let done = match outcome {
            Ok(done) => done,
            Err(TurnError::Halted | TurnError::Store(_)) => return self.upload.leave(),
            Err(_) => return,
        };
        let conversation = done.conversation;
        if !done.duplicate
            && let Err(error) = self.off_thread(move |upload| upload.keep(conversation)).await
        {
            tracing::warn!(%error, "a file did not come to its place; that is tried again later");
        }
    }

    /// Waiting for the disk would hold up everybody else on this thread.
    async fn off_thread(&self, act: impl FnOnce(&Upload) -> io::Result<()> + Send + 'static) -> io::Result<()> {
        let upload = Arc::clone(&self.upload);
        tokio::task::spawn_blocking(move || act(&upload)).await.map_err(io::Error::other)?
    }
}

/// What a file is, by how it begins; none for what may not be sent.
fn media(head: &[u8]) -> Option<&'static Media> {
    match infer::get(head) {
        Some(known) => Media::named(known.mime_type()),
        None => is_text(head).then_some(PLAIN_TEXT).and_then(Media::named),
    }
}

/// Whether this is the beginning of plain text. What opens with a tag is something that a browser would run.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end within a letter.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let text = text.trim_start_matches('\u{feff}');
    let fits = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t' | '\u{c}');
    !text.trim_start().starts_with('<') && !text.starts_with("#!") && text.chars().all(fits)
}

impl Engine {
    /// Begins to receive a file.
    pub fn receive_file(&self) -> Result<Incoming, FileError> {
        let files = self.0.store.files().ok_or(FileError::NotKept)?;
        if self.0.store.stats().free_bytes.is_some_and(|free| free < FILES_FREE_BYTES_MIN) {
            return Err(FileError::LowSpace);
        }
        let (upload, file) = files.receive(FileId::from_uuid(uuid::Uuid::now_v7()))?;
        Ok(Incoming { upload, file: File::from_std(file), head: Vec::new(), bytes: 0 })
    }

    /// A visitor sends a file.
    pub async fn visitor_file(
        &self,
        address: &Address,
        file: Received,
        client: Option<String>,
    ) -> Result<TurnDone, TurnError> {
        let turn = VisitorTurn::File { file: file.clone(), client };
        let (engine, address) = (self.clone(), address.clone());
        // Whoever goes away meanwhile must not leave an event without its file.
        self.fly(async move {
            let outcome = engine.visitor(&address, VisitorFacts::default(), turn).await;
            file.kept_if(&outcome).await;
            outcome
        })
        .await
    }

    /// An agent sends a file.
    pub async fn agent_file(
        &self,
        agent: &AgentRef,
        role: Role,
        id: ConversationId,
        file: Received,
        client: Option<String>,
    ) -> Result<TurnDone, TurnError> {
        file.name(id).await?;
        let command = AgentCommand::Send { file: file.attachment.clone(), client };
        let (engine, agent) = (self.clone(), agent.clone());
        self.fly(async move {
            let outcome = engine.agent(&agent, role, id, command).await;
            file.kept_if(&outcome).await;
            outcome
        })
        .await
    }

    /// A file of a conversation, by the event that tells of it; none where that event tells of none, or the file is gone.
    pub fn file(&self, id: ConversationId, no: EventNo) -> Result<Option<(Attachment, std::fs::File)>, TurnError> {
        let (Some(files), Some(before)) = (self.0.store.files(), no.0.checked_sub(1)) else { return Ok(None) };
        let Some(site) = self.site_of(id)? else { return Ok(None) };
        let stored = self.0.store.events(&StreamId::Conversation(site, id), EventNo(before), 1)?;
        let Some(stored) = stored.into_iter().next().filter(|stored| stored.no == no) else { return Ok(None) };
        let event = codec::decode_recorded(stored.no, &stored.bytes)?.event;
        let Some(attachment) = event.file().cloned() else { return Ok(None) };
        let file = files.read(id, attachment.id).map_err(failed)?;
        Ok(file.map(|file| (attachment, file)))
    }

    /// A file that an agent sent to somebody in a messaging app, which fetches it without a key of its own; none where the file
    /// is not called so.
    pub fn shared_file(
        &self,
        id: ConversationId,
        no: EventNo,
        file: FileId,
    ) -> Result<Option<(Attachment, std::fs::File)>, TurnError> {
        let in_an_app = |opening: &crate::dialog::Opening| crate::channel::sends(&opening.address.channel);
        if !self.conversation(id)?.is_some_and(|conversation| conversation.opening.as_ref().is_some_and(in_an_app)) {
            return Ok(None);
        }
        Ok(self.file(id, no)?.filter(|(attachment, _)| attachment.id == file))
    }

    /// Ends what crashes and lost connections left half done.
    pub(super) fn finish_files(&self, all: bool) {
        let Some(files) = self.0.store.files() else { return };
        // What a store that has stopped writing holds is known at the next start only.
        if self.0.store.stats().halted.is_some() {
            return;
        }
        let outcome = files.unfinished().map_err(failed).and_then(|left| {
            let old = left.into_iter().filter(|left| all || left.age > UNFINISHED_MAX);
            old.map(|left| self.finish_file(files, &left)).collect::<Result<Vec<()>, _>>()
        });
        if let Err(error) = outcome {
            tracing::warn!(%error, "files that were left half received could not be tidied up; trying again later");
        }
    }

    fn finish_file(&self, files: &Files, left: &Unfinished) -> Result<(), TurnError> {
        let told = match left.of {
            Some((conversation, id)) => self.tells_of(conversation, id)?,
            None => false,
        };
        files.finish(left, told).map_err(failed)
    }

    /// Whether an event of a conversation tells of a file.
    fn tells_of(&self, conversation: ConversationId, id: FileId) -> Result<bool, TurnError> {
        let Some(site) = self.site_of(conversation)? else { return Ok(false) };
        let stream = StreamId::Conversation(site, conversation);
        let mut after = EventNo(0);
        loop {
            let page = self.0.store.events(&stream, after, LOOK_AT_ONCE)?;
            let Some(last) = page.last() else { return Ok(false) };
            after = last.no;
            for stored in page {
                let event = codec::decode_recorded(stored.no, &stored.bytes)?.event;
                if event.file().is_some_and(|file| file.id == id) {
                    return Ok(true);
                }
            }
        }
    }
}

fn failed(error: io::Error) -> TurnError {
    TurnError::Store(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_is_says_its_content() {
        let mut docx = b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0".to_vec();
        docx.extend_from_slice(&[0; 12]);
        docx.extend_from_slice(b"\x13\0\0\0[Content_Types].xml");
        for (head, wanted) in [
            (b"\x89PNG\r\n\x1a\n....".as_slice(), Some("image/png")),
            (b"\xff\xd8\xff\xe0....", Some("image/jpeg")),
            (b"GIF89a....", Some("image/gif")),
            (b"%PDF-1.7\n", Some("application/pdf")),
            (b"name;price\nHeron;20\n", Some("text/plain")),
            ("Γεια σου".as_bytes(), Some("text/plain")),
            (&"Γεια σου".as_bytes()[..3], Some("text/plain")),
            (b"<!DOCTYPE html><script>alert(1)</script>", None),
            (b"\xef\xbb\xbf <svg onload=alert(1)>", None),
            (b"<?xml version='1.0'?><svg/>", None),
            (b"<script>", None),
            (b"#!/bin/sh\nrm", None),
            (b"MZ\x90\0....", None),
            (b"\x7fELF....", None),
            (b"PK\x03\x04....", None),
            (b"\x00\x01\x02", None),
            (b"\xff\xfe\x00", None),
        ] {
            assert_eq!(media(head).map(|media| media.name), wanted, "{:?}", String::from_utf8_lossy(head));
        }
    }
}
