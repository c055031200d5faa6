//! A state in PostgreSQL: rows for every state that was stored, for the journal, and for who holds the lock.
//!
//! The lock is an advisory lock of the session: the server gives it up when the connection ends, however that happens.
//! A row beside it says who it is, for people. All writes go through the session that holds the lock and check that
//! row, so whoever lost it writes nothing. A connection that broke is made again, and the lock taken again, if nobody
//! had it in between. Owns the protocol; `session` knows connections and the tables.

mod session;

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

use crate::codec::Codec;
use crate::error::{ErrorKind, StoreError};
use crate::journal::{Entry, Header, Journal};
use crate::lock::{Lock, LockInfo};
use crate::model::{Revision, State};
use crate::settings::Settings;
use crate::store::{Past, Store, Write, check_begin, check_write};
use session::{Database, Failed, Trouble};

/// How often a lock is looked at whose session is just ending.
const ATTEMPTS: u32 = 40;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(50);

const RESTORE: &str = "Take a state from before with `state rollback`.";

/// Where Terraform's backend keeps states, unless told otherwise.
const TERRAFORMS_SCHEMA: &str = "terraform_remote_state";

/// One client of a state in a database.
#[derive(Debug)]
pub struct PostgresStore {
    database: Database,
    codec: Codec,
    open: Mutex<Open>,
}

/// The session, and what this client holds through it.
#[derive(Debug, Default)]
struct Open {
    client: Option<Client>,
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    id: Uuid,
    /// The journal that was begun: its lock, and how many entries it has.
    noting: Option<(Uuid, i64)>,
    /// The connection broke, and the lock could not be taken again.
    is_lost: bool,
}

/// What is read through a session.
type Look<'c, T> = BoxFuture<'c, Result<T, StoreError>>;

/// A client of the state that the settings describe.
///
/// # Errors
/// When something is missing or wrong in the settings.
pub fn open(settings: &Settings, codec: Codec) -> Result<Arc<dyn Store>, StoreError> {
    let database = Database::new(settings)?;
    Ok(Arc::new(PostgresStore { database, codec, open: Mutex::default() }))
}

/// What Terraform keeps in a database under the name of a workspace, as it is: the place, and what stands there.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn text_of(settings: &Settings, name: &str) -> Result<(String, Option<Vec<u8>>), StoreError> {
    let database = Database::of(settings, TERRAFORMS_SCHEMA, name)?;
    let client = database.connect().await?;
    let sql = database.sql("SELECT data FROM {}.states WHERE name = $1");
    let rows = database.rows(&client, &sql, &[&name]).await.map_err(|e| database.failed(e))?;
    let text = rows.first().and_then(|row| row.get::<_, Option<String>>(0));
    Ok((database.place.clone(), text.map(String::into_bytes)))
}

impl PostgresStore {
    fn place(&self) -> &str {
        &self.database.place
    }

    fn failed(&self, trouble: Trouble) -> StoreError {
        self.database.failed(trouble)
    }

