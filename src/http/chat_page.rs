//! The hosted chat: a page that is nothing but the chat of one site, for shops without a website; its address as a QR code,
//! and a small page with both to be printed. Pages are pure functions of a view and of texts.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use super::texts::{Texts, Value};

/// The side of the QR code in pixels, at least; it is a drawing, so it can be printed at any size.
const QR_SIDE: u32 = 240;

/// What the pages need to know of a site.
#[derive(Debug, Clone)]
pub struct ChatView {
    /// The site.
    pub site: String,
    /// What visitors read above the chat.
    pub title: String,
    /// The colour of the site's widget.
    pub color: Option<String>,
    /// Where the chat is, for the world: `https://chat.example.org/chat/shop`.
    pub url: String,
}

/// The page that is the chat. Without scripts it says so.
pub fn chat(view: &ChatView, t: &Texts) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(t.language()) dir=(t.direction().as_str()) {
            head {
                (head(&view.title, view.color.as_deref()))
                meta name="description" content=(t.with("chat-about", &[("title", Value::Text(&view.title))]));
                script src={ "/widget.js?site=" (view.site) } async data-mode="page" data-lang=(t.language()) {}
            }
            body { noscript { p { (t.get("chat-no-script")) } } }
        }
    }
}

/// The page to be printed: what it is, the code, the address.
pub fn card(view: &ChatView, t: &Texts) -> Markup {
    let alt = t.with("chat-qr", &[("title", Value::Text(&view.title))]);
    html! {
        (DOCTYPE)
        html lang=(t.language()) dir=(t.direction().as_str()) {
            head {
                (head(&view.title, view.color.as_deref()))
                link rel="stylesheet" href="/assets/chat.css";
            }
            body {
                main {
                    h1 dir="auto" { (view.title) }
                    p { (t.get("chat-scan")) }
                    img src={ "/chat/" (view.site) "/qr.svg" } alt=(alt) width="240" height="240";
                    p.address dir="ltr" { a href=(view.url) { (view.url) } }
                }
            }
        }
    }
}

/// The page where there is no chat: for people who followed an old link, so it does not speak of programs.
pub fn nowhere(t: &Texts) -> Markup {
    let title = t.get("chat-nowhere-title");
    html! {
        (DOCTYPE)
        html lang=(t.language()) dir=(t.direction().as_str()) {
            head {
                (head(&title, None))
                link rel="stylesheet" href="/assets/chat.css";
            }
            body { main { h1 { (title) } p { (t.get("chat-nowhere")) } } }
        }
    }
}

/// The page that shows where a conversation can go on. What its script finds out is filled in there.
pub fn go_on(t: &Texts) -> Markup {
    let title = t.get("continue-title");
    html! {
        (DOCTYPE)
        html lang=(t.language()) dir=(t.direction().as_str()) {
            head {
                (head(&title, None))
                meta name="robots" content="noindex";
                link rel="stylesheet" href="/assets/chat.css";
                script src="/assets/continue.js" defer {}
            }
            body {
                main #continue data-in=(t.with("continue-in", &[("app", Value::Text("{app}"))])) data-qr=(t.get("continue-scan")) {
                    h1 { (title) }
                    noscript { p { (t.get("chat-no-script")) } }
                    p #about role="status" { (t.get("continue-about")) }
                    p #over role="alert" hidden { (t.get("continue-over")) }
                    div #ways hidden {
                        ul #apps .ways {}
                        button #here type="button" { (t.get("continue-here")) }
                        figure { img #qr alt=(t.get("continue-scan")) width="240" height="240"; figcaption { (t.get("continue-scan")) } }
                        p { (t.get("continue-code")) " " code #code dir="ltr" {} }
                    }
                }
            }
        }
    }
}

fn head(title: &str, color: Option<&str>) -> Markup {
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content";
        meta name="color-scheme" content="light dark";
        @if let Some(color) = color { meta name="theme-color" content=(color); }
        title { (title) }
        link rel="icon" href="data:,";
    }
}

/// The address as a QR code; none if it is too long for one.
pub fn qr(url: &str) -> Option<Markup> {
    let code = QrCode::with_error_correction_level(url, EcLevel::M).ok()?;
    // Dark on light in every theme, with the quiet border that readers need.
    Some(PreEscaped(code.render::<svg::Color<'_>>().min_dimensions(QR_SIDE, QR_SIDE).build()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::texts::{languages, texts};

    fn view() -> ChatView {
        ChatView {
            site: "shop".to_owned(),
            title: "<b>Corner</b> Lamps".to_owned(),
            color: Some("#123456".to_owned()),
            url: "https://chat.example.org/chat/shop".to_owned(),
        }
    }

    #[test]
    fn the_pages_speak_each_language_and_show_texts_as_texts() {
        for (tag, _) in languages() {
            for page in [chat(&view(), texts(tag)), card(&view(), texts(tag))] {
                let page = page.into_string();
                assert!(page.contains(&format!("<html lang=\"{tag}\"")), "{tag}");
                assert!(page.contains("&lt;b&gt;Corner&lt;/b&gt; Lamps") && !page.contains("<b>"), "{tag}");
                assert!(
                    !page.contains("chat-scan") && !page.contains("chat-no-script") && !page.contains("chat-about"),
                    "{tag}: a text is missing"
                );
                assert!(!page.contains("noindex"));
            }
            let go_on = go_on(texts(tag)).into_string();
            assert!(go_on.contains("{app}") && !go_on.contains(">continue-"), "{tag}: {go_on}");
            let nowhere = nowhere(texts(tag)).into_string();
            assert!(nowhere.contains(&format!("<html lang=\"{tag}\"")) && !nowhere.contains("chat-nowhere"), "{tag}");
        }
    }

    #[test]
    fn a_code_is_a_drawing_and_too_long_an_address_has_none() {
        assert!(qr("https://chat.example.org/chat/shop").unwrap().into_string().contains("<svg"));
        assert!(qr(&"x".repeat(4_000)).is_none());
    }
}
