//! The one test binary: everything that needs more than one module, or the world.

// Clippy knows test functions; the helpers beside them are tests as well.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod assist;
mod browser;
mod channels;
mod cli_authors;
mod cli_server;
mod conversations;
mod dialog;
mod dialog_apps;
mod dialog_filing;
mod dialog_limits;
mod dialog_masks;
mod directline;
mod events;
mod guide;
mod hearing;
mod http_agent;
mod http_assist;
mod http_before;
mod http_desk;
mod http_directline;
mod http_directline_stream;
mod http_files;
mod http_filing;
mod http_hostile;
mod http_identity;
mod http_people;
mod http_rest;
mod http_search;
mod http_signals;
mod http_trouble;
mod http_visitor;
mod http_widget;
mod openapi;
mod search_crash;
mod sentences;
mod store_crash;
mod support;
mod tidy;
mod understanding;
