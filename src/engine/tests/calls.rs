//! Calls: made after their commit, repeated only where that does no harm, settled after a restart.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::troubled::{Troubled, brings_result};
use super::*;
use crate::dialog::CallOutcome;
use crate::store::{AppendError, Settle};

/// A service that notes what it was asked, fails a few times first, and may keep its caller waiting.
#[derive(Default)]
struct Fake {
    asked: Mutex<Vec<(String, String, String)>>,
    failures: AtomicUsize,
    gate: Option<tokio::sync::Semaphore>,
    body: String,
}

/// Reads one request, notes it, and answers. Only `http` knows a server, so this one is by hand.
async fn answer(fake: &Fake, mut stream: TcpStream) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        stream.read_buf(&mut bytes).await?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = header(head, "content-length").parse().unwrap_or(0);
        if body.len() >= length {
            break (head.to_owned(), body.to_owned());
        }
    };
    assert_eq!(header(&head, "x-key"), "swordfish");
    let method = head.split(' ').next().unwrap().to_owned();
    fake.asked.lock().unwrap().push((method, header(&head, "idempotency-key"), body));
    if let Some(gate) = &fake.gate {
        gate.acquire().await.unwrap().forget();
    }
    let fails = fake.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
    let (status, body) = if fails { ("503 Busy", "") } else { ("200 OK", fake.body.as_str()) };
    let reply = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    stream.write_all(reply.as_bytes()).await
}

fn header(head: &str, name: &str) -> String {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let found = lines.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

async fn serve(fake: Fake) -> (String, Arc<Fake>) {
    let fake = Arc::new(fake);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}", listener.local_addr().unwrap());
    let served = Arc::clone(&fake);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let fake = Arc::clone(&served);
            // A caller that has gone away is not this server's mistake.
            tokio::spawn(async move { drop(answer(&fake, stream).await) });
        }
    });
    (at, fake)
}

fn outcomes(shop: &Shop, id: ConversationId) -> Vec<CallOutcome> {
    let outcome = |recorded: Recorded| match recorded.event {
        Event::CallDone { outcome, .. } => Some(outcome),
        _ => None,
    };
    shop.events(id).into_iter().filter_map(outcome).collect()
}

fn rows(shop: &Shop) -> usize {
    shop.store.scan(Space::Outbox, "call/", None, 10).unwrap().len()
}

#[tokio::test]
async fn a_call_is_made_once_stored_and_its_reply_goes_on() {
    let (at, fake) = serve(Fake { body: "{\"left\":3}".to_owned(), ..Fake::default() }).await;
    let shop = Shop::with_services(&at);
    let done = shop.says("zoe", "charge").await;
    let id = done.conversation;
    let called = done.events.iter().find(|recorded| matches!(recorded.event, Event::Called { .. })).unwrap().no;
    shop.until("the reply is there", || !outcomes(&shop, id).is_empty()).await;
    let saved = |recorded: &Recorded| match &recorded.event {
        Event::SlotSet { value, .. } => Some(value.clone()),
        _ => None,
    };
    let saved: Vec<_> = shop.events(id).iter().filter_map(saved).collect();
    assert_eq!(saved, [serde_json::json!({"left": 3})]);
    assert!(shop.bot_said(id).contains(&"charged".to_owned()));
    let asked = fake.asked.lock().unwrap().clone();
    assert_eq!(asked, [("POST".to_owned(), format!("{id}-{called}"), "{\"item\":\"lamp\"}".to_owned())]);
    assert_eq!(rows(&shop), 0, "the row went with the result");
    shop.audit().await;
}

#[tokio::test]
async fn a_get_is_tried_again_and_a_post_is_not() {
    for (words, tries, said) in [("stock", 3, "in stock"), ("charge", 1, "not charged")] {
        let (at, fake) = serve(Fake { failures: AtomicUsize::new(2), body: "{}".to_owned(), ..Fake::default() }).await;
        let shop = Shop::with_services(&at);
        let id = shop.says("zoe", words).await.conversation;
        shop.until("the result is there", || !outcomes(&shop, id).is_empty()).await;
        assert_eq!(fake.asked.lock().unwrap().len(), tries, "{words}");
        assert!(shop.bot_said(id).contains(&said.to_owned()), "{words}: {:?}", shop.bot_said(id));
        shop.audit().await;
    }
}

