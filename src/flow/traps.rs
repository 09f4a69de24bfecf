//! Texts that YAML would cut or bend (FORMAT rule 2), each found at its place and explained with its mend.

use crate::flow::read::Entries;
use crate::flow::report::code;
use crate::flow::source::{Place, Problems, Source};
use crate::flow::tree::{Data, Mark, NodeId, Style, Tree, shown};

/// Explains a syntax error. Most are texts with a sign that YAML reads as its own, on the line itself or just above.
pub(crate) fn syntax(problems: &mut Problems<'_>, source: &Source, file: u32, mark: Mark, info: &str) {
    let place =
        |line: u32, column: usize, width: usize| Place { file, line, column: column as u32 + 1, width: width as u32 };
    // The parser often stops a line before or after the slip.
    for line in [mark.line, mark.line + 1, mark.line.saturating_sub(1)] {
        let text = source.line(line);
        let lead = text.chars().take_while(|c| c.is_whitespace() || *c == '-');
        if let Some(tab) = lead.enumerate().find(|(_, c)| *c == '\t').map(|(column, _)| column) {
            problems.error(code::SYNTAX, place(line, tab, 1), "a tab in the indentation").hint("use blanks");
            return;
        }
    }
    for line in [mark.line, mark.line.saturating_sub(1)] {
        if let Some((column, what, mend)) = missing_blank(source.line(line)) {
            problems
                .error(code::SYNTAX, place(line, column, 1), format!("a blank is missing after this {what}"))
                .hint(format!("write `{mend}`"));
            return;
        }
    }
    // `phrases:|` makes one text of the whole block, so the parser stops far below it.
    let block = |line: &u32| {
        let text = source.line(*line).trim_end();
        text.ends_with(":|") || text.ends_with(":>")
    };
    if let Some(line) = (mark.line.saturating_sub(40)..=mark.line).rev().find(block) {
        let text = source.line(line).trim_end();
        let column = text.chars().count() - 2;
        let (key, sign) = text.trim_start().split_at(text.trim_start().len() - 1);
        problems
            .error(code::SYNTAX, place(line, column, 1), "a blank is missing after this colon")
            .hint(format!("write `{key} {sign}`"));
        return;
    }
    if let Some(column) = missing_dash(source, mark.line) {
        problems
            .error(code::SYNTAX, place(mark.line, column, 1), "this stands among the entries of a list and begins none")
            .hint("begin a new step with `- `, or indent this line like the one it belongs to");
        return;
    }
    for line in [mark.line, mark.line.saturating_sub(1)] {
        let text = source.line(line);
        let (column, value) = value_of(text);
        let width = value.trim_end().chars().count();
        match value.chars().next() {
            Some(sign @ ('[' | '{' | '!' | '&' | '*' | '%' | '@' | '`')) => {
                problems
                    .error(
                        code::SWALLOWED,
                        place(line, column, width),
                        format!("YAML cannot read a text that begins with `{sign}`"),
                    )
                    .hint(format!(
                        "put the whole text in quotes, or write it as a text block after `|`: '{}'",
                        shown(value.trim())
                    ));
                return;
            }
            Some('"' | '\'' | '|' | '>') => {}
            Some(_) if line == mark.line => {
                if let Some(colon) =
                    value.find(": ").or_else(|| value.trim_end().ends_with(':').then(|| value.trim_end().len() - 1))
                {
                    let column = column + value.get(..colon).map_or(0, |before| before.chars().count());
                    problems
                        .error(code::SWALLOWED, place(line, column, 1), "YAML takes the `: ` in this text for a key")
                        .hint("put the whole text in quotes");
                    return;
                }
            }
            _ => {}
        }
    }
    problems
        .error(code::SYNTAX, place(mark.line.max(1), mark.column as usize, 1), format!("this is not YAML: {info}"))
        .hint("look at the indentation, quotes and brackets here and on the line above");
}

