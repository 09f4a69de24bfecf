//! `frontdesk channels check`: asks each platform whether it knows us, and registers the webhook where that can be done by a
//! call. It says what to type where it cannot. Of the owner's own systems it asks whether they are there; nothing that it does
//! looks like a message or an event to them.

use std::error::Error as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use crate::channel::{Account, Answer, Ask, Body, Check, instead, is_here, kind};
use crate::cli::{Server, print};
use crate::config::Connections;

/// A platform's answer is awaited for so long.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// The most bytes that are read of an answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// What the owner's systems that hear of events are called here.
const EVENTS: &str = "events";

/// Arguments of `channels`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Ask each messaging app whether it knows us, and register our webhook where that can be done by a call
    Check(CheckArgs),
}

#[derive(Debug, clap::Args)]
struct CheckArgs {
    #[command(flatten)]
    server: Server,
    /// Only this channel: telegram, telegram-desk, events, ...
    channel: Option<String>,
    /// Only this account of it
    account: Option<String>,
}

/// Something to check.
struct Subject {
    name: String,
    account: String,
    /// What it belongs to.
    of: String,
    /// Where it reaches us, or we reach it.
    address: String,
    /// Whether it calls us.
    calls: bool,
    checks: Vec<Check>,
    by_hand: Option<&'static str>,
}

impl Subject {
    fn of(account: &Account, own_url: &str, checks: impl Fn(&str) -> Vec<Check>) -> Self {
        let webhook = format!("{own_url}{}", account.path());
        Self {
            name: account.name.to_string(),
            account: account.account.clone(),
            of: format!("site {}", account.site),
            checks: checks(&webhook),
            address: webhook,
            calls: true,
            by_hand: account.channel.by_hand(),
        }
    }

