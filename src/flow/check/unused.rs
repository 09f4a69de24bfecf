//! Things that are defined and that nothing uses: most often a misspelt name somewhere else.

use crate::flow::link::{DESK, Linked, What};
use crate::flow::read::Reader;
use crate::flow::report::code;

pub(super) fn run(linked: &Linked, reader: &mut Reader<'_>) {
    for ((what, name), key) in &linked.defined {
        let key_used = linked.used.contains(&(*what, name.clone()));
        let used = match what {
            // A flow is used if something starts it, or if it stands in the place of a built-in one.
            What::Flow => {
                let flow = linked.program.flows.get(name.as_str());
                key_used
                    || flow.is_none_or(|flow| !flow.start_on.is_empty())
                    || ["take_message", "did_you_mean", "anything_else"].contains(&name.as_str())
            }
            // The default queue takes whoever asks for a person.
            What::Queue => key_used || linked.program.default_queue.as_str() == name || name == DESK,
            _ => key_used,
        };
        if !used {
            let place = reader.tree.place(*key);
            reader.problems.warning(code::UNUSED, place, format!("nothing uses the {} \"{name}\"", what.noun()));
        }
    }
}
