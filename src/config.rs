//! `frontdesk.yaml`: what an operator sets. Everything has a default; a setting that does not exist is an error with a
//! suggestion. Secrets are never in it: it names the environment variables that hold them.

mod ask_first;
mod channels;
mod direct_line;
mod events;
mod explain;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;

pub use ask_first::{QUESTIONS_MAX, Question};
pub use channels::ChannelConfig;
pub use direct_line::DirectLineConfig;
pub use events::EndpointConfig;

use crate::engine::Look;
use crate::flow::{Outline, SourceFile};
use crate::id::SiteId;
use crate::time::Span;

/// The file, in the current folder unless the command line says otherwise.
pub const CONFIG_FILE: &str = "frontdesk.yaml";

/// The site of a server that names none.
pub const DEFAULT_SITE: &str = "main";

/// What an operator sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The address under which the world reaches it, such as `https://chat.example`; none means the one it listens on.
    pub public_url: Option<String>,
    /// The data folder.
    pub data: PathBuf,
    /// The sites, at least one, in the operator's order.
    pub sites: IndexMap<SiteId, SiteConfig>,
    /// The log.
    pub log: Log,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Limits.
    pub limits: Limits,
    /// The REST channel.
    pub rest: Rest,
    /// Direct Line, where it is set up.
    pub direct_line: Option<DirectLineConfig>,
    /// Messaging apps.
    pub channels: Vec<ChannelConfig>,
    /// The owner's own systems that hear of events.
    pub events: Vec<EndpointConfig>,
    /// The desk in Telegram.
    pub telegram_desk: Option<ChannelConfig>,
    /// Closed conversations are erased after so long; none keeps them.
    pub retention: Option<Span>,
}

/// A site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteConfig {
    /// The bot's folder.
    pub bot: PathBuf,
    /// What visitors read above the chat; none means the bot's name.
    pub title: Option<String>,
    /// Origins of the pages that may hold the widget; `https://*.shop.example` means all subdomains.
    pub origins: Vec<String>,
    /// How the widget looks.
    pub look: Look,
    /// The environment variable that holds the secret with which the site proves who its visitors are.
    pub identity_secret: Option<String>,
    /// What a visitor is asked before the chat begins.
    pub ask_first: Vec<Question>,
}

/// The log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// How lines look.
    pub format: LogFormat,
    /// What is logged: `error`, `warn`, `info`, `debug`, `trace`, or filters such as `frontdesk=debug`.
    pub level: Option<String>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// Limits; each is a number of things.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Messages of one visitor a second, over time.
    pub messages_per_second: u32,
    /// Messages of one visitor at once.
    pub message_burst: u32,
    /// Requests of one network address a second, over time.
    pub requests_per_second: u32,
    /// Requests of one network address at once.
    pub request_burst: u32,
    /// Open WebSockets.
    pub sockets: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { messages_per_second: 1, message_burst: 10, requests_per_second: 20, request_burst: 100, sockets: 50_000 }
    }
}

/// The REST channel.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rest {
    /// The environment variable that holds the bearer token; without one only this computer may use the channel.
    pub token: Option<String>,
}

/// A network address, or a range of them such as `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let same = |one: u128, other: u128, width: u8| {
            let shift = u32::from(width.saturating_sub(self.bits));
            one.checked_shr(shift).unwrap_or(0) == other.checked_shr(shift).unwrap_or(0)
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => same(own.to_bits().into(), other.to_bits().into(), 32),
            (IpAddr::V6(own), IpAddr::V6(other)) => same(own.to_bits(), other.to_bits(), 128),
            _ => false,
        }
    }
}

impl std::str::FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let wrong = || format!("\"{text}\" is not a network address such as 10.0.0.1 or 10.0.0.0/8");
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > width { Err(wrong()) } else { Ok(Self { address, bits }) }
    }
}

/// Why the settings cannot be used; one sentence with its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct ConfigError {
    /// The file, with line and column where they are known, or the environment variable.
    pub place: String,
    /// What is wrong.
    pub what: String,
}

