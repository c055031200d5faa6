//! What happens during an apply, as it happens: on a terminal a bar for each instance and one for what is to come,
//! elsewhere a line for each change of state and a sign of life every minute, or JSON.
//!
//! Owns the tally of what was done. Must not know how the apply works, only its events.

mod bars;
mod queue;
mod stream;
mod tally;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::render::{Paint, duration};
use super::terminal::Terminal;
use crate::address::Address;
use crate::apply::Event;
use crate::clock::{Clock, between};
use crate::kinds::Identity;
use crate::plan::{ActionKind, Phase, Plan};

use bars::Bars;
use queue::Queue;
use stream::Stream;
pub use tally::Tally;

/// How long nothing may be said while something is waited for.
const SILENCE: Duration = Duration::from_secs(60);

/// Instances that a sign of life names.
const NAMED: usize = 3;

/// Columns that it spends on what is to come.
const SIGN_WIDTH: usize = 100;

/// Watches an apply.
pub struct Progress {
    terminal: Arc<Terminal>,
    clock: Arc<dyn Clock>,
    bars: Option<Bars>,
    stream: Option<Stream>,
    queue: Queue,
    /// What the platform last called the state of each instance that is waited for, and since when it is waited.
    last: BTreeMap<Address, (String, Duration)>,
    /// When something was last said.
    spoke: Timestamp,
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
    /// With `json`, events are told as JSON.
    pub fn new(terminal: &Arc<Terminal>, clock: &Arc<dyn Clock>, json: bool) -> Self {
        let bars = (terminal.has_bars() && !json)
            .then(|| Bars::new(terminal.bars().clone(), Arc::clone(clock), terminal.progress_look()));
        Self {
            terminal: Arc::clone(terminal),
            clock: Arc::clone(clock),
            bars,
            stream: json.then(|| Stream::new(terminal)),
            queue: Queue::default(),
            last: BTreeMap::new(),
            spoke: clock.now(),
            tally: Tally::default(),
        }
    }

    /// The plan that is going to be carried out.
    pub fn begin(&mut self, plan: &Plan) {
        self.queue = Queue::of(plan);
        self.spoke = self.clock.now();
    }

    /// Tells what happened. Secrets are not this one's business.
    pub fn event(&mut self, event: &Event<'_>) {
        self.count(event);
        let news = self.is_news(event);
        match &mut self.stream {
            Some(stream) => stream.event(self.clock.now(), event, news),
            None => self.tell(event, news),
        }
        if let Some(bars) = &mut self.bars {
            bars.foot(&self.queue.text(self.terminal.progress_look().width.saturating_sub(2)));
        }
    }

    fn count(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { address, phase, .. } => {
                self.tally.started(address, *phase);
                self.queue.started(address, *phase);
            }
            Event::Finished { address, kind, phase, elapsed, .. } => {
                self.tally.finished(address, *kind, *phase, *elapsed);
                self.queue.finished(address, *phase);
                self.last.remove(*address);
            }
            Event::Failed { address, .. } | Event::Skipped { address, .. } => {
                self.queue.ended(address);
                self.last.remove(*address);
            }
            _ => {}
        }
    }

    /// Whether a wait is worth a word: the platform's state is another than before.
    fn is_news(&mut self, event: &Event<'_>) -> bool {
        let Event::Waiting { address, status, elapsed, .. } = event else { return true };
        let status = status.unwrap_or_default();
        let before = self.last.insert((*address).clone(), (status.to_owned(), *elapsed));
        before.is_none_or(|(last, _)| last != status)
    }

    fn tell(&mut self, event: &Event<'_>, news: bool) {
        match event {
            Event::Started { address, kind, phase } => self.started(address, Words::of(*kind, *phase)),
            Event::Calling { address, call } => {
                if let Some(bars) = &self.bars {
                    bars.says(address, &format!("sending {}", call.step));
                }
            }
            Event::Waiting { address, what, status, elapsed } => self.waiting(address, what, *status, *elapsed, news),
            Event::Finished { address, kind, phase, identity, elapsed } => {
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

    fn waiting(&mut self, address: &Address, what: &str, status: Option<&str>, elapsed: Duration, news: bool) {
        if let Some(bars) = &self.bars {
            return bars.says(address, &waits(what, status));
        }
        if news {
            let text = waits(what, status.filter(|s| !s.is_empty()));
            return self.line(address, &format!("{text}, {}", duration::text(elapsed)));
        }
        if between(self.spoke, self.clock.now()) >= SILENCE {
            self.sign_of_life();
        }
    }

    /// What is waited for, in one line for all.
    fn sign_of_life(&mut self) {
        let mut longest: Vec<_> = self.last.iter().collect();
        longest.sort_by_key(|(address, (_, since))| (std::cmp::Reverse(*since), *address));
        let name = |(address, (status, since)): &(&Address, &(String, Duration))| {
            let status = if status.is_empty() { String::new() } else { format!(" {status}") };
            format!("{address}{status} for {}", duration::text(*since))
        };
        let mut names: Vec<String> = longest.iter().take(NAMED).map(name).collect();
        let more = longest.len().saturating_sub(NAMED);
        if more > 0 {
            names.push(format!("and {more} more"));
        }
        let (over, all) = self.queue.counts();
        let to_come = self.queue.waiting(SIGN_WIDTH).map(|text| format!("; to come: {text}")).unwrap_or_default();
        self.say(&format!("Still waiting ({over} of {all} done): {}{to_come}\n", names.join(", ")));
    }

    fn finished(&mut self, address: &Address, words: Words, identity: &Identity, elapsed: Duration) {
        let id = identity.get("id").filter(|id| !id.is_empty()).map(|id| format!(" [id={id}]")).unwrap_or_default();
        self.ended(address, &format!("{} in {}{id}", words.done, duration::text(elapsed)));
    }

    fn ended(&mut self, address: &Address, text: &str) {
        if let Some(bars) = &mut self.bars {
            bars.end(address);
        }
        self.line(address, text);
    }

    fn line(&mut self, address: &Address, text: &str) {
        let name = self.terminal.look().paint(Paint::Strong, &address.to_string());
        self.say(&format!("{name}: {text}\n"));
    }

    fn say(&mut self, text: &str) {
        self.spoke = self.clock.now();
        self.terminal.print(text);
    }
}

/// Such as `provisioning, waiting until it is usable`.
fn waits(what: &str, status: Option<&str>) -> String {
    match status {
        Some(status) => format!("{status}, waiting {what}"),
        None => format!("waiting {what}"),
    }
}
