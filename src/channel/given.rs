//! What an operator sets for a channel. Secrets are not in the settings: they name the environment variables that hold them.

use serde_json::{Map, Value};

use crate::channel::{TELEGRAM_DESK, Vouched};
use crate::flow::near_name;

/// What is wrong with a setting, as a sentence for an operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct SettingError {
    /// Where.
    pub at: SettingAt,
    /// What is wrong.
    pub what: String,
}

/// What of a channel's settings is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingAt {
    /// All of it, or something that is not there.
    Whole,
    /// A name that no setting has.
    Key(String),
    /// What a setting says.
    Value(String),
}

/// A channel as it is written in the settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The kind.
    pub name: String,
    /// The account's name; empty where there is one.
    pub account: String,
    /// The site; none means the first.
    pub site: Option<String>,
    /// All other settings.
    pub settings: Map<String, Value>,
}

/// The environment: what a variable holds.
pub type Env<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// Settings of one channel, being read. Each kind asks for what it knows; what nobody asked for is a mistake. A mistake is kept
/// and the reading goes on with something in its place, so that all of them are told at once: `done` says whether there is any.
pub struct Given<'a> {
    written: &'a Written,
    env: Option<&'a Env<'a>>,
    public_url: &'a str,
    asked: Vec<&'static str>,
    missing: Vec<(&'static str, String)>,
    wrong: Vec<SettingError>,
}

impl<'a> Given<'a> {
    /// Settings, the environment, and the address under which the world reaches this server. Without an environment, whatever
    /// the settings name in it counts as there: only the settings themselves are looked at.
    pub fn new(written: &'a Written, env: Option<&'a Env<'a>>, public_url: &'a str) -> Self {
        Self { written, env, public_url, asked: Vec::new(), missing: Vec::new(), wrong: Vec::new() }
    }

    /// The address at which the platform reaches this account.
    pub fn webhook_url(&self) -> String {
        format!("{}{}", self.public_url, super::path(&self.written.name, &self.written.account))
    }

    /// A text; none where nothing is set.
    pub fn text(&mut self, key: &'static str) -> Option<String> {
        self.asked.push(key);
        match self.written.settings.get(key) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            Some(_) => {
                self.wrong(key, "must be a text (numbers in quotes)");
                None
            }
        }
    }

    /// A text that must be there.
    pub fn needed(&mut self, key: &'static str, what: &str) -> String {
        let text = self.text(key);
        self.there(key, text, || format!("is missing: {what}"))
    }

    /// The secret in the environment variable that a setting names; none where the setting is not there.
    pub fn secret_if_named(&mut self, key: &'static str) -> Option<String> {
        let variable = self.text(key)?;
        if !variable.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            // Not shown: it may be the secret.
            let what =
                "names an environment variable (letters, digits, _); the secret itself does not belong in this file";
            self.wrong(key, what);
            return None;
        }
        let value = (self.env?)(&variable).map(|value| value.trim().to_owned());
        let secret = value.filter(|value| !value.is_empty());
        if secret.is_none() {
            self.wrong(key, &format!("names the environment variable \"{variable}\", which is not set"));
        }
        secret
    }

    /// The secret in the environment variable that a setting names.
    pub fn secret(&mut self, key: &'static str, what: &str) -> String {
        let secret = self.secret_if_named(key);
        self.there(key, secret, || format!("is missing: it names the environment variable that holds {what}"))
    }

    /// The address of the platform's API, `api`: https, or http on this machine.
    pub fn api(&mut self, default: &str) -> String {
        let url = self.text("api").unwrap_or_else(|| default.to_owned());
        self.checked_url("api", &url)
    }

    /// An address that must be there: https, or http on this machine.
    pub fn url(&mut self, key: &'static str, what: &str) -> String {
        let url = self.needed(key, what);
        if url.is_empty() { url } else { self.checked_url(key, &url) }
    }

    /// A phone number, as people write it, with its country; none where nothing is set.
    pub fn phone(&mut self, key: &'static str) -> Option<String> {
        let written = self.text(key)?;
        let number = written.strip_prefix("whatsapp:").unwrap_or(&written);
        if Vouched::phone(number).or_else(|| Vouched::whole_phone(number)).is_none() {
            let what = "is not a phone number with its country, such as \"+44 20 7946 0000\"";
            self.wrong(key, &format!("\"{written}\" {what}"));
            return None;
        }
        Some(written)
    }

    /// Something is wrong with what a setting says: the rest of a sentence that begins with its name.
    pub fn wrong(&mut self, key: &str, what: &str) {
        self.wrong.push(SettingError { at: SettingAt::Value(key.to_owned()), what: format!("{key} {what}") });
    }

    /// Nothing more is asked for: everything that is wrong, what nobody asked for included.
    pub fn done(self) -> Vec<SettingError> {
        let account = (self.written.name != TELEGRAM_DESK).then_some("account");
        let known: Vec<&str> = account.into_iter().chain(["site"]).chain(self.asked.iter().copied()).collect();
        let strays: Vec<&str> =
            self.written.settings.keys().map(String::as_str).filter(|key| !self.asked.contains(key)).collect();
        let mut wrong = self.wrong;
        for (key, what) in self.missing {
            // It is there, only misspelt: that is told below.
            if !strays.iter().any(|stray| near_name(stray, &known) == Some(key)) {
                wrong.push(SettingError { at: SettingAt::Whole, what: format!("{key} {what}") });
            }
        }
        wrong.extend(strays.into_iter().map(|stray| SettingError {
            at: SettingAt::Key(stray.to_owned()),
            what: format!("there is no setting \"{stray}\"; {}", instead(stray, &known)),
        }));
        wrong
    }

    /// What must be there, or nothing in its place; that it is missing is told unless something else is wrong with it.
    fn there(&mut self, key: &'static str, found: Option<String>, missing: impl Fn() -> String) -> String {
        if found.is_none() && self.written.settings.get(key).is_none_or(Value::is_null) {
            self.missing.push((key, missing()));
        }
        found.unwrap_or_default()
    }

    fn checked_url(&mut self, key: &'static str, url: &str) -> String {
        check_url(key, url).unwrap_or_else(|what| {
            self.wrong.push(SettingError { at: SettingAt::Value(key.to_owned()), what });
            String::new()
        })
    }
}

/// What may have been meant by a name that is none, else what there is: the end of a sentence.
pub fn instead(given: &str, known: &[&str]) -> String {
    match near_name(given, known) {
        Some(name) => format!("did you mean \"{name}\"?"),
        None => format!("there are {}", known.join(", ")),
    }
}

/// An address without the slash at its end: https, or http on this machine.
///
/// # Errors
///
/// Where it is another kind of address, as a sentence about the setting.
pub fn check_url(key: &str, url: &str) -> Result<String, String> {
    let https = url.strip_prefix("https://").is_some_and(|rest| !host(rest).is_empty());
    if !https && !is_here(url) {
        return Err(format!("{key} \"{url}\" is not an https address, nor http on this machine"));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// Whether an address is plain http on this machine, as in a trial against a platform that is played here.
pub fn is_here(url: &str) -> bool {
    url.strip_prefix("http://").is_some_and(|rest| matches!(host(rest), "127.0.0.1" | "localhost"))
}

/// The host of an address without its scheme.
fn host(rest: &str) -> &str {
    rest.split(['/', ':']).next().unwrap_or_default()
}
