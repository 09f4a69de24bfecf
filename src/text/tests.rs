//! Spellings that must meet, languages that must be told, and properties of any text.

use proptest::prelude::*;

use super::{Words, fold, language};
use crate::id::Language;

fn words(text: &str) -> Vec<String> {
    Words::of(text).iter().map(|(word, _)| word.to_owned()).collect()
}

#[test]
fn spellings_of_one_word_fold_to_one_form() {
    let rows: &[&[&str]] = &[
        &["don't", "don’t", "dont", "DON´T", "don`t", "don＇t", "donʼt"],
        &["soooo good", "soo good", "SOOOOOO GOOD"],
        &["café", "cafe", "cafe\u{301}", "CAFÉ", "ＣＡＦＥ"],
        &["straße", "STRASSE", "strasse"],
        &["order 123", "order １２３", "order ۱۲۳", "order १२३", "order ١٢٣"],
        // Welsh: circumflex, apostrophes of the article and of yn.
        &["tŷ", "ty", "Tŷ"],
        &["i'r siop", "i’r siop", "ir siop"],
        &["mae'n", "mae’n", "maen"],
        &["dŵr", "dwr"],
        // Filipino: stress marks are optional.
        &["hindî", "hindi", "HINDI"],
        &["mañana", "manana"],
        // Greek: tonos, dialytika, capitals, final sigma.
        &["παραγγελίας", "ΠΑΡΑΓΓΕΛΙΑΣ", "παραγγελιας", "παραγγελιασ"],
        &["καΐκι", "καικι", "ΚΑΪΚΙ"],
        &["άνθρωπος", "Άνθρωπος", "ΑΝΘΡΩΠΟΣ"],
        // Persian and Arabic keyboards, joiners, vowels, stretching.
        &["می‌توانم", "میتوانم", "می توانم", "مي‌توانم", "مي توانم"],
        &["نمی‌خواهم", "نمی خواهم", "نميخواهم"],
        &["کتاب‌ها", "کتاب ها", "کتابها", "كتابها"],
        &["سلام", "سَلام", "ســـلام"],
        &["مسئول", "مسيول"],
        &["آدرس", "ادرس", "أدرس"],
        &["۱۲۳۴", "١٢٣٤", "1234"],
        // Vietnamese, Turkish, Polish.
        &["đặt hàng", "dat hang", "ĐẶT HÀNG"],
        &["İstanbul", "istanbul"],
        &["złoty", "zloty"],
    ];
    for row in rows {
        for spelling in *row {
            assert_eq!(words(spelling), words(row[0]), "{spelling:?} against {:?}", row[0]);
        }
    }
}

#[test]
fn spellings_of_different_words_stay_apart() {
    let rows = [
        ("1111", "11"),
        ("२२२२", "22"),
        ("ขา", "ข่า"),
        ("कल", "काल"),
        ("が", "か"),
        ("order", "orders"),
        ("σου", "σας"),
        ("می", "نمی"),
    ];
    for (one, other) in rows {
        assert_ne!(fold(one), fold(other), "{one:?} and {other:?}");
    }
}

#[test]
fn words_are_found_with_their_places() {
    let rows: &[(&str, &[&str])] = &[
        ("", &[]),
        ("  ?! ", &[]),
        ("I'd like 2 lamps, please.", &["I'd", "like", "2", "lamps", "please"]),
        ("rock 'n' roll", &["rock", "n", "roll"]),
        ("open 17:30-18:00?", &["open", "17", "30", "18", "00"]),
        ("Πού είναι;", &["Πού", "είναι"]),
        ("آیا می‌توانم؟", &["آیا", "می‌توانم"]),
        ("من می توانم", &["من", "می توانم"]),
        ("ok 👍🏽", &["ok", "👍"]),
        ("مرحبا، كيف؟", &["مرحبا", "كيف"]),
        ("½ litre", &["½", "litre"]),
    ];
    for (text, expected) in rows {
        let found: Vec<&str> = Words::of(text).iter().map(|(_, range)| &text[range]).collect();
        assert_eq!(&found, expected, "{text:?}");
    }
}

#[test]
fn scripts_without_blanks_are_taken_apart_and_stay_joined() {
    for text in ["ฉันต้องการคืนสินค้า", "我想退货", "注文をキャンセルしたい", "ខ្ញុំចង់បាន"]
    {
        let found = Words::of(text);
        assert!(found.len() > 1, "{text:?}: {found:?}");
        assert!(!found.folded().contains(' '), "{found:?}");
    }
}

#[test]
fn a_range_of_the_text_finds_its_words() {
    let text = "from Rome to New York today";
    let found = Words::of(text);
    let start = text.find("New").unwrap();
    assert_eq!(found.within(start..start + "New York".len()), 3..5);
    assert_eq!(found.within(4..5), 1..1);
}

