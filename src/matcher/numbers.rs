//! The place of an option in words: "2", "the second one", "yr ail", "the last". The words are those of the built-in kinds.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::flow::{SHIPPED, kind_words};
use crate::text::{Words, fold};

/// Which option is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The option of that number, from 1.
    Number(usize),
    /// The last one.
    Last,
}

/// Words that may stand beside a number and change nothing.
const BESIDE: &str = "the number no nr option choice one answer please pls rhif opsiwn dewis y yr os gwelwch yn dda ang yung numero \
    opsyon po گزینه شماره مورد لطفا αριθμός αριθμό επιλογή το την τον η ο παρακαλώ";

static BESIDE_WORDS: LazyLock<Vec<String>> = LazyLock::new(|| BESIDE.split_whitespace().map(fold).collect());

/// Numbers and places by their words.
static PLACES: LazyLock<BTreeMap<String, Place>> = LazyLock::new(|| {
    let mut places = BTreeMap::new();
    for words in SHIPPED.iter().filter_map(|language| kind_words(language)) {
        let numbers = words.numbers.iter().chain(&words.ordinals).filter(|(number, _)| **number > 0);
        let numbers = numbers.map(|(number, said)| (Place::Number(*number as usize), said));
        for (place, said) in numbers.chain(std::iter::once((Place::Last, &words.last))) {
            for text in said {
                // Where two languages share a word, the first one has it.
                places.entry(essence(&Words::of(text))).or_insert(place);
            }
        }
    }
    places
});

/// The place that a text tells, if it tells nothing else.
pub(super) fn place(said: &Words) -> Option<Place> {
    let essence = essence(said);
    essence.parse().ok().map(Place::Number).or_else(|| PLACES.get(&essence).copied())
}

/// The words without those that may stand beside a number; all of them where nothing would be left ("one").
fn essence(words: &Words) -> String {
    let all: Vec<&str> = words.iter().map(|(word, _)| word).collect();
    let kept: Vec<&str> =
        all.iter().copied().filter(|word| !BESIDE_WORDS.iter().any(|beside| beside == word)).collect();
    if kept.is_empty() { all.last().copied().unwrap_or_default().to_owned() } else { kept.join(" ") }
}
