//! `frustration:`: from which figure on a person is offered, what each sign counts, and the author's own words of anger.

use crate::flow::Frustration;
use crate::flow::document::{Field, FrustrationDoc, WeightsDoc};
use crate::flow::link::Linker;
use crate::flow::report::code;

/// A word weighs 1 to this.
const WEIGHT_MAX: u8 = 9;

impl Linker<'_> {
    pub(crate) fn frustration(&mut self) -> Frustration {
        let mut frustration = Frustration::default();
        let Some(node) = self.draft.frustration else { return frustration };
        let Some(doc) = self.reader.item::<FrustrationDoc>(node, "`frustration`") else { return frustration };
        frustration.offer_at = self.reader.count(doc.offer_at).unwrap_or(frustration.offer_at);
        frustration.ask_at = self.reader.count(doc.ask_at).unwrap_or(frustration.ask_at);
        if frustration.offer_at > frustration.ask_at {
            let place = self.reader.tree.place(doc.offer_at.or(doc.ask_at).map_or(node, |field| field.node));
            self.reader
                .problems
                .error(code::BAD_VALUE, place, "`offer_at` is above `ask_at`")
                .hint("a person is first offered beside the answers, and at a higher figure the bot asks");
        }
        if let Some(weights) = doc.weights.and_then(|field| self.reader.item::<WeightsDoc>(field.node, "`weights`")) {
            frustration.repeated = self.reader.count(weights.repeated).unwrap_or(frustration.repeated);
            frustration.capitals = self.reader.count(weights.capitals).unwrap_or(frustration.capitals);
            frustration.exclamations = self.reader.count(weights.exclamations).unwrap_or(frustration.exclamations);
        }
        let Some(words) = doc.words else { return frustration };
        for (weight, key, value) in self.reader.named(words.node, "`words`") {
            match weight.parse::<u8>() {
                Ok(weight) if (1..=WEIGHT_MAX).contains(&weight) => {
                    let words = self.keywords(Some(Field::at(value)), "the words");
                    frustration.words.extend(words.into_iter().map(|phrase| (weight, phrase)));
                }
                _ => {
                    let place = self.reader.tree.place(key);
                    self.reader
                        .problems
                        .error(code::BAD_VALUE, place, "words of anger stand under their weight, a number from 1 to 9")
                        .hint("write `2: |` and the words below it, one a line");
                }
            }
        }
        frustration
    }
}
