//! Two values of one kind in a message that no phrase fits as a whole: the words beside them tell their slots.

use super::*;

/// A travel agency whose phrases name two cities and two days.
fn travel() -> Bot {
    Bot::default()
        .snippet("want", "I want\nI need\nI would like\nθέλω\nmae angen\nkailangan ko ng\nمی‌خواهم")
        .snippet("from", "from\nleaving\nαπό\no\nmula\nاز")
        .snippet("to", "to\ninto\nγια\nστην\ni\npapuntang\nبه")
        .entity(
            "city",
            &[
                ("athens", "Athens, Αθήνα, Athen, آتن"),
                ("patra", "Patra, Patras, Πάτρα, پاترا"),
                ("cardiff", "Cardiff, Caerdydd, Gaerdydd"),
                ("swansea", "Swansea, Abertawe"),
                ("manila", "Manila, Maynila"),
                ("cebu", "Cebu"),
            ],
        )
        .intent(
            "ticket",
            "<want> a ticket [<from> {city:origin}] [<to> {city:destination}]
             <want> a ticket [<to> {city:destination}] [<from> {city:origin}]
             <want> εισιτήριο <from> {city:origin} <to> {city:destination}
             <want> tocyn <from> {city:origin} <to> {city:destination}
             <want> tiket <from> {city:origin} <to> {city:destination}
             یک بلیط <from> {city:origin} <to> {city:destination} <want>",
        )
        .intent(
            "room",
            "<want> a room from {date:arrival} (to|until) {date:departure}
             book a room for {date:arrival}
             δωμάτιο από {date:arrival} μέχρι {date:departure}
             ystafell o {date:arrival} tan {date:departure}
             kuwarto mula {date:arrival} hanggang {date:departure}
             اتاق از {date:arrival} تا {date:departure}",
        )
        .intent("compare", "compare {city:one} with {city:other}\nis {city:one} nicer than {city:other}")
        .intent("weather", "what is the weather like in {city}")
        .intent("hours", "when are you open")
}

/// `slot = said`, for the values that have a slot; `?` for those that have none.
fn named(bot: &Matcher, language: &str, text: &str) -> String {
    let moment = Moment { language: language.into(), ..moment() };
    let shown = |found: &Found| format!("{} = {}", found.slot.as_ref().map_or("?", |slot| slot.as_str()), found.said);
    bot.understand(text, &moment).values.iter().map(shown).collect::<Vec<_>>().join("; ")
}

