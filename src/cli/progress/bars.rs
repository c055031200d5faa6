//! One bar for each instance under way: its name, its state, and for how long.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use crate::address::Address;
use crate::cli::render::{Look, duration};
use crate::clock::{Clock, between};

/// How often a bar is drawn anew though nothing happened.
const DRAW: Duration = Duration::from_millis(120);

pub(super) struct Bars {
    all: MultiProgress,
    clock: Arc<dyn Clock>,
    look: Look,
    by_address: BTreeMap<Address, ProgressBar>,
    /// What is to come; at the foot.
    foot: Option<ProgressBar>,
}

impl Bars {
    pub(super) fn new(all: MultiProgress, clock: Arc<dyn Clock>, look: Look) -> Self {
        Self { all, clock, look, by_address: BTreeMap::new(), foot: None }
    }

    pub(super) fn start(&mut self, address: &Address, doing: &str) {
        let bar = ProgressBar::new_spinner();
        let bar = match &self.foot {
            Some(foot) => self.all.insert_before(foot, bar),
            None => self.all.add(bar),
        };
        bar.set_style(self.style());
        bar.set_prefix(address.to_string());
        bar.set_message(doing.to_owned());
        bar.enable_steady_tick(DRAW);
        if let Some(earlier) = self.by_address.insert(address.clone(), bar) {
            earlier.finish_and_clear();
        }
    }

    /// The time is the apply's own: against the sandbox it jumps.
    fn style(&self) -> ProgressStyle {
        let (clock, started) = (Arc::clone(&self.clock), self.clock.now());
        let age = move |_: &ProgressState, out: &mut dyn Write| {
            // A bar that cannot be drawn is no reason to fail.
            let _ = out.write_str(&duration::text(between(started, clock.now())));
        };
        let name = if self.look.color { "{prefix:.bold}" } else { "{prefix}" };
        let style = ProgressStyle::with_template(&format!("{{spinner}} {name}: {{wide_msg}} {{age:>8}}"))
            .expect("the template is well-formed")
            .with_key("age", age);
        if self.look.unicode { style } else { style.tick_chars("-\\|/ ") }
    }

    pub(super) fn says(&self, address: &Address, text: &str) {
        if let Some(bar) = self.by_address.get(address) {
            bar.set_message(text.to_owned());
        }
    }

    /// What is done and what is still to come, in one line.
    pub(super) fn foot(&mut self, text: &str) {
        let foot = self.foot.get_or_insert_with(|| {
            let bar = self.all.add(ProgressBar::new_spinner());
            let template = if self.look.color { "  {msg:.dim}" } else { "  {msg}" };
            bar.set_style(ProgressStyle::with_template(template).expect("the template is well-formed"));
            bar
        });
        foot.set_message(text.to_owned());
    }

    pub(super) fn end(&mut self, address: &Address) {
        if let Some(bar) = self.by_address.remove(address) {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        // What was interrupted leaves no half-drawn bar behind.
        self.by_address.values().chain(&self.foot).for_each(ProgressBar::finish_and_clear);
    }
}
