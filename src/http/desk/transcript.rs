//! The transcript as agents see it: every line of visitor, bot and agent, notes marked, moves of the owner in a sentence. What
//! the bot did in between is folded away under the line that it follows from.

use maud::{Markup, html};

use super::icons::{self, Icon};
use super::markdown::markdown;
use super::row::clock_tag;
use super::steps::bot_steps;
use super::view::ConversationView;
use crate::dialog::{Attachment, Hyperlink, Message, MessageCard, Picture, Undeliverable};
use crate::http::texts::{Texts, Value};
use crate::id::{ConversationId, EventNo};
use crate::view::{AgentLine, AgentLineKind, told};

/// All lines. Each has the number of its event as its name, so that slots can point at it and the script can replace it.
pub(super) fn transcript(view: &ConversationView<'_>, t: &Texts) -> Markup {
    html! { @for line in view.lines.iter().filter(|line| !is_step(&line.kind)) { (one(line, view, t)) } }
}

/// What is told among the bot's steps and needs no line of its own.
fn is_step(kind: &AgentLineKind<'_>) -> bool {
    matches!(kind, AgentLineKind::FlowStarted(_) | AgentLineKind::Called(_) | AgentLineKind::CallFailed { .. })
}

fn one(line: &AgentLine<'_>, view: &ConversationView<'_>, t: &Texts) -> Markup {
    let id = format!("e{}", line.no);
    let steps =
        html! { @if let Some(steps) = view.steps.get(&line.no) { (bot_steps(line.no, steps, &view.labels, t)) } };
    let words = |class: &str, icon: Icon, who: &str, body: Markup| {
        html! {
            li id=(id) .line .(class) .cancelled[line.folded.cancelled] tabindex="-1" {
                p.by {
                    (icons::icon(icon)) " " bdi { (who) } " " (clock_tag(line.at))
                    @if let Some(step) = line.folded.step { " " bdi.at dir="ltr" { (step.file) ":" (step.line) } }
                    @if line.folded.cancelled { " · " (t.get("desk-cancelled")) }
                }
                @if line.folded.taken_back { div.said { p { (t.get("desk-taken-back")) } } } @else { div.said { (body) } }
                @if let Some(failure) = line.folded.undelivered { (undelivered(line.no, failure, view, t)) }
                (steps)
            }
        }
    };
    match &line.kind {
        AgentLineKind::Visitor { text, pressed } => {
            let how = if *pressed { "desk-visitor-pressed" } else { "desk-visitor" };
            words("visitor", Icon::Visitor, &t.get(how), html! { p dir="auto" { (text) } })
        }
        AgentLineKind::Bot(message) => words("bot", Icon::Bot, &t.get("widget-assistant"), bot_message(message, t)),
        AgentLineKind::Agent { agent, text } => words("agent", Icon::Agent, &agent.name, markdown(text)),
        AgentLineKind::VisitorFile(file) => {
            words("visitor", Icon::Visitor, &t.get("desk-visitor"), sent_file(view.summary.id, line.no, file, t))
        }
        AgentLineKind::AgentFile { agent, file } => {
            words("agent", Icon::Agent, &agent.name, sent_file(view.summary.id, line.no, file, t))
        }
        AgentLineKind::Elsewhere { inbox, text } => {
            words("agent", Icon::Agent, inbox, html! { p dir="auto" { (text) } })
        }
        AgentLineKind::Remote(file) => {
            let what = t.get(told::remote(file.kind));
            let named = file.name.as_deref().or(file.words.as_deref());
            let body = html! { p dir="auto" { (what) @if let Some(named) = named { ": " bdi { (named) } } } };
            words("visitor", Icon::Visitor, &t.get("desk-visitor"), body)
        }
        AgentLineKind::Note { agent, text } => {
            let who = t.with("desk-note-by", &[("agent", Value::Text(&agent.name))]);
            words("note", Icon::Note, &who, html! { p dir="auto" { (text) } })
        }
        AgentLineKind::MessageLeft { text, .. } => {
            words("visitor left", Icon::Left, &t.get("desk-message-left"), html! { p dir="auto" { (text) } })
        }
        AgentLineKind::RemoteLost if line.folded.taken_back => {
            words("visitor", Icon::Visitor, &t.get("desk-visitor"), html! {})
        }
        _ => html! {
            li id=(id) .line.move tabindex="-1" {
                p { span { (what_moved(&line.kind, view, t)) } " " (clock_tag(line.at)) }
                (steps)
            }
        },
    }
}

/// That a message did not arrive, why, and what an agent can do.
fn undelivered(no: EventNo, failure: &Undeliverable, view: &ConversationView<'_>, t: &Texts) -> Markup {
    let api = format!("/api/agent/conversations/{}/resend", view.summary.id);
    html! {
        div.undelivered {
            p {
                strong { (t.get("desk-undelivered")) } " "
                (t.get(told::undelivered(failure.reason)))
                @if !failure.said.is_empty() { " (" bdi dir="auto" { (failure.said) } ")" }
            }
            form data-api=(api) {
                input type="hidden" name="of" value=(no) data-as="number";
                button { (t.get("desk-resend")) }
            }
        }
    }
}