/// What the file holds, before defaults and checks.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    listen: Option<String>,
    public_url: Option<String>,
    data: Option<PathBuf>,
    sites: IndexMap<String, WrittenSite>,
    log: Log,
    trusted_proxies: Vec<String>,
    limits: Limits,
    rest: Rest,
    direct_line: Option<direct_line::Written>,
    channels: IndexMap<String, serde_yaml::Value>,
    events: Vec<events::WrittenEndpoint>,
    telegram_desk: Option<serde_yaml::Value>,
    retention: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WrittenSite {
    bot: Option<PathBuf>,
    title: Option<String>,
    origins: Vec<String>,
    look: Look,
    identity: Identity,
    ask_first: Vec<serde_yaml::Value>,
}

/// How a site proves who its visitors are.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Identity {
    /// The environment variable that holds the secret.
    secret: Option<String>,
}

/// Reads the settings: the file, or defaults where there is none, then the environment (`FRONTDESK_LISTEN`,
/// `FRONTDESK_DATA`, `FRONTDESK_PUBLIC_URL`, `FRONTDESK_LOG`). Paths in the file are relative to it.
pub fn load(file: Option<&Path>, env: &dyn Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
    let path = file.unwrap_or(Path::new(CONFIG_FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if file.is_none() && error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            let what = format!("the settings cannot be read: {error}");
            return Err(ConfigError { place: path.display().to_string(), what });
        }
    };
    parse(&text, path, env)
}

