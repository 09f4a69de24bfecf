//! `frontdesk.yaml`: what an operator sets. Everything has a default; a setting that does not exist is an error with a
//! suggestion. Secrets are never in it: it names the environment variables that hold them.

mod ask_first;
mod channels;
mod direct_line;
mod events;
mod explain;
mod mistakes;
mod values;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;

pub use ask_first::{QUESTIONS_MAX, Question};
pub use channels::ChannelConfig;
pub use direct_line::DirectLineConfig;
pub use events::EndpointConfig;
pub use mistakes::{ConfigError, Mistake, Place, Places};
pub use values::{Network, parse_listen};

use self::mistakes::Mistakes;
use self::values::{check_level, check_look, check_origin, check_pattern, span};
use crate::channel::{Channels, TelegramDesk};
use crate::engine::{Endpoints, Look};
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

impl SiteConfig {
    /// A site of which nothing is said but where its bot is.
    fn new(bot: PathBuf) -> Self {
        let (origins, look, ask_first) = (Vec::new(), Look::default(), Vec::new());
        Self { bot, title: None, origins, look, identity_secret: None, ask_first }
    }
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

/// The sites of a server, for what names one of them.
struct Sites<'a> {
    all: &'a IndexMap<SiteId, SiteConfig>,
    /// Whether these are all that are written: some may have been left out for a mistake.
    whole: bool,
}

/// What reaches beyond the server, ready to use.
#[derive(Debug)]
pub struct Connections {
    /// Messaging apps.
    pub channels: Channels,
    /// The owner's own systems that hear of events.
    pub events: Endpoints,
    /// The desk in Telegram, where it is set up.
    pub telegram_desk: Option<TelegramDesk>,
}

impl Config {
    /// What reaches beyond the server. `env` gives the secrets, `public_url` is the address under which the world reaches it.
    ///
    /// # Errors
    ///
    /// Everything that is missing or wrong in the environment, with the places of the settings that name it.
    pub fn connections(
        &self,
        env: &dyn Fn(&str) -> Option<String>,
        public_url: &str,
    ) -> Result<Connections, ConfigError> {
        let mut wrong = Vec::new();
        let channels = self.accounts(env, public_url, &mut wrong);
        let events = self.endpoints(env, public_url, &mut wrong);
        let telegram_desk = self.desk(env, public_url, &mut wrong);
        if wrong.is_empty() {
            Ok(Connections { channels, events, telegram_desk })
        } else {
            Err(ConfigError::all(wrong))
        }
    }
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
            return Err(ConfigError::of(path.display().to_string(), what));
        }
    };
    parse(&text, path, env)
}

/// Reads settings from a text; `path` is only named and resolved against.
///
/// # Errors
///
/// Everything that is wrong with them.
pub fn parse(text: &str, path: &Path, env: &dyn Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
    let name = path.display().to_string();
    let outline = Outline::of(&SourceFile::new(name.as_str(), text));
    let mut mistakes = Mistakes::new(&name, &outline);
    mistakes.of_spelling();
    let written = if mistakes.is_empty() { mistakes.read(text) } else { Written::default() };
    let folder = path.parent().unwrap_or(Path::new(""));
    let from_env = |variable: &str| Some((Place::named(format!("environment variable {variable}")), env(variable)?));

    let listen = from_env("FRONTDESK_LISTEN").or_else(|| Some((mistakes.place(&["listen"]), written.listen?)));
    let listen = listen.and_then(|(place, value)| {
        parse_listen(&value).map_err(|what| mistakes.add(place, format!("listen: {what}"))).ok()
    });
    let public_url = from_env("FRONTDESK_PUBLIC_URL");
    let public_url = public_url.or_else(|| Some((mistakes.place(&["public_url"]), written.public_url?)));
    let public_url = public_url.and_then(|(place, value)| {
        check_origin(&value).map_err(|what| mistakes.add(place, format!("public_url: {what}"))).ok()
    });
    let data = match env("FRONTDESK_DATA") {
        Some(data) => data.into(),
        None => folder.join(written.data.unwrap_or_else(|| "data".into())),
    };
    let count = written.sites.len();
    let mut sites = read_sites(written.sites, folder, &mut mistakes);
    let whole = sites.len() == count && mistakes.is_whole("sites");
    if sites.is_empty() {
        sites.insert(SiteId::from(DEFAULT_SITE), SiteConfig::new(folder.join("flows")));
    }
    let known = Sites { all: &sites, whole };
    let direct_line = written.direct_line.and_then(|written| direct_line::read(written, &known, &mut mistakes));
    let channels = channels::read(written.channels, &known, &mut mistakes);
    let events = events::read(written.events, &known, &mut mistakes);
    let telegram_desk = written.telegram_desk.and_then(|value| channels::read_desk(value, &known, &mut mistakes));
    let mut trusted_proxies = Vec::new();
    for (number, network) in written.trusted_proxies.iter().enumerate() {
        match network.parse::<Network>() {
            Ok(network) => trusted_proxies.push(network),
            Err(what) => mistakes.value(&["trusted_proxies", &number.to_string()], what),
        }
    }
    let limits = written.limits;
    let Limits { messages_per_second, message_burst, requests_per_second, request_burst, sockets: _ } = limits;
    for (name, rate) in [
        ("messages_per_second", messages_per_second),
        ("message_burst", message_burst),
        ("requests_per_second", requests_per_second),
        ("request_burst", request_burst),
    ] {
        if rate == 0 {
            mistakes.value(&["limits", name], "a rate of 0 would let nobody in");
        }
    }
    let retention = written.retention.as_deref().map(span).transpose();
    let retention = retention.unwrap_or_else(|what| {
        mistakes.value(&["retention"], what);
        None
    });
    let mut log = written.log;
    if let Some(Err(what)) = log.level.as_deref().map(check_level) {
        mistakes.value(&["log", "level"], what);
    }
    if let Some((place, level)) = from_env("FRONTDESK_LOG") {
        if let Err(what) = check_level(&level) {
            mistakes.add(place, what);
        }
        log.level = Some(level);
    }
    let rest = written.rest;
    mistakes.done(|| Config {
        listen: listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
        public_url,
        data,
        sites,
        log,
        trusted_proxies,
        limits,
        rest,
        direct_line,
        channels,
        events,
        telegram_desk,
        retention,
    })
}

