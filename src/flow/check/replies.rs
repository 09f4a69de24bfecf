//! `replies:` are put into conversations at any moment, so that a slot in one may well be empty: the agent sees that, and no
//! check is needed. A name that nothing could ever fill is a mistake.

use std::collections::BTreeSet;

use crate::flow::check::reads::{Read, Use};
use crate::flow::check::slots::{fillable, nothing_fills, outside};
use crate::flow::check::{place_of, place_of_word};
use crate::flow::link::Linked;
use crate::flow::read::Reader;
use crate::flow::report::code;
use crate::flow::source::Place;
use crate::flow::{AGENT, AGENT_NAME, ROOTS};

pub(super) fn run(linked: &mut Linked, reader: &mut Reader<'_>) {
    let fillable = fillable(linked);
    let known: BTreeSet<&str> = fillable.iter().map(String::as_str).chain([AGENT]).collect();
    let mut used = Vec::new();
    let mut unfilled: indexmap::IndexMap<String, Vec<Place>> = indexmap::IndexMap::new();
    for template in linked.program.replies.values().flat_map(|text| text.templates()) {
        for expr in template.expressions() {
            let read = Read { expr, at: &template.at, how: Use::Print };
            outside(linked, reader, &read, &mut used);
            for path in expr.names().iter().chain(&expr.known()) {
                let root = path.split('.').next().unwrap_or(path);
                if root == AGENT && path != AGENT_NAME {
                    let mut place = place_of_word(reader, read.at, path);
                    if place == place_of(reader, read.at) {
                        place.width = 1;
                    }
                    let message = format!("there is no \"{path}\"");
                    reader.problems.error(code::UNKNOWN_NAME, place, message).hint(format!("there is {AGENT_NAME}"));
                } else if !ROOTS.contains(&root) && !known.contains(root) && !reader.is_lost(root) {
                    unfilled.entry(root.to_owned()).or_default().push(place_of_word(reader, read.at, root));
                }
            }
        }
    }
    for (root, places) in unfilled {
        nothing_fills(reader, &root, &places, &known);
    }
    linked.used.extend(used);
}
