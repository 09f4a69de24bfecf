//! Hearing the built-in intents, above all the wish for a person: they stand beside the author's intents, and no rule of an author
//! shadows them.

use std::ops::Range;

use crate::flow::{Builtin, Cue};

use super::rank::{EXACT, LITTLE, covered, kept_of_mistyped, weights};
use super::understanding::PERHAPS_PERSON;
use super::{Findings, Heard, HeardBy, Matcher, Target};

/// Built-in intents below this are not told.
const HEARD_FROM: f64 = 0.45;

/// At most so many words stand between the two cues of a pair.
const NEAR_WORDS: usize = 4;

/// A wish for a person that is a whole clause of the message.
const PERSON_IN_CLAUSE: f64 = 0.93;

/// A message that begins with a yes, whatever courtesy follows.
const YES_FIRST: f64 = 0.9;

/// A message whose first clause gives up what is going on.
const CANCEL_FIRST: f64 = 0.8;

impl Matcher {
    /// The built-in intents: heard in a whole message surely, in a longer one if what is around them leaves little doubt.
    pub(super) fn heard(&self, typed: &Findings, corrected: Option<&Findings>) -> HeardBy {
        let mut heard = HeardBy::new();
        let unwanted = self.unwanted_persons(typed, corrected);
        for found in std::iter::once(typed).chain(corrected) {
            let factor = kept_of_mistyped(found.mistyped);
            let weights = weights(&found.words);
            let mut add = |builtin: Builtin, confidence: f64, whole: bool| {
                let known = heard.entry(builtin).or_insert(Heard { confidence: 0.0, whole: false });
                known.confidence = known.confidence.max(confidence);
                known.whole |= whole;
            };
            let denies = |builtin: Builtin, span: &Range<usize>| denies(typed, found, builtin, span);
            let says_yes = self.says_yes(found, &weights, &|_| false);
            if says_yes {
                add(Builtin::Yes, YES_FIRST * factor, true);
            }
            let mut sure = Vec::new();
            for (number, first, end) in &found.builtin {
                let builtin = self.builtins[*number as usize];
                if denies(builtin, &(*first..*end)) {
                    continue;
                }
                if found.starts.contains(first) && found.ends.contains(end) && !(says_yes && builtin == Builtin::No) {
                    sure.push(builtin);
                    add(builtin, EXACT * factor, true);
                }
            }
            let is_out = |builtin: Builtin| {
                !sure.contains(&builtin)
                    && typed.keywords.iter().chain(&found.keywords).any(|hit| {
                        let rule = &self.keyword_rules[hit.rule as usize];
                        rule.excludes && rule.target == Target::Builtin(builtin)
                    })
            };
            for (number, first, end) in &found.builtin {
                let builtin = self.builtins[*number as usize];
                // "Yes, that's all": what ends the talk elsewhere takes no yes back.
                if says_yes && builtin == Builtin::No {
                    continue;
                }
                let part = covered(std::slice::from_ref(&(*first..*end)), &weights);
                let opens = builtin == Builtin::Cancel
                    && found.clauses.first().is_some_and(|clause| (clause.start, clause.end) == (*first, *end));
                // "Never mind, I found it": what follows only says why.
                let confidence = if opens { CANCEL_FIRST } else { 0.25 + 0.65 * part };
                let is_out = is_out(builtin) || denies(builtin, &(*first..*end));
                if builtin != Builtin::Human && !is_out && confidence >= HEARD_FROM {
                    add(builtin, confidence * factor, false);
                }
            }
            for hit in &found.keywords {
                let rule = &self.keyword_rules[hit.rule as usize];
                let Target::Builtin(builtin) = rule.target else { continue };
                let part = covered(std::slice::from_ref(&(hit.first..hit.end)), &weights);
                let is_out = is_out(builtin) || denies(builtin, &(hit.first..hit.end));
                if builtin != Builtin::Human && !rule.excludes && !is_out {
                    add(builtin, (0.5 + 0.45 * part) * factor, false);
                }
            }
            for (span, confidence) in self.wishes_for_a_person(found, &weights) {
                let mistyped = span.clone().filter(|at| typed.words.get(*at) != found.words.get(*at)).count();
                let mistyped = mistyped.min(found.mistyped);
                if !unwanted.cancel(&span) && !denies(Builtin::Human, &span) {
                    add(Builtin::Human, confidence * kept_of_mistyped(mistyped), false);
                }
            }
        }
        heard
    }

    /// Whether the message begins with a yes and goes on with courtesy alone: "yes thanks, bye", "yes, that's all". A no in it, or a
    /// word that says anything else and `is_said` does not know from the question, leaves it open.
    pub(super) fn says_yes(&self, found: &Findings, weights: &[f64], is_said: &dyn Fn(&str) -> bool) -> bool {
        let fits = |wanted: Builtin| found.builtin.iter().filter(move |fit| self.builtins[fit.0 as usize] == wanted);
        let yes = fits(Builtin::Yes).filter(|(_, first, _)| found.starts.contains(first)).map(|(.., end)| *end).max();
        let Some(yes) = yes else { return false };
        let cues = found.cues.iter().filter(|(cue, ..)| *cue == Cue::Farewell);
        let farewells: Vec<Range<usize>> = cues.map(|(_, first, end)| *first..*end).collect();
        // "That's all" says no elsewhere, and beside a yes it only ends the talk. Any other no takes the yes back.
        let ends_the_talk = |first: usize, end: usize| farewells.iter().any(|it| it.start <= first && end <= it.end);
        if fits(Builtin::No).any(|(_, first, end)| !ends_the_talk(*first, *end)) {
            return false;
        }
        let courtesy = found.small_talk.iter().chain(fits(Builtin::Yes)).map(|(_, first, end)| *first..*end);
        let courtesy: Vec<Range<usize>> = courtesy.chain(farewells).collect();
        let is_filler = |at: usize| found.ends.last().is_some_and(|end| at >= *end);
        (yes..found.words.len()).all(|at| {
            weights[at] <= LITTLE
                || is_filler(at)
                || courtesy.iter().any(|span| span.contains(&at))
                || is_said(found.words.get(at))
        })
    }

