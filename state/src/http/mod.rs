//! A state behind the HTTP protocol that Terraform's `http` backend speaks and GitLab offers: GET and POST an address,
//! LOCK and UNLOCK it.
//!
//! The protocol knows one document and a lock on it, and writes are tied to the lock by its id alone. The journal is a
//! second document of the same kind, at `journal_address`, locked with the same id: so whoever lost the lock can
//! neither write the state nor append to the journal. Each document is JSON with a `serial` that grows with every
//! write, as GitLab demands; what is stored stands in `content` as text. Since the protocol has no way to ask who holds
//! a lock, the journal's document also says that. Signs of life are not kept: each would be another version there. Owns
//! the order of steps; `wire` knows requests and answers.

mod wire;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::codec::Codec;
use crate::error::StoreError;
use crate::journal::{Entry, Header, Journal};
use crate::lock::{Lock, LockInfo};
use crate::model::{Revision, State};
use crate::settings::{Settings, misconfigured};
use crate::store::{Past, Store, Write, check_begin, check_write};
use wire::{Content, Document, Methods, VERSION, Wire};

const RESTORE: &str = "Restore an earlier version where the service keeps them.";

/// One client of a state behind HTTP.
pub struct HttpStore {
    wire: Wire,
    state: Document,
    journal: Document,
    codec: Codec,
    held: Mutex<Option<Held>>,
}

/// Addresses may hold secrets.
impl fmt::Debug for HttpStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpStore").field("place", &self.name()).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Held {
    info: LockInfo,
    noting: Option<Noting>,
}

/// A journal that is being written.
#[derive(Debug)]
struct Noting {
    lock: Uuid,
    text: String,
    entries: u64,
    serial: u64,
}

/// A client of the state that the settings describe.
///
/// # Errors
/// When something is missing or wrong in the settings.
pub fn open(settings: &Settings, codec: Codec) -> Result<Arc<dyn Store>, StoreError> {
    let address = settings.need("http", "address", &["TF_HTTP_ADDRESS"])?.to_owned();
    let journal = settings.stated("journal_address").map_or_else(|| format!("{address}-journal"), str::to_owned);
    let lock_address = settings.find("lock_address", &["TF_HTTP_LOCK_ADDRESS"]).unwrap_or(&address).to_owned();
    let unlock_address =
        settings.find("unlock_address", &["TF_HTTP_UNLOCK_ADDRESS"]).unwrap_or(&lock_address).to_owned();
    let beside = |of: &str| {
        let ending = of.strip_prefix(&address).ok_or_else(|| {
            misconfigured(
                "http",
                "`lock_address` and `unlock_address` must begin with `address`.",
                "The journal is locked at the same endings behind its own address.",
            )
        })?;
        Ok::<_, StoreError>(format!("{journal}{ending}"))
    };
    let journal_document = Document {
        lock_address: beside(&lock_address)?,
        unlock_address: beside(&unlock_address)?,
        address: journal.clone(),
    };
    let method = |argument: &str, variable: &str, default: &str| {
        let name = settings.find(argument, &[variable]).unwrap_or(default);
        Method::from_bytes(name.as_bytes()).map_err(|_| {
            misconfigured("http", format!("`{argument}` is no method of HTTP."), "Write for example POST.")
        })
    };
    let methods = Methods {
        update: method("update_method", "TF_HTTP_UPDATE_METHOD", "POST")?,
        lock: method("lock_method", "TF_HTTP_LOCK_METHOD", "LOCK")?,
        unlock: method("unlock_method", "TF_HTTP_UNLOCK_METHOD", "UNLOCK")?,
    };
    Ok(Arc::new(HttpStore {
        wire: wire(settings, &address, methods)?,
        state: Document { address, lock_address, unlock_address },
        journal: journal_document,
        codec,
        held: Mutex::new(None),
    }))
}

/// How the service behind an address is talked to.
fn wire(settings: &Settings, address: &str, methods: Methods) -> Result<Wire, StoreError> {
    let client = Client::builder().timeout(Duration::from_secs(30)).connect_timeout(Duration::from_secs(5)).build();
    let client = client
        .map_err(|e| misconfigured("http", format!("HTTPS cannot be set up: {e}."), "Check the certificates."))?;
    Ok(Wire {
        client,
        name: crate::error::without_secrets(address),
        methods,
        username: settings.find("username", &["TF_HTTP_USERNAME"]).map(str::to_owned),
        password: settings.find("password", &["TF_HTTP_PASSWORD"]).map(|p| p.to_owned().into()),
        attempts: 1 + settings.find("retry_max", &["TF_HTTP_RETRY_MAX"]).and_then(|n| n.parse().ok()).unwrap_or(2),
    })
}

