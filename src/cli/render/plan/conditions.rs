//! What the conditions of a configuration say of a plan: how many hold, and which do not or cannot be told yet.

use super::super::{Look, Paint, harmless};
use super::page::Page;
use super::{Detail, Judged, Judgement, Verdict};

/// Of those that do not hold or are not known yet, so many are named.
const NAMED: usize = 5;

/// In a sentence; nothing where there are no conditions.
pub fn text(judgements: &[Judgement], look: Look) -> String {
    let mut page = Page::new(look, Detail::default());
    let count = |verdict| judgements.iter().filter(|j| j.verdict == verdict).count();
    let named = |what: &str, verdicts: &[Verdict]| {
        let all: Vec<&Judgement> = judgements.iter().filter(|j| verdicts.contains(&j.verdict)).collect();
        let mut names: Vec<String> = all.iter().take(NAMED).map(|j| name(j)).collect();
        if all.len() > NAMED {
            names.push(format!("and {} more", all.len() - NAMED));
        }
        (!names.is_empty()).then(|| format!("{what}: {}", names.join(", ")))
    };
    let hold = match count(Verdict::Pass) {
        0 => None,
        1 => Some("1 holds".to_owned()),
        n => Some(format!("{n} hold")),
    };
    let parts =
        [hold, named("not", &[Verdict::Fail, Verdict::Error]), named("known after the apply", &[Verdict::Unknown])];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if !parts.is_empty() {
        let paint = (count(Verdict::Fail) + count(Verdict::Error) > 0).then_some(Paint::Change);
        page.prose(0, paint, &format!("Conditions: {}.", parts.join("; ")));
        page.blank();
    }
    page.text()
}

/// What a condition stands in, as it is referred to.
fn name(judgement: &Judgement) -> String {
    let module = if judgement.module.is_empty() { String::new() } else { format!("{}.", judgement.module) };
    let name = match judgement.sort {
        Judged::Check => format!("{module}check.{}", judgement.name),
        Judged::OutputValue => format!("{module}output.{}", judgement.name),
        Judged::Variable => format!("{module}var.{}", judgement.name),
        // Its address has the module.
        Judged::Resource => judgement.name.clone(),
    };
    harmless(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Look = Look { width: 200, color: false, unicode: true };

    fn judgement(sort: Judged, module: &str, name: &str, verdict: Verdict) -> Judgement {
        Judgement { sort, module: module.into(), name: name.into(), verdict, problems: Vec::new() }
    }

    #[test]
    fn they_are_counted_and_those_that_matter_named() {
        let all = [
            judgement(Judged::Variable, "", "size", Verdict::Pass),
            judgement(Judged::Check, "", "budget", Verdict::Fail),
            judgement(Judged::Resource, "module.eu", "module.eu.service.main", Verdict::Unknown),
            judgement(Judged::OutputValue, "module.eu", "host", Verdict::Error),
        ];
        let expected = "Conditions: 1 holds; not: check.budget, module.eu.output.host; known after the apply: module.eu.service.main.\n\n";
        assert_eq!(text(&all, PLAIN), expected);
        assert_eq!(text(&[], PLAIN), "");
        let many: Vec<Judgement> =
            (0..9).map(|i| judgement(Judged::Check, "", &i.to_string(), Verdict::Unknown)).collect();
        assert!(text(&many, PLAIN).ends_with(": check.0, check.1, check.2, check.3, check.4, and 4 more.\n\n"));
    }
}
