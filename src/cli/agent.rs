//! `frontdesk agent …`: accounts of agents. Passwords are asked for or read from the standard input, never from the
//! arguments, which every user of the machine can see.

use std::io::{BufRead as _, IsTerminal as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use crate::cli::Server;
use crate::cli::control::{self, Request};
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
