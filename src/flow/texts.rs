//! Reading what the bot says: one message or several, variants, languages side by side, and the translations of language
//! files.

use std::collections::BTreeMap;

use crate::flow::languages::is_language;
use crate::flow::read::{Entries, Reader};
use crate::flow::report::code;
use crate::flow::source::Place;
use crate::flow::tree::{Data, NodeId, shown};
use crate::flow::{Localized, Piece, Template, Text, traps};
use crate::id::Language;

/// What language files have to do with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Translate {
    /// Visitors read it.
    Needed,
    /// Only agents read it.
    Allowed,
    /// It has its language already.
    Never,
}

impl Reader<'_> {
    /// What the bot says, with the translations of language files.
    pub(crate) fn text(&mut self, node: NodeId, what: &str) -> Option<Text> {
        self.text_in(node, what, Translate::Needed)
    }

    /// What only agents read: it may be translated, and need not be.
    pub(crate) fn inner_text(&mut self, node: NodeId, what: &str) -> Option<Text> {
        self.text_in(node, what, Translate::Allowed)
    }

    /// A text that is a translation itself.
    pub(crate) fn translation(&mut self, node: NodeId) -> Option<Text> {
        self.text_in(node, "a translation", Translate::Never)
    }

    fn text_in(&mut self, node: NodeId, what: &str, translate: Translate) -> Option<Text> {
        match &self.tree.node(node).data {
            Data::Bad => None,
            Data::Scalar(_) => {
                let source = self.prose(node, what)?;
                if let Some(sentence) = self.sentences.and_then(|sentences| sentences.get(&source)) {
                    return Some(sentence.clone());
                }
                let template = self.template(&source, node)?;
                Some(match translate {
                    Translate::Never => Text::One(template),
                    Translate::Needed | Translate::Allowed => self.translated(template, node, translate),
                })
            }
            Data::List(items) => {
                let items = items.clone();
                traps::split_by_comma(&mut self.problems, self.tree, node, Entries::Sentences);
                self.texts(&items, node, what, translate).map(Text::Several)
            }
            Data::Map(_) => {
                if let Some(variants) = self.tree.get(node, "one_of") {
                    for &(key, value) in self.tree.entries(node) {
                        if self.tree.text(key) != Some("one_of") {
                            self.unknown_key(key, value, &["one_of"], "a text with variants");
                        }
                    }
                    let items = match &self.tree.node(variants).data {
                        Data::List(items) => items.clone(),
                        _ => {
                            self.problems.error(
                                code::BAD_VALUE,
                                self.tree.place(variants),
                                "`one_of` is a list of texts",
                            );
                            return None;
                        }
                    };
                    traps::split_by_comma(&mut self.problems, self.tree, variants, Entries::Sentences);
                    return self.texts(&items, variants, what, translate).map(Text::OneOf);
                }
                if !self.is_language_map(node) {
                    if !traps::map_for_text(&mut self.problems, self.tree, node) {
                        let place = self.tree.place(node);
                        self.problems
                            .error(code::BAD_VALUE, place, format!("{what} is a text here, and this is a map"))
                            .hint("a map may only hold languages (`en: …`) or variants (`one_of: […]`)");
                    }
                    return None;
                }
                let mut texts = BTreeMap::new();
                for (key, value) in self.tree.entries(node).to_vec() {
                    if let (Some(language), Some(text)) =
                        (self.language(key), self.text_in(value, what, Translate::Never))
                    {
                        texts.insert(language, text);
                    }
                }
                let missing: Vec<Language> =
                    self.languages.iter().filter(|language| !texts.contains_key(*language)).cloned().collect();
                if translate == Translate::Needed {
                    self.missing_translation(&missing, self.tree.place(node), "text");
                }
                (!texts.is_empty()).then_some(Text::In(Localized(texts)))
            }
        }
    }

    fn texts(&mut self, items: &[NodeId], node: NodeId, what: &str, translate: Translate) -> Option<Vec<Text>> {
        if items.is_empty() {
            self.problems.error(code::EMPTY, self.tree.place(node), format!("{what} is empty"));
            return None;
        }
        let texts: Vec<Text> = items.iter().filter_map(|&item| self.text_in(item, what, translate)).collect();
        (!texts.is_empty()).then_some(texts)
    }

    pub(crate) fn template(&mut self, source: &str, node: NodeId) -> Option<Template> {
        match Template::parse(source, self.at_node(node)) {
            Ok(template) => Some(template),
            Err(error) => {
                self.template_error(&error, source, node, code::BAD_TEMPLATE);
                None
            }
        }
    }

    /// The text with what language files say for it.
    fn translated(&mut self, template: Template, node: NodeId, translate: Translate) -> Text {
        let Some(default) = self.languages.first().cloned() else { return Text::One(template) };
        let mut texts = BTreeMap::new();
        for translation in self.translations.get_mut(&template.source).into_iter().flatten() {
            translation.used = true;
            texts.insert(translation.language.clone(), translation.text.clone());
        }
        let has_words = template
            .pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Literal(text) if text.chars().any(char::is_alphabetic)));
        if has_words {
            self.texts.entry(template.source.clone()).or_insert(node);
            let missing: Vec<Language> =
                self.languages.iter().skip(1).filter(|language| !texts.contains_key(*language)).cloned().collect();
            if translate == Translate::Needed {
                self.missing_translation(&missing, self.tree.place(node), "text");
            }
        }
        if texts.is_empty() {
            return Text::One(template);
        }
        texts.insert(default, Text::One(template));
        Text::In(Localized(texts))
    }

    /// One warning for each language, so that a report can count them.
    pub(crate) fn missing_translation(&mut self, missing: &[Language], place: Place, what: &str) {
        for language in missing {
            let tag = language.as_str();
            self.problems
                .warning(code::MISSING_TRANSLATION, place, format!("this {what} is missing in {tag}"))
                .about(language)
                .hint(format!("`frontdesk texts {tag}` lists what is missing"));
        }
    }

    /// Whether all keys of a map could be languages, at least one of them a language of the bot.
    pub(crate) fn is_language_map(&self, node: NodeId) -> bool {
        let keys: Vec<&str> = self.tree.entries(node).iter().filter_map(|(key, _)| self.tree.text(*key)).collect();
        let known = |key: &str| self.languages.iter().any(|language| language.as_str() == key.to_lowercase());
        !keys.is_empty() && keys.iter().all(|key| is_language(key)) && keys.iter().any(|key| known(key))
    }

    /// A language of the bot by its key.
    pub(crate) fn language(&mut self, key: NodeId) -> Option<Language> {
        let name = self.tree.text(key).unwrap_or("").to_lowercase();
        if let Some(language) = self.languages.iter().find(|language| language.as_str() == name) {
            return Some(language.clone());
        }
        let known = self.languages.iter().map(|language| language.0.clone()).collect::<Vec<_>>();
        self.problems
            .error(code::UNKNOWN_NAME, self.tree.place(key), format!("the bot has no language \"{}\"", shown(&name)))
            .hint(format!("add it to `languages:` under `bot:`, which has {}", known.join(", ")));
        None
    }
}
