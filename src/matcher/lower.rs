//! From a phrase as the author wrote it to parts of the automaton. What stands between two blanks is read as one: `order[s]`
//! becomes the words `order` and `orders`; only where that would be too many words does the automaton go letter by letter. A
//! word that others count as becomes a choice of all its spellings.

use indexmap::IndexMap;

use crate::flow::{Part, Phrase, Synonyms};
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
    pub(super) synonyms: &'p Synonyms,
    /// The part that each word with synonyms became.
    synonym_nodes: Map<usize, NodeId>,
    known: Map<(&'p str, bool), NodeId>,
    depth: usize,
}

/// A phrase cut at its blanks.
#[derive(Clone)]
enum Item<'p> {
    Border,
    Word(String),
    /// A word that others count as, or one of these: its number, and the words here.
    Synonym(usize, String),
    Part(&'p Part),
}

impl<'p> Lowering<'p> {
    pub(super) fn new(
        snippets: &'p IndexMap<String, Vec<Phrase>>,
        expander: &'p Expander<'p>,
        synonyms: &'p Synonyms,
    ) -> Self {
        Self {
            graph: Graph::default(),
            vocabulary: Vocabulary::default(),
            snippets,
            expander,
            synonyms,
            synonym_nodes: Map::default(),
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
        let items = self.with_synonyms(cut_text(text));
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
        if !by_letter {
            items = self.with_synonyms(items);
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
                Item::Word(text) | Item::Synonym(_, text) => Part::Text(text.clone()),
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
            Item::Synonym(synonym, _) => self.synonym(synonym),
            Item::Part(part) => self.part(part, by_letter),
        }
    }

    /// Whether one of the words counts as another, or others as it.
    pub(super) fn has_synonyms(&self, words: &Words) -> bool {
        let all: Vec<&str> = words.iter().map(|(word, _)| word).collect();
        (0..all.len()).any(|at| self.synonyms.beginning(&all[at..]).next().is_some())
    }

    /// The items with words that stand by themselves replaced by what they count as; of several groups the longest.
    fn with_synonyms(&self, items: Vec<Item<'p>>) -> Vec<Item<'p>> {
        if self.synonyms.is_empty() {
            return items;
        }
        let mut found = Vec::with_capacity(items.len());
        let mut at = 0;
        while at < items.len() {
            match self.synonym_at(&items, at) {
                Some((synonym, text, end)) => {
                    found.push(Item::Synonym(synonym, text));
                    at = end;
                }
                None => {
                    found.push(items[at].clone());
                    at += 1;
                }
            }
        }
        found
    }

    /// The longest group that begins here and ends at the border of a word.
    fn synonym_at(&self, items: &[Item<'p>], at: usize) -> Option<(usize, String, usize)> {
        if at > 0 && !is_free(items.get(at - 1), items.get(at)) {
            return None;
        }
        let (mut words, mut ends) = (Vec::new(), Vec::new());
        for (number, item) in items.iter().enumerate().skip(at) {
            match item {
                Item::Word(word) => {
                    words.push(word.as_str());
                    ends.push(number + 1);
                }
                Item::Border if number > at => {}
                _ => break,
            }
        }
        let mut groups = self.synonyms.beginning(&words);
        let (len, synonym) = groups.find(|(len, _)| is_free(items.get(ends[len - 1]), items.get(ends[len - 1] - 1)))?;
        let blank = if words[0].contains(is_unspaced) { "" } else { " " };
        Some((synonym, words[..len].join(blank), ends[len - 1]))
    }

    /// A choice of all spellings.
    fn synonym(&mut self, synonym: usize) -> NodeId {
        if let Some(node) = self.synonym_nodes.get(&synonym) {
            return *node;
        }
        let synonyms = self.synonyms;
        let mut choices = Vec::new();
        for text in synonyms.spellings(synonym) {
            let nodes = cut_text(text).into_iter().map(|item| self.item(item, false)).collect();
            choices.push(self.graph.sequence(nodes));
        }
        let node = self.graph.choice(choices);
        self.synonym_nodes.insert(synonym, node);
        node
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

/// Whether a word may begin or end beside what stands there: nothing, a border, or letters of a script without blanks.
fn is_free(beside: Option<&Item<'_>>, word: Option<&Item<'_>>) -> bool {
    let is_unspaced = |item: Option<&Item<'_>>| matches!(item, Some(Item::Word(word)) if word.contains(is_unspaced));
    matches!(beside, None | Some(Item::Border)) || (is_unspaced(beside) && is_unspaced(word))
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
