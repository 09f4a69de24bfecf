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
    for answer in ["Hello. How can I help?", "You are welcome", "Goodbye"] {
        assert!(said.contains(answer), "{said}");
    }
}

/// A bot of four intents with a few phrases each, in a folder.
fn shop() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let text = "bot: { name: Shop }
intents:
  track:
    answer: On its way.
    phrases: |
      where is my parcel
      track my parcel please
      has my parcel left your warehouse
      when does the parcel arrive
  refund:
    answer: Within a week.
    phrases: |
      I want my money back
      give me a refund
      when is my money paid back
      how do refunds work
  opening:
    answer: Till six.
    phrases: |
      when do you open
      what are your opening hours
      are you open on [a] sunday
      till when is the shop open
  single:
    answer: Yes.
    phrases: do you sell bicycles
";
    std::fs::write(folder.path().join("bot.yaml"), text).unwrap();
    let path = folder.path().to_owned();
    (folder, path)
}

fn json_of(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn labelled_messages_are_measured() {
    let (_folder, shop) = shop();
    let lines = "\u{feff}where is my parcel\ttrack\r\ngive me my money back\trefund\n\nwhen are you open\topening\n\
                 track my refund\trefund\nI want a person\thuman\nzebras yodel\toos\nplay jazz\toos\nbuy\tbuy\n";
    std::fs::write(shop.join("said.tsv"), lines).unwrap();
    let json =
        json_of(&run(&shop, &["eval", ".", "said.tsv", "--json", "--predictions", "out.jsonl", "--svg", "out.svg"]));
    let figures = &json["figures"];
    assert_eq!(
        (&figures["messages"], &figures["in_scope"], &figures["out_of_scope"]),
        (&8.into(), &6.into(), &2.into())
    );
    for key in [
        "accuracy",
        "acted_on",
        "right_when_acting",
        "out_of_scope_recall_sure",
        "out_of_scope_recall_unsure",
        "auroc",
        "escalated_at_95_kept",
        "accuracy_at_80_escalated",
        "accuracy_at_90_escalated",
        "calibration_error",
        "calibration_error_in_scope",
        "microseconds_per_message",
        "microseconds_per_message_p50",
        "microseconds_per_message_p99",
        "compile_seconds",
    ] {
        assert!(figures[key].is_f64(), "{key}: {figures}");
    }
    assert_eq!(json["unknown_labels"], serde_json::json!(["buy"]));
    assert_eq!(json["reliability"]["all"].as_array().unwrap().len(), 10);
    assert!(json["thresholds"]["suggested"].is_null() && json["thresholds"]["present"]["sure"] == 0.75, "{json}");
    let predictions = std::fs::read_to_string(shop.join("out.jsonl")).unwrap();
    let rows: Vec<serde_json::Value> = predictions.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&rows[0]["text"], &rows[0]["intent"]), (&"where is my parcel".into(), &"track".into()));
    // What a visitor says to the program itself is heard, where the file asks for it.
    assert_eq!((&rows[4]["expected"], &rows[4]["intent"]), (&"human".into(), &"human".into()));
    let picture = std::fs::read_to_string(shop.join("out.svg")).unwrap();
    assert!(picture.starts_with("<svg xmlns=") && picture.matches("<polyline").count() == 4, "{picture}");
    assert!(!picture.contains("NaN"), "{picture}");
    let short = text(&run(&shop, &["eval", ".", "said.tsv"]).stdout);
    assert!(short.contains("The bot has no intent \"buy\"; 1 message counts as wrong."), "{short}");
    assert!(short.contains("AUROC") && !short.contains("Risk and coverage"), "{short}");
    let long = text(&run(&shop, &["eval", ".", "said.tsv", "--all"]).stdout);
    assert!(long.contains("Risk and coverage") && long.contains("0.9 to 1.0"), "{long}");
    let counted = json_of(&run(&shop, &["eval", ".", "said.tsv", "--json", "--strangers", "50%"]));
    assert_eq!((&json["strangers_counted_as"], &counted["strangers_counted_as"]), (&().into(), &0.5.into()));
    let in_scope = "calibration_error_in_scope";
    assert_eq!(counted["figures"][in_scope], figures[in_scope], "what is in scope counts as before");
    let whole = text(&run(&shop, &["eval", ".", "said.tsv", "--strangers=50"]).stdout);
    assert!(whole.contains("from being right, if 50.0 % of all are strangers"), "{whole}");
    fails(&run(&shop, &["eval", ".", "said.tsv", "--strangers", "100%"]), "write it as 18%");
}