/// A move of the owner or of the bot, in a sentence.
fn what_moved(kind: &AgentLineKind<'_>, view: &ConversationView<'_>, t: &Texts) -> String {
    let labels = &view.labels;
    let say = |id: &str, values: &[(&'static str, Value<'_>)]| t.with(id, values);
    match kind {
        AgentLineKind::Handoff { queue, reason, closed, .. } => {
            let id = if *closed { "desk-moved-handoff-closed" } else { "desk-moved-handoff" };
            say(id, &[("queue", Value::Text(&labels.queue(queue))), ("reason", Value::Text(&labels.reason(reason)))])
        }
        AgentLineKind::QueueLeft(why) => t.get(told::left(*why)),
        AgentLineKind::Assigned { agent, by } => say(told::assigned(*by), &[("agent", Value::Text(&agent.name))]),
        AgentLineKind::Returned { agent, queue, why } => say(
            told::returned(*why),
            &[("agent", Value::Text(&agent.name)), ("queue", Value::Text(&labels.queue(queue)))],
        ),
        AgentLineKind::HandedBack { agent, flow: Some(flow) } => say(
            "desk-handed-back-to",
            &[("agent", Value::Text(&agent.name)), ("flow", Value::Text(&labels.flow(flow, t)))],
        ),
        AgentLineKind::HandedBack { agent, flow: None } => {
            say("desk-handed-back", &[("agent", Value::Text(&agent.name))])
        }
        AgentLineKind::Resolved(Some(agent)) => say("desk-resolved-by", &[("agent", Value::Text(&agent.name))]),
        AgentLineKind::Resolved(None) => t.get("desk-resolved-idle"),
        AgentLineKind::Ended => t.get("desk-ended-by-visitor"),
        AgentLineKind::Reopened => t.get("desk-reopened"),
        AgentLineKind::RemoteLost => t.get("desk-remote-lost"),
        AgentLineKind::Resent(agent) => say("desk-resent", &[("agent", Value::Text(&agent.name))]),
        AgentLineKind::Closed(why) => t.get(told::closed(*why)),
        AgentLineKind::Invited(invite) => say("desk-invited", &[("invite", Value::Text(invite))]),
        AgentLineKind::Moved(channel) => say("desk-moved", &[("channel", Value::Text(channel.as_str()))]),
        AgentLineKind::Identified => t.get("desk-identified"),
        AgentLineKind::Rated { score, comment } => {
            let comment = comment.map(|comment| format!(" “{comment}”")).unwrap_or_default();
            say("desk-rated", &[("score", Value::Number((*score).into())), ("comment", Value::Text(&comment))])
        }
        AgentLineKind::Filed(line) => super::filing::sentence(*line, t),
        AgentLineKind::Fault { detail, .. } => say("desk-fault", &[("detail", Value::Text(detail))]),
        AgentLineKind::Visitor { .. }
        | AgentLineKind::Bot(_)
        | AgentLineKind::Agent { .. }
        | AgentLineKind::VisitorFile(_)
        | AgentLineKind::AgentFile { .. }
        | AgentLineKind::Elsewhere { .. }
        | AgentLineKind::Remote(_)
        | AgentLineKind::Note { .. }
        | AgentLineKind::MessageLeft { .. }
        | AgentLineKind::FlowStarted(_)
        | AgentLineKind::Called(_)
        | AgentLineKind::CallFailed { .. } => String::new(),
    }
}

/// A file: a picture is shown small, and whole by a press; anything else is named and saved.
fn sent_file(conversation: ConversationId, no: EventNo, file: &Attachment, t: &Texts) -> Markup {
    let url = format!("/api/agent/conversations/{conversation}/files/{no}");
    let what = html! { bdi { (file.name) } " " small { (size(file.bytes, t)) } };
    html! {
        @if file.is_picture() {
            a.sent href=(url) target="_blank" { img src=(url) alt=(file.name) loading="lazy"; (what) }
        } @else {
            a.sent href=(url) download=(file.name) { (what) }
        }
    }
}

/// A size as a person reads it.
fn size(bytes: u64, t: &Texts) -> String {
    let (number, unit) =
        if bytes < 1_000_000 { (bytes.div_ceil(1_000), "kB") } else { ((bytes + 500_000) / 1_000_000, "MB") };
    format!("{} {unit}", t.number(i64::try_from(number).unwrap_or(i64::MAX)))
}

fn bot_message(message: &Message, t: &Texts) -> Markup {
    html! {
        @if !message.text.is_empty() { (markdown(&message.text)) }
        (picture(message.image.as_ref(), t))
        (link(message.link.as_ref()))
        (buttons(message.buttons.iter().map(|button| button.label.as_str())))
        @for card in &message.cards { (one_card(card, t)) }
    }
}

fn one_card(card: &MessageCard, t: &Texts) -> Markup {
    html! {
        div.carded {
            p dir="auto" { strong { (card.title) } }
            @if let Some(text) = &card.text { p dir="auto" { (text) } }
            (picture(card.image.as_ref(), t))
            (link(card.link.as_ref()))
            (buttons(card.buttons.iter().map(|button| button.label.as_str())))
        }
    }
}

/// A picture is named, not shown: an agent reads, and the page asks no other server for anything.
fn picture(picture: Option<&Picture>, t: &Texts) -> Markup {
    html! {
        @if let Some(picture) = picture { p.faint { (t.with("desk-picture", &[("alt", Value::Text(&picture.alt))])) } }
    }
}

/// A link leads out only by the ways that an author may use; anything else stays text.
fn link(link: Option<&Hyperlink>) -> Markup {
    let safe = |url: &str| ["https://", "http://", "mailto:", "tel:"].iter().any(|way| url.starts_with(way));
    html! {
        @if let Some(link) = link {
            p dir="auto" {
                @if safe(&link.url) { a href=(link.url) target="_blank" rel="noopener noreferrer" { (link.text) } }
                @else { (link.text) " (" (link.url) ")" }
            }
        }
    }
}

fn buttons<'a>(labels: impl Iterator<Item = &'a str>) -> Markup {
    let labels: Vec<_> = labels.collect();
    html! {
        @if !labels.is_empty() { ul.offered { @for label in labels { li dir="auto" { (label) } } } }
    }
}

/// A value as a person reads it.
pub(super) fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    }
}
