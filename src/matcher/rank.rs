//! Weighing: from what was found in a message to a confidence for each intent. An exact fit is nearly certain; keywords and
//! patterns count by how much of the message they explain and how few intents share them; likeness is a probability already.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::id::EntityName;
use crate::text::{Words, is_little_word};

use super::vocabulary::{UNKNOWN, WordId};
use super::{Evidence, EvidenceKind, Findings, Found, Likeness, Matcher, Ranked, Rule, Target, kind_name};

/// An exact fit. Not 1: an author may be mistaken too.
pub(super) const EXACT: f64 = 0.995;

/// What an exact fit keeps for each word that had to be taken for a mistyped one.
const MISTYPED: f64 = 0.93;

/// So many mistyped words leave nothing of a confidence.
const MISTYPED_MAX: usize = 64;

/// What a confidence keeps where so many words had to be taken for mistyped ones; one factor after the other, because the power
/// function of the standard library may differ between machines.
pub(super) fn kept_of_mistyped(words: usize) -> f64 {
    (0..words.min(MISTYPED_MAX)).fold(1.0, |kept, _| kept * MISTYPED)
}

/// No confidence that rests on anything but an exact fit is greater.
const INEXACT_MAX: f64 = 0.98;

/// The most that likeness can give to a phrase whose value is not there, and something else in its place: less than `sure` is
/// unless an author sets it, so that the visitor is asked.
const LACKS_VALUE: f64 = 0.7;

/// So many intents are told.
pub(super) const RANKED_MAX: usize = 5;

/// The most that likeness can give where no word of the message is one of the intent's, and how fast that limit rises with the
/// share of those that are; from two fifths on there is no limit.
const HARDLY_COVERED: f64 = 0.4;
const COVERAGE_COUNTS: f64 = 1.5;

/// What weighing gives.
pub(super) struct Weighed {
    pub(super) ranked: Vec<Ranked>,
    pub(super) unexplained: Vec<String>,
    /// The phrase that names the slots: rule, first word, word after the last, whether it fits the corrected words.
    pub(super) named: Option<(u32, usize, usize, bool)>,
}

/// A message with what was found in it: its words by their numbers, as typed and as meant, its values, and what each word weighs.
#[derive(Clone, Copy)]
struct Said<'m> {
    text: &'m str,
    typed: &'m Findings,
    ids: &'m [[WordId; 2]],
    values: &'m [Found],
    weights: &'m [f64],
}

/// What speaks for one intent.
#[derive(Default)]
struct Case {
    exact: Option<f64>,
    likeness: f64,
    rules: f64,
    evidence: Vec<Evidence>,
    spans: Vec<Range<usize>>,
}

impl Matcher {
    /// Weighs what was found.
    pub(super) fn weigh(
        &self,
        text: &str,
        typed: &Findings,
        corrected: Option<&Findings>,
        likeness: &[Likeness],
        values: &[Found],
    ) -> Weighed {
        let weights = weights(&typed.words);
        let ids = self.word_ids(typed, corrected);
        let excluded = self.excluded(typed);
        let denied = denied(typed, corrected);
        let mut cases: BTreeMap<u32, Case> = BTreeMap::new();
        let (named, fits) = self.exact_fits(typed, corrected, &denied);
        for (rule, first, end, factor) in &fits {
            let case = cases.entry(self.phrase_rules[*rule as usize].intent).or_default();
            let confidence = EXACT * factor / fits.len() as f64;
            let said = &self.phrase_rules[*rule as usize];
            case.exact = Some(confidence);
            case.spans.push(*first..*end);
            case.evidence.push(evidence(
                EvidenceKind::Phrase,
                said,
                text,
                &typed.words,
                std::slice::from_ref(&(*first..*end)),
                confidence,
            ));
        }
        let surely_exact =
            |intent: u32| named.is_some_and(|named| !named.3) && cases_has(&fits, &self.phrase_rules, intent);
        let is_out = |intent: u32| denied.contains(&intent) || (excluded.contains(&intent) && !surely_exact(intent));
        self.add_keywords(text, typed, corrected, &weights, &mut cases);
        self.add_patterns(text, typed, &weights, &mut cases);
        let said = Said { text, typed, ids: &ids, values, weights: &weights };
        self.add_likeness(&said, likeness, &mut cases);
        cases.retain(|intent, _| !is_out(*intent));
        self.doubt(typed, corrected, &mut cases);
        let mut order: Vec<(f64, u32)> = cases.iter().map(|(intent, case)| (case.confidence(), *intent)).collect();
        level(&mut order, &cases);
        order.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        order.truncate(RANKED_MAX);
        let best = order.first().map(|(_, intent)| *intent);
        let best = best.and_then(|best| Some((best, cases.get(&best)?)));
        let unexplained = self.unexplained(&said, best);
        let ranked = order
            .into_iter()
            .filter_map(|(confidence, intent)| {
                let mut evidence = cases.remove(&intent)?.evidence;
                let inexact = |evidence: &Evidence| evidence.kind != EvidenceKind::Phrase;
                evidence.sort_by(|a, b| {
                    (inexact(a).cmp(&inexact(b))).then(b.weight.total_cmp(&a.weight)).then_with(|| a.rule.cmp(&b.rule))
                });
                evidence.dedup_by(|a, b| a.kind == b.kind && a.rule == b.rule && a.at == b.at);
                Some(Ranked { intent: self.intents[intent as usize].clone(), confidence, evidence })
            })
            .collect();
        Weighed { ranked, unexplained, named }
    }