#[test]
fn a_file_that_says_nothing_is_refused_with_what_it_lacks() {
    let (_folder, shop) = shop();
    let eval = |lines: &[u8]| {
        std::fs::write(shop.join("said.tsv"), lines).unwrap();
        run(&shop, &["eval", ".", "said.tsv"])
    };
    fails(&eval(b""), "said.tsv holds no messages; a line is a message, a tab");
    fails(&eval(b"\n \r\n"), "said.tsv holds no messages");
    fails(&eval(b"hello\tgreet\n"), "the bot has none of the intents that the file names (greet); it has track, ref");
    fails(&eval(b"where is it\ttrack\nhello\n"), "said.tsv:2: there is no tab between text and intent");
    fails(&eval(b"\ttrack\n"), "said.tsv:1: there is no message before the tab");
    fails(&eval(b"where is it\t\n"), "said.tsv:1: there is no intent after the tab");
    fails(&eval(b"\xff\xfe\ttrack\n"), "said.tsv is not a text in UTF-8");
    fails(&run(&shop, &["eval", ".", "none.tsv"]), "none.tsv cannot be read");
    fails(&run(&shop, &["eval", "."]), "<FILE>");
    fails(&run(&shop, &["eval", ".", "said.tsv", "--cross-validate"]), "cannot be used with");
    fails(&run(&shop, &["eval", ".", "--cross-validate=1"]), "1 is not in 2..=50");
    let strange = eval(b"zebras yodel\toos\n");
    assert!(strange.status.success());
    let said = text(&strange.stdout);
    assert!(said.contains("Every message is out of scope") && !said.contains("accuracy"), "{said}");
    let said = text(&eval(b"zebras yodel\tnone\nwhere is it\ttrack\n").stdout);
    assert!(said.contains("no intent \"none\" (write oos for what no intent should win)"), "{said}");
}

#[test]
fn a_bot_is_examined_by_its_own_phrases_in_whatever_order_they_stand() {
    let (_folder, shop) = shop();
    let measure = || {
        let mut json =
            json_of(&run(&shop, &["eval", "--cross-validate=3", ".", "--json", "--predictions", "out.jsonl"]));
        for key in ["compile_seconds", "microseconds_per_message", "microseconds_per_message_p50"] {
            json["figures"][key].take();
        }
        json["figures"]["microseconds_per_message_p99"].take();
        (json, std::fs::read_to_string(shop.join("out.jsonl")).unwrap())
    };
    let (json, predictions) = measure();
    assert_eq!(json["cross_validation"]["unasked"], serde_json::json!(["single"]));
    // The phrase with an option is asked in both of its sentences.
    assert_eq!(json["figures"]["in_scope"], 13, "{predictions}");
    assert_eq!(json["figures"]["out_of_scope"], 3, "{predictions}");
    assert!(!predictions.contains("bicycles"), "{predictions}");
    let exact = |line: &&str| !line.contains("\"oos\"") && line.contains("0.995");
    assert_eq!(predictions.lines().filter(exact).count(), 0, "a phrase that was left out fits exactly: {predictions}");
    // Whatever stands where: the same figures, the same predictions.
    let path = shop.join("bot.yaml");
    let bot = std::fs::read_to_string(&path).unwrap();
    let (head, intents) = bot.split_once("intents:\n").unwrap();
    let mut blocks: Vec<String> = Vec::new();
    for line in intents.lines() {
        if line.starts_with("  ") && !line.starts_with("   ") {
            blocks.push(String::new());
        }
        blocks.last_mut().unwrap().push_str(&format!("{line}\n"));
    }
    let turned = blocks.iter().rev().map(|block| {
        let (top, phrases) = block.split_once("phrases: |\n").unwrap_or((block, ""));
        let phrases: Vec<&str> = phrases.lines().rev().collect();
        if phrases.is_empty() { top.to_owned() } else { format!("{top}phrases: |\n{}\n", phrases.join("\n")) }
    });
    std::fs::write(&path, format!("{head}intents:\n{}", turned.collect::<String>())).unwrap();
    assert_eq!(measure(), (json, predictions));
    let said = text(&run(&shop, &["eval", "--cross-validate", "."]).stdout);
    for part in
        ["in 5 parts: 13 sentences", "3 simulated strangers", "Nothing could be asked of single: it has only one"]
    {
        assert!(said.contains(part), "{said}");
    }
    std::fs::write(&path, format!("{head}intents: {{ a: {{ answer: Yes, phrases: hello }} }}\n")).unwrap();
    fails(&run(&shop, &["eval", "--cross-validate", "."]), "no intent has two phrases or more");
}

