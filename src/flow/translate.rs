//! Keeps a language file up to date: every text of the bot stands in it, what was translated stays as it is, and what the bot
//! no longer says is marked. The author's own lines and comments are never touched.

use std::fmt::Write as _;

use indexmap::IndexMap;

use crate::flow::load;
use crate::flow::source::{SourceFile, Sources};
use crate::flow::tree::{NodeId, Tree};
use crate::flow::{At, Problem};
use crate::id::Language;

/// A language file, brought up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Translated {
    /// The file that it replaces; none if the bot had no file of this language.
    pub path: Option<String>,
    /// Its new text.
    pub text: String,
    /// Texts that have no translation yet, each with its place in the bot.
    pub missing: Vec<(At, String)>,
    /// Translations of texts that the bot does not say, each with its place in the language file.
    pub stale: Vec<(At, String)>,
}

/// What stands above an entry whose text the bot no longer has.
const STALE_MARK: &str = "# The bot no longer says this:";

/// Brings the file of a language up to date.
///
/// # Errors
///
/// The problems that keep the bot from being read; the file could then lose translations.
pub fn texts(files: &[SourceFile], language: &Language) -> Result<Translated, Vec<Problem>> {
    let (loaded, wanted) = load::read(files, |reader| {
        let texts = reader.texts.iter().map(|(source, node)| (source.clone(), reader.at_node(*node)));
        texts.collect::<IndexMap<String, At>>()
    });
    // A language that the bot does not have yet is no reason to refuse: its file is what is being written.
    let errors: Vec<Problem> = loaded.report.errors().problems().to_vec();
    let own = |problem: &Problem| {
        let tag = format!("\"{}\"", language.as_str());
        problem.message.contains("the bot has no language") && problem.message.contains(&tag)
    };
    if errors.iter().any(|problem| !own(problem)) {
        return Err(errors);
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
    let missing: Vec<(At, String)> = wanted
        .iter()
        .filter(|(source, _)| !translated.get(*source).is_some_and(|(_, done)| *done))
        .map(|(source, at)| (at.clone(), source.clone()))
        .collect();
    let stale: Vec<(NodeId, String)> = translated
        .iter()
        .filter(|(source, _)| !wanted.contains_key(*source))
        .map(|(source, (key, _))| (*key, source.clone()))
        .collect();
    let new: Vec<&(At, String)> = missing.iter().filter(|(_, source)| !translated.contains_key(source)).collect();
    let target = roots.iter().copied().find(|root| tree.get(*root, "texts").is_some()).or(roots.first().copied());
    let text = match target {
        None => format!("language: {}\n\ntexts:\n{}", language.as_str(), entries(&new)),
        Some(root) => rewrite(&tree, &sources, root, &new, &stale),
    };
    let path =
        target.and_then(|root| sources.files.get(tree.node(root).file as usize)).map(|source| source.path.to_string());
    let stale = stale.into_iter().map(|(key, source)| (sources.at(tree.place(key)), source)).collect();
    Ok(Translated { path, text, missing, stale })
}

/// New entries, under the file that their text stands in.
fn entries(new: &[&(At, String)]) -> String {
    let mut text = String::new();
    let mut file = None;
    for (at, source) in new {
        if file != Some(&at.file) {
            let _ = writeln!(text, "  # {}", at.file);
            file = Some(&at.file);
        }
        // A JSON string is a YAML text in quotes, whatever is in it.
        let _ = writeln!(text, "  {}:", serde_json::Value::from(source.as_str()));
    }
    text
}

fn rewrite(tree: &Tree, sources: &Sources, root: NodeId, new: &[&(At, String)], stale: &[(NodeId, String)]) -> String {
    let file = tree.node(root).file;
    let Some(source) = sources.files.get(file as usize) else { return String::new() };
    let texts = tree.get(root, "texts");
    let last = texts.and_then(|texts| tree.entries(texts).last().copied());
    // New entries stand after the last one; a text block ends on the line before its end.
    let after = last.map(|(key, value)| {
        let (begin, end) = (tree.node(key).start, tree.node(value).end);
        if end.column == 0 && end.line > begin.line { end.line - 1 } else { end.line }
    });
    let marked: Vec<u32> = stale
        .iter()
        .filter(|(key, _)| tree.node(*key).file == file)
        .map(|(key, _)| tree.node(*key).start.line)
        .filter(|line| source.line(line.saturating_sub(1)).trim() != STALE_MARK)
        .collect();
    let mut text = String::new();
    let last_line = if source.text.ends_with('\n') { source.line_count() - 1 } else { source.line_count() };
    for number in 1..=last_line {
        let line = source.line(number);
        if marked.contains(&number) {
            let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
            let _ = writeln!(text, "{indent}{STALE_MARK}");
        }
        text.push_str(line);
        text.push('\n');
        if after == Some(number) {
            text.push_str(&entries(new));
        }
    }
    if after.is_none() && !new.is_empty() {
        // `texts:` is missing or empty.
        if texts.is_none() {
            text.push_str("\ntexts:\n");
        }
        text.push_str(&entries(new));
    }
    text
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
}