/// `expect:date` or `-ask: …` on a line: where, what it follows, and the line's beginning as it should be.
pub(crate) fn missing_blank(line: &str) -> Option<(usize, &'static str, String)> {
    let indent = line.chars().take_while(|c| *c == ' ').count();
    let mut rest = line.trim_start_matches(' ');
    let mut column = indent;
    while let Some(after) = rest.strip_prefix("- ") {
        column += 2 + after.len() - after.trim_start_matches(' ').len();
        rest = after.trim_start_matches(' ');
    }
    let key = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(text.len());
        text.get(..end)
            .filter(|key| !key.is_empty() && text.get(end..).is_some_and(|rest| rest.starts_with(':')))
            .map(str::len)
    };
    if let Some(after) = rest.strip_prefix('-').filter(|after| after.starts_with(char::is_alphabetic)) {
        let mend = match key(after).and_then(|length| after.get(..length)) {
            Some(key) => format!("- {key}: …"),
            None => format!("- {}", shown(after.trim_end())),
        };
        return Some((column, "dash", mend));
    }
    let length = key(rest)?;
    let value = rest.get(length + 1..)?;
    let joined = value.starts_with(|c: char| c.is_alphanumeric() || c == '"' || c == '\'');
    joined.then(|| {
        (column + length, "colon", format!("{}: {}", rest.get(..length).unwrap_or(""), shown(value.trim_end())))
    })
}

/// A line that stands where the dashes of a list stand, and has none.
fn missing_dash(source: &Source, line: u32) -> Option<usize> {
    let indent = |text: &str| text.chars().take_while(|c| *c == ' ').count();
    let text = source.line(line);
    let own = indent(text);
    if text.trim().is_empty() || text.trim_start().starts_with(['-', '#']) {
        return None;
    }
    let mut above = (1..line).rev().map(|line| source.line(line)).filter(|text| !text.trim().is_empty());
    let entry = above.find(|text| indent(text) <= own)?;
    (indent(entry) == own && entry.trim_start().starts_with("- ")).then_some(own)
}

/// `{{ name }}` without quotes is a map in a map to YAML.
pub(crate) fn braces_as_key(problems: &mut Problems<'_>, tree: &Tree, key: NodeId) {
    let place = tree.place(key);
    let node = tree.node(key);
    let start = Place { column: node.start.column.max(1), width: 2, ..place };
    problems
        .error(code::SWALLOWED, start, "YAML reads this `{` or `[` as a map or list, not as a text")
        .hint("put the whole text in quotes: \"{{ … }}\"");
}

/// A plain text that YAML cut at ` #`. A comment stands two blanks or more after the text and has a blank after its `#`.
pub(crate) fn cut_by_comment(problems: &mut Problems<'_>, tree: &Tree, node: NodeId) {
    let Data::Scalar(scalar) = &tree.node(node).data else { return };
    if scalar.style != Style::Plain || scalar.text.is_empty() {
        return;
    }
    let end = tree.node(node).end;
    let place = Place { file: tree.node(node).file, line: end.line, column: end.column + 1, width: 1 };
    let line = problems.sources.line(place);
    let after: String = line.chars().skip(end.column as usize).collect();
    let blanks = after.chars().take_while(|c| c.is_whitespace()).count();
    let rest = after.trim_start();
    let Some(comment) = rest.strip_prefix('#') else { return };
    let is_comment = blanks >= 2 && (comment.is_empty() || comment.starts_with([' ', '#', '\t']));
    if !is_comment {
        let cut = place.shifted(blanks, rest.chars().count());
        problems
            .error(code::SWALLOWED, cut, "YAML cuts the text here: it takes ` #` for the start of a comment")
            .hint("put the whole text in quotes; or, if it is a comment, write it as `  # …`, two blanks before and one after");
    }
}

/// A line that begins with a dash and no blank: YAML joins it to the text above, where an entry of its own was meant.
pub(crate) fn joined_by_dash(problems: &mut Problems<'_>, tree: &Tree, node: NodeId) {
    let Data::Scalar(scalar) = &tree.node(node).data else { return };
    let (start, end) = (tree.node(node).start, tree.node(node).end);
    if scalar.style != Style::Plain {
        return;
    }
    for line in start.line + 1..=end.line {
        let place = Place { file: tree.node(node).file, line, column: 1, width: 1 };
        let text = problems.sources.line(place);
        let indent = text.chars().take_while(|c| *c == ' ').count();
        let entry = text.trim_start().strip_prefix('-').filter(|rest| rest.starts_with(char::is_alphabetic));
        let within = line < end.line || indent < end.column as usize;
        if let Some(entry) = entry.filter(|_| within).map(|entry| shown(entry.trim_end())) {
            problems
                .error(code::SWALLOWED, place.shifted(indent, 1), "YAML joins this line to the text above")
                .hint(format!("write `- {entry}`, with a blank after the dash"));
            return;
        }
    }
}

