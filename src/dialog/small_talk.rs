//! Small talk: one sentence, and the open question comes back. It is no task, so nothing begins or ends with it; it is no miss,
//! and it does not make misses before it good.

use crate::dialog::Message;
use crate::dialog::turn::Turn;
use crate::flow::SmallTalk;
use crate::id::IntentName;

impl Turn<'_> {
    /// What the bot says to an intent that is small talk and that no flow of the author answers.
    pub(super) fn small_talk_of(&self, intent: &IntentName) -> Option<&SmallTalk> {
        let program = &self.bot.program;
        program.small_talk.get(intent).filter(|_| program.intents.get(intent).is_none_or(|own| own.flow.is_none()))
    }

    /// Answers small talk. Says whether the intent is any.
    pub(super) fn talk(&mut self, intent: &IntentName) -> bool {
        let Some(talk) = self.small_talk_of(intent).cloned() else { return false };
        let during_task = !self.state.tasks.is_empty();
        if talk.idle && during_task {
            return false;
        }
        let mut text = self.text(&talk.said);
        if let Some(more) = talk.more.as_ref().filter(|_| !during_task) {
            text = format!("{text} {}", self.text(more));
        }
        let buttons = if talk.offers_person { vec![self.person_button()] } else { Vec::new() };
        self.say_message(Message { text, buttons, ..Message::default() }, None);
        if talk.leaves {
            self.gone = true;
        } else {
            self.ask_open_question();
        }
        true
    }
}
