//! How often one looks at what is waited for: slowly while it cannot be there yet, quickly near its usual end, slowly again
//! when it takes far longer than that.
//!
//! A pure function of times. Must not know who waits, or for what.

use std::time::Duration;

/// Between two looks while it is too early, or far too late.
pub const SLOW: Duration = Duration::from_secs(30);

/// Between two looks near the usual end. Together with the platform's limit of 10 requests in 10 seconds it leaves nine
/// tenths of the budget for everything else.
pub const QUICK: Duration = Duration::from_secs(10);

/// So long behind its usual end a wait is far too late.
pub const LATE: Duration = Duration::from_secs(300);

/// How long after a look (or after its beginning) a wait wants the next one: `age` has passed of what usually takes
/// `typical`. A slow pause never reaches beyond the usual end.
pub fn pause(age: Duration, typical: Duration) -> Duration {
    let early = age.saturating_add(SLOW) <= typical;
    let late = age >= typical.saturating_add(LATE);
    if early || late { SLOW } else { QUICK }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seconds at which a wait that lasts so long is looked at.
    fn looks(typical: u64, lasts: u64) -> Vec<u64> {
        let (mut at, mut looks) = (Duration::ZERO, Vec::new());
        while at.as_secs() < lasts {
            at += pause(at, Duration::from_secs(typical));
            looks.push(at.as_secs());
        }
        looks
    }

    #[test]
    fn slowly_at_first_quickly_near_the_end_and_slowly_far_behind_it() {
        assert_eq!(looks(300, 300), [30, 60, 90, 120, 150, 180, 210, 240, 270, 300]);
        assert_eq!(looks(75, 95), [30, 60, 70, 80, 90, 100]);
        assert_eq!(looks(20, 20), [10, 20]);
        assert_eq!(looks(0, 10), [10]);
        assert_eq!(looks(60, 420).split_off(30), [350, 360, 390, 420]);
    }
}
