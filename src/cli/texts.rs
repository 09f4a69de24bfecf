//! `frontdesk texts`: the file with a bot's texts in another language, written or updated.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};

use crate::cli::NOT_IN_ORDER;
use crate::cli::bot_folder::read_folder;
use crate::flow::{self, Report};
use crate::id::Language;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The language, such as el
    language: String,
    /// The bot's folder
    #[arg(long, default_value = "flows")]
    bot: PathBuf,
    /// Only report what is missing or changed; write nothing, and fail if anything is
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let well_formed = (2..=35).contains(&args.language.len())
        && args.language.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    if !well_formed {
        bail!("\"{}\" is not a language; write a code such as el, fil or pt-br", args.language);
    }
    let language = Language::from(args.language.to_lowercase());
    let files = read_folder(&args.bot)?;
    let texts = match flow::texts(&files, &language) {
        Ok(texts) => texts,
        Err(problems) => {
            eprint!("{}", Report::new(problems));
            bail!("the bot in {} has mistakes; mend them first", args.bot.display())
        }
    };
    for (at, text) in &texts.missing {
        outln!("{at}: not translated: {text}");
    }
    for (at, text) in &texts.stale {
        outln!("{at}: the bot no longer says: {text}");
    }
    let (missing, stale) = (texts.missing.len(), texts.stale.len());
    let own = texts.path.unwrap_or_else(|| format!("lang/{}.yaml", language.as_str()));
    let path = if args.bot.is_file() { args.bot.with_file_name(own) } else { args.bot.join(own) };
    if args.check {
        outln!("{}: {missing} missing, {stale} changed", path.display());
        return Ok(ExitCode::from(if missing + stale > 0 { NOT_IN_ORDER } else { 0 }));
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    fs::write(&path, &texts.text).with_context(|| format!("{} cannot be written", path.display()))?;
    outln!("{}: written; {missing} missing, {stale} changed", path.display());
    Ok(ExitCode::SUCCESS)
}
