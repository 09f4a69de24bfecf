//! What follows when somebody sends a file: it is recorded, whoever owns the conversation. The bot reads only words, so it says
//! that it has the file, offers a person who can look at it, and goes on with what it had asked.

use crate::dialog::decide::Refused;
use crate::dialog::step::ask;
use crate::dialog::turn::Turn;
use crate::dialog::{
    AgentRef, Attachment, Event, FILES_BYTES_MAX, FILES_MAX, Message, Owner, Phase, RemoteKind, WokenBecause,
};
use crate::flow::{Kind, Op};
use crate::matcher::Found;

impl Turn<'_> {
    /// The visitor sent a file.
    pub(super) fn visitor_sent(&mut self, file: &Attachment, client: Option<&str>) -> Result<(), Refused> {
        self.must_fit(file)?;
        let sent = Event::VisitorSent { file: file.clone(), client: client.map(str::to_owned) };
        self.message_no = Some(self.emit(sent));
        if matches!(self.state.phase, Phase::Resolved { .. }) {
            self.emit(Event::Reopened);
        }
        self.end_snooze(WokenBecause::Visitor);
        self.take_file(file, false);
        Ok(())
    }

    /// An agent sends a file, which claims the conversation as words do.
    pub(super) fn agent_sends(
        &mut self,
        agent: &AgentRef,
        file: &Attachment,
        client: Option<&str>,
    ) -> Result<(), Refused> {
        self.must_fit(file)?;
        self.claim(agent)?;
        let (agent, file, client) = (agent.clone(), file.clone(), client.map(str::to_owned));
        self.emit(Event::AgentSent { agent, file, client });
        Ok(())
    }

    /// A file of the visitor is here. It may be what the bot has asked for; else the visitor is told, unless that is `answered`.
    pub(super) fn take_file(&mut self, file: &Attachment, answered: bool) {
        let answers = self.state.with_bot() && self.answers_question(file, answered);
        if !answers && !answered {
            self.received();
        }
    }

    /// Something that is not text has come.
    pub(super) fn received(&mut self) {
        match self.state.owner() {
            Some(Owner::Bot) => {
                self.emit(Event::PersonOffered { for_file: true });
                self.offer_person_beside("file_received");
            }
            Some(Owner::Queue(_)) => self.confirm_waiting(),
            Some(Owner::Agent(_)) | None => {}
        }
    }

    /// What the visitor sent is not here and will not come. An agent sees that for themselves.
    pub(super) fn tell_lost(&mut self, sentence: &str) {
        match self.state.owner() {
            Some(Owner::Bot) => self.offer_person_beside(sentence),
            Some(Owner::Queue(_)) => self.say_sentence(sentence, &[]),
            Some(Owner::Agent(_)) | None => {}
        }
    }

    fn offer_person_beside(&mut self, sentence: &str) {
        let text = self.sentence(sentence, &[]);
        let buttons = vec![self.person_button()];
        self.say_message(Message { text, buttons, ..Message::default() }, None);
        if !self.during_call() {
            self.ask_open_question();
        }
    }

    /// Whether the open question asks for a file.
    pub(super) fn asks_for_file(&self) -> bool {
        let asked = self.open_step().and_then(|(flow, index)| Some(&flow.code.get(index)?.op));
        self.state.with_bot()
            && matches!(asked, Some(Op::Ask(asked)) if matches!(asked.expect, Kind::Photo | Kind::File))
    }

    /// Whether the open question asks for a file; then it is answered, or asked again where the file does not fit and nothing else
    /// was said of it.
    fn answers_question(&mut self, file: &Attachment, answered: bool) -> bool {
        let Some((flow, index)) = self.open_step() else { return false };
        let Some(step) = flow.code.get(index) else { return false };
        let Op::Ask(asked) = &step.op else { return false };
        match asked.expect {
            Kind::Photo if !file.is_picture() && answered => {}
            Kind::Photo if !file.is_picture() => {
                ask::not_fitting(self, asked, &step.at, None);
            }
            Kind::Photo | Kind::File => {
                let (value, said) = (file.name.as_str().into(), file.name.clone());
                let found = Found { kind: asked.expect.clone(), value, range: (0, said.len()), said, slot: None };
                ask::answer(self, asked, &step.at, index, &[found]);
            }
            _ => return false,
        }
        true
    }

    /// Whether what has come says in words what the open question asks for: a card the number, a place where somebody is.
    pub(super) fn answers_in_words(&mut self, kind: RemoteKind, words: &str) -> bool {
        let Some((flow, index)) = self.open_step().filter(|_| self.state.with_bot()) else { return false };
        let Some(step) = flow.code.get(index) else { return false };
        let Op::Ask(asked) = &step.op else { return false };
        if !matches!((kind, &asked.expect), (RemoteKind::Contact, Kind::Phone) | (RemoteKind::Location, Kind::Text)) {
            return false;
        }
        let found = self.bot.matcher.answers(&asked.expect, words, &self.moment());
        if !found.is_empty() {
            ask::answer(self, asked, &step.at, index, &found);
        }
        !found.is_empty()
    }

    pub(super) fn must_fit(&self, file: &Attachment) -> Result<(), Refused> {
        let held = self.state.files;
        if held.count >= FILES_MAX || held.bytes.saturating_add(file.bytes) > FILES_BYTES_MAX {
            return Err(Refused::TooManyFiles);
        }
        Ok(())
    }
}
