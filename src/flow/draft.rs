//! All files of a bot as one: which item stands under which name, before any of them is read. Files never merge lists, so a
//! name that stands twice is an error here, with both places.

use indexmap::IndexMap;

use crate::flow::document::{BotDoc, Field, FileDoc, Tests};
use crate::flow::languages::is_language;
use crate::flow::read::Reader;
use crate::flow::report::code;
use crate::flow::tree::{Data, NodeId, shown};
use crate::id::Language;

/// Items by name: where the name stands, and the item.
pub(crate) type Section = IndexMap<String, (NodeId, NodeId)>;

/// A bot as written.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    pub(crate) bot: Option<(NodeId, Field<BotDoc>)>,
    pub(crate) fallback: Option<NodeId>,
    pub(crate) frustration: Option<NodeId>,
    /// `use:`, in each file that has it.
    pub(crate) used: Vec<NodeId>,
    pub(crate) snippets: Section,
    /// `words:`, whose names may be any text: the word, where it stands, and what counts as it.
    pub(crate) words: Vec<(String, NodeId, NodeId)>,
    pub(crate) intents: Section,
    pub(crate) entities: Section,
    pub(crate) flows: Section,
    pub(crate) services: Section,
    pub(crate) queues: Section,
    pub(crate) hours: Section,
    pub(crate) replies: Section,
    pub(crate) invites: Section,
    pub(crate) tests: Vec<NodeId>,
    /// Files of one language, in the order of files.
    pub(crate) languages: Vec<LanguageFile>,
}

/// A file of one language.
#[derive(Debug)]
pub(crate) struct LanguageFile {
    pub(crate) language: Language,
    pub(crate) at: NodeId,
    pub(crate) doc: FileDoc,
}

impl Draft {
    /// Takes the files apart. What `replaceable` says of a file's number is silently replaced by an item of the same name.
    pub(crate) fn read(reader: &mut Reader<'_>, replaceable: impl Fn(u32) -> bool) -> Self {
        let mut draft = Self::default();
        for root in reader.tree.roots.clone() {
            if reader.tree.is_empty(root) {
                continue;
            }
            let Some(doc) = reader.item::<FileDoc>(root, "a file of a bot") else { continue };
            if let Some(language) = doc.language {
                draft.language_file(reader, root, language.node, doc);
            } else {
                draft.file(reader, root, &doc, &replaceable);
            }
        }
        draft
    }

    fn file(&mut self, reader: &mut Reader<'_>, root: NodeId, doc: &FileDoc, replaceable: &impl Fn(u32) -> bool) {
        for (key, value) in reader.tree.entries(root).to_vec() {
            let name = reader.tree.text(key).unwrap_or("").to_owned();
            let section = match name.as_str() {
                "bot" => {
                    match self.bot {
                        Some((first, _)) => twice(reader, key, first, "`bot:` stands once in a bot"),
                        None => self.bot = doc.bot.map(|field| (key, field)),
                    }
                    continue;
                }
                "fallback" => {
                    match self.fallback {
                        Some(first) => twice(reader, key, first, "`fallback:` stands once in a bot"),
                        None => self.fallback = Some(value),
                    }
                    continue;
                }
                "frustration" => {
                    match self.frustration {
                        Some(first) => twice(reader, key, first, "`frustration:` stands once in a bot"),
                        None => self.frustration = Some(value),
                    }
                    continue;
                }
                "tests" => {
                    self.tests(reader, Field::at(value));
                    continue;
                }
                "texts" | "phrases" | "not_phrases" | "keywords" | "values" => {
                    let place = reader.tree.place(key);
                    reader
                        .problems
                        .error(code::UNKNOWN_KEY, place, format!("`{name}:` on top belongs to a file of one language"))
                        .hint("write `language: el` on top of the file, or put it under the intent or entity");
                    continue;
                }
                "use" => {
                    self.used.push(value);
                    continue;
                }
                "words" => {
                    self.words.extend(reader.named(value, "`words`"));
                    continue;
                }
                "snippets" => &mut self.snippets,
                "intents" => &mut self.intents,
                "entities" => &mut self.entities,
                "flows" => &mut self.flows,
                "services" => &mut self.services,
                "queues" => &mut self.queues,
                "hours" => &mut self.hours,
                "replies" => &mut self.replies,
                "invites" => &mut self.invites,
                _ => continue,
            };
            for (item, item_key, item_value) in reader.named(value, &format!("`{name}`")) {
                if !valid_name(&item) {
                    reader.lost.insert(item.clone());
                    let place = reader.tree.place(item_key);
                    reader
                        .problems
                        .error(code::BAD_NAME, place, format!("\"{}\" cannot be a name", shown(&item)))
                        .hint("names have letters, digits, `_` and `-`, and begin with a letter");
                    continue;
                }
                match section.get(&item) {
                    None => {
                        section.insert(item, (item_key, item_value));
                    }
                    Some((first, _)) if replaceable(reader.tree.node(item_key).file) => {
                        let _ = first;
                    }
                    Some((first, _)) => {
                        let message = format!("\"{item}\" is already defined under `{name}:`");
                        twice(reader, item_key, *first, &message);
                    }
                }
            }
        }
    }

    fn tests(&mut self, reader: &mut Reader<'_>, tests: Field<Tests>) {
        match &reader.tree.node(tests.node).data {
            Data::List(items) => self.tests.extend(items),
            Data::Bad => {}
            _ if reader.tree.is_empty(tests.node) => {}
            _ => {
                let place = reader.tree.place(tests.node);
                reader
                    .problems
                    .error(code::BAD_VALUE, place, "`tests` are a list")
                    .hint("begin each test with `- name: …`");
            }
        }
    }

    fn language_file(&mut self, reader: &mut Reader<'_>, root: NodeId, language: NodeId, doc: FileDoc) {
        let Some(name) = reader.scalar(language, "the language") else { return };
        if !is_language(&name) {
            let place = reader.tree.place(language);
            reader
                .problems
                .error(code::BAD_VALUE, place, format!("\"{}\" is not a language", shown(&name)))
                .hint("write its tag, such as el, fil or pt-br");
            return;
        }
        for (key, _) in reader.tree.entries(root).to_vec() {
            let name = reader.tree.text(key).unwrap_or("").to_owned();
            if !["language", "texts", "phrases", "not_phrases", "keywords", "values", "words", "snippets"]
                .contains(&name.as_str())
            {
                let place = reader.tree.place(key);
                reader
                    .problems
                    .error(code::UNKNOWN_KEY, place, format!("`{name}:` does not belong to a file of one language"))
                    .hint("such a file holds texts, phrases, not_phrases, keywords, values, words and snippets; put the rest into another file");
            }
        }
        self.languages.push(LanguageFile { language: Language(name.to_lowercase()), at: language, doc });
    }
}

fn twice(reader: &mut Reader<'_>, key: NodeId, first: NodeId, message: &str) {
    let (place, earlier) = (reader.tree.place(key), reader.tree.place(first));
    reader.problems.error(code::DUPLICATE_NAME, place, message).related(earlier, "the first one");
}

/// A name that can stand in a phrase, in a place name and in an address.
pub(crate) fn valid_name(name: &str) -> bool {
    name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
        && name.chars().count() <= 60
}
