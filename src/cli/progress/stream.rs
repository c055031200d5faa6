//! What happens as JSON, one object a line.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::address::Address;
use crate::apply::Event;
use crate::cli::render::events::{self, Step};
use crate::cli::terminal::Terminal;
use crate::plan::{ActionKind, Phase};

pub(super) struct Stream {
    terminal: Arc<Terminal>,
    /// What is under way with each instance.
    current: BTreeMap<Address, (ActionKind, Phase)>,
}

impl Stream {
    pub(super) fn new(terminal: &Arc<Terminal>) -> Self {
        Self { terminal: Arc::clone(terminal), current: BTreeMap::new() }
    }

    /// Tells an event. `worth`: a wait is told only where it is news.
    pub(super) fn event(&mut self, at: Timestamp, event: &Event<'_>, worth: bool) {
        let line = match event {
            Event::Started { address, kind, phase } => {
                self.current.insert((*address).clone(), (*kind, *phase));
                self.step(address, std::time::Duration::ZERO).started(at)
            }
            Event::Waiting { address, what, status, elapsed } if worth => {
                self.step(address, *elapsed).waiting(at, what, *status)
            }
            Event::Finished { address, identity, elapsed, .. } => self.step(address, *elapsed).finished(at, identity),
            Event::Failed { address, elapsed } => self.step(address, *elapsed).failed(at),
            Event::Skipped { address, because } => events::skipped(at, address, because),
            Event::Note { address, text } => events::note(at, address, text),
            Event::Waiting { .. } | Event::Calling { .. } | Event::Secrets { .. } => return,
        };
        self.terminal.print(&line);
    }

    fn step<'a>(&self, address: &'a Address, elapsed: std::time::Duration) -> Step<'a> {
        let (kind, phase) = self.current.get(address).copied().unwrap_or((ActionKind::NoOp, Phase::Apply));
        Step { address, kind, phase, elapsed }
    }
}
