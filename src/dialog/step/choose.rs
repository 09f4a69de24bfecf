//! `choose`: wait for one of the options.

use serde_json::Value;

use crate::dialog::budget::{self, LABEL_CHARS_MAX, OPTIONS_BYTES_MAX};
use crate::dialog::step::retry::{Question, otherwise, retry};
use crate::dialog::turn::Turn;
use crate::dialog::walk::Next;
use crate::dialog::{Button, ButtonTarget, Event, Offered, WaitKind};
use crate::flow::{At, Choose, Flow, Kind, Options, Slot, StepIndex, Text};

/// More options than this are not offered: no channel shows them, and the commit stays small.
const OPTIONS_MAX: usize = 50;

pub(in crate::dialog) fn walk(turn: &mut Turn<'_>, flow: &Flow, choose: &Choose, at: &At, index: StepIndex) -> Next {
    let options = offered(turn, choose);
    if let Some(save_as) = &choose.save_as
        && let Some(slot) = turn.slot(save_as)
    {
        // Known before. A value that is no longer among the options is chosen again.
        if let Some(option) = options.iter().find(|option| option.value == slot.value) {
            return Next::Step(target(choose, option.index).unwrap_or(index + 1));
        }
        turn.empty_slot(save_as);
    }
    if options.is_empty() {
        turn.wait(&flow.name, &choose.place, WaitKind::Choose { options });
        turn.reason = Some(turn.sentence_for_agents(
            "handoff_reason_retry",
            &[("question", Slot::plain(turn.text_for_agents(&choose.text)))],
        ));
        otherwise(turn, &choose.place, choose.otherwise);
        return Next::Stop;
    }
    say_offered(turn, choose, at, &options);
    turn.wait(&flow.name, &choose.place, WaitKind::Choose { options })
}

/// Says the question with its options, which stay as they were first offered.
pub(in crate::dialog) fn say(turn: &mut Turn<'_>, choose: &Choose, at: &At) {
    if let Some(WaitKind::Choose { options }) = turn.state.open_wait().map(|wait| wait.kind.clone()) {
        say_offered(turn, choose, at, &options);
    }
}

fn say_offered(turn: &mut Turn<'_>, choose: &Choose, at: &At, options: &[Offered]) {
    let buttons = buttons(choose, options);
    turn.say_text(&choose.text, buttons, at);
}

/// A button for each option.
pub(in crate::dialog) fn buttons(choose: &Choose, options: &[Offered]) -> Vec<Button> {
    options
        .iter()
        .enumerate()
        .map(|(index, option)| Button {
            label: option.label.clone(),
            target: ButtonTarget::Option { place: choose.place.clone(), index },
        })
        .collect()
}

/// A typed answer: the option that it means.
pub(in crate::dialog) fn typed(turn: &Turn<'_>, choose: &Choose, options: &[Offered], text: &str) -> Option<usize> {
    let labels: Vec<Vec<String>> = options.iter().map(|option| spellings(turn, choose, option)).collect();
    if let Some(index) = turn.bot.matcher.choose(&labels, text, &turn.moment()) {
        return Some(index);
    }
    let Options::Entity(entity) = &choose.options else { return None };
    let found = turn.bot.matcher.answers(&Kind::Entity(entity.clone()), text, &turn.moment());
    let value = &found.first()?.value;
    if found.iter().any(|other| other.value != *value) {
        return None;
    }
    options.iter().position(|option| option.value == *value)
}

/// Takes an option: the slot is filled and the walk goes where the option leads.
pub(in crate::dialog) fn take(turn: &mut Turn<'_>, choose: &Choose, index: StepIndex, option: &Offered) {
    if let Some(save_as) = &choose.save_as {
        let kind = match &choose.options {
            Options::Entity(entity) => Some(Kind::Entity(entity.clone())),
            Options::Listed(_) | Options::List(_) => None,
        };
        let said = option.label.clone();
        let slot = Slot { value: option.value.clone(), said, kind, from: turn.message_no, sensitive: false };
        // The value is part of a reply that was itself within the limits; a full conversation walks on without it.
        let _ = turn.set_slot(save_as, slot, true);
    }
    turn.emit(Event::CountsReset);
    turn.walk(target(choose, option.index).unwrap_or(index + 1));
}

