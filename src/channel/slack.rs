//! Slack: direct messages to the app, mentions of it in channels (answered in a thread), and buttons. Facts:
//! <https://docs.slack.dev/apis/events-api>.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::channel::inbound::{form, is_form};
use crate::channel::pieces::{pieces, shortened};
use crate::channel::{
    Answer, ApiCall, Channel, Check, Delivery, Fetch, Given, Inbound, Kind, Outcome, Outgoing, Receipts, Rejected,
    Sender, Traits, Update, What, proof,
};
use crate::dialog::{Address, RemoteFile, RemoteKind, Undeliverable, UndeliverableBecause};

/// The kind.
pub(super) const KIND: Kind = Kind { name: "slack", build };

/// Units of a message, of one with buttons, and of a button's label.
const TEXT_MAX: usize = 4_000;
const SECTION_MAX: usize = 3_000;
const LABEL_MAX: usize = 75;

/// Buttons of one row, and rows of one message beside its text.
const ROW_BUTTONS_MAX: usize = 25;
const ROWS_MAX: usize = 49;

/// A delivery that is older, or from that far ahead, is a recording.
const OLD_SECONDS: i64 = 300;

/// Stands in the place of a thread where somebody gave a command in a channel: only they see what we say there.
const COMMAND: &str = "command";

/// Calls a second, over all channels.
const CALLS_PER_SECOND: u32 = 20;

struct Slack {
    token: String,
    signing_secret: String,
    api: String,
}

impl std::fmt::Debug for Slack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slack")
    }
}

fn build(given: &mut Given<'_>) -> Arc<dyn Channel> {
    Arc::new(Slack {
        api: given.api("https://slack.com/api"),
        token: given.secret("token", "the bot's token (xoxb-…)"),
        signing_secret: given.secret("signing_secret", "the app's signing secret"),
    })
}

impl Slack {
    fn is_proved(&self, delivery: &Delivery<'_>) -> bool {
        let Some(at) = delivery.header("x-slack-request-timestamp") else { return false };
        let fresh = at.parse::<i64>().is_ok_and(|seconds| {
            delivery.now.0.saturating_div(1_000).saturating_sub(seconds).saturating_abs() <= OLD_SECONDS
        });
        let given = delivery.header("x-slack-signature").and_then(|value| value.strip_prefix("v0="));
        let expected = proof::sha256(self.signing_secret.as_bytes(), &[b"v0:", at.as_bytes(), b":", delivery.body]);
        fresh && given.is_some_and(|given| proof::is_hex(given, &expected))
    }
}

impl Channel for Slack {
    fn traits(&self) -> Traits {
        Traits { receipts: Receipts::None, buttons_max: ROW_BUTTONS_MAX * ROWS_MAX, calls_per_second: CALLS_PER_SECOND }
    }

    fn checks(&self, _webhook_url: &str) -> Vec<Check> {
        let call = ApiCall::form("auth.test", format!("{}/auth.test", self.api), Vec::new());
        let call = call.header("Authorization", format!("Bearer {}", self.token));
        let known = Check::call("token", call, |answer| {
            let body = answer.json();
            if body["ok"] == true {
                return Ok(body["user"].as_str().unwrap_or("known").to_owned());
            }
            Err(body["error"].as_str().map_or_else(|| format!("status {}", answer.status), str::to_owned))
        });
        vec![known]
    }

