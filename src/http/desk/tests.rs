//! The pages with made-up conversations: every text is there in every language, what a visitor controls stays text, and
//! each agent is offered what they may do.

mod office;

use std::collections::BTreeMap;

use maud::Markup;

use self::office::{agents_view, audit_view, contact, events_view, found, person_view};
use super::filter::{FilterQuery, InboxQuery, SearchQuery};
use super::labels::Labels;
use super::view::*;
use super::*;
use crate::dialog::{
    Address, AgentRef, AssignedBy, Button, ButtonTarget, CallOutcome, Conversation, Event, Filing, Hyperlink, Mention,
    Message, MessageCard, Page, Picture, Recorded, Started, Suggestion, WokenBecause,
};
use crate::engine::{Count, List, MentionRow, Person, Whose};
use crate::flow::{At, Priority};
use crate::http::texts::{Texts, languages, texts};
use crate::id::{AgentId, ContactId, ConversationId, EventNo};
use crate::matcher::{Evidence, EvidenceKind, Ranked, Understanding};
use crate::time::{Span, Time};
use crate::view::{agent_lines, card, steps, summary};

const NOW: Time = Time(1_800_000_000_000);
const EVIL: &str = "<script>alert('x')</script>";

fn agent(number: u128, name: &str) -> AgentRef {
    AgentRef { id: AgentId::from_uuid(uuid::Uuid::from_u128(number)), name: name.to_owned() }
}

fn viewer(rank: Rank) -> Viewer {
    Viewer {
        agent: agent(1, "Maria"),
        rank,
        available: true,
        csrf: "token".to_owned(),
        telegram: None,
        endpoints: true,
    }
}

fn said(text: &str) -> Event {
    Event::VisitorSaid { text: text.to_owned(), client: None, pressed: None }
}

/// A conversation in which everything happens that a visitor can put words into.
fn told() -> Vec<Event> {
    let address = Address {
        site: "shop".into(),
        channel: "web".into(),
        account: String::new(),
        chat: String::new(),
        user: "v".to_owned(),
    };
    let page = Page {
        url: "javascript:alert(1)".to_owned(),
        title: EVIL.to_owned(),
        referrer: EVIL.to_owned(),
        ..Page::default()
    };
    let evidence = Evidence {
        kind: EvidenceKind::Phrase,
        rule: "where is my order".to_owned(),
        at: "orders.yaml:12".to_owned(),
        words: "order".to_owned(),
        weight: 1.0,
    };
    let understanding = Understanding {
        ranked: vec![Ranked { intent: "track".into(), confidence: 0.93, evidence: vec![evidence] }],
        unexplained: vec!["hm".to_owned()],
        ..Understanding::default()
    };
    let set = |slot: &str, value: &str| Event::SlotSet {
        slot: slot.into(),
        value: value.into(),
        said: value.to_lowercase(),
        kind: None,
        from: Some(EventNo(3)),
        sensitive: false,
    };
    let button = Button { label: "Talk to a person".to_owned(), target: ButtonTarget::Text };
    let greeting =
        Message { text: "Hello! What can I do for you?".to_owned(), buttons: vec![button], ..Message::default() };
    let offer = Message {
        text: "These fit:".to_owned(),
        image: Some(Picture { url: "https://example.org/lamp.png".to_owned(), alt: "a lamp".to_owned() }),
        link: Some(Hyperlink { url: "javascript:alert(1)".to_owned(), text: "all lamps".to_owned() }),
        cards: vec![MessageCard {
            title: "Heron".to_owned(),
            text: Some("49 €".to_owned()),
            image: None,
            link: Some(Hyperlink { url: "https://example.org/heron".to_owned(), text: "more".to_owned() }),
            buttons: Vec::new(),
        }],
        ..Message::default()
    };
    vec![
        Event::Opened {
            address,
            contact: ContactId::from_uuid(uuid::Uuid::from_u128(9)),
            language: "en".into(),
            page: Some(page),
            earlier: 1,
        },
        Event::BotSaid { message: greeting, at: Some(At { file: "bot.yaml".into(), line: 7, column: 3 }) },
        said(&format!("Hi, I am {EVIL}. Where is my order AB1017? It was to be here on Friday.")),
        Event::Understood { of: EventNo(3), understanding },
        Event::FlowStarted { flow: "track".into(), how: Started::Task },
        set("order", "AB1017"),
        set("contact.name", EVIL),
        Event::Called { service: "orders".into(), with: serde_json::Value::Null },
        Event::CallDone { call: EventNo(8), outcome: CallOutcome::Timeout, awaited: true },
        Event::BotSaid { message: offer, at: None },
        said("That does not help. Can I talk to a person?"),
        Event::Missed { of: EventNo(11) },
        Event::HandoffRequested {
            queue: "support".into(),
            priority: Priority::High,
            reason: format!("The order service gave no answer {EVIL}"),
            closed: false,
            max_wait: None,
            closes: None,
        },
    ]
}

