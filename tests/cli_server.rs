//! The commands around the server: wrong arguments, what a running server answers, and what works without one.

use std::fs::File;
use std::path::Path;
use std::process::Output;

use crate::support::process::{BOT, Running, folder_with_bot, frontdesk, run, run_with, text};

#[track_caller]
fn fails(output: &Output, message: &str) {
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(said.contains(message) && !said.contains("panicked"), "{said}");
}

#[test]
fn wrong_arguments_and_missing_things_are_one_message() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| run(folder.path(), args);
    fails(&run(&["serv"]), "serve");
    fails(&run(&["serve", "--listen", "nowhere"]), "nowhere");
    fails(&run(&["serve", "--listen", "localhost:8080"]), "such as 127.0.0.1:8080");
    fails(&run(&["import", "."]), ". is a folder");
    std::fs::write(folder.path().join("notes"), "mine").unwrap();
    fails(&run(&["new", "notes"]), "notes is a file");
    fails(&run(&["check", "no bot"]), "frontdesk new 'no bot'");
    fails(&run(&["serve", "--config", "missing.yaml"]), "missing.yaml");
    fails(&run(&["serve"]), "flows");
    fails(&run(&["agent", "add", "a@b.c", "--name", "A", "--role", "king"]), "king");
    fails(&run(&["agent", "add", "a@b.c", "--name", "A"]), "too short");
    fails(&run(&["erase", "c_1"]), "--yes");
    fails(&run(&["import", "missing.jsonl"]), "missing.jsonl");
    fails(&run(&["reload"]), "no server runs");
    fails(&run(&["export", "--data", "no/such/folder"]), "no/such");
    for args in [&["export"][..], &["verify"], &["compact"], &["agent", "list"], &["erase", "x", "--yes"]] {
        let output = run(&[args, &["--data", "nosuch"]].concat());
        fails(&output, "there is no data folder nosuch");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!folder.path().join("nosuch").exists(), "{args:?} made it");
    }
    assert!(run_with(folder.path(), &["agent", "add", "a@b.c", "--name", "A"], "a long password\n").status.success());
    fails(&run(&["agent", "disable", "nobody@b.c"]), "nobody@b.c");
    fails(&run(&["erase", "x", "--yes"]), "contact");
    std::fs::write(folder.path().join("frontdesk.yaml"), "listn: x").unwrap();
    fails(&run(&["serve"]), "listn");
}

/// What a folder lost stays lost, whatever was run before.
fn lost_data_is_refused_as_often_as_asked(dir: &Path) {
    let position = std::fs::read_to_string(dir.join("data/position")).unwrap();
    std::fs::write(dir.join("data/position"), "999\n").unwrap();
    for args in [&["verify"][..], &["verify"], &["compact"], &["export"], &["serve", "--listen", "127.0.0.1:0"]] {
        fails(&run(dir, args), "it was at 999 before");
    }
    std::fs::write(dir.join("data/position"), position).unwrap();
}

