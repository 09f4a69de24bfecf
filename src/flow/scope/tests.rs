//! What readers see, what machines get, and what conditions say.

use std::sync::LazyLock;

use indexmap::IndexMap;
use serde_json::json;

use super::*;
use crate::flow::{At, Entity, EntityValue, Fallback, Hours, OpenRange, Queue};
use crate::id::{EntityName, HoursName};

fn at() -> At {
    At { file: "bot.yaml".into(), line: 1, column: 1 }
}

fn template(source: &str) -> Template {
    Template::parse(source, at()).unwrap()
}

fn in_languages(texts: &[(&str, &str)]) -> Text {
    let one = |(tag, source): &(&str, &str)| (Language::from(*tag), Text::One(template(source)));
    Text::In(Localized(texts.iter().map(one).collect()))
}

/// The sentences that ship, as the linker will hold them.
fn sentences() -> IndexMap<String, Text> {
    let mut sentences: IndexMap<String, Text> = IndexMap::new();
    for (tag, source) in [
        ("en", include_str!("../builtin/en.yaml")),
        ("cy", include_str!("../builtin/cy.yaml")),
        ("fil", include_str!("../builtin/fil.yaml")),
        ("fa", include_str!("../builtin/fa.yaml")),
        ("el", include_str!("../builtin/el.yaml")),
    ] {
        let file: serde_yaml::Value = serde_yaml::from_str(source).unwrap();
        for (key, text) in file["texts"].as_mapping().unwrap() {
            let text = Text::One(template(text.as_str().unwrap_or_default()));
            let entry =
                sentences.entry(key.as_str().unwrap().to_owned()).or_insert_with(|| Text::In(Localized::default()));
            if let Text::In(localized) = entry {
                localized.0.insert(Language::from(tag), text);
            }
        }
    }
    sentences
}

fn range(from: u16, to: u16) -> OpenRange {
    OpenRange { from: from * 60, to: to * 60 }
}

fn program() -> Program {
    let treatment = Entity {
        name: EntityName::from("treatment"),
        values: vec![EntityValue {
            key: String::from("cleaning"),
            label: in_languages(&[("en", "Check-up"), ("el", "Καθαρισμός")]),
            said: vec![],
        }],
        pattern: None,
        example: None,
        sensitive: false,
        at: at(),
    };
    let workday = vec![range(9, 14), range(17, 21)];
    let clinic = Hours {
        held_open: false,
        name: HoursName::from("clinic"),
        week: [workday.clone(), workday.clone(), workday.clone(), workday.clone(), workday, vec![range(9, 13)], vec![]],
        closed: vec![],
        special: vec![],
        at: at(),
    };
    let queue = Queue {
        name: QueueName::from("reception"),
        label: None,
        hours: Some(HoursName::from("clinic")),
        max_wait: None,
        target: None,
        when_closed: None,
        when_waited: None,
        chats_per_agent: None,
        agent_silent: None,
        at: at(),
    };
    Program {
        name: String::from("Bright Smile"),
        languages: vec![Language::from("en"), Language::from("el")],
        zone: jiff::tz::TimeZone::get("Europe/Athens").unwrap(),
        default_queue: QueueName::from("reception"),
        fallback: Fallback { sure: 0.75, unsure: 0.45, misses: 2, retry: 2 },
        frustration: Default::default(),
        snippets: IndexMap::new(),
        synonyms: Default::default(),
        small_talk: Default::default(),
        intents: IndexMap::new(),
        entities: IndexMap::from([(EntityName::from("treatment"), treatment)]),
        flows: IndexMap::new(),
        services: IndexMap::new(),
        replies: IndexMap::new(),
        queues: IndexMap::from([(QueueName::from("reception"), queue)]),
        hours: IndexMap::from([(HoursName::from("clinic"), clinic)]),
        invites: IndexMap::new(),
        sentences: sentences(),
        tests: vec![],
    }
}

fn slots() -> BTreeMap<SlotName, Slot> {
    let said = |slot: Slot, said: &str| Slot { said: said.to_owned(), ..slot };
    let treatment = Kind::Entity(EntityName::from("treatment"));
    [
        ("day", said(Slot::of_kind(Kind::Date, "2026-11-24"), "tomorrow")),
        ("hour", Slot::of_kind(Kind::Time, "17:30")),
        ("treatment", said(Slot::of_kind(treatment, "cleaning"), "a polish")),
        ("price", Slot::of_kind(Kind::Money, "12.50 EUR")),
        ("count", Slot::of_kind(Kind::Number, 3)),
        ("half", Slot::of_kind(Kind::Number, 2.5)),
        ("agreed", Slot::of_kind(Kind::YesNo, true)),
        ("free", Slot::plain(json!({"times": ["17:30", "18:00", "18:30"], "none": [], "said": "x"}))),
        ("card", Slot { sensitive: true, ..Slot::plain("1234567812345678") }),
        ("όνομα", Slot::plain("Μαρία")),
    ]
    .into_iter()
    .map(|(name, slot)| (SlotName::from(name), slot))
    .collect()
}

