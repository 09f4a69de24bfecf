//! From the linked program to the machines. Everything is put into an order of its own first (intents by name, phrases by text),
//! so that the order of files and lines changes nothing.

use std::collections::BTreeSet;

use regex::{Regex, RegexSet};

use crate::flow::{At, Builtin, Cue, Intent, Kind, Op, Part, Phrase, Program, SHIPPED, Synonyms, hearing, kind_words};
use crate::id::EntityName;
use crate::text::{Skeletons, Words};

use super::denials::Denials;
use super::expand::Expander;
use super::fillers::FILLERS;
use super::graph::NodeId;
use super::keywords::KeywordsBuilder;
use super::lower::Lowering;
use super::neighbours::Neighbours;
use super::similarity::{NO_INTENT, Sentence, Similarity};
use super::small_talk::SmallTalk;
use super::templates::Templates;
use super::values::Values;
use super::{KeywordRule, Matcher, Patterns, Rule, Target};

impl Matcher {
    /// Compiles what the program understands. Never fails: what could be wrong was found when the program was linked.
    pub fn compile(program: &Program) -> Self {
        let expander = Expander::new(&program.snippets, &program.entities);
        let fillers = filler_phrases();
        let corrections = correction_phrases();
        let synonyms = &program.synonyms;
        let mut lowering = Lowering::new(&program.snippets, &expander, synonyms);
        // A built-in intent to which the author added phrases is ranked among the author's too, by those phrases.
        let mut own: Vec<&Intent> = program
            .intents
            .values()
            .filter(|intent| !program.small_talk.contains_key(&intent.name))
            .filter(|intent| intent.builtin.is_none() || intent.phrases.iter().any(|phrase| !phrase.is_built_in()))
            .collect();
        own.sort_by(|a, b| a.name.cmp(&b.name));
        let mut builtin: Vec<(Builtin, &Intent)> =
            program.intents.values().filter_map(|intent| Some((intent.builtin?, intent))).collect();
        builtin.sort_by_key(|(builtin, _)| *builtin);

        let mut rules = Vec::new();
        let mut roots = Vec::new();
        let mut literal_words = Vec::new();
        let (mut denied_roots, mut denied) = (Vec::new(), Vec::new());
        let mut near_denials = Denials::default();
        let mut sentences = Vec::new();
        for (number, intent) in (0..).zip(&own) {
            for phrase in sorted(&intent.phrases).into_iter().filter(|phrase| !phrase.is_built_in()) {
                let rule = rules.len() as u32;
                roots.push(lowering.phrase(phrase));
                let needs = needed(&phrase.parts, program).into_iter().cloned().collect();
                rules.push(Rule { needs, intent: number, source: phrase.source.clone(), at: phrase.at.clone() });
                literal_words.push(count_literal_words(&phrase.parts));
                learn(&mut sentences, &expander.sentences(phrase), synonyms, number, rule);
            }
            near_denials.add(number, intent, &expander, synonyms);
            for phrase in sorted(&intent.not_phrases) {
                denied_roots.push(lowering.phrase(phrase));
                denied.push(Target::Intent(number));
                learn(&mut sentences, &expander.sentences(phrase), synonyms, NO_INTENT, u32::MAX);
            }
        }
        for (builtin, intent) in &builtin {
            for phrase in sorted(&intent.not_phrases) {
                denied_roots.push(lowering.phrase(phrase));
                denied.push(Target::Builtin(*builtin));
            }
        }
        let builtin_roots: Vec<(NodeId, Builtin)> = builtin
            .iter()
            .flat_map(|(builtin, intent)| sorted(&intent.phrases).into_iter().map(|phrase| (phrase, *builtin)))
            .map(|(phrase, builtin)| (lowering.phrase(phrase), builtin))
            .collect();
        let near_roots: Vec<NodeId> = hearing()
            .near
            .iter()
            .flat_map(|near| [&near.first, &near.second])
            .map(|half| lowering.phrase(half))
            .collect();
        let maybe_roots: Vec<NodeId> = hearing().maybe.iter().map(|(_, phrase)| lowering.phrase(phrase)).collect();
        let mut angry: Vec<&(u8, Phrase)> = program.frustration.words.iter().collect();
        angry.sort_by(|a, b| (a.0, &a.1.source).cmp(&(b.0, &b.1.source)));
        let angry = angry.into_iter().map(|(weight, phrase)| (Cue::Anger(*weight), phrase));
        let all_cues: Vec<(Cue, &Phrase)> =
            hearing().cues.iter().map(|(cue, phrase)| (*cue, phrase)).chain(angry).collect();
        let cue_roots: Vec<NodeId> = all_cues.iter().map(|(_, phrase)| lowering.phrase(phrase)).collect();
        let (keywords, keyword_rules) = keywords(&own, &builtin, &expander, &mut lowering);
        let small_talk = SmallTalk::build(program, &mut lowering);
        let values = Values::build(&program.entities, &mut lowering);
        let filler_roots: Vec<NodeId> = fillers.iter().map(|phrase| lowering.phrase(phrase)).collect();
        let correction_roots: Vec<NodeId> = corrections.iter().map(|phrase| lowering.phrase(phrase)).collect();
        let keywords = keywords.build(&lowering);
        let Lowering { mut graph, mut vocabulary, .. } = lowering;
        let word_intents = word_intents(&sentences, &mut vocabulary);
        note_neighbours(program, &sentences, &mut vocabulary);
        vocabulary.index(Skeletons::of(&program.languages));
        let roots_of_builtin: Vec<NodeId> = builtin_roots.iter().map(|(root, _)| *root).collect();
        let phrases = Templates::new(&graph, &roots);
        let builtin_phrases = Templates::new(&graph, &roots_of_builtin);
        let near = Templates::new(&graph, &near_roots);
        let maybe = Templates::new(&graph, &maybe_roots);
        let cues = Templates::new(&graph, &cue_roots);
        let denials = Templates::new(&graph, &denied_roots);
        let fillers = Templates::new(&graph, &filler_roots);
        let corrections = Templates::new(&graph, &correction_roots);
        let neighbours = Neighbours::learn(&graph, rules.iter().map(|rule| rule.intent).zip(roots));
        graph.seal();
        Self {
            phrases,
            phrase_rules: rules,
            literal_words,
            neighbours,
            denials,
            denied,
            near_denials,
            builtin_phrases,
            builtins: builtin_roots.into_iter().map(|(_, builtin)| builtin).collect(),
            near,
            maybe,
            cues,
            cue_of: all_cues.iter().map(|(cue, _)| *cue).collect(),
            shouting: [program.frustration.capitals, program.frustration.exclamations],
            maybe_of: hearing().maybe.iter().map(|(builtin, _)| *builtin).collect(),
            near_of: hearing().near.iter().map(|near| near.builtin).collect(),
            small_talk,
            keywords,
            keyword_rules,
            patterns: patterns(&own),
            values,
            fillers,
            corrections,
            similarity: Similarity::learn(sentences, own.len()),
            word_intents,
            kinds: used_kinds(program),
            intents: own.iter().map(|intent| intent.name.clone()).collect(),
            languages: program.languages.clone(),
            zone: program.zone.clone(),
            synonyms: synonyms.clone(),
            graph,
            vocabulary,
        }
    }
}

