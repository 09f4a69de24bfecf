//! Words in other spellings, where a visitor chooses among options.

use super::*;

#[test]
fn options_are_chosen_in_other_spellings_of_their_words() {
    let values = [("chair", "cadair freichiau, upuan, πολυθρόνα, صندلی"), ("lamp", "lamp, ilaw, λάμπα, چراغ")];
    let bot = Bot::default().entity("thing", &values).compile();
    let labels = |texts: [&str; 2]| texts.map(|text| vec![text.to_owned()]).to_vec();
    let rows = [
        (labels(["Cadair freichiau", "Lamp"]), "gadair freichiau", Some(0)),
        (labels(["Πολυθρόνα", "Λάμπα"]), "polithrona", Some(0)),
        (labels(["Πολυθρόνα", "Λάμπα"]), "lampes", None),
        (labels(["صندلی", "چراغ"]), "صندلیها", Some(0)),
        (labels(["Upuan", "Ilaw"]), "upuang", Some(0)),
        (labels(["Upuan", "Ilaw"]), "wala", None),
    ];
    for (options, text, expected) in rows {
        assert_eq!(bot.choose(&options, text, &moment()), expected, "{text:?} among {options:?}");
    }
}
