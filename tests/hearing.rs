//! What visitors mean beyond the best intent: tables of messages in every shipped language, against a bot that knows nothing of its
//! own and against the example bot.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use frontdesk::bot::Bot;
use frontdesk::cli::load_bot;
use frontdesk::dialog::{Event, Rehearsal, Setting};
use frontdesk::flow::{self, Kind, SHIPPED, SourceFile, TestAgents};
use frontdesk::id::{ChannelName, Language};
use frontdesk::matcher::{Found, Moment, Ranked, Understand, Understanding, explain};
use frontdesk::time::Time;
use serde::Deserialize;

/// A Monday morning.
const STARTS: Time = Time(1_767_607_200_000);

/// A bot without intents of its own.
fn bare_bot() -> Bot {
    let yaml = "bot: { name: Bare, languages: [en, cy, fil, fa, el] }\n";
    let loaded = flow::load(&[SourceFile::new("bot.yaml", yaml)]);
    let program = loaded.program.unwrap_or_else(|| panic!("{}", loaded.report));
    Bot::compile(program, "test".to_owned())
}

fn example_bot() -> Bot {
    load_bot(&Path::new(env!("CARGO_MANIFEST_DIR")).join("flows")).unwrap().bot.unwrap()
}

/// The rows of one fixture by their key.
fn rows(kind: &str, language: &str) -> BTreeMap<String, Vec<String>> {
    #[derive(Deserialize)]
    struct Rows(BTreeMap<String, String>);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/{kind}/{language}.yaml"));
    let Rows(rows) = serde_yaml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let lines = |text: String| text.lines().map(str::to_owned).collect();
    rows.into_iter().map(|(key, text)| (key, lines(text))).collect()
}

/// A conversation with nothing said yet.
fn talk(bot: &Bot) -> Rehearsal<'_> {
    let setting = Setting {
        starts: STARTS,
        keeps_hours: false,
        agents: TestAgents::default(),
        services: BTreeMap::new(),
        language: None,
        channel: ChannelName::from("web"),
        contact: BTreeMap::new(),
    };
    Rehearsal::new(bot, setting)
}

fn is_handed_over(bot: &Bot, text: &str) -> bool {
    let mut talk = talk(bot);
    talk.visitor(text).unwrap();
    talk.events.iter().any(|recorded| matches!(recorded.event, Event::HandoffRequested { .. }))
}

