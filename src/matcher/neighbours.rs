//! Telling two values of one kind apart where no phrase fits the message as a whole: by the words that stand beside the named
//! values in the phrases of the intent, such as "from" before `{city:origin}`. It knows words only, no language and no order.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{EntityName, SlotName};
use crate::text::Words;

use super::graph::{Graph, Node, NodeId};
use super::vocabulary::{Map, Vocabulary, WordId};
use super::{Found, kind_name, values};

/// More words than any phrase has beside one value; only snippets of snippets could have as many.
const WORDS_MAX: usize = 4_096;

/// So many words may stand between the word that tells and the value: "from the sunny Athens".
const APART_MAX: usize = 2;

/// Parts of one phrase that are looked at; snippets that hold each other could have any number.
const PARTS_MAX: u32 = 4_096;

/// The words beside the named values, by the number of the intent.
#[derive(Debug, Clone, Default)]
pub(super) struct Neighbours {
    intents: BTreeMap<u32, BTreeMap<EntityName, Vec<Neighbour>>>,
}

/// What stands beside one named value.
#[derive(Debug, Clone)]
struct Neighbour {
    slot: SlotName,
    before: BTreeSet<WordId>,
    after: BTreeSet<WordId>,
}

impl Neighbours {
    /// Learns from all phrases, each with its intent.
    pub(super) fn learn(graph: &Graph, phrases: impl IntoIterator<Item = (u32, NodeId)>) -> Self {
        let mut neighbours = Self::default();
        let mut edges = Edges { graph, known: Map::default() };
        let none = BTreeSet::new();
        for (intent, root) in phrases {
            let mut parts = PARTS_MAX;
            neighbours.look(&mut edges, intent, root, &none, &none, &mut parts);
        }
        for neighbour in neighbours.intents.values_mut().flat_map(BTreeMap::values_mut) {
            forget_shared(neighbour, |neighbour| &mut neighbour.before);
            forget_shared(neighbour, |neighbour| &mut neighbour.after);
        }
        neighbours
    }

    /// Looks for named values in a part that stands between these words.
    fn look(
        &mut self,
        edges: &mut Edges<'_>,
        intent: u32,
        part: NodeId,
        before: &BTreeSet<WordId>,
        after: &BTreeSet<WordId>,
        parts_left: &mut u32,
    ) {
        *parts_left = parts_left.saturating_sub(1);
        if *parts_left == 0 {
            return;
        }
        match edges.graph.node(part) {
            Node::Value(entity, Some(slot)) => self.add(intent, entity, slot, before, after),
            Node::Choice(parts) => {
                for part in parts {
                    self.look(edges, intent, *part, before, after, parts_left);
                }
            }
            Node::Sequence(parts) => {
                // From the end the words after each part, then from the start the words before it.
                let mut afters = vec![after.clone()];
                for part in parts[1..].iter().rev() {
                    let edge = edges.of(*part);
                    let words = edge.beside(&edge.first, afters.last());
                    afters.push(words);
                }
                let mut before = before.clone();
                for (part, after) in parts.iter().zip(afters.iter().rev()) {
                    self.look(edges, intent, *part, &before, after, parts_left);
                    let edge = edges.of(*part);
                    before = edge.beside(&edge.last, Some(&before));
                }
            }
            _ => {}
        }
    }

    fn add(
        &mut self,
        intent: u32,
        entity: &EntityName,
        slot: &SlotName,
        before: &BTreeSet<WordId>,
        after: &BTreeSet<WordId>,
    ) {
        let neighbours = self.intents.entry(intent).or_default().entry(entity.clone()).or_default();
        let known = neighbours.iter().position(|neighbour| neighbour.slot == *slot);
        let place = known.unwrap_or_else(|| {
            neighbours.push(Neighbour { slot: slot.clone(), before: BTreeSet::new(), after: BTreeSet::new() });
            neighbours.len() - 1
        });
        neighbours[place].before.extend(before);
        neighbours[place].after.extend(after);
    }

