//! The index of words: what is found, what goes, and what stays on disk.

use super::*;

fn entry(at: i64, words: &[&str], facets: &[&str]) -> Entry {
    let of = |field: u8, words: &[&str]| words.iter().map(|word| (field, (*word).to_owned())).collect::<Vec<_>>();
    Entry { at: Time(at), words: of(b'w', words).into_iter().chain(of(b'f', facets)).collect() }
}

fn id(number: u128) -> Name {
    number.to_be_bytes()
}

fn ask(words: &[&str]) -> Asked {
    let term = |word: &&str| {
        let (word, beginning) = word.strip_suffix('*').map_or((*word, false), |word| (word, true));
        let (field, word) = word.strip_prefix('#').map_or((b'w', word), |word| (b'f', word));
        vec![Term { field, word: word.to_owned(), beginning }]
    };
    Asked { all: words.iter().map(term).collect(), ..Asked::default() }
}

fn found(index: &Postings, words: &[&str]) -> Vec<u128> {
    let (names, total) = index.find(&ask(words), 0, 100).unwrap();
    assert_eq!(names.len(), total);
    names.into_iter().map(u128::from_be_bytes).collect()
}

fn filled(index: &Postings) {
    let entries = vec![
        (id(1), entry(10, &["lamp", "broken"], &["shop"])),
        (id(2), entry(30, &["lamp"], &["shop", "vip"])),
        (id(3), entry(20, &["lampshade", "broken"], &["hotel"])),
    ];
    index.put(entries, b"3").unwrap();
}

#[test]
fn all_words_count_the_latest_stand_first_and_beginnings_are_found() {
    let index = Postings::memory();
    filled(&index);
    assert_eq!(found(&index, &["lamp"]), [2, 1]);
    assert_eq!(found(&index, &["lamp*"]), [2, 3, 1]);
    assert!(found(&index, &["lam"]).is_empty(), "a beginning only where it is asked for");
    assert_eq!(found(&index, &["lamp*", "broken", "#hotel"]), [3]);
    assert!(found(&index, &["vip"]).is_empty(), "a facet is no word");
    let any = Asked { all: vec![ask(&["#hotel", "#vip"]).all.concat()], ..Asked::default() };
    assert_eq!(index.find(&any, 0, 9).unwrap().0, [id(2), id(3)]);
    let late = Asked { from: Some(Time(11)), until: Some(Time(30)), ..ask(&["lamp*"]) };
    assert_eq!(index.find(&late, 0, 9).unwrap(), (vec![id(3)], 1));
    assert_eq!(index.find(&ask(&["lamp*"]), 1, 1).unwrap(), (vec![id(3)], 3), "the second page");
}

#[test]
fn words_that_are_gone_are_found_no_more_and_who_is_forgotten_is_in_no_list() {
    let index = Postings::memory();
    filled(&index);
    index.put(vec![(id(2), entry(40, &["more"], &["shop"]))], b"4").unwrap();
    assert_eq!((found(&index, &["#vip"]), found(&index, &["lamp"])), (vec![], vec![1]));
    assert_eq!(found(&index, &["more", "#shop"]), [2]);
    index.forget(&[id(1), id(9)], b"5").unwrap();
    assert_eq!((found(&index, &["lamp*"]), found(&index, &["broken"])), (vec![3], vec![3]));
    assert_eq!(index.contents().unwrap().into_keys().collect::<Vec<_>>(), [id(2), id(3)]);
    index.put(vec![(id(4), entry(50, &["lamp"], &[]))], b"6").unwrap();
    assert_eq!(found(&index, &["lamp"]), [4], "a number is not given twice");
    index.forget(&[id(2), id(3), id(4)], b"7").unwrap();
    let left = index.kv.range(b"", b"\xFD", 99).unwrap();
    assert_eq!(left, [(b"p".to_vec(), b"27".to_vec())], "nothing of theirs is left, and the note came with it");
}

