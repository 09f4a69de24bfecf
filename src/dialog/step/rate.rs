//! `rate`: 1 to 5, then a comment.

use serde_json::json;

use crate::dialog::turn::Turn;
use crate::dialog::walk::Next;
use crate::dialog::{Button, ButtonTarget, Event, Message, WaitKind};
use crate::flow::{At, Builtin, Flow, Kind, Rate, Slot, StepIndex, Trigger};
use crate::id::FlowName;

pub(in crate::dialog) fn walk(turn: &mut Turn<'_>, flow: &Flow, rate: &Rate, at: &At) -> Next {
    say(turn, rate, at);
    turn.wait(&flow.name, &rate.place, WaitKind::Rate)
}

/// Says the question.
pub(in crate::dialog) fn say(turn: &mut Turn<'_>, rate: &Rate, at: &At) {
    let buttons = buttons(rate);
    turn.say_text(&rate.text, buttons, at);
}

/// One to five.
pub(in crate::dialog) fn buttons(rate: &Rate) -> Vec<Button> {
    let button = |score: usize| Button {
        label: score.to_string(),
        target: ButtonTarget::Option { place: rate.place.clone(), index: score - 1 },
    };
    (1..=5).map(button).collect()
}

/// A typed rating.
pub(in crate::dialog) fn typed(turn: &Turn<'_>, text: &str) -> Option<u8> {
    let found = turn.bot.matcher.values(&Kind::Number, text, &turn.moment());
    let score = found.first()?.value.as_f64()?;
    (1..=5).find(|whole| f64::from(*whole) == score)
}

/// The rating: now the comment.
pub(in crate::dialog) fn take(turn: &mut Turn<'_>, flow: &Flow, rate: &Rate, score: u8) {
    turn.emit(Event::CountsReset);
    ask_comment(turn);
    turn.wait(&flow.name, &rate.place, WaitKind::RateComment { score });
}

/// Asks for the comment.
pub(in crate::dialog) fn ask_comment(turn: &mut Turn<'_>) {
    let text = turn.sentence("rate_comment", &[]);
    let buttons = vec![turn.builtin_button("skip_button", Builtin::Skip)];
    turn.say_message(Message { text, buttons, ..Message::default() }, None);
}

/// The comment, or none: the rating is complete. A flow on `rated` runs before this one goes on.
pub(in crate::dialog) fn comment(
    turn: &mut Turn<'_>,
    flow: &Flow,
    rate: &Rate,
    index: StepIndex,
    comment: Option<String>,
) {
    let Some(WaitKind::RateComment { score }) = turn.state.open_wait().map(|wait| wait.kind.clone()) else { return };
    turn.emit(Event::CountsReset);
    if let Some(save_as) = &rate.save_as {
        // The comment may be as long as a message; the rating itself is an event of its own.
        let _ = turn.set_slot(save_as, Slot::plain(json!({ "score": score, "comment": comment })), true);
    }
    turn.emit(Event::Rated { score, comment });
    match flow_after(turn) {
        Some(after) => {
            turn.run(&flow.name, &rate.place, &after);
            turn.walk(0);
        }
        None => {
            turn.say_sentence("rate_thanks", &[("score", Slot::plain(score))]);
            turn.walk(index + 1);
        }
    }
}

/// The flow that follows a rating, unless it is running already.
fn flow_after(turn: &Turn<'_>) -> Option<FlowName> {
    let flow = turn.flow_on(|trigger| *trigger == Trigger::Rated)?;
    (!turn.state.running_flows().contains(&flow)).then_some(flow)
}
