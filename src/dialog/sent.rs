//! What follows when somebody sends a file: it is recorded, whoever owns the conversation. The bot cannot look into files, so
//! it says that a person will, and goes on with what it had asked.

use crate::dialog::decide::Refused;
use crate::dialog::step::ask;
use crate::dialog::turn::Turn;
use crate::dialog::{AgentRef, Attachment, Event, FILES_BYTES_MAX, FILES_MAX, Message, Owner, Phase, WokenBecause};
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
        match self.state.owner() {
            Some(Owner::Bot) => self.bot_received(&file.name, file.is_picture()),
            Some(Owner::Queue(_)) => self.confirm_waiting(),
            Some(Owner::Agent(_)) | None => {}
        }
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

    /// Something that is not text came to the bot.
    pub(super) fn bot_received(&mut self, name: &str, is_picture: bool) {
        if self.answers_question(name, is_picture) {
            return;
        }
        let text = self.sentence("file_received", &[]);
        let buttons = vec![self.person_button()];
        self.say_message(Message { text, buttons, ..Message::default() }, None);
        if !self.during_call() {
            self.ask_open_question();
        }
    }

    /// Whether the open question asks for such a file; then it is answered.
    fn answers_question(&mut self, name: &str, is_picture: bool) -> bool {
        let Some((flow, index)) = self.open_step() else { return false };
        let Some(step) = flow.code.get(index) else { return false };
        let Op::Ask(asked) = &step.op else { return false };
        match asked.expect {
            Kind::Photo if !is_picture => {
                ask::not_fitting(self, asked, &step.at, None);
            }
            Kind::Photo | Kind::File => {
                let (value, said) = (name.into(), name.to_owned());
                let found = Found { kind: asked.expect.clone(), value, range: (0, said.len()), said, slot: None };
                ask::answer(self, asked, &step.at, index, &[found]);
            }
            _ => return false,
        }
        true
    }

    pub(super) fn must_fit(&self, file: &Attachment) -> Result<(), Refused> {
        let held = self.state.files;
        if held.count >= FILES_MAX || held.bytes.saturating_add(file.bytes) > FILES_BYTES_MAX {
            return Err(Refused::TooManyFiles);
        }
        Ok(())
    }
}
