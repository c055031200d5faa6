//! The parts of the page.

use maud::{Markup, html};

use super::super::plan::{Detail, Level, block, drift_block, effort, outputs_block};
use super::super::{Look, duration, harmless};
use crate::plan::sheet::{Sheet, Verdict, schedule};
use crate::plan::{Action, ActionKind, OutputChange, Phase, Plan};

/// Wide enough that nothing is broken in two.
const PLAIN: Look = Look { width: 200, color: false, unicode: true };

fn class(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Create => "create",
        ActionKind::Update => "update",
        ActionKind::Replace => "replace",
        ActionKind::Delete => "delete",
        ActionKind::Forget => "forget",
        ActionKind::Read => "read",
        ActionKind::NoOp => "noted",
    }
}

fn word(kind: ActionKind) -> &'static str {
    match kind {
        ActionKind::Create => "create",
        ActionKind::Update => "update in place",
        ActionKind::Replace => "destroy, then create anew",
        ActionKind::Delete => "destroy",
        ActionKind::Forget => "forget",
        ActionKind::Read => "read",
        ActionKind::NoOp => "note in the state",
    }
}

pub(super) fn summary(sheet: &Sheet) -> Markup {
    let summary = sheet.plan.summary();
    let tiles = [
        (summary.create, "to add", "create"),
        (summary.update, "to change", "update"),
        (summary.destroy, "to destroy", "delete"),
        (summary.forget, "to forget", "forget"),
        (summary.state_only, "in the state only", "noted"),
    ];
    html! {
        div.tiles {
            @for (count, what, class) in tiles.into_iter().filter(|(count, what, _)| *count > 0 || what.starts_with("to ") && *what != "to forget") {
                span class=(format!("tile tag {class}")) { b { (count) } (what) }
            }
        }
        @if !sheet.plan.has_changes() { p { "No changes." } }
        @for line in effort(&sheet.plan) { p { (line) } }
    }
}

/// What is destroyed, by name.
pub(super) fn lost(changes: &[&Action]) -> Markup {
    let ends = |a: &(usize, &&Action)| matches!(a.1.kind, ActionKind::Delete | ActionKind::Replace);
    let lost: Vec<_> = changes.iter().enumerate().filter(ends).collect();
    if lost.is_empty() {
        return html! {};
    }
    let things = if lost.len() == 1 { "1 thing is".to_owned() } else { format!("{} things are", lost.len()) };
    html! {
        section.alarm {
            p { (things) " destroyed. This cannot be undone." }
            ul {
                @for (index, action) in lost {
                    li {
                        a.name href=(format!("#change-{index}")) { (harmless(&action.address.to_string())) }
                        @if action.kind == ActionKind::Replace { " (created anew)" }
                        @if let Some(reason) = &action.reason { span.soft { " " (reason) } }
                    }
                }
            }
        }
    }
}

pub(super) fn findings(sheet: &Sheet) -> Markup {
    if sheet.findings.is_empty() {
        return html! {};
    }
    html! {
        h2 { "Findings" }
        ul {
            @for finding in &sheet.findings {
                li {
                    span class=(if finding.severity == "error" { "tag delete" } else { "tag update" }) {
                        (finding.severity) " " (finding.code)
                    }
                    " " (finding.summary)
                    @if let Some(place) = &finding.place { " (" code { (place) } ")" }
                    @if !finding.detail.is_empty() { div.soft { (finding.detail) } }
                    @if let Some(help) = &finding.help { div.soft { (help) } }
                }
            }
        }
    }
}

pub(super) fn conditions(sheet: &Sheet) -> Markup {
    if sheet.judgements.is_empty() {
        return html! {};
    }
    let verdict = |v| match v {
        Verdict::Pass => ("create", "holds"),
        Verdict::Unknown => ("noted", "known after apply"),
        Verdict::Fail => ("delete", "fails"),
        Verdict::Error => ("delete", "cannot be evaluated"),
    };
    html! {
        h2 { "Conditions" }
        ul {
            @for judgement in &sheet.judgements {
                li {
                    span.name { (judgement.module) @if !judgement.module.is_empty() { " " } (judgement.name) }
                    " " span class=(format!("tag {}", verdict(judgement.verdict).0)) { (verdict(judgement.verdict).1) }
                    @for problem in &judgement.problems { div.soft { (problem) } }
                }
            }
        }
    }
}