#[test]
fn a_wish_for_a_person_is_heard_in_any_wording_and_not_where_it_only_sounds_like_one() {
    let mut wrong = Vec::new();
    for (name, bot) in [("bare", bare_bot()), ("example", example_bot())] {
        for language in SHIPPED {
            let rows = rows("human", language);
            assert!(rows["hear"].len() >= 40 && rows["not"].len() >= 25, "{language} has too few rows");
            for (key, heard) in [("hear", true), ("not", false)] {
                let missed = rows[key].iter().filter(|text| is_handed_over(&bot, text) != heard);
                wrong.extend(missed.map(|text| format!("{name} {language} {key}: {text}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_is_said_not_to_be_wanted_is_not_understood_and_what_only_holds_a_not_is() {
    let bot = example_bot();
    let moment = Moment { now: STARTS, language: Language::from("en") };
    let mut wrong = Vec::new();
    for language in SHIPPED {
        for (key, texts) in rows("negation", language) {
            for text in texts {
                let understanding = bot.matcher.understand(&text, &moment);
                let best = understanding.ranked.first();
                let understood = best.filter(|best| best.confidence >= bot.program.fallback.unsure);
                let fits = match key.strip_prefix("not ") {
                    Some(intent) => understood.is_none_or(|best| best.intent.as_str() != intent),
                    None => understood.is_some_and(|best| best.intent.as_str() == key),
                };
                if !fits {
                    wrong.push(format!("{language} {key}: {}", explain(&understanding, &text)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn an_explanation_says_what_is_not_wanted_and_in_which_words() {
    let bot = example_bot();
    let moment = Moment { now: STARTS, language: Language::from("en") };
    let text = "I don't want to cancel my order, where is it";
    let told = explain(&bot.matcher.understand(text, &moment), text);
    assert!(told.contains("but \"I don't want to cancel my order\" says that it is not wanted."), "{told}");
}

#[test]
fn an_agent_reads_of_the_wish_that_was_not_served() {
    let bot = load_bot(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conversations/hearing.yaml"))
        .unwrap()
        .bot
        .unwrap();
    let mut talk = talk(&bot);
    talk.visitor("track my parcel and also change my address").unwrap();
    talk.visitor("I need to talk to a person").unwrap();
    let reason = talk.conversation.handoff.unwrap().reason;
    assert_eq!(reason, "Asked for a person; also asked about “Change the address”");
}

/// Understands every message as two intents that are as near to each other as told.
#[derive(Debug)]
struct Near(f64, f64);

impl Understand for Near {
    fn understand(&self, _: &str, _: &Moment) -> Understanding {
        let ranked = [("refund", self.0), ("parcel", self.1)];
        let ranked =
            ranked.map(|(intent, confidence)| Ranked { intent: intent.into(), confidence, evidence: Vec::new() });
        Understanding { ranked: ranked.to_vec(), ..Understanding::default() }
    }

    fn values(&self, _: &Kind, _: &str, _: &Moment) -> Vec<Found> {
        Vec::new()
    }

    fn choose(&self, _: &[Vec<String>], _: &str, _: &Moment) -> Option<usize> {
        None
    }

    fn is_correction(&self, _: &str) -> bool {
        false
    }
}

#[test]
fn two_intents_that_are_near_each_other_are_asked_about_however_sure() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conversations/hearing.yaml");
    let mut bot = load_bot(&path).unwrap().bot.unwrap();
    let program = Arc::make_mut(&mut bot.program);
    (program.fallback.sure, program.fallback.unsure) = (0.4, 0.3);
    for (first, second, asks) in [(0.5, 0.45, true), (0.5, 0.3, false)] {
        bot.matcher = Box::new(Near(first, second));
        let mut talk = talk(&bot);
        talk.visitor("my parcel or my money").unwrap();
        let offered: Vec<&str> = talk.conversation.buttons.iter().map(|live| live.button.label.as_str()).collect();
        let expected: &[&str] = if asks { &["Get a refund", "Track a parcel", "Talk to a person"] } else { &[] };
        assert_eq!(offered, expected, "{first} and {second}");
    }
}

#[test]
fn two_wishes_in_one_message_are_both_understood() {
    let bot = example_bot();
    let moment = Moment { now: STARTS, language: Language::from("en") };
    let sure = bot.program.fallback.sure;
    let mut wrong = Vec::new();
    for language in SHIPPED {
        for (key, texts) in rows("parts", language) {
            for text in texts {
                let understanding = bot.matcher.understand(&text, &moment);
                let parts: Vec<&str> = understanding
                    .parts
                    .iter()
                    .filter(|part| part.confidence >= sure)
                    .map(|part| part.intent.as_str())
                    .collect();
                let fits = if key == "one" { parts.len() < 2 } else { parts.join(" + ") == key };
                if !fits {
                    wrong.push(format!("{language} {key}: {}", explain(&understanding, &text)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn leaving_in_the_middle_of_a_task_ends_it_and_nothing_more_is_asked() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conversations/hearing.yaml");
    let bot = load_bot(&path).unwrap().bot.unwrap();
    let mut wrong = Vec::new();
    for language in SHIPPED {
        for (key, texts) in rows("leaving", language) {
            let expected = match key.as_str() {
                "farewell" => "Thank you for writing. Have a good day.",
                _ => "All right, I have stopped that.",
            };
            for text in texts {
                let mut talk = talk(&bot);
                talk.visitor("I want a refund").unwrap();
                let before = talk.events.len();
                talk.visitor(&text).unwrap();
                let said = talk.events[before..].iter().filter_map(|recorded| match &recorded.event {
                    Event::BotSaid { message, .. } => Some(message.text.as_str()),
                    _ => None,
                });
                let said: Vec<&str> = said.collect();
                if said != [expected] || !talk.conversation.tasks.is_empty() {
                    wrong.push(format!("{language} {key}: {text} -> {said:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn an_agent_reads_that_the_visitor_had_lost_patience() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/conversations/hearing.yaml");
    let bot = load_bot(&path).unwrap().bot.unwrap();
    let mut talk = talk(&bot);
    talk.visitor("this is useless, where is my parcel").unwrap();
    let labels: Vec<&str> = talk.conversation.buttons.iter().map(|live| live.button.label.as_str()).collect();
    assert_eq!(labels, ["Talk to a person"], "the offer stands beside the answer");
    talk.visitor("human").unwrap();
    assert_eq!(talk.conversation.handoff.unwrap().reason, "Asked for a person (frustrated)");
}

#[test]
fn words_of_anger_and_their_weights_are_the_authors_too() {
    let yaml = "bot: { name: Own, languages: [en] }\nfrustration:\n  offer_at: 5\n  ask_at: 9\n  weights: { capitals: 0 }\n  words:\n    5: |\n      by Jove\n";
    let loaded = flow::load(&[SourceFile::new("bot.yaml", yaml)]);
    let bot = Bot::compile(loaded.program.unwrap_or_else(|| panic!("{}", loaded.report)), "test".to_owned());
    let moment = Moment { now: STARTS, language: Language::from("en") };
    for (text, signs) in
        [("by Jove, where is it", 5), ("this is useless", 2), ("WHERE IS MY ORDER", 0), ("hello there", 0)]
    {
        assert_eq!(bot.matcher.understand(text, &moment).frustration, signs, "{text}");
    }
}

#[test]
fn anger_is_heard_in_every_shipped_language() {
    let bot = bare_bot();
    let moment = Moment { now: STARTS, language: Language::from("en") };
    for language in SHIPPED {
        for (key, texts) in rows("anger", language) {
            let weight: u32 = key.parse().unwrap();
            for text in texts {
                assert_eq!(bot.matcher.understand(&text, &moment).frustration, weight, "{language}: {text}");
            }
        }
    }
}
