//! The demo page: a small made-up shop with the widget on it, in every language of the widget, and the line that puts the
//! widget on a site. It knows texts only; what the chat answers is the bot's.

use maud::{DOCTYPE, Markup, html};

use super::texts::{Texts, Value, languages};

/// What the page needs to know of the server.
#[derive(Debug, Clone)]
pub struct DemoView {
    /// The address that visitors' browsers use, such as `https://chat.example.org`.
    pub public_url: String,
    /// Where its hosted chat is.
    pub chat: String,
    /// The site that the widget opens; none where there is one.
    pub site: Option<String>,
}

/// The page.
pub fn page(view: &DemoView, t: &Texts) -> Markup {
    let price = |euros: i64| t.with("demo-price", &[("n", Value::Number(euros))]);
    html! {
        (DOCTYPE)
        html lang=(t.language()) dir=(t.direction().as_str()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="description" content=(t.get("demo-tagline"));
                title { (t.get("demo-shop")) }
                link rel="stylesheet" href="/assets/demo.css";
                link rel="icon" href="data:,";
                script src="/assets/demo.js" defer {}
                script src=(address(view)) async data-color="#7a3e12" {}
            }
            body {
                header {
                    p.shop { (t.get("demo-shop")) }
                    nav aria-label=(t.get("demo-language")) {
                        @for (tag, name) in languages() {
                            a href={ "?lang=" (tag) } lang=(tag) aria-current=[(tag == t.language()).then_some("true")] { (name) }
                        }
                    }
                }
                main {
                    section.hero {
                        h1 { (t.get("demo-tagline")) }
                        p { (t.get("demo-note")) }
                        button.main #open type="button" { (t.get("demo-open-chat")) }
                    }
                    section {
                        h2 { (t.get("demo-products")) }
                        ul.products {
                            (product(&t.get("demo-lamp"), &price(49), lamp()))
                            (product(&t.get("demo-chair"), &price(279), chair()))
                            (product(&t.get("demo-pot"), &price(18), pot()))
                            (product(&t.get("demo-shelf"), &price(64), shelf()))
                        }
                    }
                    div.columns {
                        section {
                            h2 { (t.get("demo-ask-title")) }
                            p { (t.get("demo-ask-lead")) }
                            ul.asks {
                                @for ask in ["demo-ask-hours", "demo-ask-order", "demo-ask-return", "demo-ask-person"] {
                                    li { (t.get(ask)) }
                                }
                            }
                        }
                        section {
                            h2 { (t.get("demo-desk-title")) }
                            p { (t.get("demo-desk-lead")) }
                            p { a href="/desk" { (t.get("demo-desk-link")) } }
                        }
                    }
                    section {
                        h2 { (t.get("demo-embed-title")) }
                        p { (t.get("demo-embed-lead")) }
                        pre dir="ltr" tabindex="0" { code { (snippet(view)) } }
                        p { a href=(view.chat) { (t.get("demo-hosted")) } " · " a href={ (view.chat) "/card" } { (t.get("demo-hosted-card")) } }
                    }
                }
            }
        }
    }
}

/// Where the widget is, on this server.
fn address(view: &DemoView) -> String {
    let site = view.site.as_deref().map(|site| format!("?site={site}")).unwrap_or_default();
    format!("/widget.js{site}")
}

/// The line that puts the widget on a site.
fn snippet(view: &DemoView) -> String {
    let (url, script) = (view.public_url.trim_end_matches('/'), address(view));
    format!("<script async src=\"{url}{script}\" data-color=\"#7a3e12\" data-position=\"right\"></script>")
}

fn product(name: &str, price: &str, picture: Markup) -> Markup {
    html! {
        li {
            svg viewBox="0 0 120 100" aria-hidden="true" { (picture) }
            p { (name) }
            p.price { (price) }
        }
    }
}

fn lamp() -> Markup {
    html! {
        path.b d="M18 92h50a6 6 0 0 0-50 0z" {}
        path.line d="M43 88V50L82 26" {}
        path.a d="M70 12l32 22-14 16-34-24z" {}
        circle.c cx="76" cy="44" r="9" {}
    }
}

fn chair() -> Markup {
    html! {
        rect.a x="30" y="14" width="60" height="52" rx="16" {}
        rect.b x="18" y="42" width="18" height="40" rx="8" {}
        rect.b x="84" y="42" width="18" height="40" rx="8" {}
        rect.c x="34" y="56" width="52" height="22" rx="8" {}
        path.line d="M32 82v10M88 82v10" {}
    }
}

fn pot() -> Markup {
    html! {
        path.d d="M60 54C40 48 34 28 40 12c14 6 22 22 20 42zM60 54c20-4 28-20 26-36-14 2-26 16-26 36z" {}
        path.a d="M36 54h48l-7 38H43z" {}
        rect.b x="32" y="50" width="56" height="10" rx="4" {}
    }
}

fn shelf() -> Markup {
    html! {
        rect.a x="14" y="62" width="92" height="9" rx="3" {}
        path.line d="M26 71v14M94 71v14" {}
        rect.b x="26" y="28" width="10" height="34" rx="2" {}
        rect.c x="39" y="22" width="12" height="40" rx="2" {}
        rect.d x="54" y="34" width="9" height="28" rx="2" {}
        circle.b cx="84" cy="50" r="12" {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::texts::texts;

    #[test]
    fn the_page_speaks_each_language_and_shows_the_line_to_embed() {
        let view = DemoView {
            public_url: "https://chat.example.org/".to_owned(),
            chat: "/chat/shop".to_owned(),
            site: Some("shop".to_owned()),
        };
        for (tag, name) in languages() {
            let page = page(&view, texts(tag)).into_string();
            assert!(page.contains(&format!("<html lang=\"{tag}\" dir=")), "{tag}");
            assert!(page.contains(name), "{tag}: the switch names every language");
            assert!(!page.contains("demo-"), "{tag}: a text is missing");
            assert!(page.contains("src=&quot;https://chat.example.org/widget.js?site=shop&quot; data-color"), "{tag}");
        }
    }
}
