//! An understanding in plain words, for `frontdesk explain` and `/why`.

use std::fmt::Write;

use crate::flow::Builtin;

use super::{Asked, Evidence, EvidenceKind, Understanding, Unwanted};

/// Says what was understood in a text, by which rules, what stayed unexplained and how near the runner-up is.
pub fn explain(understanding: &Understanding, text: &str) -> String {
    let mut out = format!("\"{}\"\n", text.trim());
    // Writing to a string cannot fail.
    let _ = write(understanding, &mut out);
    out
}

fn write(understanding: &Understanding, out: &mut String) -> std::fmt::Result {
    for counted in &understanding.counted {
        writeln!(out, "\"{}\" counts as \"{}\" ({}).", counted.said, counted.word, counted.at)?;
    }
    for (builtin, heard) in &understanding.builtin {
        let part = if heard.whole { "the whole message" } else { "a part of the message" };
        writeln!(out, "{} is heard at {:.2} in {part}.", builtin_name(*builtin), heard.confidence)?;
    }
    if understanding.frustration > 0 {
        writeln!(out, "Signs of impatience: {}.", understanding.frustration)?;
    }
    if understanding.farewell {
        writeln!(out, "It ends the talk.")?;
    }
    for Asked { intent, words, confidence } in &understanding.parts {
        writeln!(out, "The part \"{words}\" asks for {intent} at {confidence:.2}.")?;
    }
    for unwanted in &understanding.unwanted {
        let Unwanted { intent, words, confidence } = unwanted;
        writeln!(out, "{intent} would be at {confidence:.2}, but \"{words}\" says that it is not wanted.")?;
    }
    match understanding.ranked.as_slice() {
        [] => writeln!(out, "No intent of the bot has anything in common with it.")?,
        [best, others @ ..] => {
            writeln!(out, "Best intent: {} at {:.2}.", best.intent, best.confidence)?;
            for evidence in &best.evidence {
                writeln!(out, "  {}", sentence(evidence))?;
            }
            match others.first() {
                Some(next) => {
                    writeln!(
                        out,
                        "Runner-up: {} at {:.2}; the margin is {:.2}.",
                        next.intent,
                        next.confidence,
                        understanding.margin()
                    )?;
                    for evidence in next.evidence.iter().take(2) {
                        writeln!(out, "  {}", sentence(evidence))?;
                    }
                }
                None => writeln!(out, "There is no runner-up.")?,
            }
        }
    }
    if understanding.unexplained.is_empty() {
        writeln!(out, "Every word that matters is explained.")?;
    } else {
        writeln!(out, "Left unexplained: {}.", understanding.unexplained.join(", "))?;
    }
    for value in &understanding.values {
        let shown = value.value.as_str().map_or_else(|| value.value.to_string(), str::to_owned);
        let slot = value.slot.as_ref().map(|slot| format!(" for the slot {slot}")).unwrap_or_default();
        writeln!(out, "Value: {} = {shown}, said \"{}\"{slot}.", super::kind_name(&value.kind), value.said)?;
    }
    if let Some(language) = &understanding.language {
        writeln!(out, "Language: {language}.")?;
    }
    Ok(())
}

fn sentence(evidence: &Evidence) -> String {
    let Evidence { kind, rule, at, words, weight } = evidence;
    let said = if words.is_empty() { String::new() } else { format!(" in \"{words}\"") };
    match kind {
        EvidenceKind::Phrase => format!("{weight:.2}  the phrase \"{rule}\" ({at}) fits exactly{said}"),
        EvidenceKind::Similar => format!("{weight:.2}  it is like the phrase \"{rule}\" ({at}){}", common(words)),
        EvidenceKind::Keyword => format!("{weight:.2}  the keyword \"{rule}\" ({at}) is{said}"),
        EvidenceKind::Pattern => format!("{weight:.2}  the pattern /{rule}/ ({at}) fits{said}"),
    }
}

fn common(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!("; words in common with this intent: {words}") }
}

fn builtin_name(builtin: Builtin) -> &'static str {
    match builtin {
        Builtin::Human => "The wish for a person",
        Builtin::Cancel => "Cancel",
        Builtin::Restart => "Restart",
        Builtin::Back => "Back",
        Builtin::Yes => "Yes",
        Builtin::No => "No",
        Builtin::Skip => "Skip",
        Builtin::LeaveQueue => "Leave the queue",
        Builtin::LeaveMessage => "Leave a message",
    }
}
