//! The texts of widget, demo page and desk, from one Fluent file a language. A language falls back from `de-AT` to `de`
//! to English, and so does every single text. This module knows languages and texts, not pages.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use icu_decimal::options::GroupingStrategy;
use icu_locale_core::locale;

/// The languages, with the text of their file; English first because it is what the others fall back to. The name is the
/// language's own, for a reader who looks for it.
const FILES: [(&str, &str, &str); 5] = [
    ("en", "English", include_str!("assets/texts/en.ftl")),
    ("cy", "Cymraeg", include_str!("assets/texts/cy.ftl")),
    ("fil", "Filipino", include_str!("assets/texts/fil.ftl")),
    ("fa", "فارسی", include_str!("assets/texts/fa.ftl")),
    ("el", "Ελληνικά", include_str!("assets/texts/el.ftl")),
];

/// What the widget must be able to say before it has reached the server.
const BEFORE_THE_FIRST_REQUEST: [&str; 6] = ["launcher", "close", "offline", "retry", "unread", "dismiss"];

static ALL: LazyLock<Vec<Texts>> = LazyLock::new(|| FILES.iter().map(Texts::read).collect());

/// The texts of one language.
pub struct Texts {
    language: &'static str,
    name: &'static str,
    bundle: FluentBundle<FluentResource>,
    ids: Vec<String>,
}

/// Which way a language is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From left to right.
    Ltr,
    /// From right to left.
    Rtl,
}

impl Direction {
    /// The value of HTML's `dir`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

/// The texts for a language tag, its nearest parent, or English.
pub fn texts(wanted: &str) -> &'static Texts {
    let wanted = wanted.trim().to_lowercase().replace('_', "-");
    let mut tag = wanted.as_str();
    loop {
        if let Some(found) = ALL.iter().find(|texts| texts.language == tag) {
            return found;
        }
        let Some((parent, _)) = tag.rsplit_once('-') else { return &ALL[0] };
        tag = parent;
    }
}

/// One text with values filled in, for whoever speaks to people without a page.
pub fn words(language: &str, id: &str, values: &[(&'static str, &str)]) -> String {
    let values: Vec<_> = values.iter().map(|(name, value)| (*name, Value::Text(value))).collect();
    texts(language).with(id, &values)
}

/// The texts for the value of an `Accept-Language` header: the best language that we speak.
pub fn accepted(header: &str) -> &'static Texts {
    let mut wishes: Vec<(f32, &str)> = header
        .split(',')
        .filter_map(|part| {
            let (tag, quality) = part.split_once(';').unwrap_or((part, "q=1"));
            let quality = quality.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(0.0);
            (quality > 0.0).then_some((quality, tag.trim()))
        })
        .collect();
    wishes.sort_by(|a, b| b.0.total_cmp(&a.0));
    let spoken = |tag: &str| {
        let main = tag.split('-').next().unwrap_or(tag).to_lowercase();
        ALL.iter().any(|texts| texts.language == main)
    };
    texts(wishes.iter().find(|(_, tag)| spoken(tag)).map_or("en", |(_, tag)| tag))
}

/// Every language with its own name, in the order of the files.
pub fn languages() -> impl Iterator<Item = (&'static str, &'static str)> {
    ALL.iter().map(|texts| (texts.language, texts.name))
}

/// The few labels of the widget that are needed before the first request, in every language.
pub fn launch_labels() -> BTreeMap<&'static str, BTreeMap<String, String>> {
    let pick = |texts: &Texts| texts.widget().into_iter().filter(|(key, _)| is_early(key)).collect();
    ALL.iter().map(|texts| (texts.language, pick(texts))).collect()
}

fn is_early(key: &str) -> bool {
    BEFORE_THE_FIRST_REQUEST.contains(&key)
}

