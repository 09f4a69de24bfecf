//! Logging in, and making the first account.

use maud::{Markup, html};

use super::layout::bare_page;
use crate::http::texts::Texts;

/// The login page.
pub fn login(t: &Texts) -> Markup {
    let title = t.get("desk-login-title");
    bare_page(
        &title,
        t,
        &html! {
            h1 { (title) }
            form.stack data-api="/api/agent/login" data-then="/desk" {
                (field(t, "desk-email", "email", "email", "username"))
                (field(t, "desk-password", "password", "password", "current-password"))
                p.error role="alert" {}
                button.main { (t.get("desk-log-in")) }
            }
        },
    )
}

/// The page behind the one-time link. The token stands behind `#`, so that it reaches no log; the script adds it.
pub fn setup(t: &Texts) -> Markup {
    let title = t.get("desk-setup-title");
    bare_page(
        &title,
        t,
        &html! {
            h1 { (title) }
            p { (t.get("desk-setup-lead")) }
            p #incomplete .error hidden { (t.get("desk-setup-incomplete")) }
            form #setup .stack data-api="/api/agent/setup" data-then="/desk" {
                input type="hidden" name="token";
                (field(t, "desk-name", "name", "text", "name"))
                (field(t, "desk-email", "email", "email", "username"))
                (field(t, "desk-password", "password", "password", "new-password"))
                p.hint { (t.get("desk-password-hint")) }
                label.check { input type="checkbox" name="available" value="true" data-as="boolean" checked; span { (t.get("desk-presence")) } }
                p.error role="alert" {}
                button.main { (t.get("desk-setup-create")) }
            }
        },
    )
}

/// The page behind a link to set a new password.
pub fn reset(t: &Texts) -> Markup {
    let title = t.get("desk-reset-title");
    bare_page(
        &title,
        t,
        &html! {
            h1 { (title) }
            p #incomplete .error hidden { (t.get("desk-setup-incomplete")) }
            form #setup .stack data-api="/api/agent/reset" data-then="/desk" {
                input type="hidden" name="token";
                (field(t, "desk-new-password", "password", "password", "new-password"))
                p.hint { (t.get("desk-password-hint")) }
                p.error role="alert" {}
                button.main { (t.get("desk-set-password")) }
            }
        },
    )
}

fn field(t: &Texts, label: &str, name: &str, kind: &str, complete: &str) -> Markup {
    let shortest = (complete == "new-password").then_some("10");
    let longest = (name == "name").then_some("80");
    html! {
        label {
            span { (t.get(label)) }
            input name=(name) type=(kind) autocomplete=(complete) minlength=[shortest] maxlength=[longest] dir=[(kind == "email").then_some("ltr")] required;
        }
    }
}
