//! Where flows lead: steps that nothing reaches, circles that wait for nobody, and places without a way out.

use std::collections::{BTreeMap, BTreeSet};

use crate::flow::check::place_of;
use crate::flow::link::Linked;
use crate::flow::read::Reader;
use crate::flow::report::code;
use crate::flow::{Flow, Op, Options, StepIndex, ValueTemplate};
use crate::id::{FlowName, SlotName};

pub(super) fn run(linked: &Linked, reader: &mut Reader<'_>) {
    // A flow that lacks a step that was reported leads nowhere for that reason only.
    let whole = |flow: &&Flow| linked.laid.get(flow.name.as_str()).is_some_and(|laid| !laid.broken);
    let mut flows: Vec<&Flow> = linked.program.flows.values().filter(|flow| !flow.builtin).filter(whole).collect();
    for flow in &flows {
        unreachable(linked, flow, reader);
    }
    let circling = endless(linked, reader);
    flows.retain(|flow| !circling.contains(&flow.name));
    stuck(linked, &flows, reader);
    out_of_run(linked, reader);
}

/// The steps of the same flow that may come after a step. The length of the code is the end.
pub(super) fn successors(index: StepIndex, op: &Op) -> Vec<StepIndex> {
    let next = index + 1;
    match op {
        Op::Say(_) | Op::Set(_) | Op::Run { .. } | Op::Rate(_) | Op::Wait { .. } => vec![next],
        Op::Ask(ask) => std::iter::once(next).chain(ask.otherwise).collect(),
        Op::Call(call) => std::iter::once(next).chain(call.otherwise).collect(),
        Op::Choose(choose) => {
            let mut targets: Vec<StepIndex> = match &choose.options {
                Options::Listed(options) => options.iter().map(|option| option.to.unwrap_or(next)).collect(),
                Options::Entity(_) | Options::List(_) => vec![next],
            };
            targets.extend(choose.otherwise);
            targets
        }
        Op::Confirm(confirm) => std::iter::once(next).chain(confirm.slots.iter().map(|(_, to)| *to)).collect(),
        Op::AskAgain { to, .. } | Op::Jump(to) => vec![*to],
        Op::Branch { otherwise, .. } => vec![next, *otherwise],
        Op::Switch { cases, otherwise, .. } => cases.iter().map(|(_, to)| *to).chain([*otherwise]).collect(),
        Op::Goto(_) | Op::End | Op::Handoff(_) => Vec::new(),
    }
}

/// The steps of a flow that some way leads to; the last entry stands for the end.
pub(super) fn reached(flow: &Flow) -> Vec<bool> {
    let mut reached = vec![false; flow.code.len() + 1];
    let mut open = vec![0];
    while let Some(index) = open.pop() {
        match reached.get_mut(index) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        if let Some(step) = flow.code.get(index) {
            open.extend(successors(index, &step.op));
        }
    }
    reached
}

fn unreachable(linked: &Linked, flow: &Flow, reader: &mut Reader<'_>) {
    let Some(laid) = linked.laid.get(flow.name.as_str()) else { return };
    let reached = reached(flow);
    let dead = |index: StepIndex| reached.get(index) == Some(&false);
    // Only the first step of a dead stretch is named: those that no other dead step leads to.
    let mut led: BTreeSet<StepIndex> = BTreeSet::new();
    for (index, step) in flow.code.iter().enumerate().filter(|(index, _)| dead(*index)) {
        led.extend(successors(index, &step.op));
    }
    for index in (0..flow.code.len()).filter(|&index| dead(index) && !led.contains(&index)) {
        // A jump of the layout is no step of the author.
        let Some(Some(node)) = laid.nodes.get(index) else { continue };
        let place = reader.tree.place(*node);
        reader
            .problems
            .warning(code::UNREACHABLE, place, "this step is never reached")
            .hint("what stands before it always leaves: a handoff, a goto, or options that all lead elsewhere");
    }
}

/// A node of the graph over all flows.
type Node<'p> = (&'p FlowName, StepIndex);

