//! A server in memory, and those who call it: plain requests, a visitor, an agent. Requests go to the router without a
//! socket; what needs one (WebSockets) gets a server on a port of its own.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use frontdesk::bot::Bot;

use frontdesk::engine::{Clock, Engine, SearchIn, Settings, Site};
use frontdesk::flow::{self, SourceFile};
use frontdesk::http::{self, App, HttpConfig, IdentityKey};
use frontdesk::store::{self, Store};
use frontdesk::time::Time;
use serde_json::{Value, json};
use tower::ServiceExt;

/// A bot that has something of everything that the API shows.
const BOT: &str = r#"
bot: { name: Test Shop, languages: [en], default_queue: desk }
queues:
  desk: {}
  second: {}
intents:
  hours:
    label: Opening hours
    phrases: when are you open
    answer: We are open from nine to five.
  colour:
    label: Choose a colour
    phrases: I want to choose a colour
  billing:
    phrases: there is a mistake in my bill
  parcel:
    phrases: where is my parcel
services:
  parcels:
    get: "{{ env.PARCELS }}"
hours:
  shop:
    mon-fri: "09:00-17:00"
invites:
  colours:
    say: Shall we find your colour?
    pages: /paint*
    after: 5s
    visits: 2
    start: colour
    rest: 7d
  open_now:
    say: We are here just now.
    hours: shop
    language: en
flows:
  welcome:
    start_on: conversation_opened
    steps:
      - say: Welcome.
        offer: [hours, colour]
  colour:
    start_on: colour
    steps:
      - choose: Which colour?
        options:
          - label: Red
          - label: Blue
        save_as: colour
      - say: "{{ colour }} it is."
        image: { url: "https://shop.test/{{ colour }}.png", alt: "The colour" }
        link: { url: "https://shop.test/colours", text: All colours }
  billing:
    start_on: billing
    steps:
      - handoff: second
  parcel:
    start_on: parcel
    steps:
      - call: parcels
        waiting: One moment.
        otherwise:
          - say: I cannot see that.
      - say: It is on its way.
replies:
  hello: Hello {{ contact.name }}, this is {{ agent.name }}.
  colours: We also have it in {{ colour or 'red' }}.
"#;

/// Where the bot's service listens, for a test that answers its calls.
const PARCELS: &str = "PARCELS";

/// The secret with which the server's sites prove who their visitors are.
pub(crate) const SECRET: &str = "a secret of the shop";

