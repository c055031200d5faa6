//! Connections, the tables, and what a database can answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rustls_platform_verifier::BuilderVerifierExt as _;
use sha2::{Digest, Sha256};
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Row};
use tokio_postgres_rustls::MakeRustlsConnect;
use uuid::Uuid;

use crate::error::{ErrorKind, StoreError};
use crate::settings::{Settings, misconfigured};

/// What goes wrong in a database.
#[derive(Debug)]
pub(super) enum Trouble {
    Database(Box<tokio_postgres::Error>),
    Other(&'static str),
}

/// The error of a request.
pub(super) type Failed = Trouble;

impl Trouble {
    pub(super) fn busy() -> Self {
        Self::Other("its lock changes hands all the time")
    }

    pub(super) fn too_large() -> Self {
        Self::Other("the state's serial is larger than a bigint")
    }
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(Box::new(error))
    }
}

/// Where the tables are.
pub(super) struct Database {
    config: Config,
    /// Quoted for SQL.
    schema: String,
    /// Of the state, among those in the same tables.
    pub(super) name: String,
    pub(super) place: String,
    skip_creation: bool,
}

/// The password is among the settings of connections.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Database {
    pub(super) fn new(settings: &Settings) -> Result<Self, StoreError> {
        Self::of(settings, "housewright", settings.stated("name").unwrap_or("default"))
    }

    /// The state of that name, in a schema that the settings name, or else in this one.
    pub(super) fn of(settings: &Settings, schema: &str, name: &str) -> Result<Self, StoreError> {
        let config = config(settings)?;
        let schema = settings.find("schema_name", &["PG_SCHEMA_NAME"]).unwrap_or(schema).to_owned();
        let name = name.to_owned();
        let host = config.get_hosts().first().map_or_else(
            || "localhost".to_owned(),
            |host| match host {
                tokio_postgres::config::Host::Tcp(name) => name.clone(),
                tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
            },
        );
        let database = config.get_dbname().or(config.get_user()).unwrap_or_default();
        let place = format!("postgres://{host}/{database}, schema {schema}, state {name}");
        let skip_creation = settings.is_true("skip_schema_creation");
        Ok(Self { config, schema: format!("\"{}\"", schema.replace('"', "\"\"")), name, place, skip_creation })
    }

    /// A statement with the schema in the place of `{}`.
    pub(super) fn sql(&self, statement: &str) -> String {
        statement.replace("{}", &self.schema)
    }

    pub(super) async fn connect(&self) -> Result<Client, StoreError> {
        let (client, connection) = self.config.connect(tls()?).await.map_err(|e| self.failed(e.into()))?;
        // It ends with its client; what goes wrong, the client's requests say.
        tokio::spawn(connection);
        // A server of which nothing is heard any more is to notice soon that we are gone. On local sockets, and in
        // older versions, there is nothing to set.
        let _ = client
            .batch_execute(
                "SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3",
            )
            .await;
        Ok(client)
    }

    /// Makes the tables, unless they are there.
    pub(super) async fn prepare(&self, client: &mut Client) -> Result<(), Failed> {
        if self.has_tables(client).await? {
            return Ok(());
        }
        let schema = if self.skip_creation { "" } else { "CREATE SCHEMA IF NOT EXISTS {};" };
        let tables = self.sql(&format!(
            "{schema}
             CREATE TABLE IF NOT EXISTS {{}}.states (name text, serial bigint, at timestamptz NOT NULL DEFAULT now(),
                 content bytea NOT NULL, PRIMARY KEY (name, serial));
             CREATE TABLE IF NOT EXISTS {{}}.locks (name text PRIMARY KEY, id text NOT NULL, info text NOT NULL);
             CREATE TABLE IF NOT EXISTS {{}}.journals (name text PRIMARY KEY, head text NOT NULL);
             CREATE TABLE IF NOT EXISTS {{}}.journal_entries (name text, number bigint, line text NOT NULL,
                 PRIMARY KEY (name, number));"
        ));
        let transaction = client.transaction().await?;
        // Two who make the same table at the same time would get in each other's way.
        transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&self.number("tables")]).await?;
        transaction.batch_execute(&tables).await?;
        Ok(transaction.commit().await?)
    }

    async fn has_tables(&self, client: &Client) -> Result<bool, Failed> {
        let found = client.query("SELECT to_regclass($1) IS NOT NULL", &[&self.sql("{}.journal_entries")]).await?;
        Ok(found.first().is_some_and(|row| row.get(0)))
    }

    /// The rows of a query. Where there are no tables yet, there are none.
    pub(super) async fn rows(
        &self,
        client: &Client,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, Failed> {
        match client.query(sql, values).await {
            Err(e) if [Some(&SqlState::UNDEFINED_TABLE), Some(&SqlState::INVALID_SCHEMA_NAME)].contains(&e.code()) => {
                Ok(Vec::new())
            }
            other => Ok(other?),
        }
    }

    pub(super) async fn execute(
        &self,
        client: &Client,
        sql: &str,
        values: &[&(dyn ToSql + Sync)],
    ) -> Result<u64, Failed> {
        Ok(client.execute(sql, values).await?)
    }

    /// Replaces the journal if the lock `id` is held. Answers whether it is.
    pub(super) async fn replace_journal(
        &self,
        client: &mut Client,
        id: Uuid,
        head: Option<String>,
    ) -> Result<bool, Failed> {
        let transaction = client.transaction().await?;
        let lock = self.sql("SELECT 1 FROM {}.locks WHERE name = $1 AND id = $2 FOR SHARE");
        if transaction.query(&lock, &[&self.name, &id.to_string()]).await?.is_empty() {
            return Ok(false);
        }
        transaction.execute(&self.sql("DELETE FROM {}.journal_entries WHERE name = $1"), &[&self.name]).await?;
        transaction.execute(&self.sql("DELETE FROM {}.journals WHERE name = $1"), &[&self.name]).await?;
        if let Some(head) = head {
            let sql = self.sql("INSERT INTO {}.journals (name, head) VALUES ($1, $2)");
            transaction.execute(&sql, &[&self.name, &head]).await?;
        }
        transaction.commit().await?;
        Ok(true)
    }

    pub(super) async fn try_advisory_lock(&self, client: &Client) -> Result<bool, Failed> {
        let rows = client.query("SELECT pg_try_advisory_lock($1)", &[&self.number("lock")]).await?;
        Ok(rows.first().is_some_and(|row| row.get(0)))
    }

    pub(super) async fn advisory_unlock(&self, client: &Client) -> Result<(), Failed> {
        client.query("SELECT pg_advisory_unlock($1)", &[&self.number("lock")]).await?;
        Ok(())
    }

    /// Ends the session that holds the advisory lock, so that the lock is free.
    pub(super) async fn end_holder(&self, client: &Client) -> Result<(), Failed> {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted \
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND objsubid = 1 \
                   AND ((classid::bigint << 32) | objid::bigint) = $1 AND pid <> pg_backend_pid()";
        client.query(sql, &[&self.number("lock")]).await?;
        Ok(())
    }

    /// The number of an advisory lock: of this state alone, as far as 64 bits go.
    fn number(&self, purpose: &str) -> i64 {
        let name = if purpose == "tables" { "" } else { &self.name };
        let digest = Sha256::digest(format!("housewright\n{purpose}\n{}\n{name}", self.schema).as_bytes());
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&digest[..8]);
        i64::from_be_bytes(bytes)
    }

    pub(super) fn failed(&self, trouble: Trouble) -> StoreError {
        let (kind, why) = match &trouble {
            Trouble::Other(why) => (ErrorKind::Unreachable, (*why).to_owned()),
            Trouble::Database(error) => (kind(error), words(error)),
        };
        let next = match kind {
            ErrorKind::Refused => {
                "Check user and password, and what this user may do; docs/backends.md lists what is needed."
            }
            ErrorKind::NotWritable => "Make room in the database and run again: what was noted is not lost.",
            _ => "Check that the database runs and can be reached, and run again: what was noted is not lost.",
        };
        let what = "The state cannot be read or written";
        StoreError::new(kind, &self.place, what, format!("The database says: {why}."), next)
    }
}

