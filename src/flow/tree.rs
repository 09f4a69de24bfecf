//! A file as a tree of texts, lists and maps, each with its place and its spelling, from the parser's events. What YAML
//! itself would hide is found here: equal keys, anchors, tags, second documents. It knows nothing of bots.

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span};

use crate::flow::report::code;
use crate::flow::source::{Place, Problems, Source};
use crate::flow::traps;

/// The index of a node in its [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(crate) u32);

/// All files of a load as trees in one arena.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
    /// The top of each document: one for a file, more where a syntax error cut it, none for an empty file.
    pub(crate) roots: Vec<NodeId>,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) file: u32,
    pub(crate) start: Mark,
    pub(crate) end: Mark,
    /// Whether it stands inside `[ ]` or `{ }`, or is one.
    pub(crate) inline: bool,
    /// Whether a syntax error cut it short, so that what it lacks says nothing.
    pub(crate) partial: bool,
    pub(crate) data: Data,
}

/// A line from 1 and a column in characters from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Mark {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

#[derive(Debug)]
pub(crate) enum Data {
    Scalar(Scalar),
    List(Vec<NodeId>),
    Map(Vec<(NodeId, NodeId)>),
    /// Something that was reported already.
    Bad,
}

#[derive(Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Quoted,
    /// `|`: one line of the file is one line of the text.
    Lines,
    /// `>`.
    Folded,
}

/// How deep blocks may stand in blocks. Everything that walks a tree recursively relies on it.
const DEPTH: usize = 64;
/// After so many syntax errors the rest of a file is not looked at.
const SYNTAX_ERRORS: usize = 10;

impl Tree {
    /// Reads all files.
    pub(crate) fn parse(problems: &mut Problems<'_>) -> Self {
        let mut tree = Self::default();
        let sources = problems.sources;
        for (index, source) in sources.files.iter().enumerate() {
            let file = index as u32;
            for &(line, column, character) in &source.bad_characters {
                let message = match character {
                    '\u{fffd}' => "this is not UTF-8 text".to_owned(),
                    '\u{fffe}' => "this file is text in UTF-16".to_owned(),
                    c if c.is_whitespace() || c == '\u{200b}' => {
                        format!("this looks like a blank and is the character U+{:04X}", u32::from(c))
                    }
                    _ => format!("the character U+{:04X} has no place in a text file", u32::from(character)),
                };
                let place = Place { file, line, column, width: 1 };
                problems.error(code::BAD_CHARACTER, place, message).hint(match character {
                    '\n' | '\r' => "end lines as your editor does by default",
                    c if c.is_whitespace() || c == '\u{200b}' => "write a blank in its place; it came with pasted text",
                    _ => "save the file as plain text in UTF-8",
                });
            }
            Builder { tree: &mut tree, problems, source, file, stack: Vec::new() }.file();
        }
        tree
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(crate) fn text(&self, id: NodeId) -> Option<&str> {
        match &self.node(id).data {
            Data::Scalar(scalar) => Some(&scalar.text),
            _ => None,
        }
    }

    pub(crate) fn entries(&self, id: NodeId) -> &[(NodeId, NodeId)] {
        match &self.node(id).data {
            Data::Map(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn items(&self, id: NodeId) -> &[NodeId] {
        match &self.node(id).data {
            Data::List(items) => items,
            _ => &[],
        }
    }

    /// The value under a key.
    pub(crate) fn get(&self, id: NodeId, key: &str) -> Option<NodeId> {
        self.entries(id).iter().find(|(name, _)| self.text(*name) == Some(key)).map(|(_, value)| *value)
    }

    /// Whether nothing was written: `key:` and then the next line.
    pub(crate) fn is_empty(&self, id: NodeId) -> bool {
        matches!(&self.node(id).data, Data::Scalar(scalar) if scalar.text.is_empty() && scalar.style == Style::Plain)
    }

    /// The first line of a node. A map or list is shown by its beginning.
    pub(crate) fn place(&self, id: NodeId) -> Place {
        let node = self.node(id);
        let width = match &node.data {
            Data::Scalar(_) if node.start.line == node.end.line => node.end.column.saturating_sub(node.start.column),
            Data::Scalar(scalar) if matches!(scalar.style, Style::Plain | Style::Quoted) => u32::MAX,
            Data::Map(entries) => match entries.first() {
                Some((key, _)) => return self.place(*key),
                None => 1,
            },
            _ => 1,
        };
        Place { file: node.file, line: node.start.line, column: node.start.column + 1, width: width.max(1) }
    }

    fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() as u32 - 1)
    }
}

struct Builder<'a, 's, 'p> {
    tree: &'a mut Tree,
    problems: &'p mut Problems<'s>,
    source: &'s Source,
    file: u32,
    stack: Vec<Frame>,
}

struct Frame {
    node: NodeId,
    key: Option<NodeId>,
    inline: bool,
    seen: HashMap<String, NodeId>,
}

impl Builder<'_, '_, '_> {
    /// Reads the file. After a syntax error it goes on at the next line that looks like a top-level key, so that one
    /// slip does not hide all other problems of the file.
    fn file(&mut self) {
        let mut first_line = 1;
        for _ in 0..SYNTAX_ERRORS {
            let Some(error_line) = self.document(first_line) else { return };
            let next = (error_line.max(first_line) + 1..=self.source.line_count())
                .find(|&line| self.source.line(line).starts_with(|c: char| c.is_ascii_lowercase()));
            let Some(next) = next else { return };
            first_line = next;
        }
    }

