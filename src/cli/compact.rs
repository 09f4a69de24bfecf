//! `frontdesk compact`: rewrites the data folder with only what is live. A running server is asked to do it at its next start.

use std::process::ExitCode;

use crate::cli::control::{self, Request};
use crate::cli::{Server, note};
use crate::store::transfer;

/// Arguments of `compact`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: Server,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = args.server.config()?;
    if control::connect(&config.data)?.is_some() {
        return control::run(&args.server, &Request::Compact);
    }
    let transfer::Compacted { rows, before_bytes, after_bytes } = transfer::compact(&config.data)?;
    note(&format!("{rows} rows: {} KB before, {} KB now", before_bytes / 1024, after_bytes / 1024));
    Ok(ExitCode::SUCCESS)
}