    fn by_hand(&self) -> Option<&'static str> {
        Some(
            "at api.slack.com: type the webhook's address under Event Subscriptions, Interactivity and (where you want one) Slash Commands, and subscribe the bot to \
             message.im and app_mention",
        )
    }

    fn receive(&self, delivery: &Delivery<'_>) -> Result<Inbound, Rejected> {
        if delivery.get || !self.is_proved(delivery) {
            return Err(Rejected::NoProof);
        }
        // Events come as JSON; buttons and commands as a form.
        if delivery.header("content-type").is_some_and(is_form) {
            let pairs = form(delivery.body);
            let field = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
            return match field("payload") {
                Some(payload) => {
                    let json = serde_json::from_str(payload)
                        .map_err(|error| Rejected::Malformed(format!("`payload` is not JSON: {error}")))?;
                    Ok(Inbound::of(pressed(&json)))
                }
                None => Ok(Inbound::of(command(&field).into_iter().collect())),
            };
        }
        let body = delivery.json()?;
        match body["type"].as_str() {
            Some("url_verification") => {
                let challenge = body["challenge"].as_str().unwrap_or_default();
                Ok(Inbound::reply("application/json", json!({ "challenge": challenge }).to_string()))
            }
            Some("event_callback") => Ok(Inbound::of(happened(&body))),
            _ => Ok(Inbound::default()),
        }
    }

    fn render(&self, to: &Address, outgoing: &Outgoing) -> Result<Vec<ApiCall>, Undeliverable> {
        let (channel, thread) = to.chat.split_once(':').map_or((to.chat.as_str(), None), |(one, two)| (one, Some(two)));
        let call = |mut body: Value| {
            body["channel"] = channel.into();
            let name = match thread {
                Some(COMMAND) => {
                    body["user"] = to.user.as_str().into();
                    "chat.postEphemeral"
                }
                Some(thread) => {
                    body["thread_ts"] = thread.into();
                    "chat.postMessage"
                }
                None => "chat.postMessage",
            };
            ApiCall::json(name, format!("{}/{name}", self.api), &body)
                .header("Authorization", format!("Bearer {}", self.token))
        };
        let picture = |picture: &crate::dialog::Picture| {
            let alt = shortened(&picture.alt, 2_000);
            call(json!({ "text": alt, "blocks": [{ "type": "image", "image_url": picture.url, "alt_text": alt }] }))
                .optional()
        };
        let mut calls: Vec<ApiCall> = outgoing.pictures.iter().map(picture).collect();
        let room = if outgoing.buttons.is_empty() { TEXT_MAX } else { SECTION_MAX };
        // What is escaped becomes longer: the room is measured before, so there is some to spare.
        let mut texts = pieces(&outgoing.text, room / 2);
        let last = texts.pop();
        calls.extend(texts.into_iter().map(|text| call(json!({ "text": escaped(&text) }))));
        let Some(text) = last.or_else(|| (!outgoing.buttons.is_empty()).then(|| outgoing.choose().to_owned())) else {
            return Ok(calls);
        };
        let text = escaped(&text);
        let mut body = json!({ "text": text });
        if !outgoing.buttons.is_empty() {
            let mut blocks = vec![json!({ "type": "section", "text": { "type": "mrkdwn", "text": text } })];
            let buttons: Vec<Value> = outgoing.buttons.iter().enumerate().map(button).collect();
            let rows = buttons.chunks(ROW_BUTTONS_MAX).take(ROWS_MAX);
            blocks.extend(rows.map(|row| json!({ "type": "actions", "elements": row })));
            body["blocks"] = blocks.into();
        }
        calls.push(call(body));
        Ok(calls)
    }

    fn outcome(&self, answer: &Answer<'_>) -> Outcome {
        let body = answer.json();
        if body["ok"] == true {
            let id = body["ts"].as_str().or_else(|| body["message_ts"].as_str());
            return Outcome::Sent { id: id.map(str::to_owned) };
        }
        let Some(error) = body["error"].as_str() else {
            return match answer.by_status() {
                Outcome::Sent { .. } => Outcome::Later { after: None, why: "an answer that is none".to_owned() },
                other => other,
            };
        };
        let never = |reason| Outcome::Never(Undeliverable::new(reason, error));
        match error {
            "ratelimited"
            | "rate_limited"
            | "internal_error"
            | "fatal_error"
            | "service_unavailable"
            | "request_timeout"
            | "team_added_to_org" => Outcome::Later { after: answer.after(), why: error.to_owned() },
            "invalid_auth" | "not_authed" | "token_revoked" | "token_expired" | "missing_scope"
            | "account_inactive" => never(UndeliverableBecause::Credentials),
            "channel_not_found" | "user_not_found" | "is_archived" | "not_in_channel" | "user_disabled" => {
                never(UndeliverableBecause::Blocked)
            }
            _ => never(UndeliverableBecause::Refused),
        }
    }

    fn fetch(&self, reference: &str) -> Option<Fetch> {
        // The key goes to Slack alone: what somebody shares from elsewhere lies on a host of their choice.
        let url = is_slacks(reference, &self.api).then(|| reference.to_owned())?;
        Some(Fetch { url, headers: vec![("Authorization", format!("Bearer {}", self.token))], is_file: true })
    }
}

