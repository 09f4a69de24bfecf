//! `frontdesk export`: everything as JSON Lines, the backup. A running server goes on meanwhile.

use std::process::ExitCode;

use crate::cli::Server;
use crate::cli::control::{self, Request};

/// Arguments of `export`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    control::run(&args.server, &Request::Export)
}
