//! Which of a bot's languages a text is in: the script decides first, then little words and typical groups of letters. It says
//! nothing rather than guess.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::Words;
use super::skeleton::{greek, is_latin};
use crate::id::Language;

/// What tells a language from others of its script.
struct Row {
    /// The primary subtags that mean it.
    tags: &'static [&'static str],
    script: Script,
    /// Folded little words and greetings, separated by blanks.
    words: &'static str,
    /// Folded groups of letters that are common in it and rare in its neighbours; `^` and `$` are the borders of a word.
    groups: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Arabic,
    Cyrillic,
    Hebrew,
    Thai,
    Han,
    Kana,
    Hangul,
    Devanagari,
}

const fn row(tags: &'static [&'static str], script: Script, words: &'static str, groups: &'static str) -> Row {
    Row { tags, script, words, groups }
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row(&["el"], Script::Latin, "", ""),
    row(&["fa", "prs"], Script::Latin,
        "man to shoma ma oon in ke ro ra va az be dar ba baraye vase chi che chetor chetori chejoori koja kojas kojast kei \
         kay chera kie ki salam mamnoon mamnun merci mersi lotfan khaste na nist hast hastam hastid hastin darid darin daram \
         dare nadaram mikham mikhaham mikhastam mikhay mikhaid mitonam mitoonam mitunam mitavanam mitoonid mishe mishavad \
         nemishe konam konid konin kard kardam kon bede bedid shod shode shodam sefaresh sefaresham chand chande gheymat \
         hanooz hanuz hala emrooz emruz farda dige bebakhshid khoobe khoob khoobi khob baz bale are yek ye yeki kar komak \
         nafar poolam pool nemikone nemikonad mikone nemitoonam nemitonam residan nareside miresad mirese hich ham bashe",
        "kh gh ^mi ^nemi oon am$ id$"),
    row(&["en"], Script::Latin,
        "the a an is are was be been have has had do does did will would can could should i im ive id you your we our they my me \
         it its this that these there to of for with and or not no yes what when where who why how which please thanks thank \
         hello hi hey from at on in about any some dont cant didnt isnt sorry ok just still but if am he him she her us them \
         more than then also now only see after before because into over need want get give find tell make up out by as let \
         one two ive cannot wont being very much many",
        "th wh sh ck ^wh ing$ ght tion ed$ ould ough"),
    row(&["cy"], Script::Latin,
        "y yr yn i ir ar a ac o or mae maen dw dwi rydw rwy rwyn wyf ydy yw ydi oes sydd fy dy ei eich ein eu am gan gyda heb hefyd \
         beth ble pryd pwy pam sut faint os gwelwch dda diolch helo shwmae bore prynhawn nos ydych chi ti fi ni nhw eisiau isio \
         moyn hoffwn hoffen oedd roedd bydd fydd wedi ddim nid na nac ie gallaf gallwch alla allwch dim iawn archeb gennych gen sgwrs siarad at syn yng cael bod",
        "dd ll wy ngh ngw ffr rh ff ^gw ^cy ^dd ^ll ^rh wn$ dd$ wr$ yd$ iad eth$ aeth ch$ ydd ^ng ^mh"),
    row(&["fil", "tl"], Script::Latin,
        "ang ng mga sa na ay si ni kay kina ko mo niya namin natin nila ako ikaw ka siya kami tayo kayo sila po opo hindi oo wala \
         may mayroon meron ito iyan iyon dito diyan doon ano sino saan kailan bakit paano magkano gusto kailangan pwede puwede \
         para kung pero kasi lang din rin naman ba yung yun nang salamat kumusta kamusta magandang umaga hapon gabi nasaan \
         aking inyong iyong akin san ung pwedeng meron mayroong kong mong at o isang \
         walang bang hanggang dahil habang mas pa rito",
        "ng$ ang mag ^nag ^pag ^ka ^maka ^naka aan aka iyo ^mga ^ipa in$ an$ ^pa uw oo"),
    row(&["es"], Script::Latin,
        "el la los las un una de del que y en es no si por para con mi tu su me te se lo al como cuando donde quien porque cuanto \
         quiero necesito puedo gracias hola buenos dias tardes favor esta estoy tengo tiene hay pero ayuda mas muy",
        "cion ^qu ue ie os$ as$ ar$ er$ ado ida"),
    row(&["fr"], Script::Latin,
        "le la les un une des du de et est en je tu il elle nous vous ils ne pas que qui quoi ou comment quand pourquoi combien mon \
         ma mes votre avec pour sur dans bonjour merci salut oui non jai cest veux voudrais peux sil plait aide commande",
        "eau ou ai ez$ eux ent$ oi qu ^j tion"),
    row(&["de"], Script::Latin,
        "der die das ein eine einen und ist sind ich du er sie wir ihr nicht kein keine mit von zu auf fur im am wie was wann wo \
         warum wer mein meine bitte danke hallo guten tag ja nein mochte will kann konnen hilfe brauche habe hat",
        "sch ch ei ie ung$ en$ ich cht ^ge keit"),
    row(&["it"], Script::Latin,
        "il lo la i gli le un una di che e in non per con mi ti si sono ho hai ha come quando dove chi perche quanto mio mia grazie \
         ciao buongiorno favore vorrei posso devo aiuto voglio della del nel alla",
        "gli zione ch ^che tt ss o$ are$ ere$"),
    row(&["pt"], Script::Latin,
        "o a os as um uma de do da que e em no na nao sim por para com meu minha eu voce ele ela como quando onde quem porque quanto \
         quero preciso posso obrigado obrigada ola bom dia boa favor ajuda esta estou tenho",
        "cao lh nh oes ao$ ei ou qu"),
    row(&["nl"], Script::Latin,
        "de het een en is zijn ik jij je hij wij we niet geen met van naar op voor hoe wat wanneer waar waarom wie mijn graag dank \
         bedankt hallo ja nee kan wil heb heeft hulp goedemorgen",
        "ij oe aa ee oo sch en$ ^ge"),
    row(&["pl"], Script::Latin,
        "i w z na do jest sa nie tak jak co kiedy gdzie kto dlaczego ile moj moja prosze dziekuje czesc dzien dobry chce moge mam \
         potrzebuje pomoc sie to ten",
        "sz cz rz dz ie owa ych$ sie wy"),
    row(&["tr"], Script::Latin,
        "bir ve bu ne nasil nerede kim neden kac benim ben sen biz siz icin ile var yok evet hayir lutfen tesekkurler merhaba \
         istiyorum olarak degil mi mu",
        "lar ler iyor yor ^bi mak mek dir"),
    row(&["vi"], Script::Latin,
        "toi ban la va co khong cua cho o voi mot nay do the nao gi khi dau ai sao bao nhieu cam on xin chao muon can giup duoc",
        "ng nh tr th ^kh uo ie oi$ ong"),
    row(&["id", "ms"], Script::Latin,
        "yang dan di ke dari ini itu saya kamu anda dia kami kita tidak bukan ya apa kapan dimana siapa kenapa mengapa bagaimana \
         berapa mau ingin bisa tolong terima kasih halo selamat pagi untuk dengan ada",
        "nya$ ^me ^ber ^di kan$ ang ^pe"),
    row(&["el"], Script::Greek, GREEK, ""),
    row(&["he", "iw", "yi"], Script::Hebrew, "", ""),
    row(&["th"], Script::Thai, "", ""),
    row(&["zh", "yue"], Script::Han, "", ""),
    row(&["ja"], Script::Kana, "", ""),
    row(&["ko"], Script::Hangul, "", ""),
    row(&["hi", "mr", "ne"], Script::Devanagari, "", ""),
    row(&["fa", "prs"], Script::Arabic,
        "و در به از که این را با است برای آن یک خود تا بر هم نیز ما شما من او چه چی کی کجا چرا چطور چگونه لطفا سلام ممنون مرسی بله نه \
         میخواهم میخوام سفارش کنم کنید شده است هست نیست دارم دارید کو",
        "پ چ ژ گ ^می ^نمی"),
    row(&["ar"], Script::Arabic,
        "في من على الى عن هذا هذه التي الذي ما ماذا متى اين كيف لماذا كم انا انت هو هي نحن شكرا مرحبا السلام نعم لا اريد هل مع او ان فضلك اعرف طلبي",
        "^ال ^وال ^بال ه$ ات$"),
    row(&["ur"], Script::Arabic,
        "کا کی کے ہے ہیں میں نے کو سے پر اور یہ وہ کیا کب کہاں کون کیوں کیسے مجھے آپ شکریہ جی نہیں ہاں ہوں اپنا",
        "ٹ ڈ ڑ ں"),
    row(&["ru"], Script::Cyrillic,
        "и в не на я что с а как это по но мы вы он она у за из к же бы от то все так где когда почему кто сколько мой моя привет \
         здравствуйте спасибо пожалуиста да нет хочу можно",
        "ы э ъ ого$ ть$"),
    row(&["uk"], Script::Cyrillic,
        "і в не на я що з а як це по але ми ви він вона у за із до же би від то все так де коли чому хто скільки мій моя привіт дякую \
         будь ласка так ні хочу можна",
        "і є ґ ти$"),
    row(&["bg"], Script::Cyrillic,
        "и в не на аз че с а как това по но ние вие той тя у за от до ли би все така къде кога защо кой колко мой моя моята здравеите \
         благодаря моля да искам може",
        "ът$ та$ ъ щ"),
];

