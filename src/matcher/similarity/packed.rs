//! Trained weights in little memory: a row holds few classes as pairs, or all classes densely, one byte a weight.

/// One weight of a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    class: u16,
    weight: f32,
}

/// The weights of some classes that stand beside each other, by row: what training leaves before it is packed, in as little
/// memory as it can be, because all blocks of a large bot are there at once.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    /// The number of its first class.
    first: usize,
    /// Where the weights of each row begin, and at last where all end.
    starts: Vec<u32>,
    /// Counted from its first class.
    classes: Vec<u8>,
    weights: Vec<f32>,
}

impl Block {
    /// Of rows that have a weight for every class from `first` on, `width` a row: those of the first `count` classes, where they are
    /// `least` or more.
    pub(super) fn of(all: &[f32], width: usize, first: usize, count: usize, least: f32) -> Self {
        let rows = || all.chunks_exact(width).map(|row| &row[..count]);
        let is_kept = |weight: &f32| weight.abs() >= least;
        let kept = rows().flatten().filter(|weight| is_kept(weight)).count();
        let mut block = Self {
            first,
            starts: Vec::with_capacity(all.len() / width + 1),
            classes: Vec::with_capacity(kept),
            weights: Vec::with_capacity(kept),
        };
        block.starts.push(0);
        for row in rows() {
            for (class, weight) in (0..).zip(row).filter(|(_, weight)| is_kept(weight)) {
                block.classes.push(class);
                block.weights.push(*weight);
            }
            block.starts.push(block.classes.len() as u32);
        }
        block
    }

    /// The weights of one row, in the order of their classes.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = Entry> {
        let range = self.starts[row] as usize..self.starts[row + 1] as usize;
        let classes = self.classes[range.clone()].iter().map(|class| (self.first + usize::from(*class)) as u16);
        classes.zip(&self.weights[range]).map(|(class, weight)| Entry { class, weight: *weight })
    }
}

/// All weights of all rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Packed {
    classes: usize,
    /// The length of a dense row: so many whole lanes that no class is left over.
    width: usize,
    heads: Vec<Head>,
    sparse_classes: Vec<u16>,
    sparse_weights: Vec<i8>,
    dense: Vec<i8>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Head {
    /// Where the row's weights begin, in the dense or in the sparse part.
    start: u32,
    /// How many there are; [`DENSE`] for all classes.
    length: u32,
    /// What a byte of one is worth.
    scale: f32,
}

const DENSE: u32 = u32::MAX;

/// Dense rows are added so many weights at a time, which lets the compiler use wide registers without a rest.
const LANES: usize = 16;

/// A row is dense where more than one in so many classes has a weight.
const DENSE_FROM: usize = 5;

impl Packed {
    /// No row yet.
    pub(super) fn empty(classes: usize) -> Self {
        Self { classes, width: classes.next_multiple_of(LANES), ..Self::default() }
    }

    /// Packs the weights of blocks that are in the order of their classes.
    pub(super) fn new(rows: usize, classes: usize, blocks: &[Block]) -> Self {
        let mut packed = Self { heads: Vec::with_capacity(rows), ..Self::empty(classes) };
        let mut entries: Vec<Entry> = Vec::new();
        for row in 0..rows {
            entries.clear();
            entries.extend(blocks.iter().flat_map(|block| block.row(row)));
            packed.push(&entries);
        }
        packed.shrink();
        packed
    }

    /// Gives back the room for rows that did not come.
    pub(super) fn shrink(&mut self) {
        self.heads.shrink_to_fit();
        self.sparse_classes.shrink_to_fit();
        self.sparse_weights.shrink_to_fit();
        self.dense.shrink_to_fit();
    }

    /// Adds the next row.
    pub(super) fn push(&mut self, entries: &[Entry]) {
        let largest = entries.iter().map(|entry| entry.weight.abs()).fold(0.0, f32::max);
        let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
        let byte = |weight: f32| (weight / scale).round() as i8;
        if entries.len() * DENSE_FROM > self.classes {
            let start = self.dense.len();
            self.dense.resize(start + self.width, 0);
            for entry in entries {
                self.dense[start + entry.class as usize] = byte(entry.weight);
            }
            self.heads.push(Head { start: start as u32, length: DENSE, scale });
        } else {
            let start = self.sparse_classes.len();
            self.sparse_classes.extend(entries.iter().map(|entry| entry.class));
            self.sparse_weights.extend(entries.iter().map(|entry| byte(entry.weight)));
            self.heads.push(Head { start: start as u32, length: entries.len() as u32, scale });
        }
    }

    /// Scores to add to: zeros, one for each class and some more that stay without meaning.
    pub(super) fn zeros(&self) -> Vec<f32> {
        vec![0.0; self.width]
    }

    /// Looks at the ends of a row. Where this is done with all rows before any is used, the processor fetches many of them from
    /// memory at once instead of one after the other.
    fn touch(&self, head: Head) -> i8 {
        let start = head.start as usize;
        if head.length == DENSE {
            return self.dense[start] ^ self.dense[start + self.width - 1];
        }
        match head.length as usize {
            0 => 0,
            length => {
                self.sparse_classes[start] as i8 ^ self.sparse_weights[start] ^ self.sparse_weights[start + length - 1]
            }
        }
    }

    /// Adds, for each row and its value, the value times the row's weights to the scores of all classes.
    pub(super) fn add(&self, rows: &[(u32, f32)], scores: &mut [f32]) {
        // All heads first: so the processor waits for many of them at once.
        let heads: Vec<Head> = rows.iter().map(|(row, _)| self.heads[*row as usize]).collect();
        std::hint::black_box(heads.iter().fold(0, |touched, head| touched ^ self.touch(*head)));
        for ((_, value), head) in rows.iter().zip(heads) {
            let factor = value * head.scale;
            let start = head.start as usize;
            if head.length == DENSE {
                let weights = self.dense[start..start + self.width].as_chunks::<LANES>().0;
                for (scores, weights) in scores.as_chunks_mut::<LANES>().0.iter_mut().zip(weights) {
                    for (score, weight) in scores.iter_mut().zip(weights) {
                        *score += factor * f32::from(*weight);
                    }
                }
            } else {
                let range = start..start + head.length as usize;
                for (class, weight) in self.sparse_classes[range.clone()].iter().zip(&self.sparse_weights[range]) {
                    scores[*class as usize] += factor * f32::from(*weight);
                }
            }
        }
    }
}
