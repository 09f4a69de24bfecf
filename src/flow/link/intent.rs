//! Intents: the author's and the built-in ones.

use indexmap::IndexMap;

use crate::flow::document::IntentDoc;
use crate::flow::link::Linker;
use crate::flow::read::Entries;
use crate::flow::report::code;
use crate::flow::tree::NodeId;
use crate::flow::{At, Phrase, Piece, Text, builtin};
use crate::flow::{Builtin, Intent};
use crate::id::{IntentName, Language};

/// Intents that one bot may have.
const INTENTS: usize = 10_000;
/// Phrases that one bot may have.
const PHRASES: usize = 200_000;

impl Linker<'_> {
    pub(crate) fn intents(&mut self) -> IndexMap<IntentName, Intent> {
        let mut intents: IndexMap<IntentName, Intent> = IndexMap::new();
        let phrases = self.by_intent("`phrases`", |doc| doc.phrases);
        let not_phrases = self.by_intent("`not_phrases`", |doc| doc.not_phrases);
        let keywords = self.by_intent("`keywords`", |doc| doc.keywords);
        let mut extensions: Vec<(Builtin, Intent)> = Vec::new();
        for (name, (key, value)) in self.draft.intents.clone() {
            let Some(doc) = self.reader.item::<IntentDoc>(value, &format!("the intent \"{name}\"")) else { continue };
            if let Some(stray) = [
                doc.offer.map(|field| field.node),
                doc.buttons.map(|field| field.node),
                doc.image.map(|field| field.node),
                doc.link.map(|field| field.node),
                doc.cards.map(|field| field.node),
            ]
            .into_iter()
            .flatten()
            .next()
            .filter(|_| doc.answer.is_none())
            {
                let place = self.reader.tree.place(stray);
                self.reader
                    .problems
                    .error(code::MISSING_KEY, place, "this stands beside an `answer`, and the intent has none")
                    .hint("add `answer: …`, or put it under a `say` step of its flow");
            }
            let mut intent = Intent {
                name: IntentName(name.clone()),
                label: doc.label.and_then(|field| self.reader.text(field.node, "the label")),
                phrases: self.phrases(doc.phrases, "phrases"),
                not_phrases: self.phrases(doc.not_phrases, "phrases"),
                keywords: self.keywords(doc.keywords, "keywords"),
                patterns: Vec::new(),
                exclude: self.keywords(doc.exclude, "excluded words"),
                flow: None,
                builtin: None,
                at: self.reader.at_node(key),
            };
            if let Some(field) = doc.patterns {
                let lines = self.reader.lines(field, Entries::Words, "patterns");
                intent.patterns = lines.iter().filter_map(|line| self.pattern(line)).collect();
            }
            for (language, node) in phrases.get(&name).into_iter().flatten() {
                intent.phrases.extend(self.phrases_in(*node, language, "phrases"));
            }
            for (language, node) in not_phrases.get(&name).into_iter().flatten() {
                intent.not_phrases.extend(self.phrases_in(*node, language, "phrases"));
            }
            for (language, node) in keywords.get(&name).into_iter().flatten() {
                intent.keywords.extend(self.keywords_in(*node, language, "keywords"));
            }
            if let Some(label) = &intent.label {
                let default = self.reader.languages.first().cloned();
                let labels = label_phrases(label, default.as_ref());
                intent.phrases.extend(labels);
            }
            match builtin::named(&name).filter(|_| doc.answer.is_none() && !self.starts_a_flow(&name)) {
                Some(kind) => extensions.push((kind, intent)),
                None => {
                    intents.insert(intent.name.clone(), intent);
                }
            }
        }
        self.limits(&intents);
        self.builtin_intents(&mut intents, extensions);
        intents
    }

    /// What language files hold for each intent.
    fn by_intent(
        &mut self,
        what: &str,
        part: impl Fn(&crate::flow::document::FileDoc) -> Option<crate::flow::document::Field<crate::flow::document::Data>>,
    ) -> IndexMap<String, Vec<(Language, NodeId)>> {
        let mut found: IndexMap<String, Vec<(Language, NodeId)>> = IndexMap::new();
        for (language, node) in self.language_sections(part) {
            for (name, key, value) in self.reader.named(node, what) {
                if self.draft.intents.contains_key(&name) {
                    found.entry(name).or_default().push((language.clone(), value));
                } else {
                    self.refer_author_intent(&name, key);
                }
            }
        }
        found
    }

    fn refer_author_intent(&mut self, name: &str, key: NodeId) {
        if self.reader.is_lost(name) {
            return;
        }
        let known: Vec<String> = self.draft.intents.keys().cloned().collect();
        let hint = self.reader.problems.did_you_mean(name, known.iter().map(String::as_str));
        let place = self.reader.tree.place(key);
        let message = format!("there is no intent \"{}\"", crate::flow::tree::shown(name));
        self.reader.problems.error(code::UNKNOWN_NAME, place, message).maybe_hint(hint);
    }

    /// Whether a flow of the author starts on the intent.
    fn starts_a_flow(&self, intent: &str) -> bool {
        let tree = self.reader.tree;
        let author = self.draft.flows.values().filter(|(key, _)| tree.node(*key).file < self.builtin_files);
        author.filter_map(|(_, value)| tree.get(*value, "start_on")).any(|start_on| {
            tree.text(start_on) == Some(intent)
                || tree.items(start_on).iter().any(|&item| tree.text(item) == Some(intent))
        })
    }

    /// Adds the intents that every bot has. An author's intent of the same name that has an answer or a flow of its own
    /// stands beside the built-in one, which is then named `builtin/…`; without them it adds words to the built-in one.
    fn builtin_intents(&mut self, intents: &mut IndexMap<IntentName, Intent>, extensions: Vec<(Builtin, Intent)>) {
        let mut extensions = extensions;
        for (kind, data) in &builtin::data().intents {
            let plain = builtin::intent_name(*kind);
            let name = match intents.contains_key(plain) {
                true => IntentName(format!("builtin/{plain}")),
                false => IntentName::from(plain),
            };
            let mut intent = data.clone();
            intent.name = name.clone();
            if let Some(index) = extensions.iter().position(|(extended, _)| extended == kind) {
                let (_, own) = extensions.swap_remove(index);
                intent.label = own.label.or(intent.label);
                intent.phrases.extend(own.phrases);
                intent.not_phrases.extend(own.not_phrases);
                intent.keywords.extend(own.keywords);
                intent.patterns.extend(own.patterns);
                intent.exclude.extend(own.exclude);
                intent.at = own.at;
            }
            intents.insert(name, intent);
        }
    }

    fn limits(&mut self, intents: &IndexMap<IntentName, Intent>) {
        let phrases: usize = intents.values().map(|intent| intent.phrases.len()).sum();
        let place = match self.draft.intents.values().next() {
            Some((key, _)) => self.reader.tree.place(*key),
            None => return,
        };
        if intents.len() > INTENTS {
            let message = format!("{} intents; one bot may have {INTENTS}", intents.len());
            self.reader.problems.error(code::LIMIT, place, message);
        }
        if phrases > PHRASES {
            let message = format!("{phrases} phrases; one bot may have {PHRASES}");
            self.reader.problems.error(code::LIMIT, place, message);
        }
    }
}

/// A label is a phrase too, in each of its languages, sign for sign.
pub(crate) fn label_phrases(label: &Text, default: Option<&Language>) -> Vec<Phrase> {
    let mut phrases = Vec::new();
    collect(label, default, &mut phrases);
    return phrases;

    fn collect(text: &Text, language: Option<&Language>, phrases: &mut Vec<Phrase>) {
        match text {
            Text::One(template) => {
                if template.pieces.iter().all(|piece| matches!(piece, Piece::Literal(_))) {
                    let at: At = template.at.clone();
                    phrases.push(Phrase::literal(&template.source, language.cloned(), at));
                }
            }
            Text::Several(texts) | Text::OneOf(texts) => texts.iter().for_each(|text| collect(text, language, phrases)),
            Text::In(localized) => {
                localized.0.iter().for_each(|(language, text)| collect(text, Some(language), phrases));
            }
        }
    }
}