/// Whether an address is one of Slack's own.
fn is_slacks(url: &str, api: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else { return url.starts_with(&format!("{api}/")) };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    let ours = |domain: &str| host == domain || host.strip_suffix(domain).is_some_and(|sub| sub.ends_with('.'));
    ours("slack.com") || ours("slack-gov.com") || url.starts_with(&format!("{api}/"))
}

fn button((number, button): (usize, &crate::channel::OutgoingButton)) -> Value {
    json!({
        "type": "button", "action_id": format!("fd{number}"), "value": button.payload,
        "text": { "type": "plain_text", "text": shortened(&button.label, LABEL_MAX), "emoji": true },
    })
}

/// What Slack would read as its own signs.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The chat of an event: the channel, and in rooms of many the thread.
fn chat(channel: &str, direct: bool, thread: Option<&str>, ts: &str) -> String {
    match thread {
        Some(thread) => format!("{channel}:{thread}"),
        None if direct => channel.to_owned(),
        None => format!("{channel}:{ts}"),
    }
}

fn happened(body: &Value) -> Vec<Update> {
    let event = &body["event"];
    let mention = event["type"] == "app_mention";
    let subtype = event["subtype"].as_str();
    // Of a message with replies a tombstone stays.
    if subtype == Some("message_deleted") || event["message"]["subtype"] == "tombstone" {
        return deleted(event).into_iter().collect();
    }
    let by_a_bot = event["bot_id"].is_string() || event["bot_profile"].is_object();
    let said = matches!(subtype, None | Some("file_share" | "thread_broadcast"));
    if by_a_bot || !said || !(mention || event["type"] == "message") {
        return Vec::new();
    }
    let (Some(user), Some(channel), Some(ts)) =
        (event["user"].as_str(), event["channel"].as_str(), event["ts"].as_str())
    else {
        return Vec::new();
    };
    // Whoever installed the app stands there too, and is a person.
    let authorized = body["authorizations"].as_array().into_iter().flatten();
    let ours: Vec<&str> =
        authorized.filter(|one| one["is_bot"] == true).filter_map(|one| one["user_id"].as_str()).collect();
    if ours.contains(&user) {
        return Vec::new();
    }
    let direct = event["channel_type"] == "im" || channel.starts_with('D');
    let chat = chat(channel, direct, event["thread_ts"].as_str(), ts);
    let from = Sender { chat, user: user.to_owned(), ..Sender::default() };
    let written = event["text"].as_str().unwrap_or_default();
    let text = readable(written, mention, &ours);
    // In a room that many share, what begins with somebody else's name is said to them.
    let to_another = !direct && !mention && written.trim_start().starts_with("<@") && text.starts_with('@');
    if to_another {
        return Vec::new();
    }
    let files: Vec<&Value> = event["files"].as_array().into_iter().flatten().collect();
    let update = |id: String, what: What| Update { if_open: !direct && !mention, ..Update::of(from.clone(), id, what) };
    if files.is_empty() {
        // Who only calls us wants to begin.
        let begins = (text.is_empty() && mention).then_some(What::Start);
        let what = begins.or_else(|| (!text.is_empty()).then_some(What::Text(text)));
        return what.map(|what| update(ts.to_owned(), what)).into_iter().collect();
    }
    let mut caption = Some(text).filter(|text| !text.is_empty());
    let sent = files.into_iter().enumerate().map(|(number, file)| {
        let kind = match file["mimetype"].as_str().and_then(|kind| kind.split('/').next()) {
            Some("image") => RemoteKind::Image,
            Some("video") => RemoteKind::Video,
            Some("audio") => RemoteKind::Audio,
            _ => RemoteKind::File,
        };
        let text = |key: &str| file[key].as_str().map(str::to_owned);
        let file = RemoteFile { kind, reference: text("url_private"), name: text("name"), words: None };
        let id = if number == 0 { ts.to_owned() } else { format!("{ts}/{number}") };
        update(id, What::Media { file, caption: caption.take() })
    });
    sent.collect()
}

