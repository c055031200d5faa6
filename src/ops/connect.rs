//! Connections: which organizations are talked to, with which keys and which clock; or the sandbox in their place.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::SecretString;

use super::session::{Session, WORKING_DIRECTORY};
use crate::aws;
use crate::clock::{BoxFuture, Clock, SystemClock, VirtualClock};
use crate::cloud::{
    Client, CloudError, Credentials, DEFAULT_API, HttpRequest, HttpResponse, HttpTransport, Limit, Limiter,
    RequestObserver, RequestRecord, Transport, TransportError, Warner, normal_api,
};
use crate::desired::CloudSettings;
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::host::Host;
use crate::observe::{Cloud, States};
use crate::sandbox::{self, Sandbox};

/// The API address a state records for the sandbox in the process.
const SANDBOX_API: &str = "sandbox";

/// Everybody an operation talks to.
pub struct Connections {
    /// By label of the `cloud` block.
    pub clouds: BTreeMap<String, Cloud>,
    /// States of Terraform's, which belong to no cloud.
    pub states: States,
    pub clock: Arc<dyn Clock>,
    virtual_clock: Option<VirtualClock>,
    /// Requests that a key may send in a window; `None`: as many as there are.
    pub limit: Option<NonZeroUsize>,
    /// Requests that the Cloud API has answered. What it could not answer is sent again, and does not count.
    answered: Arc<AtomicUsize>,
}

/// Those who are told what goes on between here and the API.
#[derive(Clone)]
pub struct Watchers {
    pub requests: RequestObserver,
    pub warnings: Warner,
}

/// How often a world that is in use is tried again, and how long in between: whoever just ends with it is waited for.
const OPENING_TRIES: u32 = 40;
const OPENING_PAUSE: Duration = Duration::from_millis(50);

/// Where the sandbox in the process keeps its world.
#[derive(Debug, Clone)]
pub struct SandboxPlace {
    pub directory: PathBuf,
}

impl SandboxPlace {
    pub fn of(configuration: &Path) -> Self {
        Self { directory: configuration.join(WORKING_DIRECTORY).join("sandbox") }
    }

    /// Opens the world, or makes a new one.
    ///
    /// # Errors
    /// When its files cannot be used.
    pub fn open(&self) -> Result<Sandbox, Diagnostic> {
        self.read(self.hold()?)
    }

    /// Keeps others out from now on.
    ///
    /// # Errors
    /// When the directory cannot be used, or somebody uses it and goes on doing so.
    pub fn hold(&self) -> Result<sandbox::Held, Diagnostic> {
        self.hold_soon().map_err(|error| self.unusable(&error))
    }

    /// Reads the world of a directory that is held, or makes a new one.
    ///
    /// # Errors
    /// When its files cannot be used.
    pub fn read(&self, held: sandbox::Held) -> Result<Sandbox, Diagnostic> {
        Sandbox::read(held, sandbox::Options::default()).map_err(|error| self.unusable(&error))
    }

    fn unusable(&self, error: &sandbox::StoreError) -> Diagnostic {
        Diagnostic::error(Code("HW0906"), "The sandbox cannot be opened")
            .with_detail(format!("Its world is kept in {}. {error}", self.directory.display()))
            .with_help("If another command uses it, wait for that; otherwise check the directory, or start anew with `housewright sandbox reset`.")
    }

    fn hold_soon(&self) -> Result<sandbox::Held, sandbox::StoreError> {
        for _ in 1..OPENING_TRIES {
            match sandbox::Held::take(&self.directory) {
                Err(sandbox::StoreError::InUse { .. }) => std::thread::sleep(OPENING_PAUSE),
                taken => return taken,
            }
        }
        sandbox::Held::take(&self.directory)
    }
}

impl Session {
    /// Keeps others out of the sandbox, where that is worked with.
    ///
    /// # Errors
    /// When it cannot be used, or somebody uses it and goes on doing so.
    pub fn hold_sandbox(&self) -> Result<Option<sandbox::Held>, Diagnostic> {
        let place = self.options.sandbox.then(|| SandboxPlace::of(&self.options.directory));
        place.map(|place| place.hold()).transpose()
    }
}

