//! Which of the offered options a typed text means.

use crate::flow::Builtin;
use crate::text::Words;

use super::graph::Reader;
use super::numbers::Place;
use super::vocabulary::typos_allowed;
use super::{Matcher, numbers};

impl Matcher {
    /// The option that a text means, if it means exactly one. Each option has one or more labels, one in each language. In this
    /// order: the label itself; yes or no where the labels mean that; a label inside the text or the text inside a label; the
    /// number or place of the option; a label with a typing mistake.
    pub(super) fn chosen(&self, labels: &[Vec<String>], text: &str) -> Option<usize> {
        let said = Words::of(text);
        if said.is_empty() || labels.is_empty() {
            return None;
        }
        let folded: Vec<Vec<Words>> =
            labels.iter().map(|labels| labels.iter().map(|label| Words::of(label)).collect()).collect();
        self.pick(&folded, &said).or_else(|| {
            // As it stands nothing fits: perhaps something does once every word is what it counts as.
            if self.synonyms.is_empty() {
                return None;
            }
            let counted = |words: &Words| self.synonyms.canonical(words).into_owned();
            let folded: Vec<Vec<Words>> = folded.iter().map(|labels| labels.iter().map(counted).collect()).collect();
            self.pick(&folded, &counted(&said))
        })
    }

    fn pick(&self, folded: &[Vec<Words>], said: &Words) -> Option<usize> {
        let only = |fits: &dyn Fn(&Words) -> bool| only_one(folded, fits);
        only(&|label| label.folded() == said.folded())
            .or_else(|| self.choose_by_meaning(folded, said))
            .or_else(|| longest_inside(folded, said))
            .or_else(|| only(&|label| contains(label, said)))
            .or_else(|| {
                let number = match numbers::place(said)? {
                    Place::Number(number) => number,
                    Place::Last => folded.len(),
                };
                (1..=folded.len()).contains(&number).then(|| number - 1)
            })
            .or_else(|| only(&|label| is_near(label, said)))
    }

    /// Yes and no words, where exactly one label means the same.
    fn choose_by_meaning(&self, labels: &[Vec<Words>], said: &Words) -> Option<usize> {
        let meant = self.agreement(said)?;
        only_one(labels, &|label| self.agreement(label) == Some(meant))
    }

    /// Whether the words, as a whole, mean yes or no.
    fn agreement(&self, words: &Words) -> Option<Builtin> {
        let reader = Reader::new(&self.graph, &self.vocabulary, words, &[]);
        let (starts, ends) = self.without_fillers(&reader);
        let mut meant: Vec<Builtin> = self
            .builtin_phrases
            .whole(&reader, &starts, &ends)
            .into_iter()
            .map(|(number, ..)| self.builtins[number as usize])
            .filter(|builtin| matches!(builtin, Builtin::Yes | Builtin::No))
            .collect();
        meant.sort_unstable();
        meant.dedup();
        match meant.as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }
}

/// The one option with a fitting label.
fn only_one(labels: &[Vec<Words>], fits: &dyn Fn(&Words) -> bool) -> Option<usize> {
    let mut fitting = (0..labels.len()).filter(|option| labels[*option].iter().any(fits));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// The option with the longest label inside the text, where no other option's label stands beside it.
fn longest_inside(labels: &[Vec<Words>], said: &Words) -> Option<usize> {
    let mut inside: Vec<(usize, usize, &Words)> = labels
        .iter()
        .enumerate()
        .flat_map(|(option, labels)| labels.iter().map(move |label| (label.folded().len(), option, label)))
        .filter(|(_, _, label)| contains(said, label))
        .collect();
    inside.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let (_, option, longest) = inside.first()?;
    inside.iter().all(|(_, other, label)| other == option || contains(longest, label)).then_some(*option)
}

/// Whether the one holds the other as whole words. Where a label has digits, they must not be the whole of what is compared.
fn contains(whole: &Words, part: &Words) -> bool {
    let (whole, part) = (format!(" {} ", whole.folded()), part.folded());
    !part.is_empty()
        && (whole.contains(&format!(" {part} ")) || (part.contains(crate::text::is_unspaced) && whole.contains(part)))
}

fn is_near(label: &Words, said: &Words) -> bool {
    let letters = label.folded().chars().count();
    strsim::osa_distance(label.folded(), said.folded()) <= typos_allowed(letters)
}
