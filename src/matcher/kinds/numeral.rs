//! Numbers in words: `twenty-one`, `a hundred and five`, `δύο χιλιάδες πεντακόσια`, `pump ar hugain`, `dalawampu't lima`.
//! One grammar for all languages; what differs are the words.

use super::lexicon::{Lexicon, Table};
use super::token::Token;

/// A number with the place after it.
type Numeral = Option<(u32, usize)>;

/// A number in words at a place, below a thousand million.
pub(super) fn words(lexicon: &Lexicon, tokens: &[Token], index: usize) -> Numeral {
    let numerals = Numerals { lexicon, tokens };
    numerals.dozens(index).or_else(|| numerals.below(index, u32::MAX))
}

/// What multiplies the number before it: `thousand`, `میلیون`.
pub(super) fn multiplier(lexicon: &Lexicon, tokens: &[Token], index: usize) -> Numeral {
    Numerals { lexicon, tokens }.entry(&lexicon.multipliers, index)
}

/// A number from 1 to 9 and its place among the ordinals: `twenty-first` is 20 and 1.
pub(super) fn ordinal(lexicon: &Lexicon, tokens: &[Token], index: usize) -> Numeral {
    let numerals = Numerals { lexicon, tokens };
    let ten = lexicon.ordinals.at(tokens, index).or_else(|| numerals.item(index));
    if let Some((ten, end)) = ten.filter(|(ten, _)| (20..100).contains(ten) && ten % 10 == 0) {
        let one = lexicon.ordinals.at(tokens, numerals.after_joiner(end));
        if let Some((one, end)) = one.filter(|(one, _)| *one < 10) {
            return Some((ten + one, end));
        }
    }
    lexicon.ordinals.at(tokens, index)
}

struct Numerals<'r> {
    lexicon: &'r Lexicon,
    tokens: &'r [Token],
}

impl Numerals<'_> {
    /// `two dozen`, `a dozen`, `half a dozen`.
    fn dozens(&self, index: usize) -> Numeral {
        if let Some(((), end)) = self.lexicon.half_dozen.at(self.tokens, index) {
            return Some((6, end));
        }
        let article = self.lexicon.articles.at(self.tokens, index).map(|((), end)| (1, end));
        let (count, after) = self.hundreds(index).or(article).unwrap_or((1, index));
        let ((), end) = self.lexicon.dozen.at(self.tokens, after)?;
        Some((count.checked_mul(12)?, end))
    }

    /// Thousands and millions with what follows them.
    fn below(&self, index: usize, limit: u32) -> Numeral {
        let (value, end) = self.hundreds(index).filter(|(value, _)| *value < limit)?;
        let multiplied = self.entry(&self.lexicon.multipliers, end);
        let multiplied = multiplied.filter(|(factor, _)| value < 1_000 && (1_000..limit).contains(factor));
        let (value, end, group) = match multiplied {
            Some((factor, end)) => (value.checked_mul(factor)?, end, factor),
            None if value >= 1_000 => (value, end, value),
            None => return Some((value, end)),
        };
        match self.below(self.after_joiner(end), group) {
            Some((rest, end)) if rest < group => Some((value.checked_add(rest)?, end)),
            _ => Some((value, end)),
        }
    }

    /// `three hundred and forty-two`, `διακόσια πενήντα`; also what is greater in one word.
    fn hundreds(&self, index: usize) -> Numeral {
        let (value, end) = self.tens(index)?;
        let hundred = self.entry(&self.lexicon.multipliers, end);
        let hundred = hundred.filter(|(factor, _)| *factor == 100 && (1..20).contains(&value));
        let (value, end) = hundred.map_or((value, end), |(factor, end)| (value * factor, end));
        if !(100..1_000).contains(&value) && hundred.is_none() {
            return Some((value, end));
        }
        match self.tens(self.after_joiner(end)) {
            Some((rest, end)) if (1..100).contains(&rest) => Some((value + rest, end)),
            _ => Some((value, end)),
        }
    }

    /// `twenty-one`, `pump ar hugain`; also what is greater in one word.
    fn tens(&self, index: usize) -> Numeral {
        let (value, end) = self.item(index)?;
        if (1..20).contains(&value)
            && let Some((score, end)) = self.lexicon.scores.at(self.tokens, end)
        {
            return Some((score + value, end));
        }
        if (20..100).contains(&value)
            && value.is_multiple_of(10)
            && let Some((one, end)) = self.item(self.after_joiner(end)).filter(|(one, _)| (1..10).contains(one))
        {
            return Some((value + one, end));
        }
        Some((value, end))
    }

    fn item(&self, index: usize) -> Numeral {
        self.entry(&self.lexicon.numbers, index)
    }

    /// One entry of a table. Filipino writes the joiner onto the number before it: `dalawampu't isa`, `libo't`.
    fn entry(&self, table: &Table<u32>, index: usize) -> Numeral {
        let found = table.at(self.tokens, index);
        if found.is_some() || self.lexicon.language != "fil" {
            return found;
        }
        let token = self.tokens.get(index).filter(|token| token.is_word())?;
        let bare = Token { text: token.text.strip_suffix('t')?.to_owned(), ..token.clone() };
        table.at(&[bare], 0).filter(|(value, _)| *value >= 20).map(|(value, _)| (value, index + 1))
    }

    fn after_joiner(&self, index: usize) -> usize {
        self.lexicon.joiners.at(self.tokens, index).map_or(index, |((), end)| end)
    }
}
