//! A ready answer, filled in for one conversation. What has no value stays as the author wrote it, so that the agent sees it:
//! a letter to "Dear ," is worse than none.

use crate::flow::evaluate::{self, Named, Names, Reader};
use crate::flow::scope::ScopeNames;
use crate::flow::{Expr, Piece, Scope, Template, Text};

/// The name in a ready answer that stands for whoever sends it.
pub const AGENT: &str = "agent";

/// What can be read of them.
pub const AGENT_NAME: &str = "agent.name";

/// A ready answer, filled in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filled {
    /// The text; what has no value stands in it as `{{ name }}`.
    pub text: String,
    /// What has no value, as it stands in the text, each once.
    pub missing: Vec<String>,
}

impl Text {
    /// The text for a reader, sent by an agent. Several messages become one, with an empty line between them.
    pub fn fill(&self, scope: &Scope<'_>, seed: u64, agent: &str) -> Filled {
        let names = WithAgent { scope, names: ScopeNames::for_reader(scope), agent };
        let mut filled = Filled::default();
        let messages: Vec<String> =
            self.picked(scope, seed).into_iter().map(|template| names.fill(template, &mut filled.missing)).collect();
        filled.text = messages.join("\n\n");
        filled
    }
}

struct WithAgent<'s> {
    scope: &'s Scope<'s>,
    names: ScopeNames<'s>,
    agent: &'s str,
}

impl WithAgent<'_> {
    fn fill(&self, template: &Template, missing: &mut Vec<String>) -> String {
        let mut text = String::with_capacity(template.source.len());
        for piece in &template.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Expr(expr) => match self.value(expr) {
                    Some(value) => text.push_str(&value),
                    None => {
                        let gap = format!("{{{{ {} }}}}", expr.source);
                        text.push_str(&gap);
                        if !missing.contains(&gap) {
                            missing.push(gap);
                        }
                    }
                },
            }
        }
        text.trim().to_owned()
    }

    /// What an expression prints, if anything. Nobody sends a masked value.
    fn value(&self, expr: &Expr) -> Option<String> {
        let printed = evaluate::evaluate(expr, self).ok().map(|evaluated| evaluated.print());
        printed.filter(|text| !text.trim().is_empty() && !expr.is_sensitive(self.scope))
    }
}

impl Names for WithAgent<'_> {
    fn named(&self, path: &[String]) -> Option<Named> {
        match path {
            [root, name] if root == AGENT && name == "name" => Some(Named::plain(self.agent)),
            _ => self.names.named(path),
        }
    }

    fn function(&self, name: &str) -> Option<minijinja::Value> {
        self.names.function(name)
    }

    fn reader(&self) -> Option<Reader> {
        self.names.reader()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::flow::{Slot, SourceFile, load};
    use crate::time::Time;

    #[test]
    fn what_has_no_value_stays_and_is_named_and_the_rest_is_in_the_visitors_language() {
        let bot = "bot: { name: Lamps, languages: [en, el] }\n\
            flows: { a: { start_on: conversation_opened, steps: [{ ask: When?, expect: date, save_as: day }] } }\n\
            replies:\n  hello: { en: 'Hello {{ contact.name }}, {{ agent.name }} here, until {{ day }}. {{ contact.name }}?', el: 'Γεια {{ agent.name }} {{ day }}' }\n\
            \x20 two: [One, 'Two {{ contact.mail or \"none\" }}']\n";
        let program = load(&[SourceFile::new("bot.yaml", bot)]).program.unwrap();
        let day = Slot::of_kind(crate::flow::Kind::Date, "2027-01-16");
        let slots = BTreeMap::from([("day".into(), day)]);
        let fill = |name: &str, language: &str| {
            let scope = Scope {
                program: &program,
                slots: &slots,
                contact: &BTreeMap::new(),
                now: Time(1_800_000_000_000),
                language: &language.into(),
                channel: &"web".into(),
                message: "",
                has_agent: &|_| false,
                answers_here: &|| false,
            };
            program.replies[name].fill(&scope, 0, "Maria")
        };
        let hello = fill("hello", "en");
        assert!(
            hello.text.starts_with("Hello {{ contact.name }}, Maria here, until Saturday 16 January"),
            "{}",
            hello.text
        );
        assert_eq!(hello.missing, ["{{ contact.name }}"]);
        assert!(fill("hello", "el").text.starts_with("Γεια Maria Σάββατο"), "{}", fill("hello", "el").text);
        assert_eq!(fill("two", "fa"), Filled { text: "One\n\nTwo none".to_owned(), missing: Vec::new() });
    }
}
