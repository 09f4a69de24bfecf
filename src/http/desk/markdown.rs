//! The little markup that the widget shows, shown as the visitor sees it: `**strong**`, `*emphasis*`, `` `code` ``,
//! `[links](https://…)`, bare addresses, and lists. Everything else, HTML above all, is text.

use maud::{Markup, Render, html};

/// Beyond this depth markup is text: nobody nests so deep, and an attacker might.
const DEPTH_MAX: usize = 4;

/// One line that begins with a dash or a number is a sentence.
const POINTS_MIN: usize = 2;

/// A text of the bot or of an agent.
pub(super) fn markdown(text: &str) -> Markup {
    let lines: Vec<&str> = text.lines().collect();
    let blocks = lines.chunk_by(|a, b| kind(a) == kind(b));
    html! {
        @for block in blocks {
            @match block.first().map(|line| kind(line)).filter(|_| block.len() >= POINTS_MIN) {
                Some(Kind::Bullet) => { ul dir="auto" { @for line in block { li { (inline(item(line), 0)) } } } }
                Some(Kind::Numbered) => { ol dir="auto" start=[number(block)] { @for line in block { li { (inline(item(line), 0)) } } } }
                _ => { p dir="auto" { (inline(block.join("\n").trim_matches('\n'), 0)) } }
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Bullet,
    Numbered,
}

fn kind(line: &str) -> Kind {
    match marker(line) {
        Some((marker, _)) if marker.chars().count() > 1 => Kind::Numbered,
        Some(_) => Kind::Bullet,
        None => Kind::Plain,
    }
}

/// What begins an item of a list, and the item.
fn marker(line: &str) -> Option<(&str, &str)> {
    let (marker, rest) = line.trim_start().split_once(' ')?;
    let digits = marker.strip_suffix(['.', ')']).filter(|digits| (1..=3).contains(&digits.chars().count()));
    let numbered = digits.is_some_and(|digits| digits.chars().all(char::is_numeric));
    let point = matches!(marker, "-" | "*" | "•") || numbered;
    (point && !rest.trim().is_empty()).then_some((marker, rest.trim()))
}

fn item(line: &str) -> &str {
    marker(line).map_or(line, |(_, rest)| rest)
}

fn number(block: &[&str]) -> Option<u16> {
    let (marker, _) = marker(block.first()?)?;
    marker.trim_end_matches(['.', ')']).parse().ok().filter(|first| *first != 1)
}

/// Marks inside a line. What is not closed is text.
fn inline(text: &str, depth: usize) -> Markup {
    let mut parts: Vec<Markup> = Vec::new();
    let mut plain = 0;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let found = if depth < DEPTH_MAX { marked(rest, text.get(..at).unwrap_or(""), depth) } else { None };
        match found {
            Some((length, markup)) => {
                parts.push(text.get(plain..at).unwrap_or("").render());
                parts.push(markup);
                at += length;
                plain = at;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    parts.push(text.get(plain..).unwrap_or("").render());
    html! { @for part in &parts { (part) } }
}

/// The mark at the beginning of a text: its length, and what it shows.
fn marked(rest: &str, before: &str, depth: usize) -> Option<(usize, Markup)> {
    let inside_a_word = before.chars().next_back().is_some_and(char::is_alphanumeric);
    let closed = |mark: &str| {
        let inner = rest.strip_prefix(mark)?;
        let end = inner.find(mark).filter(|end| *end > 0)?;
        let inner = inner.get(..end)?;
        let tight = !inner.starts_with(char::is_whitespace) && !inner.ends_with(char::is_whitespace);
        (tight && !inner.contains('\n')).then_some((end + 2 * mark.len(), inner))
    };
    match rest.as_bytes().first()? {
        b'`' => closed("`").map(|(length, inner)| (length, html! { code { (inner) } })),
        b'*' if rest.starts_with("**") => {
            closed("**").map(|(length, inner)| (length, html! { strong { (inline(inner, depth + 1)) } }))
        }
        sign @ (b'*' | b'_') if !inside_a_word => {
            let (length, inner) = closed(if *sign == b'*' { "*" } else { "_" })?;
            let ends = !rest.get(length..)?.starts_with(char::is_alphanumeric);
            ends.then(|| (length, html! { em { (inline(inner, depth + 1)) } }))
        }
        b'[' => {
            let end = rest.find("](")?;
            let address = rest.get(end + 2..)?;
            let close = address.find(')')?;
            let (label, address) = (rest.get(1..end)?, address.get(..close)?);
            let one_line = !label.is_empty()
                && !label.contains('\n')
                && !address.contains(|letter: char| letter.is_whitespace() || letter == '(');
            (one_line && leads_out(address)).then(|| (end + 3 + close, link(address, label)))
        }
        b'h' if !inside_a_word && (rest.starts_with("https://") || rest.starts_with("http://")) => {
            let end = rest.find(|letter: char| letter.is_whitespace() || "<>\"".contains(letter)).unwrap_or(rest.len());
            let address = rest.get(..end)?.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '*', '_']);
            (address.len() > "https://".len()).then(|| (address.len(), link(address, address)))
        }
        _ => None,
    }
}

/// The ways out that a text may offer.
pub(super) fn leads_out(url: &str) -> bool {
    ["https://", "http://", "mailto:", "tel:"].iter().any(|way| url.starts_with(way))
}

fn link(url: &str, label: &str) -> Markup {
    html! { a href=(url) target="_blank" rel="noopener noreferrer" { (label) } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_shown_and_everything_else_is_text() {
        for (text, shown) in [
            ("a **b** *c* `d` _e_", "a <strong>b</strong> <em>c</em> <code>d</code> <em>e</em>"),
            ("2 * 3 * 4, 2*3*4 and snake_case_name", "2 * 3 * 4, 2*3*4 and snake_case_name"),
            ("**open", "**open"),
            ("<b onclick=x>&", "&lt;b onclick=x&gt;&amp;"),
            ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
            (
                "[our <i>page</i>](https://a.example/?q=\"1\")",
                "<a href=\"https://a.example/?q=&quot;1&quot;\" target=\"_blank\" rel=\"noopener noreferrer\">our &lt;i&gt;page&lt;/i&gt;</a>",
            ),
            (
                "see https://a.example/x.",
                "see <a href=\"https://a.example/x\" target=\"_blank\" rel=\"noopener noreferrer\">https://a.example/x</a>.",
            ),
            ("", ""),
        ] {
            let rendered = inline(text, 0).into_string();
            assert_eq!(rendered, shown);
        }
    }

    #[test]
    fn lists_are_lists() {
        let shown = markdown("You need:\n• a lamp\n- a **bulb**\nThen:\n3. wait\n4) look\n- and go").into_string();
        assert_eq!(
            shown,
            "<p dir=\"auto\">You need:</p><ul dir=\"auto\"><li>a lamp</li><li>a <strong>bulb</strong></li></ul>\
             <p dir=\"auto\">Then:</p><ol dir=\"auto\" start=\"3\"><li>wait</li><li>look</li></ol><p dir=\"auto\">- and go</p>"
        );
    }

    #[test]
    fn many_marks_cost_no_more_than_their_length_allows() {
        for text in ["*".repeat(4_000), "[".repeat(4_000), "_a".repeat(2_000), "**a*".repeat(1_000)] {
            assert!(markdown(&text).into_string().len() >= text.len());
        }
    }
}
