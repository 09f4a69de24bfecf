//! `frontdesk test`: the conversations under `tests:`, each as written or with what went otherwise.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use serde_json::json;

use crate::cli::NOT_IN_ORDER;
use crate::cli::bot_folder::bot_in_order;
use crate::dialog::run_test;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The bot's folder
    #[arg(default_value = "flows")]
    folder: PathBuf,
    /// Run only tests whose name contains this
    #[arg(long)]
    name: Option<String>,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let bot = bot_in_order(&args.folder)?;
    let wanted = |name: &str| args.name.as_ref().is_none_or(|part| name.contains(part.as_str()));
    let tests: Vec<_> = bot.program.tests.iter().filter(|test| wanted(&test.name)).collect();
    if let Some(part) = args.name.as_ref().filter(|_| tests.is_empty()) {
        let names: Vec<_> = bot.program.tests.iter().map(|test| test.name.as_str()).collect();
        let known = if names.is_empty() { "there are no tests".to_owned() } else { names.join(", ") };
        bail!("no test has \"{part}\" in its name; the tests are: {known}");
    }
    let mut failed = 0;
    let mut results = Vec::new();
    for test in &tests {
        let failures = run_test(&bot, test);
        if !failures.is_empty() {
            failed += 1;
        }
        if args.json {
            let failures: Vec<_> = failures
                .iter()
                .map(|failure| json!({ "at": failure.at.to_string(), "expected": failure.expected, "got": failure.got, "so_far": failure.so_far }))
                .collect();
            results.push(json!({ "name": test.name, "at": test.at.to_string(), "passed": failures.is_empty(), "failures": failures }));
        } else {
            for failure in &failures {
                outln!("{failure}");
            }
        }
    }
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&json!({ "tests": results, "failed": failed }))?);
    } else if tests.is_empty() {
        outln!("{}: no tests; write some under tests:", args.folder.display());
    } else {
        outln!("{}: {} of {} tests passed", args.folder.display(), tests.len() - failed, tests.len());
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(NOT_IN_ORDER) })
}
