//! Slots: names that nothing fills, and slots that are read where they may be empty. Optional questions and branches count:
//! a slot is surely filled at a step only if every way to the step fills it.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::flow::check::graph::successors;
use crate::flow::check::reads::{Read, Use, after_answer, compares, of};
use crate::flow::check::{place_of, place_of_word};
use crate::flow::link::{Linked, What};
use crate::flow::read::Reader;
use crate::flow::report::code;
use crate::flow::source::Place;
use crate::flow::tree::shown;
use crate::flow::{Entity, Flow, Kind, Op, Options, Part, ROOTS, StepIndex, Trigger};
use crate::id::{EntityName, FlowName};

pub(super) fn run(linked: &mut Linked, reader: &mut Reader<'_>) {
    let mut all: BTreeSet<&str> = linked.program.flows.values().flat_map(set_by).collect();
    let from_phrases = phrase_slots(linked);
    all.extend(from_phrases.iter().map(String::as_str));
    let called = called(linked);
    let mut used: Vec<(What, String)> = Vec::new();
    let mut unfilled: IndexMap<String, Vec<Place>> = IndexMap::new();
    compared(linked, reader);
    for flow in linked.program.flows.values() {
        let ways = filled(linked, flow, &called, &all, &from_phrases);
        for (index, step) in flow.code.iter().enumerate() {
            // A step that is never reached was reported as such.
            let Some(Some(filled)) = ways.get(index) else { continue };
            for read in of(step) {
                names(linked, reader, &read, filled, &all, &mut used, &mut unfilled);
            }
            if let Op::Ask(ask) = &step.op {
                let mut answered = filled.clone();
                answered.surely.insert(&ask.save_as.0);
                answered.perhaps.insert(&ask.save_as.0);
                for read in after_answer(step) {
                    names(linked, reader, &read, &answered, &all, &mut used, &mut unfilled);
                }
            }
        }
    }
    for (root, places) in unfilled {
        nothing_fills(reader, &root, &places, &all);
    }
    linked.used.extend(used);
}

/// One name that nothing fills is one mistake, however often it is read.
pub(super) fn nothing_fills(reader: &mut Reader<'_>, root: &str, places: &[Place], all: &BTreeSet<&str>) {
    let Some((first, others)) = places.split_first() else { return };
    let names = all.iter().copied().chain(ROOTS);
    let hint = reader.problems.did_you_mean(root, names);
    let message = match root {
        "env" | "secret" => format!("`{root}` exists only in services"),
        _ => format!("nothing in this bot fills \"{root}\""),
    };
    let mut problem = reader.problems.error(code::UNKNOWN_NAME, *first, message).maybe_hint(hint);
    for other in others.iter().filter(|other| *other != first).take(3) {
        problem = problem.related(*other, "it is read here too");
    }
}

/// What values of a kind look like in conditions; none where any text may be one.
fn unlike(kind: &Kind, text: &str, entities: &IndexMap<EntityName, Entity>) -> Option<String> {
    match kind {
        Kind::Number | Kind::Money => Some(match text.parse::<f64>() {
            Ok(_) => format!("write {text} without quotes"),
            Err(_) => "it is a number: compare it with one, such as 8, without quotes".to_owned(),
        }),
        Kind::Date if text.parse::<jiff::civil::Date>().is_err() => {
            Some("it is a date: compare it with one, such as \"2026-11-24\", or with today".to_owned())
        }
        Kind::Time if text.parse::<jiff::civil::Time>().is_err() => {
            Some("it is a time: compare it with one, such as \"17:30\"".to_owned())
        }
        Kind::Entity(entity) => {
            let values = &entities.get(entity)?.values;
            let keys: Vec<&str> = values.iter().map(|value| value.key.as_str()).collect();
            let shown = keys.iter().take(8).copied().collect::<Vec<_>>().join(", ");
            (!keys.is_empty() && !keys.contains(&text)).then(|| format!("the values of \"{entity}\" are {shown}"))
        }
        _ => None,
    }
}

