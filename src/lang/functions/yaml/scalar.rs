//! What a YAML scalar stands for: the rules of YAML 1.1 for plain text, but integers are decimal, octal with `0o` or
//! hexadecimal.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dashu_int::IBig;
use jiff::civil::Date;
use libyaml_safer::{BOOL_TAG, FLOAT_TAG, INT_TAG, NULL_TAG, STR_TAG, ScalarStyle, TIMESTAMP_TAG};

use crate::lang::value::{Number, Type, Value};

const BINARY_TAG: &str = "tag:yaml.org,2002:binary";

const TRUE: [&str; 11] = ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"];
const FALSE: [&str; 11] = ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"];
const NULL: [&str; 5] = ["", "~", "null", "Null", "NULL"];
const INFINITE: [&str; 6] = [".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"];
const MINUS_INFINITE: [&str; 3] = ["-.inf", "-.Inf", "-.INF"];
const NOT_A_NUMBER: [&str; 3] = [".nan", ".NaN", ".NAN"];

/// What a scalar stands for.
pub(super) enum Resolved {
    Value(Value),
    /// `<<` as a key: another mapping is merged in.
    Merge,
}

type Result<T> = std::result::Result<T, String>;

/// # Errors
/// When the tag is none of plain data, or the text does not fit it.
pub(super) fn resolve(tag: Option<&str>, text: &str, style: ScalarStyle) -> Result<Resolved> {
    let tag = tag.unwrap_or_default();
    if !["", STR_TAG, BOOL_TAG, INT_TAG, FLOAT_TAG, NULL_TAG, TIMESTAMP_TAG, BINARY_TAG].contains(&tag) {
        return Err(format!("unsupported tag {tag:?}"));
    }
    if starts_specially(text) && tag != STR_TAG && tag != BINARY_TAG {
        if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) {
            return Ok(Resolved::Value(Value::from(text)));
        }
        if let Some(value) = word(text) {
            return Ok(Resolved::Value(value));
        }
        if tag.is_empty() && NOT_A_NUMBER.contains(&text) {
            return Err("floating point NaN is not supported".to_owned());
        }
        if let Some(value) = number_or_time(tag, text)? {
            return Ok(Resolved::Value(value));
        }
    }
    if tag.is_empty() && text == "<<" {
        return Ok(Resolved::Merge);
    }
    tagged(tag, text).map(Resolved::Value)
}

/// Whether the first character can begin something else than a string.
fn starts_specially(text: &str) -> bool {
    text.chars().next().is_none_or(|c| c.is_ascii_digit() || "+-.yYnNtTfFoO~".contains(c))
}

fn word(text: &str) -> Option<Value> {
    if TRUE.contains(&text) {
        Some(Value::bool(true))
    } else if FALSE.contains(&text) {
        Some(Value::bool(false))
    } else if NULL.contains(&text) {
        Some(Value::null(Type::Any))
    } else if INFINITE.contains(&text) {
        Some(Value::number(Number::infinity(false)))
    } else if MINUS_INFINITE.contains(&text) {
        Some(Value::number(Number::infinity(true)))
    } else {
        None
    }
}

/// Plain text that looks like a number or a time; whatever its tag says then.
fn number_or_time(tag: &str, text: &str) -> Result<Option<Value>> {
    match text.chars().next() {
        Some('.') => Ok(Number::parse(text).map(Value::number)),
        Some('+' | '-' | '0'..='9') => {
            if (tag.is_empty() || tag == TIMESTAMP_TAG)
                && let Some(time) = timestamp(text)
            {
                return Ok(Some(Value::from(time)));
            }
            if is_integer(text) {
                return number(INT_TAG, text).map(Some);
            }
            if is_float(text) { number(FLOAT_TAG, text).map(Some) } else { Ok(None) }
        }
        _ => Ok(None),
    }
}

fn all_digits(text: &str, radix: u32) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_digit(radix))
}

fn is_integer(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    all_digits(unsigned, 10)
        || text.strip_prefix("0o").is_some_and(|d| all_digits(d, 8))
        || text.strip_prefix("0x").is_some_and(|d| all_digits(d, 16))
}