/// The queue was closed, and the visitor left a message.
fn left() -> Vec<Event> {
    let mut events: Vec<_> = told().into_iter().take(5).collect();
    events.push(Event::MessageLeft { queue: Some("support".into()), text: format!("Ring me {EVIL}") });
    events.push(said("zoe@home.example"));
    events
}

fn answered(by: &AgentRef) -> Vec<Event> {
    let mut events = told();
    events.push(Event::Assigned { agent: by.clone(), by: AssignedBy::Claim, entered: None, silent_after: None });
    events.push(Event::AgentSaid {
        agent: by.clone(),
        text: "Hello, let me look at that for you.".to_owned(),
        client: None,
    });
    events.push(Event::Noted { agent: by.clone(), text: format!("Second time this week {EVIL}") });
    events.push(said("Thank you!"));
    events
}

fn recorded(events: Vec<Event>) -> Vec<Recorded> {
    let moment = |no: u64| Time(NOW.0 - 600_000 + i64::try_from(no).unwrap_or(0) * 20_000);
    (1..).zip(events).map(|(no, event)| Recorded { no: EventNo(no), at: moment(no), event }).collect()
}

fn id() -> ConversationId {
    ConversationId::from_uuid(uuid::Uuid::from_u128(5))
}

fn page_of(events: Vec<Event>, viewer: &Viewer, t: &Texts) -> Markup {
    page_until(events, Some(NOW), viewer, t)
}

fn page_until(events: Vec<Event>, writable_until: Option<Time>, viewer: &Viewer, t: &Texts) -> Markup {
    let events = recorded(events);
    let state = Conversation::replay(&events);
    let view = ConversationView {
        now: NOW,
        summary: summary(id(), &state).unwrap(),
        card: card(&state, &BTreeMap::new(), &events, None),
        person: evil_person(),
        whose: Whose { id: contact(), name: Some(EVIL.to_owned()), blocked: true, contacts: 2 },
        earlier: vec![Earlier { id: id(), at: Time(NOW.0 - 90_000_000), about: EVIL.to_owned() }],
        lines: agent_lines(&events),
        steps: steps(&events),
        suggested: vec![suggestion()],
        mentioned: true,
        labels: Labels::new(None, t),
        last: EventNo(events.len() as u64),
        colleagues: colleagues(),
        queues: vec!["support".into(), "sales".into()],
        flows: vec!["track".into()],
        writable_until,
    };
    conversation(&view, &strip_view(), viewer, t)
}

fn suggestion() -> Suggestion {
    Suggestion {
        of: EventNo(3),
        intent: "track".into(),
        label: format!("Track {EVIL}"),
        confidence: 0.93,
        text: format!("It is on its way {EVIL}"),
    }
}

fn mention() -> MentionRow {
    let mention = Mention { note: EventNo(4), by: agent(2, EVIL), at: NOW };
    MentionRow {
        text: EVIL.to_owned(),
        summary: summary(id(), &Conversation::replay(&recorded(told()))).unwrap(),
        mention,
    }
}

/// A visitor of whom a hostile page tells.
fn evil_person() -> Person {
    let evil = BTreeMap::from([(EVIL.to_owned(), EVIL.to_owned())]);
    Person { claimed: Some(EVIL.to_owned()), given: evil.clone(), attributes: evil, ..Person::default() }
}

fn colleagues() -> Vec<Colleague> {
    vec![
        Colleague { agent: agent(1, "Maria"), available: true, online: true, load: 1, capacity: 3 },
        Colleague { agent: agent(2, "Nikos"), available: false, online: true, load: 0, capacity: 3 },
        Colleague { agent: agent(3, "Gwen"), available: true, online: false, load: 0, capacity: 5 },
    ]
}

