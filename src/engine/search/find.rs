//! Answers of the search: the newest conversations with all the words, and of each the line that shows why.

use std::ops::Range;

use crate::engine::desk::Row;
use crate::engine::search::feed::facet;
use crate::engine::search::{field, id_of};
use crate::engine::{Account, Engine, Filter, Role, TurnError};
use crate::id::EventNo;
use crate::store::{Asked, PostingsError, StreamId, Term};
use crate::text::Words;
use crate::time::Time;
use crate::view::{self, SearchedLine, Speaker};

/// Words of a question that count.
const WORDS_MAX: usize = 16;

/// The last word of a question may be the beginning of one, if it has so many letters.
const BEGINNING_CHARS_MIN: usize = 2;

/// Whoever pages so far should ask better.
const OFFSET_MAX: usize = 10_000;

/// The most events of a conversation in which its line is looked for.
const EVENTS_MAX: usize = 5_000;

/// Characters of a line before and after the first word that was found.
const AROUND_CHARS: usize = 90;

/// What is looked for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The words; all of them count.
    pub text: String,
    /// What the conversations must have in common. The agent is one who had to do with it; the priority does not count.
    pub filter: Filter,
    /// From when on somebody must have last said something.
    pub from: Option<Time>,
    /// Before when.
    pub until: Option<Time>,
    /// Whether the bot's words count too.
    pub bot: bool,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// The conversations, the latest first.
    pub hits: Vec<Hit>,
    /// How many there are in all.
    pub total: usize,
    /// Where the next page begins; none after the last.
    pub next: Option<usize>,
    /// Whether the whole archive was looked at: while the index is being made, older conversations are missing.
    pub whole: bool,
}

/// A conversation that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The conversation.
    pub row: Row,
    /// The line that shows why; none where only the filter was asked.
    pub line: Option<HitLine>,
}

/// A line with what was found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HitLine {
    /// Its event, where it is one.
    pub no: Option<EventNo>,
    /// Whose.
    pub speaker: Speaker,
    /// The text around what was found.
    pub text: String,
    /// The bytes of the text that were found.
    pub marks: Vec<Range<usize>>,
}

/// Why nothing can be found.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// This server has no search, or its index is being opened.
    #[error("the search is not ready yet")]
    NotReady,
    /// Its index cannot be opened.
    #[error("the search cannot be used at the moment; the server's log says why")]
    Out,
    /// The index failed.
    #[error(transparent)]
    Index(#[from] PostingsError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] TurnError),
}

impl Engine {
    /// Looks for conversations that an agent may see.
    pub fn search(&self, agent: &Account, search: &Search, from: usize, limit: usize) -> Result<Found, SearchError> {
        let (archive, whole) = self.0.search.archive()?;
        let wanted = Wanted::of(&search.text);
        if wanted.words.is_empty() && (!search.text.trim().is_empty() || search.is_everything()) {
            return Ok(Found { whole, ..Found::default() });
        }
        let from = from.min(OFFSET_MAX);
        let (names, total) = archive.find(&self.asked(agent, search, &wanted), from, limit)?;
        let next = (from + limit < total && from + limit <= OFFSET_MAX).then_some(from + limit);
        let now = self.0.clock.now();
        let mut hits = Vec::new();
        for id in names.into_iter().map(id_of) {
            // The index may be a moment behind: what is gone, or nobody's to see any more, is not shown.
            let Some(hot) = self.find(id)?.filter(|hot| agent.may(&hot.conversation)) else { continue };
            let Some(row) = self.row(&hot, now) else { continue };
            let line = if wanted.words.is_empty() {
                None
            } else {
                let stream = StreamId::Conversation(hot.site.id.clone(), id);
                let events = self.0.store.events(&stream, EventNo(0), EVENTS_MAX).map_err(TurnError::from)?;
                let events = crate::engine::rebuild::recorded(&events).map_err(TurnError::from)?;
                wanted.best(&view::searched(&events, hot.known.values()), search.bot)
            };
            hits.push(Hit { row, line });
        }
        Ok(Found { hits, total, next, whole })
    }

    fn asked(&self, agent: &Account, search: &Search, wanted: &Wanted) -> Asked {
        let last = wanted.words.len().saturating_sub(1);
        let fields: &[u8] = if search.bot { &[field::PEOPLE, field::BOT] } else { &[field::PEOPLE] };
        let words = wanted.words.iter().enumerate().map(|(number, word)| {
            let beginning = number == last && wanted.last_is_beginning;
            fields.iter().map(|field| Term { field: *field, word: word.clone(), beginning }).collect()
        });
        let mut all: Vec<Vec<Term>> = words.collect();
        let facet = |word: String| Term { field: field::FACET, word, beginning: false };
        let sites = self.sites().filter(|site| agent.serves_site(&site.id));
        let sites = sites.filter(|site| search.filter.site.as_ref().is_none_or(|wanted| *wanted == site.id));
        all.push(sites.map(|site| facet(facet::site(&site.id))).collect());
        if agent.role < Role::Supervisor && !agent.queues.is_empty() {
            let queues = agent.queues.iter().map(Some).chain([None]);
            let mut theirs: Vec<Term> = queues.map(|queue| facet(facet::queue(queue))).collect();
            theirs.push(facet(facet::given(agent.id)));
            all.push(theirs);
        }
        let filter = &search.filter;
        let asked = [
            filter.queue.as_ref().map(|queue| facet::queue(Some(queue))),
            filter.label.as_ref().map(|label| facet::label(label)),
            filter.channel.as_ref().map(facet::channel),
            filter.language.as_ref().map(facet::language),
            filter.agent.map(facet::agent),
        ];
        all.extend(asked.into_iter().flatten().map(|asked| vec![facet(asked)]));
        Asked { all, from: search.from, until: search.until }
    }
}

