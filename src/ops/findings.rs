//! What the kinds' rules find in an instance, as diagnostics that show no secret.
//!
//! Rules quote values. A finding that rests on a value the user marked sensitive is told without its words; secrets of
//! the schema are quoted by no rule, and the lines where they are written are not shown.

use std::sync::Arc;

use crate::desired::Places;
use crate::diag::Diagnostic;
use crate::kinds::data::DataSource;
use crate::kinds::{Finding, Kind, RuleContext};
use crate::lang::value::{Data, Value};
use crate::plan::Desired;
use crate::schema::Leaf;

/// What the kind's offline rules find, with places.
pub(super) fn findings(kind: &dyn Kind, desired: &Desired, tier: Option<&str>, places: &Places) -> Vec<Diagnostic> {
    let leaves = kind.schema().leaves();
    let found = kind.check(&RuleContext { desired: &desired.values, tier });
    if found.is_empty() {
        return Vec::new();
    }
    let secret = |path: &str| leaves.iter().any(|l| l.path == path && l.attribute.is_secret());
    // What is also found when a value is not known does not rest on it.
    let masked = masked(&desired.values, "", &|path| desired.sensitive.contains(path) && !secret(path));
    let harmless = kind.check(&RuleContext { desired: &masked, tier });
    let told = |finding: Finding| if harmless.contains(&finding) { finding } else { wordless(finding, leaves) };
    found.into_iter().map(|finding| placed(told(finding), desired, leaves, places)).collect()
}

/// What rules found that rest on answers, with places. Without their words where a value they are about is sensitive.
pub(super) fn examined(found: Vec<Finding>, kind: &dyn Kind, desired: &Desired, places: &Places) -> Vec<Diagnostic> {
    let leaves = kind.schema().leaves();
    let hidden = |finding: &Finding| finding.attributes.iter().any(|a| is_private(a, desired, leaves));
    let told = |finding: Finding| if hidden(&finding) { wordless(finding, leaves) } else { finding };
    found.into_iter().map(|finding| placed(told(finding), desired, leaves, places)).collect()
}

/// What the offline rules of a data source find, with places.
pub(super) fn asked(source: &dyn DataSource, desired: &Desired, places: &Places) -> Vec<Diagnostic> {
    let leaves = source.schema().leaves();
    let found = source.check(&desired.values);
    let hidden = |finding: &Finding| finding.attributes.iter().any(|a| is_private(a, desired, leaves));
    let told = |finding: Finding| if hidden(&finding) { wordless(finding, leaves) } else { finding };
    found.into_iter().map(|finding| placed(told(finding), desired, leaves, places)).collect()
}

/// The value with unknowns at the paths that are to be hidden.
pub(super) fn masked(value: &Value, path: &str, hides: &dyn Fn(&str) -> bool) -> Value {
    if value.is_null() {
        return value.clone();
    }
    if hides(path) {
        return Value::unknown(value.ty());
    }
    if !matches!(value.data, Data::Object(_)) {
        return value.clone();
    }
    let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    Value::object(value.entries().map(|(name, part)| (Arc::clone(name), masked(part, &inner(name), hides))).collect())
}

/// The finding without its words, which may quote sensitive values.
pub(super) fn wordless(finding: Finding, leaves: &[Leaf]) -> Finding {
    let names: Vec<String> = finding.attributes.iter().map(|a| format!("`{a}`")).collect();
    let what = if names.is_empty() { "The instance".to_owned() } else { names.join(", ") };
    let about =
        |path: &String| leaves.iter().find(|l| l.path == *path).map(|l| format!("`{path}`: {}", l.attribute.doc));
    let docs: Vec<String> = finding.attributes.iter().filter_map(about).collect();
    let help = if docs.is_empty() { "Check the sensitive values it is given.".to_owned() } else { docs.join("\n") };
    Finding {
        summary: format!("{what} breaks a rule"),
        detail: "Sensitive values are part of the reason, so it is not told.".to_owned(),
        help,
        ..finding
    }
}

/// What the platform itself told, with places.
pub(super) fn told(kind: &dyn Kind, finding: Finding, desired: &Desired, places: &Places) -> Diagnostic {
    placed(finding, desired, kind.schema().leaves(), places)
}

pub(super) fn placed(finding: Finding, desired: &Desired, leaves: &[Leaf], places: &Places) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(finding.severity, finding.code, finding.summary)
        .with_detail(finding.detail)
        .with_help(finding.help)
        .with_address(desired.address.clone());
    let mut spans = Vec::new();
    for attribute in &finding.attributes {
        let span = places.of(attribute);
        if spans.contains(&span) {
            continue;
        }
        spans.push(span);
        diagnostic = if is_private(attribute, desired, leaves) {
            diagnostic.with_hidden_label(span, "")
        } else {
            diagnostic.with_label(span, "")
        };
    }
    if spans.is_empty() { diagnostic.with_label(places.header, "") } else { diagnostic }
}

/// Whether the attribute, or a part of it, must not be shown.
pub(super) fn is_private(attribute: &str, desired: &Desired, leaves: &[Leaf]) -> bool {
    let begins = |path: &str, with: &str| path.strip_prefix(with).is_some_and(|r| r.is_empty() || r.starts_with('.'));
    let within = |path: &str| begins(path, attribute) || begins(attribute, path);
    desired.sensitive.iter().any(|path| within(path))
        || leaves.iter().any(|leaf| within(&leaf.path) && leaf.attribute.is_secret())
}
