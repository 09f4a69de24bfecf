//! Two wishes in one message: "track my order and change my address". A message is taken apart only where it has a word that joins
//! or a mark of punctuation, and no phrase fits it as a whole; its parts are then understood each for itself.

use std::ops::Range;

use crate::flow::Cue;
use crate::id::IntentName;

use super::{Asked, DEPTH_MAX, EvidenceKind, Findings, Matcher, Moment, Understanding};

/// A part has at least so many words.
const WORDS_MIN: usize = 2;

/// At most so many parts of a message are looked at.
const PARTS_MAX: usize = 4;

/// The longest message that is taken apart, in words: more is a story, not two wishes.
const WORDS_MAX: usize = 40;

/// Less than this in a part is no wish.
const ASKED_FROM: f64 = 0.5;

/// Where the whole message is surely one wish, a part is another one only from this on.
const SURELY_ONE_FROM: f64 = 0.95;
const ANOTHER_FROM: f64 = 0.85;

impl Matcher {
    /// The same understanding, with what the parts of the message ask for, if that is more than one thing.
    pub(super) fn in_parts(
        &self,
        whole: Understanding,
        found: &Findings,
        text: &str,
        moment: &Moment,
        depth: u8,
    ) -> Understanding {
        let joined = found.clauses.len() > 1 || found.cues.iter().any(|(cue, ..)| *cue == Cue::Joins);
        let fits_whole = || {
            let best = whole.ranked.first();
            best.is_some_and(|best| best.evidence.iter().any(|evidence| evidence.kind == EvidenceKind::Phrase))
        };
        if depth >= DEPTH_MAX || !joined || found.words.len() > WORDS_MAX || !whole.unwanted.is_empty() || fits_whole()
        {
            return whole;
        }
        let spans: Vec<Range<usize>> = spans(found).into_iter().filter(|span| !self.is_courtesy(found, span)).collect();
        if spans.len() < 2 {
            return whole;
        }
        let best = whole.ranked.first();
        let asked_from = |intent: &IntentName| match best {
            Some(best) if best.confidence >= SURELY_ONE_FROM && best.intent != *intent => ANOTHER_FROM,
            _ => ASKED_FROM,
        };
        let mut parts: Vec<Asked> = Vec::new();
        for span in spans.into_iter().take(PARTS_MAX) {
            let list = found.words.list();
            let words = &text[list[span.start].start as usize..list[span.end - 1].end as usize];
            let Some(best) = self.understand_at(words, moment, depth + 1).ranked.into_iter().next() else { continue };
            if best.confidence >= asked_from(&best.intent) && parts.iter().all(|part| part.intent != best.intent) {
                parts.push(Asked { intent: best.intent, words: words.to_owned(), confidence: best.confidence });
            }
        }
        if parts.len() < 2 { whole } else { Understanding { parts, ..whole } }
    }

    /// Whether a part is only a greeting or the like.
    fn is_courtesy(&self, found: &Findings, span: &Range<usize>) -> bool {
        found.starts.iter().any(|start| *start >= span.end) || found.ends.iter().any(|end| *end <= span.start)
    }
}

/// What stands between marks of punctuation and words that join, where it is long enough.
fn spans(found: &Findings) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    for clause in &found.clauses {
        let mut first = clause.start;
        for (_, from, to) in
            found.cues.iter().filter(|(cue, from, to)| *cue == Cue::Joins && clause.start <= *from && *to <= clause.end)
        {
            if *from >= first {
                spans.push(first..*from);
                first = *to;
            }
        }
        spans.push(first..clause.end);
    }
    spans.retain(|span| span.len() >= WORDS_MIN);
    spans
}
