//! The durable memory of housewright.
//!
//! Owns what is remembered between runs ([`State`]), how it is written down ([`mod@format`]), and where it is kept and
//! who may change it ([`Store`] and its backends). Must not know HCL, plans, kinds of resources or the command line:
//! an address is a text here, and values are JSON. Nothing in here reads a clock, draws random numbers, looks at the
//! environment or prints; such facts come in as parameters, and notices go out as data.

pub mod format;
pub mod http;
pub mod journal;
pub mod local;
pub mod memory;
pub mod objects;
pub mod postgres;
pub mod seal;
pub mod settings;
pub mod terraform;

#[cfg(any(test, feature = "conformance"))]
pub mod conformance;

mod codec;
mod error;
mod fields_text;
mod identity;
mod ledger;
mod lock;
mod model;
mod store;

pub use codec::Codec;
pub use error::{ErrorKind, StoreError};
pub use fields_text::FieldsText;
pub use identity::Identity;
pub use ledger::{Ledger, Recovered, current, recover};
pub use local::LocalStore;
pub use lock::{HEARTBEAT, Life, Lock, LockInfo};
pub use memory::{MemoryPlace, MemoryStore};
pub use model::{
    FINGERPRINT_KEY, Fields, InvalidSalt, OutputContent, OutputState, ResourceState, Revision, Salt, State, World,
    as_fingerprint, fingerprint,
};
pub use store::{Past, Store};