/// The phrases in an order that the author's order does not change.
fn sorted(phrases: &[Phrase]) -> Vec<&Phrase> {
    let mut sorted: Vec<&Phrase> = phrases.iter().collect();
    sorted.sort_by(|a, b| (&a.source, &a.language, &a.at).cmp(&(&b.source, &b.language, &b.at)));
    sorted
}

/// The entities with listed values of which every wording of the parts has one. What a snippet holds is not looked into.
fn needed<'p>(parts: &'p [Part], program: &Program) -> BTreeSet<&'p EntityName> {
    let listed = |name: &EntityName| program.entities.get(name).is_some_and(|entity| !entity.values.is_empty());
    let of = |part: &'p Part| match part {
        Part::Entity { entity, .. } if listed(entity) => BTreeSet::from([entity]),
        Part::Choice(all) => {
            let mut each = all.iter().map(|parts| needed(parts, program));
            let first = each.next().unwrap_or_default();
            each.fold(first, |common, other| common.intersection(&other).copied().collect())
        }
        _ => BTreeSet::new(),
    };
    parts.iter().flat_map(of).collect()
}

/// Adds the sentences of one phrase, whose weights sum to one.
fn learn(sentences: &mut Vec<Sentence>, texts: &[String], synonyms: &Synonyms, intent: u32, phrase: u32) {
    let weight = 1.0 / texts.len().max(1) as f32;
    sentences.extend(texts.iter().map(|text| {
        let words = synonyms.canonical(&Words::of(text)).into_owned();
        Sentence { intent, phrase, words, weight }
    }));
}

fn built_in() -> At {
    At { file: "built-in".into(), line: 1, column: 1 }
}

fn filler_phrases() -> Vec<Phrase> {
    FILLERS
        .iter()
        .flat_map(|(language, phrases)| phrases.iter().map(move |source| (*language, *source)))
        .filter_map(|(language, source)| Phrase::parse(source, Some(language.into()), built_in()).ok())
        .collect()
}

fn correction_phrases() -> Vec<Phrase> {
    SHIPPED
        .iter()
        .filter_map(|language| Some((*language, kind_words(language)?)))
        .flat_map(|(language, words)| words.correction.before.iter().map(move |text| (language, text)))
        .map(|(language, text)| Phrase::literal(text, Some(language.into()), built_in()))
        .collect()
}

fn count_literal_words(parts: &[Part]) -> u32 {
    parts
        .iter()
        .map(|part| match part {
            Part::Text(text) => Words::of(text).len() as u32,
            Part::Choice(all) => all.iter().map(|parts| count_literal_words(parts)).min().unwrap_or(0),
            Part::Snippet(_) => 1,
            Part::Optional(_) | Part::Entity { .. } => 0,
        })
        .sum()
}