/// Conditions that compare a slot with a text that it can never be.
fn compared(linked: &Linked, reader: &mut Reader<'_>) {
    let program = &linked.program;
    let mut kinds: BTreeMap<&str, Vec<Kind>> = BTreeMap::new();
    for step in program.flows.values().flat_map(|flow| &flow.code) {
        let (slot, kind) = match &step.op {
            Op::Ask(ask) => (ask.save_as.as_str(), Some(ask.expect.clone())),
            Op::Choose(choose) => match (&choose.save_as, &choose.options) {
                (Some(slot), Options::Entity(entity)) => (slot.as_str(), Some(Kind::Entity(entity.clone()))),
                (Some(slot), _) => (slot.as_str(), None),
                (None, _) => continue,
            },
            op => {
                // A slot that is filled in other ways may be anything.
                set_at(op).into_iter().for_each(|slot| kinds.entry(slot).or_default().push(Kind::Text));
                continue;
            }
        };
        kinds.entry(slot).or_default().push(kind.unwrap_or(Kind::Text));
    }
    let mut found = Vec::new();
    for step in program.flows.values().flat_map(|flow| &flow.code) {
        for read in of(step).into_iter().chain(after_answer(step)) {
            for (slot, text) in read.expr.compared() {
                let Some(kinds) = kinds.get(slot.as_str()) else { continue };
                let hints: Vec<_> = kinds.iter().map(|kind| unlike(kind, &text, &program.entities)).collect();
                if let Some(Some(hint)) = hints.first().filter(|_| hints.iter().all(Option::is_some)) {
                    found.push((place_of_word(reader, read.at, &text), slot, text, hint.clone()));
                }
            }
        }
    }
    for (place, slot, text, hint) in found {
        let message = format!("\"{slot}\" cannot be compared with \"{}\"", shown(&text));
        reader.problems.warning(code::BAD_VALUE, place, message).hint(hint);
    }
}

/// What is filled at a step.
#[derive(Debug, Clone, PartialEq, Default)]
struct Filled<'p> {
    /// On every way to it.
    surely: BTreeSet<&'p str>,
    /// On some way to it.
    perhaps: BTreeSet<&'p str>,
}

/// Every slot that a flow fills.
fn set_by(flow: &Flow) -> BTreeSet<&str> {
    flow.code.iter().flat_map(|step| set_at(&step.op)).collect()
}

