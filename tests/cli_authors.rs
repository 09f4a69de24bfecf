//! The commands of authors as they are typed: paths, languages, output that cannot be written.

use std::path::Path;
use std::process::{Command, Output, Stdio};

const BOT: &str = "bot: { name: Tiny, languages: [en, el] }
intents:
  buy: { phrases: 'I want {cake}', answer: { en: Gladly, el: Ευχαρίστως } }
entities:
  cake: { values: [Apple pie, Rye bread] }
flows:
  hello:
    start_on: conversation_opened
    steps:
      - say: { en: We are closed, el: Κλειστά }
        if: not is_open('shop')
      - choose: { en: Which one?, el: Ποιο; }
        options_from: cake
hours:
  shop: { closed: [1-1], special: { 2020-01-01: '09:00-10:00' } }
tests:
  - name: cake
    chat: |
      visitor: I want rye bread
      ...
";

fn run_in(folder: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
    command.current_dir(folder).args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input).unwrap();
    child.wait_with_output().unwrap()
}

fn run(folder: &Path, args: &[&str]) -> Output {
    run_in(folder, args, b"")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn fails(output: &Output, message: &str) {
    let said = text(&output.stderr);
    assert!(!output.status.success() && said.contains(message) && !said.contains("panicked"), "{said}");
}

/// A bot in `.hidden/flows`.
fn bot() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let flows = folder.path().join(".hidden/flows");
    std::fs::create_dir_all(&flows).unwrap();
    std::fs::write(flows.join("bot.yaml"), BOT).unwrap();
    (folder, flows)
}

#[test]
fn a_bot_is_found_however_its_folder_is_named() {
    let (folder, flows) = bot();
    let up = flows.parent().unwrap();
    for (from, path) in
        [(up, "flows"), (up, "./flows"), (&*flows, "."), (&*flows, "../flows"), (folder.path(), ".hidden/flows")]
    {
        let output = run(from, &["check", path]);
        assert!(output.status.success(), "{path}: {}{}", text(&output.stdout), text(&output.stderr));
    }
}

#[test]
fn texts_are_written_for_the_languages_of_the_bot_alone() {
    let (_folder, flows) = bot();
    let texts = |language: &str| run(&flows, &["texts", language, "--bot", "."]);
    fails(&texts("cy"), "add cy to `languages:`");
    fails(&texts("en"), "en is the language your files are written in");
    fails(&texts("gr"), "did you mean el?");
    assert!(!flows.join("lang").exists());
    assert!(text(&run(&flows, &["check", "."]).stdout).contains("2 texts of this file are missing in el"));
    assert!(texts("el").status.success());
    let file = flows.join("lang/el.yaml");
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.contains("values:\n  cake:\n"), "{written}");
    let done = written
        .replace("\"Apple pie\":", "\"Apple pie\": |\n      Μηλόπιτα")
        .replace("bread\":", "bread\": |\n      Σίκαλη");
    std::fs::write(&file, done).unwrap();
    let checked = run(&flows, &["check", "."]);
    assert!(text(&checked.stdout).contains("no warnings"), "{}", text(&checked.stdout));
    let said = text(&run_in(&flows, &["chat", ".", "--language", "el"], b"").stdout);
    assert!(said.contains("[Μηλόπιτα] [Σίκαλη]") && !said.contains("Κλειστά"), "{said}");
}

#[test]
fn a_chat_goes_on_and_says_what_it_does_not_have() {
    let (_folder, flows) = bot();
    fails(&run(&flows, &["chat", ".", "--language", "xx"]), "the bot has no language \"xx\"; it has en, el");
    fails(&run(&flows, &["explain", "hello", "--bot", ".", "--language", "xx"]), "the bot has no language");
    let output = run_in(&flows, &["chat", "."], b"\xff\xfe\nI want a person\n/quit\n");
    let said = text(&output.stdout);
    assert!(output.status.success() && said.contains(", normal: "), "{said}");
    assert!(!said.contains("We are closed"), "queues are open, so the bot is: {said}");
    assert!(text(&run_in(&flows, &["chat", ".", "--hours"], b"").stdout).contains("We are closed"));
}

#[test]
fn a_test_that_does_not_exist_does_not_pass() {
    let (_folder, flows) = bot();
    assert!(run(&flows, &["test", ".", "--name", "cake"]).status.success());
    fails(&run(&flows, &["test", ".", "--name", "zzz"]), "no test has \"zzz\" in its name; the tests are: cake");
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let (_folder, flows) = bot();
    for args in [&["check", "."][..], &["schema"], &["explain", "hello", "--bot", "."]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = command.current_dir(&flows).args(args).stdout(full).output().unwrap();
        fails(&output, "the output could not be written");
    }
}

#[test]
fn a_new_bot_understands_what_everybody_says() {
    let folder = tempfile::tempdir().unwrap();
    let made = run(folder.path(), &["new", "my bot"]);
    assert!(text(&made.stdout).contains("frontdesk check 'my bot'"), "{}", text(&made.stdout));
    let checked = run(folder.path(), &["check", "my bot"]);
    assert!(text(&checked.stdout).contains("no errors, no warnings"), "{}", text(&checked.stdout));
    assert!(run(folder.path(), &["test", "my bot"]).status.success());
    let said = text(&run_in(folder.path(), &["chat", "my bot"], b"hello\nthanks\nbye\n").stdout);
    for answer in ["Hello, what can I do", "You are welcome", "Goodbye"] {
        assert!(said.contains(answer), "{said}");
    }
}
