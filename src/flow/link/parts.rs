//! What steps are made of: places, kinds, slots, repeats, buttons, pictures, links and cards.

use crate::flow::document::{CardDoc, Cards, Field, ImageDoc, LinkDoc, Retries, SaysList, Word, Words};
use crate::flow::link::layout::Layout;
use crate::flow::link::{Linker, What};
use crate::flow::read::Entries;
use crate::flow::report::code;
use crate::flow::traps::split_by_comma;
use crate::flow::tree::{Data, NodeId, shown};
use crate::flow::{Card, Image, Kind, Link, Retry, Text};
use crate::id::{EntityName, IntentName, PlaceName, SlotName};

/// Names that expressions give a meaning of their own, and so no slot can have.
const NO_SLOTS: &[&str] = &["env", "secret", "and", "or", "not", "in", "is", "if", "else", "true", "false", "none"];

/// The built-in kinds of values by name.
pub(crate) const KINDS: &[(&str, Kind)] = &[
    ("text", Kind::Text),
    ("yes_no", Kind::YesNo),
    ("name", Kind::Name),
    ("email", Kind::Email),
    ("phone", Kind::Phone),
    ("number", Kind::Number),
    ("date", Kind::Date),
    ("time", Kind::Time),
    ("money", Kind::Money),
    ("url", Kind::Url),
    ("photo", Kind::Photo),
    ("file", Kind::File),
];

