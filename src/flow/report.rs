//! What is wrong with a bot, for its author: a place, the line with carets, one sentence, and the mend. It only holds and
//! prints problems; `source` knows where the lines are, and the checks know what is wrong.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::flow::At;
use crate::id::Language;

/// Everything found in one load, sorted by place.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    problems: Vec<Problem>,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The stable name of the check; one of [`CODES`].
    pub code: &'static str,
    /// Whether the bot can run with it.
    pub severity: Severity,
    /// Where it is.
    pub at: At,
    /// How many characters from there it covers; at least 1, never past the end of the line.
    pub width: u32,
    /// The line of the file as the author wrote it.
    pub line: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Other places that have to do with it, each with a few words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<(At, String)>,
    /// The language that is missing something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// Whether a bot with the problem can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It cannot.
    Error,
    /// It can, but it is probably not what the author wants.
    Warning,
}

impl Report {
    /// A report of these problems, sorted by place and without repetitions.
    pub fn new(mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| (&a.at, a.severity, a.code, &a.message).cmp(&(&b.at, b.severity, b.code, &b.message)));
        problems.dedup_by(|a, b| a.code == b.code && a.at == b.at && a.message == b.message);
        Self { problems }
    }

    /// The problems, sorted by place.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether the bot cannot run.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// How many problems are errors, and how many are warnings.
    pub fn counts(&self) -> (usize, usize) {
        let errors = self.problems.iter().filter(|problem| problem.severity == Severity::Error).count();
        (errors, self.problems.len() - errors)
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// The same report with more problems, such as those of checks that need a matcher.
    #[must_use]
    pub fn with(mut self, more: Vec<Problem>) -> Self {
        if more.is_empty() {
            return self;
        }
        self.problems.extend(more);
        Self::new(self.problems)
    }

    /// The report without the problems of some checks.
    #[must_use]
    pub(crate) fn without(mut self, codes: &[&str]) -> Self {
        self.problems.retain(|problem| !codes.contains(&problem.code));
        self
    }

    /// The report without what only follows from a line that YAML could not read.
    #[must_use]
    pub(crate) fn without_echoes(mut self) -> Self {
        let unread = |problem: &Problem| [code::SYNTAX, code::SWALLOWED, code::ANCHOR].contains(&problem.code);
        let lines: std::collections::HashSet<(std::sync::Arc<str>, u32)> = self
            .problems
            .iter()
            .filter(|problem| unread(problem))
            .map(|problem| (problem.at.file.clone(), problem.at.line))
            .collect();
        self.problems.retain(|problem| unread(problem) || !lines.contains(&(problem.at.file.clone(), problem.at.line)));
        self
    }

    /// The report without warnings.
    #[must_use]
    pub fn errors(mut self) -> Self {
        self.problems.retain(|problem| problem.severity == Severity::Error);
        self
    }

    /// The report for machines.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(&self.problems).unwrap_or_default()
    }
}