/// Everything that an agent can file, with words that a visitor may have put into their mouth.
fn filed() -> Vec<Event> {
    let by = agent(1, "Maria");
    let label = || EVIL.to_owned();
    let changes = vec![
        Filing::Labelled { label: label() },
        Filing::Labelled { label: "VIP".to_owned() },
        Filing::Unlabelled { label: "VIP".to_owned() },
        Filing::Priority { priority: Priority::Urgent },
        Filing::FollowUp { due: Time(NOW.0 - 1), note: label() },
        Filing::FollowUp { due: NOW, note: "Write".to_owned() },
        Filing::FollowUpDone { of: EventNo(22) },
        Filing::FollowUpReopened { of: EventNo(22) },
        Filing::FollowUpDone { of: EventNo(22) },
        Filing::Complaint { cause: None },
        Filing::Complaint { cause: Some(label()) },
        Filing::Snoozed { until: Time(NOW.0 + 60_000) },
    ];
    let mut events = answered(&by);
    events.extend(changes.into_iter().map(|change| Event::Filed { agent: by.clone(), change }));
    for why in [WokenBecause::Due, WokenBecause::Visitor, WokenBecause::Agent] {
        events.push(Event::Woken { why });
    }
    events.push(Event::FollowUpDue { of: EventNo(21) });
    events.push(Event::Filed { agent: by, change: Filing::Snoozed { until: Time(NOW.0 + 60_000) } });
    events
}

fn row(events: Vec<Event>) -> ListRow {
    let summary = summary(id(), &Conversation::replay(&recorded(events))).unwrap();
    ListRow { summary, position: None, target: None }
}

fn strip_view() -> StripView {
    StripView { now: NOW, mine: vec![row(answered(&agent(1, "Maria"))).summary], waiting: 2, mentions: 1 }
}

fn inbox_view() -> InboxView {
    let quiet = row(told().into_iter().take(3).collect());
    let waits = |position| ListRow { position: Some(position), ..row(told()) };
    let list = |list, rows: Vec<ListRow>| {
        let count = Some(Count { count: rows.len(), or_more: false });
        ListView { list, rows, next: Some("x".to_owned()), count }
    };
    InboxView {
        now: NOW,
        mentions: vec![mention()],
        query: InboxQuery::default(),
        lists: vec![
            list(List::Due, vec![row(filed())]),
            list(List::Mine, vec![row(answered(&agent(1, "Maria")))]),
            list(List::Queue, vec![waits(1), waits(2)]),
            list(List::Left, vec![row(left())]),
            list(List::Others, vec![row(told()), row(answered(&agent(2, "Nikos"))), quiet]),
            list(List::Closed, Vec::new()),
        ],
        counts: vec![
            (List::Queue, Count { count: 2, or_more: false }),
            (List::Closed, Count { count: 1_000, or_more: true }),
        ],
        waiting: 2,
        offer: Offer {
            sites: vec![("shop".to_owned(), "Olive Lane".to_owned()), ("hotel".to_owned(), "Hotel".to_owned())],
            queues: vec!["sales".to_owned(), "support".to_owned()],
            labels: vec![EVIL.to_owned(), "complaint".to_owned()],
            channels: vec!["rest".to_owned(), "web".to_owned()],
            languages: vec!["el".to_owned(), "en".to_owned()],
            agents: vec![("a_1".to_owned(), "Maria".to_owned()), ("a_2".to_owned(), "Nikos".to_owned())],
        },
        colleagues: colleagues(),
        alone: false,
        several_sites: false,
    }
}

/// The page of one list, in which nothing is.
fn empty_list(list: List) -> InboxView {
    let query = InboxQuery {
        list: super::filter::name_of(list).to_owned(),
        common: FilterQuery { site: EVIL.to_owned(), ..FilterQuery::default() },
        ..InboxQuery::default()
    };
    let lists = vec![ListView { list, rows: Vec::new(), next: None, count: None }];
    InboxView { query, lists, ..inbox_view() }
}

fn search_view(found: Searched) -> SearchView {
    let offer = inbox_view().offer;
    let query = SearchQuery { q: EVIL.to_owned(), ..SearchQuery::default() };
    SearchView { query, found, offer, several_sites: false }
}

#[test]
fn a_search_that_does_not_work_is_another_news_than_one_that_begins() {
    let page = |found| search(&search_view(found), &viewer(Rank::Agent), texts("en")).into_string();
    assert!(page(Searched::Out).contains("does not work at the moment"));
    assert!(page(Searched::NotReady).contains("still being read"));
}

