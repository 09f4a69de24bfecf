//! The desk over a large archive: fills a data folder with conversations, makes the search index, and asks for pages as a browser
//! would, each figure beside its aim. `cargo bench --bench archive`, or with another number: `cargo bench --bench archive -- 20000`.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use frontdesk::bot::Bot;
use frontdesk::dialog::{Address, AgentRef, AssignedBy, ClosedBecause, Event, Filing, Message, RESOLVED_FOR, Recorded};
use frontdesk::engine::{Clock, Engine, Filter, FromEvents, Search, SearchIn, Settings, Site, codec};
use frontdesk::flow::{self, Priority, SourceFile};
use frontdesk::http::{self, App, HttpConfig};
use frontdesk::id::{AgentId, CommitId, ContactId, ConversationId, EventNo};
use frontdesk::store::transfer::Rebuild;
use frontdesk::store::{self, Append, Store, StreamId, Version};
use frontdesk::time::{Span, Time};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

const CONVERSATIONS: u64 = 100_000;
/// Of these the last are open.
const OPEN: u64 = 1_000;
const WRITERS: usize = 128;
const ASKED: u64 = 300;
const PAGE_MS_AIM: f64 = 100.0;

const BOT: &str = "
bot: { name: Shop, languages: [en, el, fa, fil, cy] }
queues: { desk: { target: 2m }, billing: {} }
intents:
  hours: { label: Opening hours, phrases: when are you open, answer: Always. }
";

/// What visitors say, in the languages that come first.
const SAID: [(&str, &[&str]); 5] = [
    (
        "en",
        &[
            "where is my order",
            "the lamp arrived broken and I want my money back",
            "do you deliver to Galway on Saturdays",
        ],
    ),
    (
        "el",
        &[
            "πού είναι η παραγγελία μου",
            "η λάμπα ήρθε σπασμένη και θέλω τα χρήματά μου πίσω",
            "στέλνετε στα Χανιά το Σάββατο",
        ],
    ),
    ("fa", &["سفارش من کجاست", "چراغ شکسته رسید و پولم را می‌خواهم", "آیا شنبه‌ها به شیراز می‌فرستید"]),
    (
        "fil",
        &[
            "nasaan na ang order ko",
            "sira ang lampara pagdating at gusto kong ibalik ang bayad",
            "naghahatid ba kayo sa Cebu",
        ],
    ),
    (
        "cy",
        &[
            "ble mae fy archeb",
            "roedd y lamp wedi torri ac rwyf am gael fy arian yn ôl",
            "ydych chi'n dosbarthu i Fangor",
        ],
    ),
];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let number = arguments.find_map(|argument| argument.parse().ok()).unwrap_or(CONVERSATIONS);
    // `cargo test --benches` calls this too, and is not the time for it.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(measure(number));
    runtime.shutdown_timeout(Duration::from_secs(1));
}

