//! The desk: the pages on which agents answer, rendered on the server. Pages are pure functions of a view and of texts;
//! `assets/desk.js` swaps fragments of them when the live stream says that something changed.
//!
//! Start with `view` (what a page shows), then `layout`, then one file a page. Only `routes` knows the engine.

mod agents;
mod alerts;
mod audit;
mod card;
mod conversation;
mod device;
mod events;
mod filing;
pub mod filter;
mod icons;
mod inbox;
mod keys;
mod labels;
mod layout;
mod login;
mod markdown;
mod mentions;
mod office;
mod people;
mod person;
mod routes;
mod row;
mod search;
mod sheet;
mod steps;
mod suggested;
mod team;
mod transcript;
pub mod view;

pub use agents::agents;
pub use audit::audit;
pub use conversation::{conversation, conversation_fragment};
pub use events::events;
pub use inbox::{inbox, inbox_fragment, strip_fragment};
pub use layout::{busy, nothing_here};
pub use login::{login, reset, setup};
pub use people::people;
pub use routes::router;
pub use search::{SearchView, Searched, search};
pub use sheet::sheet;
pub use team::{team, team_fragment};

#[cfg(test)]
mod tests;
