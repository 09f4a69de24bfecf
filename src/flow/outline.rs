//! Where things stand in a YAML file that is no bot's, such as the server's settings: the same reading, with the same words for
//! what YAML would not read, without the meaning.

use std::collections::BTreeMap;

use crate::flow::source::{Problems, SourceFile, Sources};
use crate::flow::tree::{Data, NodeId, Tree};
use crate::flow::{At, Report};

/// The places of a file.
#[derive(Debug)]
pub struct Outline {
    /// What YAML cannot read, or would read otherwise than it looks.
    pub report: Report,
    values: BTreeMap<Vec<String>, At>,
    keys: Vec<(String, At)>,
}

impl Outline {
    /// Reads a file.
    pub fn of(file: &SourceFile) -> Self {
        let sources = Sources::new(std::slice::from_ref(file));
        let mut problems = Problems::new(&sources);
        let tree = Tree::parse(&mut problems);
        let mut outline = Self { report: Report::default(), values: BTreeMap::new(), keys: Vec::new() };
        for root in &tree.roots {
            outline.walk(&tree, &sources, *root, &mut Vec::new());
        }
        outline.report = problems.into_report();
        outline
    }

    /// Where the value stands to which a path of keys leads; entries of lists have their number from 0.
    pub fn value(&self, path: &[&str]) -> Option<&At> {
        let path: Vec<String> = path.iter().map(|&part| part.to_owned()).collect();
        self.values.get(&path)
    }

    /// Where a key first stands.
    pub fn key(&self, name: &str) -> Option<&At> {
        self.keys.iter().find(|(key, _)| key == name).map(|(_, at)| at)
    }

    fn walk(&mut self, tree: &Tree, sources: &Sources, node: NodeId, path: &mut Vec<String>) {
        self.values.insert(path.clone(), sources.at(tree.place(node)));
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
                    let name = tree.text(*key).unwrap_or("").to_owned();
                    self.keys.push((name.clone(), sources.at(tree.place(*key))));
                    path.push(name);
                    self.walk(tree, sources, *value, path);
                    path.pop();
                }
            }
        }
    }
}
