//! `textencodebase64` and `textdecodebase64`: character encodings by their IANA names.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use encoding_rs::Encoding;

use crate::lang::value::Value;

use super::call::{Call, Failure, Result};
use super::encoding::decode_base64;

/// How an encoding is carried out.
#[derive(Clone, Copy)]
enum Codec {
    Ascii,
    Latin1,
    /// As Latin 1 but for six Turkish letters.
    Latin5,
    Utf8,
    /// Big-endian with a byte order mark, which decides when reading.
    Utf16,
    Utf16Be,
    Utf16Le,
    /// Without control characters above ASCII.
    Table(&'static Encoding),
}

/// An encoding: its IANA name, and all names it is known by, in small letters.
struct Charset {
    name: &'static str,
    aliases: &'static [&'static str],
    codec: Codec,
}

const fn charset(name: &'static str, codec: Codec, aliases: &'static [&'static str]) -> Charset {
    Charset { name, aliases, codec }
}

const fn table(name: &'static str, encoding: &'static Encoding, aliases: &'static [&'static str]) -> Charset {
    charset(name, Codec::Table(encoding), aliases)
}

/// Source: the IANA registry of character sets.
#[rustfmt::skip]
static CHARSETS: [Charset; 39] = [
    charset("US-ASCII", Codec::Ascii, &["us-ascii", "iso-ir-6", "ansi_x3.4-1968", "ansi_x3.4-1986", "iso_646.irv:1991", "iso646-us", "us", "ibm367", "cp367", "csascii"]),
    charset("UTF-8", Codec::Utf8, &["utf-8", "csutf8"]),
    charset("UTF-16", Codec::Utf16, &["utf-16", "csutf16"]),
    charset("UTF-16BE", Codec::Utf16Be, &["utf-16be", "csutf16be"]),
    charset("UTF-16LE", Codec::Utf16Le, &["utf-16le", "csutf16le"]),
    charset("ISO_8859-1:1987", Codec::Latin1, &["iso_8859-1:1987", "iso-8859-1", "iso_8859-1", "iso-ir-100", "latin1", "l1", "ibm819", "cp819", "csisolatin1"]),
    charset("ISO_8859-9:1989", Codec::Latin5, &["iso_8859-9:1989", "iso-8859-9", "iso_8859-9", "iso-ir-148", "latin5", "l5", "csisolatin5"]),
    table("ISO_8859-2:1987", encoding_rs::ISO_8859_2, &["iso_8859-2:1987", "iso-8859-2", "iso_8859-2", "iso-ir-101", "latin2", "l2", "csisolatin2"]),
    table("ISO_8859-3:1988", encoding_rs::ISO_8859_3, &["iso_8859-3:1988", "iso-8859-3", "iso_8859-3", "iso-ir-109", "latin3", "l3", "csisolatin3"]),
    table("ISO_8859-4:1988", encoding_rs::ISO_8859_4, &["iso_8859-4:1988", "iso-8859-4", "iso_8859-4", "iso-ir-110", "latin4", "l4", "csisolatin4"]),
    table("ISO_8859-5:1988", encoding_rs::ISO_8859_5, &["iso_8859-5:1988", "iso-8859-5", "iso_8859-5", "iso-ir-144", "cyrillic", "csisolatincyrillic"]),
    table("ISO_8859-6:1987", encoding_rs::ISO_8859_6, &["iso_8859-6:1987", "iso-8859-6", "iso_8859-6", "iso-ir-127", "ecma-114", "asmo-708", "arabic", "csisolatinarabic", "iso_8859-6-e", "iso-8859-6-e", "iso_8859-6-i", "iso-8859-6-i"]),
    table("ISO_8859-7:1987", encoding_rs::ISO_8859_7, &["iso_8859-7:1987", "iso-8859-7", "iso_8859-7", "iso-ir-126", "elot_928", "ecma-118", "greek", "greek8", "csisolatingreek"]),
    table("ISO_8859-8:1988", encoding_rs::ISO_8859_8, &["iso_8859-8:1988", "iso-8859-8", "iso_8859-8", "iso-ir-138", "hebrew", "csisolatinhebrew", "iso_8859-8-e", "iso-8859-8-e"]),
    table("ISO_8859-8-I", encoding_rs::ISO_8859_8_I, &["iso_8859-8-i", "iso-8859-8-i", "csiso88598i"]),
    table("ISO-8859-10", encoding_rs::ISO_8859_10, &["iso-8859-10", "iso-ir-157", "iso_8859-10:1992", "latin6", "l6", "csisolatin6"]),
    table("ISO-8859-13", encoding_rs::ISO_8859_13, &["iso-8859-13", "csiso885913"]),
    table("ISO-8859-14", encoding_rs::ISO_8859_14, &["iso-8859-14", "iso-ir-199", "iso_8859-14:1998", "iso_8859-14", "latin8", "iso-celtic", "l8", "csiso885914"]),
    table("ISO-8859-15", encoding_rs::ISO_8859_15, &["iso-8859-15", "iso_8859-15", "latin-9", "csiso885915"]),
    table("ISO-8859-16", encoding_rs::ISO_8859_16, &["iso-8859-16", "iso-ir-226", "iso_8859-16:2001", "iso_8859-16", "latin10", "l10", "csiso885916"]),
    table("IBM866", encoding_rs::IBM866, &["ibm866", "cp866", "866", "csibm866"]),
    table("KOI8-R", encoding_rs::KOI8_R, &["koi8-r", "cskoi8r"]),
    table("KOI8-U", encoding_rs::KOI8_U, &["koi8-u", "cskoi8u"]),
    table("macintosh", encoding_rs::MACINTOSH, &["macintosh", "mac", "csmacintosh"]),
    table("windows-874", encoding_rs::WINDOWS_874, &["windows-874", "cswindows874"]),
    table("windows-1250", encoding_rs::WINDOWS_1250, &["windows-1250", "cswindows1250"]),
    table("windows-1251", encoding_rs::WINDOWS_1251, &["windows-1251", "cswindows1251"]),
    table("windows-1252", encoding_rs::WINDOWS_1252, &["windows-1252", "cswindows1252"]),
    table("windows-1253", encoding_rs::WINDOWS_1253, &["windows-1253", "cswindows1253"]),
    table("windows-1254", encoding_rs::WINDOWS_1254, &["windows-1254", "cswindows1254"]),
    table("windows-1255", encoding_rs::WINDOWS_1255, &["windows-1255", "cswindows1255"]),
    table("windows-1256", encoding_rs::WINDOWS_1256, &["windows-1256", "cswindows1256"]),
    table("windows-1257", encoding_rs::WINDOWS_1257, &["windows-1257", "cswindows1257"]),
    table("windows-1258", encoding_rs::WINDOWS_1258, &["windows-1258", "cswindows1258"]),
    table("Shift_JIS", encoding_rs::SHIFT_JIS, &["shift_jis", "ms_kanji", "csshiftjis"]),
    table("Extended_UNIX_Code_Packed_Format_for_Japanese", encoding_rs::EUC_JP, &["extended_unix_code_packed_format_for_japanese", "euc-jp", "cseucpkdfmtjapanese"]),
    table("ISO-2022-JP", encoding_rs::ISO_2022_JP, &["iso-2022-jp", "csiso2022jp"]),
    table("EUC-KR", encoding_rs::EUC_KR, &["euc-kr", "cseuckr"]),
    table("Big5", encoding_rs::BIG5, &["big5", "csbig5"]),
];

