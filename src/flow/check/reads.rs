//! What a step reads: its expressions, each with its place and the way it is used.

use crate::flow::{At, Expr, Op, Options, Step, Text, ValueTemplate};

/// How a value is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// In a text or a value: an unset slot prints as nothing.
    Print,
    /// In a condition: an unset slot is false, and only comparing one is a mistake.
    Condition,
    /// A list of options: without it there is nothing to choose.
    List,
}

/// One expression that a step reads.
#[derive(Debug)]
pub(super) struct Read<'p> {
    pub(super) expr: &'p Expr,
    pub(super) at: &'p At,
    pub(super) how: Use,
}

/// Everything that a step reads.
pub(super) fn of(step: &Step) -> Vec<Read<'_>> {
    let mut reads = Vec::new();
    let at = &step.at;
    match &step.op {
        Op::Say(say) => {
            text(&say.text, &mut reads);
            say.buttons.iter().for_each(|button| text(button, &mut reads));
            image(say.image.as_ref(), &mut reads);
            link(say.link.as_ref(), &mut reads);
            for card in &say.cards {
                text(&card.title, &mut reads);
                card.text.iter().for_each(|words| text(words, &mut reads));
                image(card.image.as_ref(), &mut reads);
                link(card.link.as_ref(), &mut reads);
            }
        }
        Op::Ask(ask) => {
            text(&ask.text, &mut reads);
            ask.retry.texts.iter().for_each(|words| text(words, &mut reads));
        }
        Op::Choose(choose) => {
            text(&choose.text, &mut reads);
            choose.retry.texts.iter().for_each(|words| text(words, &mut reads));
            match &choose.options {
                Options::Listed(options) => {
                    for option in options {
                        text(&option.label, &mut reads);
                        option.value.iter().for_each(|words| value(words, &mut reads));
                        reads.extend(option.condition.iter().map(|expr| Read { expr, at, how: Use::Condition }));
                    }
                }
                Options::List(expr) => reads.push(Read { expr, at, how: Use::List }),
                Options::Entity(_) => {}
            }
        }
        Op::Confirm(confirm) => text(&confirm.text, &mut reads),
        Op::Set(values) => values.iter().for_each(|(_, words)| value(words, &mut reads)),
        Op::Branch { condition: expr, .. } | Op::Switch { value: expr, .. } => {
            reads.push(Read { expr, at, how: Use::Condition });
        }
        Op::Call(call) => {
            call.with.iter().for_each(|(_, words)| value(words, &mut reads));
            call.waiting.iter().for_each(|words| text(words, &mut reads));
        }
        Op::Handoff(handoff) => {
            handoff.reason.iter().chain(&handoff.say).for_each(|words| text(words, &mut reads));
        }
        Op::Rate(rate) => text(&rate.text, &mut reads),
        Op::AskAgain { .. } | Op::Jump(_) | Op::Run { .. } | Op::Goto(_) | Op::End | Op::Wait { .. } => {}
    }
    reads
}

/// What is read only after a question was answered: its slot is set there.
pub(super) fn after_answer(step: &Step) -> Vec<Read<'_>> {
    let mut reads = Vec::new();
    if let Op::Ask(ask) = &step.op {
        for (expr, words) in &ask.must {
            reads.push(Read { expr, at: &step.at, how: Use::Condition });
            text(words, &mut reads);
        }
    }
    reads
}

fn text<'p>(words: &'p Text, reads: &mut Vec<Read<'p>>) {
    for template in words.templates() {
        reads.extend(template.expressions().map(|expr| Read { expr, at: &template.at, how: Use::Print }));
    }
}

fn value<'p>(words: &'p ValueTemplate, reads: &mut Vec<Read<'p>>) {
    match words {
        ValueTemplate::Text(template) => {
            reads.extend(template.expressions().map(|expr| Read { expr, at: &template.at, how: Use::Print }));
        }
        ValueTemplate::List(items) => items.iter().for_each(|item| value(item, reads)),
        ValueTemplate::Map(entries) => entries.iter().for_each(|(_, item)| value(item, reads)),
        ValueTemplate::Literal(_) => {}
    }
}

fn image<'p>(image: Option<&'p crate::flow::Image>, reads: &mut Vec<Read<'p>>) {
    let Some(image) = image else { return };
    reads.extend(image.url.expressions().map(|expr| Read { expr, at: &image.url.at, how: Use::Print }));
    text(&image.alt, reads);
}

fn link<'p>(link: Option<&'p crate::flow::Link>, reads: &mut Vec<Read<'p>>) {
    let Some(link) = link else { return };
    reads.extend(link.url.expressions().map(|expr| Read { expr, at: &link.url.at, how: Use::Print }));
    text(&link.text, reads);
}

/// Whether an expression compares, so that an unset slot in it is a mistake and not just false.
pub(super) fn compares(expr: &Expr) -> bool {
    ["==", "!=", "<", ">", " in "].iter().any(|sign| expr.source.contains(sign))
}
