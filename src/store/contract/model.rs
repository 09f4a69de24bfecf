//! Random commits against a model that is a few maps: whatever the order, the store and the model say the same.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Fixture, commit, conversation};
use crate::id::{EventNo, Position};
use crate::store::types::{AppendError, Key, RowChanges, Space, StreamId, Unique, Version};
use crate::time::Time;

/// One random act. Small numbers, so that streams, keys and versions meet often.
#[derive(Debug, Clone)]
enum Act {
    Append {
        stream: u8,
        behind: u8,
        events: u8,
        put: Vec<u8>,
        delete: Vec<u8>,
        once: Option<u8>,
        guard: bool,
        release: bool,
    },
    Erase {
        stream: u8,
    },
    Purge {
        now: u8,
    },
    Reopen,
}

fn act() -> impl Strategy<Value = Act> {
    let few = || prop::collection::vec(0..6_u8, 0..4);
    let append = (0..4_u8, prop_oneof![9 => Just(0_u8), 1 => 1..3_u8], 1..4_u8, few(), few(), any::<(bool, bool)>())
        .prop_flat_map(|(stream, behind, events, put, delete, (guard, release))| {
            prop::option::of(0..24_u8).prop_map(move |once| {
                let (put, delete) = (put.clone(), delete.clone());
                Act::Append { stream, behind, events, put, delete, once, guard: guard && once.is_none(), release }
            })
        });
    prop_oneof![
        40 => append,
        1 => (0..4_u8).prop_map(|stream| Act::Erase { stream }),
        3 => (0..30_u8).prop_map(|now| Act::Purge { now }),
        2 => Just(Act::Reopen),
    ]
}

#[derive(Default)]
struct Model {
    streams: BTreeMap<u8, Vec<String>>,
    erased: BTreeMap<u8, ()>,
    rows: BTreeMap<String, (u8, String)>,
    unique: BTreeMap<String, (u8, u64, Option<i64>)>,
    position: u64,
}

impl Model {
    fn append(&mut self, act: &Act) -> Result<(u64, u64), &'static str> {
        let Act::Append { stream, behind, events, put, delete, once, guard, release } = act else {
            return Err("not one");
        };
        if self.erased.contains_key(stream) {
            return Err("erased");
        }
        let (once_key, guard_key) = (once.map(once_key), guard.then(|| "guard".to_owned()));
        if once_key.as_ref().is_some_and(|key| self.unique.contains_key(key)) {
            return Err("duplicate");
        }
        if guard_key.as_ref().and_then(|key| self.unique.get(key)).is_some_and(|(owner, ..)| owner != stream) {
            return Err("duplicate");
        }
        let log = self.streams.entry(*stream).or_default();
        let version = log.len() as u64;
        if u64::from(*behind).min(version) > 0 {
            return Err("conflict");
        }
        self.position += 1;
        log.extend((0..*events).map(|n| format!("{version}+{n}")));
        let after = log.len() as u64;
        for key in delete {
            self.rows.remove(&row_key(*key));
        }
        for key in put {
            self.rows.insert(row_key(*key), (*stream, format!("at {}", self.position)));
        }
        if *release && self.unique.get("guard").is_some_and(|(owner, ..)| owner == stream) {
            self.unique.remove("guard");
        }
        if let Some(key) = once_key {
            self.unique.insert(key, (*stream, self.position, once.map(i64::from)));
        }
        if let Some(key) = guard_key {
            self.unique.insert(key, (*stream, self.position, None));
        }
        Ok((after, self.position))
    }
}

fn once_key(number: u8) -> String {
    format!("in/{number}")
}

fn row_key(number: u8) -> String {
    format!("row/{number}")
}

fn stream(number: u8) -> StreamId {
    conversation(u128::from(number))
}

