//! `say`: send, and go on.

use crate::dialog::turn::Turn;
use crate::dialog::walk::Next;
use crate::dialog::{Button, ButtonTarget, Hyperlink, Message, MessageCard, Picture};
use crate::flow::{At, Card, Image, Link, Say, StepIndex};

pub(in crate::dialog) fn walk(turn: &mut Turn<'_>, say: &Say, at: &At, index: StepIndex) -> Next {
    let mut buttons: Vec<Button> = say.offer.iter().map(|intent| turn.intent_button(intent)).collect();
    for label in &say.buttons {
        buttons.push(Button { label: turn.text(label), target: ButtonTarget::Text });
    }
    if say.image.is_none() && say.link.is_none() && say.cards.is_empty() {
        turn.say_text(&say.text, buttons, at);
        return Next::Step(index + 1);
    }
    let message = Message {
        text: turn.text(&say.text),
        buttons,
        image: say.image.as_ref().map(|image| picture(turn, image)),
        link: say.link.as_ref().and_then(|link| hyperlink(turn, link)),
        cards: say.cards.iter().map(|written| card(turn, written)).collect(),
    };
    turn.say_message(message, Some(at));
    Next::Step(index + 1)
}

fn picture(turn: &Turn<'_>, image: &Image) -> Picture {
    Picture { url: turn.with_scope(&[], |scope| image.url.render(scope)), alt: turn.text(&image.alt) }
}

/// A link that leads anywhere but to the web, a mailbox or a telephone is not sent: its address may hold a visitor's words.
fn hyperlink(turn: &Turn<'_>, link: &Link) -> Option<Hyperlink> {
    let url = turn.with_scope(&[], |scope| link.url.render(scope));
    let safe = ["https://", "http://", "mailto:", "tel:", "/"].iter().any(|start| url.starts_with(start));
    safe.then(|| Hyperlink { url, text: turn.text(&link.text) })
}

fn card(turn: &Turn<'_>, card: &Card) -> MessageCard {
    MessageCard {
        title: turn.text(&card.title),
        text: card.text.as_ref().map(|text| turn.text(text)),
        image: card.image.as_ref().map(|image| picture(turn, image)),
        link: card.link.as_ref().and_then(|link| hyperlink(turn, link)),
        buttons: card.offer.iter().map(|intent| turn.intent_button(intent)).collect(),
    }
}
