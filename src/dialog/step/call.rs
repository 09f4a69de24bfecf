//! `call`: the turn ends with an event; the reply is a later input, known by the event's number.

use serde_json::{Map, Value};

use crate::dialog::budget;
use crate::dialog::step::retry::otherwise;
use crate::dialog::turn::Turn;
use crate::dialog::walk::Next;
use crate::dialog::{CallOutcome, Event, WaitKind};
use crate::flow::{At, Call, Flow, Slot, StepIndex};

pub(in crate::dialog) fn walk(turn: &mut Turn<'_>, flow: &Flow, call: &Call, at: &At) -> Next {
    if let Some(waiting) = &call.waiting {
        turn.say_text(waiting, Vec::new(), at);
    }
    let values = |scope: &crate::flow::Scope<'_>| -> Value {
        Value::Object(call.with.iter().map(|(name, value)| (name.clone(), value.value(scope))).collect::<Map<_, _>>())
    };
    let with = turn.with_scope(&[], values);
    let clear = turn.with_clear_scope(values);
    let differs = clear != with;
    if differs && !turn.state_has_room(budget::bytes_of(&clear)) {
        turn.go_over("state_limit", format!("\"{}\" was not called: the conversation is full", call.service));
        return Next::Stop;
    }
    let Some(no) = turn.emit_if_room(Event::Called { service: call.service.clone(), with }) else { return Next::Stop };
    if differs {
        turn.keep_call_clear(no, clear);
    }
    turn.wait(&flow.name, &call.place, WaitKind::Call { call: no })
}

/// The awaited result has come.
pub(in crate::dialog) fn done(turn: &mut Turn<'_>, call: &Call, index: StepIndex, outcome: &CallOutcome) {
    match outcome {
        CallOutcome::Reply(reply) => {
            turn.emit(Event::CountsReset);
            if let Some(save_as) = &call.save_as {
                let _ = turn.set_slot(save_as, Slot::plain(reply.clone()), true);
            }
            turn.walk(index + 1);
        }
        CallOutcome::Status(_) | CallOutcome::Timeout | CallOutcome::Error(_) | CallOutcome::Unknown => {
            let service = Slot::plain(call.service.as_str());
            turn.reason = Some(turn.sentence_for_agents("handoff_reason_service", &[("service", service)]));
            if call.otherwise.is_none() {
                turn.say_sentence("call_failed", &[]);
            }
            otherwise(turn, &call.place, call.otherwise);
        }
    }
}
