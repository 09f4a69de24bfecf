//! An index of words: which things (numbered from 0, the newest last) have which words. It is a store of its own beside the store,
//! follows it, and can be made anew from it at any time, so nothing here is ever waited for.
//!
//! | key                              | value                                                           |
//! |----------------------------------|-----------------------------------------------------------------|
//! | `w` field word `0` block         | the things of the block that have the word: sorted 16-bit numbers |
//! | `d` number                       | a thing: its name, its time, its facets                         |
//! | `n` name                         | its number                                                      |
//! | `p`                              | what the caller notes with each batch: how far it is            |
//!
//! A block is 4,096 things. So the words of a large archive are few keys, a question is answered block by block with sets of bits,
//! and the count is exact. Names and times are also in memory, 24 bytes each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use crate::time::Time;

use super::kv::{Kv, KvError, Writes};
use super::memory::MemoryKv;
use super::sled::SledKv;

/// Things in a block.
const BLOCK: u32 = 4_096;

/// A set of the things of a block.
type Bits = [u64; BLOCK as usize / 64];

/// Words that a beginning stands for, at most.
const BEGINNINGS_MAX: usize = 500;

/// Rows read at a time.
const PAGE: usize = 1_000;

/// The format of the keys and values; the caller's note begins with it.
const FORMAT: u8 = b'1';

/// The name of a thing: the bytes of its id.
pub type Name = [u8; 16];

/// The index failed; it can be made anew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the search index failed: {0}")]
pub struct PostingsError(String);

impl From<KvError> for PostingsError {
    fn from(error: KvError) -> Self {
        Self(error.0)
    }
}

/// A word in a field, or the beginning of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Term {
    /// The field: words of different fields are different words.
    pub field: u8,
    /// The word.
    pub word: String,
    /// Whether every word that begins so counts.
    pub beginning: bool,
}

/// A thing as it is to be known.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// By which it is sorted.
    pub at: Time,
    /// Words that stay: what was said once stays said.
    pub words: BTreeSet<(u8, String)>,
    /// Words that may go again.
    pub facets: BTreeSet<(u8, String)>,
}

/// What is asked for: of each of these lists at least one term, and a time.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// All of these, each by any of its terms.
    pub all: Vec<Vec<Term>>,
    /// Not before.
    pub from: Option<Time>,
    /// Before.
    pub until: Option<Time>,
}

/// The index.
pub struct Postings {
    kv: Box<dyn Kv>,
    things: RwLock<Vec<Option<(Name, Time)>>>,
}

/// The things that have a word, by block.
type Blocks = BTreeMap<u32, Bits>;

impl Postings {
    /// An index in memory.
    pub fn memory() -> Self {
        Self { kv: Box::<MemoryKv>::default(), things: RwLock::default() }
    }

    /// The index in a folder; an empty one where there is none, or none that can be read.
    pub fn open(folder: &Path) -> Result<Self, PostingsError> {
        if let Ok(kv) = SledKv::open_index(folder)
            && let Ok(known) = Self::read(Box::new(kv))
            && (known.note()?.is_some() || known.is_empty())
        {
            return Ok(known);
        }
        if folder.exists() {
            std::fs::remove_dir_all(folder).map_err(|error| PostingsError(error.to_string()))?;
        }
        let kv = SledKv::open_index(folder).map_err(|error| PostingsError(error.to_string()))?;
        Self::read(Box::new(kv))
    }

    fn read(kv: Box<dyn Kv>) -> Result<Self, PostingsError> {
        let mut things = Vec::new();
        let mut from = vec![b'd'];
        loop {
            let page = kv.range(&from, b"e", PAGE)?;
            for (key, value) in &page {
                let number = number(key.get(1..5));
                let thing = name(value).zip(value.get(16..24)).map(|(name, at)| (name, time(at)));
                let (Some(number), Some(thing)) = (number, thing) else { return Err(broken()) };
                let length = things.len().max(number as usize);
                things.resize(length, None);
                things.push(Some(thing));
            }
            match page.last() {
                Some((last, _)) if page.len() == PAGE => from = [last.as_slice(), &[0]].concat(),
                _ => break,
            }
        }
        Ok(Self { kv, things: RwLock::new(things) })
    }

