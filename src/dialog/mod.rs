//! The conversation as a pure machine: `decide` says what follows from an input, `apply` records it. Neither knows a clock,
//! a store or a network; both are deterministic, so that a conversation can be replayed.

#![deny(clippy::disallowed_methods)]

mod attachment;
mod because;
mod delivery;
mod event;
mod input;
mod message;
mod state;

mod apply;
mod budget;
mod deadline;

mod decide;
mod turn;

mod listen;
mod small_talk;

mod answer;
mod correct;

mod walk;
mod wishes;

mod step;

mod handoff;

mod filing;

mod agent;
mod assist;
mod reason;
mod sent;
mod taken_back;

mod rehearsal;
mod script;

pub use assist::{ReadyReply, Suggestion, ready_replies, suggestions};
pub use attachment::*;
pub use because::*;
pub(crate) use budget::bytes_of;
pub use deadline::*;
pub use decide::{Decision, MESSAGE_CHARS_MAX, Refused, decide};
pub use delivery::*;
pub use event::*;
pub use filing::*;
pub use handoff::AGENT_SILENT;
pub use input::*;
pub use message::*;
pub use reason::reason_in;
pub use rehearsal::{Rehearsal, Setting};
pub use script::{Failure, rehearse, run_test};
pub use state::*;
pub use taken_back::without_words;
pub use turn::readable;