/// The rows of languages of other scripts in Latin letters come first; that of Greek is found by sound.
const GREEK_IN_LATIN: usize = 0;
const ROMANISED: u32 = 0b11;

/// Greek little words, which people also write in Latin letters.
const GREEK: &str = "ο η το οι τα του της των τον την τους τις ενα μια ενας και να θα δεν μην με σε στο στη στην στον στα για απο που πως τι \
    ποτε ωρα ποιος ποια ποιο ποσο ποσα γιατι ειναι ειμαι ειστε εχω εχει εχετε εχουμε θελω θελει θελουμε μπορω μπορειτε μπορει \
    κανω κανει κανετε μου σου σας μας αυτο αυτη εγω εσεις εδω εκει οταν αν αλλα πολυ καλημερα καλησπερα γεια ευχαριστω \
    παρακαλω ναι οχι πρεπει χρειαζομαι ακομα τωρα σημερα αυριο κοστιζει παραγγελια βοηθεια καποιον κατι τιποτα μηπως ηθελα";

/// Words that are typed in every language: alone they tell nothing.
const INTERNATIONAL: &str = "hello hi hey hiya ok okay k thanks thank thx thnx ty sorry bye goodbye yes no please pls plz wow lol omg cool super \
    stop help start menu chat online order email info test";

