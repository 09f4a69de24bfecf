//! Small drawings that say who speaks, beside the words that say it too. They take the colour of the text.

use maud::{Markup, html};

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Icon {
    /// A visitor.
    Visitor,
    /// The bot.
    Bot,
    /// An agent.
    Agent,
    /// A note.
    Note,
    /// A message that was left.
    Left,
    /// Steps of the bot.
    Steps,
}

/// A drawing. It has no name of its own: the words beside it have.
pub(super) fn icon(icon: Icon) -> Markup {
    let path = match icon {
        Icon::Visitor => "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-6 6c0-3 2.5-4.500 6-4.500s6 1.500 6 4.500",
        Icon::Bot => "M3 6h10v7H3zM8 6V3M6 9v1M10 9v1M1.500 8.500v2M14.500 8.500v2",
        Icon::Agent => "M3 9V8a5 5 0 0 1 10 0v1M2 9h2v4H2zM12 9h2v4h-2zM13 13c0 1.500-1.500 2-4 2",
        Icon::Note => "M3 13l.8-3.200L11 2.600l2.400 2.400-7.200 7.200zM9.500 4.100l2.400 2.400",
        Icon::Left => "M2 4h12v9H2zM2 4l6 5 6-5",
        Icon::Steps => "M5 4h9M5 8h9M5 12h9M2 4h.01M2 8h.01M2 12h.01",
    };
    html! {
        svg.icon viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false" { path d=(path) {} }
    }
}
