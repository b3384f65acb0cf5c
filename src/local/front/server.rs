//! The HTTP server around the front.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Front;

/// How long a client may take to send a request's headers, which also ends idle connections.
const HEADER_PATIENCE: Duration = Duration::from_secs(75);

/// How many headers a request may have.
const HEADER_LIMIT: usize = 100;

/// How large a request's headers may be together.
const HEADER_BYTES: usize = 64 * 1024;

/// How long open requests may go on after the end was asked for.
const GRACE: Duration = Duration::from_secs(2);

/// A socket on 127.0.0.1 that nobody answers yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Takes a port; any free one without a wish.
    pub async fn bind(port: Option<u16>) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port.unwrap_or_default())).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// The address that clients use.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Answers until the end is asked for, then lets open requests go on for a moment.
    pub async fn run(self, front: Arc<Front>, end: CancellationToken) {
        let connections = TaskTracker::new();
        let abort = CancellationToken::new();
        loop {
            let stream = tokio::select! {
                () = end.cancelled() => break,
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => stream,
                    // Out of file descriptors, say: better to be slow than to end.
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::time::sleep(Duration::from_millis(100)).await;
                        continue;
                    }
                },
            };
            let serving = serve(stream, Arc::clone(&front), end.clone());
            let abort = abort.clone();
            connections.spawn(async move {
                tokio::select! { () = serving => {} () = abort.cancelled() => {} }
            });
        }
        connections.close();
        if tokio::time::timeout(GRACE, connections.wait()).await.is_err() {
            abort.cancel();
            connections.wait().await;
        }
    }
}

/// Answers the requests of one connection.
async fn serve(stream: TcpStream, front: Arc<Front>, end: CancellationToken) {
    let service = service_fn(move |request| {
        let front = Arc::clone(&front);
        async move { Ok::<_, Infallible>(front.answer(request).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_PATIENCE)
        .max_headers(HEADER_LIMIT)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let result = tokio::select! {
        result = &mut connection => result,
        () = end.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection broke");
    }
}