/// The signature of an id.
pub(crate) fn signed(id: &str) -> String {
    use hmac::{KeyInit, Mac};
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(id.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The pages of this origin may use the chat.
pub(crate) const ALLOWED: &str = "https://shop.test";

/// A server in memory.
pub(crate) struct Server {
    pub(crate) engine: Engine,
    pub(crate) clock: Clock,
    pub(crate) app: App,
    pub(crate) router: Router,
    // Dropped with the server: then everything that waits for the end of the server ends.
    _stop: http::Stop,
    stopping: http::Stopping,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut HttpConfig)) -> Self {
        Self::on(store::memory().unwrap(), change)
    }

    /// On a store of the test's own.
    pub(crate) fn on(store: Arc<dyn Store>, change: impl FnOnce(&mut HttpConfig)) -> Self {
        Self::of(store, &["default"], String::new(), change)
    }

    /// A server of several sites, the default one first.
    pub(crate) async fn of_sites(sites: &[&str]) -> Self {
        Self::of(store::memory().unwrap(), sites, String::new(), |_| {})
    }

    /// The same, with more of its config.
    pub(crate) fn of_sites_with(sites: &[&str], change: impl FnOnce(&mut HttpConfig)) -> Self {
        Self::of(store::memory().unwrap(), sites, String::new(), change)
    }

    /// A server whose archive can be searched, of several sites.
    pub(crate) async fn searching(sites: &[&str]) -> Self {
        Self::with_search(store::memory().unwrap(), sites, String::new(), |_| {}, SearchIn::Memory)
    }

    /// A server whose bot asks for parcels at this address.
    pub(crate) async fn asking(parcels: SocketAddr) -> Self {
        Self::of(store::memory().unwrap(), &["default"], format!("http://{parcels}/"), |_| {})
    }

    /// A server with messaging apps, as `channels:` of the settings names them; what follows may be `telegram_desk:`.
    pub(crate) fn with_channels(store: Arc<dyn Store>, channels: &str, env: &dyn Fn(&str) -> Option<String>) -> Self {
        Self::with_settings(store, &format!("sites: {{ default: {{}} }}\nchannels:\n{channels}"), env)
    }

    /// The same, with a bot of the test's own.
    pub(crate) fn with_bot(bot: &str, channels: &str, env: &dyn Fn(&str) -> Option<String>) -> Self {
        let text = format!("sites: {{ default: {{}} }}\nchannels:\n{channels}");
        Self::of_settings(store::memory().unwrap(), bot, &text, env, SearchIn::Nowhere)
    }

    /// A server of the settings in a text, as far as they name sites, `channels:` and `events:`.
    pub(crate) fn with_settings(store: Arc<dyn Store>, text: &str, env: &dyn Fn(&str) -> Option<String>) -> Self {
        Self::of_settings(store, BOT, text, env, SearchIn::Nowhere)
    }

    /// The same, and its archive can be searched.
    pub(crate) fn searching_with_settings(
        store: Arc<dyn Store>,
        text: &str,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        Self::of_settings(store, BOT, text, env, SearchIn::Memory)
    }

    fn of_settings(
        store: Arc<dyn Store>,
        bot: &str,
        text: &str,
        env: &dyn Fn(&str) -> Option<String>,
        search: SearchIn,
    ) -> Self {
        let config = frontdesk::config::parse(text, std::path::Path::new("frontdesk.yaml"), &|_| None).unwrap();
        let connections = config.connections(env, crate::channels::PUBLIC_URL).unwrap();
        let (channels, events) = (Arc::new(connections.channels), Arc::new(connections.events));
        let telegram_desk = connections.telegram_desk.map(Arc::new);
        let sites: Vec<&str> = config.sites.keys().map(|site| site.as_str()).collect();
        let change = |config: &mut HttpConfig| config.public_url = Some(crate::channels::PUBLIC_URL.to_owned());
        let settings = Settings { channels, events, telegram_desk, search, ..Settings::default() };
        Self::with_all(store, bot, &sites, String::new(), change, settings)
    }

    fn of(store: Arc<dyn Store>, sites: &[&str], parcels: String, change: impl FnOnce(&mut HttpConfig)) -> Self {
        Self::with_search(store, sites, parcels, change, SearchIn::Nowhere)
    }

    fn with_search(
        store: Arc<dyn Store>,
        sites: &[&str],
        parcels: String,
        change: impl FnOnce(&mut HttpConfig),
        search: SearchIn,
    ) -> Self {
        Self::with_all(store, BOT, sites, parcels, change, Settings { search, ..Settings::default() })
    }

    fn with_all(
        store: Arc<dyn Store>,
        bot: &str,
        sites: &[&str],
        parcels: String,
        change: impl FnOnce(&mut HttpConfig),
        settings: Settings,
    ) -> Self {
        let loaded = flow::load(&[SourceFile::new("bot.yaml", bot)]);
        let program = loaded.program.unwrap_or_else(|| panic!("{}", loaded.report));
        let bot = Arc::new(Bot::compile(program, "1".to_owned()));
        let clock = Clock::by_hand(Time(1_767_607_200_000));
        let env = Arc::new(move |name: &str| (name == PARCELS).then(|| parcels.clone()));
        let public_url = crate::channels::PUBLIC_URL.to_owned();
        let settings = Settings { clock: clock.clone(), env, public_url, words: Arc::new(http::words), ..settings };
        let site = |id: &&str| Site {
            id: (*id).into(),
            title: "Test Shop".to_owned(),
            bot: Arc::clone(&bot),
            origins: vec![ALLOWED.to_owned()],
            look: Default::default(),
        };
        let all = sites.iter().map(site).collect();
        let engine = Engine::start(store, all, settings).unwrap();
        let mut config = HttpConfig::default();
        for id in sites {
            config.sites.insert((*id).into(), vec![ALLOWED.parse().unwrap()]);
            config.identity.insert((*id).into(), IdentityKey::of(SECRET).unwrap());
        }
        change(&mut config);
        let (stop, stopping) = http::stop_signal();
        let app = App::new(engine.clone(), config, stopping.clone());
        let router = http::router(&app);
        Self { engine, clock, app, router, _stop: stop, stopping }
    }

    /// Listens on a port of its own, for what needs a socket.
    pub(crate) async fn listen(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(http::serve(listener, self.router.clone(), self.stopping.clone()));
        address
    }

    pub(crate) fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Call {
        self.call(Method::POST, path).json(&body)
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        let request = Request::builder().method(method).uri(path);
        let host = "localhost:8080".to_owned();
        Call { host, router: self.router.clone(), request, body: Body::empty(), from: IpAddr::from([127, 0, 0, 1]) }
    }

    /// What a program says through the REST channel, and what it hears.
    pub(crate) async fn rest(&self, sender: &str, message: &str) -> Reply {
        self.post("/webhooks/rest/webhook", json!({ "sender": sender, "message": message })).send().await
    }
}

/// A request that is being made.
#[must_use]
pub(crate) struct Call {
    host: String,
    router: Router,
    request: axum::http::request::Builder,
    body: Body,
    from: IpAddr,
}

