//! What became of what was said, call by call: delivered, duplicated, out of order, lost. A platform that answered must not hear
//! the same once more; only what got no answer, or was on its way when the server was killed, may come twice.

use std::collections::BTreeMap;

use super::api::{Api, Asked};

/// The figures of one platform under one fault.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// What was said to people.
    pub(super) sent: usize,
    /// What reached them.
    pub(super) delivered: usize,
    /// What reached them once more because the platform had not answered.
    pub(super) after_no_answer: usize,
    /// What reached them once more because the server was killed while it was on its way.
    pub(super) after_a_kill: usize,
    /// What reached them once more though the platform had answered.
    pub(super) for_nothing: usize,
    /// What came after something that was said later.
    pub(super) misordered: usize,
    /// What never came, and is not said to be lost.
    pub(super) lost: usize,
    /// What never came because the platform will never take it, and is said so at the desk.
    pub(super) permanent: usize,
}

/// The head of a table of figures.
pub(super) const HEAD: &str = "platform  fault                      sent  delivered  duplicated: no answer  killed  answered  misordered  lost  permanent";

impl Tally {
    /// What became of what was said to somebody: each text is said once, and `permanent` of them are said never to arrive.
    pub(super) fn of(said: &[String], api: &Api, user: usize, permanent: &[String]) -> Self {
        let place: BTreeMap<&str, usize> = said.iter().enumerate().map(|(at, text)| (text.as_str(), at)).collect();
        assert_eq!(place.len(), said.len(), "each text is said once: {said:?}");
        let calls = api.calls_for(user);
        // Where buttons are lines, they stand below.
        let said_at = |text: &str| place.get(text.lines().next()?).copied();
        let came: Vec<(usize, &Asked)> =
            calls.iter().filter_map(|(text, asked)| Some((said_at(text)?, asked))).collect();
        let mut tally = Self { sent: said.len(), ..Self::default() };
        for (at, text) in said.iter().enumerate() {
            let copies: Vec<usize> = (0..came.len()).filter(|call| came[*call].0 == at).collect();
            match (copies.is_empty(), permanent.contains(text)) {
                (false, _) => tally.delivered += 1,
                (true, true) => tally.permanent += 1,
                (true, false) => tally.lost += 1,
            }
            for pair in copies.windows(2) {
                let ((_, first), (_, next)) = (came[pair[0]], came[pair[1]]);
                // The last thing that one server did for somebody, done by the next server once more.
                let last_of_its_run = pair[1] == pair[0] + 1 && first.run != next.run;
                match (first.answered, last_of_its_run) {
                    (false, _) => tally.after_no_answer += 1,
                    (true, true) => tally.after_a_kill += 1,
                    (true, false) => tally.for_nothing += 1,
                }
            }
        }
        tally.misordered = came.windows(2).filter(|pair| pair[0].0 > pair[1].0).count();
        tally
    }

    /// Both together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            delivered: self.delivered + other.delivered,
            after_no_answer: self.after_no_answer + other.after_no_answer,
            after_a_kill: self.after_a_kill + other.after_a_kill,
            for_nothing: self.for_nothing + other.for_nothing,
            misordered: self.misordered + other.misordered,
            lost: self.lost + other.lost,
            permanent: self.permanent + other.permanent,
        }
    }

    /// A line under `HEAD`.
    pub(super) fn line(&self, platform: &str, fault: &str) -> String {
        format!(
            "{platform:<9} {fault:<26} {:>4}  {:>9}  {:>21}  {:>6}  {:>8}  {:>10}  {:>4}  {:>9}",
            self.sent,
            self.delivered,
            self.after_no_answer,
            self.after_a_kill,
            self.for_nothing,
            self.misordered,
            self.lost,
            self.permanent
        )
    }
}

/// Prints a table.
#[expect(clippy::print_stdout, reason = "the figures are worth reading: --nocapture shows them")]
pub(super) fn print(lines: &[String]) {
    println!("{HEAD}\n{}", lines.join("\n"));
}
