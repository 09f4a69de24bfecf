//! What is understood: tables over small bots, and properties that hold for every bot and message.

use std::sync::Arc;

use indexmap::IndexMap;
use proptest::prelude::*;

use super::*;
use crate::flow::{
    Entity, EntityValue, Fallback, Intent, Pattern, Phrase, Program, SmallTalk, Synonym, Synonyms, Text,
};
use crate::id::{EntityName, QueueName};
use crate::time::Time;

mod denials;
mod properties;
mod slots;
mod small_talk;
mod spellings;
mod values;
mod words;

/// A bot made of few lines, without files.
#[derive(Clone, Default)]
pub(super) struct Bot {
    intents: Vec<Intent>,
    entities: Vec<Entity>,
    snippets: Vec<(String, Vec<Phrase>)>,
    synonyms: Vec<Synonym>,
    small_talk: IndexMap<IntentName, SmallTalk>,
}

fn at(line: u32) -> At {
    At { file: Arc::from("bot.yaml"), line, column: 1 }
}

fn phrase(source: &str, line: usize) -> Phrase {
    Phrase::parse(source, None, at(line as u32 + 1)).unwrap_or_else(|problem| panic!("{source}: {problem}"))
}

fn phrases(lines: &str) -> Vec<Phrase> {
    lines.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate().map(|(n, line)| phrase(line, n)).collect()
}

impl Bot {
    pub(super) fn intent(mut self, name: &str, lines: &str) -> Self {
        self.intents.push(Intent { phrases: phrases(lines), ..Intent::new(name.into(), at(1)) });
        self
    }

    pub(super) fn builtin(self, builtin: Builtin, name: &str, lines: &str) -> Self {
        self.intent(name, lines).change(|intent| intent.builtin = Some(builtin))
    }

    fn change(mut self, change: impl FnOnce(&mut Intent)) -> Self {
        change(self.intents.last_mut().expect("an intent"));
        self
    }

    fn keywords(self, lines: &str) -> Self {
        self.change(|intent| intent.keywords = phrases(lines))
    }

    fn exclude(self, lines: &str) -> Self {
        self.change(|intent| intent.exclude = phrases(lines))
    }

    fn pattern(self, source: &str) -> Self {
        self.change(|intent| intent.patterns.push(Pattern { source: source.into(), at: at(1) }))
    }

    fn snippet(mut self, name: &str, lines: &str) -> Self {
        self.snippets.push((name.into(), phrases(lines)));
        self
    }

    /// `word: said, said`
    fn words(mut self, word: &str, said: &str) -> Self {
        let said = said.split(", ").map(|text| (text.to_owned(), at(1))).collect();
        self.synonyms.push(Synonym { word: word.into(), said, at: at(1) });
        self
    }

    fn entity(mut self, name: &str, values: &[(&str, &str)]) -> Self {
        let values = values
            .iter()
            .map(|(key, said)| EntityValue {
                key: (*key).into(),
                label: Text::Several(Vec::new()),
                said: phrases(&said.replace(", ", "\n")),
            })
            .collect();
        self.entities.push(Entity {
            name: name.into(),
            values,
            pattern: None,
            example: None,
            sensitive: false,
            at: at(1),
        });
        self
    }

    fn shape(mut self, name: &str, pattern: &str, example: &str) -> Self {
        self.entities.push(Entity {
            name: name.into(),
            values: Vec::new(),
            pattern: Some(Pattern { source: pattern.into(), at: at(1) }),
            example: Some(example.into()),
            sensitive: false,
            at: at(1),
        });
        self
    }

    pub(super) fn program(&self) -> Program {
        Program {
            name: "Test".into(),
            languages: ["en", "cy", "fil", "fa", "el"].map(Language::from).to_vec(),
            zone: jiff::tz::TimeZone::UTC,
            default_queue: QueueName::from("desk"),
            fallback: Fallback { sure: 0.75, unsure: 0.45, misses: 2, retry: 2 },
            frustration: Default::default(),
            snippets: self.snippets.iter().cloned().collect(),
            synonyms: Synonyms::new(self.synonyms.clone()),
            small_talk: self.small_talk.clone(),
            intents: self.intents.iter().map(|intent| (intent.name.clone(), intent.clone())).collect(),
            entities: self.entities.iter().map(|entity| (entity.name.clone(), entity.clone())).collect(),
            flows: IndexMap::new(),
            services: IndexMap::new(),
            replies: IndexMap::new(),
            queues: IndexMap::new(),
            hours: IndexMap::new(),
            invites: IndexMap::new(),
            sentences: IndexMap::new(),
            tests: Vec::new(),
        }
    }

