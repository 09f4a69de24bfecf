//! The sentence of an intent that shares most pieces of three characters with a message. For each intent its pieces stand in
//! order, each with the sentences that have it, so that a message touches only what it shares with the intent.

use std::cell::RefCell;

/// The sentences of all intents by their pieces.
#[derive(Debug, Clone, Default)]
pub(super) struct Nearest {
    /// Where the pieces and the sentences of each intent begin; the last entry is where all end.
    starts: Vec<(u32, u32)>,
    pieces: Vec<u32>,
    /// Where the sentences of each piece begin in `holders`; one more than there are pieces.
    runs: Vec<u32>,
    /// Numbers of sentences within their intent.
    holders: Vec<u32>,
    lengths: Vec<f32>,
    phrases: Vec<u32>,
}

/// A sentence to be found: its pieces of three characters, the length of their vector, its phrase.
pub(super) struct Sketch {
    pub(super) pieces: Vec<u32>,
    pub(super) length: f32,
    pub(super) phrase: u32,
}

/// A piece of a message that some sentence has: how rare it is, and that times how often it occurs.
pub(super) struct Piece {
    pub(super) id: u32,
    pub(super) rarity: f32,
    pub(super) value: f32,
}

/// All pieces of a message: those that are known, and the rarity and the length of all together.
pub(super) struct Pieces {
    pub(super) known: Vec<Piece>,
    pub(super) rarity: f32,
    pub(super) length: f32,
}

/// What an intent has in common with a message.
pub(super) struct Near {
    /// The cosine between the message and the nearest sentence, and its phrase.
    pub(super) cosine: f32,
    pub(super) phrase: u32,
    /// The share of the message's pieces, by their rarity, that any sentence of the intent has.
    pub(super) explained: f32,
}

thread_local! {
    /// What each sentence of an intent shares with the message; kept for the next message to spare the allocation.
    static PRODUCTS: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

impl Nearest {
    /// Adds the sentences of the next intent.
    pub(super) fn push(&mut self, sentences: &[Sketch]) {
        if self.starts.is_empty() {
            self.starts.push((0, 0));
            self.runs.push(0);
        }
        let mut pairs: Vec<(u32, u32)> = (0..)
            .zip(sentences)
            .flat_map(|(number, sentence)| sentence.pieces.iter().map(move |piece| (*piece, number)))
            .collect();
        pairs.sort_unstable();
        for same in pairs.chunk_by(|a, b| a.0 == b.0) {
            self.pieces.push(same[0].0);
            self.holders.extend(same.iter().map(|(_, number)| *number));
            self.runs.push(self.holders.len() as u32);
        }
        self.lengths.extend(sentences.iter().map(|sentence| sentence.length));
        self.phrases.extend(sentences.iter().map(|sentence| sentence.phrase));
        self.starts.push((self.pieces.len() as u32, self.lengths.len() as u32));
    }

    /// What the sentences of the intent have in common with the message.
    pub(super) fn find(&self, intent: u32, message: &Pieces) -> Near {
        let mut near = Near { cosine: 0.0, phrase: u32::MAX, explained: 0.0 };
        let intent = intent as usize;
        let (Some(from), Some(to)) = (self.starts.get(intent), self.starts.get(intent + 1)) else { return near };
        let pieces = &self.pieces[from.0 as usize..to.0 as usize];
        let (lengths, phrases) =
            (&self.lengths[from.1 as usize..to.1 as usize], &self.phrases[from.1 as usize..to.1 as usize]);
        PRODUCTS.with_borrow_mut(|products| {
            products.clear();
            products.resize(lengths.len(), 0.0);
            for piece in &message.known {
                let Ok(at) = pieces.binary_search(&piece.id) else { continue };
                near.explained += piece.rarity;
                let run = &self.runs[from.0 as usize + at..from.0 as usize + at + 2];
                for sentence in &self.holders[run[0] as usize..run[1] as usize] {
                    products[*sentence as usize] += piece.value * piece.rarity;
                }
            }
            for ((product, own), phrase) in products.iter().zip(lengths).zip(phrases) {
                let scale = own * message.length;
                let cosine = if scale > 0.0 { product / scale } else { 0.0 };
                if cosine > near.cosine || near.phrase == u32::MAX {
                    (near.cosine, near.phrase) = (cosine, *phrase);
                }
            }
        });
        near.explained /= message.rarity.max(f32::MIN_POSITIVE);
        near
    }
}
