//! `frontdesk serve`: everything at once. It checks what it was given before it opens anything, says where it can be reached,
//! and on SIGTERM or ctrl-c lets what is under way come to its end.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

use crate::cli::bots::{self, Bots};
use crate::cli::perform::World;
use crate::cli::{Server, control, note, print};
use crate::config::{Config, Connections, DEFAULT_SITE, Log, LogFormat, parse_listen};
use crate::engine::{Engine, SearchIn, Settings, Site, reload};
use crate::http::{
    self, App, DIRECT_LINE_SECRET_BYTES_MIN, DirectLine, HttpConfig, IDENTITY_SECRET_BYTES_MIN, IdentityKey, Stopping,
};
use crate::id::SiteId;
use crate::store;

/// Files that the server wants to have open at once: as many as sockets and connections may be.
const FILES_WANTED: u64 = 120_000;

/// A shorter token of the REST channel could be guessed.
const REST_TOKEN_BYTES_MIN: usize = 16;

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    server: Server,
    /// Where to listen, instead of the configured address
    #[arg(long, value_name = "ADDRESS", value_parser = parse_listen)]
    listen: Option<SocketAddr>,
    /// The bot's folder, instead of the configured ones
    #[arg(long, value_name = "DIR")]
    flows: Option<std::path::PathBuf>,
    /// How to log, instead of the configured way
    #[arg(long, value_name = "FORMAT", value_enum)]
    log: Option<LogArg>,
}

/// `--log`.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum LogArg {
    Text,
    Json,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut config = args.server.config()?;
    config.listen = args.listen.unwrap_or(config.listen);
    config.log.format = match args.log {
        Some(LogArg::Text) => LogFormat::Text,
        Some(LogArg::Json) => LogFormat::Json,
        None => config.log.format,
    };
    if let Some(flows) = args.flows {
        let only = config.sites.len() == 1;
        let Some(site) = config.sites.values_mut().next().filter(|_| only) else {
            bail!("--flows names one bot, and the configuration has several sites");
        };
        site.bot = flows;
    }
    start_log(&config.log)?;
    let sites = load_bots(&config)?;
    raise_file_limit();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start threads")?;
    runtime.block_on(serve(config, sites))?;
    // Work that blocks (a password's hash) is not worth waiting for.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    Ok(ExitCode::SUCCESS)
}

async fn serve(config: Config, sites: Vec<Site>) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            anyhow::anyhow!("{} is in use by another program; choose another with --listen", config.listen)
        }
        _ => anyhow::anyhow!("cannot listen on {}: {error}", config.listen),
    })?;
    let address = listener.local_addr()?;
    let own_url = own_url(&config, address);
    let store = store::open(&config.data, &format!("serve on {address}"))?;
    let Connections { channels, events, telegram_desk } =
        config.connections(&|name| std::env::var(name).ok(), &own_url)?;
    let settings = Settings {
        channels: Arc::new(channels),
        public_url: own_url.clone(),
        events: Arc::new(events),
        telegram_desk: telegram_desk.map(Arc::new),
        ..settings(&config, &own_url)
    };
    let engine = Engine::start(store, sites, settings)?;
    let (stop, stopping) = http::stop_signal();
    let http_config = HttpConfig {
        identity: identity_keys(&config)?,
        direct_line: direct_line(&config)?,
        ..HttpConfig::of(&config, rest_token(&config)?)?
    };
    let app = App::new(engine.clone(), http_config, stopping.clone());
    let bots = Bots(config.sites.iter().map(|(id, site)| (id.clone(), site.bot.clone())).collect());
    let control = control::listen(&config.data)?;
    let world = World::of_server(&config, engine.clone(), bots.clone());

    tokio::spawn(control::serve(control, world, stopping.clone()));
    let house = tokio::spawn(http::keep_house(app.clone()));
    for (site, folder) in &bots.0 {
        tokio::spawn(reload::watch(engine.clone(), site.clone(), folder.clone(), bots::load));
    }
    reload_on_hangup(engine.clone(), bots, stopping.clone())?;
    stop_on_signals(stop)?;
    for missing in engine.missing_settings() {
        tracing::warn!("{missing}");
    }
    greet(&own_url, &engine);
    tracing::info!(%address, "the server takes requests");

    http::serve(listener, http::router(&app), stopping).await;
    tracing::info!("the server is stopping");
    let _ = house.await;
    engine.shutdown().await;
    let socket = control::path(&config.data);
    if let Err(error) = std::fs::remove_file(&socket) {
        tracing::debug!("the control socket was not removed: {error}");
    }
    tracing::info!("the server has stopped");
    Ok(())
}

/// Says where everything is; the one thing that goes to the standard output.
fn greet(own_url: &str, engine: &Engine) {
    print("Frontdesk is running.");
    print(&format!("  Demo page   {own_url}/"));
    print(&format!("  Desk        {own_url}/desk"));
    if let Some(token) = engine.accounts().setup_token() {
        print(&format!("  First login {own_url}/desk/setup#{token}"));
        print("              (makes the first admin; works once)");
    }
}

/// The address under which browsers find us.
fn own_url(config: &Config, address: SocketAddr) -> String {
    config.public_url.clone().unwrap_or_else(|| {
        if address.ip().is_unspecified() {
            format!("http://localhost:{}", address.port())
        } else {
            format!("http://{address}")
        }
    })
}

