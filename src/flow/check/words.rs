//! `words:` that do nothing, because no rule of the bot says them, and those that do too much: they make one of two values of an entity.

use std::collections::BTreeSet;

use crate::flow::check::place_of;
use crate::flow::link::Linked;
use crate::flow::read::Reader;
use crate::flow::report::code;
use crate::flow::{Op, Options, Part, Phrase, Piece, Template};
use crate::text::Words;

pub(super) fn run(linked: &Linked, reader: &mut Reader<'_>) {
    let synonyms = &linked.program.synonyms;
    if synonyms.is_empty() {
        return;
    }
    let said = said(linked);
    for (number, synonym) in synonyms.list().iter().enumerate() {
        let is_said = |spelling: &String| Words::of(spelling).iter().all(|(word, _)| said.contains(word));
        if !synonyms.spellings(number).iter().any(is_said) {
            let mut place = place_of(reader, &synonym.at);
            place.width = synonym.word.chars().count() as u32;
            let message = format!("no phrase, keyword or value says \"{}\" or what counts as it", synonym.word);
            reader
                .problems
                .warning(code::UNUSED, place, message)
                .hint("words under `words:` make the bot's own phrases understood in more ways; alone they do nothing");
        }
    }
    merged_values(linked, reader);
}

/// Two values of one entity that count as one word could never be told apart: a message with either would have both.
fn merged_values(linked: &Linked, reader: &mut Reader<'_>) {
    let synonyms = &linked.program.synonyms;
    for (number, synonym) in synonyms.list().iter().enumerate() {
        let spellings = synonyms.spellings(number);
        for (name, entity) in &linked.program.entities {
            let is_one = |said: &Phrase| spellings.iter().any(|spelling| spelling == Words::of(&said.source).folded());
            let mut merged = entity.values.iter().filter(|value| value.said.iter().any(is_one)).map(|value| &value.key);
            let (Some(first), Some(second)) = (merged.next(), merged.next()) else { continue };
            let mut place = place_of(reader, &synonym.at);
            place.width = synonym.word.chars().count() as u32;
            let message =
                format!("\"{first}\" and \"{second}\" are two values of `{name}`, and count as one word here");
            reader
                .problems
                .error(code::BAD_WORD, place, message)
                .hint("take one of them out of `words:`, or make them one value with both spellings");
        }
    }
}

/// Every word, folded, that a rule or an option has.
fn said(linked: &Linked) -> BTreeSet<String> {
    let program = &linked.program;
    let mut said = BTreeSet::new();
    let mut add = |text: &str| said.extend(Words::of(text).iter().map(|(word, _)| word.to_owned()));
    let of_intents = program.intents.values().flat_map(|intent| {
        intent.phrases.iter().chain(&intent.not_phrases).chain(&intent.keywords).chain(&intent.exclude)
    });
    let of_values = program.entities.values().flat_map(|entity| entity.values.iter().flat_map(|value| &value.said));
    let phrases: Vec<&Phrase> = of_intents.chain(of_values).chain(program.snippets.values().flatten()).collect();
    for phrase in phrases {
        phrase.each_part(&mut |part| {
            if let Part::Text(text) = part {
                add(text);
            }
        });
    }
    let steps = program.flows.values().flat_map(|flow| &flow.code);
    for step in steps {
        let Op::Choose(choose) = &step.op else { continue };
        let Options::Listed(options) = &choose.options else { continue };
        let labels: Vec<&Template> = options.iter().flat_map(|option| option.label.templates()).collect();
        for piece in labels.into_iter().flat_map(|label| &label.pieces) {
            if let Piece::Literal(text) = piece {
                add(text);
            }
        }
    }
    said
}