    fn title(&self) -> String {
        [self.name.as_str(), &self.account].join(" ").trim_end().to_owned()
    }
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Command::Check(CheckArgs { server, channel, account }) = args.command;
    let config = server.config()?;
    let public_url = config.public_url.clone();
    let own_url = public_url.clone().unwrap_or_else(|| format!("http://{}", config.listen));
    let all = subjects(config.connections(&|name| std::env::var(name).ok(), &own_url)?, &own_url);
    if all.is_empty() {
        print(
            "Nothing is set up: there is nothing under `channels:`, `telegram_desk:` or `events:` in frontdesk.yaml.",
        );
        return Ok(ExitCode::FAILURE);
    }
    let name = channel.map(|name| name.replace('_', "-"));
    if let Some(why) = name.as_deref().and_then(|name| not_set_up(name, account.as_deref(), &all)) {
        print(&why);
        return Ok(ExitCode::FAILURE);
    }
    let wanted = |subject: &Subject| {
        name.as_deref().is_none_or(|name| name == subject.name)
            && account.as_deref().is_none_or(|account| account == subject.account)
    };
    let chosen: Vec<Subject> = all.into_iter().filter(wanted).collect();
    let reachable = public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    let trial = public_url.as_deref().is_some_and(is_here);
    let called = chosen.iter().any(|subject| subject.calls);
    if called && !reachable {
        print("public_url is not set to an https address: no messaging app can reach this server yet.\n");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let client = runtime.block_on(async { client() })?;
    let mut all_well = !called || reachable || trial;
    for subject in chosen {
        print(&format!("{} ({})", subject.title(), subject.of));
        print(&format!("  {} {}", if subject.calls { "webhook  " } else { "address  " }, subject.address));
        for check in subject.checks {
            let mut next = Some(check);
            while let Some(check) = next.take() {
                // A platform that is played on this machine reaches every address.
                let asked = if check.registers && !reachable && !is_here(&check.url) {
                    let is = public_url.as_deref().map_or("not set".to_owned(), |url| format!("\"{url}\""));
                    Err(format!("left as it is: platforms call https addresses alone, and public_url is {is}"))
                } else {
                    runtime.block_on(ask(&client, &check))
                };
                let (mark, words) = match asked {
                    Ok((words, then)) => {
                        next = then;
                        ("ok       ", words)
                    }
                    Err(words) => {
                        all_well = false;
                        ("PROBLEM  ", words)
                    }
                };
                print(&format!("  {mark} {}: {words}", check.what));
            }
        }
        if let Some(by_hand) = subject.by_hand {
            print(&format!("  to do     {by_hand}"));
        }
        print("");
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All that can be checked.
fn subjects(connections: Connections, own_url: &str) -> Vec<Subject> {
    let Connections { channels, events, telegram_desk } = connections;
    let apps = channels.iter().map(|account| Subject::of(account, own_url, |webhook| account.channel.checks(webhook)));
    let desk = telegram_desk.iter().map(|desk| Subject::of(&desk.account, own_url, |webhook| desk.checks(webhook)));
    let systems = events.all.iter().map(|endpoint| Subject {
        name: EVENTS.to_owned(),
        account: String::new(),
        of: endpoint.site.as_ref().map_or_else(|| "all sites".to_owned(), |site| format!("site {site}")),
        address: endpoint.url.clone(),
        calls: false,
        checks: vec![Check::reach("url", endpoint.url.clone())],
        by_hand: None,
    });
    apps.chain(desk).chain(systems).collect()
}

/// Why what was asked for cannot be checked; none where it can.
fn not_set_up(name: &str, account: Option<&str>, all: &[Subject]) -> Option<String> {
    let mut of_name = all.iter().filter(|subject| subject.name == name).peekable();
    if of_name.peek().is_none() {
        let mut names: Vec<&str> = all.iter().map(|subject| subject.name.as_str()).collect();
        names.dedup();
        let hint = if kind(name).is_some() {
            "it is not under `channels:` in frontdesk.yaml".to_owned()
        } else {
            instead(name, &names)
        };
        return Some(format!("No channel \"{name}\" is set up: {hint}"));
    }
    let accounts: Vec<&str> = of_name.map(|subject| subject.account.as_str()).collect();
    let account = account.filter(|account| !accounts.contains(account))?;
    if accounts.contains(&"") {
        return Some(format!("{name} has no accounts with names: `frontdesk channels check {name}` checks it."));
    }
    Some(format!("{name} has no account \"{account}\": {}", instead(account, &accounts)))
}

fn client() -> anyhow::Result<reqwest::Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().timeout(ANSWER_WITHIN).redirect(reqwest::redirect::Policy::none());
    builder.build().context("cannot make calls")
}

/// What a platform says to a check: in a word if all is well, with what to ask next, else what is wrong.
async fn ask(client: &reqwest::Client, check: &Check) -> Result<(String, Option<Check>), String> {
    let mut request = match &check.ask {
        Ask::Get => client.get(&check.url),
        Ask::Options => client.request(reqwest::Method::OPTIONS, &check.url),
        Ask::Post(Body::Json(json)) => {
            client.post(&check.url).header("Content-Type", "application/json").body(json.clone())
        }
        Ask::Post(Body::Form(pairs)) => client.post(&check.url).form(pairs),
    };
    for (name, value) in &check.headers {
        request = request.header(*name, value);
    }
    let mut response = request.send().await.map_err(|error| failed(&error))?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
        let room = ANSWER_BYTES_MAX - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == ANSWER_BYTES_MAX {
            break;
        }
    }
    check.judge(&Answer { status, retry_after: None, body: &body })
}

/// What went wrong on the way. The error's own text holds the address, and that perhaps a secret; its last cause does not.
fn failed(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(std::error::Error::source) {
        cause = Some(deeper);
    }
    let what = match error {
        _ if error.is_timeout() => return "it did not answer in time".to_owned(),
        _ if error.is_connect() => "it could not be reached",
        _ => "the connection broke off",
    };
    cause.map_or_else(|| what.to_owned(), |cause| format!("{what}: {cause}"))
}