/// Somebody deleted a message of theirs: Slack sends it along.
fn deleted(event: &Value) -> Option<Update> {
    let message = &event["previous_message"];
    let channel = event["channel"].as_str()?;
    let ts = event["deleted_ts"].as_str().or_else(|| message["ts"].as_str())?;
    let user = message["user"].as_str().filter(|_| !message["bot_id"].is_string())?;
    let direct = event["channel_type"] == "im" || channel.starts_with('D');
    let chat = chat(channel, direct, message["thread_ts"].as_str(), ts);
    let from = Sender { chat, user: user.to_owned(), ..Sender::default() };
    Some(Update::of(from, event["ts"].as_str().unwrap_or(ts), What::TakenBack { message: ts.to_owned() }))
}

/// A text as people read it: names, channels and links in words, and without the mention that called us.
fn readable(text: &str, mention: bool, ours: &[&str]) -> String {
    let mut rest = text;
    let mut plain = String::with_capacity(text.len());
    let mut first = true;
    while let Some(start) = rest.find('<') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let Some(end) = rest.find('>') else { break };
        let inside = &rest[1..end];
        rest = &rest[end + 1..];
        let (what, label) = inside.split_once('|').map_or((inside, None), |(what, label)| (what, Some(label)));
        let called =
            what.strip_prefix('@').filter(|user| ours.contains(user) || (mention && first && plain.trim().is_empty()));
        first = false;
        if called.is_some() {
            continue;
        }
        match what.chars().next() {
            Some('@') => plain.push_str(&format!("@{}", label.unwrap_or(&what[1..]))),
            Some('#') => plain.push_str(&format!("#{}", label.unwrap_or(&what[1..]))),
            Some('!') => plain.push_str(&format!("@{}", label.unwrap_or(&what[1..]).trim_start_matches('@'))),
            _ => match label {
                Some(label) if !is_of(what, label) => plain.push_str(&format!("{label} ({what})")),
                Some(label) => plain.push_str(label),
                None => plain.push_str(what),
            },
        }
    }
    plain.push_str(rest);
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").trim().to_owned()
}

/// Whether a link's words are its address, perhaps without how it begins.
fn is_of(link: &str, label: &str) -> bool {
    let bare = ["https://", "http://", "mailto:", "tel:"].iter().find_map(|start| link.strip_prefix(start));
    link == label || bare.is_some_and(|bare| bare.trim_end_matches('/') == label.trim_end_matches('/'))
}

fn pressed(payload: &Value) -> Vec<Update> {
    if payload["type"] != "block_actions" {
        return Vec::new();
    }
    let (Some(user), Some(channel)) = (payload["user"]["id"].as_str(), payload["channel"]["id"].as_str()) else {
        return Vec::new();
    };
    let message = &payload["message"];
    let ts = message["ts"].as_str().or_else(|| payload["container"]["message_ts"].as_str()).unwrap_or_default();
    let direct = channel.starts_with('D');
    // What only they see is no message of the channel.
    let unseen = payload["container"]["is_ephemeral"] == true && !direct;
    let thread = if unseen { Some(COMMAND) } else { message["thread_ts"].as_str() };
    let chat = chat(channel, direct, thread, ts);
    let actions = payload["actions"].as_array().into_iter().flatten();
    let press = |action: &Value| {
        // A button that leads somewhere is only told of.
        let (data, label) = chosen(action).filter(|_| action["url"].is_null())?;
        let from = Sender { chat: chat.clone(), user: user.to_owned(), ..Sender::default() };
        let id = format!("{}/{}", action["action_ts"].as_str()?, action["action_id"].as_str().unwrap_or_default());
        Some(Update::of(from, id, What::Press { payload: data, label }))
    };
    actions.filter_map(press).collect()
}

