//! What follows an answer that does not fit: the question again, and after the last repeat the step's `otherwise`.

use crate::dialog::Event;
use crate::dialog::turn::Turn;
use crate::dialog::walk::Next;
use crate::flow::{At, Kind, OTHERWISE, Retry, Slot, StepIndex, Text};
use crate::id::{FlowName, PlaceName};

/// A question that can be repeated.
pub(in crate::dialog) struct Question<'a> {
    pub(in crate::dialog) place: &'a PlaceName,
    pub(in crate::dialog) text: &'a Text,
    pub(in crate::dialog) retry: &'a Retry,
    pub(in crate::dialog) otherwise: Option<StepIndex>,
    pub(in crate::dialog) at: &'a At,
}

/// The answer did not fit. `why` says so, where the step knows better than the built-in sentences.
pub(in crate::dialog) fn retry(turn: &mut Turn<'_>, question: &Question<'_>, why: Option<String>, kind: Option<&Kind>) {
    let so_far = turn.state.open_wait().map_or(0, |wait| wait.retries);
    let limit = question.retry.limit.unwrap_or(turn.bot.program.fallback.retry);
    let of = turn.message_no.unwrap_or_default();
    turn.emit(Event::Retried { place: question.place.clone(), of });
    if so_far >= limit {
        return give_up(turn, question);
    }
    if let Some(text) = question.retry.texts.get(so_far as usize) {
        let text = turn.text(text);
        turn.say_message(crate::dialog::Message { text, ..Default::default() }, Some(question.at));
        // The author's words stand in place of the question; its buttons are still needed.
        return turn.ask_open_buttons();
    }
    let why = why.unwrap_or_else(|| sorry(turn, kind));
    turn.say_message(crate::dialog::Message { text: why, ..Default::default() }, None);
    turn.ask_open_question();
}

/// The question failed for good: its own `otherwise`, else the bot's.
fn give_up(turn: &mut Turn<'_>, question: &Question<'_>) {
    let asked = turn.text_for_agents(question.text);
    turn.reason = Some(turn.sentence_for_agents("handoff_reason_retry", &[("question", Slot::plain(asked))]));
    otherwise(turn, question.place, question.otherwise);
}

/// Walks on at a step's `otherwise`, or runs the bot's and goes on behind the step.
pub(in crate::dialog) fn otherwise(turn: &mut Turn<'_>, place: &PlaceName, own: Option<StepIndex>) {
    if let Some(index) = own {
        return turn.walk(index);
    }
    let Some(flow) = turn.top_flow() else { return };
    let next = turn.run(&flow.name, place, &FlowName::from(OTHERWISE));
    if let Next::Step(index) = next {
        turn.walk(index);
    }
}

/// "That did not fit", with an example where there is one.
fn sorry(turn: &Turn<'_>, kind: Option<&Kind>) -> String {
    let example = kind.and_then(|kind| match kind {
        Kind::Entity(name) => turn.bot.program.entities.get(name).and_then(|entity| entity.example.clone()),
        built_in => Some(turn.sentence(&format!("example_{}", built_in.name()), &[])),
    });
    match example.filter(|example| !example.is_empty()) {
        Some(example) => turn.sentence("retry_example", &[("example", Slot::plain(example))]),
        None if kind.is_none() => turn.sentence("retry_choose", &[]),
        None => turn.sentence("retry_generic", &[]),
    }
}