impl Texts {
    fn read((language, name, file): &(&'static str, &'static str, &'static str)) -> Self {
        let tag = language.parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![tag]);
        // A file with a mistake still gives the texts that are whole; a test keeps the files without one.
        let resource = FluentResource::try_new((*file).to_owned()).unwrap_or_else(|(whole, _)| whole);
        // A text begins at the start of a line; what belongs to it is indented.
        let names = file.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
        let ids = names.filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned())).collect();
        bundle.add_resource_overriding(resource);
        if *language == PERSIAN {
            bundle.set_formatter(Some(|value, _| match value {
                FluentValue::Number(number) => Some(persian(&number.as_string())),
                _ => None,
            }));
        }
        let texts = Self { language, name, bundle, ids };
        texts.isolated()
    }

    /// Marks that keep a name in another script from turning a sentence around are needed where a sentence runs from right to left.
    fn isolated(mut self) -> Self {
        self.bundle.set_use_isolating(self.direction() == Direction::Rtl);
        self
    }

    /// The language's tag.
    pub fn language(&self) -> &'static str {
        self.language
    }

    /// Which way it is written.
    pub fn direction(&self) -> Direction {
        match self.language {
            PERSIAN => Direction::Rtl,
            _ => Direction::Ltr,
        }
    }

    /// A number in the language's digits.
    pub fn number(&self, number: impl Into<i64>) -> String {
        let plain = number.into().to_string();
        if self.language == PERSIAN { persian(&plain) } else { plain }
    }

    /// How many, in the language's digits.
    pub fn count(&self, count: usize) -> String {
        self.number(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// What the desk says of an error of the API, by the error's code.
    pub fn errors(&self) -> BTreeMap<String, String> {
        let code = |id: &String| Some((id.strip_prefix("desk-error-")?.replace('-', "_"), self.get(id)));
        self.ids.iter().filter_map(code).collect()
    }

    /// What the desk's script says by itself, by name. What it fills in stays as `{name}`.
    pub fn live(&self) -> BTreeMap<String, String> {
        let kept = ["name", "names", "gap"].map(|name| (name, format!("{{{name}}}")));
        let kept: Vec<(&'static str, Value<'_>)> = kept.iter().map(|(name, kept)| (*name, Value::Text(kept))).collect();
        let text = |id: &String| Some((id.strip_prefix("desk-live-")?.replace('-', "_"), self.with(id, &kept)));
        self.ids.iter().filter_map(text).collect()
    }

    /// A text.
    pub fn get(&self, id: &str) -> String {
        self.with(id, &[])
    }

    /// A text with values filled in.
    pub fn with(&self, id: &str, values: &[(&'static str, Value<'_>)]) -> String {
        let mut args = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            match value {
                Value::Text(text) => args.set(*name, *text),
                Value::Number(number) => args.set(*name, FluentValue::from(*number)),
            }
        }
        self.format(id, &args)
            .or_else(|| ALL.first().and_then(|english| english.format(id, &args)))
            .unwrap_or_else(|| id.to_owned())
    }

    fn format(&self, id: &str, args: &FluentArgs<'_>) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut errors = Vec::new();
        Some(self.bundle.format_pattern(pattern, Some(args), &mut errors).into_owned())
    }

    /// The widget's texts by the names that its script uses. What changes while the page is open stays a `{name}` that the script fills.
    pub fn widget(&self) -> BTreeMap<String, String> {
        let kept: Vec<(&'static str, Value<'_>)> =
            [("n", "{n}"), ("from", "{from}"), ("to", "{to}"), ("name", "{name}")]
                .map(|(name, kept)| (name, Value::Text(kept)))
                .to_vec();
        let english = ALL.first().map_or(&self.ids, |english| &english.ids);
        english
            .iter()
            .filter_map(|id| Some((id.strip_prefix("widget-")?.replace('-', "_"), self.with(id, &kept))))
            .collect()
    }
}

/// The one of our languages that has digits of its own.
const PERSIAN: &str = "fa";

