//! The context card: what an agent must know, so that the visitor need not repeat it.

use maud::{Markup, html};

use super::device::device;
use super::person::person;
use super::row::{language_name, priority, since_tag};
use super::sheet::fact_name;
use super::transcript::plain;
use super::view::ConversationView;
use crate::http::texts::{Texts, Value};
use crate::id::EventNo;
use crate::view::{CardSlot, Tried, told};

/// The card.
pub(super) fn card(view: &ConversationView<'_>, t: &Texts) -> Markup {
    let card = &view.card;
    html! {
        h2 { (t.get("desk-card")) (priority(card.priority, t)) }
        p.person {
            a href={ "/desk/p/" (view.whose.id) } { (t.get("desk-person-open")) @if let Some(name) = &view.whose.name { ": " bdi { (name) } } }
            @if view.whose.blocked { " " span.chip.hot #blocked { (t.get("desk-blocked")) } }
            @if view.whose.contacts > 1 { " " span.chip { (t.get("desk-person-merged")) } }
        }
        @match &card.reason {
            Some(reason) => { p.reason dir="auto" { (view.labels.reason(reason)) } }
            None => { p.faint { (t.get("desk-no-reason")) } }
        }
        (person(&view.person, t))
        @for message in &card.messages_left { p.left dir="auto" { (t.get("desk-message-left")) ": " (message) } }
        (slots("desk-known", card.slots.iter().filter(|slot| !of_person(slot)), t))
        (slots("desk-person", card.slots.iter().filter(|slot| of_person(slot)), t))
        dl.facts {
            @if let Some(queue) = &card.queue { (fact(t, "desk-fact-queue", html! { (view.labels.queue(queue)) })) }
            (fact(t, "demo-language", html! { (language_name(card.language.as_str())) }))
            @if let Some(channel) = &card.channel { (fact(t, "desk-fact-channel", html! { (channel) })) }
            @if let Some(invite) = &card.invite { (fact(t, "desk-fact-invite", html! { bdi { (invite) } })) }
            @if card.misses > 0 { (fact(t, "desk-not-understood", html! { (t.number(card.misses)) })) }
            @if let Some(page) = &card.page {
                @if !page.url.is_empty() { (fact(t, "desk-fact-page", web_page(&page.url, &page.title))) }
                @if let Some(device) = device(&page.agent) {
                    (fact(t, "desk-fact-device", html! { bdi title=(page.agent) { (device) } }))
                }
                @if !page.referrer.is_empty() { (fact(t, "desk-fact-referrer", html! { bdi dir="ltr" { (page.referrer) } })) }
            }
        }
        @if !card.tried.is_empty() {
            h3 { (t.get("desk-tried")) }
            ul.tried { @for tried in &card.tried { (one_tried(tried, view, t)) } }
        }
        @if !view.earlier.is_empty() || card.earlier > 0 {
            h3 { (t.get("desk-earlier")) " " span.count { (t.number(card.earlier.max(u32::try_from(view.earlier.len()).unwrap_or(u32::MAX)))) } }
            ul.earlier {
                @for earlier in &view.earlier {
                    li { a href={ "/desk/c/" (earlier.id) } dir="auto" { (view.labels.reason(&earlier.about)) } " " span.faint { (since_tag(earlier.at, view.now, t)) } }
                }
            }
        }
    }
}

/// Whether a value is known of the person, and not of this case.
fn of_person(slot: &CardSlot) -> bool {
    slot.name.starts_with("contact.")
}

fn slots<'a>(title: &str, slots: impl Iterator<Item = &'a CardSlot>, t: &Texts) -> Markup {
    let slots: Vec<_> = slots.map(|slot| one_slot(slot, t)).collect();
    html! {
        @if !slots.is_empty() {
            h3 { (t.get(title)) }
            dl.slots { @for slot in &slots { (slot) } }
        }
    }
}

fn one_slot(slot: &CardSlot, t: &Texts) -> Markup {
    let name = match slot.name.strip_prefix("contact.") {
        Some(fact) => fact_name(fact, t),
        None => slot.name.replace('_', " "),
    };
    let value = plain(&slot.value);
    html! {
        div {
            dt { bdi { (name) } }
            dd {
                bdi { (value) }
                @if !slot.sensitive && !slot.said.is_empty() && slot.said != value { " " span.faint { "“" bdi { (slot.said) } "”" } }
                @if let Some(from) = slot.from { " " a.from href={ "#e" (from) } { (t.get("desk-slot-from")) } }
            }
        }
    }
}

fn one_tried(tried: &Tried, view: &ConversationView<'_>, t: &Texts) -> Markup {
    let labels = &view.labels;
    match tried {
        Tried::Flow { flow, from, ended } => html! {
            li { a href={ "#e" (line_of(*from, view)) } { bdi { (labels.flow(flow, t)) } } " " span.faint { (t.get(told::ended(*ended))) } }
        },
        Tried::Service { service, call } => html! {
            li { a href={ "#e" (line_of(*call, view)) } { bdi { (labels.service(service)) } } " " span.faint { (t.get("desk-tried-service")) } }
        },
    }
}

/// The line under which a step of the bot is told.
fn line_of(step: EventNo, view: &ConversationView<'_>) -> EventNo {
    let before = view.steps.range(..=step).next_back().or_else(|| view.steps.first_key_value());
    before.map_or(step, |(line, _)| *line)
}

fn fact(t: &Texts, label: &str, value: Markup) -> Markup {
    html! { div { dt { (t.get(label)) } dd { (value) } } }
}

/// The address came from a visitor's browser: it is a link only if it leads to the web.
fn web_page(url: &str, title: &str) -> Markup {
    let text = if title.is_empty() { url } else { title };
    html! {
        @if url.starts_with("https://") || url.starts_with("http://") {
            a href=(url) target="_blank" rel="noopener noreferrer" dir="auto" title=(url) { (text) }
        } @else {
            bdi { (text) }
        }
    }
}

/// The label of the folded card on small screens: the reason, so that it need not be opened.
pub(super) fn card_label(view: &ConversationView<'_>, t: &Texts) -> String {
    match &view.card.reason {
        Some(reason) => t.with("desk-card-label", &[("reason", Value::Text(&view.labels.reason(reason)))]),
        None => t.get("desk-card"),
    }
}
