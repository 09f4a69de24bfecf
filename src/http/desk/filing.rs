//! What agents file on a conversation, as its page shows and changes it: labels, priority, on hold, reminders, complaints.

use maud::{Markup, html};

use super::row::clock_tag;
use crate::dialog::{COMPLAINT, FILED_NOTE_CHARS_MAX, Filing, FollowUp, LABEL_NAME_CHARS_MAX, WokenBecause};
use crate::flow::Priority;
use crate::http::texts::{Texts, Value};
use crate::time::Time;
use crate::view::{FiledLine, Summary};

/// For how many minutes a conversation can be put on hold, or a reminder set, by one press.
const SPANS: [(u32, &str); 6] = [
    (30, "desk-in-half-hour"),
    (60, "desk-in-hour"),
    (240, "desk-in-four-hours"),
    (1_440, "desk-in-day"),
    (4_320, "desk-in-three-days"),
    (10_080, "desk-in-week"),
];

/// The priorities, the most urgent first.
const PRIORITIES: [(Priority, &str, &str); 4] = [
    (Priority::Urgent, "urgent", "desk-priority-urgent"),
    (Priority::High, "high", "desk-priority-high"),
    (Priority::Normal, "normal", "desk-priority-normal"),
    (Priority::Low, "low", "desk-priority-low"),
];

/// A label as people read it: the one that the program itself gives has a name in every language.
pub(super) fn label_name(label: &str, t: &Texts) -> String {
    if label == COMPLAINT { t.get("desk-complaint") } else { label.to_owned() }
}

/// The labels, and whether it is on hold, in a line; nothing where there is nothing to say.
pub(super) fn chips(summary: &Summary, t: &Texts) -> Markup {
    if summary.filed.labels.is_empty() && summary.snoozed.is_none() {
        return html! {};
    }
    html! {
        p.chips {
            @if let Some(until) = summary.snoozed { span.chip.hold { (t.get("desk-on-hold-until")) " " (clock_tag(until)) } }
            @for label in &summary.filed.labels { span.chip.hot[label == COMPLAINT] { bdi { (label_name(label, t)) } } }
        }
    }
}

/// The reminders that are not done, each with the way to be done with it, and the last one that is, with the way back.
pub(super) fn reminders(summary: &Summary, now: Time, t: &Texts) -> Markup {
    let open = summary.filed.open_follow_ups();
    let done = summary.filed.follow_ups.iter().rfind(|follow_up| follow_up.done);
    if open.is_empty() && done.is_none() {
        return html! {};
    }
    html! {
        ul.reminders {
            @for follow_up in open { (reminder(summary, follow_up, now, t)) }
            @if let Some(follow_up) = done { (reminder(summary, follow_up, now, t)) }
        }
    }
}

fn reminder(summary: &Summary, follow_up: &FollowUp, now: Time, t: &Texts) -> Markup {
    let due = !follow_up.done && follow_up.due <= now;
    let verb = if follow_up.done { "desk-follow-up-undo" } else { "desk-follow-up-done" };
    html! {
        li.due[due].done[follow_up.done] {
            span dir="auto" { (follow_up.note) }
            span.faint { (clock_tag(follow_up.due)) " · " bdi { (follow_up.agent.name) } }
            (done_form(summary, follow_up, verb, t))
        }
    }
}

/// The button that is done with a reminder, or takes that back.
pub(super) fn done_form(summary: &Summary, follow_up: &FollowUp, verb: &str, t: &Texts) -> Markup {
    html! {
        form data-api={ (api(summary)) "/follow-ups/done" } {
            input type="hidden" name="event" value=(follow_up.no) data-as="number";
            input type="hidden" name="done" value=(if follow_up.done { "false" } else { "true" }) data-as="boolean";
            button.small id={ "done-" (summary.id) "-" (follow_up.no) } { (t.get(verb)) }
        }
    }
}

/// Everything that can be filed, in one menu.
pub(super) fn menu(summary: &Summary, mine: bool, t: &Texts) -> Markup {
    html! {
        details.menu.filing {
            summary #do-file { (t.get("desk-file")) }
            div.sheet {
                (labels(summary, t))
                @if summary.owner != "closed" { (priority(summary, t)) }
                @if mine { (snooze(summary, t)) }
                (follow_up(summary, t))
                @if !summary.filed.has_label(COMPLAINT) { (complaint(summary, t)) }
            }
        }
    }
}

