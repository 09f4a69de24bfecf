//! Helpers of the test binary.

pub(crate) mod server;
