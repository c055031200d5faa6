//! From what the program works on to the bytes a backend keeps: written down, and sealed when a key was given.

use uuid::Uuid;

use crate::error::StoreError;
use crate::format::{self, DecodeError};
use crate::journal::{self, Entry, Header, Journal};
use crate::model::State;
use crate::seal::Seal;

/// What a state is sealed for.
const STATE: &str = "state";

/// How a backend writes states and journals.
#[derive(Debug, Clone, Default)]
pub struct Codec {
    seal: Seal,
}

impl Codec {
    pub fn new(seal: Seal) -> Self {
        Self { seal }
    }

    pub(crate) fn encode(&self, place: &str, state: &State) -> Result<Vec<u8>, StoreError> {
        let plain = format::encode(state).map_err(|e| StoreError::unencodable(place, e))?;
        Ok(self.seal.seal(STATE, plain))
    }

    /// `restore` says how the previous version is got back.
    pub(crate) fn decode(&self, place: &str, bytes: Vec<u8>, restore: &str) -> Result<State, StoreError> {
        let plain = self.seal.open(STATE, bytes).map_err(DecodeError::Sealed);
        let decoded = plain.and_then(|plain| format::decode(&plain));
        decoded.map_err(|e| StoreError::undecodable(place, e, restore))
    }

    pub(crate) fn header_line(&self, header: &Header) -> String {
        journal::header_line(header, &self.seal)
    }

    /// The line of the `number`th entry of the journal that was begun under `lock`.
    pub(crate) fn entry_line(&self, place: &str, lock: Uuid, number: u64, entry: &Entry) -> Result<String, StoreError> {
        journal::entry_line(lock, number, entry, &self.seal).map_err(|e| StoreError::unencodable(place, e))
    }

    /// `restore` says what can be done with the journal where it is kept.
    pub(crate) fn decode_journal(&self, place: &str, bytes: &[u8], restore: &str) -> Result<Journal, StoreError> {
        journal::decode(bytes, &self.seal).map_err(|e| StoreError::journal_damaged(place, e, restore))
    }
}
