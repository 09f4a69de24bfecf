//! The conversation as a pure machine: `decide` says what follows from an input, `apply` records it. Neither knows a clock,
//! a store or a network; both are deterministic, so that a conversation can be replayed.

#![deny(clippy::disallowed_methods)]

mod apply;
mod deadline;
mod event;
mod input;
mod state;

pub use deadline::*;
pub use event::*;
pub use input::*;
pub use state::*;