fn set_at(op: &Op) -> Vec<&str> {
    match op {
        Op::Ask(ask) => vec![&ask.save_as.0],
        Op::Choose(choose) => choose.save_as.iter().map(|slot| slot.as_str()).collect(),
        Op::Call(call) => call.save_as.iter().map(|slot| slot.as_str()).collect(),
        Op::Rate(rate) => rate.save_as.iter().map(|slot| slot.as_str()).collect(),
        Op::Set(values) => values.iter().map(|(slot, _)| slot.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// Every slot that something in the bot fills.
pub(super) fn fillable(linked: &Linked) -> BTreeSet<String> {
    let mut slots = phrase_slots(linked);
    slots.extend(linked.program.flows.values().flat_map(set_by).map(str::to_owned));
    slots
}

/// The slots that phrases name: `{city:origin}`.
fn phrase_slots(linked: &Linked) -> BTreeSet<String> {
    let mut slots = BTreeSet::new();
    for phrase in linked.program.intents.values().flat_map(|intent| &intent.phrases) {
        phrase.each_part(&mut |part| {
            if let Part::Entity { slot: Some(slot), .. } = part {
                slots.insert(slot.0.clone());
            }
        });
    }
    slots
}

/// Flows that begin with what others have filled: run by them, left for, or run instead of waiting.
fn called(linked: &Linked) -> BTreeMap<&FlowName, BTreeSet<&str>> {
    let mut called: BTreeMap<&FlowName, BTreeSet<&str>> = BTreeMap::new();
    let program = &linked.program;
    let everything: BTreeSet<&str> = program.flows.values().flat_map(set_by).collect();
    for flow in program.flows.values() {
        for step in &flow.code {
            if let Op::Run { flow: to, .. } | Op::Goto(to) = &step.op {
                called.entry(to).or_default().extend(set_by(flow));
            }
        }
    }
    let queues = program.queues.values().flat_map(|queue| queue.when_closed.iter().chain(&queue.when_waited));
    let events = program.flows.values().filter(|flow| {
        flow.name.as_str() == crate::flow::OTHERWISE
            || flow.start_on.iter().any(|on| !matches!(on, Trigger::Intent(_) | Trigger::ConversationOpened))
    });
    let invited = program.invites.values().filter_map(|invite| invite.start.as_ref());
    for flow in queues.chain(invited).chain(events.map(|flow| &flow.name)) {
        called.entry(flow).or_default().extend(everything.iter().copied());
    }
    // What a caller was given it passes on.
    loop {
        let mut grown = false;
        for flow in program.flows.values() {
            let given = called.get(&flow.name).cloned().unwrap_or_default();
            for step in &flow.code {
                if let Op::Run { flow: to, .. } | Op::Goto(to) = &step.op {
                    let entry = called.entry(to).or_default();
                    let before = entry.len();
                    entry.extend(given.iter().copied());
                    grown |= entry.len() > before;
                }
            }
        }
        if !grown {
            return called;
        }
    }
}

/// For each step what is filled when it begins; none where no way leads.
fn filled<'p>(
    linked: &'p Linked,
    flow: &'p Flow,
    called: &BTreeMap<&FlowName, BTreeSet<&'p str>>,
    all: &BTreeSet<&'p str>,
    from_phrases: &'p BTreeSet<String>,
) -> Vec<Option<Filled<'p>>> {
    let mut ways: Vec<Option<Filled<'p>>> = vec![None; flow.code.len() + 1];
    let mut start = Filled::default();
    start.perhaps.extend(from_phrases.iter().map(String::as_str));
    if let Some(given) = called.get(&flow.name) {
        // What callers fill is theirs to check: here it counts as filled.
        start.perhaps.extend(given);
        start.surely.extend(given);
    }
    if flow.builtin {
        start.surely.extend(all);
    }
    let mut open: BTreeSet<StepIndex> = [0].into();
    if let Some(first) = ways.first_mut() {
        *first = Some(start);
    }
    while let Some(index) = open.pop_first() {
        let (Some(Some(before)), Some(step)) = (ways.get(index).cloned(), flow.code.get(index)) else { continue };
        for to in successors(index, &step.op) {
            let after = after(linked, &before, &step.op, to == index + 1);
            let Some(known) = ways.get_mut(to) else { continue };
            let merged = match known {
                None => after,
                Some(known) => Filled {
                    surely: known.surely.intersection(&after.surely).copied().collect(),
                    perhaps: known.perhaps.union(&after.perhaps).copied().collect(),
                },
            };
            if known.as_ref() != Some(&merged) {
                *known = Some(merged);
                open.insert(to);
            }
        }
    }
    ways
}

/// What is filled after a step, on the way to the next step or on another one.
fn after<'p>(linked: &'p Linked, before: &Filled<'p>, op: &'p Op, to_next: bool) -> Filled<'p> {
    let mut after = before.clone();
    let mut fill = |slot: &'p str, surely: bool| {
        after.perhaps.insert(slot);
        if surely {
            after.surely.insert(slot);
        }
    };
    match op {
        Op::Ask(ask) if to_next => fill(&ask.save_as.0, !ask.optional),
        Op::Call(call) if to_next => call.save_as.iter().for_each(|slot| fill(&slot.0, true)),
        Op::Choose(choose) => {
            // The ways of the options have the answer; the way of `otherwise` has none, and may be the same step.
            choose.save_as.iter().for_each(|slot| fill(&slot.0, true));
        }
        Op::Rate(rate) => rate.save_as.iter().for_each(|slot| fill(&slot.0, true)),
        Op::Set(values) => values.iter().for_each(|(slot, _)| fill(&slot.0, true)),
        Op::Run { flow, .. } => {
            linked.program.flows.get(flow).into_iter().flat_map(set_by).for_each(|slot| fill(slot, true));
        }
        Op::Branch { condition: expr, .. } | Op::Switch { value: expr, .. } => {
            // An author who asked about a slot knows that it may be empty.
            let asked: Vec<&'p str> = before.perhaps.iter().copied().filter(|slot| mentions(expr, slot)).collect();
            asked.into_iter().for_each(|slot| fill(slot, true));
        }
        _ => {}
    }
    after
}

