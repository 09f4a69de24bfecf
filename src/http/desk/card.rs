//! The context card: what an agent must know, so that the visitor need not repeat it.

use maud::{Markup, html};

use super::row::{language_name, priority, since_tag};
use super::transcript::plain;
use super::view::ConversationView;
use crate::dialog::Ended;
use crate::http::texts::{Texts, Value};
use crate::view::{CardSlot, Tried};

/// The card.
pub(super) fn card(view: &ConversationView<'_>, t: &Texts) -> Markup {
    let card = &view.card;
    html! {
        h2 { (t.get("desk-card")) (priority(card.priority, t)) }
        @match &card.reason {
            Some(reason) => { p.reason dir="auto" { (reason) } }
            None => { p.faint { (t.get("desk-no-reason")) } }
        }
        @for message in &card.messages_left { p.left dir="auto" { (t.get("desk-message-left")) ": " (message) } }
        @if !card.slots.is_empty() {
            h3 { (t.get("desk-known")) }
            dl.slots { @for slot in &card.slots { (one_slot(slot, t)) } }
        }
        dl.facts {
            @if let Some(queue) = &card.queue { (fact(t, "desk-fact-queue", html! { (queue) })) }
            (fact(t, "demo-language", html! { (language_name(card.language.as_str())) }))
            @if let Some(channel) = &card.channel { (fact(t, "desk-fact-channel", html! { (channel) })) }
            @if card.misses > 0 { (fact(t, "desk-not-understood", html! { (t.number(card.misses)) })) }
            @if let Some(page) = &card.page {
                @if !page.url.is_empty() { (fact(t, "desk-fact-page", web_page(&page.url, &page.title))) }
                @if !page.referrer.is_empty() { (fact(t, "desk-fact-referrer", html! { bdi dir="ltr" { (page.referrer) } })) }
            }
        }
        @if !card.tried.is_empty() {
            h3 { (t.get("desk-tried")) }
            ul.tried { @for tried in &card.tried { (one_tried(tried, t)) } }
        }
        @if !view.earlier.is_empty() || card.earlier > 0 {
            h3 { (t.get("desk-earlier")) " " span.count { (t.number(card.earlier.max(u32::try_from(view.earlier.len()).unwrap_or(u32::MAX)))) } }
            ul.earlier {
                @for earlier in &view.earlier {
                    li { a href={ "/desk/c/" (earlier.id) } dir="auto" { (earlier.about) } " " span.faint { (since_tag(earlier.at, view.now, t)) } }
                }
            }
        }
    }
}

fn one_slot(slot: &CardSlot, t: &Texts) -> Markup {
    let name = slot.name.strip_prefix("contact.").unwrap_or(&slot.name).replace('_', " ");
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

fn one_tried(tried: &Tried, t: &Texts) -> Markup {
    match tried {
        Tried::Flow { flow, from, ended } => html! {
            li { a href={ "#e" (from) } { bdi { (flow) } } " " span.faint { (t.get(how(*ended))) } }
        },
        Tried::Service { service, call } => html! {
            li { a href={ "#e" (call) } { bdi { (service) } } " " span.faint { (t.get("desk-tried-service")) } }
        },
    }
}

fn how(ended: Option<Ended>) -> &'static str {
    match ended {
        None => "desk-tried-running",
        Some(Ended::Finished) => "desk-tried-finished",
        Some(Ended::Cancelled) => "desk-tried-cancelled",
        Some(Ended::HandedOff) => "desk-tried-handed-off",
        Some(Ended::Replaced) => "desk-tried-replaced",
        Some(Ended::Gone) => "desk-tried-gone",
        Some(Ended::Failed) => "desk-tried-failed",
    }
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
        Some(reason) => t.with("desk-card-label", &[("reason", Value::Text(reason))]),
        None => t.get("desk-card"),
    }
}
