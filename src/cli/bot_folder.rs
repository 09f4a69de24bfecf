//! A bot's folder (or its one file), read and compiled. `check`, `serve` and all other commands come through here, so that what passes one
//! passes the other.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use crate::bot::{Bot, Confusable};
use crate::cli::{in_shell, note};
use crate::flow::{self, At, Problem, Report, Severity, SourceFile};

/// Folders within folders are read to this depth: a link that leads back must not hang the reader.
const DEPTH_MAX: usize = 16;

/// A bot that was read.
#[derive(Debug)]
pub struct LoadedBot {
    /// The bot, if its files have no errors.
    pub bot: Option<Bot>,
    /// All mistakes and warnings.
    pub report: Report,
    /// The files, with their texts.
    pub files: Vec<SourceFile>,
}

/// Reads and compiles the bot in a folder.
///
/// # Errors
///
/// If the folder or a file in it cannot be read, or there is no bot in it. Mistakes in the files are in the report.
pub fn load_bot(folder: &Path) -> anyhow::Result<LoadedBot> {
    let files = read_folder(folder)?;
    let loaded = flow::load(&files);
    let version = version(&files);
    let bot = loaded.program.map(|program| Bot::compile(program, version));
    let unheard = bot.as_ref().map(Bot::unheard_buttons).unwrap_or_default();
    let problems = unheard.into_iter().map(|(at, label)| {
        let message = format!("no intent surely understands the button \"{label}\": a press on it would be a miss");
        let hint = "write it under `offer:` as an intent, or add it to the phrases of the intent that it means";
        problem(&files, "deaf_button", at, message, Some(hint.to_owned()))
    });
    let report = loaded.report.with(problems.collect());
    let bot = bot.filter(|_| !report.has_errors());
    Ok(LoadedBot { bot, report, files })
}

/// An error that was found after the files were read, with the line that it is about.
pub(super) fn problem(
    files: &[SourceFile],
    code: &'static str,
    at: At,
    message: String,
    hint: Option<String>,
) -> Problem {
    let file = files.iter().find(|file| file.path == at.file);
    let line = file.and_then(|file| file.text.lines().nth((at.line as usize).saturating_sub(1)));
    let line = line.unwrap_or_default().to_owned();
    let behind = line.trim_end().chars().count() as u32 + 1;
    let width = behind.saturating_sub(at.column).max(1);
    Problem { code, severity: Severity::Error, at, width, line, message, hint, related: Vec::new(), language: None }
}

/// A warning about what is easily taken for something else.
pub(super) fn confusable(files: &[SourceFile], found: Confusable) -> Problem {
    let problem = problem(files, found.code, found.at, found.message, Some(found.hint));
    let width = problem.width.min(u32::try_from(found.width.max(1)).unwrap_or(u32::MAX));
    Problem { severity: Severity::Warning, width, related: found.related, ..problem }
}

/// Reads the bot in a folder for a command that needs it to be in order; prints the report if it is not.
///
/// # Errors
///
/// As [`load_bot`], and if the bot has errors.
pub(super) fn bot_in_order(folder: &Path) -> anyhow::Result<Bot> {
    let loaded = load_bot(folder)?;
    match loaded.bot {
        Some(bot) => Ok(bot),
        None => {
            note(loaded.report.errors().to_string().trim_end());
            bail!("the bot in {} has mistakes; mend them first", folder.display())
        }
    }
}

/// All files of a bot in the order of their paths; the one file, if the path names one.
///
/// # Errors
///
/// If the folder or a file in it cannot be read, or there is none.
pub(super) fn read_folder(folder: &Path) -> anyhow::Result<Vec<SourceFile>> {
    if folder.is_file() {
        let bytes = fs::read(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
        let name = folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned();
        return Ok(vec![SourceFile::from_bytes(name, &bytes)]);
    }
    if !folder.is_dir() {
        bail!(
            "there is no folder {}; name the bot's folder, or begin one with \"frontdesk new {}\"",
            folder.display(),
            in_shell(folder)
        );
    }
    let mut paths = Vec::new();
    find_files(folder, 0, &mut paths)?;
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let bytes = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let relative = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        files.push(SourceFile::from_bytes(relative, &bytes));
    }
    if files.is_empty() {
        bail!("there is no .yaml file in {}; a bot is a folder of them", folder.display());
    }
    flow::sort_files(&mut files);
    Ok(files)
}

fn find_files(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in entries {
        let path = entry.with_context(|| format!("{} cannot be read", folder.display()))?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            if depth < DEPTH_MAX {
                find_files(&path, depth + 1, paths)?;
            }
        } else if path.file_name().is_some_and(|name| SourceFile::belongs(&name.to_string_lossy())) {
            // Only what stands in the bot's folder decides; the folder itself may be `..`, or below a hidden one.
            paths.push(path);
        }
    }
    Ok(())
}

/// A hash of all files with their names.
fn version(files: &[SourceFile]) -> String {
    let mut hasher = Sha256::new();
    for file in files {
        hasher.update(file.path.as_bytes());
        hasher.update([0]);
        hasher.update(file.text.as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