/// What may stand beside these and still tells nothing.
const BESIDE_INTERNATIONAL: &str = "you u so very much many good";

/// Evidence below this is no evidence.
const ENOUGH: f64 = 1.0;

/// How many times better than the next one the best must be.
const CLEARLY: f64 = 1.4;

/// A little word that no other candidate has, and one that several have.
const OWN_WORD: f64 = 1.2;
const SHARED_WORD: f64 = 0.3;

/// So many words of a message tell its language.
const WORDS_MAX: usize = 40;

/// In fewer words, groups of letters are more likely those of a name.
const GROUPS_FROM: usize = 3;

/// The language of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) language: Language,
    /// Whether a language of another script is written in Latin letters.
    pub(crate) romanised: bool,
}

/// The language of the text, where it can be told among these.
pub fn language(text: &str, among: &[Language]) -> Option<Language> {
    language_of_words(&Words::of(text), text, among).map(|told| told.language)
}

/// As [`language`], for a text whose words are known already.
pub(crate) fn language_of_words(words: &Words, text: &str, among: &[Language]) -> Option<Told> {
    let script = main_script(text)?;
    let candidates: Vec<(&Language, usize)> = among
        .iter()
        .flat_map(|language| rows_of(language).map(move |number| (language, number)))
        .filter(|(_, number)| ROWS[*number].script == script)
        .collect();
    let told = |(language, number): (&Language, usize)| Told {
        language: language.clone(),
        romanised: script == Script::Latin && matches!(ROWS[number].tags[0], "el" | "fa"),
    };
    match candidates.as_slice() {
        [] => return None,
        // A script that only one of the bot's languages uses decides; but so many languages use Latin that it does not.
        [only] if !matches!(script, Script::Latin | Script::Arabic | Script::Cyrillic) => return Some(told(*only)),
        _ => {}
    }
    let all = candidates.iter().fold(0, |all, (_, number)| all | 1 << number);
    let said = Said::of(words, text, all);
    if script == Script::Latin && said.is_international {
        return None;
    }
    let mut scores: Vec<f64> = candidates.iter().map(|(_, number)| said.score(*number, all)).collect();
    let mut best = clearly_best(&scores);
    if best.is_none() && words.len() >= GROUPS_FROM && !is_name(words, text) {
        for (score, (_, number)) in scores.iter_mut().zip(&candidates) {
            *score += score_groups(&ROWS[*number], words);
        }
        best = clearly_best(&scores);
    }
    let sole = candidates.len() == 1 && script != Script::Latin;
    let best = candidates[best.or(sole.then_some(0))?];
    // Languages that the bot does not speak are recognised too: French is not the English that shares a few words with it.
    let foreign = (0..ROWS.len()).filter(|number| ROWS[*number].script == script && all & 1 << number == 0);
    let is_foreign = foreign.into_iter().any(|number| {
        let theirs = said.score(number, 1 << best.1);
        theirs >= ENOUGH && theirs - SHARED_WORD >= said.score(best.1, 1 << number) * CLEARLY
    });
    (!is_foreign).then(|| told(best))
}

