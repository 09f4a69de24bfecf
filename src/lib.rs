//! Frontdesk: a rule-based chatbot that hands over to people well.
//!
//! Modules stand in the order in which they may know each other: a module imports only what stands above it.
//! Everything down to `view` is pure (no clock, files, network, environment or randomness); the world begins at `store`.
//! `tests/tidy.rs` keeps both rules.

pub mod id;
pub mod time;

pub mod text;

pub mod flow;
pub mod matcher;

pub mod bot;
pub mod dialog;

pub mod view;

pub mod store;

pub mod channel;

pub mod engine;

pub mod config;

pub mod http;

pub mod cli;