    /// The session; a broken one is made again, and its lock taken again if nobody had it since.
    async fn client<'o>(&self, open: &'o mut Open) -> Result<&'o mut Client, StoreError> {
        if open.client.as_ref().is_none_or(Client::is_closed) {
            let client = self.database.connect().await?;
            if let Some(held) = open.held.as_mut().filter(|held| !held.is_lost) {
                held.is_lost = !self.regain(&client, held.id).await?;
            }
            open.client = Some(client);
        }
        Ok(open.client.as_mut().expect("it is there"))
    }

    /// Reads something; once more with another session if this one is broken.
    async fn look<T>(&self, look: for<'c> fn(&'c Self, &'c Client) -> Look<'c, T>) -> Result<T, StoreError> {
        let mut open = self.open.lock().await;
        let client = self.client(&mut open).await?;
        match look(self, client).await {
            Err(error) if *error.kind() == ErrorKind::Unreachable => {
                open.client = None;
                look(self, self.client(&mut open).await?).await
            }
            looked => looked,
        }
    }

    /// After a broken connection: whether the lock is ours again, because nobody had it since.
    async fn regain(&self, client: &Client, id: Uuid) -> Result<bool, StoreError> {
        for _ in 0..ATTEMPTS {
            let holder = self.holder(client).await?;
            if holder.is_none_or(|info| info.id != id) {
                return Ok(false);
            }
            if self.database.try_advisory_lock(client).await.map_err(|e| self.failed(e))? {
                // Nobody can change the row now; it may have changed just before.
                return Ok(self.holder(client).await?.is_some_and(|info| info.id == id));
            }
            // The row is ours, so whoever holds it is our own former session, of which the server has not heard yet.
            self.database.end_holder(client).await.map_err(|e| self.failed(e))?;
            tokio::time::sleep(PAUSE).await;
        }
        Ok(false)
    }

    async fn holder(&self, client: &Client) -> Result<Option<LockInfo>, StoreError> {
        let sql = self.database.sql("SELECT info FROM {}.locks WHERE name = $1");
        match self.database.rows(client, &sql, &[&self.database.name]).await.map_err(|e| self.failed(e))?.first() {
            None => Ok(None),
            Some(row) => {
                let info = serde_json::from_str(row.get(0));
                info.map(Some).map_err(|_| StoreError::lock_damaged(self.place()))
            }
        }
    }

    /// The session of the lock this client holds, if it still does.
    async fn locked<'o>(&self, open: &'o mut Open) -> Result<(&'o mut Client, Uuid), StoreError> {
        let id = open.held.as_ref().ok_or_else(|| StoreError::not_locked(self.place()))?.id;
        let client = self.client(open).await?;
        let holder = match self.holder(client).await {
            Err(error) if *error.kind() == ErrorKind::Unreachable => {
                open.client = None;
                self.holder(self.client(open).await?).await?
            }
            holder => holder?,
        };
        if open.held.as_ref().is_none_or(|held| held.is_lost) || holder.is_none_or(|info| info.id != id) {
            return Err(StoreError::lock_lost(self.place()));
        }
        Ok((self.client(open).await?, id))
    }

    async fn load(&self, client: &Client) -> Result<Option<State>, StoreError> {
        let sql = self.database.sql("SELECT content FROM {}.states WHERE name = $1 ORDER BY serial DESC LIMIT 1");
        let rows = self.database.rows(client, &sql, &[&self.database.name]).await.map_err(|e| self.failed(e))?;
        rows.first().map(|row| self.codec.decode(self.place(), row.get(0), RESTORE)).transpose()
    }

    async fn load_journal(&self, client: &Client) -> Result<Option<Journal>, StoreError> {
        let sql = self.database.sql(
            "SELECT line FROM (SELECT 0 AS number, head AS line, name FROM {}.journals \
             UNION ALL SELECT number, line, name FROM {}.journal_entries) AS lines WHERE name = $1 ORDER BY number",
        );
        let rows = self.database.rows(client, &sql, &[&self.database.name]).await.map_err(|e| self.failed(e))?;
        let text: String = rows.iter().map(|row| row.get::<_, &str>(0)).collect();
        let read = || self.codec.decode_journal(self.place(), text.as_bytes(), "Restore the tables from a copy.");
        (!text.is_empty()).then(read).transpose()
    }

    /// Stores a state under the lock `id`.
    async fn insert(&self, client: &Client, id: Uuid, state: &State) -> Result<(), StoreError> {
        let content = self.codec.encode(self.place(), state)?;
        let serial = i64::try_from(state.serial).map_err(|_| self.failed(Trouble::too_large()))?;
        let sql = self.database.sql(
            "INSERT INTO {}.states (name, serial, content) SELECT $1, $2, $3 \
             WHERE EXISTS (SELECT 1 FROM {}.locks WHERE name = $1 AND id = $4) ON CONFLICT DO NOTHING",
        );
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&self.database.name, &serial, &content, &id.to_string()];
        match self.database.execute(client, &sql, &values).await.map_err(|e| self.failed(e))? {
            1 => Ok(()),
            // A state of that serial is there: ours, if an answer was lost.
            _ if self.load(client).await?.as_ref() == Some(state) => Ok(()),
            _ => Err(StoreError::lock_lost(self.place())),
        }
    }

    async fn note(
        &self,
        client: &Client,
        held: Uuid,
        journal: Uuid,
        number: i64,
        entry: &Entry,
    ) -> Result<(), StoreError> {
        let line = self.codec.entry_line(self.place(), journal, number.unsigned_abs(), entry)?;
        let sql = self.database.sql(
            "INSERT INTO {}.journal_entries (name, number, line) SELECT $1, $2, $3 \
             WHERE EXISTS (SELECT 1 FROM {}.locks WHERE name = $1 AND id = $4)",
        );
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&self.database.name, &number, &line, &held.to_string()];
        match self.database.execute(client, &sql, &values).await.map_err(|e| self.failed(e))? {
            1 => Ok(()),
            _ => Err(StoreError::lock_lost(self.place())),
        }
    }

    /// Whether the journal's last entry is this one: an answer may have been lost.
    async fn is_noted(&self, client: &Client, journal: Uuid, number: i64, entry: &Entry) -> Result<bool, StoreError> {
        let found = self.load_journal(client).await?;
        Ok(found.is_some_and(|j| {
            j.header.lock == journal
                && j.entries.len() as u64 == number.unsigned_abs()
                && j.entries.last() == Some(entry)
        }))
    }

    /// Replaces the journal by another one, or none, under the lock `id`.
    async fn replace_journal(&self, client: &mut Client, id: Uuid, head: Option<String>) -> Result<(), StoreError> {
        let done = self.database.replace_journal(client, id, head).await;
        match done.map_err(|e| self.failed(e))? {
            true => Ok(()),
            false => Err(StoreError::lock_lost(self.place())),
        }
    }

    async fn past(&self, client: &Client) -> Result<Vec<Past>, StoreError> {
        let sql = self.database.sql(
            "SELECT serial, (extract(epoch FROM at) * 1000)::bigint FROM {}.states WHERE name = $1 ORDER BY serial DESC",
        );
        let rows = self.database.rows(client, &sql, &[&self.database.name]).await.map_err(|e| self.failed(e))?;
        let past = |row: &Row| Past {
            serial: row.get::<_, i64>(0).unsigned_abs(),
            at: Timestamp::from_millisecond(row.get(1)).ok(),
        };
        Ok(rows.iter().skip(1).map(past).collect())
    }

    /// Takes the lock with a session that has the advisory one.
    async fn take(&self, client: &Client, info: &LockInfo) -> Result<Option<LockInfo>, StoreError> {
        // What a session left behind that ended without giving it back.
        let left = self.holder(client).await?;
        let json = serde_json::to_string(info).expect("plain data");
        let sql = self.database.sql(
            "INSERT INTO {}.locks (name, id, info) VALUES ($1, $2, $3) \
             ON CONFLICT (name) DO UPDATE SET id = EXCLUDED.id, info = EXCLUDED.info",
        );
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
            [&self.database.name, &info.id.to_string(), &json];
        self.database.execute(client, &sql, &values).await.map_err(|e| self.failed(e))?;
        Ok(left)
    }
}