/// Whether a word is an article, a pronoun or the like in a language that we know, and so says little about what is wanted.
pub(crate) fn is_little_word(word: &str) -> bool {
    LITTLE_WORDS.get(word).is_some_and(|rows| rows & !ROMANISED != 0)
}

/// The rows that have each little word, one bit for each row.
static LITTLE_WORDS: LazyLock<HashMap<String, u32>> = LazyLock::new(|| {
    let mut all: HashMap<String, u32> = HashMap::new();
    for (number, row) in ROWS.iter().enumerate() {
        for word in row.words.split_whitespace() {
            *all.entry(super::fold(word)).or_default() |= 1 << number;
        }
    }
    all
});

/// What the Greek little words sound like.
static GREEK_SOUNDS: LazyLock<HashSet<String>> =
    LazyLock::new(|| GREEK.split_whitespace().filter(|word| word.chars().count() > 1).map(greek::sound).collect());

static TELL_NOTHING: LazyLock<HashSet<&str>> = LazyLock::new(|| INTERNATIONAL.split_whitespace().collect());
static TELL_LITTLE: LazyLock<HashSet<&str>> = LazyLock::new(|| BESIDE_INTERNATIONAL.split_whitespace().collect());

/// What the words of a text say about its language.
struct Said {
    /// For each word the rows that have it.
    rows: Vec<u32>,
    is_international: bool,
}

impl Said {
    fn of(words: &Words, text: &str, candidates: u32) -> Self {
        let has_addresses = text.contains(['@', '/']) || text.contains("www.");
        let greek = candidates & 1 << GREEK_IN_LATIN != 0;
        let mut rows = Vec::with_capacity(words.len().min(WORDS_MAX));
        let mut is_international = true;
        for (word, range) in words.iter().take(WORDS_MAX) {
            if has_addresses && is_in_address(text, range) || TELL_NOTHING.contains(word) {
                continue;
            }
            is_international &= TELL_LITTLE.contains(word);
            let mut bits = LITTLE_WORDS.get(word).copied().unwrap_or(0);
            if greek && is_greek(word) {
                bits |= 1 << GREEK_IN_LATIN;
            }
            rows.push(bits);
        }
        Self { rows, is_international }
    }

    /// Little words count, less where one of the rivals has them too.
    fn score(&self, number: usize, rivals: u32) -> f64 {
        let own = 1 << number;
        let known = self.rows.iter().filter(|rows| *rows & own != 0);
        known.map(|rows| if rows & rivals & !own == 0 { OWN_WORD } else { SHARED_WORD }).sum()
    }
}

/// Whether the word is a Greek little word in Latin letters.
fn is_greek(word: &str) -> bool {
    word.len() > 1 && is_latin(word) && greek::readings(word).iter().any(|sound| GREEK_SOUNDS.contains(sound))
}

