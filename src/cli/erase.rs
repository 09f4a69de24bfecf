//! `frontdesk erase`: a person with all their conversations, for good.

use std::process::ExitCode;

use crate::cli::Server;
use crate::cli::control::{self, Request};

/// Arguments of `erase`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: Server,
    /// The contact (p_…), or one of their conversations (c_…)
    #[arg(value_name = "WHO")]
    who: String,
    /// The site; by default wherever it is found
    #[arg(long)]
    site: Option<String>,
    /// Says that this cannot be undone
    #[arg(long, required = true)]
    yes: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    control::run(&args.server, &Request::Erase { who: args.who, site: args.site })
}
