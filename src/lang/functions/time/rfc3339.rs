//! Timestamps in RFC 3339 text, read strictly, with messages that name the part at fault.

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A point in time as a clock with that offset from UTC shows it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub clock: DateTime,
    /// Seconds east of UTC.
    pub offset: i32,
}

type Result<T> = std::result::Result<T, String>;

fn invalid<T>(why: impl fmt::Display) -> Result<T> {
    Err(format!("not a valid RFC3339 timestamp: {why}"))
}

/// Reads along the text.
struct Cursor<'a> {
    rest: &'a str,
    /// Hours of one digit, a comma before the fraction, and offsets up to 24:60 are let pass.
    lenient: bool,
}

impl Cursor<'_> {
    /// Exactly that many digits.
    fn digits(&mut self, count: usize, what: &str) -> Result<i32> {
        if self.rest.is_empty() {
            return invalid(format!("end of string before {what}"));
        }
        let short = self.lenient && what == "hour" && self.rest.get(1..2) == Some(":");
        let count = if short { 1 } else { count };
        let digits = self.rest.get(..count).filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
        let Some(number) = digits.and_then(|d| d.parse().ok()) else {
            return match what {
                "hour" | "minute" if self.rest.starts_with(|c: char| c.is_ascii_digit()) => {
                    invalid(format!("{what} must have exactly two digits"))
                }
                _ => invalid(format!("cannot use {:?} as {what}", self.rest)),
            };
        };
        self.rest = self.rest.get(count..).unwrap_or_default();
        Ok(number)
    }

    fn separator(&mut self, separator: char) -> Result<()> {
        match self.rest.strip_prefix(separator) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None if separator == 'T' => invalid("missing required time introducer 'T'"),
            None if self.rest.is_empty() => {
                invalid(format!("end of string where {:?} is expected", separator.to_string()))
            }
            None => invalid(format!("found {:?} where {:?} is expected", self.rest, separator.to_string())),
        }
    }

    /// Nanoseconds, digits beyond the ninth cut off.
    fn fraction(&mut self) -> i32 {
        let comma = if self.lenient { ',' } else { '.' };
        let Some(after) = self.rest.strip_prefix(['.', comma]) else { return 0 };
        let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        if end == 0 {
            return 0;
        }
        let digits: String = after.chars().take(end.min(9)).collect();
        self.rest = after.get(end..).unwrap_or_default();
        format!("{digits:0<9}").parse().unwrap_or(0)
    }

    /// Seconds east of UTC.
    fn offset(&mut self) -> Result<i32> {
        if self.rest.is_empty() {
            return invalid("end of string before UTC offset");
        }
        if self.rest == "Z" {
            return Ok(0);
        }
        let whole = self.rest;
        let sign = match whole.chars().next() {
            Some('+') => 1,
            Some('-') => -1,
            _ => return invalid(format!("cannot use {whole:?} as UTC offset")),
        };
        let parts = whole.get(1..).and_then(|r| r.split_once(':'));
        let two_digits = |s: &str| s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit());
        let Some((hours, minutes)) = parts.filter(|(h, m)| two_digits(h) && two_digits(m)) else {
            return invalid(format!("cannot use {whole:?} as UTC offset"));
        };
        let (hours, minutes): (i32, i32) = (hours.parse().unwrap_or(99), minutes.parse().unwrap_or(99));
        if hours > if self.lenient { 24 } else { 23 } {
            return invalid(format!("cannot use {whole:?} as UTC offset: timezone hour out of range"));
        }
        if minutes > if self.lenient { 60 } else { 59 } {
            return invalid(format!("cannot use {whole:?} as UTC offset: timezone minute out of range"));
        }
        Ok(sign * (hours * 3600 + minutes * 60))
    }
}

impl Moment {
    /// # Errors
    /// Which part of the text is wrong.
    pub fn parse(text: &str) -> Result<Self> {
        Self::read(Cursor { rest: text, lenient: false })
    }

    /// As `timecmp` reads it, which is not as strict.
    ///
    /// # Errors
    /// Which part of the text is wrong.
    pub fn parse_leniently(text: &str) -> Result<Self> {
        Self::read(Cursor { rest: text, lenient: true })
    }

    fn read(mut cursor: Cursor<'_>) -> Result<Self> {
        let year = cursor.digits(4, "year")?;
        cursor.separator('-')?;
        let month = in_range(cursor.digits(2, "month")?, 1..=12, "month out of range")?;
        cursor.separator('-')?;
        let day = cursor.digits(2, "day of month")?;
        cursor.separator('T')?;
        let hour = in_range(cursor.digits(2, "hour")?, 0..=23, "hour must be between 0 and 23 inclusive")?;
        cursor.separator(':')?;
        let minute = in_range(cursor.digits(2, "minute")?, 0..=59, "minute out of range")?;
        cursor.separator(':')?;
        let second = in_range(cursor.digits(2, "second")?, 0..=59, "second out of range")?;
        let nanosecond = cursor.fraction();
        let offset = cursor.offset()?;
        let day = i8::try_from(day).unwrap_or(i8::MAX);
        let date = Date::new(year as i16, month, day).or_else(|_| invalid("day out of range"))?;
        let time = Time::new(hour, minute, second, nanosecond).or_else(|_| invalid("time out of range"))?;
        Ok(Self { clock: date.to_datetime(time), offset })
    }

    pub fn from_timestamp(timestamp: Timestamp) -> Self {
        Self { clock: timestamp.to_zoned(TimeZone::UTC).datetime(), offset: 0 }
    }

    /// How long after the beginning of the year 0 in UTC.
    pub fn instant(&self) -> SignedDuration {
        self.clock.duration_since(jiff::civil::date(0, 1, 1).to_datetime(Time::midnight()))
            - SignedDuration::from_secs(i64::from(self.offset))
    }

    /// Later by that; `None` when no calendar shows it.
    pub fn add(&self, duration: SignedDuration) -> Option<Self> {
        Some(Self { clock: self.clock.checked_add(duration).ok()?, offset: self.offset })
    }

    /// The offset as `+hh:mm`, with another separator.
    pub fn offset_text(&self, separator: &str) -> String {
        let (sign, seconds) = if self.offset < 0 { ('-', -self.offset) } else { ('+', self.offset) };
        format!("{sign}{:02}{separator}{:02}", seconds / 3600, seconds / 60 % 60)
    }
}

fn in_range(number: i32, range: std::ops::RangeInclusive<i32>, otherwise: &str) -> Result<i8> {
    match i8::try_from(number) {
        Ok(small) if range.contains(&number) => Ok(small),
        _ => invalid(otherwise),
    }
}

impl fmt::Display for Moment {
    /// To the second, `Z` for UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let c = self.clock;
        let (year, month, day) = (c.year(), c.month(), c.day());
        f.write_str(if year < 0 { "-" } else { "" })?;
        let year = year.unsigned_abs();
        write!(f, "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", c.hour(), c.minute(), c.second())?;
        f.write_str(&if self.offset == 0 { "Z".to_owned() } else { self.offset_text(":") })
    }
}
