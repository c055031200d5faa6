//! Colours by what they mean.

use super::Look;

/// What a piece of text means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    Add,
    Change,
    Remove,
    /// Something nobody may overlook.
    Alarm,
    Strong,
    /// Worth less attention than its surroundings.
    Faint,
}

impl Paint {
    /// Parameters of the terminal's command for colours.
    fn code(self) -> &'static str {
        match self {
            Self::Add => "32",
            Self::Change => "33",
            Self::Remove => "31",
            Self::Alarm => "1;31",
            Self::Strong => "1",
            Self::Faint => "2",
        }
    }
}

impl Look {
    /// The text in its colour, where there are colours.
    pub fn paint(self, paint: Paint, text: &str) -> String {
        if self.color { format!("\u{1b}[{}m{text}\u{1b}[0m", paint.code()) } else { text.to_owned() }
    }
}
