//! `frontdesk verify`: compares what is stored with what follows from the events.

use std::process::ExitCode;

use crate::cli::Server;
use crate::cli::control::{self, Request};

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: Server,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    control::run(&args.server, &Request::Verify { json: args.json })
}