    pub(super) fn compile(&self) -> Matcher {
        Matcher::compile(&self.program())
    }
}

pub(super) fn moment() -> Moment {
    Moment { now: Time(1_767_607_200_000), language: "en".into() }
}

fn best(understanding: &Understanding) -> (&str, f64) {
    understanding.ranked.first().map_or(("", 0.0), |ranked| (ranked.intent.as_str(), ranked.confidence))
}

/// A shop with enough intents that they can be mistaken for each other.
fn shop() -> Bot {
    Bot::default()
        .snippet("want", "I want\nI would like\nI'd like\ncan I\ncould I")
        .snippet("thing", "<good>\nitem[s]")
        .snippet("good", "lamp[s]\nchair[s]")
        .entity("city", &[("rome", "Rome, Roma"), ("new_york", "New York, NYC"), ("athens", "Athens, Αθήνα")])
        .entity("colour", &[("red", "red"), ("turquoise", "turquoise, teal"), ("burgundy", "burgundy")])
        .shape("order_number", r"[A-Z]{2}\d{4}", "AB1234")
        .intent(
            "track",
            "where is my (order|parcel|package)
             track [my] order
             when (will|does) my order[s] arrive
             what is the status of order {order_number}",
        )
        .intent(
            "cancel_order",
            "<want> [to] cancel my order
             cancel (the|my) order [please]
             please stop my order",
        )
        .intent(
            "refund",
            "<want> [to] (return|send back) (a|the|this) <thing>
             I want my money back
             how do I get a refund",
        )
        .keywords("refund\nmoney back")
        .exclude("tax refund")
        .intent(
            "hours",
            "when are you open
             what are your opening hours
             are you open on sunday",
        )
        .keywords("opening hours")
        .intent("ship", "ship [it] from {city:origin} to {city:destination}\nsend it to {city}")
        .intent("voucher", "I have a voucher")
        .pattern(r"\bSAVE-\d{2,4}\b")
        .builtin(
            Builtin::Human,
            "human",
            "[I want to] (talk|speak) (to|with) (a human|a person|an agent|someone)
             (agent|human|person)",
        )
        .keywords("speak to someone\ntalk to a person\nhuman agent")
        .exclude("agent was")
        .builtin(Builtin::Cancel, "cancel", "cancel\nstop\nnever mind")
        .builtin(Builtin::Yes, "yes", "yes\nyes please\nsure\nyeah\nναι\noo\n👍")
        .builtin(Builtin::No, "no", "no\nno thanks\nnope\nόχι")
}

#[test]
fn phrases_fit_exactly_with_all_their_parts() {
    let shop = shop().compile();
    let rows = [
        ("where is my order", "track"),
        ("Where is my PARCEL??", "track"),
        ("hello, where is my order please", "track"),
        ("when does my orders arrive", "track"),
        ("track order", "track"),
        ("I'd like to cancel my order", "cancel_order"),
        ("i’d like cancel my order, thanks a lot!", "cancel_order"),
        ("could I return this lamp", "refund"),
        ("can I send back the chairs", "refund"),
        ("what is the status of order ab-1234", "track"),
        ("ship from Rome to New York", "ship"),
    ];
    for (text, intent) in rows {
        let understanding = shop.understand(text, &moment());
        let (found, confidence) = best(&understanding);
        assert_eq!(found, intent, "{text}: {understanding:#?}");
        assert!(confidence > 0.98, "{text}: {confidence}");
        assert_eq!(understanding.ranked[0].evidence[0].kind, EvidenceKind::Phrase, "{text}");
        assert!(understanding.unexplained.is_empty(), "{text}: {:?}", understanding.unexplained);
    }
}

#[test]
fn what_is_like_a_phrase_is_recognised_but_not_certain() {
    let shop = shop().compile();
    let rows = [
        ("wheres my order at", "track"),
        ("has my package arrived", "track"),
        ("the order must be cancelled", "cancel_order"),
        ("i need to cancel an order i made", "cancel_order"),
        ("at what time do you open", "hours"),
        ("i wish to return a broken chair", "refund"),
    ];
    for (text, intent) in rows {
        let understanding = shop.understand(text, &moment());
        let (found, confidence) = best(&understanding);
        assert_eq!(found, intent, "{text}: {understanding:#?}");
        assert!(confidence < 0.99, "{text}: {confidence}");
    }
}

