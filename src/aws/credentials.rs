//! Where credentials come from, by Amazon's own rules, and the signature they give.
//!
//! Must not know what is signed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign as sign_request};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use tokio::sync::Mutex;

use crate::call::{Ec2, Method, Role};
use crate::clock::{Clock, SystemClock};
use crate::cloud::{HttpRequest, Transport};

/// Credentials that end sooner than this are fetched anew.
const MARGIN: Duration = Duration::from_secs(60);

/// Finds credentials, and keeps them as long as they hold.
pub struct Sources {
    http: Bridge,
    found: Mutex<BTreeMap<Ec2, Credentials>>,
}

impl Sources {
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { http: Bridge { transport, limit: None }, found: Mutex::default() }
    }

    /// The credentials for a place.
    ///
    /// # Errors
    /// Why there are none, in words.
    pub async fn of(&self, place: &Ec2) -> Result<Credentials, String> {
        // Whoever asks for the same at the same time waits for the one answer.
        let mut found = self.found.lock().await;
        if let Some(known) = found.get(place).filter(|c| holds(c)) {
            return Ok(known.clone());
        }
        let credentials = self.fetch(place).await?;
        found.insert(place.clone(), credentials.clone());
        Ok(credentials)
    }

    async fn fetch(&self, place: &Ec2) -> Result<Credentials, String> {
        let region = Region::new(place.region.clone());
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).region(region).http_client(self.http.clone());
        if let Some(profile) = &place.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = &place.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let config = loader.load().await;
        let mut provider = config.credentials_provider();
        for role in &place.roles {
            provider = Some(self.assumed(&config, role, provider).await?);
        }
        let provider = provider.ok_or("no source of credentials is set up")?;
        provider.provide_credentials().await.map_err(|e| chain(&e))
    }

    /// What a role gives to whom the provider before it makes one.
    async fn assumed(
        &self,
        config: &SdkConfig,
        role: &Role,
        before: Option<SharedCredentialsProvider>,
    ) -> Result<SharedCredentialsProvider, String> {
        let session = role.session_name.clone().unwrap_or_else(|| "housewright".to_owned());
        if let Some(file) = &role.web_identity_token_file {
            let surroundings = ProviderConfig::without_region()
                .with_region(config.region().cloned())
                .with_http_client(self.http.clone());
            let identity = StaticConfiguration {
                web_identity_token_file: file.into(),
                role_arn: role.arn.clone(),
                session_name: session,
            };
            let provider = WebIdentityTokenCredentialsProvider::builder()
                .configure(&surroundings)
                .static_configuration(identity)
                .build();
            return Ok(SharedCredentialsProvider::new(provider));
        }
        let before = before.ok_or("no source of credentials is set up")?;
        let mut builder = AssumeRoleProvider::builder(&role.arn).session_name(session).configure(config);
        if let Some(id) = &role.external_id {
            builder = builder.external_id(id);
        }
        Ok(SharedCredentialsProvider::new(builder.build_from_provider(before).await))
    }
}

fn now() -> SystemTime {
    SystemTime::from(SystemClock::default().now())
}

fn holds(credentials: &Credentials) -> bool {
    credentials.expiry().is_none_or(|end| end > now() + MARGIN)
}

/// An error with its causes. None of them quotes a secret.
fn chain(error: &dyn std::error::Error) -> String {
    let mut parts = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        let part = cause.to_string();
        if !parts.contains(&part) {
            parts.push(part);
        }
        source = cause.source();
    }
    parts.join(": ")
}

/// The request with its signature.
///
/// # Errors
/// When it cannot be signed, in words.
pub fn sign(mut request: HttpRequest, credentials: &Credentials, region: &str) -> Result<HttpRequest, String> {
    let identity = credentials.clone().into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("ec2")
        .time(now())
        .settings(SigningSettings::default())
        .build()
        .map_err(|e| e.to_string())?;
    let headers = request.headers.iter().map(|(n, v)| (n.as_str(), v.as_str()));
    let body = SignableBody::Bytes(request.body.as_deref().unwrap_or_default());
    let signable =
        SignableRequest::new(request.method.as_str(), &request.url, headers, body).map_err(|e| e.to_string())?;
    let (instructions, _) = sign_request(signable, &parameters.into()).map_err(|e| e.to_string())?.into_parts();
    let (added, _) = instructions.into_parts();
    request.headers.extend(added.iter().map(|h| (h.name().to_owned(), h.value().to_owned())));
    Ok(request)
}

/// Our transport as the HTTP client of Amazon's code.
#[derive(Clone)]
struct Bridge {
    transport: Arc<dyn Transport>,
    /// How long one request may take.
    limit: Option<Duration>,
}

impl fmt::Debug for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bridge").finish_non_exhaustive()
    }
}

impl HttpClient for Bridge {
    fn http_connector(&self, settings: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        let limit = [settings.connect_timeout(), settings.read_timeout()].into_iter().flatten().reduce(|a, b| a + b);
        SharedHttpConnector::new(Self { transport: self.transport.clone(), limit })
    }
}

impl HttpConnector for Bridge {
    fn call(&self, request: orchestrator::HttpRequest) -> HttpConnectorFuture {
        let (transport, limit) = (self.transport.clone(), self.limit);
        HttpConnectorFuture::new(async move {
            let answer = transport.send(outward(&request)?);
            let answer = match limit {
                Some(limit) => {
                    tokio::time::timeout(limit, answer).await.map_err(|e| ConnectorError::timeout(e.into()))?
                }
                None => answer.await,
            };
            let answer = answer.map_err(|e| ConnectorError::io(e.into()))?;
            let status = answer.status.try_into().map_err(|e| ConnectorError::other(Box::new(e), None))?;
            let mut response = orchestrator::HttpResponse::new(status, SdkBody::from(answer.body));
            for (name, value) in answer.headers {
                response.headers_mut().append(name, value);
            }
            Ok(response)
        })
    }
}

fn outward(request: &orchestrator::HttpRequest) -> Result<HttpRequest, ConnectorError> {
    let method = match request.method() {
        "GET" => Method::Get,
        "PUT" => Method::Put,
        "POST" => Method::Post,
        other => return Err(ConnectorError::user(format!("the method {other} is not used here").into())),
    };
    let body = request.body().bytes().filter(|b| !b.is_empty()).map(<[u8]>::to_vec);
    let headers = request.headers().iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    Ok(HttpRequest { method, url: request.uri().to_owned(), headers, body })
}
