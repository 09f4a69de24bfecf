//! One conversation in a list, and the small things that lists and conversations share: times, priorities, owners.

use maud::{Markup, html};

use super::filing;
use super::keys::{Key, tip};
use super::view::Viewer;
use crate::engine::LATE;
use crate::flow::Priority;
use crate::http::texts::{Texts, Value, languages};
use crate::time::{Span, Time};
use crate::view::Summary;

/// How a row is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowStyle {
    /// Now.
    pub(super) now: Time,
    /// Whether to name the site.
    pub(super) with_site: bool,
    /// The place in the queue.
    pub(super) position: Option<u32>,
    /// How long nobody should wait there; five minutes where nothing says so.
    pub(super) target: Option<Span>,
    /// Whether the row is about reminders.
    pub(super) reminders: bool,
}

/// A conversation in a list: who, their last words, where it is, and for how long. The whole row is the link.
pub(super) fn row(summary: &Summary, style: RowStyle, viewer: &Viewer, t: &Texts) -> Markup {
    let mine = summary.owner == "agent" && summary.agent.as_ref().is_some_and(|agent| agent.id == viewer.agent.id);
    let waits = summary.owner == "queue" || (mine && summary.unanswered.is_some());
    let target = style.target.unwrap_or(LATE);
    let since = if mine { summary.unanswered.unwrap_or(summary.last_at) } else { summary.since };
    html! {
        li.row.urgent[summary.priority >= Priority::High] {
            a href={ "/desk/c/" (summary.id) } id={ "row-" (summary.id) } {
                span.who {
                    @if let Some(position) = style.position { span.place { (t.number(position)) } }
                    bdi { (visitor_name(summary, t)) }
                    (priority(summary.priority, t))
                }
                span class={ "since " @if waits { (age(style.now.since(since), target)) } } data-target=[waits.then_some(target.0)] { (since_tag(since, style.now, t)) }
                span.words dir="auto" { (words(summary)) }
                span.where {
                    (owner(summary, viewer, t))
                    @if style.with_site { " · " bdi { (summary.site) } }
                    @if let Some(queue) = summary.queue.as_ref().filter(|_| summary.owner != "queue" && summary.left.is_none()) { " · " bdi { (queue) } }
                    " · " bdi { (summary.channel) } " · " bdi { (language_name(summary.language.as_str())) }
                }
                (filing::chips(summary, t))
                @if style.reminders {
                    @for follow_up in summary.filed.open_follow_ups() {
                        span.reminder.due[follow_up.due <= style.now] { bdi { (follow_up.note) } " " span.faint { (clock_tag(follow_up.due)) " · " bdi { (follow_up.agent.name) } } }
                    }
                }
            }
            @if style.reminders { @if let Some(first) = summary.filed.open_follow_ups().first() { (filing::done_form(summary, first, "desk-follow-up-done", t)) } }
            @else if summary.owner == "queue" || summary.left.is_some() {
                form data-api={ "/api/agent/conversations/" (summary.id) "/claim" } data-then={ "/desk/c/" (summary.id) } {
                    button.small id={ "claim-" (summary.id) } data-key=(Key::Claim.sign()) title=(tip("desk-claim", Key::Claim, t)) { (t.get("desk-claim")) }
                }
            }
        }
    }
}

/// How a wait stands to its target.
fn age(waited: Span, target: Span) -> &'static str {
    if waited > target {
        "late"
    } else if waited.0 > target.0 / 2 {
        "near"
    } else {
        "fresh"
    }
}

/// What a row quotes: the message that was left for an agent, else what the visitor said last, which after a left message
/// is only an address to answer to.
fn words(summary: &Summary) -> &str {
    let left = summary.left.as_deref().filter(|left| summary.owner != "queue" && !left.is_empty());
    left.unwrap_or(&summary.last_text)
}

/// The visitor's name, or the word for a visitor.
pub(super) fn visitor_name(summary: &Summary, t: &Texts) -> String {
    summary.name.clone().unwrap_or_else(|| t.get("desk-visitor"))
}

/// A language by its own name, where it is one of ours.
pub(super) fn language_name(tag: &str) -> &str {
    let main = tag.split('-').next().unwrap_or(tag);
    languages().find(|(ours, _)| *ours == main).map_or(tag, |(_, name)| name)
}

/// Who has it, in words.
pub(super) fn owner(summary: &Summary, viewer: &Viewer, t: &Texts) -> String {
    let queue = summary.queue.as_ref().map(|queue| queue.as_str()).unwrap_or_default();
    match (summary.owner, &summary.agent) {
        ("queue", _) => t.with("desk-owner-queue", &[("queue", Value::Text(queue))]),
        ("agent", Some(agent)) if agent.id == viewer.agent.id => t.get("desk-owner-you"),
        ("agent", Some(agent)) => t.with("desk-owner-agent", &[("agent", Value::Text(&agent.name))]),
        ("resolved", _) => t.get("desk-owner-resolved"),
        ("closed", _) => t.get("desk-owner-closed"),
        ("bot", _) if summary.left.is_some() && !queue.is_empty() => {
            t.with("desk-owner-left", &[("queue", Value::Text(queue))])
        }
        _ => t.get("desk-owner-bot"),
    }
}

/// A priority, where it is not the usual one.
pub(super) fn priority(priority: Priority, t: &Texts) -> Markup {
    let id = match priority {
        Priority::Urgent => "desk-priority-urgent",
        Priority::High => "desk-priority-high",
        Priority::Normal => return html! {},
        Priority::Low => "desk-priority-low",
    };
    html! { " " span.chip.hot[priority >= Priority::High] { (t.get(id)) } }
}

/// How long ago; the script keeps it true.
pub(super) fn since_tag(since: Time, now: Time, t: &Texts) -> Markup {
    html! { time datetime=(since) data-since=(since.0) { (duration(now.since(since).0 / 1000, t)) } }
}

/// A moment with its day; the script shows it as the agent's clock does.
pub(super) fn moment(at: Time) -> Markup {
    let utc = at.to_string();
    html! { time datetime=(utc) data-clock=(at.0) { (utc) } }
}

/// A moment of today; the script shows it as the agent's clock does.
pub(super) fn clock_tag(at: Time) -> Markup {
    let utc = at.to_string();
    html! { time datetime=(utc) data-clock=(at.0) { (utc.get(11..16).unwrap_or(&utc)) } }
}

fn duration(seconds: i64, t: &Texts) -> String {
    let (id, n) = match seconds {
        ..60 => ("desk-seconds", seconds),
        60..3_600 => ("desk-minutes", seconds / 60),
        3_600..86_400 => ("desk-hours", seconds / 3_600),
        _ => ("desk-days", seconds / 86_400),
    };
    t.with(id, &[("n", Value::Number(n))])
}
