//! One MiniJinja expression: its check, and what it reads. An expression is cut into tokens here so that a report can name
//! what it reads before any value exists; its grammar is MiniJinja's. Values come from a scope, which this module does not know.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::flow::{TemplateError, TemplateProblem};

/// A MiniJinja expression without its braces, checked when the bot was linked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Expr {
    /// The expression as written.
    pub source: String,
}

/// The filters that an expression may use.
pub const FILTERS: [&str; 16] = [
    "upper", "lower", "title", "trim", "default", "length", "first", "last", "join", "round", "replace", "sort",
    "date", "time", "number", "money",
];

/// The functions that an expression may call.
pub const FUNCTIONS: [&str; 4] = ["is_open", "has_agent", "answers_here", "known"];

/// The names that an expression may read beside slots.
pub const ROOTS: [&str; 7] = ["contact", "now", "today", "language", "channel", "message", "hours"];

/// Characters an expression may have; a longer one is a mistake, and the limit bounds the work of evaluating it.
const SOURCE_CHARS_MAX: usize = 1_000;

/// Words of the grammar, never names of values.
const KEYWORDS: [&str; 13] =
    ["and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None"];

impl Expr {
    /// Checks an expression; `{{ }}` around it is accepted. A range in the error counts from the beginning of `source`.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        let start = source.len() - source.trim_start().len();
        let trimmed = source.trim();
        let (bare, start) = match trimmed.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")) {
            Some(inner) => (inner, start + 2),
            None => (trimmed, start),
        };
        let start = start + (bare.len() - bare.trim_start().len());
        Self::check(bare.trim(), start)
    }

    /// Checks an expression without braces or outer blanks that begins at byte `start` of its source.
    pub(super) fn check(bare: &str, start: usize) -> Result<Self, TemplateError> {
        let fail = |problem, range: Range<usize>| {
            Err(TemplateError { problem, range: (start + range.start, start + range.end) })
        };
        if bare.is_empty() {
            return fail(TemplateProblem::Empty, 0..0);
        }
        if bare.chars().count() > SOURCE_CHARS_MAX {
            return fail(TemplateProblem::TooLong, 0..bare.len());
        }
        let parts = Parts::of(bare);
        // What is known to be a slip is explained in our words; the grammar's own would be about its insides.
        if let Err((
            problem @ (TemplateProblem::OpenString | TemplateProblem::Foreign(..) | TemplateProblem::Blank(_)),
            range,
        )) = parts
        {
            return fail(problem, range);
        }
        // MiniJinja's identifiers are ASCII; names in other scripts keep their length in bytes, so that ranges stay true.
        let ascii: String = bare.chars().flat_map(ascii_stand_in).collect();
        if let Err(error) = SYNTAX.compile_expression(&ascii) {
            let range = error.range().filter(|range| range.end <= bare.len()).unwrap_or(0..bare.len());
            let detail = error.detail().unwrap_or("it cannot be read").to_owned();
            return fail(TemplateProblem::Syntax(detail), range);
        }
        match parts {
            Ok(_) => Ok(Self { source: bare.to_owned() }),
            Err((problem, range)) => fail(problem, range),
        }
    }

    /// What the expression reads, as paths: `day`, `contact.name`, `free.times`. What stands alone inside `known()` is in
    /// [`Expr::known`] instead.
    pub fn names(&self) -> BTreeSet<String> {
        self.parts().reads.iter().filter(|read| !read.in_known).map(|read| read.path.join(".")).collect()
    }

    /// The paths that the expression only asks `known()` about.
    pub fn known(&self) -> BTreeSet<String> {
        self.parts().reads.iter().filter(|read| read.in_known).map(|read| read.path.join(".")).collect()
    }

    /// The timetables named as text in `is_open("…")`; `hours.clinic` is in [`Expr::names`].
    pub fn hours(&self) -> BTreeSet<String> {
        self.parts().hours
    }

    /// The paths that are compared with a text in quotes, each with the text.
    pub(crate) fn compared(&self) -> Vec<(String, String)> {
        let Ok(tokens) = tokens(&self.source) else { return Vec::new() };
        let mut found = Vec::new();
        for (index, literal) in tokens.iter().enumerate().filter(|(_, token)| token.class == Class::Text) {
            // The operator before the text, and the path before that; nothing else may belong to either side.
            let mut back = index;
            while back > 0 && tokens.get(back - 1).is_some_and(|sign| ["=", "!", "<", ">"].iter().any(|op| sign.is(op)))
            {
                back -= 1;
            }
            let ends = match tokens.get(index + 1) {
                None => true,
                Some(next) => next.is(")") || ["and", "or", "if", "else"].contains(&next.text),
            };
            // One `=` alone names an argument.
            let compares = back + 1 < index || tokens.get(back).is_some_and(|sign| sign.is("<") || sign.is(">"));
            let Some(name) = back.checked_sub(1).filter(|_| compares && ends).and_then(|at| tokens.get(at)) else {
                continue;
            };
            let alone = match back.checked_sub(2).and_then(|at| tokens.get(at)) {
                None => true,
                Some(before) => before.is("(") || KEYWORDS.contains(&before.text),
            };
            if alone && name.class == Class::Name {
                found.push((name.text.to_owned(), literal.text.to_owned()));
            }
        }
        found
    }

    /// The queues named as text in `has_agent("…")`.
    pub fn queues(&self) -> BTreeSet<String> {
        self.parts().queues
    }

    /// The tokens that matter. An expression that was never checked has none.
    pub(super) fn parts(&self) -> Parts {
        Parts::of(&self.source).unwrap_or_default()
    }
}

