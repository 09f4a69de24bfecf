//! `channels:` of the settings: messaging apps, each with one account or a list of them.
//!
//! ```yaml
//! channels:
//!   telegram: { token: TELEGRAM_TOKEN, secret: TELEGRAM_SECRET }
//!   twilio:
//!     - { account: uk, site: shop, … }
//! ```

use indexmap::IndexMap;

use crate::channel::{
    self, Account, Channels, Given, KINDS, SettingAt, SettingError, TELEGRAM_DESK, TelegramDesk, Written, instead,
};
use crate::config::explain::setting;
use crate::config::mistakes::{Mistake, Mistakes, Places, no_site};
use crate::config::{Config, Sites};
use crate::id::{ChannelName, SiteId};

/// The most bytes of an account's name.
const ACCOUNT_BYTES_MAX: usize = 64;

/// A channel as it is written, with its places.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelConfig {
    /// Where its settings stand.
    pub places: Places,
    /// What is written.
    pub written: Written,
}

/// What else people call a channel.
const ALSO_CALLED: [(&str, &str); 4] =
    [("sms", "twilio"), ("facebook", "messenger"), ("fb", "messenger"), ("generic", "webhook")];

/// Reads `channels:`. What the settings name in the environment is looked at later, when somebody needs it.
pub(super) fn read(
    channels: IndexMap<String, serde_yaml::Value>,
    sites: &Sites,
    mistakes: &mut Mistakes,
) -> Vec<ChannelConfig> {
    let mut read: Vec<ChannelConfig> = Vec::new();
    for (name, value) in channels {
        let Some(kind) = channel::kind(&name) else {
            mistakes.key(&["channels", &name], no_channel(&name));
            continue;
        };
        let several = value.is_sequence();
        let values = match value {
            serde_yaml::Value::Sequence(values) => values,
            value => vec![value],
        };
        for (number, value) in values.into_iter().enumerate() {
            let number = number.to_string();
            let path = if several { vec!["channels", &name, &number] } else { vec!["channels", &name] };
            let Some(one) = one(&path, &name, value, several, sites, mistakes) else { continue };
            let account = &one.written.account;
            if read.iter().any(|before| before.written.name == name && before.written.account == *account) {
                mistakes.value(&path, format!("there are two accounts \"{account}\""));
                continue;
            }
            let wrong = kind.set_up(Given::new(&one.written, None, "")).err().unwrap_or_default();
            mistakes.all(explained(&one, &path, wrong));
            read.push(one);
        }
    }
    read
}

fn no_channel(name: &str) -> String {
    let hint = if name.replace('-', "_") == "telegram_desk" {
        "telegram_desk: stands at the top of the file".to_owned()
    } else if let Some((_, meant)) = ALSO_CALLED.iter().find(|(also, _)| *also == name) {
        format!("did you mean \"{meant}\"?")
    } else {
        instead(name, &KINDS.iter().map(|kind| kind.name).collect::<Vec<_>>())
    };
    format!("there is no channel \"{name}\"; {hint}")
}

/// The settings of one account, as far as all channels have them.
fn one(
    path: &[&str],
    name: &str,
    value: serde_yaml::Value,
    several: bool,
    sites: &Sites,
    mistakes: &mut Mistakes,
) -> Option<ChannelConfig> {
    let json = match value {
        serde_yaml::Value::Null => Some(serde_json::Value::Object(serde_json::Map::new())),
        value => serde_json::to_value(value).ok(),
    };
    let Some(serde_json::Value::Object(mut settings)) = json else {
        mistakes.value(path, "settings are names and values, such as `token: TELEGRAM_TOKEN`");
        return None;
    };
    let places = mistakes.places(path, settings.keys().map(String::as_str));
    let mut text = |key: &str| match settings.remove(key) {
        None => None,
        Some(serde_json::Value::String(text)) => Some(text),
        Some(_) => {
            mistakes.value(&[path, &[key]].concat(), "a text belongs here");
            None
        }
    };
    let (account, site) = (text("account").unwrap_or_default(), text("site"));
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_';
    if account.len() > ACCOUNT_BYTES_MAX || !account.chars().all(fits) {
        let what = format!("\"{account}\" is not a name of letters, digits, - and _");
        mistakes.value(&[path, &["account"]].concat(), what);
    }
    if several && account.is_empty() {
        let what = "each of several accounts needs an `account`: a name of your own, which stands in its address";
        mistakes.value(path, what);
    }
    if let Some(what) = site.as_deref().and_then(|site| no_site(site, sites)) {
        mistakes.value(&[path, &["site"]].concat(), what);
    }
    Some(ChannelConfig { places, written: Written { name: name.to_owned(), account, site, settings } })
}

/// Mistakes in a channel's settings, with their places.
fn explained(channel: &ChannelConfig, path: &[&str], wrong: Vec<SettingError>) -> Vec<Mistake> {
    let told = |SettingError { at, what }| Mistake {
        place: channel.places.of(&at),
        // A name that is none is told as everywhere else.
        what: if matches!(at, SettingAt::Key(_)) { what } else { format!("{}{what}", setting(path)) },
    };
    wrong.into_iter().map(told).collect()
}

