//! Skeletons: what is left of a word when the ways in which a language bends and people spell it are taken away. Two words with
//! a common skeleton are probably the same word: Welsh mutations, Filipino affixes, endings of Greek and Persian, Greek and
//! Persian in Latin letters, abbreviations. It knows languages and words, nothing of bots.

mod english;
mod filipino;
pub(super) mod greek;
mod persian;
mod spellings;
mod welsh;

use crate::id::Language;

/// One thing that a word may be reduced to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Form {
    /// How much was taken away: the less, the surer.
    pub(crate) cost: u32,
    kind: Kind,
    text: String,
}

/// Forms of different kinds never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// The first of the spellings of one word.
    Spelling,
    /// A Welsh word before its mutation, and the singular of such a word.
    Welsh,
    WelshSingular,
    /// The root of a Filipino word.
    Filipino,
    /// What a Greek word sounds like, and that without the ending.
    Greek,
    GreekStem,
    /// A Persian word with one letter for each sound, without endings.
    Persian,
    /// The consonants of a Persian word.
    PersianConsonants,
    /// The consonants of an English word, and such a word without its ending.
    EnglishConsonants,
    EnglishStem,
}

impl Form {
    /// The form as bytes that no form of another kind has.
    pub(crate) fn key(&self) -> Vec<u8> {
        let mut key = Vec::with_capacity(self.text.len() + 1);
        key.push(self.kind as u8);
        key.extend_from_slice(self.text.as_bytes());
        key
    }

    /// Whether the form says so little that it counts only where one word alone has it.
    pub(crate) fn is_vague(&self) -> bool {
        self.kind == Kind::EnglishConsonants
    }

    /// Whether the two words are different forms of one, not one in different spellings.
    pub(crate) fn is_inflected(&self) -> bool {
        self.kind == Kind::EnglishStem
    }
}

/// The languages whose rules apply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Skeletons {
    english: bool,
    welsh: bool,
    filipino: bool,
    persian: bool,
    greek: bool,
    /// Whether nothing tells the language of the message: a word in other letters must then say more for itself.
    untold: bool,
}

impl Skeletons {
    /// The rules of the languages of a bot.
    pub(crate) fn of(languages: &[Language]) -> Self {
        let has = |tags: &[&str]| {
            let primary = |language: &Language| language.as_str().split('-').next().unwrap_or_default().to_owned();
            languages.iter().any(|language| tags.contains(&primary(language).as_str()))
        };
        Self {
            english: has(&["en"]),
            welsh: has(&["cy"]),
            filipino: has(&["fil", "tl"]),
            persian: has(&["fa", "prs"]),
            greek: has(&["el"]),
            untold: false,
        }
    }

    /// Whether the rules of English apply.
    pub(crate) fn has_english(self) -> bool {
        self.english
    }

    /// The rules for a message in one language, where that is known: an English word has no Welsh mutation.
    pub(crate) fn only(self, language: Option<&Language>) -> Self {
        let Some(language) = language else { return Self { untold: true, ..self } };
        let told = Self::of(std::slice::from_ref(language));
        Self {
            english: self.english && told.english,
            welsh: self.welsh && told.welsh,
            filipino: self.filipino && told.filipino,
            persian: self.persian && told.persian,
            greek: self.greek && told.greek,
            untold: false,
        }
    }

    /// The forms of a word that a rule uses.
    pub(crate) fn of_rule(self, word: &str) -> Vec<Form> {
        let mut forms = self.common(word);
        if self.english && is_latin(word) {
            english::consonants(word, &mut forms);
        }
        if self.persian && is_persian(word) {
            persian::consonants(word, &mut forms);
        }
        tidy(forms)
    }

