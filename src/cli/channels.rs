//! `frontdesk channels check`: asks each platform whether it knows us, and registers the webhook where that can be done by a
//! call. It says what to type where it cannot.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use crate::channel::{Account, Answer, Body, Check};
use crate::cli::{Server, print};

/// A platform's answer is awaited for so long.
const ANSWER_WITHIN: Duration = Duration::from_secs(15);

/// The most bytes that are read of an answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

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
    /// Only this channel
    channel: Option<String>,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Command::Check(CheckArgs { server, channel }) = args.command;
    let config = server.config()?;
    let public_url = config.public_url.clone();
    let own_url = public_url.clone().unwrap_or_else(|| format!("http://{}", config.listen));
    let channels = config.channels(&|name| std::env::var(name).ok(), &own_url)?;
    let desk = config.telegram_desk(&|name| std::env::var(name).ok(), &own_url)?;
    let wanted = |account: &&Account| {
        let by_name = |name: &str| name.replace('_', "-") == account.name.as_str() || name == name_of(account);
        channel.as_deref().is_none_or(by_name)
    };
    let accounts: Vec<&Account> = channels.iter().chain(desk.iter().map(|desk| &desk.account)).filter(wanted).collect();
    if accounts.is_empty() {
        match channel {
            Some(name) => {
                print(&format!("No channel \"{name}\" is set up: it is not under `channels:` in frontdesk.yaml."))
            }
            None => print("No channel is set up: there is nothing under `channels:` in frontdesk.yaml."),
        }
        return Ok(ExitCode::FAILURE);
    }
    if !public_url.as_deref().is_some_and(|url| url.starts_with("https://")) {
        print("public_url is not set to an https address: no messaging app can reach this server yet.\n");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    let client = runtime.block_on(async { client() })?;
    let mut all_well = public_url.is_some();
    for account in accounts {
        let webhook = format!("{own_url}{}", account.path());
        print(&format!("{} (site {})", name_of(account), account.site));
        print(&format!("  webhook   {webhook}"));
        for check in account.channel.checks(&webhook) {
            let (mark, words) = match runtime.block_on(ask(&client, account, &check)) {
                Ok(words) => ("ok       ", words),
                Err(words) => {
                    all_well = false;
                    ("PROBLEM  ", words)
                }
            };
            print(&format!("  {mark} {}: {words}", check.what));
        }
        if let Some(by_hand) = account.channel.by_hand() {
            print(&format!("  to do     {by_hand}"));
        }
        print("");
    }
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn name_of(account: &Account) -> String {
    if account.account.is_empty() { account.name.to_string() } else { format!("{} {}", account.name, account.account) }
}

fn client() -> anyhow::Result<reqwest::Client> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder().timeout(ANSWER_WITHIN).redirect(reqwest::redirect::Policy::none());
    builder.build().context("cannot make calls")
}

/// What a platform says to a check: in a word if all is well, else what is wrong.
async fn ask(client: &reqwest::Client, account: &Account, check: &Check) -> Result<String, String> {
    // Only what kind of failure: the error's own text holds the address, and that perhaps a secret.
    let failed = |error: reqwest::Error| {
        let why = if error.is_timeout() { "did not answer in time" } else { "could not be reached" };
        format!("the platform {why}")
    };
    let mut request = match &check.body {
        None => client.get(&check.url),
        Some(Body::Json(json)) => client.post(&check.url).header("Content-Type", "application/json").body(json.clone()),
        Some(Body::Form(pairs)) => client.post(&check.url).form(pairs),
    };
    for (name, value) in &check.headers {
        request = request.header(*name, value);
    }
    let mut response = request.send().await.map_err(failed)?;
    let status = response.status().as_u16();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        let room = ANSWER_BYTES_MAX - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == ANSWER_BYTES_MAX {
            break;
        }
    }
    account.channel.verdict(&Answer { status, retry_after: None, body: &body })
}
