//! Calibration: how sure the bot may be, learnt from its own phrases. Some phrases of every intent are held out, and all phrases
//! of some intents; what the bot makes of the first says how often it is right, the second are messages that it has no answer
//! for. Nothing else is known of strangers when a bot is compiled: how many there will be is an assumption.

use super::exact::exp;
use super::logistic::{Example, Logistic};
use super::plan::Plan;
use super::train::in_parallel;
use super::{NO_INTENT, Sentence, Similarity};

/// Phrases and intents are parted into so many parts, of which one is held out at a time.
const PARTS: usize = 5;

/// Above so many phrases one part gives examples enough.
const ONE_PART_FROM: f32 = 3_000.0;

/// Of the largest bots about so many intents, in whole groups, stand for all: training twice would take too long.
const INTENTS_MAX: usize = 5_000;

/// With fewer intents none can be left out.
const LEFT_OUT_FROM: usize = 3;

/// Of a phrase at most so many sentences are examples.
const SENTENCES_MAX: usize = 4;

/// A part is trained with at most so many sentences of a phrase.
const TRAINED_MAX: usize = 8;

/// Of held-out sentences, and of strangers, at most so many are examples in each round.
const EXAMPLES_MAX: usize = 3_000;

/// Sentences that one thread looks at in a row.
const CHUNK: usize = 256;

/// What one round saw.
#[derive(Default)]
struct Seen {
    held_out: Vec<Example>,
    strangers: Vec<Example>,
}

/// The coefficients that suit the bot. The sentences come in an order that depends on their texts alone.
pub(super) fn calibrate(sentences: &[&Sentence], intents: usize, plan: &Plan) -> Logistic {
    let some = plan.some(INTENTS_MAX);
    if some.is_empty() {
        return calibrate_all(sentences, intents, plan);
    }
    let own: Vec<Sentence> = sentences
        .iter()
        .map(|sentence| renumbered(sentence, &some))
        .filter(|sentence| sentence.intent != NO_INTENT)
        .collect();
    calibrate_all(&own.iter().collect::<Vec<_>>(), some.len(), &plan.restricted(&some))
}

fn calibrate_all(sentences: &[&Sentence], intents: usize, plan: &Plan) -> Logistic {
    let general = Logistic::general(intents);
    let part_of = if intents < LEFT_OUT_FROM {
        vec![u32::MAX; intents]
    } else {
        plan.parts(sentences, intents, PARTS.min(intents))
    };
    let phrases: f32 = sentences.iter().map(|sentence| sentence.weight).sum();
    let rounds = if phrases > ONE_PART_FROM { 1 } else { PARTS as u32 };
    let folds = folds(sentences, intents);
    let mut seen = Seen::default();
    for round in 0..rounds {
        observe(sentences, &folds, &part_of, round, plan, &mut seen);
    }
    let total = |examples: &[Example]| examples.iter().map(|example| example.weight).sum::<f64>();
    let (own, strange) = (total(&seen.held_out), total(&seen.strangers));
    if strange > 0.0 {
        let share = strangers(intents);
        seen.held_out.iter_mut().for_each(|example| example.weight *= 1.0 - share);
        seen.strangers.iter_mut().for_each(|example| example.weight *= share * own / strange);
    }
    general.fitted(&[seen.held_out, seen.strangers].concat())
}

/// The number of an intent where only some are kept, in order.
fn number_among(kept: &[u32], intent: u32) -> u32 {
    kept.binary_search(&intent).map_or(NO_INTENT, |number| number as u32)
}

/// The same sentence where only some intents are kept.
fn renumbered(sentence: &Sentence, kept: &[u32]) -> Sentence {
    Sentence { intent: number_among(kept, sentence.intent), ..sentence.clone() }
}

/// The share of messages that the bot has no answer for, as assumed: small bots meet far more of them.
fn strangers(intents: usize) -> f64 {
    0.08 + 0.3 * exp(-(intents as f64) / 50.0)
}

