//! One step of the YAML to steps of the code. A new kind of step is one method here and one variant of [`Op`].

use crate::flow::document::{
    AskAgainStep, AskStep, CallStep, ConfirmStep, Field, GotoStep, HandoffStep, IfStep, LATER_STEPS, MatchStep,
    RateStep, RunStep, SayStep, SetStep, VERBS, WaitStep, Word,
};
use crate::flow::link::layout::Layout;
use crate::flow::link::{Linker, What};
use crate::flow::program::*;
use crate::flow::report::code;
use crate::flow::step::*;
use crate::flow::tree::{Data, NodeId, shown};
use crate::id::{FlowName, QueueName, ServiceName, SlotName};

/// The target of `goto` that ends the flow.
pub(crate) const END: &str = "end";

impl Linker<'_> {
    /// Lays out a block: one step or a list of them.
    pub(crate) fn block(&mut self, layout: &mut Layout, node: NodeId) {
        match &self.reader.tree.node(node).data {
            Data::Bad => {}
            Data::List(items) => {
                for item in items.clone() {
                    self.step(layout, item);
                }
            }
            Data::Map(_) => self.step(layout, node),
            Data::Scalar(_) if self.reader.tree.is_empty(node) => {
                if !self.reader.tree.node(node).partial {
                    let place = self.reader.tree.place(node);
                    self.reader.problems.error(code::EMPTY, place, "there are no steps here").hint("write `- say: …`");
                }
            }
            Data::Scalar(_) => {
                layout.broken = true;
                self.not_a_step(node);
            }
        }
    }

    /// The steps that have an `id`, before any is laid out: a `goto` may lead to a later one.
    pub(crate) fn collect_ids(&mut self, layout: &mut Layout, node: NodeId) {
        let tree = self.reader.tree;
        if let Data::List(items) = &tree.node(node).data {
            items.iter().for_each(|&item| self.collect_ids(layout, item));
            return;
        }
        if let Some(id) = tree.get(node, "id")
            && let Some(name) = self.reader.scalar(id, "an id")
        {
            let place = tree.place(id);
            if name == END || !crate::flow::draft::valid_name(&name) {
                self.reader
                    .problems
                    .error(code::BAD_NAME, place, format!("\"{}\" cannot be the id of a step", shown(&name)))
                    .hint("ids have letters, digits, `_` and `-`; `end` is the end of the flow");
            } else if let Some((_, first)) = layout.ids.get(&name) {
                let first = tree.place(*first);
                self.reader
                    .problems
                    .error(code::DUPLICATE_NAME, place, format!("two steps of this flow have the id \"{name}\""))
                    .related(first, "the first one");
            } else {
                let label = layout.label();
                layout.ids.insert(name, (label, id));
            }
        }
        for key in ["then", "else", "otherwise"] {
            if let Some(block) = tree.get(node, key) {
                self.collect_ids(layout, block);
            }
        }
        if let Some(cases) = tree.get(node, "cases") {
            tree.entries(cases).iter().for_each(|(_, block)| self.collect_ids(layout, *block));
        }
        for option in tree.get(node, "options").map(|options| tree.items(options)).unwrap_or_default() {
            if let Some(block) = tree.get(*option, "then") {
                self.collect_ids(layout, block);
            }
        }
    }

    fn not_a_step(&mut self, node: NodeId) {
        if self.reader.tree.node(node).partial {
            return;
        }
        let place = self.reader.tree.place(node);
        let written = self.reader.tree.text(node).and_then(crate::flow::traps::missing_blank);
        if let Some((column, what, mend)) = written {
            self.reader
                .problems
                .error(code::SYNTAX, place.shifted(column, 1), format!("a blank is missing after this {what}"))
                .hint(format!("write `{mend}`"));
            return;
        }
        self.reader
            .problems
            .error(code::TWO_VERBS, place, "a step is a map that begins with a verb")
            .hint("write `- say: …`, with a blank after the colon");
    }

    fn step(&mut self, layout: &mut Layout, node: NodeId) {
        let before = layout.broken;
        layout.broken = false;
        self.laid_step(layout, node);
        if layout.broken {
            // What the step would have filled is not missing; the step is.
            self.reader.lose(node);
        }
        layout.broken |= before;
    }

    fn laid_step(&mut self, layout: &mut Layout, node: NodeId) {
        let tree = self.reader.tree;
        match &tree.node(node).data {
            Data::Map(_) => {}
            Data::Bad => {
                layout.broken = true;
                return;
            }
            _ => {
                layout.broken = true;
                return self.not_a_step(node);
            }
        }
        let mut verbs: Vec<(NodeId, &str)> = tree
            .entries(node)
            .iter()
            .filter_map(|(key, _)| Some((*key, tree.text(*key)?)))
            .filter(|(_, name)| VERBS.contains(name))
            .collect();
        if verbs.len() > 1 && verbs.iter().any(|(_, name)| *name == "handoff") {
            verbs.retain(|(_, name)| *name != "say");
        }
        if let [(first, _), (second, name), ..] = verbs.as_slice() {
            let (place, first) = (tree.place(*second), tree.place(*first));
            self.reader
                .problems
                .error(code::TWO_VERBS, place, format!("a step does one thing, and `{name}` is a second one"))
                .hint("begin a new step with `- `")
                .related(first, "the first one");
            layout.broken = true;
            return;
        }
        let verb = verbs.first().map(|(_, name)| *name);
        if verb.is_none() && tree.get(node, "if").is_none() {
            layout.broken = true;
            return self.no_verb(node);
        }
        if let Some(id) = tree.get(node, "id")
            && let Some(&(label, _)) = tree.text(id).and_then(|name| layout.ids.get(name)).filter(|(_, at)| *at == id)
        {
            layout.bind(label);
        }
        let Some(verb) = verb else { return self.if_step(layout, node) };
        let after = layout.label();
        if let Some(condition) = tree.get(node, "if") {
            match self.reader.condition(Field::at(condition)) {
                Some(condition) => {
                    let at = self.reader.at_node(node);
                    layout.emit(Op::Branch { condition, otherwise: after }, at, node);
                }
                None => layout.broken = true,
            }
        }
        let laid = match verb {
            "say" => self.say_step(layout, node),
            "ask" => self.ask_step(layout, node),
            "choose" => self.choose_step(layout, node),
            "confirm" => self.confirm_step(layout, node),
            "ask_again" => self.ask_again_step(layout, node),
            "set" => self.set_step(layout, node),
            "match" => self.match_step(layout, node),
            "call" => self.call_step(layout, node),
            "run" => self.run_step(layout, node),
            "goto" => self.goto_step(layout, node),
            "handoff" => self.handoff_step(layout, node),
            "rate" => self.rate_step(layout, node),
            "wait" => self.wait_step(layout, node),
            _ => None,
        };
        layout.broken |= laid.is_none();
        layout.bind(after);
    }

    /// A step without a verb: most often a misspelt one.
    fn no_verb(&mut self, node: NodeId) {
        let tree = self.reader.tree;
        if tree.node(node).partial {
            return;
        }
        let keys: Vec<(NodeId, String)> =
            tree.entries(node).iter().filter_map(|(key, _)| Some((*key, tree.text(*key)?.to_owned()))).collect();
        for (key, name) in &keys {
            let place = tree.place(*key);
            if LATER_STEPS.contains(&name.as_str()) {
                self.reader.problems.error(
                    code::NOT_YET,
                    place,
                    format!("the step \"{name}\" is kept for a later version"),
                );
                return;
            }
            if let Some(verb) = name.strip_prefix('-').filter(|verb| VERBS.contains(verb)) {
                self.reader
                    .problems
                    .error(code::SYNTAX, place, "a blank is missing after this dash")
                    .hint(format!("write `- {verb}: …`"));
                return;
            }
            if let Some(hint) = self.reader.problems.did_you_mean(name, VERBS.iter().copied()) {
                self.reader
                    .problems
                    .error(code::UNKNOWN_KEY, place, format!("unknown key \"{}\" in a step", shown(name)))
                    .hint(hint);
                return;
            }
        }
        let place = tree.place(node);
        self.reader
            .problems
            .error(code::TWO_VERBS, place, "this step says nothing to do")
            .hint(format!("a step has one of {}, or if", VERBS.join(", ")));
    }

    fn if_step(&mut self, layout: &mut Layout, node: NodeId) {
        let Some(doc) = self.reader.item::<IfStep>(node, "the step `if`") else {
            layout.broken = true;
            return;
        };
        let at = self.reader.at_node(node);
        let (otherwise, end) = (layout.label(), layout.label());
        match self.reader.condition(doc.r#if) {
            Some(condition) => {
                layout.emit(Op::Branch { condition, otherwise }, at.clone(), node);
            }
            // Without its branch, one of the two ways seems to lead nowhere.
            None => layout.broken = true,
        }
        self.block(layout, doc.then.node);
        match doc.r#else {
            Some(block) => {
                layout.emit_own(Op::Jump(end), at);
                layout.bind(otherwise);
                self.block(layout, block.node);
            }
            None => layout.bind(otherwise),
        }
        layout.bind(end);
    }

    fn say_step(&mut self, layout: &mut Layout, node: NodeId) -> Option<()> {
        let doc = self.reader.item::<SayStep>(node, "the step `say`")?;
        let text = self.reader.text(doc.say.node, "what `say` says");
        let say = Say {
            offer: self.offer(doc.offer),
            buttons: self.buttons(doc.buttons),
            image: self.image(doc.image),
            link: self.link_of(doc.link),
            cards: self.cards(doc.cards),
            text: text?,
        };
        layout.emit(Op::Say(Box::new(say)), self.reader.at_node(node), node);
        Some(())
    }

    fn ask_step(&mut self, layout: &mut Layout, node: NodeId) -> Option<()> {
        let doc = self.reader.item::<AskStep>(node, "the step `ask`")?;
        let text = self.reader.text(doc.ask.node, "the question");
        let (expect, kind) = match doc.expect {
            Some(field) => {
                let name = self.reader.word(field, "the kind of answer")?;
                let kind = self.kind(&name, field.node);
                (name, kind)
            }
            None => ("text".to_owned(), Some(Kind::Text)),
        };
        let slot = match doc.save_as {
            Some(field) => self.slot(field),
            None => Some(SlotName(expect)),
        };
        let mut must = Vec::new();
        if let Some(field) = doc.must {
            for (condition, key, value) in self.reader.named(field.node, "`must`") {
                let condition = self.reader.expression(&condition, key);
                let text = self.reader.text(value, "what is said when the condition is false");
                must.extend(condition.zip(text));
            }
        }
        let retry = self.retry(doc.retry);
        let optional = self.reader.flag(doc.optional);
        let next = layout.label();
        let otherwise = doc.otherwise.map(|block| layout.block(block.node, next));
        let (text, expect, slot) = (text?, kind?, slot?);
        let place = self.place(layout, "ask", node, Some(&slot), &text);
        let index = layout.code.len();
        layout.questions.push((slot.clone(), index));
        let ask = Ask { place, text, expect, save_as: slot, must, retry, otherwise, optional };
        layout.emit(Op::Ask(ask), self.reader.at_node(node), node);
        layout.bind(next);
        Some(())
    }

    fn confirm_step(&mut self, layout: &mut Layout, node: NodeId) -> Option<()> {
        let doc = self.reader.item::<ConfirmStep>(node, "the step `confirm`")?;
        let text = self.reader.text(doc.confirm.node, "the question")?;
        let index = layout.code.len();
        let mut slots = Vec::new();
        match doc.slots {
            Some(field) => {
                for (name, at) in self.reader.words(field, "a slot") {
                    let label = layout.label();
                    layout.wanted.push((label, SlotName(name.clone()), at, index));
                    slots.push((SlotName(name), label));
                }
            }
            None => layout.open_confirms.push(index),
        }
        let place = self.place(layout, "confirm", node, None, &text);
        layout.emit(Op::Confirm(Confirm { place, text, slots }), self.reader.at_node(node), node);
        Some(())
    }

    fn ask_again_step(&mut self, layout: &mut Layout, node: NodeId) -> Option<()> {
        let doc = self.reader.item::<AskAgainStep>(node, "the step `ask_again`")?;
        let slot = SlotName(self.reader.word(doc.ask_again, "the slot")?);
        let to = layout.label();
        layout.wanted.push((to, slot.clone(), doc.ask_again.node, layout.code.len()));
        layout.emit(Op::AskAgain { slot, to }, self.reader.at_node(node), node);
        Some(())
    }

    fn set_step(&mut self, layout: &mut Layout, node: NodeId) -> Option<()> {
        let doc = self.reader.item::<SetStep>(node, "the step `set`")?;
        let mut values = Vec::new();
        for (_, key, value) in self.reader.named(doc.set.node, "`set`") {
            let slot = self.slot(Field::at(key));
            let value = self.reader.value_template(value);
            values.extend(slot.zip(value));
        }
        layout.emit(Op::Set(values), self.reader.at_node(node), node);
        Some(())
    }

    fn match_step(&mut self, layout: &mut Layout, node: NodeId) -> Option<()> {
        let doc = self.reader.item::<MatchStep>(node, "the step `match`")?;
        let value = self.reader.condition(doc.r#match);
        let (next, mut otherwise) = (layout.label(), None);
        let mut cases = Vec::new();
        for (name, _, block) in self.reader.named(doc.cases.node, "`cases`") {
            let label = layout.block(block, next);
            match name.as_str() {
                "else" => otherwise = Some(label),
                _ => cases.push((name, label)),
            }
        }
        let switch = Op::Switch { value: value?, cases, otherwise: otherwise.unwrap_or(next) };
        layout.emit(switch, self.reader.at_node(node), node);
        layout.bind(next);
        Some(())
    }

    fn call_step(&mut self, layout: &mut Layout, node: NodeId) -> Option<()> {
        let doc = self.reader.item::<CallStep>(node, "the step `call`")?;
        let service = self.reader.word(doc.call, "the service")?;
        let known = self.refer(What::Service, &service, doc.call.node);
        let with = doc.with.map(|field| self.reader.value_templates(field.node)).unwrap_or_default();
        let slot = doc.save_as.and_then(|field| self.slot(field));
        let waiting = doc.waiting.and_then(|field| self.reader.text(field.node, "what is said while the call runs"));
        let next = layout.label();
        let otherwise = doc.otherwise.map(|block| layout.block(block.node, next));
        if !known {
            return None;
        }
        let place = self.place_of(layout, "call", node, slot.as_ref(), &service);
        let call = Call { place, service: ServiceName(service), with, save_as: slot, otherwise, waiting };
        layout.emit(Op::Call(call), self.reader.at_node(node), node);
        layout.bind(next);
        Some(())
    }

    fn run_step(&mut self, layout: &mut Layout, node: NodeId) -> Option<()> {
        let doc = self.reader.item::<RunStep>(node, "the step `run`")?;
        let flow = self.reader.word(doc.run, "the flow")?;
        if !self.refer(What::Flow, &flow, doc.run.node) {
            return None;
        }
        let place = self.place_of(layout, "run", node, None, &flow);
        layout.emit(Op::Run { place, flow: FlowName(flow) }, self.reader.at_node(node), node);
        Some(())
    }

    fn goto_step(&mut self, layout: &mut Layout, node: NodeId) -> Option<()> {
        let doc = self.reader.item::<GotoStep>(node, "the step `goto`")?;
        if self.reader.tree.is_empty(doc.goto.node) {
            let place = self.reader.tree.place(node);
            self.reader
                .problems
                .error(code::EMPTY, place, "this `goto` leads nowhere")
                .hint("write where: `goto: end`, the `id` of a step of this flow, or the name of a flow");
            return None;
        }
        let name = self.reader.word(doc.goto, "the target")?;
        let op = self.target(layout, &name, doc.goto.node)?;
        layout.emit(op, self.reader.at_node(node), node);
        Some(())
    }

    /// What a `goto` does: a step of this flow, a flow, or the end.
    pub(crate) fn target(&mut self, layout: &mut Layout, name: &str, node: NodeId) -> Option<Op> {
        if name == END {
            return Some(Op::End);
        }
        let is_flow = self.is_known(What::Flow, name);
        if let Some(&(label, step)) = layout.ids.get(name) {
            if is_flow {
                let (place, step) = (self.reader.tree.place(node), self.reader.tree.place(step));
                self.reader
                    .problems
                    .error(code::GOTO_AMBIGUOUS, place, format!("\"{name}\" is both a step of this flow and a flow"))
                    .hint("give the step another id")
                    .related(step, "the step");
            }
            return Some(Op::Jump(label));
        }
        if is_flow {
            self.refer(What::Flow, name, node);
            return Some(Op::Goto(FlowName(name.to_owned())));
        }
        if self.reader.is_lost(name) {
            return None;
        }
        let ids: Vec<String> = layout.ids.keys().cloned().collect();
        let place = self.reader.tree.place(node);
        let known =
            ids.iter().map(String::as_str).chain(self.section(What::Flow).keys().map(String::as_str)).chain([END]);
        let known: Vec<String> = known.map(str::to_owned).collect();
        let hint = self.reader.problems.did_you_mean(name, known.iter().map(String::as_str));
        self.reader
            .problems
            .error(code::UNKNOWN_NAME, place, format!("there is no step and no flow \"{}\"", shown(name)))
            .hint(
                hint.unwrap_or_else(|| {
                    "a goto leads to the id of a step of this flow, to a flow, or to `end`".to_owned()
                }),
            );
        None
    }

    fn handoff_step(&mut self, layout: &mut Layout, node: NodeId) -> Option<()> {
        let doc = self.reader.item::<HandoffStep>(node, "the step `handoff`")?;
        let queue = if self.reader.tree.is_empty(doc.handoff.node) {
            self.default_queue.clone()
        } else {
            let name = self.reader.scalar(doc.handoff.node, "the queue")?;
            self.refer(What::Queue, &name, doc.handoff.node);
            QueueName(name)
        };
        let reason = doc.reason.and_then(|field| self.reader.inner_text(field.node, "the reason"));
        let say = doc.say.and_then(|field| self.reader.text(field.node, "what is said at the handoff"));
        let priority = doc.priority.and_then(|field| self.priority(field)).unwrap_or_default();
        layout.emit(Op::Handoff(Handoff { queue, reason, priority, say }), self.reader.at_node(node), node);
        Some(())
    }

    pub(crate) fn priority(&mut self, field: Field<Word>) -> Option<Priority> {
        let name = self.reader.word(field, "the priority")?;
        let priority = serde_yaml::from_value(serde_yaml::Value::String(name.clone())).ok();
        if priority.is_none() {
            let place = self.reader.tree.place(field.node);
            self.reader
                .problems
                .error(code::BAD_VALUE, place, format!("there is no priority \"{}\"", shown(&name)))
                .hint("priorities are urgent, high, normal and low");
        }
        priority
    }

    fn rate_step(&mut self, layout: &mut Layout, node: NodeId) -> Option<()> {
        let doc = self.reader.item::<RateStep>(node, "the step `rate`")?;
        let text = if self.reader.tree.is_empty(doc.rate.node) {
            crate::flow::builtin::data().sentences.get("rate_ask").cloned()
        } else {
            self.reader.text(doc.rate.node, "the question")
        };
        let slot = doc.save_as.and_then(|field| self.slot(field));
        let text = text?;
        let place = self.place(layout, "rate", node, slot.as_ref(), &text);
        layout.emit(Op::Rate(Rate { place, text, save_as: slot }), self.reader.at_node(node), node);
        Some(())
    }

    fn wait_step(&mut self, layout: &mut Layout, node: NodeId) -> Option<()> {
        let doc = self.reader.item::<WaitStep>(node, "the step `wait`")?;
        let span = self.reader.span(doc.wait)?;
        let place = self.place_of(layout, "wait", node, None, &span.0.to_string());
        layout.emit(Op::Wait { place, span }, self.reader.at_node(node), node);
        Some(())
    }
}