/// A map where a text belongs: either a `: ` in the text made it, or a comma in `{ }`. Gives whether it was explained.
pub(crate) fn map_for_text(problems: &mut Problems<'_>, tree: &Tree, node: NodeId) -> bool {
    let [(key, value), ..] = tree.entries(node) else { return false };
    if tree.node(node).inline
        && tree.node(*key).start.line == tree.node(node).start.line
        && starts_with_brace(problems, tree, node)
    {
        let place = tree.place(node);
        problems
            .error(code::SWALLOWED, place, "YAML reads `{` as the start of a map, where a text belongs")
            .hint("put the whole text in quotes");
        return true;
    }
    let (key_end, value_start) = (tree.node(*key).end, tree.node(*value).start);
    if key_end.line != value_start.line || !matches!(tree.node(*value).data, Data::Scalar(_)) {
        return false;
    }
    let place = tree.place(*key);
    let colon = Place { line: key_end.line, column: key_end.column + 1, width: 1, ..place };
    problems
        .error(code::SWALLOWED, colon, "YAML takes the `: ` in this text for a key")
        .hint("put the whole text in quotes, or use a text block (`|`), where nothing needs quotes");
    true
}

/// A sentence that a comma inside `[ ]` split. Nobody can see whether `[I want to pay, please, can I book]` is two sentences or
/// three, so a list of sentences has no plain commas: where one of two neighbours without quotes has several words, and the
/// first does not end like a sentence, the author must say which it is. Words (keywords, values) have no commas in them, so
/// there only what surely is half a sentence is one: an unfinished beginning, then a part in lower case that ends like one.
pub(crate) fn split_by_comma(problems: &mut Problems<'_>, tree: &Tree, list: NodeId, entries: Entries) {
    if !tree.node(list).inline {
        return;
    }
    let plain = |node: NodeId| match &tree.node(node).data {
        Data::Scalar(scalar) if scalar.style == Style::Plain => Some(scalar.text.as_str()),
        _ => None,
    };
    for pair in tree.items(list).windows(2) {
        let [before, after] = pair else { continue };
        let (Some(first), Some(second)) = (plain(*before), plain(*after)) else { continue };
        let ended = first.ends_with(['.', '!', '?', '…', ';', '؟']);
        let several = first.contains(' ') || second.contains(' ');
        let split = match entries {
            Entries::Sentences => !ended && several,
            Entries::Words => {
                let ends = second.ends_with(['.', '!', '?', '…', '؟']);
                let begins = second.chars().next().is_some_and(|c| !c.is_uppercase());
                !ended && !first.ends_with('}') && several && ends && begins
            }
        };
        if split {
            let place = tree.place(*after);
            problems
                .error(code::SWALLOWED, place, "the comma before this makes it an entry of its own inside `[ ]`")
                .hint(match entries {
                    Entries::Sentences => "one sentence? put it in quotes. Several? write each on a line of its own: after `|`, or with `- `",
                    Entries::Words => "put each sentence in quotes, or write one `- ` line for each",
                });
            // One list is one mistake.
            return;
        }
    }
}

/// A key without a value inside `{ }` is the second half of a text with a comma.
pub(crate) fn is_split_text(tree: &Tree, key: NodeId, value: NodeId) -> bool {
    tree.node(key).inline
        && tree.is_empty(value)
        && tree.text(key).is_some_and(|text| text.contains(' ') || text.ends_with(['.', '!', '?']))
}

fn starts_with_brace(problems: &Problems<'_>, tree: &Tree, node: NodeId) -> bool {
    let start = tree.node(node).start;
    let place = Place { file: tree.node(node).file, line: start.line, column: 1, width: 1 };
    problems.sources.line(place).chars().nth(start.column as usize) == Some('{')
}

/// The value on a line, after dashes and one key, with its column.
fn value_of(line: &str) -> (usize, &str) {
    let mut rest = line.trim_start();
    while let Some(after) = rest.strip_prefix("- ") {
        rest = after.trim_start();
    }
    if let Some((key, after)) = rest.split_once(": ")
        && !key.is_empty()
        && !key.starts_with(['"', '\'', '[', '{', '!', '&', '*', '%', '@', '`'])
        && !key.contains(' ')
    {
        rest = after.trim_start();
    }
    (line.get(..line.len() - rest.len()).map_or(0, |before| before.chars().count()), rest)
}
