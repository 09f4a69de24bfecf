//! What operators do in Telegram, as the commands of agents. Whoever is not linked with an account is told so once; what cannot
//! be done is said where it was asked.

use std::sync::{Arc, PoisonError};

use crate::channel::{DeskMessage, DeskUpdate, DeskWhat, Outcome, OutgoingButton};
use crate::dialog::{AgentCommand, Refused, RemoteFile};
use crate::engine::telegram_desk::rows::{address_of, once};
use crate::engine::{Account, AccountError, AgentStatus, Engine, TurnError, token};
use crate::id::ConversationId;

/// So many strangers are remembered; then they may be told once more.
const STRANGERS_MAX: usize = 10_000;

/// The most ready answers in a list.
const READY_MAX: usize = 50;

/// No chat has this number.
const NO_CHAT: i64 = 0;

/// Letters of a ready answer's name in a button.
const MARK: usize = 8;

/// What a button brings back: at most 64 bytes.
pub(super) fn payload(what: &str, id: ConversationId) -> String {
    format!("{what}:{id}")
}

/// What an operator wants.
#[derive(Debug, Clone, PartialEq)]
enum Wish {
    /// A command.
    Do(AgentCommand),
    /// The list of ready answers.
    List,
    /// A ready answer: by its name, or by the mark in a button.
    Ready(String),
    /// Whoever has waited longest.
    Take,
    /// To be away from now on, or back.
    Be(AgentStatus),
    /// A file for the visitor, and words below it.
    Send(RemoteFile, Option<String>),
    /// To know what there is.
    Help,
}

impl Wish {
    /// What a text says. Words for the visitor, unless they begin as a command or a note does.
    fn written(text: &str) -> Self {
        if let Some(note) = text.strip_prefix("//") {
            return Self::Do(AgentCommand::Note { text: note.trim().to_owned(), mentions: Vec::new() });
        }
        let Some(command) = text.strip_prefix('/') else {
            return Self::Do(AgentCommand::Say { text: text.to_owned(), client: None });
        };
        let (name, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let rest = rest.trim();
        match name.split('@').next().unwrap_or_default() {
            "note" => Self::Do(AgentCommand::Note { text: rest.to_owned(), mentions: Vec::new() }),
            "claim" => Self::Do(AgentCommand::Claim),
            "take" => Self::Take,
            "away" => Self::Be(AgentStatus::Away),
            "back" => Self::Be(AgentStatus::Available),
            "resolve" => Self::Do(AgentCommand::Resolve),
            "bot" => Self::Do(AgentCommand::HandBack { flow: None }),
            "r" if rest.is_empty() => Self::List,
            "r" => Self::Ready(rest.to_owned()),
            _ => Self::Help,
        }
    }

    /// What a button of ours means, and for which conversation.
    fn pressed(payload: &str) -> Option<(Self, ConversationId)> {
        let (what, id) = payload.split_once(':')?;
        let wish = match what {
            "c" => Self::Do(AgentCommand::Claim),
            "r" => Self::Do(AgentCommand::Resolve),
            "b" => Self::Do(AgentCommand::HandBack { flow: None }),
            "a" => Self::List,
            _ => Self::Ready(what.strip_prefix('s')?.to_owned()),
        };
        Some((wish, id.parse().ok()?))
    }
}

/// The mark of a ready answer in a button: names may be long.
fn mark(name: &str) -> String {
    token::hash(name).chars().take(MARK).collect()
}

impl Engine {
    /// Takes what somebody did in Telegram at the operators' bot. Gives what they are told, if anything.
    ///
    /// # Errors
    ///
    /// Where it could not be stored, so that Telegram must send it again.
    pub async fn take_desk_update(&self, update: &DeskUpdate) -> Result<Option<DeskMessage>, TurnError> {
        let Some(update) = &self.in_our_group(update).await else { return Ok(None) };
        let language = self.desk_language(update.chat);
        let say = |id: &str| Some(self.told(&language, id, &[]));
        if let (DeskWhat::Written(text), true) = (&update.what, update.private)
            && let Some(code) = text.strip_prefix("/start ")
        {
            return self.link(update, code.trim()).await.map(Some);
        }
        let Some(account) = self.accounts().of_telegram(update.user) else { return Ok(self.stranger(update)) };
        self.seen(account.id);
        let (wish, id) = match &update.what {
            DeskWhat::Pressed { payload, .. } => match Wish::pressed(payload) {
                Some((wish, id)) => (Some(wish), Some(id)),
                None => return Ok(say("telegram-desk-old-button")),
            },
            DeskWhat::Written(text) => (Some(Wish::written(text)), self.meant(update, &account)),
            DeskWhat::Sent { file, caption } => {
                (file.clone().map(|file| Wish::Send(file, caption.clone())), self.meant(update, &account))
            }
            // That is no operator's doing.
            DeskWhat::MovedTo(_) => return Ok(None),
        };
        let (wish, id) = match wish {
            // What they have already is not what they want to take.
            Some(Wish::Take) => match self.pointed_at(update) {
                Some(id) => (Some(Wish::Do(AgentCommand::Claim)), Some(id)),
                None => return self.answered_by(self.take_next(update, &account, &language).await, &language),
            },
            Some(Wish::Be(status)) => {
                return self.answered_by(self.is_from_now_on(&account, status, &language).await, &language);
            }
            wish => (wish, id),
        };
        let Some(id) = id else {
            // A topic that we made and that is no conversation's any more: what is written there must not seem to arrive.
            if update.topic.is_some() && update.to_us {
                return Ok(say("telegram-desk-over"));
            }
            // In the group people may talk among themselves.
            let to_us = update.private || matches!(wish, Some(Wish::Help | Wish::List | Wish::Ready(_)));
            return Ok(to_us.then(|| self.told(&language, "telegram-desk-which", &[])));
        };
        let Some(wish) = wish else { return Ok(say("telegram-desk-no-files")) };
        self.answered_by(self.wish(update, &account, id, wish, &language).await, &language)
    }

