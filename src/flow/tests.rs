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
    // It shows two entities that none of its questions asks for.
    let codes: Vec<_> = loaded.report.problems().iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["unused", "unused"], "{}", loaded.report);
    let program = loaded.program.unwrap();
    assert_eq!(program.name, "Bright Smile Dental");
    assert_eq!(program.default_queue.as_str(), "reception");
}

#[test]
fn the_example_bot_has_no_problems() {
    let mut files = Vec::new();
    for path in
        ["bot", "complaints", "orders", "products", "questions", "replies", "returns", "services", "tests", "words"]
    {
        files.push(fixture(&format!("flows/{path}.yaml")));
    }
    for language in ["cy", "el", "fa", "fil"] {
        files.push(fixture(&format!("flows/lang/{language}.yaml")));
    }
    let loaded = load(&files);
    assert!(loaded.report.is_empty(), "{}", loaded.report);
}

/// A broken bot may have several files: a line `#file NAME` begins the next one.
fn broken(name: &str, text: &str) -> Vec<SourceFile> {
    let mut files = vec![(format!("{name}.yaml"), String::new())];
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("#file ") {
            Some(path) => files.push((path.trim().to_owned(), String::new())),
            None => files.last_mut().unwrap().1.push_str(line),
        }
    }
    files.into_iter().map(|(path, text)| SourceFile::new(path, text)).collect()
}

/// Each `fixtures/bad/NAME.yaml` has its report beside it, to the letter. `UPDATE_EXPECT=1` writes the reports anew.
#[test]
fn every_broken_bot_gets_its_report() {
    let folder = format!("{}/fixtures/bad", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".yaml").map(str::to_owned))
        .collect();
    names.sort();
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let (mut differ, mut codes) = (Vec::new(), std::collections::BTreeSet::new());
    for name in &names {
        let bytes = std::fs::read(format!("{folder}/{name}.yaml")).unwrap();
        let report = load(&broken(name, &String::from_utf8_lossy(&bytes))).report;
        codes.extend(report.problems().iter().map(|problem| problem.code));
        let path = format!("{folder}/{name}.report");
        if update {
            std::fs::write(&path, report.to_string()).unwrap();
        } else if std::fs::read_to_string(&path).unwrap_or_default() != report.to_string() {
            differ.push(format!("{name}:\n{report}"));
        }
    }
    assert!(differ.is_empty(), "reports that differ:\n{}", differ.join("\n"));
    // A bot of too many intents would be a large file.
    let intents: String =
        (0..=10_000).map(|number| format!("  i{number}: {{ answer: x, keywords: w{number} }}\n")).collect();
    let report = load(&[SourceFile::new("bot.yaml", format!("bot: {{ name: Large }}\nintents:\n{intents}"))]).report;
    codes.extend(report.problems().iter().map(|problem| problem.code));
    let without: Vec<_> = CODES.iter().map(|(code, _)| code).filter(|code| !codes.contains(*code)).collect();
    assert!(without.is_empty(), "checks without a fixture: {without:?}");
}

#[test]
fn a_file_of_wide_characters_is_one_error() {
    let text = "bot: { name: Test }\nintents: {}\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [[&b"\xff\xfe"[..], &little].concat(), [&b"\xfe\xff"[..], &big].concat(), little, big] {
        let report = load(&[SourceFile::from_bytes("bot.yaml", &bytes)]).report;
        assert_eq!(report.problems().len(), 1, "{report}");
        assert!(report.to_string().contains("UTF-16"), "{report}");
    }
}

/// Files that a parser could stumble over; the report may say anything, but there is one.
#[test]
fn nonsense_is_reported_and_never_panics() {
    let laughs = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n";
    let deep = "[".repeat(100_000);
    let dashes = "- ".repeat(100_000);
    let steps =
        format!("bot: {{ name: x }}\nflows:\n  a:\n    steps:\n{}", "      - if: x\n        then:\n".repeat(500));
    for text in [
        "\0",
        "\u{feff}",
        "\t",
        "a:\tb",
        "bot: x",
        "- bot",
        "bot: []",
        "---\n---\n",
        "%YAML 1.2\n---\n",
        "{",
        "}",
        "[",
        "? a\n: b",
        "? [a]\n: b",
        "a: b: c",
        "'",
        "\"",
        "|",
        "a: |\n",
        "a: >",
        "<<: *x",
        "!!binary x",
        "bot: { name: }",
        "flows: { a: { steps: [[[{}]]] } }",
        "intents: { a: { phrases: { en: { el: x } } } }",
        "tests: [[], {}, x]",
        "language: el",
        "language: [el]",
        "\u{2028}",
        "hours: { a: { mon: [[]] } }",
        laughs,
        &deep,
        &dashes,
        &steps,
    ] {
        let loaded = load(&[SourceFile::new("x.yaml", text)]);
        assert_eq!(loaded.program.is_some(), !loaded.report.has_errors(), "{text:.40}");
        assert!(!loaded.report.is_empty(), "{text:.40}");
    }
    for text in ["\u{feff}bot: {}", "bot:\r\n  name: x\r\n"] {
        let report = load(&[SourceFile::new("x.yaml", text)]).report;
        assert!(report.is_empty(), "{report}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn a_changed_bot_never_panics(cut in 0..5_000usize, len in 0..40usize, put in "[\\PC\n\t:#{}\\[\\]|&*!'\"<>()-]{0,12}") {
        let model = include_str!("../../fixtures/model.yaml");
        let chars: Vec<char> = model.chars().collect();
        let cut = cut.min(chars.len());
        let end = (cut + len).min(chars.len());
        let text: String = chars[..cut].iter().copied().chain(put.chars()).chain(chars[end..].iter().copied()).collect();
        let _ = load(&[SourceFile::new("bot.yaml", text)]).report.to_string();
    }

    #[test]
    fn bytes_never_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let _ = load(&[SourceFile::from_bytes("bot.yaml", &bytes)]).report.to_string();
    }
}
