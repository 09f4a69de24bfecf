//! The widget on the pages of others: a foreign origin with a strict policy and hostile styles, a page that is not listed,
//! a browser that keeps nothing, a tag that stands twice.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::{Value, json};

use super::driver::{Browser, Driver};
use super::server::Server;
use super::{SAID, WIDGET, hears, in_widget, open_widget, writes};

/// Everything a page's author may do to other people's elements, on purpose or not.
const HOSTILE: &str = "
    * { all: unset !important; }
    html * { font-size: 60px !important; letter-spacing: 1em !important; color: lime !important; }
    button, textarea, svg, header, footer, section, p { display: none !important; }
    div { margin: 50px !important; float: left !important; }
    frontdesk-chat, html > :last-child {
        display: none !important; opacity: 0 !important; visibility: hidden !important; pointer-events: none !important;
        position: fixed !important; width: 0 !important; height: 0 !important; overflow: hidden !important; zoom: 3 !important;
        transform: rotate(45deg) scale(.2) !important; filter: invert(1) !important; clip-path: inset(50%) !important;
        contain: strict !important; direction: rtl !important;
    }";

/// Where everything of the widget stands and how it is painted; the times of messages differ by the minute.
const LOOK: &str = "return Array.from(document.querySelector('frontdesk-chat').shadowRoot.querySelectorAll('.shell, .shell :not(time)'), \
    (e) => { const b = e.getBoundingClientRect(); const s = getComputedStyle(e); \
    return [e.tagName, e.className.baseVal ?? e.className, b.x, b.y, b.width, b.height, s.display, s.color, s.backgroundColor, s.font, \
    s.letterSpacing, s.direction, s.textAlign, s.margin, s.opacity, s.visibility].join(' '); })";

/// The same of the host's own elements, and what else a script could leave behind.
const HOST: &str = "return [...Array.from(document.querySelectorAll('html, body, h1, p, b'), (e) => { const s = getComputedStyle(e); \
    return [e.tagName, JSON.stringify(e.getBoundingClientRect()), Array.from(s, (name) => s.getPropertyValue(name)).join()].join(' '); }), \
    document.adoptedStyleSheets.length, document.styleSheets.length, document.body.children.length, document.body.inert]";

/// A website of somebody else. Under `/bare` it has no chat; the other pages carry the widget's tag.
struct Website {
    /// The origin that the chat lists.
    origin: String,
    /// The same server by a name that the chat does not list.
    other_origin: String,
    chat: Server,
}

impl Website {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let origin = format!("http://127.0.0.1:{port}");
        let chat = Server::for_pages_of(&[&origin]);
        let tag = format!("<script async src='{}/widget.js'></script>", chat.url);
        let page = |head: &str| {
            let page = format!(
                "<!doctype html><html lang=en><head><title>A shop</title>{head}</head><body><h1>A shop</h1>\
                 <script>window.inline = true</script><p>Of <b>somebody</b> else.</p></body></html>"
            );
            let policy = format!(
                "default-src 'none'; style-src 'self'; script-src {0}; connect-src {0} {1}; require-trusted-types-for 'script'",
                chat.url,
                chat.url.replace("http", "ws")
            );
            get(move || async move {
                ([(header::CONTENT_SECURITY_POLICY, policy), (header::CONTENT_TYPE, "text/html".to_owned())], page)
            })
        };
        let pages = Router::new()
            .route("/bare", page(""))
            .route("/plain", page(&tag))
            .route("/misnamed", page(&tag.replace("async", "async data-site=elsewhere")))
            .route("/named", page(&tag.replace("widget.js", "widget.js?site=main")))
            .route("/twice", page(&format!("{tag}{tag}")))
            .route("/secretive", page(&format!("<meta name=referrer content=no-referrer>{tag}")))
            .route("/hostile", page(&format!("<link rel=stylesheet href=/hostile.css>{tag}")))
            .route("/hostile.css", get(|| async { ([(header::CONTENT_TYPE, "text/css")], HOSTILE).into_response() }));
        tokio::spawn(async move { axum::serve(listener, pages).await });
        Self { origin, other_origin: format!("http://localhost:{port}"), chat }
    }
}

async fn look(browser: &Browser) -> Vec<String> {
    serde_json::from_value(browser.ask(LOOK).await).unwrap()
}

