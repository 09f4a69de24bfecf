//! What a message says besides its best intent: several wishes, what is not wanted, a farewell, and that it asks the same again.

use std::collections::BTreeSet;

use crate::dialog::turn::Turn;
use crate::dialog::{Ended, Event};
use crate::id::FlowName;
use crate::matcher::{Ranked, Understanding};
use crate::text;

/// Shorter messages are said again for good reasons.
const REPEATED_CHARS: usize = 8;

/// So much of two messages must be common for the same words, and for the same wish in other ones.
const SAME_WORDS_FROM: f64 = 0.75;
const SOME_WORDS_FROM: f64 = 0.3;

impl Turn<'_> {
    /// What it counts that the visitor asks the same again: in nearly the same words, or surely for the same in some of them.
    /// A reply to an open question may well name its intent again.
    pub(super) fn repetition(&self, understanding: &Understanding) -> u32 {
        let said = text::fold(&self.masked_message);
        let same = common(&self.masked_message, &self.said_before);
        let same_words = said.chars().count() >= REPEATED_CHARS && same >= SAME_WORDS_FROM;
        let best = understanding.ranked.first().filter(|best| best.confidence >= self.bot.program.fallback.sure);
        let some_words = same >= SOME_WORDS_FROM && self.open_step().is_none();
        let same_intent = some_words && best.is_some_and(|best| self.state.last_intent.as_ref() == Some(&best.intent));
        if same_words || same_intent { self.bot.program.frustration.repeated } else { 0 }
    }

    /// What the parts of the message surely ask for, each for itself, where that is more than one thing.
    pub(super) fn surely_asked(&self, understanding: &Understanding) -> Vec<Ranked> {
        let sure = self.bot.program.fallback.sure;
        let parts = understanding.parts.iter().filter(|part| part.confidence >= sure);
        let parts = parts.filter(|part| self.flow_of(&part.intent).is_some());
        let mut parts: Vec<Ranked> = parts
            .map(|part| Ranked { intent: part.intent.clone(), confidence: part.confidence, evidence: Vec::new() })
            .collect();
        if parts.len() < 2 {
            parts.clear();
        }
        parts
    }

    /// The visitor ends the talk: what runs is over, and nothing more is asked. Says whether they did.
    pub(super) fn say_goodbye(&mut self, understanding: &Understanding, surest: Option<&Ranked>) -> bool {
        // The bot's small talk has its own way of saying goodbye.
        let talks = surest.is_some_and(|ranked| self.small_talk_of(&ranked.intent).is_some());
        if !understanding.farewell || talks {
            return false;
        }
        self.forget_also();
        self.end_all(Ended::Cancelled);
        self.emit(Event::CountsReset);
        self.quiet = true;
        if !surest.is_some_and(|ranked| self.serve(&ranked.intent)) {
            self.say_sentence("anything_else_no", &[]);
        }
        self.quiet = false;
        true
    }

    /// The message says that something is not wanted. What does just that is over; then, where nothing else is asked for, the open
    /// question comes back. Says whether the message is dealt with.
    pub(super) fn drop_unwanted(&mut self, understanding: &Understanding, asks_for_more: bool) -> bool {
        if understanding.unwanted.is_empty() || self.state.tasks.is_empty() {
            return false;
        }
        let flows: Vec<FlowName> = understanding
            .unwanted
            .iter()
            .filter_map(|unwanted| Some(self.flow_of(&unwanted.intent)?.name.clone()))
            .collect();
        let runs =
            self.state.tasks.last().is_some_and(|task| task.frames.iter().any(|frame| flows.contains(&frame.flow)));
        if runs && !asks_for_more {
            self.cancel();
            return true;
        }
        if runs {
            self.end_task(Ended::Cancelled);
        }
        let best = understanding.ranked.first().map_or(0.0, |ranked| ranked.confidence);
        if asks_for_more || best >= self.bot.program.fallback.unsure {
            return false;
        }
        self.say_sentence("unwanted_go_on", &[]);
        self.ask_open_question();
        true
    }

    /// What the visitor asked for besides is given up together with what is being served.
    pub(super) fn forget_also(&mut self) {
        if self.state.also.is_some() {
            self.emit(Event::AlsoForgotten);
        }
    }
}

/// The share of the words of two messages that both have. The earlier one may be cut short, and then only its beginning counts.
fn common(message: &str, before: &str) -> f64 {
    let message: String = message.chars().take(before.chars().count().max(REPEATED_CHARS)).collect();
    let (one, other) = (text::Words::of(&message), text::Words::of(before));
    let words = |words: &text::Words| words.iter().map(|(word, _)| word.to_owned()).collect::<BTreeSet<String>>();
    let (one, other) = (words(&one), words(&other));
    let all = one.union(&other).count();
    if all == 0 { 0.0 } else { one.intersection(&other).count() as f64 / all as f64 }
}