impl Search {
    /// Whether nothing is asked for at all.
    fn is_everything(&self) -> bool {
        self.filter.is_empty() && self.from.is_none() && self.until.is_none()
    }
}

/// The words of a question.
#[derive(Debug, Default)]
struct Wanted {
    words: Vec<String>,
    /// The last one may still be being typed.
    last_is_beginning: bool,
}

impl Wanted {
    fn of(text: &str) -> Self {
        let words = Words::of(text);
        let words: Vec<String> =
            words.iter().take(WORDS_MAX).map(|(word, _)| view::search_word(word).to_owned()).collect();
        let long = words.last().is_some_and(|word| word.chars().count() >= BEGINNING_CHARS_MIN);
        Self { last_is_beginning: long && text.ends_with(char::is_alphanumeric), words }
    }

    /// Which of the words a folded word of a text is.
    fn which(&self, word: &str) -> Option<usize> {
        let word = view::search_word(word);
        let whole = self.words.iter().position(|wanted| wanted == word);
        let last = self.words.last().filter(|_| self.last_is_beginning);
        whole.or_else(|| last.filter(|last| word.starts_with(last.as_str())).map(|_| self.words.len() - 1))
    }

    /// The line that has most of the words, the latest of several.
    fn best(&self, lines: &[SearchedLine<'_>], bot: bool) -> Option<HitLine> {
        let mut best: Option<(usize, &SearchedLine<'_>, Vec<Range<usize>>)> = None;
        for line in lines.iter().filter(|line| bot || line.speaker != Speaker::Bot) {
            let mut seen = std::collections::BTreeSet::new();
            let mut marks = Vec::new();
            for (word, range) in Words::of(&line.text).iter() {
                if let Some(which) = self.which(word) {
                    seen.insert(which);
                    marks.push(range);
                }
            }
            // A person's words say more than what was taken from them.
            let weight = seen.len() * 2 + usize::from(line.speaker != Speaker::Known);
            if !seen.is_empty() && best.as_ref().is_none_or(|(most, ..)| weight >= *most) {
                best = Some((weight, line, marks));
            }
        }
        let (_, line, marks) = best?;
        let (text, marks) = around(&line.text, &marks);
        Some(HitLine { no: line.no, speaker: line.speaker, text, marks })
    }
}

/// The part of a text around its first mark, and the marks in it.
fn around(text: &str, marks: &[Range<usize>]) -> (String, Vec<Range<usize>>) {
    let first = marks.first().map_or(0, |mark| mark.start).min(text.len());
    let before = text[..first].char_indices().rev().nth(AROUND_CHARS - 1).map_or(0, |(at, _)| at);
    let after = text[first..].char_indices().nth(2 * AROUND_CHARS).map_or(text.len(), |(at, _)| first + at);
    let mut shown = String::new();
    if before > 0 {
        shown.push('…');
    }
    let shift = shown.len();
    shown.push_str(&text[before..after]);
    if after < text.len() {
        shown.push('…');
    }
    let inside = marks.iter().filter(|mark| mark.start >= before && mark.end <= after);
    let marks = inside.map(|mark| mark.start - before + shift..mark.end - before + shift).collect();
    (shown, marks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(speaker: Speaker, text: &str) -> SearchedLine<'_> {
        SearchedLine { no: None, speaker, text: text.into() }
    }

    #[test]
    fn the_line_with_most_of_the_words_is_shown_with_each_of_them_marked() {
        let lines = [
            line(Speaker::Visitor, "My lamp is BROKEN"),
            line(Speaker::Bot, "A broken lamp?"),
            line(Speaker::Visitor, "The lamp, I mean"),
        ];
        let best = Wanted::of("lamp bro").best(&lines, false).unwrap();
        let marked: Vec<_> = best.marks.iter().map(|mark| &best.text[mark.clone()]).collect();
        assert_eq!((best.text.as_str(), marked), ("My lamp is BROKEN", vec!["lamp", "BROKEN"]));
        assert_eq!(Wanted::of("lamp bro").best(&lines[1..2], false), None);
        assert!(Wanted::of("lamp bro").best(&lines[1..2], true).is_some());
    }

    #[test]
    fn a_long_line_is_cut_around_what_was_found_and_at_letters() {
        let text = format!("{} ΛΆΜΠΑ {}", "ω ".repeat(300), "ψ ".repeat(300));
        let best = Wanted::of("λαμπα ").best(&[line(Speaker::Note, &text)], false).unwrap();
        assert_eq!(&best.text[best.marks[0].clone()], "ΛΆΜΠΑ");
        assert!(best.text.starts_with('…') && best.text.ends_with('…') && best.text.chars().count() < 300);
    }

    #[test]
    fn a_word_that_is_being_typed_may_be_the_beginning_of_one() {
        assert!(Wanted::of("ab12").last_is_beginning);
        assert!(!Wanted::of("ab12 ").last_is_beginning, "a blank ends it");
        assert!(!Wanted::of("a").last_is_beginning, "too short");
        assert!(Wanted::of("?! ").words.is_empty());
    }
}
