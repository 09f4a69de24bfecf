//! The control socket: how a command reaches a server that holds the data folder. One JSON line asks; JSON lines answer, the
//! last of them says how it ended. Only the user who runs the server may open it (mode 0600).

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixListener;
use tokio::sync::mpsc;

use crate::cli::perform::{World, perform};
use crate::cli::{Server, note, print};
use crate::http::Stopping;

/// The socket's name in the data folder.
const NAME: &str = "control.sock";

/// The most bytes of a question.
const REQUEST_BYTES_MAX: u64 = 64 * 1024;

/// Answers that wait for a slow reader.
const REPLIES_WAITING_MAX: usize = 256;

/// What a command asks. Passwords come hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Request {
    /// Makes an account.
    AgentAdd {
        name: String,
        email: String,
        role: String,
        password_hash: String,
        sites: Vec<String>,
        queues: Vec<String>,
        capacity: Option<u32>,
    },
    /// Lists the accounts.
    AgentList { json: bool },
    /// Closes an account or opens it again.
    AgentDisable { email: String, disabled: bool },
    /// Sets a password; every session of the account ends.
    AgentPassword { email: String, password_hash: String },
    /// Writes everything.
    Export,
    /// Erases a person.
    Erase { who: String, site: Option<String> },
    /// Compares what is stored with the events.
    Verify { json: bool },
    /// Asks for a rewrite of the files.
    Compact,
    /// Loads the bots again.
    Reload,
    /// Lists what was sent to the owner's systems.
    EventList { failed: bool, json: bool },
    /// Sends an event once more.
    EventResend { id: String },
}

/// A line of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    /// For the standard output.
    Line(String),
    /// For people: the standard error.
    Note(String),
    /// It went well.
    Done,
    /// It did not.
    Failed(String),
}

/// Where answers go.
pub(super) type Replies = mpsc::Sender<Reply>;

/// A channel for answers.
pub(super) fn replies() -> (Replies, mpsc::Receiver<Reply>) {
    mpsc::channel(REPLIES_WAITING_MAX)
}

/// Where the socket of a data folder is.
pub(super) fn path(data: &Path) -> PathBuf {
    data.join(NAME)
}

/// Does what is asked: by the server that holds the data folder, or, if none runs, here. Ends with the command's exit code.
pub(super) fn run(server: &Server, request: &Request) -> anyhow::Result<std::process::ExitCode> {
    let config = server.config()?;
    match connect(&config.data)? {
        Some(stream) => ask(stream, request),
        None => {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
            // The first account may come before the first start; whatever else a command does needs data.
            let world = World::open(&config, matches!(request, Request::AgentAdd { .. }))?;
            let (sender, mut receiver) = replies();
            let request = request.clone();
            runtime.spawn(async move { finish(perform(&world, request, &sender).await, &sender).await });
            while let Some(reply) = receiver.blocking_recv() {
                match reply {
                    Reply::Line(line) => print(&line),
                    Reply::Note(line) => note(&line),
                    Reply::Done => return Ok(std::process::ExitCode::SUCCESS),
                    Reply::Failed(why) => bail!(why),
                }
            }
            bail!("the command ended without an answer")
        }
    }
}

/// A connection to the server that holds the folder; none if no server runs. A socket that a crash left behind counts as none.
pub(super) fn connect(data: &Path) -> anyhow::Result<Option<UnixStream>> {
    use std::io::ErrorKind::{ConnectionRefused, NotADirectory, NotFound};
    match UnixStream::connect(path(data)) {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if matches!(error.kind(), ConnectionRefused | NotFound | NotADirectory) => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot open the control socket {}", path(data).display())),
    }
}

fn ask(mut stream: UnixStream, request: &Request) -> anyhow::Result<std::process::ExitCode> {
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    stream.write_all(line.as_bytes()).context("the server did not take the command")?;
    for line in BufReader::new(stream).lines() {
        match serde_json::from_str(&line.context("the server's answer broke off")?)? {
            Reply::Line(line) => print(&line),
            Reply::Note(line) => note(&line),
            Reply::Done => return Ok(std::process::ExitCode::SUCCESS),
            Reply::Failed(why) => bail!(why),
        }
    }
    bail!("the server stopped before the command was done")
}

/// Opens the socket of a data folder for a server that holds the folder's lock: what lies there is left of an earlier one.
pub(super) fn listen(data: &Path) -> anyhow::Result<UnixListener> {
    let path = path(data);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot replace {}", path.display()));
        }
        _ => {}
    }
    let listener = UnixListener::bind(&path).with_context(|| format!("cannot open {}", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
        .with_context(|| format!("cannot protect {}", path.display()))?;
    Ok(listener)
}

/// Answers commands until the server stops.
pub(super) async fn serve(listener: UnixListener, world: World, stopping: Stopping) {
    let world = std::sync::Arc::new(world);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopping.wait() => return,
        };
        match accepted {
            Ok((stream, _)) => {
                tokio::spawn(answer(stream, std::sync::Arc::clone(&world)));
            }
            Err(error) => {
                tracing::warn!("the control socket failed: {error}");
                tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            }
        }
    }
}

async fn answer(stream: tokio::net::UnixStream, world: std::sync::Arc<World>) {
    let (reading, mut writing) = stream.into_split();
    let mut line = String::new();
    let read = tokio::io::BufReader::new(reading.take(REQUEST_BYTES_MAX)).read_line(&mut line).await;
    let request = match read {
        Ok(_) => serde_json::from_str::<Request>(&line).map_err(|error| format!("not a command: {error}")),
        Err(error) => Err(format!("not a command: {error}")),
    };
    let (sender, mut receiver) = replies();
    tokio::spawn(async move {
        let outcome = match request {
            Ok(request) => perform(&world, request, &sender).await,
            Err(why) => Err(why),
        };
        finish(outcome, &sender).await;
    });
    while let Some(reply) = receiver.recv().await {
        let Ok(mut line) = serde_json::to_string(&reply) else { return };
        line.push('\n');
        if writing.write_all(line.as_bytes()).await.is_err() {
            // Whoever asked is gone; what was begun ends by itself.
            return;
        }
    }
}

async fn finish(outcome: Result<(), String>, replies: &Replies) {
    let last = match outcome {
        Ok(()) => Reply::Done,
        Err(why) => Reply::Failed(why),
    };
    // Whoever asked may be gone.
    let _ = replies.send(last).await;
}
