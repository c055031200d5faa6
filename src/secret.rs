//! Fingerprints: how a changed secret is noticed without keeping the secret.
//!
//! Slow on purpose (Argon2id, some ten milliseconds each), salted per state, and computed once for equal inputs.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use sha2::{Digest, Sha256};

/// Computes the fingerprints of one state.
pub struct Fingerprints {
    salt: [u8; 16],
    /// By a plain digest of the secret, so that no secret is kept.
    known: Mutex<HashMap<[u8; 32], String>>,
}

impl Fingerprints {
    pub fn new(salt: [u8; 16]) -> Self {
        Self { salt, known: Mutex::default() }
    }

    /// The fingerprint of a secret: 32 bytes in Base64.
    pub fn of(&self, secret: &str) -> String {
        let digest: [u8; 32] = Sha256::new().chain_update(self.salt).chain_update(secret).finalize().into();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(digest).or_insert_with(|| slow(secret, &self.salt)).clone()
    }
}

/// 8 MiB of memory and two passes: about ten milliseconds on a small machine.
fn slow(secret: &str, salt: &[u8; 16]) -> String {
    let params = Params::new(8 * 1024, 2, 1, Some(32)).expect("the parameters are within Argon2's bounds");
    let mut out = [0; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(secret.as_bytes(), salt, &mut out)
        .expect("salt and output lengths are within Argon2's bounds");
    base64::engine::general_purpose::STANDARD.encode(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_depend_on_secret_and_salt_alone() {
        let (a, b) = (Fingerprints::new([1; 16]), Fingerprints::new([2; 16]));
        assert_eq!(a.of("one"), Fingerprints::new([1; 16]).of("one"));
        assert_ne!(a.of("one"), a.of("two"));
        assert_ne!(a.of("one"), b.of("one"));
    }
}