/// The Chinese encodings, of which one includes the other.
#[rustfmt::skip]
static CHINESE: [Charset; 2] = [
    table("GBK", encoding_rs::GBK, &["gbk", "cp936", "ms936", "windows-936", "csgbk"]),
    table("GB18030", encoding_rs::GB18030, &["gb18030", "csgb18030"]),
];

/// The Turkish letters of Latin 5 and what Latin 1 has in their places.
const LATIN5: [(u8, char); 6] = [(0xD0, 'Ğ'), (0xDD, 'İ'), (0xDE, 'Ş'), (0xF0, 'ğ'), (0xFD, 'ı'), (0xFE, 'ş')];

fn find(name: &str) -> Result<&'static Charset> {
    let wanted = name.trim().to_lowercase();
    CHARSETS.iter().chain(&CHINESE).find(|c| c.aliases.contains(&wanted.as_str())).ok_or_else(|| {
        let why = format!("{name:?} is not a supported IANA encoding name or alias in this Terraform version");
        Failure::at(1, why)
    })
}

pub(super) fn textencodebase64(call: &Call<'_>) -> Result<Value> {
    let charset = find(call.text(1))?;
    match charset.codec.encode(call.text(0)) {
        Some(bytes) => Ok(Value::from(STANDARD.encode(bytes))),
        None => {
            let why = format!("the given string contains characters that cannot be represented in {}", charset.name);
            Err(Failure::at(0, why))
        }
    }
}

