//! `frontdesk check`: every mistake of a bot at once.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::bot_folder::{confusable, problem};
use crate::cli::{NOT_IN_ORDER, load_bot};
use crate::dialog::run_test;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The bot's folder
    #[arg(default_value = "flows")]
    folder: PathBuf,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut loaded = load_bot(&args.folder)?;
    if let Some(bot) = &loaded.bot {
        let confusable = bot.confusable().into_iter().map(|found| confusable(&loaded.files, found));
        let failures = bot.program.tests.iter().flat_map(|test| run_test(bot, test));
        let problems: Vec<_> = failures
            .map(|failure| {
                let message = format!("the test \"{}\" fails here: {}", failure.test, failure.got.replace('\n', "; "));
                let hint = format!("it expects: {}", failure.expected.replace('\n', "; "));
                problem(&loaded.files, "failing_test", failure.at, message, Some(hint))
            })
            .chain(confusable)
            .collect();
        loaded.report = std::mem::take(&mut loaded.report).with(problems);
    }
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&loaded.report.to_json())?);
    } else {
        out!("{}", loaded.report);
        if !loaded.report.is_empty() {
            outln!();
        }
        let (errors, warnings) = loaded.report.counts();
        outln!("{}: {}, {}", args.folder.display(), count(errors, "error"), count(warnings, "warning"));
    }
    Ok(if loaded.report.has_errors() { ExitCode::from(NOT_IN_ORDER) } else { ExitCode::SUCCESS })
}

fn count(number: usize, what: &str) -> String {
    match number {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