impl Connections {
    /// Connects to what the `cloud` blocks say; with the sandbox, that the caller may hold already.
    ///
    /// # Errors
    /// Missing or unusable credentials, addresses and organizations.
    pub async fn open(
        session: &Session,
        settings: BTreeMap<String, CloudSettings>,
        pause: Duration,
        watchers: Watchers,
        held: Option<sandbox::Held>,
    ) -> Result<Self, Diagnostics> {
        let limit = limit(&session.host)?;
        if session.options.sandbox {
            let opening = Self::sandbox(session, settings, pause, (limit, watchers.requests), held);
            return opening.await.map_err(Diagnostics::from);
        }
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let transport = HttpTransport::new().map_err(|e| cannot_connect(&e))?;
        let transport: Arc<dyn Transport> = Arc::new(transport);
        let mut clouds = BTreeMap::new();
        let mut diagnostics = Diagnostics::new();
        let ec2 = aws::Client::new(transport.clone(), clock.clone(), watchers.requests.clone(), false);
        let (answered, requests) = counted(watchers.requests);
        let watchers = Watchers { requests, ..watchers };
        for (label, settings) in settings {
            match connect((&session.host, limit), &settings, transport.clone(), clock.clone(), watchers.clone()).await {
                Ok((client, organization)) => {
                    clouds.insert(label, Cloud { client, organization, ec2: ec2.clone() });
                }
                Err(diagnostic) => diagnostics.push(diagnostic),
            }
        }
        if diagnostics.has_errors() {
            Err(diagnostics)
        } else {
            Ok(Self {
                clouds,
                states: states(session, &clock),
                clock,
                virtual_clock: None,
                limit: limit.and_then(|l| NonZeroUsize::new(l.requests)),
                answered,
            })
        }
    }

    async fn sandbox(
        session: &Session,
        settings: BTreeMap<String, CloudSettings>,
        pause: Duration,
        (limit, observer): (Option<Limit>, RequestObserver),
        held: Option<sandbox::Held>,
    ) -> Result<Self, Diagnostic> {
        let place = SandboxPlace::of(&session.options.directory);
        // A large world takes a while, in which others go on.
        let opened = tokio::task::spawn_blocking(move || match held {
            Some(held) => place.read(held),
            None => place.open(),
        });
        let opened = opened.await;
        // It ends by itself or by a panic: nobody cancels it while it is waited for.
        let sandbox = opened.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))?;
        let virtual_clock = VirtualClock::new(sandbox.now(), pause);
        let organization = sandbox.organization_id().to_string();
        let key = sandbox::Credentials::default();
        let credentials = Credentials { key_id: key.key_id().to_owned(), key_secret: SecretString::from("sandbox") };
        let clock: Arc<dyn Clock> = Arc::new(virtual_clock.clone());
        let outside: Arc<dyn Transport> = Arc::new(HttpTransport::new().map_err(|e| cannot_connect(&e))?);
        let ec2 = aws::Client::new(outside, clock.clone(), observer.clone(), true);
        let (answered, observer) = counted(observer);
        let client = Client {
            transport: Arc::new(InProcess { sandbox: Mutex::new(sandbox), clock: virtual_clock.clone() }),
            clock: clock.clone(),
            limiter: Arc::new(Limiter::new(limit)),
            credentials,
            api: SANDBOX_API.to_owned(),
            observer,
        };
        let cloud = Cloud { client, organization, ec2 };
        let clouds = settings.into_keys().map(|label| (label, cloud.clone())).collect();
        Ok(Self {
            clouds,
            states: states(session, &clock),
            clock,
            virtual_clock: Some(virtual_clock),
            limit: limit.and_then(|l| NonZeroUsize::new(l.requests)),
            answered,
        })
    }

    /// A connection over somebody else's transport and clock: a simulation's.
    pub fn over(transport: Arc<dyn Transport>, clock: VirtualClock, api: &str, organization: &str) -> Self {
        let credentials = Credentials { key_id: "sandbox".to_owned(), key_secret: SecretString::from("sandbox") };
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let limiter = Arc::new(Limiter::new(Some(Limit::default())));
        let (answered, observer) = counted(Arc::new(|_| {}));
        let ec2 = aws::Client::new(transport.clone(), shared.clone(), Arc::new(|_| {}), true);
        let client = Client { transport, clock: shared.clone(), limiter, credentials, api: api.to_owned(), observer };
        let cloud = Cloud { client, organization: organization.to_owned(), ec2 };
        let states = States::new(BTreeMap::new(), PathBuf::new(), shared.clone());
        Self {
            clouds: BTreeMap::from([(String::new(), cloud)]),
            states,
            clock: shared,
            virtual_clock: Some(clock),
            limit: NonZeroUsize::new(Limit::default().requests),
            answered,
        }
    }

    /// Runs `work`, moving virtual time on whenever it only waits.
    pub async fn drive<F: Future>(&self, work: F) -> F::Output {
        match &self.virtual_clock {
            Some(clock) => clock.drive(work).await,
            None => work.await,
        }
    }

    /// The address of the API that everything is sent to, where that is one, and one that others can reach.
    pub fn only_api(&self) -> Option<&str> {
        let mut all = self.clouds.values().map(|cloud| cloud.client.api.as_str());
        let first = all.next().filter(|_| !self.is_sandbox())?;
        all.all(|api| api == first).then_some(first)
    }

    pub fn is_sandbox(&self) -> bool {
        self.virtual_clock.is_some()
    }

    /// How many requests the Cloud API has answered since the last time somebody asked.
    pub fn take_answered(&self) -> usize {
        self.answered.swap(0, Ordering::Relaxed)
    }
}

