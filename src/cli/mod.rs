//! The command line: one file for each command. Only this module knows everything below it; a command reads its arguments,
//! calls what does the work, and prints. Failures are one clear message on standard error and a non-zero exit.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line prints")]

#[macro_use]
mod output;

mod agent;
mod bot_folder;
mod bots;
mod channels;
mod chat;
mod check;
mod compact;
mod control;
mod erase;
mod eval;
mod events;
mod explain;
mod export;
mod import;
mod new;
mod perform;
mod reload;
mod schema;
mod serve;
mod test;
mod texts;
mod verify;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{self, Config};

pub use bot_folder::{LoadedBot, load_bot};
use output::{in_shell, note, print};

/// A rule-based chatbot that hands over to people well: engine, website chat, queue and agent desk in one binary. Without a
/// command it serves.
#[derive(Debug, Parser)]
#[command(name = "frontdesk", version, about, disable_help_subcommand = true, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(flatten)]
    serve: serve::Args,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What every command that needs the server's data understands.
#[derive(Debug, Clone, clap::Args)]
struct Server {
    /// The configuration; by default frontdesk.yaml, if there is one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder, instead of the configured one
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Server {
    /// The configuration, with what the command line says instead.
    fn config(&self) -> anyhow::Result<Config> {
        let mut config = config::load(self.config.as_deref(), &|name| std::env::var(name).ok())?;
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        Ok(config)
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve visitors and agents; the same as no command
    Serve(serve::Args),
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
    /// Manage the accounts of agents
    #[command(subcommand)]
    Agent(agent::Command),
    /// Look after messaging apps
    Channels(channels::Args),
    /// Look after what your own systems are told
    #[command(subcommand)]
    Events(events::Command),
    /// Let a running server load its bots again
    Reload(reload::Args),
    /// Write everything as JSON Lines: the backup
    Export(export::Args),
    /// Read what export wrote into an empty data folder
    Import(import::Args),
    /// Erase a person: all conversations and what is known of them, for good
    Erase(erase::Args),
    /// Compare what is stored with what follows from the events
    Verify(verify::Args),
    /// Rewrite the data folder without what was erased
    Compact(compact::Args),
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
    let done = match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(args) => serve::run(args),
        Command::Check(args) => check::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Chat(args) => chat::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Texts(args) => texts::run(&args),
        Command::New(args) => new::run(&args),
        Command::Agent(command) => agent::run(command),
        Command::Channels(args) => channels::run(args),
        Command::Events(command) => events::run(command),
        Command::Reload(args) => reload::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Erase(args) => erase::run(args),
        Command::Verify(args) => verify::run(&args),
        Command::Compact(args) => compact::run(&args),
    };
    let code = done.unwrap_or_else(|error| {
        note(&format!("frontdesk: {error:#}"));
        ExitCode::from(2)
    });
    match output::failure() {
        Some(why) => {
            note(&format!("frontdesk: the output could not be written: {why}"));
            ExitCode::from(2)
        }
        None => code,
    }
}

/// Not in order: what was asked about has mistakes.
const NOT_IN_ORDER: u8 = 1;