/// A number as a Persian reader writes it. Not grouped: it may be a year.
fn persian(plain: &str) -> String {
    let Ok(number) = plain.parse::<Decimal>() else { return plain.to_owned() };
    DecimalFormatter::try_new(locale!("fa").into(), GroupingStrategy::Never.into())
        .map_or_else(|_| plain.to_owned(), |format| format.format(&number).to_string())
}

/// A value in a text.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// As it stands.
    Text(&'a str),
    /// Counted: a text may have several forms.
    Number(i64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_text_and_no_file_has_a_mistake() {
        let english: Vec<_> = ALL[0].ids.clone();
        assert!(english.len() > 40, "the English file was read: {}", english.len());
        for ((language, _, file), texts) in FILES.iter().zip(ALL.iter()) {
            assert!(FluentResource::try_new((*file).to_owned()).is_ok(), "{language}.ftl has a mistake");
            let missing: Vec<_> = english.iter().filter(|id| !texts.ids.contains(id)).collect();
            let extra: Vec<_> = texts.ids.iter().filter(|id| !english.contains(id)).collect();
            assert!(missing.is_empty() && extra.is_empty(), "{language}: missing {missing:?}, unknown {extra:?}");
            let mut sorted = texts.ids.clone();
            sorted.sort();
            sorted.dedup();
            assert_eq!(sorted.len(), texts.ids.len(), "{language}: a text stands twice");
        }
    }

    #[test]
    fn values_are_the_same_in_every_language() {
        let placeholders = |file: &str, id: &str| -> Vec<String> {
            let start = file.find(&format!("\n{id} =")).unwrap_or_default();
            let body = &file[start + 1..];
            let end =
                body.match_indices('\n').find(|(at, _)| !body[at + 1..].starts_with([' ', '}'])).map(|(at, _)| at);
            let mut found: Vec<String> = body[..end.unwrap_or(body.len())]
                .split('$')
                .skip(1)
                .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric()).collect())
                .collect();
            found.sort();
            found.dedup();
            found
        };
        for id in &ALL[0].ids {
            let english = placeholders(FILES[0].2, id);
            for (language, _, file) in &FILES[1..] {
                assert_eq!(placeholders(file, id), english, "{language}: {id}");
            }
        }
    }

    #[test]
    fn a_language_falls_back_to_its_parent_and_then_to_english() {
        for (wanted, got) in
            [("el-CY", "el"), ("fa_IR", "fa"), ("FIL", "fil"), ("de-AT", "en"), ("", "en"), ("-", "en")]
        {
            assert_eq!(texts(wanted).language(), got, "{wanted}");
        }
        for (header, got) in [
            ("de-DE,de;q=0.9,el;q=0.8,en;q=0.7", "el"),
            ("cy;q=0.5, fa-IR", "fa"),
            ("*", "en"),
            ("el;q=0,en", "en"),
            (";;,q", "en"),
        ] {
            assert_eq!(accepted(header).language(), got, "{header}");
        }
    }

    #[test]
    fn numbers_are_written_in_the_digits_of_the_language() {
        let load = |tag| {
            let text = texts(tag).with("desk-load", &[("load", Value::Number(0)), ("capacity", Value::Number(12))]);
            text.replace(['\u{2068}', '\u{2069}'], "")
        };
        assert_eq!((load("en").as_str(), load("fa").as_str()), ("0 of 12", "۰ از ۱۲"));
        assert_eq!((texts("el").number(1405), texts("fa").number(1405)), ("1405".to_owned(), "۱۴۰۵".to_owned()));
    }

    #[test]
    fn the_widget_gets_texts_with_places_that_its_script_fills() {
        let widget = texts("en").widget();
        assert_eq!(widget["queue"], "You are number {n} in the queue.");
        assert_eq!(widget["not_sent"], "This message could not be sent.");
        assert!(texts("fa").widget()["estimate"].contains("{from}"));
        assert_eq!(launch_labels()["el"]["retry"], "Ξανά");
        assert_eq!(launch_labels()["en"].len(), BEFORE_THE_FIRST_REQUEST.len());
    }
}
