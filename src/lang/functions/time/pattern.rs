//! The format strings of `formatdate`: runs of one letter are verbs, quotes enclose literal text.

use super::rfc3339::Moment;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

type Result<T> = std::result::Result<T, String>;

/// # Errors
/// Which verb is wrong, or that a quote is not closed.
pub(super) fn format(pattern: &str, moment: &Moment) -> Result<String> {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = literal(rest, &mut out)?;
        } else if first.is_ascii_alphabetic() {
            let end = rest.find(|c| c != first).unwrap_or(rest.len());
            let (verb, after) = rest.split_at(end);
            out.push_str(&expand(verb, first, moment)?);
            rest = after;
        } else {
            out.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    Ok(out)
}

/// Text between quotes, a doubled quote standing for one; the rest of the pattern.
fn literal<'a>(pattern: &'a str, out: &mut String) -> Result<&'a str> {
    let mut rest = pattern.strip_prefix('\'').unwrap_or(pattern);
    if let Some(after) = rest.strip_prefix('\'') {
        out.push('\'');
        return Ok(after);
    }
    loop {
        let Some((text, after)) = rest.split_once('\'') else { return Err("unterminated literal '".to_owned()) };
        out.push_str(text);
        match after.strip_prefix('\'') {
            Some(after) => {
                out.push('\'');
                rest = after;
            }
            None => return Ok(after),
        }
    }
}

fn expand(verb: &str, letter: char, moment: &Moment) -> Result<String> {
    let clock = moment.clock;
    let wrong = |why: &str| Err(format!("invalid date format verb {verb:?}: {why}"));
    let number = |n: i64, digits: usize| Ok(format!("{n:0digits$}"));
    let (hour, length) = (i64::from(clock.hour()), verb.len());
    match (letter, length) {
        ('Y', 2) => number(i64::from(clock.year()) % 100, 2),
        ('Y', 4) => number(i64::from(clock.year()), 4),
        ('Y', _) => wrong("year must either be \"YY\" or \"YYYY\""),
        ('M', 1 | 2) => number(i64::from(clock.month()), length),
        ('M', 3 | 4) => Ok(name(&MONTHS, clock.month(), length == 3)),
        ('M', _) => wrong("month must be \"M\", \"MM\", \"MMM\", or \"MMMM\""),
        ('D', 1 | 2) => number(i64::from(clock.day()), length),
        ('D', _) => wrong("day of month must either be \"D\" or \"DD\""),
        ('E', 3 | 4) => Ok(name(&DAYS, clock.weekday().to_monday_one_offset(), length == 3)),
        ('E', _) => wrong("day of week must either be \"EEE\" or \"EEEE\""),
        ('h', 1 | 2) => number(hour, length),
        ('h', _) => wrong("24-hour must either be \"h\" or \"hh\""),
        ('H', 1 | 2) => number((hour + 11) % 12 + 1, length),
        ('H', _) => wrong("12-hour must either be \"H\" or \"HH\""),
        ('A', 2) => Ok(if hour < 12 { "AM" } else { "PM" }.to_owned()),
        ('a', 2) => Ok(if hour < 12 { "am" } else { "pm" }.to_owned()),
        ('A' | 'a', _) => wrong(&format!("must be \"{letter}{letter}\"")),
        ('m', 1 | 2) => number(i64::from(clock.minute()), length),
        ('m', _) => wrong("minute must either be \"m\" or \"mm\""),
        ('s', 1 | 2) => number(i64::from(clock.second()), length),
        ('s', _) => wrong("second must either be \"s\" or \"ss\""),
        ('Z', 1) if moment.offset == 0 => Ok("Z".to_owned()),
        ('Z', 3) if moment.offset == 0 => Ok("UTC".to_owned()),
        ('Z', 1 | 5) => Ok(moment.offset_text(":")),
        ('Z', 3 | 4) => Ok(moment.offset_text("")),
        ('Z', _) => wrong("timezone must be Z, ZZZZ, or ZZZZZ"),
        _ => Err(format!("invalid date format verb {verb:?}")),
    }
}

/// A name by its number from 1, whole or its first three letters.
fn name(names: &[&str], number: i8, short: bool) -> String {
    let index = usize::try_from(number - 1).unwrap_or(0);
    let name = names.get(index).copied().unwrap_or_default();
    if short { name.get(..3).unwrap_or(name) } else { name }.to_owned()
}
