//! Accounts: made, logged in, changed, kept over a restart.

use super::*;
use crate::engine::{AccountChange, AccountError, SESSION, token};

fn new(name: &str, role: Role) -> NewAccount {
    let email = format!("{name}@Shop.example");
    NewAccount { name: name.to_owned(), email, role, password: Some("hash".to_owned()), ..NewAccount::default() }
}

#[tokio::test]
async fn the_first_account_ends_the_one_time_link() {
    let shop = Shop::new();
    let accounts = shop.engine.accounts();
    let setup = accounts.setup_token().unwrap();
    assert!(accounts.is_setup_token(&setup) && !accounts.is_setup_token("guessed"));
    accounts.create(new("ann", Role::Admin)).await.unwrap();
    assert!(!accounts.is_setup_token(&setup));
    shop.audit().await;
}

#[tokio::test]
async fn an_address_belongs_to_one_account_whatever_its_letters() {
    let shop = Shop::new();
    let accounts = shop.engine.accounts();
    let ann = accounts.create(new("ann", Role::Admin)).await.unwrap();
    let taken = accounts.create(new("ANN", Role::Agent)).await.unwrap_err();
    assert!(matches!(taken, AccountError::EmailTaken(_)));
    assert_eq!(accounts.find_by_email(" ann@shop.EXAMPLE").map(|account| account.id), Some(ann.id));
    let change = AccountChange { email: Some("anna@shop.example".to_owned()), ..AccountChange::default() };
    accounts.update(ann.id, change).await.unwrap();
    accounts.create(new("ann", Role::Agent)).await.unwrap();
    shop.audit().await;
}

#[tokio::test]
async fn a_session_ends_by_time_by_logging_out_by_a_new_password_and_by_disabling() {
    let shop = Shop::new();
    let accounts = shop.engine.accounts();
    accounts.create(new("boss", Role::Admin)).await.unwrap();
    let ann = accounts.create(new("ann", Role::Agent)).await.unwrap().id;
    let who = |token: &str| accounts.session(token).map(|account| account.id);
    let by_time = accounts.start_session(ann).await.unwrap();
    assert_eq!((who(&by_time), who("guessed")), (Some(ann), None));
    assert!(accounts.get(ann).unwrap().sessions.iter().all(|(kept, _)| *kept == token::hash(&by_time)));
    shop.clock.advance(SESSION);
    assert_eq!(who(&by_time), None);
    let by_hand = accounts.start_session(ann).await.unwrap();
    accounts.end_session(&by_hand).await.unwrap();
    assert_eq!(who(&by_hand), None);
    let by_password = accounts.start_session(ann).await.unwrap();
    accounts.set_password(ann, "other".to_owned()).await.unwrap();
    assert_eq!(who(&by_password), None);
    let by_disabling = accounts.start_session(ann).await.unwrap();
    let change = AccountChange { disabled: Some(true), ..AccountChange::default() };
    accounts.update(ann, change).await.unwrap();
    assert_eq!(who(&by_disabling), None);
    shop.audit().await;
}

#[tokio::test]
async fn the_last_admin_stays_one() {
    let shop = Shop::new();
    let accounts = shop.engine.accounts();
    let boss = accounts.create(new("boss", Role::Admin)).await.unwrap().id;
    let demote = || AccountChange { role: Some(Role::Agent), ..AccountChange::default() };
    let disable = AccountChange { disabled: Some(true), ..AccountChange::default() };
    assert_eq!(accounts.update(boss, demote()).await, Err(AccountError::LastAdmin));
    assert_eq!(accounts.update(boss, disable).await, Err(AccountError::LastAdmin));
    accounts.create(new("second", Role::Admin)).await.unwrap();
    assert_eq!(accounts.update(boss, demote()).await.map(|account| account.role), Ok(Role::Agent));
    shop.audit().await;
}

#[tokio::test]
async fn of_two_admins_who_demote_each_other_one_stays() {
    let shop = Shop::new();
    let accounts = shop.engine.accounts();
    let ann = accounts.create(new("ann", Role::Admin)).await.unwrap().id;
    let bob = accounts.create(new("bob", Role::Admin)).await.unwrap().id;
    let demote = || AccountChange { role: Some(Role::Agent), ..AccountChange::default() };
    let (first, second) = tokio::join!(accounts.update(ann, demote()), accounts.update(bob, demote()));
    assert!(first.is_ok());
    assert_eq!(second, Err(AccountError::LastAdmin));
    shop.audit().await;
}

#[tokio::test]
async fn an_account_is_made_and_changed_at_one_stroke() {
    let shop = Shop::new();
    let accounts = shop.engine.accounts();
    let before = shop.store.position();
    let restricted = NewAccount {
        sites: vec!["shop".into()],
        queues: vec!["desk".into()],
        capacity: Some(5),
        ..new("ann", Role::Agent)
    };
    let ann = accounts.create(restricted).await.unwrap();
    assert_eq!(shop.store.position().0, before.0 + 1, "a crash leaves nothing or all of it");
    assert_eq!((&*ann.sites, &*ann.queues, ann.capacity), (&["shop".into()][..], &["desk".into()][..], 5));
    let change =
        AccountChange { name: Some("Anna".to_owned()), password: Some("new".to_owned()), ..AccountChange::default() };
    let anna = accounts.update(ann.id, change).await.unwrap();
    assert_eq!(shop.store.position().0, before.0 + 2);
    assert_eq!((&*anna.name, anna.password.as_deref()), ("Anna", Some("new")));
    let too_many = NewAccount { capacity: Some(crate::engine::CAPACITY_MAX + 1), ..new("bob", Role::Agent) };
    assert!(matches!(accounts.create(too_many).await, Err(AccountError::BadCapacity)));
    shop.audit().await;
}

#[tokio::test]
async fn accounts_and_sessions_survive_a_restart() {
    let shop = Shop::on_disk("http://127.0.0.1:9");
    let ann = shop.engine.accounts().create(new("ann", Role::Supervisor)).await.unwrap().id;
    let token = shop.engine.accounts().start_session(ann).await.unwrap();
    let shop = shop.restart(Span::hours(1)).await;
    let account = shop.engine.accounts().session(&token).unwrap();
    assert_eq!((account.id, account.role, account.password.as_deref()), (ann, Role::Supervisor, Some("hash")));
    assert_eq!(shop.engine.accounts().setup_token(), None);
    shop.audit().await;
}

#[tokio::test]
async fn names_and_addresses_that_cannot_be_are_refused() {
    let shop = Shop::new();
    for (name, email) in [("", "a@b"), ("Ann", "ab"), ("Ann", "@b"), ("Ann", "a b@c"), ("A\nnn", "a@b")] {
        let new = NewAccount { name: name.to_owned(), email: email.to_owned(), ..NewAccount::default() };
        let error = shop.engine.accounts().create(new).await.unwrap_err();
        assert!(matches!(error, AccountError::Invalid(_)), "{name:?} {email:?}: {error}");
    }
    shop.audit().await;
}