/// The answer was none of the options.
pub(in crate::dialog) fn not_fitting(turn: &mut Turn<'_>, choose: &Choose, at: &At) {
    let question =
        Question { place: &choose.place, text: &choose.text, retry: &choose.retry, otherwise: choose.otherwise, at };
    retry(turn, &question, None, None);
}

/// The options as they stand now.
pub(in crate::dialog) fn offered(turn: &Turn<'_>, choose: &Choose) -> Vec<Offered> {
    let mut options = match &choose.options {
        Options::Listed(listed) => listed
            .iter()
            .enumerate()
            .filter(|(_, option)| {
                option.condition.as_ref().is_none_or(|condition| turn.with_scope(&[], |scope| condition.truth(scope)))
            })
            .map(|(index, option)| Offered {
                label: turn.text(&option.label),
                value: match &option.value {
                    Some(value) => turn.with_scope(&[], |scope| value.value(scope)),
                    None => Value::String(option.label.source(turn.bot.program.default_language()).to_owned()),
                },
                index,
            })
            .collect(),
        Options::Entity(entity) => {
            let values = turn.bot.program.entities.get(entity).map_or(&[][..], |entity| &entity.values);
            let offer = |(index, value): (usize, &crate::flow::EntityValue)| Offered {
                label: turn.text(&value.label),
                value: Value::String(value.key.clone()),
                index,
            };
            values.iter().enumerate().map(offer).collect()
        }
        Options::List(list) => match turn.with_scope(&[], |scope| list.value(scope)) {
            Value::Array(items) => items.into_iter().enumerate().filter_map(from_item).collect(),
            _ => Vec::new(),
        },
    };
    options.truncate(OPTIONS_MAX);
    let mut room = OPTIONS_BYTES_MAX;
    options.iter_mut().for_each(|option| budget::clip(&mut option.label, LABEL_CHARS_MAX));
    let fit = options.iter().take_while(|option| {
        let bytes = budget::bytes_of(option);
        let fits = bytes <= room;
        room = room.saturating_sub(bytes);
        fits
    });
    let fit = fit.count();
    options.truncate(fit);
    options
}

/// An item of a service's list: a text or number, or a map with `label` and `value`.
fn from_item((index, item): (usize, Value)) -> Option<Offered> {
    let label_of = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    if let Value::Object(map) = &item {
        let label = label_of(map.get("label").or_else(|| map.get("name")).or_else(|| map.get("value"))?)?;
        let value = map.get("value").or_else(|| map.get("id")).cloned().unwrap_or_else(|| Value::String(label.clone()));
        return Some(Offered { label, value, index });
    }
    Some(Offered { label: label_of(&item)?, value: item, index })
}

/// Where an option leads.
fn target(choose: &Choose, option: usize) -> Option<StepIndex> {
    match &choose.options {
        Options::Listed(listed) => listed.get(option)?.to,
        Options::Entity(_) | Options::List(_) => None,
    }
}

/// All ways to type an option: its label as offered and in every language, and its value.
fn spellings(turn: &Turn<'_>, choose: &Choose, option: &Offered) -> Vec<String> {
    let mut spellings = vec![option.label.clone()];
    let every_language = |label: &Text| -> Vec<String> {
        label
            .templates()
            .into_iter()
            .map(|template| template.source.clone())
            .filter(|source| !source.contains("{{"))
            .collect()
    };
    match &choose.options {
        Options::Listed(listed) => {
            spellings.extend(listed.get(option.index).map(|listed| every_language(&listed.label)).unwrap_or_default());
        }
        Options::Entity(entity) => {
            let values = turn.bot.program.entities.get(entity).map_or(&[][..], |entity| &entity.values);
            spellings.extend(values.get(option.index).map(|value| every_language(&value.label)).unwrap_or_default());
        }
        Options::List(_) => {}
    }
    if let Value::String(value) = &option.value {
        spellings.push(value.clone());
    }
    spellings.dedup();
    spellings
}
