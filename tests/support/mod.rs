//! Helpers of the test binary.

pub(crate) mod server;
pub(crate) mod troubled;
