//! Where identifiers and generated passwords come from: a hash of the seed, what is drawn, and how many were drawn
//! before. No ambient randomness, so the same requests give the same world.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The world's source of identifiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draw {
    seed: u64,
    drawn: u64,
}

impl Draw {
    /// A source at its beginning.
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// A new identifier.
    pub fn id(&mut self, what: &str) -> Uuid {
        self.drawn += 1;
        uuid(&self.hash(what, &self.drawn.to_le_bytes(), &[]))
    }

    /// The identifier that always belongs to this name; takes nothing from the source.
    pub fn id_of(&self, what: &str, name: &str) -> Uuid {
        uuid(&self.hash(what, name.as_bytes(), &[]))
    }

    /// Lower-case letters and digits that always belong to this name.
    pub fn label_of(&self, what: &str, name: &str, length: usize) -> String {
        spell(&self.hash(what, name.as_bytes(), &[]), b"abcdefghijklmnopqrstuvwxyz0123456789", length)
    }

    /// Hexadecimal digits that always belong to this name.
    pub fn hex_of(&self, what: &str, name: &str, length: usize) -> String {
        spell(&self.hash(what, name.as_bytes(), &[]), b"0123456789abcdef", length)
    }

    /// A generated password: upper case, lower case, digits and one special sign. It depends on `key`, which is in no
    /// file, so nobody can compute it from the world's files.
    pub fn password(&mut self, key: &[u8]) -> String {
        self.drawn += 1;
        let hash = self.hash("password", &self.drawn.to_le_bytes(), key);
        let body = spell(&hash, b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789", 20);
        format!("{body}_a7B")
    }

    /// A generated API key: its id and its secret, which depends on `key` as passwords do.
    pub fn api_key(&mut self, key: &[u8]) -> (String, String) {
        const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        self.drawn += 1;
        let number = self.drawn.to_le_bytes();
        let id = spell(&self.hash("api-key-id", &number, &[]), SIGNS, 20);
        let secret = spell(&self.hash("api-key-secret", &number, key), SIGNS, 32);
        (id, format!("4b1d{secret}"))
    }

    /// A number below `bound` that depends on `name`, for shuffling.
    pub fn below(&self, what: &str, name: &str, bound: usize) -> usize {
        let hash = self.hash(what, name.as_bytes(), &[]);
        let number = hash.iter().take(8).fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
        usize::try_from(number % (bound.max(1) as u64)).unwrap_or(0)
    }

    fn hash(&self, what: &str, name: &[u8], key: &[u8]) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for part in [&self.seed.to_le_bytes()[..], what.as_bytes(), name, key] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.finalize().into()
    }
}

fn uuid(hash: &[u8; 32]) -> Uuid {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(hash) {
        *to = *from;
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// At most 32 signs, one for each byte of the hash.
fn spell(hash: &[u8; 32], alphabet: &[u8], length: usize) -> String {
    let sign = |byte: &u8| alphabet.get(usize::from(*byte) % alphabet.len()).copied().map_or('a', char::from);
    hash.iter().take(length).map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawing_is_repeatable_and_never_repeats() {
        let (mut one, mut two) = (Draw::new(7), Draw::new(7));
        let first: Vec<_> = (0..100).map(|_| one.id("service")).collect();
        let second: Vec<_> = (0..100).map(|_| two.id("service")).collect();
        assert_eq!(first, second);
        let distinct: std::collections::BTreeSet<_> = first.iter().collect();
        assert_eq!(distinct.len(), 100);
        assert_ne!(Draw::new(8).id("service"), first[0]);
    }

    #[test]
    fn a_password_depends_on_the_key() {
        assert_ne!(Draw::new(1).password(b"a"), Draw::new(1).password(b"b"));
        assert_eq!(Draw::new(1).password(b"a"), Draw::new(1).password(b"a"));
    }
}
