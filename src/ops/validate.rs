//! Validating: everything that can be said about a configuration without a request and without a state.

use std::collections::BTreeMap;

use super::findings::{asked, findings};
use super::session::Session;
use super::survey::{Survey, Surveyed};
use crate::config::Resource;
use crate::desired::{Completeness, Instance, Planner};
use crate::diag::Diagnostics;
use crate::kinds;
use crate::lang::value::{Type, Value};
use crate::plan::{self, Request};

/// All findings, sorted. Variables without a value are unknown.
pub fn validate(session: &Session) -> Diagnostics {
    let (mut evaluation, mut diagnostics) = session.evaluation(Completeness::Lenient, true);
    diagnostics.append(session.diagnostics.clone());
    let (clouds, found) = evaluation.clouds();
    diagnostics.append(found);
    let (settings, found) = evaluation.state_settings();
    diagnostics.append(found);
    diagnostics.extend(settings.as_ref().map(super::backends::check).into_iter().flatten());
    let tiers = clouds.into_iter().map(|(label, settings)| (label, settings.tier)).collect();
    let mut checker = Checker { tiers, survey: Survey::default(), diagnostics: Diagnostics::new() };
    diagnostics.append(evaluation.walk(&mut checker));
    diagnostics.append(checker.diagnostics);
    diagnostics.extend(checker.survey.judge(None));
    diagnostics.sorted()
}

/// Checks each instance by its kind's rules; references see it as if it were to be created.
struct Checker {
    /// By label of the `cloud` block.
    tiers: BTreeMap<String, Option<String>>,
    survey: Survey,
    diagnostics: Diagnostics,
}

impl Planner for Checker {
    fn instance(&mut self, resource: &Resource, instance: Instance) -> Value {
        let Instance { desired, places, .. } = instance;
        let Some(kind) = kinds::of(&resource.address) else { return Value::unknown(Type::Any) };
        let tier = self.tiers.get(&desired.cloud).and_then(Option::as_deref);
        self.diagnostics.extend(findings(kind, &desired, tier, &places));
        // A creation compares no secrets, so no fingerprint is asked for.
        let request =
            Request { replace: None, ownership: &|| None, fingerprint: &|_| String::new(), answers: &kinds::Unasked };
        let value = plan::plan_instance(kind, &desired, None, &request).value;
        let tier = tier.map(str::to_owned);
        self.survey.add(Surveyed { kind, desired, places: places.into(), value: value.clone(), tier, judged: true });
        value
    }

    fn data(&mut self, resource: &Resource, instance: Instance, _scoped: bool) -> Value {
        let Some(source) = kinds::data::find(&resource.address.kind) else { return Value::unknown(Type::Any) };
        self.diagnostics.extend(asked(source, &instance.desired, &instance.places));
        plan::plan_data(source.schema(), &instance.desired).1
    }
}
