//! Keywords and excluding words: found anywhere in the message, at the borders of words, all at once by Aho–Corasick over the
//! folded text. Templates that stand for too many words to list are looked for by the automaton instead.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use crate::flow::Phrase;
use crate::text::{Words, is_unspaced};

use super::expand::Expander;
use super::graph::{NodeId, Reader};
use super::lower::Lowering;
use super::templates::Templates;
use super::vocabulary::Map;

/// A keyword is listed word by word up to so many spellings.
const SPELLINGS_MAX: usize = 64;

/// Collects rules until all are known.
#[derive(Default)]
pub(super) struct KeywordsBuilder {
    spellings: Vec<String>,
    rules_of: Vec<Vec<u32>>,
    numbers: Map<String, usize>,
    roots: Vec<NodeId>,
    root_rules: Vec<u32>,
}

/// All keywords, ready to be found.
#[derive(Debug, Clone, Default)]
pub(super) struct Keywords {
    automaton: Option<AhoCorasick>,
    rules_of: Vec<Vec<u32>>,
    templates: Templates,
    template_rules: Vec<u32>,
}

/// A keyword in the message: the rule, the first word and the word after the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub(super) rule: u32,
    pub(super) first: usize,
    pub(super) end: usize,
}

impl KeywordsBuilder {
    pub(super) fn add<'p>(
        &mut self,
        rule: u32,
        phrase: &'p Phrase,
        expander: &Expander<'p>,
        lowering: &mut Lowering<'p>,
    ) {
        let listed = if expander.has_values(&phrase.parts) { None } else { expander.all(&phrase.parts, SPELLINGS_MAX) };
        let Some(spellings) = listed else {
            self.roots.push(lowering.phrase(phrase));
            self.root_rules.push(rule);
            return;
        };
        for spelling in spellings {
            let words = Words::of(&spelling);
            for (word, _) in words.iter() {
                lowering.vocabulary.intern(word);
            }
            if words.is_empty() {
                continue;
            }
            if lowering.has_synonyms(&words) {
                self.roots.push(lowering.text(&spelling));
                self.root_rules.push(rule);
                continue;
            }
            let fresh = self.spellings.len();
            let number = *self.numbers.entry(words.folded().to_owned()).or_insert(fresh);
            if number == fresh {
                self.spellings.push(words.folded().to_owned());
                self.rules_of.push(Vec::new());
            }
            if self.rules_of[number].last() != Some(&rule) {
                self.rules_of[number].push(rule);
            }
        }
    }

    pub(super) fn build(self, lowering: &Lowering<'_>) -> Keywords {
        // The automaton fails to build only past limits that the limit on phrases keeps far away.
        let automaton = if self.spellings.is_empty() {
            None
        } else {
            AhoCorasickBuilder::new().match_kind(MatchKind::Standard).build(&self.spellings).ok()
        };
        Keywords {
            automaton,
            rules_of: self.rules_of,
            templates: Templates::new(&lowering.graph, &self.roots),
            template_rules: self.root_rules,
        }
    }
}

impl Keywords {
    /// All keywords in the message, in its order.
    pub(super) fn find(&self, words: &Words, reader: &Reader<'_>) -> Vec<Hit> {
        let mut hits = Vec::new();
        let folded = words.folded();
        if let Some(automaton) = &self.automaton {
            for found in automaton.find_overlapping_iter(folded) {
                if !is_border(folded, found.start()) || !is_border(folded, found.end()) {
                    continue;
                }
                let list = words.list();
                let first = list.partition_point(|word| word.to as usize <= found.start());
                let end = list.partition_point(|word| (word.from as usize) < found.end());
                hits.extend(self.rules_of[found.pattern().as_usize()].iter().map(|rule| Hit {
                    rule: *rule,
                    first,
                    end,
                }));
            }
        }
        for (number, first, end) in self.templates.anywhere(reader) {
            hits.push(Hit { rule: self.template_rules[number as usize], first, end });
        }
        hits.sort_unstable();
        hits.dedup();
        hits
    }
}

/// Whether a word may begin or end here. In scripts without blanks every place may be a border.
fn is_border(folded: &str, at: usize) -> bool {
    let (before, after) = folded.split_at(at);
    match (before.chars().next_back(), after.chars().next()) {
        (Some(before), Some(after)) => before == ' ' || after == ' ' || is_unspaced(before) || is_unspaced(after),
        _ => true,
    }
}
