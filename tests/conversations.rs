//! The conversations of `fixtures/conversations` and of the example bot, each run as written, run as after a restart at every
//! turn, and replayed from its events.

use std::path::Path;

use frontdesk::bot::Bot;
use frontdesk::cli::load_bot;
use frontdesk::dialog::{Clear, Conversation, rehearse, run_test};
use frontdesk::flow::Test;

/// Every bot with tests that the project holds, with the name of its folder or file.
fn bots() -> Vec<(String, Bot)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![("flows".to_owned(), root.join("flows"))];
    let mut fixtures: Vec<_> =
        std::fs::read_dir(root.join("fixtures/conversations")).unwrap().map(|entry| entry.unwrap().path()).collect();
    fixtures.sort();
    assert!(fixtures.len() >= 3, "only {} fixtures", fixtures.len());
    found.extend(fixtures.into_iter().map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), path)));
    found
        .into_iter()
        .map(|(name, path)| {
            let loaded = load_bot(&path).unwrap();
            let report = loaded.report.errors();
            (name.clone(), loaded.bot.unwrap_or_else(|| panic!("{name} has mistakes:\n{report}")))
        })
        .collect()
}

fn each_test(check: impl Fn(&Bot, &Test) -> Vec<String>) {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for (name, bot) in &bots() {
        for test in &bot.program.tests {
            tried += 1;
            wrong.extend(check(bot, test).into_iter().map(|what| format!("{name}, {}: {what}", test.name)));
        }
    }
    assert!(tried > 20, "only {tried} tests were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn conversations_go_as_written() {
    each_test(|bot, test| run_test(bot, test).iter().map(ToString::to_string).collect());
}

#[test]
fn a_restart_after_every_turn_changes_nothing() {
    each_test(|bot, test| {
        let (_, straight) = rehearse(bot, test, false);
        let (_, restarted) = rehearse(bot, test, true);
        let differs = straight.events != restarted.events || straight.conversation != restarted.conversation;
        differs.then(|| "a restart made a difference".to_owned()).into_iter().collect()
    });
}

#[test]
fn replayed_events_give_the_live_state() {
    each_test(|bot, test| {
        let (_, rehearsal) = rehearse(bot, test, false);
        // What is masked in the events is the one thing that a replay cannot know.
        let live = Conversation { clear: Clear::default(), ..rehearsal.conversation };
        let replayed = Conversation::replay(&rehearsal.events);
        (replayed != live).then(|| format!("replayed {replayed:#?}\nlive {live:#?}")).into_iter().collect()
    });
}

#[test]
fn stored_events_read_back() {
    each_test(|bot, test| {
        let (_, rehearsal) = rehearse(bot, test, false);
        let stored = serde_json::to_string(&rehearsal.events).unwrap();
        let read: Vec<frontdesk::dialog::Recorded> = serde_json::from_str(&stored).unwrap();
        (read != rehearsal.events).then(|| "events changed on their way through JSON".to_owned()).into_iter().collect()
    });
}
