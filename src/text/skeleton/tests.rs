//! Words that must meet, and words that must not.

use proptest::prelude::*;

use super::*;

fn meet(skeletons: Skeletons, typed: &str, rule: &str) -> bool {
    let rules = skeletons.of_rule(rule);
    skeletons.of_typed(typed).iter().any(|form| {
        rules.iter().any(|other| other.key() == form.key()) && skeletons.distance(form, typed, rule).is_some()
    })
}

#[track_caller]
fn check(language: &str, same: &[(&str, &str)], different: &[(&str, &str)]) {
    let skeletons = Skeletons::of(&[language.into()]);
    let folded = |(typed, rule): &(&str, &str)| (crate::text::fold(typed), crate::text::fold(rule));
    for (typed, rule) in same.iter().map(folded) {
        assert!(meet(skeletons, &typed, &rule), "{typed} is {rule}");
        assert!(!meet(Skeletons::of(&["de".into()]), &typed, &rule), "{typed} is {rule} in any language");
    }
    for (typed, rule) in different.iter().map(folded) {
        assert!(!meet(skeletons, &typed, &rule), "{typed} is not {rule}");
    }
}

#[test]
fn welsh_words_meet_in_all_their_mutations() {
    let same = [
        ("gwsmer", "cwsmer"),
        ("nghwsmer", "cwsmer"),
        ("chwsmer", "cwsmer"),
        ("cwsmer", "gwsmer"),
        ("nghwsmer", "gwsmer"),
        ("harcheb", "archeb"),
        ("archeb", "harcheb"),
        ("docyn", "tocyn"),
        ("nhocyn", "tocyn"),
        ("thocyn", "tocyn"),
        ("nhocyn", "docyn"),
        ("lyfr", "llyfr"),
        ("rif", "rhif"),
        ("wely", "gwely"),
        ("ngwely", "gwely"),
        ("ardd", "gardd"),
        ("barsel", "parsel"),
        ("mharsel", "parsel"),
        ("pharsel", "parsel"),
        ("fwrdd", "bwrdd"),
        ("mwrdd", "bwrdd"),
        ("fam", "mam"),
        ("ddrws", "drws"),
        ("nrws", "drws"),
        ("tocynnau", "tocyn"),
        ("docynnau", "tocyn"),
        ("gadeiriau", "cadair"),
    ];
    check("cy", &same, &[("siop", "top"), ("llaw", "gllaw"), ("yn", "gyn"), ("da", "ta"), ("ffrind", "brind")]);
}

#[test]
fn filipino_words_meet_at_their_root() {
    let same = [
        ("magbayad", "bayad"),
        ("nagbabayad", "bayad"),
        ("babayaran", "bayad"),
        ("binayaran", "magbayad"),
        ("pagbabayad", "magbayad"),
        ("bayarin", "bayad"),
        ("kumain", "kain"),
        ("kinakain", "kain"),
        ("darating", "dating"),
        ("dumating", "darating"),
        ("kinansela", "kanselahin"),
        ("nalimutan", "nakalimutan"),
        ("binago", "baguhin"),
        ("salaming", "salamin"),
        ("kurtinang", "kurtina"),
        ("inorder", "order"),
        ("oorderin", "order"),
        ("umalis", "aalis"),
        ("pwede", "puwede"),
        ("ngaun", "ngayon"),
    ];
    check("fil", &same, &[("bayan", "bayad"), ("balita", "balik"), ("mahal", "halaga"), ("araw", "arawan2")]);
}