    /// Reads from a line to the end; gives the line of a syntax error.
    fn document(&mut self, first_line: u32) -> Option<u32> {
        self.stack.clear();
        let text = self.source.text.get(self.source.line_start(first_line)..).unwrap_or("");
        let mut parser = Parser::new_from_str(text);
        let mut documents = 0;
        while let Some(next) = parser.next_event() {
            let (event, span) = match next {
                Ok(next) => next,
                Err(error) => {
                    let mark = self.mark(error.marker(), first_line);
                    for frame in &self.stack {
                        if let Some(node) = self.tree.nodes.get_mut(frame.node.0 as usize) {
                            node.partial = true;
                        }
                    }
                    let line = mark.line.min(self.source.line_count());
                    traps::syntax(self.problems, self.source, self.file, Mark { line, ..mark }, error.info());
                    return Some(line);
                }
            };
            let span = (self.mark(&span.start, first_line), self.mark(&span.end, first_line), span);
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let place = self.spot(span.0);
                        self.problems
                            .error(code::SYNTAX, place, "a file holds one document; `---` begins a second one")
                            .hint("take the line out, or put the second part into a file of its own");
                        return None;
                    }
                }
                Event::Alias(_) => {
                    self.unwanted(span.0, '*');
                    self.add(span, Data::Bad, false);
                }
                Event::Scalar(text, style, anchor, tag) => {
                    let unwanted = tag.is_some() || anchor > 0;
                    if unwanted {
                        self.unwanted(span.0, if tag.is_some() { '!' } else { '&' });
                    }
                    let style = match style {
                        ScalarStyle::Plain => Style::Plain,
                        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                        ScalarStyle::Literal => Style::Lines,
                        ScalarStyle::Folded => Style::Folded,
                    };
                    let mut span = span;
                    if matches!(style, Style::Lines | Style::Folded) {
                        span.0 = self.block_header(span.0, &text, style);
                    }
                    let scalar = Scalar { text: text.into_owned(), style };
                    self.add(span, if unwanted { Data::Bad } else { Data::Scalar(scalar) }, false);
                }
                Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) if anchor > 0 || tag.is_some() => {
                    self.unwanted(span.0, if tag.is_some() { '!' } else { '&' });
                    if !self.open(span, Data::Bad) {
                        return None;
                    }
                }
                Event::SequenceStart(..) => {
                    if !self.open(span, Data::List(Vec::new())) {
                        return None;
                    }
                }
                Event::MappingStart(..) => {
                    if !self.open(span, Data::Map(Vec::new())) {
                        return None;
                    }
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    if let Some(frame) = self.stack.pop()
                        && let Some(node) = self.tree.nodes.get_mut(frame.node.0 as usize)
                    {
                        node.end = span.1;
                    }
                }
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            }
        }
        None
    }

    fn mark(&self, marker: &Marker, first_line: u32) -> Mark {
        Mark { line: marker.line() as u32 + first_line - 1, column: marker.col() as u32 }
    }

    /// Where the `|` or `>` of a text block stands: the parser gives its first line that is not blank.
    fn block_header(&self, first: Mark, text: &str, style: Style) -> Mark {
        let blank = text.chars().take_while(|&c| c == '\n').count() as u32;
        if blank as usize == text.len() {
            return first;
        }
        let line = first.line.saturating_sub(blank + 1);
        let sign = if style == Style::Lines { '|' } else { '>' };
        let column = self.source.line(line).chars().position(|c| c == sign).unwrap_or(0);
        Mark { line, column: column as u32 }
    }

    fn spot(&self, mark: Mark) -> Place {
        Place { file: self.file, line: mark.line, column: mark.column + 1, width: 1 }
    }

    fn unwanted(&mut self, mark: Mark, sign: char) {
        // The parser gives the place of the value; the sign stands before it on the same line, or a line above.
        let (mut line, mut column) = (mark.line, mark.column + 1);
        for candidate in [mark.line, mark.line.saturating_sub(1)] {
            let before = self.source.line(candidate);
            let upto = if candidate == mark.line { mark.column as usize + 1 } else { usize::MAX };
            if let Some(index) = before.chars().take(upto).collect::<Vec<_>>().iter().rposition(|&c| c == sign) {
                (line, column) = (candidate, index as u32 + 1);
                break;
            }
        }
        let place = Place { file: self.file, line, column, width: 1 };
        let what = match sign {
            '!' => "a tag",
            '&' => "an anchor",
            _ => "an alias",
        };
        self.problems
            .error(code::ANCHOR, place, format!("YAML takes `{sign}` as {what}, and bots have none"))
            .hint(format!("if it begins a text, put the text in quotes: \"{sign}…\""));
    }

    /// Adds a value to what is open. Gives its id.
    fn add(&mut self, span: (Mark, Mark, Span), data: Data, opens: bool) -> NodeId {
        let inline = self.stack.last().is_some_and(|frame| frame.inline)
            || opens
                && self
                    .source
                    .line(span.0.line)
                    .chars()
                    .nth(span.0.column as usize)
                    .is_some_and(|c| c == '[' || c == '{');
        let node = Node { file: self.file, start: span.0, end: span.1, inline, partial: false, data };
        let id = self.tree.push(node);
        let Some(frame) = self.stack.last_mut() else {
            self.tree.roots.push(id);
            return id;
        };
        let container = frame.node.0 as usize;
        let is_map = matches!(self.tree.nodes.get(container).map(|node| &node.data), Some(Data::Map(_)));
        let is_list = matches!(self.tree.nodes.get(container).map(|node| &node.data), Some(Data::List(_)));
        if is_list {
            if let Some(Node { data: Data::List(items), .. }) = self.tree.nodes.get_mut(container) {
                items.push(id);
            }
        } else if is_map {
            match frame.key.take() {
                None => frame.key = Some(id),
                Some(key) => self.entry(container, key, id),
            }
        }
        id
    }

    fn entry(&mut self, container: usize, key: NodeId, value: NodeId) {
        let name = match &self.tree.node(key).data {
            Data::Scalar(scalar) => scalar.text.clone(),
            Data::Bad => return,
            Data::List(_) | Data::Map(_) => {
                traps::braces_as_key(self.problems, self.tree, key);
                if let Some(node) = self.tree.nodes.get_mut(container) {
                    node.data = Data::Bad;
                }
                return;
            }
        };
        let first = self.stack.last().and_then(|frame| frame.seen.get(&name).copied());
        if let Some(first) = first {
            let outer = self.stack.len().checked_sub(2).and_then(|outer| self.stack.get(outer));
            let in_list = outer.is_some_and(|frame| matches!(self.tree.node(frame.node).data, Data::List(_)));
            let (place, earlier) = (self.tree.place(key), self.tree.place(first));
            self.problems
                .error(code::DUPLICATE_KEY, place, format!("the key \"{}\" stands twice here", shown(&name)))
                .hint(match in_list {
                    true => {
                        "if this begins a new step or entry, write `- ` before it; else put both parts under one key"
                    }
                    false => "YAML would keep only one of them; put both parts under one key",
                })
                .related(earlier, "the first one");
            return;
        }
        if let Some(frame) = self.stack.last_mut() {
            frame.seen.insert(name, key);
        }
        if let Some(Node { data: Data::Map(entries), .. }) = self.tree.nodes.get_mut(container) {
            entries.push((key, value));
        }
    }

    /// Opens a list or map; false where it is too deep and reading must stop.
    fn open(&mut self, span: (Mark, Mark, Span), data: Data) -> bool {
        if self.stack.len() >= DEPTH {
            let place = self.spot(span.0);
            self.problems.error(code::TOO_DEEP, place, format!("blocks may stand in each other {DEPTH} deep at most"));
            for frame in &self.stack {
                if let Some(node) = self.tree.nodes.get_mut(frame.node.0 as usize) {
                    node.partial = true;
                }
            }
            return false;
        }
        let node = self.add(span, data, true);
        let inline = self.tree.node(node).inline;
        self.stack.push(Frame { node, key: None, inline, seen: HashMap::new() });
        true
    }
}

/// A name or text in a message: not longer than a line.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(60).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}
