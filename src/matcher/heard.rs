//! Hearing the built-in intents, above all the wish for a person: they stand beside the author's intents, and no rule of an author
//! shadows them.

use crate::flow::Builtin;

use super::rank::{EXACT, MISTYPED, covered, weights};
use super::{Findings, Heard, HeardBy, Matcher, Target};

/// Built-in intents below this are not told.
const HEARD_FROM: f64 = 0.45;

impl Matcher {
    /// The built-in intents: heard in a whole message surely, in a longer one if what is around them leaves little doubt. A person is
    /// heard more easily than the others, because a visitor who is stuck costs more than a needless question.
    pub(super) fn heard(&self, typed: &Findings, corrected: Option<&Findings>) -> HeardBy {
        let mut heard = HeardBy::new();
        for found in std::iter::once(typed).chain(corrected) {
            let factor = MISTYPED.powi(i32::try_from(found.mistyped).unwrap_or(i32::MAX));
            let weights = weights(&found.words);
            let mut add = |builtin: Builtin, confidence: f64, whole: bool| {
                let known = heard.entry(builtin).or_insert(Heard { confidence: 0.0, whole: false });
                known.confidence = known.confidence.max(confidence * factor);
                known.whole |= whole;
            };
            let mut sure = Vec::new();
            for (number, first, end) in &found.builtin {
                let builtin = self.builtins[*number as usize];
                if found.starts.contains(first) && found.ends.contains(end) {
                    sure.push(builtin);
                    add(builtin, EXACT, true);
                }
            }
            let is_out = |builtin: Builtin| {
                !sure.contains(&builtin)
                    && typed.keywords.iter().chain(&found.keywords).any(|hit| {
                        let rule = &self.keyword_rules[hit.rule as usize];
                        rule.excludes && rule.target == Target::Builtin(builtin)
                    })
            };
            for (number, first, end) in &found.builtin {
                let builtin = self.builtins[*number as usize];
                let part = covered(std::slice::from_ref(&(*first..*end)), &weights);
                let confidence = match builtin {
                    Builtin::Human if end - first >= 3 => 0.76 + 0.22 * part,
                    _ => 0.25 + 0.65 * part,
                };
                if !is_out(builtin) && confidence >= HEARD_FROM {
                    add(builtin, confidence, false);
                }
            }
            for hit in &found.keywords {
                let rule = &self.keyword_rules[hit.rule as usize];
                let Target::Builtin(builtin) = rule.target else { continue };
                let part = covered(std::slice::from_ref(&(hit.first..hit.end)), &weights);
                let confidence = match builtin {
                    Builtin::Human => 0.8 + 0.18 * part,
                    _ => 0.5 + 0.45 * part,
                };
                if !rule.excludes && !is_out(builtin) {
                    add(builtin, confidence, false);
                }
            }
        }
        heard
    }
}
