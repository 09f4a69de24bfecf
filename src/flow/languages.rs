//! Tags of languages: which there are, and what an author meant who wrote the tag of a country or the name of a language.

/// The languages that have a tag of two letters (ISO 639-1), in the order of the alphabet.
const TWO_LETTERS: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee \
    el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv \
    ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl \
    nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw \
    ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// What is written in the place of a tag: countries, longer tags, and names.
const MEANT: [(&str, &str); 70] = [
    ("gr", "el"),
    ("ell", "el"),
    ("gre", "el"),
    ("greek", "el"),
    ("gb", "en"),
    ("us", "en"),
    ("eng", "en"),
    ("english", "en"),
    ("wales", "cy"),
    ("cym", "cy"),
    ("wel", "cy"),
    ("welsh", "cy"),
    ("ir", "fa"),
    ("fas", "fa"),
    ("per", "fa"),
    ("farsi", "fa"),
    ("persian", "fa"),
    ("ph", "fil"),
    ("tgl", "fil"),
    ("tagalog", "fil"),
    ("filipino", "fil"),
    ("ger", "de"),
    ("deu", "de"),
    ("german", "de"),
    ("deutsch", "de"),
    ("fra", "fr"),
    ("fre", "fr"),
    ("french", "fr"),
    ("spa", "es"),
    ("mx", "es"),
    ("spanish", "es"),
    ("ita", "it"),
    ("italian", "it"),
    ("por", "pt"),
    ("portuguese", "pt"),
    ("nld", "nl"),
    ("dut", "nl"),
    ("dutch", "nl"),
    ("dk", "da"),
    ("danish", "da"),
    ("swe", "sv"),
    ("swedish", "sv"),
    ("norwegian", "no"),
    ("finnish", "fi"),
    ("cz", "cs"),
    ("czech", "cs"),
    ("polish", "pl"),
    ("ua", "uk"),
    ("ukrainian", "uk"),
    ("by", "be"),
    ("rus", "ru"),
    ("russian", "ru"),
    ("rs", "sr"),
    ("serbian", "sr"),
    ("al", "sq"),
    ("albanian", "sq"),
    ("tur", "tr"),
    ("turkish", "tr"),
    ("ara", "ar"),
    ("arabic", "ar"),
    ("il", "he"),
    ("hebrew", "he"),
    ("jp", "ja"),
    ("japanese", "ja"),
    ("cn", "zh"),
    ("chinese", "zh"),
    ("korean", "ko"),
    ("vn", "vi"),
    ("hindi", "hi"),
    ("romanian", "ro"),
];

/// A language tag: two or three letters, perhaps with subtags.
pub(crate) fn is_language(key: &str) -> bool {
    let mut parts = key.split('-');
    let primary = parts.next().unwrap_or("");
    (2..=3).contains(&primary.len())
        && primary.chars().all(|c| c.is_ascii_alphabetic())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// Why a tag names no language: what was meant, where that is known. A tag of three letters that is not known as a mistake
/// may be one of thousands of languages.
///
/// # Errors
///
/// The hint for the author.
pub fn check_language(tag: &str) -> Result<(), String> {
    let lower = tag.to_lowercase();
    let primary = lower.split('-').next().unwrap_or("");
    let known = primary.len() == 3 || TWO_LETTERS.split_whitespace().any(|known| known == primary);
    match MEANT.iter().find(|(written, _)| *written == primary) {
        Some((_, meant)) => Err(format!("did you mean {meant}?")),
        None if known && is_language(&lower) => Ok(()),
        None => Err("write its tag, such as en, el, fil or pt-br".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_or_a_name_is_no_language_and_leads_to_one() {
        for tag in ["en", "el", "fil", "pt-BR", "zh-hant", "haw", "cy", "fa"] {
            assert_eq!(check_language(tag), Ok(()), "{tag}");
        }
        for (tag, meant) in [("gr", "el"), ("GR", "el"), ("greek", "el"), ("gb", "en"), ("farsi", "fa"), ("cz", "cs")] {
            assert_eq!(check_language(tag), Err(format!("did you mean {meant}?")));
        }
        for tag in ["", "xx", "e", "klingon", "en_US", "english please"] {
            assert!(check_language(tag).is_err(), "{tag}");
        }
        // What a hint names must itself be good, and nothing that is good may be called a mistake.
        for (written, meant) in MEANT {
            assert_eq!(check_language(meant), Ok(()), "{written}");
            assert!(!TWO_LETTERS.split_whitespace().any(|known| known == written), "{written}");
        }
    }
}
