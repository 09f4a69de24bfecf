//! `confirm`: yes goes on; no, or a value of one of its slots, is a correction.

use crate::dialog::turn::{Turn, readable};
use crate::dialog::walk::Next;
use crate::dialog::{Button, ButtonTarget, Event, Message, WaitKind};
use crate::flow::{At, Builtin, Confirm, Flow, Op, StepIndex};

pub(in crate::dialog) fn walk(turn: &mut Turn<'_>, flow: &Flow, confirm: &Confirm, at: &At) -> Next {
    say(turn, confirm, at);
    turn.wait(&flow.name, &confirm.place, WaitKind::Confirm)
}

/// Says the question.
pub(in crate::dialog) fn say(turn: &mut Turn<'_>, confirm: &Confirm, at: &At) {
    let buttons = buttons(turn);
    turn.say_text(&confirm.text, buttons, at);
}

/// Yes and no.
pub(in crate::dialog) fn buttons(turn: &Turn<'_>) -> Vec<Button> {
    vec![turn.builtin_button("yes_button", Builtin::Yes), turn.builtin_button("no_button", Builtin::No)]
}

/// Yes: the walk goes on.
pub(in crate::dialog) fn yes(turn: &mut Turn<'_>, index: StepIndex) {
    turn.emit(Event::CountsReset);
    turn.walk(index + 1);
}

/// No: which of the slots should change?
pub(in crate::dialog) fn no(turn: &mut Turn<'_>, flow: &Flow, confirm: &Confirm) {
    turn.emit(Event::CountsReset);
    if let [(slot, question)] = &confirm.slots[..] {
        turn.empty_slot(&slot.clone());
        return turn.walk(*question);
    }
    let (flow, place) = (flow.name.clone(), confirm.place.clone());
    say_change(turn, confirm);
    turn.emit(Event::Waits { flow, place, kind: WaitKind::ConfirmChange });
}

/// Asks again which of the slots should change.
pub(in crate::dialog) fn ask_change(turn: &mut Turn<'_>, op: &Op) {
    if let Op::Confirm(confirm) = op {
        say_change(turn, confirm);
    }
}

fn say_change(turn: &mut Turn<'_>, confirm: &Confirm) {
    let text = turn.sentence("confirm_change", &[]);
    let buttons = change_buttons(turn, confirm);
    turn.say_message(Message { text, buttons, ..Message::default() }, None);
}

/// A button for each slot that may change: its value as the visitor reads it, else its name.
pub(in crate::dialog) fn change_buttons(turn: &Turn<'_>, confirm: &Confirm) -> Vec<Button> {
    let button = |(index, (slot, _)): (usize, &(crate::id::SlotName, StepIndex))| {
        let printed = turn.print_slot(slot);
        Button {
            label: if printed.is_empty() { readable(slot.as_str()) } else { printed },
            target: ButtonTarget::Option { place: confirm.place.clone(), index },
        }
    };
    confirm.slots.iter().enumerate().map(button).collect()
}

/// One of the slots was named: it is emptied and its question asked.
pub(in crate::dialog) fn change(turn: &mut Turn<'_>, confirm: &Confirm, option: usize) -> bool {
    let Some((slot, question)) = confirm.slots.get(option) else { return false };
    turn.emit(Event::CountsReset);
    turn.empty_slot(slot);
    turn.walk(*question);
    true
}
