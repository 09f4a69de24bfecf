//! `frontdesk explain`: how a bot understands one message.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::bot_folder::bot_in_order;
use crate::cli::chat::language_of;
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
    let fallback = &bot.program.fallback;
    let confidence = understanding.ranked.first().map_or(0.0, |ranked| ranked.confidence);
    let surely: Vec<_> = understanding.parts.iter().filter(|part| part.confidence >= fallback.sure).collect();
    let acts = if understanding.asks_for_person(fallback) {
        "the bot calls a person".to_owned()
    } else if let [first, second, ..] = surely[..] {
        format!("the bot serves {}, and offers {} afterwards", first.intent, second.intent)
    } else if !understanding.unwanted.is_empty() && confidence < fallback.unsure {
        "the bot leaves out what is not wanted, and asks what is".to_owned()
    } else if confidence >= fallback.sure {
        format!("the bot acts: {confidence:.2} is at least {} (sure)", fallback.sure)
    } else if confidence >= fallback.unsure {
        format!(
            "the bot asks \"did you mean …?\": {confidence:.2} is between {} (unsure) and {} (sure)",
            fallback.unsure, fallback.sure
        )
    } else {
        format!("a miss: {confidence:.2} is below {} (unsure)", fallback.unsure)
    };
    outln!("outside a question, {acts}");
    Ok(ExitCode::SUCCESS)
}
