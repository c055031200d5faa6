//! What is known of a call's effect: a status, changed by events and by nothing else. A pure function, so that a run,
//! a replay after a crash and a test can only come to the same result.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is known of a call's effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// Nothing was noted yet, so nothing was sent.
    Fresh,
    /// It may have been sent, and may have taken effect.
    Intended,
    /// It was sent, and its answer was lost: it may have taken effect.
    Lost,
    /// It took effect.
    Done,
    /// It was refused without effect; it may be sent again.
    Refused,
    /// It was looked for, and certainly had no effect; it may be sent again.
    Absent,
    /// Whether it took effect no longer matters: what it was for was reached, or given up, since.
    Superseded,
}

/// What happens to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallEvent {
    /// It is about to be sent. Must be durable before it is.
    Intended,
    /// The answer says that it took effect.
    Succeeded,
    /// The answer says that it had no effect.
    Refused,
    /// No answer came, or one that tells nothing.
    Lost,
    /// It was looked for, and took effect.
    Found,
    /// It was looked for, and certainly had no effect.
    Absent,
    /// What it was for was reached, or given up, in another way.
    Superseded,
}

/// An event that cannot happen to a call of that status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a call that is {status} cannot become {event}")]
pub struct IllegalEvent {
    pub status: CallStatus,
    pub event: CallEvent,
}

impl CallStatus {
    /// The status after an event.
    ///
    /// # Errors
    /// When that cannot happen to a call of this status.
    pub fn after(self, event: CallEvent) -> Result<Self, IllegalEvent> {
        use CallEvent as E;
        match (self, event) {
            (Self::Fresh | Self::Refused | Self::Absent, E::Intended) => Ok(Self::Intended),
            (Self::Intended, E::Succeeded) => Ok(Self::Done),
            (Self::Intended, E::Refused) => Ok(Self::Refused),
            (Self::Intended, E::Lost) => Ok(Self::Lost),
            (Self::Intended | Self::Lost, E::Found) => Ok(Self::Done),
            (Self::Intended | Self::Lost, E::Absent) => Ok(Self::Absent),
            (Self::Intended | Self::Lost, E::Superseded) => Ok(Self::Superseded),
            (status, event) => Err(IllegalEvent { status, event }),
        }
    }

    /// Whether it is not known if the call took effect: somebody has to look.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Intended | Self::Lost)
    }
}

impl fmt::Display for CallStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fresh => "not noted",
            Self::Intended => "about to be sent",
            Self::Lost => "sent without an answer",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Absent => "found to be without effect",
            Self::Superseded => "superseded",
        })
    }
}

impl fmt::Display for CallEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Intended => "about to be sent",
            Self::Succeeded => "done",
            Self::Refused => "refused",
            Self::Lost => "sent without an answer",
            Self::Found => "found",
            Self::Absent => "found to be without effect",
            Self::Superseded => "superseded",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUSES: [CallStatus; 7] = [
        CallStatus::Fresh,
        CallStatus::Intended,
        CallStatus::Lost,
        CallStatus::Done,
        CallStatus::Refused,
        CallStatus::Absent,
        CallStatus::Superseded,
    ];
    const EVENTS: [CallEvent; 7] = [
        CallEvent::Intended,
        CallEvent::Succeeded,
        CallEvent::Refused,
        CallEvent::Lost,
        CallEvent::Found,
        CallEvent::Absent,
        CallEvent::Superseded,
    ];

    /// One line for each status, one column for each event; `-` is an illegal one.
    const TABLE: &str = "
        fresh       intended  -     -        -     -     -       -
        intended    -         done  refused  lost  done  absent  superseded
        lost        -         -     -        -     done  absent  superseded
        done        -         -     -        -     -     -       -
        refused     intended  -     -        -     -     -       -
        absent      intended  -     -        -     -     -       -
        superseded  -         -     -        -     -     -       -
    ";

    #[test]
    fn every_status_takes_exactly_the_events_of_the_table() {
        let name = |status: CallStatus| format!("{status:?}").to_lowercase();
        let rows: Vec<Vec<&str>> =
            TABLE.lines().map(|l| l.split_whitespace().collect()).filter(|r: &Vec<_>| !r.is_empty()).collect();
        assert_eq!(rows.len(), STATUSES.len());
        for (row, status) in rows.iter().zip(STATUSES) {
            assert_eq!(row[0], name(status));
            for (expected, event) in row[1..].iter().zip(EVENTS) {
                match status.after(event) {
                    Ok(next) => assert_eq!(name(next), *expected, "{status:?} after {event:?}"),
                    Err(illegal) => {
                        assert_eq!("-", *expected, "{status:?} after {event:?}");
                        assert_eq!(illegal, IllegalEvent { status, event });
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_certain_never_changes_without_a_new_intent() {
        for status in STATUSES.into_iter().filter(|s| !s.is_open()) {
            for event in EVENTS.into_iter().filter(|e| *e != CallEvent::Intended) {
                assert!(status.after(event).is_err(), "{status:?} after {event:?}");
            }
        }
    }

    #[test]
    fn an_open_call_is_never_sent_again_without_a_look() {
        for status in STATUSES.into_iter().filter(|s| s.is_open()) {
            assert!(status.after(CallEvent::Intended).is_err());
        }
    }
}