#[async_trait]
impl Store for PostgresStore {
    fn place(&self) -> String {
        self.database.place.clone()
    }

    async fn read(&self) -> Result<Option<State>, StoreError> {
        self.look(|this, client| Box::pin(this.load(client))).await
    }

    async fn write(&self, state: &State, expected: Option<Revision>) -> Result<(), StoreError> {
        let mut open = self.open.lock().await;
        let (client, id) = self.locked(&mut open).await?;
        let stored = self.load(client).await?;
        match check_write(self.place(), stored.as_ref(), state, expected)? {
            Write::AlreadyStored => Ok(()),
            Write::Needed => self.insert(client, id, state).await,
        }
    }

    async fn journal(&self) -> Result<Option<Journal>, StoreError> {
        self.look(|this, client| Box::pin(this.load_journal(client))).await
    }

    async fn begin(&self, header: &Header) -> Result<(), StoreError> {
        let mut open = self.open.lock().await;
        let (client, id) = self.locked(&mut open).await?;
        let (stored, journal) = (self.load(client).await?, self.load_journal(client).await?);
        check_begin(self.place(), stored.as_ref(), journal.as_ref(), header)?;
        self.replace_journal(client, id, Some(self.codec.header_line(header))).await?;
        if let Some(held) = &mut open.held {
            held.noting = Some((header.lock, 0));
        }
        Ok(())
    }

    async fn append(&self, entry: &Entry) -> Result<(), StoreError> {
        let mut open = self.open.lock().await;
        let held = open.held.as_mut().ok_or_else(|| StoreError::not_locked(self.place()))?;
        let (journal, count) = held.noting.take().ok_or_else(|| StoreError::journal_closed(self.place()))?;
        let (id, number) = (held.id, count + 1);
        if open.held.as_ref().is_some_and(|held| held.is_lost) {
            return Err(StoreError::lock_lost(self.place()));
        }
        let client = self.client(&mut open).await?;
        if let Err(error) = self.note(client, id, journal, number, entry).await {
            if *error.kind() != ErrorKind::Unreachable {
                return Err(error);
            }
            // The connection broke: with the lock regained, it is seen whether the entry arrived, and else sent again.
            open.client = None;
            let (client, _) = self.locked(&mut open).await?;
            if !self.is_noted(client, journal, number, entry).await? {
                self.note(client, id, journal, number, entry).await?;
            }
        }
        if let Some(held) = &mut open.held {
            held.noting = Some((journal, number));
        }
        Ok(())
    }