impl Call {
    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json").bytes(body.to_string())
    }

    pub(crate) fn bytes(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: Body::from(body.into()), ..self }
    }

    pub(crate) fn body(self, body: Body) -> Self {
        Self { body, ..self }
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self { request: self.request.header(name, value), ..self }
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn from(self, from: impl Into<IpAddr>) -> Self {
        Self { from: from.into(), ..self }
    }

    pub(crate) fn host(self, host: &str) -> Self {
        Self { host: host.to_owned(), ..self }
    }

    pub(crate) async fn send(self) -> Reply {
        let response = self.open().await;
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Reply { status: parts.status, headers: parts.headers, json, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// The response without its body, for those that never end.
    pub(crate) async fn open(self) -> axum::http::Response<Body> {
        let mut request = self.request.header(header::HOST, self.host).body(self.body).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(self.from, 50_000)));
        self.router.oneshot(request).await.unwrap()
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) json: Value,
    pub(crate) text: String,
}

impl Reply {
    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.json
    }

    /// That it is an error with this status and code, and a sentence.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> String {
        assert_eq!((self.status.as_u16(), self.json["error"]["code"].as_str()), (status, Some(code)), "{}", self.text);
        let message = self.json["error"]["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.ends_with(['.', '?']), "not a sentence: {message}");
        message
    }
}

/// A visitor with a chat.
pub(crate) struct Visitor<'a> {
    server: &'a Server,
    pub(crate) token: String,
    pub(crate) session: Value,
}

impl<'a> Visitor<'a> {
    pub(crate) async fn new(server: &'a Server) -> Self {
        Self::at(server, "default").await
    }

    /// One on the pages of this site.
    pub(crate) async fn at(server: &'a Server, site: &str) -> Self {
        Self::of(server, server.post("/api/visitor/session", json!({ "site": site })).send().await.ok())
    }

    /// The one to whom the server gave this session, with a new token.
    pub(crate) fn of(server: &'a Server, session: Value) -> Self {
        Self { server, token: session["token"].as_str().unwrap().to_owned(), session }
    }

    pub(crate) fn conversation(&self) -> &str {
        self.session["conversation"]["id"].as_str().unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.server.post(path, body).bearer(&self.token).send().await
    }

    pub(crate) async fn say(&self, text: &str) -> Value {
        self.post("/api/visitor/messages", json!({ "text": text })).await.ok()
    }

    pub(crate) async fn events_after(&self, after: u64) -> Value {
        self.server.get(&format!("/api/visitor/events?after={after}")).bearer(&self.token).send().await.ok()
    }
}

/// The texts of these events, in order; those without a text show their status.
pub(crate) fn texts(answer: &Value) -> Vec<String> {
    let events = answer["events"].as_array().unwrap();
    let text = |event: &Value| event["text"].as_str().or(event["status"].as_str()).unwrap_or_default().to_owned();
    events.iter().map(text).collect()
}

/// An agent who is logged in.
pub(crate) struct Agent<'a> {
    server: &'a Server,
    pub(crate) id: String,
    pub(crate) cookie: String,
    pub(crate) csrf: String,
}

pub(crate) const PASSWORD: &str = "a long password";

impl<'a> Agent<'a> {
    /// The first admin, by the one-time link.
    pub(crate) async fn admin(server: &'a Server) -> Self {
        let token = server.engine.accounts().setup_token().unwrap();
        let body = json!({ "token": token, "name": "Ada", "email": "ada@shop.test", "password": PASSWORD });
        Self::logged_in(server, server.post("/api/agent/setup", body).send().await)
    }

    /// Another account, made by an admin, and logged in.
    pub(crate) async fn hired(&self, name: &str, role: &str) -> Self {
        let email = format!("{}@shop.test", name.to_lowercase());
        let body = json!({ "name": name, "email": email, "password": PASSWORD, "role": role });
        self.post("/api/agent/agents", body).await.ok();
        Self::login(self.server, &email).await
    }

    /// Another agent who serves only these sites and queues; none means all.
    pub(crate) async fn hired_for(&self, name: &str, sites: &[&str], queues: &[&str]) -> Self {
        let email = format!("{}@shop.test", name.to_lowercase());
        let body = json!({ "name": name, "email": email, "password": PASSWORD, "sites": sites, "queues": queues });
        self.post("/api/agent/agents", body).await.ok();
        Self::login(self.server, &email).await
    }

    pub(crate) async fn login(server: &'a Server, email: &str) -> Self {
        let body = json!({ "email": email, "password": PASSWORD });
        Self::logged_in(server, server.post("/api/agent/login", body).send().await)
    }

    fn logged_in(server: &'a Server, reply: Reply) -> Self {
        let cookie = reply.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let me = reply.ok();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Self { server, id: text(&me["agent"]["id"]), cookie, csrf: text(&me["csrf"]) }
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        self.server.call(method, path).header("cookie", &self.cookie).header("x-csrf-token", &self.csrf)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path).send().await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.call(Method::POST, path).json(&body).send().await
    }

    pub(crate) async fn command(&self, conversation: &str, command: &str, body: Value) -> Reply {
        self.post(&format!("/api/agent/conversations/{conversation}/{command}"), body).await
    }
}
