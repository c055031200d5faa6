//! Encryption at rest: what is stored is sealed with a key before it leaves this crate, and opened when it is read.
//!
//! The key is given as 32 bytes, or made of a passphrase by Argon2id. Each text is sealed on its own by
//! XChaCha20-Poly1305 under a fresh nonce, together with what it is for, so that one cannot be put in the place of
//! another. Keys of before still open what was sealed with them; sealed is only with the present one. Must not know
//! where keys come from: they and the random numbers are handed in.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What the `format` field of everything sealed says.
const NAME: &str = "housewright-encrypted";
const VERSION: u64 = 1;
/// How a sealed text begins; nothing else that is stored does.
const BEGINNING: &[u8] = b"{\"format\":\"housewright-encrypted\"";

/// Memory in KiB, passes and lanes of Argon2id for new salts.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// No file makes this program spend more than that.
const MOST: (u32, u32, u32) = (1 << 20, 16, 16);

type Key = Zeroizing<[u8; 32]>;
/// Salt, and memory, passes and lanes.
type Recipe = (Vec<u8>, (u32, u32, u32));

/// Fills a buffer with random bytes.
pub type Random = fn(&mut [u8]);

/// What a key is made of.
pub enum SealKey {
    Passphrase(SecretString),
    Raw(Key),
}

impl SealKey {
    /// A key of 32 bytes, written in Base64.
    ///
    /// # Errors
    /// When it is none; the text is not in the error.
    pub fn from_base64(text: &SecretString) -> Result<Self, InvalidKey> {
        let bytes = Zeroizing::new(STANDARD.decode(text.expose_secret().trim()).map_err(|_| InvalidKey)?);
        <[u8; 32]>::try_from(bytes.as_slice()).map(|key| Self::Raw(Zeroizing::new(key))).map_err(|_| InvalidKey)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is 32 bytes, written in Base64")]
pub struct InvalidKey;

/// Why something sealed cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("it is encrypted, and no key was given")]
    NoKey,
    #[error("it is encrypted with another key, or it was damaged")]
    WrongKey,
    #[error("it is encrypted, and its frame was damaged")]
    Damaged,
    #[error("it is encrypted in format version {found}, and this housewright reads versions up to {VERSION}")]
    Newer { found: u64 },
}

impl SealError {
    /// What to do about it; `None` where only a copy helps.
    pub fn next(&self) -> Option<&'static str> {
        match self {
            Self::NoKey => Some(
                "Set HOUSEWRIGHT_STATE_PASSPHRASE or HOUSEWRIGHT_STATE_KEY to what it was encrypted with, and run again.",
            ),
            Self::WrongKey => Some(
                "Set HOUSEWRIGHT_STATE_PASSPHRASE or HOUSEWRIGHT_STATE_KEY to what it was encrypted with. If the key was \
                 changed, give the one before as HOUSEWRIGHT_STATE_FORMER_PASSPHRASE or HOUSEWRIGHT_STATE_FORMER_KEY. \
                 Nothing was changed.",
            ),
            Self::Newer { .. } => Some("Use the newer housewright that wrote it. It has not been changed."),
            Self::Damaged => None,
        }
    }
}

/// Seals and opens; without keys it leaves everything as it is.
#[derive(Clone, Default)]
pub struct Seal(Option<Arc<Keys>>);

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Seal(with keys)" } else { "Seal(none)" })
    }
}

struct Keys {
    /// The present one first.
    keys: Vec<SealKey>,
    /// What is written is left as it is: everything is to be decrypted for good.
    only_opens: bool,
    random: Random,
    made: Mutex<Made>,
}

/// Keys made of passphrases, which takes a while.
#[derive(Default)]
struct Made {
    keys: BTreeMap<(usize, Recipe), Key>,
    /// What new texts are sealed with: the salt that was read, or one drawn.
    recipe: Option<Recipe>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    format: String,
    version: u64,
    /// Left out when the key itself was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    argon2id: Option<Argon2id>,
    nonce: String,
    data: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Argon2id {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
}

#[derive(Deserialize)]
struct AnyVersion {
    version: u64,
}

impl Seal {
    /// Seals with `present`; opens with that and the `former` ones.
    pub fn new(present: SealKey, former: Vec<SealKey>, random: Random) -> Self {
        let keys = std::iter::once(present).chain(former).collect();
        Self(Some(Arc::new(Keys { keys, only_opens: false, random, made: Mutex::default() })))
    }

    /// Opens what was sealed with the former key, and seals nothing.
    pub fn opening(former: SealKey, random: Random) -> Self {
        Self(Some(Arc::new(Keys { keys: vec![former], only_opens: true, random, made: Mutex::default() })))
    }

    /// Whether what is stored is encrypted.
    pub fn is_active(&self) -> bool {
        self.0.as_ref().is_some_and(|keys| !keys.only_opens)
    }