fn kind(error: &tokio_postgres::Error) -> ErrorKind {
    match error.code().map(|code| code.code().to_owned()) {
        Some(code) if code.starts_with("28") || code == "42501" => ErrorKind::Refused,
        Some(code) if code.starts_with("53") || code.starts_with("25") => ErrorKind::NotWritable,
        _ => ErrorKind::Unreachable,
    }
}

/// What the server says, or why it cannot be asked; never what was sent.
fn words(error: &tokio_postgres::Error) -> String {
    let text = match (error.as_db_error(), std::error::Error::source(error)) {
        (Some(said), _) => said.message().to_owned(),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    };
    crate::error::without_secrets(text.trim_end_matches('.'))
}

/// From a connection string, or the variables that PostgreSQL's own programs read.
fn config(settings: &Settings) -> Result<Config, StoreError> {
    let mut config = match settings.find("conn_str", &["PG_CONN_STR"]) {
        // Certificates are always verified, so these two ask for nothing more.
        Some(text) => {
            text.replace("sslmode=verify-full", "sslmode=require").replace("sslmode=verify-ca", "sslmode=require")
        }
        None => String::new(),
    }
    .parse::<Config>()
    .map_err(|_| {
        misconfigured(
            "pg",
            "`conn_str`, or PG_CONN_STR, is no connection string.",
            "Write it as postgres://USER@HOST:PORT/DATABASE?sslmode=require, and the password into PGPASSWORD.",
        )
    })?;
    if let (true, Some(host)) = (config.get_hosts().is_empty(), settings.variable("PGHOST")) {
        config.host(host);
    }
    if config.get_hosts().is_empty() {
        let why = "Neither `conn_str` nor PG_CONN_STR or PGHOST says where the database is.";
        return Err(misconfigured("pg", why, "Write state \"pg\" { conn_str = \"postgres://HOST/DATABASE\" }."));
    }
    if let (true, Some(Ok(port))) = (config.get_ports().is_empty(), settings.variable("PGPORT").map(str::parse)) {
        config.port(port);
    }
    let user = settings.variable("PGUSER").or(settings.variable("USER"));
    if let (None, Some(user)) = (config.get_user(), user) {
        config.user(user);
    }
    if let (None, Some(password)) = (config.get_password(), settings.variable("PGPASSWORD")) {
        config.password(password);
    }
    if let (None, Some(database)) = (config.get_dbname(), settings.variable("PGDATABASE")) {
        config.dbname(database);
    }
    match settings.variable("PGSSLMODE") {
        Some("require" | "verify-ca" | "verify-full") => drop(config.ssl_mode(SslMode::Require)),
        Some("disable") => drop(config.ssl_mode(SslMode::Disable)),
        _ => {}
    }
    config.application_name("housewright");
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(10));
    }
    config.keepalives_idle(Duration::from_secs(15));
    Ok(config)
}

fn tls() -> Result<MakeRustlsConnect, StoreError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = builder.and_then(|b| b.with_platform_verifier()).map(|b| b.with_no_client_auth());
    config.map(MakeRustlsConnect::new).map_err(|e| {
        misconfigured("pg", format!("TLS cannot be set up: {e}."), "Check the certificates of this machine.")
    })
}
