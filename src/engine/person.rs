//! Who somebody is, as far as the page says on which they write. A page may prove an id by its signature; whatever else it
//! tells is hearsay, kept apart from what the person said, and never more than a few short lines.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::flow::{Kind, Slot};

/// Bytes of an id that a page gives its visitor.
pub const IDENTITY_BYTES_MAX: usize = 256;

/// Attributes that a page may tell of one visitor.
pub const ATTRIBUTES_MAX: usize = 32;

/// Bytes of an attribute's name.
pub const ATTRIBUTE_NAME_BYTES_MAX: usize = 40;

/// Characters of what a page or a form tells: an attribute's value, a name, an e-mail address.
pub const FACT_CHARS_MAX: usize = 200;

/// Who somebody is, as far as the page says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Person {
    /// The id that the page proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// An id that the page claimed without proof.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<String>,
    /// Name and e-mail address as the page last gave them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub given: BTreeMap<String, String>,
    /// What else the page told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

impl Person {
    /// Whether nothing is said of them.
    pub fn is_nobody(&self) -> bool {
        *self == Self::default()
    }

    /// The attributes that these make different; none as a value means that it is told no longer. What is over a limit is
    /// left out.
    pub(super) fn news(&self, told: &Attributes) -> Attributes {
        let mut after = self.attributes.clone();
        let mut news = Attributes::new();
        for (name, value) in told {
            if after.get(name) == value.as_ref() || !is_name(name) {
                continue;
            }
            match value {
                Some(value) if after.contains_key(name) || after.len() < ATTRIBUTES_MAX => {
                    after.insert(name.clone(), value.clone());
                }
                Some(_) => continue,
                None => drop(after.remove(name)),
            }
            news.insert(name.clone(), value.clone());
        }
        news
    }
}

/// What a page tells: none as a value means that it is told no longer.
pub type Attributes = BTreeMap<String, Option<String>>;

/// Whether this can be the name of an attribute.
pub fn is_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= ATTRIBUTE_NAME_BYTES_MAX && !name.chars().any(char::is_control)
}

/// A fact as it is kept: in one line, without what nobody can see, cut at the limit. None if nothing is left.
pub fn fact(text: &str) -> Option<String> {
    let seen = text.trim().chars().filter(|letter| !letter.is_control());
    let fact: String = seen.take(FACT_CHARS_MAX).collect();
    (!fact.is_empty()).then_some(fact)
}

/// A fact of this name as flows know it.
pub(super) fn slot(name: &str, value: &str) -> Slot {
    let kind = match name {
        "name" => Some(Kind::Name),
        "email" => Some(Kind::Email),
        "phone" => Some(Kind::Phone),
        _ => Some(Kind::Text),
    };
    Slot { kind, ..Slot::plain(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_few_and_only_what_changed_is_news() {
        let some = |text: &str| Some(text.to_owned());
        let mut person = Person::default();
        person.attributes.insert("plan".to_owned(), "pro".to_owned());
        let told = Attributes::from([
            ("plan".to_owned(), some("pro")),
            ("seats".to_owned(), some("3")),
            ("gone".to_owned(), None),
            ("x".repeat(41), some("too long a name")),
            (String::new(), some("no name")),
        ]);
        assert_eq!(person.news(&told), Attributes::from([("seats".to_owned(), some("3"))]));
        assert_eq!(person.news(&[("plan".to_owned(), None)].into()), [("plan".to_owned(), None)].into());
        let many: Attributes = (0..100).map(|number| (format!("a{number:03}"), some("x"))).collect();
        assert_eq!(person.news(&many).len(), ATTRIBUTES_MAX - 1);
    }

    #[test]
    fn a_fact_is_one_line_within_its_limit() {
        assert_eq!(fact("  Zoe\u{0}\n Light "), Some("Zoe Light".to_owned()));
        assert_eq!(fact(" \n\t"), None);
        assert_eq!(fact(&"x".repeat(900)).map(|fact| fact.len()), Some(FACT_CHARS_MAX));
    }
}
