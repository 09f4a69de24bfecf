//! Helpers of the test binary.

pub(crate) mod process;
pub(crate) mod server;
pub(crate) mod talk;
pub(crate) mod troubled;
