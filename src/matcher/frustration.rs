//! Signs that a visitor is losing patience, in one message: words of anger, capitals, exclamation marks. That they ask the same
//! again only the dialog can know.

use crate::flow::Cue;

use super::{Findings, Matcher};

/// So many letters in capitals are no abbreviation.
const CAPITALS_MIN: usize = 6;

/// So many exclamation marks are no cheerfulness.
const EXCLAMATIONS_MIN: usize = 3;

impl Matcher {
    /// What the signs in a message count together.
    pub(super) fn frustration(&self, text: &str, found: &Findings) -> u32 {
        let [capitals, exclamations] = self.shouting;
        let shouted = if is_in_capitals(text) { capitals } else { 0 };
        let marks = text.chars().filter(|c| matches!(c, '!' | '！')).count();
        let exclaimed = if marks >= EXCLAMATIONS_MIN { exclamations } else { 0 };
        shouted.saturating_add(exclaimed).saturating_add(anger(found))
    }
}

/// The weight of the words of anger; of those that overlap, the heaviest counts.
fn anger(found: &Findings) -> u32 {
    let mut angry: Vec<(u8, usize, usize)> = found
        .cues
        .iter()
        .filter_map(|(cue, first, end)| match cue {
            Cue::Anger(weight) => Some((*weight, *first, *end)),
            _ => None,
        })
        .collect();
    angry.sort_unstable_by_key(|(weight, first, end)| (std::cmp::Reverse(*weight), *first, *end));
    let mut counted: Vec<(u8, usize, usize)> = Vec::new();
    for (weight, first, end) in angry {
        if counted.iter().all(|(_, from, to)| end <= *from || *to <= first) {
            counted.push((weight, first, end));
        }
    }
    counted.iter().map(|(weight, ..)| u32::from(*weight)).sum()
}

/// Whether the whole message shouts: several words, and every letter that could be small is a capital.
fn is_in_capitals(text: &str) -> bool {
    let cased = text.chars().filter(|c| c.is_lowercase() || c.is_uppercase());
    let words = text.split_whitespace().filter(|word| word.chars().filter(|c| c.is_uppercase()).count() > 1);
    !text.contains(char::is_lowercase) && cased.count() >= CAPITALS_MIN && words.take(2).count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_messages_in_capitals_shout() {
        let rows = [
            ("WHERE IS MY ORDER", true),
            ("ΠΟΥ ΕΙΝΑΙ Η ΠΑΡΑΓΓΕΛΙΑ ΜΟΥ", true),
            ("NASAAN NA ANG ORDER KO??", true),
            ("Where is MY ORDER", false),
            ("AB1234", false),
            ("UK VAT", false),
            ("PAYPAL", false),
            ("سفارش من کجاست", false),
            ("", false),
        ];
        for (text, shouts) in rows {
            assert_eq!(is_in_capitals(text), shouts, "{text}");
        }
    }
}