    /// Names the slots of values that the words beside them tell; a slot that two different values ask for stays unnamed.
    pub(super) fn name(&self, intent: u32, words: &Words, vocabulary: &Vocabulary, found: &mut [Found]) {
        let Some(by_entity) = self.intents.get(&intent) else { return };
        let ids: Vec<WordId> = words.iter().map(|(word, _)| vocabulary.id(word)).collect();
        for (entity, neighbours) in by_entity {
            let own: Vec<usize> = (0..found.len())
                .filter(|place| found[*place].slot.is_none() && kind_name(&found[*place].kind) == entity.as_str())
                .collect();
            let spans: Vec<(usize, usize)> =
                values::spans(own.iter().map(|place| &found[*place]), words).iter().map(|s| (s.first, s.end)).collect();
            if spans.len() != own.len() {
                continue;
            }
            let told: Vec<Option<&SlotName>> =
                spans.iter().map(|span| slot_of(*span, &ids, &spans, neighbours)).collect();
            for (place, slot) in own.iter().zip(&told) {
                let other = |(other, also): (&usize, &Option<&SlotName>)| {
                    also == slot && found[*other].value != found[*place].value
                };
                let alone = slot.is_some() && !own.iter().zip(&told).any(other);
                found[*place].slot = slot.filter(|_| alone).cloned();
            }
        }
    }
}

/// The slot that the words beside a value tell: the nearest word before it that tells one, else the word right after it.
fn slot_of<'c>(
    (first, end): (usize, usize),
    ids: &[WordId],
    spans: &[(usize, usize)],
    neighbours: &'c [Neighbour],
) -> Option<&'c SlotName> {
    let before = (first.saturating_sub(APART_MAX + 1)..first)
        .rev()
        .take_while(|place| !spans.iter().any(|(from, to)| (*from..*to).contains(place)))
        .find_map(|place| neighbours.iter().find(|neighbour| neighbour.before.contains(&ids[place])));
    let after = || neighbours.iter().find(|neighbour| ids.get(end).is_some_and(|id| neighbour.after.contains(id)));
    before.or_else(after).map(|neighbour| &neighbour.slot)
}

/// A word beside several of the slots tells none of them.
fn forget_shared(neighbours: &mut [Neighbour], words: fn(&mut Neighbour) -> &mut BTreeSet<WordId>) {
    let mut counts: BTreeMap<WordId, u32> = BTreeMap::new();
    for word in neighbours.iter_mut().flat_map(|neighbour| words(neighbour).clone()) {
        *counts.entry(word).or_default() += 1;
    }
    for neighbour in neighbours {
        words(neighbour).retain(|word| counts.get(word) == Some(&1));
    }
}

/// The words that parts begin and end with.
struct Edges<'g> {
    graph: &'g Graph,
    known: Map<NodeId, Edge>,
}

#[derive(Debug, Clone, Default)]
struct Edge {
    first: BTreeSet<WordId>,
    last: BTreeSet<WordId>,
    /// Whether the part may be left out.
    optional: bool,
}

impl Edge {
    /// The words at an end of the part, and those beyond it where it may be left out.
    fn beside(&self, own: &BTreeSet<WordId>, beyond: Option<&BTreeSet<WordId>>) -> BTreeSet<WordId> {
        let beyond = beyond.into_iter().flatten().filter(|_| self.optional);
        own.iter().chain(beyond).copied().take(WORDS_MAX).collect()
    }
}

impl Edges<'_> {
    fn of(&mut self, part: NodeId) -> Edge {
        if let Some(edge) = self.known.get(&part) {
            return edge.clone();
        }
        let edge = match self.graph.node(part) {
            Node::Empty | Node::Border => Edge { optional: true, ..Edge::default() },
            Node::Word(word) => Edge { first: [*word].into(), last: [*word].into(), optional: false },
            Node::Never | Node::Letters(_) | Node::Value(..) => Edge::default(),
            Node::Choice(parts) => parts.iter().fold(Edge::default(), |all, part| {
                let edge = self.of(*part);
                Edge {
                    first: all.first.into_iter().chain(edge.first).take(WORDS_MAX).collect(),
                    last: all.last.into_iter().chain(edge.last).take(WORDS_MAX).collect(),
                    optional: all.optional || edge.optional,
                }
            }),
            Node::Sequence(parts) => parts.iter().fold(Edge { optional: true, ..Edge::default() }, |before, part| {
                let edge = self.of(*part);
                Edge {
                    first: before.beside(&before.first, Some(&edge.first)),
                    last: edge.beside(&edge.last, Some(&before.last)),
                    optional: before.optional && edge.optional,
                }
            }),
        };
        self.known.insert(part, edge.clone());
        edge
    }
}
