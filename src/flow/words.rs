//! The words of the built-in kinds (days, months, numbers, currencies …) in the languages that ship, as typed data. They stand
//! in the files beside this module under `entities:`; the recognisers in `matcher` give them their meaning.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The languages that ship, in a fixed order.
pub const SHIPPED: [&str; 5] = ["en", "cy", "fil", "fa", "el"];

/// The words of one language. A list is empty where a language has no such word.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct KindWords {
    /// Words around a name.
    pub name: Before,
    /// What opens a correction, such as "no, I meant".
    pub correction: Before,
    /// Days, months and what stands around them.
    pub date: DateWords,
    /// Times of day and what stands around them.
    pub time: TimeWords,
    /// Number words that stand for themselves: 0 to 20, the tens, and larger ones.
    pub numbers: BTreeMap<u32, Vec<String>>,
    /// Number words that only stand right before what is counted, such as "can punt".
    pub numbers_before_nouns: BTreeMap<u32, Vec<String>>,
    /// Words that multiply the number before them: 100, 1,000, 1,000,000.
    pub number_multipliers: BTreeMap<u32, Vec<String>>,
    /// Scores that follow a number up to nineteen: "pump ar hugain" is 25.
    pub number_scores: BTreeMap<u32, Vec<String>>,
    /// What may stand between the parts of a number.
    pub number_joiners: Vec<String>,
    /// "dozen", and "half a dozen".
    pub dozen: Vec<String>,
    /// Half of it.
    pub half_dozen: Vec<String>,
    /// "the second one", 1 to 10.
    pub ordinals: BTreeMap<u32, Vec<String>>,
    /// "the last one".
    pub last: Vec<String>,
    /// Words, codes and signs by currency code.
    pub currencies: BTreeMap<String, Vec<String>>,
    /// The hundredth of a currency by its code: "pence".
    pub hundredths: BTreeMap<String, Vec<String>>,
    /// Words before a number that make it the number of an order or the like, and none of a telephone.
    pub identifiers: Vec<String>,
    /// How the signs of an e-mail address are spoken.
    pub email: EmailWords,
    /// Templates of whole messages that mean yes.
    #[serde(skip)]
    pub yes: Vec<String>,
    /// Templates of whole messages that mean no.
    #[serde(skip)]
    pub no: Vec<String>,
}

/// Words that stand before something.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Before {
    /// The words.
    pub before: Vec<String>,
}

/// Words for the signs of an e-mail address.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct EmailWords {
    /// `@`
    pub at: Vec<String>,
    /// `.`
    pub dot: Vec<String>,
}

/// Words of days.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct DateWords {
    pub today: Vec<String>,
    pub tomorrow: Vec<String>,
    pub day_after_tomorrow: Vec<String>,
    pub yesterday: Vec<String>,
    pub day_before_yesterday: Vec<String>,
    pub next: Vec<String>,
    pub this: Vec<String>,
    pub last: Vec<String>,
    #[serde(rename = "in")]
    pub within: Vec<String>,
    pub ago: Vec<String>,
    /// After a length of time: "from now", "later".
    pub later: Vec<String>,
    /// Between a length of time and the day it is counted from: "a week on Friday".
    pub counted_from: Vec<String>,
    /// "a", for one.
    pub articles: Vec<String>,
    /// Lengths of time that are one word, in days: "fortnight".
    pub spans: BTreeMap<u32, Vec<String>>,
    pub start_of: Vec<String>,
    pub end_of: Vec<String>,
    pub weekend: Vec<String>,
    /// Before the first day of a range.
    pub from: Vec<String>,
    /// Before the last day of a range.
    pub until: Vec<String>,
    pub of: Vec<String>,
    /// Names of days and months that are ordinary words too.
    pub common_words: Vec<String>,
    /// Words before which such a name is a day.
    pub before: Vec<String>,
    /// Words that may follow a date whose month is such a name.
    pub after: Vec<String>,
    pub ordinal_suffix: Vec<String>,
    pub ordinal_prefix: Vec<String>,
    pub units: BTreeMap<String, Vec<String>>,
    pub weekdays: BTreeMap<String, Vec<String>>,
    pub months: BTreeMap<u32, Vec<String>>,
    pub months_solar_hijri: BTreeMap<u32, Vec<String>>,
}

/// Words of times.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct TimeWords {
    pub now: Vec<String>,
    pub noon: Vec<String>,
    pub midnight: Vec<String>,
    pub am: Vec<String>,
    pub pm: Vec<String>,
    /// Parts of `pm` at which twelve is midnight.
    pub night: Vec<String>,
    /// As `am`, but only beside a day: "tomorrow morning".
    pub morning: Vec<String>,
    /// As `pm`, but only beside a day.
    pub evening: Vec<String>,
    pub oclock: Vec<String>,
    pub half_past: Vec<String>,
    /// Half past an hour in one word.
    pub half_hours: BTreeMap<u32, Vec<String>>,
    /// A length of time.
    pub half_an_hour: Vec<String>,
    /// After a number of hours.
    pub and_a_half: Vec<String>,
    pub quarter_past: Vec<String>,
    pub quarter_to: Vec<String>,
    pub past: Vec<String>,
    pub to: Vec<String>,
    pub at: Vec<String>,
    pub units: BTreeMap<String, Vec<String>>,
    pub hours: BTreeMap<u32, Vec<String>>,
}

/// The words of a shipped language, or of `und` (signs and codes that mean the same everywhere).
pub fn kind_words(language: &str) -> Option<&'static KindWords> {
    WORDS.get(language)
}

static WORDS: LazyLock<BTreeMap<&'static str, KindWords>> = LazyLock::new(|| {
    [
        ("en", include_str!("builtin/en.yaml")),
        ("cy", include_str!("builtin/cy.yaml")),
        ("fil", include_str!("builtin/fil.yaml")),
        ("fa", include_str!("builtin/fa.yaml")),
        ("el", include_str!("builtin/el.yaml")),
        ("und", include_str!("builtin/neutral.yaml")),
    ]
    .into_iter()
    // The files are part of the program; the test below reads each of them, so that the default never stands in.
    .map(|(language, source)| (language, read(source).unwrap_or_default()))
    .collect()
});

fn read(source: &str) -> Result<KindWords, serde_yaml::Error> {
    #[derive(Deserialize)]
    struct File {
        intents: BTreeMap<String, Intent>,
        entities: KindWords,
    }
    #[derive(Deserialize, Default)]
    struct Intent {
        #[serde(default)]
        phrases: String,
    }
    let mut file: File = serde_yaml::from_str(source)?;
    let mut lines = |name: &str| -> Vec<String> {
        let phrases = file.intents.remove(name).unwrap_or_default().phrases;
        phrases.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
    };
    let (yes, no) = (lines("yes"), lines("no"));
    Ok(KindWords { yes, no, ..file.entities })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_language_has_the_words_that_recognisers_need() {
        for language in SHIPPED {
            let words = kind_words(language).unwrap();
            let count = (words.date.weekdays.len(), words.date.months.len(), words.date.units.len());
            assert_eq!(count, (7, 12, 4), "{language}");
            assert!(
                words.numbers.len() >= 29
                    && words.number_multipliers.len() == 3
                    && !words.yes.is_empty()
                    && !words.no.is_empty(),
                "{language}"
            );
            assert!(!words.name.before.is_empty() && !words.time.noon.is_empty(), "{language}");
        }
        assert!(kind_words("und").unwrap().currencies["EUR"].contains(&String::from("€")));
        assert_eq!(kind_words("fa").unwrap().date.months_solar_hijri.len(), 12);
    }
}
