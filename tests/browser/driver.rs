//! A headless chromium under chromedriver. Whoever runs the tests must have both: a browser test that is skipped proves
//! nothing, so a missing program is a failure that says what to install.

use std::fmt::Debug;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::str::FromStr;
use std::time::{Duration, Instant};

use axum::http::Method;
use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::{CmdError, ErrorStatus};
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use reqwest::Url;
use serde_json::{Value, json};

/// How long a condition may take: far more than it should, because the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What to install.
const HINT: &str =
    "the browser tests need chromium and chromedriver (on Debian: apt-get install chromium chromium-driver)";

/// Chromedriver on a port of its own choice; it ends with the test.
pub(crate) struct Driver {
    child: Child,
    url: String,
    chromium: PathBuf,
}

/// One browser with a profile of its own, as one person has it.
pub(crate) struct Browser {
    /// The session.
    pub(crate) client: Client,
    _profile: tempfile::TempDir,
}

impl Driver {
    /// Starts chromedriver and waits until it says on which port it listens.
    pub(crate) fn start() -> Self {
        let chromium = ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| on_path(name));
        let chromium = chromium.unwrap_or_else(|| panic!("chromium is not installed: {HINT}"));
        let chromedriver = on_path("chromedriver").unwrap_or_else(|| panic!("chromedriver is not installed: {HINT}"));
        let mut child = Command::new(chromedriver)
            .args(["--port=0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver does not start: {error}; {HINT}"));
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let port: u16 = loop {
            let line =
                lines.next().expect("chromedriver says its port before it ends").expect("chromedriver writes text");
            if let Some(rest) = line.split("on port ").nth(1).filter(|_| line.contains("started successfully")) {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                break digits.parse().expect("a port is a number");
            }
        };
        // What it says later must go somewhere, or it would stand still when the pipe is full.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url: format!("http://127.0.0.1:{port}"), chromium }
    }

    /// Opens a browser that asks for pages in English.
    pub(crate) async fn browser(&self) -> Browser {
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let profile_dir = format!("--user-data-dir={}", profile.path().display());
        let args = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--lang=en-US",
            "--accept-lang=en-US",
            "--window-size=1280,860",
            &profile_dir,
        ];
        let options = json!({ "args": args, "binary": self.chromium });
        let capabilities = json!({ "browserName": "chrome", "goog:chromeOptions": options });
        let capabilities = capabilities.as_object().expect("an object").clone();
        let connector = hyper_util::client::legacy::connect::HttpConnector::new();
        let client = ClientBuilder::new(connector).capabilities(capabilities).connect(&self.url).await;
        Browser { client: client.unwrap_or_else(|error| panic!("chromium does not start: {error}")), _profile: profile }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Browser {
    /// Goes to an address.
    pub(crate) async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// What a script returns.
    pub(crate) async fn ask(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Waits until an expression is true. A page that is just being left counts as not yet.
    pub(crate) async fn until(&self, what: &str, expression: &str) {
        let began = Instant::now();
        let script = format!("return Boolean({expression});");
        loop {
            match self.client.execute(&script, Vec::new()).await {
                Ok(Value::Bool(true)) => return,
                outcome if began.elapsed() > PATIENCE => {
                    let page = self.client.execute("return document.body.innerText", Vec::new()).await;
                    panic!("waited in vain for: {what} ({outcome:?})\nthe page says: {page:?}");
                }
                _ => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    }

    /// The first element that fits, as soon as there is one.
    pub(crate) async fn find(&self, css: &str) -> Element {
        let began = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(began.elapsed());
            match self.client.wait().at_most(left).every(LOOK_EVERY).for_element(Locator::Css(css)).await {
                Ok(found) => return found,
                // The page that was looked at is being left: the next one is looked at.
                Err(error) if error.to_string().contains("aborted by navigation") && !left.is_zero() => {}
                Err(error) => panic!("there is no {css}: {error}"),
            }
        }
    }

    /// Presses an element. A page that lives may put another in its place between the finding and the pressing.
    pub(crate) async fn click(&self, css: &str) {
        let began = Instant::now();
        // Live lists are swapped: what was found may be gone or on the move, and its successor stands in the same place.
        while let Err(error) = self.find(css).await.click().await {
            let moving = error.is_stale_element_reference()
                || matches!(&error, CmdError::Standard(told) if told.error == ErrorStatus::ElementClickIntercepted)
                || error.is_element_not_interactable();
            assert!(moving && began.elapsed() < PATIENCE, "{css} cannot be pressed: {error}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Types into an element, key by key.
    pub(crate) async fn type_into(&self, css: &str, text: &str) {
        let element = self.find(css).await;
        element.send_keys(text).await.unwrap_or_else(|error| panic!("{css} takes no text: {error}"));
    }

    /// Presses keys one after the other, wherever the focus is.
    pub(crate) async fn keys(&self, keys: impl IntoIterator<Item = char>) {
        let press = |actions: KeyActions, value| actions.then(KeyAction::Down { value }).then(KeyAction::Up { value });
        let actions = keys.into_iter().fold(KeyActions::new("keyboard".to_owned()), press);
        self.client.perform_actions(actions).await.unwrap_or_else(|error| panic!("keys: {error}"));
    }

    /// Goes on with the Tab key until the focus is on an element for which the expression is true.
    pub(crate) async fn tab_until(&self, what: &str, expression: &str) {
        let script = format!("return Boolean({expression});");
        for _ in 0..60 {
            self.keys([Key::Tab.into()]).await;
            if self.ask(&script).await == Value::Bool(true) {
                return;
            }
        }
        panic!("the Tab key does not reach {what}");
    }

    /// Stops all motion: what moves has no place that could be measured.
    pub(crate) async fn stand_still(&self) {
        let still = json!({ "name": "prefers-reduced-motion", "value": "reduce" });
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [still] })).await;
    }

    /// Makes the browser a phone of this size.
    pub(crate) async fn be_a_phone(&self, width: u32, height: u32) {
        let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 2, "mobile": true });
        self.devtools("Emulation.setDeviceMetricsOverride", screen).await;
        self.devtools("Emulation.setTouchEmulationEnabled", json!({ "enabled": true })).await;
    }

    /// Runs a script before every page's own.
    pub(crate) async fn before_every_page(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script })).await;
    }

    /// Sends a command of the DevTools protocol: sizes, colour schemes, scripts before a page's own.
    pub(crate) async fn devtools(&self, command: &'static str, parameters: Value) {
        let sent = self.client.issue_cmd(DevTools { command, parameters }).await;
        sent.unwrap_or_else(|error| panic!("{command}: {error}"));
    }

    /// Writes a picture of the page for each width and colour scheme.
    pub(crate) async fn pictures(&self, folder: &Path, name: &str) {
        for (size, width, height) in [("wide", 1280, 860), ("phone", 360, 740)] {
            let screen = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700 });
            self.devtools("Emulation.setDeviceMetricsOverride", screen).await;
            for scheme in ["light", "dark"] {
                // Without motion: a picture of something half faded in shows nothing.
                let scheme_feature = json!({ "name": "prefers-color-scheme", "value": scheme });
                let still = json!({ "name": "prefers-reduced-motion", "value": "reduce" });
                self.devtools("Emulation.setEmulatedMedia", json!({ "features": [scheme_feature, still] })).await;
                self.drawn().await;
                let png = self.client.screenshot().await.expect("a picture");
                std::fs::write(folder.join(format!("{name}-{size}-{scheme}.png")), png)
                    .expect("the folder takes pictures");
            }
        }
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [] })).await;
        self.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    }

    /// Waits for two frames: the page has laid itself out, and what it changed by that is drawn.
    pub(crate) async fn drawn(&self) {
        let frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))";
        self.client.execute_async(frames, Vec::new()).await.expect("the page draws itself");
    }

    /// Closes the browser.
    pub(crate) async fn close(self) {
        self.client.close().await.expect("the browser closes");
    }
}

/// A command of the DevTools protocol, which chromedriver passes on.
#[derive(Debug)]
struct DevTools {
    command: &'static str,
    parameters: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _url: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.command, "params": self.parameters }).to_string()))
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|file| file.is_file())
}
