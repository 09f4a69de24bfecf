//! One file for each kind of step: how the walk meets it, how its question sounds, and what an answer to it means.

pub(super) mod ask;
pub(super) mod call;
pub(super) mod choose;
pub(super) mod confirm;
pub(super) mod handoff;
pub(super) mod rate;
pub(super) mod retry;
pub(super) mod say;
pub(super) mod set;
