//! Twilio: SMS, and WhatsApp by way of it. A conversation belongs to the number that was written to. Facts:
//! <https://www.twilio.com/docs/messaging>.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::channel::inbound::{form, is_form};
use crate::channel::link;
use crate::channel::pieces::pieces;
use crate::channel::{
    Answer, ApiCall, AppLink, Channel, Check, Delivery, Fetch, Given, Inbound, Kind, LinkCode, Outcome, Outgoing,
    Receipts, Received, Rejected, Reply, Sender, Traits, Update, Vouched, What, proof,
};
use crate::dialog::{Address, RemoteFile, RemoteKind, Undeliverable, UndeliverableBecause};
use crate::time::Span;

/// The kind.
pub(super) const KIND: Kind = Kind { name: "twilio", build };

/// Units of a message.
const TEXT_MAX: usize = 1_600;

/// Bytes of a delivery; Twilio's have a few thousand.
const BODY_MAX: usize = 64 * 1024;

/// Media of one message that are looked at.
const MEDIA_MAX: usize = 10;

/// Calls a second; numbers have limits of their own behind Twilio's queue.
const CALLS_PER_SECOND: u32 = 50;

/// How long after the visitor's last words something may be said to them on WhatsApp.
const WINDOW: Span = Span::hours(24);

/// What the names of people on WhatsApp begin with.
const WHATSAPP: &str = "whatsapp:";

/// Words that end all messages from a number to a phone (<https://help.twilio.com/articles/223134027>), without those that people
/// also say to a bot: CANCEL, END, QUIT.
const STOPS: [&str; 5] = ["STOP", "STOPALL", "UNSUBSCRIBE", "REVOKE", "OPTOUT"];

/// What Twilio reads where we have nothing to say at once.
const NOTHING: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";

struct Twilio {
    account_sid: String,
    token: String,
    api: String,
    /// Where Twilio tells what became of a message.
    status_url: String,
    /// A service that chooses the number; none means the number that was written to.
    service: Option<String>,
    /// The number that people see, with `whatsapp:` where it is on WhatsApp; links need it.
    phone: Option<String>,
}

impl std::fmt::Debug for Twilio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Twilio")
    }
}

fn build(given: &mut Given<'_>) -> Arc<dyn Channel> {
    Arc::new(Twilio {
        api: given.api("https://api.twilio.com"),
        account_sid: given.needed("account_sid", "the account's SID (AC…)"),
        token: given.secret("token", "the account's auth token"),
        service: given.text("messaging_service_sid"),
        phone: given.phone("phone"),
        status_url: given.webhook_url(),
    })
}

type Pairs = Vec<(String, String)>;

impl Twilio {
    /// Whether the signature fits the address and the parameters. The address counts with and without the port that is usual.
    fn is_proved(&self, delivery: &Delivery<'_>, pairs: &Pairs, is_form: bool) -> bool {
        let Some(given) = delivery.header("x-twilio-signature") else { return false };
        let hash = delivery.query("bodySHA256");
        if let Some(hash) = &hash {
            let own: [u8; 32] = Sha256::digest(delivery.body).into();
            if !proof::is_hex(hash, &own) {
                return false;
            }
        } else if !is_form && !delivery.body.is_empty() {
            // Nothing would prove the body.
            return false;
        }
        let mut sorted: BTreeMap<&str, std::collections::BTreeSet<&str>> = BTreeMap::new();
        for (name, value) in pairs.iter().filter(|_| hash.is_none()) {
            sorted.entry(name).or_default().insert(value);
        }
        let signed: String =
            sorted.iter().flat_map(|(name, values)| values.iter().flat_map(move |value| [*name, *value])).collect();
        let fits = |url: &String| {
            let expected = proof::sha1(self.token.as_bytes(), &[url.as_bytes(), signed.as_bytes()]);
            proof::is_base64(given, &expected)
        };
        // All are computed, so that the time does not tell which one was right.
        addresses(delivery.url).iter().map(fits).fold(false, |any, one| any | one)
    }