    /// The fitting phrases of the most specific kind, one for each intent, each with what its confidence keeps.
    #[expect(clippy::type_complexity, reason = "a phrase and its place, used here only")]
    fn exact_fits(
        &self,
        typed: &Findings,
        corrected: Option<&Findings>,
        denied: &[u32],
    ) -> (Option<(u32, usize, usize, bool)>, Vec<(u32, usize, usize, f64)>) {
        let (found, by_correction) = match corrected {
            Some(corrected) if typed.exact.is_empty() => (corrected, true),
            _ => (typed, false),
        };
        let factor = kept_of_mistyped(found.mistyped);
        // More words taken literally means a more specific phrase; a phrase that takes more of the message comes before that.
        let key = |fit: &(u32, usize, usize)| (fit.2 - fit.1, self.literal_words[fit.0 as usize]);
        let own = |fit: &&(u32, usize, usize)| !denied.contains(&self.phrase_rules[fit.0 as usize].intent);
        let Some(most) = found.exact.iter().filter(own).map(key).max() else { return (None, Vec::new()) };
        let mut fits: Vec<(u32, usize, usize, f64)> = Vec::new();
        for fit in found.exact.iter().filter(own).filter(|fit| key(fit) == most) {
            let intent = self.phrase_rules[fit.0 as usize].intent;
            if fits.iter().all(|other| self.phrase_rules[other.0 as usize].intent != intent) {
                fits.push((fit.0, fit.1, fit.2, factor));
            }
        }
        (fits.first().map(|fit| (fit.0, fit.1, fit.2, by_correction)), fits)
    }

    /// Takes from intents to whose `not_phrases` the message is nearer than to their phrases.
    fn doubt(&self, typed: &Findings, corrected: Option<&Findings>, cases: &mut BTreeMap<u32, Case>) {
        let words = self.synonyms.canonical(&corrected.unwrap_or(typed).words);
        for (intent, case) in cases.iter_mut().filter(|(_, case)| case.exact.is_none()) {
            let kept = self.near_denials.kept(*intent, &words);
            case.likeness *= kept;
            case.rules *= kept;
            case.evidence.iter_mut().for_each(|evidence| evidence.weight *= kept);
        }
    }

    fn excluded(&self, typed: &Findings) -> Vec<u32> {
        typed
            .keywords
            .iter()
            .map(|hit| &self.keyword_rules[hit.rule as usize])
            .filter(|rule| rule.excludes)
            .filter_map(|rule| match rule.target {
                Target::Intent(intent) => Some(intent),
                Target::Builtin(_) => None,
            })
            .collect()
    }

