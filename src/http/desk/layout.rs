//! What all pages of the desk have around them: head, navigation, presence, language, and the place for errors.

use maud::{DOCTYPE, Markup, html};

use super::alerts::alerts;
use super::keys::{self, Key, tip};
use super::view::{Rank, Viewer};
use crate::http::texts::{Texts, languages};

/// Which entry of the navigation is the current page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The lists.
    Inbox,
    /// The search.
    Search,
    /// One conversation.
    Conversation,
    /// The people who write.
    People,
    /// What supervisors oversee.
    Team,
    /// The accounts.
    Agents,
    /// What was done.
    Audit,
    /// What the owner's own systems hear of.
    Events,
}

/// A page for somebody who is logged in.
pub(super) fn page(title: &str, place: Place, viewer: &Viewer, t: &Texts, main: &Markup) -> Markup {
    let entry = |href: &str, id: &str, here: bool| html! { a href=(href) title=[(href == "/desk").then(|| tip(id, Key::Inbox, t))] data-key=[(href == "/desk").then(|| Key::Inbox.sign())] aria-current=[here.then_some("page")] { (t.get(id)) } };
    let body = html! {
        a.skip href="#main" { (t.get("desk-skip")) }
        header.top {
            a.brand href="/desk" { "Frontdesk" }
            nav aria-label=(t.get("desk-navigation")) {
                (entry("/desk", "desk-inbox", place == Place::Inbox))
                (entry("/desk/search", "desk-search", place == Place::Search))
                (entry("/desk/people", "desk-people", place == Place::People))
                @if viewer.rank >= Rank::Supervisor { (entry("/desk/team", "desk-supervise", place == Place::Team)) }
                @if viewer.rank >= Rank::Admin {
                    (entry("/desk/agents", "desk-agents", place == Place::Agents))
                    (entry("/desk/audit", "desk-audit", place == Place::Audit))
                    @if viewer.endpoints { (entry("/desk/events", "desk-events", place == Place::Events)) }
                }
            }
            (alerts(t))
            div.me {
                (presence(viewer, t))
                details.menu {
                    summary { bdi { (viewer.agent.name) } }
                    div.sheet {
                        (language(t))
                        button #keys-open .plain type="button" data-key=(Key::Sheet.sign()) title=(tip("desk-keys", Key::Sheet, t)) { (t.get("desk-keys")) }
                        (telegram(viewer, t))
                        form data-api="/api/agent/logout" data-then="/desk/login" { button.plain { (t.get("desk-log-out")) } }
                    }
                }
            }
        }
        p #lost role="status" hidden { (t.get("desk-lost")) }
        main #main .(if place == Place::Conversation { "wide" } else { "lists" }) tabindex="-1" { (main) }
    };
    document(title, t, Some(viewer), &html! { (body) (keys::sheet(t)) })
}

/// The page of an address that leads nowhere, or nowhere that the viewer may see.
pub fn nothing_here(viewer: &Viewer, t: &Texts) -> Markup {
    let title = t.get("desk-nothing-here");
    let main = html! {
        h1 { (title) }
        p { a href="/desk" { (t.get("desk-back")) } }
    };
    page(&title, Place::Inbox, viewer, t, &main)
}

/// The page of somebody who should look again a little later.
pub fn busy(viewer: &Viewer, t: &Texts) -> Markup {
    let title = t.get("desk-busy");
    let main = html! {
        h1 { (title) }
        p role="status" { (t.get("desk-error-archive-busy")) }
        // An empty address is the page itself, with all that was asked for.
        p { a href="" { (t.get("widget-retry")) } }
    };
    page(&title, Place::Search, viewer, t, &main)
}

/// A page for somebody who is not logged in.
pub(super) fn bare_page(title: &str, t: &Texts, main: &Markup) -> Markup {
    let body = html! {
        main #main .bare {
            p.brand { "Frontdesk" }
            (main)
            (language(t))
        }
    };
    document(title, t, None, &body)
}

fn document(title: &str, t: &Texts, viewer: Option<&Viewer>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(t.language()) dir=(t.direction().as_str()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Frontdesk" }
                link rel="stylesheet" href="/assets/desk.css";
                link rel="icon" href="data:,";
                script src="/assets/desk.js" defer {}
            }
            body data-csrf=[viewer.map(|v| v.csrf.as_str())] data-failed=(t.get("desk-failed")) data-errors=(errors(t)) data-texts=(live_texts(t)) data-agent=[viewer.map(|v| v.agent.id)] data-live[viewer.is_some()] {
                (body)
                div #toast role="alert" {}
            }
        }
    }
}

/// The sentences for the API's errors by their codes, for the script: the API speaks English only.
fn errors(t: &Texts) -> String {
    serde_json::to_string(&t.errors()).unwrap_or_default()
}

/// What the script says while a page is open.
fn live_texts(t: &Texts) -> String {
    serde_json::to_string(&t.live()).unwrap_or_default()
}

fn presence(viewer: &Viewer, t: &Texts) -> Markup {
    let (state, next) = if viewer.available { ("desk-available", "away") } else { ("desk-away", "available") };
    html! {
        form data-api="/api/agent/presence" data-then="reload" {
            input type="hidden" name="status" value=(next);
            button #presence .presence role="switch" aria-checked=(if viewer.available { "true" } else { "false" }) aria-label=(t.get("desk-presence")) {
                span.switch aria-hidden="true" {}
                (t.get(state))
            }
        }
    }
}

/// The agent's own link with Telegram, where the desk is there too.
fn telegram(viewer: &Viewer, t: &Texts) -> Markup {
    html! {
        @match viewer.telegram {
            None => {}
            Some(true) => form data-api="/api/agent/me/telegram" data-method="DELETE" data-then="reload" {
                button.plain { (t.get("desk-telegram-unlink")) }
            },
            Some(false) => form data-api="/api/agent/me/telegram" data-show="link" data-or="say" {
                button.plain { (t.get("desk-telegram-link")) }
                output {}
            },
        }
    }
}

fn language(t: &Texts) -> Markup {
    html! {
        label.language {
            span { (t.get("demo-language")) }
            select #language {
                @for (tag, name) in languages() {
                    option value=(tag) lang=(tag) selected[tag == t.language()] { (name) }
                }
            }
        }
    }
}
