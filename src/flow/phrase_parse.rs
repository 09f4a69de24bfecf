//! Reads sentence templates. The grammar:
//!
//! ```text
//! alternatives = sequence ( "|" sequence )*
//! sequence     = ( text | "(" alternatives ")" | "[" alternatives "]" | "{" name ( ":" slot )? "}" | "<" name ">" )*
//! text         = any character but ( ) [ ] { } < > | and "\"; "\" makes the next character a plain one
//! ```
//!
//! A phrase is a sequence; a snippet or a value may be alternatives. Names are checked where they are linked.

use crate::flow::phrase::{Part, Phrase};
use crate::flow::{At, phrase};
use crate::id::{EntityName, Language, SlotName};

/// What is wrong with a phrase, and where in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PhraseError {
    /// The first character of the trouble, counted from 0.
    pub start: usize,
    /// How many characters it covers.
    pub width: usize,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: Option<String>,
}

/// How deep brackets may stand in brackets.
const DEPTH: usize = 24;

/// Reads one phrase.
pub fn parse_phrase(source: &str) -> Result<Vec<Part>, PhraseError> {
    let mut parser = Parser::new(source);
    let sequence = parser.sequence(0)?;
    match parser.peek() {
        None => Ok(sequence),
        Some('|') => Err(parser.error(
            1,
            "a `|` needs brackets around its alternatives",
            "write `(a|b)`, or `\\|` for the sign itself",
        )),
        Some(_) => Err(parser.unopened()),
    }
}

/// Reads what a snippet or a value holds: phrases with `|` between them.
pub fn parse_alternatives(source: &str) -> Result<Vec<Vec<Part>>, PhraseError> {
    let mut parser = Parser::new(source);
    let alternatives = parser.alternatives(0)?;
    if parser.peek().is_some() {
        return Err(parser.unopened());
    }
    Ok(alternatives)
}

impl Phrase {
    /// Whether it ships with the program.
    pub fn is_built_in(&self) -> bool {
        self.at.file.starts_with("built-in")
    }

    /// Reads one phrase.
    pub fn parse(source: &str, language: Option<Language>, at: At) -> Result<Self, PhraseError> {
        Ok(Self { parts: parse_phrase(source)?, source: source.to_owned(), language, at })
    }

    /// A phrase that is exactly this text, whatever signs are in it.
    pub fn literal(text: &str, language: Option<Language>, at: At) -> Self {
        Self { parts: vec![Part::Text(text.to_owned())], source: text.to_owned(), language, at }
    }

    /// Whether the phrase fits a message without any words. Snippets and entities never count as empty here.
    pub fn fits_nothing(&self) -> bool {
        phrase::fits_nothing(&self.parts)
    }

    /// Calls `visit` for every part, nested ones included.
    pub fn each_part(&self, visit: &mut dyn FnMut(&Part)) {
        phrase::each_part(&self.parts, visit);
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
}

impl Parser {
    fn new(source: &str) -> Self {
        Self { chars: source.chars().collect(), at: 0 }
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn error(&self, width: usize, message: impl Into<String>, hint: impl Into<String>) -> PhraseError {
        PhraseError { start: self.at, width: width.max(1), message: message.into(), hint: Some(hint.into()) }
    }

    fn unopened(&self) -> PhraseError {
        let sign = self.peek().unwrap_or(' ');
        self.error(1, format!("nothing opens this `{sign}`"), format!("write `\\{sign}` for the sign itself"))
    }

    fn alternatives(&mut self, depth: usize) -> Result<Vec<Vec<Part>>, PhraseError> {
        let mut alternatives = vec![self.alternative(depth)?];
        while self.peek() == Some('|') {
            self.at += 1;
            alternatives.push(self.alternative(depth)?);
        }
        Ok(alternatives)
    }

    fn alternative(&mut self, depth: usize) -> Result<Vec<Part>, PhraseError> {
        let parts = self.sequence(depth)?;
        if parts.iter().all(|part| matches!(part, Part::Text(text) if text.trim().is_empty())) {
            return Err(self.error(1, "an alternative without words", "what may be missing stands in `[ ]`: `[a|b]`"));
        }
        Ok(parts)
    }

    fn sequence(&mut self, depth: usize) -> Result<Vec<Part>, PhraseError> {
        if depth > DEPTH {
            return Err(self.error(1, format!("brackets stand in each other more than {DEPTH} deep"), "use a snippet"));
        }
        let mut parts = Vec::new();
        let mut text = String::new();
        while let Some(c) = self.peek() {
            let part = match c {
                '|' | ')' | ']' => break,
                '}' | '>' => return Err(self.unopened()),
                '\\' => {
                    self.at += 1;
                    let Some(escaped) = self.peek() else {
                        self.at -= 1;
                        return Err(self.error(1, "nothing follows this `\\`", "write `\\\\` for the sign itself"));
                    };
                    self.at += 1;
                    text.push(escaped);
                    continue;
                }
                '(' => Part::Choice(self.brackets(')', depth)?),
                '[' => Part::Optional(self.brackets(']', depth)?),
                '{' => {
                    let name = self.name('}')?;
                    let (entity, slot) = match name.split_once(':') {
                        Some((entity, slot)) => (entity, Some(SlotName::from(slot.trim()))),
                        None => (name.as_str(), None),
                    };
                    Part::Entity { entity: EntityName::from(entity.trim()), slot }
                }
                '<' => Part::Snippet(self.name('>')?),
                c => {
                    self.at += 1;
                    text.push(c);
                    continue;
                }
            };
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            parts.push(part);
        }
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(parts)
    }

    fn brackets(&mut self, close: char, depth: usize) -> Result<Vec<Vec<Part>>, PhraseError> {
        let opened = self.at;
        self.at += 1;
        let alternatives = self.alternatives(depth + 1)?;
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(alternatives);
        }
        let found = self.peek();
        self.at = opened;
        let open = self.peek().unwrap_or('(');
        Err(match found {
            Some(other) => {
                self.error(1, format!("this `{open}` is closed by `{other}`"), format!("close it with `{close}`"))
            }
            None => self.error(
                1,
                format!("nothing closes this `{open}`"),
                format!("add `{close}`, or write `\\{open}` for the sign itself"),
            ),
        })
    }