/// Circles without a step that waits. A filled `ask` is skipped, so it waits only where its slot is emptied. Gives the flows
/// that have a part in one.
fn endless(linked: &Linked, reader: &mut Reader<'_>) -> BTreeSet<FlowName> {
    let mut circling = BTreeSet::new();
    let program = &linked.program;
    let emptied: BTreeSet<&SlotName> = program
        .flows
        .values()
        .flat_map(|flow| &flow.code)
        .filter_map(|step| match &step.op {
            Op::Set(values) => Some(values),
            _ => None,
        })
        .flatten()
        .filter(|(_, value)| matches!(value, ValueTemplate::Literal(serde_json::Value::Null)))
        .map(|(slot, _)| slot)
        .collect();
    let waits = |op: &Op| match op {
        Op::Choose(_) | Op::Confirm(_) | Op::Rate(_) | Op::Wait { .. } | Op::AskAgain { .. } => true,
        Op::Ask(ask) => emptied.contains(&ask.save_as),
        _ => false,
    };
    let passes = passing(linked, &waits);
    let next = |(flow, index): Node<'_>| -> Vec<(FlowName, StepIndex)> {
        let Some(step) = program.flows.get(flow).and_then(|flow| flow.code.get(index)) else { return Vec::new() };
        if waits(&step.op) {
            return Vec::new();
        }
        let mut targets = Vec::new();
        match &step.op {
            Op::Goto(to) => targets.push((to.clone(), 0)),
            Op::Run { flow: callee, .. } => {
                targets.push((callee.clone(), 0));
                if passes.contains(callee) {
                    targets.push((flow.clone(), index + 1));
                }
            }
            op => targets.extend(successors(index, op).into_iter().map(|to| (flow.clone(), to))),
        }
        targets
    };
    // Depth first, without the stack of the machine; grey nodes are on the way.
    let mut done: BTreeMap<(FlowName, StepIndex), bool> = BTreeMap::new();
    for flow in program.flows.values() {
        for start in 0..flow.code.len() {
            if done.contains_key(&(flow.name.clone(), start)) {
                continue;
            }
            let root = (flow.name.clone(), start);
            let targets = next((&root.0, root.1));
            done.insert(root.clone(), false);
            let mut way = vec![(root, targets)];
            while let Some((node, targets)) = way.last_mut() {
                let Some(target) = targets.pop() else {
                    done.insert(node.clone(), true);
                    way.pop();
                    continue;
                };
                match done.get(&target) {
                    Some(true) => {}
                    Some(false) => {
                        circling.extend(way.iter().map(|((flow, _), _)| flow.clone()));
                        report_circle(linked, reader, &way, &target);
                    }
                    None => {
                        let targets = next((&target.0, target.1));
                        done.insert(target.clone(), false);
                        way.push((target, targets));
                    }
                }
            }
        }
    }
    circling
}

/// A way through the graph: its nodes, and where each may still lead.
type Way = [((FlowName, StepIndex), Vec<(FlowName, StepIndex)>)];

fn report_circle(linked: &Linked, reader: &mut Reader<'_>, way: &Way, target: &(FlowName, StepIndex)) {
    let circle = way.iter().map(|(node, _)| node).skip_while(|node| *node != target);
    let mut steps =
        circle.filter_map(|(flow, index)| linked.laid.get(flow.as_str())?.nodes.get(*index).copied().flatten());
    let Some(first) = steps.next() else { return };
    let last = steps.last().unwrap_or(first);
    let (place, begin) = (reader.tree.place(last), reader.tree.place(first));
    let problem = reader
        .problems
        .error(code::ENDLESS, place, "from here the steps go round for ever, and nobody is waited for")
        .hint("a question that was answered is skipped; `ask_again: slot` asks it anew");
    if begin != place {
        problem.related(begin, "the circle begins here");
    }
}

