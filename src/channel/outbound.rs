//! What goes to a platform: a message as people should read it, the calls that bring it there, and what became of them.

use std::fmt;

use crate::channel::plain::plain;
use crate::dialog::{Attachment, ButtonWords, Message, Picture, Undeliverable, UndeliverableBecause};
use crate::time::Span;

/// A message to somebody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outgoing {
    /// A name for it that no other message has, and that stays the same when it is sent once more.
    pub key: String,
    /// What it says; links and cards included. Empty where a picture says everything.
    pub text: String,
    /// Its buttons.
    pub buttons: Vec<OutgoingButton>,
    /// What stands around the buttons.
    pub words: ButtonWords,
    /// Pictures.
    pub pictures: Vec<Picture>,
    /// Whether a person wrote it, not the bot.
    pub human: bool,
    /// How long ago they last wrote themselves, where that is known.
    pub silent_for: Option<Span>,
    /// What makes this answer free, on LINE.
    pub reply_token: Option<String>,
    /// When it is sent, in seconds since 1970.
    pub now: i64,
}

/// A button to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingButton {
    /// What it says.
    pub label: String,
    /// What a press brings back: short, and without meaning for the platform.
    pub payload: String,
}

impl Outgoing {
    /// A bot's message, in the parts that every platform has. `payload` names a button by its number.
    pub fn of(key: String, message: &Message, payload: impl Fn(usize) -> String) -> Self {
        let mut lines = Vec::new();
        if !message.text.is_empty() {
            lines.push(plain(&message.text));
        }
        for card in &message.cards {
            let below = card.text.as_ref().map(|text| format!("\n{}", plain(text))).unwrap_or_default();
            lines.push(format!("{}{below}", card.title));
            lines.extend(card.link.iter().map(|link| format!("{}: {}", link.text, link.url)));
        }
        lines.extend(message.link.iter().map(|link| format!("{}: {}", link.text, link.url)));
        let button = |(number, button): (usize, &crate::dialog::Button)| OutgoingButton {
            label: button.label.clone(),
            payload: payload(number),
        };
        let pictures = message.image.iter().chain(message.cards.iter().filter_map(|card| card.image.as_ref()));
        Self {
            key,
            text: lines.join("\n\n"),
            buttons: message.all_buttons().enumerate().map(button).collect(),
            pictures: pictures.cloned().collect(),
            ..Self::default()
        }
    }

    /// What an agent said.
    pub fn of_agent(key: String, text: &str) -> Self {
        Self { key, text: plain(text), human: true, ..Self::default() }
    }

    /// A file that an agent sent: a picture is shown, anything else is a link.
    pub fn of_file(key: String, file: &Attachment, url: String) -> Self {
        let own = Self { key, human: true, ..Self::default() };
        if file.is_picture() {
            return Self { pictures: vec![Picture { url, alt: file.name.clone() }], ..own };
        }
        Self { text: format!("{}: {url}", file.name), ..own }
    }

    /// The word that stands where an app wants one for the buttons.
    pub fn choose(&self) -> &str {
        if self.words.choose.is_empty() { "…" } else { &self.words.choose }
    }

    /// The text with its buttons as lines of their own, for platforms that have none.
    pub fn numbered(&self) -> String {
        let numbers = !self.buttons.iter().any(|button| button.label.starts_with(char::is_numeric));
        let line = |(number, button): (usize, &OutgoingButton)| {
            if numbers { format!("{}. {}", number + 1, button.label) } else { format!("• {}", button.label) }
        };
        let lines: Vec<String> = self.buttons.iter().enumerate().map(line).collect();
        let how = if numbers && !lines.is_empty() { self.words.by_number.as_str() } else { "" };
        [self.text.as_str(), &lines.join("\n"), how]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n")
    }
}

/// A call to a platform. What it shows of itself holds no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiCall {
    /// What it does, for logs: `sendMessage`.
    pub name: &'static str,
    /// Where.
    pub url: String,
    /// Headers, the proof of who we are among them.
    pub headers: Vec<(&'static str, String)>,
    /// What is said.
    pub body: Body,
    /// Whether the rest of the message is worth sending where the platform refuses this for good.
    pub optional: bool,
}