pub(super) fn drift(plan: &Plan) -> Markup {
    let drifted: Vec<&Action> = plan.actions.iter().filter(|a| !a.drift.is_empty()).collect();
    html! {
        @if !drifted.is_empty() {
            h2 { "Changed outside since the last apply" }
            @for action in drifted {
                details.change data-kind="drift-only" {
                    summary { span.name { (harmless(&action.address.to_string())) } }
                    (lines(&drift_block(action, PLAIN)))
                }
            }
        }
    }
}

pub(super) fn changes(changes: &[&Action]) -> Markup {
    if changes.is_empty() {
        return html! {};
    }
    let mut kinds: Vec<ActionKind> = changes.iter().map(|a| a.kind).collect();
    kinds.dedup();
    html! {
        h2 id="changes" { "Changes" }
        div.bar role="search" {
            input #search type="search" placeholder="Search names, attributes, values ( / )" aria-label="Search the changes";
            @for kind in kinds {
                label class=(format!("tag {}", class(kind))) {
                    input type="checkbox" data-kind=(class(kind)) checked; " " (word(kind))
                }
            }
            button #open type="button" { "Open all" }
            button #close type="button" { "Close all" }
            span #count.soft role="status" {}
        }
        @for (index, action) in changes.iter().enumerate() { (change(index, action)) }
    }
}

fn change(index: usize, action: &Action) -> Markup {
    let detail = Detail { level: Level::Normal, calls: true };
    let kind = class(action.kind);
    html! {
        details id=(format!("change-{index}")) class=(format!("change {kind}")) data-kind=(kind) {
            summary {
                span class=(format!("tag {kind}")) { (word(action.kind)) } " "
                span.name { (harmless(&action.address.to_string())) }
                @if action.kind == ActionKind::Update {
                    span.soft { " " (action.attributes.iter().map(|c| c.path.as_str()).collect::<Vec<_>>().join(", ")) }
                }
            }
            (lines(&block(action, PLAIN, detail)))
        }
    }
}

/// Text with its marks in colours.
fn lines(text: &str) -> Markup {
    let class = |line: &str| {
        let rest = line.trim_start();
        [("+ ", "plus"), ("- ", "minus"), ("~ ", "tilde"), ("-/+", "mark"), ("! ", "mark")]
            .iter()
            .find(|(mark, _)| rest.starts_with(mark))
            .map(|(_, class)| *class)
    };
    html! {
        pre {
            @for line in text.lines() {
                @match class(line) {
                    Some(class) => span class=(class) { (harmless(line)) },
                    None => (harmless(line)),
                }
                "\n"
            }
        }
    }
}

pub(super) fn outputs(plan: &Plan) -> Markup {
    let changed: Vec<&OutputChange> = plan.outputs.iter().filter(|o| o.is_change()).collect();
    html! {
        @if !changed.is_empty() {
            h2 { "Outputs" }
            (lines(&outputs_block(&changed, PLAIN)))
        }
    }
}

/// When each step begins at the earliest, and how long it may wait.
pub(super) fn timeline(plan: &Plan) -> Markup {
    let moments = schedule(plan);
    let sends = |step: &crate::plan::Step| plan.actions.get(step.action).is_some_and(Action::has_calls);
    let steps: Vec<_> = plan.steps.iter().zip(&moments).filter(|(step, _)| sends(step)).collect();
    if steps.is_empty() {
        return html! {};
    }
    let whole = moments.iter().map(|m| m.ends).max().unwrap_or(0).max(1);
    // Seconds fit well; a plan takes days at most.
    let share = |seconds: u64| format!("{:.2}%", seconds as f64 * 100.0 / whole as f64);
    let text = |seconds| duration::text(std::time::Duration::from_secs(seconds));
    html! {
        h2 id="timeline" { "The apply, at its fastest" }
        p.soft {
            "What the order and the limit of requests allow: " (text(whole)) ". How long the platform takes is not known; "
            "hatched is waiting, of which the first look is drawn."
        }
        div.scroll tabindex="0" {
            table.time {
                thead { tr { th { "Step" } th { "Begins" } th { "May wait" } th { "" } } }
                tbody {
                    @for (step, moment) in steps {
                        @let action = &plan.actions[step.action];
                        @let begins = share(moment.begins);
                        @let long = share(moment.ends - moment.begins);
                        tr {
                            td.name {
                                (harmless(&action.address.to_string()))
                                span.soft { (if step.phase == Phase::Destroy { " destroy" } else { " apply" }) }
                            }
                            td { (text(moment.begins)) }
                            td { @if moment.may_wait > 0 { (text(moment.may_wait)) } }
                            td {
                                div.track {
                                    span class=(if moment.may_wait > 0 { "wait" } else { "" })
                                        style=(format!("left:{begins};width:{long}")) {}
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
