//! What the bot would have answered, above the place where the agent writes. A press puts it there; nothing is sent by it.

use maud::{Markup, html};

use super::steps::percent;
use super::view::ConversationView;
use crate::http::texts::Texts;

/// The suggestions.
pub(super) fn suggested(view: &ConversationView<'_>, t: &Texts) -> Markup {
    html! {
        @if !view.suggested.is_empty() {
            h2.vh { (t.get("desk-suggested")) }
            ul {
                @for (number, suggestion) in view.suggested.iter().enumerate() {
                    li {
                        button #{ "suggested-" (number) } type="button" data-insert=(suggestion.text) title=(t.get("desk-suggested-use")) {
                            span.about { bdi { (suggestion.label) } " · " (percent(suggestion.confidence, t)) }
                            span.text dir="auto" { (suggestion.text) }
                        }
                    }
                }
            }
        }
    }
}