    async fn end(&self) -> Result<(), StoreError> {
        let mut open = self.open.lock().await;
        let (client, id) = self.locked(&mut open).await?;
        self.replace_journal(client, id, None).await?;
        if let Some(held) = &mut open.held {
            held.noting = None;
        }
        Ok(())
    }

    async fn lock(&self, info: LockInfo) -> Result<Lock, StoreError> {
        let mut open = self.open.lock().await;
        if open.held.is_some() {
            let client = self.client(&mut open).await?;
            if let Some(holder) = self.holder(client).await? {
                return Err(StoreError::locked(self.place(), holder));
            }
            // Somebody released it; with the session goes its advisory lock.
            *open = Open::default();
        }
        let client = self.client(&mut open).await?;
        self.database.prepare(client).await.map_err(|e| self.failed(e))?;
        for _ in 0..ATTEMPTS {
            if self.database.try_advisory_lock(client).await.map_err(|e| self.failed(e))? {
                let taken_over = self.take(client, &info).await?;
                open.held = Some(Held { id: info.id, noting: None, is_lost: false });
                return Ok(Lock { info, taken_over });
            }
            if let Some(holder) = self.holder(client).await? {
                return Err(StoreError::locked(self.place(), holder));
            }
            // Taken, or given back, this very moment.
            tokio::time::sleep(PAUSE).await;
        }
        Err(self.failed(Trouble::busy()))
    }

    async fn unlock(&self, id: Uuid) -> Result<(), StoreError> {
        let mut open = self.open.lock().await;
        let was_mine = open.held.take_if(|held| held.id == id).is_some();
        let client = self.client(&mut open).await?;
        match self.holder(client).await? {
            Some(holder) if holder.id == id => {}
            _ if was_mine => {
                open.client = None;
                return Err(StoreError::lock_lost(self.place()));
            }
            Some(holder) => return Err(StoreError::lock_mismatch(self.place(), id, holder)),
            None => return Err(StoreError::not_locked(self.place())),
        }
        if !was_mine {
            self.database.end_holder(client).await.map_err(|e| self.failed(e))?;
        }
        let sql = self.database.sql("DELETE FROM {}.locks WHERE name = $1 AND id = $2");
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&self.database.name, &id.to_string()];
        self.database.execute(client, &sql, &values).await.map_err(|e| self.failed(e))?;
        if was_mine {
            self.database.advisory_unlock(client).await.map_err(|e| self.failed(e))?;
        }
        Ok(())
    }

    async fn lock_info(&self) -> Result<Option<LockInfo>, StoreError> {
        self.look(|this, client| Box::pin(this.holder(client))).await
    }

    async fn beat(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut open = self.open.lock().await;
        let (client, id) = self.locked(&mut open).await?;
        let info = self.holder(client).await?.ok_or_else(|| StoreError::lock_lost(self.place()))?;
        let json = serde_json::to_string(&LockInfo { heartbeat: now, ..info }).expect("plain data");
        let sql = self.database.sql("UPDATE {}.locks SET info = $3 WHERE name = $1 AND id = $2");
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [&self.database.name, &id.to_string(), &json];
        match self.database.execute(client, &sql, &values).await.map_err(|e| self.failed(e))? {
            1 => Ok(()),
            _ => Err(StoreError::lock_lost(self.place())),
        }
    }

    async fn history(&self) -> Result<Vec<Past>, StoreError> {
        self.look(|this, client| Box::pin(this.past(client))).await
    }

    async fn version(&self, serial: u64) -> Result<State, StoreError> {
        let mut open = self.open.lock().await;
        let client = self.client(&mut open).await?;
        let sql = self.database.sql("SELECT content FROM {}.states WHERE name = $1 AND serial = $2");
        let number = i64::try_from(serial).map_err(|_| StoreError::not_kept(self.place(), serial))?;
        let rows = self.database.rows(client, &sql, &[&self.database.name, &number]).await;
        let rows = rows.map_err(|e: Failed| self.failed(e))?;
        let row = rows.first().ok_or_else(|| StoreError::not_kept(self.place(), serial))?;
        self.codec.decode(self.place(), row.get(0), "Take another one.")
    }
}
