//! `frontdesk explain`: how a bot understands one message.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::bot_folder::bot_in_order;
use crate::cli::chat::{language_of, setting, show};
use crate::dialog::Rehearsal;
use crate::id::EventNo;
use crate::matcher::{Moment, explain};
use crate::time::Time;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The message
    text: String,
    /// The bot's folder
    #[arg(long, default_value = "flows")]
    bot: PathBuf,
    /// The language of the page; the bot's first if none
    #[arg(long)]
    language: Option<String>,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let bot = bot_in_order(&args.bot)?;
    let language = match args.language.as_deref() {
        Some(tag) => language_of(&bot, tag)?,
        None => bot.program.default_language().clone(),
    };
    let moment = Moment { now: Time::from(jiff::Timestamp::now()), language };
    let understanding = bot.matcher.understand(&args.text, &moment);
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&understanding)?);
        return Ok(ExitCode::SUCCESS);
    }
    outln!("{}", explain(&understanding, &args.text).trim_end());
    // Margins, small talk and offers all have their say in what the bot does: it is asked, not foretold.
    let fallback = &bot.program.fallback;
    outln!("as the first message, with sure at {} and unsure at {}:", fallback.sure, fallback.unsure);
    let mut rehearsal = Rehearsal::new(&bot, setting(moment.now, Some(moment.language), false));
    if let Err(refused) = rehearsal.visitor(&args.text) {
        outln!("({refused})");
    }
    show(&rehearsal, &mut EventNo(0));
    Ok(ExitCode::SUCCESS)
}
