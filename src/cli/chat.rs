//! `frontdesk chat`: talk with a bot in the terminal. Nothing is stored; services answer their `sample`.

use std::collections::BTreeMap;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;

use crate::bot::Bot;
use crate::cli::bot_folder::bot_in_order;
use crate::dialog::{AgentCommand, Event, Recorded, Rehearsal, Setting};
use crate::flow::TestAgents;
use crate::id::{ChannelName, EventNo, Language};
use crate::matcher::{Moment, explain};
use crate::time::{Span, Time};

const HELP: &str = "\
/why            why the bot understood your last message as it did
/state          what the conversation holds
/agent TEXT     answer as an agent; /back hands the conversation back to the bot
/pass MINUTES   let time go by
/restart        begin anew
/quit           leave";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The bot's folder
    #[arg(default_value = "flows")]
    folder: PathBuf,
    /// The language of the page; the bot's first if none
    #[arg(long)]
    language: Option<String>,
    /// Keep the hours of queues; without it they are always open
    #[arg(long)]
    hours: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut bot = bot_in_order(&args.folder)?;
    let language = args.language.as_deref().map(|tag| language_of(&bot, tag)).transpose()?;
    // Open queues beside a bot that says "closed" would be neither day nor night.
    if let Some(program) = Arc::get_mut(&mut bot.program).filter(|_| !args.hours) {
        program.hours.values_mut().for_each(|hours| hours.held_open = true);
    }
    let bot = bot;
    let setting = || setting(Time::from(jiff::Timestamp::now()), language.clone(), args.hours);
    let prompt = io::stdin().is_terminal();
    if prompt {
        outln!("{}: write, or /help", bot.program.name);
    }
    let mut rehearsal = Rehearsal::new(&bot, setting());
    let mut seen = EventNo(0);
    rehearsal.open(true)?;
    show(&rehearsal, &mut seen);
    let mut last = String::new();
    let mut input = io::stdin().lock();
    loop {
        if prompt {
            out!("> ");
            io::stdout().flush()?;
        }
        // Not `lines()`: one byte that is no UTF-8 must not end the conversation.
        let mut bytes = Vec::new();
        if input.read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim();
        let (command, rest) = line.split_once(' ').unwrap_or((line, ""));
        let done = match command {
            "" => Ok(()),
            "/quit" | "/exit" => break,
            "/help" => {
                outln!("{HELP}");
                Ok(())
            }
            "/why" if last.is_empty() => {
                outln!("say something first");
                Ok(())
            }
            "/why" => {
                let moment = Moment { now: rehearsal.now, language: rehearsal.conversation.language.clone() };
                outln!("{}", explain(&bot.matcher.understand(&last, &moment), &last).trim_end());
                Ok(())
            }
            "/state" => {
                outln!("{}", serde_json::to_string_pretty(&rehearsal.conversation)?);
                Ok(())
            }
            "/agent" => rehearsal.agent(AgentCommand::Say { text: rest.to_owned(), client: None }),
            "/back" => rehearsal.agent(AgentCommand::HandBack { flow: None }),
            "/pass" => match rest.trim().parse() {
                Ok(minutes) => rehearsal.pass(Span::minutes(minutes)),
                Err(_) => {
                    outln!("write the minutes: /pass 10");
                    Ok(())
                }
            },
            "/restart" => {
                rehearsal = Rehearsal::new(&bot, setting());
                seen = EventNo(0);
                rehearsal.open(true)
            }
            unknown if unknown.starts_with('/') => {
                outln!("there is no {unknown}; /help names what there is");
                Ok(())
            }
            _ => {
                line.clone_into(&mut last);
                rehearsal.visitor(line)
            }
        };
        if let Err(refused) = done {
            outln!("({refused})");
        }
        show(&rehearsal, &mut seen);
    }
    Ok(ExitCode::SUCCESS)
}

/// One agent, on the web, and nothing known of the visitor.
pub(super) fn setting(starts: Time, language: Option<Language>, keeps_hours: bool) -> Setting {
    Setting {
        starts,
        keeps_hours,
        agents: TestAgents::Everywhere(1),
        services: BTreeMap::new(),
        language,
        channel: ChannelName::from("web"),
        contact: BTreeMap::new(),
    }
}

/// A language of the bot by its tag.
pub(super) fn language_of(bot: &Bot, tag: &str) -> anyhow::Result<Language> {
    let language = Language::from(tag.to_lowercase());
    let known = &bot.program.languages;
    if !known.contains(&language) {
        let known: Vec<_> = known.iter().map(Language::as_str).collect();
        bail!("the bot has no language \"{tag}\"; it has {}", known.join(", "));
    }
    Ok(language)
}

/// Prints what was said since the last look.
pub(super) fn show(rehearsal: &Rehearsal<'_>, seen: &mut EventNo) {
    rehearsal.since(*seen).iter().for_each(show_event);
    *seen = rehearsal.conversation.version;
}

fn show_event(recorded: &Recorded) {
    match &recorded.event {
        Event::BotSaid { message, .. } => {
            outln!("bot: {}", message.text);
            for card in &message.cards {
                outln!("     [{}] {}", card.title, card.text.as_deref().unwrap_or_default());
            }
            if let Some(link) = &message.link {
                outln!("     {} <{}>", link.text, link.url);
            }
            let labels: Vec<_> = message.all_buttons().map(|button| format!("[{}]", button.label)).collect();
            if !labels.is_empty() {
                outln!("     {}", labels.join(" "));
            }
        }
        Event::AgentSent { agent, file, .. } => outln!("{}: ({})", agent.name, file.name),
        Event::AgentSaid { agent, text, .. } => outln!("{}: {text}", agent.name),
        Event::HandoffRequested { queue, reason, priority, .. } => {
            // As it is written in YAML.
            let priority = serde_json::to_value(priority).unwrap_or_default();
            outln!("     (to the queue \"{queue}\", {}: {reason})", priority.as_str().unwrap_or_default());
        }
        Event::Called { service, with } => outln!("     (calls {service} with {with}; its sample answers)"),
        Event::Fault { code, detail } => outln!("     ({code}: {detail})"),
        _ => {}
    }
}
