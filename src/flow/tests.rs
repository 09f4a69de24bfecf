//! Loads whole bots: the model of the format, the example bot, every fixture of a broken one, and nonsense.

#![allow(clippy::disallowed_methods, reason = "a test reads its fixtures")]

use super::*;

fn fixture(path: &str) -> SourceFile {
    let text = std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    SourceFile::new(path, text)
}

#[test]
fn the_model_bot_has_no_problems() {
    let loaded = load(&[fixture("fixtures/model.yaml")]);
    assert!(loaded.report.is_empty(), "{}", loaded.report);
    let program = loaded.program.unwrap();
    assert_eq!(program.name, "Bright Smile Dental");
    assert_eq!(program.default_queue.as_str(), "reception");
}

#[test]
fn the_example_bot_has_no_problems() {
    let mut files = Vec::new();
    for path in ["bot", "complaints", "orders", "products", "questions", "returns", "services", "tests", "words"] {
        files.push(fixture(&format!("flows/{path}.yaml")));
    }
    for language in ["cy", "el", "fa", "fil"] {
        files.push(fixture(&format!("flows/lang/{language}.yaml")));
    }
    let loaded = load(&files);
    assert!(loaded.report.is_empty(), "{}", loaded.report);
}
