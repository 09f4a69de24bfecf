//! What a site's owner may set: on the tag, in `frontdesk.yaml`, and by custom properties of the page; and that the language
//! follows the page.

use serde_json::{Value, json};

use super::driver::{Browser, Driver};
use super::server::{BOT, Server};
use super::{WIDGET, hears, in_widget, open_widget, visits};

const LOOK: &str = "look: { color: '#ffe27a', position: left, launcher: Ask us, greeting: 'Questions <b>about</b> a lamp?', \
    theme: dark, offset_x: 31, offset_y: 72, z_index: 77, logo: /nowhere.png }";

async fn closed(driver: &Driver, server: &Server, before: &str) -> Browser {
    let visitor = driver.browser().await;
    visitor.before_every_page(before).await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    visitor.until("the launcher is there", "document.querySelector('frontdesk-chat')").await;
    visitor
}

/// A script that gives the widget's tag these attributes before it is read.
fn tagged(attributes: &Value) -> String {
    format!(
        "new MutationObserver(() => {{ const tag = document.querySelector('script[src*=\"/widget.js\"]'); \
         if (tag && !tag.dataset.seen) {{ delete tag.dataset.color; Object.assign(tag.dataset, {attributes}, {{ seen: '1' }}); }} }}) \
         .observe(document, {{ childList: true, subtree: true }});"
    )
}

#[tokio::test]
async fn the_look_of_the_site_is_there_before_anything_is_asked() {
    let (server, driver) = (Server::with(BOT, LOOK), Driver::start());
    let visitor = closed(&driver, &server, &tagged(&json!({}))).await;
    let asked = "return performance.getEntriesByType('resource').filter((e) => e.name.includes('/api/')).length";
    assert_eq!(visitor.ask(asked).await, 0);
    let look = format!(
        "const shell = {WIDGET}.querySelector('.shell'); const launcher = {WIDGET}.querySelector('.launcher'); const s = getComputedStyle(launcher); \
         return [shell.dataset.theme, shell.dataset.side, launcher.textContent, s.backgroundColor, s.color, getComputedStyle(shell).zIndex, \
         launcher.getBoundingClientRect().left, innerHeight - launcher.getBoundingClientRect().bottom]"
    );
    let expected = json!(["dark", "left", "Ask us", "rgb(255, 226, 122)", "rgb(17, 17, 17)", "77", 31, 72]);
    assert_eq!(visitor.ask(&look).await, expected, "on a light colour, dark words");
    visitor.close().await;

    // The tag says more than the server, and the page's own style the most.
    let tag = tagged(&json!({ "color": "#123456", "position": "right", "launcher": "icon", "theme": "light" }));
    let style = "addEventListener('DOMContentLoaded', () => { const sheet = new CSSStyleSheet(); document.adoptedStyleSheets = [sheet]; \
        sheet.replaceSync('frontdesk-chat { --frontdesk-offset-y: 10px; --frontdesk-z-index: 5; --frontdesk-width: 333px }'); });";
    let visitor = closed(&driver, &server, &format!("{tag}{style}")).await;
    let look =
        look.replace("launcher.getBoundingClientRect().left", "innerWidth - launcher.getBoundingClientRect().right");
    let expected = json!(["light", "right", "", "rgb(18, 52, 86)", "rgb(255, 255, 255)", "5", 31, 10]);
    assert_eq!(visitor.ask(&look).await, expected);
    open_widget(&visitor).await;
    let width = format!("return {WIDGET}.querySelector('.panel').getBoundingClientRect().width");
    visitor.stand_still().await;
    assert_eq!(visitor.ask(&width).await, 333);
    visitor.devtools("Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
    let display = format!("return getComputedStyle({WIDGET}.querySelector('.shell')).display");
    assert_eq!(visitor.ask(&display).await, "none", "it is not printed");
    visitor.close().await;
}

#[tokio::test]
async fn the_greeting_is_said_once_beside_the_launcher_and_moves_nothing() {
    let (server, driver) = (Server::with(BOT, LOOK), Driver::start());
    let visitor = closed(&driver, &server, "new PerformanceObserver((l) => { window.shift = (window.shift || 0) + l.getEntries().reduce((s, e) => s + e.value, 0); }) \
        .observe({ type: 'layout-shift', buffered: true });").await;
    let teaser = format!("{WIDGET}.querySelector('.teaser')");
    assert_eq!(
        visitor.ask(&format!("return [{teaser}.hidden, {teaser}.querySelector('.words').textContent]")).await,
        json!([false, "Questions <b>about</b> a lamp?"])
    );
    assert_eq!(visitor.ask("return window.shift ?? 0").await, 0);
    super::axe::usable_by_all(&visitor, "greeting").await;
    super::pictures(&visitor, "widget-teaser").await;
    in_widget(&visitor, ".teaser .icon").await.click().await.unwrap();
    visitor.client.refresh().await.unwrap();
    visitor.until("the launcher is there", "document.querySelector('frontdesk-chat')").await;
    assert_eq!(visitor.ask(&format!("return {teaser}.hidden")).await, true, "once");

    visitor.ask("localStorage.clear()").await;
    visitor.client.refresh().await.unwrap();
    visitor.until("the greeting is there", &format!("{WIDGET}.querySelector('.teaser') && !{teaser}.hidden")).await;
    in_widget(&visitor, ".words").await.click().await.unwrap();
    hears(&visitor, "bot: Hello, I am the assistant of Corner Lamps.").await;
    assert_eq!(
        visitor.ask(&format!("return [{teaser}.hidden, {WIDGET}.querySelector('.panel').hidden]")).await,
        json!([true, false])
    );
    visitor.close().await;
}

#[tokio::test]
async fn the_language_follows_the_page_and_changes_while_it_is_open() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = visits(&driver, &server).await;
    let now = format!(
        "return [{WIDGET}.querySelector('.shell').lang, {WIDGET}.querySelector('.shell').dir, {WIDGET}.querySelector('textarea').placeholder]"
    );
    for (asked, language, dir, placeholder) in [
        ("el-CY", "el", "ltr", "Γράψτε ένα μήνυμα…"),
        ("fa", "fa", "rtl", "پیامی بنویسید…"),
        ("de-AT", "en", "ltr", "Write a message…"),
        ("no language at all", "en", "ltr", "Write a message…"),
    ] {
        visitor.ask(&format!("window.frontdesk('locale', {})", json!(asked))).await;
        visitor
            .until(asked, &format!("{WIDGET}.querySelector('textarea').placeholder === {}", json!(placeholder)))
            .await;
        assert_eq!(visitor.ask(&now).await, json!([language, dir, placeholder]), "{asked}");
    }
    hears(&visitor, "bot: Hello, I am the assistant of Corner Lamps.").await;
    visitor.close().await;
}

