//! The only place that prints, and that reads what comes in, but for the line editor's own line. A reader that has gone away (a closed pipe) is no error.

use std::io::{self, BufRead as _, IsTerminal as _, Write};
use std::sync::OnceLock;

use indicatif::{MultiProgress, ProgressDrawTarget};

use super::render::{Look, diagnostics};
use crate::diag::{Code, Diagnostics, Sources};
use crate::host::Host;

/// Where nobody says how wide the terminal is.
const WIDTH: usize = 100;

/// Standard output, standard error and standard input.
#[derive(Debug)]
pub struct Terminal {
    out: Look,
    err: Look,
    /// Bars are drawn at the foot of standard error while something is under way; hidden where that is no terminal.
    bars: MultiProgress,
    has_bars: bool,
    asks: bool,
    converses: bool,
    /// The code of the first error that was told.
    error: OnceLock<Code>,
}

impl Terminal {
    /// For those that may not be able to show anything else.
    pub fn plain() -> Self {
        let look = Look { width: WIDTH, color: false, unicode: false };
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
        Self { out: look, err: look, bars, has_bars: false, asks: false, converses: false, error: OnceLock::new() }
    }

    /// With colours where there is a terminal and nobody objects, and Unicode where the environment speaks it. In a
    /// pipeline (`CI`) nobody is asked and nothing is drawn, whatever it calls a terminal.
    pub fn new(host: &Host, no_color: bool, no_input: bool) -> Self {
        let (out, err) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        let dumb = host.variable("TERM") == Some("dumb");
        let color = !no_color && host.variable("NO_COLOR").is_none() && !dumb;
        let wide = || terminal_size::terminal_size().map(|(terminal_size::Width(columns), _)| usize::from(columns));
        let width = host.variable("COLUMNS").and_then(|c| c.parse().ok()).or_else(wide).unwrap_or(WIDTH);
        let look = |is_terminal| Look { width, color: color && is_terminal, unicode: speaks_unicode(host) };
        let pipeline = host.variable("CI").is_some_and(|v| !matches!(v, "" | "0" | "false"));
        let asks = io::stdin().is_terminal() && !no_input && !pipeline;
        let has_bars = err && !dumb && !pipeline;
        let target = if has_bars { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bars = MultiProgress::with_draw_target(target);
        let converses = out && !dumb && asks;
        Self { out: look(out), err: look(err), bars, has_bars, asks, converses, error: OnceLock::new() }
    }

    /// How text on standard output may look.
    pub fn look(&self) -> Look {
        self.out
    }

    /// How the bars, on standard error, may look.
    pub fn progress_look(&self) -> Look {
        self.err
    }

    /// Whether somebody watches progress as it happens.
    pub fn has_bars(&self) -> bool {
        self.has_bars
    }

    pub fn bars(&self) -> &MultiProgress {
        &self.bars
    }

    /// Whether somebody is there to answer questions.
    pub fn can_ask(&self) -> bool {
        self.asks
    }

    /// Whether lines can be edited while they are typed.
    pub fn can_converse(&self) -> bool {
        self.converses
    }

    /// Results, on standard output.
    pub fn print(&self, text: &str) {
        self.bars.suspend(|| write(&mut io::stdout().lock(), text));
    }

    /// Results that are long, on standard output, as they come: the first piece at once.
    pub fn stream(&self, produce: impl FnOnce(&mut dyn FnMut(&str))) {
        self.bars.suspend(|| {
            let mut out = Some(io::BufWriter::with_capacity(1 << 16, io::stdout().lock()));
            let mut first = true;
            produce(&mut |text| {
                let Some(to) = &mut out else { return };
                let written = to.write_all(text.as_bytes());
                if written.and_then(|()| if std::mem::take(&mut first) { to.flush() } else { Ok(()) }).is_err() {
                    // Whoever was reading has gone: there is nobody left to tell.
                    out = None;
                }
            });
            // As above.
            let _ = out.map_or(Ok(()), |mut to| to.flush());
        });
    }

    /// As [`Terminal::stream`], of something that is written.
    pub fn stream_bytes(&self, produce: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
        self.bars.suspend(|| {
            let mut out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
            // Whoever was reading may have gone.
            let _ = produce(&mut out).and_then(|()| out.flush());
        });
    }

    /// Everything that is no result, on standard error.
    pub fn tell(&self, text: &str) {
        self.bars.suspend(|| write(&mut io::stderr().lock(), text));
    }

    /// A line of [`Terminal::tell`].
    pub fn tell_line(&self, text: &str) {
        self.tell(&format!("{text}\n"));
    }

    pub fn diagnostics(&self, found: Diagnostics, sources: &Sources) {
        let found = found.sorted();
        if let Some(error) = found.iter().find(|d| d.is_error()) {
            let _ = self.error.set(error.code);
        }
        if !found.is_empty() {
            self.tell(&diagnostics::text(found, sources, self.err));
        }
    }

    /// Where a person reads, how to learn more about the first error.
    pub fn tell_how_to_learn_more(&self) {
        if let Some(code) = self.error.get().filter(|_| self.has_bars) {
            self.tell_line(&format!("housewright explain {code} says more."));
        }
    }

    /// One line of standard input without its end; `None` at the end of the input.
    ///
    /// # Errors
    /// When it cannot be read, or is not UTF-8.
    pub fn read_line(&self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line)?;
        let end = line.trim_end_matches(['\r', '\n']).len();
        line.truncate(end);
        Ok((read > 0).then_some(line))
    }

    /// All of standard input.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read_all(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::stdin().lock(), &mut bytes)?;
        Ok(bytes)
    }
}

fn write(to: &mut dyn Write, text: &str) {
    // Whoever was reading has gone: there is nobody left to tell.
    let _ = to.write_all(text.as_bytes()).and_then(|()| to.flush());
}

/// What the environment says of the character set, by its rules of precedence.
fn speaks_unicode(host: &Host) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| host.variable(name)).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}