fn mentions(expr: &crate::flow::Expr, slot: &str) -> bool {
    let names = expr.names().into_iter().chain(expr.known());
    names.into_iter().any(|name| name == slot || name.split('.').next() == Some(slot))
}

/// Checks the names of one expression.
fn names(
    linked: &Linked,
    reader: &mut Reader<'_>,
    read: &Read<'_>,
    filled: &Filled<'_>,
    all: &BTreeSet<&str>,
    used: &mut Vec<(What, String)>,
    unfilled: &mut IndexMap<String, Vec<Place>>,
) {
    outside(linked, reader, read, used);
    let known = read.expr.known();
    for path in read.expr.names().iter().chain(&known) {
        let root = path.split('.').next().unwrap_or(path);
        if ROOTS.contains(&root) {
            continue;
        }
        if !all.contains(root) {
            if !reader.is_lost(root) {
                unfilled.entry(root.to_owned()).or_default().push(place_of_word(reader, read.at, root));
            }
            continue;
        }
        if known.iter().any(|name| name == root) || filled.surely.contains(root) {
            continue;
        }
        let place = place_of_word(reader, read.at, root);
        if !filled.perhaps.contains(root) {
            if read.how != Use::Condition || compares(read.expr) {
                reader
                    .problems
                    .error(
                        code::READ_BEFORE_SET,
                        place,
                        format!("\"{root}\" is read here, and nothing before this step fills it"),
                    )
                    .hint("ask for it first, or read it only after `if: known(…)`");
            }
        } else if read.how == Use::List || compares(read.expr) {
            let message = format!("\"{root}\" may be empty here: not every way to this step fills it");
            reader
                .problems
                .warning(code::READ_BEFORE_SET, place, message)
                .hint(format!("put `if: known({root})` before it"));
        } else if read.how == Use::Print {
            let message = format!("\"{root}\" may be empty here, and then prints as nothing");
            reader
                .problems
                .warning(code::READ_BEFORE_SET, place, message)
                .hint(format!("write {{{{ {root} or '…' }}}}, or put `if: known({root})` beside the step"));
        }
    }
}

/// Timetables and queues that an expression names.
pub(super) fn outside(linked: &Linked, reader: &mut Reader<'_>, read: &Read<'_>, used: &mut Vec<(What, String)>) {
    let named = read.expr.names();
    let tables =
        named.iter().filter_map(|path| path.strip_prefix("hours.")).map(|rest| rest.split('.').next().unwrap_or(rest));
    for table in tables.map(str::to_owned).chain(read.expr.hours()) {
        if !linked.program.hours.contains_key(table.as_str()) && !linked.program.queues.contains_key(table.as_str()) {
            let known: Vec<String> = linked.program.hours.keys().map(|name| name.0.clone()).collect();
            unknown(reader, read, What::Hours, &table, &known);
        }
        used.push((What::Hours, table));
    }
    for queue in read.expr.queues() {
        if !linked.program.queues.contains_key(queue.as_str()) {
            let known: Vec<String> = linked.program.queues.keys().map(|name| name.0.clone()).collect();
            unknown(reader, read, What::Queue, &queue, &known);
        }
        used.push((What::Queue, queue));
    }
}

fn unknown(reader: &mut Reader<'_>, read: &Read<'_>, what: What, name: &str, known: &[String]) {
    let mut place = place_of_word(reader, read.at, name);
    if place == place_of(reader, read.at) {
        place.width = 1;
    }
    let hint = reader.problems.did_you_mean(name, known.iter().map(String::as_str));
    let hint = hint.unwrap_or_else(|| match known {
        [] => format!("the bot has no {}", what.noun()),
        known => format!("there is {}", known.join(", ")),
    });
    let message = format!("there is no {} \"{name}\"", what.noun());
    reader.problems.error(code::UNKNOWN_NAME, place, message).hint(hint);
}
