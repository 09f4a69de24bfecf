//! Intents against each other and against themselves: shared phrases, excluded words of their own, and no answer.

use std::collections::{BTreeSet, HashMap};

use crate::flow::check::place_of;
use crate::flow::link::Linked;
use crate::flow::read::Reader;
use crate::flow::report::code;
use crate::flow::{Intent, Op, Part, Phrase};
use crate::id::IntentName;
use crate::text::Words;

/// How many wordings of one phrase are compared; the rest differ in what may be missing.
const WORDINGS: usize = 64;

pub(super) fn run(linked: &Linked, reader: &mut Reader<'_>) {
    let own: Vec<&Intent> = linked
        .program
        .intents
        .values()
        .filter(|intent| intent.builtin.is_none() && !linked.program.small_talk.contains_key(&intent.name))
        .collect();
    shared(linked, &own, reader);
    let says = linked.program.flows.values().flat_map(|flow| &flow.code).filter_map(|step| match &step.op {
        Op::Say(say) => Some(say),
        _ => None,
    });
    let offered: BTreeSet<&IntentName> =
        says.flat_map(|say| say.offer.iter().chain(say.cards.iter().flat_map(|card| &card.offer))).collect();
    for intent in &own {
        excluded(linked, intent, reader);
        // A flow or an intent whose name is misspelt was reported, and may be the answer.
        if !reader.problems.has_any(&[code::UNKNOWN_NAME, code::UNKNOWN_KEY, code::BAD_NAME]) {
            unanswered(intent, &offered, reader);
        }
    }
}

fn shared(linked: &Linked, intents: &[&Intent], reader: &mut Reader<'_>) {
    let mut seen: HashMap<String, (usize, &Phrase)> = HashMap::new();
    for (number, intent) in intents.iter().enumerate() {
        for phrase in &intent.phrases {
            let mut reported = false;
            for wording in wordings(linked, phrase) {
                match seen.get(&wording) {
                    Some((other, first)) if *other != number && !reported => {
                        reported = true;
                        let name = intents.get(*other).map_or("", |intent| intent.name.as_str());
                        let (mut place, first) = (place_of(reader, &phrase.at), place_of(reader, &first.at));
                        place.width = phrase.source.chars().count() as u32;
                        reader
                            .problems
                            .warning(
                                code::SHARED_PHRASE,
                                place,
                                format!("this is also a phrase of the intent \"{name}\": {wording}"),
                            )
                            .hint("the bot then asks which one is meant; take it out of one of the two, or make one intent of them")
                            .related(first, format!("the phrase of \"{name}\""));
                    }
                    Some(_) => {}
                    None => {
                        seen.insert(wording, (number, phrase));
                    }
                }
            }
        }
    }
}

/// Some wordings of a phrase, folded: entities as `{kind}`, snippets by their own wordings.
fn wordings(linked: &Linked, phrase: &Phrase) -> Vec<String> {
    let mut wordings = expand(linked, &phrase.parts, 0);
    wordings.truncate(WORDINGS);
    let mut folded: Vec<String> =
        wordings.iter().map(|text| folded(linked, text)).filter(|text| !text.is_empty()).collect();
    folded.sort_unstable();
    folded.dedup();
    folded
}

/// Folded, with every word as what it counts as.
fn folded(linked: &Linked, text: &str) -> String {
    let words = Words::of(text);
    let words = linked.program.synonyms.canonical(&words);
    let list: Vec<&str> = words.iter().map(|(word, _)| word).collect();
    list.join(" ")
}

fn expand(linked: &Linked, parts: &[Part], depth: usize) -> Vec<String> {
    let mut texts = vec![String::new()];
    for part in parts {
        let ways: Vec<String> = match part {
            Part::Text(text) => vec![text.clone()],
            Part::Entity { entity, .. } => vec![format!(" entityof{entity} ")],
            Part::Choice(alternatives) => {
                alternatives.iter().flat_map(|parts| expand(linked, parts, depth + 1)).collect()
            }
            Part::Optional(alternatives) => {
                let some = alternatives.iter().flat_map(|parts| expand(linked, parts, depth + 1));
                std::iter::once(String::new()).chain(some).collect()
            }
            Part::Snippet(name) if depth < 8 => {
                let phrases = linked.program.snippets.get(name).into_iter().flatten();
                phrases.flat_map(|phrase| expand(linked, &phrase.parts, depth + 8)).collect()
            }
            // A snippet in a snippet stands for itself: it is the same in every phrase that uses it.
            Part::Snippet(name) => vec![format!(" snippetof{name} ")],
        };
        if let [only] = ways.as_slice() {
            texts.iter_mut().for_each(|text| text.push_str(only));
            continue;
        }
        let mut longer = Vec::new();
        'all: for text in &texts {
            for way in &ways {
                if longer.len() >= WORDINGS {
                    break 'all;
                }
                longer.push(format!("{text}{way}"));
            }
        }
        texts = longer;
    }
    texts
}

/// An excluded word in a phrase of the same intent: the phrase counts only where it fits to the letter.
fn excluded(linked: &Linked, intent: &Intent, reader: &mut Reader<'_>) {
    if intent.exclude.is_empty() {
        return;
    }
    let phrases: Vec<(&Phrase, Vec<String>)> =
        intent.phrases.iter().map(|phrase| (phrase, wordings(linked, phrase))).collect();
    for exclude in &intent.exclude {
        for word in wordings(linked, exclude) {
            let padded = format!(" {word} ");
            let hit =
                phrases.iter().find(|(_, wordings)| wordings.iter().any(|text| format!(" {text} ").contains(&padded)));
            if let Some((phrase, _)) = hit {
                let (mut place, own) = (place_of(reader, &exclude.at), place_of(reader, &phrase.at));
                place.width = exclude.source.chars().count() as u32;
                let message = format!("\"{word}\" cancels the intent \"{}\" and is in a phrase of it", intent.name);
                reader
                    .problems
                    .warning(code::EXCLUDE_OWN_PHRASE, place, message)
                    .hint("the phrase then counts only where it fits exactly")
                    .related(own, "the phrase");
                break;
            }
        }
    }
}

fn unanswered(intent: &Intent, offered: &BTreeSet<&IntentName>, reader: &mut Reader<'_>) {
    let place = place_of(reader, &intent.at);
    let place = crate::flow::source::Place { width: intent.name.as_str().chars().count() as u32, ..place };
    if intent.flow.is_none() {
        reader
            .problems
            .warning(
                code::INTENT_UNANSWERED,
                place,
                format!("the intent \"{}\" has neither an answer nor a flow", intent.name),
            )
            .hint(format!("add `answer: …`, or `start_on: {}` to a flow", intent.name));
        return;
    }
    let heard = !intent.phrases.is_empty() || !intent.keywords.is_empty() || !intent.patterns.is_empty();
    if !heard && !offered.contains(&intent.name) && !reader.problems.has_errors() {
        reader
            .problems
            .warning(code::UNUSED, place, format!("nothing can mean the intent \"{}\"", intent.name))
            .hint("give it phrases, keywords or patterns, or offer it as a button");
    }
}
