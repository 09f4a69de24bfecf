//! All sentence templates of a bot as one automaton over folded words. Equal parts of all templates exist once (a snippet too),
//! and while one message is read, a part is tried at most once at each place. So neither the number of sentences that a template
//! stands for nor the number of templates that share a part costs anything.
//!
//! A place is a byte of the folded message. Rules are found by their rarest necessary words, so that a message touches only
//! templates that it could fit.

use std::cell::RefCell;

use crate::id::{EntityName, SlotName};
use crate::text::{Words, is_unspaced};

use super::vocabulary::{Map, UNKNOWN, Vocabulary, WordId};

/// A part of a template.
pub(super) type NodeId = u32;

/// No message, however odd, costs more than so many tried parts; past it nothing fits.
const STEPS_MAX: u32 = 200_000;

/// A template whose necessary words have more alternatives than this is tried on every message.
const NECESSARY_MAX: usize = 96;

/// A template whose first words take looking at more parts than this is tried from every word.
const FIRST_MAX: usize = 256;

/// A sequence of at most so many parts becomes a part of the sequence around it.
const INLINE_MAX: usize = 8;

/// What a part accepts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// Nothing at all.
    Empty,
    /// No text whatever.
    Never,
    /// One whole word.
    Word(WordId),
    /// Letters inside a word, or of a script without blanks.
    Letters(Box<str>),
    /// The border of a word.
    Border,
    /// A value of that kind, which the phrase perhaps named a slot for.
    Value(EntityName, Option<SlotName>),
    /// All parts, one after the other.
    Sequence(Box<[NodeId]>),
    /// One of the parts.
    Choice(Box<[NodeId]>),
}

/// The automaton.
#[derive(Debug, Clone, Default)]
pub(super) struct Graph {
    nodes: Vec<Node>,
    ids: Map<Node, NodeId>,
}

impl Graph {
    /// The part, a new one only if there is no equal one yet.
    pub(super) fn add(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.ids.get(&node) {
            return *id;
        }
        let id = NodeId::try_from(self.nodes.len()).unwrap_or(NodeId::MAX);
        self.nodes.push(node.clone());
        self.ids.insert(node, id);
        id
    }

