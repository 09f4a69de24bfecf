//! Small talk beside the author's intents: ranked with them, so that everybody sees it, but never part of what they are learnt
//! from. So it cannot make any of them less sure; it is heard only where it explains all or nearly all of a message, and an
//! author's phrase that fits comes before it.

use std::ops::Range;

use crate::flow::Program;
use crate::id::IntentName;
use crate::text::Words;

use super::lower::Lowering;
use super::rank::{EXACT, covered, kept_of_mistyped, weights};
use super::templates::Templates;
use super::{Evidence, EvidenceKind, Findings, Matcher, Ranked, Rule};

/// A message that is several pieces of small talk, one after the other.
const SEVERAL: f64 = 0.95;

/// What explains less of a message than this is not told.
const TOLD_FROM: f64 = 0.05;

/// From this confidence on an author's keyword or pattern comes before small talk.
const RULE_SURE: f64 = 0.75;

/// The small talk of a bot.
#[derive(Debug, Clone, Default)]
pub(super) struct SmallTalk {
    templates: Templates,
    /// For each template its intent, by its number among the names, and what is told of it.
    rules: Vec<Rule>,
    /// Where a message has several, the first counts.
    names: Vec<IntentName>,
}

/// What speaks for small talk in one reading of a message.
struct Talk {
    confidence: f64,
    /// Whether one phrase explains all but words of courtesy.
    is_whole: bool,
    rule: u32,
    span: Range<usize>,
    /// All that small talk and words of courtesy explain.
    spans: Vec<Range<usize>>,
}

impl SmallTalk {
    pub(super) fn build<'p>(program: &'p Program, lowering: &mut Lowering<'p>) -> Self {
        let names: Vec<IntentName> = program.small_talk.keys().cloned().collect();
        let (mut roots, mut rules) = (Vec::new(), Vec::new());
        for (number, name) in (0..).zip(&names) {
            for phrase in program.intents.get(name).map_or(&[][..], |intent| &intent.phrases) {
                roots.push(lowering.phrase(phrase));
                rules.push(Rule {
                    needs: Vec::new(),
                    intent: number,
                    source: phrase.source.clone(),
                    at: phrase.at.clone(),
                });
            }
        }
        Self { templates: Templates::new(&lowering.graph, &roots), rules, names }
    }

    /// Every place where small talk stands.
    pub(super) fn find(&self, reader: &super::Reader<'_>) -> Vec<(u32, usize, usize)> {
        if self.rules.is_empty() { Vec::new() } else { self.templates.anywhere(reader) }
    }

    /// What counts most: the one with the most meaning, however short it is; a piece of a longer piece is none.
    fn most(&self, fits: &[(u32, usize, usize)]) -> Option<(u32, usize, usize)> {
        let inside = |fit: &(u32, usize, usize)| {
            let longer = |other: &(u32, usize, usize)| other.2 - other.1 > fit.2 - fit.1;
            fits.iter().any(|other| longer(other) && other.1 <= fit.1 && fit.2 <= other.2)
        };
        let intent = |rule: u32| self.rules[rule as usize].intent;
        fits.iter().filter(|fit| !inside(fit)).copied().min_by_key(|(rule, first, _)| (intent(*rule), *first, *rule))
    }

    fn weigh(&self, found: &Findings) -> Option<Talk> {
        let factor = kept_of_mistyped(found.mistyped);
        let whole = |fit: &&(u32, usize, usize)| found.starts.contains(&fit.1) && found.ends.contains(&fit.2);
        let count = found.words.len();
        let (begin, finish) = (found.starts.last().copied().unwrap_or(0), found.ends.last().copied().unwrap_or(count));
        let mut spans = vec![0..begin, finish..count];
        let wholes: Vec<(u32, usize, usize)> = found.small_talk.iter().filter(whole).copied().collect();
        if let Some((rule, first, end)) = self.most(&wholes) {
            spans.push(first..end);
            return Some(Talk { confidence: EXACT * factor, is_whole: true, rule, span: first..end, spans });
        }
        spans.extend(found.small_talk.iter().map(|(_, first, end)| *first..*end));
        let part = covered(&spans, &weights(&found.words));
        let (rule, first, end) = self.most(&found.small_talk)?;
        // Every word that stays unexplained may be what the visitor wants.
        let confidence = if part > 1.0 - 1e-9 { SEVERAL } else { 0.9 * part * part };
        Some(Talk { confidence: confidence * factor, is_whole: false, rule, span: first..end, spans })
    }
}

impl Matcher {
    /// Puts small talk among the author's intents. Says whether it explains the whole message.
    pub(super) fn add_small_talk(
        &self,
        text: &str,
        typed: &Findings,
        corrected: Option<&Findings>,
        ranked: &mut Vec<Ranked>,
        unexplained: &mut Vec<String>,
    ) -> bool {
        let readings = std::iter::once(typed).chain(corrected);
        let talks = readings.filter_map(|found| self.small_talk.weigh(found));
        // Of equal readings the one as typed.
        let Some(talk) = talks.reduce(|best, next| if next.confidence > best.confidence { next } else { best }) else {
            return false;
        };
        let best = ranked.first();
        let left = match best {
            Some(best) if best.evidence.iter().any(|evidence| evidence.kind == EvidenceKind::Phrase) => return false,
            Some(best) if best.confidence >= RULE_SURE && has_rule(best) => 1.0 - best.confidence,
            Some(best) if !talk.is_whole => 1.0 - best.confidence,
            _ => 1.0,
        };
        let confidence = talk.confidence * left;
        if confidence < TOLD_FROM {
            return false;
        }
        // Together they are at most 1.
        let others: f64 = ranked.iter().map(|ranked| ranked.confidence).sum();
        if others > 1.0 - confidence {
            ranked.iter_mut().for_each(|ranked| ranked.confidence *= (1.0 - confidence) / others);
        }
        let at = ranked.partition_point(|ranked| ranked.confidence >= confidence);
        if at == 0 {
            *unexplained = unexplained_by(text, &typed.words, &talk.spans);
        }
        let rule = &self.small_talk.rules[talk.rule as usize];
        let evidence = Evidence {
            kind: EvidenceKind::Phrase,
            rule: rule.source.clone(),
            at: format!("{}:{}", rule.at.file, rule.at.line),
            words: said(text, &typed.words, &talk.span),
            weight: confidence,
        };
        let intent = self.small_talk.names[rule.intent as usize].clone();
        ranked.insert(at, Ranked { intent, confidence, evidence: vec![evidence] });
        ranked.truncate(super::rank::RANKED_MAX);
        talk.is_whole && at == 0
    }
}

/// Whether a keyword or pattern of the author speaks for an intent.
fn has_rule(ranked: &Ranked) -> bool {
    let rule = |evidence: &Evidence| matches!(evidence.kind, EvidenceKind::Keyword | EvidenceKind::Pattern);
    ranked.evidence.iter().any(rule)
}

fn said(text: &str, words: &Words, span: &Range<usize>) -> String {
    let list = words.list();
    match (list.get(span.start), span.end.checked_sub(1).and_then(|last| list.get(last))) {
        (Some(first), Some(last)) => text[first.start as usize..last.end as usize].to_owned(),
        _ => String::new(),
    }
}

fn unexplained_by(text: &str, words: &Words, spans: &[Range<usize>]) -> Vec<String> {
    let weights = weights(words);
    let is_left = |at: usize| weights[at] > 0.5 && !spans.iter().any(|span| span.contains(&at));
    words.iter().enumerate().filter(|(at, _)| is_left(*at)).map(|(_, (_, range))| text[range].to_owned()).collect()
}
