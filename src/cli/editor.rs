//! Typing at a prompt: a line editor with history and completion.
//!
//! Draws the line that is being typed; everything else is printed by `terminal`. Must not know what is typed, or which
//! names there are: an [`Assistant`] does.

use std::borrow::Cow;
use std::path::PathBuf;

use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Behavior, ColorMode, CompletionType, Config, Helper, Result};

use crate::host;

const PROMPT: &str = "> ";

/// Older entries are forgotten.
const REMEMBERED: usize = 1000;

/// Something to put where the cursor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// As listed: `cidrhost(prefix, hostnum)`.
    pub shown: String,
    /// What is put in place of what was typed.
    pub text: String,
}

/// Knows what is being typed.
pub trait Assistant {
    /// What could stand before the cursor, and where the word that it replaces begins.
    fn complete(&self, before: &str) -> (usize, Vec<Candidate>);

    /// What could follow the cursor.
    fn hint(&self, before: &str) -> Option<String>;

    /// Whether another line must follow.
    fn is_open(&self, text: &str) -> bool;
}

/// What a person did.
pub enum Typed {
    Text(String),
    /// Ctrl-C: never mind.
    Nothing,
    /// Ctrl-D, or the terminal is gone.
    End,
}

pub struct Editor<A: Assistant> {
    inner: rustyline::Editor<Assisted<A>, FileHistory>,
    /// Where history goes on from session to session.
    history: Option<PathBuf>,
}

impl<A: Assistant> Editor<A> {
    /// An editor that goes on with the history of a file, if one is given. History that cannot be read is no reason not
    /// to work.
    ///
    /// # Errors
    /// When the terminal cannot be used.
    pub fn new(assistant: A, history: Option<PathBuf>, color: bool) -> Result<Self> {
        let config = Config::builder()
            .max_history_size(REMEMBERED)?
            .history_ignore_dups(true)?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .color_mode(if color { ColorMode::Enabled } else { ColorMode::Disabled })
            .behavior(Behavior::Stdio)
            .build();
        let mut inner = rustyline::Editor::with_config(config)?;
        inner.set_helper(Some(Assisted { assistant, color }));
        if let Some(file) = &history {
            let _ = inner.load_history(file);
        }
        Ok(Self { inner, history })
    }

    /// # Errors
    /// When the terminal fails.
    pub fn read(&mut self) -> Result<Typed> {
        match self.inner.readline(PROMPT) {
            Ok(text) => {
                self.remember(&text);
                Ok(Typed::Text(text))
            }
            Err(ReadlineError::Interrupted) => Ok(Typed::Nothing),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(error) => Err(error),
        }
    }

    /// Puts the text in the history at once, so that no end of the session loses it.
    fn remember(&mut self, text: &str) {
        let Ok(true) = self.inner.add_history_entry(text) else { return };
        let Some(file) = &self.history else { return };
        // Readable by its owner alone, from the first moment on.
        let made = file.parent().is_none_or(|folder| host::create_private_directory(folder).is_ok());
        if made && (file.exists() || host::create_private(file).is_ok()) {
            // A full disk must not end a session that is about something else.
            let _ = self.inner.append_history(file);
        }
    }
}

/// The assistant in the form the library asks for.
struct Assisted<A> {
    assistant: A,
    color: bool,
}

impl<A: Assistant> Helper for Assisted<A> {}

impl<A: Assistant> Completer for Assisted<A> {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &rustyline::Context<'_>) -> Result<(usize, Vec<Pair>)> {
        let (start, found) = self.assistant.complete(line.get(..at).unwrap_or_default());
        let pair = |c: Candidate| Pair { display: c.shown, replacement: c.text };
        Ok((start, found.into_iter().map(pair).collect()))
    }
}

impl<A: Assistant> Hinter for Assisted<A> {
    type Hint = String;

    fn hint(&self, line: &str, at: usize, _: &rustyline::Context<'_>) -> Option<String> {
        // Without colours it could not be told from what was typed.
        (self.color && at == line.len()).then(|| self.assistant.hint(line))?
    }
}

impl<A: Assistant> Highlighter for Assisted<A> {
    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(format!("\x1b[2m{hint}\x1b[0m"))
    }
}

impl<A: Assistant> Validator for Assisted<A> {
    fn validate(&self, context: &mut ValidationContext<'_>) -> Result<ValidationResult> {
        let open = self.assistant.is_open(context.input());
        Ok(if open { ValidationResult::Incomplete } else { ValidationResult::Valid(None) })
    }
}