/// The body of a call.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// JSON, written out.
    Json(String),
    /// A form.
    Form(Vec<(&'static str, String)>),
}

impl ApiCall {
    /// A POST of JSON.
    pub fn json(name: &'static str, url: impl Into<String>, body: &serde_json::Value) -> Self {
        Self { name, url: url.into(), headers: Vec::new(), body: Body::Json(body.to_string()), optional: false }
    }

    /// A POST of a form.
    pub fn form(name: &'static str, url: impl Into<String>, pairs: Vec<(&'static str, String)>) -> Self {
        Self { name, url: url.into(), headers: Vec::new(), body: Body::Form(pairs), optional: false }
    }

    /// The same as a part that may be missing.
    #[must_use]
    pub fn optional(self) -> Self {
        Self { optional: true, ..self }
    }

    /// The same with a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl fmt::Debug for ApiCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiCall").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A GET for something that lies at a platform.
#[derive(Clone, PartialEq, Eq)]
pub struct Fetch {
    /// Where.
    pub url: String,
    /// Headers, the proof of who we are among them.
    pub headers: Vec<(&'static str, String)>,
    /// Whether the answer is the file; else it is JSON that says where the file is.
    pub is_file: bool,
}

/// How a check asks.
pub enum Ask {
    /// To read something.
    Get,
    /// Whether somebody is there at all. By what HTTP says it changes nothing, so nobody takes it for a message.
    Options,
    /// By a call.
    Post(Body),
}

/// What the answer to a check means: who we are to the platform, else what is wrong.
type Verdict = Box<dyn Fn(&Answer<'_>) -> Result<String, String>>;

/// What to ask after an answer.
type Next = Box<dyn Fn(&Answer<'_>) -> Option<Check>>;

/// A call that shows whether the platform knows us. It changes nothing but, perhaps, where the platform sends what it has.
pub struct Check {
    /// What is checked, such as `token`.
    pub what: &'static str,
    /// Where.
    pub url: String,
    /// Headers, the proof of who we are among them.
    pub headers: Vec<(&'static str, String)>,
    /// How it asks.
    pub ask: Ask,
    /// Whether it tells the platform our address, which the platform must then be able to reach.
    pub registers: bool,
    verdict: Verdict,
    next: Option<Next>,
}

impl Check {
    /// A GET.
    pub fn get(
        what: &'static str,
        url: String,
        headers: Vec<(&'static str, String)>,
        verdict: impl Fn(&Answer<'_>) -> Result<String, String> + 'static,
    ) -> Self {
        Self { what, url, headers, ask: Ask::Get, registers: false, verdict: Box::new(verdict), next: None }
    }

    /// A call as a check.
    pub fn call(
        what: &'static str,
        call: ApiCall,
        verdict: impl Fn(&Answer<'_>) -> Result<String, String> + 'static,
    ) -> Self {
        Self { ask: Ask::Post(call.body), ..Self::get(what, call.url, call.headers, verdict) }
    }

    /// Whether a system of the owner's answers at an address. Nothing is sent that it could take for a message.
    pub fn reach(what: &'static str, url: String) -> Self {
        Self { ask: Ask::Options, ..Self::get(what, url, Vec::new(), reached) }
    }

    /// The same as one that tells the platform our address.
    #[must_use]
    pub fn registering(self) -> Self {
        Self { registers: true, ..self }
    }

    /// The same with another one after it, which depends on the answer.
    #[must_use]
    pub fn then(self, next: impl Fn(&Answer<'_>) -> Option<Self> + 'static) -> Self {
        Self { next: Some(Box::new(next)), ..self }
    }

    /// What the answer means, and what to ask next.
    ///
    /// # Errors
    ///
    /// What is wrong, in the platform's words where it has some.
    pub fn judge(&self, answer: &Answer<'_>) -> Result<(String, Option<Self>), String> {
        let words = (self.verdict)(answer)?;
        Ok((words, self.next.as_ref().and_then(|next| next(answer))))
    }
}

/// What a status says of an address that was only asked whether it is there. Many systems know no other call than the one that
/// they serve, so most refusals say nothing.
fn reached(answer: &Answer<'_>) -> Result<String, String> {
    let status = answer.status;
    match status {
        300..=399 => {
            Err(format!("it leads elsewhere (status {status}), and nothing follows: write the address where it ends"))
        }
        502..=504 => Err(format!("nothing serves it now (status {status})")),
        404 | 410 => Ok(format!("somebody answers, with status {status}: is the path right? (nothing was sent)")),
        _ => Ok("somebody answers (nothing was sent)".to_owned()),
    }
}

/// What a platform answered.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The header `Retry-After` in seconds.
    pub retry_after: Option<u64>,
    /// The body, at most some 64 KB of it.
    pub body: &'a [u8],
}

impl Answer<'_> {
    /// The body as JSON; `null` where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(self.body).unwrap_or_default()
    }

    /// What the header says about when to come again.
    pub fn after(&self) -> Option<Span> {
        self.retry_after.map(|seconds| Span::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000)))
    }

    /// What an answer says of a check, where all is well if the status says so: at `names` it says who we are, at `wrong` what is wrong.
    ///
    /// # Errors
    ///
    /// What is wrong.
    pub fn verdict(&self, wrong: &[&str], names: &[&str]) -> Result<String, String> {
        let body = self.json();
        let at = wrong.iter().fold(&body, |value, key| &value[*key]);
        if (200..300).contains(&self.status) && at.is_null() {
            let word = |key: &&str| body[*key].as_str().map(str::to_owned);
            return Ok(names.iter().find_map(word).unwrap_or_else(|| "known".to_owned()));
        }
        Err(at
            .as_str()
            .map_or_else(|| format!("status {}", self.status), |said| format!("{said} (status {})", self.status)))
    }

    /// What a status means where the platform has said nothing better.
    pub fn by_status(&self) -> Outcome {
        match self.status {
            200..=299 => Outcome::Sent { id: None },
            408 | 425 | 429 | 500..=599 => {
                Outcome::Later { after: self.after(), why: format!("status {}", self.status) }
            }
            401 => Outcome::Never(Undeliverable::new(
                UndeliverableBecause::Credentials,
                "the platform does not know our key (401)",
            )),
            status => Outcome::Never(Undeliverable::new(
                UndeliverableBecause::Refused,
                format!("the platform refused it ({status})"),
            )),
        }
    }
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The platform took it.
    Sent {
        /// Its id of the message.
        id: Option<String>,
    },
    /// Not now.
    Later {
        /// When to try again, if the platform says.
        after: Option<Span>,
        /// Why, for logs.
        why: String,
    },
    /// Not ever.
    Never(Undeliverable),
    /// The chat has another id from now on: the same call goes there.
    Moved {
        /// Which.
        to: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing(labels: &[&str]) -> Outgoing {
        let button = |label: &&str| OutgoingButton { label: (*label).to_owned(), payload: String::new() };
        Outgoing { text: "Which one?".into(), buttons: labels.iter().map(button).collect(), ..Outgoing::default() }
    }

    #[test]
    fn buttons_become_numbered_lines_unless_numbers_would_mislead() {
        assert_eq!(outgoing(&["Lamp", "Sofa"]).numbered(), "Which one?\n\n1. Lamp\n2. Sofa");
        assert_eq!(outgoing(&["2 chairs", "4 chairs"]).numbered(), "Which one?\n\n• 2 chairs\n• 4 chairs");
        assert_eq!(outgoing(&[]).numbered(), "Which one?");
        let words = ButtonWords { by_number: "Answer with a number.".into(), ..ButtonWords::default() };
        let told = |labels: &[&str]| Outgoing { words: words.clone(), ..outgoing(labels) }.numbered();
        assert_eq!(told(&["Lamp", "Sofa"]), "Which one?\n\n1. Lamp\n2. Sofa\n\nAnswer with a number.");
        assert_eq!(
            told(&["2 chairs"]),
            "Which one?\n\n• 2 chairs",
            "where numbers would mislead, labels are the answers"
        );
        assert_eq!(told(&[]), "Which one?");
    }

    #[test]
    fn a_call_shows_no_secret() {
        let call =
            ApiCall::json("sendMessage", "https://api.example/bot1:SECRET/sendMessage", &serde_json::json!("TEXT"))
                .header("Authorization", "Bearer SECRET");
        assert_eq!(format!("{call:?}"), "ApiCall { name: \"sendMessage\", .. }");
    }

    #[test]
    fn a_status_alone_says_whether_to_come_again() {
        let of = |status, retry_after| Answer { status, retry_after, body: b"" }.by_status();
        assert_eq!(of(201, None), Outcome::Sent { id: None });
        assert!(matches!(of(429, Some(7)), Outcome::Later { after: Some(span), .. } if span == Span::seconds(7)));
        assert!(matches!(of(503, None), Outcome::Later { after: None, .. }));
        assert!(matches!(
            of(401, None),
            Outcome::Never(Undeliverable { reason: UndeliverableBecause::Credentials, .. })
        ));
        assert!(matches!(of(404, None), Outcome::Never(Undeliverable { reason: UndeliverableBecause::Refused, .. })));
    }
}
