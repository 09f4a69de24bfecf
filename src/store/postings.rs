//! An index of words: which things (numbered from 0, the newest last) have which words. It is a store of its own beside the store,
//! follows it, and can be made anew from it at any time, so nothing here is ever waited for.
//!
//! | key                              | value                                                           |
//! |----------------------------------|-----------------------------------------------------------------|
//! | `w` field word `0` block         | the things of the block that have the word: sorted 16-bit numbers |
//! | `d` number                       | a thing: its name, its time                                     |
//! | `n` name                         | its number                                                      |
//! | `t` number part                  | its words, so that those which it loses are known                |
//! | `p`                              | what the caller notes with each batch: how far it is            |
//!
//! A block is 4,096 things. So the words of a large archive are few keys, a question is answered block by block with sets of bits,
//! and the count is exact. Names and times are also in memory, 24 bytes each.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

use crate::time::Time;

use super::folder::OpenError;
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

/// Bytes of a thing's words in one row: the engine below wants no large ones.
const PART_BYTES: usize = 16 * 1024;

/// The format of the keys and values; the caller's note begins with it.
const FORMAT: u8 = b'2';

/// The name of a thing: the bytes of its id.
pub type Name = [u8; 16];

/// The index failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostingsError {
    /// Its files are not what they should be; it can be made anew.
    #[error("the search index is damaged: {0}")]
    Damaged(String),
    /// The system refused something; the files may be whole.
    #[error("the search index failed: {0}")]
    Failed(String),
}

impl From<KvError> for PostingsError {
    fn from(error: KvError) -> Self {
        match error {
            KvError::Damaged(why) => Self::Damaged(why),
            KvError::Failed(why) => Self::Failed(why),
        }
    }
}

impl PostingsError {
    fn opening(error: OpenError) -> Self {
        match error {
            OpenError::Damaged { why, .. } => Self::Damaged(why),
            OpenError::Io { error, .. }
                if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) =>
            {
                Self::Damaged(error.to_string())
            }
            OpenError::Io { folder, error } => Self::Failed(format!("{}: {error}", folder.display())),
            OpenError::Full(folder) => Self::Failed(format!("{}: the disk is full", folder.display())),
            error => Self::Failed(error.to_string()),
        }
    }

    fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Failed(format!("{}: {error}", path.display()))
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

/// Words, each with its field.
pub type FieldWords = BTreeSet<(u8, String)>;

/// A thing as it is to be known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// By which it is sorted.
    pub at: Time,
    /// All its words. Those that it had before and that are not among them go.
    pub words: FieldWords,
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

/// What is to be written at once.
#[derive(Default)]
struct Batch {
    writes: Writes,
    /// Per list, which of its things are to be in it and which not.
    lists: BTreeMap<Vec<u8>, Vec<(u32, bool)>>,
    /// What is to be kept in memory.
    things: Vec<(u32, Option<(Name, Time)>)>,
}

impl Postings {
    /// An index in memory.
    pub fn memory() -> Self {
        Self { kv: Box::<MemoryKv>::default(), things: RwLock::default() }
    }

    /// The index in a folder; an empty one where there is none, or where it is damaged or another program's. What else is wrong
    /// (no right to it, another process has it, no room) mends itself or is for the operator to mend: the files stay.
    pub fn open(folder: &Path) -> Result<Self, PostingsError> {
        let known = Self::open_there(folder).and_then(|index| {
            let ours = index.is_empty() || index.note()?.is_some();
            Ok(ours.then_some(index))
        });
        let why = match known {
            Ok(Some(known)) => return Ok(known),
            Ok(None) => "it has another format".to_owned(),
            Err(PostingsError::Damaged(why)) => why,
            Err(error) => return Err(error),
        };
        tracing::warn!("the search index is made anew: {why}");
        Self::open_anew(folder)
    }