    /// A name up to the closing sign.
    fn name(&mut self, close: char) -> Result<String, PhraseError> {
        let opened = self.at;
        let open = self.peek().unwrap_or('<');
        let rest = self.chars.get(opened + 1..).unwrap_or_default();
        let end = rest.iter().position(|&c| c == close || "()[]{}<>|\\".contains(c));
        let Some(end) = end.filter(|&end| rest.get(end) == Some(&close)) else {
            return Err(self.error(
                1,
                format!("nothing closes this `{open}`"),
                format!("add `{close}`, or write `\\{open}` for the sign itself"),
            ));
        };
        let name: String = rest.iter().take(end).collect::<String>().trim().to_owned();
        let named = name.split(':').all(|part| {
            !part.trim().is_empty()
                && part.trim().chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-' || c == '.')
        });
        if !named || name.matches(':').count() > usize::from(close == '}') {
            let hint = if close == '}' { "write `{entity}` or `{entity:slot}`" } else { "write `<snippet>`" };
            return Err(self.error(end + 2, "this is not a name", hint));
        }
        self.at = opened + end + 2;
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Part {
        Part::Text(text.to_owned())
    }

    #[test]
    fn a_phrase_is_read_into_its_parts() {
        let rows: &[(&str, Vec<Part>)] = &[
            ("where is my order", vec![text("where is my order")]),
            ("order[s]", vec![text("order"), Part::Optional(vec![vec![text("s")]])]),
            ("(a|b) c", vec![Part::Choice(vec![vec![text("a")], vec![text("b")]]), text(" c")]),
            (
                "[a (b|c)]",
                vec![Part::Optional(vec![vec![text("a "), Part::Choice(vec![vec![text("b")], vec![text("c")]])]])],
            ),
            ("{date}", vec![Part::Entity { entity: "date".into(), slot: None }]),
            (
                "to {city:destination}",
                vec![text("to "), Part::Entity { entity: "city".into(), slot: Some("destination".into()) }],
            ),
            ("<want> it", vec![Part::Snippet("want".into()), text(" it")]),
            (r"a \(b\) \\ \|", vec![text(r"a (b) \ |")]),
        ];
        for (source, parts) in rows {
            assert_eq!(parse_phrase(source).as_ref(), Ok(parts), "{source}");
        }
    }

    #[test]
    fn a_broken_phrase_says_where() {
        for (source, start, message) in [
            ("(a", 0, "nothing closes this `(`"),
            ("x (a]", 2, "this `(` is closed by `]`"),
            ("a)", 1, "nothing opens this `)`"),
            ("a}", 1, "nothing opens this `}`"),
            ("a|b", 1, "a `|` needs brackets around its alternatives"),
            ("(a|)", 3, "an alternative without words"),
            ("[]", 1, "an alternative without words"),
            ("{date", 0, "nothing closes this `{`"),
            ("{a b}", 0, "this is not a name"),
            ("{a:b:c}", 0, "this is not a name"),
            ("I <3 you", 2, "nothing closes this `<`"),
            ("a\\", 1, "nothing follows this `\\`"),
        ] {
            let error = parse_phrase(source).expect_err(source);
            assert_eq!((error.start, error.message.as_str()), (start, message), "{source}");
        }
    }

    #[test]
    fn alternatives_stand_bare_in_a_snippet() {
        assert_eq!(parse_alternatives("a|b [c]").map(|alternatives| alternatives.len()), Ok(2));
        assert!(parse_alternatives("a||b").is_err());
        assert!(parse_phrase(&"(".repeat(100_000)).is_err());
    }
}