pub(super) fn textdecodebase64(call: &Call<'_>) -> Result<Value> {
    let charset = find(call.text(1))?;
    let bytes = decode_base64(call.text(0))
        .map_err(|at| Failure::at(0, format!("the given value is has an invalid base64 symbol at offset {at}")))?;
    match charset.codec.decode(&bytes).filter(|text| !text.contains(char::REPLACEMENT_CHARACTER)) {
        Some(text) => Ok(Value::from(text)),
        None => {
            let why = format!("the given string contains symbols that are not defined for {}", charset.name);
            Err(Failure::at(0, why))
        }
    }
}

impl Codec {
    /// `None` when a character does not exist in the encoding.
    fn encode(self, text: &str) -> Option<Vec<u8>> {
        let by_byte = |byte: fn(char) -> Option<u8>| text.chars().map(byte).collect();
        match self {
            Self::Utf8 => Some(text.as_bytes().to_vec()),
            Self::Ascii => by_byte(|c| u8::try_from(c).ok().filter(u8::is_ascii)),
            Self::Latin1 => by_byte(|c| u8::try_from(c).ok()),
            Self::Latin5 => by_byte(|c| match LATIN5.iter().find(|(_, l)| *l == c) {
                Some((byte, _)) => Some(*byte),
                None => u8::try_from(c).ok().filter(|b| LATIN5.iter().all(|(l, _)| l != b)),
            }),
            Self::Utf16 => {
                Some([0xFE, 0xFF].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect())
            }
            Self::Utf16Be => Some(text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
            Self::Utf16Le => Some(text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
            Self::Table(_) if text.contains(is_upper_control) => None,
            Self::Table(encoding) => {
                let (bytes, _, unmappable) = encoding.encode(text);
                (!unmappable).then(|| bytes.into_owned())
            }
        }
    }

    /// `None` when the bytes stand for nothing.
    fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Self::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Self::Ascii => bytes.is_ascii().then(|| bytes.iter().map(|b| char::from(*b)).collect()),
            Self::Latin1 => Some(bytes.iter().map(|b| char::from(*b)).collect()),
            Self::Latin5 => Some(
                bytes.iter().map(|b| LATIN5.iter().find(|(l, _)| l == b).map_or(char::from(*b), |(_, c)| *c)).collect(),
            ),
            Self::Utf16 => match bytes {
                [0xFF, 0xFE, rest @ ..] => decode_utf16(rest, u16::from_le_bytes),
                [0xFE, 0xFF, rest @ ..] => decode_utf16(rest, u16::from_be_bytes),
                rest => decode_utf16(rest, u16::from_be_bytes),
            },
            Self::Utf16Be => decode_utf16(bytes, u16::from_be_bytes),
            Self::Utf16Le => decode_utf16(bytes, u16::from_le_bytes),
            Self::Table(encoding) => encoding
                .decode_without_bom_handling_and_without_replacement(bytes)
                .filter(|text| !text.contains(is_upper_control))
                .map(|text| text.into_owned()),
        }
    }
}

fn is_upper_control(c: char) -> bool {
    ('\u{80}'..='\u{9F}').contains(&c)
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    String::from_utf16(&pairs.iter().map(|pair| unit(*pair)).collect::<Vec<_>>()).ok()
}