    /// An empty index in a folder, in the place of a damaged one.
    pub fn open_anew(folder: &Path) -> Result<Self, PostingsError> {
        // Whoever cannot write there could not make it anew, and a disk that fails makes whole files look damaged.
        let probe = folder.join("probe");
        let writable = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&probe, b"?"));
        writable.map_err(|error| PostingsError::io(&probe, &error))?;
        std::fs::remove_dir_all(folder).map_err(|error| PostingsError::io(folder, &error))?;
        Self::open_there(folder)
    }

    fn open_there(folder: &Path) -> Result<Self, PostingsError> {
        Self::read(Box::new(SledKv::open_index(folder).map_err(PostingsError::opening)?))
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

    /// Makes things known as they are now, with a note of how far the caller is, as one batch. One caller at a time.
    pub fn put(&self, entries: Vec<(Name, Entry)>, note: &[u8]) -> Result<(), PostingsError> {
        let mut batch = Batch::default();
        let mut next = self.len();
        // Of a thing that is told twice, the last counts.
        for (name, entry) in entries.into_iter().collect::<BTreeMap<_, _>>() {
            let number = match self.number_of(&name)? {
                Some(number) => number,
                None => {
                    next += 1;
                    batch.writes.insert(named(&name), Some((next - 1).to_be_bytes().to_vec()));
                    next - 1
                }
            };
            batch.writes.insert(thing(number), Some([name.as_slice(), &entry.at.0.to_be_bytes()].concat()));
            self.change_words(&mut batch, number, &entry.words)?;
            batch.things.push((number, Some((name, entry.at))));
        }
        self.apply(batch, note)
    }

    /// Forgets things and every word of theirs, with a note of how far the caller is, as one batch. It outlives any crash.
    pub fn forget(&self, names: &[Name], note: &[u8]) -> Result<(), PostingsError> {
        let mut batch = Batch::default();
        for name in names {
            let Some(number) = self.number_of(name)? else { continue };
            batch.writes.extend([(named(name), None), (thing(number), None)]);
            self.change_words(&mut batch, number, &BTreeSet::new())?;
            batch.things.push((number, None));
        }
        self.apply(batch, note)?;
        Ok(self.kv.sync()?)
    }

    /// Puts a thing on the lists of its new words, and takes it off those of the words that it has no more.
    fn change_words(&self, batch: &mut Batch, number: u32, now: &FieldWords) -> Result<(), PostingsError> {
        let (before, parts) = self.words_of(number)?;
        let (block, bit) = (number / BLOCK, number % BLOCK);
        let gone = before.difference(now).map(|word| (word, false));
        for (word, there) in now.difference(&before).map(|word| (word, true)).chain(gone) {
            batch.lists.entry(posting(word, block)).or_default().push((bit, there));
        }
        if before != *now {
            batch.writes.extend(parts.into_iter().map(|key| (key, None)));
            let new = (0_u32..).zip(parted(now));
            batch.writes.extend(new.map(|(part, words)| (words_key(number, part), Some(words.into_bytes()))));
        }
        Ok(())
    }

    fn apply(&self, batch: Batch, note: &[u8]) -> Result<(), PostingsError> {
        let Batch { mut writes, lists, things: known } = batch;
        for (key, changed) in lists {
            let before = self.kv.get(&key)?.map_or([0; 64], |value| bits(&value));
            let mut after = before;
            for (bit, there) in changed {
                if there { set(&mut after, bit) } else { unset(&mut after, bit) }
            }
            if after != before {
                writes.insert(key, stored(&after));
            }
        }
        writes.insert(vec![b'p'], Some([&[FORMAT], note].concat()));
        self.kv.apply(writes)?;
        let mut things = self.things.write().unwrap_or_else(PoisonError::into_inner);
        for (number, thing) in known {
            let length = things.len().max(number as usize + 1);
            things.resize(length, None);
            things[number as usize] = thing;
        }
        Ok(())
    }

    /// Everything that is known, as the lists of words have it: what a check compares.
    pub fn contents(&self) -> Result<BTreeMap<Name, Entry>, PostingsError> {
        let things = self.things.read().unwrap_or_else(PoisonError::into_inner).clone();
        let known = things.iter().flatten().map(|(name, at)| (*name, Entry { at: *at, words: BTreeSet::new() }));
        let mut contents: BTreeMap<Name, Entry> = known.collect();
        let mut from = vec![b'w'];
        loop {
            let page = self.kv.range(&from, b"x", PAGE)?;
            for (key, value) in &page {
                let word = key.get(2..key.len() - 5).and_then(|word| std::str::from_utf8(word).ok());
                let (Some(block), Some(word)) = (block_of(key), word) else { return Err(broken()) };
                for bit in ones(&bits(value)) {
                    let thing = things.get((block * BLOCK + bit) as usize).and_then(Option::as_ref);
                    let entry = thing.and_then(|(name, _)| contents.get_mut(name)).ok_or_else(broken)?;
                    entry.words.insert((key[1], word.to_owned()));
                }
            }
            match page.last() {
                Some((last, _)) if page.len() == PAGE => from = [last.as_slice(), &[0]].concat(),
                _ => return Ok(contents),
            }
        }
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

    /// Makes what was put outlive a crash. What a crash takes with it, with the note, is put again.
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

    /// The words of a thing, and the keys under which they are written.
    fn words_of(&self, number: u32) -> Result<(FieldWords, Vec<Vec<u8>>), PostingsError> {
        let rows = self.kv.range(&words_key(number, 0), &words_key(number, u32::MAX), usize::MAX)?;
        let mut words = BTreeSet::new();
        for (_, value) in &rows {
            let text = std::str::from_utf8(value).map_err(|_| broken())?;
            let known =
                text.split('\n').filter_map(|word| Some((*word.as_bytes().first()?, word.get(1..)?.to_owned())));
            words.extend(known);
        }
        Ok((words, rows.into_iter().map(|(key, _)| key).collect()))
    }
}

fn broken() -> PostingsError {
    PostingsError::Damaged("a part of it cannot be read".to_owned())
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

fn words_key(number: u32, part: u32) -> Vec<u8> {
    [b"t".as_slice(), number.to_be_bytes().as_slice(), part.to_be_bytes().as_slice()].concat()
}

/// Words as they are written, in parts of a bearable length.
fn parted(words: &FieldWords) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for (field, word) in words {
        let word = format!("{}{word}\n", char::from(*field));
        match parts.last_mut() {
            Some(part) if part.len() + word.len() <= PART_BYTES => part.push_str(&word),
            _ => parts.push(word),
        }
    }
    parts
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
mod tests;
