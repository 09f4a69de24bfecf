//! `invites:`: what the closed chat says by itself, on which pages, to whom, and what begins when a visitor accepts.

use indexmap::IndexMap;

use crate::flow::document::{Field, InviteDoc, Words};
use crate::flow::link::{Linker, What};
use crate::flow::report::code;
use crate::flow::tree::{NodeId, shown};
use crate::flow::{Invite, Text};
use crate::id::{HoursName, Language};
use crate::time::Span;

/// A bot has at most so many invitations: every page of the site reads them.
const INVITES_MAX: usize = 50;

/// Characters of an invitation: it stands in a small bubble.
const INVITE_CHARS: usize = 300;

/// A visitor is let alone for so long at first.
const AFTER: Span = Span::seconds(15);

/// Who dismisses an invitation sees none for so long.
const REST: Span = Span::days(30);

impl Linker<'_> {
    pub(crate) fn invites(&mut self) -> IndexMap<String, Invite> {
        let mut invites = IndexMap::new();
        for (name, (key, value)) in self.draft.invites.clone() {
            if invites.len() == INVITES_MAX {
                let place = self.reader.tree.place(key);
                let problem = self.reader.problems.error(
                    code::BAD_VALUE,
                    place,
                    format!("a bot has at most {INVITES_MAX} invitations"),
                );
                problem.hint("every page of the site reads them all");
                break;
            }
            let Some(doc) = self.reader.item::<InviteDoc>(value, &format!("the invitation \"{name}\"")) else {
                continue;
            };
            let say = self.reader.text(doc.say.node, "an invitation");
            let say = say.filter(|say| self.is_plain(say, doc.say.node));
            let pages = self.pages(doc.pages);
            let after = doc.after.and_then(|field| self.reader.span(field)).unwrap_or(AFTER);
            let visits = self.reader.count(doc.visits).unwrap_or(1);
            let hours = doc.hours.and_then(|field| {
                let name = self.reader.word(field, "the timetable")?;
                self.refer(What::Hours, &name, field.node).then_some(HoursName(name))
            });
            let languages = self.page_languages(doc.language);
            let start = self.flow_of(doc.start);
            let rest = doc.rest.and_then(|field| self.reader.span(field)).unwrap_or(REST);
            let at = self.reader.at_node(key);
            let Some(say) = say else { continue };
            let invite = Invite { name: name.clone(), say, pages, after, visits, hours, languages, start, rest, at };
            invites.insert(name, invite);
        }
        invites
    }

    /// Whether it is short and the same for everybody: nothing is known yet of whoever reads it.
    fn is_plain(&mut self, say: &Text, node: NodeId) -> bool {
        let place = self.reader.tree.place(node);
        if say.templates().iter().any(|template| template.expressions().next().is_some()) {
            let problem = self.reader.problems.error(
                code::BAD_VALUE,
                place,
                "an invitation is the same for everybody: it has no {{ }}",
            );
            problem.hint("say it in the flow that begins when the visitor accepts");
            return false;
        }
        if say.templates().iter().any(|template| template.source.chars().nth(INVITE_CHARS).is_some()) {
            let message = format!("an invitation has at most {INVITE_CHARS} characters");
            self.reader.problems.error(code::TOO_LONG, place, message);
            return false;
        }
        true
    }

    fn pages(&mut self, field: Option<Field<Words>>) -> Vec<String> {
        let named = field.map(|field| self.reader.words(field, "a page")).unwrap_or_default();
        let mut pages = Vec::with_capacity(named.len());
        for (page, node) in named {
            let rooted = ["/", "*", "https://", "http://"].iter().any(|start| page.starts_with(start));
            if rooted && !page.contains(['?', '#']) && !page.contains(char::is_whitespace) {
                pages.push(page);
                continue;
            }
            let place = self.reader.tree.place(node);
            self.reader
                .problems
                .error(code::BAD_VALUE, place, format!("\"{}\" is not a page", shown(&page)))
                .hint("write a path such as /cart or /shop/*, or a whole address, without ? and #");
        }
        pages
    }

    fn page_languages(&mut self, field: Option<Field<Words>>) -> Vec<Language> {
        let named = field.map(|field| self.reader.words(field, "a language")).unwrap_or_default();
        let mut languages = Vec::with_capacity(named.len());
        for (name, node) in named {
            let language = Language::from(name.to_lowercase());
            if self.reader.languages.contains(&language) {
                languages.push(language);
                continue;
            }
            let place = self.reader.tree.place(node);
            let known: Vec<&str> = self.reader.languages.iter().map(Language::as_str).collect();
            let hint = format!("its languages are {}", known.join(", "));
            let message = format!("the bot does not speak \"{}\"", shown(&name));
            self.reader.problems.error(code::UNKNOWN_NAME, place, message).hint(hint);
        }
        languages
    }
}