/// What Terraform keeps behind an address, as it is: the place, and what stands there.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn document(settings: &Settings) -> Result<(String, Option<Vec<u8>>), StoreError> {
    let address = settings.need("http", "address", &["TF_HTTP_ADDRESS"])?;
    let wire = wire(settings, address, Methods::default())?;
    let bytes = wire.bytes(address).await?;
    Ok((wire.name, bytes))
}

impl HttpStore {
    fn name(&self) -> String {
        self.wire.name.clone()
    }

    async fn load(&self) -> Result<Option<State>, StoreError> {
        let Some(content) = self.wire.get(&self.state).await?.filter(|c| !c.content.is_empty()) else {
            return Ok(None);
        };
        self.codec.decode(&self.name(), content.content.into_bytes(), RESTORE).map(Some)
    }

    async fn load_journal(&self) -> Result<(Option<Journal>, Content), StoreError> {
        let content = self.wire.get(&self.journal).await?.unwrap_or_default();
        let read = || self.codec.decode_journal(&self.name(), content.content.as_bytes(), RESTORE);
        Ok(((!content.content.is_empty()).then(read).transpose()?, content))
    }

    /// Who holds the lock: what the journal's document says, if it is of the same lock, and else what the answer says.
    async fn holder(&self, answer: &Value) -> Result<LockInfo, StoreError> {
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let id = Uuid::parse_str(&text("ID")).unwrap_or_default();
        if let Some(info) = self.load_journal().await?.1.lock.filter(|info| info.id == id || id.is_nil()) {
            return Ok(info);
        }
        let since: Timestamp = text("Created").parse().unwrap_or(Timestamp::UNIX_EPOCH);
        let (owner, operation) = (text("Who"), text("Operation"));
        let (host, birth) = ("an unknown host".to_owned(), String::new());
        Ok(LockInfo { id, owner, host, process: 0, birth, operation, since, heartbeat: since })
    }

    /// Locks the journal as well; one that a former holder left locked is released first.
    async fn lock_journal(&self, info: &LockInfo) -> Result<(), StoreError> {
        for _ in 0..3 {
            match self.wire.lock_one(&self.journal, info).await? {
                Ok(()) => return Ok(()),
                Err(left) => drop(self.wire.unlock_one(&self.journal, left["ID"].as_str().unwrap_or_default()).await?),
            }
        }
        Err(self.wire.refused("locked", StatusCode::CONFLICT))
    }

    /// Says in the journal's document who holds the lock. Answers who was said to before.
    async fn claim(&self, id: Uuid, info: Option<&LockInfo>) -> Result<Option<LockInfo>, StoreError> {
        let (_, mut content) = self.load_journal().await?;
        content.version = VERSION;
        content.serial += 1;
        let before = std::mem::replace(&mut content.lock, info.cloned());
        self.wire.post(&self.journal, &content, id).await?;
        Ok(before)
    }

    /// Replaces the journal's text.
    async fn put_journal(&self, info: &LockInfo, serial: u64, text: &str) -> Result<(), StoreError> {
        let lock = Some(info.clone());
        let content = Content { version: VERSION, serial, lineage: String::new(), content: text.to_owned(), lock };
        self.wire.post(&self.journal, &content, info.id).await
    }

    /// Whether this client still holds the lock, as far as the protocol tells: writing decides.
    async fn check(&self, held: Option<&Held>) -> Result<LockInfo, StoreError> {
        let info = &held.ok_or_else(|| StoreError::not_locked(&self.name()))?.info;
        match self.load_journal().await?.1.lock {
            Some(found) if found.id == info.id => Ok(info.clone()),
            _ => Err(StoreError::lock_lost(&self.name())),
        }
    }

    /// Says in the journal's document that nobody holds the lock, after it was released for somebody. Should another one
    /// take it meanwhile, it is theirs to say.
    async fn disclaim(&self, holder: &LockInfo) {
        let info = LockInfo { id: Uuid::from_u128(!holder.id.as_u128()), ..holder.clone() };
        if matches!(self.wire.lock_one(&self.journal, &info).await, Ok(Ok(()))) {
            let _ = self.claim(info.id, None).await;
            let _ = self.wire.unlock_one(&self.journal, &info.id.to_string()).await;
        }
    }

    /// After a failed attempt to take the lock nothing of it stays.
    async fn undo(&self, info: &LockInfo) {
        let id = info.id.to_string();
        let _ = self.wire.unlock_one(&self.journal, &id).await;
        let _ = self.wire.unlock_one(&self.state, &id).await;
    }
}

#[async_trait]
impl Store for HttpStore {
    fn place(&self) -> String {
        self.name()
    }

    async fn read(&self) -> Result<Option<State>, StoreError> {
        self.load().await
    }