#[test]
fn an_agent_sees_how_long_the_app_lets_them_write_and_what_is_left_after_that() {
    let page = |until| page_until(told(), until, &viewer(Rank::Agent), texts("en")).into_string();
    assert!(!page(None).contains("class=\"window"));
    let open = page(Some(NOW + Span::minutes(1)));
    assert!(open.contains("You can write until:") && !open.contains("must write first"), "{open}");
    let over = page(Some(NOW));
    assert!(over.contains("must write first") && !over.contains("You can write until:"), "{over}");
}

fn every_page(t: &Texts) -> Vec<(&'static str, String)> {
    let admin = viewer(Rank::Admin);
    vec![
        ("login", login(t)),
        ("setup", setup(t)),
        ("reset", reset(t)),
        ("people", people(EVIL, Some(&found()), &admin, t)),
        ("person", sheet(&person_view(), &admin, t)),
        ("audit", audit(&audit_view(), &admin, t)),
        ("events", events(&events_view(), &admin, t)),
        ("inbox", inbox(&inbox_view(), &admin, t)),
        ("reminders", inbox(&empty_list(List::FollowUps), &admin, t)),
        ("on hold", inbox(&empty_list(List::Snoozed), &admin, t)),
        ("open", inbox(&empty_list(List::Open), &admin, t)),
        ("filed", page_of(filed(), &admin, t)),
        ("waiting", page_of(told(), &admin, t)),
        ("mine", page_of(answered(&agent(1, "Maria")), &admin, t)),
        ("another", page_of(answered(&agent(2, "Nikos")), &admin, t)),
        ("agents", agents(&agents_view(), &admin, t)),
        ("nothing", nothing_here(&admin, t)),
        ("busy", busy(&admin, t)),
        ("search", search(&search_view(Searched::NotReady), &admin, t)),
        ("search out", search(&search_view(Searched::Out), &admin, t)),
    ]
    .into_iter()
    .map(|(name, page)| (name, page.into_string()))
    .collect()
}

#[test]
fn every_page_has_all_its_texts_in_every_language() {
    for (tag, _) in languages() {
        for (name, page) in every_page(texts(tag)) {
            assert!(page.contains(&format!("<html lang=\"{tag}\" dir=")), "{tag}: {name}");
            assert!(!page.contains("desk-") && !page.contains("widget-"), "{tag}: {name} shows the name of a text");
        }
    }
}

#[test]
fn what_a_visitor_controls_is_shown_as_text() {
    for (name, page) in every_page(texts("en")) {
        assert!(!page.contains("<script>"), "{name}: markup of a visitor came through");
        assert!(!page.contains("href=\"javascript:"), "{name}: a link that runs a script");
        assert!(!page.contains(" style=") && !page.contains(" onclick="), "{name}: breaks the content security policy");
    }
    let page = page_of(told(), &viewer(Rank::Agent), texts("en")).into_string();
    let shown = page.matches("&lt;script&gt;").count();
    assert!(shown >= 6, "name, page, referrer, reason, earlier and message stand there as text: {shown}");
}

#[test]
fn each_agent_is_offered_what_they_may_do() {
    let verbs = |events: Vec<Event>, rank| {
        let page = page_of(events, &viewer(rank), texts("en")).into_string();
        let offered = ["claim", "take-over", "return", "transfer", "resolve", "hand-back"]
            .into_iter()
            .filter(|verb| page.contains(&format!("/api/agent/conversations/{}/{verb}\"", id())));
        (offered.collect::<Vec<_>>().join(" "), page.contains("data-can-say"))
    };
    let (maria, nikos) = (agent(1, "Maria"), agent(2, "Nikos"));
    for (events, rank, expected) in [
        (told(), Rank::Agent, ("claim", true)),
        (answered(&maria), Rank::Agent, ("return transfer resolve hand-back", true)),
        (answered(&nikos), Rank::Agent, ("", false)),
        (answered(&nikos), Rank::Supervisor, ("take-over", false)),
    ] {
        let (offered, may_say) = verbs(events, rank);
        assert_eq!((offered.as_str(), may_say), expected);
    }
    let page = page_of(answered(&nikos), &viewer(Rank::Agent), texts("en")).into_string();
    assert!(page.contains("Nikos already answers this one."));
}

