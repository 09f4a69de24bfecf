//! A platform's API, played on this machine: it writes down what it is asked and answers as the test wants.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

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
    /// It takes it, and the connection ends without a byte of an answer.
    TakesAndDrops,
    /// It has read it, and the connection ends without a byte of an answer.
    Drops,
    /// The visitor has blocked us.
    Blocked,
    /// The topic is gone.
    NoTopic,
    /// The group has another id.
    Moved(i64),
    /// It takes it after a while.
    Slow(Duration),
    /// It takes it, and answers with something that is none.
    TakesAndBabbles,
}

/// A call that came.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
    /// Whether the platform took it: the visitor sees it.
    pub(crate) taken: bool,
    /// Whether it said so, in words that can be read.
    pub(crate) answered: bool,
    /// Which run of the server asked: what stands behind the API's own address, where the test says it there.
    pub(crate) run: String,
}

#[derive(Debug, Default)]
struct Seen {
    /// The names that were given to what was taken, where the platform knows a repeat by them.
    named: BTreeSet<String>,
    asked: Vec<Asked>,
    /// What comes next for somebody; then it takes everything.
    next: BTreeMap<String, VecDeque<Behaviour>>,
    always: BTreeMap<String, Behaviour>,
    /// What lies at a path.
    files: BTreeMap<String, Vec<u8>>,
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
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let service = router.into_make_service_with_connect_info::<Cut>();
        tokio::spawn(async move { axum::serve(Lines(listener), service).await });
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

    /// How all calls to a chat, or else of a method, are answered.
    pub(crate) fn always_to(&self, to: &str, behaviour: Behaviour) {
        self.seen.lock().unwrap().always.insert(to.to_owned(), behaviour);
    }

    /// What lies at a path.
    pub(crate) fn serve(&self, path: &str, file: &[u8]) {
        self.seen.lock().unwrap().files.insert(path.to_owned(), file.to_vec());
    }

    /// All that was asked.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.seen.lock().unwrap().asked.clone()
    }

    /// What somebody got to read, in order.
    pub(crate) fn read_by(&self, user: usize) -> Vec<String> {
        self.calls_for(user).into_iter().map(|(text, _)| text).collect()
    }

    /// The same with the calls that brought it.
    pub(crate) fn calls_for(&self, user: usize) -> Vec<(String, Asked)> {
        let user = self.platform.user(user);
        let taken = self.asked().into_iter().filter(|asked| asked.taken);
        let words = taken.filter_map(|asked| Some((self.platform.message(&asked.body)?, asked)));
        words.filter(|((to, _), _)| *to == user).map(|((_, text), asked)| (text, asked)).collect()
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
    ConnectInfo(cut): ConnectInfo<Cut>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let lies_there = seen.lock().unwrap().files.get(uri.path()).cloned().map(IntoResponse::into_response);
    if let Some(answer) = lies_there.or_else(|| file(&uri)) {
        let path = uri.path_and_query().map_or("", |path| path.as_str()).to_owned();
        seen.lock().unwrap().asked.push(Asked { path, body: Vec::new(), ..Asked::default() });
        return answer;
    }
    let run = uri.path().split('/').find(|part| part.starts_with("run")).unwrap_or_default().to_owned();
    let mut asked = Asked { path: uri.path().to_owned(), body: body.to_vec(), run, ..Asked::default() };
    let (behaviour, number) = {
        let mut seen = seen.lock().unwrap();
        let method = || asked.path.rsplit('/').next().map(str::to_owned);
        let to = platform.message(&asked.body).map(|(to, _)| to).or_else(method);
        let next = to.as_ref().and_then(|to| seen.next.get_mut(to)?.pop_front());
        let always = to.as_ref().and_then(|to| seen.always.get(to).cloned());
        let behaviour = next.or(always).unwrap_or(Behaviour::Takes);
        asked.taken = matches!(
            behaviour,
            Behaviour::Takes | Behaviour::TakesAndDrops | Behaviour::TakesAndBabbles | Behaviour::Slow(_)
        );
        asked.answered = !matches!(behaviour, Behaviour::Drops | Behaviour::TakesAndDrops | Behaviour::TakesAndBabbles);
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
        Behaviour::Moved(to) => {
            let said = "Bad Request: group chat was upgraded to a supergroup chat";
            let body = serde_json::json!({ "ok": false, "error_code": 400, "description": said,
                "parameters": { "migrate_to_chat_id": to } });
            json(400, body.to_string())
        }
        Behaviour::TakesAndBabbles => json(200, "<html>It works!</html>".to_owned()),
        Behaviour::Drops | Behaviour::TakesAndDrops => {
            cut.0.store(true, Ordering::SeqCst);
            StatusCode::OK.into_response()
        }
    }
}

/// Connections that can be cut before anything was answered.
struct Lines(TcpListener);

/// A connection.
struct Line {
    stream: TcpStream,
    cut: Cut,
}

/// Whether a connection is cut: then nothing more is written to it.
#[derive(Debug, Clone, Default)]
struct Cut(Arc<AtomicBool>);

impl Listener for Lines {
    type Io = Line;
    type Addr = Cut;

    async fn accept(&mut self) -> (Line, Cut) {
        let (stream, _) = Listener::accept(&mut self.0).await;
        let cut = Cut::default();
        (Line { stream, cut: cut.clone() }, cut)
    }

    fn local_addr(&self) -> io::Result<Cut> {
        Ok(Cut::default())
    }
}

impl Connected<IncomingStream<'_, Lines>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Lines>) -> Self {
        stream.remote_addr().clone()
    }
}

impl AsyncRead for Line {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Line {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.cut.0.load(Ordering::SeqCst) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