fn keywords<'p>(
    own: &[&'p Intent],
    builtin: &[(Builtin, &'p Intent)],
    expander: &Expander<'p>,
    lowering: &mut Lowering<'p>,
) -> (KeywordsBuilder, Vec<KeywordRule>) {
    let mut builder = KeywordsBuilder::default();
    let mut rules: Vec<KeywordRule> = Vec::new();
    let targets = (0..).zip(own).map(|(number, intent)| (Target::Intent(number), *intent));
    let targets = targets.chain(builtin.iter().map(|(builtin, intent)| (Target::Builtin(*builtin), *intent)));
    for (target, intent) in targets {
        let all = sorted(&intent.keywords).into_iter().map(|phrase| (phrase, false));
        for (phrase, excludes) in all.chain(sorted(&intent.exclude).into_iter().map(|phrase| (phrase, true))) {
            builder.add(rules.len() as u32, phrase, expander, lowering);
            let (source, at) = (phrase.source.clone(), phrase.at.clone());
            rules.push(KeywordRule { target, excludes, source, at, sharers: 1 });
        }
    }
    // A keyword that several intents have speaks for each of them less.
    let mut by_text: Vec<(String, Target, usize)> = rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| !rule.excludes)
        .map(|(number, rule)| {
            let words = Words::of(&rule.source);
            (lowering.synonyms.canonical(&words).folded().to_owned(), rule.target, number)
        })
        .collect();
    by_text.sort_unstable();
    for same in by_text.chunk_by(|a, b| a.0 == b.0) {
        let sharers = same.chunk_by(|a, b| a.1 == b.1).count() as u32;
        for (_, _, number) in same {
            rules[*number].sharers = sharers;
        }
    }
    (builder, rules)
}

fn patterns(own: &[&Intent]) -> Patterns {
    let mut list: Vec<(Regex, Rule)> = Vec::new();
    for (number, intent) in (0..).zip(own) {
        let mut patterns: Vec<_> = intent.patterns.iter().collect();
        patterns.sort_by(|a, b| (&a.source, &a.at).cmp(&(&b.source, &b.at)));
        list.extend(patterns.into_iter().filter_map(|pattern| {
            let rule =
                Rule { needs: Vec::new(), intent: number, source: pattern.source.clone(), at: pattern.at.clone() };
            Some((Regex::new(&format!("(?i:{})", pattern.source)).ok()?, rule))
        }));
    }
    let set = RegexSet::new(list.iter().map(|(regex, _)| regex.as_str())).unwrap_or_else(|_| RegexSet::empty());
    Patterns { set, list }
}

/// For each word of the rules the intents whose sentences have it.
fn word_intents(sentences: &[Sentence], vocabulary: &mut super::Vocabulary) -> Vec<Vec<u16>> {
    let mut lists: Vec<Vec<u16>> = Vec::new();
    for sentence in sentences.iter().filter(|sentence| sentence.intent != NO_INTENT) {
        for (word, _) in sentence.words.iter() {
            let id = vocabulary.intern(word) as usize;
            if lists.len() <= id {
                lists.resize(id + 1, Vec::new());
            }
            let intent = sentence.intent as u16;
            if lists[id].last() != Some(&intent) {
                lists[id].push(intent);
            }
        }
    }
    lists
}

/// Which words stand beside each other in sentences, keywords and values: these may be typed without a blank.
fn note_neighbours(program: &Program, sentences: &[Sentence], vocabulary: &mut super::Vocabulary) {
    sentences.iter().for_each(|sentence| vocabulary.note_neighbours(&sentence.words));
    let keywords = program.intents.values().flat_map(|intent| &intent.keywords);
    let values = program.entities.values().flat_map(|entity| &entity.values).flat_map(|value| &value.said);
    keywords.chain(values).for_each(|phrase| vocabulary.note_neighbours(&Words::of(&phrase.source)));
}

/// The built-in kinds that a phrase or a question asks for.
fn used_kinds(program: &Program) -> Vec<Kind> {
    let mut kinds = Vec::new();
    let phrases =
        program.intents.values().flat_map(|intent| &intent.phrases).chain(program.snippets.values().flatten());
    for phrase in phrases {
        phrase.each_part(&mut |part| {
            if let Part::Entity { entity, .. } = part {
                kinds.extend(builtin_kind(entity.as_str()));
            }
        });
    }
    for step in program.flows.values().flat_map(|flow| &flow.code) {
        if let Op::Ask(ask) = &step.op {
            kinds.push(ask.expect.clone());
        }
    }
    kinds.retain(|kind| !kind.is_sent() && !matches!(kind, Kind::Text | Kind::Entity(_)));
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn builtin_kind(name: &str) -> Option<Kind> {
    let all = [
        Kind::YesNo,
        Kind::Name,
        Kind::Email,
        Kind::Phone,
        Kind::Number,
        Kind::Date,
        Kind::Time,
        Kind::Money,
        Kind::Url,
    ];
    all.into_iter().find(|kind| super::kind_name(kind) == name)
}