    fn is_empty(&self) -> bool {
        self.things.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// What was noted with the last batch; nothing where there was none, or another program wrote it.
    pub fn note(&self) -> Result<Option<Vec<u8>>, PostingsError> {
        let note = self.kv.get(b"p")?;
        Ok(note.and_then(|note| note.strip_prefix(&[FORMAT]).map(<[u8]>::to_vec)))
    }

    /// The names of all things.
    pub fn names(&self) -> Vec<Name> {
        let things = self.things.read().unwrap_or_else(PoisonError::into_inner);
        things.iter().flatten().map(|(name, _)| *name).collect()
    }

    /// Makes things known as they are now, with a note of how far the caller is, as one batch. One caller at a time.
    pub fn put(&self, entries: Vec<(Name, Entry)>, note: &[u8]) -> Result<(), PostingsError> {
        let mut writes = Writes::new();
        let mut changes: BTreeMap<Vec<u8>, (Bits, Bits)> = BTreeMap::new();
        let mut next = self.len();
        let mut known = Vec::new();
        let mut fresh: BTreeMap<Name, u32> = BTreeMap::new();
        for (name, entry) in entries {
            let number = match fresh.get(&name).copied().or(self.number_of(&name)?) {
                Some(number) => number,
                None => {
                    let number = next;
                    next += 1;
                    fresh.insert(name, number);
                    writes.insert(named(&name), Some(number.to_be_bytes().to_vec()));
                    number
                }
            };
            let (block, bit) = (number / BLOCK, number % BLOCK);
            for facet in self.facets_of(number)?.difference(&entry.facets) {
                set(&mut changes.entry(posting(facet, block)).or_insert(EMPTY).1, bit);
            }
            for word in entry.words.iter().chain(&entry.facets) {
                let (add, remove) = changes.entry(posting(word, block)).or_insert(EMPTY);
                set(add, bit);
                unset(remove, bit);
            }
            writes.insert(thing(number), Some(thing_value(&name, &entry)));
            known.push((number, (name, entry.at)));
        }
        for (key, (add, remove)) in changes {
            let before = self.kv.get(&key)?.map(|value| bits(&value)).unwrap_or([0; 64]);
            let mut after = before;
            for (at, word) in after.iter_mut().enumerate() {
                *word = (*word | add[at]) & !remove[at];
            }
            if after != before {
                writes.insert(key, stored(&after));
            }
        }
        writes.insert(vec![b'p'], Some([&[FORMAT], note].concat()));
        self.kv.apply(writes)?;
        let mut things = self.things.write().unwrap_or_else(PoisonError::into_inner);
        let length = things.len().max(next as usize);
        things.resize(length, None);
        for (number, thing) in known {
            if let Some(place) = things.get_mut(number as usize) {
                *place = Some(thing);
            }
        }
        Ok(())
    }

    /// Forgets things: they are found no more at once, and then their words go from every list.
    pub fn forget(&self, names: &[Name]) -> Result<(), PostingsError> {
        let mut gone: Blocks = BTreeMap::new();
        let mut writes = Writes::new();
        for name in names {
            if let Some(number) = self.number_of(name)? {
                set(gone.entry(number / BLOCK).or_insert([0; 64]), number % BLOCK);
                writes.extend([(named(name), None), (thing(number), None)]);
                let mut things = self.things.write().unwrap_or_else(PoisonError::into_inner);
                if let Some(place) = things.get_mut(number as usize) {
                    *place = None;
                }
            }
        }
        if gone.is_empty() {
            return Ok(());
        }
        // First the lists: whoever is cut short begins again, because the names are still known.
        let mut from = vec![b'w'];
        loop {
            let page = self.kv.range(&from, b"x", PAGE)?;
            let mut cleaned = Writes::new();
            for (key, value) in &page {
                let Some(gone) = block_of(key).and_then(|block| gone.get(&block)) else { continue };
                let before = bits(value);
                let mut after = before;
                after.iter_mut().zip(gone).for_each(|(word, gone)| *word &= !gone);
                if after != before {
                    cleaned.insert(key.clone(), stored(&after));
                }
            }
            self.kv.apply(cleaned)?;
            match page.last() {
                Some((last, _)) if page.len() == PAGE => from = [last.as_slice(), &[0]].concat(),
                _ => break,
            }
        }
        self.kv.apply(writes)?;
        Ok(self.kv.sync()?)
    }

    /// Forgets everything.
    pub fn clear(&self) -> Result<(), PostingsError> {
        loop {
            let page = self.kv.range(b"", b"\xFD", PAGE)?;
            if page.is_empty() {
                break;
            }
            self.kv.apply(page.into_iter().map(|(key, _)| (key, None)).collect())?;
        }
        self.things.write().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(())
    }

    /// Makes what was put outlive a crash of the system; a crash of the process loses nothing anyway.
    pub fn sync(&self) -> Result<(), PostingsError> {
        Ok(self.kv.sync()?)
    }

    /// Bytes on disk.
    pub fn disk_bytes(&self) -> u64 {
        self.kv.disk_bytes()
    }

    /// The things that are asked for, the latest first, from a place on, so many; and how many there are in all.
    pub fn find(&self, asked: &Asked, from: usize, limit: usize) -> Result<(Vec<Name>, usize), PostingsError> {
        let mut lists = Vec::with_capacity(asked.all.len());
        for any in &asked.all {
            let mut blocks = Blocks::new();
            for term in any {
                self.add_blocks(term, &mut blocks)?;
            }
            lists.push(blocks);
        }
        let mut found: Vec<(Time, Name)> = Vec::new();
        let things = self.things.read().unwrap_or_else(PoisonError::into_inner);
        let blocks = u32::try_from(things.len().div_ceil(BLOCK as usize)).unwrap_or(u32::MAX);
        for block in 0..blocks {
            let mut both: Bits = [u64::MAX; 64];
            for list in &lists {
                let bits = list.get(&block).unwrap_or(&[0; 64]);
                both.iter_mut().zip(bits).for_each(|(word, bits)| *word &= bits);
            }
            for bit in ones(&both) {
                let Some(Some((name, at))) = things.get((block * BLOCK + bit) as usize) else { continue };
                if asked.from.is_none_or(|from| *at >= from) && asked.until.is_none_or(|until| *at < until) {
                    found.push((*at, *name));
                }
            }
        }
        let total = found.len();
        let to = from.saturating_add(limit).min(total);
        if to < total {
            found.select_nth_unstable_by(to, |one, other| other.cmp(one));
            found.truncate(to);
        }
        found.sort_unstable_by(|one, other| other.cmp(one));
        Ok((found.into_iter().skip(from).map(|(_, name)| name).collect(), total))
    }

    /// Adds the things that have a word, or one that begins so.
    fn add_blocks(&self, term: &Term, blocks: &mut Blocks) -> Result<(), PostingsError> {
        let mut from = [&[b'w', term.field], term.word.as_bytes()].concat();
        let mut end = from.clone();
        if term.beginning {
            end.push(0xFF);
        } else {
            from.push(0);
            end.push(1);
        }
        let mut words = BTreeSet::new();
        loop {
            let page = self.kv.range(&from, &end, PAGE)?;
            for (key, value) in &page {
                let (Some(block), Some(word)) = (block_of(key), key.get(2..key.len() - 5)) else { continue };
                if !words.contains(word) {
                    if words.len() == BEGINNINGS_MAX {
                        return Ok(());
                    }
                    words.insert(word.to_vec());
                }
                let known = blocks.entry(block).or_insert([0; 64]);
                known.iter_mut().zip(bits(value)).for_each(|(known, more)| *known |= more);
            }
            match page.last() {
                Some((last, _)) if page.len() == PAGE => from = [last.as_slice(), &[0]].concat(),
                _ => return Ok(()),
            }
        }
    }

    fn len(&self) -> u32 {
        let things = self.things.read().unwrap_or_else(PoisonError::into_inner);
        u32::try_from(things.len()).unwrap_or(u32::MAX)
    }

    fn number_of(&self, name: &Name) -> Result<Option<u32>, PostingsError> {
        Ok(number(self.kv.get(&named(name))?.as_deref()))
    }

    fn facets_of(&self, number: u32) -> Result<BTreeSet<(u8, String)>, PostingsError> {
        let value = self.kv.get(&thing(number))?.unwrap_or_default();
        let text = std::str::from_utf8(value.get(24..).unwrap_or_default()).unwrap_or_default();
        let facets =
            text.split('\n').filter_map(|facet| Some((*facet.as_bytes().first()?, facet.get(1..)?.to_owned())));
        Ok(facets.collect())
    }
}

/// No change.
const EMPTY: (Bits, Bits) = ([0; 64], [0; 64]);

fn broken() -> PostingsError {
    PostingsError("a part of it cannot be read".to_owned())
}

fn posting((field, word): &(u8, String), block: u32) -> Vec<u8> {
    [&[b'w', *field], word.as_bytes(), &[0], &block.to_be_bytes()].concat()
}

fn block_of(key: &[u8]) -> Option<u32> {
    number(key.len().checked_sub(4).and_then(|at| key.get(at..)))
}

fn thing(number: u32) -> Vec<u8> {
    [b"d".as_slice(), number.to_be_bytes().as_slice()].concat()
}

fn thing_value(name: &Name, entry: &Entry) -> Vec<u8> {
    let facets = entry.facets.iter().map(|(field, word)| format!("{}{word}", char::from(*field)));
    let facets = facets.collect::<Vec<_>>().join("\n");
    [name.as_slice(), &entry.at.0.to_be_bytes(), facets.as_bytes()].concat()
}

fn named(name: &Name) -> Vec<u8> {
    [b"n".as_slice(), name.as_slice()].concat()
}

fn number(bytes: Option<&[u8]>) -> Option<u32> {
    Some(u32::from_be_bytes(bytes?.try_into().ok()?))
}

fn name(value: &[u8]) -> Option<Name> {
    value.get(..16)?.try_into().ok()
}

fn time(bytes: &[u8]) -> Time {
    Time(bytes.try_into().map(i64::from_be_bytes).unwrap_or_default())
}

fn set(bits: &mut Bits, bit: u32) {
    bits[bit as usize / 64] |= 1 << (bit % 64);
}

fn unset(bits: &mut Bits, bit: u32) {
    bits[bit as usize / 64] &= !(1 << (bit % 64));
}

/// The numbers in a set.
fn ones(bits: &Bits) -> impl Iterator<Item = u32> {
    (0_u32..)
        .step_by(64)
        .zip(bits)
        .flat_map(|(from, word)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| from + bit))
}