    fn add_keywords(
        &self,
        text: &str,
        typed: &Findings,
        corrected: Option<&Findings>,
        weights: &[f64],
        cases: &mut BTreeMap<u32, Case>,
    ) {
        let mut hits: BTreeMap<u32, Vec<(u32, Range<usize>, f64)>> = BTreeMap::new();
        for (found, factor) in std::iter::once((typed, 1.0)).chain(corrected.map(|found| (found, MISTYPED))) {
            for hit in &found.keywords {
                let rule = &self.keyword_rules[hit.rule as usize];
                let Target::Intent(intent) = rule.target else { continue };
                let known = hits.entry(intent).or_default();
                if !rule.excludes && known.iter().all(|(rule, range, _)| (*rule, range.start) != (hit.rule, hit.first))
                {
                    known.push((hit.rule, hit.first..hit.end, factor));
                }
            }
        }
        for (intent, hits) in hits.into_iter().filter(|(_, hits)| !hits.is_empty()) {
            let spans: Vec<Range<usize>> = hits.iter().map(|(_, range, _)| range.clone()).collect();
            let share = hits
                .iter()
                .map(|(rule, _, factor)| factor / f64::from(self.keyword_rules[*rule as usize].sharers.max(1)))
                .fold(0.0, f64::max);
            let confidence = (0.5 + 0.45 * covered(&spans, weights)) * share;
            let case = cases.entry(intent).or_default();
            case.rules = either(case.rules, confidence);
            for (rule, range, _) in hits {
                let rule = &self.keyword_rules[rule as usize];
                let said = Rule { needs: Vec::new(), intent, source: rule.source.clone(), at: rule.at.clone() };
                case.evidence.push(evidence(
                    EvidenceKind::Keyword,
                    &said,
                    text,
                    &typed.words,
                    std::slice::from_ref(&range),
                    confidence,
                ));
                case.spans.push(range);
            }
        }
    }

    fn add_patterns(&self, text: &str, typed: &Findings, weights: &[f64], cases: &mut BTreeMap<u32, Case>) {
        for (number, range) in &typed.patterns {
            let rule = &self.patterns.list[*number].1;
            let spans = std::slice::from_ref(range);
            let confidence = 0.6 + 0.37 * covered(spans, weights);
            let case = cases.entry(rule.intent).or_default();
            case.rules = either(case.rules, confidence);
            case.evidence.push(evidence(EvidenceKind::Pattern, rule, text, &typed.words, spans, confidence));
            case.spans.push(range.clone());
        }
    }

    fn add_likeness(&self, said: &Said<'_>, likeness: &[Likeness], cases: &mut BTreeMap<u32, Case>) {
        let Said { text, typed, ids, weights, .. } = *said;
        for like in likeness {
            let case = cases.entry(like.intent).or_default();
            let common: Vec<Range<usize>> =
                (0..ids.len()).filter(|at| self.uses(like.intent, ids[*at])).map(|at| at..at + 1).collect();
            // A few known words in a long message that says something else separate the intents well and yet mean little.
            let limit = HARDLY_COVERED + COVERAGE_COUNTS * covered(&common, weights);
            case.likeness = like.confidence.min(limit);
            let Some(rule) = self.phrase_rules.get(like.phrase as usize) else { continue };
            if rule.needs.iter().any(|needed| self.lacks(like.intent, needed, said)) {
                case.likeness = case.likeness.min(LACKS_VALUE);
            }
            let weight = if case.exact.is_some() { like.nearest.min(case.likeness) } else { case.likeness };
            case.evidence.push(evidence(EvidenceKind::Similar, rule, text, &typed.words, &common, weight));
        }
    }

    /// Whether a message that is like a phrase with a value has none of that entity, but a word that the intent does not know where
    /// the value might be: "can you fix my car" to a shop whose phrase is "can you fix my {part}".
    fn lacks(&self, intent: u32, needed: &EntityName, said: &Said<'_>) -> bool {
        let has = said.values.iter().any(|value| kind_name(&value.kind) == needed.as_str());
        !has && said.typed.words.iter().enumerate().any(|(at, (_, range))| self.is_strange(intent, said, at, &range))
    }

    /// Whether a word that matters is none of the intent's, no part of a value and no filler.
    fn is_strange(&self, intent: u32, said: &Said<'_>, at: usize, range: &Range<usize>) -> bool {
        let Said { typed, ids, values, weights, .. } = *said;
        let first = typed.starts.last().copied().unwrap_or(0);
        let end = typed.ends.last().copied().unwrap_or(typed.words.len());
        let by_value = values.iter().any(|value| value.range.0 < range.end && range.start < value.range.1);
        weights[at] > LITTLE && (first..end).contains(&at) && !by_value && !self.uses(intent, ids[at])
    }

    /// The number of each word as typed and as probably meant.
    fn word_ids(&self, typed: &Findings, corrected: Option<&Findings>) -> Vec<[WordId; 2]> {
        let meant = |at: usize| corrected.map_or(UNKNOWN, |corrected| self.vocabulary.id(corrected.words.get(at)));
        let ids = self.ids_as_counted(&typed.words, &typed.counted);
        ids.into_iter().enumerate().map(|(at, id)| [id, meant(at)]).collect()
    }

