//! Makes the widget's script small before it is served: no comments, no blanks, short names for its own variables. It knows
//! JavaScript as the widget is written (no classes, no `switch`, no labels), and nothing of the widget.
//!
//! What is declared outside all functions gets one short name everywhere; what is declared inside one of the outermost functions
//! gets one in that function, wherever in it it stands, so that inner scopes need no looking at. That is right as long as no
//! function uses a global of the browser by a name that it also declares; a test asks a browser about them (`renamed`), and
//! such names stand in `GLOBALS`.

use std::collections::{BTreeMap, BTreeSet};

/// Variables of ours that are named as something of the browser: they keep their names.
const GLOBALS: [&str; 11] =
    ["close", "event", "find", "length", "name", "open", "parent", "screen", "self", "status", "top"];

/// What must not be made as a short name.
const RESERVED: [&str; 6] = ["as", "do", "if", "in", "is", "of"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Number,
    /// A string, a regular expression, or a piece of a template: copied as it is.
    Text,
    Sign,
}

#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    /// Whether it begins a line.
    line: bool,
}

/// The script, smaller, and meaning the same.
pub(super) fn script(source: &str) -> String {
    let tokens = tokens(source);
    let (places, chunks) = (places(&tokens), chunks(&tokens));
    let names = short_names(&tokens, &places, &chunks);
    let mut small = String::with_capacity(source.len() / 2);
    let mut before: Option<Token<'_>> = None;
    for ((token, place), chunk) in tokens.iter().zip(&places).zip(&chunks) {
        if let Some(before) = before {
            small.push_str(between(before, *token));
        }
        let name = names.get(&(*chunk, token.text)).or_else(|| names.get(&(SHARED, token.text)));
        match (name, place) {
            (Some(name), Place::Variable) => small.push_str(name),
            (Some(name), Place::Shorthand) if name != token.text => {
                small.push_str(token.text);
                small.push(':');
                small.push_str(name);
            }
            _ => small.push_str(token.text),
        }
        before = Some(*token);
    }
    small.push('\n');
    small
}

/// The variables of a script that get short names: none may be a global of a browser.
pub(super) fn renamed(source: &str) -> BTreeSet<String> {
    let tokens = tokens(source);
    let names = short_names(&tokens, &places(&tokens), &chunks(&tokens));
    names.into_keys().map(|(_, name)| name.to_owned()).collect()
}

/// What must stand between two tokens. A line's end stays where it may end a statement.
fn between(before: Token<'_>, after: Token<'_>) -> &'static str {
    let goes_on = before.kind == Kind::Sign && !matches!(before.text, "}" | ")" | "]" | "++" | "--");
    let belongs = after.kind == Kind::Sign
        && matches!(after.text, "}" | ")" | "]" | "," | ";" | "." | "?." | "?" | ":" | "=" | "&" | "|");
    if after.line && !goes_on && !belongs {
        return "\n";
    }
    let word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '$');
    let (last, first) = (before.text.chars().next_back(), after.text.chars().next());
    match (last, first) {
        (Some(last), Some(first)) if word(last) && word(first) => " ",
        (Some('+'), Some('+')) | (Some('-'), Some('-')) | (Some('/'), Some('/')) => " ",
        (_, Some('.')) if before.kind == Kind::Number => " ",
        _ => "",
    }
}

/// What a word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Variable,
    /// A name of a property, or no word at all.
    Other,
    /// Both, as in `{ text }`.
    Shorthand,
}