#[test]
fn mistyped_words_are_read_as_they_were_meant() {
    let shop = shop().compile();
    for (text, intent) in [
        ("where is my pacel", "track"),
        ("I want to cancle my ordr", "cancel_order"),
        ("what are your openning hours", "hours"),
    ] {
        let understanding = shop.understand(text, &moment());
        let (found, confidence) = best(&understanding);
        assert_eq!(found, intent, "{text}");
        assert!((0.75..0.99).contains(&confidence), "{text}: {confidence}");
    }
}

#[test]
fn words_that_only_the_surroundings_tell_become_values() {
    let bot = Bot::default().intent("rename", "call me {name}\nmy name is {name:nick}").compile();
    let understanding = bot.understand("My name is Ana-Lucía Pérez", &moment());
    let found = &understanding.values[0];
    assert_eq!((found.said.as_str(), found.slot.as_ref().unwrap().as_str()), ("Ana-Lucía Pérez", "nick"));
    assert_eq!(found.kind, Kind::Name);
}

#[test]
fn keywords_count_by_what_they_explain() {
    let shop = shop().compile();
    let alone = shop.understand("refund!", &moment());
    let in_passing =
        shop.understand("yesterday my neighbour bought seven green bicycles and got a refund from somebody", &moment());
    assert_eq!(best(&alone).0, "refund");
    assert!(best(&alone).1 > 0.75, "{:?}", best(&alone));
    assert!(best(&in_passing).1 < best(&alone).1);
    assert!(in_passing.unexplained.contains(&"bicycles".to_owned()), "{:?}", in_passing.unexplained);
}

#[test]
fn excluded_words_cancel_unless_a_phrase_fits_exactly() {
    let bot = Bot::default()
        .intent("refund", "I want a refund\nhow is the tax refund paid")
        .keywords("refund")
        .exclude("tax refund")
        .intent("hours", "when are you open")
        .compile();
    let told =
        |text: &str| bot.understand(text, &moment()).ranked.iter().any(|ranked| ranked.intent.as_str() == "refund");
    assert!(told("give me a refund"));
    assert!(!told("a question about my tax refund"));
    assert!(told("how is the tax refund paid?"));
}

#[test]
fn a_sentence_that_means_something_else_rules_its_intent_out() {
    let mut bot = Bot::default().intent("book", "I want to book\nI booked it").intent("hours", "when are you open");
    bot.intents[0].not_phrases = phrases("I booked an appointment[:] is it confirmed");
    let bot = bot.compile();
    let told =
        |text: &str| bot.understand(text, &moment()).ranked.iter().any(|ranked| ranked.intent.as_str() == "book");
    assert!(told("I want to book an appointment"));
    assert!(!told("I booked an appointment, is it confirmed?"));
}

#[test]
fn patterns_speak_for_their_intent() {
    let shop = shop().compile();
    let understanding = shop.understand("code save-2026", &moment());
    assert_eq!(best(&understanding).0, "voucher");
    assert_eq!(understanding.ranked[0].evidence[0].words, "save-2026");
}

#[test]
fn a_person_is_heard_everywhere_but_not_where_it_is_excluded() {
    let shop = shop().compile();
    let rows = [
        ("agent", Some((0.9, true))),
        ("I want to talk to a person!", Some((0.9, true))),
        ("hello, speak to someone please", Some((0.9, true))),
        ("talk to a preson", Some((0.9, true))),
        ("this is the third time I write, I want to speak with a human about my broken lamp", Some((0.75, false))),
        ("my order is late, let me speak to someone", Some((0.75, false))),
        ("the agent was rude", None),
        ("where is my order", None),
    ];
    for (text, expected) in rows {
        let heard = shop.understand(text, &moment()).builtin.get(&Builtin::Human).copied();
        match (heard, expected) {
            (Some(heard), Some((least, whole))) => {
                assert!(heard.confidence >= least && heard.whole == whole, "{text}: {heard:?}");
            }
            (heard, None) => assert!(heard.is_none_or(|heard| heard.confidence < 0.45), "{text}: {heard:?}"),
            (heard, expected) => assert_eq!(heard.map(|heard| (heard.confidence, heard.whole)), expected, "{text}"),
        }
    }
    let both = shop.understand("cancel my order", &moment());
    assert_eq!(best(&both).0, "cancel_order");
    assert!(both.builtin.get(&Builtin::Cancel).is_none_or(|heard| !heard.whole), "{:?}", both.builtin);
    assert!(shop.understand("👍", &moment()).builtin[&Builtin::Yes].whole);
}

