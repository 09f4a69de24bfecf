//! Whether everybody can use a page, as far as a program can tell: axe-core's rules for WCAG 2.2 AA and good practice, in every
//! way a page may be looked at. `usable_by_all` is all that a test needs.
//!
//! axe-core (MPL-2.0) is fetched by `.ci/test` into an ignored folder; its version stands in `axe/package.json`.

use std::path::Path;

use serde_json::json;

use super::driver::Browser;

const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/axe/node_modules/axe-core/axe.min.js");

/// The widths of a desktop, and of the narrowest screen on which WCAG wants everything readable without scrolling sideways.
const WIDE: (u32, u32) = (1280, 860);
const NARROW: (u32, u32) = (320, 640);

/// A way of looking at a page.
struct Way {
    name: &'static str,
    size: (u32, u32),
    scheme: &'static str,
    forced_colours: &'static str,
}

const WAYS: [Way; 4] = [
    Way { name: "light", size: WIDE, scheme: "light", forced_colours: "none" },
    Way { name: "dark", size: WIDE, scheme: "dark", forced_colours: "none" },
    Way { name: "narrow", size: NARROW, scheme: "light", forced_colours: "none" },
    Way { name: "forced colours", size: WIDE, scheme: "dark", forced_colours: "active" },
];

/// Runs the rules, if the page has them, and returns what breaks them, one line each. What cannot be judged (`incomplete`) is left to people.
const JUDGE: &str = "const [contrast, done] = arguments; if (!window.axe) { done(null); return; } \
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], \
    rules: { 'target-size': { enabled: true }, 'color-contrast': { enabled: contrast } }, resultTypes: ['violations'] }) \
    .then(({ violations }) => done(violations.flatMap((v) => v.nodes.map((n) => \
    `${v.id}: ${n.target.flat().join(' > ')}: ${n.failureSummary.replace(/\\s+/g, ' ')}`)))) \
    .catch((error) => done([String(error)]))";

/// Panics with everything that breaks a rule on the page as it stands, in light, dark, at 320 px and in forced colours.
pub(crate) async fn usable_by_all(browser: &Browser, page: &str) {
    let broken = faults(browser).await;
    assert!(broken.is_empty(), "{page}: {} faults\n{}", broken.len(), broken.join("\n"));
}

/// What breaks a rule on the page, in which way of looking at it.
pub(super) async fn faults(browser: &Browser) -> Vec<String> {
    let rules = std::fs::read_to_string(Path::new(RULES)).unwrap_or_else(|_| {
        panic!("axe-core is not there: npm ci --prefix tests/browser/axe --ignore-scripts (as .ci/test does)")
    });
    let mut broken = Vec::new();
    for Way { name, size: (width, height), scheme, forced_colours } in WAYS {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        browser.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        // What is still fading in has colours of its own.
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "forced-colors", "value": forced_colours },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        browser.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
        browser.drawn().await;
        // Forced colours are the system's to choose, and axe-core reads those that they replace.
        let contrast = json!(forced_colours == "none");
        let judge = async || browser.client.execute_async(JUDGE, vec![contrast.clone()]).await.expect("the rules run");
        let mut found = judge().await;
        // A page that has just come does not have them yet.
        while found.is_null() {
            browser.ask(&rules).await;
            found = judge().await;
        }
        let found: Vec<String> = serde_json::from_value(found).expect("lines of text");
        broken.extend(found.into_iter().map(|line| format!("{name}: {line}")));
        let sideways = browser.ask("return document.scrollingElement.scrollWidth - innerWidth").await;
        if sideways.as_i64().is_some_and(|by| by > 0) {
            broken.push(format!("{name}: the page must be scrolled sideways by {sideways} px"));
        }
    }
    browser.devtools("Emulation.setEmulatedMedia", json!({ "features": [] })).await;
    browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    broken
}
