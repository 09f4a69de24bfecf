//! What an open question must know of a message beside its values: which of them are named only to be left out, whether it asks
//! something itself, and whether it says yes in the question's own words. It knows no dialog.

use std::ops::Range;

use crate::flow::{Builtin, Cue};
use crate::id::IntentName;
use crate::text::{Words, is_little_word};

use super::clauses::clauses;
use super::graph::Reader;
use super::negation::opens;
use super::rank::weights;
use super::{Found, Matcher};

/// So many little words may stand between "not" and what is not meant: "not on the Friday".
const BETWEEN_MAX: usize = 2;

/// The marks that end a question, the Greek one in both its spellings.
const QUESTION_MARKS: [char; 5] = ['?', '؟', '？', ';', '\u{37e}'];

/// Who is told of a message's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// The question that is open: a bare no before a value leaves it out.
    Question,
    /// Anybody: "no, Friday" may be a correction.
    Anybody,
}

impl Matcher {
    /// Leaves out the values that a text names only to say that they are not meant: "any day but Monday".
    pub(super) fn leave_out(&self, text: &str, words: &Words, values: &mut Vec<Found>, asker: Asker) {
        if values.is_empty() {
            return;
        }
        let reader = Reader::new(&self.graph, &self.vocabulary, words, &[]);
        let cues = self.cues_in(&reader);
        if cues.iter().any(|(cue, ..)| leaves_out(*cue, asker)) {
            let said = Said { words, clauses: &clauses(text, words), cues: &cues };
            let out: Vec<bool> = said.left_out(values, asker);
            let mut out = out.into_iter();
            // What a phrase names for a slot is meant as the phrase says.
            values.retain(|value| !out.next().unwrap_or(false) || value.slot.is_some());
        }
    }

    /// Whether a text asks something: by its mark, or by how one of its clauses begins.
    pub(super) fn asks(&self, text: &str) -> bool {
        let words = Words::of(text);
        let Some(last) = words.list().last() else { return false };
        let is_greek = |text: &str| text.chars().any(|c| ('\u{370}'..='\u{3ff}').contains(&c));
        let asks = |c: char| QUESTION_MARKS.contains(&c) && (c != ';' || is_greek(text));
        if text[last.end as usize..].contains(asks) {
            return true;
        }
        let reader = Reader::new(&self.graph, &self.vocabulary, &words, &[]);
        let clauses = clauses(text, &words);
        let begins = |at: usize| clauses.iter().any(|clause| clause.start == at);
        self.cues_in(&reader).iter().any(|(cue, first, _)| *cue == Cue::Asks && begins(*first))
    }

    /// Whether a text begins with a yes and goes on only with courtesy, or with what the question itself, or a phrase of these
    /// intents, has said: "yes please book it". A no in it, a question, or a word that says anything else leaves it open.
    pub(super) fn affirms(&self, text: &str, question: &str, intents: &[&IntentName]) -> bool {
        if self.asks(text) {
            return false;
        }
        let (_, words, corrected) = self.read(text, Words::of(text));
        let words = corrected.map_or(words, |corrected| corrected.words);
        let found = self.look(text, words, &[], 0);
        let asked = Words::of(question);
        let own: Vec<u32> = intents
            .iter()
            .filter_map(|intent| self.intents.binary_search(intent).ok())
            .filter_map(|at| u32::try_from(at).ok())
            .collect();
        let is_said = |word: &str| {
            let id = self.vocabulary.id(word);
            asked.iter().any(|(other, _)| other == word) || own.iter().any(|intent| self.uses(*intent, [id, id]))
        };
        let refuses = |cue: Cue| opens(cue) || leaves_out(cue, Asker::Question);
        let other = |number: u32| matches!(self.builtins[number as usize], Builtin::Cancel | Builtin::Human);
        let doubted = found.cues.iter().any(|(cue, ..)| refuses(*cue));
        !doubted
            && !found.builtin.iter().any(|(number, ..)| other(*number))
            && self.says_yes(&found, &weights(&found.words), &is_said)
    }
}

fn leaves_out(cue: Cue, asker: Asker) -> bool {
    match cue {
        Cue::NotValue | Cue::NotValueAfter => true,
        Cue::NoValue => asker == Asker::Question,
        _ => false,
    }
}

/// A text with what says how its values are meant.
struct Said<'a> {
    words: &'a Words,
    clauses: &'a [Range<usize>],
    cues: &'a [(Cue, usize, usize)],
}

impl Said<'_> {
    /// For each value, in the order of the text, whether it is left out.
    fn left_out(&self, values: &[Found], asker: Asker) -> Vec<bool> {
        let spans: Vec<Range<usize>> =
            values.iter().map(|value| self.words.within(value.range.0..value.range.1)).collect();
        let is_kept = |first: usize| {
            self.cues.iter().any(|(cue, from, end)| *cue == Cue::Keeps && *from <= first && first < *end)
        };
        let mut out: Vec<bool> = spans
            .iter()
            .map(|span| {
                self.cues.iter().filter(|(cue, first, _)| leaves_out(*cue, asker) && !is_kept(*first)).any(
                    |(cue, first, end)| match cue {
                        Cue::NotValueAfter => self.touch(span.end..*first),
                        _ => self.touch(*end..span.start),
                    },
                )
            })
            .collect();
        // "Not Monday or Tuesday": a second look for each, because the first may stand behind it in the list.
        for _ in 0..values.len() {
            let also = |at: usize| {
                (0..values.len()).any(|other| {
                    out[other] && values[other].kind == values[at].kind && self.joined(&spans[other], &spans[at])
                })
            };
            let Some(next) = (0..values.len()).find(|at| !out[*at] && also(*at)) else { break };
            out[next] = true;
        }
        out
    }

    /// Whether one thing follows the other in one clause, with at most a few little words between.
    fn touch(&self, between: Range<usize>) -> bool {
        between.start <= between.end
            && between.len() <= BETWEEN_MAX
            && self
                .clauses
                .iter()
                .any(|clause| clause.contains(&(between.start.saturating_sub(1))) && clause.contains(&between.end))
            && between.clone().all(|at| is_little_word(self.words.get(at)))
    }

    /// Whether nothing but "or" stands between two values.
    fn joined(&self, first: &Range<usize>, second: &Range<usize>) -> bool {
        first.end < second.start
            && self
                .cues
                .iter()
                .any(|(cue, from, to)| *cue == Cue::AlsoValue && *from == first.end && self.touch(*to..second.start))
    }
}
