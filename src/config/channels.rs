//! `channels:` of the settings: messaging apps, each with one account or a list of them.
//!
//! ```yaml
//! channels:
//!   telegram: { token: TELEGRAM_TOKEN, secret: TELEGRAM_SECRET }
//!   twilio:
//!     - { account: uk, site: shop, … }
//! ```

use indexmap::IndexMap;

use crate::channel::{self, Account, Channels, Given, KINDS, SettingError, TELEGRAM_DESK, TelegramDesk, Written};
use crate::config::{Config, ConfigError, SiteConfig};
use crate::id::{ChannelName, SiteId};

/// The most bytes of an account's name.
const ACCOUNT_BYTES_MAX: usize = 64;

/// A channel as it is written, with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelConfig {
    /// Where it stands: file, line and column.
    pub place: String,
    /// What is written.
    pub written: Written,
}

/// Reads `channels:`. What is wrong comes with the path of the setting.
pub(super) fn read(
    channels: IndexMap<String, serde_yaml::Value>,
    sites: &IndexMap<SiteId, SiteConfig>,
    place: &dyn Fn(&[&str]) -> String,
) -> Result<Vec<ChannelConfig>, (Vec<String>, String)> {
    let mut read = Vec::new();
    for (name, value) in channels {
        if channel::kind(&name).is_none() {
            let known: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
            let like = known.iter().max_by(|a, b| strsim::jaro(a, &name).total_cmp(&strsim::jaro(b, &name)));
            let hint =
                like.filter(|like| strsim::jaro(like, &name) > 0.7).map(|like| format!("; did you mean {like}?"));
            let what = format!(
                "there is no channel \"{name}\"{}",
                hint.unwrap_or_else(|| format!("; there are {}", known.join(", ")))
            );
            return Err((vec!["channels".into(), name], what));
        }
        let several = value.is_sequence();
        let values = match value {
            serde_yaml::Value::Sequence(values) => values,
            value => vec![value],
        };
        for (number, value) in values.into_iter().enumerate() {
            let mut path = vec!["channels".to_owned(), name.clone()];
            if several {
                path.push(number.to_string());
            }
            let keys: Vec<&str> = path.iter().map(String::as_str).collect();
            let written = one(&name, value, several, sites).map_err(|what| (path.clone(), what))?;
            let again =
                |before: &ChannelConfig| before.written.name == name && before.written.account == written.account;
            if read.iter().any(again) {
                return Err((path, format!("there are two accounts \"{}\"", written.account)));
            }
            read.push(ChannelConfig { place: place(&keys), written });
        }
    }
    Ok(read)
}

fn one(
    name: &str,
    value: serde_yaml::Value,
    several: bool,
    sites: &IndexMap<SiteId, SiteConfig>,
) -> Result<Written, String> {
    let json = match value {
        serde_yaml::Value::Null => serde_json::Value::Object(serde_json::Map::new()),
        value => serde_json::to_value(value).map_err(|_| "these are not settings".to_owned())?,
    };
    let serde_json::Value::Object(mut settings) = json else {
        return Err("settings are names and values, such as `token: TELEGRAM_TOKEN`".to_owned());
    };
    let mut text = |key: &str| match settings.remove(key) {
        None => Ok(None),
        Some(serde_json::Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format!("{key}: must be a text")),
    };
    let account = text("account")?.unwrap_or_default();
    let site = text("site")?;
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if account.len() > ACCOUNT_BYTES_MAX || !account.chars().all(fits) {
        return Err(format!("account: \"{account}\" is not a name of letters, digits, - and _"));
    }
    if several && account.is_empty() {
        return Err(
            "each of several accounts needs an `account`: a name of your own, which stands in its address".to_owned()
        );
    }
    if let Some(site) = site.as_ref().filter(|site| !sites.contains_key(site.as_str())) {
        return Err(format!("site: there is no site \"{site}\""));
    }
    Ok(Written { name: name.to_owned(), account, site, settings })
}

/// Reads `telegram_desk:`.
pub(super) fn read_desk(
    value: serde_yaml::Value,
    sites: &IndexMap<SiteId, SiteConfig>,
    place: &dyn Fn(&[&str]) -> String,
) -> Result<ChannelConfig, String> {
    let written = one(TELEGRAM_DESK, value, false, sites)?;
    if !written.account.is_empty() {
        return Err("account is no setting here: there is one desk".to_owned());
    }
    Ok(ChannelConfig { place: place(&["telegram_desk"]), written })
}

