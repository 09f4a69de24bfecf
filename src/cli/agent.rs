//! `frontdesk agent …`: accounts of agents. Passwords are asked for or read from the standard input, never from the
//! arguments, which every user of the machine can see.

use std::collections::BTreeSet;
use std::io::{BufRead as _, IsTerminal as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use crate::cli::control::{self, Request};
use crate::cli::{Server, load_bot};
use crate::engine::CAPACITY_MAX;

/// What to do with accounts.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an account; the password is asked for, or read from the first line of the standard input
    Add {
        #[command(flatten)]
        server: Server,
        /// The e-mail address to log in with
        email: String,
        /// The name that visitors see
        #[arg(long)]
        name: String,
        /// What the account may do
        #[arg(long, default_value = "agent", value_parser = ["agent", "supervisor", "admin"])]
        role: String,
        /// A site that the account serves; by default all; may stand several times
        #[arg(long = "site", value_name = "SITE")]
        sites: Vec<String>,
        /// A queue that the account serves; by default all; may stand several times
        #[arg(long = "queue", value_name = "QUEUE")]
        queues: Vec<String>,
        /// How many conversations the assigner gives at once
        #[arg(long, value_parser = clap::value_parser!(u32).range(..=i64::from(CAPACITY_MAX)))]
        capacity: Option<u32>,
    },
    /// List the accounts
    List {
        #[command(flatten)]
        server: Server,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Close an account: it can no longer log in
    Disable {
        #[command(flatten)]
        server: Server,
        /// Its e-mail address
        email: String,
    },
    /// Open a closed account again
    Enable {
        #[command(flatten)]
        server: Server,
        /// Its e-mail address
        email: String,
    },
    /// Set a password; every session of the account ends
    Password {
        #[command(flatten)]
        server: Server,
        /// Its e-mail address
        email: String,
    },
}

pub(super) fn run(command: Command) -> anyhow::Result<ExitCode> {
    let (server, request) = match command {
        Command::Add { server, email, name, role, sites, queues, capacity } => {
            check_queues(&server, &queues)?;
            let password_hash = new_password()?;
            (server, Request::AgentAdd { name, email, role, password_hash, sites, queues, capacity })
        }
        Command::List { server, json } => (server, Request::AgentList { json }),
        Command::Disable { server, email } => (server, Request::AgentDisable { email, disabled: true }),
        Command::Enable { server, email } => (server, Request::AgentDisable { email, disabled: false }),
        Command::Password { server, email } => {
            (server, Request::AgentPassword { email, password_hash: new_password()? })
        }
    };
    control::run(&server, &request)
}

/// An account of a queue that no bot has would wait for ever. Where no bot can be read, nothing is known of queues.
fn check_queues(server: &Server, queues: &[String]) -> anyhow::Result<()> {
    if queues.is_empty() {
        return Ok(());
    }
    let mut known = BTreeSet::new();
    for site in server.config()?.sites.values() {
        let Some(bot) = load_bot(&site.bot).ok().and_then(|loaded| loaded.bot) else { return Ok(()) };
        known.extend(bot.program.queues.keys().map(|queue| queue.as_str().to_owned()));
    }
    if let Some(queue) = queues.iter().find(|queue| !known.contains(*queue)) {
        let near = known.iter().map(|known| (strsim::osa_distance(queue, known), known)).min();
        match near.filter(|(distance, known)| *distance * 2 <= known.chars().count()) {
            Some((_, near)) => anyhow::bail!("there is no queue \"{queue}\"; did you mean \"{near}\"?"),
            None => {
                let known: Vec<_> = known.iter().map(String::as_str).collect();
                anyhow::bail!("there is no queue \"{queue}\"; the queues are {}", known.join(", "))
            }
        }
    }
    Ok(())
}

/// A new password's hash.
fn new_password() -> anyhow::Result<String> {
    let password = if std::io::stdin().is_terminal() {
        let password = rpassword::prompt_password("Password: ").context("the password could not be read")?;
        if rpassword::prompt_password("Again: ").context("the password could not be read")? != password {
            anyhow::bail!("the two passwords differ");
        }
        password
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).context("the password could not be read")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    let hash = crate::http::hash_blocking(&password)?;
    Ok(hash)
}
