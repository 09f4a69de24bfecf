//! Where things stand in a YAML file that is no bot's, such as the server's settings: the same reading, with the same words for
//! what YAML would not read, without the meaning.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::flow::source::{Place, Problems, SourceFile, Sources};
use crate::flow::tree::{Data, NodeId, Tree};
use crate::flow::{At, Report};

/// A stretch of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Where it begins.
    pub at: At,
    /// The line.
    pub line: Arc<str>,
    /// How many characters it covers.
    pub width: u32,
}

/// The places of a file.
#[derive(Debug)]
pub struct Outline {
    /// What YAML cannot read, or would read otherwise than it looks.
    pub report: Report,
    values: BTreeMap<Vec<String>, Spot>,
    keys: BTreeMap<Vec<String>, Spot>,
}

impl Outline {
    /// Reads a file.
    pub fn of(file: &SourceFile) -> Self {
        let sources = Sources::new(std::slice::from_ref(file));
        let mut problems = Problems::new(&sources);
        let tree = Tree::parse(&mut problems);
        let mut outline = Self { report: Report::default(), values: BTreeMap::new(), keys: BTreeMap::new() };
        for root in &tree.roots {
            outline.walk(&tree, &sources, *root, &mut Vec::new());
        }
        outline.report = problems.into_report();
        outline
    }

    /// Where the value stands to which a path of keys leads; entries of lists have their number from 0.
    pub fn value(&self, path: &[&str]) -> Option<&Spot> {
        self.values.get(&owned(path))
    }

    /// Where the key stands with which a path ends.
    pub fn key(&self, path: &[&str]) -> Option<&Spot> {
        self.keys.get(&owned(path))
    }

    fn walk(&mut self, tree: &Tree, sources: &Sources, node: NodeId, path: &mut Vec<String>) {
        self.values.insert(path.clone(), spot(sources, tree.place(node)));
        match &tree.node(node).data {
            Data::Scalar(_) | Data::Bad => {}
            Data::List(items) => {
                for (number, item) in items.iter().enumerate() {
                    path.push(number.to_string());
                    self.walk(tree, sources, *item, path);
                    path.pop();
                }
            }
            Data::Map(entries) => {
                for (key, value) in entries {
                    path.push(tree.text(*key).unwrap_or("").to_owned());
                    self.keys.insert(path.clone(), spot(sources, tree.place(*key)));
                    self.walk(tree, sources, *value, path);
                    path.pop();
                }
            }
        }
    }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|&part| part.to_owned()).collect()
}

fn spot(sources: &Sources, place: Place) -> Spot {
    Spot { at: sources.at(place), line: sources.line(place).into(), width: place.width }
}