/// What an expression reads and calls.
#[derive(Debug, Default)]
pub(super) struct Parts {
    /// Every path, in order.
    pub(super) reads: Vec<Read>,
    /// Whether it calls a function that looks at the clock or the desk.
    pub(super) calls: BTreeSet<String>,
    hours: BTreeSet<String>,
    queues: BTreeSet<String>,
}

/// One path that an expression reads.
#[derive(Debug, PartialEq)]
pub(super) struct Read {
    /// `["contact", "name"]`.
    pub(super) path: Vec<String>,
    /// The bytes of the expression.
    pub(super) range: Range<usize>,
    /// Whether it is the whole argument of `known()`.
    pub(super) in_known: bool,
    /// Whether it is joined to another text with `~`, so that it must be printed first.
    pub(super) joined: bool,
}

impl Parts {
    fn of(source: &str) -> Result<Self, (TemplateProblem, Range<usize>)> {
        let tokens = tokens(source)?;
        if let Some(foreign) = foreign(&tokens) {
            return Err(foreign);
        }
        let mut parts = Self::default();
        let mut index = 0;
        while let Some(token) = tokens.get(index) {
            let before = index.checked_sub(1).and_then(|before| tokens.get(before));
            let next = tokens.get(index + 1);
            let follows = |sign| before.is_some_and(|before| before.is(sign));
            let called = next.is_some_and(|next| next.is("("));
            if token.is("(") && (follows(")") || follows("]")) {
                return Err((TemplateProblem::Method(String::from("(…)")), token.range.clone()));
            }
            if token.class != Class::Name {
                index += 1;
                continue;
            }
            let name = token.text;
            if follows("|") {
                if !FILTERS.contains(&name) {
                    return Err((TemplateProblem::UnknownFilter(name.to_owned()), token.range.clone()));
                }
            } else if follows(".") {
                if called {
                    return Err((TemplateProblem::Method(name.to_owned()), token.range.clone()));
                }
            } else if name == "is" {
                return Err((TemplateProblem::Test, token.range.clone()));
            } else if KEYWORDS.contains(&name) {
                // A word of the grammar reads nothing.
            } else if called {
                parts.call(name, token, tokens.get(index + 2))?;
            } else if next.is_some_and(|next| next.is("=")) && !tokens.get(index + 2).is_some_and(|after| after.is("="))
            {
                // The name of an argument, as in `join(d=", ")`.
            } else {
                index = parts.read(&tokens, index);
                continue;
            }
            index += 1;
        }
        Ok(parts)
    }

