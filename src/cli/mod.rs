//! The command line: one file for each command. Only this module knows everything below it; a command reads its arguments,
//! calls what does the work, and prints. Failures are one clear message on standard error and a non-zero exit.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

mod bot_folder;
mod chat;
mod check;
mod eval;
mod explain;
mod new;
mod schema;
mod test;
mod texts;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use bot_folder::{LoadedBot, load_bot};

/// A rule-based chatbot that hands over to people well: engine, website chat, queue and agent desk in one binary.
#[derive(Debug, Parser)]
#[command(name = "frontdesk", version, about, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find the mistakes in a bot's files, all at once, each with its place and a suggestion
    Check(check::Args),
    /// Run the conversations under `tests:` of a bot
    Test(test::Args),
    /// Talk with a bot in the terminal
    Chat(chat::Args),
    /// Say how a bot understands a message, and why
    Explain(explain::Args),
    /// Measure how well a bot understands labelled messages
    Eval(eval::Args),
    /// Print the JSON Schema of a bot's files, for editors
    Schema(schema::Args),
    /// Write or update the file with a bot's texts in another language
    Texts(texts::Args),
    /// Begin a new bot
    New(new::Args),
}

/// Runs the command line and says how it ended: 0 done, 1 the thing asked about is not in order, 2 it could not be done.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            let failed = error.use_stderr();
            // A closed pipe is no reason to fail.
            let _ = error.print();
            return ExitCode::from(if failed { 2 } else { 0 });
        }
    };
    let done = match cli.command {
        Command::Check(args) => check::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Chat(args) => chat::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Texts(args) => texts::run(&args),
        Command::New(args) => new::run(&args),
    };
    done.unwrap_or_else(|error| {
        eprintln!("frontdesk: {error:#}");
        ExitCode::from(2)
    })
}

/// Not in order: what was asked about has mistakes.
const NOT_IN_ORDER: u8 = 1;