/// Each `fixtures/bad/compiled/NAME.yaml` has beside it what `check` says of it, to the letter: what only a compiled bot can tell.
/// `UPDATE_EXPECT=1` writes the reports anew.
#[test]
fn what_only_a_compiled_bot_can_tell_is_reported() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bad/compiled");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".yaml").map(str::to_owned))
        .collect();
    names.sort();
    let mut differ = Vec::new();
    for name in &names {
        let said = text(&run(&folder, &["check", &format!("{name}.yaml")]).stdout);
        let path = folder.join(format!("{name}.report"));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            std::fs::write(&path, &said).unwrap();
        } else if std::fs::read_to_string(&path).unwrap_or_default() != said {
            differ.push(format!("{name}:\n{said}"));
        }
        assert!(said.contains(&format!("[{name}]")), "a fixture is named by its check: {said}");
    }
    assert!(differ.is_empty(), "reports that differ:\n{}", differ.join("\n"));
    let without: Vec<_> =
        frontdesk::flow::advice::ALL.iter().filter(|(code, _)| !names.iter().any(|name| name == code)).collect();
    assert!(without.is_empty(), "checks without a fixture: {without:?}");
}

#[test]
fn much_advice_of_one_kind_is_cut_short_for_people_only() {
    let folder = tempfile::tempdir().unwrap();
    let words = "alder birch cedar elm fir hazel juniper larch".split(' ').collect::<Vec<_>>().join(", ");
    let bot = format!(
        "bot: {{ name: Trees }}\nintents:\n  a: {{ answer: A, phrases: good morning, keywords: [{words}] }}\n  b: {{ answer: \
         B, phrases: see you later, keywords: [{words}] }}\n"
    );
    std::fs::write(folder.path().join("bot.yaml"), bot).unwrap();
    let checked = run(folder.path(), &["check", "."]);
    let said = text(&checked.stdout);
    assert!(checked.status.success());
    assert_eq!(said.matches("warning[shared_keyword]: \"").count(), 5, "{said}");
    assert!(said.contains("and 3 more of warning[shared_keyword]: `frontdesk check --json` lists them all"), "{said}");
    assert!(said.contains("no errors, 8 warnings"), "{said}");
    let json = json_of(&run(folder.path(), &["check", ".", "--json"]));
    assert_eq!(json.as_array().unwrap().len(), 8, "{json}");
}

#[test]
fn a_label_that_is_like_a_phrase_elsewhere_is_no_matter() {
    let folder = tempfile::tempdir().unwrap();
    let bot = include_str!("../fixtures/bad/compiled/near_phrase.yaml");
    let label = "Will I get all my money back soon";
    let near = |bot: &str| {
        std::fs::write(folder.path().join("bot.yaml"), bot).unwrap();
        let said = text(&run(folder.path(), &["check", "."]).stdout);
        said.contains(&format!("were it not written here, \"{label}\" would surely be taken for \"refunds\""))
    };
    assert!(near(&bot.replace("are you open on weekdays", label)), "as a phrase it is");
    assert!(!near(&bot.replace("answer: Till six.", &format!("label: {label}\n    answer: Till six."))));
}