    /// The forms of a word that a visitor typed.
    pub(crate) fn of_typed(self, word: &str) -> Vec<Form> {
        let mut forms = self.common(word);
        if self.english && is_latin(word) {
            english::without_vowels(word, &mut forms);
        }
        if self.greek && is_latin(word) {
            let from = forms.len();
            greek::from_latin(word, &mut forms);
            let is_clear =
                |form: &Form| !self.untold || (form.kind == Kind::Greek && form.text.len() >= CLEAR_SOUND_MIN);
            keep_from(from, &mut forms, is_clear);
        }
        if self.persian && is_latin(word) {
            let from = forms.len();
            persian::from_latin(word, &mut forms);
            let is_clear = |form: &Form| !self.untold || (form.cost < 2 && form.text.len() >= CLEAR_CONSONANTS_MIN);
            keep_from(from, &mut forms, is_clear);
        }
        tidy(forms)
    }

    /// Whether a typed word that has the consonants of a word of the rules really is that word in other letters, and how far
    /// from it: the other kinds of forms say so by themselves.
    pub(crate) fn distance(self, form: &Form, typed: &str, rule: &str) -> Option<u32> {
        match form.kind {
            Kind::PersianConsonants => persian::distance(typed, rule, form.cost > 1),
            Kind::Greek | Kind::GreekStem if is_latin(typed) => {
                Some(strsim::osa_distance(typed, &greek::in_latin(rule)) as u32)
            }
            _ => Some(strsim::osa_distance(typed, rule) as u32),
        }
    }

    fn common(self, word: &str) -> Vec<Form> {
        let mut forms = Vec::new();
        // Nobody types longer words, and what is no word at all is not worth the work.
        if word.chars().count() > LONGEST {
            return forms;
        }
        self.spelling(word, &mut forms);
        if self.english && is_latin(word) {
            english::stem(word, &mut forms);
        }
        if self.welsh && is_latin(word) {
            welsh::forms(word, &mut forms);
        }
        if self.filipino && is_latin(word) {
            filipino::forms(word, &mut forms);
        }
        if self.greek && is_greek(word) {
            greek::forms(word, &mut forms);
        }
        if self.persian && is_persian(word) {
            persian::forms(word, &mut forms);
        }
        forms
    }

    fn spelling(self, word: &str, forms: &mut Vec<Form>) {
        let tables = [
            (self.english, &*spellings::ENGLISH),
            (self.welsh, &*spellings::WELSH),
            (self.filipino, &*spellings::FILIPINO),
            (self.persian, &*spellings::PERSIAN),
        ];
        for (_, table) in tables.iter().filter(|(applies, _)| *applies) {
            let first = table.get(word).map_or(word, String::as_str);
            forms.push(Form { cost: 0, kind: Kind::Spelling, text: first.to_owned() });
        }
    }
}

/// How much of a word in other letters is needed where nothing else tells that the message is in such letters.
const CLEAR_SOUND_MIN: usize = 5;
const CLEAR_CONSONANTS_MIN: usize = 4;

fn keep_from(from: usize, forms: &mut Vec<Form>, keeps: impl Fn(&Form) -> bool) {
    let mut at = 0;
    forms.retain(|form| {
        at += 1;
        at <= from || keeps(form)
    });
}

/// Longer words are taken as they are.
const LONGEST: usize = 40;

/// The cheapest of equal forms, the surest first.
fn tidy(mut forms: Vec<Form>) -> Vec<Form> {
    forms.sort_unstable_by(|a, b| (a.kind, &a.text, a.cost).cmp(&(b.kind, &b.text, b.cost)));
    forms.dedup_by(|next, kept| next.kind == kept.kind && next.text == kept.text);
    forms.sort_unstable();
    forms
}

/// Whether the word has Latin letters, and nothing but these and digits, which Greek in Latin letters uses as letters.
pub(crate) fn is_latin(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric()) && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn is_greek(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| matches!(c, 'α'..='ω'))
}

fn is_persian(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| matches!(u32::from(c), 0x0620..=0x06d3))
}

/// The word with every letter once where it stands twice.
fn squeezed(word: &str) -> String {
    let mut last = None;
    word.chars().filter(|c| last.replace(*c) != Some(*c)).collect()
}

#[cfg(test)]
mod tests;
