//! The door of the module: from files to a program and a report of everything that is wrong.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::flow::draft::Draft;
use crate::flow::languages::check_language;
use crate::flow::link::Linker;
use crate::flow::program::Program;
use crate::flow::read::Reader;
use crate::flow::report::{Report, code};
use crate::flow::source::{Place, Problems, SourceFile, Sources};
use crate::flow::tree::{Tree, shown};
use crate::flow::{builtin, check};
use crate::id::Language;

/// What came of a load.
#[derive(Debug)]
pub struct Loaded {
    /// The linked bot; none if the report has errors.
    pub program: Option<Program>,
    /// Everything that is wrong, sorted by place.
    pub report: Report,
}

/// The language of a bot that names none.
const DEFAULT_LANGUAGE: &str = "en";

/// Reads the files of a bot, in any order. Never fails otherwise than by its report, and never panics.
pub fn load(files: &[SourceFile]) -> Loaded {
    read(files, |_| ()).0
}

/// Loads, and lets `look` see what was read before it is dropped.
pub(crate) fn read<R>(files: &[SourceFile], look: impl FnOnce(&Reader<'_>) -> R) -> (Loaded, R) {
    let mut all: Vec<SourceFile> = files.to_vec();
    crate::flow::source::sort_files(&mut all);
    let builtin_files = all.len() as u32;
    all.push(builtin::flows_file());
    let sources = Sources::new(&all);
    let mut problems = Problems::new(&sources);
    let tree = Tree::parse(&mut problems);
    let mut reader = Reader {
        tree: &tree,
        problems,
        languages: vec![DEFAULT_LANGUAGE.into()],
        translations: BTreeMap::new(),
        sentences: None,
        texts: IndexMap::new(),
        values: Vec::new(),
        lost: Default::default(),
    };
    // A file that could not be read to its end may define anything, so names that are missing then say nothing.
    let broken =
        reader.problems.has_any(&[code::SYNTAX, code::SWALLOWED, code::TOO_DEEP, code::BAD_CHARACTER, code::ANCHOR]);
    let draft = Draft::read(&mut reader, |file| file >= builtin_files);
    if draft.bot.is_none() && !broken {
        let place = Place { file: 0, line: 1, column: 1, width: 1 };
        let (place, message) = match builtin_files {
            0 => (place, "there is no file of a bot here"),
            _ => (place, "no file says `bot:`"),
        };
        reader.problems.error(code::MISSING_KEY, place, message).hint("write `bot: { name: … }` in one of the files");
    }
    languages(&mut reader, &draft);
    let (mut linked, mut reader) = Linker::new(reader, draft, builtin_files).link();
    if !broken {
        check::run(&mut linked, &mut reader);
    }
    let seen = look(&reader);
    let mut report = reader.problems.into_report().without_echoes();
    if broken {
        report = report.without(&[code::UNKNOWN_NAME, code::STALE_TRANSLATION, code::MISSING_TRANSLATION]);
    }
    let program = (!report.has_errors()).then_some(linked.program);
    (Loaded { program, report }, seen)
}

/// The languages of the bot are needed before anything else is read: a map of languages is a text.
fn languages(reader: &mut Reader<'_>, draft: &Draft) {
    let Some((_, bot)) = draft.bot else { return };
    let Some(languages) = reader.tree.get(bot.node, "languages") else { return };
    let field = crate::flow::document::Field::<crate::flow::document::Words>::at(languages);
    let mut known: Vec<Language> = Vec::new();
    for (name, node) in reader.words(field, "a language") {
        let place = reader.tree.place(node);
        let language = Language(name.to_lowercase());
        if let Err(hint) = check_language(&name) {
            reader.problems.error(code::BAD_VALUE, place, format!("\"{}\" is not a language", shown(&name))).hint(hint);
        } else if known.contains(&language) {
            reader.problems.error(code::DUPLICATE_NAME, place, format!("the language \"{name}\" stands here twice"));
        } else {
            known.push(language);
        }
    }
    if !known.is_empty() {
        reader.languages = known;
    }
}