/// An observer that counts what was answered, for whom it tells.
fn counted(observer: RequestObserver) -> (Arc<AtomicUsize>, RequestObserver) {
    let answered = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&answered);
    let counting = move |record: &RequestRecord| {
        let is_answer = |status: u16| status != 429 && status < 500;
        count.fetch_add(usize::from(record.status.is_some_and(is_answer)), Ordering::Relaxed);
        observer(record);
    };
    (answered, Arc::new(counting))
}

/// How states of Terraform's are reached: paths are relative to the configuration, as they are there.
fn states(session: &Session, clock: &Arc<dyn Clock>) -> States {
    let directory = session.host.directory.join(&session.options.directory);
    States::new(session.host.environment.clone(), directory, clock.clone())
}

fn cannot_connect(error: &TransportError) -> Diagnostic {
    Diagnostic::error(Code("HW0703"), "HTTPS cannot be set up")
        .with_detail(error.message.clone())
        .with_help("Check the certificates of this machine.")
}

/// How many requests a key may send, where the environment says so: of an organization that has another limit, and of a
/// sandbox.
fn limit(host: &Host) -> Result<Option<Limit>, Diagnostic> {
    let usual = Limit::default();
    match host.variable("HOUSEWRIGHT_RATE_LIMIT").map(|given| (given, given.parse())) {
        None => Ok(Some(usual)),
        Some(("off", _)) => Ok(None),
        Some((_, Ok(requests @ 1..))) => Ok(Some(Limit { requests, ..usual })),
        Some((given, _)) => Err(Diagnostic::error(Code("HW0934"), "The rate limit is no number of requests")
            .with_detail(format!("HOUSEWRIGHT_RATE_LIMIT is `{given}`."))
            .with_help("Give the requests that the key may send in 10 seconds, as a whole number, or `off`; or unset it: 10 are usual.")),
    }
}

