//! The transcript as agents see it: every line of visitor, bot and agent, notes marked, moves of the owner in a sentence,
//! and what explains a line folded away under it.

use maud::{Markup, html};

use super::row::clock_tag;
use crate::dialog::{
    AssignedBy, CallOutcome, ClosedBecause, Hyperlink, Message, MessageCard, Picture, QueueLeft, ReturnedBecause,
};
use crate::http::texts::{Texts, Value};
use crate::matcher::{EvidenceKind, Understanding};
use crate::view::{AgentLine, AgentLineKind, Folded};

/// All lines. Each has the number of its event as its name, so that slots can point at it and the script can replace it.
pub(super) fn transcript(lines: &[AgentLine<'_>], t: &Texts) -> Markup {
    html! { @for line in lines { (one(line, t)) } }
}

fn one(line: &AgentLine<'_>, t: &Texts) -> Markup {
    let id = format!("e{}", line.no);
    let words = |class: &str, who: &str, body: Markup| {
        html! {
            li id=(id) .line .(class) .cancelled[line.folded.cancelled] tabindex="-1" {
                p.by { bdi { (who) } " " (clock_tag(line.at)) @if line.folded.cancelled { " · " (t.get("desk-cancelled")) } }
                div.said { (body) }
                (folded(&line.folded, t))
            }
        }
    };
    match &line.kind {
        AgentLineKind::Visitor { text, pressed } => {
            let how = if *pressed { "desk-visitor-pressed" } else { "desk-visitor" };
            words("visitor", &t.get(how), html! { p dir="auto" { (text) } })
        }
        AgentLineKind::Bot(message) => words("bot", &t.get("widget-assistant"), bot_message(message, t)),
        AgentLineKind::Agent { agent, text } => words("agent", &agent.name, html! { p dir="auto" { (text) } }),
        AgentLineKind::Note { agent, text } => {
            let who = t.with("desk-note-by", &[("agent", Value::Text(&agent.name))]);
            words("note", &who, html! { p dir="auto" { (text) } })
        }
        AgentLineKind::MessageLeft { text, .. } => {
            words("visitor left", &t.get("desk-message-left"), html! { p dir="auto" { (text) } })
        }
        _ => {
            html! { li id=(id) .line.move tabindex="-1" { span { (what_moved(&line.kind, t)) } " " (clock_tag(line.at)) } }
        }
    }
}

/// A move of the owner or of the bot, in a sentence.
fn what_moved(kind: &AgentLineKind<'_>, t: &Texts) -> String {
    let say = |id: &str, values: &[(&'static str, Value<'_>)]| t.with(id, values);
    match kind {
        AgentLineKind::FlowStarted(flow) => say("desk-moved-flow", &[("flow", Value::Text(flow.as_str()))]),
        AgentLineKind::Handoff { queue, reason, closed, .. } => {
            let id = if *closed { "desk-moved-handoff-closed" } else { "desk-moved-handoff" };
            say(id, &[("queue", Value::Text(queue.as_str())), ("reason", Value::Text(reason))])
        }
        AgentLineKind::QueueLeft(why) => t.get(match why {
            QueueLeft::Visitor => "desk-left-visitor",
            QueueLeft::LeftMessage => "desk-left-message",
            QueueLeft::Closed => "desk-left-closed",
            QueueLeft::WaitedTooLong => "desk-left-waited",
            QueueLeft::AgentsAway => "desk-left-away",
        }),
        AgentLineKind::Assigned { agent, by } => {
            let id = match by {
                AssignedBy::Assigner => "desk-assigned-assigner",
                AssignedBy::Claim => "desk-assigned-claim",
                AssignedBy::TakeOver => "desk-assigned-take-over",
                AssignedBy::Transfer => "desk-assigned-transfer",
            };
            say(id, &[("agent", Value::Text(&agent.name))])
        }
        AgentLineKind::Returned { agent, queue, why } => {
            let id = match why {
                ReturnedBecause::Agent => "desk-returned-agent",
                ReturnedBecause::Away => "desk-returned-away",
                ReturnedBecause::Silent => "desk-returned-silent",
                ReturnedBecause::Transfer => "desk-returned-transfer",
            };
            say(id, &[("agent", Value::Text(&agent.name)), ("queue", Value::Text(queue.as_str()))])
        }
        AgentLineKind::HandedBack { agent, flow: Some(flow) } => {
            say("desk-handed-back-to", &[("agent", Value::Text(&agent.name)), ("flow", Value::Text(flow.as_str()))])
        }
        AgentLineKind::HandedBack { agent, flow: None } => {
            say("desk-handed-back", &[("agent", Value::Text(&agent.name))])
        }
        AgentLineKind::Resolved(Some(agent)) => say("desk-resolved-by", &[("agent", Value::Text(&agent.name))]),
        AgentLineKind::Resolved(None) => t.get("desk-resolved-idle"),
        AgentLineKind::Reopened => t.get("desk-reopened"),
        AgentLineKind::Closed(ClosedBecause::Resolved) => t.get("desk-closed-resolved"),
        AgentLineKind::Closed(ClosedBecause::Idle) => t.get("desk-closed-idle"),
        AgentLineKind::Rated { score, comment } => {
            let comment = comment.map(|comment| format!(" “{comment}”")).unwrap_or_default();
            say("desk-rated", &[("score", Value::Number((*score).into())), ("comment", Value::Text(&comment))])
        }
        AgentLineKind::Called(service) => say("desk-called", &[("service", Value::Text(service.as_str()))]),
        AgentLineKind::CallFailed { outcome, .. } => {
            let why = match outcome {
                CallOutcome::Reply(_) => String::new(),
                CallOutcome::Status(status) => status.to_string(),
                CallOutcome::Timeout => t.get("desk-call-timeout"),
                CallOutcome::Error(error) => error.clone(),
                CallOutcome::Unknown => t.get("desk-call-unknown"),
            };
            say("desk-call-failed", &[("why", Value::Text(&why))])
        }
        AgentLineKind::Fault { detail, .. } => say("desk-fault", &[("detail", Value::Text(detail))]),
        AgentLineKind::Visitor { .. }
        | AgentLineKind::Bot(_)
        | AgentLineKind::Agent { .. }
        | AgentLineKind::Note { .. }
        | AgentLineKind::MessageLeft { .. } => String::new(),
    }
}

fn bot_message(message: &Message, t: &Texts) -> Markup {
    html! {
        @if !message.text.is_empty() { p dir="auto" { (message.text) } }
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

/// What explains a line: what the bot understood, which step spoke, which slots it filled.
fn folded(folded: &Folded<'_>, t: &Texts) -> Markup {
    if folded.understood.is_none() && folded.step.is_none() && folded.slots.is_empty() && !folded.missed {
        return html! {};
    }
    html! {
        details.why {
            summary { (t.get(if folded.step.is_some() { "desk-why-step" } else { "desk-why" })) @if folded.missed { " · " (t.get("desk-not-understood")) } }
            @if let Some(step) = folded.step { p { bdi dir="ltr" { (step.file) ":" (step.line) } } }
            @if let Some(understanding) = folded.understood { (understood(understanding, t)) }
            @if !folded.slots.is_empty() {
                ul { @for (slot, value, said) in &folded.slots { li { bdi { (slot) } " = " bdi { (plain(value)) } @if plain(value) != *said { " (" bdi { (said) } ")" } } } }
            }
        }
    }
}

fn understood(understanding: &Understanding, t: &Texts) -> Markup {
    html! {
        ul {
            @for (builtin, heard) in &understanding.builtin { li { bdi { (format!("{builtin:?}").to_lowercase()) } " " (percent(heard.confidence, t)) } }
            @for ranked in &understanding.ranked {
                li {
                    bdi { (ranked.intent) } " " (percent(ranked.confidence, t))
                    @for evidence in ranked.evidence.iter().take(3) {
                        br;
                        span.faint { (t.get(kind(evidence.kind))) ": " bdi { (evidence.rule) } " " bdi dir="ltr" { (evidence.at) } }
                    }
                }
            }
        }
        @if !understanding.unexplained.is_empty() {
            p { (t.with("desk-unexplained", &[("words", Value::Text(&understanding.unexplained.join(" ")))])) }
        }
    }
}

fn kind(kind: EvidenceKind) -> &'static str {
    match kind {
        EvidenceKind::Phrase => "desk-evidence-phrase",
        EvidenceKind::Similar => "desk-evidence-similar",
        EvidenceKind::Keyword => "desk-evidence-keyword",
        EvidenceKind::Pattern => "desk-evidence-pattern",
    }
}

fn percent(confidence: f64, t: &Texts) -> String {
    // Between 0 and 1, so what is cut off is the fraction of a percent.
    format!("{} %", t.number((confidence * 100.0).round() as i64))
}

/// A value as a person reads it.
pub(super) fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    }
}
