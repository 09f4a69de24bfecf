//! Texts with `{{ expressions }}`: their shape and how they are read. Rendering needs a scope of names: see `scope`.

use std::collections::BTreeMap;
use std::fmt;

use crate::flow::expression::string_length;
use crate::flow::{At, Expr};
use crate::id::Language;

/// What the bot says in one place: one or more messages, each perhaps with variants, each perhaps in several languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// One message.
    One(Template),
    /// Several messages, in order.
    Several(Vec<Text>),
    /// Variants: one is picked by a hash of conversation and event number.
    OneOf(Vec<Text>),
    /// The same in several languages; the first language of the bot is the fall-back.
    In(Localized),
}

/// A text in several languages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Localized(pub BTreeMap<Language, Text>);

/// A string with expressions in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// The string as the author wrote it: the key of its translations.
    pub source: String,
    /// Literal text and expressions, in order.
    pub pieces: Vec<Piece>,
    /// Where it stands.
    pub at: At,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text as it is.
    Literal(String),
    /// `{{ … }}`.
    Expr(Expr),
}

/// A value of `with`, `set` or a service body: data whose texts are templates.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueTemplate {
    /// A text; one that is exactly one `{{ }}` keeps the type of its value.
    Text(Template),
    /// A list of values.
    List(Vec<ValueTemplate>),
    /// A map of values, in the author's order.
    Map(Vec<(String, ValueTemplate)>),
    /// A number, a truth value or nothing.
    Literal(serde_json::Value),
}

/// What is wrong with a template or an expression, and where in its source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct TemplateError {
    /// What is wrong.
    pub problem: TemplateProblem,
    /// Bytes of the source: the first, and the first after it.
    pub range: (usize, usize),
}

/// What is wrong with a template or an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateProblem {
    /// A `{{` has no `}}`.
    Unclosed,
    /// `{%` or `{#`.
    Statement(&'static str),
    /// `{{ }}`, or an `if:` without anything.
    Empty,
    /// More characters than an expression may have.
    TooLong,
    /// A string has no closing quote.
    OpenString,
    /// The grammar is broken; in the words of MiniJinja.
    Syntax(String),
    /// A filter that does not exist.
    UnknownFilter(String),
    /// A function that does not exist.
    UnknownFunction(String),
    /// Something that is no function is called.
    Method(String),
    /// `x is defined` and the like.
    Test,
    /// A sign of other languages, and what stands for it here.
    Foreign(String, &'static str),
    /// A character that looks like a blank and is none.
    Blank(char),
}

impl fmt::Display for TemplateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed => write!(f, "a \"{{{{\" is never closed"),
            Self::Statement(sign) => write!(f, "\"{sign}\" is not used here"),
            Self::Empty => write!(f, "nothing stands in this expression"),
            Self::TooLong => write!(f, "this expression is too long"),
            Self::OpenString => write!(f, "a quoted text is never closed"),
            Self::Syntax(detail) => write!(f, "this expression cannot be understood: {detail}"),
            Self::UnknownFilter(name) => write!(f, "there is no filter \"{name}\""),
            Self::UnknownFunction(name) => write!(f, "there is no function \"{name}\""),
            Self::Method(name) => write!(f, "\"{name}\" cannot be called"),
            Self::Test => write!(f, "\"is\" is not used here"),
            Self::Foreign(sign, _) => write!(f, "`{sign}` means nothing here"),
            Self::Blank(character) => {
                write!(f, "this looks like a blank and is the character U+{:04X}", u32::from(*character))
            }
        }
    }
}

impl TemplateError {
    /// How to mend it, if more can be said than the message says.
    pub fn hint(&self) -> Option<String> {
        let list = |names: &[&str]| names.join(", ");
        Some(match &self.problem {
            TemplateProblem::Unclosed => String::from("write }} after the expression"),
            TemplateProblem::Statement(_) => {
                String::from("only {{ expressions }} may stand in a text; for conditions use the step \"if\"")
            }
            TemplateProblem::UnknownFilter(_) => format!("filters are {}", list(&crate::flow::FILTERS)),
            TemplateProblem::UnknownFunction(_) => format!("functions are {}", list(&crate::flow::FUNCTIONS)),
            TemplateProblem::Method(name) => format!("use a filter, such as {{{{ text | {name} }}}}"),
            TemplateProblem::Test => String::from("use known(x) for \"is there a value\", == for \"is equal to\""),
            TemplateProblem::Foreign(_, instead) => format!("write `{instead}`"),
            TemplateProblem::Blank(_) => String::from("write a blank in its place; it came with pasted text"),
            TemplateProblem::Empty | TemplateProblem::TooLong | TemplateProblem::OpenString => return None,
            TemplateProblem::Syntax(_) => String::from("conditions look like this: people >= 2 and known(day)"),
        })
    }
}

