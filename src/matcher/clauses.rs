//! The clauses of a message: what stands between its marks of punctuation, as numbers of words. A mark between two letters or
//! digits, such as the one in "4.50", parts nothing.

use std::ops::Range;

use crate::text::Words;

/// The clauses in order, none of them empty.
pub(super) fn clauses(text: &str, words: &Words) -> Vec<Range<usize>> {
    let list = words.list();
    let mut clauses = Vec::new();
    let mut first = 0;
    for next in 1..list.len() {
        if parts(text, list[next - 1].end as usize..list[next].start as usize) {
            clauses.push(first..next);
            first = next;
        }
    }
    if first < list.len() {
        clauses.push(first..list.len());
    }
    clauses
}

/// Whether what stands between two words parts them into clauses.
fn parts(text: &str, between: Range<usize>) -> bool {
    match &text[between.clone()] {
        // Inside a time, a number or an address.
        "." | ":" => false,
        "," => !text[..between.start].ends_with(|c: char| c.is_numeric()),
        between => between.contains(is_mark) || between.contains(" - "),
    }
}

fn is_mark(c: char) -> bool {
    matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '(' | ')' | '\n' | '…' | '—' | '–' | '·' | '؟' | '،' | '؛')
        || matches!(c, '。' | '，' | '、' | '！' | '？' | '；')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_part_clauses_and_decimal_points_do_not() {
        let rows = [
            ("no, human please", vec!["no", "human please"]),
            ("it costs 4.50 euros", vec!["it costs 4.50 euros"]),
            ("stop. human!!!", vec!["stop", "human"]),
            ("hello,agent", vec!["hello", "agent"]),
            ("at 1,200 by 17:30", vec!["at 1,200 by 17:30"]),
            ("hello\nagent", vec!["hello", "agent"]),
            ("a well-made lamp - white", vec!["a well-made lamp", "white"]),
            ("نه، آدم", vec!["نه", "آدم"]),
            ("", vec![]),
        ];
        for (text, clauses_said) in rows {
            let words = Words::of(text);
            let said: Vec<&str> = clauses(text, &words)
                .into_iter()
                .map(|range| {
                    let list = words.list();
                    &text[list[range.start].start as usize..list[range.end - 1].end as usize]
                })
                .collect();
            assert_eq!(said, clauses_said, "{text}");
        }
    }
}