/// 23 November 2026, a Monday, 10:00 in Athens.
const NOW: Time = Time(1_795_420_800_000);

fn with_scope<T>(language: &str, act: impl FnOnce(&Scope<'_>) -> T) -> T {
    static PROGRAM: LazyLock<Program> = LazyLock::new(program);
    let slots = slots();
    let tax = Slot { sensitive: true, ..Slot::plain("123456789") };
    let contact =
        BTreeMap::from([(String::from("name"), Slot::of_kind(Kind::Name, "Eleni Papa")), (String::from("tax"), tax)]);
    act(&Scope {
        program: &PROGRAM,
        slots: &slots,
        contact: &contact,
        now: NOW,
        language: &Language::from(language),
        channel: &ChannelName::from("web"),
        message: "hello",
        has_agent: &|queue| queue.as_str() == "reception",
        answers_here: &|| true,
    })
}

#[test]
fn readers_see_values_in_their_language() {
    for (language, source, expected) in [
        ("en", "{{ treatment }}, {{ day }} at {{ hour }}.", "Check-up, Tuesday 24 November at 17:30."),
        ("el", "{{ treatment }}, {{ day }}, {{ hour }}", "Καθαρισμός, Τρίτη 24 Νοεμβρίου, 17:30"),
        ("fa", "{{ day }}", "سه‌شنبه ۳ آذر"),
        ("en", "{{ day.said }} {{ treatment.said }}", "tomorrow a polish"),
        ("en", "{{ day | upper }}", "TUESDAY 24 NOVEMBER"),
        ("en", "{{ day ~ ', ' ~ hour }}", "Tuesday 24 November, 17:30"),
        ("en", "{{ day if day > today else 'now' }}", "Tuesday 24 November"),
        ("en", "{{ missing or day }}", "Tuesday 24 November"),
        ("en", "{{ 'cleaning' if treatment == 'cleaning' else treatment }}", "cleaning"),
        ("en", "{{ missing }}.{{ missing.too.deep }}", "."),
        ("en", "{{ missing | default('nothing yet') }}", "nothing yet"),
        ("en", "{{ contact.name }} / {{ contact.email }}", "Eleni Papa / "),
        ("en", "{{ free.times }}", "17:30, 18:00 and 18:30"),
        ("el", "{{ free.times }}", "17:30, 18:00 και 18:30"),
        ("en", "{{ free.times[0] }}, {{ free.times | last }}", "17:30, 18:30"),
        ("en", "{{ free.times | join(' / ') }} ({{ free.times | length }})", "17:30 / 18:00 / 18:30 (3)"),
        ("en", "{{ price }} {{ 1234.5 | money('EUR') }}", "€12.50 €1,234.50"),
        ("el", "{{ price }} {{ half }}", "12,50\u{a0}€ 2,5"),
        ("en", "{{ count + 1 }} {{ count / 2 }} {{ count / 3 * 2 | round }}", "4 1.5 2"),
        ("en", "{{ agreed }} {{ not agreed }}", "Yes No"),
        ("el", "{{ agreed }}", "Ναι"),
        ("en", "{{ today }} {{ now }} {{ now.time }}", "Monday 23 November Monday 23 November at 10:00 10:00"),
        ("en", "{{ language }} {{ channel }} {{ message }}", "en web hello"),
        ("en", "{{ card }}|{{ card | upper }}|{{ card.said }}", "••••|••••|••••"),
        ("en", "{{ contact['name'] }}{{ contact['tax'] }} {{ contact.tax }}", "Eleni Papa ••••"),
        ("en", "{{ όνομα }}", "Μαρία"),
        ("en", "{{ '2026-12-01' | date }} {{ '09:15' | time }}", "Tuesday 1 December 09:15"),
        ("en", "{{ 1 // 0 }}", ""),
        ("en", "<b>{{ '<&>' }}</b>", "<b><&></b>"),
    ] {
        with_scope(language, |scope| assert_eq!(template(source).render(scope), expected, "{language} {source}"));
    }
}

#[test]
fn machines_get_normal_forms_with_their_types() {
    for (source, expected) in [
        ("{{ day }}", json!("2026-11-24")),
        ("on {{ day }} at {{ hour }}", json!("on 2026-11-24 at 17:30")),
        ("{{ count }}", json!(3)),
        ("{{ half }}", json!(2.5)),
        ("{{ agreed }}", json!(true)),
        ("{{ free.times }}", json!(["17:30", "18:00", "18:30"])),
        ("{{ missing }}", json!(null)),
        ("{{ card }}", json!("1234567812345678")),
        ("{{ price }}", json!("12.50 EUR")),
        ("{{ now }}", json!("2026-11-23T10:00")),
        ("{{ free.said }}", json!("x")),
        ("plain", json!("plain")),
    ] {
        with_scope("el", |scope| assert_eq!(template(source).value(scope), expected, "{source}"));
    }
}

#[test]
fn conditions_compare_normal_forms() {
    for (source, expected) in [
        ("day >= today", true),
        ("day < today", false),
        ("day == '2026-11-24'", true),
        ("hour > '09:00'", true),
        ("count * 2 == 6", true),
        ("treatment == 'cleaning'", true),
        ("treatment in ['cleaning', 'filling']", true),
        ("not free.times", false),
        ("not free.none", true),
        ("missing", false),
        ("known(missing)", false),
        ("known(day)", true),
        ("known(free.none)", false),
        ("known(contact.name) and not known(contact.email)", true),
        ("contact.name == 'Eleni Papa'", true),
        ("is_open('clinic')", true),
        ("is_open('clinic', day)", true),
        ("is_open('clinic', '2026-11-29')", false),
        ("is_open('clinic', day, hour)", true),
        ("is_open('clinic', day, '15:00')", false),
        ("is_open('nowhere')", false),
        ("is_open('clinic', missing)", false),
        ("is_open('clinic', day, missing)", false),
        ("has_agent('reception')", true),
        ("has_agent('nowhere')", false),
        ("has_agent()", true),
        ("answers_here()", true),
        ("missing + 1", false),
        ("day - 1 > 3", false),
        ("channel == 'web' and language == 'en'", true),
    ] {
        let expr = Expr::parse(source).unwrap();
        with_scope("en", |scope| assert_eq!(expr.truth(scope), expected, "{source}"));
    }
}

#[test]
fn a_timetable_is_one_sentence() {
    for (language, expected) in [
        ("en", "Monday to Friday 09:00–14:00 and 17:00–21:00, Saturday 09:00–13:00"),
        ("el", "Δευτέρα έως Παρασκευή 09:00–14:00 και 17:00–21:00, Σάββατο 09:00–13:00"),
        ("fa", "دوشنبه تا جمعه ۹:۰۰–۱۴:۰۰ و ۱۷:۰۰–۲۱:۰۰، شنبه ۹:۰۰–۱۳:۰۰"),
    ] {
        with_scope(language, |scope| assert_eq!(template("{{ hours.clinic }}").render(scope), expected));
    }
}

#[test]
fn a_text_falls_back_to_the_first_language_and_then_to_any() {
    let both = in_languages(&[("en", "Hello"), ("el", "Γεια"), ("fa", "سلام")]);
    let other = in_languages(&[("fa", "سلام")]);
    for (text, language, expected) in
        [(&both, "el", "Γεια"), (&both, "el-cy", "Γεια"), (&both, "cy", "Hello"), (&other, "cy", "سلام")]
    {
        with_scope(language, |scope| assert_eq!(text.render(scope, 1), [expected], "{language}"));
    }
}

#[test]
fn variants_are_picked_by_the_seed_and_apart_from_each_other() {
    let variants = || Text::OneOf(vec![Text::One(template("a")), Text::One(template("b"))]);
    let text = Text::Several(vec![variants(), variants(), Text::One(template("{{ missing }}"))]);
    with_scope("en", |scope| {
        let seen: std::collections::BTreeSet<String> = (0..64).map(|seed| text.render(scope, seed).concat()).collect();
        assert_eq!(seen, ["aa", "ab", "ba", "bb"].map(String::from).into());
        assert_eq!(text.render(scope, 7), text.render(scope, 7));
    });
}

#[test]
fn output_has_a_limit() {
    with_scope("en", |scope| {
        let long = template("{{ 'é' * 3999 }}{{ 'xyz' }}").render(scope);
        assert_eq!(long.chars().count(), OUTPUT_CHARS_MAX);
        assert!(long.ends_with("éx"));
    });
}

#[test]
fn a_link_keeps_its_base_and_encodes_the_rest() {
    with_scope("en", |scope| {
        assert_eq!(
            template("https://a.example/{{ contact.name }}?d={{ day }}").url(scope),
            "https://a.example/Eleni%20Papa?d=2026-11-24"
        );
        assert_eq!(template("{{ 'https://a.example/x' }}?q={{ 'a/b' }}").url(scope), "https://a.example/x?q=a%2Fb");
    });
}

#[test]
fn what_reads_a_sensitive_slot_is_sensitive() {
    for (source, expected) in
        [("{{ card }}", true), ("{{ day }}", false), ("x {{ card.said }}", true), ("{{ contact }}", true)]
    {
        with_scope("en", |scope| {
            assert_eq!(ValueTemplate::Text(template(source)).is_sensitive(scope), expected, "{source}");
        });
    }
}

#[test]
fn a_slot_prints_for_a_button() {
    with_scope("en", |scope| {
        assert_eq!(scope.print(&slots()["day"]), "Tuesday 24 November");
        assert_eq!(scope.print(&slots()["card"]), "••••");
        assert_eq!(scope.print(&slots()["count"]), "3");
    });
}
