//! The bot's own reasons for a handoff, in another language. An event keeps the sentence, in the language that the bot's
//! agents read when it was decided; here it is known again by its form, so that old events need nothing more.

use std::collections::BTreeMap;

use crate::flow::{Piece, Program, Scope, Slot};
use crate::id::{ChannelName, Language, SlotName};
use crate::time::Time;

/// The reasons that stand around another one, and the name of that one in them.
const AROUND: [&str; 2] = ["handoff_reason_frustrated", "handoff_reason_also"];

/// The reasons by themselves; one that any text could be comes last.
const WHOLE: [&str; 6] = [
    "handoff_reason_asked",
    "handoff_reason_misses",
    "handoff_reason_retry",
    "handoff_reason_service",
    "handoff_reason_limit",
    "handoff_reason_handed_on",
];

/// The name of the inner reason in one that stands around it.
const INNER: &str = "reason";

/// A reason in a language, where it is one of the bot's own; an author's stays as it is.
pub fn reason_in(program: &Program, reason: &str, language: &Language) -> String {
    for key in AROUND {
        if let Some(mut values) = known_again(program, key, reason)
            && let Some((_, inner)) = values.iter_mut().find(|(name, _)| name == INNER)
        {
            *inner = reason_in(program, inner, language);
            return said(program, key, &values, language).unwrap_or_else(|| reason.to_owned());
        }
    }
    let own = WHOLE.iter().find_map(|key| said(program, key, &known_again(program, key, reason)?, language));
    own.unwrap_or_else(|| reason.to_owned())
}

/// The values of a sentence's names, if the text is that sentence in the language of the bot's agents.
fn known_again(program: &Program, key: &str, text: &str) -> Option<Vec<(String, String)>> {
    let default = program.default_language();
    let template = program.sentences.get(key)?.in_language(default, &program.languages)?;
    let mut rest = text;
    let mut values: Vec<(String, String)> = Vec::new();
    let mut open: Option<&str> = None;
    for piece in &template.pieces {
        match piece {
            Piece::Expr(expr) => open = Some(&expr.source),
            Piece::Literal(literal) => {
                // What stands around a reason comes last in it, so the last place counts.
                let at = if open.is_some() {
                    rest.rfind(literal.as_str())?
                } else {
                    rest.starts_with(literal.as_str()).then_some(0)?
                };
                if let Some(name) = open.take() {
                    values.push((name.to_owned(), rest.get(..at)?.to_owned()));
                }
                rest = rest.get(at + literal.len()..)?;
            }
        }
    }
    match open {
        Some(name) => values.push((name.to_owned(), rest.to_owned())),
        None if !rest.is_empty() => return None,
        None => {}
    }
    values.iter().all(|(_, value)| !value.is_empty()).then_some(values)
}

fn said(program: &Program, key: &str, values: &[(String, String)], language: &Language) -> Option<String> {
    let slot = |value: &str| value.parse::<i64>().map_or_else(|_| Slot::plain(value), Slot::plain);
    let slots: BTreeMap<SlotName, Slot> =
        values.iter().map(|(name, value)| (SlotName::from(name.as_str()), slot(value))).collect();
    let scope = Scope {
        program,
        slots: &slots,
        contact: &BTreeMap::new(),
        now: Time::default(),
        language,
        channel: &ChannelName::default(),
        message: "",
        has_agent: &|_| false,
        answers_here: &|| false,
    };
    Some(program.sentences.get(key)?.in_language(language, &program.languages)?.render(&scope))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{SourceFile, load};

    #[test]
    fn a_reason_of_the_bot_is_told_in_the_readers_language_and_an_authors_stays() {
        let bot = "bot: { name: Lamps, languages: [en, el] }";
        let program = load(&[SourceFile::new("bot.yaml", bot)]).program.unwrap();
        let greek = |key: &str| {
            let text = program.sentences.get(key).unwrap().in_language(&"el".into(), &[]).unwrap();
            text.source.clone()
        };
        let asked = greek("handoff_reason_asked");
        let misses = greek("handoff_reason_misses").replace("{{ count }}", "3");
        for (reason, expected) in [
            ("Asked for a person", asked.clone()),
            ("The bot did not understand 3 messages in a row", misses),
            ("Asked for a person (frustrated)", greek("handoff_reason_frustrated").replace("{{ reason }}", &asked)),
            ("Wants to return a <lamp>", "Wants to return a <lamp>".to_owned()),
            ("", String::new()),
        ] {
            assert_eq!(reason_in(&program, reason, &"el".into()), expected, "{reason}");
            assert_eq!(reason_in(&program, reason, &"en".into()), reason);
        }
    }
}