    fn whom(&self, to: &Address) -> (&'static str, String) {
        match &self.service {
            Some(service) if !to.user.starts_with(WHATSAPP) => ("MessagingServiceSid", service.clone()),
            _ => ("From", to.chat.clone()),
        }
    }
}

impl Channel for Twilio {
    fn traits(&self) -> Traits {
        Traits { receipts: Receipts::OfMessages, buttons_max: 0, calls_per_second: CALLS_PER_SECOND }
    }

    fn checks(&self, _webhook_url: &str) -> Vec<Check> {
        let key = STANDARD.encode(format!("{}:{}", self.account_sid, self.token));
        let url = format!("{}/2010-04-01/Accounts/{}.json", self.api, self.account_sid);
        let verdict = |answer: &Answer<'_>| match answer.status {
            200..=299 => Ok(answer.json()["friendly_name"].as_str().unwrap_or("known").to_owned()),
            _ => answer.verdict(&["message"], &[]),
        };
        vec![Check::get("token", url, vec![("Authorization", format!("Basic {key}"))], verdict)]
    }

    fn by_hand(&self) -> Option<&'static str> {
        Some(
            "in Twilio's console, at the number or the WhatsApp sender: type the webhook's address for incoming messages (POST)",
        )
    }

    fn receive(&self, delivery: &Delivery<'_>) -> Result<Inbound, Rejected> {
        // Who has no signature, or sends more than Twilio ever does, is not worth the reading.
        if delivery.header("x-twilio-signature").is_none() || delivery.body.len() > BODY_MAX {
            return Err(Rejected::NoProof);
        }
        let kind = delivery.header("content-type").unwrap_or("application/x-www-form-urlencoded");
        let is_form = is_form(kind);
        let pairs = if is_form { form(delivery.body) } else { Pairs::new() };
        if delivery.get || !self.is_proved(delivery, &pairs, is_form) {
            return Err(Rejected::NoProof);
        }
        let reply = Reply { content_type: Some("text/xml"), body: NOTHING.to_owned() };
        let fields: BTreeMap<&str, &str> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let updates = match fields.get("MessageStatus").filter(|status| **status != "received") {
            Some(status) => receipt(status, &fields).into_iter().collect(),
            None => written(&fields),
        };
        Ok(Inbound { updates, reply, ..Inbound::default() })
    }

    fn window(&self, to: &Address) -> Option<Span> {
        to.user.starts_with(WHATSAPP).then_some(WINDOW)
    }

    fn render(&self, to: &Address, outgoing: &Outgoing) -> Result<Vec<ApiCall>, Undeliverable> {
        if to.user.starts_with(WHATSAPP) && outgoing.silent_for.is_some_and(|silent| silent > WINDOW) {
            let said = "more than 24 hours have passed since the visitor's last message";
            return Err(Undeliverable::new(UndeliverableBecause::Window, said));
        }
        let url = format!("{}/2010-04-01/Accounts/{}/Messages.json", self.api, self.account_sid);
        let key = STANDARD.encode(format!("{}:{}", self.account_sid, self.token));
        let call = |content: (&'static str, String)| {
            let mut pairs = vec![("To", to.user.clone()), self.whom(to), content];
            // Twilio refuses a message that wants its fate told where nobody can be reached.
            if self.status_url.starts_with("https://") {
                pairs.push(("StatusCallback", self.status_url.clone()));
            }
            ApiCall::form("Messages", url.as_str(), pairs).header("Authorization", format!("Basic {key}"))
        };
        let pictures = outgoing.pictures.iter().map(|picture| call(("MediaUrl", picture.url.clone())).optional());
        let texts = pieces(&outgoing.numbered(), TEXT_MAX).into_iter().map(|text| call(("Body", text)));
        Ok(pictures.chain(texts).collect())
    }

    fn outcome(&self, answer: &Answer<'_>) -> Outcome {
        let body = answer.json();
        if let (200..=299, Some(sid)) = (answer.status, body["sid"].as_str()) {
            return Outcome::Sent { id: Some(sid.to_owned()) };
        }
        let said = body["message"].as_str().unwrap_or_default();
        let Some(code) = body["code"].as_i64() else {
            return match answer.by_status() {
                Outcome::Sent { .. } => Outcome::Later { after: None, why: "an answer that is none".to_owned() },
                other => other,
            };
        };
        match code {
            20_429 | 14_107 | 21_611 => Outcome::Later { after: answer.after(), why: said.to_owned() },
            _ if answer.status >= 500 || answer.status == 429 => {
                Outcome::Later { after: answer.after(), why: said.to_owned() }
            }
            _ => Outcome::Never(Undeliverable::new(reason(code), format!("{said} ({code})"))),
        }
    }

    fn link(&self, code: &LinkCode) -> Option<AppLink> {
        let phone = self.phone.as_deref()?;
        Some(match phone.strip_prefix(WHATSAPP) {
            Some(phone) => link::whatsapp(phone, code),
            // Both of the ways in which phones find the text.
            None => AppLink::new("SMS", format!("sms:+{}?&body={}", link::digits(phone), code.as_str())),
        })
    }

    fn fetch(&self, reference: &str) -> Option<Fetch> {
        let url = reference.starts_with("https://").then(|| reference.to_owned())?;
        // The account's key goes to Twilio alone.
        let is_twilio = url.starts_with(&format!("{}/", self.api));
        let key = || STANDARD.encode(format!("{}:{}", self.account_sid, self.token));
        let headers = is_twilio.then(|| ("Authorization", format!("Basic {}", key())));
        Some(Fetch { url, headers: headers.into_iter().collect(), is_file: true })
    }
}

