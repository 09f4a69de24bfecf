//! Which intents are alike, by their words: clusters of them, and parts of equal size.

use crate::matcher::vocabulary::{Map, stable_hash};

use super::Sentence;
use super::index::rarity;

/// How often clusters are found anew.
const ROUNDS: usize = 4;

/// The rare words of an intent as a vector of length one, in order.
type Vector = Vec<(u32, f32)>;

/// Parts the intents into so many parts of equal size, those that are alike into the same: for each intent the number of its
/// part. Each part begins with the intent that is least like all that are left and grows by the one most like it. Quadratic in
/// the number of intents.
pub(super) fn alike(sentences: &[&Sentence], intents: usize, parts: usize) -> Vec<u32> {
    let (vectors, _) = word_vectors(sentences, intents);
    let mut likeness = vec![0.0_f32; intents * intents];
    for one in 0..intents {
        for other in one + 1..intents {
            let cosine = product(&vectors[one], &vectors[other]);
            likeness[one * intents + other] = cosine;
            likeness[other * intents + one] = cosine;
        }
    }
    let row = |intent: usize| &likeness[intent * intents..(intent + 1) * intents];
    let mut left: Vec<usize> = (0..intents).collect();
    let mut part_of = vec![0_u32; intents];
    let mut to_all: Vec<f32> = (0..intents).map(|intent| row(intent).iter().sum()).collect();
    for part in 0..parts {
        let size = left.len().div_ceil(parts - part);
        let mut to_part = vec![0.0_f32; intents];
        for member in 0..size {
            let next = match member {
                0 => left.iter().copied().min_by(|a, b| to_all[*a].total_cmp(&to_all[*b]).then(a.cmp(b))),
                _ => left.iter().copied().max_by(|a, b| to_part[*a].total_cmp(&to_part[*b]).then(b.cmp(a))),
            };
            let Some(next) = next else { break };
            left.retain(|intent| *intent != next);
            part_of[next] = part as u32;
            to_part.iter_mut().zip(row(next)).for_each(|(sum, likeness)| *sum += likeness);
            to_all.iter_mut().zip(row(next)).for_each(|(sum, likeness)| *sum -= likeness);
        }
    }
    part_of
}

fn product(one: &Vector, other: &Vector) -> f32 {
    let (mut a, mut b, mut sum) = (0, 0, 0.0);
    while let (Some(left), Some(right)) = (one.get(a), other.get(b)) {
        match left.0.cmp(&right.0) {
            std::cmp::Ordering::Less => a += 1,
            std::cmp::Ordering::Greater => b += 1,
            std::cmp::Ordering::Equal => {
                sum += left.1 * right.1;
                (a, b) = (a + 1, b + 1);
            }
        }
    }
    sum
}

/// Clusters of intents that are alike: about as many groups as each has intents: spherical k-means over the words of the intents, with a limit on each group.
pub(super) fn clusters(sentences: &[&Sentence], intents: usize) -> Vec<Vec<u32>> {
    let count = (intents as f64).sqrt().round().max(1.0) as usize;
    let room = (intents.div_ceil(count) * 3).div_ceil(2);
    let (vectors, words) = word_vectors(sentences, intents);
    let mut order: Vec<usize> = (0..intents).collect();
    order.sort_by_key(|intent| (stable_hash(23, &(*intent as u64).to_le_bytes()), *intent));
    // Which group each intent is in; at first only the seeds are in one.
    let mut group_of = vec![usize::MAX; intents];
    for group in 0..count {
        group_of[order[group * intents / count]] = group;
    }
    let mut centers = vec![0.0_f32; words * count];
    for _ in 0..ROUNDS {
        centers.fill(0.0);
        for (vector, group) in vectors.iter().zip(&group_of).filter(|(_, group)| **group < count) {
            for (word, value) in vector {
                centers[*word as usize * count + group] += value;
            }
        }
        let mut squares = vec![0.0_f32; count];
        for row in centers.chunks_exact(count) {
            squares.iter_mut().zip(row).for_each(|(square, value)| *square += value * value);
        }
        let mut sizes = vec![0_usize; count];
        for intent in &order {
            let mut cosines = vec![0.0_f32; count];
            for (word, value) in &vectors[*intent] {
                let row = &centers[*word as usize * count..][..count];
                cosines.iter_mut().zip(row).for_each(|(cosine, center)| *cosine += value * center);
            }
            let cosine = |group: usize| cosines[group] / squares[group].sqrt().max(f32::MIN_POSITIVE);
            let open = (0..count).filter(|group| sizes[*group] < room);
            let nearest = open.max_by(|a, b| cosine(*a).total_cmp(&cosine(*b)).then(b.cmp(a))).unwrap_or(0);
            group_of[*intent] = nearest;
            sizes[nearest] += 1;
        }
    }
    let mut members = vec![Vec::new(); count];
    for (intent, group) in (0..).zip(group_of) {
        members[group].push(intent);
    }
    members.retain(|members: &Vec<u32>| !members.is_empty());
    members
}

/// For each intent its words by their rarity, as a vector of length one; and how many words there are.
fn word_vectors(sentences: &[&Sentence], intents: usize) -> (Vec<Vector>, usize) {
    let mut numbers: Map<&str, u32> = Map::default();
    let mut frequency: Vec<f32> = Vec::new();
    let mut counts: Vec<Vec<(u32, f32)>> = vec![Vec::new(); intents];
    for sentence in sentences {
        let Some(counts) = counts.get_mut(sentence.intent as usize) else { continue };
        for (word, _) in sentence.words.iter() {
            let number = *numbers.entry(word).or_insert(frequency.len() as u32);
            if number as usize == frequency.len() {
                frequency.push(0.0);
            }
            frequency[number as usize] += sentence.weight;
            counts.push((number, sentence.weight));
        }
    }
    let total: f32 = sentences.iter().map(|sentence| sentence.weight).sum();
    for counts in &mut counts {
        counts.sort_by_key(|(word, _)| *word);
        counts.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        for (word, value) in counts.iter_mut() {
            *value *= rarity(total, frequency[*word as usize]).powi(2);
        }
        let length = counts.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
        counts.iter_mut().for_each(|(_, value)| *value /= length.max(f32::MIN_POSITIVE));
    }
    (counts, frequency.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Words;

    #[test]
    fn parts_are_of_equal_size_and_hold_what_is_alike() {
        let texts =
            ["pay my bill", "cancel the flight", "pay the rent", "flight to rome", "sing a song", "a song please"];
        let sentences: Vec<Sentence> = (0..)
            .zip(texts)
            .map(|(intent, text)| Sentence { intent, phrase: intent, words: Words::of(text), weight: 1.0 })
            .collect();
        let part_of = alike(&sentences.iter().collect::<Vec<_>>(), 6, 3);
        assert!(part_of[0] == part_of[2] && part_of[1] == part_of[3] && part_of[4] == part_of[5], "{part_of:?}");
        assert!((0..3).all(|part| part_of.iter().filter(|own| **own == part).count() == 2));
    }

    #[test]
    fn no_group_takes_all_intents() {
        let sentences: Vec<Sentence> = (0..100)
            .map(|intent| Sentence { intent, phrase: intent, words: Words::of("the same words"), weight: 1.0 })
            .collect();
        let groups = clusters(&sentences.iter().collect::<Vec<_>>(), 100);
        assert!(groups.len() > 5 && groups.iter().all(|group| group.len() <= 15));
        let mut all: Vec<u32> = groups.concat();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<u32>>());
    }
}
