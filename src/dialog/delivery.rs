//! What becomes of messages on the way to and from messaging apps: what never arrives and is sent once more, what a person
//! answered in the platform's own inbox, what still lies at the platform, and what was taken back.

use serde::{Deserialize, Serialize};

use crate::dialog::decide::{MESSAGE_CHARS_MAX, Refused, spoken};
use crate::dialog::turn::Turn;
use crate::dialog::{
    AGENT_SILENT, AgentRef, AssignedBy, Attachment, Event, FILES_MAX, Owner, Phase, Recorded, WokenBecause,
};
use crate::id::{AgentId, EventNo};

/// So many messages that did not arrive are kept in mind, so that they can be sent once more.
pub(super) const UNDELIVERED_MAX: usize = 50;

/// Why a message never arrives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undeliverable {
    /// What kind of reason.
    pub reason: UndeliverableBecause,
    /// What the platform said, for agents and logs.
    pub said: String,
}

impl Undeliverable {
    /// A reason and the platform's words, cut to what a line can hold.
    pub fn new(reason: UndeliverableBecause, said: impl Into<String>) -> Self {
        let said: String = said.into().chars().filter(|letter| !letter.is_control()).take(200).collect();
        Self { reason, said }
    }
}

/// Kinds of reasons why a message never arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndeliverableBecause {
    /// They have blocked us, left, or do not exist.
    Blocked,
    /// The platform lets us write only for a time after their own last message.
    Window,
    /// The platform does not take this message.
    Refused,
    /// The platform does not know us: the operator must look at the key.
    Credentials,
    /// It could not be sent for too long.
    Expired,
}

/// Something that is not text and still lies at the platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteFile {
    /// What kind of thing.
    pub kind: RemoteKind,
    /// How the platform finds it; none where there is nothing to fetch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it says in words: the emoji of a sticker, the coordinates of a place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// Kinds of things that are not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemoteKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Sound.
    Audio,
    /// A file.
    File,
    /// A sticker.
    Sticker,
    /// A place.
    Location,
    /// Somebody's card.
    Contact,
    /// What the platform itself cannot show.
    Unsupported,
}

/// An inbox that is not ours, as the owner of a conversation: nobody is at our desk for it.
pub fn elsewhere(inbox: &str) -> AgentRef {
    AgentRef { id: AgentId::NOBODY, name: inbox.to_owned() }
}

impl Turn<'_> {
    /// A message of the bot that has not left yet is held back, because a person speaks now.
    pub(super) fn overtaken(&mut self, of: EventNo) -> Result<(), Refused> {
        if self.state.with_agent().is_none() {
            return Err(Refused::NotDue);
        }
        self.emit(Event::BotSaidCancelled { of });
        Ok(())
    }

    /// A message never arrives. What is known already is not recorded twice.
    pub(super) fn undelivered(&mut self, of: EventNo, failure: &Undeliverable) {
        if !self.state.undelivered.contains(&of) {
            self.emit(Event::Undelivered { of, failure: failure.clone() });
        }
    }

    /// An agent wants a message that did not arrive to be sent once more.
    pub(super) fn resend(&mut self, agent: &AgentRef, of: EventNo) -> Result<(), Refused> {
        if !self.state.undelivered.contains(&of) {
            return Err(Refused::NothingToResend);
        }
        self.emit(Event::Resent { of, agent: agent.clone() });
        Ok(())
    }

    /// A person answered in the platform's own inbox: the bot is silent from here on. An agent of ours who has the
    /// conversation keeps it.
    pub(super) fn answered_elsewhere(&mut self, inbox: &str, text: &str, client: Option<&str>) {
        if !matches!(self.state.phase, Phase::Active(Owner::Agent(_))) {
            let agent = elsewhere(inbox);
            // Who is silent there for too long loses the visitor to our desk.
            let silent_after = Some(AGENT_SILENT);
            self.emit(Event::Assigned { agent, by: AssignedBy::Elsewhere, entered: None, silent_after });
        }
        // Who has only taken it over has said nothing yet.
        if !text.is_empty() {
            let text = text.chars().take(MESSAGE_CHARS_MAX).collect();
            self.emit(Event::SaidElsewhere { inbox: inbox.to_owned(), text, client: client.map(str::to_owned) });
        }
    }

    /// The visitor sent something that is not text, perhaps with words below it, which then count alone. Of what still lies at the
    /// app nothing is said before it is here.
    pub(super) fn remote_sent(
        &mut self,
        file: &RemoteFile,
        caption: Option<&str>,
        client: Option<&str>,
    ) -> Result<(), Refused> {
        // What would be too much is told of and left where it is.
        let full = file.reference.is_some() && self.state.files.count >= FILES_MAX;
        let reference = file.reference.clone().filter(|_| !full);
        let comes = reference.is_some();
        let caption = caption.map(spoken).transpose().unwrap_or_default();
        // The words below a file that a question asks for are not the answer: the file is.
        let answers = comes && self.asks_for_file();
        let with_words = caption.is_some() && !answers;
        let (file, client) = (RemoteFile { reference, ..file.clone() }, client.map(str::to_owned));
        self.message_no = Some(self.emit(Event::RemoteSent { file: file.clone(), client, with_words }));
        match caption {
            Some(caption) if with_words => {
                self.visitor_wrote(&caption, None)?;
                if full {
                    self.tell_lost("file_lost");
                }
                return Ok(());
            }
            Some(caption) => self.record_message(&caption, None, None),
            None => {}
        }
        if matches!(self.state.phase, Phase::Resolved { .. }) {
            self.emit(Event::Reopened);
        }
        self.end_snooze(WokenBecause::Visitor);
        match file.kind {
            RemoteKind::Sticker => {}
            _ if full => self.tell_lost("file_lost"),
            RemoteKind::Unsupported => self.tell_lost("kind_unsupported"),
            _ if comes => {}
            kind => {
                if !file.words.as_deref().is_some_and(|words| self.answers_in_words(kind, words)) {
                    self.received();
                }
            }
        }
        Ok(())
    }

    /// What lay at the platform is here, or is lost.
    pub(super) fn fetched(&mut self, of: EventNo, file: Option<&Attachment>) {
        let Some(coming) = self.state.coming.iter().find(|coming| coming.of == of).copied() else {
            return self.note_fetched(of, file);
        };
        self.note_fetched(of, file);
        let kept = matches!(self.events.last(), Some(Recorded { event: Event::RemoteKept { .. }, .. }));
        match file.filter(|_| kept) {
            _ if self.state.taken_back.contains(&of) => {}
            None => self.tell_lost("file_lost"),
            Some(file) => {
                self.message_no = Some(of);
                self.take_file(file, coming.answered);
            }
        }
    }

    fn note_fetched(&mut self, of: EventNo, file: Option<&Attachment>) {
        // What was taken back meanwhile is not kept.
        let wanted = file.filter(|_| !self.state.taken_back.contains(&of));
        self.emit(match wanted.filter(|file| self.must_fit(file).is_ok()) {
            Some(file) => Event::RemoteKept { of, file: file.clone() },
            None => Event::RemoteLost { of },
        });
    }
}