    /// Parts one after the other.
    pub(super) fn sequence(&mut self, parts: Vec<NodeId>) -> NodeId {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match &self.nodes[part as usize] {
                Node::Empty => {}
                // Snippets that double each other must not double the list.
                Node::Sequence(inner) if inner.len() <= INLINE_MAX => flat.extend_from_slice(inner),
                _ => flat.push(part),
            }
        }
        match flat.as_slice() {
            [] => self.add(Node::Empty),
            [one] => *one,
            _ => self.add(Node::Sequence(flat.into())),
        }
    }

    /// One of several parts; their order does not matter.
    pub(super) fn choice(&mut self, mut parts: Vec<NodeId>) -> NodeId {
        parts.sort_unstable();
        parts.dedup();
        match parts.as_slice() {
            [] => self.add(Node::Never),
            [one] => *one,
            _ => self.add(Node::Choice(parts.into())),
        }
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    /// Forgets what only building needs.
    pub(super) fn seal(&mut self) {
        self.ids = Map::default();
        self.nodes.shrink_to_fit();
    }

    /// How many parts there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// How many words a text must and may have to fit the part.
    fn words(&self, id: NodeId, known: &mut Map<NodeId, (u32, u32)>) -> (u32, u32) {
        if let Some(words) = known.get(&id) {
            return *words;
        }
        let words = match self.node(id) {
            Node::Empty | Node::Border | Node::Never => (0, 0),
            Node::Word(_) => (1, 1),
            Node::Letters(_) => (0, u32::MAX),
            Node::Value(..) => (1, u32::MAX),
            Node::Sequence(parts) => parts
                .iter()
                .map(|part| self.words(*part, known))
                .fold((0_u32, 0_u32), |sum, part| (sum.0.saturating_add(part.0), sum.1.saturating_add(part.1))),
            Node::Choice(parts) => parts
                .iter()
                .map(|part| self.words(*part, known))
                .fold((u32::MAX, 0), |all, part| (all.0.min(part.0), all.1.max(part.1))),
        };
        known.insert(id, words);
        words
    }

    fn count_words(&self, id: NodeId, seen: &mut Vec<NodeId>, counts: &mut Map<WordId, u32>) {
        match self.node(id) {
            Node::Word(word) => *counts.entry(*word).or_default() += 1,
            Node::Sequence(parts) | Node::Choice(parts) => {
                if !seen.contains(&id) {
                    seen.push(id);
                    parts.iter().for_each(|part| self.count_words(*part, seen, counts));
                }
            }
            Node::Empty | Node::Never | Node::Letters(_) | Node::Border | Node::Value(..) => {}
        }
    }

    /// Adds the words that a fitting text can begin with. Tells whether the part may also take no word at all; nothing where
    /// a fitting text can begin with anything.
    fn first_words(&self, id: NodeId, words: &mut Vec<WordId>, tries: &mut usize) -> Option<bool> {
        *tries = tries.checked_sub(1)?;
        match self.node(id) {
            Node::Empty | Node::Border => Some(true),
            Node::Never => Some(false),
            Node::Word(word) => {
                words.push(*word);
                Some(false)
            }
            Node::Letters(_) | Node::Value(..) => None,
            Node::Sequence(parts) => {
                for part in parts {
                    if !self.first_words(*part, words, tries)? {
                        return Some(false);
                    }
                }
                Some(true)
            }
            Node::Choice(parts) => {
                let mut may_be_empty = false;
                for part in parts {
                    may_be_empty |= self.first_words(*part, words, tries)?;
                }
                Some(may_be_empty)
            }
        }
    }

    /// Words of which every fitting text has at least one, the rarest that there are.
    fn necessary(
        &self,
        id: NodeId,
        counts: &Map<WordId, u32>,
        known: &mut Map<NodeId, Option<Vec<WordId>>>,
    ) -> Option<Vec<WordId>> {
        if let Some(words) = known.get(&id) {
            return words.clone();
        }
        let cost = |words: &[WordId]| -> u64 {
            words.iter().map(|word| u64::from(counts.get(word).copied().unwrap_or(0))).sum()
        };
        let words = match self.node(id) {
            Node::Word(word) => return Some(vec![*word]),
            Node::Sequence(parts) => parts
                .iter()
                .filter_map(|part| self.necessary(*part, counts, known))
                .min_by(|a, b| (cost(a), a.len()).cmp(&(cost(b), b.len()))),
            Node::Choice(parts) => {
                let mut all = Some(Vec::new());
                for part in parts {
                    let words = self.necessary(*part, counts, known);
                    all = all.zip(words).map(|(mut all, words)| {
                        all.extend(words);
                        all
                    });
                }
                all.map(|mut all| {
                    all.sort_unstable();
                    all.dedup();
                    all
                })
                .filter(|all| !all.is_empty() && all.len() <= NECESSARY_MAX)
            }
            Node::Empty | Node::Never | Node::Letters(_) | Node::Border | Node::Value(..) => None,
        };
        known.insert(id, words.clone());
        words
    }
}

/// Templates that are looked for together, found by their necessary words.
#[derive(Debug, Clone, Default)]
pub(super) struct Templates {
    list: Vec<Template>,
    by_word: Map<WordId, Vec<u32>>,
    always: Vec<u32>,
    /// The words that templates can begin with, those of one template in order.
    firsts: Vec<WordId>,
}

#[derive(Debug, Clone, Copy)]
struct Template {
    root: NodeId,
    words_min: u32,
    words_max: u32,
    /// Where its first words lie; none where it can begin with anything.
    firsts: Option<(u32, u32)>,
}

impl Templates {
    /// Prepares templates; the number of each is its place in the list.
    pub(super) fn new(graph: &Graph, roots: &[NodeId]) -> Self {
        let mut counts = Map::default();
        let mut seen = Vec::new();
        for root in roots {
            seen.clear();
            graph.count_words(*root, &mut seen, &mut counts);
        }
        let mut templates = Self::default();
        let (mut sizes, mut necessary) = (Map::default(), Map::default());
        let mut first = Vec::new();
        for (number, root) in (0..).zip(roots) {
            let (words_min, words_max) = graph.words(*root, &mut sizes);
            first.clear();
            let mut tries = FIRST_MAX;
            let firsts = (graph.first_words(*root, &mut first, &mut tries) == Some(false)).then(|| {
                first.sort_unstable();
                first.dedup();
                let from = templates.firsts.len() as u32;
                templates.firsts.extend_from_slice(&first);
                (from, templates.firsts.len() as u32)
            });
            templates.list.push(Template { root: *root, words_min, words_max, firsts });
            match graph.necessary(*root, &counts, &mut necessary) {
                Some(words) => {
                    for word in words {
                        templates.by_word.entry(word).or_default().push(number);
                    }
                }
                None => templates.always.push(number),
            }
        }
        templates
    }

