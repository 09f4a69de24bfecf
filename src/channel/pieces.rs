//! Texts within a platform's limits. Everything is measured in UTF-16 units: some platforms count these, others characters, of
//! which there are never more. Nothing is cut inside what a reader sees as one character, nor inside a link that fits.

use icu_segmenter::GraphemeClusterSegmenter;

/// The units of a text.
pub(super) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A text in pieces of at most `max` units, in order: cut between paragraphs if the piece is at least half full then, else
/// between lines, else between words, and inside a word only where the word alone is too long. White space at a cut is dropped.
pub(super) fn pieces(text: &str, max: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text.trim_end();
    while units(rest) > max {
        let fits = fitting(rest, max);
        let cut = last_gap(rest, fits).unwrap_or(fits);
        let piece = rest[..cut].trim_end();
        if !piece.is_empty() {
            pieces.push(piece.to_owned());
        }
        rest = rest[cut..].trim_start();
    }
    if !rest.is_empty() {
        pieces.push(rest.to_owned());
    }
    pieces
}

/// A text of one line within `max` units; what does not fit is replaced by an ellipsis.
pub(super) fn shortened(text: &str, max: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if units(&line) <= max {
        return line;
    }
    let fits = fitting(&line, max.saturating_sub(1));
    format!("{}…", line[..fits].trim_end())
}

/// How many bytes of a text fit into `max` units, whole characters only; of the first character at least its first letter, so
/// that something always fits.
fn fitting(text: &str, max: usize) -> usize {
    // A unit is at least one byte, and at most three: what lies beyond cannot fit, and need not be looked at.
    let far = text.char_indices().map(|(at, _)| at).find(|at| *at > max * 3).unwrap_or(text.len());
    let head = &text[..far];
    let mut fits = 0;
    let mut used = 0;
    for border in GraphemeClusterSegmenter::new().segment_str(head).skip(1) {
        used += units(&head[fits..border]);
        if used > max {
            break;
        }
        fits = border;
    }
    if fits > 0 {
        return fits;
    }
    // One character that is longer than a message, as heaps of accents can be.
    let mut used = 0;
    let beyond = head.char_indices().find(|(_, letter)| {
        used += letter.len_utf16();
        used > max
    });
    let first = head.chars().next().map_or(0, char::len_utf8);
    beyond.map_or(head.len(), |(at, _)| at).max(first)
}

/// Where to cut best, not after `fits`.
fn last_gap(text: &str, fits: usize) -> Option<usize> {
    let head = &text[..fits];
    let half = fits / 2;
    let late = |at: &usize| *at > half;
    let paragraph = head.rfind("\n\n").filter(late);
    let line = || head.rfind('\n').filter(late);
    // A gap right behind what fits is a gap as well.
    let next_is_gap = text[fits..].starts_with(char::is_whitespace);
    let word = || {
        if next_is_gap {
            Some(fits)
        } else {
            head.rfind(char::is_whitespace).filter(|at| !head[..*at].trim().is_empty())
        }
    };
    paragraph.or_else(line).or_else(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn long_texts_are_cut_where_a_reader_would_pause() {
        for (text, max, expected) in [
            ("short", 10, vec!["short"]),
            ("", 10, vec![]),
            ("one two three", 8, vec!["one two", "three"]),
            ("one two three", 7, vec!["one two", "three"]),
            ("first paragraph\n\nsecond one is here", 24, vec!["first paragraph", "second one is here"]),
            ("see https://shop.example/a-long-path now", 36, vec!["see https://shop.example/a-long-path", "now"]),
            ("see this: https://shop.example/a-long-path", 36, vec!["see this:", "https://shop.example/a-long-path"]),
            ("abcdefghij", 4, vec!["abcd", "efgh", "ij"]),
            ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 11, vec!["👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"]),
            ("ni\u{308}cht", 3, vec!["ni\u{308}", "cht"]),
        ] {
            assert_eq!(pieces(text, max), expected, "{text:?} at {max}");
        }
    }

    #[test]
    fn a_label_is_shortened_to_whole_characters() {
        assert_eq!(shortened("Talk to a person", 20), "Talk to a person");
        assert_eq!(shortened("Talk to a person of our shop", 20), "Talk to a person of…");
        assert_eq!(shortened("two\nlines", 20), "two lines");
        assert_eq!(shortened("flags 🇬🇷🇬🇷", 9), "flags…");
    }

    proptest! {
        #[test]
        fn pieces_fit_and_nothing_but_white_space_is_lost(text in "[a-zά-ώ 👍🏽\n\u{308}🇬🇷]{0,200}", max in 1usize..40) {
            let cut = pieces(&text, max);
            let solid = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<String>();
            prop_assert_eq!(solid(&cut.concat()), solid(&text));
            for piece in &cut {
                // One letter may need two units.
                prop_assert!(units(piece) <= max.max(2), "{piece:?}");
                prop_assert!(!piece.is_empty());
            }
        }
    }
}
