//! Taking connections: HTTP/1.1 with a limit on their number and on the time a caller may take for the head of a request,
//! which `axum::serve` does not offer. A shutdown lets requests under way finish.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::Service as _;

use crate::http::limits::{CONNECTIONS_MAX, DRAIN, REQUEST_HEAD};

/// The largest head of a request. hyper wants at least 8 KB; cookies and long queries fit.
const HEAD_BYTES_MAX: usize = 32 * 1024;

/// Whether the server is stopping. WebSockets, streams and long polls watch it.
#[derive(Debug, Clone)]
pub struct Stopping(watch::Receiver<bool>);

/// The one who says that the server is stopping.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

/// A pair: the one who stops, and what those see who must stop.
pub fn stop_signal() -> (Stop, Stopping) {
    let (sender, receiver) = watch::channel(false);
    (Stop(sender), Stopping(receiver))
}

impl Stop {
    /// From now on everything ends.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stopping {
    /// Waits until the server stops.
    pub async fn wait(&self) {
        let mut receiver = self.0.clone();
        // An error means that the one who could say it is gone: the server has stopped.
        let _ = receiver.wait_for(|stopping| *stopping).await;
    }

    /// Whether the server is stopping now.
    pub fn now(&self) -> bool {
        *self.0.borrow()
    }
}

/// Serves until `stopping`, then waits for what is under way, at most [`DRAIN`].
pub async fn serve(listener: TcpListener, router: Router, stopping: Stopping) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let (alive, gone) = watch::channel(());
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            () = stopping.wait() => break,
        };
        let Some((stream, address, slot)) = accepted else { continue };
        let (router, stopping, alive) = (router.clone(), stopping.clone(), gone.clone());
        tokio::spawn(async move {
            connection(stream, address, router, stopping).await;
            drop((slot, alive));
        });
    }
    drop((listener, gone));
    if tokio::time::timeout(DRAIN, alive.closed()).await.is_err() {
        tracing::warn!("some requests did not end within {} seconds and were cut off", DRAIN.as_secs());
    }
}

type Accepted = (TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> Option<Accepted> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, address, slot)),
        Err(error) => {
            // A caller who is gone already is nobody's problem; being out of files is, and passes only with time.
            if !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
                tracing::error!("taking a connection failed: {error}; if it says too many open files, raise the limit");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            None
        }
    }
}

async fn connection(stream: TcpStream, address: SocketAddr, router: Router, stopping: Stopping) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("a connection without nodelay: {error}");
    }
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(address));
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(REQUEST_HEAD)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.wait() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection ended: {error}");
    }
}
