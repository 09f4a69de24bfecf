//! Keeps a language file up to date: every text and every value of the bot stands in it, what was translated stays as it is,
//! and what the bot no longer says is marked. The author's own lines and comments are never touched.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use indexmap::IndexMap;

use crate::flow::load;
use crate::flow::read::ShownValue;
use crate::flow::source::{Source, SourceFile, Sources};
use crate::flow::tree::{Data, NodeId, Tree};
use crate::flow::{At, Problem};
use crate::id::Language;

/// A language file, brought up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// The file that it replaces; none if the bot had no file of this language.
    pub path: Option<String>,
    /// Its new text.
    pub text: String,
    /// Texts and values that have no translation yet, each with its place in the bot.
    pub missing: Vec<(At, String)>,
    /// Translations of texts that the bot does not say, each with its place in the language file.
    pub stale: Vec<(At, String)>,
}

/// Why a language file cannot be written.
#[derive(Debug)]
pub enum TextsError {
    /// The problems that keep the bot from being read; the file could lose translations.
    Bot(Vec<Problem>),
    /// The bot's own files are written in the language.
    Own,
    /// The bot does not have the language; a file of it would be an error. These it has.
    NotListed(Vec<Language>),
    /// A part of the language file stands in `{ }` on a line, where nothing can be added.
    Inline(At),
}

/// What stands above an entry whose text the bot no longer has.
const STALE_MARK: &str = "# The bot no longer says this:";

/// Brings the file of a language up to date.
///
/// # Errors
///
/// Where the file could not be used, or would lose something.
pub fn texts(files: &[SourceFile], language: &Language) -> Result<Translated, TextsError> {
    let (loaded, (languages, wanted, values)) = load::read(files, |reader| {
        let texts = reader.texts.iter().map(|(source, node)| (source.clone(), reader.at_node(*node)));
        (reader.languages.clone(), texts.collect::<IndexMap<String, At>>(), reader.values.clone())
    });
    let errors = loaded.report.errors().problems().to_vec();
    if !errors.is_empty() {
        return Err(TextsError::Bot(errors));
    }
    match languages.iter().position(|known| known == language) {
        None => return Err(TextsError::NotListed(languages)),
        Some(0) => return Err(TextsError::Own),
        Some(_) => {}
    }
    let sources = Sources::new(files);
    let mut problems = crate::flow::source::Problems::new(&sources);
    let tree = Tree::parse(&mut problems);
    let is_own = |root: &NodeId| {
        tree.get(*root, "language")
            .and_then(|node| tree.text(node))
            .is_some_and(|name| name.to_lowercase() == language.as_str())
    };
    let roots: Vec<NodeId> = tree.roots.iter().copied().filter(is_own).collect();
    let mut translated: IndexMap<String, (NodeId, bool)> = IndexMap::new();
    for texts in roots.iter().filter_map(|root| tree.get(*root, "texts")) {
        for (key, value) in tree.entries(texts) {
            let source = tree.text(*key).unwrap_or("").trim_end().to_owned();
            translated.insert(source, (*key, !tree.is_empty(*value)));
        }
    }
    let mut missing: Vec<(At, String)> = wanted
        .iter()
        .filter(|(source, _)| !translated.get(*source).is_some_and(|(_, done)| *done))
        .map(|(source, at)| (at.clone(), source.clone()))
        .collect();
    let stale: Vec<(NodeId, String)> = translated
        .iter()
        .filter(|(source, _)| !wanted.contains_key(*source) && !values.iter().any(|value| value.is_named(source)))
        .map(|(source, (key, _))| (*key, source.clone()))
        .collect();
    let new: Vec<(At, String)> =
        missing.iter().filter(|(_, source)| !translated.contains_key(source)).cloned().collect();
    let values: Vec<ShownValue> = values.into_iter().filter(|value| value.missing.contains(language)).collect();
    missing.extend(
        values.iter().map(|row| (row.at.clone(), format!("the value \"{}\" of \"{}\"", row.value, row.entity))),
    );
    let written = |row: &ShownValue| {
        let entities = roots.iter().filter_map(|root| tree.get(tree.get(*root, "values")?, &row.entity));
        entities.into_iter().any(|entity| tree.get(entity, &row.value).is_some())
    };
    let mut new_values: IndexMap<String, Vec<(At, String)>> = IndexMap::new();
    for row in values.iter().filter(|row| !written(row)) {
        new_values.entry(row.entity.clone()).or_default().push((row.at.clone(), row.value.clone()));
    }
    let target = roots.iter().copied().find(|root| tree.get(*root, "texts").is_some()).or(roots.first().copied());
    let source = target.and_then(|root| sources.files.get(tree.node(root).file as usize));
    let text = match (target, source) {
        (Some(root), Some(source)) => {
            let mut addition = Addition { tree: &tree, source, after: BTreeMap::new(), tail: String::new() };
            addition
                .texts(root, &new)
                .and_then(|()| addition.values(root, &new_values))
                .map_err(|node| TextsError::Inline(sources.at(tree.place(node))))?;
            let file = tree.node(root).file;
            let marked = stale.iter().filter(|(key, _)| tree.node(*key).file == file);
            addition.written(&marked.map(|(key, _)| tree.node(*key).start.line).collect::<Vec<_>>())
        }
        _ => {
            let mut text = format!("language: {}\n", language.as_str());
            if !new.is_empty() {
                let _ = write!(text, "\ntexts:\n{}", entries(&new, 2));
            }
            if !new_values.is_empty() {
                let _ = write!(text, "\nvalues:\n{}", entities(new_values.iter(), 2));
            }
            text
        }
    };
    let path = source.map(|source| source.path.to_string());
    let stale = stale.into_iter().map(|(key, source)| (sources.at(tree.place(key)), source)).collect();
    Ok(Translated { path, text, missing, stale })
}

