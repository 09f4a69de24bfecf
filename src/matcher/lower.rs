//! From a phrase as the author wrote it to parts of the automaton. What stands between two blanks is read as one: `order[s]`
//! becomes the words `order` and `orders`; only where that would be too many words does the automaton go letter by letter.

use indexmap::IndexMap;

use crate::flow::{Part, Phrase};
use crate::text::{Words, is_apostrophe, is_invisible, is_unspaced};

use super::expand::{Expander, SNIPPET_DEPTH_MAX};
use super::graph::{Graph, Node, NodeId};
use super::vocabulary::{Map, Vocabulary};

/// What is written without blanks between may stand for at most so many words; above it is read letter by letter.
const SPELLINGS_MAX: usize = 32;

/// Builds the automaton.
pub(super) struct Lowering<'p> {
    pub(super) graph: Graph,
    pub(super) vocabulary: Vocabulary,
    snippets: &'p IndexMap<String, Vec<Phrase>>,
    expander: &'p Expander<'p>,
    known: Map<(&'p str, bool), NodeId>,
    depth: usize,
}

/// A phrase cut at its blanks.
enum Item<'p> {
    Border,
    Word(String),
    Part(&'p Part),
}

impl<'p> Lowering<'p> {
    pub(super) fn new(snippets: &'p IndexMap<String, Vec<Phrase>>, expander: &'p Expander<'p>) -> Self {
        Self {
            graph: Graph::default(),
            vocabulary: Vocabulary::default(),
            snippets,
            expander,
            known: Map::default(),
            depth: 0,
        }
    }

    /// The part of the automaton that fits what the phrase says.
    pub(super) fn phrase(&mut self, phrase: &'p Phrase) -> NodeId {
        self.parts(&phrase.parts, false)
    }

    /// The part of the automaton that fits a plain text.
    pub(super) fn text(&mut self, text: &str) -> NodeId {
        let items = cut_text(text);
        let nodes = items.into_iter().map(|item| self.item(item, false)).collect();
        self.graph.sequence(nodes)
    }

    fn parts(&mut self, parts: &'p [Part], by_letter: bool) -> NodeId {
        let mut items = Vec::new();
        for part in parts {
            match part {
                Part::Text(text) => items.extend(cut_text(text)),
                other => items.push(Item::Part(other)),
            }
        }
        let mut nodes = Vec::new();
        let mut run = Vec::new();
        for item in items {
            if matches!(item, Item::Border) {
                nodes.extend(self.run(std::mem::take(&mut run), by_letter));
                nodes.push(self.graph.add(Node::Border));
            } else {
                run.push(item);
            }
        }
        nodes.extend(self.run(run, by_letter));
        self.graph.sequence(nodes)
    }

    /// Items that no blank separates.
    fn run(&mut self, run: Vec<Item<'p>>, by_letter: bool) -> Vec<NodeId> {
        if run.len() > 1 && !by_letter && run.iter().any(|item| matches!(item, Item::Part(_))) {
            if let Some(spellings) = self.spellings(&run) {
                let choices = spellings.iter().map(|text| self.text(text)).collect();
                return vec![self.graph.choice(choices)];
            }
            return run.into_iter().map(|item| self.item(item, true)).collect();
        }
        run.into_iter().map(|item| self.item(item, by_letter)).collect()
    }

    fn spellings(&self, run: &[Item<'p>]) -> Option<Vec<String>> {
        let parts: Vec<Part> = run
            .iter()
            .map(|item| match item {
                Item::Border => Part::Text(" ".to_owned()),
                Item::Word(text) => Part::Text(text.clone()),
                Item::Part(part) => (*part).clone(),
            })
            .collect();
        if self.expander.has_values(&parts) { None } else { self.expander.all(&parts, SPELLINGS_MAX) }
    }

    fn item(&mut self, item: Item<'p>, by_letter: bool) -> NodeId {
        match item {
            Item::Border => self.graph.add(Node::Border),
            Item::Word(word) if by_letter || word.contains(is_unspaced) => {
                for (word, _) in Words::of(&word).iter() {
                    self.vocabulary.intern(word);
                }
                self.graph.add(Node::Letters(word.into()))
            }
            Item::Word(word) => {
                let id = self.vocabulary.intern(&word);
                self.graph.add(Node::Word(id))
            }
            Item::Part(part) => self.part(part, by_letter),
        }
    }

    fn part(&mut self, part: &'p Part, by_letter: bool) -> NodeId {
        match part {
            Part::Text(_) => self.parts(std::slice::from_ref(part), by_letter),
            Part::Choice(all) => {
                let choices = all.iter().map(|parts| self.parts(parts, by_letter)).collect();
                self.graph.choice(choices)
            }
            Part::Optional(all) => {
                let mut choices: Vec<NodeId> = all.iter().map(|parts| self.parts(parts, by_letter)).collect();
                choices.push(self.graph.add(Node::Empty));
                self.graph.choice(choices)
            }
            Part::Entity { entity, slot } => self.graph.add(Node::Value(entity.clone(), slot.clone())),
            Part::Snippet(name) => self.snippet(name, by_letter),
        }
    }

    fn snippet(&mut self, name: &'p str, by_letter: bool) -> NodeId {
        if let Some(node) = self.known.get(&(name, by_letter)) {
            return *node;
        }
        // Linking reports a cycle; here it must only not hang.
        if self.depth > SNIPPET_DEPTH_MAX {
            return self.graph.add(Node::Never);
        }
        self.depth += 1;
        let phrases = self.snippets.get(name).map_or(&[][..], Vec::as_slice);
        let choices = phrases.iter().map(|phrase| self.parts(&phrase.parts, by_letter)).collect();
        self.depth -= 1;
        let node = self.graph.choice(choices);
        self.known.insert((name, by_letter), node);
        node
    }
}

/// The folded words of a literal text and the borders around them. An apostrophe is no border, a blank or a comma is one.
fn cut_text(text: &str) -> Vec<Item<'static>> {
    let words = Words::of(text);
    let parts = |gap: &str| gap.chars().any(|c| !is_apostrophe(c) && !is_invisible(c));
    let mut items = Vec::new();
    let mut end = 0;
    for (word, range) in words.iter() {
        if parts(&text[end..range.start]) {
            items.push(Item::Border);
        }
        items.push(Item::Word(word.to_owned()));
        end = range.end;
    }
    if parts(&text[end..]) {
        items.push(Item::Border);
    }
    items
}
