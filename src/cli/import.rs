//! `frontdesk import`: reads what `export` wrote into an empty data folder.

use std::fs::File;
use std::io::{BufReader, stdin};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::cli::{Server, control, note};
use crate::engine;
use crate::store::transfer;

/// Arguments of `import`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: Server,
    /// The file; `-` is the standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let config = args.server.config()?;
    if control::connect(&config.data)?.is_some() {
        bail!("a server runs on {}; stop it, and import into an empty folder", config.data.display());
    }
    if args.file.is_dir() {
        bail!("{} is a folder; name the file that `frontdesk export` wrote", args.file.display());
    }
    let imported = if args.file.as_os_str() == "-" {
        transfer::import(&config.data, &mut stdin().lock(), &engine::FromEvents)?
    } else {
        let file = File::open(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
        transfer::import(&config.data, &mut BufReader::new(file), &engine::FromEvents)?
    };
    let transfer::Imported { commits, streams, erased } = imported;
    note(&format!("imported {commits} commits of {streams} streams; left out {erased} commits of what was erased"));
    Ok(ExitCode::SUCCESS)
}
