//! Texts for apps that know no markup of ours: the marks that the website shows (`**strong**`, `*emphasis*`, `` `code` ``,
//! `[links](https://…)`) are left out, and what a link leads to is written beside it. What is not closed is text.

/// A text without its marks.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let in_a_word = out.chars().next_back().is_some_and(char::is_alphanumeric);
        match marked(rest, in_a_word) {
            Some((length, words)) => {
                out.push_str(&words);
                rest = rest.get(length..).unwrap_or_default();
            }
            None => {
                // An address is taken whole: a sign in it is no mark.
                let whole = address(rest).filter(|_| !in_a_word).unwrap_or(letter.len_utf8());
                out.push_str(rest.get(..whole).unwrap_or_default());
                rest = rest.get(whole..).unwrap_or_default();
            }
        }
    }
    out
}

/// The length of the mark at the beginning, and its words.
fn marked(rest: &str, in_a_word: bool) -> Option<(usize, String)> {
    match rest.as_bytes().first()? {
        b'`' => closed(rest, "`").map(|(length, inner)| (length, inner.to_owned())),
        b'*' if rest.starts_with("**") => closed(rest, "**").map(|(length, inner)| (length, plain(inner))),
        sign @ (b'*' | b'_') if !in_a_word => {
            let (length, inner) = closed(rest, if *sign == b'*' { "*" } else { "_" })?;
            let ends = !rest.get(length..)?.starts_with(char::is_alphanumeric);
            ends.then(|| (length, plain(inner)))
        }
        b'[' => {
            let end = rest.find("](")?;
            let after = rest.get(end + 2..)?;
            let close = after.find(')')?;
            let (label, url) = (rest.get(1..end)?, after.get(..close)?);
            let fits = !label.is_empty() && !label.contains('\n') && !url.contains(char::is_whitespace);
            let leads_out = ["https://", "http://", "mailto:", "tel:"].iter().any(|way| url.starts_with(way));
            (fits && leads_out).then(|| (end + 3 + close, linked(&plain(label), url)))
        }
        _ => None,
    }
}

fn linked(label: &str, url: &str) -> String {
    let shown = url.trim_start_matches("mailto:").trim_start_matches("tel:");
    if label == shown { shown.to_owned() } else { format!("{label}: {shown}") }
}

/// What stands between a mark and the same mark after it, in one line and tight.
fn closed<'a>(rest: &'a str, mark: &str) -> Option<(usize, &'a str)> {
    let inner = rest.strip_prefix(mark)?;
    let end = inner.find(mark).filter(|end| *end > 0)?;
    let inner = inner.get(..end)?;
    let tight = !inner.starts_with(char::is_whitespace) && !inner.ends_with(char::is_whitespace);
    (tight && !inner.contains('\n')).then_some((end + 2 * mark.len(), inner))
}

/// The length of the address at the beginning.
fn address(rest: &str) -> Option<usize> {
    let is = rest.starts_with("https://") || rest.starts_with("http://");
    is.then(|| rest.find(|letter: char| letter.is_whitespace() || "<>\"*".contains(letter)).unwrap_or(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_left_out_and_everything_else_stays() {
        for (text, shown) in [
            ("We are open **Monday to Friday**.", "We are open Monday to Friday."),
            ("a **b** *c* `d` _e_ **f _g_**", "a b c d e f g"),
            ("2 * 3 * 4, 2*3*4 and snake_case_name", "2 * 3 * 4, 2*3*4 and snake_case_name"),
            ("**open, and * alone", "**open, and * alone"),
            ("see [our **shop**](https://a.test/?q=1)!", "see our shop: https://a.test/?q=1!"),
            ("[ann@a.test](mailto:ann@a.test) [x](javascript:1)", "ann@a.test [x](javascript:1)"),
            ("https://a.test/_x_y_ and http://b.test/*", "https://a.test/_x_y_ and http://b.test/*"),
            ("**https://a.test/x**", "https://a.test/x"),
            ("- one\n- **two**", "- one\n- two"),
            ("ώρες **9–5** ساعت **۹**", "ώρες 9–5 ساعت ۹"),
            ("", ""),
        ] {
            assert_eq!(plain(text), shown, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_much_and_nothing_is_invented(text in "[a-z*_`\\[\\]() \n]{0,80}") {
            let shown = plain(&text);
            proptest::prop_assert!(shown.len() <= text.len());
        }
    }
}