    /// The templates that a message with these words could fit, each once, in order.
    fn candidates(&self, ids: &[WordId]) -> Vec<u32> {
        let mut found = self.always.clone();
        for (at, id) in ids.iter().enumerate() {
            if *id != UNKNOWN && !ids[..at].contains(id) {
                found.extend(self.by_word.get(id).into_iter().flatten());
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether the template can begin with the word: spares most tries, which cost far more than this look.
    fn begins_with(&self, template: Template, word: WordId) -> bool {
        template.firsts.is_none_or(|(from, to)| match &self.firsts[from as usize..to as usize] {
            [only] => *only == word,
            several => several.binary_search(&word).is_ok(),
        })
    }

    /// Every template that fits from one of `starts` to one of `ends` (numbers of words, the ends one past): number, first word,
    /// word after the last. Of one template the widest place counts.
    pub(super) fn whole(&self, reader: &Reader<'_>, starts: &[usize], ends: &[usize]) -> Vec<(u32, usize, usize)> {
        let (Some(first), Some(last)) = (starts.iter().min(), ends.iter().max()) else { return Vec::new() };
        let (Some(widest), Some(narrowest)) = (
            last.checked_sub(*first),
            ends.iter().min().map(|end| end.saturating_sub(starts.iter().max().copied().unwrap_or(0))),
        ) else {
            return Vec::new();
        };
        let mut fits = Vec::new();
        let mut reached = Vec::new();
        for number in self.candidates(&reader.ids) {
            let template = self.list[number as usize];
            if (template.words_min as usize) > widest || (template.words_max as usize) < narrowest {
                continue;
            }
            'one: for start in starts {
                if !reader.ids.get(*start).is_none_or(|word| self.begins_with(template, *word)) {
                    continue;
                }
                reader.reach(template.root, reader.start_of(*start), &mut reached);
                for end in ends {
                    if end > start && reached.iter().any(|place| reader.is_end_of(*end, *place)) {
                        fits.push((number, *start, *end));
                        break 'one;
                    }
                }
            }
        }
        fits
    }

    /// Every place where a template fits whole words: number, first word, word after the last; the longest from each start.
    pub(super) fn anywhere(&self, reader: &Reader<'_>) -> Vec<(u32, usize, usize)> {
        let mut fits = Vec::new();
        let mut reached = Vec::new();
        for number in self.candidates(&reader.ids) {
            let template = self.list[number as usize];
            let last_start = reader.ids.len().saturating_sub(template.words_min as usize);
            for start in 0..=last_start.min(reader.ids.len().saturating_sub(1)) {
                if !reader.ids.get(start).is_none_or(|word| self.begins_with(template, *word)) {
                    continue;
                }
                reader.reach(template.root, reader.start_of(start), &mut reached);
                if let Some(end) =
                    reached.iter().rev().find_map(|place| reader.end_word(*place)).filter(|end| *end > start)
                {
                    fits.push((number, start, end));
                }
            }
        }
        fits
    }

    /// The values that the template takes between two words, in order: kind, named slot, first word, word after the last.
    pub(super) fn captures<'g>(&self, reader: &Reader<'g>, number: u32, start: usize, end: usize) -> Vec<Capture<'g>> {
        let root = self.list[number as usize].root;
        let from = reader.start_of(start);
        let mut captures = Vec::new();
        let reached = reader.ends(root, from);
        if let Some(place) = reached.iter().find(|place| reader.is_end_of(end, **place)) {
            reader.trace(root, from, *place, &mut captures);
        }
        captures
    }
}