/// Where a sentence stands: the part of its phrase within its intent, and its place within the phrase.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Fold {
    part: u32,
    place: usize,
}

/// Deals the phrases of every intent out to the parts, in the order of their first sentences.
fn folds(sentences: &[&Sentence], intents: usize) -> Vec<Fold> {
    let mut dealt = vec![0_u32; intents];
    let mut known: std::collections::BTreeMap<(u32, u32), Fold> = std::collections::BTreeMap::new();
    let deal = |sentence: &&Sentence| {
        let Some(dealt) = dealt.get_mut(sentence.intent as usize) else { return Fold { part: u32::MAX, place: 0 } };
        let fold = known.entry((sentence.intent, sentence.phrase)).or_insert_with(|| {
            *dealt += 1;
            Fold { part: *dealt % PARTS as u32, place: 0 }
        });
        let own = *fold;
        fold.place += 1;
        own
    };
    sentences.iter().map(deal).collect()
}

/// Trains without the held-out part, and looks at what is made of it.
fn observe(sentences: &[&Sentence], folds: &[Fold], part_of: &[u32], round: u32, plan: &Plan, seen: &mut Seen) {
    let left_out = |sentence: &Sentence| part_of.get(sentence.intent as usize) == Some(&round);
    let mut has_rest = vec![false; part_of.len()];
    for (sentence, fold) in sentences.iter().zip(folds) {
        if let Some(rest) = has_rest.get_mut(sentence.intent as usize)
            && fold.part != round
            && !left_out(sentence)
        {
            *rest = true;
        }
    }
    let kept: Vec<u32> = (0..).zip(&has_rest).filter(|(_, rest)| **rest).map(|(intent, _)| intent).collect();
    let rest: Vec<Sentence> = sentences
        .iter()
        .zip(folds)
        .filter(|(_, fold)| fold.place < TRAINED_MAX)
        .filter(|(sentence, fold)| sentence.intent == NO_INTENT || (fold.part != round && !left_out(sentence)))
        .map(|(sentence, _)| Sentence {
            weight: sentence.weight.max(1.0 / TRAINED_MAX as f32),
            ..renumbered(sentence, &kept)
        })
        .collect();
    if kept.is_empty() {
        return;
    }
    let trained = Similarity::train(&rest.iter().collect::<Vec<_>>(), kept.len(), &plan.restricted(&kept));
    let examples = |chosen: Vec<(&Sentence, f64)>| -> Vec<Example> {
        let chunks: Vec<&[(&Sentence, f64)]> = chosen.chunks(CHUNK).collect();
        in_parallel(chunks.len(), |chunk| {
            let example = |(sentence, weight): &(&Sentence, f64)| {
                let (best, signals) = trained.best(&sentence.words)?;
                Some(Example { signals, right: best == number_among(&kept, sentence.intent), weight: *weight })
            };
            chunks[chunk].iter().filter_map(example).collect::<Vec<_>>()
        })
        .concat()
    };
    let candidates = || {
        let weight = |sentence: &Sentence| f64::from(sentence.weight.max(1.0 / SENTENCES_MAX as f32));
        let few = sentences
            .iter()
            .zip(folds)
            .filter(|(sentence, fold)| fold.place < SENTENCES_MAX && sentence.intent != NO_INTENT);
        few.map(move |(sentence, fold)| (*sentence, *fold, weight(sentence)))
    };
    let held_out = candidates()
        .filter(|(sentence, fold, _)| fold.part == round && !left_out(sentence) && has_rest[sentence.intent as usize])
        .map(|(sentence, _, weight)| (sentence, weight));
    let strange =
        candidates().filter(|(sentence, ..)| left_out(sentence)).map(|(sentence, _, weight)| (sentence, weight));
    seen.held_out.extend(examples(held_out.take(EXAMPLES_MAX).collect()));
    seen.strangers.extend(examples(strange.take(EXAMPLES_MAX).collect()));
}