#[tokio::test]
async fn on_a_hostile_page_under_a_strict_policy_the_widget_works_and_looks_the_same() {
    let (site, driver) = (Website::start().await, Driver::start());
    let visitor = driver.browser().await;
    visitor.stand_still().await;
    let listen = "window.violations = []; document.addEventListener('securitypolicyviolation', (e) => window.violations.push(e.violatedDirective));";
    visitor.before_every_page(listen).await;

    visitor.go(&format!("{}/bare", site.origin)).await;
    let alone = visitor.ask(HOST).await;
    visitor.go(&format!("{}/plain", site.origin)).await;
    open_widget(&visitor).await;
    writes(&visitor, "when are you open\n").await;
    hears(&visitor, "bot: Every day from nine to five.").await;
    visitor.ask("document.activeElement.blur()").await;
    assert_eq!(visitor.ask(HOST).await, alone, "nothing of ours changes the page");
    // The page's own inline script is what the policy stops: so it is in force, and stops nothing of ours.
    assert_eq!(visitor.ask("return window.violations").await, json!(["script-src-elem"]));

    let mut looks = Vec::new();
    for page in ["plain", "hostile"] {
        visitor.go(&format!("{}/{page}", site.origin)).await;
        open_widget(&visitor).await;
        hears(&visitor, "bot: Every day from nine to five.").await;
        looks.push(look(&visitor).await);
    }
    assert!(looks[0].len() > 30, "the look has every element: {:?}", looks[0]);
    for (plain, hostile) in looks[0].iter().zip(&looks[1]) {
        assert_eq!(hostile, plain, "the page's styles reach the widget");
    }
    assert_eq!(looks[0].len(), looks[1].len());
    writes(&visitor, "I need a lamp\n").await;
    hears(&visitor, "bot: For which room?").await;
    visitor.close().await;
}

#[tokio::test]
async fn a_page_that_is_not_listed_gets_no_chat() {
    let (site, driver) = (Website::start().await, Driver::start());
    let visitor = driver.browser().await;
    visitor.go(&format!("{}/plain", site.other_origin)).await;
    // An async script has run when the page is complete.
    let script = "document.readyState === 'complete' && performance.getEntriesByType('resource').some((e) => e.name.endsWith('/widget.js'))";
    visitor.until("the script has come", script).await;
    assert_eq!(
        visitor.ask("return document.querySelectorAll('frontdesk-chat').length").await,
        0,
        "not even a launcher"
    );

    // Where the browser does not say which page asks, the server can only refuse the chat itself: then the widget goes.
    visitor.go(&format!("{}/secretive", site.other_origin)).await;
    visitor.until("the launcher is there", "document.querySelector('frontdesk-chat')").await;
    in_widget(&visitor, ".launcher").await.click().await.unwrap();
    visitor.until("the widget has left", "!document.querySelector('frontdesk-chat')").await;
    assert_eq!(visitor.ask("return localStorage.length").await, 0, "and nothing is left");

    // On a listed page that names itself to nobody, there is a chat.
    visitor.go(&format!("{}/secretive", site.origin)).await;
    open_widget(&visitor).await;
    visitor.close().await;
}

#[tokio::test]
async fn a_page_that_names_another_site_than_its_script_is_told_what_to_do() {
    let (site, driver) = (Website::start().await, Driver::start());
    let visitor = driver.browser().await;
    visitor.before_every_page("window.warned = []; console.warn = (text) => window.warned.push(text);").await;
    visitor.go(&format!("{}/misnamed", site.origin)).await;
    visitor.until("it is said", "window.warned[0]?.includes('for \"elsewhere\", load widget.js?site=elsewhere')").await;
    visitor.go(&format!("{}/named", site.origin)).await;
    open_widget(&visitor).await;
    writes(&visitor, "when are you open\n").await;
    hears(&visitor, "bot: Every day from nine to five.").await;
    assert_eq!(visitor.ask("return window.warned").await, json!([]));
    visitor.close().await;
}

#[tokio::test]
async fn a_browser_that_keeps_nothing_has_its_chat_and_a_second_tag_draws_nothing() {
    let (site, driver) = (Website::start().await, Driver::start());
    let visitor = driver.browser().await;
    let deny = "for (const area of ['localStorage', 'sessionStorage']) \
        Object.defineProperty(window, area, { get() { throw new DOMException('denied', 'SecurityError'); } });";
    visitor.before_every_page(deny).await;
    visitor.go(&format!("{}/twice", site.origin)).await;
    open_widget(&visitor).await;
    writes(&visitor, "I need a lamp\n").await;
    hears(&visitor, "bot: For which room?").await;
    writes(&visitor, "kitchen\n").await;
    hears(&visitor, "bot: For the kitchen we have the Heron.").await;
    let said: Vec<Value> = serde_json::from_value(visitor.ask(SAID).await).unwrap();
    assert_eq!(said.iter().filter(|line| line.as_str().is_some_and(|line| line.starts_with("visitor: "))).count(), 2);
    assert_eq!(visitor.ask("return document.querySelectorAll('frontdesk-chat').length").await, 1);
    assert_eq!(visitor.ask(&format!("return {WIDGET}.querySelectorAll('.launcher').length")).await, 1);
    drop(site.chat);
    visitor.close().await;
}
