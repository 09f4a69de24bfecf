//! What a search over the archive looks at in a conversation: what people said, what became known, and how agents filed it. Values
//! that an event holds masked are not here, because nobody sees them; what a state holds in clear never is.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::dialog::{Event, Filing, Recorded};
use crate::flow::Slot;
use crate::id::EventNo;
use crate::text::Words;

/// Words are compared by so many bytes of theirs: longer ones are no words of a language.
const WORD_BYTES_MAX: usize = 64;

/// So many different words of a conversation are looked at.
const WORDS_MAX: usize = 20_000;

/// Who says a line, or what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speaker {
    /// The visitor.
    Visitor,
    /// An agent, to the visitor.
    Agent,
    /// An agent, to colleagues.
    Note,
    /// The bot.
    Bot,
    /// Something that became known, or was filed.
    Known,
}

/// A line that a search may find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchedLine<'a> {
    /// Its event; none for what is known from elsewhere.
    pub no: Option<EventNo>,
    /// Whose.
    pub speaker: Speaker,
    /// Its words.
    pub text: Cow<'a, str>,
}

/// The lines of a conversation that a search may find, in their order; first what is known of the person from elsewhere.
pub fn searched<'a>(events: &'a [Recorded], known: impl Iterator<Item = &'a Slot>) -> Vec<SearchedLine<'a>> {
    let mut lines: Vec<SearchedLine<'a>> = Vec::new();
    let known = known.filter(|slot| !slot.sensitive);
    lines.extend(known.map(|slot| SearchedLine { no: None, speaker: Speaker::Known, text: plain(&slot.value) }));
    for recorded in events {
        let mut add = |speaker, text: Cow<'a, str>| {
            lines.push(SearchedLine { no: Some(recorded.no), speaker, text });
        };
        match &recorded.event {
            Event::VisitorSaid { text, .. } => add(Speaker::Visitor, text.into()),
            Event::AgentSaid { text, .. } => add(Speaker::Agent, text.into()),
            Event::VisitorSent { file, .. } => add(Speaker::Visitor, file.name.as_str().into()),
            Event::AgentSent { file, .. } => add(Speaker::Agent, file.name.as_str().into()),
            Event::Noted { text, .. } => add(Speaker::Note, text.into()),
            Event::BotSaid { message, .. } => {
                add(Speaker::Bot, message.text.as_str().into());
                for card in &message.cards {
                    add(Speaker::Bot, card.title.as_str().into());
                    if let Some(text) = &card.text {
                        add(Speaker::Bot, text.as_str().into());
                    }
                }
            }
            Event::SlotSet { value, said, sensitive: false, .. } => {
                add(Speaker::Known, plain(value));
                add(Speaker::Known, said.into());
            }
            Event::HandoffRequested { reason, .. } => add(Speaker::Known, reason.into()),
            Event::MessageLeft { text, .. } => add(Speaker::Visitor, text.into()),
            Event::Rated { comment: Some(comment), .. } => add(Speaker::Visitor, comment.into()),
            Event::Filed { change, .. } => match change {
                Filing::Labelled { label } => add(Speaker::Known, label.into()),
                Filing::FollowUp { note, .. } => add(Speaker::Note, note.into()),
                Filing::Complaint { cause: Some(cause) } => add(Speaker::Note, cause.into()),
                _ => {}
            },
            _ => {}
        }
    }
    lines.retain(|line| !line.text.is_empty());
    lines
}

/// The different words of lines, folded as matching folds them.
pub fn searched_words<'a>(lines: impl IntoIterator<Item = &'a SearchedLine<'a>>) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for line in lines {
        for (word, _) in Words::of(&line.text).iter() {
            if words.len() >= WORDS_MAX {
                return words;
            }
            let word = search_word(word);
            if !words.contains(word) {
                words.insert(word.to_owned());
            }
        }
    }
    words
}

/// A folded word as searches compare it.
pub fn search_word(word: &str) -> &str {
    let mut end = word.len().min(WORD_BYTES_MAX);
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    &word[..end]
}

/// A value as text. Numbers and lists of a service's reply are read as they are written.
fn plain(value: &serde_json::Value) -> Cow<'_, str> {
    match value {
        serde_json::Value::String(text) => text.as_str().into(),
        serde_json::Value::Null => "".into(),
        other => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    fn recorded(events: Vec<Event>) -> Vec<Recorded> {
        (1..).zip(events).map(|(no, event)| Recorded { no: EventNo(no), at: Time(0), event }).collect()
    }

    fn set(value: &str, sensitive: bool) -> Event {
        Event::SlotSet {
            slot: "card".into(),
            value: value.into(),
            said: value.to_owned(),
            kind: None,
            from: None,
            sensitive,
        }
    }

    #[test]
    fn words_are_folded_as_matching_folds_them_and_masked_values_are_not_among_them() {
        let said = |text: &str| Event::VisitorSaid { text: text.to_owned(), client: None, pressed: None };
        let events = recorded(vec![said("Η ΠΑΡΑΓΓΕΛΊΑ ab1234, ŷ می‌روم"), set("AB1234", false), set("secret", true)]);
        let hidden = Slot { sensitive: true, ..Slot::plain("hidden") };
        let words = searched_words(&searched(&events, [&Slot::plain("zoe@home.test"), &hidden].into_iter()));
        for word in ["παραγγελια", "ab1234", "y", "zoe", "home", "test"] {
            assert!(words.contains(word), "{word}: {words:?}");
        }
        assert!(!words.contains("secret") && !words.contains("hidden"), "{words:?}");
    }

    #[test]
    fn a_word_without_end_is_cut_at_a_letter() {
        assert_eq!(search_word(&"ω".repeat(50)).chars().count(), 32);
        assert_eq!(search_word(&format!("a{}", "ω".repeat(50))).len(), 63);
    }
}