/// Whether the word is a part of an e-mail address or of a link.
fn is_in_address(text: &str, range: std::ops::Range<usize>) -> bool {
    let start = text[..range.start].rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let end = text[range.end..].find(char::is_whitespace).map_or(text.len(), |at| range.end + at);
    let token = text.get(start..end).unwrap_or_default();
    token.contains(['@']) || token.contains("://") || token.contains("www.")
}

/// Whether every word begins with a capital and goes on in small letters.
fn is_name(words: &Words, text: &str) -> bool {
    words.iter().all(|(_, range)| {
        let mut letters = text[range].chars();
        letters.next().is_some_and(char::is_uppercase) && letters.all(|c| !c.is_uppercase())
    })
}

fn clearly_best(scores: &[f64]) -> Option<usize> {
    let best = (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]).then(b.cmp(a)))?;
    let next = (0..scores.len()).filter(|other| *other != best).map(|other| scores[other]).fold(0.0, f64::max);
    (scores[best] >= ENOUGH && scores[best] >= next * CLEARLY).then_some(best)
}

/// Groups of letters count a third, two in a word at most.
fn score_groups(row: &Row, words: &Words) -> f64 {
    let in_word = |word: &str| {
        let groups = row.groups.split(' ').filter(|group| !group.is_empty() && contains_group(word, group));
        groups.count().min(2)
    };
    words.iter().take(WORDS_MAX).map(|(word, _)| 0.33 * in_word(word) as f64).sum()
}

fn contains_group(word: &str, group: &str) -> bool {
    match (group.strip_prefix('^'), group.strip_suffix('$')) {
        (Some(start), _) => word.starts_with(start),
        (None, Some(end)) => word.len() > end.len() + 1 && word.ends_with(end),
        (None, None) => word.contains(group),
    }
}

/// The numbers of the rows of a language: more than one where it is also written in Latin letters.
fn rows_of(language: &Language) -> impl Iterator<Item = usize> {
    let primary = language.as_str().split('-').next().unwrap_or_default();
    (0..ROWS.len()).filter(move |number| ROWS[*number].tags.contains(&primary))
}

/// The script of most letters; kana makes Japanese of any mixture with Han.
fn main_script(text: &str) -> Option<Script> {
    const ALL: [Script; 10] = [
        Script::Latin,
        Script::Greek,
        Script::Arabic,
        Script::Cyrillic,
        Script::Hebrew,
        Script::Thai,
        Script::Han,
        Script::Kana,
        Script::Hangul,
        Script::Devanagari,
    ];
    let mut counts = [0_u32; ALL.len()];
    for script in text.chars().filter(|c| c.is_alphabetic()).filter_map(script_of) {
        counts[script as usize] += 1;
    }
    if counts[Script::Kana as usize] > 0 && counts[Script::Han as usize] > 0 {
        counts[Script::Kana as usize] += counts[Script::Han as usize];
    }
    let best = (0..ALL.len()).max_by_key(|script| (counts[*script], usize::MAX - script))?;
    (counts[best] > 0).then(|| ALL[best])
}

fn script_of(c: char) -> Option<Script> {
    match u32::from(c) {
        0x41..=0x24f | 0x1e00..=0x1eff | 0xff21..=0xff5a => Some(Script::Latin),
        0x370..=0x3ff | 0x1f00..=0x1fff => Some(Script::Greek),
        0x400..=0x52f => Some(Script::Cyrillic),
        0x590..=0x5ff => Some(Script::Hebrew),
        0x600..=0x6ff | 0x750..=0x77f | 0xfb50..=0xfdff | 0xfe70..=0xfefc => Some(Script::Arabic),
        0x900..=0x97f => Some(Script::Devanagari),
        0xe00..=0xe7f => Some(Script::Thai),
        0x3040..=0x30ff | 0xff66..=0xff9f => Some(Script::Kana),
        0x3400..=0x4dbf | 0x4e00..=0x9fff | 0x2_0000..=0x3_ffff => Some(Script::Han),
        0x1100..=0x11ff | 0xac00..=0xd7af => Some(Script::Hangul),
        _ => None,
    }
}