impl Template {
    /// Reads a text with `{{ expressions }}`. A brace inside a quoted text of an expression closes nothing.
    pub fn parse(source: &str, at: At) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut literal_from = 0;
        let mut place = 0;
        while let Some(offset) = source[place..].find('{') {
            let open = place + offset;
            let fail = |problem, to| Err(TemplateError { problem, range: (open, to) });
            match source[open + 1..].chars().next() {
                Some('%') => return fail(TemplateProblem::Statement("{%"), open + 2),
                Some('#') => return fail(TemplateProblem::Statement("{#"), open + 2),
                Some('{') => {}
                _ => {
                    place = open + 1;
                    continue;
                }
            }
            let Some(length) = inner_length(&source[open + 2..]) else {
                return fail(TemplateProblem::Unclosed, open + 2);
            };
            let inner = &source[open + 2..open + 2 + length];
            if inner.trim().is_empty() {
                return fail(TemplateProblem::Empty, open + 4 + length);
            }
            let blanks = inner.len() - inner.trim_start().len();
            if literal_from < open {
                pieces.push(Piece::Literal(source[literal_from..open].to_owned()));
            }
            pieces.push(Piece::Expr(Expr::check(inner.trim(), open + 2 + blanks)?));
            place = open + 4 + length;
            literal_from = place;
        }
        if literal_from < source.len() {
            pieces.push(Piece::Literal(source[literal_from..].to_owned()));
        }
        Ok(Self { source: source.to_owned(), pieces, at })
    }

    /// The expressions in it, in order.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Expr(expr) => Some(expr),
            Piece::Literal(_) => None,
        })
    }
}

impl Text {
    /// The text in the bot's default language, as the author wrote it: the key of its translations and the value of an
    /// option that has none. Of several messages or variants, the first; without that language, the first there is.
    pub fn source(&self, default: &Language) -> &str {
        match self {
            Self::One(template) => &template.source,
            Self::Several(texts) | Self::OneOf(texts) => texts.first().map_or("", |text| text.source(default)),
            Self::In(Localized(texts)) => {
                texts.get(default).or_else(|| texts.values().next()).map_or("", |text| text.source(default))
            }
        }
    }

    /// All templates in it, of all languages and variants.
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::One(template) => vec![template],
            Self::Several(texts) | Self::OneOf(texts) => texts.iter().flat_map(Self::templates).collect(),
            Self::In(localized) => localized.0.values().flat_map(Self::templates).collect(),
        }
    }
}

impl ValueTemplate {
    /// All expressions in it.
    pub fn expressions(&self) -> Vec<&Expr> {
        match self {
            Self::Text(template) => template.expressions().collect(),
            Self::List(items) => items.iter().flat_map(Self::expressions).collect(),
            Self::Map(entries) => entries.iter().flat_map(|(_, value)| value.expressions()).collect(),
            Self::Literal(_) => Vec::new(),
        }
    }
}

/// The bytes before the `}}` that closes an expression; braces of maps and quoted texts are passed over.
fn inner_length(rest: &str) -> Option<usize> {
    let mut depth = 0_u32;
    let mut at = 0;
    while let Some(character) = rest[at..].chars().next() {
        match character {
            // An apostrophe that closes nowhere is reported by the expression itself, with its place.
            '"' | '\'' => at += string_length(&rest[at..]).unwrap_or(1),
            '}' if depth == 0 && rest[at..].starts_with("}}") => return Some(at),
            '{' => {
                depth += 1;
                at += 1;
            }
            '}' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            other => at += other.len_utf8(),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> At {
        At { file: "bot.yaml".into(), line: 1, column: 1 }
    }

    #[test]
    fn a_template_is_cut_at_its_braces_only() {
        for (source, pieces) in [
            ("no braces { here }", vec!["no braces { here }"]),
            ("Hello {{ name }}!", vec!["Hello ", "=name", "!"]),
            ("{{a}}{{ b }}", vec!["=a", "=b"]),
            ("{{ \"}}\" }} x", vec!["=\"}}\"", " x"]),
            ("{{ {'a': {'b': 1}} }}", vec!["={'a': {'b': 1}}"]),
            ("Γεια {{ όνομα }}", vec!["Γεια ", "=όνομα"]),
            ("", vec![]),
        ] {
            let template = Template::parse(source, at()).unwrap();
            let shown: Vec<String> = template
                .pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Literal(text) => text.clone(),
                    Piece::Expr(expr) => format!("={}", expr.source),
                })
                .collect();
            assert_eq!(shown, pieces, "{source}");
        }
    }

    #[test]
    fn a_mistake_is_found_at_its_place() {
        for (source, problem, range) in [
            ("a {{ b", TemplateProblem::Unclosed, (2, 4)),
            ("a {% if b %}", TemplateProblem::Statement("{%"), (2, 4)),
            ("{# c #}", TemplateProblem::Statement("{#"), (0, 2)),
            ("x {{ }}", TemplateProblem::Empty, (2, 7)),
            ("é {{ a | nice }}", TemplateProblem::UnknownFilter(String::from("nice")), (10, 14)),
            ("{{ don't }}", TemplateProblem::OpenString, (6, 8)),
        ] {
            let error = Template::parse(source, at()).unwrap_err();
            assert_eq!((error.problem, error.range), (problem, range), "{source}");
        }
    }
}
