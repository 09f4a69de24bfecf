//! Corrections: "no, I meant Friday" changes what was answered before, and the walk goes on from there.

use std::ops::Range;

use crate::dialog::step::choose;
use crate::dialog::turn::Turn;
use crate::dialog::{Event, Message, Offered};
use crate::flow::{Builtin, Kind, Op, Slot, StepIndex};
use crate::id::SlotName;
use crate::matcher::{Found, Understanding};
use crate::text::Words;

/// What a message gives a slot anew.
enum Meant {
    /// A value of the kind that its question expects.
    Value(Found),
    /// One of the options that its question offers.
    Option(Offered, Range<usize>),
}

impl Meant {
    /// Its place in the message, in bytes.
    fn range(&self) -> Range<usize> {
        match self {
            Self::Value(found) => found.range.0..found.range.1,
            Self::Option(_, range) => range.clone(),
        }
    }
}

impl Turn<'_> {
    /// A value of the kind of a filled slot, or one of the options of its question, changes the slot that was filled last; what
    /// else the message tells changes others. The walk goes on from the first question that was changed. At a `confirm` the
    /// value alone is enough.
    pub(super) fn correct(&mut self, understanding: &Understanding, open: &Op) -> bool {
        let mut changed: Vec<(SlotName, StepIndex)> = Vec::new();
        let mut taken: Vec<Range<usize>> = Vec::new();
        for (slot, question) in self.correctable(open) {
            let Some(meant) = self.meant(&slot, question, understanding, &taken) else { continue };
            let range = meant.range();
            if self.change(&slot, meant) {
                taken.push(range);
                changed.push((slot, question));
            }
        }
        let Some(first) = changed.iter().map(|(_, question)| *question).min() else { return false };
        self.emit(Event::CountsReset);
        let values: Vec<String> = changed.iter().rev().map(|(slot, _)| self.print_slot(slot)).collect();
        let text = self.sentence("corrected", &[("value", Slot::plain(values.join(", ")))]);
        self.say_message(Message { text, ..Message::default() }, None);
        self.walk(first);
        true
    }

    /// The slots that may be corrected here with their questions, the one that was filled last first.
    fn correctable(&self, open: &Op) -> Vec<(SlotName, StepIndex)> {
        let filled = self.state.tasks.last().map(|task| task.filled.clone()).unwrap_or_default();
        match open {
            Op::Confirm(confirm) => {
                let mut slots = confirm.slots.clone();
                slots.sort_by_key(|(slot, _)| std::cmp::Reverse(filled.iter().position(|filled| filled == slot)));
                slots
            }
            _ if self.bot.matcher.is_correction(&self.message) => {
                filled.into_iter().rev().filter_map(|slot| self.question_of(&slot).map(|index| (slot, index))).collect()
            }
            _ => Vec::new(),
        }
    }

    fn meant(
        &self,
        slot: &SlotName,
        question: StepIndex,
        understanding: &Understanding,
        taken: &[Range<usize>],
    ) -> Option<Meant> {
        let free =
            |range: &Range<usize>| taken.iter().all(|other| other.end <= range.start || range.end <= other.start);
        let before = self.slot(slot).map(|slot| &slot.value);
        if let Some(kind) = self.kind_of_question(question) {
            if matches!(kind, Kind::Text | Kind::Name | Kind::YesNo) {
                return None;
            }
            let fits = |found: &&Found| {
                found.kind == kind && before != Some(&found.value) && free(&(found.range.0..found.range.1))
            };
            return understanding.values.iter().find(fits).cloned().map(Meant::Value);
        }
        let Op::Choose(choose) = &self.top_flow()?.code.get(question)?.op else { return None };
        // A "yes" that is all of the message answers the open question, also where an option is called so.
        let whole = |builtin: &Builtin| understanding.builtin.get(builtin).is_some_and(|heard| heard.whole);
        if [Builtin::Yes, Builtin::No].iter().any(whole) {
            return None;
        }
        let words = Words::of(&self.message);
        let named = choose::offered(self, choose).into_iter().filter(|option| before != Some(&option.value));
        let named = named.filter_map(|option| {
            let range = place_of(&words, &option.label).filter(free)?;
            Some((option, range))
        });
        // Of "large" and "extra large" the longer one is meant where both stand.
        let (option, range) = named.max_by_key(|(_, range)| range.len())?;
        Some(Meant::Option(option, range))
    }

    fn change(&mut self, slot: &SlotName, meant: Meant) -> bool {
        match meant {
            Meant::Value(found) => self.fill(slot, &found),
            Meant::Option(option, _) => {
                let (value, said) = (option.value, option.label);
                let chosen = Slot { value, said, kind: None, from: self.message_no, sensitive: false };
                self.set_slot(slot, chosen, true)
            }
        }
    }
}

/// Where a label stands in a message, word by word, in bytes.
fn place_of(words: &Words, label: &str) -> Option<Range<usize>> {
    let label = Words::of(label);
    if label.is_empty() || label.len() > words.len() {
        return None;
    }
    let fits = |first: &usize| (0..label.len()).all(|at| words.get(first + at) == label.get(at));
    let first = (0..=words.len() - label.len()).find(fits)?;
    let (from, to) = (words.list().get(first)?, words.list().get(first + label.len() - 1)?);
    Some(from.start as usize..to.end as usize)
}