/// What every token stands for.
fn places(tokens: &[Token<'_>]) -> Vec<Place> {
    // For each open bracket, whether it holds properties.
    let mut open: Vec<bool> = Vec::new();
    let mut places = Vec::with_capacity(tokens.len());
    let text = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map_or("", |token| token.text);
    for (at, token) in tokens.iter().enumerate() {
        let (before, after) = (text(at.checked_sub(1)), text(Some(at + 1)));
        if token.kind == Kind::Text {
            if token.text.starts_with('}') {
                open.pop();
            }
            if token.text.starts_with(['`', '}']) && token.text.ends_with("${") {
                open.push(false);
            }
        }
        match (token.kind, token.text) {
            (Kind::Sign, "{") => open.push(holds_properties(before)),
            (Kind::Sign, "(" | "[") => open.push(false),
            (Kind::Sign, "}" | ")" | "]") => _ = open.pop(),
            _ => {}
        }
        let in_object = open.last() == Some(&true);
        let begins = in_object && matches!(before, "{" | ",");
        let method = in_object && after == "(" && (begins || matches!(before, "async" | "get" | "set"));
        places.push(match token.kind {
            Kind::Word if matches!(before, "." | "?.") || method || (begins && after == ":") => Place::Other,
            Kind::Word if begins && matches!(after, "," | "}" | "=") => Place::Shorthand,
            Kind::Word => Place::Variable,
            _ => Place::Other,
        });
    }
    places
}

/// Whether a brace after this begins an object or a pattern, not a block.
fn holds_properties(before: &str) -> bool {
    before.ends_with("${")
        || matches!(
            before,
            "(" | "," | "=" | ":" | "[" | "?" | "&" | "|" | "..." | "return" | "const" | "let" | "of" | "in"
        )
}

/// What is outside all functions.
const SHARED: usize = 0;

/// For every token, which of the outermost functions it stands in, from 1.
fn chunks(tokens: &[Token<'_>]) -> Vec<usize> {
    let (mut chunks, mut count, mut depth, mut inside) = (Vec::with_capacity(tokens.len()), 0, 0_usize, false);
    for (at, token) in tokens.iter().enumerate() {
        // The name of a function belongs to what is around it.
        if depth == 0 && !inside && at > 1 && tokens[at - 2].text == "function" {
            inside = true;
            count += 1;
        }
        match (token.kind, token.text) {
            (Kind::Sign, "{" | "(" | "[") => depth += 1,
            (Kind::Sign, "}" | ")" | "]") => depth = depth.saturating_sub(1),
            _ => {}
        }
        chunks.push(if inside { count } else { SHARED });
        if inside && depth == 0 && token.text == "}" {
            inside = false;
        }
    }
    chunks
}

/// A short name for every variable that is declared, by the function and its name there.
fn short_names<'a>(tokens: &[Token<'a>], places: &[Place], chunks: &[usize]) -> BTreeMap<(usize, &'a str), String> {
    let declared: BTreeSet<(usize, &str)> = declared(tokens)
        .into_iter()
        .map(|at| (chunks[at], tokens[at].text))
        .filter(|(_, name)| !GLOBALS.contains(name))
        .collect();
    // What is declared outside is one and the same everywhere.
    let owner = |chunk: usize, name: &'a str| {
        [SHARED, chunk].into_iter().map(|chunk| (chunk, name)).find(|known| declared.contains(known))
    };
    let mut uses: BTreeMap<(usize, &str), usize> = BTreeMap::new();
    let mut fixed: BTreeSet<&str> = RESERVED.into();
    let mut shared_in: BTreeSet<(usize, &str)> = BTreeSet::new();
    for ((token, place), chunk) in tokens.iter().zip(places).zip(chunks) {
        if *place == Place::Other {
            continue;
        }
        match owner(*chunk, token.text) {
            Some(known) => {
                *uses.entry(known).or_default() += 1;
                if known.0 == SHARED {
                    shared_in.insert((*chunk, token.text));
                }
            }
            None => _ = fixed.insert(token.text),
        }
    }
    let mut by_use: Vec<_> = uses.into_iter().collect();
    by_use.sort_by_key(|((chunk, name), count)| (*chunk, std::cmp::Reverse(*count), *name));
    let mut names: BTreeMap<(usize, &str), String> = BTreeMap::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let (mut now, mut next) = (SHARED, 0);
    for ((chunk, name), _) in by_use {
        if chunk != now {
            (now, next) = (chunk, 0);
            let shared = shared_in.range((chunk, "")..(chunk + 1, ""));
            taken = shared.filter_map(|(_, name)| names.get(&(SHARED, *name)).cloned()).collect();
        }
        while fixed.contains(short(next).as_str()) || taken.contains(&short(next)) {
            next += 1;
        }
        names.insert((chunk, name), short(next));
        next += 1;
    }
    names
}

