//! Negation: "I don't want a refund, I want my parcel" is about the parcel. Cues open what is not wanted; it goes on to the end of
//! the clause or to a word that ends it. The message is then understood without it, unless the author's phrase holds the negation.

use std::ops::Range;

use crate::flow::Cue;
use crate::text::Words;

use super::graph::Reader;
use super::rank::weights;
use super::{DEPTH_MAX, EvidenceKind, Findings, Matcher, Moment, Ranked, Understanding, Unwanted};

/// An intent below this is not told as unwanted.
const UNWANTED_FROM: f64 = 0.3;

/// So many unwanted intents are told.
const UNWANTED_MAX: usize = 3;

/// Words that count more than articles and the like.
const CONTENT: f64 = 0.5;

impl Matcher {
    /// The cues in a message.
    pub(super) fn cues_in(&self, reader: &Reader<'_>) -> Vec<(Cue, usize, usize)> {
        let cues = self.cues.anywhere(reader);
        let mut cues: Vec<_> =
            cues.into_iter().map(|(number, first, end)| (self.cue_of[number as usize], first, end)).collect();
        cues.sort_unstable_by_key(|(cue, first, end)| (*first, std::cmp::Reverse(*end), *cue));
        cues
    }

    /// The same understanding without what the message says is not wanted.
    pub(super) fn without_unwanted(
        &self,
        whole: Understanding,
        found: &Findings,
        text: &str,
        moment: &Moment,
        depth: u8,
    ) -> Understanding {
        if depth >= DEPTH_MAX || !found.cues.iter().any(|(cue, ..)| opens(*cue)) {
            return whole;
        }
        let spans = negated(found);
        let (Some(first), Some(best)) = (spans.first(), whole.ranked.first()) else { return whole };
        let weights = weights(&found.words);
        let content = spans.iter().flat_map(|span| span.scope.clone()).filter(|at| weights[*at] > CONTENT);
        let negated_words: Vec<&str> = content.map(|at| found.words.get(at)).collect();
        if self.holds_negation(best, &negated_words) {
            return whole;
        }
        let said = |span: &Negated| {
            let list = found.words.list();
            list[span.all.start].start as usize..list[span.all.end - 1].end as usize
        };
        let mut rest = text.to_owned();
        for span in spans.iter().map(said) {
            rest.replace_range(span.clone(), &" ".repeat(span.len()));
        }
        let rest = self.understand_at(&rest, moment, depth + 1);
        let left = |intent: &Ranked| {
            rest.ranked.iter().find(|other| other.intent == intent.intent).map_or(0.0, |other| other.confidence)
        };
        let words = text[said(first)].to_owned();
        let unwanted = whole
            .ranked
            .iter()
            .filter(|ranked| ranked.confidence >= UNWANTED_FROM && left(ranked) < ranked.confidence)
            .filter(|ranked| !self.holds_negation(ranked, &negated_words))
            .take(UNWANTED_MAX)
            .map(|ranked| Unwanted {
                intent: ranked.intent.clone(),
                words: words.clone(),
                confidence: ranked.confidence,
            })
            .collect();
        Understanding {
            ranked: rest.ranked,
            values: rest.values,
            unexplained: rest.unexplained,
            unwanted,
            parts: rest.parts,
            ..whole
        }
    }

    /// Whether the rule that speaks for an intent says itself that something is not wanted: a phrase that fits the whole message,
    /// or one such as "I do not want my order", if it has all the words by which the intent would be known here.
    fn holds_negation(&self, ranked: &Ranked, negated: &[&str]) -> bool {
        let Ok(intent) = self.intents.binary_search(&ranked.intent) else { return false };
        let known = |word: &str| {
            let id = self.vocabulary.id(word);
            self.uses(intent as u32, [id, id])
        };
        ranked.evidence.iter().any(|evidence| {
            if evidence.kind == EvidenceKind::Phrase {
                return true;
            }
            let rule = Words::of(&evidence.rule);
            let has = |word: &str| rule.iter().any(|(other, _)| other == word);
            let mut by_these = negated.iter().filter(|word| known(word)).peekable();
            by_these.peek().is_some() && by_these.all(|word| has(word)) && {
                let reader = Reader::new(&self.graph, &self.vocabulary, &rule, &[]);
                self.cues_in(&reader).iter().any(|(cue, ..)| opens(*cue))
            }
        })
    }
}

/// What is not wanted.
struct Negated {
    /// With the cue.
    all: Range<usize>,
    /// Without it.
    scope: Range<usize>,
}

pub(super) fn opens(cue: Cue) -> bool {
    matches!(cue, Cue::Unwanted | Cue::UnwantedAtStart | Cue::UnwantedAround)
}

/// What the message says is not wanted, in its order.
fn negated(found: &Findings) -> Vec<Negated> {
    let weights = weights(&found.words);
    let has_content = |range: &Range<usize>| weights[range.clone()].iter().any(|weight| *weight > CONTENT);
    let mut spans: Vec<Negated> = Vec::new();
    for (cue, first, end) in found.cues.iter().filter(|(cue, ..)| opens(*cue)) {
        let Some(clause) = found.clauses.iter().find(|clause| clause.contains(first) && *end <= clause.end) else {
            continue;
        };
        let kept = found
            .cues
            .iter()
            .any(|(other, from, to)| *other == Cue::Keeps && from <= end && first < to && from <= first);
        let at_start = *first == clause.start || found.starts.contains(first);
        let taken = spans.last().map_or(0, |span| span.all.end);
        if kept || *first < taken || (*cue == Cue::UnwantedAtStart && !at_start) {
            continue;
        }
        let stop = |from: usize| {
            let ends =
                found.cues.iter().filter(|(other, at, _)| *other == Cue::Ends && *at >= from && *at < clause.end);
            ends.map(|(_, at, _)| *at).min().unwrap_or(clause.end)
        };
        let before = taken.max(clause.start)..*first;
        let after = *end..stop(*end);
        if *cue == Cue::UnwantedAround && has_content(&before) {
            spans.push(Negated { all: before.start..*end, scope: before });
        } else if has_content(&after) {
            let all = if has_content(&before) { *first } else { before.start };
            spans.push(Negated { all: all..after.end, scope: after });
        }
    }
    spans
}