/// For people: errors come last, where the eye is when the command ends. What one file is missing in one language is one
/// line, however much it is; `frontdesk texts` lists it. Of each kind of advice only some is told. The report for machines has
/// it all.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (errors, warnings): (Vec<_>, Vec<_>) =
            self.problems.iter().partition(|problem| problem.severity == Severity::Error);
        let mut missing: BTreeMap<(&str, &Language), Vec<&Problem>> = BTreeMap::new();
        for problem in &self.problems {
            if let Some(language) = &problem.language {
                missing.entry((&problem.at.file, language)).or_default().push(problem);
            }
        }
        let mut blank = "";
        let mut told: BTreeMap<&str, usize> = BTreeMap::new();
        for problem in warnings {
            if advice::ALL.iter().any(|(code, _)| *code == problem.code) {
                let told = told.entry(problem.code).or_default();
                *told += 1;
                if *told > advice::TOLD_MAX {
                    continue;
                }
            }
            let rows = problem.language.as_ref().and_then(|language| missing.get(&(&*problem.at.file, language)));
            match (rows.map(Vec::as_slice), &problem.language) {
                (Some([first, _, ..]), Some(_)) if !std::ptr::eq(*first, problem) => continue,
                (Some(rows @ [_, _, ..]), Some(language)) => {
                    let (at, code, count, tag) = (&problem.at, problem.code, rows.len(), language.as_str());
                    write!(f, "{blank}{at}: warning[{code}]: {count} texts of this file are missing in {tag}, ")?;
                    writeln!(f, "the first one here: run `frontdesk texts {tag}`")?;
                }
                _ => write!(f, "{blank}{problem}")?,
            }
            blank = "\n";
        }
        for (code, told) in told.into_iter().filter(|(_, told)| *told > advice::TOLD_MAX) {
            let more = told - advice::TOLD_MAX;
            writeln!(f, "{blank}and {more} more of warning[{code}]: `frontdesk check --json` lists them all")?;
            blank = "\n";
        }
        for problem in errors {
            write!(f, "{blank}{problem}")?;
            blank = "\n";
        }
        Ok(())
    }
}

/// How much of a line is shown: enough for a text, and never a whole minified file.
const SHOWN_CHARS: usize = 120;

/// A line of a file with carets below a stretch of it; nothing where the line is blank.
#[derive(Debug, Clone, Copy)]
pub struct Excerpt<'a> {
    /// The line.
    pub line: &'a str,
    /// Where the stretch begins, in characters from 1.
    pub column: u32,
    /// How many characters it covers.
    pub width: u32,
}

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line.trim().is_empty() {
            return Ok(());
        }
        let column = self.column.saturating_sub(1) as usize;
        // A long line is shown from a little before the place, so that the carets are never off the screen.
        let skipped = if column > SHOWN_CHARS * 2 / 3 { column - SHOWN_CHARS / 3 } else { 0 };
        let shown: String =
            self.line.chars().skip(skipped).take(SHOWN_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let carets = (self.width.max(1) as usize).min(shown.chars().count().saturating_sub(column - skipped).max(1));
        writeln!(f, "  | {}", shown.trim_end())?;
        writeln!(f, "  | {}{}", " ".repeat(column - skipped), "^".repeat(carets))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        writeln!(f, "{}: {severity}[{}]: {}", self.at, self.code, self.message)?;
        write!(f, "{}", Excerpt { line: &self.line, column: self.at.column, width: self.width })?;
        if let Some(hint) = &self.hint {
            writeln!(f, "  = {hint}")?;
        }
        for (at, words) in &self.related {
            writeln!(f, "  - {at}: {words}")?;
        }
        Ok(())
    }
}

/// What only a compiled bot can tell, by how it understands its own phrases: never an error, and of a large bot there may be
/// much of it.
pub mod advice {
    /// A phrase that the bot takes for something else.
    pub const OUTSCORED: &str = "outscored";
    /// A phrase that would go to another intent if it were worded a little differently.
    pub const NEAR_PHRASE: &str = "near_phrase";
    /// A keyword that wins what is like a phrase of another intent.
    pub const SHADOWING_KEYWORD: &str = "shadowing_keyword";
    /// A keyword that two intents have.
    pub const SHARED_KEYWORD: &str = "shared_keyword";

    /// The names of these checks, each with what it finds.
    pub const ALL: [(&str, &str); 4] = [
        (OUTSCORED, "a phrase that the bot takes for something else"),
        (NEAR_PHRASE, "a phrase that would go to another intent if it were worded a little differently"),
        (SHADOWING_KEYWORD, "a keyword that wins what is like a phrase of another intent"),
        (SHARED_KEYWORD, "a keyword that two intents have"),
    ];

    /// So much of each kind is told to people.
    pub(super) const TOLD_MAX: usize = 5;
}

