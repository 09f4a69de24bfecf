//! `replies:`: ready answers of agents. They are texts that visitors read, and so are translated as all others.

use indexmap::IndexMap;

use crate::flow::Text;
use crate::flow::link::Linker;

impl Linker<'_> {
    pub(crate) fn replies(&mut self) -> IndexMap<String, Text> {
        let mut replies = IndexMap::new();
        for (name, (_, value)) in self.draft.replies.clone() {
            if let Some(text) = self.reader.text(value, "a ready answer") {
                replies.insert(name, text);
            }
        }
        replies
    }
}