/// The names in order: a, b, … Z, then two letters, then three.
fn short(mut number: usize) -> String {
    const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut name = String::new();
    loop {
        name.insert(0, char::from(LETTERS[number % LETTERS.len()]));
        match (number / LETTERS.len()).checked_sub(1) {
            Some(rest) => number = rest,
            None => return name,
        }
    }
}

/// Where a script declares variables, functions and parameters.
fn declared(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut found = Vec::new();
    let at = |at: usize| tokens.get(at).map_or("", |token| token.text);
    let word = |at: usize| tokens.get(at).filter(|token| token.kind == Kind::Word).map(|_| at);
    for (index, token) in tokens.iter().enumerate() {
        let first = index + 1;
        match (token.text, at(first)) {
            ("const" | "let" | "catch", "(" | "[") | ("const" | "let", "{") => found.extend(bound(tokens, first)),
            ("const" | "let", _) => found.extend(word(first)),
            ("function", _) => {
                found.extend(word(first));
                found.extend(bound(tokens, first + 1));
            }
            ("=>", _) => match index.checked_sub(1) {
                Some(last) if at(last) == ")" => {
                    found.extend(opening(tokens, last).map(|first| bound(tokens, first)).unwrap_or_default());
                }
                Some(last) => found.extend(word(last)),
                None => {}
            },
            _ => {}
        }
    }
    found
}

/// The names that a list of parameters or a pattern binds: what stands at the beginning of its parts.
fn bound(tokens: &[Token<'_>], first: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut in_value = 0; // the depth at which a default value began
    for index in first..tokens.len() {
        let (token, before) = (&tokens[index], index.checked_sub(1).map_or("", |at| tokens[at].text));
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => {
                depth -= 1;
                if depth < in_value {
                    in_value = 0;
                }
            }
            "=" if in_value == 0 => in_value = depth,
            "," if depth == in_value => in_value = 0,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        let begins = matches!(before, "(" | "[" | "{" | "," | "..." | ":");
        let is_key = tokens.get(index + 1).is_some_and(|after| after.text == ":");
        if token.kind == Kind::Word && in_value == 0 && begins && !is_key {
            found.push(index);
        }
    }
    found
}

/// Where the bracket opens that closes at `last`.
fn opening(tokens: &[Token<'_>], last: usize) -> Option<usize> {
    let mut depth = 0_usize;
    (0..=last).rev().find(|&index| {
        match tokens[index].text {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })
}

/// The tokens of a script.
fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut templates: Vec<usize> = Vec::new(); // for each open `${`, how many braces are open in it
    let mut rest = source;
    let mut line = false;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = if first.is_whitespace() {
            line |= first == '\n';
            rest = &rest[first.len_utf8()..];
            continue;
        } else if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
            continue;
        } else if rest.starts_with("/*") {
            rest = &rest[rest.find("*/").map_or(rest.len(), |end| end + 2)..];
            continue;
        } else if first == '`' || (first == '}' && templates.last() == Some(&0)) {
            if first == '}' {
                templates.pop();
            }
            let length = template_piece(rest);
            if rest[..length].ends_with("${") {
                templates.push(0);
            }
            (Kind::Text, length)
        } else if matches!(first, '\'' | '"') {
            (Kind::Text, quoted(rest, first))
        } else if first == '/' && begins_value(tokens.last()) {
            (Kind::Text, regex(rest))
        } else if first.is_ascii_digit() {
            (
                Kind::Number,
                rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.').unwrap_or(rest.len()),
            )
        } else if first.is_alphabetic() || matches!(first, '_' | '$') {
            (
                Kind::Word,
                rest.find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '$'))
                    .unwrap_or(rest.len()),
            )
        } else {
            let braces = templates.last_mut();
            match (first, braces) {
                ('{', Some(braces)) => *braces += 1,
                ('}', Some(braces)) => *braces -= 1,
                _ => {}
            }
            let long = ["...", "=>", "++", "--", "?."].into_iter().find(|sign| rest.starts_with(sign));
            (Kind::Sign, long.map_or(first.len_utf8(), str::len))
        };
        let (text, after) = rest.split_at(length);
        tokens.push(Token { kind, text, line });
        line = false;
        rest = after;
    }
    tokens
}

