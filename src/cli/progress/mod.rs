//! What happens during an apply, as it happens: a bar for each instance on a terminal, and lines everywhere.
//!
//! Owns the tally of what was done. Must not know how the apply works, only its events.

mod bars;
mod tally;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::render::{Paint, duration};
use super::terminal::Terminal;
use crate::address::Address;
use crate::apply::Event;
use crate::clock::Clock;
use crate::kinds::Identity;
use crate::plan::{ActionKind, Phase};

use bars::Bars;
pub use tally::Tally;

/// Watches an apply.
pub struct Progress {
    terminal: Arc<Terminal>,
    bars: Option<Bars>,
    /// What the platform last called the state of each instance under way.
    last: BTreeMap<Address, String>,
    pub tally: Tally,
}

/// What an action's phase does, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    pub doing: &'static str,
    pub done: &'static str,
}

impl Words {
    fn of(kind: ActionKind, phase: Phase) -> Self {
        let (doing, done) = match (kind, phase) {
            (ActionKind::Create, _) => ("creating", "created"),
            (ActionKind::Update, _) => ("updating", "updated"),
            (ActionKind::Replace, Phase::Apply) => ("creating anew", "created anew"),
            (ActionKind::Replace | ActionKind::Delete, _) => ("destroying", "destroyed"),
            (ActionKind::Forget, _) => ("forgetting", "forgotten"),
            (ActionKind::NoOp, _) => ("noting", "noted"),
            (ActionKind::Read, _) => ("reading", "read"),
        };
        Self { doing, done }
    }
}

impl Progress {
    pub fn new(terminal: &Arc<Terminal>, clock: &Arc<dyn Clock>) -> Self {
        let bars = terminal
            .has_bars()
            .then(|| Bars::new(terminal.bars().clone(), Arc::clone(clock), terminal.progress_look()));
        Self { terminal: Arc::clone(terminal), bars, last: BTreeMap::new(), tally: Tally::default() }
    }

    /// Tells what happened. Secrets are not this one's business.
    pub fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { address, kind, phase } => {
                self.tally.started(address, *phase);
                self.started(address, Words::of(*kind, *phase));
            }
            Event::Calling { address, call } => {
                if let Some(bars) = &self.bars {
                    bars.says(address, &format!("sending {}", call.step));
                }
            }
            Event::Waiting { address, what, status, elapsed } => self.waiting(address, what, *status, *elapsed),
            Event::Finished { address, kind, phase, identity, elapsed } => {
                self.tally.finished(address, *kind, *phase);
                self.finished(address, Words::of(*kind, *phase), identity, *elapsed);
            }
            Event::Failed { address, elapsed } => {
                let after = format!("failed after {}", duration::text(*elapsed));
                let text = self.terminal.look().paint(Paint::Remove, &after);
                self.ended(address, &text);
            }
            Event::Skipped { address, because } => self.line(address, &format!("not tried, because {because} failed")),
            Event::Note { address, text } => self.line(address, text),
            Event::Secrets { .. } => {}
        }
    }

    fn started(&mut self, address: &Address, words: Words) {
        match &mut self.bars {
            Some(bars) => bars.start(address, words.doing),
            None => self.line(address, words.doing),
        }
    }

    /// A line only where the platform's state is another than before.
    fn waiting(&mut self, address: &Address, what: &str, status: Option<&str>, elapsed: Duration) {
        if let Some(bars) = &self.bars {
            return bars.says(address, &waits(what, status));
        }
        let status = status.unwrap_or_default();
        if self.last.get(address).is_none_or(|last| last != status) {
            self.last.insert(address.clone(), status.to_owned());
            let text = waits(what, Some(status).filter(|s| !s.is_empty()));
            self.line(address, &format!("{text}, {}", duration::text(elapsed)));
        }
    }

    fn finished(&mut self, address: &Address, words: Words, identity: &Identity, elapsed: Duration) {
        let id = identity.get("id").filter(|id| !id.is_empty()).map(|id| format!(" [id={id}]")).unwrap_or_default();
        self.ended(address, &format!("{} in {}{id}", words.done, duration::text(elapsed)));
    }

    fn ended(&mut self, address: &Address, text: &str) {
        self.last.remove(address);
        if let Some(bars) = &mut self.bars {
            bars.end(address);
        }
        self.line(address, text);
    }

    fn line(&self, address: &Address, text: &str) {
        let name = self.terminal.look().paint(Paint::Strong, &address.to_string());
        self.terminal.print(&format!("{name}: {text}\n"));
    }
}

/// Such as `provisioning, waiting until it is usable`.
fn waits(what: &str, status: Option<&str>) -> String {
    match status {
        Some(status) => format!("{status}, waiting {what}"),
        None => format!("waiting {what}"),
    }
}
