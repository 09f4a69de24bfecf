//! serde's messages about the settings in words of the file: where, the nearest name for an unknown one, and what belongs there
//! instead of how the program names it.

use crate::channel::{instead, kind};

/// Why the text could not be taken as settings: the path to what is wrong, whether that is a name rather than what it says, and
/// a sentence.
pub(super) fn readable(error: &serde_yaml::Error) -> (Vec<String>, bool, String) {
    let message = error.to_string();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let message = message.split(" at line ").next().unwrap_or_default();
    let (path, problem) = ["invalid type", "invalid value", "unknown variant", "unknown field", "missing field"]
        .iter()
        .find_map(|start| message.find(start))
        .map_or(("", message), |at| (message[..at].trim_end_matches(": "), &message[at..]));
    let parts: Vec<&str> = path.split(['.', '[', ']']).filter(|part| !part.is_empty()).collect();
    let mut owned: Vec<String> = parts.iter().map(|&part| part.to_owned()).collect();
    match quoted.split_first() {
        Some((unknown, known)) if problem.starts_with("unknown field") => {
            owned.push((*unknown).to_owned());
            (owned, true, no_setting(&parts, unknown, known))
        }
        Some((unknown, known)) if problem.starts_with("unknown variant") => {
            (owned, false, format!("{}\"{unknown}\" is none of {}", setting(&parts), known.join(", ")))
        }
        _ => (owned, false, format!("{}{}", setting(&parts), belongs(problem))),
    }
}

/// The beginning of a sentence about a setting.
pub(super) fn setting(path: &[&str]) -> String {
    let names = path.iter().filter(|part| part.parse::<usize>().is_err());
    names.map(|name| format!("{name}: ")).collect()
}

fn no_setting(path: &[&str], unknown: &str, known: &[&str]) -> String {
    let hint = match path {
        // Nearer to another name than to where it belongs.
        [] if kind(unknown).is_some() => "it belongs under channels:".to_owned(),
        _ => instead(unknown, known),
    };
    format!("there is no setting \"{unknown}\"; {hint}")
}

/// What belongs where something else was written.
fn belongs(problem: &str) -> &'static str {
    let expected = problem.rsplit("expected ").next().unwrap_or_default();
    match expected {
        _ if expected.contains("sequence") => "a list belongs here, such as [a, b]",
        _ if expected.contains("struct") || expected.contains("map") => "settings with their keys belong here",
        _ if expected.contains("string") => "a text belongs here",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number belongs here",
        _ => "this cannot be read",
    }
}