/// New entries, under the file that their text stands in.
fn entries(new: &[(At, String)], indent: usize) -> String {
    let mut text = String::new();
    let mut file = None;
    for (at, source) in new {
        if file != Some(&at.file) {
            let _ = writeln!(text, "{:indent$}# {}", "", at.file);
            file = Some(&at.file);
        }
        // A JSON string is a YAML text in quotes, whatever is in it.
        let _ = writeln!(text, "{:indent$}{}:", "", serde_json::Value::from(source.as_str()));
    }
    text
}

/// New entities with their values.
fn entities<'n>(new: impl Iterator<Item = (&'n String, &'n Vec<(At, String)>)>, indent: usize) -> String {
    let mut text = String::new();
    for (entity, values) in new {
        let _ = write!(text, "{:indent$}{entity}:\n{}", "", entries(values, indent + 2));
    }
    text
}

/// What is added to a file.
struct Addition<'t> {
    tree: &'t Tree,
    source: &'t Source,
    /// By the number of the line after which it stands.
    after: BTreeMap<u32, String>,
    /// At the end of the file.
    tail: String,
}

/// Where entries can be added to a map.
enum Room {
    /// After a line, with so many blanks before each.
    After(u32, usize),
    /// There is no such map yet.
    None,
}

impl Addition<'_> {
    fn texts(&mut self, root: NodeId, new: &[(At, String)]) -> Result<(), NodeId> {
        if new.is_empty() {
            return Ok(());
        }
        match self.room(root, "texts")? {
            Room::After(line, indent) => self.add(line, &entries(new, indent)),
            Room::None => self.tail.push_str(&format!("\ntexts:\n{}", entries(new, 2))),
        }
        Ok(())
    }

    fn values(&mut self, root: NodeId, new: &IndexMap<String, Vec<(At, String)>>) -> Result<(), NodeId> {
        if new.is_empty() {
            return Ok(());
        }
        let room = self.room(root, "values")?;
        let Room::After(line, indent) = room else {
            self.tail.push_str(&format!("\nvalues:\n{}", entities(new.iter(), 2)));
            return Ok(());
        };
        let mut rest = Vec::new();
        for (entity, values) in new {
            let Some(map) = self.tree.get(root, "values") else { continue };
            match self.room(map, entity)? {
                Room::After(line, indent) => self.add(line, &entries(values, indent)),
                Room::None => rest.push((entity, values)),
            }
        }
        // After what the last entity was given, which may end on the same line.
        self.add(line, &entities(rest.into_iter(), indent));
        Ok(())
    }

    fn add(&mut self, line: u32, text: &str) {
        self.after.entry(line).or_default().push_str(text);
    }

    /// Where entries of the map under a key go.
    fn room(&self, parent: NodeId, name: &str) -> Result<Room, NodeId> {
        let entry = self.tree.entries(parent).iter().find(|(key, _)| self.tree.text(*key) == Some(name));
        let Some(&(key, value)) = entry else { return Ok(Room::None) };
        let begin = self.tree.node(key).start;
        if self.tree.is_empty(value) {
            return Ok(Room::After(begin.line, begin.column as usize + 2));
        }
        match (&self.tree.node(value).data, self.tree.entries(value)) {
            (Data::Map(_), [(first, _), ..]) if !self.tree.node(value).inline => {
                Ok(Room::After(self.last_line(key), self.tree.node(*first).start.column as usize))
            }
            _ => Err(value),
        }
    }

    /// The last line of what stands under a key: all that is indented further.
    fn last_line(&self, key: NodeId) -> u32 {
        let begin = self.tree.node(key).start;
        let mut last = begin.line;
        for number in begin.line + 1..=self.source.line_count() {
            let line = self.source.line(number);
            if line.trim().is_empty() {
                continue;
            }
            let indent = line.chars().take_while(|c| c.is_whitespace()).count();
            if indent <= begin.column as usize {
                break;
            }
            last = number;
        }
        last
    }

    /// The file with all that is new, and a mark above the lines of what is stale.
    fn written(&self, stale: &[u32]) -> String {
        let source = self.source;
        let mut text = String::new();
        let last_line = if source.text.ends_with('\n') { source.line_count() - 1 } else { source.line_count() };
        for number in 1..=last_line {
            let line = source.line(number);
            if stale.contains(&number) && source.line(number.saturating_sub(1)).trim() != STALE_MARK {
                let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
                let _ = writeln!(text, "{indent}{STALE_MARK}");
            }
            text.push_str(line);
            text.push('\n');
            text.push_str(self.after.get(&number).map_or("", String::as_str));
        }
        text.push_str(&self.tail);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOT: &str = "bot: { name: Test, languages: [en, el] }
flows:
  a:
    start_on: conversation_opened
    steps:
      - say: Hello
      - say: Good day
";

    #[test]
    fn a_new_file_holds_every_text() {
        let done = texts(&[SourceFile::new("bot.yaml", BOT)], &"el".into()).unwrap();
        assert_eq!(done.path, None);
        assert_eq!(done.text, "language: el\n\ntexts:\n  # bot.yaml\n  \"Hello\":\n  \"Good day\":\n");
        assert_eq!(done.missing.len(), 2);
    }

    #[test]
    fn an_old_file_keeps_its_lines_and_grows() {
        let greek = "# mine\nlanguage: el\ntexts:\n  Hello: Γεια σας  # formal\n  Bye: Αντίο\nkeywords: {}\n";
        let files = [SourceFile::new("bot.yaml", BOT), SourceFile::new("el.yaml", greek)];
        let done = texts(&files, &"el".into()).unwrap();
        assert_eq!(done.path.as_deref(), Some("el.yaml"));
        assert_eq!(
            done.text,
            "# mine\nlanguage: el\ntexts:\n  Hello: Γεια σας  # formal\n  # The bot no longer says this:\n  Bye: Αντίο\n  \
             # bot.yaml\n  \"Good day\":\nkeywords: {}\n"
        );
        assert_eq!((done.missing.len(), done.stale.len()), (1, 1));
        let again = [SourceFile::new("bot.yaml", BOT), SourceFile::new("el.yaml", done.text.clone())];
        assert_eq!(texts(&again, &"el".into()).unwrap().text, done.text);
    }

    const SHOP: &str = "bot: { name: Test, languages: [en, el] }
intents:
  buy: { phrases: 'I want {cake}', answer: Gladly }
entities:
  cake:
    values:
      Apple pie: |
        pie
      Rye: { en: rye bread, el: σίκαλη }
      '7': |
        seven
  size:
    values: [Large, Small]
";

    #[test]
    fn values_of_entities_are_texts_too() {
        let done = texts(&[SourceFile::new("bot.yaml", SHOP)], &"el".into()).unwrap();
        let values = "values:\n  cake:\n    # bot.yaml\n    \"Apple pie\":\n  size:\n    # bot.yaml\n    \"Large\":\n    \"Small\":\n";
        assert!(done.text.ends_with(values), "{}", done.text);
        assert_eq!(done.missing.len(), 4);
        let again = [SourceFile::new("bot.yaml", SHOP), SourceFile::new("el.yaml", done.text.clone())];
        let again = texts(&again, &"el".into()).unwrap();
        assert_eq!((again.text, again.missing.len()), (done.text, 4));
    }

    #[test]
    fn new_values_stand_with_those_of_their_entity_however_it_is_indented() {
        let greek = "language: el\nvalues:\n    size:\n        Large: |\n            Μεγάλο\n\n            μεγάλη\n\ntexts:\n    \
                     Gladly: Ευχαρίστως\nphrases: {}\n";
        let files = [SourceFile::new("bot.yaml", SHOP), SourceFile::new("el.yaml", greek)];
        let done = texts(&files, &"el".into()).unwrap();
        let expected = greek.replace(
            "            μεγάλη\n",
            "            μεγάλη\n        # bot.yaml\n        \"Small\":\n    cake:\n      # bot.yaml\n      \"Apple pie\":\n",
        );
        assert_eq!(done.text, expected);
        let again = [SourceFile::new("bot.yaml", SHOP), SourceFile::new("el.yaml", done.text.clone())];
        assert_eq!(texts(&again, &"el".into()).unwrap().text, done.text);
    }

    #[test]
    fn a_language_that_the_bot_does_not_have_is_refused() {
        let files = [SourceFile::new("bot.yaml", BOT)];
        assert!(matches!(texts(&files, &"cy".into()), Err(TextsError::NotListed(known)) if known.len() == 2));
        assert!(matches!(texts(&files, &"en".into()), Err(TextsError::Own)));
        let inline =
            [SourceFile::new("bot.yaml", BOT), SourceFile::new("el.yaml", "language: el\ntexts: { Hello: Γεια }\n")];
        assert!(matches!(texts(&inline, &"el".into()), Err(TextsError::Inline(at)) if at.line == 2));
    }
}