#[test]
fn nothing_in_common_is_no_intent() {
    let shop = shop().compile();
    for text in ["", "   ", "?!", "🦊", "日本語"] {
        assert!(shop.understand(text, &moment()).ranked.is_empty(), "{text:?}");
    }
    for text in ["xyzzy plugh", "the weather in paris is nice today", "asdfghjkl"] {
        let understanding = shop.understand(text, &moment());
        assert!(best(&understanding).1 < 0.45, "{text}: {understanding:#?}");
    }
    assert!(Bot::default().compile().understand("hello", &moment()).ranked.is_empty());
}

#[test]
fn a_phrase_of_two_intents_is_sure_of_neither() {
    let bot = Bot::default().intent("one", "give it to me").intent("two", "give it to me\nsomething else").compile();
    let understanding = bot.understand("give it to me", &moment());
    assert_eq!(understanding.ranked.len(), 2);
    assert!(best(&understanding).1 < 0.6 && understanding.margin() < 0.05, "{understanding:#?}");
}

#[test]
fn the_more_specific_phrase_wins() {
    let bot = Bot::default()
        .intent("search", "find {text}")
        .intent("shop", "find a shop")
        .entity("size", &[("small", "small"), ("large", "large")])
        .compile();
    assert_eq!(best(&bot.understand("find a shop", &moment())).0, "shop");
    assert_eq!(best(&bot.understand("find my blue umbrella", &moment())).0, "search");
}

#[test]
fn templates_that_stand_for_millions_of_sentences_cost_little() {
    let spaced = "(a|b) ".repeat(30);
    let joined = "(a|b)".repeat(30);
    let nested = format!("start {}x{} end", "[a ".repeat(20), " b]".repeat(20));
    let mut doubling = Bot::default().snippet("s0", "(one|two)");
    for n in 1..30 {
        doubling = doubling.snippet(&format!("s{n}"), &format!("<s{0}> <s{0}>", n - 1));
    }
    let bot = doubling
        .intent("spaced", &spaced)
        .intent("joined", &joined)
        .intent("nested", &nested)
        .intent("doubled", "first <s29>\nnow <s2>")
        .compile();
    let own = bot.graph.len() - Bot::default().compile().graph.len();
    assert!(own < 1_000, "{own}");
    for (text, intent) in [
        ("a b ".repeat(15), "spaced"),
        ("ab".repeat(15), "joined"),
        ("start a a b b end".to_owned(), "nested"),
        ("now one two one one".to_owned(), "doubled"),
    ] {
        let understanding = bot.understand(&text, &moment());
        assert_eq!(best(&understanding).0, intent, "{text}: {understanding:#?}");
        assert!(best(&understanding).1 > 0.98, "{text}");
    }
    assert!(best(&bot.understand(&"a b ".repeat(1_000), &moment())).1 < 0.99);
}

#[test]
fn a_long_message_is_bounded() {
    let bot = Bot::default().intent("note", "{text} and {text} or {text}").intent("other", "something").compile();
    let text = "word and or ".repeat(333);
    let understanding = bot.understand(&text, &moment());
    assert!(understanding.ranked.len() <= 5);
}

#[test]
fn the_order_of_rules_changes_nothing() {
    let straight = shop();
    let mut turned = straight.clone();
    turned.intents.reverse();
    turned.entities.reverse();
    turned.snippets.reverse();
    for intent in &mut turned.intents {
        intent.phrases.reverse();
        intent.keywords.reverse();
    }
    for (_, phrases) in &mut turned.snippets {
        phrases.reverse();
    }
    let (straight, turned) = (straight.compile(), turned.compile());
    for text in [
        "where is my order",
        "cancel order please",
        "refund my broken lamp",
        "ship from rome to athens",
        "what time is it",
        "open sunday refund order",
        "wher is teh parcle",
    ] {
        assert_eq!(straight.understand(text, &moment()), turned.understand(text, &moment()), "{text}");
    }
}

#[test]
fn an_explanation_says_what_matched_and_what_did_not() {
    let shop = shop().compile();
    let text = "I want a refund for my purple umbrella";
    let told = explain(&shop.understand(text, &moment()), text);
    for part in ["refund", "keyword \"refund\" (bot.yaml:1)", "Left unexplained", "umbrella", "Runner-up", "margin"] {
        assert!(told.contains(part), "{part} is missing:\n{told}");
    }
}

