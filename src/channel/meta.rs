//! What WhatsApp and Messenger have in common: Meta's handshake, its signature over the raw body, and its errors.

use serde_json::Value;

use crate::channel::{Answer, Check, Delivery, Given, Inbound, Outcome, Rejected, proof};
use crate::dialog::{Undeliverable, UndeliverableBecause};

/// The most letters of a challenge that are given back.
const CHALLENGE_MAX: usize = 200;

/// What proves that Meta calls, and what proves to Meta that we do.
pub(super) struct Meta {
    app_secret: String,
    verify_token: String,
    /// The access token.
    pub(super) token: String,
    /// Where the API is, with its version.
    pub(super) api: String,
}

impl Meta {
    /// Reads the settings that both have.
    pub(super) fn of(given: &mut Given<'_>) -> Self {
        Self {
            api: given.api("https://graph.facebook.com/v23.0"),
            token: given.secret("token", "the access token"),
            app_secret: given.secret("app_secret", "the app's secret"),
            verify_token: given.secret("verify_token", "a word of your own, which you also type into Meta's console"),
        }
    }

    /// The answer to the handshake, else the body, proved.
    pub(super) fn open(&self, delivery: &Delivery<'_>) -> Result<Opened, Rejected> {
        if delivery.get {
            let token = delivery.query("hub.verify_token").unwrap_or_default();
            let subscribes = delivery.query("hub.mode").as_deref() == Some("subscribe");
            if !subscribes || !proof::is_word(&token, &self.verify_token) {
                return Err(Rejected::NoProof);
            }
            let challenge = delivery.query("hub.challenge").unwrap_or_default();
            let challenge: String = challenge.chars().filter(char::is_ascii_graphic).take(CHALLENGE_MAX).collect();
            return Ok(Opened::Handshake(Inbound::reply("text/plain; charset=utf-8", challenge)));
        }
        let given = delivery.header("x-hub-signature-256").and_then(|value| value.strip_prefix("sha256="));
        let expected = proof::sha256(self.app_secret.as_bytes(), &[delivery.body]);
        if !given.is_some_and(|given| proof::is_hex(given, &expected)) {
            return Err(Rejected::NoProof);
        }
        delivery.json().map(Opened::Body)
    }

    /// Asks who we are to Meta.
    pub(super) fn who(&self, node: &str, verdict: impl Fn(&Value) -> Result<String, String> + 'static) -> Check {
        let url = format!("{}/{node}", self.api);
        Check::get("token", url, vec![("Authorization", self.bearer())], move |answer| {
            answer.verdict(&["error", "message"], &[])?;
            verdict(&answer.json())
        })
    }

    /// The header that proves who we are.
    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }
}

/// A delivery that was proved.
pub(super) enum Opened {
    /// Meta only wants to know that we are there.
    Handshake(Inbound),
    /// What it says.
    Body(Value),
}

/// What an answer of the Graph API means; `reason` says what its own codes mean, none where they are to be tried again.
pub(super) fn outcome(
    answer: &Answer<'_>,
    id: impl Fn(&Value) -> Option<String>,
    reason: impl Fn(i64, i64) -> Option<UndeliverableBecause>,
) -> Outcome {
    let body = answer.json();
    let error = &body["error"];
    if (200..300).contains(&answer.status) && error.is_null() {
        return match id(&body) {
            Some(id) => Outcome::Sent { id: Some(id) },
            None if body.is_object() => Outcome::Sent { id: None },
            // A proxy's page, perhaps: nothing is known.
            None => Outcome::Later { after: None, why: "an answer that is none".to_owned() },
        };
    }
    let Some(code) = error["code"].as_i64() else { return answer.by_status() };
    let said = failure_said(error);
    match code {
        // Too much, and what Meta itself calls passing.
        1 | 2 | 4 | 17 | 32 | 341 | 613 | 1_200 | 80_001 | 80_006 | 80_007 | 130_429 | 131_000 | 131_016 | 131_048
        | 131_056 | 131_057 | 133_004 => Outcome::Later { after: answer.after(), why: said },
        3 | 102 | 190 | 200..=299 | 131_005 | 131_031 => {
            Outcome::Never(Undeliverable::new(UndeliverableBecause::Credentials, said))
        }
        _ if answer.status >= 500 || answer.status == 429 => Outcome::Later { after: answer.after(), why: said },
        _ => {
            let because = reason(code, error["error_subcode"].as_i64().unwrap_or_default());
            Outcome::Never(Undeliverable::new(because.unwrap_or(UndeliverableBecause::Refused), said))
        }
    }
}

/// What an error says, for people.
pub(super) fn failure_said(error: &Value) -> String {
    let details = error["error_data"]["details"].as_str();
    let words = details.or_else(|| error["message"].as_str()).or_else(|| error["title"].as_str()).unwrap_or_default();
    match error["code"].as_i64() {
        Some(code) => format!("{words} ({code})"),
        None => words.to_owned(),
    }
}
