//! What can only be seen in the linked bot as a whole. Each check stands in a file of its own and only adds problems.

use crate::flow::link::Linked;
use crate::flow::read::Reader;

/// Runs all checks.
pub(crate) fn run(_linked: &Linked, _reader: &mut Reader<'_>) {}
