//! serde's messages about the settings in words of the file: the place first, the nearest name for an unknown one, and what
//! belongs there instead of how the program names it.

use crate::config::ConfigError;
use crate::flow::Outline;

/// Why the text could not be taken as settings.
pub(super) fn readable(name: &str, outline: &Outline, error: &serde_yaml::Error) -> ConfigError {
    let message = error.to_string();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let message = message.split(" at line ").next().unwrap_or_default();
    let (path, problem) = ["invalid type", "invalid value", "unknown variant", "unknown field", "missing field"]
        .iter()
        .find_map(|start| message.find(start))
        .map_or(("", message), |at| (message[..at].trim_end_matches(": "), &message[at..]));
    let parts: Vec<&str> = path.split(['.', '[', ']']).filter(|part| !part.is_empty()).collect();
    let (place, what) = match quoted.split_first() {
        Some((unknown, known)) if problem.starts_with("unknown field") => {
            (outline.key(unknown), no_setting(unknown, known))
        }
        Some((unknown, known)) if problem.starts_with("unknown variant") => {
            (outline.value(&parts), format!("\"{unknown}\" is none of {}", known.join(", ")))
        }
        _ => (outline.value(&parts), belongs(problem)),
    };
    let place = match (place, error.location()) {
        (Some(at), _) => at.to_string(),
        (None, Some(location)) => format!("{name}:{}:{}", location.line(), location.column()),
        (None, None) => name.to_owned(),
    };
    let setting = if parts.is_empty() || problem.starts_with("unknown field") {
        String::new()
    } else {
        format!("{}: ", parts.join(": "))
    };
    ConfigError { place, what: format!("{setting}{what}") }
}

fn no_setting(unknown: &str, known: &[&str]) -> String {
    let near = known.iter().map(|known| (strsim::damerau_levenshtein(unknown, known), known)).min();
    match near.filter(|(distance, known)| *distance * 2 <= known.len()) {
        Some((_, known)) => format!("there is no setting \"{unknown}\"; did you mean \"{known}\"?"),
        None => format!("there is no setting \"{unknown}\"; there are {}", known.join(", ")),
    }
}

/// What belongs where something else was written.
fn belongs(problem: &str) -> String {
    let expected = problem.rsplit("expected ").next().unwrap_or_default();
    let instead = match expected {
        _ if expected.contains("sequence") => "a list belongs here, such as [a, b]",
        _ if expected.contains("struct") || expected.contains("map") => "settings with their keys belong here",
        _ if expected.contains("string") => "a text belongs here",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number belongs here",
        _ => "this cannot be read",
    };
    instead.to_owned()
}