impl Linker<'_> {
    pub(crate) fn place(
        &mut self,
        layout: &mut Layout,
        kind: &str,
        node: NodeId,
        slot: Option<&SlotName>,
        text: &Text,
    ) -> PlaceName {
        let source = match self.reader.languages.first() {
            Some(language) => text.source(language).to_owned(),
            None => String::new(),
        };
        self.place_of(layout, kind, node, slot, &source)
    }

    pub(crate) fn place_of(
        &mut self,
        layout: &mut Layout,
        kind: &str,
        node: NodeId,
        slot: Option<&SlotName>,
        text: &str,
    ) -> PlaceName {
        let tree = self.reader.tree;
        let id = tree.get(node, "id").and_then(|id| tree.text(id));
        let name = layout.place_name(kind, id, slot.map(SlotName::as_str), text);
        if let Some(first) = layout.places.insert(name.clone(), node)
            && id.is_none()
        {
            let (place, first) = (tree.place(node), tree.place(first));
            self.reader
                .problems
                .error(
                    code::DUPLICATE_PLACE,
                    place,
                    "another step of this flow that waits has the same name".to_owned(),
                )
                .hint("give one of them an `id:`, so that waiting visitors find their step after a change of the bot")
                .related(first, "the other one");
        }
        name
    }

    /// A kind of value by its name.
    pub(crate) fn kind(&mut self, name: &str, node: NodeId) -> Option<Kind> {
        let place = self.reader.tree.place(node);
        self.kind_at(name, place)
    }

    pub(crate) fn kind_at(&mut self, name: &str, place: crate::flow::source::Place) -> Option<Kind> {
        if let Some((_, kind)) = KINDS.iter().find(|(kind, _)| *kind == name) {
            return Some(kind.clone());
        }
        if self.is_known(What::Entity, name) {
            self.refer_at(What::Entity, name, place);
            return Some(Kind::Entity(EntityName(name.to_owned())));
        }
        if self.reader.is_lost(name) {
            return None;
        }
        let own: Vec<String> = self.section(What::Entity).keys().cloned().collect();
        let known: Vec<&str> = KINDS.iter().map(|(kind, _)| *kind).chain(own.iter().map(String::as_str)).collect();
        let hint = self.reader.problems.did_you_mean(name, known.iter().copied());
        self.reader
            .problems
            .error(code::UNKNOWN_NAME, place, format!("there is no entity \"{}\"", shown(name)))
            .hint(hint.unwrap_or_else(|| format!("there is {}", known.join(", "))));
        None
    }

    /// The name of a slot.
    pub(crate) fn slot(&mut self, field: Field<Word>) -> Option<SlotName> {
        let name = self.reader.word(field, "the name of a slot")?;
        let own = name.strip_prefix("contact.").unwrap_or(&name);
        let well_formed = own.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && own.chars().all(|c| c.is_alphanumeric() || c == '_')
            && own.chars().count() <= 60;
        // The bot's own flow keeps what the visitor left as `message`; authors have that name for the visitor's last words.
        let reserved = own == name
            && self.reader.sentences.is_none()
            && (crate::flow::ROOTS.contains(&own) || NO_SLOTS.contains(&own));
        if well_formed && !reserved {
            return Some(SlotName(name));
        }
        let place = self.reader.tree.place(field.node);
        let message = match reserved {
            true => format!("\"{name}\" has a meaning of its own and cannot be a slot"),
            false => format!("\"{}\" cannot be the name of a slot", shown(&name)),
        };
        self.reader
            .problems
            .error(code::BAD_NAME, place, message)
            .hint("slots have letters, digits and `_`; `contact.name` outlives its flow");
        None
    }

    pub(crate) fn retry(&mut self, field: Option<Field<Retries>>) -> Retry {
        let Some(field) = field else { return Retry::default() };
        match &self.reader.tree.node(field.node).data {
            Data::List(items) => {
                let items = items.clone();
                split_by_comma(&mut self.reader.problems, self.reader.tree, field.node, Entries::Sentences);
                let texts: Vec<Text> =
                    items.iter().filter_map(|&item| self.reader.text(item, "what is said at a repeat")).collect();
                Retry { limit: Some(items.len() as u32), texts }
            }
            _ => Retry { limit: self.reader.count(Some(Field::at(field.node))), texts: Vec::new() },
        }
    }

    pub(crate) fn offer(&mut self, field: Option<Field<Words>>) -> Vec<IntentName> {
        let Some(field) = field else { return Vec::new() };
        let names = self.reader.words(field, "an intent");
        names
            .into_iter()
            .filter(|(name, node)| self.refer(What::Intent, name, *node))
            .map(|(name, _)| name.into())
            .collect()
    }

    pub(crate) fn buttons(&mut self, field: Option<Field<SaysList>>) -> Vec<Text> {
        let Some(field) = field else { return Vec::new() };
        let items = match &self.reader.tree.node(field.node).data {
            Data::List(items) => items.clone(),
            _ => {
                let place = self.reader.tree.place(field.node);
                self.reader.problems.error(code::BAD_VALUE, place, "`buttons` are a list of texts");
                return Vec::new();
            }
        };
        split_by_comma(&mut self.reader.problems, self.reader.tree, field.node, Entries::Sentences);
        items.into_iter().filter_map(|item| self.reader.text(item, "a button")).collect()
    }

    pub(crate) fn image(&mut self, field: Option<Field<ImageDoc>>) -> Option<Image> {
        let doc = self.reader.item::<ImageDoc>(field?.node, "a picture")?;
        let url = self.url(doc.url.node);
        let alt = self.reader.text(doc.alt.node, "what the picture shows");
        Some(Image { url: url?, alt: alt? })
    }

    pub(crate) fn link_of(&mut self, field: Option<Field<LinkDoc>>) -> Option<Link> {
        let doc = self.reader.item::<LinkDoc>(field?.node, "a link")?;
        let url = self.url(doc.url.node);
        let text = self.reader.text(doc.text.node, "the text of the link");
        Some(Link { url: url?, text: text? })
    }

    fn url(&mut self, node: NodeId) -> Option<crate::flow::Template> {
        let source = self.reader.prose(node, "an address")?;
        self.reader.template(&source, node)
    }

    pub(crate) fn cards(&mut self, field: Option<Field<Cards>>) -> Vec<Card> {
        let Some(field) = field else { return Vec::new() };
        let mut cards = Vec::new();
        for item in self.reader.tree.items(field.node).to_vec() {
            let Some(doc) = self.reader.item::<CardDoc>(item, "a card") else { continue };
            let title = self.reader.text(doc.title.node, "the heading");
            let text = doc.text.and_then(|field| self.reader.text(field.node, "the text of a card"));
            let (image, link, offer) = (self.image(doc.image), self.link_of(doc.link), self.offer(doc.offer));
            cards.extend(title.map(|title| Card { title, text, image, link, offer }));
        }
        cards
    }
}
