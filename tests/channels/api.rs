//! A platform's API, played on this machine: it writes down what it is asked and answers as the test wants.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::platform::Platform;

/// The picture that lies at the platform.
pub(crate) const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n a picture of a lamp";

/// What a platform may answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Behaviour {
    /// It takes it.
    Takes,
    /// Too much, come again after so many seconds.
    TooMuch(u64),
    /// Its own fault.
    Fails,
    /// It takes it, and the connection ends without an answer.
    TakesAndDrops,
    /// The visitor has blocked us.
    Blocked,
    /// The topic is gone.
    NoTopic,
    /// It takes it after a while.
    Slow(Duration),
    /// It takes it, and answers with something that is none.
    TakesAndBabbles,
}

/// A call that came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
    /// Whether the platform took it: the visitor sees it.
    pub(crate) taken: bool,
}

#[derive(Debug, Default)]
struct Seen {
    /// The names that were given to what was taken, where the platform knows a repeat by them.
    named: BTreeSet<String>,
    asked: Vec<Asked>,
    /// What comes next for somebody; then it takes everything.
    next: BTreeMap<String, VecDeque<Behaviour>>,
    always: BTreeMap<String, Behaviour>,
}

/// The API.
pub(crate) struct Api {
    pub(crate) url: String,
    platform: Platform,
    seen: Arc<Mutex<Seen>>,
}

impl Api {
    pub(crate) async fn start(platform: Platform) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let router = Router::new().fallback(answer).with_state((platform, Arc::clone(&seen)));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, platform, seen }
    }

    /// How the next calls for somebody are answered.
    pub(crate) fn next(&self, user: usize, behaviours: impl IntoIterator<Item = Behaviour>) {
        let mut seen = self.seen.lock().unwrap();
        seen.next.entry(self.platform.user(user)).or_default().extend(behaviours);
    }

    /// How the next calls to a chat, or else of a method, are answered.
    pub(crate) fn next_to(&self, to: &str, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.seen.lock().unwrap().next.entry(to.to_owned()).or_default().extend(behaviours);
    }

    /// How all calls for somebody are answered.
    pub(crate) fn always(&self, user: usize, behaviour: Behaviour) {
        self.seen.lock().unwrap().always.insert(self.platform.user(user), behaviour);
    }

    /// All that was asked.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.seen.lock().unwrap().asked.clone()
    }

    /// What somebody got to read, in order.
    pub(crate) fn read_by(&self, user: usize) -> Vec<String> {
        let user = self.platform.user(user);
        let taken = self.asked().into_iter().filter(|asked| asked.taken);
        taken
            .filter_map(|asked| self.platform.message(&asked.body))
            .filter(|(to, _)| *to == user)
            .map(|(_, text)| text)
            .collect()
    }
}

/// The answer where a file is asked for.
fn file(uri: &Uri) -> Option<Response> {
    let gone = uri.query().is_some_and(|query| query.contains("gone"));
    match uri.path() {
        path if path.ends_with("/getFile") && gone => Some(StatusCode::NOT_FOUND.into_response()),
        path if path.ends_with("/getFile") => {
            Some(r#"{"ok":true,"result":{"file_path":"photos/1.png"}}"#.into_response())
        }
        path if path.ends_with("/photos/1.png") => Some(PICTURE.into_response()),
        _ => None,
    }
}

async fn answer(
    State((platform, seen)): State<(Platform, Arc<Mutex<Seen>>)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(answer) = file(&uri) {
        let path = uri.path_and_query().map_or("", |path| path.as_str()).to_owned();
        seen.lock().unwrap().asked.push(Asked { path, body: Vec::new(), taken: false });
        return answer;
    }
    let mut asked = Asked { path: uri.path().to_owned(), body: body.to_vec(), taken: false };
    let (behaviour, number) = {
        let mut seen = seen.lock().unwrap();
        let method = || asked.path.rsplit('/').next().map(str::to_owned);
        let to = platform.message(&asked.body).map(|(to, _)| to).or_else(method);
        let next = to.as_ref().and_then(|to| seen.next.get_mut(to)?.pop_front());
        let always = to.as_ref().and_then(|to| seen.always.get(to).cloned());
        let behaviour = next.or(always).unwrap_or(Behaviour::Takes);
        asked.taken =
            !matches!(behaviour, Behaviour::TooMuch(_) | Behaviour::Fails | Behaviour::Blocked | Behaviour::NoTopic);
        // What it has taken it does not take again.
        let name = platform.names_by().and_then(|name| headers.get(name)?.to_str().ok().map(str::to_owned));
        if let Some(name) = name.filter(|_| asked.taken)
            && !seen.named.insert(name)
        {
            let (status, body) = platform.taken_before();
            return (StatusCode::from_u16(status).unwrap(), body).into_response();
        }
        let slow = matches!(behaviour, Behaviour::Slow(_));
        if !slow {
            seen.asked.push(asked.clone());
        }
        (behaviour, seen.asked.len())
    };
    let json = |status: u16, body: String| {
        (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, "application/json")], body).into_response()
    };
    match behaviour {
        Behaviour::Takes if asked.path.ends_with("/createForumTopic") => {
            json(200, format!(r#"{{"ok":true,"result":{{"message_thread_id":{number},"name":"A topic"}}}}"#))
        }
        Behaviour::Takes if asked.path.ends_with("/getMe") => {
            json(200, r#"{"ok":true,"result":{"id":9,"is_bot":true,"username":"shop_desk_bot"}}"#.to_owned())
        }
        Behaviour::Takes => {
            let (status, body) = platform.taken(number);
            json(status, body)
        }
        Behaviour::Slow(time) => {
            tokio::time::sleep(time).await;
            seen.lock().unwrap().asked.push(asked);
            let (status, body) = platform.taken(number);
            json(status, body)
        }
        Behaviour::TooMuch(seconds) => {
            let (status, body) = platform.too_much(seconds);
            let mut response = json(status, body);
            response.headers_mut().insert(header::RETRY_AFTER, seconds.to_string().parse().unwrap());
            response
        }
        Behaviour::Fails => json(500, "Internal Server Error".to_owned()),
        Behaviour::Blocked => {
            let (status, body) = platform.blocked();
            json(status, body)
        }
        Behaviour::NoTopic => {
            let body = r#"{"ok":false,"error_code":400,"description":"Bad Request: message thread not found"}"#;
            json(400, body.to_owned())
        }
        Behaviour::TakesAndBabbles => json(200, "<html>It works!</html>".to_owned()),
        // A body that breaks off is an answer that nobody can read.
        Behaviour::TakesAndDrops => {
            let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("gone"))]);
            let mut response = Response::new(axum::body::Body::from_stream(broken));
            response.headers_mut().insert(header::CONTENT_LENGTH, "100".parse().unwrap());
            response
        }
    }
}
