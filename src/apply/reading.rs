//! Data sources that could not be asked while planning: asked when all they depend on is done.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{Arrival, Executor, Status};
use crate::call::Read;
use crate::cloud::CloudError;
use crate::diag::{Code, Diagnostic};
use crate::kinds;
use crate::kinds::data::Look;

impl Executor<'_> {
    /// Looks with the answers there are, and sends what is missing.
    pub(super) fn ask(&mut self, step: usize) {
        let index = self.plan.steps[step].action;
        let action = &self.plan.actions[index];
        let (address, cloud) = (action.address.clone(), action.cloud.clone());
        let desired = match self.steward.desired(index) {
            Ok(desired) => desired,
            Err(diagnostics) => return self.fail(step, diagnostics),
        };
        let Some(source) = kinds::data::find(&address.kind) else { return };
        let wanted = self.steward.wanted(index);
        let names: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        // What was read before the apply may have changed since.
        let answers = self.told.entry(step).or_default();
        match source.look(&desired.values, &names, answers) {
            Look::Found(value) => {
                self.told.remove(&step);
                self.steward.found(index, value);
                self.steps.set(step, Status::Done);
            }
            Look::Ask(reads) => self.send_reads(step, &cloud, reads),
            Look::Missing { attribute, detail, help } => {
                let missing =
                    Diagnostic::error(Code("HW0615"), format!("{address}: there is nothing with this {attribute}"));
                self.fail(step, missing.with_detail(detail).with_help(help).with_address(address).into());
            }
        }
    }

    fn send_reads(&mut self, step: usize, cloud: &str, reads: Vec<Read>) {
        let Some(cloud) = self.clouds.get(cloud).cloned() else {
            let unknown = Diagnostic::error(Code("HW0801"), "There is no `cloud` block of that name");
            return self.fail(step, unknown.into());
        };
        self.open.push(Box::pin(async move {
            let mut results = Vec::new();
            for read in reads {
                let result = cloud.read(&read).await;
                results.push((read, result));
            }
            Arrival::Told { step, results }
        }));
    }

    pub(super) fn told(&mut self, step: usize, results: Vec<(Read, Result<Option<Json>, CloudError>)>) {
        let answers = self.told.entry(step).or_default();
        let mut failed = None;
        for (read, result) in results {
            match result {
                Ok(result) => answers.put(read, result),
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            None => self.ask(step),
            Some(error) => {
                let address = self.plan.actions[self.plan.steps[step].action].address.clone();
                let diagnostic = Diagnostic::error(Code("HW0808"), format!("{address} could not be read"))
                    .with_detail(error.to_string())
                    .with_help("Run `apply` again: it goes on from here.")
                    .with_address(address);
                self.fail(step, diagnostic.into());
            }
        }
    }
}