/// What was chosen, and what it says.
fn chosen(action: &Value) -> Option<(String, Option<String>)> {
    let option = &action["selected_option"];
    let one = if option.is_object() { option } else { action };
    let text = |one: &Value| one["text"]["text"].as_str().map(str::to_owned);
    if let Some(all) = action["selected_options"].as_array() {
        let said = all.iter().filter_map(text).collect::<Vec<_>>().join(", ");
        return (!said.is_empty()).then(|| (said.clone(), Some(said)));
    }
    let day = ["selected_date", "selected_time"].iter().find_map(|key| action[*key].as_str());
    let label = text(one).or_else(|| day.map(str::to_owned));
    let data = one["value"].as_str().map(str::to_owned).or_else(|| label.clone())?;
    Some((data, label))
}

/// A slash command: words to us, or a beginning where there are none. In a channel nobody else sees it, nor our answer.
fn command<'a>(field: &impl Fn(&str) -> Option<&'a str>) -> Option<Update> {
    field("command")?;
    let channel = field("channel_id")?;
    let thread = (!channel.starts_with('D')).then_some(COMMAND);
    let from =
        Sender { chat: chat(channel, true, thread, ""), user: field("user_id")?.to_owned(), ..Sender::default() };
    let text = field("text").unwrap_or_default().trim();
    let what = if text.is_empty() { What::Start } else { What::Text(text.to_owned()) };
    Some(Update::of(from, field("trigger_id")?, what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn slack_signs_become_words() {
        for (text, mention, expected) in [
            ("<@U0> where is it?", true, "where is it?"),
            ("hello <@U0>, is <@U7|ann> there?", false, "hello , is @ann there?"),
            (
                "see <https://a.example/x|our page> and <https://b.example>",
                false,
                "see our page (https://a.example/x) and https://b.example",
            ),
            ("<http://b.example|b.example> or <mailto:a@b.example|a@b.example>", false, "b.example or a@b.example"),
            ("ask <!subteam^S1|@team>", false, "ask @team"),
            ("1 &lt; 2 &amp;&amp; &gt;", false, "1 < 2 && >"),
            ("in <#C1|general> <!here>", false, "in #general @here"),
            ("a < b", false, "a < b"),
        ] {
            assert_eq!(readable(text, mention, &["U0"]), expected);
        }
        assert_eq!(escaped("<!channel> & co"), "&lt;!channel&gt; &amp; co");
    }

    #[test]
    fn the_key_goes_to_slack_alone() {
        for (url, slacks) in [
            ("https://files.slack.com/files-pri/T1-F1/lamp.png", true),
            ("https://slack.com/x", true),
            ("https://FILES.slack.com/x", true),
            ("https://evilslack.com/x", false),
            ("https://slack.com.evil.example/x", false),
            ("https://slack.com@evil.example/x", false),
            ("https://evil.example/?https://files.slack.com/", false),
            ("http://files.slack.com/x", false),
        ] {
            assert_eq!(is_slacks(url, "https://slack.com/api"), slacks, "{url}");
        }
    }

    #[test]
    fn an_old_delivery_is_refused_in_both_directions() {
        let slack =
            Slack { token: "t".into(), signing_secret: "8f742231b10e8888abcd99yyyzzz85a5".into(), api: String::new() };
        let body = b"{}";
        let signature = |at: &str| {
            let bytes = proof::sha256(slack.signing_secret.as_bytes(), &[b"v0:", at.as_bytes(), b":", body]);
            format!("v0={}", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        };
        for (offset, accepted) in [(0, true), (299, true), (301, false), (-299, true), (-301, false)] {
            let at = (1_000_000 + offset).to_string();
            let signed = signature(&at);
            let header = |name: &str| match name {
                "x-slack-request-timestamp" => Some(at.as_str()),
                "x-slack-signature" => Some(signed.as_str()),
                _ => None,
            };
            let delivery = Delivery { get: false, url: "", body, header: &header, now: Time(1_000_000_000) };
            assert_eq!(slack.is_proved(&delivery), accepted, "{offset} s");
        }
    }
}