/// Declares each code once, as a constant and as a row of [`CODES`].
macro_rules! codes {
    ($($name:ident = $code:literal: $what:literal),* $(,)?) => {
        /// The names of all checks, each with what it finds.
        pub const CODES: &[(&str, &str)] = &[$(($code, $what)),*];

        /// The codes as constants, so that a check cannot misspell its own.
        pub(crate) mod code {
            $(pub(crate) const $name: &str = $code;)*
        }
    };
}

codes! {
    ANCHOR = "anchor": "an anchor, an alias or a tag, or a text that begins like one",
    BAD_CHARACTER = "bad_character": "a byte or character that no text file should hold",
    BAD_EXPRESSION = "bad_expression": "an expression that cannot be read",
    BAD_NAME = "bad_name": "a name with characters that names cannot have",
    BAD_PATTERN = "bad_pattern": "a regular expression that cannot be read or is too large",
    BAD_PHRASE = "bad_phrase": "a sentence template that cannot be read",
    BAD_TEMPLATE = "bad_template": "a text whose {{ }} cannot be read",
    BAD_TIME = "bad_time": "a time, day, range or length of time that cannot be read",
    BAD_VALUE = "bad_value": "a value of another kind than the key needs",
    BAD_WORD = "bad_word": "a word under `words:` that cannot count as the other one",
    CLOSED_FLOW = "closed_flow": "a queue that closes and has no flow for that",
    DUPLICATE_KEY = "duplicate_key": "a key written twice in one map",
    DUPLICATE_NAME = "duplicate_name": "a name defined twice",
    DUPLICATE_PLACE = "duplicate_place": "two waiting steps that would have the same name",
    EMPTY = "empty": "a text or block with nothing in it",
    EMPTY_FIT = "empty_fit": "a phrase or pattern that fits the empty text",
    ENDLESS = "endless": "steps that go round without ever waiting for anybody",
    EXAMPLE_REJECTED = "example_rejected": "an example that its own pattern rejects",
    EXCLUDE_OWN_PHRASE = "exclude_own_phrase": "an excluded word that is in a phrase of the same intent",
    GOTO_AMBIGUOUS = "goto_ambiguous": "a name that is both a step and a flow",
    GOTO_OUT_OF_RUN = "goto_out_of_run": "a goto that leaves a flow which another flow runs",
    INTENT_UNANSWERED = "intent_unanswered": "an intent with neither an answer nor a flow",
    LIMIT = "limit": "more of something than one bot may hold",
    MISSING_KEY = "missing_key": "a key that is needed",
    MISSING_TRANSLATION = "missing_translation": "a text that is not in every language of the bot",
    NO_SUCH_FIELD = "no_such_field": "a field that the sample of the service does not have",
    NOT_YET = "not_yet": "a name kept for a later version",
    READ_BEFORE_SET = "read_before_set": "a slot that is read where it may be empty",
    SHARED_PHRASE = "shared_phrase": "a phrase that two intents share",
    SNIPPET_CYCLE = "snippet_cycle": "snippets that lead back to themselves",
    STALE_TRANSLATION = "stale_translation": "a translation of something that the bot does not say",
    STUCK = "stuck": "a step from which neither a person nor an end is reachable",
    SWALLOWED = "swallowed": "a text that YAML would cut or bend",
    SYNTAX = "syntax": "a file that is not YAML",
    TOO_DEEP = "too_deep": "blocks nested too deeply",
    TOO_LONG = "too_long": "a text that is too long",
    TWO_FLOWS = "two_flows": "two flows, or a flow and an answer, for one intent",
    TWO_VERBS = "two_verbs": "a step that does two things, or nothing",
    UNKNOWN_KEY = "unknown_key": "a key that does not exist here",
    UNKNOWN_NAME = "unknown_name": "a name that nothing defines",
    UNREACHABLE = "unreachable": "a step that is never reached",
    UNUSED = "unused": "something that is defined and never used",
}