/// Reads `telegram_desk:`.
pub(super) fn read_desk(value: serde_yaml::Value, sites: &Sites, mistakes: &mut Mistakes) -> Option<ChannelConfig> {
    let path = ["telegram_desk"];
    let read = one(&path, TELEGRAM_DESK, value, false, sites, mistakes)?;
    if !read.written.account.is_empty() {
        mistakes.key(&["telegram_desk", "account"], "account is no setting here: there is one desk");
    }
    let site = SiteId::from(super::DEFAULT_SITE);
    let wrong = TelegramDesk::build(&read.written, &site, None, "").err().unwrap_or_default();
    mistakes.all(explained(&read, &path, wrong));
    Some(read)
}

impl Config {
    /// The desk in Telegram, ready to use; none where it is not set up.
    pub(super) fn desk(
        &self,
        env: &dyn Fn(&str) -> Option<String>,
        public_url: &str,
        mistakes: &mut Vec<Mistake>,
    ) -> Option<TelegramDesk> {
        let desk = self.telegram_desk.as_ref()?;
        let built = TelegramDesk::build(&desk.written, &self.first_site(), Some(env), public_url);
        built.map_err(|wrong| mistakes.extend(explained(desk, &["telegram_desk"], wrong))).ok()
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
    pub(super) fn accounts(
        &self,
        env: &dyn Fn(&str) -> Option<String>,
        public_url: &str,
        mistakes: &mut Vec<Mistake>,
    ) -> Channels {
        let mut channels = Channels::default();
        for one in &self.channels {
            let ChannelConfig { written, .. } = one;
            let Some(kind) = channel::kind(&written.name) else { continue };
            let path = ["channels", &written.name];
            if let Some(other) = self.same_bot(written) {
                let what = format!("its token is that of {other} too: a bot sends to one address alone");
                let at = SettingAt::Value("token".to_owned());
                mistakes.extend(explained(one, &path, vec![SettingError { at, what }]));
            }
            match kind.set_up(Given::new(written, Some(env), public_url)) {
                Err(wrong) => mistakes.extend(explained(one, &path, wrong)),
                Ok(channel) => {
                    let account = Account {
                        site: written.site.as_deref().map_or_else(|| self.first_site(), SiteId::from),
                        name: ChannelName::from(written.name.as_str()),
                        account: written.account.clone(),
                        channel,
                    };
                    // Two of one name were refused when the settings were read.
                    let _ = channels.add(account);
                }
            }
        }
        channels
    }

    fn first_site(&self) -> SiteId {
        self.sites.keys().next().cloned().unwrap_or_else(|| SiteId::from(super::DEFAULT_SITE))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::tests::first_lines;

    fn config(channels: &str) -> Result<Channels, String> {
        let text = format!("sites: {{ shop: {{}}, office: {{}} }}\nchannels:\n{channels}");
        let env = |name: &str| name.starts_with("SET_").then(|| "word-1".to_owned());
        let config = super::super::parse(&text, Path::new("f.yaml"), &|_| None).map_err(first_lines)?;
        config.connections(&env, "https://chat.example").map(|read| read.channels).map_err(first_lines)
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
                "f.yaml:3:3: channels: there is no channel \"telegramm\"; did you mean \"telegram\"?",
            ),
            ("  facebook: {}\n", "f.yaml:3:3: channels: there is no channel \"facebook\"; did you mean \"messenger\"?"),
            (
                "  icq: {}\n",
                "f.yaml:3:3: channels: there is no channel \"icq\"; there are telegram, whatsapp, messenger, slack, twilio, line, \
                 viber, webhook",
            ),
            (
                "  telegram-desk: {}\n",
                "f.yaml:3:3: channels: there is no channel \"telegram-desk\"; telegram_desk: stands at the top of the file",
            ),
            (
                "  telegram: 5\n",
                "f.yaml:3:13: channels: telegram: settings are names and values, such as `token: TELEGRAM_TOKEN`",
            ),
            (
                "  telegram: { secret: SET_S }\n",
                "f.yaml:3:15: channels: telegram: token is missing: it names the environment variable that holds the bot's \
                 token, as BotFather gave it",
            ),
            (
                "  telegram: { token: NOT_SET, secret: SET_S }\n",
                "f.yaml:3:22: channels: telegram: token names the environment variable \"NOT_SET\", which is not set",
            ),
            (
                "  telegram: { tokn: SET_T, secret: SET_S }\n",
                "f.yaml:3:15: there is no setting \"tokn\"; did you mean \"token\"?",
            ),
            (
                "  telegram: { token: SET_T, secret: SET_S, colour: x }\n",
                "f.yaml:3:44: there is no setting \"colour\"; there are account, site, api, token, secret, username",
            ),
            (
                "  telegram: { token: SET_T, secret: SET_S, api: 'http://api.example' }\n",
                "f.yaml:3:49: channels: telegram: api \"http://api.example\" is not an https address, nor http on this machine",
            ),
            (
                "  telegram: { token: SET_T, secret: SET_S, username: https://t.me/lamps }\n",
                "f.yaml:3:54: channels: telegram: username is the bot's name, such as LampsBot: letters, digits and _",
            ),
            (
                "  telegram: { token: SET_T, secret: SET_S, site: shp }\n",
                "f.yaml:3:50: channels: telegram: site: there is no site \"shp\"; did you mean \"shop\"?",
            ),
            (
                "  whatsapp: { token: SET_T, app_secret: SET_S, verify_token: SET_V, phone: hello }\n",
                "f.yaml:3:76: channels: whatsapp: phone \"hello\" is not a phone number with its country, such as \
                 \"+44 20 7946 0000\"",
            ),
            (
                "  telegram: [{ token: SET_T, secret: SET_S }]\n",
                "f.yaml:3:16: channels: telegram: each of several accounts needs an `account`: a name of your own, which stands in \
                 its address",
            ),
            // All at once, in the order of the file.
            (
                "  telegram: { token: SET_T, secrt: SET_S, site: nowhere }\n  slak: {}\n  line: { token: SET_T }\n",
                "f.yaml:3:29: there is no setting \"secrt\"; did you mean \"secret\"?\n\
                 f.yaml:3:49: channels: telegram: site: there is no site \"nowhere\"; there are shop, office\n\
                 f.yaml:4:3: channels: there is no channel \"slak\"; did you mean \"slack\"?\n\
                 f.yaml:5:11: channels: line: secret is missing: it names the environment variable that holds the channel's \
                 secret",
            ),
            (
                "  telegram: { token: NOT_SET, secret: NEITHER }\n  line: { token: SET_T, secret: NOR }\n",
                "f.yaml:3:22: channels: telegram: token names the environment variable \"NOT_SET\", which is not set\n\
                 f.yaml:3:39: channels: telegram: secret names the environment variable \"NEITHER\", which is not set\n\
                 f.yaml:4:33: channels: line: secret names the environment variable \"NOR\", which is not set",
            ),
        ] {
            assert_eq!(config(channels).map(|_| ()).unwrap_err(), expected, "{channels}");
        }
    }