    async fn write(&self, state: &State, expected: Option<Revision>) -> Result<(), StoreError> {
        let held = self.held.lock().await;
        let info = self.check(held.as_ref()).await?;
        let stored = self.load().await?;
        if check_write(&self.name(), stored.as_ref(), state, expected)? == Write::AlreadyStored {
            return Ok(());
        }
        let bytes = self.codec.encode(&self.name(), state)?;
        let content = String::from_utf8_lossy(&bytes).into_owned();
        let lineage = state.lineage.to_string();
        let content = Content { version: VERSION, serial: state.serial, lineage, content, lock: None };
        self.wire.post(&self.state, &content, info.id).await
    }

    async fn journal(&self) -> Result<Option<Journal>, StoreError> {
        Ok(self.load_journal().await?.0)
    }

    async fn begin(&self, header: &Header) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        let info = self.check(held.as_ref()).await?;
        let (stored, (journal, content)) = (self.load().await?, self.load_journal().await?);
        check_begin(&self.name(), stored.as_ref(), journal.as_ref(), header)?;
        let (text, serial) = (self.codec.header_line(header), content.serial + 1);
        self.put_journal(&info, serial, &text).await?;
        if let Some(held) = held.as_mut() {
            held.noting = Some(Noting { lock: header.lock, text, entries: 0, serial });
        }
        Ok(())
    }

    async fn append(&self, entry: &Entry) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        let held = held.as_mut().ok_or_else(|| StoreError::not_locked(&self.name()))?;
        let mut noting = held.noting.take().ok_or_else(|| StoreError::journal_closed(&self.name()))?;
        noting.text += &self.codec.entry_line(&self.name(), noting.lock, noting.entries + 1, entry)?;
        noting.entries += 1;
        noting.serial += 1;
        self.put_journal(&held.info, noting.serial, &noting.text).await?;
        held.noting = Some(noting);
        Ok(())
    }

    async fn end(&self) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        let info = self.check(held.as_ref()).await?;
        let (_, content) = self.load_journal().await?;
        if !content.content.is_empty() {
            self.put_journal(&info, content.serial + 1, "").await?;
        }
        if let Some(held) = held.as_mut() {
            held.noting = None;
        }
        Ok(())
    }

    async fn lock(&self, info: LockInfo) -> Result<Lock, StoreError> {
        let mut held = self.held.lock().await;
        if let Err(answer) = self.wire.lock_one(&self.state, &info).await? {
            return Err(StoreError::locked(&self.name(), self.holder(&answer).await?));
        }
        let claimed = async {
            self.lock_journal(&info).await?;
            self.claim(info.id, Some(&info)).await
        };
        match claimed.await {
            Ok(taken_over) => {
                *held = Some(Held { info: info.clone(), noting: None });
                Ok(Lock { info, taken_over })
            }
            Err(error) => {
                self.undo(&info).await;
                Err(error)
            }
        }
    }

    async fn unlock(&self, id: Uuid) -> Result<(), StoreError> {
        let mut held = self.held.lock().await;
        let was_mine = held.take_if(|held| held.info.id == id).is_some();
        let said = self.load_journal().await?.1.lock;
        let is_said = said.as_ref().is_some_and(|info| info.id == id);
        if was_mine && is_said {
            // Should the lock be lost, this is refused, and so is what follows.
            let _ = self.claim(id, None).await;
        }
        // From here on the holder can append nothing any more.
        let _ = self.wire.unlock_one(&self.journal, &id.to_string()).await?;
        let released = self.wire.unlock_one(&self.state, &id.to_string()).await?;
        if let Some(holder) = said.as_ref().filter(|_| is_said && released && !was_mine) {
            self.disclaim(holder).await;
        }
        match said {
            _ if released && (is_said || !was_mine) => Ok(()),
            _ if was_mine => Err(StoreError::lock_lost(&self.name())),
            Some(holder) if !is_said => Err(StoreError::lock_mismatch(&self.name(), id, holder)),
            _ => Err(StoreError::not_locked(&self.name())),
        }
    }

    async fn lock_info(&self) -> Result<Option<LockInfo>, StoreError> {
        Ok(self.load_journal().await?.1.lock)
    }

    async fn beat(&self, _: Timestamp) -> Result<(), StoreError> {
        let held = self.held.lock().await;
        self.check(held.as_ref()).await.map(drop)
    }

    /// The service may keep more; the protocol does not show it.
    async fn history(&self) -> Result<Vec<Past>, StoreError> {
        Ok(Vec::new())
    }

    async fn version(&self, serial: u64) -> Result<State, StoreError> {
        let stored = self.load().await?.filter(|state| state.serial == serial);
        stored.ok_or_else(|| StoreError::not_kept(&self.name(), serial))
    }
}