#[test]
fn a_broken_bot_is_reported_and_not_served() {
    let folder = folder_with_bot();
    std::fs::write(folder.path().join("flows/more.yaml"), "flows:\n  a:\n    steps:\n      - sya: hello\n").unwrap();
    let output = run(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    fails(&output, "more.yaml:4");
    fails(&output, "say");
}

#[test]
fn commands_reach_a_running_server_and_work_without_one() {
    let folder = folder_with_bot();
    let dir = folder.path();
    let server = Running::start(dir);
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(dir.join("data/control.sock")).unwrap().permissions()
        ) & 0o777,
        0o600
    );
    let add = ["agent", "add", "ann@shop.test", "--name", "Ann", "--role", "admin"];
    let added = run_with(dir, &add, "a long password\n");
    assert!(added.status.success(), "{}", text(&added.stderr));
    fails(&run_with(dir, &add, "a long password\n"), "another account");
    assert!(text(&run(dir, &["agent", "list"]).stdout).contains("ann@shop.test"));
    fails(&run(dir, &["agent", "disable", "ann@shop.test"]), "last admin");
    assert!(run_with(dir, &["agent", "add", "bob@shop.test", "--name", "Bob"], "a long password\n").status.success());
    assert!(run(dir, &["agent", "disable", "bob@shop.test"]).status.success());
    assert!(run(dir, &["verify"]).status.success());
    assert!(run(dir, &["reload"]).status.success());
    std::fs::write(dir.join("flows/more.yaml"), "flows: [").unwrap();
    fails(&run(dir, &["reload"]), "the old bot goes on");
    std::fs::remove_file(dir.join("flows/more.yaml")).unwrap();
    fails(&run(dir, &["serve", "--listen", "127.0.0.1:0"]), "held by");
    fails(&run(dir, &["serve", "--data", "other", "--listen", &server.address]), "in use");
    fails(&run(dir, &["import", "-"]), "stop it");
    let exported = run(dir, &["export"]);
    assert!(exported.status.success());
    let misspelt = ["agent", "add", "eve@shop.test", "--name", "Eve", "--queue", "dsek"];
    fails(&run(dir, &misspelt), "there is no queue \"dsek\"; did you mean \"desk\"?");
    let started = server.logs("the server takes requests");
    assert!(!started.contains('\u{1b}'), "what is no terminal has no colours: {started}");
    server.stop();

    assert!(!dir.join("data/control.sock").exists());
    lost_data_is_refused_as_often_as_asked(dir);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    fails(&frontdesk(dir).arg("export").stdout(full).output().unwrap(), "could not be written");
    let listed = text(&run(dir, &["agent", "list", "--json"]).stdout);
    assert!(listed.contains("\"disabled\":true") && !listed.contains("argon2"), "{listed}");
    let again = run(dir, &["export"]).stdout;
    let lines = |export: &[u8]| {
        let lines = text(export).lines().map(str::to_owned).collect::<Vec<_>>();
        lines.into_iter().filter(|line| line.starts_with("{\"commit\"")).collect::<Vec<_>>()
    };
    let (before, after) = (lines(&exported.stdout), lines(&again));
    assert_eq!(after[..before.len()], before, "the same without a server");
    assert!(after.len() > before.len(), "and that the first was made is written down");
    assert!(after[before.len()..].iter().all(|line| line.contains("\"type\":\"exported\"")), "{after:?}");
    assert!(run(dir, &["compact"]).status.success());
    assert!(run(dir, &["verify", "--json"]).status.success());
    let imported = run_with(dir, &["import", "--data", "copy", "-"], &text(&exported.stdout));
    assert!(imported.status.success(), "{}", text(&imported.stderr));
    assert!(text(&run(dir, &["agent", "list", "--data", "copy"]).stdout).contains("ann@shop.test"));
    fails(&run_with(dir, &["import", "--data", "copy", "-"], &text(&exported.stdout)), "already holds");
}

#[test]
fn a_hangup_reloads_the_bot_and_a_broken_bot_changes_nothing() {
    let folder = folder_with_bot();
    let file = folder.path().join("flows/bot.yaml");
    let server = Running::start(folder.path());
    server.logs("takes requests");
    assert!(server.answers("a", "when are you open").contains("Always."));

    // As long and as old as before, so that watching the folder sees nothing: only the signal tells.
    let unseen = |text: &str| {
        let written = std::fs::metadata(&file).unwrap();
        assert_eq!(text.len() as u64, written.len());
        std::fs::write(&file, text).unwrap();
        File::options().write(true).open(&file).unwrap().set_modified(written.modified().unwrap()).unwrap();
    };
    unseen(&BOT.replace("Always.", "Seldom."));
    server.signal("-HUP");
    server.logs("the bot was reloaded");
    assert!(server.answers("b", "when are you open").contains("Seldom."));

    unseen(&BOT.replace("answer:", "anwser:"));
    server.signal("-HUP");
    let told = server.logs("the old one goes on");
    assert!(told.contains("bot.yaml:5:5"), "{told}");
    assert!(server.ask("GET /readyz", "").contains("has mistakes"), "and whoever asks for its health reads it too");
    assert!(server.answers("c", "when are you open").contains("Seldom."));

    // What the watching of the folder finds is told in the same way.
    std::fs::write(&file, BOT.replace("answer: Always.", "say: Never.")).unwrap();
    server.logs("the old one goes on");
    std::fs::write(&file, BOT.replace("Always.", "At night, and in the morning.")).unwrap();
    server.logs("the bot was reloaded");
    assert!(server.answers("d", "when are you open").contains("At night"));
    assert!(!server.ask("GET /readyz", "").contains("has mistakes"));
    server.stop();
}