    /// What somebody is told of what became of their wish. What could not be stored is an error, so that it comes again.
    fn answered_by(
        &self,
        outcome: Result<Option<DeskMessage>, TurnError>,
        language: &str,
    ) -> Result<Option<DeskMessage>, TurnError> {
        match outcome {
            Err(error @ (TurnError::Busy { .. } | TurnError::Halted | TurnError::Store(_) | TurnError::LowSpace)) => {
                Err(error)
            }
            Err(error) => Ok(Some(self.refusal(language, &error))),
            told => told,
        }
    }

    /// Takes whoever has waited longest, among those whom the operator may serve.
    async fn take_next(
        &self,
        update: &DeskUpdate,
        account: &Arc<Account>,
        language: &str,
    ) -> Result<Option<DeskMessage>, TurnError> {
        let Some(desk) = self.telegram_desk() else { return Ok(None) };
        let theirs: Vec<ConversationId> = self.0.views.with(|views| {
            let waiting = views.queue.all().into_iter();
            let own = waiting.filter(|one| desk.serves(&one.site) && account.serves(&one.site, &one.queue));
            own.map(|one| one.conversation).collect()
        });
        for id in theirs {
            self.mirror_now(id, |_| false).await?;
            if !self.reaches(account.id, id) {
                continue;
            }
            let once = once(update.chat, update.id);
            match self.agent_once(&account.agent(), account.role, id, AgentCommand::Claim, Some(once)).await {
                Ok(_) => {
                    let name = self.find(id)?.and_then(|hot| hot.summary()?.name);
                    let name = name.unwrap_or_else(|| self.words(language, "desk-visitor", &[]));
                    return Ok(Some(self.told(language, "telegram-desk-took", &[("visitor", &name)])));
                }
                // Somebody else was faster: the next.
                Err(TurnError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Some(self.told(language, "telegram-desk-nobody-waits", &[])))
    }

    /// An operator is away, or back, as at the web desk.
    async fn is_from_now_on(
        &self,
        account: &Account,
        status: AgentStatus,
        language: &str,
    ) -> Result<Option<DeskMessage>, TurnError> {
        match self.set_status(account.id, status).await {
            Ok(_) => {}
            Err(AccountError::Store(error)) => return Err(error.into()),
            Err(error) => {
                tracing::warn!(agent = %account.id, %error, "what an operator chose in Telegram was not noted");
                return Ok(Some(self.told(language, "desk-error-not-possible", &[])));
            }
        }
        let id = match status {
            AgentStatus::Available => "telegram-desk-back",
            AgentStatus::Away => "telegram-desk-away",
        };
        Ok(Some(self.told(language, id, &[])))
    }

    /// Marks a note as written down. In a group where no such mark is allowed, a line says it.
    fn confirm(&self, update: &DeskUpdate, language: &str) {
        let (Some(desk), Some(message)) = (self.telegram_desk().cloned(), update.message) else { return };
        let here = address_of(&desk.account.site, update.chat, ConversationId::from_uuid(uuid::Uuid::nil()));
        let Ok(chat) = self.0.outbox.moved.now_at(&here).chat.parse() else { return };
        let (engine, topic, line) = (self.clone(), update.topic, self.words(language, "telegram-desk-noted", &[]));
        tokio::spawn(async move {
            if let Outcome::Never(why) = engine.call_platform(&desk.account, &desk.noted(chat, message)).await {
                tracing::debug!(reason = why.said, "a note cannot be marked as written down");
                engine.courtesy(&desk.account, desk.say_below(chat, topic, message, &line));
            }
        });
    }

    async fn wish(
        &self,
        update: &DeskUpdate,
        account: &Arc<Account>,
        id: ConversationId,
        wish: Wish,
        language: &str,
    ) -> Result<Option<DeskMessage>, TurnError> {
        let command = match wish {
            Wish::Do(command) => command,
            // It was taken for a claim where it is one.
            Wish::Take => return self.take_next(update, account, language).await,
            Wish::Be(status) => return self.is_from_now_on(account, status, language).await,
            Wish::Send(file, words) => {
                if !self.pass_on(update, account, id, &file).await? {
                    return Ok(Some(self.told(language, "telegram-desk-file-lost", &[])));
                }
                let below = words.filter(|words| !words.trim().is_empty()).map(|words| Wish::written(&words));
                let Some(Wish::Do(command)) = below else { return Ok(None) };
                let once = format!("{}/below", once(update.chat, update.id));
                let is_note = matches!(command, AgentCommand::Note { .. });
                self.agent_once(&account.agent(), account.role, id, command, Some(once)).await?;
                if is_note {
                    self.confirm(update, language);
                }
                return Ok(None);
            }
            Wish::Help => return Ok(Some(self.told(language, "telegram-desk-help", &[]))),
            Wish::List => {
                let replies = self.replies(account, id)?;
                if replies.is_empty() {
                    return Ok(Some(self.told(language, "telegram-desk-no-ready", &[])));
                }
                let button = |name: &str| OutgoingButton {
                    label: name.to_owned(),
                    payload: payload(&format!("s{}", mark(name)), id),
                };
                let buttons = replies.iter().take(READY_MAX).map(|reply| vec![button(&reply.name)]).collect();
                let lines =
                    replies.iter().take(READY_MAX).map(|reply| format!("/r {} — {}", reply.name, reply.filled.text));
                let text = lines.collect::<Vec<_>>().join("\n");
                return Ok(Some(DeskMessage { text, buttons, ..DeskMessage::default() }));
            }
            Wish::Ready(name) => {
                let replies = self.replies(account, id)?;
                let found = replies.into_iter().find(|reply| reply.name == name || mark(&reply.name) == name);
                let Some(reply) = found else {
                    return Ok(Some(self.told(language, "telegram-desk-no-such-ready", &[("name", &name)])));
                };
                if !reply.filled.missing.is_empty() {
                    let missing = reply.filled.missing.join(", ");
                    let values = [("missing", missing.as_str()), ("text", &reply.filled.text)];
                    return Ok(Some(self.told(language, "telegram-desk-missing", &values)));
                }
                let say = AgentCommand::Say { text: reply.filled.text, client: None };
                // Nobody has written its words in any chat: all who read there should read them.
                let once = once(NO_CHAT, update.id);
                return self.agent_once(&account.agent(), account.role, id, say, Some(once)).await.map(|_| None);
            }
        };
        let once = once(update.chat, update.id);
        let is_note = matches!(command, AgentCommand::Note { .. });
        self.agent_once(&account.agent(), account.role, id, command, Some(once)).await?;
        if is_note {
            self.confirm(update, language);
        }
        Ok(None)
    }

    /// The conversation that a message is about: its topic's, the one whose message it answers, else, in an operator's own chat,
    /// the only one that they have.
    fn meant(&self, update: &DeskUpdate, account: &Account) -> Option<ConversationId> {
        let pointed_at = self.pointed_at(update);
        if update.topic.is_some() || pointed_at.is_some() || !update.private {
            return pointed_at;
        }
        let owned = self.0.views.with(|views| views.owned.get(&account.id).cloned().unwrap_or_default());
        let mut here = owned.into_iter().filter(|id| self.reaches(account.id, *id));
        here.next().filter(|_| here.next().is_none())
    }

    /// The conversation of the topic, or of the message that is answered.
    fn pointed_at(&self, update: &DeskUpdate) -> Option<ConversationId> {
        match update.topic {
            Some(topic) => self.0.desk.of_topic(update.chat, topic),
            None => update.about,
        }
    }

    async fn link(&self, update: &DeskUpdate, code: &str) -> Result<DeskMessage, TurnError> {
        let language = self.desk_language(update.chat);
        match self.link_telegram(code, update.user).await {
            Ok(Some(account)) => {
                tracing::info!(agent = %account.id, "an account was linked with Telegram");
                let language = self.desk_language(update.chat);
                Ok(self.told(&language, "telegram-desk-linked", &[("name", &account.name)]))
            }
            Ok(None) => Ok(self.told(&language, "telegram-desk-wrong-code", &[])),
            Err(AccountError::Store(error)) => Err(error.into()),
            Err(error) => {
                tracing::info!(%error, "an account was not linked with Telegram");
                Ok(self.told(&language, "telegram-desk-wrong-code", &[]))
            }
        }
    }

    /// Whoever is no operator is told so once, where they speak to the bot; a press must be answered always.
    fn stranger(&self, update: &DeskUpdate) -> Option<DeskMessage> {
        let pressed = matches!(update.what, DeskWhat::Pressed { .. });
        let to_us = update.private || update.about.is_some() || update.topic.is_some();
        let first = || {
            let mut told = self.0.desk.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.len() >= STRANGERS_MAX {
                told.clear();
            }
            told.insert(update.user)
        };
        let tell = pressed || (to_us && first());
        tell.then(|| self.told(&self.desk_language(update.chat), "telegram-desk-stranger", &[]))
    }

    fn refusal(&self, language: &str, error: &TurnError) -> DeskMessage {
        let id = match error {
            TurnError::Refused(Refused::OwnedBy { agent }) => {
                return self.told(language, "telegram-desk-owned", &[("agent", &agent.name)]);
            }
            TurnError::Refused(Refused::NotYours) => "desk-error-not-yours",
            TurnError::Refused(Refused::Closed) => "desk-error-conversation-closed",
            TurnError::Refused(Refused::Empty) => "desk-error-empty-message",
            TurnError::Refused(Refused::TooLong { .. }) => "desk-error-message-too-long",
            TurnError::NoSuchConversation(_) => "telegram-desk-not-for-you",
            _ => "desk-error-not-possible",
        };
        self.told(language, id, &[])
    }

    fn told(&self, language: &str, id: &str, values: &[(&'static str, &str)]) -> DeskMessage {
        DeskMessage { text: self.words(language, id, values), ..DeskMessage::default() }
    }

    fn desk_language(&self, chat: i64) -> String {
        let site = self.telegram_desk().map(|desk| desk.site.clone().unwrap_or_else(|| desk.account.site.clone()));
        self.language_at(chat, &site.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_an_answer_unless_it_begins_as_a_command() {
        let note = |text: &str| Wish::Do(AgentCommand::Note { text: text.to_owned(), mentions: Vec::new() });
        for (text, wish) in [
            ("Hello", Wish::Do(AgentCommand::Say { text: "Hello".into(), client: None })),
            ("// he is angry", note("he is angry")),
            ("/note he is angry", note("he is angry")),
            ("/claim@shop_desk_bot", Wish::Do(AgentCommand::Claim)),
            ("/take", Wish::Take),
            ("/away", Wish::Be(AgentStatus::Away)),
            ("/back", Wish::Be(AgentStatus::Available)),
            ("/resolve", Wish::Do(AgentCommand::Resolve)),
            ("/bot", Wish::Do(AgentCommand::HandBack { flow: None })),
            ("/r", Wish::List),
            ("/r  hello", Wish::Ready("hello".into())),
            ("/frobnicate", Wish::Help),
        ] {
            assert_eq!(Wish::written(text), wish, "{text}");
        }
    }

    #[test]
    fn a_button_fits_and_comes_back_as_what_it_meant() {
        let id = ConversationId::from_uuid(uuid::Uuid::from_u128(7));
        let long = payload(&format!("s{}", mark(&"a name ".repeat(40))), id);
        assert!(long.len() <= 64, "{long}");
        assert_eq!(Wish::pressed(&long), Some((Wish::Ready(mark(&"a name ".repeat(40))), id)));
        assert_eq!(Wish::pressed(&payload("c", id)), Some((Wish::Do(AgentCommand::Claim), id)));
        assert_eq!(Wish::pressed("c:nothing"), None);
    }
}