/// Reads settings from a text; `path` is only named and resolved against.
pub fn parse(text: &str, path: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
    let name = path.display().to_string();
    // The first slip of the spelling, before anything is made of it: serde would tell it in words of its own.
    let outline = Outline::of(&SourceFile::new(name.as_str(), text));
    if let Some(problem) = outline.report.problems().first() {
        let hint = problem.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        return Err(ConfigError { place: problem.at.to_string(), what: format!("{}{hint}", problem.message) });
    }
    let place = |path: &[&str]| outline.value(path).map_or_else(|| name.clone(), ToString::to_string);
    let at = |path: &[&str], what: String| {
        let keys: Vec<&str> = path.iter().copied().filter(|part| part.parse::<usize>().is_err()).collect();
        ConfigError { place: place(path), what: format!("{}: {what}", keys.join(": ")) }
    };
    // A file of comments alone is a file of defaults.
    let written: Option<Written> =
        serde_yaml::from_str(text).map_err(|error| explain::readable(&name, &outline, &error))?;
    let written = written.unwrap_or_default();
    let folder = path.parent().unwrap_or(Path::new(""));
    let from_env = |variable: &str| env(variable).map(|value| (format!("environment variable {variable}"), value));

    let listen = from_env("FRONTDESK_LISTEN").or_else(|| Some((place(&["listen"]), written.listen.clone()?)));
    let listen = match listen {
        None => SocketAddr::from(([127, 0, 0, 1], 8080)),
        Some((place, value)) => {
            parse_listen(&value).map_err(|what| ConfigError { place, what: format!("listen: {what}") })?
        }
    };
    let public_url =
        match from_env("FRONTDESK_PUBLIC_URL").or_else(|| Some((place(&["public_url"]), written.public_url?))) {
            None => None,
            Some((place, url)) => {
                Some(check_origin(&url).map_err(|what| ConfigError { place, what: format!("public_url: {what}") })?)
            }
        };
    let data = match env("FRONTDESK_DATA") {
        Some(data) => data.into(),
        None => folder.join(written.data.unwrap_or_else(|| "data".into())),
    };
    let mut sites = IndexMap::new();
    for (id, site) in written.sites {
        if id.is_empty() || id.len() > 64 || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            let place = outline.key(&id).map_or_else(|| name.clone(), ToString::to_string);
            let what = format!("sites: \"{id}\" is not an id of letters, digits, - and _");
            return Err(ConfigError { place, what });
        }
        let mut origins = Vec::new();
        for (number, origin) in site.origins.iter().enumerate() {
            let path = ["sites", &id, "origins", &number.to_string()];
            origins.push(check_pattern(origin).map_err(|what| at(&path, what))?);
        }
        let ask_first = ask_first::questions(&site.ask_first)
            .map_err(|(number, what)| at(&["sites", &id, "ask_first", &number.to_string()], what))?;
        check_look(&site.look).map_err(|(key, what)| at(&["sites", &id, "look", key], what))?;
        let bot = folder.join(site.bot.unwrap_or_else(|| "flows".into()));
        sites.insert(
            SiteId(id),
            SiteConfig {
                bot,
                title: site.title,
                origins,
                look: site.look,
                identity_secret: site.identity.secret,
                ask_first,
            },
        );
    }
    if sites.is_empty() {
        let bot = folder.join("flows");
        let site = SiteConfig {
            bot,
            title: None,
            origins: Vec::new(),
            look: Look::default(),
            identity_secret: None,
            ask_first: Vec::new(),
        };
        sites.insert(SiteId::from(DEFAULT_SITE), site);
    }
    let direct_line = written.direct_line.map(|written| direct_line::read(written, &sites)).transpose();
    let direct_line = direct_line.map_err(|(path, what)| {
        at(&["direct_line"].into_iter().chain(path.iter().map(String::as_str)).collect::<Vec<_>>(), what)
    })?;
    let channels = channels::read(written.channels, &sites, &place)
        .map_err(|(path, what)| at(&path.iter().map(String::as_str).collect::<Vec<_>>(), what))?;
    let events = events::read(written.events, &sites, &place)
        .map_err(|(path, what)| at(&path.iter().map(String::as_str).collect::<Vec<_>>(), what))?;
    let telegram_desk = written.telegram_desk.map(|value| channels::read_desk(value, &sites, &place)).transpose();
    let telegram_desk = telegram_desk.map_err(|what| at(&["telegram_desk"], what))?;
    let mut trusted_proxies = Vec::new();
    for (number, network) in written.trusted_proxies.iter().enumerate() {
        let path = ["trusted_proxies", &number.to_string()];
        trusted_proxies.push(network.parse().map_err(|what| at(&path, what))?);
    }
    let limits = written.limits;
    let Limits { messages_per_second, message_burst, requests_per_second, request_burst, sockets: _ } = limits;
    if [messages_per_second, message_burst, requests_per_second, request_burst].contains(&0) {
        return Err(at(&["limits"], "a rate of 0 would let nobody in".to_owned()));
    }
    let retention = written.retention.map(|retention| span(&retention)).transpose();
    let retention = retention.map_err(|what| at(&["retention"], what))?;
    let mut log = written.log;
    if let Some(level) = &log.level {
        check_level(level).map_err(|what| at(&["log", "level"], what))?;
    }
    if let Some((place, level)) = from_env("FRONTDESK_LOG") {
        check_level(&level).map_err(|what| ConfigError { place, what })?;
        log.level = Some(level);
    }
    Ok(Config {
        listen,
        public_url,
        data,
        sites,
        log,
        trusted_proxies,
        limits,
        rest: written.rest,
        direct_line,
        channels,
        events,
        telegram_desk,
        retention,
    })
}

/// An address to listen on.
///
/// # Errors
///
/// What is written instead, for an operator.
pub fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        format!(
            "\"{text}\" is not an address with a port; write the address in numbers, such as 127.0.0.1:8080 for this computer \
             or 0.0.0.0:8080 for all"
        )
    })
}

/// A level, or levels of parts of the program: `info,frontdesk=debug`. A word that is no level would be taken for a part.
fn check_level(text: &str) -> Result<(), String> {
    const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];
    for directive in text.split(',') {
        let level = directive.rsplit('=').next().unwrap_or_default().trim();
        if !LEVELS.contains(&level.to_lowercase().as_str()) {
            return Err(format!("there is no log level \"{level}\"; the levels are {}", LEVELS.join(", ")));
        }
    }
    Ok(())
}

