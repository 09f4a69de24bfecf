//! `frontdesk texts`: the file with a bot's texts in another language, written or updated.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};

use crate::cli::bot_folder::read_folder;
use crate::cli::{NOT_IN_ORDER, note};
use crate::flow::{self, Report, TextsError};
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
    if let Err(hint) = flow::check_language(&args.language) {
        bail!("\"{}\" is not a language; {hint}", args.language);
    }
    let language = Language::from(args.language.to_lowercase());
    let files = read_folder(&args.bot)?;
    let texts = flow::texts(&files, &language).map_err(|error| refusal(error, &language, &args.bot))?;
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

/// Why there is no file; the report of a bot with mistakes goes to the standard error before.
fn refusal(error: TextsError, language: &Language, folder: &Path) -> anyhow::Error {
    let tag = language.as_str();
    match error {
        TextsError::Bot(problems) => {
            note(Report::new(problems).to_string().trim_end());
            anyhow!("the bot in {} has mistakes; mend them first", folder.display())
        }
        TextsError::Own => anyhow!("{tag} is the language your files are written in: it stands first in `languages:`"),
        TextsError::NotListed(known) => {
            let known: Vec<_> = known.iter().map(Language::as_str).collect();
            anyhow!("add {tag} to `languages:` under `bot:` first: `languages: [{}, {tag}]`", known.join(", "))
        }
        TextsError::Inline(at) => {
            anyhow!("{at}: nothing can be added to what stands in {{ }}; write one entry a line, without {{ }}")
        }
    }
}
