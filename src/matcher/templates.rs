//! Templates that are looked for together in a message: which of them it could fit, where they fit, what values they take.

use super::graph::{Capture, Graph, NodeId, Reader};
use super::vocabulary::{Map, UNKNOWN, WordId};

/// A template whose first words take looking at more parts than this is tried from every word.
const FIRST_MAX: usize = 256;

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
        for number in self.candidates(reader.ids()) {
            let template = self.list[number as usize];
            if (template.words_min as usize) > widest || (template.words_max as usize) < narrowest {
                continue;
            }
            'one: for start in starts {
                if !reader.ids().get(*start).is_none_or(|word| self.begins_with(template, *word)) {
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
        for number in self.candidates(reader.ids()) {
            let template = self.list[number as usize];
            let last_start = reader.ids().len().saturating_sub(template.words_min as usize);
            for start in 0..=last_start.min(reader.ids().len().saturating_sub(1)) {
                if !reader.ids().get(start).is_none_or(|word| self.begins_with(template, *word)) {
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
