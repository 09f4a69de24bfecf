//! The house rules that a compiler does not keep: who may import whom, a `//!` on every module, no file too long to live in,
//! a top level with nothing but what belongs there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules in the order in which they may know each other: a module imports only what stands before it.
const ORDER: [&str; 14] = [
    "id", "time", "text", "flow", "matcher", "bot", "dialog", "view", "store", "channel", "engine", "config", "http",
    "cli",
];

/// What the order alone would allow, and the design does not: `store` and `channel` do not know each other, and the store
/// knows bytes only.
const FORBIDDEN: [(&str, &str); 5] =
    [("channel", "store"), ("store", "matcher"), ("store", "bot"), ("store", "dialog"), ("store", "view")];

/// A library and the only places that may name it.
const HOMES: [(&str, &[&str]); 6] = [
    ("axum", &["src/http"]),
    ("sled", &["src/store/sled.rs"]),
    ("serde_yaml", &["src/flow", "src/config"]),
    ("saphyr_parser", &["src/flow"]),
    ("tokio", &["src/store", "src/channel", "src/engine", "src/http", "src/cli"]),
    ("anyhow", &["src/cli"]),
];

/// Lines in one file of `src`.
const LINES_MAX: usize = 600;

/// What may stand at the top.
const TOP: [&str; 18] = [
    ".ci",
    ".config",
    ".git",
    ".gitignore",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "benches",
    "clippy.toml",
    "data",
    "deny.toml",
    "fixtures",
    "flows",
    "rustfmt.toml",
    "src",
    "target",
    "tests",
];

#[test]
fn modules_import_only_what_stands_above_them() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let Some(own) = module_of(&path).filter(|_| !is_test_file(&path)) else { continue };
        let own_place = place(&own).unwrap_or_else(|| panic!("{} belongs to no module of the table", path.display()));
        for name in imports(&text) {
            let Some(other_place) = place(&name) else { continue };
            if other_place > own_place || FORBIDDEN.contains(&(own.as_str(), name.as_str())) {
                broken.push(format!("{}: {own} may not know {name}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn libraries_stay_in_their_homes() {
    let mut broken = Vec::new();
    for (path, text) in sources() {
        let shown = path.to_string_lossy().replace('\\', "/");
        if is_test_file(&path) {
            continue;
        }
        for (library, homes) in HOMES {
            let used = without_tests(&text).lines().any(|line| {
                let line = line.trim_start();
                !line.starts_with("//") && contains_path(line, &format!("{library}::"))
            });
            if used && !homes.iter().any(|home| shown.starts_with(home)) {
                broken.push(format!("{shown}: {library} belongs to {}", homes.join(", ")));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_module_says_what_it_is_for() {
    let silent: Vec<_> =
        sources().into_iter().filter(|(_, text)| !text.starts_with("//!")).map(|(path, _)| path).collect();
    assert!(silent.is_empty(), "no //! at the top of {silent:?}");
}

#[test]
fn no_file_is_too_long_to_live_in() {
    let lengths = sources().into_iter().map(|(path, text)| (path, text.lines().count()));
    let long: Vec<_> = lengths.filter(|(_, lines)| *lines > LINES_MAX).collect();
    assert!(long.is_empty(), "over {LINES_MAX} lines: {long:?}");
}

#[test]
fn the_top_level_holds_only_what_belongs_there() {
    let names = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let strangers: Vec<_> = names.filter(|name| !TOP.contains(&name.as_str())).collect();
    assert!(strangers.is_empty(), "strangers at the top level: {strangers:?}");
}

#[test]
fn the_scan_sees_imports() {
    let text = "use crate::store::{self, Kv};\nuse crate::{flow::Program, time};\nlet x = crate::http::serve();\n\
                // crate::cli is not one";
    let expected: BTreeSet<String> = ["store", "flow", "time", "http"].map(str::to_owned).into();
    assert_eq!(imports(text), expected);
}

#[test]
fn the_scan_sees_libraries() {
    assert!(contains_path("let x = sled::open(path);", "sled::"));
    assert!(!contains_path("use crate::store::sled::Folder;", "sled::"));
    assert!(!contains_path("unsled::open()", "sled::"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under `src`, relative to the root, with its text.
fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_owned(), text));
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join("src"), &mut found);
    assert!(found.len() > 20, "the scan found only {} files", found.len());
    found
}

/// The top module of a file; none for the crate's own roots.
fn module_of(path: &Path) -> Option<String> {
    let name = path.components().nth(1)?.as_os_str().to_string_lossy().into_owned();
    let name = name.strip_suffix(".rs").map_or(name.clone(), str::to_owned);
    (name != "lib" && name != "main").then_some(name)
}

fn place(module: &str) -> Option<usize> {
    ORDER.iter().position(|name| *name == module)
}

/// Unit tests may reach further than what they test, also where they fill files of their own.
fn is_test_file(path: &Path) -> bool {
    let inside = path.components().any(|part| part.as_os_str() == "tests" || part.as_os_str() == "contract");
    inside || path.file_stem().is_some_and(|stem| stem == "tests")
}

/// A file without the unit tests at its end.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

/// The top modules that a text names after `crate::`, also inside braces.
fn imports(text: &str) -> BTreeSet<String> {
    let lines = without_tests(text).lines().filter(|line| !line.trim_start().starts_with("//"));
    let code = lines.collect::<Vec<_>>().join("\n");
    let mut names = BTreeSet::new();
    for (start, _) in code.match_indices("crate::") {
        let rest = &code[start + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(top_items(group).iter().filter_map(|item| first_name(item))),
            None => names.extend(first_name(rest)),
        }
    }
    names
}

/// The items of a brace group, at its own depth.
fn top_items(group: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 1;
    for letter in group.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        match (depth, letter) {
            (0, _) => break,
            (1, ',') => items.push(String::new()),
            _ => items.last_mut().unwrap().push(letter),
        }
    }
    items
}

fn first_name(path: &str) -> Option<String> {
    let letters = path.trim_start().chars();
    let name: String = letters.take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect();
    (!name.is_empty()).then_some(name)
}

/// Whether a line names a path from its beginning: `sled::open`, not `store::sled::open`.
fn contains_path(line: &str, path: &str) -> bool {
    let inside = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    line.match_indices(path).any(|(start, _)| !line[..start].ends_with(inside))
}