    /// Takes the path that begins at `index` and gives the index after it.
    fn read(&mut self, tokens: &[Token<'_>], index: usize) -> usize {
        let mut path = vec![tokens[index].text.to_owned()];
        let mut end = index + 1;
        while let [dot, name, ..] = &tokens[end..]
            && dot.is(".")
            && name.class == Class::Name
            && !tokens.get(end + 2).is_some_and(|after| after.is("("))
        {
            path.push(name.text.to_owned());
            end += 2;
        }
        let back = |steps: usize| index.checked_sub(steps).and_then(|place| tokens.get(place));
        let at = |place: usize, sign: &str| tokens.get(place).is_some_and(|token| token.is(sign));
        let in_known = back(1).is_some_and(|token| token.is("("))
            && back(2).is_some_and(|token| token.text == "known" && token.class == Class::Name)
            && at(end, ")");
        let whole = ![".", "[", "|", "("].iter().any(|sign| at(end, sign));
        let joined = whole && (at(end, "~") || back(1).is_some_and(|token| token.is("~")));
        let range = tokens[index].range.start..tokens[end - 1].range.end;
        self.reads.push(Read { path, range, in_known, joined });
        end
    }

    fn call(
        &mut self,
        name: &str,
        token: &Token<'_>,
        argument: Option<&Token<'_>>,
    ) -> Result<(), (TemplateProblem, Range<usize>)> {
        if !FUNCTIONS.contains(&name) {
            return Err((TemplateProblem::UnknownFunction(name.to_owned()), token.range.clone()));
        }
        self.calls.insert(name.to_owned());
        if let Some(literal) = argument.filter(|argument| argument.class == Class::Text) {
            match name {
                "is_open" => self.hours.insert(literal.text.to_owned()),
                "has_agent" => self.queues.insert(literal.text.to_owned()),
                _ => false,
            };
        }
        Ok(())
    }
}

/// Compiles without running: for syntax only.
static SYNTAX: LazyLock<minijinja::Environment<'static>> = LazyLock::new(minijinja::Environment::empty);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Name,
    /// A string; its `text` has no quotes.
    Text,
    Number,
    Sign,
}

#[derive(Debug)]
struct Token<'s> {
    class: Class,
    text: &'s str,
    range: Range<usize>,
}

impl Token<'_> {
    fn is(&self, sign: &str) -> bool {
        self.class == Class::Sign && self.text == sign
    }
}

/// Cuts an expression into names, strings, numbers and single signs.
fn tokens(source: &str) -> Result<Vec<Token<'_>>, (TemplateProblem, Range<usize>)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = source[at..].chars().next() {
        let rest = &source[at..];
        let (class, length, inner) = if first.is_whitespace() && !first.is_ascii() {
            return Err((TemplateProblem::Blank(first), at..at + first.len_utf8()));
        } else if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        } else if first == '"' || first == '\'' {
            let Some(length) = string_length(rest) else {
                return Err((TemplateProblem::OpenString, at..source.len()));
            };
            (Class::Text, length, 1..length - 1)
        } else if is_name(first) && !first.is_ascii_digit() {
            let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            (Class::Name, length, 0..length)
        } else if first.is_ascii_digit() {
            let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
            (Class::Number, length, 0..length)
        } else {
            (Class::Sign, first.len_utf8(), 0..first.len_utf8())
        };
        tokens.push(Token { class, text: &rest[inner], range: at..at + length });
        at += length;
    }
    Ok(tokens)
}

/// A sign or word that other languages have for what is written otherwise here.
fn foreign(tokens: &[Token<'_>]) -> Option<(TemplateProblem, Range<usize>)> {
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        // The signs that stand here without a blank between them, at most three.
        let mut run = String::new();
        let mut end = token.range.start;
        for part in tokens.iter().skip(index).take(3) {
            if part.class != Class::Sign || part.range.start != end || !"=!<>&|".contains(part.text) {
                break;
            }
            run.push_str(part.text);
            end = part.range.end;
        }
        let argument = || {
            let before = |steps: usize| index.checked_sub(steps).and_then(|before| tokens.get(before));
            before(1).is_some_and(|name| name.class == Class::Name)
                && before(2).is_some_and(|sign| sign.is("(") || sign.is(","))
        };
        let instead = match run.as_str() {
            "" => match token.text {
                "AND" if token.class == Class::Name => Some("and"),
                "OR" if token.class == Class::Name => Some("or"),
                "NOT" if token.class == Class::Name => Some("not"),
                _ => None,
            },
            "&&" | "&" => Some("and"),
            "||" => Some("or"),
            "===" => Some("=="),
            "!==" | "<>" | "=!" => Some("!="),
            "=>" => Some(">="),
            "=<" => Some("<="),
            "=" if !argument() => Some("=="),
            "!" => Some("not"),
            _ => None,
        };
        let length = run.len().max(1);
        if let Some(instead) = instead {
            let written = if run.is_empty() { token.text.to_owned() } else { run };
            return Some((TemplateProblem::Foreign(written, instead), token.range.start..token.range.end.max(end)));
        }
        index += length;
    }
    None
}

