//! The audit trail: what is written, found, gathered, forgotten, and carried along in an export.

use super::*;
use crate::engine::{AUDIT_KEPT, Audit, AuditFilter, audit};
use crate::store::{StreamId, transfer};

fn kinds(shop: &Shop, filter: &AuditFilter) -> Vec<&'static str> {
    let page = shop.engine.audit_trail(filter).unwrap();
    page.entries.iter().map(|entry| entry.what.kind()).collect()
}

#[tokio::test]
async fn entries_are_found_by_agent_kind_and_day_the_latest_first() {
    let shop = Shop::new();
    let (ann, bob) = (shop.quiet_agent("Ann").await, shop.quiet_agent("Bob").await);
    shop.engine.audit(Some(&ann.agent), vec![Audit::LoggedIn]).await;
    shop.clock.advance(Span::days(1));
    shop.engine.audit(None, vec![Audit::Exported]).await;
    let role = Audit::RoleChanged { account: bob.agent.clone(), from: Role::Agent, to: Role::Admin };
    shop.engine.audit(Some(&ann.agent), vec![role, Audit::LoggedOut]).await;
    let all = AuditFilter::default();
    assert_eq!(kinds(&shop, &all), ["logged_out", "role_changed", "exported", "logged_in"]);
    let of = |desk: &AtDesk| AuditFilter { agent: Some(desk.agent.id), ..AuditFilter::default() };
    assert_eq!(kinds(&shop, &of(&ann)), ["logged_out", "role_changed", "logged_in"]);
    assert_eq!(kinds(&shop, &of(&bob)), ["role_changed"], "what was done to him");
    let kind = AuditFilter { kind: Some("exported".to_owned()), ..AuditFilter::default() };
    assert_eq!(kinds(&shop, &kind), ["exported"]);
    let first_day = AuditFilter { to: Some(START + Span::hours(1)), ..AuditFilter::default() };
    assert_eq!(kinds(&shop, &first_day), ["logged_in"]);
    let later = AuditFilter { from: Some(START + Span::hours(1)), ..AuditFilter::default() };
    assert_eq!(kinds(&shop, &later).len(), 3);
    let page = shop.engine.audit_trail(&all).unwrap();
    let before = AuditFilter { before: Some((page.entries[1].day, page.entries[1].no)), ..AuditFilter::default() };
    assert_eq!(kinds(&shop, &before), ["exported", "logged_in"]);
    shop.audit().await;
}

#[tokio::test]
async fn a_hundred_entries_are_a_page_and_the_rest_comes_before_it() {
    let shop = Shop::new();
    let many = (0..130).map(|_| Audit::Exported).collect();
    shop.engine.audit(None, many).await;
    let page = shop.engine.audit_trail(&AuditFilter::default()).unwrap();
    assert_eq!((page.entries.len(), page.more), (100, true));
    let last = page.entries.last().unwrap();
    let before = AuditFilter { before: Some((last.day, last.no)), ..AuditFilter::default() };
    let rest = shop.engine.audit_trail(&before).unwrap();
    assert_eq!((rest.entries.len(), rest.more), (30, false));
    shop.audit().await;
}

#[tokio::test]
async fn failed_logins_become_one_entry_for_each_account() {
    let shop = Shop::new();
    let ann = shop.quiet_agent("Ann").await;
    for _ in 0..40 {
        shop.engine.login_failed(Some(ann.agent.clone()));
        shop.engine.login_failed(None);
    }
    assert!(kinds(&shop, &AuditFilter::default()).is_empty(), "not yet");
    shop.until_in_time("they are written down", || kinds(&shop, &AuditFilter::default()).len() == 2).await;
    let page = shop.engine.audit_trail(&AuditFilter::default()).unwrap();
    let times = |entry: &super::super::Audited| match entry.what {
        Audit::LoginsFailed { times, since, .. } => (times, since),
        _ => (0, Time(0)),
    };
    assert!(page.entries.iter().all(|entry| times(entry) == (40, START)), "{page:?}");
    shop.engine.login_failed(Some(ann.agent.clone()));
    shop.engine.logged_in(&ann.agent).await;
    assert_eq!(
        kinds(&shop, &AuditFilter::default())[..2],
        ["logged_in", "logins_failed"],
        "who succeeds ends the gathering"
    );
    shop.audit().await;
}

#[tokio::test]
async fn the_trail_is_kept_for_its_time_and_no_longer() {
    let shop = Shop::new();
    shop.engine.audit(None, vec![Audit::Exported]).await;
    shop.clock.advance(Span(AUDIT_KEPT.0 - Span::days(1).0));
    shop.engine.audit(None, vec![Audit::LoggedIn]).await;
    assert_eq!(shop.engine.forget_old_audits(shop.clock.now()).await, Ok(0));
    shop.clock.advance(Span::days(2));
    shop.until_in_time("the first day is forgotten", || kinds(&shop, &AuditFilter::default()) == ["logged_in"]).await;
    shop.audit().await;
}

#[tokio::test]
async fn the_trail_survives_an_export_and_import() {
    let shop = Shop::new();
    let ann = shop.quiet_agent("Ann").await;
    shop.engine.audit(Some(&ann.agent), vec![Audit::LoggedIn]).await;
    audit(&*shop.store, shop.clock.now(), None, vec![Audit::Exported]).await.unwrap();
    let before = shop.engine.audit_trail(&AuditFilter::default()).unwrap();
    let mut exported = Vec::new();
    transfer::export(&*shop.store, &mut exported).unwrap();
    let folder = tempfile::tempdir().unwrap();
    transfer::import(folder.path(), &mut exported.as_slice(), &FromEvents).unwrap();
    let store = open(folder.path());
    let again = Shop::start(store, Clock::by_hand(START), String::new(), Some(folder));
    assert_eq!(again.engine.audit_trail(&AuditFilter::default()).unwrap(), before);
    again.audit().await;
    shop.audit().await;
}

#[test]
fn a_day_is_a_stream_by_its_name() {
    let day = crate::time::Day::of(START);
    let stream = StreamId::Audit(day);
    assert_eq!((stream.to_string().as_str(), "d_020458".parse()), ("d_020458", Ok(stream)));
    for bad in ["d_", "d_1", "d_+20458", "d_0020458"] {
        assert!(bad.parse::<StreamId>().is_err(), "{bad}");
    }
}
