//! What an operator sets for a channel. Secrets are not in the settings: they name the environment variables that hold them.

use serde_json::{Map, Value};

use crate::channel::TELEGRAM_DESK;

/// What is wrong with a setting, as a sentence for an operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct SettingError {
    /// The setting; none where it is the whole that is wrong.
    pub key: Option<String>,
    /// What is wrong.
    pub what: String,
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

/// Settings of one channel, being read. Each kind asks for what it knows; what nobody asked for is a mistake.
pub struct Given<'a> {
    written: &'a Written,
    env: &'a dyn Fn(&str) -> Option<String>,
    public_url: &'a str,
    asked: Vec<&'static str>,
}

impl<'a> Given<'a> {
    /// Settings, the environment, and the address under which the world reaches this server.
    pub fn new(written: &'a Written, env: &'a dyn Fn(&str) -> Option<String>, public_url: &'a str) -> Self {
        Self { written, env, public_url, asked: Vec::new() }
    }

    /// The address at which the platform reaches this account.
    pub fn webhook_url(&self) -> String {
        format!("{}{}", self.public_url, super::path(&self.written.name, &self.written.account))
    }

    /// A text; none where nothing is set.
    ///
    /// # Errors
    ///
    /// Where it is not a text.
    pub fn text(&mut self, key: &'static str) -> Result<Option<String>, SettingError> {
        self.asked.push(key);
        match self.written.settings.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(_) => Err(wrong(key, "must be a text (numbers in quotes)")),
        }
    }

    /// A text that must be there.
    ///
    /// # Errors
    ///
    /// Where it is missing.
    pub fn needed(&mut self, key: &'static str, what: &str) -> Result<String, SettingError> {
        self.text(key)?.ok_or_else(|| wrong(key, &format!("is missing: {what}")))
    }

    /// The secret in the environment variable that a setting names; none where the setting is not there.
    ///
    /// # Errors
    ///
    /// Where the variable is not set.
    pub fn secret_if_named(&mut self, key: &'static str) -> Result<Option<String>, SettingError> {
        let Some(variable) = self.text(key)? else { return Ok(None) };
        if !variable.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            // Not shown: it may be the secret.
            let what =
                "names an environment variable (letters, digits, _); the secret itself does not belong in this file";
            return Err(wrong(key, what));
        }
        match (self.env)(&variable).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()) {
            Some(secret) => Ok(Some(secret)),
            None => Err(wrong(key, &format!("names the environment variable \"{variable}\", which is not set"))),
        }
    }

    /// The secret in the environment variable that a setting names.
    ///
    /// # Errors
    ///
    /// Where the setting is missing or the variable is not set.
    pub fn secret(&mut self, key: &'static str, what: &str) -> Result<String, SettingError> {
        let missing = format!("is missing: it names the environment variable that holds {what}");
        self.secret_if_named(key)?.ok_or_else(|| wrong(key, &missing))
    }

    /// The address of the platform's API, `api`: https, or http on this machine.
    ///
    /// # Errors
    ///
    /// Where it is another kind of address.
    pub fn api(&mut self, default: &str) -> Result<String, SettingError> {
        let url = self.text("api")?.unwrap_or_else(|| default.to_owned());
        check_url("api", &url)
    }

    /// An address that must be there: https, or http on this machine.
    ///
    /// # Errors
    ///
    /// Where it is missing or another kind of address.
    pub fn url(&mut self, key: &'static str, what: &str) -> Result<String, SettingError> {
        let url = self.needed(key, what)?;
        check_url(key, &url)
    }

    /// Nothing more is asked for.
    ///
    /// # Errors
    ///
    /// Where something is set that nobody asked for.
    pub fn done(&self) -> Result<(), SettingError> {
        let unknown = self.written.settings.keys().find(|key| !self.asked.contains(&key.as_str()));
        let Some(key) = unknown else { return Ok(()) };
        let account = (self.written.name != TELEGRAM_DESK).then_some("account");
        let known: Vec<&str> = account.into_iter().chain(["site"]).chain(self.asked.iter().copied()).collect();
        let like = known.iter().max_by(|a, b| strsim::jaro(a, key).total_cmp(&strsim::jaro(b, key)));
        let hint = like.filter(|like| strsim::jaro(like, key) > 0.7).map(|like| format!("; did you mean {like}?"));
        let hint = hint.unwrap_or_else(|| format!("; its settings are {}", known.join(", ")));
        Err(wrong(key, &format!("is no setting of {}{hint}", self.written.name)))
    }
}

/// An address without the slash at its end: https, or http on this machine.
///
/// # Errors
///
/// Where it is another kind of address.
pub fn check_url(key: &str, url: &str) -> Result<String, SettingError> {
    let host = |rest: &str| rest.split(['/', ':']).next().unwrap_or_default().to_owned();
    let here = url.strip_prefix("http://").map(host).is_some_and(|host| matches!(&*host, "127.0.0.1" | "localhost"));
    if !here && url.strip_prefix("https://").is_none_or(|rest| host(rest).is_empty()) {
        return Err(wrong(key, &format!("\"{url}\" is not an https address, nor http on this machine")));
    }
    Ok(url.trim_end_matches('/').to_owned())
}

fn wrong(key: &str, what: &str) -> SettingError {
    SettingError { key: Some(key.to_owned()), what: format!("{key} {what}") }
}
