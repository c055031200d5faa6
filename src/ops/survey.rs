//! The rules that look at several instances at once: each kind is shown all that the configuration states.
//!
//! As with the rules of one instance, a finding that rests on sensitive values is told without its words.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::findings::{masked, placed, wordless};
use crate::address::Address;
use crate::desired::Places;
use crate::diag::{Code, Diagnostic};
use crate::kinds::{self, Among, Claim, Finding, Kind, Neighbour, RuleContext};
use crate::lang::value::{Data, Value};
use crate::observe::Answers;
use crate::plan::Desired;

/// One instance as the walk met it.
pub(super) struct Surveyed {
    pub kind: &'static dyn Kind,
    pub desired: Desired,
    /// Mostly the same for all instances of a block, and then shared.
    pub places: Arc<Places>,
    /// What references to it give.
    pub value: Value,
    pub tier: Option<String>,
    /// Whether its own rules are to be looked at, or it is there for others' alone.
    pub judged: bool,
}

/// All instances of a walk.
#[derive(Default)]
pub(super) struct Survey(Vec<Surveyed>);

impl Survey {
    /// Room for so many.
    pub fn of(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    pub fn add(&mut self, mut surveyed: Surveyed) {
        if let Some(last) = self.0.last().filter(|last| last.places == surveyed.places) {
            surveyed.places = Arc::clone(&last.places);
        }
        self.0.push(surveyed);
    }

    /// Looks at the rules of all instances, with what was read for them.
    pub fn judge(&self, answers: Option<&BTreeMap<String, Answers>>) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        let nothing = Answers::default();
        let labels: BTreeSet<&str> = self.0.iter().map(|s| s.desired.cloud.as_str()).collect();
        for label in labels {
            let here: Vec<&Surveyed> = self.0.iter().filter(|s| s.desired.cloud == label).collect();
            let known = answers.map(|a| a.get(label).unwrap_or(&nothing) as &dyn kinds::Answers);
            let hidden: Option<Vec<(Value, Value)>> =
                here.iter().any(|s| !s.desired.sensitive.is_empty()).then(|| here.iter().map(|s| hidden(s)).collect());
            let open: Vec<Neighbour<'_>> = here.iter().map(|s| neighbour(s, &s.desired.values, &s.value)).collect();
            let among = Among::new(open.clone(), known);
            let masked: Option<Vec<Neighbour<'_>>> = hidden.as_ref().map(|values| {
                here.iter().zip(values).map(|(s, (stated, value))| neighbour(s, stated, value)).collect()
            });
            let masked = masked.map(|all| (Among::new(all.clone(), known), all));
            for (index, surveyed) in here.iter().enumerate().filter(|(_, s)| s.judged) {
                let masked = masked.as_ref().map(|(among, all)| (&all[index], among));
                let found = surveyed.findings((&open[index], &among), masked);
                diagnostics.extend(found.into_iter().map(|f| self.place(surveyed, f)));
            }
            diagnostics.extend(self.rivals(&here));
        }
        diagnostics
    }

    fn place(&self, surveyed: &Surveyed, finding: Finding) -> Diagnostic {
        let beside = finding.beside.clone();
        let leaves = surveyed.kind.schema().leaves();
        let diagnostic = placed(finding, &surveyed.desired, leaves, &surveyed.places);
        beside.into_iter().fold(diagnostic, |diagnostic, beside| match self.at(&beside.address) {
            Some(other) => other.label(diagnostic, &beside.attribute, beside.words),
            None => diagnostic,
        })
    }

    fn at(&self, address: &Address) -> Option<&Surveyed> {
        self.0.iter().find(|s| s.desired.address == *address)
    }

    /// Blocks that state what only one may.
    fn rivals(&self, here: &[&Surveyed]) -> Vec<Diagnostic> {
        let mut first: BTreeMap<String, (&Surveyed, String)> = BTreeMap::new();
        let mut found = Vec::new();
        for surveyed in here {
            for claim in surveyed.kind.claims(&surveyed.desired.values) {
                let Some(token) = claim.token() else { continue };
                match first.get(&token) {
                    None => drop(first.insert(token, (surveyed, claim.attribute))),
                    Some((other, attribute)) => found.push(rival(&claim, surveyed, (*other, attribute))),
                }
            }
        }
        found
    }
}

/// An instance among all.
type View<'v, 'a> = (&'v Neighbour<'a>, &'v Among<'a>);

impl Surveyed {
    fn findings(&self, open: View<'_, '_>, masked: Option<View<'_, '_>>) -> Vec<Finding> {
        let look = |(this, among): View<'_, '_>| {
            let context = RuleContext { desired: this.stated, tier: self.tier.as_deref() };
            self.kind.check_among(&context, this, among)
        };
        let found = look(open);
        let Some(masked) = masked.filter(|_| !found.is_empty()) else { return found };
        let harmless = look(masked);
        let leaves = self.kind.schema().leaves();
        let told = |f: Finding| if harmless.contains(&f) { f } else { wordless(f, leaves) };
        found.into_iter().map(told).collect()
    }

    fn label(&self, diagnostic: Diagnostic, attribute: &str, words: &str) -> Diagnostic {
        let place = self.places.of(attribute);
        match super::findings::is_private(attribute, &self.desired, self.kind.schema().leaves()) {
            true => diagnostic.with_hidden_label(place, words),
            false => diagnostic.with_label(place, words),
        }
    }
}

fn neighbour<'a>(surveyed: &'a Surveyed, stated: &'a Value, value: &'a Value) -> Neighbour<'a> {
    Neighbour { address: &surveyed.desired.address, stated, value }
}

/// What an instance states and gives, without what is sensitive.
fn hidden(surveyed: &Surveyed) -> (Value, Value) {
    let stated = masked(&surveyed.desired.values, "", &|path| surveyed.desired.sensitive.contains(path));
    (stated, without_marked(&surveyed.value))
}

fn without_marked(value: &Value) -> Value {
    if value.marks.sensitive && !value.is_null() {
        return Value::unknown(value.ty()).with_marks(value.marks);
    }
    match &value.data {
        Data::Object(fields) => {
            Value::object(fields.iter().map(|(name, part)| (Arc::clone(name), without_marked(part))).collect())
        }
        _ => value.clone(),
    }
}

fn rival(claim: &Claim, surveyed: &Surveyed, (other, attribute): (&Surveyed, &str)) -> Diagnostic {
    let (address, first) = (&surveyed.desired.address, &other.desired.address);
    let diagnostic = Diagnostic::error(Code("HW0624"), format!("{address} and {first} claim the same thing"))
        .with_detail(format!("Both state {}, and each plan would undo the other's.", claim.what))
        .with_help("Keep it in one of the two blocks.")
        .with_address(address.clone());
    let diagnostic = surveyed.label(diagnostic, &claim.attribute, "claimed here");
    other.label(diagnostic, attribute, "and here")
}
