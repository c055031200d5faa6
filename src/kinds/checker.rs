//! What every kind's rules are written with: reading known values of one instance, and reporting what is found.
//!
//! Must not know any particular kind.

use super::{Beside, Finding, Neighbour, RuleContext};
use crate::diag::{Code, Severity, suggestion};
use crate::lang::value::Value;

/// Collects findings about one instance and reads its known values.
pub(super) struct Checker<'a> {
    context: &'a RuleContext<'a>,
    pub findings: Vec<Finding>,
}

impl<'a> Checker<'a> {
    pub fn of(context: &'a RuleContext<'a>) -> Self {
        Self { context, findings: Vec::new() }
    }

    pub fn get(&self, path: &str) -> Option<&'a Value> {
        self.context.get(path)
    }

    /// Whether the attribute is written, known or not.
    pub fn set(&self, path: &str) -> bool {
        self.get(path).is_some()
    }

    pub fn text(&self, path: &str) -> Option<&'a str> {
        self.get(path)?.as_str()
    }

    pub fn number(&self, path: &str) -> Option<f64> {
        self.get(path)?.as_number().map(|n| n.to_f64())
    }

    pub fn flag(&self, path: &str) -> Option<bool> {
        self.get(path)?.as_bool()
    }

    pub fn tier(&self) -> Option<&'a str> {
        self.text("tier").or(self.context.tier)
    }

    pub fn report(&mut self, severity: Severity, code: &'static str, attributes: &[&str], texts: [String; 3]) {
        let [summary, detail, help] = texts;
        self.findings.push(Finding {
            code: Code(code),
            severity,
            attributes: attributes.iter().map(ToString::to_string).collect(),
            beside: Vec::new(),
            summary,
            detail,
            help,
        });
    }

    pub fn error(
        &mut self,
        code: &'static str,
        attributes: &[&str],
        summary: impl Into<String>,
        detail: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.report(Severity::Error, code, attributes, [summary.into(), detail.into(), help.into()]);
    }

    pub fn warn(
        &mut self,
        code: &'static str,
        attributes: &[&str],
        summary: impl Into<String>,
        detail: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.report(Severity::Warning, code, attributes, [summary.into(), detail.into(), help.into()]);
    }

    /// The last finding has to do with an attribute of another instance as well.
    pub fn beside(&mut self, neighbour: &Neighbour<'_>, attribute: &str, words: &'static str) {
        let beside = Beside { address: neighbour.address.clone(), attribute: attribute.to_owned(), words };
        if let Some(finding) = self.findings.last_mut() {
            finding.beside.push(beside);
        }
    }

    /// The text must be one of `allowed`.
    pub fn one_of(&mut self, code: &'static str, attribute: &'static str, allowed: &[&str]) -> bool {
        let Some(text) = self.text(attribute).filter(|t| !allowed.contains(t)) else { return true };
        let help = match suggestion(text, allowed.iter().copied()) {
            Some(meant) => format!("Did you mean \"{meant}\"?"),
            None => format!("Write one of {}.", quoted(allowed)),
        };
        let detail = format!("It must be one of {}.", quoted(allowed));
        self.error(code, &[attribute], format!("`{attribute}` cannot be \"{text}\""), detail, help);
        false
    }

    /// The organization's tier does not offer what the attribute asks for.
    pub fn needs(&mut self, code: &'static str, attribute: &'static str, what: &str, tier: &str) {
        self.error(
            code,
            &[attribute],
            format!("{what} needs the {tier} tier"),
            format!(
                "The organization is on the {} tier, as `tier` or the `cloud` block says.",
                self.tier().unwrap_or("current")
            ),
            format!("Remove `{attribute}`, or upgrade the organization and correct `tier`."),
        );
    }
}

pub(super) fn quoted(words: &[&str]) -> String {
    words.iter().map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join(", ")
}