async fn connect(
    (host, limit): (&Host, Option<Limit>),
    settings: &CloudSettings,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    watchers: Watchers,
) -> Result<(Client, String), Diagnostic> {
    let credentials = credentials(host, settings)?;
    let api = settings.api_url.as_deref().or_else(|| host.variable("CLICKHOUSE_API_URL")).unwrap_or(DEFAULT_API);
    let api = normal_api(api);
    if !(api.starts_with("https://") || api.starts_with("http://")) {
        return Err(located(
            settings,
            Diagnostic::error(Code("HW0907"), "The API's address is no address")
                .with_detail(format!("`{api}` begins with neither https:// nor http://."))
                .with_help("Correct CLICKHOUSE_API_URL, or `api_url` in the `cloud` block; or leave both out."),
        ));
    }
    let Watchers { requests: observer, warnings } = watchers;
    let limiter = match limit {
        Some(limit) => Limiter::shared(limit, host, &api, &credentials.key_id, warnings),
        None => Limiter::new(None),
    };
    let limiter = Arc::new(limiter);
    let client = Client { transport, clock, limiter, credentials, api, observer };
    let given = settings.organization.clone();
    // An organization in the environment belongs to the key in the environment.
    let given =
        given.or_else(|| host.variable("CLICKHOUSE_ORG_ID").filter(|_| settings.label.is_empty()).map(str::to_owned));
    let organization = match given {
        Some(organization) => organization,
        None => client
            .own_organization()
            .await
            .map_err(|e| located(settings, request_failed(&e, "The key's organization could not be found")))?,
    };
    Ok((client, organization))
}

fn credentials(host: &Host, settings: &CloudSettings) -> Result<Credentials, Diagnostic> {
    let key_id = settings.key_id.clone().or_else(|| host.variable("CLICKHOUSE_CLOUD_API_KEY").map(str::to_owned));
    let key_secret = settings
        .key_secret
        .clone()
        .or_else(|| host.variable("CLICKHOUSE_CLOUD_API_SECRET").map(|s| SecretString::from(s.to_owned())));
    match (key_id, key_secret) {
        (Some(key_id), Some(key_secret)) => Ok(Credentials { key_id, key_secret }),
        (key_id, _) => {
            let missing = if key_id.is_none() { "CLICKHOUSE_CLOUD_API_KEY" } else { "CLICKHOUSE_CLOUD_API_SECRET" };
            Err(located(
                settings,
                Diagnostic::error(Code("HW0905"), "There is no API key to work with")
                    .with_detail(format!("{missing} is not set in the environment. No request was sent."))
                    .with_help("Make a key in the console under API keys and set CLICKHOUSE_CLOUD_API_KEY and CLICKHOUSE_CLOUD_API_SECRET; or try without an account: add --sandbox."),
            ))
        }
    }
}

fn located(settings: &CloudSettings, diagnostic: Diagnostic) -> Diagnostic {
    match settings.span {
        Some(span) => diagnostic.with_label(span, "for this block"),
        None => diagnostic,
    }
}

/// A request that failed outside an apply.
pub fn request_failed(error: &CloudError, what: &str) -> Diagnostic {
    let help = error.help.clone().unwrap_or_else(|| {
        "Run the command again; if it stays so, show this message to ClickHouse support.".to_owned()
    });
    Diagnostic::error(error.code().unwrap_or(Code("HW0706")), what).with_detail(error.describe()).with_help(help)
}

/// The sandbox as a transport: answers at once, at the clock's time.
struct InProcess {
    sandbox: Mutex<Sandbox>,
    clock: VirtualClock,
}

impl Transport for InProcess {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        let target = request.url.strip_prefix(SANDBOX_API).unwrap_or(&request.url).to_owned();
        let request = sandbox::Request {
            method: request.method.as_str().to_owned(),
            target,
            headers: request.headers,
            body: request.body.unwrap_or_default().into(),
        };
        let response = self.sandbox.lock().unwrap_or_else(PoisonError::into_inner).handle(self.clock.now(), &request);
        if response.dropped {
            let lost = TransportError { sent: true, message: "the connection broke".to_owned() };
            return Box::pin(std::future::ready(Err(lost)));
        }
        let headers = response.headers.iter().map(|(n, v)| (n.to_lowercase(), v.to_string())).collect();
        let response = HttpResponse { status: response.status, headers, body: response.body.to_vec() };
        Box::pin(std::future::ready(Ok(response)))
    }
}
