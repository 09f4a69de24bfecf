//! The step `choose`: its options, or where they come from, and what each of them leads to.

use crate::flow::document::{ChooseStep, Field, OptionDoc, OptionList, Word};
use crate::flow::link::layout::{Label, Layout};
use crate::flow::link::{Linker, What};
use crate::flow::report::code;
use crate::flow::step::*;
use crate::flow::tree::{Data, NodeId};
use crate::id::{EntityName, SlotName};

impl Linker<'_> {
    pub(crate) fn choose_step(&mut self, layout: &mut Layout, node: NodeId) -> Option<()> {
        let doc = self.reader.item::<ChooseStep>(node, "the step `choose`")?;
        let text = self.reader.text(doc.choose.node, "the question");
        let mut slot = doc.save_as.and_then(|field| self.slot(field));
        let next = layout.label();
        let options = match (doc.options, doc.options_from) {
            (Some(list), None) => Some(Options::Listed(self.options(layout, list, next))),
            (None, Some(from)) => self.options_from(from),
            (given, _) => {
                let place = self.reader.tree.place(node);
                let message = match given {
                    Some(_) => "`options` and `options_from` exclude each other",
                    None => "`choose` needs `options` or `options_from`",
                };
                self.reader.problems.error(code::MISSING_KEY, place, message);
                None
            }
        };
        // As with `ask`, the slot of an entity's value has the entity's name where nothing else is said.
        if let (None, Some(Options::Entity(entity))) = (doc.save_as, &options) {
            slot = Some(SlotName(entity.0.clone()));
        }
        let retry = self.retry(doc.retry);
        let otherwise = doc.otherwise.map(|block| layout.block(block.node, next));
        let (text, options) = (text?, options?);
        let place = self.place(layout, "choose", node, slot.as_ref(), &text);
        if let Some(slot) = &slot {
            layout.questions.push((slot.clone(), layout.code.len()));
        }
        let choose = Choose { place, text, options, save_as: slot, retry, otherwise };
        layout.emit(Op::Choose(choose), self.reader.at_node(node), node);
        layout.bind(next);
        Some(())
    }

    fn options(&mut self, layout: &mut Layout, list: Field<OptionList>, next: Label) -> Vec<ChooseOption> {
        let items = match &self.reader.tree.node(list.node).data {
            Data::List(items) if !items.is_empty() => items.clone(),
            _ => {
                let place = self.reader.tree.place(list.node);
                self.reader
                    .problems
                    .error(code::BAD_VALUE, place, "`options` are a list")
                    .hint("write each as `- label: …`");
                layout.broken = true;
                return Vec::new();
            }
        };
        let mut options = Vec::new();
        for item in items {
            if let Data::Scalar(_) = self.reader.tree.node(item).data {
                let place = self.reader.tree.place(item);
                self.reader
                    .problems
                    .error(code::BAD_VALUE, place, "an option is a map with a label")
                    .hint("write `- label: …`");
                layout.broken = true;
                continue;
            }
            let Some(doc) = self.reader.item::<OptionDoc>(item, "an option") else {
                layout.broken = true;
                continue;
            };
            let label = self.reader.text(doc.label.node, "the label of an option");
            let value = doc.value.and_then(|field| self.reader.value_template(field.node));
            let condition = doc.r#if.and_then(|field| self.reader.condition(field));
            let to = match (doc.then, doc.goto) {
                (Some(block), None) => Some(layout.block(block.node, next)),
                (None, Some(target)) => self.option_target(layout, target),
                (None, None) => None,
                (Some(_), Some(goto)) => {
                    let place = self.reader.tree.place(goto.node);
                    self.reader
                        .problems
                        .error(code::TWO_VERBS, place, "an option has `then` or `goto`, not both")
                        .hint("put `- goto: …` at the end of the steps under `then`");
                    None
                }
            };
            options.extend(label.map(|label| ChooseOption { label, value, condition, to }));
        }
        options
    }

    /// An option's `goto` becomes a jump of its own where it does not lead to a step of this flow.
    fn option_target(&mut self, layout: &mut Layout, target: Field<Word>) -> Option<Label> {
        let name = self.reader.word(target, "the target")?;
        match self.target(layout, &name, target.node)? {
            Op::Jump(label) => Some(label),
            op => {
                let label = layout.label();
                layout.gotos.push((label, op, self.reader.at_node(target.node), target.node));
                Some(label)
            }
        }
    }

    fn options_from(&mut self, field: Field<Word>) -> Option<Options> {
        let name = self.reader.word(field, "where the options come from")?;
        if self.is_known(What::Entity, &name) {
            self.refer(What::Entity, &name, field.node);
            if let Some((_, value)) = self.draft.entities.get(&name)
                && self.reader.tree.get(*value, "values").is_none()
            {
                let place = self.reader.tree.place(field.node);
                let message = format!("the entity \"{name}\" has no listed values to choose from");
                self.reader.problems.error(code::BAD_VALUE, place, message);
            }
            return Some(Options::Entity(EntityName(name)));
        }
        self.reader.expression(&name, field.node).map(Options::List)
    }
}