#[test]
fn words_beside_values_tell_their_slots() {
    let bot = travel().compile();
    let rows = [
        // An exact fit, and then less and less of one.
        ("en", "I need a ticket from Athens to Patra", "origin = Athens; destination = Patra"),
        (
            "en",
            "hi I need a ticket going from Athens to Patra please and thank you so much",
            "origin = Athens; destination = Patra",
        ),
        ("en", "the cheapest ticket to Patra from Athens there is", "destination = Patra; origin = Athens"),
        ("en", "ticket from sunny Athens to the lovely Patra asap", "origin = Athens; destination = Patra"),
        ("en", "how much is a ticket leaving Cardiff going into Swansea", "origin = Cardiff; destination = Swansea"),
        ("en", "need ticket fro Athens to Patra", "origin = Athens; destination = Patra"),
        ("en", "a ticket Athens to Patra would be nice", "origin = Athens; destination = Patra"),
        ("en", "can I get a ticket to Cebu, my home is in Manila", "destination = Cebu; ? = Manila"),
        // Nothing tells, or two values ask for one slot.
        ("en", "I really need a ticket Athens Patra", "? = Athens; ? = Patra"),
        ("en", "tickets for Athens and Patra I want", "? = Athens; ? = Patra"),
        ("en", "I would like some ticket to Athens or maybe to Patra", "? = Athens; ? = Patra"),
        ("en", "a ticket to Athens, yes to Athens please", "destination = Athens; destination = Athens"),
        // A phrase without slots has none.
        ("en", "so what is the weather like in Athens and in Patra", "? = Athens; ? = Patra"),
        // Other words name other slots, and a word that stands beside both tells nothing.
        ("en", "could you compare Athens for me with Patra", "one = Athens; other = Patra"),
        // Other languages.
        ("el", "γεια σας, θέλω ένα φτηνό εισιτήριο από την Αθήνα για Πάτρα", "origin = Αθήνα; destination = Πάτρα"),
        ("el", "εισιτήριο στην Πάτρα από Αθήνα θέλω λοιπόν", "destination = Πάτρα; origin = Αθήνα"),
        ("cy", "mae angen tocyn rhad o Gaerdydd i Abertawe arna i", "origin = Gaerdydd; destination = Abertawe"),
        ("fil", "kailangan ko po ng tiket mula sa Maynila papuntang Cebu", "origin = Maynila; destination = Cebu"),
        ("fa", "سلام یک بلیط ارزان از آتن به پاترا می‌خواهم ممنون", "origin = آتن; destination = پاترا"),
    ];
    let wrong: Vec<String> = rows
        .iter()
        .map(|(language, text, expected)| (text, expected, named(&bot, language, text)))
        .filter(|(_, expected, found)| found != *expected)
        .map(|(text, expected, found)| format!("{text}\n    wanted {expected}\n    found  {found}"))
        .collect();
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn two_days_of_a_message_are_told_apart_too() {
    let bot = travel().compile();
    let rows = [
        ("en", "hello, I want some room from Friday to Sunday please", "arrival = Friday; departure = Sunday"),
        ("en", "is a room free from 12 May until the 15th of May", "arrival = 12 May; departure = 15th of May"),
        ("en", "we want a room from the 5th to the 7th of May", "arrival = 5th; departure = 7th of May"),
        ("en", "do you have a room Friday or Sunday", "? = Friday; ? = Sunday"),
        ("el", "έχετε κάποιο δωμάτιο από Παρασκευή μέχρι Κυριακή;", "arrival = Παρασκευή; departure = Κυριακή"),
        ("cy", "oes ystafell o ddydd Gwener tan ddydd Sul", "arrival = ddydd Gwener; departure = ddydd Sul"),
        ("fil", "may kuwarto po ba mula Biyernes hanggang Linggo", "arrival = Biyernes; departure = Linggo"),
        ("fa", "سلام، اتاق خالی از جمعه تا یکشنبه دارید؟", "arrival = جمعه; departure = یکشنبه"),
    ];
    for (language, text, expected) in rows {
        assert_eq!(named(&bot, language, text), expected, "{text}");
    }
}

#[test]
fn the_order_of_phrases_does_not_change_what_words_tell() {
    let mut turned = travel();
    for intent in &mut turned.intents {
        intent.phrases.reverse();
    }
    turned.intents.reverse();
    let (bot, turned) = (travel().compile(), turned.compile());
    for text in
        ["a ticket going to Patra and coming from Athens", "Athens to Patra ticket", "compare for me Cebu with Patra"]
    {
        assert_eq!(named(&bot, "en", text), named(&turned, "en", text), "{text}");
    }
}

#[test]
fn snippets_that_hold_each_other_do_not_make_learning_long() {
    let mut bot =
        Bot::default().entity("city", &[("athens", "Athens")]).snippet("s0", "from {city:origin}\nto {city:goal}");
    for depth in 1..24 {
        let inner = format!("<s{}>", depth - 1);
        bot = bot.snippet(&format!("s{depth}"), &format!("a {inner}\nb {inner}"));
    }
    let bot = bot.intent("go", "<s23>").intent("stay", "stay here").compile();
    assert!(bot.understand("from Athens", &moment()).values.len() == 1);
}

#[test]
fn a_phrase_names_its_slots() {
    let shop = shop().compile();
    let understanding = shop.understand("please ship it from NYC to athens", &moment());
    let told: Vec<(String, Option<&str>)> = understanding
        .values
        .iter()
        .map(|found| (found.value.as_str().unwrap_or("").to_owned(), found.slot.as_ref().map(|slot| slot.as_str())))
        .collect();
    assert_eq!(told, [("new_york".to_owned(), Some("origin")), ("athens".to_owned(), Some("destination"))]);
}
