//! From data to what people and programs read: diagnostics and values as terminal text and JSON.
//!
//! The only place that knows how miette prints. Returns text and never prints it; must not know the configuration, the
//! state, or how anything came about.

pub mod diagnostics;
pub mod drift;
pub mod duration;
pub mod events;
pub mod explanation;
pub mod graph;
pub mod html;
pub mod markdown;
pub mod outputs;
mod paint;
pub mod plan;
pub mod plan_json;
pub mod sandbox;
pub mod state;
pub mod value;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use paint::Paint;

use crate::lang::write::is_dangerous;

/// How text may look on the terminal, decided once by whoever knows the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal.
    pub width: usize,
    pub color: bool,
    /// Frames and markers of lines and arrows; else of ASCII. Text that is quoted stays as it is.
    pub unicode: bool,
}

impl Look {
    /// What a character that must not reach the terminal is replaced by.
    fn replacement(self) -> char {
        if self.unicode { char::REPLACEMENT_CHARACTER } else { '?' }
    }

    fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }
}

/// A text in which nothing can act on a terminal.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if is_dangerous(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}