/// A value that a template took: kind, named slot, places.
#[derive(Debug, Clone, Copy)]
pub(super) struct Capture<'g> {
    pub(super) entity: &'g EntityName,
    pub(super) slot: Option<&'g SlotName>,
    pub(super) from: u32,
    pub(super) to: u32,
}

/// A value that was found in the message beforehand: kind, first word, word after the last.
#[derive(Debug, Clone)]
pub(super) struct ValueSpan {
    pub(super) entity: EntityName,
    pub(super) first: usize,
    pub(super) end: usize,
}

/// Where a part leads to from a place.
type Known = Map<(NodeId, u32), Box<[u32]>>;

/// One message being read.
pub(super) struct Reader<'g> {
    graph: &'g Graph,
    words: &'g Words,
    ids: Vec<WordId>,
    values: &'g [ValueSpan],
    /// The number of the word that begins at a byte, one more than the number of the word that ends at it; 0 for none.
    begins: Vec<u32>,
    finishes: Vec<u32>,
    known: RefCell<Known>,
    steps: RefCell<u32>,
}

impl<'g> Reader<'g> {
    pub(super) fn new(graph: &'g Graph, vocabulary: &Vocabulary, words: &'g Words, values: &'g [ValueSpan]) -> Self {
        let mut begins = vec![0; words.folded().len() + 1];
        let mut finishes = begins.clone();
        for (number, word) in (1..).zip(words.list()) {
            begins[word.from as usize] = number;
            finishes[word.to as usize] = number;
        }
        let ids = words.iter().map(|(word, _)| vocabulary.id(word)).collect();
        Self { graph, words, ids, values, begins, finishes, known: RefCell::default(), steps: RefCell::new(0) }
    }

    /// The numbers of the words.
    pub(super) fn ids(&self) -> &[WordId] {
        &self.ids
    }

    fn start_of(&self, word: usize) -> u32 {
        self.words.list().get(word).map_or(self.words.folded().len() as u32, |word| word.from)
    }

    /// Whether the place is where the word before number `end` ends; a border may already have led on to the next word.
    fn is_end_of(&self, end: usize, place: u32) -> bool {
        self.end_word(place) == Some(end)
    }

    /// The number of words that lie before the place, if it is a border of words.
    pub(super) fn end_word(&self, place: u32) -> Option<usize> {
        match (self.finishes[place as usize], self.begins[place as usize]) {
            (0, 0) => None,
            (0, begun) => Some(begun as usize - 1),
            (finished, _) => Some(finished as usize),
        }
    }

    /// The places that the part can lead to from a place, in order.
    fn ends(&self, id: NodeId, at: u32) -> Box<[u32]> {
        let mut out = Vec::new();
        self.reach(id, at, &mut out);
        out.into()
    }

    /// As `ends`, into a list that is used again and again.
    fn reach(&self, id: NodeId, at: u32, out: &mut Vec<u32>) {
        out.clear();
        self.walk(id, at, out);
        if out.len() > 1 {
            out.sort_unstable();
            out.dedup();
        }
    }

    fn walk(&self, id: NodeId, at: u32, out: &mut Vec<u32>) {
        {
            let mut steps = self.steps.borrow_mut();
            *steps += 1;
            if *steps > STEPS_MAX {
                return;
            }
        }
        match self.graph.node(id) {
            Node::Sequence(parts) => self.walk_sequence(id, parts, at, out),
            Node::Choice(parts) => {
                if let Some(known) = self.known.borrow().get(&(id, at)) {
                    out.extend_from_slice(known);
                    return;
                }
                let mut ends = Vec::new();
                for part in parts {
                    self.walk(*part, at, &mut ends);
                }
                ends.sort_unstable();
                ends.dedup();
                out.extend_from_slice(&ends);
                self.known.borrow_mut().insert((id, at), ends.into());
            }
            leaf => self.step(leaf, at, out),
        }
    }