fn labels(summary: &Summary, t: &Texts) -> Markup {
    let api = format!("{}/labels", api(summary));
    html! {
        section aria-label=(t.get("desk-labels")) {
            @if !summary.filed.labels.is_empty() {
                ul.chips {
                    @for label in &summary.filed.labels {
                        li {
                            form data-api=(api) {
                                span hidden data-list="remove" { input type="checkbox" value=(label) checked; }
                                button.chip aria-label=(t.with("desk-label-remove", &[("label", Value::Text(&label_name(label, t)))])) {
                                    bdi { (label_name(label, t)) } " ×"
                                }
                            }
                        }
                    }
                }
            }
            form.inline data-api=(api) {
                label { span { (t.get("desk-label-add")) } input #label-new dir="auto" name="add" data-as="list" maxlength=(LABEL_NAME_CHARS_MAX) list="labels-known" autocomplete="off" required; }
                button #do-label { (t.get("desk-add")) }
            }
        }
    }
}

fn priority(summary: &Summary, t: &Texts) -> Markup {
    html! {
        form.inline data-api={ (api(summary)) "/priority" } {
            label {
                span { (t.get("desk-priority")) }
                select name="priority" {
                    @for (priority, name, text) in PRIORITIES { option value=(name) selected[priority == summary.priority] { (t.get(text)) } }
                }
            }
            button #do-priority { (t.get("desk-save")) }
        }
    }
}

fn snooze(summary: &Summary, t: &Texts) -> Markup {
    html! {
        @if summary.snoozed.is_some() {
            form data-api={ (api(summary)) "/wake" } { button #do-wake .main { (t.get("desk-wake")) } }
        } @else {
            form.inline data-api={ (api(summary)) "/snooze" } {
                label { span { (t.get("desk-snooze")) } (spans(240, t)) }
                button #do-snooze { (t.get("desk-save")) }
            }
        }
    }
}

fn follow_up(summary: &Summary, t: &Texts) -> Markup {
    html! {
        form.stack data-api={ (api(summary)) "/follow-ups" } {
            label { span { (t.get("desk-follow-up")) } textarea name="note" rows="2" dir="auto" maxlength=(FILED_NOTE_CHARS_MAX) required {} }
            div.inline {
                label { span { (t.get("desk-follow-up-when")) } (spans(1_440, t)) }
                button #do-follow-up { (t.get("desk-save")) }
            }
        }
    }
}

fn complaint(summary: &Summary, t: &Texts) -> Markup {
    html! {
        form.stack data-api={ (api(summary)) "/complaint" } {
            label { span { (t.get("desk-complaint-cause")) } input name="cause" dir="auto" maxlength=(FILED_NOTE_CHARS_MAX); }
            p.hint { (t.get("desk-complaint-hint")) }
            button #do-complaint { (t.get("desk-complaint-record")) }
        }
    }
}

fn spans(usual: u32, t: &Texts) -> Markup {
    html! {
        select name="minutes" data-as="number" {
            @for (minutes, text) in SPANS { option value=(minutes) selected[minutes == usual] { (t.get(text)) } }
        }
    }
}

fn api(summary: &Summary) -> String {
    format!("/api/agent/conversations/{}", summary.id)
}

/// What was filed, in a sentence.
pub(super) fn sentence(line: FiledLine<'_>, t: &Texts) -> String {
    let (agent, change) = match line {
        FiledLine::By { agent, change } => (agent.name.as_str(), change),
        FiledLine::Woken(why) => {
            return t.get(match why {
                WokenBecause::Due => "desk-woken-due",
                WokenBecause::Visitor => "desk-woken-visitor",
                WokenBecause::Agent => "desk-woken-agent",
            });
        }
        FiledLine::FollowUpDue(_) => return t.get("desk-filed-follow-up-due"),
    };
    let by = ("agent", Value::Text(agent));
    match change {
        Filing::Labelled { label } => t.with("desk-filed-labelled", &[by, ("label", Value::Text(label))]),
        Filing::Unlabelled { label } => t.with("desk-filed-unlabelled", &[by, ("label", Value::Text(label))]),
        Filing::Priority { priority } => {
            let name = PRIORITIES.iter().find(|(known, ..)| known == priority).map_or("", |(_, _, text)| text);
            t.with("desk-filed-priority", &[by, ("priority", Value::Text(&t.get(name)))])
        }
        Filing::Snoozed { .. } => t.with("desk-filed-snoozed", &[by]),
        Filing::FollowUp { note, .. } => t.with("desk-filed-follow-up", &[by, ("note", Value::Text(note))]),
        Filing::FollowUpDone { .. } => t.with("desk-filed-follow-up-done", &[by]),
        Filing::FollowUpReopened { .. } => t.with("desk-filed-follow-up-reopened", &[by]),
        Filing::Complaint { cause: None } => t.with("desk-filed-complaint", &[by]),
        Filing::Complaint { cause: Some(cause) } => {
            t.with("desk-filed-complaint-about", &[by, ("cause", Value::Text(cause))])
        }
    }
}
