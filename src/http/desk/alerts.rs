//! The menu of what makes itself heard: sound, and notifications of the browser, which are asked for by a press and never by
//! the page. What is chosen is kept by the browser; the script does the rest.

use maud::{Markup, html};

use crate::http::texts::Texts;

/// The menu.
pub(super) fn alerts(t: &Texts) -> Markup {
    html! {
        details.menu #alerts {
            summary #alerts-menu title=(t.get("desk-alerts")) aria-label=(t.get("desk-alerts")) {
                svg.icon viewBox="0 0 16 16" width="18" height="18" aria-hidden="true" focusable="false" {
                    path d="M3 12h10l-1.500-2V7a3.500 3.500 0 0 0-7 0v3zM6.500 14h3" {}
                    path.muted d="M2 2l12 12" {}
                }
            }
            div.sheet {
                label.check { input type="checkbox" name="sound"; span { (t.get("desk-alert-sound")) } }
                label.check { input type="checkbox" name="desktop"; span { (t.get("desk-alert-desktop")) } }
                p #alerts-state .hint role="status" {}
                button #alerts-ask .plain type="button" hidden { (t.get("desk-alert-allow")) }
            }
        }
    }
}