    fn desk(settings: &str) -> Result<Option<TelegramDesk>, String> {
        let text = format!("sites: {{ shop: {{}} }}\ntelegram_desk: {settings}");
        let env = |name: &str| name.starts_with("SET_").then(|| "word-1".to_owned());
        let config = super::super::parse(&text, Path::new("f.yaml"), &|_| None).map_err(first_lines)?;
        config.connections(&env, "https://chat.example").map(|read| read.telegram_desk).map_err(first_lines)
    }

    #[test]
    fn a_number_is_written_as_people_write_it() {
        for phone in ["'+44 20 7946 0000'", "'whatsapp:+442079460000'", "+442079460000"] {
            let account = "account_sid: AC1, token: SET_T";
            assert!(config(&format!("  twilio: {{ {account}, phone: {phone} }}\n")).is_ok(), "{phone}");
        }
    }

    #[test]
    fn what_is_wrong_with_the_desk_in_telegram_is_said_with_its_place() {
        let built = desk("{ token: SET_T, secret: SET_S, group: -1001234567890, when: always, site: shop }").unwrap();
        assert_eq!(built.map(|desk| (desk.group, desk.always)), Some((Some(-1_001_234_567_890), true)));
        for (settings, expected) in [
            ("5", "f.yaml:2:16: telegram_desk: settings are names and values, such as `token: TELEGRAM_TOKEN`"),
            (
                "{ secret: SET_S }",
                "f.yaml:2:18: telegram_desk: token is missing: it names the environment variable that holds the bot's token, as \
                 BotFather gave it",
            ),
            (
                "{ token: NOT_SET, secret: SET_S }",
                "f.yaml:2:25: telegram_desk: token names the environment variable \"NOT_SET\", which is not set",
            ),
            (
                "{ token: SET_T, secret: SET_S, gruop: -1001 }",
                "f.yaml:2:47: there is no setting \"gruop\"; did you mean \"group\"?",
            ),
            (
                "{ token: SET_T, secret: SET_S, colour: red }",
                "f.yaml:2:47: there is no setting \"colour\"; there are site, api, token, secret, group, when",
            ),
            (
                "{ token: SET_T, secret: SET_S, group: our-group, when: never }",
                "f.yaml:2:54: telegram_desk: group is a number such as -1001234567890\n\
                 f.yaml:2:71: telegram_desk: when is empty (nobody is at the desk) or always",
            ),
            (
                "{ token: SET_T, secret: SET_S, site: nowhere }",
                "f.yaml:2:53: telegram_desk: site: there is no site \"nowhere\"; there are shop",
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
