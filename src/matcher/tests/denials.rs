//! `not_phrases`: what they rule out, and what they make less sure.

use super::*;

impl Bot {
    fn not(self, lines: &str) -> Self {
        self.change(|intent| intent.not_phrases = phrases(lines))
    }
}

/// The confidence of an intent in a message; 0 where it is not told.
fn confidence(bot: &Matcher, intent: &str, text: &str) -> f64 {
    let ranked = bot.understand(text, &moment()).ranked;
    ranked.iter().find(|ranked| ranked.intent.as_str() == intent).map_or(0.0, |ranked| ranked.confidence)
}

fn clinic(not: &str) -> Matcher {
    let mut bot = Bot::default()
        .intent(
            "book",
            "I (want|would like) to book an appointment\ncan I book a visit\nbook me in for {date}\nI want {text}",
        )
        .keywords("appointment");
    if !not.is_empty() {
        bot = bot.not(not);
    }
    bot.intent("hours", "when are you open\nare you open on sunday\nwhat are your opening hours")
        .intent("prices", "how much is a cleaning\nwhat does a filling cost\nhow much do you charge")
        .intent("location", "where are you\nhow do I find you\nwhat is your address")
        .compile()
}

#[test]
fn what_is_denied_never_gives_the_intent() {
    let bot = clinic(
        "I booked an appointment[:] is it confirmed\nI want (nothing|nothing at all)\nmy appointment (was|is) cancelled",
    );
    for text in [
        "I booked an appointment: is it confirmed?",
        "hello, I booked an appointment is it confirmed please",
        "I bookd an apointment is it confirmed",
        // Even where a phrase or a keyword fits.
        "I want nothing at all",
        "My appointment is CANCELLED",
    ] {
        assert_eq!(confidence(&bot, "book", text), 0.0, "{text}");
    }
    for text in ["I want to book an appointment", "I want a cup of tea"] {
        assert!(confidence(&bot, "book", text) > 0.98, "{text}");
    }
}

#[test]
fn what_is_like_something_denied_is_clearly_less_sure() {
    let (without, with) = (
        clinic(""),
        clinic("I booked an appointment[:] is it confirmed\nis my appointment confirmed\nwhen is my appointment"),
    );
    for text in [
        "my appointment is it confirmed",
        "has my appointment been confirmed",
        "I booked a visit, is it confirmed yet",
        "when exactly is the appointment",
    ] {
        let (before, after) = (confidence(&without, "book", text), confidence(&with, "book", text));
        assert!(after < 0.6 * before, "{text}: {before:.2}, then {after:.2}");
    }
    for text in ["I would like to book an appointment please", "could I book a visit for tomorrow", "appointment"] {
        let (before, after) = (confidence(&without, "book", text), confidence(&with, "book", text));
        assert!(after > before - 0.15, "{text}: {before:.2}, then {after:.2}");
    }
}

#[test]
fn built_in_intents_can_be_denied_too() {
    let bot = |not: &str| {
        let mut bot = Bot::default().intent("atlas", "do you sell a human body atlas");
        bot = bot.builtin(
            Builtin::Human,
            "human",
            "[I want] (to talk to|to speak to) (a human|a person|someone)\n(human|agent|person) [please]",
        );
        bot = bot.keywords("talk to a person\nhuman agent");
        if !not.is_empty() {
            bot = bot.not(not);
        }
        bot.compile()
    };
    let (without, with) = (bot(""), bot("(speak|talk) to a person in (a|my) dream\nhuman agent game"));
    let heard = |bot: &Matcher, text: &str| {
        bot.understand(text, &moment()).builtin.get(&Builtin::Human).map_or(0.0, |heard| heard.confidence)
    };
    for text in
        ["talk to a person in my dream", "what means talk to a person in a dream", "do you have the human agent game"]
    {
        assert!(
            heard(&without, text) > 0.45 && heard(&with, text) < 0.45,
            "{text}: {} {}",
            heard(&without, text),
            heard(&with, text)
        );
    }
    for text in ["I want to talk to a person", "human agent", "please, talk to a person about my dream lamp"] {
        assert!(heard(&with, text) > 0.75, "{text}: {}", heard(&with, text));
    }
}
