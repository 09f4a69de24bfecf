//! Which intents hold which piece: as bits where intents are few, so that one look is enough, else as lists.

/// Up to so many intents are kept as bits.
const BITS_MAX: usize = 512;

/// For each piece its intents.
#[derive(Debug, Clone)]
pub(super) enum Holders {
    /// So many words of bits for each piece.
    Bits(usize, Vec<u64>),
    /// The intents of each piece in order.
    Lists(Lists<u16>),
}

impl Default for Holders {
    fn default() -> Self {
        Self::Bits(0, Vec::new())
    }
}

impl Holders {
    pub(super) fn new(holders: &[Vec<u16>], intents: usize) -> Self {
        if intents > BITS_MAX {
            let mut lists = Lists::default();
            holders.iter().for_each(|holders| lists.push(holders));
            return Self::Lists(lists);
        }
        let words = intents.div_ceil(64);
        let mut bits = vec![0; words * holders.len()];
        for (piece, holders) in holders.iter().enumerate() {
            for intent in holders {
                bits[piece * words + usize::from(*intent) / 64] |= 1 << (intent % 64);
            }
        }
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
pub(super) struct Lists<T> {
    starts: Vec<u32>,
    items: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { starts: vec![0], items: Vec::new() }
    }
}

impl<T: Copy> Lists<T> {
    pub(super) fn push(&mut self, list: &[T]) {
        self.items.extend_from_slice(list);
        self.starts.push(self.items.len() as u32);
    }

    pub(super) fn get(&self, number: usize) -> &[T] {
        match (self.starts.get(number), self.starts.get(number + 1)) {
            (Some(start), Some(end)) => &self.items[*start as usize..*end as usize],
            _ => &[],
        }
    }
}
