//! What holds for every bot and every message: rules have no order, an unrelated intent changes little, and no message takes the
//! matcher down or away.

use super::*;

/// Phrases that a visitor might write, right and wrong.
const MESSAGES: [&str; 10] = [
    "where is my order",
    "wher is teh parcle",
    "cancel order please",
    "I'd like to send this lamp back",
    "how do I get my money back",
    "are you open tomorrow",
    "ship from rome to athens",
    "do you sell wool blankets",
    "the weather in paris is nice today",
    "what is the meaning of life",
];

fn best_of(bot: &Matcher, text: &str) -> Option<(String, f64)> {
    let understanding = bot.understand(text, &moment());
    understanding.ranked.first().map(|ranked| (ranked.intent.to_string(), ranked.confidence))
}

#[test]
fn an_unrelated_intent_hardly_moves_a_confidence() {
    let before = shop().compile();
    let after = shop()
        .intent("zoo", "how many giraffes live in africa\nfeed the penguins\ndo elephants sleep standing up\nlion cubs")
        .compile();
    for text in MESSAGES {
        let (one, other) = (best_of(&before, text), best_of(&after, text));
        let (Some(one), Some(other)) = (one, other) else { panic!("{text}: nothing in common any more") };
        let sure = one.1.max(other.1) >= 0.45;
        assert!(!sure || one.0 == other.0, "{text}: {one:?} became {other:?}");
        assert!((one.1 - other.1).abs() < 0.15, "{text}: {one:?} became {other:?}");
    }
}

/// A bot whose rules are as bad as an author's may be: optional parts that may all be empty, values without a shape next to each
/// other, patterns that try to go back, keywords that overlap.
fn hostile() -> Matcher {
    Bot::default()
        .snippet("deep", "[<deeper>] [<deeper>] [<deeper>]\n(a|<deeper>) b")
        .snippet("deeper", "[a] [a] [a] [b] [b]\n[a|b|c|d] [a|b|c|d] [a|b|c|d]")
        .entity("letter", &[("a", "a, aa, a a"), ("b", "b, a b, b a")])
        .shape("code", r"(a|aa|b)+\d*", "aab1")
        .intent("deep", "<deep> <deep> <deep> <deep>\n[a] [<deep>] {text} [<deep>] [b]\n{letter} {text} {letter}")
        .intent("text", "{text} and {text} or {text}\n{name} {name} {name}\n{text} {date} {text} {number}")
        .keywords("a\na a\na b\nb a b\nand")
        .exclude("c d e")
        .intent("pattern", "something else")
        .pattern(r"(a*)*b")
        .pattern(r"(a|b|ab)*(and)+(\s*\w+\s*)*x")
        .pattern(r"(?:(?:a{0,20}){0,20}b){1,3}")
        .compile()
}

/// Messages that once took seconds or the stack: wishes taken back without end, one word of thousands of letters or marks, and a
/// sentence that is compared with every sentence of an intent.
#[test]
fn no_message_is_taken_apart_without_end() {
    let bot = shop()
        .intent("cat", "my cat ordered it\nwhere is my cat")
        .change(|intent| intent.not_phrases = phrases("where is my dog"))
        .compile();
    let long = [
        "dont order just ".repeat(250),
        "dont pay please ".repeat(250),
        "I want a refund and cancel my order, ".repeat(108),
        "jd".repeat(2_000),
        format!("c{}ancelmyorder", "\u{301}".repeat(3_900)),
        format!("wheres{}myorder", "\u{200c}".repeat(3_900)),
        "cat dog ".repeat(500),
        "no ".repeat(1_300),
    ];
    for text in long {
        let understanding = bot.understand(&text, &moment());
        assert!(understanding.ranked.len() <= 5, "{}", &text[..20]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_longest_message_is_understood_by_the_worst_rules(
        pieces in proptest::collection::vec(
            prop_oneof!["[ab]{1,6} ", "a ", "b a ", "and ", "or ", "tomorrow ", "12 ", "a a a a ", "\\PC{1,12}", "(ab)?x "],
            0..1_400,
        ),
    ) {
        thread_local!(static WORST: Matcher = hostile());
        let text: String = pieces.concat().chars().take(4_000).collect();
        WORST.with(|bot| {
            let understanding = bot.understand(&text, &moment());
            assert!(understanding.ranked.iter().all(|ranked| (0.0..=1.0).contains(&ranked.confidence)));
            for value in &understanding.values {
                assert_eq!(text.get(value.range.0..value.range.1), Some(value.said.as_str()));
            }
        });
    }

    #[test]
    fn phrases_in_any_order_give_the_same_bot(seed in any::<u64>(), message in 0..MESSAGES.len()) {
        thread_local!(static STRAIGHT: Matcher = shop().compile());
        let mut shuffled = shop();
        let mut dice = seed;
        for intent in &mut shuffled.intents {
            let count = intent.phrases.len();
            for at in (1..count).rev() {
                dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                intent.phrases.swap(at, (dice >> 33) as usize % (at + 1));
            }
        }
        shuffled.intents.rotate_left(seed as usize % 5);
        let text = MESSAGES[message];
        STRAIGHT.with(|straight| {
            prop_assert_eq!(straight.understand(text, &moment()), shuffled.compile().understand(text, &moment()));
            Ok(())
        })?;
    }
}

#[test]
fn a_phrase_whose_value_is_missing_is_asked_about_where_something_else_stands_there() {
    let bot = Bot::default()
        .entity("part", &[("brakes", "brakes, brake"), ("chain", "chain")])
        .intent("repair", "my {part} (is|are) broken\ncan you fix my {part}\nI want to book a repair")
        .intent("hours", "when are you open\nare you open on sunday")
        .intent("rent", "do you rent bikes\nI want to hire a bike")
        .compile();
    for text in ["can you fix my brake", "can you fix my chian", "my chain is broken", "can you fix it"] {
        assert!(
            best_of(&bot, text).is_some_and(|(name, confidence)| name == "repair" && confidence >= 0.75),
            "{text}: {:?}",
            best_of(&bot, text)
        );
    }
    for text in ["can you fix my car", "my leg is broken", "can you fix my old grandfather"] {
        assert!(best_of(&bot, text).is_some_and(|(_, confidence)| confidence < 0.75), "{text}");
    }
}