    /// The words that ask for a person, each with how surely. A visitor who is stuck costs more than a needless question, so this
    /// is heard more easily than the other built-in intents: as a clause of its own, by keywords, and by pairs of cues.
    fn wishes_for_a_person(&self, found: &Findings, weights: &[f64]) -> Vec<(Range<usize>, f64)> {
        let anywhere = |span: Range<usize>| {
            let part = covered(std::slice::from_ref(&span), weights);
            (span, 0.8 + 0.18 * part)
        };
        let is_clause = |first: usize, end: usize| {
            let begins = found.starts.contains(&first) || found.clauses.iter().any(|clause| clause.start == first);
            begins && (found.ends.contains(&end) || found.clauses.iter().any(|clause| clause.end == end))
        };
        let phrases = found
            .builtin
            .iter()
            .filter(|(number, first, end)| self.builtins[*number as usize] == Builtin::Human && is_clause(*first, *end))
            .map(|(_, first, end)| (*first..*end, PERSON_IN_CLAUSE));
        let keywords = found
            .keywords
            .iter()
            .filter(|hit| {
                let rule = &self.keyword_rules[hit.rule as usize];
                rule.target == Target::Builtin(Builtin::Human) && !rule.excludes
            })
            .map(|hit| anywhere(hit.first..hit.end));
        let maybe = found.maybe.iter().filter(|(number, ..)| self.maybe_of[*number as usize] == Builtin::Human);
        let maybe = maybe.map(|(_, first, end)| (*first..*end, PERHAPS_PERSON));
        phrases.chain(maybe).chain(keywords).chain(self.pairs(found).into_iter().map(anywhere)).collect()
    }

    /// Where both cues of a pair stand near each other, in one clause.
    fn pairs(&self, found: &Findings) -> Vec<Range<usize>> {
        let mut pairs = Vec::new();
        for (number, first, end) in found.near.iter().filter(|(number, ..)| number % 2 == 0) {
            if self.near_of[*number as usize / 2] != Builtin::Human {
                continue;
            }
            let clause_end =
                found.clauses.iter().find(|clause| clause.contains(first)).map_or(*end, |clause| clause.end);
            let seconds = found.near.iter().filter(|(other, from, to)| {
                *other == number + 1 && from >= end && from - end <= NEAR_WORDS && *to <= clause_end
            });
            pairs.extend(seconds.map(|(_, _, to)| *first..*to));
        }
        pairs
    }

    fn unwanted_persons(&self, typed: &Findings, corrected: Option<&Findings>) -> Unwanted {
        let mut unwanted = Unwanted { all: false, spans: Vec::new() };
        let all = std::iter::once(typed).chain(corrected);
        for (found, hit) in all.flat_map(|found| found.keywords.iter().map(move |hit| (found, hit))) {
            let rule = &self.keyword_rules[hit.rule as usize];
            let in_one_clause = found.clauses.iter().any(|clause| clause.start <= hit.first && hit.end <= clause.end);
            if rule.excludes && rule.target == Target::Builtin(Builtin::Human) && in_one_clause {
                // An author's excluded words cancel the whole intent, as for every other.
                unwanted.all |= !rule.at.file.starts_with("built-in");
                unwanted.spans.push(hit.first..hit.end);
            }
        }
        unwanted
    }
}

impl Findings {
    /// Whether the whole message ends the talk.
    pub(super) fn says_goodbye(&self) -> bool {
        let whole = |first: &usize, end: &usize| self.starts.contains(first) && self.ends.contains(end);
        self.cues.iter().any(|(cue, first, end)| *cue == Cue::Farewell && whole(first, end))
    }
}

/// Whether a sentence that means something else holds what was heard, or is the whole message.
fn denies(typed: &Findings, found: &Findings, builtin: Builtin, heard: &Range<usize>) -> bool {
    let is_whole = |found: &Findings| found.denied.contains(&Target::Builtin(builtin));
    let mut denials = typed.denials.iter().chain(&found.denials);
    is_whole(typed)
        || is_whole(found)
        || denials.any(|(denied, span)| *denied == builtin && span.start <= heard.start && heard.end <= span.end)
}

/// Words that only sound like a wish for a person, or say that none is wanted.
struct Unwanted {
    all: bool,
    spans: Vec<Range<usize>>,
}

impl Unwanted {
    /// Whether they cancel a wish: those that it holds as its own do not ("I don't want to talk to a bot").
    fn cancel(&self, wish: &Range<usize>) -> bool {
        self.all
            || self.spans.iter().any(|span| {
                let overlaps = span.start < wish.end && wish.start < span.end;
                overlaps && !(wish.start <= span.start && span.end <= wish.end)
            })
    }
}
