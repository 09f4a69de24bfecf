//! The files as text, with lines and columns, and the collector of problems. It knows nothing of YAML.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::flow::At;
use crate::flow::report::{Problem, Report, Severity};
use crate::id::Language;

/// One file of a bot: where it stands under the bot's folder, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path relative to the bot's folder, with `/`.
    pub path: Arc<str>,
    /// The text.
    pub text: String,
}

impl SourceFile {
    /// A file of a text.
    pub fn new(path: impl Into<Arc<str>>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// A file of bytes. Bytes that are not UTF-8 become U+FFFD, which `load` reports at their place.
    pub fn from_bytes(path: impl Into<Arc<str>>, bytes: &[u8]) -> Self {
        // Text of 16-bit units would be thousands of bad characters; it is told as what it is.
        let zeros = bytes.iter().take(512).filter(|byte| **byte == 0).count();
        let wide = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
        if wide || bytes.len() > 8 && zeros * 3 > bytes.len().min(512) {
            return Self::new(path, UTF_16);
        }
        Self::new(path, String::from_utf8_lossy(bytes))
    }

    /// Whether a file of this name belongs to a bot: `*.yaml` or `*.yml`, and not hidden, nor in a hidden folder.
    pub fn belongs(path: &str) -> bool {
        let visible = path.split('/').all(|part| !part.starts_with('.'));
        visible && (path.ends_with(".yaml") || path.ends_with(".yml"))
    }
}

/// What stands for the text of a file in UTF-16: a byte order mark of the other order.
pub(crate) const UTF_16: &str = "\u{fffe}";

/// Puts files in the order of their paths, so that a bot does not depend on the order of a folder's entries.
pub fn sort_files(files: &mut [SourceFile]) {
    files.sort_by(|a, b| a.path.cmp(&b.path));
}

/// A stretch of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) file: u32,
    /// From 1.
    pub(crate) line: u32,
    /// In characters, from 1.
    pub(crate) column: u32,
    /// In characters.
    pub(crate) width: u32,
}

impl Place {
    /// The place `chars` further right, `width` wide.
    pub(crate) fn shifted(self, chars: usize, width: usize) -> Self {
        Self { column: self.column + chars as u32, width: width as u32, ..self }
    }
}

/// A file with the offsets of its lines.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: Arc<str>,
    pub(crate) text: String,
    lines: Vec<usize>,
    /// Line, column and character of what no text file should hold; blanks stand in their place in `text`.
    pub(crate) bad_characters: Vec<(u32, u32, char)>,
}

/// How many bad characters are reported for one file: a picture that was named `.yaml` has thousands.
const BAD_CHARACTERS: usize = 10;

impl Source {
    fn new(file: &SourceFile) -> Self {
        // A byte order mark is no text of the author, and YAML may begin with one.
        let given = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
        let mut text = String::with_capacity(given.len());
        let mut bad_characters = Vec::new();
        let (mut line, mut column) = (1, 1);
        let foreign = foreign_blanks(given);
        let mut chars = given.chars().peekable();
        while let Some(c) = chars.next() {
            // Only `\n` and `\r\n` end a line, here and in every editor that the columns are meant for.
            let bad = match c {
                '\n' | '\t' => false,
                '\r' => chars.peek() != Some(&'\n'),
                '\u{fffd}' | '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}' => true,
                c => c.is_control() || foreign.contains(&(line, column)),
            };
            if bad && bad_characters.len() < BAD_CHARACTERS {
                bad_characters.push((line, column, c));
            }
            text.push(if bad { ' ' } else { c });
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path: file.path.clone(), text, lines, bad_characters }
    }

    /// A line by its number from 1, without its end; empty where there is none.
    pub(crate) fn line(&self, number: u32) -> &str {
        let Some(&start) = (number as usize).checked_sub(1).and_then(|index| self.lines.get(index)) else { return "" };
        let end = self.lines.get(number as usize).map_or(self.text.len(), |next| next - 1);
        self.text.get(start..end).unwrap_or("").trim_end_matches('\r')
    }

    /// The byte at which a line begins.
    pub(crate) fn line_start(&self, number: u32) -> usize {
        (number as usize).checked_sub(1).and_then(|index| self.lines.get(index)).copied().unwrap_or(self.text.len())
    }

    pub(crate) fn line_count(&self) -> u32 {
        self.lines.len() as u32
    }
}

/// Where characters that look like blanks stand in the place of blanks that mean something to YAML: in the indentation, after
/// its dashes, and after the colon of a key. Elsewhere they are text.
fn foreign_blanks(text: &str) -> BTreeSet<(u32, u32)> {
    let foreign = |c: char| matches!(c, '\u{a0}' | '\u{2000}'..='\u{200b}' | '\u{202f}' | '\u{205f}' | '\u{3000}');
    let mut found = BTreeSet::new();
    if !text.contains(foreign) {
        return found;
    }
    for (line, row) in (1..).zip(text.split('\n')) {
        let mut key = false;
        let mut after_colon = false;
        for (column, c) in (1..).zip(row.chars()) {
            match c {
                c if foreign(c) && (!key || after_colon) => {
                    found.insert((line, column));
                }
                ' ' | '-' if !key => {}
                ' ' if after_colon => {}
                ':' if key && !after_colon => after_colon = true,
                c if (c.is_ascii_lowercase() || c == '_') && !after_colon => key = true,
                _ => break,
            }
        }
    }
    found
}

