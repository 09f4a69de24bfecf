//! Small talk: what it hears in every shipped language, and that it takes nothing from the author's intents.

use super::*;
use crate::flow::{SHIPPED, SourceFile, load};

const SHOP: &str = "bot: { name: Shop, languages: [en, cy, fil, fa, el] }
intents:
  track:
    answer: { en: a, cy: a, fil: a, fa: a, el: a }
    phrases: |
      where is my (order|parcel|package)
      (has|did) my parcel arrive[d]
      ble mae fy (archeb|mharsel)
      nasaan [na] [po] ang order ko
      سفارش من کجاست
      πού είναι η παραγγελία μου
  cancel_order:
    answer: { en: a, cy: a, fil: a, fa: a, el: a }
    phrases: |
      [please] cancel my order
      I want to cancel (the|my) order
      canslo fy archeb
      kanselahin ang order ko
      سفارشم را لغو کنید
      ακυρώστε την παραγγελία μου
  deliver:
    answer: { en: a, cy: a, fil: a, fa: a, el: a }
    phrases: |
      how do you deliver
      do you deliver on (saturday|sunday)
    keywords: [delivery]
  broken:
    answer: { en: a, cy: a, fil: a, fa: a, el: a }
    phrases: |
      my lamp is broken
      something is wrong with the lamp
  praise_the_team:
    answer: { en: a, cy: a, fil: a, fa: a, el: a }
    phrases: |
      good bot competition
      the team was great
    keywords: [rubbish]
";

fn shop(more: &str) -> Matcher {
    let loaded = load(&[SourceFile::new("bot.yaml", format!("{SHOP}{more}"))]);
    assert!(!loaded.report.has_errors(), "{}", loaded.report);
    Matcher::compile(&loaded.program.unwrap())
}

#[test]
fn small_talk_is_heard_in_every_shipped_language() {
    let bot = shop("use: small_talk\n");
    let (mut wrong, mut seen) = (Vec::new(), std::collections::BTreeSet::new());
    let rows = include_str!("../../../fixtures/small_talk.txt");
    for row in rows.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let (head, text) = row.split_once('\t').expect("a tab before the message");
        let (language, intent) = head.split_once(' ').expect("a language and an intent");
        seen.insert((language, intent));
        let understanding = bot.understand(text, &moment());
        let (found, confidence) = best(&understanding);
        let own = ["track", "cancel_order", "deliver", "broken", "praise_the_team"].contains(&found);
        let as_wanted = match intent {
            "-" => own || confidence < 0.75,
            _ => found == intent && confidence >= 0.75,
        };
        let human = understanding.builtin.get(&Builtin::Human).copied();
        let heard = human.is_some_and(|heard| heard.whole || heard.confidence >= 0.75);
        if !as_wanted || heard {
            wrong.push(format!("{row}: {found} {confidence:.2}, human: {human:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
    for language in SHIPPED {
        for intent in crate::flow::load(&[SourceFile::new("b.yaml", "bot: { name: B }\nuse: small_talk\n")])
            .program
            .unwrap()
            .small_talk
            .keys()
        {
            assert!(seen.contains(&(language, intent.as_str())), "no row for {intent} in {language}");
        }
    }
}

#[test]
fn small_talk_makes_no_intent_of_the_author_less_sure() {
    let (without, with) = (shop(""), shop("use: [small_talk]\n"));
    for text in [
        "hello where is my parcel",
        "Hello, where is my order?",
        "thanks, and has the parcel arrived yet",
        "good morning I would like to cancel the order",
        "how are you delivering this on sunday",
        "the lamp you sent is broken and I am sorry to bother you",
        "is my pacel here",
        "γεια σας πού είναι η παραγγελια",
        "سلام سفارشم کجا هست",
        "qwertz uiop",
    ] {
        let told = |bot: &Matcher| bot.understand(text, &moment());
        let (before, after) = (told(&without), told(&with));
        let small = |ranked: &&Ranked| !without.intents.contains(&ranked.intent);
        assert!(after.ranked.iter().filter(small).all(|ranked| ranked.confidence < 0.45), "{text}: {after:#?}");
        let own = |understanding: &Understanding| -> Vec<(String, f64)> {
            let own = understanding.ranked.iter().filter(|ranked| !small(ranked));
            own.map(|ranked| (ranked.intent.to_string(), ranked.confidence)).collect()
        };
        let (before, after) = (own(&before), own(&after));
        for (one, other) in before.iter().zip(&after) {
            assert!(one.0 == other.0 && (one.1 - other.1).abs() < 1e-9, "{text}: {before:?} {after:?}");
        }
    }
}

#[test]
fn what_the_author_wrote_comes_before_small_talk() {
    let bot = shop("use: [small_talk]\nwords: { track: [hola] }\n".to_owned().as_str());
    assert_eq!(best(&bot.understand("good bot", &moment())).0, "compliment");
    let own = SHOP.replace("good bot competition", "good bot\n      you are (rubbish|great)");
    let loaded = load(&[SourceFile::new("bot.yaml", format!("{own}use: small_talk\n"))]);
    let own = Matcher::compile(&loaded.program.unwrap());
    for text in ["good bot", "hello, you are rubbish", "you are great"] {
        let understanding = own.understand(text, &moment());
        assert_eq!(best(&understanding).0, "praise_the_team", "{text}: {understanding:#?}");
        assert!(best(&understanding).1 > 0.98, "{text}");
    }
    // A keyword that explains most of a message, too.
    assert_eq!(best(&bot.understand("rubbish", &moment())).0, "praise_the_team");
    let understanding = bot.understand("hello", &moment());
    let told = explain(&understanding, "hello");
    assert!(told.contains("Best intent: greeting at 0.99") || told.contains("Best intent: greeting at 1.00"), "{told}");
    assert!(told.contains("built-in/small_talk/en.yaml:"), "{told}");
    assert!(told.contains("Every word that matters is explained."), "{told}");
}

#[test]
fn an_intent_of_the_same_name_replaces_small_talk_wholly() {
    let own = "use: [small_talk]\nintents2: {}\n";
    let text = SHOP.replace(
        "intents:\n",
        "intents:\n  greeting: { phrases: ahoy sailor, answer: { en: a, cy: a, fil: a, fa: a, el: a } }\n",
    );
    let loaded = load(&[SourceFile::new("bot.yaml", format!("{text}{}", &own[..own.find("intents2").unwrap()]))]);
    let program = loaded.program.unwrap();
    assert!(!program.small_talk.contains_key("greeting") && program.small_talk.contains_key("thanks"));
    let bot = Matcher::compile(&program);
    assert_eq!(best(&bot.understand("ahoy sailor", &moment())).0, "greeting");
    assert!(best(&bot.understand("good morning", &moment())).1 < 0.75);
}

#[test]
fn an_unexplained_word_makes_small_talk_unsure() {
    let bot = shop("use: [small_talk]\n");
    let confidence = |text: &str| {
        let understanding = bot.understand(text, &moment());
        understanding.ranked.iter().find(|it| it.intent.as_str() == "thanks").map_or(0.0, |it| it.confidence)
    };
    let all = confidence("thank you so much for your help");
    let most = confidence("thank you so much for your help yesterday");
    let little = confidence("thank you purple umbrella bicycle");
    assert!(all > 0.98 && most < 0.9 && little < 0.45 && most > little, "{all} {most} {little}");
}