    fn walk_sequence(&self, id: NodeId, parts: &[NodeId], at: u32, out: &mut Vec<u32>) {
        // As long as there is one place only, which is nearly always, no list is needed.
        let mut place = at;
        let mut scratch = Vec::new();
        let mut done = 0;
        while let Some(part) = parts.get(done) {
            match self.graph.node(*part) {
                Node::Word(word) => match self.after_word(*word, place) {
                    Some(next) => place = next,
                    None => return,
                },
                Node::Border => match self.after_border(place) {
                    Some(next) => place = next,
                    None => return,
                },
                _ => break,
            }
            done += 1;
        }
        if done == parts.len() {
            out.push(place);
            return;
        }
        if let Some(known) = self.known.borrow().get(&(id, at)) {
            out.extend_from_slice(known);
            return;
        }
        let mut places = vec![place];
        for part in &parts[done..] {
            scratch.clear();
            for place in &places {
                self.walk(*part, *place, &mut scratch);
            }
            scratch.sort_unstable();
            scratch.dedup();
            std::mem::swap(&mut places, &mut scratch);
            if places.is_empty() {
                break;
            }
        }
        out.extend_from_slice(&places);
        self.known.borrow_mut().insert((id, at), places.into());
    }

    fn step(&self, leaf: &Node, at: u32, out: &mut Vec<u32>) {
        match leaf {
            Node::Empty => out.push(at),
            Node::Never | Node::Sequence(_) | Node::Choice(_) => {}
            Node::Word(word) => out.extend(self.after_word(*word, at)),
            Node::Border => out.extend(self.after_border(at)),
            Node::Letters(letters) => {
                if self.words.folded()[at as usize..].starts_with(&**letters) {
                    out.push(at + letters.len() as u32);
                }
            }
            Node::Value(entity, _) => {
                let list = self.words.list();
                let Some(first) = self.begins[at as usize].checked_sub(1).map(|first| first as usize) else { return };
                match entity.as_str() {
                    // Any text has no shape of its own: the words around it decide where it ends.
                    "text" => out.extend(list[first..].iter().map(|word| word.to)),
                    "name" => out.extend(list[first..].iter().take(4).map(|word| word.to)),
                    _ => out.extend(
                        self.values
                            .iter()
                            .filter(|value| value.first == first && value.entity == *entity && value.end > first)
                            .map(|value| list[value.end - 1].to),
                    ),
                }
            }
        }
    }

    fn after_word(&self, word: WordId, at: u32) -> Option<u32> {
        let number = self.begins[at as usize].checked_sub(1)? as usize;
        (self.ids[number] == word).then(|| self.words.list()[number].to)
    }

    /// Over the blank to the next word; nowhere from the middle of a word.
    fn after_border(&self, at: u32) -> Option<u32> {
        let folded = self.words.folded().as_bytes();
        if at as usize == folded.len() || self.begins[at as usize] != 0 {
            return Some(at);
        }
        if folded[at as usize] == b' ' {
            return Some(at + 1);
        }
        let beside = |c: Option<char>| c.is_some_and(is_unspaced);
        let (before, after) = self.words.folded().split_at(at as usize);
        (beside(before.chars().next_back()) && beside(after.chars().next())).then_some(at)
    }

    /// Finds one way from `at` to `to` and tells the values on it.
    fn trace(&self, id: NodeId, at: u32, to: u32, captures: &mut Vec<Capture<'g>>) {
        match self.graph.node(id) {
            Node::Value(entity, slot) => captures.push(Capture { entity, slot: slot.as_ref(), from: at, to }),
            Node::Choice(parts) => {
                if let Some(part) = parts.iter().find(|part| self.ends(**part, at).contains(&to)) {
                    self.trace(*part, at, to, captures);
                }
            }
            Node::Sequence(parts) => {
                let mut reached: Vec<Box<[u32]>> = vec![[at].into()];
                for part in parts {
                    let mut places = Vec::new();
                    for place in reached.last().into_iter().flatten() {
                        self.walk(*part, *place, &mut places);
                    }
                    places.sort_unstable();
                    places.dedup();
                    reached.push(places.into());
                }
                let mut way = vec![to];
                for (part, places) in parts.iter().zip(&reached).rev() {
                    let target = way.last().copied().unwrap_or(to);
                    let Some(place) = places.iter().find(|place| self.ends(*part, **place).contains(&target)) else {
                        return;
                    };
                    way.push(*place);
                }
                way.reverse();
                for (part, pair) in parts.iter().zip(way.windows(2)) {
                    self.trace(*part, pair[0], pair[1], captures);
                }
            }
            Node::Empty | Node::Never | Node::Word(_) | Node::Letters(_) | Node::Border => {}
        }
    }
}