fn check_origin(text: &str) -> Result<String, String> {
    let wrong = || format!("\"{text}\" is not an address such as https://shop.example, without a path");
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).ok_or_else(wrong)?;
    let host = rest.strip_suffix('/').unwrap_or(rest);
    let fits = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-:[]".contains(c));
    if fits { Ok(text.trim_end_matches('/').to_lowercase()) } else { Err(wrong()) }
}

/// An origin, or all subdomains of one.
fn check_pattern(text: &str) -> Result<String, String> {
    match text.split_once("://*.") {
        Some((scheme, domain)) => {
            check_origin(&format!("{scheme}://{domain}")).map_err(|_| {
                format!("\"{text}\" is not an address such as https://shop.example or https://*.shop.example, without a path")
            })?;
            Ok(text.trim_end_matches('/').to_lowercase())
        }
        None => check_origin(text),
    }
}

fn check_look(look: &Look) -> Result<(), (&'static str, String)> {
    if let Some(color) = &look.color {
        let digits = color.strip_prefix('#').unwrap_or_default();
        if !matches!(digits.len(), 3 | 6) || !digits.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(("color", format!("\"{color}\" is not a colour such as \"#1f6feb\" (in quotes)")));
        }
    }
    let picture = |url: &str| url.starts_with('/') || url.starts_with("https://") || url.starts_with("http://");
    for (key, url) in [("logo", &look.logo), ("icon", &look.icon)] {
        if let Some(url) = url.as_deref().filter(|url| !picture(url)) {
            return Err((key, format!("\"{url}\" is not an address such as https://shop.example/logo.png")));
        }
    }
    let one_of = |key, value: &Option<String>, words: &[&str]| match value.as_deref() {
        Some(value) if !words.contains(&value) => Err((key, format!("\"{value}\" is not one of {}", words.join(", ")))),
        _ => Ok(()),
    };
    one_of("position", &look.position, &["left", "right"])?;
    one_of("theme", &look.theme, &["light", "dark", "auto"])?;
    one_of("sound", &look.sound, &["on", "off"])
}