/// A set as it is stored; nothing where it is empty.
fn stored(bits: &Bits) -> Option<Vec<u8>> {
    let value: Vec<u8> = ones(bits).flat_map(|bit| u16::try_from(bit).unwrap_or(u16::MAX).to_be_bytes()).collect();
    Some(value).filter(|value| !value.is_empty())
}

/// A set as it was stored; what is no number of a thing is left out.
fn bits(value: &[u8]) -> Bits {
    let mut bits = [0; 64];
    for pair in value.chunks_exact(2) {
        let bit = u32::from(u16::from_be_bytes([pair[0], pair[1]]));
        if bit < BLOCK {
            set(&mut bits, bit);
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(at: i64, words: &[&str], facets: &[&str]) -> Entry {
        let set = |field: u8, words: &[&str]| words.iter().map(|word| (field, (*word).to_owned())).collect();
        Entry { at: Time(at), words: set(b'w', words), facets: set(b'f', facets) }
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
    fn facets_go_words_stay_and_who_is_forgotten_is_in_no_list() {
        let index = Postings::memory();
        filled(&index);
        index.put(vec![(id(2), entry(40, &["more"], &["shop"]))], b"4").unwrap();
        assert_eq!((found(&index, &["#vip"]), found(&index, &["lamp", "more"])), (vec![], vec![2]));
        index.forget(&[id(1), id(9)]).unwrap();
        assert_eq!((found(&index, &["lamp"]), found(&index, &["broken"])), (vec![2], vec![3]));
        assert_eq!(index.names(), [id(2), id(3)]);
        index.put(vec![(id(4), entry(50, &["lamp"], &[]))], b"5").unwrap();
        assert_eq!(found(&index, &["lamp"]), [4, 2], "a number is not given twice");
        index.forget(&[id(2), id(3), id(4)]).unwrap();
        let left = index.kv.range(b"a", b"o", 99).unwrap();
        let lists = index.kv.range(b"w", b"x", 99).unwrap();
        assert_eq!((left, lists), (vec![], vec![]), "no word of theirs is left");
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
        index.forget(&[id(3)]).unwrap();
        drop(index);
        let index = Postings::open(&path).unwrap();
        assert_eq!((index.note().unwrap().as_deref(), found(&index, &["lamp*"])), (Some(&b"3"[..]), vec![2, 1]));
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
}