async fn measure(number: u64) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let began = Instant::now();
    let store = store::open(folder.path(), "the bench").unwrap();
    fill(&*store, number).await;
    println!(
        "{number} conversations in {:.1} s, {} MB on disk",
        began.elapsed().as_secs_f64(),
        megabytes(folder.path())
    );

    let search = folder.path().join("search");
    // As if the last conversation had begun just now: no deadline has passed.
    let clock = Clock::by_hand(began_at(number));
    let settings = Settings { clock, search: SearchIn::Folder(search.clone()), ..Settings::default() };
    let loaded = flow::load(&[SourceFile::new("bot.yaml", BOT)]);
    let bot = Arc::new(Bot::compile(loaded.program.expect("the bot is whole"), "1".to_owned()));
    let site = Site { id: "shop".into(), title: "Shop".to_owned(), bot, origins: Vec::new(), look: Default::default() };
    let began = Instant::now();
    let engine = Engine::start(Arc::clone(&store), vec![site], settings).unwrap();
    println!("start of the engine: {:.0} ms", began.elapsed().as_secs_f64() * 1e3);
    let began = Instant::now();
    let (_stop, stopping) = http::stop_signal();
    let router = http::router(&App::new(engine.clone(), HttpConfig::default(), stopping));
    let setup = json!({
        "token": engine.accounts().setup_token().unwrap(), "name": "Ada", "email": "ada@shop.test", "password": "a long password",
    });
    let cookie = log_in(&router, setup).await;
    let all = engine.accounts().list().remove(0);
    let asked = Search { filter: Filter { site: Some("shop".into()), ..Filter::default() }, ..Search::default() };
    while !engine.search(&all, &asked, 0, 1).is_ok_and(|found| found.whole) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let found = engine.search(&all, &asked, 0, 1).unwrap();
    println!(
        "search index: {} conversations in {:.1} s, {} MB on disk",
        found.total,
        began.elapsed().as_secs_f64(),
        megabytes(&search)
    );

    println!("\n{:<52} {:>8} {:>8}   aim p99 <= {PAGE_MS_AIM} ms", "page", "p50 ms", "p99 ms");
    let any = |step: u64| move |n: u64| (n.wrapping_mul(7_919) + step) % number;
    let first = any(1);
    ask(&router, &cookie, "a conversation, not read lately", |n| format!("/desk/c/{}", conversation(first(n)))).await;
    ask(&router, &cookie, "the same conversation again", |_| format!("/desk/c/{}", conversation(7))).await;
    ask(&router, &cookie, "the inbox", |_| "/desk".to_owned()).await;
    ask(&router, &cookie, "its live part", |_| "/desk/fragments/inbox".to_owned()).await;
    ask(&router, &cookie, "closed, a page", |_| "/desk?list=closed".to_owned()).await;
    ask(&router, &cookie, "closed, by a rare label", |_| "/desk?list=closed&label=refund".to_owned()).await;
    ask(&router, &cookie, "closed, in a language and queue", |_| {
        "/desk?list=closed&language=cy&queue=billing".to_owned()
    })
    .await;
    ask(&router, &cookie, "closed, what nothing fits", |_| "/desk?list=closed&channel=telegram".to_owned()).await;
    let order = any(3);
    ask(&router, &cookie, "search: an order number", |n| format!("/desk/search?q=AB{}", order(n))).await;
    ask(&router, &cookie, "search: three common words", |_| "/desk/search?q=lamp+arrived+broken".to_owned()).await;
    ask(&router, &cookie, "search: Greek, folded", |_| {
        "/desk/search?q=%CE%A0%CE%91%CE%A1%CE%91%CE%93%CE%93%CE%95%CE%9B%CE%99%CE%91".to_owned()
    })
    .await;
    ask(&router, &cookie, "search: the beginning of a word", |_| "/desk/search?q=gal".to_owned()).await;
    ask(&router, &cookie, "search: a name, by a label, since a day", |n| {
        format!("/desk/search?q=visitor{}&label=refund&from=2026-01-02", order(n))
    })
    .await;
    println!("\nmemory of the whole process: {} MB resident (the store's cache is part of it)", resident());
    engine.shutdown().await;
}

