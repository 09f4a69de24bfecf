//! Which intents hold which piece: as bits where intents are few, so that one look is enough, else as lists.

/// Up to so many intents are kept as bits.
const BITS_MAX: usize = 512;

/// For each piece its intents.
#[derive(Debug, Clone)]
pub(super) enum Holders {
    /// So many words of bits for each piece.
    Bits(usize, Vec<u64>),
    /// The intents of each piece in order.
    Lists(Lists),
}

impl Default for Holders {
    fn default() -> Self {
        Self::Bits(0, Vec::new())
    }
}

impl Holders {
    /// `each` tells every piece with an intent that holds it, the intents in order; it may tell a pair more than once, and is
    /// asked twice.
    pub(super) fn new(pieces: usize, intents: usize, each: impl Fn(&mut dyn FnMut(u32, u16))) -> Self {
        if intents > BITS_MAX {
            return Self::Lists(Lists::of_pairs(pieces, each));
        }
        let words = intents.div_ceil(64);
        let mut bits = vec![0; words * pieces];
        each(&mut |piece, intent| bits[piece as usize * words + usize::from(intent) / 64] |= 1 << (intent % 64));
        Self::Bits(words, bits)
    }

    /// Whether a phrase of the intent holds the piece.
    pub(super) fn has(&self, piece: u32, intent: u32) -> bool {
        match self {
            Self::Bits(words, bits) => {
                let word = bits.get(piece as usize * words + intent as usize / 64).copied().unwrap_or(0);
                word >> (intent % 64) & 1 == 1
            }
            Self::Lists(lists) => lists.get(piece as usize).binary_search(&(intent as u16)).is_ok(),
        }
    }
}

/// Lists of numbers, one after the other.
#[derive(Debug, Clone)]
pub(super) struct Lists {
    starts: Vec<u32>,
    items: Vec<u16>,
}

impl Lists {
    fn of_pairs(lists: usize, each: impl Fn(&mut dyn FnMut(u32, u16))) -> Self {
        let mut last = vec![None; lists];
        let mut starts = vec![0_u32; lists + 1];
        each(&mut |list, item| {
            if last[list as usize].replace(item) != Some(item) {
                starts[list as usize + 1] += 1;
            }
        });
        for list in 0..lists {
            starts[list + 1] += starts[list];
        }
        let mut items = vec![0; starts[lists] as usize];
        let mut ends = starts.clone();
        last.fill(None);
        each(&mut |list, item| {
            if last[list as usize].replace(item) != Some(item) {
                items[ends[list as usize] as usize] = item;
                ends[list as usize] += 1;
            }
        });
        Self { starts, items }
    }

    pub(super) fn get(&self, number: usize) -> &[u16] {
        match (self.starts.get(number), self.starts.get(number + 1)) {
            (Some(start), Some(end)) => &self.items[*start as usize..*end as usize],
            _ => &[],
        }
    }
}
