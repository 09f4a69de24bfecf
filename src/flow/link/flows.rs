//! Whole flows: the author's, the answers of intents, the built-in ones, and `fallback.otherwise`.

use indexmap::IndexMap;

use crate::flow::document::{Field, FlowDoc, IntentDoc, Steps};
use crate::flow::link::layout::Layout;
use crate::flow::link::steps::END;
use crate::flow::link::{Linker, What};
use crate::flow::program::*;
use crate::flow::report::code;
use crate::flow::step::*;
use crate::flow::tree::{NodeId, shown};
use crate::flow::{At, builtin};
use crate::id::{FlowName, IntentName, QueueName, SlotName};
use crate::time::Span;

/// The events that a flow may start on.
const EVENTS: &[&str] = &["conversation_opened", "no_reply", "handed_back", "agents_away", "waited_too_long", "rated"];

impl Linker<'_> {
    /// The flows under `flows:` and the answers of intents.
    pub(crate) fn author_flows(&mut self, intents: &mut IndexMap<IntentName, Intent>) {
        let flows: Vec<(String, NodeId, NodeId)> =
            self.draft.flows.iter().map(|(name, (key, value))| (name.clone(), *key, *value)).collect();
        for (name, key, value) in flows {
            let builtin = self.reader.tree.node(key).file >= self.builtin_files;
            self.reader.sentences = builtin.then(|| &builtin::data().sentences);
            if !builtin && [END, OTHERWISE].contains(&name.as_str()) {
                let place = self.reader.tree.place(key);
                let hint = match name.as_str() {
                    END => "`end` is the end of a flow; choose another name",
                    _ => "write its steps under `fallback:` as `otherwise:`",
                };
                self.reader
                    .problems
                    .error(code::BAD_NAME, place, format!("\"{name}\" has a meaning of its own and cannot be a flow"))
                    .hint(hint);
                continue;
            }
            let Some(doc) = self.reader.item::<FlowDoc>(value, &format!("the flow \"{name}\"")) else { continue };
            let start_on = self.triggers(&name, &doc, intents);
            let interrupts = self.interrupts(&doc);
            let code = self.code(&name, Some(doc.steps), None);
            let at = self.reader.at_node(key);
            let flow = Flow { name: FlowName(name.clone()), start_on, interrupts, code, builtin, at };
            self.flows.insert(flow.name.clone(), flow);
        }
        self.reader.sentences = None;
        self.answers(intents);
    }

    /// The flows that the bot has by itself and the author did not replace; they have no YAML steps.
    pub(crate) fn builtin_flows(&mut self) {
        for (name, sentence) in [("did_you_mean", "did_you_mean"), ("anything_else", "anything_else")] {
            let name = FlowName::from(name);
            if self.flows.contains_key(&name) {
                continue;
            }
            let at = At { file: builtin::FLOWS_PATH.into(), line: 1, column: 1 };
            let say = builtin::data().sentences.get(sentence).map(|text| {
                let say = Say {
                    text: text.clone(),
                    offer: Vec::new(),
                    buttons: Vec::new(),
                    image: None,
                    link: None,
                    cards: Vec::new(),
                };
                Step { op: Op::Say(Box::new(say)), at: at.clone() }
            });
            let code = say.into_iter().collect();
            let flow = Flow { name: name.clone(), start_on: Vec::new(), interrupts: false, code, builtin: true, at };
            self.flows.insert(name, flow);
        }
    }

    pub(crate) fn otherwise_flow(&mut self, steps: Option<Field<Steps>>) {
        let name = FlowName::from(OTHERWISE);
        let at = match (steps, self.draft.bot) {
            (Some(steps), _) => self.reader.at_node(steps.node),
            (None, Some((key, _))) => self.reader.at_node(key),
            (None, None) => At { file: "".into(), line: 1, column: 1 },
        };
        let code = match steps {
            Some(steps) => self.code(OTHERWISE, Some(steps), None),
            None => {
                let handoff =
                    Handoff { queue: self.default_queue.clone(), reason: None, priority: Priority::Normal, say: None };
                vec![Step { op: Op::Handoff(handoff), at: at.clone() }]
            }
        };
        let builtin = steps.is_none();
        self.flows.insert(name.clone(), Flow { name, start_on: Vec::new(), interrupts: false, code, builtin, at });
    }

    fn triggers(&mut self, flow: &str, doc: &FlowDoc, intents: &mut IndexMap<IntentName, Intent>) -> Vec<Trigger> {
        let names = doc.start_on.map(|field| self.reader.words(field, "what starts the flow")).unwrap_or_default();
        let after = doc.after.and_then(|field| self.reader.span(field)).unwrap_or(Span::minutes(3));
        let times = self.reader.count(doc.times).unwrap_or(1);
        let mut triggers = Vec::new();
        for (name, node) in names {
            let trigger = match name.as_str() {
                "conversation_opened" => Trigger::ConversationOpened,
                "no_reply" => Trigger::NoReply { after, times },
                "handed_back" => Trigger::HandedBack,
                "agents_away" => Trigger::AgentsAway,
                "waited_too_long" => Trigger::WaitedTooLong,
                "rated" => Trigger::Rated,
                _ => {
                    self.intent_trigger(flow, &name, node, intents);
                    Trigger::Intent(IntentName(name))
                }
            };
            triggers.push(trigger);
        }
        if let Some(stray) = doc.after.map(|field| field.node).or(doc.times.map(|field| field.node))
            && !triggers.iter().any(|trigger| matches!(trigger, Trigger::NoReply { .. }))
        {
            let place = self.reader.tree.place(stray);
            self.reader.problems.error(code::UNKNOWN_KEY, place, "`after` and `times` belong to `start_on: no_reply`");
        }
        triggers
    }

    fn intent_trigger(&mut self, flow: &str, name: &str, node: NodeId, intents: &mut IndexMap<IntentName, Intent>) {
        if !self.is_known(What::Intent, name) && self.reader.is_lost(name) {
            return;
        }
        if !self.is_known(What::Intent, name) {
            let known: Vec<String> = self
                .section(What::Intent)
                .keys()
                .cloned()
                .chain(EVENTS.iter().map(|&event| event.to_owned()))
                .collect();
            let hint = self.reader.problems.did_you_mean(name, known.iter().map(String::as_str));
            let place = self.reader.tree.place(node);
            self.reader
                .problems
                .error(code::UNKNOWN_NAME, place, format!("there is no intent and no event \"{}\"", shown(name)))
                .hint(hint.unwrap_or_else(|| format!("events are {}", EVENTS.join(", "))));
            return;
        }
        self.used.insert((What::Intent, name.to_owned()));
        if let Some(first) = self.answered.insert(name.to_owned(), node) {
            let (place, first) = (self.reader.tree.place(node), self.reader.tree.place(first));
            self.reader
                .problems
                .error(code::TWO_FLOWS, place, format!("the intent \"{name}\" already has a flow"))
                .related(first, "the first one");
        }
        if let Some(intent) = intents.get_mut(name) {
            intent.flow = Some(FlowName(flow.to_owned()));
        }
    }

    fn interrupts(&mut self, doc: &FlowDoc) -> bool {
        let Some(field) = doc.interrupts else { return false };
        let Some(word) = self.reader.word(field, "when it interrupts") else { return false };
        if word != "always" {
            let place = self.reader.tree.place(field.node);
            self.reader.problems.error(
                code::BAD_VALUE,
                place,
                format!("`interrupts` is `always` or left out, not \"{}\"", shown(&word)),
            );
        }
        word == "always"
    }

    /// The flow of each intent that has an `answer`.
    fn answers(&mut self, intents: &mut IndexMap<IntentName, Intent>) {
        for (name, (key, value)) in self.draft.intents.clone() {
            if self.reader.tree.get(value, "answer").is_none() {
                continue;
            }
            // The intent was read before, with all its problems reported; equal ones are reported once.
            let Some(doc) = self.reader.item::<IntentDoc>(value, &format!("the intent \"{name}\"")) else { continue };
            let Some(answer) = doc.answer else { continue };
            let earlier =
                self.answered.insert(name.clone(), key).or_else(|| self.draft.flows.get(&name).map(|(flow, _)| *flow));
            if let Some(first) = earlier {
                let (place, first) = (self.reader.tree.place(answer.node), self.reader.tree.place(first));
                self.reader
                    .problems
                    .error(
                        code::TWO_FLOWS,
                        place,
                        format!("the intent \"{name}\" has an answer and there is a flow for it"),
                    )
                    .hint("an answer is a whole flow, named like its intent; keep one of the two")
                    .related(first, "the flow");
                continue;
            }
            let code = self.code(&name, None, Some((value, doc)));
            let at = self.reader.at_node(key);
            let name = FlowName(name);
            if let Some(intent) = intents.get_mut(name.as_str()) {
                intent.flow = Some(name.clone());
            }
            let start_on = vec![Trigger::Intent(IntentName(name.0.clone()))];
            self.flows.insert(name.clone(), Flow { name, start_on, interrupts: false, code, builtin: false, at });
        }
    }

    /// Lays a flow out: its steps, or the answer of an intent.
    fn code(&mut self, name: &str, steps: Option<Field<Steps>>, answer: Option<(NodeId, IntentDoc)>) -> Vec<Step> {
        let mut layout = Layout::new(FlowName::from(name));
        if let Some(steps) = steps {
            self.collect_ids(&mut layout, steps.node);
            self.block(&mut layout, steps.node);
        }
        if let Some((node, doc)) = answer {
            self.answer(&mut layout, node, &doc);
        }
        self.deferred(&mut layout);
        self.questions(&mut layout);
        let (code, laid) = layout.finish();
        self.laid.insert(name.to_owned(), laid);
        code
    }

    fn answer(&mut self, layout: &mut Layout, node: NodeId, doc: &IntentDoc) {
        let Some(answer) = doc.answer else { return };
        let text = self.reader.text(answer.node, "the answer");
        let (offer, buttons) = (self.offer(doc.offer), self.buttons(doc.buttons));
        let (image, link, cards) = (self.image(doc.image), self.link_of(doc.link), self.cards(doc.cards));
        let Some(text) = text else { return };
        let at = self.reader.at_node(answer.node);
        layout.emit(Op::Say(Box::new(Say { text, offer, buttons, image, link, cards })), at, node);
    }

    /// The blocks of options, cases and `otherwise`, after the main line and behind its end.
    fn deferred(&mut self, layout: &mut Layout) {
        if layout.blocks.is_empty() && layout.gotos.is_empty() {
            return;
        }
        let at = layout.code.last().map_or_else(|| At { file: "".into(), line: 1, column: 1 }, |step| step.at.clone());
        layout.emit_own(Op::End, at);
        while let Some((label, node, back)) = layout.blocks.pop_front() {
            layout.bind(label);
            self.block(layout, node);
            let at = self.reader.at_node(node);
            layout.emit_own(Op::Jump(back), at);
        }
        for (label, op, at, node) in std::mem::take(&mut layout.gotos) {
            layout.bind(label);
            layout.emit(op, at, node);
        }
    }

    /// Finds the question of each slot that `ask_again` and `confirm` name.
    fn questions(&mut self, layout: &mut Layout) {
        for (label, slot, node, from) in std::mem::take(&mut layout.wanted) {
            // Of several questions for one slot, the nearest above it; else the first.
            let asked = |question: &&(SlotName, usize)| question.0 == slot;
            let before = layout.questions.iter().filter(asked).rfind(|(_, index)| *index < from);
            let question = before.or_else(|| layout.questions.iter().find(asked)).map(|(_, index)| *index);
            if let Some(index) = question {
                layout.bind_to(label, index);
                continue;
            }
            // The question may be the one that could not be read.
            if layout.broken || self.reader.is_lost(slot.as_str()) {
                continue;
            }
            let known: Vec<String> = layout.questions.iter().map(|(slot, _)| slot.0.clone()).collect();
            let hint = self.reader.problems.did_you_mean(slot.as_str(), known.iter().map(String::as_str));
            let place = self.reader.tree.place(node);
            self.reader
                .problems
                .error(
                    code::UNKNOWN_NAME,
                    place,
                    format!("no question of this flow fills \"{}\"", shown(slot.as_str())),
                )
                .maybe_hint(hint);
        }
        for index in std::mem::take(&mut layout.open_confirms) {
            let mut slots: Vec<(SlotName, usize)> = Vec::new();
            for (slot, question) in layout.questions.clone() {
                if question < index && !slots.iter().any(|(known, _)| *known == slot) {
                    let label = layout.label();
                    layout.bind_to(label, question);
                    slots.push((slot, label));
                }
            }
            if let Some(Step { op: Op::Confirm(confirm), .. }) = layout.code.get_mut(index) {
                confirm.slots = slots;
            }
        }
    }

    /// The flows that queues name.
    pub(crate) fn flow_of(&mut self, field: Option<Field<crate::flow::document::Word>>) -> Option<FlowName> {
        let field = field?;
        let name = self.reader.word(field, "the flow")?;
        self.refer(What::Flow, &name, field.node).then_some(FlowName(name))
    }

    pub(crate) fn queue_of(&mut self, name: &str, node: NodeId) -> Option<QueueName> {
        self.refer(What::Queue, name, node).then(|| QueueName::from(name))
    }
}