impl Config {
    /// The desk in Telegram, ready to use; none where it is not set up.
    ///
    /// # Errors
    ///
    /// What is wrong with a setting or missing in the environment, with its place.
    pub fn telegram_desk(
        &self,
        env: &dyn Fn(&str) -> Option<String>,
        public_url: &str,
    ) -> Result<Option<TelegramDesk>, ConfigError> {
        let Some(ChannelConfig { place, written }) = &self.telegram_desk else { return Ok(None) };
        let first = self.sites.keys().next().cloned().unwrap_or_else(|| SiteId::from(super::DEFAULT_SITE));
        let built = TelegramDesk::build(written, &first, env, public_url);
        built.map(Some).map_err(|error| ConfigError { place: place.clone(), what: format!("telegram_desk: {error}") })
    }

    /// What else has the token of a bot of Telegram, as it is called in the settings.
    fn same_bot(&self, written: &Written) -> Option<String> {
        let token = written.settings.get("token").filter(|_| written.name == "telegram")?;
        if self.telegram_desk.as_ref().is_some_and(|desk| desk.written.settings.get("token") == Some(token)) {
            return Some("telegram_desk".to_owned());
        }
        let mut others = self.channels.iter().filter(|other| other.written.name == "telegram");
        let other = others.find(|other| {
            other.written.account != written.account && other.written.settings.get("token") == Some(token)
        })?;
        Some(format!("the account \"{}\"", other.written.account))
    }

