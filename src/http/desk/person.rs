//! Who the visitor is, as the page said on which they write: proved, claimed, or told without anybody vouching for it.

use maud::{Markup, html};

use crate::engine::Person;
use crate::http::texts::Texts;

/// What a card shows of it; nothing where the page said nothing.
pub(super) fn person(person: &Person, t: &Texts) -> Markup {
    html! {
        @if let Some(id) = &person.identity {
            p.who.verified { strong { (t.get("desk-verified")) } " " bdi { (id) } }
        } @else if person.claimed.is_some() || !person.given.is_empty() {
            p.who.unverified {
                strong { (t.get("desk-not-verified")) }
                @if let Some(id) = &person.claimed { " " bdi { (id) } }
            }
        }
        @if !person.attributes.is_empty() {
            h3 title=(t.get("desk-told-by-page-why")) { (t.get("desk-told-by-page")) }
            dl.slots.told {
                @for (name, value) in &person.attributes { div { dt { bdi { (name) } } dd dir="auto" { (value) } } }
            }
        }
    }
}
