//! Data sources while planning: asked in rounds, as far as all they depend on is known.

use std::collections::BTreeSet;

use super::super::findings::asked;
use super::ahead;
use super::weave::Weaver;
use crate::desired::Instance;
use crate::diag::{Code, Diagnostic, Severity};
use crate::kinds::data::{DataSource, Look};
use crate::lang::value::Value;
use crate::observe::Answers;
use crate::plan;

impl Weaver<'_> {
    /// What a data source tells; what is not known yet, as long as it has to ask.
    pub(super) fn read_data(&mut self, source: &dyn DataSource, instance: Instance, scoped: bool) -> Value {
        let Instance { desired, places, awaits, wanted, .. } = instance;
        let (action, open) = plan::plan_data(source.schema(), &desired);
        let broken = asked(source, &desired, &places);
        if !broken.is_empty() {
            self.diagnostics.extend(broken);
            return open;
        }
        let question = source.schema().attributes.iter().filter(|a| a.settable());
        let known = question.filter_map(|a| desired.values.get(a.name)).all(Value::is_wholly_known);
        let names: BTreeSet<&str> = wanted.iter().map(|n| &**n).collect();
        if !known || self.is_pending(&awaits) {
            self.aheads.insert(self.actions.len(), ahead::of_source(source, &desired, &names));
            self.add(action);
            return open;
        }
        let nothing = Answers::default();
        match source.look(&desired.values, &names, self.answers.get(&desired.cloud).unwrap_or(&nothing)) {
            Look::Found(value) => plan::with_sensitive(&value, &desired.sensitive),
            Look::Ask(reads) => {
                self.asked.entry(desired.cloud.clone()).or_default().extend(reads);
                open
            }
            Look::Missing { attribute, detail, help } => {
                let summary = format!("{}: there is nothing with this {attribute}", desired.address);
                let missing = Diagnostic::error(Code("HW0615"), summary).with_detail(detail).with_help(help);
                self.unanswered(missing.with_label(places.of(attribute), "not found"), &desired, scoped);
                open
            }
            Look::Unusable { attribute, summary, detail, help } => {
                let unusable = Diagnostic::error(Code("HW0663"), summary).with_detail(detail).with_help(help);
                // What opens the place may be written there.
                self.unanswered(unusable.with_hidden_label(places.of(attribute), "read here"), &desired, scoped);
                open
            }
        }
    }

    /// A data source gives nothing; in a check block that is only worth a warning.
    fn unanswered(&mut self, mut diagnostic: Diagnostic, desired: &plan::Desired, scoped: bool) {
        if scoped {
            diagnostic.severity = Severity::Warning;
        }
        self.diagnostics.push(diagnostic.with_address(desired.address.clone()));
    }
}