/// The address as it may have been signed: as it is, and with or without the port that is usual.
fn addresses(url: &str) -> Vec<String> {
    // What follows `#` tells Twilio how to call, and is not signed.
    let url = url.split('#').next().unwrap_or_default();
    let mut all = vec![url.to_owned()];
    for (scheme, port) in [("https://", ":443"), ("http://", ":80")] {
        let Some(rest) = url.strip_prefix(scheme) else { continue };
        let (host, path) = rest.find(['/', '?']).map_or((rest, ""), |at| rest.split_at(at));
        match host.strip_suffix(port) {
            Some(bare) => all.push(format!("{scheme}{bare}{path}")),
            None if !host.contains(':') => all.push(format!("{scheme}{host}{port}{path}")),
            None => {}
        }
    }
    all
}

fn reason(code: i64) -> UndeliverableBecause {
    match code {
        63_016 | 63_051 => UndeliverableBecause::Window,
        21_610 | 21_211 | 21_614 | 21_612 | 30_003 | 30_004 | 30_005 | 30_006 | 63_003 | 63_024 => {
            UndeliverableBecause::Blocked
        }
        20_003 | 20_404 | 20_006 => UndeliverableBecause::Credentials,
        _ => UndeliverableBecause::Refused,
    }
}

fn sender(fields: &BTreeMap<&str, &str>, user: &str, chat: &str) -> Option<Sender> {
    let (user, chat) = (fields.get(user)?, fields.get(chat)?);
    let phone = user.strip_prefix(WHATSAPP).unwrap_or(user);
    let facts = [("name", fields.get("ProfileName").copied()), ("phone", phone.starts_with('+').then_some(phone))];
    let facts = facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    Some(Sender {
        chat: (*chat).to_owned(),
        user: (*user).to_owned(),
        facts: facts.collect(),
        vouched: Vouched::phone(phone).filter(|_| phone.starts_with('+')).into_iter().collect(),
        ..Sender::default()
    })
}

