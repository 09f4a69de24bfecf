//! Answers: what a message gives to the question that is open, what it fills besides, and what it corrects.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::dialog::budget;
use crate::dialog::step::{ask, choose, confirm, rate};
use crate::dialog::turn::Turn;
use crate::dialog::{Button, WaitKind};
use crate::flow::{At, Builtin, Confirm, Flow, Kind, Op, Options, Slot, StepIndex, Trigger};
use crate::id::{FlowName, PlaceName, SlotName};
use crate::matcher::{EvidenceKind, Found, Understanding};
use crate::text;

/// Flows that a flow may run or go to are looked through for questions, at most so many.
const FLOWS_LOOKED_THROUGH: usize = 32;

/// A phrase that has so many words beside its values asks for something; "on Saturday" does not.
const WORDS_OF_A_QUESTION: usize = 3;

/// A question that a value can fill: its slot and its kind.
struct Fillable {
    slot: SlotName,
    kind: Kind,
}

impl Turn<'_> {
    /// Takes the message as the answer to the open question. Says whether it was one.
    pub(super) fn answer_open_question(&mut self, understanding: &Understanding) -> bool {
        let Some((flow, index)) = self.open_step() else { return false };
        let Some(kind) = self.state.open_wait().map(|wait| wait.kind.clone()) else { return false };
        let step = &flow.code[index];
        let says = |builtin: Builtin| {
            let confidence = understanding.builtin.get(&builtin).map_or(0.0, |heard| heard.confidence);
            confidence >= self.bot.program.fallback.sure
        };
        let (yes, no) = (says(Builtin::Yes), says(Builtin::No));
        if self.asks_something_else(understanding, flow) {
            return false;
        }
        if self.correct(understanding, &step.op) {
            return true;
        }
        let text = self.message.clone();
        match (&step.op, kind) {
            (Op::Ask(asked), WaitKind::Ask) => {
                if asked.optional && understanding.builtin.get(&Builtin::Skip).is_some_and(|heard| heard.whole) {
                    return ask::skip(self, asked, index);
                }
                let found = self.bot.matcher.answers(&asked.expect, &text, &self.moment());
                if found.is_empty() && asked.optional && no && asked.expect != Kind::YesNo {
                    return ask::skip(self, asked, index);
                }
                if !found.is_empty() {
                    ask::answer(self, asked, &step.at, index, &found);
                }
                !found.is_empty()
            }
            (Op::Choose(asked), WaitKind::Choose { options }) => {
                let Some(option) = choose::typed(self, asked, &options, &text) else { return false };
                choose::take(self, asked, index, &options[option]);
                true
            }
            (Op::Confirm(asked), WaitKind::Confirm) => {
                let yes = !no && (yes || self.says_yes_to(flow, asked));
                if yes {
                    confirm::yes(self, index);
                } else if no {
                    confirm::no(self, flow, asked);
                }
                yes || no
            }
            (Op::Confirm(asked), WaitKind::ConfirmChange) => {
                let names: Vec<Vec<String>> = asked.slots.iter().map(|(slot, _)| vec![self.print_slot(slot)]).collect();
                let named = self.bot.matcher.choose(&names, &text, &self.moment());
                named.is_some_and(|option| confirm::change(self, asked, option))
            }
            (Op::Rate(asked), WaitKind::Rate) => {
                let Some(score) = rate::typed(self, &text) else { return false };
                rate::take(self, flow, asked, score);
                true
            }
            (Op::Rate(asked), WaitKind::RateComment { .. }) => {
                let left_out = no || understanding.builtin.get(&Builtin::Skip).is_some_and(|heard| heard.whole);
                let comment = (!left_out).then(|| self.masked(&text));
                rate::comment(self, flow, asked, index, comment);
                true
            }
            _ => false,
        }
    }

    /// Whether the message is surely another intent, as a phrase of it word for word or as a question, and more than a value: "are you
    /// open on Saturday?" is no answer to "Which day?", though it names one. It is answered, and the question comes back.
    fn asks_something_else(&self, understanding: &Understanding, open: &Flow) -> bool {
        let Some(best) = understanding.ranked.first() else { return false };
        let fits = best.evidence.iter().any(|evidence| evidence.kind == EvidenceKind::Phrase);
        let surely =
            (fits || self.bot.matcher.is_question(&self.message)) && best.confidence >= self.bot.program.fallback.sure;
        let elsewhere = self.flow_of(&best.intent).is_some_and(|flow| {
            let runs =
                |name: &FlowName| self.state.tasks.iter().any(|task| task.frames.iter().any(|it| it.flow == *name));
            flow.name != open.name && !runs(&flow.name)
        });
        let values = &understanding.values;
        let beside = text::Words::of(&self.message)
            .iter()
            .filter(|(_, range)| values.iter().all(|value| range.end <= value.range.0 || value.range.1 <= range.start))
            .count();
        surely && elsewhere && beside >= WORDS_OF_A_QUESTION && !self.bot.matcher.is_correction(&self.message)
    }

    /// Whether the message says yes in the words of the question, or of what started the flow: "yes please book it".
    fn says_yes_to(&self, flow: &Flow, asked: &Confirm) -> bool {
        let seed = self.seed();
        let question = self.with_scope(&[], |scope| asked.text.render(scope, seed)).join("\n");
        let started = flow.start_on.iter().filter_map(|trigger| match trigger {
            Trigger::Intent(intent) => Some(intent),
            _ => None,
        });
        self.bot.matcher.says_yes_to(&self.message, &question, &started.collect::<Vec<_>>())
    }

    /// A pressed yes, no or skip. Says whether the open question takes it.
    pub(super) fn answer_builtin(&mut self, builtin: Builtin) -> bool {
        if self.mend() {
            return true;
        }
        let Some((flow, index)) = self.open_step() else { return false };
        let Some(kind) = self.state.open_wait().map(|wait| wait.kind.clone()) else { return false };
        let step = &flow.code[index];
        match (&step.op, kind, builtin) {
            (Op::Ask(asked), WaitKind::Ask, Builtin::Skip) => return ask::skip(self, asked, index),
            (Op::Ask(asked), WaitKind::Ask, Builtin::Yes | Builtin::No) if asked.expect == Kind::YesNo => {
                let said = self.message.clone();
                let value = Value::Bool(builtin == Builtin::Yes);
                let found = Found { kind: Kind::YesNo, value, range: (0, said.len()), said, slot: None };
                ask::answer(self, asked, &step.at, index, &[found]);
            }
            (Op::Confirm(_), WaitKind::Confirm, Builtin::Yes) => confirm::yes(self, index),
            (Op::Confirm(asked), WaitKind::Confirm, Builtin::No) => confirm::no(self, flow, asked),
            (Op::Rate(asked), WaitKind::RateComment { .. }, Builtin::Skip) => {
                rate::comment(self, flow, asked, index, None);
            }
            _ => return false,
        }
        true
    }

    /// A pressed option. An old one is honoured if its question still stands in the running flow; else it is text.
    pub(super) fn take_option(&mut self, place: &PlaceName, option: usize, label: &str) -> bool {
        if self.mend() {
            return true;
        }
        let Some(flow) = self.top_flow() else { return false };
        let Some(index) = crate::dialog::walk::find_place(flow, place) else { return false };
        let step = &flow.code[index];
        let wait = self.state.open_wait().filter(|wait| wait.place == *place).map(|wait| wait.kind.clone());
        match (&step.op, wait) {
            (Op::Choose(asked), Some(WaitKind::Choose { options })) => {
                let Some(offered) = options.get(option) else { return false };
                choose::take(self, asked, index, &offered.clone());
            }
            (Op::Choose(asked), None) => {
                // The numbers of a list may have changed: the label must still stand beside the number.
                let options = choose::offered(self, asked);
                let Some(offered) = options.get(option).filter(|offered| offered.label == label) else { return false };
                choose::take(self, asked, index, &offered.clone());
            }
            (Op::Confirm(asked), Some(WaitKind::ConfirmChange)) => return confirm::change(self, asked, option),
            (Op::Rate(asked), Some(WaitKind::Rate)) => {
                let score = u8::try_from(option + 1).unwrap_or(u8::MAX);
                if score > 5 {
                    return false;
                }
                rate::take(self, flow, asked, score);
            }
            _ => return false,
        }
        true
    }

    /// Nothing in the message answers the open question: repeat it. Says whether there is one.
    pub(super) fn retry_open_question(&mut self) -> bool {
        let Some((flow, index)) = self.open_step() else { return false };
        let step = &flow.code[index];
        match &step.op {
            Op::Ask(asked) => ask::not_fitting(self, asked, &step.at, None),
            Op::Choose(asked) => choose::not_fitting(self, asked, &step.at),
            Op::Confirm(asked) => self.repeat(&asked.place, &asked.text, &step.at),
            Op::Rate(asked) => self.repeat(&asked.place, &asked.text, &step.at),
            _ => return false,
        }
        true
    }

    fn repeat(&mut self, place: &PlaceName, text: &crate::flow::Text, at: &At) {
        let retry = crate::flow::Retry::default();
        let question = crate::dialog::step::retry::Question { place, text, retry: &retry, otherwise: None, at };
        crate::dialog::step::retry::retry(self, &question, None, None);
    }

    /// The buttons of the open question, without its text.
    pub(super) fn ask_open_buttons(&mut self) {
        let Some((flow, index)) = self.open_step() else { return };
        let kind = self.state.open_wait().map(|wait| wait.kind.clone());
        let buttons: Vec<Button> = match (&flow.code[index].op, kind) {
            (Op::Ask(asked), _) => ask::buttons(self, asked),
            (Op::Choose(asked), Some(WaitKind::Choose { options })) => choose::buttons(asked, &options),
            (Op::Confirm(_), Some(WaitKind::Confirm)) => confirm::buttons(self),
            _ => Vec::new(),
        };
        // The message that was just said carries them, if the turn has room for them.
        let bytes = buttons.iter().map(|button| budget::bytes_of(button) + 1).sum();
        if !buttons.is_empty()
            && !self.is_over()
            && self.turn_has_room(bytes)
            && self.state_has_room(bytes)
            && let Some(recorded) = self.events.last_mut()
            && let crate::dialog::Event::BotSaid { message, .. } = &mut recorded.event
        {
            let first = message.all_buttons().count();
            message.buttons.extend(buttons.clone());
            let event = recorded.no;
            for (number, button) in buttons.into_iter().enumerate() {
                self.state.buttons.push(crate::dialog::LiveButton { event, option: first + number, button });
            }
            self.state.fit_buttons();
            self.spend(bytes);
        }
    }

    // ── Filling ──

    /// Fills a slot with a value that the visitor said. Says whether it was set.
    pub(super) fn fill(&mut self, name: &SlotName, found: &Found) -> bool {
        let sensitive = match &found.kind {
            Kind::Entity(entity) => self.bot.program.entities.get(entity).is_some_and(|entity| entity.sensitive),
            _ => false,
        };
        let mut slot = Slot {
            value: found.value.clone(),
            said: found.said.clone(),
            kind: Some(found.kind.clone()),
            from: self.message_no,
            sensitive,
        };
        let mut clear = None;
        if !sensitive && self.hides(found) {
            let masked = found.value.as_str().map(|text| (self.masked(text), text));
            match masked.filter(|(masked, text)| masked != text) {
                // Words around the sensitive value are worth reading; the whole is what a service gets.
                Some((masked, _)) if matches!(found.kind, Kind::Text | Kind::Name) => {
                    slot.value = Value::String(masked);
                    slot.said = self.masked(&found.said);
                    clear = Some(found.value.clone());
                }
                _ => slot.sensitive = true,
            }
        }
        self.set_slot_masked(name, slot, clear, false)
    }

    /// Whether a value of the message holds, or is part of, a sensitive value that nobody asked for.
    fn hides(&self, found: &Found) -> bool {
        let (from, to) = found.range;
        // Most messages hide nothing, and then none of their values does.
        self.masked_message != self.message
            && self.sensitive_ranges(&self.message).iter().any(|range| range.0 < to && from < range.1)
    }

    /// What the message that starts a flow tells already: a value that the phrase named for a slot fills that slot; any
    /// other fills the first empty question of its kind, if it is the only one of that kind.
    pub(super) fn fill_from_message(&mut self, flow: &FlowName) {
        let understanding = self.understand();
        let questions = self.questions_of(flow);
        for found in &understanding.values {
            if let Some(slot) = &found.slot
                && questions.iter().any(|question| question.slot == *slot)
            {
                let _ = self.fill(slot, found);
            }
        }
        let free: Vec<Found> = understanding.values.iter().filter(|found| found.slot.is_none()).cloned().collect();
        self.fill_by_kind(&questions, &outermost(free));
    }

    /// What an answer tells besides: other values fill other empty questions of the flow, but numbers are too easily
    /// part of something else.
    pub(super) fn fill_more(&mut self, answered: &Found) {
        let Some(flow) = self.top_flow().map(|flow| flow.name.clone()) else { return };
        let understanding = self.understand();
        let apart = |found: &Found| found.range.1 <= answered.range.0 || found.range.0 >= answered.range.1;
        let rest: Vec<Found> = understanding
            .values
            .iter()
            .filter(|found| found.slot.is_none() && found.kind != Kind::Number && apart(found))
            .filter(|found| found.kind != answered.kind)
            .cloned()
            .collect();
        let questions = self.questions_of(&flow);
        self.fill_by_kind(&questions, &outermost(rest));
    }

    fn fill_by_kind(&mut self, questions: &[Fillable], values: &[Found]) {
        for found in values {
            let twice = values.iter().any(|other| other.kind == found.kind && other.value != found.value);
            if twice || matches!(found.kind, Kind::Text | Kind::Name | Kind::YesNo) {
                continue;
            }
            let mut open = questions.iter().filter(|question| question.kind == found.kind);
            if let Some(question) = open.find(|question| self.slot(&question.slot).is_none()) {
                let _ = self.fill(&question.slot.clone(), found);
            }
        }
    }

    /// The questions of a flow and of the flows that it runs or goes to, in their order.
    fn questions_of(&self, flow: &FlowName) -> Vec<Fillable> {
        let mut questions = Vec::new();
        let mut seen = BTreeSet::from([flow.clone()]);
        let mut ahead = vec![flow.clone()];
        while let Some(name) = ahead.pop() {
            let Some(flow) = self.flow(&name) else { continue };
            for step in &flow.code {
                match &step.op {
                    Op::Ask(ask) => {
                        questions.push(Fillable { slot: ask.save_as.clone(), kind: ask.expect.clone() });
                    }
                    Op::Choose(choose) => {
                        if let (Some(slot), Options::Entity(entity)) = (&choose.save_as, &choose.options) {
                            questions.push(Fillable { slot: slot.clone(), kind: Kind::Entity(entity.clone()) });
                        }
                    }
                    Op::Run { flow: other, .. } | Op::Goto(other)
                        if seen.len() < FLOWS_LOOKED_THROUGH && seen.insert(other.clone()) =>
                    {
                        ahead.push(other.clone());
                    }
                    _ => {}
                }
            }
        }
        questions
    }

    /// The question of the flow on top that fills a slot.
    pub(super) fn question_of(&self, slot: &SlotName) -> Option<StepIndex> {
        self.top_flow()?.code.iter().position(|step| match &step.op {
            Op::Ask(ask) => ask.save_as == *slot,
            Op::Choose(choose) => choose.save_as.as_ref() == Some(slot),
            _ => false,
        })
    }

    pub(super) fn kind_of_question(&self, index: StepIndex) -> Option<Kind> {
        match &self.top_flow()?.code.get(index)?.op {
            Op::Ask(ask) => Some(ask.expect.clone()),
            Op::Choose(choose) => match &choose.options {
                Options::Entity(entity) => Some(Kind::Entity(entity.clone())),
                Options::Listed(_) | Options::List(_) => None,
            },
            _ => None,
        }
    }

    /// A slot as the visitor reads it.
    pub(super) fn print_slot(&self, name: &SlotName) -> String {
        self.slot(name).map(|slot| self.with_scope(&[], |scope| scope.print(slot))).unwrap_or_default()
    }
}

/// Values that are part of a longer value of another kind (the number in a date) are left out.
fn outermost(values: Vec<Found>) -> Vec<Found> {
    let inside = |inner: &Found, outer: &Found| {
        let length = |found: &Found| found.range.1 - found.range.0;
        inner.kind != outer.kind
            && inner.range.0 >= outer.range.0
            && inner.range.1 <= outer.range.1
            && length(inner) < length(outer)
    };
    values.iter().filter(|found| !values.iter().any(|other| inside(found, other))).cloned().collect()
}
