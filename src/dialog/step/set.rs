//! `set`: slots and their values.

use crate::dialog::turn::Turn;
use crate::dialog::walk::Next;
use crate::flow::{Slot, StepIndex, ValueTemplate};
use crate::id::SlotName;

pub(in crate::dialog) fn walk(turn: &mut Turn<'_>, values: &[(SlotName, ValueTemplate)], index: StepIndex) -> Next {
    for (slot, template) in values {
        let value = turn.with_scope(&[], |scope| template.value(scope));
        let clear = turn.with_clear_scope(|scope| template.value(scope));
        if value.is_null() {
            turn.empty_slot(slot);
        } else {
            // What is made of a sensitive value is as sensitive, and a service gets it as whole.
            let clear = (clear != value).then_some(clear);
            let _ = turn.set_slot_masked(slot, Slot::plain(value), clear, true);
        }
    }
    Next::Step(index + 1)
}