/// The flows that can go from their first step to their end without waiting.
fn passing(linked: &Linked, waits: &dyn Fn(&Op) -> bool) -> BTreeSet<FlowName> {
    let mut passes: BTreeSet<FlowName> = BTreeSet::new();
    loop {
        let before = passes.len();
        for flow in linked.program.flows.values() {
            let mut seen = BTreeSet::new();
            let mut open = vec![0];
            while let Some(index) = open.pop() {
                if !seen.insert(index) {
                    continue;
                }
                match flow.code.get(index).map(|step| &step.op) {
                    None | Some(Op::End) => {
                        passes.insert(flow.name.clone());
                    }
                    Some(op) if waits(op) => {}
                    Some(Op::Run { flow: callee, .. }) if !passes.contains(callee) => {}
                    Some(op) => open.extend(successors(index, op)),
                }
            }
        }
        if passes.len() == before {
            return passes;
        }
    }
}

/// Steps from which no way leads to a person or to an end.
fn stuck(linked: &Linked, flows: &[&Flow], reader: &mut Reader<'_>) {
    let program = &linked.program;
    // Which flows lead out from their first step. A flow that is not known leads out: it was reported.
    let mut leads_out: BTreeSet<&FlowName> = BTreeSet::new();
    loop {
        let before = leads_out.len();
        for flow in program.flows.values() {
            let out = |name: &FlowName| leads_out.contains(name) || !program.flows.contains_key(name);
            if leaving(flow, &out).first() == Some(&true) {
                leads_out.insert(&flow.name);
            }
        }
        if leads_out.len() == before {
            break;
        }
    }
    for flow in flows {
        let out = |name: &FlowName| leads_out.contains(name) || !program.flows.contains_key(name);
        let (leaving, reached) = (leaving(flow, &out), reached(flow));
        let stuck =
            (0..flow.code.len()).find(|&index| reached.get(index) == Some(&true) && leaving.get(index) == Some(&false));
        let node = stuck
            .and_then(|index| linked.laid.get(flow.name.as_str())?.nodes.iter().skip(index).copied().flatten().next());
        if let Some(node) = node {
            let place = reader.tree.place(node);
            reader
                .problems
                .error(code::STUCK, place, "from this step no way leads to a person or to an end")
                .hint("give one of the ways after it a `goto: end` or a `handoff`");
        }
    }
}

/// From which steps of a flow a way leads out; the entry after the last step is the end.
fn leaving(flow: &Flow, out: &dyn Fn(&FlowName) -> bool) -> Vec<bool> {
    let mut before: Vec<Vec<StepIndex>> = vec![Vec::new(); flow.code.len() + 1];
    let mut leaving = vec![false; flow.code.len() + 1];
    let mut open = vec![flow.code.len()];
    for (index, step) in flow.code.iter().enumerate() {
        match &step.op {
            Op::End | Op::Handoff(_) => open.push(index),
            Op::Goto(to) if out(to) => open.push(index),
            // A flow that never comes back and never leaves holds its caller too.
            Op::Run { flow: callee, .. } if !out(callee) => continue,
            _ => {}
        }
        for to in successors(index, &step.op) {
            if let Some(list) = before.get_mut(to) {
                list.push(index);
            }
        }
    }
    while let Some(index) = open.pop() {
        match leaving.get_mut(index) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        open.extend(before.get(index).into_iter().flatten());
    }
    leaving
}

/// A flow that another one runs must come back to it, end, or hand off.
fn out_of_run(linked: &Linked, reader: &mut Reader<'_>) {
    let mut run: BTreeMap<&FlowName, &crate::flow::At> = BTreeMap::new();
    for step in linked.program.flows.values().flat_map(|flow| &flow.code) {
        if let Op::Run { flow, .. } = &step.op {
            run.entry(flow).or_insert(&step.at);
        }
    }
    for (flow, from) in run {
        for step in linked.program.flows.get(flow).into_iter().flat_map(|flow| &flow.code) {
            if let Op::Goto(to) = &step.op {
                let (place, from) = (place_of(reader, &step.at), place_of(reader, from));
                reader
                    .problems
                    .error(
                        code::GOTO_OUT_OF_RUN,
                        place,
                        format!("this leaves for \"{to}\", and the flow \"{flow}\" is run by another one"),
                    )
                    .hint("use `run:` here too, or `goto: end` to come back to the caller")
                    .related(from, "it is run here");
            }
        }
    }
}