fn is_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => all_digits(fraction, 10),
        Some((whole, fraction)) => all_digits(whole, 10) && (fraction.is_empty() || all_digits(fraction, 10)),
        None => all_digits(mantissa, 10),
    };
    mantissa_fits && exponent.is_none_or(|e| all_digits(e, 10))
}

/// A number without its underscores, in any notation.
fn number(tag: &str, text: &str) -> Result<Value> {
    let plain = text.replace('_', "");
    Number::parse(&plain)
        .or_else(|| prefixed_integer(&plain))
        .map(Value::number)
        .ok_or_else(|| format!("cannot parse {text:?} as {tag}"))
}

/// An integer of 64 bits with `0x`, `0o` or `0b`.
fn prefixed_integer(text: &str) -> Option<Number> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.get(..2)?.to_ascii_lowercase().as_str() {
        "0x" => (16, digits.get(2..)?),
        "0o" => (8, digits.get(2..)?),
        "0b" => (2, digits.get(2..)?),
        _ => return None,
    };
    let magnitude = u64::from_str_radix(digits, radix).ok().filter(|_| all_digits(digits, radix))?;
    Some(Number::from_integer(IBig::from(magnitude) * IBig::from(sign)))
}

fn tagged(tag: &str, text: &str) -> Result<Value> {
    let cannot = || format!("cannot parse {text:?} as {tag}");
    match tag {
        BINARY_TAG if STANDARD.decode(text.replace(['\n', '\r'], "")).is_err() => {
            Err(format!("{}: not valid base64", cannot()))
        }
        BOOL_TAG => word(text).filter(|v| v.as_bool().is_some()).ok_or_else(cannot),
        FLOAT_TAG | INT_TAG => number(tag, text),
        TIMESTAMP_TAG => timestamp(text).map(Value::from).ok_or_else(cannot),
        NULL_TAG => Ok(Value::null(Type::Any)),
        _ => Ok(Value::from(text)),
    }
}

/// A date, or a date and time, as RFC 3339 text.
fn timestamp(text: &str) -> Option<String> {
    let year_length = text.find(|c: char| !c.is_ascii_digit())?;
    if year_length != 4 || !text.get(4..)?.starts_with('-') {
        return None;
    }
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at)?, text.get(at..)),
        None => (text, None),
    };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let date = Date::new(year.parse().ok()?, short_number(month)?, short_number(day)?).ok()?;
    let (clock, zone) = match time {
        None => ("00:00:00".to_owned(), "Z".to_owned()),
        Some(time) => clock(time)?,
    };
    Some(format!("{:04}-{:02}-{:02}T{clock}{zone}", date.year(), date.month(), date.day()))
}

/// One or two digits.
fn short_number(text: &str) -> Option<i8> {
    (text.len() <= 2 && all_digits(text, 10)).then(|| text.parse().ok()).flatten()
}

/// The time after `T` with its zone, or after a space without one.
fn clock(text: &str) -> Option<(String, String)> {
    let (separator, time) = text.split_at_checked(1)?;
    let (time, zone) = match (separator, time.find(['Z', '+', '-'])) {
        (" ", None) => (time, "Z".to_owned()),
        (" ", Some(_)) | (_, None) => return None,
        (_, Some(at)) => (time.get(..at)?, zone(time.get(at..)?)?),
    };
    let mut parts = time.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let (second, fraction) = second.split_once('.').unwrap_or((second, "0"));
    if parts.next().is_some() || !all_digits(fraction, 10) {
        return None;
    }
    let (hour, minute, second) = (short_number(hour)?, short_number(minute)?, short_number(second)?);
    let valid = hour < 24 && minute < 60 && second < 60;
    valid.then(|| (format!("{hour:02}:{minute:02}:{second:02}"), zone))
}

fn zone(text: &str) -> Option<String> {
    if text == "Z" {
        return Some(text.to_owned());
    }
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let two_digits = |s: &str| s.len() == 2 && all_digits(s, 10);
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    Some(if text.get(1..) == Some("00:00") { "Z".to_owned() } else { text.to_owned() })
}
