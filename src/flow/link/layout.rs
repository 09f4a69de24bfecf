//! The flat code of one flow while it grows: labels for places that are not known yet, blocks that are laid out after the
//! main line, and the names of waiting places. It knows no YAML keys; `steps` does.

use std::collections::{BTreeMap, VecDeque};

use indexmap::IndexMap;
use sha2::{Digest, Sha256};

use crate::flow::At;
use crate::flow::tree::NodeId;
use crate::flow::{Op, Step, StepIndex};
use crate::id::{FlowName, PlaceName, SlotName};

/// A place in the code that may not be laid out yet. Until [`Layout::finish`] every jump holds a label.
pub(crate) type Label = usize;

/// A flow's code as it is being laid out.
pub(crate) struct Layout {
    pub(crate) flow: FlowName,
    pub(crate) code: Vec<Step>,
    nodes: Vec<Option<NodeId>>,
    labels: Vec<Option<StepIndex>>,
    /// Blocks that stand after the main line: where they begin, what they hold, where they go on.
    pub(crate) blocks: VecDeque<(Label, NodeId, Label)>,
    /// Steps that options lead to by a `goto` of their own; they stand after the main line too.
    pub(crate) gotos: Vec<(Label, Op, At, NodeId)>,
    /// The steps with an `id`.
    pub(crate) ids: IndexMap<String, (Label, NodeId)>,
    /// Which step asks for which slot.
    pub(crate) questions: Vec<(SlotName, StepIndex)>,
    /// Labels of questions, by slot, that were referred to: the label, the slot, who refers, and from where.
    pub(crate) wanted: Vec<(Label, SlotName, NodeId, StepIndex)>,
    /// Confirm steps that list no slots.
    pub(crate) open_confirms: Vec<StepIndex>,
    /// Waiting places by name.
    pub(crate) places: BTreeMap<PlaceName, NodeId>,
    /// Whether a step could not be laid out, so that what the rest lacks says nothing.
    pub(crate) broken: bool,
}

/// What the checks need to know of a flow's code: which node each step came from, none for jumps of the layout; and whether
/// a step is missing, because it was reported.
#[derive(Debug, Default)]
pub(crate) struct Laid {
    pub(crate) nodes: Vec<Option<NodeId>>,
    pub(crate) broken: bool,
}

impl Layout {
    pub(crate) fn new(flow: FlowName) -> Self {
        Self {
            flow,
            code: Vec::new(),
            nodes: Vec::new(),
            labels: Vec::new(),
            blocks: VecDeque::new(),
            gotos: Vec::new(),
            ids: IndexMap::new(),
            questions: Vec::new(),
            wanted: Vec::new(),
            open_confirms: Vec::new(),
            places: BTreeMap::new(),
            broken: false,
        }
    }

    pub(crate) fn label(&mut self) -> Label {
        self.labels.push(None);
        self.labels.len() - 1
    }

    /// Says that a label is here: at the next step that is emitted.
    pub(crate) fn bind(&mut self, label: Label) {
        self.bind_to(label, self.code.len());
    }

    pub(crate) fn bind_to(&mut self, label: Label, index: StepIndex) {
        if let Some(slot) = self.labels.get_mut(label) {
            *slot = Some(index);
        }
    }

    /// Adds a step that the author wrote.
    pub(crate) fn emit(&mut self, op: Op, at: At, node: NodeId) -> StepIndex {
        self.code.push(Step { op, at });
        self.nodes.push(Some(node));
        self.code.len() - 1
    }

    /// Adds a jump of the layout.
    pub(crate) fn emit_own(&mut self, op: Op, at: At) {
        self.code.push(Step { op, at });
        self.nodes.push(None);
    }

    /// Defers a block: it is laid out after the main line, and goes on at `back`.
    pub(crate) fn block(&mut self, node: NodeId, back: Label) -> Label {
        let label = self.label();
        self.blocks.push_back((label, node, back));
        label
    }

    /// The name of a waiting place: by `id`, else by slot, else by a hash of kind and text.
    pub(crate) fn place_name(&self, kind: &str, id: Option<&str>, slot: Option<&str>, text: &str) -> PlaceName {
        let name = match (id, slot) {
            (Some(id), _) => id.to_owned(),
            (None, Some(slot)) => slot.to_owned(),
            (None, None) => {
                let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(text).finalize();
                let hex: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
                format!("{kind}-{hex}")
            }
        };
        PlaceName(format!("{}/{name}", self.flow))
    }

    /// Puts indexes in the place of labels. A label that was never bound stands for something that was reported.
    pub(crate) fn finish(mut self) -> (Vec<Step>, Laid) {
        let (labels, end) = (&self.labels, self.code.len());
        let resolve = |label: Label| labels.get(label).copied().flatten().unwrap_or(end);
        for step in &mut self.code {
            each_target(&mut step.op, &mut |target| *target = resolve(*target));
        }
        (self.code, Laid { nodes: self.nodes, broken: self.broken })
    }
}

/// Calls `visit` with every jump target of a step.
fn each_target(op: &mut Op, visit: &mut dyn FnMut(&mut StepIndex)) {
    match op {
        Op::AskAgain { to, .. } | Op::Jump(to) => visit(to),
        Op::Branch { otherwise, .. } => visit(otherwise),
        Op::Switch { cases, otherwise, .. } => {
            cases.iter_mut().for_each(|(_, to)| visit(to));
            visit(otherwise);
        }
        Op::Ask(ask) => ask.otherwise.iter_mut().for_each(visit),
        Op::Choose(choose) => {
            if let crate::flow::Options::Listed(options) = &mut choose.options {
                options.iter_mut().filter_map(|option| option.to.as_mut()).for_each(&mut *visit);
            }
            choose.otherwise.iter_mut().for_each(visit);
        }
        Op::Confirm(confirm) => confirm.slots.iter_mut().for_each(|(_, to)| visit(to)),
        Op::Call(call) => call.otherwise.iter_mut().for_each(visit),
        Op::Say(_)
        | Op::Set(_)
        | Op::Run { .. }
        | Op::Goto(_)
        | Op::End
        | Op::Handoff(_)
        | Op::Rate(_)
        | Op::Wait { .. } => {}
    }
}