fn read_sites(
    written: IndexMap<String, WrittenSite>,
    folder: &Path,
    mistakes: &mut Mistakes,
) -> IndexMap<SiteId, SiteConfig> {
    let mut sites = IndexMap::new();
    for (id, site) in written {
        if id.is_empty() || id.len() > 64 || !id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            mistakes.key(&["sites", &id], format!("\"{id}\" is not an id of letters, digits, - and _"));
            continue;
        }
        let mut origins = Vec::new();
        for (number, origin) in site.origins.iter().enumerate() {
            match check_pattern(origin) {
                Ok(origin) => origins.push(origin),
                Err(what) => mistakes.value(&["sites", &id, "origins", &number.to_string()], what),
            }
        }
        let ask_first = ask_first::questions(&site.ask_first).unwrap_or_else(|(number, what)| {
            mistakes.value(&["sites", &id, "ask_first", &number.to_string()], what);
            Vec::new()
        });
        if let Err((key, what)) = check_look(&site.look) {
            mistakes.value(&["sites", &id, "look", key], what);
        }
        let bot = folder.join(site.bot.unwrap_or_else(|| "flows".into()));
        let config = SiteConfig {
            bot,
            title: site.title,
            origins,
            look: site.look,
            identity_secret: site.identity.secret,
            ask_first,
        };
        sites.insert(SiteId(id), config);
    }
    sites
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The mistakes without the lines that they stand in.
    pub(super) fn first_lines(error: ConfigError) -> String {
        let lines = error.into_mistakes().into_iter().map(|mistake| format!("{}: {}", mistake.place, mistake.what));
        lines.collect::<Vec<_>>().join("\n")
    }

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
            ("direct_line: { site: main }", "1:16: direct_line: secret is missing: it names the environment variable"),
            ("telegram: { token: T }", "there is no setting \"telegram\"; it belongs under channels:"),
            // A key that stands elsewhere too is found where it is wrong.
            ("log: { level: info }\nsites: { a: { level: x } }", "frontdesk.yaml:2:15: there is no setting \"level\""),
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
    fn all_mistakes_are_told_at_once_with_their_lines() {
        let text = "lisen: x\nlog: { level: chatty, colour: x }\nsites:\n  a: { looks: {}, origins: [shop.example] }\n\
                    direct_line: { secrt: X, site: b }\nretention: soon\n";
        let expected = r#"the settings have 8 mistakes

conf/frontdesk.yaml:1:1: there is no setting "lisen"; did you mean "listen"?
  | lisen: x
  | ^^^^^

conf/frontdesk.yaml:2:15: log: level: there is no log level "chatty"; the levels are error, warn, info, debug, trace, off
  | log: { level: chatty, colour: x }
  |               ^^^^^^

conf/frontdesk.yaml:2:23: there is no setting "colour"; there are format, level
  | log: { level: chatty, colour: x }
  |                       ^^^^^^

conf/frontdesk.yaml:4:8: there is no setting "looks"; did you mean "look"?
  |   a: { looks: {}, origins: [shop.example] }
  |        ^^^^^

conf/frontdesk.yaml:4:29: sites: a: origins: "shop.example" is not an address such as https://shop.example, without a path
  |   a: { looks: {}, origins: [shop.example] }
  |                             ^^^^^^^^^^^^

conf/frontdesk.yaml:5:16: there is no setting "secrt"; did you mean "secret"?
  | direct_line: { secrt: X, site: b }
  |                ^^^^^

conf/frontdesk.yaml:5:32: direct_line: site: there is no site "b"; there are a
  | direct_line: { secrt: X, site: b }
  |                                ^

conf/frontdesk.yaml:6:12: retention: "soon" is not a time such as 90d or 12h
  | retention: soon
  |            ^^^^"#;
        assert_eq!(read(text).unwrap_err(), expected);
    }

    #[test]
    fn what_follows_from_a_mistake_is_not_told_beside_it() {
        for text in [
            "sites: [a]\ndirect_line: { secret: X, site: a }",
            "sites: { 'a b': {} }\nevents: [{ url: 'https://a.example', secret: S, site: 'a b' }]",
        ] {
            let mistakes = parse(text, Path::new("f.yaml"), &|_| None).unwrap_err().into_mistakes();
            assert_eq!(mistakes.len(), 1, "{mistakes:?}");
        }
    }

    #[test]
    fn a_file_that_was_named_must_exist() {
        assert!(load(Some(Path::new("/nowhere/frontdesk.yaml")), &|_| None).is_err());
    }
}
