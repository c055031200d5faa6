//! Hashes, UUIDs, and the two functions of cryptography.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs8::DecodePrivateKey;
use rsa::{Pkcs1v15Encrypt, RsaPrivateKey};
use sha2::Digest;
use uuid::Uuid;

use crate::lang::value::Value;

use super::call::{Call, Failure, Result};
use super::encoding::decode_base64;
use super::signature::{Function, Parameter, STRING, number, string};

const TEXT: &[Parameter] = &[string("str")];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("base64sha256", TEXT, STRING, |c| Ok(Value::from(base64sha256(c.text(0).as_bytes())))),
    Function::new("base64sha512", TEXT, STRING, |c| Ok(Value::from(base64sha512(c.text(0).as_bytes())))),
    Function::new("bcrypt", TEXT, STRING, bcrypt).variadic(number("cost")),
    Function::new("md5", TEXT, STRING, |c| Ok(Value::from(md5(c.text(0).as_bytes())))),
    Function::new("rsadecrypt", &[string("ciphertext"), string("privatekey")], STRING, rsadecrypt),
    Function::new("sha1", TEXT, STRING, |c| Ok(Value::from(sha1(c.text(0).as_bytes())))),
    Function::new("sha256", TEXT, STRING, |c| Ok(Value::from(sha256(c.text(0).as_bytes())))),
    Function::new("sha512", TEXT, STRING, |c| Ok(Value::from(sha512(c.text(0).as_bytes())))),
    Function::new("uuid", &[], STRING, uuid),
    Function::new("uuidv5", &[string("namespace"), string("name")], STRING, uuidv5),
];

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

pub(super) fn md5(data: &[u8]) -> String {
    hex(&md5::Md5::digest(data))
}

pub(super) fn sha1(data: &[u8]) -> String {
    hex(&sha1::Sha1::digest(data))
}

pub(super) fn sha256(data: &[u8]) -> String {
    hex(&sha2::Sha256::digest(data))
}

pub(super) fn sha512(data: &[u8]) -> String {
    hex(&sha2::Sha512::digest(data))
}

pub(super) fn base64sha256(data: &[u8]) -> String {
    STANDARD.encode(sha2::Sha256::digest(data))
}

pub(super) fn base64sha512(data: &[u8]) -> String {
    STANDARD.encode(sha2::Sha512::digest(data))
}

fn bcrypt(call: &Call<'_>) -> Result<Value> {
    const DEFAULT_COST: u32 = 10;
    const COSTS: std::ops::RangeInclusive<i64> = 4..=31;
    const MAX_LENGTH: usize = 72;
    let cost = if call.args.len() > 1 { call.integer(1)? } else { i64::from(DEFAULT_COST) };
    if call.args.len() > 2 {
        return Err("bcrypt() takes no more than two arguments".into());
    }
    if call.context.planning {
        return Ok(call.unknown());
    }
    let text = call.text(0);
    if text.len() > MAX_LENGTH {
        return Err("error occured generating password bcrypt: password length exceeds 72 bytes".into());
    }
    if cost > *COSTS.end() {
        let (min, max) = (COSTS.start(), COSTS.end());
        return Err(format!(
            "error occured generating password crypto/bcrypt: cost {cost} is outside allowed range ({min},{max})"
        )
        .into());
    }
    // Too small a cost means the usual one.
    let cost = u32::try_from(cost).ok().filter(|c| COSTS.contains(&i64::from(*c))).unwrap_or(DEFAULT_COST);
    let mut salt = [0; 16];
    call.context.random.fill(&mut salt);
    let hash =
        bcrypt::hash_with_salt(text, cost, salt).map_err(|e| format!("error occured generating password {e}"))?;
    Ok(Value::from(hash.format_for_version(bcrypt::Version::TwoA)))
}

fn rsadecrypt(call: &Call<'_>) -> Result<Value> {
    let text = call.text(0);
    let ciphertext = decode_base64(text)
        .map_err(|_| Failure::at(0, format!("failed to decode input {text:?}: cipher text must be base64-encoded")))?;
    let key = private_key(call.text(1)).map_err(|why| Failure::at(1, why))?;
    let plain = key.decrypt(Pkcs1v15Encrypt, &ciphertext).map_err(|e| format!("failed to decrypt: {e}"))?;
    Ok(Value::from(String::from_utf8_lossy(&plain).into_owned()))
}

/// An RSA key in PEM: PKCS#1 or PKCS#8, not encrypted.
fn private_key(pem: &str) -> std::result::Result<RsaPrivateKey, String> {
    let Some(start) = pem.find("-----BEGIN ") else { return Err("invalid private key: ssh: no key found".to_owned()) };
    let pem = pem.get(start..).unwrap_or_default().trim();
    if pem.starts_with("-----BEGIN RSA PRIVATE KEY-----") {
        return RsaPrivateKey::from_pkcs1_pem(pem).map_err(|e| format!("invalid private key: {e}"));
    }
    if pem.starts_with("-----BEGIN PRIVATE KEY-----") {
        return RsaPrivateKey::from_pkcs8_pem(pem).map_err(|e| format!("invalid private key: {e}"));
    }
    Err("invalid private key: only unencrypted RSA keys in PKCS#1 or PKCS#8 form can be used".to_owned())
}

fn uuid(call: &Call<'_>) -> Result<Value> {
    if call.context.planning {
        return Ok(call.unknown());
    }
    let mut bytes = [0; 16];
    call.context.random.fill(&mut bytes);
    Ok(Value::from(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()))
}

fn uuidv5(call: &Call<'_>) -> Result<Value> {
    let namespace = match call.text(0) {
        "dns" => Uuid::NAMESPACE_DNS,
        "url" => Uuid::NAMESPACE_URL,
        "oid" => Uuid::NAMESPACE_OID,
        "x500" => Uuid::NAMESPACE_X500,
        other => Uuid::try_parse(other).map_err(|e| format!("uuidv5() doesn't support namespace {other} ({e})"))?,
    };
    Ok(Value::from(Uuid::new_v5(&namespace, call.text(1).as_bytes()).to_string()))
}
