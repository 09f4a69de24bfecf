//! `words:`: what counts as another word, in rules and in messages.

use super::*;

/// The shop with `words:`.
fn worded() -> Bot {
    shop()
        .words("order", "purchase, bestellung")
        .words("cancel", "call off, scrap, bin")
        .words("refund", "reimbursement")
        .words("turquoise", "sea green")
        .words("person", "bod")
        .words("rome", "the eternal city")
        .words("new york", "big apple")
}

#[test]
fn words_count_as_others_in_phrases_keywords_excluded_words_and_values() {
    let bot = worded().compile();
    let rows = [
        ("where is my purchase", "track"),
        ("track bestellung!", "track"),
        ("please, call off the order", "cancel_order"),
        ("I'd like to scrap my purchase", "cancel_order"),
        // The plural is written with the word in one piece, and has no synonyms.
        ("when will my orders arrive", "track"),
        ("ship it from the eternal city to Big Apple", "ship"),
    ];
    for (text, intent) in rows {
        let understanding = bot.understand(text, &moment());
        assert_eq!(best(&understanding).0, intent, "{text}: {understanding:#?}");
        assert!(best(&understanding).1 > 0.98, "{text}: {understanding:#?}");
        assert!(understanding.unexplained.is_empty(), "{text}: {:?}", understanding.unexplained);
    }
    let keyword = bot.understand("reimbursement", &moment());
    assert!(keyword.ranked[0].evidence.iter().any(|evidence| evidence.kind == EvidenceKind::Keyword), "{keyword:#?}");
    assert!(best(&keyword).1 > 0.75, "{keyword:#?}");
    let told = |text: &str| bot.understand(text, &moment()).ranked.iter().any(|it| it.intent.as_str() == "refund");
    assert!(told("my reimbursement") && !told("my tax reimbursement"));
    let values = bot.understand("ship it from the eternal city to the big apple", &moment()).values;
    let found: Vec<_> = values.iter().map(|value| (value.value.as_str().unwrap(), value.said.as_str())).collect();
    assert_eq!(found, [("rome", "the eternal city"), ("new_york", "big apple")]);
    let colour = Kind::Entity(EntityName::from("colour"));
    assert_eq!(bot.values(&colour, "a SEA-GREEN one", &moment())[0].said, "SEA-GREEN");
    assert!(bot.understand("I want to talk to a bod", &moment()).builtin[&Builtin::Human].whole);
}

#[test]
fn words_count_both_ways() {
    // The phrase has the other word, and the group crosses parts of a template.
    let bot = Bot::default()
        .intent("off", "(call|ring) off my parcel\nscrap it")
        .intent("ship", "ship my package\ndo you ship")
        .words("cancel", "call off, scrap")
        .words("parcel", "package, jiffy bag")
        .compile();
    for (text, intent) in [
        ("ship my jiffy bag", "ship"),
        ("ship my parcel", "ship"),
        ("cancel it", "off"),
        ("call off it", "off"),
        ("call off my package", "off"),
        ("ring off my jiffy bag", "off"),
    ] {
        let understanding = bot.understand(text, &moment());
        assert_eq!(best(&understanding).0, intent, "{text}");
        assert!(best(&understanding).1 > 0.98, "{text}: {understanding:#?}");
    }
}

#[test]
fn likeness_sees_the_word_that_others_count_as() {
    let row = [("any news of the purchase", "track"), ("the bestelung must be scrapt", "cancel_order")];
    for (text, intent) in row {
        let (with, without) = (worded().compile(), shop().compile());
        let confidence = |bot: &Matcher| {
            let ranked = bot.understand(text, &moment()).ranked;
            ranked.into_iter().find(|ranked| ranked.intent.as_str() == intent).map_or(0.0, |ranked| ranked.confidence)
        };
        assert!(
            confidence(&with) > confidence(&without) + 0.05,
            "{text}: {} {}",
            confidence(&with),
            confidence(&without)
        );
    }
}

#[test]
fn patterns_and_built_in_kinds_see_the_text_as_it_is() {
    let bot = Bot::default()
        .intent("call", "call me {date}")
        .intent("voucher", "I have a voucher")
        .pattern(r"\bSAVE-\d+\b")
        .shape("number", r"BOX\d{2}", "BOX12")
        .words("friday", "bestday")
        .words("keep", "save")
        .words("crate", "box12")
        .compile();
    let understanding = bot.understand("call me bestday, code SAVE-12 for box12", &moment());
    let values: Vec<_> = understanding.values.iter().map(|value| value.value.as_str().unwrap()).collect();
    assert_eq!(values, ["BOX12"]);
    assert!(understanding.ranked.iter().any(|it| it.evidence.iter().any(|it| it.kind == EvidenceKind::Pattern)));
}

#[test]
fn options_are_chosen_by_words_that_count_as_theirs() {
    let bot = worded().compile();
    let labels = [vec!["My purchase".to_owned()], vec!["Refund".to_owned()]];
    for (text, expected) in [("order", Some(0)), ("bestellung", Some(0)), ("my reimbursement", Some(1)), ("tea", None)]
    {
        assert_eq!(bot.choose(&labels, text, &moment()), expected, "{text}");
    }
    let both = [vec!["Scrap it".to_owned()], vec!["Bin it".to_owned()]];
    assert_eq!(bot.choose(&both, "bin it", &moment()), Some(1), "the label itself comes first");
}

#[test]
fn an_explanation_says_what_counts_as_what() {
    let text = "Bestellung: where?";
    let told = explain(&worded().compile().understand(text, &moment()), text);
    assert!(told.contains("\"Bestellung\" counts as \"order\" (bot.yaml:1)."), "{told}");
}

#[test]
fn the_order_of_words_changes_nothing() {
    let (straight, mut turned) = (worded(), worded());
    turned.synonyms.reverse();
    turned.synonyms.iter_mut().for_each(|synonym| synonym.said.reverse());
    let (straight, turned) = (straight.compile(), turned.compile());
    for text in ["scrap the purchase", "any bestellung from the eternal city", "call off refund big apple", "bin bod"] {
        assert_eq!(straight.understand(text, &moment()), turned.understand(text, &moment()), "{text}");
    }
}