#[test]
fn greek_words_meet_by_sound_ending_and_in_latin_letters() {
    let same = [
        ("παραγγελίες", "παραγγελία"),
        ("παραγγελιών", "παραγγελία"),
        ("κουρτίνες", "κουρτίνα"),
        ("ακηρωσω", "ακυρώσω"),
        ("ακυρώνω", "ακυρώσω"),
        ("πληρώσουμε", "πληρώσω"),
        ("paraggelia", "παραγγελία"),
        ("parangelia", "παραγγελία"),
        ("paragelies", "παραγγελία"),
        ("8elw", "θέλω"),
        ("thelo", "θέλω"),
        ("3exasa", "ξέχασα"),
        ("ksexasa", "ξέχασα"),
        ("xexasa", "ξέχασα"),
        ("rantebou", "ραντεβού"),
        ("randevou", "ραντεβού"),
        ("efxaristo", "ευχαριστώ"),
        ("euxaristw", "ευχαριστώ"),
        ("eyharisto", "ευχαριστώ"),
        ("dieu8unsh", "διεύθυνση"),
        ("diefthinsi", "διεύθυνση"),
        ("mporw", "μπορώ"),
        ("boro", "μπορώ"),
        ("moy", "μου"),
        ("mu", "μου"),
        ("psomi", "ψωμί"),
        ("4wmi", "ψωμί"),
    ];
    check("el", &same, &[("παραγωγή", "παραγγελία"), ("mera", "μαύρο"), ("σου", "σας"), ("weather", "θέλω")]);
}

#[test]
fn persian_words_meet_without_endings_and_in_latin_letters() {
    let same = [
        ("سفارشم", "سفارش"),
        ("سفارش‌هایم", "سفارش"),
        ("سفارشات", "سفارش"),
        ("سفارشتون", "سفارش"),
        ("سفارشمو", "سفارش"),
        ("صندلی‌ها", "صندلی"),
        ("میخوام", "می‌خواهم"),
        ("میتونم", "می‌توانم"),
        ("عوظ", "عوض"),
        ("sefaresh", "سفارش"),
        ("sefareshe", "سفارش"),
        ("sefaresham", "سفارش"),
        ("kojast", "کجاست"),
        ("mikham", "می‌خواهم"),
        ("mikhaham", "می‌خواهم"),
        ("mitoonam", "می‌توانم"),
        ("lotfan", "لطفاً"),
        ("laghv", "لغو"),
        ("cheragh", "چراغ"),
        ("man", "من"),
        ("aya", "آیا"),
        ("pardakht", "پرداخت"),
    ];
    let different = [("نمی‌خواهم", "می‌خواهم"), ("کارت", "کار"), ("kar", "کارت"), ("safar", "سفارش"), ("مان", "من")];
    check("fa", &same, &different);
}

#[test]
fn english_words_meet_in_text_messages() {
    let same = [
        ("rfnd", "refund"),
        ("cncl", "cancel"),
        ("appt", "appointment"),
        ("u", "you"),
        ("pls", "please"),
        ("cancelled", "cancel"),
        ("shelves", "shelf"),
        ("deliveries", "delivery"),
        ("booking", "book"),
        ("changing", "change"),
    ];
    check(
        "en",
        &same,
        &[
            ("cnl", "cancel"),
            ("cancel", "console"),
            ("bed", "bad"),
            ("by", "buy"),
            ("reed", "red"),
            ("bring", "br"),
            ("gwsmer", "cwsmer"),
        ],
    );
}

#[test]
fn the_language_of_a_message_leaves_only_its_rules() {
    let both = Skeletons::of(&["en".into(), "cy".into()]);
    assert!(meet(both, "gwsmer", "cwsmer"));
    assert!(meet(both.only(Some(&"cy".into())), "gwsmer", "cwsmer"));
    assert!(!meet(both.only(Some(&"en".into())), "gwsmer", "cwsmer"));
    assert!(!meet(Skeletons::of(&["en".into()]).only(Some(&"cy".into())), "gwsmer", "cwsmer"));
}

proptest! {
    #[test]
    fn any_word_has_forms_that_meet_their_own(word in "\\PC{0,50}|[a-z0-9]{0,50}|[α-ω]{0,50}|[آ-ی]{0,50}") {
        let all = Skeletons::of(&["en", "cy", "fil", "fa", "el"].map(Language::from));
        let word = crate::text::fold(&word);
        let rules = all.of_rule(&word);
        prop_assert!(rules.len() <= 400 && all.of_typed(&word).len() <= 400);
        for form in &rules {
            let _ = all.distance(form, &word, &word);
        }
        let rule_keys: Vec<_> = rules.iter().map(Form::key).collect();
        prop_assert_eq!(rule_keys.len(), rule_keys.iter().collect::<std::collections::BTreeSet<_>>().len());
    }
}
