//! Amounts with a currency: `€12.50`, `20 pounds`, `EUR 25`, `۵۰ هزار تومان`. The normal form is `12.50 EUR`. An amount without
//! a currency is none: guessing one would be wrong somewhere.

use serde_json::Value as Json;

use super::lexicon::Lexicon;
use super::token::Token;
use super::{Reading, number, numeral};

/// Currencies whose amounts are whole.
const WHOLE: [&str; 3] = ["IRR", "IRT", "JPY"];

/// An amount at a place.
pub(super) fn money(reading: &Reading<'_>, lexicon: &Lexicon, index: usize) -> Option<(Json, usize)> {
    let tokens = &reading.tokens;
    if is_tail(tokens, index) {
        return None;
    }
    let finder = Finder { lexicon, tokens };
    let (amount, currency, end) = finder.sign_first(index).or_else(|| finder.amount_first(index))?;
    Some((Json::String(format!("{} {currency}", normal(&amount, WHOLE.contains(&currency))?)), end))
}

/// An amount in plain form, its currency, and the place after it.
type Amount = Option<(String, &'static str, usize)>;

struct Finder<'r> {
    lexicon: &'r Lexicon,
    tokens: &'r [Token],
}

impl Finder<'_> {
    /// `£20`, `EUR 25`.
    fn sign_first(&self, index: usize) -> Amount {
        let (currency, after) = self.lexicon.currencies.at(self.tokens, index)?;
        // A single letter is a sign only where the amount follows at once: "P500".
        let letter = self.tokens[index].is_word() && self.tokens[index].text.len() == 1;
        if letter && !self.tokens.get(after)?.glued {
            return None;
        }
        let (amount, end) = self.number(after)?;
        Some((amount, currency, end))
    }

    /// `20 pounds`, `50p`, `two pounds fifty`, `5 ευρώ και 50 λεπτά`.
    fn amount_first(&self, index: usize) -> Amount {
        let (amount, after) = self.number(index)?;
        // In Greek minutes and cents are one word.
        if self.lexicon.language != "el"
            && let Some((currency, end)) = self.lexicon.hundredths.at(self.tokens, after)
            && !amount.contains('.')
        {
            return Some((hundredth(&amount), currency, end));
        }
        let after = match self.lexicon.of.at(self.tokens, after) {
            Some(((), after)) if self.lexicon.language == "cy" => after,
            _ => after,
        };
        let (currency, end) = self.lexicon.currencies.at(self.tokens, after)?;
        if self.tokens[after].is_word()
            && !amount.contains('.')
            && let Some((cents, end)) = self.cents(currency, end)
        {
            return Some((format!("{amount}.{cents:02}"), currency, end));
        }
        Some((amount, currency, end))
    }

    /// What follows "two pounds": two digits or their words, with the word for the hundredth or at the end.
    fn cents(&self, currency: &str, index: usize) -> Option<(u32, usize)> {
        let start = self.lexicon.joiners.at(self.tokens, index).map_or(index, |((), end)| end);
        let digits = self.tokens.get(start).filter(|token| token.text.len() == 2).and_then(Token::digits);
        let (cents, end) = digits
            .map(|cents| (cents, start + 1))
            .or_else(|| numeral::words(self.lexicon, self.tokens, start))
            .filter(|(cents, _)| (1..100).contains(cents))?;
        match self.lexicon.hundredths.at(self.tokens, end) {
            Some((of, end)) if of == currency => Some((cents, end)),
            _ => (cents >= 10 && start == index && self.tokens.get(end).is_none_or(|next| next.is_sign(".,!?")))
                .then_some((cents, end)),
        }
    }

    /// A number with its thousands or millions, in plain form.
    fn number(&self, index: usize) -> Option<(String, usize)> {
        let Some((plain, end)) = self.digits(index) else {
            let before_nouns = || self.lexicon.numbers_before_nouns.at(self.tokens, index);
            let (value, end) = numeral::words(self.lexicon, self.tokens, index).or_else(before_nouns)?;
            return Some((value.to_string(), end));
        };
        let letter = self.tokens.get(end).filter(|next| next.glued).and_then(|next| match &*next.text {
            "k" => Some((1_000, end + 1)),
            "m" => Some((1_000_000, end + 1)),
            _ => None,
        });
        match letter.or_else(|| numeral::multiplier(self.lexicon, self.tokens, end)) {
            Some((factor, end)) => Some((number::times(&plain, factor), end)),
            None => Some((plain, end)),
        }
    }

    /// As in numbers; but no currency has three decimals here, so that `€1.234` has a group in every language.
    fn digits(&self, index: usize) -> Option<(String, usize)> {
        let (plain, end) = number::digits(self.lexicon, self.tokens, index)?;
        let grouped = plain.split_once('.').filter(|(integer, fraction)| {
            fraction.len() == 3 && integer.len() <= 3 && *integer != "0" && end == index + 3
        });
        Some((grouped.map_or(plain.clone(), |(integer, rest)| format!("{integer}{rest}")), end))
    }
}

/// A whole number of hundredths.
fn hundredth(amount: &str) -> String {
    let digits = format!("{amount:0>3}");
    let (whole, cents) = digits.split_at(digits.len() - 2);
    format!("{whole}.{cents}")
}

/// Two decimals, or none.
fn normal(plain: &str, whole: bool) -> Option<String> {
    let (integer, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let integer = integer.trim_start_matches('0');
    let integer = if integer.is_empty() { "0" } else { integer };
    if fraction.len() > 2 && fraction[2..].bytes().any(|digit| digit != b'0') {
        return None;
    }
    let fraction = format!("{fraction:0<2}");
    Some(match (whole, &fraction[..2]) {
        (true, "00") => integer.to_owned(),
        (true, _) => return None,
        (false, cents) => format!("{integer}.{cents}"),
    })
}

fn is_tail(tokens: &[Token], index: usize) -> bool {
    let Some(before) = index.checked_sub(1).and_then(|before| tokens.get(before)) else { return false };
    tokens[index].glued && (!matches!(before.class, super::token::Class::Sign) || before.is_sign(".,:/-"))
}
