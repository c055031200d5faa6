//! Functions that encode and decode: Base64, JSON, CSV, URLs.

mod csv;

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use flate2::{Compress, Compression, FlushCompress};

use crate::lang::value::{Data, Marks, Type, Value};

use super::call::{Call, Failure, Result, shown};
use super::signature::{Function, Parameter, Returns, STRING, any, string};
use super::text_encoding;

/// Bits that the last character has too many do not matter.
const LENIENT: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

const TEXT: &[Parameter] = &[string("str")];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("base64decode", &[string("str").marked().unknown()], STRING, base64decode),
    Function::new("base64encode", TEXT, STRING, |c| Ok(Value::from(STANDARD.encode(c.text(0))))),
    Function::new("base64gzip", TEXT, STRING, base64gzip),
    Function::new("csvdecode", TEXT, Returns::From(csv::result_type), csv::decode),
    Function::new("jsondecode", TEXT, Returns::From(json_type), jsondecode).maybe_null(),
    Function::new("jsonencode", &[any("val").nullable().unknown().untyped()], STRING, jsonencode),
    Function::new("textdecodebase64", &[string("source"), string("encoding")], STRING, text_encoding::textdecodebase64),
    Function::new("textencodebase64", &[string("string"), string("encoding")], STRING, text_encoding::textencodebase64),
    Function::new("urlencode", TEXT, STRING, |c| Ok(Value::from(urlencode(c.text(0))))),
];

/// The bytes of Base64 text; line breaks in it do not count. Otherwise where the first wrong character stands.
pub(super) fn decode_base64(text: &str) -> std::result::Result<Vec<u8>, usize> {
    let mut compact = String::with_capacity(text.len());
    let mut positions = Vec::with_capacity(text.len());
    for (i, c) in text.char_indices().filter(|(_, c)| !matches!(c, '\r' | '\n')) {
        compact.push(c);
        positions.push(i);
    }
    LENIENT.decode(&compact).map_err(|e| match e {
        base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol { offset: at, .. } => {
            positions.get(at).copied().unwrap_or(text.len())
        }
        _ => text.len(),
    })
}

fn base64decode(call: &Call<'_>) -> Result<Value> {
    let arg = call.arg(0);
    if !arg.is_known() {
        return Ok(call.unknown().with_marks(arg.marks));
    }
    let text = call.text(0);
    let bytes = decode_base64(text).map_err(|_| format!("failed to decode base64 data {}", shown(text, arg.marks)))?;
    match String::from_utf8(bytes) {
        Ok(decoded) => Ok(Value::from(decoded).with_marks(arg.marks)),
        Err(_) => Err("the result of decoding the provided string is not valid UTF-8".into()),
    }
}

fn base64gzip(call: &Call<'_>) -> Result<Value> {
    Ok(Value::from(STANDARD.encode(gzip(call.text(0).as_bytes())?)))
}

/// A gzip member without name and time, so that equal input gives equal output. The data ends with a flush and an empty
/// stored block.
fn gzip(data: &[u8]) -> Result<Vec<u8>> {
    const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    const EMPTY_LAST_BLOCK: [u8; 5] = [1, 0, 0, 0xff, 0xff];
    let mut out = HEADER.to_vec();
    out.append(&mut deflate(data)?);
    out.extend(EMPTY_LAST_BLOCK);
    let mut crc = flate2::Crc::new();
    crc.update(data);
    out.extend(crc.sum().to_le_bytes());
    out.extend((data.len() as u32).to_le_bytes());
    Ok(out)
}

/// Compressed, up to and with a flush.
fn deflate(data: &[u8]) -> Result<Vec<u8>> {
    let mut compress = Compress::new(Compression::default(), false);
    let mut out = Vec::with_capacity(data.len() + 64);
    loop {
        let done = usize::try_from(compress.total_in()).unwrap_or(usize::MAX);
        let rest = data.get(done..).unwrap_or_default();
        let space = out.capacity() - out.len();
        compress
            .compress_vec(rest, &mut out, FlushCompress::Sync)
            .map_err(|e| format!("failed to write gzip raw data: {e}"))?;
        let all_read = compress.total_in() == data.len() as u64;
        // A full buffer means there may be more to come.
        if all_read && (out.len() < out.capacity() || space == 0) {
            return Ok(out);
        }
        out.reserve(64 + data.len() / 2);
    }
}

fn urlencode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte),
            b' ' => out.push(b'+'),
            // Writing to a Vec cannot fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// What the first character of a document tells when the rest is not known yet.
fn json_type(args: &[Value]) -> Result<Type> {
    let Some(text) = args.first().filter(|a| !a.is_known()) else { return Ok(Type::Any) };
    let prefix = text.refinement().map(|r| r.prefix.clone()).unwrap_or_default();
    match prefix.trim().chars().next() {
        Some('"') => Ok(Type::String),
        Some('t' | 'f') => Ok(Type::Bool),
        Some('-' | '.' | '0'..='9') => Ok(Type::Number),
        Some('{' | '[' | 'n') | None => Ok(Type::Any),
        Some(c) => Err(Failure::at(0, format!("a JSON document cannot begin with the character {c:?}"))),
    }
}

fn jsondecode(call: &Call<'_>) -> Result<Value> {
    Value::parse_json(call.text(0)).map_err(|e| e.to_string().into())
}

fn jsonencode(call: &Call<'_>) -> Result<Value> {
    let value = call.arg(0);
    debug_assert_eq!(value.marks, Marks::NONE);
    if value.is_wholly_known() {
        return value.to_json_text().map(Value::from).map_err(|e| e.to_string().into());
    }
    let unknown = Value::unknown(Type::String);
    if !value.is_not_null() {
        return Ok(unknown);
    }
    let prefix = match (&value.data, value.ty()) {
        (_, Type::String) => "\"",
        (_, Type::Object(_) | Type::Map(_)) => "{",
        (_, Type::Tuple(_) | Type::List(_) | Type::Set(_)) => "[",
        (Data::Unknown(_), _) => "",
        _ => "",
    };
    Ok(unknown.refine_prefix_full(prefix))
}
