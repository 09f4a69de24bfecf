//! `frontdesk new`: a small bot that works, to begin from.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::cli::in_shell;

/// The bot that a new folder gets. It passes `check` and `test` as it stands.
pub(super) const STARTER: &str = include_str!("new/bot.yaml");

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder to make
    folder: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let path = args.folder.join("bot.yaml");
    if args.folder.is_file() {
        bail!("{} is a file, and a bot is a folder; name a new folder", args.folder.display());
    }
    let taken = fs::read_dir(&args.folder).is_ok_and(|mut entries| entries.next().is_some());
    if taken {
        bail!("{} is there already and not empty; name a new folder", args.folder.display());
    }
    fs::create_dir_all(&args.folder).with_context(|| format!("{} cannot be made", args.folder.display()))?;
    fs::write(&path, STARTER).with_context(|| format!("{} cannot be written", path.display()))?;
    let folder = in_shell(&args.folder);
    outln!("{} is a bot. Next:", path.display());
    outln!("  frontdesk check {folder}    find mistakes");
    outln!("  frontdesk test {folder}     run its tests");
    outln!("  frontdesk chat {folder}     talk with it");
    Ok(ExitCode::SUCCESS)
}
