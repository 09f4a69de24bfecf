//! What is computed from conversations and their events: index rows, the queue, the transcript, the context card. Pure
//! folds: no clock, no store, no network; whoever calls brings the events and the time.

#![deny(clippy::disallowed_methods)]

mod card;
mod facts;
mod filed;
mod queue;
mod rows;
mod searched;
mod steps;
mod summary;
pub mod told;
mod transcript;

pub use card::{CardSlot, ContextCard, Tried, card};
pub use facts::{Facts, Standing};
pub use filed::FiledLine;
pub use queue::{Estimate, QueueView, Sample, Stay, Waiting, samples, stays};
pub use rows::{IndexKey, IndexRow, part, prefix, rows};
pub use searched::{SearchedLine, Speaker, search_word, searched, searched_words};
pub use steps::{Step, Steps, steps};
pub use summary::{Summary, queue_of, summary};
pub use transcript::{
    AgentLine, AgentLineKind, Folded, Status, VisitorLine, VisitorLineKind, agent_lines, visitor_line, visitor_lines,
};