/// Whether a slash after this begins a regular expression: a value cannot stand there twice.
fn begins_value(before: Option<&Token<'_>>) -> bool {
    match before {
        None => true,
        Some(before) => match before.kind {
            Kind::Sign => !matches!(before.text, ")" | "]" | "}"),
            Kind::Word => matches!(before.text, "return" | "typeof" | "of" | "in"),
            Kind::Number | Kind::Text => false,
        },
    }
}

/// The length of what runs to `end`, where a backslash takes the next letter with it.
fn run(text: &str, from: usize, mut end: impl FnMut(&str) -> Option<usize>) -> usize {
    let mut at = from;
    while let Some(letter) = text[at..].chars().next() {
        if letter == '\\' {
            at += 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8);
        } else if let Some(length) = end(&text[at..]) {
            return at + length;
        } else {
            at += letter.len_utf8();
        }
    }
    text.len()
}

fn quoted(text: &str, quote: char) -> usize {
    run(text, 1, |rest| rest.starts_with(quote).then_some(1))
}

fn template_piece(text: &str) -> usize {
    run(text, 1, |rest| if rest.starts_with('`') { Some(1) } else { rest.starts_with("${").then_some(2) })
}

fn regex(text: &str) -> usize {
    let mut in_class = false;
    let body = run(text, 1, |rest| {
        match rest.as_bytes().first() {
            Some(b'[') => in_class = true,
            Some(b']') => in_class = false,
            Some(b'/') if !in_class => return Some(1),
            _ => {}
        }
        None
    });
    body + text[body..].find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(text.len() - body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_of_ours_stays_as_it_is() {
        for (source, small) in [
            ("// a word\nconst total = 1;\n\n  /* more */ total += 2;\n", "const a=1;a+=2;\n"),
            ("const total = one\nfoo()", "const a=one\nfoo()\n"),
            (
                "const total = { total, other: total, 'total': 1 };\nx.total?.total(total)",
                "const a={total:a,other:a,'total':1};x.total?.total(a)\n",
            ),
            ("function add(first, second = first) { return first + +second; }", "function a(a,b=a){return a+ +b;}\n"),
            ("const { wide, tall: high = 2 } = box; use(wide, high)", "const{wide:b,tall:a=2}=box;use(b,a)\n"),
            (
                "const say = (word) => `a word: ${word}${{ word }} word`;",
                "const b=(a)=>`a word: ${a}${{word:a}} word`;\n",
            ),
            (
                "const re = /word[/\"]+/g, x = 1 / two / 3; 'word \\' //'",
                "const a=/word[/\"]+/g,x=1/two/3;'word \\' //'\n",
            ),
            ("let one;\nfor (const [key, value] of list) f(key, value);", "let c;for(const[a,b]of list)f(a,b);\n"),
            ("try { go() } catch (error) { tell(error.message) }", "try{go()}catch(a){tell(a.message)}\n"),
            ("try { go() } catch { tell(go) }", "try{go()}catch{tell(go)}\n"),
            ("const open = true, f = async (thing) => { await thing };", "const open=true,f=async(a)=>{await a};\n"),
            (
                "const o = { async start(x) { }, stop() { } }; const start = 1, y = { start }",
                "const b={async start(x){},stop(){}};const a=1,y={start:a}\n",
            ),
            ("const total = yes ? total : none;", "const a=yes?a:none;\n"),
            ("if (a) { b } else { total }\nlet total", "if(a){b}else{c}\nlet c\n"),
            (
                "go(({ detail }) => detail, (one, [two]) => { return { one, two } })",
                "go(({detail:a})=>a,(b,[c])=>{return{one:b,two:c}})\n",
            ),
        ] {
            assert_eq!(script(source), small, "{source}");
        }
    }

    #[test]
    fn short_names_never_run_out() {
        assert_eq!(
            (short(0), short(51), short(52), short(52 + 52 * 52)),
            ("a".into(), "Z".into(), "aa".into(), "aaa".into())
        );
    }

    #[test]
    fn no_text_breaks_it() {
        for odd in [
            "", "`", "`${", "}", "'", "\"\\", "/", "/[", "}}}", "=>", ") =>", "catch", "const", "/*", "é`ß${}", "a\\",
            "\\é",
        ] {
            let _ = (script(odd), renamed(odd));
        }
    }
}