/// The length in bytes of the string literal that `rest` begins with, quotes included.
pub(super) fn string_length(rest: &str) -> Option<usize> {
    let mut characters = rest.char_indices();
    let (_, quote) = characters.next()?;
    let mut escaped = false;
    for (offset, character) in characters {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if character == quote => return Some(offset + quote.len_utf8()),
            _ => {}
        }
    }
    None
}

fn is_name(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

/// The character, or as many `x` as it has bytes.
fn ascii_stand_in(character: char) -> impl Iterator<Item = char> {
    let count = if character.is_ascii() { 1 } else { character.len_utf8() };
    std::iter::repeat_n(if character.is_ascii() { character } else { 'x' }, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn an_expression_tells_what_it_reads() {
        for (source, names, known, hours, queues) in [
            ("day >= today", &["day", "today"][..], &[][..], &[][..], &[][..]),
            ("{{ contact.name or 'friend' }}", &["contact.name"], &[], &[], &[]),
            ("not free.times", &["free.times"], &[], &[], &[]),
            ("free.times[0].label | upper", &["free.times"], &[], &[], &[]),
            ("known(day) and is_open(\"clinic\", day)", &["day"], &["day"], &["clinic"], &[]),
            ("has_agent('sales') or hours.clinic", &["hours.clinic"], &[], &[], &["sales"]),
            ("items | join(d=sep)", &["items", "sep"], &[], &[], &[]),
            ("'day' in list", &["list"], &[], &[], &[]),
            ("ημέρα.said ~ ساعت", &["ημέρα.said", "ساعت"], &[], &[], &[]),
            ("known(day or hour)", &["day", "hour"], &[], &[], &[]),
        ] {
            let expr = Expr::parse(source).unwrap();
            assert_eq!(expr.names(), set(names), "{source}");
            assert_eq!(expr.known(), set(known), "{source}");
            assert_eq!(expr.hours(), set(hours), "{source}");
            assert_eq!(expr.queues(), set(queues), "{source}");
        }
    }

    #[test]
    fn what_is_compared_with_a_text_is_known() {
        let compared = |source: &str| Expr::parse(source).unwrap().compared();
        let pair = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        assert_eq!(compared("people > \"eight\""), [pair("people", "eight")]);
        assert_eq!(compared("(a == 'x' or b != 'y') and c"), [pair("a", "x"), pair("b", "y")]);
        for source in ["a ~ b == 'x'", "a | upper == 'X'", "a.b == 'x'", "a == 'x' ~ b", "'x' in a", "a | join(d='x')"]
        {
            assert_eq!(compared(source), [], "{source}");
        }
        for source in ["a != b and a <= 2", "list | join(d=', ')", "'a = b' == x", "a in [1, 2] and not b >= 3"] {
            assert!(Expr::parse(source).is_ok(), "{source}");
        }
    }

    #[test]
    fn a_mistake_has_a_place_in_the_source() {
        for (source, message, (from, to)) in [
            ("", "nothing stands", (0, 0)),
            ("{{ day | uper }}", "no filter \"uper\"", (9, 13)),
            ("day >= ", "cannot be understood", (4, 6)),
            ("is_opn('x')", "no function \"is_opn\"", (0, 6)),
            ("name.upper()", "\"upper\" cannot be called", (5, 10)),
            ("x is defined", "\"is\"", (2, 4)),
            ("ημέρα | ανω", "no filter", (13, 19)),
            ("people = 8", "`=`", (7, 8)),
            ("a && b", "`&&`", (2, 4)),
            ("a || b", "`||`", (2, 4)),
            ("!known(a)", "`!`", (0, 1)),
            ("a <> b", "`<>`", (2, 4)),
            ("a => 2", "`=>`", (2, 4)),
            ("a === b", "`===`", (2, 5)),
            ("a AND b", "`AND`", (2, 5)),
            ("a\u{a0}> 2", "U+00A0", (1, 3)),
        ] {
            let error = Expr::parse(source).unwrap_err();
            assert!(error.to_string().contains(message), "{source}: {error}");
            assert_eq!(error.range, (from, to), "{source}: {error}");
        }
    }
}