/// `90d`, `12h`, `30m`.
fn span(text: &str) -> Result<Span, String> {
    let wrong = || format!("\"{text}\" is not a time such as 90d or 12h");
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let count: i64 = text[..text.len() - unit.len_utf8()].trim().parse().map_err(|_| wrong())?;
    if !(1..=36_500).contains(&count) {
        return Err(wrong());
    }
    match unit {
        'd' => Ok(Span::days(count)),
        'h' => Ok(Span::hours(count)),
        'm' => Ok(Span::minutes(count)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        parse(text, Path::new("conf/frontdesk.yaml"), &|_| None).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_written_means_the_defaults() {
        for text in ["", "# nothing\n", "{}"] {
            let config = parse(text, Path::new("frontdesk.yaml"), &|_| None).unwrap();
            assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
            assert_eq!((config.data, config.retention), (PathBuf::from("data"), None));
            assert_eq!(config.sites[DEFAULT_SITE].bot, PathBuf::from("flows"));
        }
    }

    #[test]
    fn what_is_written_is_read_relative_to_the_file() {
        let config = read(
            "listen: 0.0.0.0:80\nretention: 90d\ntrusted_proxies: [10.0.0.0/8]\nlog: { format: json }\nsites:\n  \
             shop: { bot: bots/shop, origins: ['https://Shop.example/'], look: { color: '#1f6feb', position: left } }\n",
        );
        let config = config.unwrap();
        let site = &config.sites["shop"];
        assert_eq!(site.bot, PathBuf::from("conf/bots/shop"));
        assert_eq!(site.origins, ["https://shop.example"]);
        assert_eq!(config.retention, Some(Span::days(90)));
        assert_eq!(config.log.format, LogFormat::Json);
        assert!(config.trusted_proxies[0].contains("10.9.8.7".parse().unwrap()));
        assert!(config.trusted_proxies[0].contains("::ffff:10.9.8.7".parse().unwrap()));
        assert!(!config.trusted_proxies[0].contains("11.0.0.1".parse().unwrap()));
    }

    #[test]
    fn the_environment_wins_and_is_named_when_wrong() {
        let env = |name: &str| (name == "FRONTDESK_LISTEN").then(|| "0.0.0.0:9000".to_owned());
        let config = parse("listen: 127.0.0.1:1", Path::new("f.yaml"), &env).unwrap();
        assert_eq!(config.listen.port(), 9000);
        let env = |name: &str| (name == "FRONTDESK_LISTEN").then(|| "nine".to_owned());
        let error = parse("", Path::new("f.yaml"), &env).unwrap_err().to_string();
        assert!(error.starts_with("environment variable FRONTDESK_LISTEN: "), "{error}");
    }

    #[test]
    fn mistakes_say_where_and_what_instead() {
        for (text, expected) in [
            ("lisen: x", "frontdesk.yaml:1:1: there is no setting \"lisen\"; did you mean \"listen\"?"),
            ("log: { colour: x }", "there is no setting \"colour\"; there are format, level"),
            ("listen: here", "is not an address with a port"),
            ("sites: { 'a/b': {} }", "is not an id"),
            ("sites: { a: { origins: [shop.example] } }", "such as https://shop.example"),
            ("sites: { a: { origins: ['https://*.'] } }", "such as https://shop.example"),
            ("sites: { a: { look: { color: blue } } }", "is not a colour"),
            ("trusted_proxies: [10.0.0.0/40]", "is not a network address"),
            ("retention: soon", "is not a time"),
            ("limits: { message_burst: 0 }", "would let nobody in"),
            ("listen: [", "frontdesk.yaml"),
            ("data: d\nlisten: here", "frontdesk.yaml:2:9: listen: "),
            ("data: d\npublic_url: chat.example", "frontdesk.yaml:2:13: public_url: "),
            ("data: d\ndata: e", "frontdesk.yaml:2:1: the key \"data\" stands twice"),
            ("log:\n\tlevel: info", "frontdesk.yaml:2:1: a tab"),
            ("log:\n  level: chatty", "frontdesk.yaml:2:10: log: level: there is no log level \"chatty\""),
            ("log:\n  level: info,frontdesk=chatty", "there is no log level \"chatty\""),
            ("log: chatty", "frontdesk.yaml:1:6: log: settings with their keys belong here"),
            ("log: { format: xml }", "frontdesk.yaml:1:16: log: format: \"xml\" is none of text, json"),
            ("trusted_proxies: 10.0.0.1", "frontdesk.yaml:1:18: trusted_proxies: a list belongs here"),
            ("trusted_proxies:\n- 10.0.0.1\n- ten", "frontdesk.yaml:3:3: trusted_proxies: \"ten\""),
            ("limits:\n  sockets: many", "frontdesk.yaml:2:12: limits: sockets: a whole number belongs here"),
            (
                "sites:\n  a:\n    origins: https://a.example",
                "frontdesk.yaml:3:14: sites: a: origins: a list belongs here",
            ),
            ("sites:\n  a:\n    look:\n      color: blue", "frontdesk.yaml:4:14: sites: a: look: color: "),
            (
                "sites:\n  a:\n    ask_first:\n    - name\n    - company",
                "frontdesk.yaml:5:7: sites: a: ask_first: \"company\" needs a label",
            ),
            ("sites: { a: { identity: { key: X } } }", "there is no setting \"key\""),
            ("direct_line: { secret: X, site: b }", "direct_line: site: there is no site \"b\"; there are main"),
            ("direct_line: { secret: X, origins: [shop.example] }", "direct_line: origins: \"shop.example\""),
            ("direct_line: { site: main }", "direct_line"),
            (
                "sites:\n  a:\n    looks: {}",
                "frontdesk.yaml:3:5: there is no setting \"looks\"; did you mean \"look\"?",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_file_that_was_named_must_exist() {
        assert!(load(Some(Path::new("/nowhere/frontdesk.yaml")), &|_| None).is_err());
    }
}
