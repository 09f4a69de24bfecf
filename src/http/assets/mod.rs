//! The files that browsers fetch: the widget, the desk's script, the style sheets. They are part of the executable, have
//! no build step (the widget is made small when it is first asked for), and are named by address here. It knows texts, not pages or requests.

mod minify;

use std::borrow::Cow;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use super::texts;

/// A file as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub body: Cow<'static, str>,
}

impl Asset {
    /// A name of the content: another content has another.
    pub fn etag(&self) -> String {
        let digest = Sha256::digest(self.body.as_bytes());
        let name: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
        format!("\"{name}\"")
    }
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The pieces of the widget. Each is functions only, but for the last, which begins.
const PIECES: [&str; 20] = [
    include_str!("widget/dom.js"),
    include_str!("widget/palette.js"),
    include_str!("widget/speech.js"),
    include_str!("widget/wire.js"),
    include_str!("widget/signals.js"),
    include_str!("widget/files.js"),
    include_str!("widget/identity.js"),
    include_str!("widget/form.js"),
    include_str!("widget/invites.js"),
    include_str!("widget/phone.js"),
    include_str!("widget/emoji.js"),
    include_str!("widget/composer.js"),
    include_str!("widget/rich.js"),
    include_str!("widget/log.js"),
    include_str!("widget/menu.js"),
    include_str!("widget/notify.js"),
    include_str!("widget/rating.js"),
    include_str!("widget/teaser.js"),
    include_str!("widget/view.js"),
    include_str!("widget/main.js"),
];

/// The widget's style sheets, which become one.
const STYLES: [&str; 3] =
    [include_str!("widget/widget.css"), include_str!("widget/form.css"), include_str!("widget/page.css")];

/// What is the same in every widget: the labels that it needs before the first request, its style sheet, and its pieces.
static WIDGET: LazyLock<String> = LazyLock::new(|| {
    let labels = serde_json::to_string(&texts::launch_labels()).unwrap_or_default();
    let style = serde_json::to_string(&slim_style(&STYLES.join("\n"))).unwrap_or_default();
    let code = minify::script(&PIECES.join("\n"));
    format!("const LABELS={labels};const CSS_TEXT={style};\n{code}")
});

/// The desk's script: its parts in one scope. Each part says at its top what it is for; the page begins when all are there.
static DESK: LazyLock<String> = LazyLock::new(|| {
    let parts = [
        include_str!("desk/send.js"),
        include_str!("desk/pages.js"),
        include_str!("desk/forms.js"),
        include_str!("desk/frame.js"),
        include_str!("desk/times.js"),
        include_str!("desk/fragments.js"),
        include_str!("desk/lists.js"),
        include_str!("desk/conversation.js"),
        include_str!("desk/drafts.js"),
        include_str!("desk/complete.js"),
        include_str!("desk/watch.js"),
        include_str!("desk/composer.js"),
        include_str!("desk/keys.js"),
        include_str!("desk/alerts.js"),
        include_str!("desk/signals.js"),
        include_str!("desk/files.js"),
        include_str!("desk/live.js"),
    ];
    format!("/* Frontdesk, MIT */\n(() => {{\n'use strict';\n{}arrive();\n}})();\n", slim_script(&parts.join("\n")))
});

/// The desk's style sheet, in parts as its script.
static DESK_STYLE: LazyLock<String> = LazyLock::new(|| {
    [
        include_str!("desk.css"),
        include_str!("desk/transcript.css"),
        include_str!("desk/writing.css"),
        include_str!("desk/frame.css"),
    ]
    .join("\n")
});

/// The file at `/widget.js`, which knows one site (its id, whether the address named it, its look) and no other: pieces in one
/// scope, so that nothing of theirs is seen by the page.
pub fn widget(site: &serde_json::Value) -> Asset {
    let body = format!("/* Frontdesk, MIT */\n(()=>{{'use strict';const SITE={site};{}}})();\n", *WIDGET);
    Asset { content_type: SCRIPT, body: body.into() }
}

/// The names of the widget's variables that are shortened: a browser may have none of them as a global.
pub fn shortened_names() -> Vec<String> {
    minify::renamed(&PIECES.join("\n")).into_iter().collect()
}

/// The file at `/assets/<name>`.
pub fn asset(name: &str) -> Option<Asset> {
    let (content_type, body) = match name {
        "chat.css" => (STYLE, include_str!("chat.css")),
        "continue.js" => (SCRIPT, include_str!("continue.js")),
        "demo.css" => (STYLE, include_str!("demo.css")),
        "demo.js" => (SCRIPT, include_str!("demo.js")),
        "desk.css" => (STYLE, DESK_STYLE.as_str()),
        "desk.js" => (SCRIPT, DESK.as_str()),
        _ => return None,
    };
    Some(Asset { content_type, body: body.into() })
}

/// Leaves out what only readers of the source need: lines that are comments, and indentation. No text of ours runs over a line's end.
fn slim_script(source: &str) -> String {
    source
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .map(|line| format!("{line}\n"))
        .collect()
}

fn slim_style(source: &str) -> String {
    let whole = source.lines().map(str::trim).filter(|line| !line.starts_with("/*")).collect::<String>();
    // Blanks beside these signs mean nothing; no string in our style sheets holds one of them.
    [("{ ", "{"), (" {", "{"), ("; ", ";"), (": ", ":"), (", ", ","), (";}", "}"), (" }", "}")]
        .iter()
        .fold(whole, |style, (from, to)| style.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widget_is_whole() {
        let widget = widget(&serde_json::json!({})).body;
        assert!(widget.contains("Chat with us") && widget.contains(".launcher{") | widget.contains(".launcher {"));
        for forbidden in ["innerHTML", "eval(", "new Function", "setAttribute('style'", "document.write"] {
            assert!(!widget.contains(forbidden), "{forbidden} would break a strict content security policy");
        }
    }
}
