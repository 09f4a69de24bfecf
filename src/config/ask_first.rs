//! `ask_first`: what a visitor is asked in a short form before the chat begins, each thing with what it is called in the
//! languages of the site's visitors.

use std::collections::BTreeMap;

use serde_yaml::Value;

/// A form has at most so many questions: each costs visitors.
pub const QUESTIONS_MAX: usize = 6;

/// What has a name in every language of the widget.
const NAMED: [&str; 3] = ["name", "email", "phone"];

/// One question of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What it fills: `name` is `contact.name` in flows.
    pub name: String,
    /// Whether it can be left empty.
    pub optional: bool,
    /// What it is called, by language; nothing for those that the widget names.
    pub labels: BTreeMap<String, String>,
}

/// The form as it is written: `[name, email: optional, company: { label: Company, optional: true }]`.
///
/// # Errors
///
/// What is wrong, and in which entry.
pub(super) fn questions(written: &[Value]) -> Result<Vec<Question>, (usize, String)> {
    let mut questions: Vec<Question> = Vec::new();
    for (number, written) in written.iter().enumerate() {
        let question = question(written).map_err(|what| (number, what))?;
        if questions.iter().any(|other| other.name == question.name) {
            return Err((number, format!("\"{}\" is asked twice", question.name)));
        }
        if number == QUESTIONS_MAX {
            return Err((number, format!("a form has at most {QUESTIONS_MAX} questions")));
        }
        questions.push(question);
    }
    Ok(questions)
}

fn question(written: &Value) -> Result<Question, String> {
    let wrong = "write a name such as email, or email: optional, or company: { label: Company, optional: true }";
    let (name, how) = match written {
        Value::String(name) => (name.as_str(), &Value::Null),
        Value::Mapping(map) => match (map.iter().next(), map.len()) {
            (Some((Value::String(name), how)), 1) => (name.as_str(), how),
            _ => return Err(wrong.to_owned()),
        },
        _ => return Err(wrong.to_owned()),
    };
    let letters = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    if !name.starts_with(|first: char| first.is_ascii_lowercase()) || !name.chars().all(letters) || name.len() > 40 {
        return Err(format!("\"{name}\" is not a name of small letters, digits and _"));
    }
    let mut question = Question { name: name.to_owned(), optional: false, labels: BTreeMap::new() };
    match how {
        Value::Null => {}
        Value::String(word) if word == "optional" => question.optional = true,
        Value::String(word) if word == "required" => {}
        Value::Mapping(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    (Some("optional"), Value::Bool(optional)) => question.optional = *optional,
                    (Some("label"), Value::String(label)) => drop(question.labels.insert(String::new(), label.clone())),
                    (Some("label"), Value::Mapping(labels)) => {
                        for (language, label) in labels {
                            let (Some(language), Some(label)) = (language.as_str(), label.as_str()) else {
                                return Err("a label is a text, or a text for each language".to_owned());
                            };
                            question.labels.insert(language.to_lowercase(), label.to_owned());
                        }
                    }
                    _ => return Err(format!("{wrong}; label and optional are all that can be said")),
                }
            }
        }
        _ => return Err(wrong.to_owned()),
    }
    if question.labels.is_empty() && !NAMED.contains(&name) {
        return Err(format!("\"{name}\" needs a label: only {} have one by themselves", NAMED.join(", ")));
    }
    Ok(question)
}

impl Question {
    /// What it is called in a language, or in one that the operator wrote; none for those that the widget names.
    pub fn label(&self, language: &str) -> Option<&str> {
        let main = language.split('-').next().unwrap_or_default();
        let fitting = [language, main, "", "en"].iter().find_map(|tag| self.labels.get(*tag));
        fitting.or_else(|| self.labels.values().next()).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Question>, (usize, String)> {
        questions(&serde_yaml::from_str::<Vec<Value>>(text).unwrap())
    }

    #[test]
    fn questions_are_short_to_write() {
        let form = read(
            "[name, email: optional, phone: required, size: { label: { en: Size, el: Μέγεθος }, optional: true }]",
        );
        let form = form.unwrap();
        let seen: Vec<_> = form.iter().map(|question| (question.name.as_str(), question.optional)).collect();
        assert_eq!(seen, [("name", false), ("email", true), ("phone", false), ("size", true)]);
        assert_eq!((form[0].label("el"), form[3].label("el-gr")), (None, Some("Μέγεθος")));
        assert_eq!(form[3].label("fa"), Some("Size"));
    }

    #[test]
    fn mistakes_are_named_with_their_place() {
        for (text, number, expected) in [
            ("[name, 7]", 1, "write a name"),
            ("[Name]", 0, "small letters"),
            ("[email: maybe]", 0, "write a name"),
            ("[email: { optional: perhaps }]", 0, "are all that can be said"),
            ("[company]", 0, "needs a label"),
            ("[name, name]", 1, "asked twice"),
            ("[a: {label: A}, b: {label: B}, c: {label: C}, d: {label: D}, name, email, phone]", 6, "at most 6"),
        ] {
            let (at, what) = read(text).unwrap_err();
            assert!(at == number && what.contains(expected), "{text}: {at} {what}");
        }
    }
}
