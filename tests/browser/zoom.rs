//! Pages made twice as large. A browser that zooms gives the page half as many pixels; that is what these tests do. Nothing may be
//! cut off, nothing may want scrolling sideways, and one must still be able to write.

use serde_json::json;

use super::driver::{Browser, Driver};
use super::hands::says;
use super::server::Server;
use super::{WIDGET, hears, in_widget, open_widget, pictures, sets_up, writes};

/// Half of a desktop's window, and halves of smaller ones: the height is halved too.
const HALVES: [(u32, u32); 3] = [(640, 400), (360, 400), (320, 360)];

async fn zoom(browser: &Browser, (width, height): (u32, u32)) {
    let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": false });
    browser.devtools("Emulation.setDeviceMetricsOverride", screen).await;
    browser.until("it is zoomed", &format!("innerWidth === {width}")).await;
    browser.drawn().await;
}

/// What sticks out at the sides of the window, of what these selectors find in a document; what scrolls by itself is let be.
fn cut_off(root: &str, css: &str) -> String {
    format!(
        "return Array.from({root}.querySelectorAll('{css}')).filter((e) => {{ const box = e.getBoundingClientRect(); \
         return box.width > 0 && e.checkVisibility() && !e.closest('.vh, svg, .top nav, .tabs, .strip, .suggested') && (box.right > innerWidth + 0.5 || box.left < -0.5); }}) \
         .map((e) => `${{e.tagName}}.${{e.className}}#${{e.id}}`)"
    )
}

/// Whether the middle of an element can be seen and pressed, once it is scrolled to.
fn reachable(root: &str, css: &str) -> String {
    format!(
        "(() => {{ const e = {root}.querySelector('{css}'); e.scrollIntoView({{ block: 'nearest' }}); const box = e.getBoundingClientRect(); \
         const hit = {root}.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2); return e === hit || e.contains(hit); }})()"
    )
}

#[tokio::test]
async fn the_widget_is_usable_at_twice_the_size() {
    let (server, driver) = (Server::start(), Driver::start());
    for language in ["en", "fa"] {
        let visitor = driver.browser().await;
        visitor.stand_still().await;
        visitor.go(&format!("{}/?lang={language}", server.url)).await;
        zoom(&visitor, HALVES[0]).await;
        open_widget(&visitor).await;
        hears(&visitor, "bot: Hello, I am the assistant of Corner Lamps.").await;
        for size in HALVES {
            zoom(&visitor, size).await;
            let name = format!("{language} {size:?}");
            assert_eq!(visitor.ask(&cut_off(WIDGET, ".panel, .panel *")).await, json!([]), "{name}");
            let sideways = format!(
                "const log = {WIDGET}.querySelector('.log'); return [log.scrollWidth - log.clientWidth, document.scrollingElement.scrollWidth - innerWidth]"
            );
            assert_eq!(visitor.ask(&sideways).await, json!([0, 0]), "{name}");
            for control in ["textarea", ".send", ".close", "[aria-controls=menu]", ".person"] {
                visitor.until(&format!("{name}: {control}"), &reachable(WIDGET, control)).await;
            }
            let log = visitor.ask(&format!("return {WIDGET}.querySelector('.log').clientHeight")).await;
            assert!(log.as_u64().is_some_and(|height| height >= 100), "{name}: there is room to read: {log}");
            in_widget(&visitor, "textarea").await.click().await.unwrap();
            let words = format!("when are you open {}", size.0);
            writes(&visitor, &format!("{words}\n")).await;
            hears(&visitor, &format!("visitor: {words}")).await;
        }
        visitor.close().await;
    }
}

#[tokio::test]
async fn a_conversation_at_the_desk_is_usable_at_twice_the_size() {
    let (server, driver) = (Server::start(), Driver::start());
    says(&server, &["I want to introduce myself", "Nina Light", "when are you open", "Talk to a person"]).await;
    let agent = driver.browser().await;
    sets_up(&agent, &server, "Maria").await;
    agent.click("#queue .row a").await;
    agent.click("#do-claim").await;
    for language in ["en", "fa"] {
        agent.ask(&format!("document.cookie = 'frontdesk_language={language}; Path=/'")).await;
        for size in HALVES {
            zoom(&agent, size).await;
            agent.client.refresh().await.unwrap();
            agent.find("#do-resolve").await;
            agent.until("the script runs", "document.querySelector('#text')?.placeholder").await;
            let name = format!("{language} {size:?}");
            assert_eq!(agent.ask(&cut_off("document", "body *")).await, json!([]), "{name}");
            let sideways = "return document.scrollingElement.scrollWidth - innerWidth";
            assert_eq!(agent.ask(sideways).await, 0, "{name}");
            for control in ["#do-resolve", "#do-transfer", "#card summary", "#text", "#composer button.main"] {
                agent.until(&format!("{name}: {control}"), &reachable("document", control)).await;
            }
            for menu in ["do-hand-back", "do-transfer", "do-file", "alerts-menu"] {
                agent.ask(&format!("document.getElementById('{menu}').parentElement.open = true")).await;
                assert_eq!(agent.ask(&cut_off("document", ".sheet, .sheet *")).await, json!([]), "{name}: {menu}");
                agent.ask(&format!("document.getElementById('{menu}').parentElement.open = false")).await;
            }
            let words = format!("Hello at {} in {language}.", size.0);
            agent.click("#text").await;
            agent.type_into("#text", &format!("{words}\n")).await;
            super::hands::line(&agent, "agent", &words).await;
            pictures(&agent, &format!("desk-zoom-{language}-{}", size.0)).await;
        }
    }
    agent.close().await;
}

#[tokio::test]
async fn the_tab_of_the_page_is_in_sight_where_not_all_fit() {
    let (server, driver) = (Server::start(), Driver::start());
    let agent = driver.browser().await;
    sets_up(&agent, &server, "Maria").await;
    for language in ["en", "fa"] {
        agent.ask(&format!("document.cookie = 'frontdesk_language={language}; Path=/'")).await;
        zoom(&agent, HALVES[2]).await;
        for (path, tabs) in [("/desk/audit", ".top nav"), ("/desk?list=closed", ".tabs")] {
            agent.go(&format!("{}{path}", server.url)).await;
            let tab = format!("document.querySelector('{tabs} a[aria-current]')?.getBoundingClientRect()");
            let fits = format!(
                "document.querySelector('{tabs}').scrollWidth > innerWidth && {tab}.left >= 0 && {tab}.right <= innerWidth"
            );
            agent.until(&format!("{language}: {path}"), &fits).await;
            assert_eq!(agent.ask("return scrollX").await, 0, "{language}: {path}: only the tabs have moved");
        }
    }
    agent.close().await;
}