#[test]
fn many_words_of_one_thing_go_as_they_came() {
    let index = Postings::memory();
    let words: Vec<String> = (0..9_000).map(|number| format!("word{number}")).collect();
    let all = entry(1, &words.iter().map(String::as_str).collect::<Vec<_>>(), &[]);
    index.put(vec![(id(1), all.clone())], b"").unwrap();
    assert!(index.kv.range(b"t", b"u", 99).unwrap().iter().all(|(_, value)| value.len() <= PART_BYTES));
    assert_eq!(index.contents().unwrap(), BTreeMap::from([(id(1), all)]));
    let few = entry(2, &["word7", "other"], &[]);
    index.put(vec![(id(1), few.clone())], b"").unwrap();
    assert_eq!(index.contents().unwrap(), BTreeMap::from([(id(1), few)]));
    assert_eq!(index.kv.range(b"t", b"u", 99).unwrap().len(), 1, "old parts go too");
}

#[test]
fn many_things_are_in_many_blocks() {
    let index = Postings::memory();
    for thousand in 0..10 {
        let entries = (0..1_000).map(|number| {
            let number = thousand * 1_000 + number;
            let own = format!("n{number}");
            (
                id(number),
                entry(i64::try_from(number).unwrap(), &["all", &own, ["even", "odd"][number as usize % 2]], &[]),
            )
        });
        index.put(entries.collect(), b"").unwrap();
    }
    assert_eq!(index.find(&ask(&["all", "odd"]), 0, 2).unwrap(), (vec![id(9_999), id(9_997)], 5_000));
    assert_eq!(found(&index, &["n4096"]), [4_096]);
    assert_eq!(index.find(&ask(&["n999*"]), 0, 1).unwrap().1, 11);
}

#[test]
fn what_is_on_disk_is_read_back_and_what_cannot_be_read_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("search");
    let index = Postings::open(&path).unwrap();
    assert_eq!(index.note().unwrap(), None);
    filled(&index);
    index.forget(&[id(3)], b"4").unwrap();
    drop(index);
    let index = Postings::open(&path).unwrap();
    assert_eq!((index.note().unwrap().as_deref(), found(&index, &["lamp*"])), (Some(&b"4"[..]), vec![2, 1]));
    drop(index);
    for file in ["db", "conf"] {
        std::fs::write(path.join(file), b"noise").unwrap();
    }
    let index = Postings::open(&path).unwrap();
    assert_eq!((index.note().unwrap(), found(&index, &["lamp*"])), (None, vec![]));
    filled(&index);
    index.clear().unwrap();
    assert!(found(&index, &["lamp*"]).is_empty());
}

#[test]
fn what_the_system_refuses_is_told_and_takes_nothing_away() {
    let folder = tempfile::tempdir().unwrap();
    let (path, aside) = (folder.path().join("search"), folder.path().join("aside"));
    let index = Postings::open(&path).unwrap();
    filled(&index);
    index.sync().unwrap();
    drop(index);
    std::fs::rename(path.join("db"), &aside).unwrap();
    std::fs::create_dir(path.join("db")).unwrap();
    let refused = Postings::open(&path).err();
    assert!(matches!(&refused, Some(PostingsError::Failed(why)) if why.contains("search")), "{refused:?}");
    std::fs::remove_dir(path.join("db")).unwrap();
    std::fs::rename(&aside, path.join("db")).unwrap();
    assert_eq!(found(&Postings::open(&path).unwrap(), &["lamp"]), [2, 1], "it is as it was");
}

#[test]
fn damage_that_is_found_later_is_told_as_damage() {
    let index = Postings::memory();
    filled(&index);
    index.kv.apply(Writes::from([(words_key(0, 0), Some(vec![0xFF]))])).unwrap();
    let refused = index.put(vec![(id(1), entry(10, &["lamp"], &[]))], b"4");
    assert!(matches!(refused, Err(PostingsError::Damaged(_))), "{refused:?}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("search");
    let index = Postings::open(&path).unwrap();
    filled(&index);
    drop(index);
    std::fs::remove_dir_all(&path).unwrap();
    assert!(Postings::open_anew(&path).unwrap().is_empty(), "also where its folder is gone");
}