/// All files of a load, and the problems found so far.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) files: Vec<Source>,
}

impl Sources {
    pub(crate) fn new(files: &[SourceFile]) -> Self {
        Self { files: files.iter().map(Source::new).collect() }
    }

    pub(crate) fn at(&self, place: Place) -> At {
        let file = self.files.get(place.file as usize).map_or_else(|| Arc::from(""), |source| source.path.clone());
        At { file, line: place.line, column: place.column }
    }

    pub(crate) fn line(&self, place: Place) -> &str {
        self.files.get(place.file as usize).map_or("", |source| source.line(place.line))
    }

    fn problem(&self, code: &'static str, severity: Severity, place: Place, message: String) -> Problem {
        let line = self.line(place);
        let left = (line.chars().count() as u32 + 1).saturating_sub(place.column).max(1);
        Problem {
            code,
            severity,
            at: self.at(place),
            width: place.width.clamp(1, left),
            line: line.to_owned(),
            message,
            hint: None,
            related: Vec::new(),
            language: None,
        }
    }
}

/// Collects problems.
#[derive(Debug)]
pub(crate) struct Problems<'s> {
    pub(crate) sources: &'s Sources,
    found: Vec<Problem>,
    /// Comparisons left for suggestions, so that a bot with thousands of unknown names is still checked at once.
    comparisons: usize,
    /// Every name that was suggested: what a misspelt one should have been.
    meant: BTreeSet<String>,
}

/// How many pairs of names one load compares for "did you mean".
const COMPARISONS: usize = 2_000_000;

impl<'s> Problems<'s> {
    pub(crate) fn new(sources: &'s Sources) -> Self {
        Self { sources, found: Vec::new(), comparisons: COMPARISONS, meant: BTreeSet::new() }
    }

    /// Adds an error; its hint and related places can be set on what comes back.
    pub(crate) fn error(&mut self, code: &'static str, place: Place, message: impl Into<String>) -> Added<'_> {
        self.add(self.sources.problem(code, Severity::Error, place, message.into()))
    }

    /// Adds a warning.
    pub(crate) fn warning(&mut self, code: &'static str, place: Place, message: impl Into<String>) -> Added<'_> {
        self.add(self.sources.problem(code, Severity::Warning, place, message.into()))
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.found.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Whether files are so broken that a missing name may just stand in the part that could not be read.
    pub(crate) fn has_any(&self, codes: &[&str]) -> bool {
        self.found.iter().any(|problem| codes.contains(&problem.code))
    }

    pub(crate) fn into_report(self) -> Report {
        Report::new(self.found)
    }

    /// `did you mean "x"?`, where a known name is near.
    pub(crate) fn did_you_mean<'n>(&mut self, given: &str, known: impl IntoIterator<Item = &'n str>) -> Option<String> {
        let name = nearest(given, known, &mut self.comparisons)?;
        self.meant.insert(name.to_owned());
        Some(format!("did you mean \"{name}\"?"))
    }

    /// Whether an earlier problem suggested a name: whoever misses it has that problem, not another one.
    pub(crate) fn was_meant(&self, name: &str) -> bool {
        self.meant.contains(name)
    }

    fn add(&mut self, problem: Problem) -> Added<'_> {
        let index = self.found.len();
        self.found.push(problem);
        Added { problem: self.found.get_mut(index), sources: self.sources }
    }
}

/// A problem just added.
pub(crate) struct Added<'p> {
    problem: Option<&'p mut Problem>,
    sources: &'p Sources,
}

impl Added<'_> {
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(problem) = &mut self.problem {
            problem.hint = Some(hint.into());
        }
        self
    }

    pub(crate) fn maybe_hint(self, hint: Option<String>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// The language that is missing something.
    pub(crate) fn about(mut self, language: &Language) -> Self {
        if let Some(problem) = &mut self.problem {
            problem.language = Some(language.clone());
        }
        self
    }

    pub(crate) fn related(mut self, place: Place, words: impl Into<String>) -> Self {
        let at = self.sources.at(place);
        if let Some(problem) = &mut self.problem {
            problem.related.push((at, words.into()));
        }
        self
    }
}

/// The known name nearest to one that is none, if it is near: at most a third of its letters differ.
pub fn near_name<'n>(given: &str, known: &[&'n str]) -> Option<&'n str> {
    let mut comparisons = usize::MAX;
    nearest(given, known.iter().copied(), &mut comparisons)
}

/// The same within a load, whose comparisons are counted.
fn nearest<'n>(given: &str, known: impl IntoIterator<Item = &'n str>, comparisons: &mut usize) -> Option<&'n str> {
    let given_lower = given.to_lowercase();
    let len = given.chars().count();
    if !(3..=60).contains(&len) {
        return None;
    }
    let limit = (len / 3).min(4);
    let mut best: Option<(usize, &str)> = None;
    for name in known {
        if *comparisons == 0 {
            break;
        }
        if name.len().abs_diff(given.len()) > limit * 4 {
            continue;
        }
        *comparisons -= 1;
        let distance = strsim::osa_distance(&given_lower, &name.to_lowercase());
        if distance <= limit && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name)
}