#[tokio::test]
async fn what_is_asked_before_the_widget_has_come_is_done_and_a_swapped_body_keeps_it() {
    let (server, driver) = (Server::start(), Driver::start());
    let early = "window.frontdesk = window.frontdesk || function () { (window.frontdesk.q = window.frontdesk.q || []).push(arguments); }; \
        window.frontdesk('on', 'open', () => { window.opened = true; }); window.frontdesk('open');";
    let visitor = driver.browser().await;
    visitor.before_every_page(early).await;
    visitor.go(&format!("{}/?lang=en", server.url)).await;
    hears_after_coming(&visitor).await;
    assert_eq!(visitor.ask("return window.opened").await, true);
    visitor.ask("const body = document.createElement('body'); body.append('Another page'); document.body.replaceWith(body); \
        const again = document.createElement('script'); again.src = '/widget.js'; body.append(again)").await;
    visitor
        .until(
            "the second script has come",
            "performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/widget.js')).length > 0",
        )
        .await;
    assert_eq!(visitor.ask("return document.querySelectorAll('frontdesk-chat').length").await, 1);
    super::writes(&visitor, "when are you open\n").await;
    hears(&visitor, "bot: Every day from nine to five.").await;
    visitor.close().await;
}

async fn hears_after_coming(visitor: &Browser) {
    visitor.until("the widget is there", "document.querySelector('frontdesk-chat')").await;
    hears(visitor, "bot: Hello, I am the assistant of Corner Lamps.").await;
}

#[tokio::test]
async fn no_shortened_name_is_one_of_the_browser() {
    let (server, driver) = (Server::start(), Driver::start());
    let visitor = visits(&driver, &server).await;
    let names = json!(frontdesk::http::assets::shortened_names());
    assert!(names.as_array().is_some_and(|names| names.len() > 100));
    let known = visitor.ask(&format!("return {names}.filter((name) => name in window)")).await;
    assert_eq!(known, json!([]), "these stand in GLOBALS of minify.rs");
    visitor.close().await;
}
