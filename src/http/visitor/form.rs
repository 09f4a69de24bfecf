//! The form before the chat: which of the operator's questions are still open for a visitor, and whether the answers can be
//! what they say they are.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::introduction::is_email;
use crate::config::Question;
use crate::engine::fact;

/// Digits of a telephone number at least.
const PHONE_DIGITS_MIN: usize = 5;

/// A question that is still open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FormField {
    /// What it fills; `name`, `email` and `phone` are known to every browser.
    pub name: String,
    /// What it is called; none for those that the caller names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether it must be answered.
    pub required: bool,
    /// Whether the answer that was given cannot be one.
    pub wrong: bool,
}

/// The answers that count, as facts.
pub(super) fn answers(questions: &[Question], given: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let answered = questions.iter().filter_map(|question| {
        let answer = fact(given.get(&question.name)?)?;
        fits(&question.name, &answer).then(|| (question.name.clone(), answer))
    });
    answered.collect()
}

/// The questions to which nothing is known yet. What is optional and was skipped is not asked again.
pub(super) fn open_questions(
    questions: &[Question],
    given: &BTreeMap<String, String>,
    skipped: &[String],
    language: &str,
    known: impl Fn(&str) -> bool,
) -> Vec<FormField> {
    let open = questions.iter().filter_map(|question| {
        let Question { name, optional, .. } = question;
        let answer = given.get(name).and_then(|answer| fact(answer));
        let wrong = answer.as_ref().is_some_and(|answer| !fits(name, answer));
        let settled = known(name) || (answer.is_some() && !wrong);
        let passed = *optional && answer.is_none() && (skipped.contains(name) || given.contains_key(name));
        let label = question.label(language).map(str::to_owned);
        (!settled && !passed).then(|| FormField { name: name.clone(), label, required: !optional, wrong })
    });
    open.collect()
}

fn fits(name: &str, answer: &str) -> bool {
    match name {
        "email" => is_email(answer),
        "phone" => answer.chars().filter(|letter| letter.is_numeric()).count() >= PHONE_DIGITS_MIN,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> Vec<Question> {
        let question = |name: &str, optional| Question { name: name.to_owned(), optional, labels: BTreeMap::new() };
        vec![question("name", false), question("email", false), question("phone", true)]
    }

    fn asked(given: &[(&str, &str)], skipped: &[&str], known: &[&str]) -> Vec<(String, bool)> {
        let given = given.iter().map(|(name, answer)| ((*name).to_owned(), (*answer).to_owned())).collect();
        let skipped: Vec<String> = skipped.iter().map(|name| (*name).to_owned()).collect();
        let open = open_questions(&form(), &given, &skipped, "en", |name| known.contains(&name));
        open.into_iter().map(|field| (field.name, field.wrong)).collect()
    }

    #[test]
    fn only_what_is_not_known_is_asked() {
        let open = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), false)).collect::<Vec<_>>();
        assert_eq!(asked(&[], &[], &[]), open(&["name", "email", "phone"]));
        assert_eq!(asked(&[], &["phone", "name"], &["email"]), open(&["name"]), "what is required cannot be skipped");
        assert_eq!(asked(&[("name", "Zoe"), ("email", "z@a.test"), ("phone", " ")], &[], &[]), open(&[]));
        assert_eq!(asked(&[("name", " ")], &[], &["email", "phone"]), open(&["name"]));
    }

    #[test]
    fn an_answer_that_cannot_be_one_is_asked_again() {
        for (name, bad, good) in [("email", "zoe at home", "zoe@home.test"), ("phone", "none", "+30 210 1234")] {
            let rest = ["name", "email", "phone"].into_iter().filter(|other| *other != name).collect::<Vec<_>>();
            assert_eq!(asked(&[(name, bad)], &[], &rest), [(name.to_owned(), true)]);
            assert_eq!(asked(&[(name, good)], &[], &rest), []);
        }
        assert!(
            answers(&form(), &[("email".to_owned(), "no".to_owned()), ("plan".to_owned(), "pro".to_owned())].into())
                .is_empty()
        );
    }
}
