//! What the bot did, folded under the line that it follows from: one short line, and on demand every step of it.

use maud::{Markup, html};

use super::icons::{self, Icon};
use super::labels::Labels;
use super::transcript::plain;
use crate::dialog::{CallOutcome, readable};
use crate::flow::Builtin;
use crate::http::texts::{Texts, Value};
use crate::id::EventNo;
use crate::matcher::{EvidenceKind, Understanding};
use crate::view::{Step, Steps, told};

/// Rules that are shown of what spoke for an intent.
const EVIDENCE_MAX: usize = 3;

/// Below this confidence an intent says nothing about a message.
const NAMED_FROM: f64 = 0.3;

/// Characters of a value that are shown: a service may have replied pages.
const VALUE_CHARS_MAX: usize = 200;

/// The steps of one line.
pub(super) fn bot_steps(line: EventNo, steps: &Steps<'_>, labels: &Labels, t: &Texts) -> Markup {
    html! {
        details.why {
            summary id={ "why-" (line) } { (icons::icon(Icon::Steps)) " " (in_short(steps, labels, t)) }
            ol.steps { @for step in &steps.steps { li { (one(step, labels, t)) } } }
        }
    }
}

/// What was understood and what ran, in a few words; what failed is never hidden.
fn in_short(steps: &Steps<'_>, labels: &Labels, t: &Texts) -> String {
    let mut parts: Vec<String> = Vec::new();
    for step in &steps.steps {
        let part = match step {
            Step::Understood(understanding) => best(understanding, labels, t),
            Step::Missed => Some(t.get("desk-not-understood")),
            Step::FlowStarted(flow) => Some(isolated(&labels.flow(flow, t))),
            Step::CallDone { service, outcome } if !matches!(outcome, CallOutcome::Reply(_)) => Some(format!(
                "{}: {}",
                service.map(|service| labels.service(service)).unwrap_or_default(),
                failed(outcome, t)
            )),
            _ => None,
        };
        if let Some(part) = part
            && !parts.iter().any(|known| known.starts_with(&part))
        {
            parts.push(part);
        }
    }
    if parts.is_empty() { t.get("desk-why") } else { parts.join(" · ") }
}

/// What a message was taken for, if it was taken for anything.
fn best(understanding: &Understanding, labels: &Labels, t: &Texts) -> Option<String> {
    let own = understanding.ranked.first().map(|ranked| (labels.intent(&ranked.intent), ranked.confidence));
    let builtin = understanding.builtin.iter().map(|(builtin, heard)| (builtin_name(*builtin), heard.confidence));
    let best = builtin.chain(own).max_by(|(_, one), (_, other)| one.total_cmp(other));
    let (name, confidence) = best.filter(|(_, confidence)| *confidence >= NAMED_FROM)?;
    Some(format!("{} {}", isolated(&name), percent(confidence, t)))
}

/// A name of the author among words of the desk, whichever way each of them runs.
fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}

/// A built-in intent, as authors write it.
fn builtin_name(builtin: Builtin) -> String {
    let name = serde_json::to_value(builtin).ok();
    readable(name.as_ref().and_then(|name| name.as_str()).unwrap_or_default())
}

fn one(step: &Step<'_>, labels: &Labels, t: &Texts) -> Markup {
    let say = |id: &str, name: &'static str, value: &str| t.with(id, &[(name, Value::Text(value))]);
    match step {
        Step::Understood(understanding) => understood(understanding, labels, t),
        Step::Missed => html! { (t.get("desk-not-understood")) },
        Step::FlowStarted(flow) => html! { (say("desk-moved-flow", "flow", &labels.flow(flow, t))) },
        Step::FlowEnded { flow, how } => {
            html! { (labels.flow(flow, t)) ": " span.faint { (t.get(told::ended(Some(*how)))) } }
        }
        Step::SlotSet { slot, value, said } => {
            let value = clipped(&plain(value));
            html! {
                bdi { (slot) } " = " bdi { (value) }
                @if !said.is_empty() && value != *said { " (" bdi { (clipped(said)) } ")" }
            }
        }
        Step::SlotEmptied(slot) => html! { bdi { (slot) } " = —" },
        Step::Called(service) => html! { (say("desk-called", "service", &labels.service(service))) },
        Step::CallDone { service, outcome } => html! {
            @if let Some(service) = service { bdi { (labels.service(service)) } ": " }
            @if matches!(outcome, CallOutcome::Reply(_)) { (t.get("desk-call-answered")) } @else { strong { (failed(outcome, t)) } }
        },
        Step::AlsoAsked(intent) => html! { (say("desk-also-asked", "intent", &labels.intent(intent))) },
        Step::LanguageSet(language) => {
            html! { (t.get("demo-language")) ": " (super::row::language_name(language.as_str())) }
        }
    }
}

fn failed(outcome: &CallOutcome, t: &Texts) -> String {
    let why = match outcome {
        CallOutcome::Reply(_) => String::new(),
        CallOutcome::Status(status) => status.to_string(),
        CallOutcome::Timeout => t.get("desk-call-timeout"),
        CallOutcome::Error(error) => error.clone(),
        CallOutcome::Unknown => t.get("desk-call-unknown"),
    };
    t.with("desk-call-failed", &[("why", Value::Text(&why))])
}

fn understood(understanding: &Understanding, labels: &Labels, t: &Texts) -> Markup {
    html! {
        ul {
            @for (builtin, heard) in &understanding.builtin { li { bdi { (builtin_name(*builtin)) } " " (percent(heard.confidence, t)) } }
            @for ranked in &understanding.ranked {
                li {
                    bdi { (labels.intent(&ranked.intent)) } " " (percent(ranked.confidence, t))
                    @for evidence in ranked.evidence.iter().take(EVIDENCE_MAX) {
                        br;
                        span.faint { (t.get(kind(evidence.kind))) ": " bdi { (evidence.rule) } " " bdi.at dir="ltr" { (evidence.at) } }
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

/// A confidence as people read it.
pub(super) fn percent(confidence: f64, t: &Texts) -> String {
    // Between 0 and 1, so what is cut off is the fraction of a percent.
    format!("{} %", t.number((confidence * 100.0).round() as i64))
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
        None => text.to_owned(),
    }
}