#[tokio::test]
async fn a_reply_that_is_too_large_or_a_service_that_is_not_there_fails_clearly() {
    let (at, _) = serve(Fake { body: "x".repeat(20_000), ..Fake::default() }).await;
    // What is kept is JSON, and there each of these takes six bytes.
    let (controls, _) = serve(Fake { body: "\u{1}".repeat(12_000), ..Fake::default() }).await;
    for (services, says) in [(&*at, "16 KB"), (&*controls, "16 KB"), ("http://127.0.0.1:9", "reached")] {
        let shop = Shop::with_services(services);
        let id = shop.says("zoe", "charge").await.conversation;
        shop.until("the result is there", || !outcomes(&shop, id).is_empty()).await;
        let CallOutcome::Error(why) = &outcomes(&shop, id)[0] else { panic!("{:?}", outcomes(&shop, id)) };
        assert!(why.contains(says), "{why}");
        shop.audit().await;
    }
}

/// A crash in the middle of a call: the engine is stopped while the service still thinks, and its result is lost.
async fn crash_during(words: &str) -> (Shop, ConversationId, Arc<Fake>) {
    let gate = Some(tokio::sync::Semaphore::new(0));
    let (at, fake) = serve(Fake { gate, body: "{}".to_owned(), ..Fake::default() }).await;
    let shop = Shop::on_disk(&at);
    let folder = tempfile::tempdir().unwrap();
    let id = shop.says("zoe", words).await.conversation;
    let waiting = async {
        while fake.asked.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("the service is asked");
    // The files as they are now are what a crash leaves.
    copy(shop.folder.as_ref().unwrap().path(), folder.path());
    fake.gate.as_ref().unwrap().add_permits(100);
    let store = open(folder.path());
    (Shop::start(store, Clock::by_hand(START), at, Some(folder)), id, fake)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[tokio::test]
async fn after_a_crash_a_get_is_asked_again() {
    let (shop, id, fake) = crash_during("stock").await;
    shop.until("the result is there", || !outcomes(&shop, id).is_empty()).await;
    assert!(shop.bot_said(id).contains(&"in stock".to_owned()));
    assert!(fake.asked.lock().unwrap().len() >= 2);
    shop.audit().await;
}

#[tokio::test]
async fn after_a_crash_the_outcome_of_a_post_is_unknown_and_it_is_not_repeated() {
    let (shop, id, fake) = crash_during("charge").await;
    shop.until("the result is there", || !outcomes(&shop, id).is_empty()).await;
    assert_eq!(outcomes(&shop, id), [CallOutcome::Unknown]);
    assert!(shop.bot_said(id).contains(&"not charged".to_owned()));
    assert_eq!(fake.asked.lock().unwrap().len(), 1);
    assert_eq!(rows(&shop), 0);
    shop.audit().await;
}

#[tokio::test]
async fn a_result_that_nobody_awaits_any_more_is_recorded_and_ignored() {
    let gate = Some(tokio::sync::Semaphore::new(0));
    let (at, fake) = serve(Fake { gate, body: "{}".to_owned(), ..Fake::default() }).await;
    let shop = Shop::with_services(&at);
    let id = shop.says("zoe", "stock").await.conversation;
    let held = shop.says("zoe", "hello").await;
    assert!(held.events.iter().any(|recorded| matches!(recorded.event, Event::Held { .. })));
    shop.says("zoe", bot::PERSON).await;
    fake.gate.as_ref().unwrap().add_permits(100);
    shop.until("the result is there", || !outcomes(&shop, id).is_empty()).await;
    let awaited = |recorded: &Recorded| matches!(recorded.event, Event::CallDone { awaited: true, .. });
    assert!(!shop.events(id).iter().any(awaited));
    assert!(!shop.bot_said(id).contains(&"in stock".to_owned()));
    assert_eq!(shop.store.settle(Settle::default()).await, Ok(0));
    shop.audit().await;
}

#[tokio::test]
async fn a_store_that_is_busy_for_long_loses_neither_a_call_nor_its_result() {
    let (at, fake) = serve(Fake { body: "{}".to_owned(), ..Fake::default() }).await;
    let (marks, results) = (AtomicUsize::new(3), Arc::new(AtomicUsize::new(30)));
    let busy = |left: &AtomicUsize| {
        let more = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        more.then_some(AppendError::Busy(4_096))
    };
    let left = Arc::clone(&results);
    let troubled = Troubled {
        settle: Box::new(move |settle| if settle.retry.is_empty() { None } else { busy(&marks) }),
        append: Box::new(move |append| if brings_result(append) { busy(&left) } else { None }),
        ..Troubled::new(store::memory().unwrap())
    };
    let shop = troubled.shop(Clock::by_hand(START), &at);
    let id = shop.says("zoe", "charge").await.conversation;
    shop.until_in_time("the result is there", || results.load(Ordering::SeqCst) == 0 && rows(&shop) == 0).await;
    shop.until_in_time("it is recorded", || outcomes(&shop, id).len() == 2).await;
    let recorded = outcomes(&shop, id);
    assert_eq!(recorded[0], CallOutcome::Timeout, "the visitor did not wait so long");
    assert!(matches!(recorded[1], CallOutcome::Reply(_)), "and the truth is recorded all the same");
    assert_eq!(fake.asked.lock().unwrap().len(), 1);
    shop.audit().await;
}

#[tokio::test]
async fn a_reply_that_does_not_fit_into_its_conversation_fails_and_the_flow_goes_on() {
    let (at, _) = serve(Fake { body: "{}".to_owned(), ..Fake::default() }).await;
    let too_large = |append: &store::Append| {
        let says = |words: &str| append.events.iter().any(|event| String::from_utf8_lossy(event).contains(words));
        let fits = !brings_result(append) || says("\"error\"");
        (!fits).then_some(AppendError::TooLarge { what: "the commit", size: 70_000, max: 65_536 })
    };
    let troubled = Troubled { append: Box::new(too_large), ..Troubled::new(store::memory().unwrap()) };
    let shop = troubled.shop(Clock::by_hand(START), &at);
    let id = shop.says("zoe", "charge").await.conversation;
    shop.until("the result is there", || !outcomes(&shop, id).is_empty()).await;
    let CallOutcome::Error(why) = &outcomes(&shop, id)[0] else { panic!("{:?}", outcomes(&shop, id)) };
    assert!(why.contains("fit"), "{why}");
    assert!(shop.bot_said(id).contains(&"not charged".to_owned()));
    shop.audit().await;
}

#[tokio::test]
async fn a_call_without_a_result_ends_by_its_deadline() {
    let gate = Some(tokio::sync::Semaphore::new(0));
    let (at, fake) = serve(Fake { gate, body: "{}".to_owned(), ..Fake::default() }).await;
    let shop = Shop::with_services(&at);
    let id = shop.says("zoe", "charge").await.conversation;
    let asked = || fake.asked.lock().unwrap().len();
    let waiting = async {
        while asked() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("the service is asked");
    // Twice the timeout of ten seconds, and half a minute.
    shop.clock.advance(Span::seconds(49));
    shop.says("zoe", "hello").await;
    assert_eq!(outcomes(&shop, id), []);
    shop.clock.advance(Span::seconds(1));
    shop.until("the flow goes on", || shop.bot_said(id).contains(&"not charged".to_owned())).await;
    assert_eq!((outcomes(&shop, id), rows(&shop)), (vec![CallOutcome::Timeout], 0));
    assert!(shop.bot_said(id).contains(&"hello from bot 1".to_owned()), "what came meanwhile is decided now");
    fake.gate.as_ref().unwrap().add_permits(1);
    shop.until("the late result is recorded", || outcomes(&shop, id).len() == 2).await;
    assert!(!shop.bot_said(id).contains(&"charged".to_owned()));
    shop.audit().await;
}

#[tokio::test]
async fn a_call_that_could_not_be_made_in_time_is_not_made_behind_the_visitors_back() {
    let (at, fake) = serve(Fake { body: "{}".to_owned(), ..Fake::default() }).await;
    let busy = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let still = Arc::clone(&busy);
    let settle = move |settle: &Settle| {
        let refused = still.load(Ordering::SeqCst) && !settle.retry.is_empty();
        refused.then_some(AppendError::Busy(4_096))
    };
    let troubled = Troubled { settle: Box::new(settle), ..Troubled::new(store::memory().unwrap()) };
    let shop = troubled.shop(Clock::by_hand(START), &at);
    let id = shop.says("zoe", "charge").await.conversation;
    shop.until_in_time("the flow goes on", || shop.bot_said(id).contains(&"not charged".to_owned())).await;
    busy.store(false, Ordering::SeqCst);
    shop.until_in_time("nothing is under way", || shop.engine.0.flight.is_empty()).await;
    assert_eq!(fake.asked.lock().unwrap().len(), 0);
    assert_eq!(outcomes(&shop, id), [CallOutcome::Timeout]);
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_a_late_deadline_begins_is_made_once() {
    let (at, fake) = serve(Fake { body: "{}".to_owned(), ..Fake::default() }).await;
    let shop = Shop::with_services(&at);
    let id = shop.says("zoe", "charge later").await.conversation;
    shop.engine.shutdown().await;
    shop.clock.advance(Span::hours(2));
    let (store, runtime) = (Arc::clone(&shop.store), tokio::runtime::Handle::current());
    let (before, tasks) = (store.position(), runtime.metrics().num_alive_tasks());
    // Where tasks run already when the rows of calls are searched for, they are let go first.
    let scan = move |prefix: &str| {
        while prefix == "call/" && runtime.metrics().num_alive_tasks() > tasks && store.position() == before {
            std::thread::yield_now();
        }
    };
    let troubled = Troubled { scan: Box::new(scan), ..Troubled::new(Arc::clone(&shop.store)) };
    let shop = troubled.shop(shop.clock.clone(), &at);
    shop.until("the result is there", || !outcomes(&shop, id).is_empty()).await;
    shop.until_in_time("nothing is under way", || shop.engine.0.flight.is_empty()).await;
    let asked = fake.asked.lock().unwrap().iter().filter(|(method, ..)| method == "POST").count();
    assert_eq!(asked, 1);
    shop.audit().await;
}

#[tokio::test]
async fn a_slow_service_is_asked_by_few_at_once_and_holds_up_no_other() {
    let gate = Some(tokio::sync::Semaphore::new(0));
    let (at, fake) = serve(Fake { gate, body: "{}".to_owned(), ..Fake::default() }).await;
    let shop = Shop::with_services(&at);
    let mut ids = Vec::new();
    for number in 0..40 {
        ids.push(shop.says(&format!("v{number}"), "stock").await.conversation);
    }
    let last = shop.says("zoe", "charge").await.conversation;
    let asked = |wanted: &str| fake.asked.lock().unwrap().iter().filter(|(method, ..)| method == wanted).count();
    let waiting = async {
        while asked("GET") < 16 || asked("POST") < 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("as many as may are asked");
    assert_eq!(asked("GET"), 16, "the others wait, although the call that came after them was made");
    // One that has its answer makes room for the next.
    ids.push(last);
    fake.gate.as_ref().unwrap().add_permits(41);
    shop.until("all have an answer", || ids.iter().all(|id| !outcomes(&shop, *id).is_empty())).await;
    assert!(ids.iter().all(|id| matches!(outcomes(&shop, *id)[0], CallOutcome::Reply(_))));
    shop.audit().await;
}

/// Takes a card, asked for or not, and charges it.
const CARDS: &str = r#"
bot: { name: Cards, languages: [en] }
intents:
  pay:
    phrases: I want to pay
entities:
  card: { pattern: '\d{16}', example: "4111111111111111", sensitive: true }
flows:
  pay:
    start_on: pay
    steps:
      - ask: Your card number?
        expect: card
        save_as: card
      - call: charge
        with: { card: "{{ card }}", words: "{{ message }}" }
        save_as: receipt
      - say: "Paid with {{ card }}."
      - ask: Anything to add?
        expect: text
        save_as: more
      - say: "You wrote: {{ more }} ({{ message }})"
services:
  charge: { post: "{{ env.SHOP }}/charge", headers: { X-Key: "{{ secret.KEY }}" }, sample: { number: 1 } }
"#;

#[tokio::test]
async fn a_sensitive_value_reaches_its_service_whole_and_stays_nowhere() {
    let gate = Some(tokio::sync::Semaphore::new(0));
    let (at, fake) = serve(Fake { gate, body: "{\"number\":7}".to_owned(), ..Fake::default() }).await;
    let shop = Shop::on_disk(&at);
    let loaded = crate::flow::load(&[crate::flow::SourceFile::new("bot.yaml", CARDS)]);
    let program = loaded.program.unwrap_or_else(|| panic!("{}", loaded.report));
    shop.engine.swap_bot(&"shop".into(), Arc::new(crate::bot::Bot::compile(program, "cards".to_owned())));
    let id = shop.says("zoe", "I want to pay").await.conversation;
    shop.says("zoe", "it is 4111 1111 1111 1111").await;
    assert_ne!(shop.state(id).clear, crate::dialog::Clear::default(), "kept while the flow runs");
    fake.gate.as_ref().unwrap().add_permits(100);
    shop.until("the result is there", || !outcomes(&shop, id).is_empty()).await;
    let asked = fake.asked.lock().unwrap().clone();
    let body: serde_json::Value = serde_json::from_str(&asked[0].2).unwrap();
    assert_eq!(body, serde_json::json!({ "card": "4111111111111111", "words": "it is 4111 1111 1111 1111" }));
    shop.until("the bot asks for more", || shop.bot_said(id).contains(&"Anything to add?".to_owned())).await;
    shop.says("zoe", "not 4111 1111 1111 1112").await;
    let said = shop.bot_said(id);
    assert!(said.contains(&"Paid with ••••.".to_owned()), "{said:?}");
    assert!(said.contains(&"You wrote: not •••• (not ••••)".to_owned()), "{said:?}");
    assert!(shop.state(id).tasks.is_empty());

    // The flow is over: neither the state nor anything that is kept for ever has it.
    let stream = store::StreamId::Conversation("shop".into(), id);
    let mut kept = shop.store.load(&stream).unwrap().unwrap().state;
    store::transfer::export(&*shop.store, &mut kept).unwrap();
    kept.extend(serde_json::to_vec(&shop.events(id)).unwrap());
    kept.extend(format!("{:?}", shop.state(id)).into_bytes());
    let kept = String::from_utf8(kept).unwrap();
    assert!(kept.contains("I want to pay") && kept.contains("••••"), "{kept}");
    let leak = kept.lines().find(|line| line.contains("41111111") || line.contains("4111 1111"));
    assert_eq!(leak, None);
    shop.audit().await;
}

#[tokio::test]
async fn what_services_need_and_lack_is_told_before_a_visitor_finds_it() {
    let start = |settings| Engine::start(store::memory().unwrap(), vec![site("shop")], settings).unwrap();
    let known = |name: &str| Some(name.to_owned());
    let lacking = start(Settings { env: Arc::new(known), ..Settings::default() });
    let missing = lacking.missing_settings();
    assert!(missing.iter().any(|told| told.contains("needs KEY")), "{missing:?}");
    assert!(missing.iter().all(|told| !told.contains("needs SHOP")), "{missing:?}");
    assert!(missing.iter().all(|told| lacking.health().warnings.contains(told)));
    let whole = start(Settings { env: Arc::new(known), secret: Arc::new(known), ..Settings::default() });
    assert_eq!(whole.missing_settings(), Vec::<String>::new());
}
