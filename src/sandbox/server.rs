//! The sandbox as an HTTP server. Knows sockets and real time; everything else is [`super::Sandbox`]'s.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use bytes::Bytes;
use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use uuid::Uuid;

use super::http::{ApiError, Request, Response, envelope};
use super::{RateLimit, Sandbox, StoreError, control};

/// Largest body in bytes.
const BODY_LIMIT: usize = 1024 * 1024;
/// How many bytes of a body that is too large are read before the connection is given up.
const DRAIN_LIMIT: usize = 64 * BODY_LIMIT;
/// Tells clients on loopback how many virtual seconds pass in a real one.
const SPEED_HEADER: HeaderName = HeaderName::from_static("x-sandbox-speed");

/// How to serve.
#[derive(Debug, Clone, Copy)]
pub struct ServerOptions {
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// Virtual seconds per real second; 0 lets time stand still.
    pub speed: f64,
    /// How many requests a key may make; nothing: as many as it likes.
    pub rate_limit: Option<RateLimit>,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], 0)), speed: 1.0, rate_limit: None }
    }
}

/// Why the sandbox cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The speed is no number of seconds.
    #[error("the speed must be a number from 0 up, not {0}")]
    Speed(f64),
    /// The address cannot be used.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The server ended by itself.
    #[error("the server ended: {0}")]
    Ended(String),
    /// The last snapshot could not be written; the journal has everything.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

#[derive(Debug)]
struct Shared {
    inner: Mutex<Timed>,
    speed: HeaderValue,
    /// Control endpoints need no credentials, so they are for the own machine only.
    control: bool,
}

/// The sandbox and the virtual clock that drives it.
#[derive(Debug)]
struct Timed {
    sandbox: Sandbox,
    clock: Clock,
}

/// Virtual time that runs along real time.
#[derive(Debug)]
struct Clock {
    base: Timestamp,
    since: Instant,
    speed: f64,
}

impl Clock {
    fn now(&self) -> Timestamp {
        let seconds = self.since.elapsed().as_secs_f64() * self.speed;
        #[expect(clippy::cast_possible_truncation, reason = "a cast saturates, and the sum stays at the end of time")]
        let passed = SignedDuration::from_millis((seconds * 1000.0) as i64);
        self.base.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// Goes on from there, when the world has moved ahead of the clock.
    fn catch_up(&mut self, world: Timestamp) {
        if world > self.now() {
            self.base = world;
            self.since = Instant::now();
        }
    }
}

impl Timed {
    fn handle(&mut self, request: &Request) -> Response {
        let response = self.sandbox.handle(self.clock.now(), request);
        self.clock.catch_up(self.sandbox.now());
        response
    }
}

/// Serves a sandbox until [`Server::stop`].
///
/// # Errors
/// When the speed makes no sense or the address cannot be used.
pub async fn serve(mut sandbox: Sandbox, options: ServerOptions) -> Result<Server, ServeError> {
    let ServerOptions { address, speed, rate_limit } = options;
    sandbox.limit(rate_limit);
    if !speed.is_finite() || speed < 0.0 {
        return Err(ServeError::Speed(speed));
    }
    let refused = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    sandbox.announce(&format!("http://{address}"))?;
    let clock = Clock { base: sandbox.now(), since: Instant::now(), speed };
    let shared = Arc::new(Shared {
        inner: Mutex::new(Timed { sandbox, clock }),
        speed: HeaderValue::from_str(&speed.to_string()).map_err(|_| ServeError::Speed(speed))?,
        control: is_loopback(address.ip()),
    });
    let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(async move {
        // Both a signal and a dropped `Server` end it.
        let until = async move { drop(stopped.await) };
        axum::serve(listener, router).with_graceful_shutdown(until).await
    });
    Ok(Server { address, shared, stop: Some(stop), task })
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

impl Server {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The API address to give to a client.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Looks at the sandbox between two requests.
    pub fn with_sandbox<T>(&self, look: impl FnOnce(&Sandbox) -> T) -> T {
        look(&lock(&self.shared).sandbox)
    }

    /// Takes no new requests, finishes those under way, and writes the snapshot.
    ///
    /// # Errors
    /// When the server had ended by itself or the snapshot could not be written.
    pub async fn stop(mut self) -> Result<(), ServeError> {
        drop(self.stop.take());
        match (&mut self.task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(ServeError::Ended(error.to_string())),
            Err(error) => return Err(ServeError::Ended(error.to_string())),
        }
        Ok(lock(&self.shared).sandbox.snapshot()?)
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Timed> {
    shared.inner.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(shared): State<Arc<Shared>>, request: axum::extract::Request) -> axum::response::Response {
    let speed = shared.speed.clone();
    let response = match read(request).await {
        Ok(request) if control::is_control(request.path()) && !shared.control => {
            let message = "The control endpoints are offered on loopback addresses only";
            envelope(Uuid::nil(), Err(ApiError::forbidden(message)))
        }
        // Files are written, so not on a thread that serves sockets. A panic inside comes back as an error.
        Ok(request) => tokio::task::spawn_blocking(move || lock(&shared).handle(&request))
            .await
            .unwrap_or_else(|_| envelope(Uuid::nil(), Err(ApiError::internal("The sandbox failed")))),
        Err(error) => envelope(Uuid::nil(), Err(error)),
    };
    if response.delay_milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(u64::from(response.delay_milliseconds))).await;
    }
    let mut response = write(response);
    response.headers_mut().insert(SPEED_HEADER, speed);
    response
}

async fn read(request: axum::extract::Request) -> Result<Request, ApiError> {
    let (parts, body) = request.into_parts();
    let body = read_body(body).await?;
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(Request {
        method: parts.method.as_str().to_owned(),
        target: parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        headers: parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body,
    })
}

/// Reads a body. One that is too large is read to its end all the same, within reason: a client that is still sending
/// would see a broken connection instead of the answer.
async fn read_body(body: Body) -> Result<Bytes, ApiError> {
    let mut stream = body.into_data_stream();
    let (mut bytes, mut length) = (Vec::new(), 0_usize);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| ApiError::bad_request("request body: ended early"))?;
        length = length.saturating_add(chunk.len());
        if length <= BODY_LIMIT {
            bytes.extend_from_slice(&chunk);
        } else if length > DRAIN_LIMIT {
            break;
        }
    }
    if length > BODY_LIMIT {
        return Err(ApiError::too_large(format!("request body: must have at most {BODY_LIMIT} bytes")));
    }
    Ok(Bytes::from(bytes))
}

fn write(response: Response) -> axum::response::Response {
    if response.dropped {
        return broken();
    }
    let mut out = axum::response::Response::new(Body::from(response.body));
    *out.status_mut() = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in response.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            out.headers_mut().insert(name, value);
        }
    }
    out
}

/// An answer that promises a body and fails to deliver it, which makes the server close the connection.
fn broken() -> axum::response::Response {
    let failure = std::io::Error::new(std::io::ErrorKind::ConnectionAborted, "a fault breaks the connection");
    let body = Body::from_stream(futures_util::stream::iter([Err::<Bytes, _>(failure)]));
    let mut out = axum::response::Response::new(body);
    out.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("1"));
    out
}