async fn run(acts: Vec<Act>, mut fixture: Fixture) {
    let mut model = Model::default();
    for act in acts {
        match &act {
            Act::Append { stream: number, behind, events, put, delete, once, guard, release } => {
                let version = model.streams.get(number).map_or(0, Vec::len) as u64;
                let expected = version - u64::from(*behind).min(version);
                let texts: Vec<_> = (0..*events).map(|n| format!("{version}+{n}")).collect();
                let mut one = commit(&stream(*number), expected, &texts.iter().map(String::as_str).collect::<Vec<_>>());
                let value = format!("at {}", model.position + 1).into_bytes();
                one.rows = RowChanges {
                    put: put.iter().map(|key| (Key::new(row_key(*key)), value.clone())).collect(),
                    delete: delete.iter().map(|key| Key::new(row_key(*key))).collect(),
                };
                one.unique.extend(once.map(|n| Unique::Once { key: once_key(n), expires: Time(i64::from(n)) }));
                one.unique.extend(guard.then(|| Unique::Guard("guard".into())));
                one.release.extend(release.then(|| "guard".to_owned()));
                let outcome = match fixture.store.append(one).await {
                    Ok(appended) => Ok((appended.version.0, appended.position.0)),
                    Err(AppendError::Conflict { actual: Version(actual) }) if actual == version => Err("conflict"),
                    Err(AppendError::Duplicate { .. }) => Err("duplicate"),
                    Err(AppendError::Erased) => Err("erased"),
                    Err(other) => panic!("{other:?}"),
                };
                assert_eq!(outcome, model.append(&act), "{act:?}");
            }
            Act::Erase { stream: number } => {
                fixture.store.erase(vec![stream(*number)], Time(0)).await.unwrap();
                model.streams.remove(number);
                model.erased.insert(*number, ());
                model.rows.retain(|_, (owner, _)| owner != number);
                model.unique.retain(|_, (owner, ..)| owner != number);
            }
            Act::Purge { now } => {
                let now = i64::from(*now);
                fixture.store.purge(Time(now)).await.unwrap();
                // A purge goes by the age of commits: it may leave an expired key behind a younger one, but takes no other.
                let left = fixture.store.scan(Space::Unique, "", None, 99).unwrap();
                let left: Vec<_> = left.into_iter().map(|row| row.key).collect();
                model.unique.retain(|key, (_, _, expires)| {
                    left.contains(key) || {
                        assert!(expires.is_some_and(|expires| expires <= now), "{key} was purged at {now}");
                        false
                    }
                });
            }
            Act::Reopen => fixture = fixture.reopen(),
        }
    }
    compare(&model, &fixture);
    let fixture = fixture.reopen();
    compare(&model, &fixture);
}

fn compare(model: &Model, fixture: &Fixture) {
    let store = &fixture.store;
    for number in 0..4 {
        let events = store.events(&stream(number), EventNo(0), 999).unwrap();
        let texts: Vec<_> = events.iter().map(|event| String::from_utf8(event.bytes.clone()).unwrap()).collect();
        assert_eq!(&texts, model.streams.get(&number).unwrap_or(&Vec::new()), "stream {number}");
        assert!(events.iter().zip(1..).all(|(event, no)| event.no == EventNo(no)), "not dense: {events:?}");
    }
    let rows: BTreeMap<_, _> =
        store.scan(Space::Index, "", None, 99).unwrap().into_iter().map(|row| (row.key, row.value)).collect();
    let expected = model.rows.iter().map(|(key, (_, value))| (key.clone(), value.clone().into_bytes()));
    assert_eq!(rows, expected.collect());
    let unique = store.scan(Space::Unique, "", None, 99).unwrap();
    let unique: BTreeMap<_, _> = unique.iter().map(|row| (row.key.clone(), row.position.unwrap().0)).collect();
    assert_eq!(unique, model.unique.iter().map(|(key, (_, position, _))| (key.clone(), *position)).collect());
    let positions: Vec<_> = store.log(Position(0), 9_999).unwrap().iter().map(|commit| commit.position.0).collect();
    assert!(positions.is_sorted_by(|a, b| a < b));
    assert_eq!(store.position().0, model.position);
}

fn check(acts: Vec<Act>, fixture: Fixture) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run(acts, fixture));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn memory_does_what_the_model_does(acts in prop::collection::vec(act(), 1..80)) {
        check(acts, Fixture::memory());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn sled_does_what_the_model_does(acts in prop::collection::vec(act(), 1..80)) {
        check(acts, Fixture::sled());
    }
}