async fn ask(router: &Router, cookie: &str, what: &str, path: impl Fn(u64) -> String) {
    let mut took: Vec<Duration> = Vec::new();
    for n in 0..ASKED {
        let request = Request::get(path(n)).header(header::COOKIE, cookie);
        let began = Instant::now();
        let (status, _) = send(router, request, Body::empty()).await;
        took.push(began.elapsed());
        assert_eq!(status, 200, "{what}");
    }
    took.sort();
    let at = |part: f64| took[((took.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
    println!("{what:<52} {:>8.2} {:>8.2}", at(0.5), at(0.99));
}

async fn send(router: &Router, request: axum::http::request::Builder, body: Body) -> (u16, axum::http::HeaderMap) {
    let mut request = request.header(header::HOST, "localhost:8080").body(body).unwrap();
    request.extensions_mut().insert(ConnectInfo(std::net::SocketAddr::from(([127, 0, 0, 1], 50_000))));
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    axum::body::to_bytes(body, usize::MAX).await.unwrap();
    (parts.status.as_u16(), parts.headers)
}

async fn log_in(router: &Router, setup: Value) -> String {
    let request = Request::post("/api/agent/setup").header(header::CONTENT_TYPE, "application/json");
    let (status, headers) = send(router, request, Body::from(setup.to_string())).await;
    assert_eq!(status, 200);
    headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
}

/// Writes the conversations, each as one commit: what is read is the same as after many.
async fn fill(store: &dyn Store, number: u64) {
    let commits = (0..number).map(|n| async move {
        let stream = StreamId::Conversation("shop".into(), conversation(n));
        let events = events(n, number - n.min(number));
        let bytes: Vec<Vec<u8>> =
            events.iter().map(|recorded| codec::encode_event(recorded.at, &recorded.event).unwrap()).collect();
        let stored = bytes.iter().zip(&events).map(|(bytes, recorded)| store::Recorded {
            no: recorded.no,
            position: frontdesk::id::Position(0),
            bytes: bytes.clone(),
        });
        let rebuilt = FromEvents.rebuild(&stream, &stored.collect::<Vec<_>>()).unwrap();
        let commit = CommitId::from_uuid(Uuid::from_u128(u128::from(n)));
        let mut append = Append::new(stream, Version::NONE, commit, bytes, rebuilt.state);
        append.rows.put = rebuilt.rows;
        store.append(append).await.unwrap();
    });
    stream::iter(commits).buffer_unordered(WRITERS).for_each(|()| async {}).await;
}

fn conversation(n: u64) -> ConversationId {
    ConversationId::from_uuid(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + u128::from(n)))
}

/// What happened in a conversation. Of the last ones some wait, some have an agent, and the others are with the bot.
fn events(n: u64, left: u64) -> Vec<Recorded> {
    let (language, said) = SAID[usize::try_from(n).unwrap() % SAID.len()];
    let address = Address {
        site: "shop".into(),
        channel: if n.is_multiple_of(3) { "rest".into() } else { "web".into() },
        account: String::new(),
        chat: String::new(),
        user: format!("v{n}"),
    };
    let bob =
        AgentRef { id: AgentId::from_uuid(Uuid::from_u128(7 + u128::from(n % 20))), name: format!("Agent {}", n % 20) };
    let contact = ContactId::from_uuid(Uuid::from_u128(u128::from(n / 2)));
    let visitor = |text: String| Event::VisitorSaid { text, client: None, pressed: None };
    let bot =
        |text: &str| Event::BotSaid { message: Message { text: text.to_owned(), ..Message::default() }, at: None };
    let set = |slot: &str, value: String| Event::SlotSet {
        slot: slot.into(),
        said: value.clone(),
        value: value.into(),
        kind: None,
        from: Some(EventNo(3)),
        sensitive: false,
    };
    let mut all = vec![
        Event::Opened { address, contact, language: language.into(), page: None, earlier: 0 },
        bot("Hello! What can I do for you?"),
        visitor(format!("{} AB{n}", said[0])),
        set("contact.name", format!("Visitor{n} Tester")),
        set("contact.email", format!("visitor{n}@home.test")),
        bot("I am looking for it."),
        visitor(said[1].to_owned()),
    ];
    let closed = left > OPEN;
    if closed || left.is_multiple_of(5) {
        all.push(Event::HandoffRequested {
            queue: if n.is_multiple_of(4) { "billing".into() } else { "desk".into() },
            priority: if n.is_multiple_of(10) { Priority::High } else { Priority::Normal },
            reason: "The visitor wants a person.".to_owned(),
            closed: false,
            max_wait: None,
            closes: None,
        });
    }
    let at = began_at(n);
    if closed || left.is_multiple_of(10) {
        all.push(Event::Assigned { agent: bob.clone(), by: AssignedBy::Claim, entered: None, silent_after: None });
        all.push(Event::AgentSaid {
            agent: bob.clone(),
            text: "Let me look at that for you.".to_owned(),
            client: None,
        });
        all.push(visitor(said[2].to_owned()));
        all.push(Event::Noted { agent: bob.clone(), text: format!("Parcel {} is at the depot", n * 31) });
    }
    if n.is_multiple_of(500) {
        all.push(Event::Filed { agent: bob.clone(), change: Filing::Labelled { label: "Refund".to_owned() } });
    }
    if closed {
        all.push(Event::Resolved { agent: Some(bob), until: at + RESOLVED_FOR, by_visitor: false });
        all.push(Event::Closed { why: ClosedBecause::Resolved });
    }
    (1..).zip(all).map(|(no, event)| Recorded { no: EventNo(no), at, event }).collect()
}

/// When a conversation began.
fn began_at(n: u64) -> Time {
    Time(1_767_600_000_000) + Span::seconds(i64::try_from(n).unwrap() * 120)
}

fn megabytes(folder: &Path) -> u64 {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        bytes += if path.is_dir() { megabytes(&path) << 20 } else { entry.metadata().map_or(0, |file| file.len()) };
    }
    bytes >> 20
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) >> 10
}