    /// Seals a text; it can only be opened for the same purpose.
    pub fn seal(&self, purpose: &str, plain: Vec<u8>) -> Vec<u8> {
        match &self.0 {
            None => plain,
            Some(keys) if keys.only_opens => plain,
            Some(keys) => keys.seal(purpose, &Zeroizing::new(plain)),
        }
    }

    /// Opens a sealed text; a plain one stays as it is.
    ///
    /// # Errors
    /// When it is sealed, and no key fits.
    pub fn open(&self, purpose: &str, bytes: Vec<u8>) -> Result<Vec<u8>, SealError> {
        if !bytes.starts_with(BEGINNING) {
            return Ok(bytes);
        }
        let any: AnyVersion = serde_json::from_slice(&bytes).map_err(|_| SealError::Damaged)?;
        if any.version != VERSION {
            return Err(SealError::Newer { found: any.version });
        }
        let sealed: Sealed = serde_json::from_slice(&bytes).map_err(|_| SealError::Damaged)?;
        self.0.as_ref().ok_or(SealError::NoKey)?.open(purpose, &sealed)
    }
}

impl Keys {
    fn made(&self) -> MutexGuard<'_, Made> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seal(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; 24];
        (self.random)(&mut nonce);
        let recipe = matches!(self.keys[0], SealKey::Passphrase(_)).then(|| self.recipe());
        let key = self.key(0, recipe.as_ref()).expect("the cost is one that Argon2 takes");
        let payload = Payload { msg: plain, aad: purpose.as_bytes() };
        let cipher = XChaCha20Poly1305::new((&*key).into());
        let data = cipher.encrypt(&XNonce::from(nonce), payload).expect("a state is not as long as the cipher's limit");
        let argon2id = recipe.map(|(salt, (memory_kib, passes, lanes))| Argon2id {
            memory_kib,
            passes,
            lanes,
            salt: STANDARD.encode(salt),
        });
        let (nonce, data) = (STANDARD.encode(nonce), STANDARD.encode(data));
        let sealed = Sealed { format: NAME.to_owned(), version: VERSION, argon2id, nonce, data };
        serde_json::to_vec(&sealed).expect("plain data")
    }

    /// What new texts are sealed with.
    fn recipe(&self) -> Recipe {
        let mut made = self.made();
        let fresh = || {
            let mut salt = vec![0; 16];
            (self.random)(&mut salt);
            (salt, COST)
        };
        made.recipe.get_or_insert_with(fresh).clone()
    }

    fn open(&self, purpose: &str, sealed: &Sealed) -> Result<Vec<u8>, SealError> {
        let decode = |text: &str| STANDARD.decode(text).map_err(|_| SealError::Damaged);
        let nonce = <[u8; 24]>::try_from(decode(&sealed.nonce)?).map_err(|_| SealError::Damaged)?;
        let data = decode(&sealed.data)?;
        let recipe = match &sealed.argon2id {
            Some(a) => Some((decode(&a.salt)?, (a.memory_kib, a.passes, a.lanes))),
            None => None,
        };
        let costs = recipe.as_ref().map_or(COST, |r| r.1);
        if costs.0 > MOST.0 || costs.1 > MOST.1 || costs.2 > MOST.2 {
            return Err(SealError::Damaged);
        }
        for (index, key) in self.keys.iter().enumerate() {
            if matches!(key, SealKey::Passphrase(_)) != recipe.is_some() {
                continue;
            }
            let key = self.key(index, recipe.as_ref()).ok_or(SealError::Damaged)?;
            let payload = Payload { msg: &data, aad: purpose.as_bytes() };
            if let Ok(plain) = XChaCha20Poly1305::new((&*key).into()).decrypt(&XNonce::from(nonce), payload) {
                if index == 0 && costs == COST {
                    self.made().recipe = recipe;
                }
                return Ok(plain);
            }
        }
        Err(SealError::WrongKey)
    }

    /// `None` when Argon2 refuses the recipe.
    fn key(&self, index: usize, recipe: Option<&Recipe>) -> Option<Key> {
        match (&self.keys[index], recipe) {
            (SealKey::Raw(key), _) => Some(key.clone()),
            (SealKey::Passphrase(_), None) => None,
            (SealKey::Passphrase(passphrase), Some(recipe)) => {
                let mut made = self.made();
                let name = (index, recipe.clone());
                if let Some(key) = made.keys.get(&name) {
                    return Some(key.clone());
                }
                let (salt, (memory, passes, lanes)) = recipe;
                let params = Params::new(*memory, *passes, *lanes, Some(32)).ok()?;
                let mut key = Key::default();
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
                argon2.hash_password_into(passphrase.expose_secret().as_bytes(), salt, &mut *key).ok()?;
                made.keys.insert(name, key.clone());
                Some(key)
            }
        }
    }
}

#[cfg(test)]
mod tests;
