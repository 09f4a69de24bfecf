//! Values that an author lists, and patterns: typed right and wrong, alone and in sentences, several and overlapping.

use super::*;

/// A pizza place.
fn pizzeria() -> Bot {
    Bot::default()
        .entity(
            "dish",
            &[
                ("margherita", "margherita, plain pizza"),
                ("four_seasons", "quattro stagioni, four seasons"),
                ("seasonal", "seasons"),
                ("calzone", "calzone"),
                ("tiropita", "τυρόπιτα"),
                ("lamp_chop", "lamb chop[s]"),
            ],
        )
        .entity("size", &[("large", "large, plain"), ("small", "small")])
        .entity("water", &[("still", "still"), ("fizzy", "sparkling, fizzy")])
        .shape("card", r"CB\d{6}", "CB123456")
        .shape("plate", r"[a-z]{3}-?\d{3}", "abc123")
        .shape("pin", r"\d{4}", "1234")
        .intent("order", "I want a {size} {dish}\none {dish}\nwith {water} water")
        .intent("card", "my card is {card}\nthe pin is {pin}")
        .intent("hours", "when are you open")
}

fn shown(found: &[Found], text: &str) -> String {
    let one = |found: &Found| {
        assert_eq!(text.get(found.range.0..found.range.1), Some(found.said.as_str()), "{text}");
        let value = found.value.as_str().unwrap_or_default();
        if value == found.said { value.to_owned() } else { format!("{value} = {}", found.said) }
    };
    found.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[track_caller]
fn check(rows: &[(&str, &str, &str)], read: impl Fn(&Kind, &str) -> Vec<Found>) {
    let wrong: Vec<String> = rows
        .iter()
        .map(|(entity, text, expected)| {
            (text, expected, shown(&read(&Kind::Entity(EntityName::from(*entity)), text), text))
        })
        .filter(|(_, expected, found)| found != *expected)
        .map(|(text, expected, found)| format!("{text}\n    wanted {expected}\n    found  {found}"))
        .collect();
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn values_are_found_in_sentences_and_answers() {
    let bot = pizzeria().compile();
    let rows = [
        ("dish", "a Margherita, please!", "margherita = Margherita"),
        ("dish", "one plain pizza for me", "margherita = plain pizza"),
        ("dish", "MARGHERITA", "margherita = MARGHERITA"),
        ("dish", "ＣＡＬＺＯＮＥ", "calzone = ＣＡＬＺＯＮＥ"),
        ("dish", "Τυροπιτα θα ηθελα", "tiropita = Τυροπιτα"),
        ("dish", "quattro-stagioni", "four_seasons = quattro-stagioni"),
        // Mistyped.
        ("dish", "two margerita pizzas please", "margherita = margerita"),
        ("dish", "the quatro stagoini one", "four_seasons = quatro stagoini"),
        ("dish", "cazlone", "calzone = cazlone"),
        ("dish", "calzonne!!", "calzone = calzonne"),
        ("dish", "μια τυροπιττα", "tiropita = τυροπιττα"),
        // The plural, by its likeness or by the author's bracket.
        ("dish", "two calzones", "calzone = calzones"),
        ("dish", "three lamb chops", "lamp_chop = lamb chops"),
        // Several, and the longest of those that overlap.
        ("dish", "a calzone and a margerita", "calzone; margherita = margerita"),
        ("dish", "calzone calzone", "calzone; calzone"),
        ("dish", "four seasons or just seasons", "four_seasons = four seasons; seasonal = seasons"),
        // Values of two entities share words.
        ("dish", "large plain pizza", "margherita = plain pizza"),
        ("size", "large plain pizza", "large; large = plain"),
        ("size", "smal", "small = smal"),
        ("size", "the smaller one", ""),
        ("dish", "margin of error", ""),
        ("dish", "", ""),
        ("dish", "🍕", ""),
        // Patterns.
        ("card", "CB123456", "CB123456"),
        ("card", "it is cb 123 456.", "CB123456 = cb 123 456"),
        ("card", "(CB-123-456)", "CB123456 = CB-123-456"),
        ("card", "cb ۱۲۳۴۵۶", "CB123456 = cb ۱۲۳۴۵۶"),
        ("card", "CB１２３４５６", "CB123456 = CB１２３４５６"),
        ("card", "ＣＢ१२३४५६", "CB123456 = ＣＢ१२३४५६"),
        ("card", "CB123456 and cb654321", "CB123456; CB654321 = cb654321"),
        ("card", "CB–123–456", "CB123456 = CB–123–456"),
        ("card", "CB1234567", ""),
        ("card", "CB 12345", ""),
        ("card", "XCB123456", ""),
        ("card", "CB123456X", ""),
        ("plate", "ABC-123", "abc-123 = ABC-123"),
        ("plate", "a b c 1 2 3", "abc123 = a b c 1 2 3"),
        ("plate", "Xyz 987", "xyz987 = Xyz 987"),
        ("pin", "1 2 3 4", "1234 = 1 2 3 4"),
        ("pin", "it is 12345", ""),
        ("pin", "๑๒๓๔", "1234 = ๑๒๓๔"),
    ];
    check(&rows, |kind, text| bot.values(kind, text, &moment()));
}

#[test]
fn a_value_of_two_meanings_is_told_as_both_and_as_all_that_it_is() {
    let bot = pizzeria().compile();
    let kinds = |text: &str| -> Vec<String> {
        let found = bot.understand(text, &moment()).values;
        found.iter().map(|found| format!("{}: {}", kind_name(&found.kind), found.said)).collect()
    };
    assert_eq!(kinds("I want a plain pizza"), ["size: plain", "dish: plain pizza"]);
    // Words cannot tell that here nobody wants water: a value that is a common word is found wherever it stands.
    assert_eq!(kinds("I am still waiting"), ["water: still"]);
}

#[test]
fn a_mistyped_answer_that_is_as_near_to_two_values_is_neither() {
    let bot = Bot::default()
        .entity("colour", &[("maroon", "maroon"), ("marron", "marron")])
        .intent("paint", "paint it {colour}")
        .compile();
    let colour = Kind::Entity(EntityName::from("colour"));
    assert_eq!(bot.values(&colour, "maroon", &moment()).len(), 1);
    assert!(bot.values(&colour, "maron", &moment()).len() <= 1);
}

#[test]
fn long_texts_find_their_values_at_the_right_places() {
    let bot = pizzeria().compile();
    let dish = Kind::Entity(EntityName::from("dish"));
    let text = "καλζόνε calzone, ".repeat(230);
    let found = bot.values(&dish, &text, &moment());
    assert_eq!(found.len(), 230);
    assert!(found.iter().all(|found| text.get(found.range.0..found.range.1) == Some("calzone")));
}

#[test]
fn values_have_their_normal_form() {
    let shop = shop().compile();
    let rows: &[(&str, &str, &[&str])] = &[
        ("order_number", "AB1234", &["AB1234"]),
        ("order_number", "it is ab 12-34 I think", &["AB1234"]),
        ("order_number", "ΑΒ1234", &[]),
        ("order_number", "ab۱۲۳۴", &["AB1234"]),
        ("order_number", "AB12345", &[]),
        ("order_number", "cd5678 and AB1234", &["CD5678", "AB1234"]),
        ("city", "to New York or roma", &["new_york", "rome"]),
        ("city", "αθηνα", &["athens"]),
        ("colour", "turquose", &["turquoise"]),
        ("colour", "the burgandy one", &["burgundy"]),
        ("colour", "reed", &[]),
    ];
    for (entity, text, expected) in rows {
        let found = shop.values(&Kind::Entity(EntityName::from(*entity)), text, &moment());
        let values: Vec<&str> = found.iter().filter_map(|found| found.value.as_str()).collect();
        assert_eq!(&values, expected, "{entity} in {text}");
        assert!(found.iter().all(|found| text[found.range.0..found.range.1] == found.said));
    }
    let text = shop.values(&Kind::Text, "  a free answer ", &moment());
    assert_eq!((text[0].said.as_str(), text[0].range), ("a free answer", (2, 15)));
}
