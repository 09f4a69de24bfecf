//! A file that somebody sent, as a conversation knows it: what it is called, what it is and how large. What is in it lies
//! beside the store, under its id. A name comes from outside and is hostile until it went through here.

use serde::{Deserialize, Serialize};

use crate::dialog::Event;
use crate::id::FileId;

/// Bytes of one file.
pub const FILE_BYTES_MAX: u64 = 10 * 1024 * 1024;

/// Files of one conversation.
pub const FILES_MAX: u32 = 50;

/// Bytes of all files of one conversation.
pub const FILES_BYTES_MAX: u64 = 100 * 1024 * 1024;

/// Characters of a file's name before the dot.
const NAME_CHARS_MAX: usize = 80;

/// A file that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Under which it lies beside the store.
    pub id: FileId,
    /// What the sender calls it, made harmless.
    pub name: String,
    /// What it is by its content, such as `image/png`.
    pub media: String,
    /// How large.
    pub bytes: u64,
}

/// A kind of file that may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Media {
    /// Its media type.
    pub name: &'static str,
    /// How names of such files end; the first is given to those that end in another way.
    pub endings: &'static [&'static str],
    /// Whether a browser may show it on our pages: a picture of dots, which can do nothing.
    pub picture: bool,
}

const fn media(name: &'static str, endings: &'static [&'static str]) -> Media {
    Media { name, endings, picture: false }
}

const fn picture(name: &'static str, endings: &'static [&'static str]) -> Media {
    Media { name, endings, picture: true }
}

/// What may be sent. Never anything that a browser runs (HTML, SVG), no programs, and no archives, in which both hide.
pub const MEDIA: [Media; 19] = [
    picture("image/png", &["png"]),
    picture("image/jpeg", &["jpg", "jpeg"]),
    picture("image/gif", &["gif"]),
    picture("image/webp", &["webp"]),
    media("image/heif", &["heic", "heif"]),
    media("application/pdf", &["pdf"]),
    media("application/vnd.openxmlformats-officedocument.wordprocessingml.document", &["docx"]),
    media("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", &["xlsx"]),
    media("application/vnd.openxmlformats-officedocument.presentationml.presentation", &["pptx"]),
    media("application/vnd.oasis.opendocument.text", &["odt"]),
    media("application/vnd.oasis.opendocument.spreadsheet", &["ods"]),
    media("application/vnd.oasis.opendocument.presentation", &["odp"]),
    media("audio/mpeg", &["mp3"]),
    media("audio/m4a", &["m4a"]),
    media("audio/ogg", &["ogg", "oga", "opus"]),
    media("video/mp4", &["mp4", "m4v"]),
    media("video/webm", &["webm"]),
    media("video/quicktime", &["mov"]),
    media(PLAIN_TEXT, &["txt", "csv", "log", "md"]),
];

/// Text without any sign of what it is.
pub const PLAIN_TEXT: &str = "text/plain";

impl Media {
    /// The kind of file with a media type; none for what may not be sent.
    pub fn named(name: &str) -> Option<&'static Self> {
        MEDIA.iter().find(|media| media.name == name)
    }

    /// A name for such a file that no system stumbles over and that says the truth: without folders, without signs that are
    /// not seen or turn the text around, and with an ending that fits the content.
    pub fn file_name(&self, said: &str) -> String {
        let last = said.rsplit(['/', '\\']).next().unwrap_or_default();
        let seen: String = last.chars().filter(|letter| !is_unseen(*letter)).map(without_meaning).collect();
        let seen = seen.trim_matches(|letter: char| letter == '.' || letter.is_whitespace());
        let fits = |ending: &str| self.endings.iter().any(|known| known.eq_ignore_ascii_case(ending));
        let (stem, ending) = match seen.rsplit_once('.').filter(|(_, ending)| fits(ending)) {
            Some((stem, ending)) => (stem, ending),
            None => (seen, self.endings.first().copied().unwrap_or_default()),
        };
        let stem: String = stem.chars().take(NAME_CHARS_MAX).collect();
        let stem = stem.trim_end_matches(|letter: char| letter == '.' || letter.is_whitespace());
        format!("{}.{ending}", if stem.is_empty() { "file" } else { stem })
    }
}

impl Event {
    /// The file that the event tells of.
    pub fn file(&self) -> Option<&Attachment> {
        match self {
            Self::VisitorSent { file, .. } | Self::AgentSent { file, .. } | Self::RemoteKept { file, .. } => Some(file),
            _ => None,
        }
    }
}

impl Attachment {
    /// Whether a browser may show it on our pages.
    pub fn is_picture(&self) -> bool {
        Media::named(&self.media).is_some_and(|media| media.picture)
    }
}

/// Signs that nobody sees, among them those with which `exe.jpg` can be made to read `gpj.exe`.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// What means something to a file system or a shell in a name stands for itself no more.
fn without_meaning(letter: char) -> char {
    if matches!(letter, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '%' | '`' | '$') { '_' } else { letter }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_harmless_and_says_what_the_file_is() {
        let png = Media::named("image/png").unwrap();
        for (said, name) in [
            ("holiday.png", "holiday.png"),
            ("Holiday.PNG", "Holiday.PNG"),
            ("../../etc/passwd", "passwd.png"),
            ("C:\\Users\\me\\lamp.png", "lamp.png"),
            ("invoice\u{202e}gnp.exe", "invoicegnp.exe.png"),
            ("page.html", "page.html.png"),
            ("a\0b\n.png", "ab.png"),
            ("<img src=x onerror=alert(1)>.png", "_img src=x onerror=alert(1)_.png"),
            ("", "file.png"),
            ("...", "file.png"),
            (".png", "png.png"),
            ("φωτογραφία.png", "φωτογραφία.png"),
            ("  a.  .png", "a.png"),
        ] {
            assert_eq!(png.file_name(said), name, "{said:?}");
        }
        assert_eq!(png.file_name(&"x".repeat(5_000)).len(), NAME_CHARS_MAX + 4);
        assert_eq!(Media::named(PLAIN_TEXT).unwrap().file_name("run.html"), "run.html.txt");
    }

    #[test]
    fn nothing_that_a_browser_runs_may_be_sent_and_only_dots_are_shown() {
        for name in ["text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/zip", ""] {
            assert!(Media::named(name).is_none(), "{name}");
        }
        let shown: Vec<_> = MEDIA.iter().filter(|media| media.picture).map(|media| media.name).collect();
        assert_eq!(shown, ["image/png", "image/jpeg", "image/gif", "image/webp"]);
    }
}
