//! Words that people spell in several ways, beyond what rules tell: abbreviations of text messages, dialects, speech written down.
//! The first of each line is the one that the others are taken for.

use std::collections::HashMap;
use std::sync::LazyLock;

/// For each other spelling the first of its line, all folded.
type Spellings = LazyLock<HashMap<String, String>>;

pub(super) static ENGLISH: Spellings = LazyLock::new(|| table(ENGLISH_LINES));
pub(super) static WELSH: Spellings = LazyLock::new(|| table(WELSH_LINES));
pub(super) static FILIPINO: Spellings = LazyLock::new(|| table(FILIPINO_LINES));
pub(super) static PERSIAN: Spellings = LazyLock::new(|| table(PERSIAN_LINES));

fn table(lines: &str) -> HashMap<String, String> {
    let mut table = HashMap::new();
    for line in lines.lines() {
        let mut words = line.split_whitespace().map(crate::text::fold);
        if let Some(first) = words.next() {
            table.extend(words.map(|other| (other, first.clone())));
        }
    }
    table
}

const ENGLISH_LINES: &str = "
you u yu
your ur yr
are r
is s
the d da teh
why y
see c
be b
please pls plz plez pleez
thanks thx tnx thnx ty tks
thank thnk
appointment appt apt appmt
address addr
account acct acc
password pwd pw pswd passwd
package pkg pckg pkge
message msg
number num nr
because bc cuz coz cos
before b4
today 2day tdy
tomorrow tmrw tmr 2moro 2morrow tomoz
tonight 2nite tonite
forgot 4got
great gr8
late l8
wait w8
later l8r
about abt
with w wiv
without wo
have hv hav
make mk
want wnt
what wat wot wut
where whr wer
when wen whn
how hw
can cn
get gt
was ws
work wrk
weekend wkend wknd
minutes mins
minute min
hours hrs
hour hr
information info
delivery del dlvry
quantity qty
received rcvd recd
reservation resv
maximum max
minimum min
temperature temp
photo pic
photos pics
really rly
right rite
night nite
through thru
though tho
okay ok k kk
";

const WELSH_LINES: &str = "
eisiau isio isie ishe eisio isia
sut shwt
ble lle
nawr rwan rŵan
gyda efo gydag hefo
arian pres
llaeth llefrith
dwi rwyf rydw rwy dw
ydych dych dach
allan mas
fi fo
yw ydy ydi
oes os
diolch diolc diolchi
allaf alla fedra medra galla gallaf
gwneud neud
mynd myn
";

const FILIPINO_LINES: &str = "
ko q qo koh
ako aq aqo akoh
mo m moh
ikaw ikw
kayo kau kyo
sila cla
siya cya sya
nasaan saan san asan nasan nsan nasn
nandito andito
kailan kelan klan kln
paano pano pno panu
bakit bkit bat
magkano mgkano magkanu
sino cno
ano anu
gusto gs2 gsto gusto2
dito d2 dto
ito 2
ngayon ngaun ngyon ngaung ngayun
hindi di d hnd hndi
naman nmn nman
lang lng lng
kasi kc kse ksi
ang yung ung
niyo nyo ninyo
ba b
na n
pa p
po pu pow
mayroon meron mron mayron
puwede pwede pede pwd
puwedeng pwedeng pedeng
salamat slmat slamat
pero pro
rin din
diyan dyan jan
doon dun don
tayo tau
talaga tlga tlaga
bukas bkas bukaz
opo opow
kumusta kamusta musta
";

const PERSIAN_LINES: &str = "
میخواهم میخوام میخام میخوهم
نمیخواهم نمیخوام نمیخام
میخواهید میخواین میخاین
میتوانم میتونم
نمیتوانم نمیتونم
میتوانید میتونید میتونین
کجاست کجاس کجان
چیست چیه چیس
چطور چطوری چجوری چگونه چطو
چقدر چقد
یک یه
را رو
است هست
هستید هستین
دارید دارین
کنید کنین بکنید بکنین
کنم بکنم
میکنید میکنین
میشود میشه
نمیشود نمیشه
میرسد میرسه
میاید میاد
نمیاید نمیاد
دیگر دیگه
اگر اگه
خانه خونه
ان اون
انها اونا اونها
این اینو
بدهید بدین
بگویید بگین بگید
شود بشه بشود
شده شدس
کدام کدوم
تومان تومن
پول پولو
";
