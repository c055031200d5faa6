//! Durations for people: `42s`, `5m 03s`, `1h 30m 00s`.

use std::time::Duration;

/// The duration in whole seconds.
pub fn text(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m {rest:02}s"),
        _ => format!("{hours}h {minutes:02}m {rest:02}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        let of = |seconds| text(Duration::from_secs(seconds));
        assert_eq!([of(0), of(42), of(303), of(5400)], ["0s", "42s", "5m 03s", "1h 30m 00s"]);
    }
}
