//! The one test binary: everything that needs more than one module, or the world.

// Clippy knows test functions; the helpers beside them are tests as well.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod browser;
mod conversations;
mod dialog;
mod guide;
mod store_crash;
mod tidy;
