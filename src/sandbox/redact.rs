//! Removing secrets from request bodies: once for showing them, once for running them again.
//!
//! A field is secret by its name, so that a secret in a field the API does not know stays out of the files as well.

use std::borrow::Cow;

use base64::Engine as _;
use bytes::Bytes;
use serde_json::{Map, Value};

/// What stands in the place of a secret.
const SECRET: &str = "(secret)";

/// Parts of field names that mark a secret, in lower case.
const MARKS: [&str; 7] =
    ["password", "hash", "secret", "token", "credential", "connectionstring", "backupencryptionconfig"];

/// Object with the hashes of a new API key, and their names in it.
const HASH_DATA: &str = "hashData";
const KEY_HASHES: [&str; 2] = ["keyIdHash", "keySecretHash"];

/// The body as people may see it: `Null` when empty.
pub fn for_display(body: &[u8]) -> Value {
    match body {
        [] => Value::Null,
        body => match serde_json::from_slice(body) {
            Ok(value) => replace(value, &|_, _| Some(Value::from(SECRET))),
            Err(_) => Value::from("(not JSON)"),
        },
    }
}

/// A body that leads to the same world and holds no secret: each one is replaced by a worthless one of its form. The
/// hashes of an API key are closed by `seal` instead, because the key shall be recognised later.
pub fn for_replay(body: &[u8], seal: &dyn Fn(&[u8]) -> String) -> Bytes {
    match body {
        [] => Bytes::new(),
        body => match serde_json::from_slice(body) {
            Ok(value) => Bytes::from(replace(value, &|name, value| stand_in(name, value, seal)).to_string()),
            Err(_) => Bytes::from_static(b"(not JSON)"),
        },
    }
}

/// A target whose query holds no secret. No operation takes one there, but somebody may put it there by mistake.
pub fn target(target: &str) -> Cow<'_, str> {
    let Some((path, query)) = target.split_once('?') else { return Cow::Borrowed(target) };
    let holds_one = |pair: &str| pair.split_once('=').is_some_and(|(name, _)| is_secret(name));
    if !query.split('&').any(holds_one) {
        return Cow::Borrowed(target);
    }
    let clean = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}={SECRET}"),
        _ => pair.to_owned(),
    };
    let pairs: Vec<String> = query.split('&').map(clean).collect();
    Cow::Owned(format!("{path}?{}", pairs.join("&")))
}

/// Replaces each secret; where `with` gives nothing, what is in it is looked through.
fn replace(value: Value, with: &dyn Fn(&str, &Value) -> Option<Value>) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(|item| replace(item, with)).collect(),
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .map(|(name, value)| {
                    let secret = is_secret(&name) && !value.is_null();
                    let value = match secret.then(|| with(&name, &value)).flatten() {
                        Some(other) => other,
                        None => replace(value, with),
                    };
                    (name, value)
                })
                .collect(),
        ),
        other => other,
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    MARKS.iter().any(|mark| name.contains(mark))
}

/// A value of the same type, and of the same form where a rule looks at the form.
fn stand_in(name: &str, value: &Value, seal: &dyn Fn(&[u8]) -> String) -> Option<Value> {
    let base64 = base64::engine::general_purpose::STANDARD;
    if name == HASH_DATA && value.is_object() {
        return None;
    }
    let worthless = match value {
        Value::Null => Value::Null,
        Value::Bool(_) => Value::from(false),
        Value::Number(_) => Value::from(0),
        Value::Array(_) => Value::Array(Vec::new()),
        Value::Object(_) => Value::Object(Map::new()),
        Value::String(text) if KEY_HASHES.contains(&name) => match base64.decode(text) {
            Ok(bytes) if bytes.len() == 32 => Value::from(seal(&bytes)),
            _ => Value::from(SECRET),
        },
        Value::String(text) if base64.decode(text).is_ok_and(|bytes| bytes.len() == 32) => {
            Value::from(base64.encode([0_u8; 32]))
        }
        Value::String(text) if text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Value::from("0".repeat(40))
        }
        Value::String(_) => Value::from(SECRET),
    };
    Some(worthless)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unsealed(_: &[u8]) -> String {
        panic!("this is no hash of a key")
    }

    #[test]
    fn the_hashes_of_a_key_are_sealed_and_nothing_else_is() {
        let base64 = base64::engine::general_purpose::STANDARD;
        let hash = base64.encode([7_u8; 32]);
        let body = format!(r#"{{"hashData":{{"keyIdHash":"{hash}","keyIdSuffix":"abcd","keySecretHash":"no"}}}}"#);
        let again = for_replay(body.as_bytes(), &|digest| format!("sealed {}", digest.len()));
        let again: Value = serde_json::from_slice(&again).unwrap();
        assert_eq!(again["hashData"]["keyIdHash"], "sealed 32");
        assert_eq!(again["hashData"]["keySecretHash"], SECRET);
        assert_eq!(again["hashData"]["keyIdSuffix"], "abcd");
        assert!(!for_display(body.as_bytes()).to_string().contains(&hash));
    }

    #[test]
    fn secrets_go_wherever_they_are_and_their_form_stays() {
        let hash = base64::engine::general_purpose::STANDARD.encode([7_u8; 32]);
        let body = format!(r#"{{"newPasswordHash":"{hash}","nested":[{{"clientSecret":"hunter2","name":"kept"}}]}}"#);
        let shown = for_display(body.as_bytes()).to_string();
        let again = String::from_utf8(for_replay(body.as_bytes(), &unsealed).to_vec()).unwrap();
        for text in [&shown, &again] {
            assert!(!text.contains(&hash) && !text.contains("hunter2"), "{text}");
            assert!(text.contains("kept"), "{text}");
        }
        assert!(again.contains(&base64::engine::general_purpose::STANDARD.encode([0_u8; 32])), "{again}");
        assert_eq!(target("/v1/x?filter=a&apiSecret=hunter2"), "/v1/x?filter=a&apiSecret=(secret)");
        assert_eq!(target("/v1/x?filter=a%20b"), "/v1/x?filter=a%20b");
        assert_eq!(for_display(b"hunter2"), "(not JSON)");
        assert_eq!(&for_replay(b"hunter2", &unsealed)[..], b"(not JSON)");
    }
}