#[test]
fn words_are_joined_and_split_at_their_places() {
    let text = "is my Boök shelf, whereis";
    let found = Words::of(text);
    let joins = |one: &str, other: &str| (one, other) == ("book", "shelf");
    let splits = |word: &str| if word == "whereis" { vec![5] } else { Vec::new() };
    let other = found.regrouped(text, joins, splits).unwrap();
    let said: Vec<(&str, &str)> = other.iter().map(|(word, range)| (word, &text[range])).collect();
    let expected = [("is", "is"), ("my", "my"), ("bookshelf", "Boök shelf"), ("where", "where"), ("is", "is")];
    assert_eq!(said, expected);
    assert_eq!(other.folded(), "is my bookshelf where is");
    assert_eq!(found.regrouped(text, |_, _| false, |_| Vec::new()), None);
}

#[test]
fn languages_of_short_messages_are_told() {
    let bot: Vec<Language> = ["en", "cy", "fil", "fa", "el"].map(Language::from).to_vec();
    let rows = [
        ("where is my order?", Some("en")),
        ("I want to talk to a person", Some("en")),
        ("ble mae fy archeb?", Some("cy")),
        ("shwmae", Some("cy")),
        ("Dw i eisiau siarad â rhywun", Some("cy")),
        ("nasaan ang order ko?", Some("fil")),
        ("magkano po ito", Some("fil")),
        ("gusto kong makausap ang tao", Some("fil")),
        ("سفارش من کجاست؟", Some("fa")),
        ("سلام", Some("fa")),
        ("πού είναι η παραγγελία μου", Some("el")),
        ("γεια", Some("el")),
        ("12345", None),
        ("👍", None),
        ("xyzzy", None),
        ("привет", None),
    ];
    for (text, expected) in rows {
        assert_eq!(language(text, &bot), expected.map(Language::from), "{text:?}");
    }
    assert_eq!(language("where is it", &["en-gb".into(), "el".into()]), Some("en-gb".into()));
    assert_eq!(language("anything", &[]), None);
}

proptest! {
    #[test]
    fn folding_is_idempotent(text in any::<String>()) {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn folding_mixed_scripts_is_idempotent(text in "[a-zA-Z'’Ά-ώἀ-῾آ-ۿ٠-٩ก-๛ぁ-ヿÀ-ỹｱ-ﾝ가-힣\u{300}-\u{345} 0-9ﷺ½Ⅲ]{0,30}") {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn words_have_ordered_disjoint_ranges_on_borders(text in "\\PC{0,60}|[آ-ی\u{200c} می]{0,30}|[ก-๛a '’]{0,30}") {
        let found = Words::of(&text);
        let mut end = 0;
        let mut to = 0;
        for (word, (folded, range)) in found.list().iter().zip(found.iter()) {
            prop_assert!(range.start >= end && range.end > range.start);
            prop_assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
            prop_assert!(!folded.is_empty() && word.from as usize >= to);
            end = range.end;
            to = word.to as usize;
        }
        prop_assert_eq!(found.folded().len(), to);
    }

    #[test]
    fn words_with_other_borders_have_ordered_disjoint_ranges_on_borders(
        text in "\\PC{0,40}|[a-dé' ’]{0,30}|[آ-ی\u{200c} ]{0,20}|ﬁ{0,4}[a-c½ ]{0,9}",
        width in 1_usize..4,
    ) {
        let found = Words::of(&text);
        let every = |word: &str| word.char_indices().map(|(at, _)| at).skip(width).step_by(width).collect();
        let joins = |one: &str, other: &str| (one.len() + other.len()).is_multiple_of(3);
        let Some(other) = found.regrouped(&text, joins, every) else { return Ok(()) };
        let (mut end, mut to) = (0, 0);
        for (word, (folded, range)) in other.list().iter().zip(other.iter()) {
            prop_assert!(range.start >= end && range.end > range.start, "{:?}", other);
            prop_assert!(text.is_char_boundary(range.start) && text.is_char_boundary(range.end));
            prop_assert!(!folded.is_empty() && word.from as usize >= to);
            end = range.end;
            to = word.to as usize;
        }
        prop_assert_eq!(other.folded().len(), to);
        let letters = |words: &Words| words.iter().map(|(word, _)| word.to_owned()).collect::<String>();
        prop_assert_eq!(letters(&found), letters(&other));
    }

    #[test]
    fn the_fast_path_for_ascii_finds_what_the_long_one_finds(text in "[ -~]{0,60}") {
        let mut long = Words::default();
        long.read_unicode(&text);
        prop_assert_eq!(Words::of(&text), long);
    }
}
