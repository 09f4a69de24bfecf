//! `frontdesk reload`: a running server loads its bots again. A bot with mistakes changes nothing.

use std::process::ExitCode;

use crate::cli::Server;
use crate::cli::control::{self, Request};

/// Arguments of `reload`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = args.server.config()?;
    if control::connect(&config.data)?.is_none() {
        anyhow::bail!("no server runs on {}", config.data.display());
    }
    control::run(&args.server, &Request::Reload)
}