#[test]
fn what_the_bot_did_is_folded_under_the_message_and_what_it_said_names_its_line() {
    let page = page_of(told(), &viewer(Rank::Agent), texts("en")).into_string();
    let line = page.split("id=\"e3\"").nth(1).and_then(|rest| rest.split("id=\"e10\"").next()).unwrap();
    for told in [
        "Track 93 %",
        "The bot began “Track”",
        "order = ",
        "The bot asked Orders",
        "no answer in time",
        "orders.yaml:12",
    ] {
        let plain = line.replace("<bdi>", "").replace("</bdi>", "").replace(['\u{2068}', '\u{2069}'], "");
        assert!(plain.contains(told), "{told}: {plain}");
    }
    assert!(!page.contains("id=\"e5\"") && !page.contains("id=\"e8\""), "a step is no line of its own");
    assert!(page.contains("<bdi class=\"at\" dir=\"ltr\">bot.yaml:7</bdi>"), "a bot's line says where it stands");
}

#[test]
fn every_button_with_a_key_says_so_and_the_sheet_has_all() {
    let page = page_of(answered(&agent(1, "Maria")), &viewer(Rank::Agent), texts("en")).into_string();
    let plain = page.replace(['\u{2068}', '\u{2069}'], "");
    for tip in [
        "Resolve (e)",
        "Transfer (t)",
        "Hand back to the bot (b)",
        "Back to the inbox (u)",
        "Reply (r)",
        "Send (Ctrl Enter)",
    ] {
        assert!(plain.contains(&format!("title=\"{tip}\"")), "{tip}");
    }
    assert_eq!(plain.matches("<dt>").count() - plain.split("id=\"keys\"").next().unwrap().matches("<dt>").count(), 15);
}

#[test]
fn a_slot_leads_to_the_message_it_came_from() {
    let page = page_of(told(), &viewer(Rank::Agent), texts("en")).into_string();
    assert!(page.contains("<a class=\"from\" href=\"#e3\">said here</a>") && page.contains("id=\"e3\""));
}

#[test]
fn a_left_message_is_listed_with_its_words_and_its_queue_and_can_be_claimed() {
    let page = inbox(&inbox_view(), &viewer(Rank::Agent), texts("en")).into_string();
    let list =
        page.split("<ul class=\"rows\" id=\"left\">").nth(1).and_then(|rest| rest.split("</ul>").next()).unwrap();
    assert!(list.contains("Ring me &lt;script&gt;") && !list.contains("zoe@home.example"), "{list}");
    assert!(list.contains("For support") && list.contains(&format!("{}/claim", id())), "{list}");
}

#[test]
fn only_admins_see_the_accounts_entry() {
    let entry = |rank| inbox(&inbox_view(), &viewer(rank), texts("en")).into_string().contains("href=\"/desk/agents\"");
    assert_eq!((entry(Rank::Supervisor), entry(Rank::Admin)), (false, true));
}

#[test]
fn a_wait_is_coloured_by_the_target_of_its_queue() {
    let colour = |waited: i64, target: Option<Span>| {
        let mut listed = row(told());
        listed.summary.since = Time(NOW.0 - waited * 60_000);
        listed.target = target;
        let lists = vec![ListView { list: List::Queue, rows: vec![listed], next: None, count: None }];
        let page = inbox(&InboxView { lists, ..inbox_view() }, &viewer(Rank::Agent), texts("en")).into_string();
        ["fresh", "near", "late"].into_iter().find(|age| page.contains(&format!("class=\"since {age}\""))).unwrap()
    };
    let two = Some(Span::minutes(2));
    assert_eq!([1, 2, 3].map(|waited| colour(waited, two)), ["fresh", "near", "late"]);
    assert_eq!(
        [2, 3, 6].map(|waited| colour(waited, None)),
        ["fresh", "near", "late"],
        "five minutes, unless one is named"
    );
}

#[test]
fn every_part_of_a_list_keeps_its_filter_in_the_address() {
    let query = InboxQuery {
        list: "closed".to_owned(),
        common: FilterQuery { queue: "support".to_owned(), ..FilterQuery::default() },
        ..InboxQuery::default()
    };
    let lists =
        vec![ListView { list: List::Closed, rows: vec![row(told())], next: Some("9/c".to_owned()), count: None }];
    let page = inbox(&InboxView { query, lists, ..inbox_view() }, &viewer(Rank::Agent), texts("en")).into_string();
    for address in [
        "href=\"/desk?list=closed&amp;queue=support&amp;after=9%2Fc\"",
        "href=\"/desk?list=mine&amp;queue=support\"",
        "data-listing=\"/desk/fragments/inbox?list=closed&amp;queue=support\"",
        "<option value=\"support\" selected>",
    ] {
        assert!(page.contains(address), "{address}: {page}");
    }
}
