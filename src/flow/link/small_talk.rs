//! `use: [small_talk]`: the ready intents, where the author has none of the same name.

use indexmap::IndexMap;

use crate::flow::builtin::small_talk;
use crate::flow::document::{Field, READY, Words};
use crate::flow::link::{Linker, What};
use crate::flow::program::{Intent, SmallTalk};
use crate::flow::report::code;
use crate::flow::tree::shown;
use crate::id::IntentName;

impl Linker<'_> {
    /// Reads `use:`, before any name is looked up.
    pub(crate) fn read_use(&mut self) {
        for node in self.draft.used.clone() {
            for (name, node) in self.reader.words(Field::<Words>::at(node), "a ready part") {
                if READY.contains(&name.as_str()) {
                    self.small_talk = true;
                    continue;
                }
                let hint = self.reader.problems.did_you_mean(&name, READY.iter().copied());
                let place = self.reader.tree.place(node);
                self.reader
                    .problems
                    .error(code::UNKNOWN_NAME, place, format!("there is no ready part \"{}\"", shown(&name)))
                    .hint(hint.unwrap_or_else(|| format!("there is {}", READY.join(", "))));
            }
        }
        if self.small_talk {
            self.names.entry(What::Intent).or_default().extend(small_talk::names().map(str::to_owned));
        }
    }

    /// Adds the intents that the author did not write himself, and gives what is said to each.
    pub(crate) fn small_talk_intents(
        &mut self,
        intents: &mut IndexMap<IntentName, Intent>,
    ) -> IndexMap<IntentName, SmallTalk> {
        let mut talk = IndexMap::new();
        if !self.small_talk {
            return talk;
        }
        for (intent, said) in small_talk::entries() {
            if !self.draft.intents.contains_key(intent.name.as_str()) {
                intents.insert(intent.name.clone(), intent.clone());
                talk.insert(intent.name.clone(), said.clone());
            }
        }
        talk
    }
}

/// What to write for an intent that is ready and was not asked for.
pub(crate) fn hint(name: &str) -> Option<String> {
    small_talk::names()
        .any(|ready| ready == name)
        .then(|| "write `use: [small_talk]` on top of a file to have it".to_owned())
}
