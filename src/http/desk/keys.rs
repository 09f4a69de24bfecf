//! The keys of the desk: what each does, as a tooltip and on the sheet that `?` opens. The script presses whatever carries a
//! key's sign in `data-key`, so a new button needs nothing but that.

use maud::{Markup, html};

use crate::http::texts::{Texts, Value};

/// A key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// The next row or conversation.
    Next,
    /// The one before.
    Previous,
    /// Opens a row.
    Open,
    /// Back to the lists.
    Back,
    /// To the lists, from anywhere.
    Inbox,
    /// Takes a conversation.
    Claim,
    /// Ends the case.
    Resolve,
    /// Passes it on.
    Transfer,
    /// Gives it to the bot.
    HandBack,
    /// Writes to the visitor.
    Reply,
    /// Writes a note.
    Note,
    /// Searches: ready answers in a conversation, conversations in the lists.
    Search,
    /// Sends.
    Send,
    /// Leaves a field or closes what is open.
    Leave,
    /// Opens the sheet.
    Sheet,
}

impl Key {
    /// All keys with what they do, in the order of the sheet.
    const ALL: [(Self, &'static str); 15] = [
        (Self::Next, "desk-key-next"),
        (Self::Previous, "desk-key-previous"),
        (Self::Open, "desk-key-open"),
        (Self::Back, "desk-back"),
        (Self::Inbox, "desk-inbox"),
        (Self::Claim, "desk-claim"),
        (Self::Resolve, "desk-resolve"),
        (Self::Transfer, "desk-transfer"),
        (Self::HandBack, "desk-hand-back"),
        (Self::Reply, "desk-reply"),
        (Self::Note, "desk-note"),
        (Self::Search, "desk-key-search"),
        (Self::Send, "widget-send"),
        (Self::Leave, "desk-key-leave"),
        (Self::Sheet, "desk-keys"),
    ];

    /// What the script knows it by.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Next => "j",
            Self::Previous => "k",
            Self::Open => "Enter",
            Self::Back => "u",
            Self::Inbox => "g i",
            Self::Claim => "c",
            Self::Resolve => "e",
            Self::Transfer => "t",
            Self::HandBack => "b",
            Self::Reply => "r",
            Self::Note => "n",
            Self::Search => "/",
            Self::Send => "Ctrl Enter",
            Self::Leave => "Esc",
            Self::Sheet => "?",
        }
    }
}

/// What a thing does and its key, for a tooltip.
pub(super) fn tip(text: &str, key: Key, t: &Texts) -> String {
    t.with("desk-key-tip", &[("what", Value::Text(&t.get(text))), ("key", Value::Text(key.sign()))])
}

/// The sheet of all keys.
pub(super) fn sheet(t: &Texts) -> Markup {
    html! {
        dialog #keys .keys aria-labelledby="keys-title" {
            h2 #keys-title { (t.get("desk-keys")) }
            dl {
                @for (key, what) in Key::ALL {
                    div { dt { @for part in key.sign().split(' ') { kbd { (part) } " " } } dd { (t.get(what)) } }
                }
            }
            form method="dialog" { button.main { (t.get("desk-close")) } }
        }
    }
}