/// Services see the environment; the example bot finds its pretended shop here.
fn settings(config: &Config, own_url: &str) -> Settings {
    let own_url = own_url.to_owned();
    let env = move |name: &str| std::env::var(name).ok().or_else(|| (name == "SHOP_API").then(|| own_url.clone()));
    Settings {
        env: Arc::new(env),
        secret: Arc::new(|name| std::env::var(name).ok()),
        retention: config.retention,
        search: SearchIn::Folder(search_folder(&config.data)),
        words: Arc::new(http::words),
        ..Settings::default()
    }
}

/// Where the index of the search is: beside the store. It can be removed while no server runs; then it is made anew.
pub(super) fn search_folder(data: &Path) -> std::path::PathBuf {
    data.join(store::INDEX_FOLDER)
}

/// The token of the REST channel, from the environment variable that the settings name.
fn rest_token(config: &Config) -> anyhow::Result<Option<String>> {
    let Some(variable) = &config.rest.token else { return Ok(None) };
    match std::env::var(variable) {
        Ok(token) if token.len() >= REST_TOKEN_BYTES_MIN => Ok(Some(token)),
        Ok(_) => {
            bail!("the environment variable {variable} (`rest: token`) must hold {REST_TOKEN_BYTES_MIN} bytes or more")
        }
        Err(_) => bail!("the environment variable {variable}, which `rest: token` names, is not set"),
    }
}

/// Direct Line, if it is set up, with the secret from the environment variable that the settings name.
fn direct_line(config: &Config) -> anyhow::Result<Option<DirectLine>> {
    let Some(written) = &config.direct_line else { return Ok(None) };
    let named = format!("the environment variable {} (`direct_line: secret`)", written.secret);
    let Ok(secret) = std::env::var(&written.secret) else { bail!("{named} is not set") };
    let origins = written.origins.iter().map(|origin| origin.parse()).collect::<Result<_, _>>()?;
    let set_up = DirectLine::new(secret, written.site.clone(), origins);
    Ok(Some(set_up.with_context(|| format!("{named} must hold {DIRECT_LINE_SECRET_BYTES_MIN} bytes or more"))?))
}

/// The sites' secrets that prove who their visitors are, from the environment variables that the settings name.
fn identity_keys(config: &Config) -> anyhow::Result<BTreeMap<SiteId, IdentityKey>> {
    let mut keys = BTreeMap::new();
    for (id, site) in &config.sites {
        let Some(variable) = &site.identity_secret else { continue };
        let named = format!("the environment variable {variable} (`identity: secret` of the site \"{id}\")");
        let Ok(secret) = std::env::var(variable) else { bail!("{named} is not set") };
        let key = IdentityKey::of(&secret)
            .with_context(|| format!("{named} must hold {IDENTITY_SECRET_BYTES_MIN} bytes or more"))?;
        keys.insert(id.clone(), key);
    }
    Ok(keys)
}

/// All bots, or the reports of those with mistakes.
fn load_bots(config: &Config) -> anyhow::Result<Vec<Site>> {
    let mut sites = Vec::new();
    let mut broken = Vec::new();
    for (id, site) in &config.sites {
        match bots::load(&site.bot) {
            Ok(bot) => {
                let title = site.title.clone().unwrap_or_else(|| bot.program.name.clone());
                let (origins, look) = (site.origins.clone(), site.look.clone());
                sites.push(Site { id: id.clone(), title, bot: Arc::new(bot), origins, look });
            }
            Err(report) => {
                note(report.trim_end());
                broken.push(folder_of(id, &site.bot));
            }
        }
    }
    if broken.is_empty() {
        return Ok(sites);
    }
    bail!("the bot in {} cannot be served; `frontdesk check` shows the same", broken.join(" and in "))
}

fn folder_of(site: &SiteId, folder: &Path) -> String {
    if site.as_str() == DEFAULT_SITE {
        folder.display().to_string()
    } else {
        format!("{} (site {site})", folder.display())
    }
}

fn start_log(log: &Log) -> anyhow::Result<()> {
    let level = log.level.as_deref().unwrap_or("info");
    let filter = match std::env::var(EnvFilter::DEFAULT_ENV) {
        Ok(_) => EnvFilter::try_from_default_env().context("RUST_LOG cannot be understood")?,
        Err(_) => EnvFilter::try_new(level).with_context(|| format!("the log level \"{level}\" is none"))?,
    };
    // A file or a service manager that keeps the log has no use for the signs that colour a terminal.
    let colours = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    let started = match log.format {
        LogFormat::Text => subscriber.try_init(),
        LogFormat::Json => subscriber.json().try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("the log cannot be started: {error}"))
}

/// Sockets are files: the limit that shells set by default is far too low for them.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(FILES_WANTED, |maximum| maximum.min(FILES_WANTED));
    if limit.current.is_some_and(|current| current < wanted) {
        limit.current = Some(wanted);
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::warn!("the limit of open files stays low, and with it the number of visitors: {error}");
        }
    }
}

fn stop_on_signals(stop: http::Stop) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        stop.stop();
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::warn!("asked twice, so the server stops at once");
        std::process::exit(1);
    });
    Ok(())
}

fn reload_on_hangup(engine: Engine, bots: Bots, stopping: Stopping) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                heard = hangup.recv() => if heard.is_none() { return },
                () = stopping.wait() => return,
            }
            bots.reload(&engine).await;
        }
    });
    Ok(())
}