fn written(fields: &BTreeMap<&str, &str>) -> Vec<Update> {
    let (Some(sid), Some(from)) = (fields.get("MessageSid"), sender(fields, "From", "To")) else { return Vec::new() };
    let text = |name: &str| fields.get(name).map(|text| text.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    let media: usize = fields.get("NumMedia").and_then(|count| count.parse().ok()).unwrap_or_default();
    let update = |id: String, what: What| Update::of(from.clone(), id, what);
    let on_whatsapp = from.user.starts_with(WHATSAPP);
    // Twilio itself answers these words, whether or not it says so.
    let word = text("Body").unwrap_or_default().to_ascii_uppercase();
    match text("OptOutType").as_deref() {
        Some("STOP") => return vec![update((*sid).to_owned(), What::Left { at: None })],
        None if !on_whatsapp && media == 0 && STOPS.contains(&&*word) => {
            return vec![update((*sid).to_owned(), What::Left { at: None })];
        }
        Some(_) => return Vec::new(),
        None => {}
    }
    let press = |payload: &str, label: &str| {
        let label = text(label);
        Some(What::Press { payload: text(payload).or_else(|| label.clone())?, label })
    };
    if let Some(what) = press("ButtonPayload", "ButtonText").or_else(|| press("ListId", "ListTitle")) {
        return vec![update((*sid).to_owned(), what)];
    }
    if let (Some(latitude), Some(longitude)) = (text("Latitude"), text("Longitude")) {
        let words = Some(format!("{latitude}, {longitude}"));
        let file = RemoteFile { kind: RemoteKind::Location, reference: None, name: text("Label"), words };
        return vec![update((*sid).to_owned(), What::Media { file, caption: text("Body") })];
    }
    let mut caption = text("Body");
    let sent = (0..media.min(MEDIA_MAX)).filter_map(|number| {
        let reference = text(&format!("MediaUrl{number}"))?;
        let kind = kind(text(&format!("MediaContentType{number}")).as_deref(), &reference);
        let id = if number == 0 { (*sid).to_owned() } else { format!("{sid}/{number}") };
        let file = RemoteFile { kind, reference: Some(reference), name: None, words: None };
        Some(update(id, What::Media { file, caption: caption.take() }))
    });
    let sent: Vec<Update> = sent.collect();
    match caption {
        Some(words) if sent.is_empty() => vec![update((*sid).to_owned(), What::Text(words))],
        // An order, a card: WhatsApp has more than Twilio passes on.
        None if sent.is_empty() && on_whatsapp => {
            let file = RemoteFile { kind: RemoteKind::Unsupported, reference: None, name: None, words: None };
            vec![update((*sid).to_owned(), What::Media { file, caption: None })]
        }
        _ => sent,
    }
}

/// What kind of thing lies at an address: by its type, else by how the address ends.
fn kind(content_type: Option<&str>, url: &str) -> RemoteKind {
    let ending = url.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let by_ending = match &*ending {
        "jpg" | "jpeg" | "png" | "gif" | "webp" => "image",
        "mp4" | "3gp" | "mov" => "video",
        "mp3" | "ogg" | "amr" | "m4a" => "audio",
        _ => "file",
    };
    match content_type.and_then(|kind| kind.split('/').next()).unwrap_or(by_ending) {
        "image" => RemoteKind::Image,
        "video" => RemoteKind::Video,
        "audio" => RemoteKind::Audio,
        _ => RemoteKind::File,
    }
}

fn receipt(status: &str, fields: &BTreeMap<&str, &str>) -> Option<Update> {
    let received = match status {
        "delivered" => Received::Delivered,
        "read" => Received::Seen,
        "undelivered" | "failed" => {
            let code = fields.get("ErrorCode").and_then(|code| code.parse().ok()).unwrap_or_default();
            Received::Failed(Undeliverable::new(reason(code), format!("{status} ({code})")))
        }
        _ => return None,
    };
    let from = Sender { facts: Vec::new(), ..sender(fields, "To", "From")? };
    let messages = vec![(*fields.get("MessageSid")?).to_owned()];
    Some(Update { id: None, ..Update::of(from, "", What::Receipt { received, messages, until: None }) })
}
