//! The authors' guide: every bot in `flows/README.md` stands alone, passes the checks, and goes as its tests say.

use std::path::Path;

use frontdesk::bot::Bot;
use frontdesk::dialog::run_test;
use frontdesk::flow::{SourceFile, load};

/// The text of each block that is a whole bot, with the number of its first line. Blocks marked `fragment` are pieces.
fn blocks(guide: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for (index, line) in guide.lines().enumerate() {
        match &mut open {
            None if line == "```yaml" => open = Some((index + 2, String::new())),
            Some(_) if line == "```" => found.extend(open.take()),
            Some((_, text)) => {
                text.push_str(line);
                text.push('\n');
            }
            None => {}
        }
    }
    found
}

#[test]
fn every_bot_in_the_guide_works() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("flows/README.md");
    let guide = std::fs::read_to_string(path).unwrap();
    let blocks = blocks(&guide);
    assert!(blocks.len() >= 15, "only {} bots were found in the guide", blocks.len());
    let mut wrong = Vec::new();
    for (line, text) in blocks {
        let loaded = load(&[SourceFile::new("bot.yaml", text)]);
        let report = loaded.report.to_string();
        if !report.trim().is_empty() {
            wrong.push(format!("flows/README.md:{line}\n{report}"));
        }
        let Some(program) = loaded.program else { continue };
        let bot = Bot::compile(program, format!("guide-{line}"));
        for test in &bot.program.tests {
            wrong.extend(run_test(&bot, test).iter().map(|failure| format!("flows/README.md:{line}\n{failure}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
