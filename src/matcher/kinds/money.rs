//! Amounts with a currency: `€12.50`, `20 pounds`, `EUR 25`, `۵۰ هزار تومان`. The normal form is `12.50 EUR`. An amount without
//! a currency is none: guessing one would be wrong somewhere.

use serde_json::Value as Json;

use super::lexicon::Lexicon;
use super::token::Token;
use super::{Reading, number};

/// Currencies whose amounts are whole.
const WHOLE: [&str; 3] = ["IRR", "IRT", "JPY"];

/// An amount at a place.
pub(super) fn money(reading: &Reading<'_>, lexicon: &Lexicon, index: usize) -> Option<(Json, usize)> {
    let tokens = &reading.tokens;
    if is_tail(tokens, index) {
        return None;
    }
    let (amount, currency, end) = match lexicon.currencies.at(tokens, index) {
        Some((currency, after)) => {
            let (amount, end) = amount(lexicon, tokens, after)?;
            (amount, currency, end)
        }
        None => {
            let (amount, after) = amount(lexicon, tokens, index)?;
            let (currency, end) = lexicon.currencies.at(tokens, after)?;
            (amount, currency, end)
        }
    };
    Some((Json::String(format!("{} {currency}", normal(&amount, WHOLE.contains(&currency))?)), end))
}

/// A number with its thousands or millions, in plain form.
fn amount(lexicon: &Lexicon, tokens: &[Token], index: usize) -> Option<(String, usize)> {
    let digits = number::digits(lexicon, tokens, index);
    let (plain, end) =
        digits.or_else(|| number::words(lexicon, tokens, index).map(|(value, end)| (value.to_string(), end)))?;
    match lexicon.multipliers.at(tokens, end) {
        Some((factor, end)) => Some(((plain.parse::<f64>().ok()? * f64::from(factor)).to_string(), end)),
        None => Some((plain, end)),
    }
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