#[test]
fn options_are_chosen_in_the_ways_people_answer() {
    let shop = shop().compile();
    let lamps = [&["Blue lamp", "Lamp las"][..], &["Red lamp", "Lamp coch"], &["Turquoise chair"]];
    let hours = [&["17:30"][..], &["18:00"], &["18:30"]];
    let rooms = [&["Room 2"][..], &["Room 1"]];
    let yes_no = [&["Yes"][..], &["No"]];
    let greek = [&["Ναι"][..], &["Όχι"]];
    let sizes = [&["Large"][..], &["Extra large"], &["Small"]];
    type Row<'a> = (&'a [&'a [&'a str]], &'a str, Option<usize>);
    let rows: &[Row<'_>] = &[
        (&lamps, "blue lamp", Some(0)),
        (&lamps, "BLUE LAMP!", Some(0)),
        (&lamps, "lamp coch", Some(1)),
        (&lamps, "blue", Some(0)),
        (&lamps, "the chair", None),
        (&lamps, "chair", Some(2)),
        (&lamps, "I take the red lamp please", Some(1)),
        (&lamps, "lamp", None),
        (&lamps, "2", Some(1)),
        (&lamps, "option 3", Some(2)),
        (&lamps, "number two", Some(1)),
        (&lamps, "the second one", Some(1)),
        (&lamps, "the last one please", Some(2)),
        (&lamps, "yr ail", Some(1)),
        (&lamps, "ang una", Some(0)),
        (&lamps, "دومی", Some(1)),
        (&lamps, "το τρίτο", Some(2)),
        (&lamps, "4", None),
        (&lamps, "0", None),
        (&lamps, "turqoise chiar", Some(2)),
        (&lamps, "something else", None),
        (&lamps, "two lamps for the second house", None),
        (&hours, "18:00", Some(1)),
        (&hours, "17.30", Some(0)),
        (&hours, "18", None),
        (&rooms, "1", Some(1)),
        (&rooms, "room 2", Some(0)),
        (&yes_no, "yeah", Some(0)),
        (&yes_no, "👍", Some(0)),
        (&yes_no, "nope", Some(1)),
        (&yes_no, "ναι", Some(0)),
        (&greek, "yes please", Some(0)),
        (&sizes, "extra large", Some(1)),
        (&sizes, "the extra large one", Some(1)),
        (&sizes, "large", Some(0)),
        (&sizes, "large or small", None),
        (&sizes, "", None),
    ];
    for (labels, text, expected) in rows {
        let labels: Vec<Vec<String>> =
            labels.iter().map(|labels| labels.iter().map(|label| (*label).to_owned()).collect()).collect();
        assert_eq!(shop.choose(&labels, text, &moment()), *expected, "{text:?} among {labels:?}");
    }
}

#[test]
fn corrections_are_recognised_by_how_they_begin() {
    let bot = Bot::default().compile();
    for text in [
        "no, I meant Friday",
        "sorry I mean the red one",
        "actually, Friday",
        "όχι, εννοούσα την Παρασκευή",
        "نه منظورم جمعه بود",
    ] {
        assert!(bot.is_correction(text), "{text}");
    }
    for text in ["Friday", "I know what I mean", ""] {
        assert!(!bot.is_correction(text), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_message_is_understood_without_panic(text in "\\PC{0,80}|[a-z '?]{0,80}") {
        thread_local!(static SHOP: Matcher = shop().compile());
        SHOP.with(|shop| {
            let understanding = shop.understand(&text, &moment());
            assert!(understanding.ranked.iter().all(|ranked| (0.0..=1.0).contains(&ranked.confidence)));
            assert!(understanding.ranked.is_sorted_by(|a, b| a.confidence >= b.confidence));
            assert!(understanding.ranked.iter().map(|ranked| ranked.confidence).sum::<f64>() <= 1.0 + 1e-9);
        });
    }

    #[test]
    fn a_mostly_unexplained_message_is_never_certain(
        start in "(where is my order|refund|opening hours|save-2026)",
        noise in "([qxz][a-z]{5,9} ){6,12}",
    ) {
        thread_local!(static SHOP: Matcher = shop().compile());
        SHOP.with(|shop| {
            let understanding = shop.understand(&format!("{start} {noise}"), &moment());
            assert!(best(&understanding).1 < 0.9, "{understanding:#?}");
        });
    }
}