    /// Whether a phrase of the intent uses the word, as typed or as meant.
    pub(super) fn uses(&self, intent: u32, word: [WordId; 2]) -> bool {
        let holds = |id: WordId| {
            let number = u16::try_from(intent).ok();
            let intents = self.word_intents.get(id as usize);
            intents.zip(number).is_some_and(|(intents, number)| intents.binary_search(&number).is_ok())
        };
        holds(word[0]) || holds(word[1])
    }

    fn unexplained(&self, said: &Said<'_>, best: Option<(u32, &Case)>) -> Vec<String> {
        // Without any intent every word that matters is strange.
        let intent = best.map_or(u32::MAX, |(best, _)| best);
        let by_rule = |at: usize| best.is_some_and(|(_, case)| case.spans.iter().any(|span| span.contains(&at)));
        let words = said.typed.words.iter().enumerate();
        words
            .filter(|(at, (_, range))| !by_rule(*at) && self.is_strange(intent, said, *at, range))
            .map(|(_, (_, range))| said.text[range].to_owned())
            .collect()
    }
}

/// The weight of a little word, such as an article.
pub(super) const LITTLE: f64 = 0.2;

impl Case {
    fn confidence(&self) -> f64 {
        match self.exact {
            Some(exact) => exact,
            None => either(self.likeness, self.rules).min(INEXACT_MAX),
        }
    }
}

/// Confidences are probabilities of intents that exclude each other: what an exact fit has, the others cannot have, and together
/// they are at most 1.
fn level(order: &mut [(f64, u32)], cases: &BTreeMap<u32, Case>) {
    let is_exact = |intent: &u32| cases.get(intent).is_some_and(|case| case.exact.is_some());
    let taken: f64 = order.iter().filter(|(_, intent)| is_exact(intent)).map(|(confidence, _)| confidence).sum();
    let rest: f64 = order.iter().filter(|(_, intent)| !is_exact(intent)).map(|(confidence, _)| confidence).sum();
    let left = (1.0 - taken).max(0.0);
    if rest > left {
        for (confidence, _) in order.iter_mut().filter(|(_, intent)| !is_exact(intent)) {
            *confidence *= left / rest;
        }
    }
}

/// The intents that the message is not, because it is one of their `not_phrases`: nothing that speaks for them counts then. With
/// typing mistakes it is one only where no phrase fits as typed.
fn denied(typed: &Findings, corrected: Option<&Findings>) -> Vec<u32> {
    let corrected = corrected.filter(|_| typed.exact.is_empty());
    let all = typed.denied.iter().chain(corrected.into_iter().flat_map(|found| &found.denied));
    let intent = |target: &Target| match target {
        Target::Intent(intent) => Some(*intent),
        Target::Builtin(_) => None,
    };
    all.filter_map(intent).collect()
}

fn cases_has(fits: &[(u32, usize, usize, f64)], rules: &[Rule], intent: u32) -> bool {
    fits.iter().any(|(rule, ..)| rules[*rule as usize].intent == intent)
}

/// How likely it is that one of two independent signs is right.
fn either(one: f64, other: f64) -> f64 {
    1.0 - (1.0 - one) * (1.0 - other)
}

/// What each word counts: little words less, pictures nothing.
pub(super) fn weights(words: &Words) -> Vec<f64> {
    words
        .iter()
        .map(|(word, _)| match word {
            _ if !word.contains(char::is_alphanumeric) => 0.0,
            _ if is_little_word(word) => LITTLE,
            _ => 1.0,
        })
        .collect()
}

/// The share of the message's weight that lies in the spans.
pub(super) fn covered(spans: &[Range<usize>], weights: &[f64]) -> f64 {
    let all: f64 = weights.iter().sum();
    let inside: f64 =
        weights.iter().enumerate().filter(|(at, _)| spans.iter().any(|span| span.contains(at))).map(|(_, w)| w).sum();
    if all > 0.0 { inside / all } else { 1.0 }
}

fn evidence(
    kind: EvidenceKind,
    rule: &Rule,
    text: &str,
    words: &Words,
    spans: &[Range<usize>],
    weight: f64,
) -> Evidence {
    let list = words.list();
    let said: Vec<&str> = spans
        .iter()
        .filter(|span| span.start < span.end && span.end <= list.len())
        .map(|span| &text[list[span.start].start as usize..list[span.end - 1].end as usize])
        .collect();
    Evidence {
        kind,
        rule: rule.source.clone(),
        at: format!("{}:{}", rule.at.file, rule.at.line),
        words: said.join(" "),
        weight,
    }
}