    /// The channels, ready to use. `env` gives the secrets, `public_url` is the address under which the world reaches the
    /// server.
    ///
    /// # Errors
    ///
    /// What is wrong with a setting or missing in the environment, with its place.
    pub fn channels(&self, env: &dyn Fn(&str) -> Option<String>, public_url: &str) -> Result<Channels, ConfigError> {
        let mut channels = Channels::default();
        for ChannelConfig { place, written } in &self.channels {
            let wrong = |error: SettingError| ConfigError {
                place: place.clone(),
                what: format!("channels: {}: {error}", written.name),
            };
            let Some(kind) = channel::kind(&written.name) else { continue };
            let mut given = Given::new(written, env, public_url);
            let built = (kind.build)(&mut given).map_err(wrong)?;
            given.done().map_err(wrong)?;
            let site = written.site.as_deref().map(SiteId::from).or_else(|| self.sites.keys().next().cloned());
            let account = Account {
                site: site.unwrap_or_else(|| SiteId::from(super::DEFAULT_SITE)),
                name: ChannelName::from(written.name.as_str()),
                account: written.account.clone(),
                channel: built,
            };
            if let Some(other) = self.same_bot(written) {
                return Err(wrong(SettingError {
                    key: None,
                    what: format!("its token is that of {other} too: a bot sends to one address alone"),
                }));
            }
            // Two of one name were refused when the settings were read.
            let _ = channels.add(account);
        }
        Ok(channels)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn config(channels: &str) -> Result<Channels, String> {
        let text = format!("sites: {{ shop: {{}}, office: {{}} }}\nchannels:\n{channels}");
        let env = |name: &str| name.starts_with("SET_").then(|| "word-1".to_owned());
        let config = super::super::parse(&text, Path::new("f.yaml"), &|_| None).map_err(|error| error.to_string())?;
        config.channels(&env, "https://chat.example").map_err(|error| error.to_string())
    }

    #[test]
    fn channels_belong_to_sites_and_have_paths() {
        let one = config("  telegram: { token: SET_T, secret: SET_S }\n").unwrap();
        let paths: Vec<_> = one.iter().map(|account| (account.path(), account.site.to_string())).collect();
        assert_eq!(paths, [("/webhooks/telegram".to_owned(), "shop".to_owned())]);
        let two = "  telegram:\n    - { account: a, token: SET_T, secret: SET_S }\n    \
                   - { account: b, site: office, token: SET_U, secret: SET_S }\n";
        let paths: Vec<_> = config(two).unwrap().iter().map(|one| (one.path(), one.site.to_string())).collect();
        let expected = [("/webhooks/telegram/a", "shop"), ("/webhooks/telegram/b", "office")];
        assert_eq!(paths, expected.map(|(path, site)| (path.to_owned(), site.to_owned())));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (channels, expected) in [
            (
                "  telegramm: {}\n",
                "f.yaml:3:14: channels: telegramm: there is no channel \"telegramm\"; did you mean telegram?",
            ),
            (
                "  telegram: 5\n",
                "f.yaml:3:13: channels: telegram: settings are names and values, such as `token: TELEGRAM_TOKEN`",
            ),
            (
                "  telegram: {}\n",
                "f.yaml:3:13: channels: telegram: token is missing: it names the environment variable that holds the bot's \
                 token, as BotFather gave it",
            ),
            (
                "  telegram: { token: NOT_SET, secret: SET_S }\n",
                "f.yaml:3:15: channels: telegram: token names the environment variable \"NOT_SET\", which is not set",
            ),
            (
                "  telegram: { token: SET_T, secret: SET_S, tokn: x }\n",
                "f.yaml:3:15: channels: telegram: tokn is no setting of telegram; did you mean token?",
            ),
            (
                "  telegram: { token: SET_T, secret: SET_S, colour: x }\n",
                "f.yaml:3:15: channels: telegram: colour is no setting of telegram; its settings are account, site, api, token, secret, username",
            ),
            (
                "  telegram: { token: SET_T, secret: SET_S, api: 'http://api.example' }\n",
                "f.yaml:3:15: channels: telegram: api \"http://api.example\" is not an https address, nor http on this machine",
            ),
            ("  telegram: { site: nowhere }\n", "f.yaml:3:15: channels: telegram: site: there is no site \"nowhere\""),
            (
                "  telegram: [{ token: SET_T, secret: SET_S }]\n",
                "f.yaml:3:16: channels: telegram: each of several accounts needs an `account`: a name of your own, which stands in \
                 its address",
            ),
        ] {
            assert_eq!(config(channels).map(|_| ()).unwrap_err(), expected);
        }
    }

    fn desk(settings: &str) -> Result<Option<TelegramDesk>, String> {
        let text = format!("sites: {{ shop: {{}} }}\ntelegram_desk: {settings}");
        let env = |name: &str| name.starts_with("SET_").then(|| "word-1".to_owned());
        let config = super::super::parse(&text, Path::new("f.yaml"), &|_| None).map_err(|error| error.to_string())?;
        config.telegram_desk(&env, "https://chat.example").map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_wrong_with_the_desk_in_telegram_is_said_with_its_place() {
        let built = desk("{ token: SET_T, secret: SET_S, group: -1001234567890, when: always, site: shop }").unwrap();
        assert_eq!(built.map(|desk| (desk.group, desk.always)), Some((Some(-1_001_234_567_890), true)));
        for (settings, expected) in [
            ("5", "f.yaml:2:16: telegram_desk: settings are names and values, such as `token: TELEGRAM_TOKEN`"),
            (
                "{}",
                "f.yaml:2:16: telegram_desk: token is missing: it names the environment variable that holds the bot's token, as \
                 BotFather gave it",
            ),
            (
                "{ token: NOT_SET, secret: SET_S }",
                "f.yaml:2:18: telegram_desk: token names the environment variable \"NOT_SET\", which is not set",
            ),
            (
                "{ token: SET_T, secret: SET_S, gruop: -1001 }",
                "f.yaml:2:18: telegram_desk: gruop is no setting of telegram-desk; did you mean group?",
            ),
            (
                "{ token: SET_T, secret: SET_S, colour: red }",
                "f.yaml:2:18: telegram_desk: colour is no setting of telegram-desk; its settings are site, api, token, secret, \
                 group, when",
            ),
            (
                "{ token: SET_T, secret: SET_S, group: our-group }",
                "f.yaml:2:18: telegram_desk: group: a group is a number such as -1001234567890",
            ),
            (
                "{ token: SET_T, secret: SET_S, when: never }",
                "f.yaml:2:18: telegram_desk: when: is empty (nobody is at the desk) or always",
            ),
            (
                "{ token: SET_T, secret: SET_S, site: nowhere }",
                "f.yaml:2:18: telegram_desk: site: there is no site \"nowhere\"",
            ),
            (
                "{ account: a, token: SET_T, secret: SET_S }",
                "f.yaml:2:18: telegram_desk: account is no setting here: there is one desk",
            ),
        ] {
            assert_eq!(desk(settings).map(|_| ()).unwrap_err(), expected, "{settings}");
        }
    }
}
