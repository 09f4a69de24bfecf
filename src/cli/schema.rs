//! `frontdesk schema`: what an editor needs to help with a bot's files.

use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn run(_args: &Args) -> anyhow::Result<ExitCode> {
    outln!("{}", serde_json::to_string_pretty(&crate::flow::schema())?);
    Ok(ExitCode::SUCCESS)
}
