//! `ask`: wait for a value of a kind.

use crate::dialog::step::retry::{Question, retry};
use crate::dialog::turn::{SLOT_BYTES_MAX, Turn};
use crate::dialog::walk::Next;
use crate::dialog::{Button, Event, WaitKind};
use crate::flow::{Ask, At, Builtin, Flow, Kind, Slot, StepIndex};
use crate::matcher::Found;

/// A character has at most so many bytes, so an answer of [`SLOT_BYTES_MAX`] divided by this fits in every script.
const BYTES_OF_A_CHARACTER: usize = 4;

pub(in crate::dialog) fn walk(turn: &mut Turn<'_>, flow: &Flow, ask: &Ask, at: &At, index: StepIndex) -> Next {
    if let Some(slot) = turn.slot(&ask.save_as) {
        // Known, or left out before. A value that no longer holds is asked for again.
        let objection = if slot.value.is_null() { None } else { objection(turn, ask) };
        let Some(objection) = objection else { return Next::Step(index + 1) };
        turn.empty_slot(&ask.save_as);
        turn.say_message(crate::dialog::Message { text: objection, ..Default::default() }, Some(at));
    }
    say(turn, ask, at);
    turn.wait(&flow.name, &ask.place, WaitKind::Ask)
}

/// Says the question.
pub(in crate::dialog) fn say(turn: &mut Turn<'_>, ask: &Ask, at: &At) {
    let buttons = buttons(turn, ask);
    turn.say_text(&ask.text, buttons, at);
}

/// The buttons of the question.
pub(in crate::dialog) fn buttons(turn: &Turn<'_>, ask: &Ask) -> Vec<Button> {
    let mut buttons = Vec::new();
    if ask.expect == Kind::YesNo {
        buttons.push(turn.builtin_button("yes_button", Builtin::Yes));
        buttons.push(turn.builtin_button("no_button", Builtin::No));
    }
    if ask.optional {
        buttons.push(turn.builtin_button("skip_button", Builtin::Skip));
    }
    buttons
}

/// What an answer gives, if it is one. `found` holds the values of the question's kind in the message.
pub(in crate::dialog) fn answer(turn: &mut Turn<'_>, ask: &Ask, at: &At, index: StepIndex, found: &[Found]) {
    let Some(first) = found.first() else { return not_fitting(turn, ask, at, None) };
    if found.iter().any(|other| other.value != first.value) {
        let which_one = turn.sentence("which_one", &[]);
        return not_fitting(turn, ask, at, Some(which_one));
    }
    if !turn.fill(&ask.save_as, first) {
        if turn.is_over() {
            return;
        }
        let limit = Slot::plain(SLOT_BYTES_MAX / BYTES_OF_A_CHARACTER);
        let too_long = turn.sentence("message_too_long", &[("limit", limit)]);
        return not_fitting(turn, ask, at, Some(too_long));
    }
    if let Some(objection) = objection(turn, ask) {
        turn.empty_slot(&ask.save_as);
        return not_fitting(turn, ask, at, Some(objection));
    }
    turn.emit(Event::CountsReset);
    turn.fill_more(first);
    turn.walk(index + 1);
}

/// The question is left unanswered. Says whether that is allowed.
pub(in crate::dialog) fn skip(turn: &mut Turn<'_>, ask: &Ask, index: StepIndex) -> bool {
    if ask.optional {
        let left_out = Slot {
            value: serde_json::Value::Null,
            said: String::new(),
            kind: None,
            from: turn.message_no,
            sensitive: false,
        };
        // Nothing always fits; where the conversation holds as many slots as it may, the question counts as left out too.
        let _ = turn.set_slot(&ask.save_as, left_out, false);
        turn.emit(Event::CountsReset);
        turn.walk(index + 1);
    }
    ask.optional
}

/// The answer did not fit.
pub(in crate::dialog) fn not_fitting(turn: &mut Turn<'_>, ask: &Ask, at: &At, why: Option<String>) {
    let question = Question { place: &ask.place, text: &ask.text, retry: &ask.retry, otherwise: ask.otherwise, at };
    retry(turn, &question, why, Some(&ask.expect));
}

/// What to say of a filled slot whose conditions do not hold.
fn objection(turn: &Turn<'_>, ask: &Ask) -> Option<String> {
    let broken = ask.must.iter().find(|(condition, _)| !turn.with_clear_scope(|scope| condition.truth(scope)))?;
    Some(turn.text(&broken.1))
}
