//! A plan as Markdown, for a comment in a pull request: what is lost first and never cut, everything else as far as there
//! is room, in 65,536 characters. The same plan gives the same text.
//!
//! Built from the sheet alone.

mod lost;

use crate::plan::sheet::{Remark, Sheet, Verdict, by_urgency};
use crate::plan::{Action, ActionKind, OutputChange};

use super::plan::{Detail, block, counts, drift_block, effort};
use super::{Look, harmless, is_dangerous};

/// The most characters a comment may have, as GitHub and GitLab count them.
pub const LIMIT: usize = 65_536;

/// Kept for the words on what was cut.
const RESERVE: usize = 1_200;

/// What is shown of findings and conditions at most, so that they leave room for changes.
const SHARE: usize = 8_000;

/// By this, a later run finds its earlier comment.
const MARKER: &str = "<!-- housewright plan -->";

/// Wide enough that nothing is broken in two.
const PLAIN: Look = Look { width: 200, color: false, unicode: true };

/// The whole comment.
pub fn text(sheet: &Sheet) -> String {
    let plan = &sheet.plan;
    let mut page = Page { text: format!("{MARKER}\n{}\n", title(sheet)), length: 0 };
    page.length = page.text.chars().count();
    let changes = by_urgency(plan);
    let (lost, rest): (Vec<&Action>, Vec<&Action>) = changes.into_iter().partition(|a| lost::is_lost(a));
    page.push(&lost::section(&lost, LIMIT - RESERVE - page.length));
    page.push_within(&findings(&sheet.findings), SHARE);
    page.push_within(&conditions(sheet), SHARE);
    page.push_within(&effort_lines(sheet), SHARE);
    let drifted: Vec<&Action> = plan.actions.iter().filter(|a| !a.drift.is_empty()).collect();
    list(&mut page, "Changed outside since the last apply", &drifted, &drift_entry, &drift_line);
    list(&mut page, "Details of what is destroyed", &lost, &entry, &|_| String::new());
    list(&mut page, "Changes", &rest, &entry, &line);
    page.push_within(&outputs(&plan.outputs), LIMIT);
    page.text
}

/// Text that must not outgrow the limit.
struct Page {
    text: String,
    length: usize,
}

impl Page {
    fn push(&mut self, text: &str) {
        self.length += text.chars().count();
        self.text.push_str(text);
    }

    fn left(&self) -> usize {
        (LIMIT - RESERVE).saturating_sub(self.length)
    }

    /// Pushes whole paragraphs as long as there is room, and says when some were cut.
    fn push_within(&mut self, paragraphs: &[String], share: usize) {
        let mut left = share.min(self.left());
        for (index, paragraph) in paragraphs.iter().enumerate() {
            let length = paragraph.chars().count();
            if length > left {
                let cut = paragraphs.len() - index;
                return self.push(&format!("\n_{cut} more left out here; `housewright show` has them._\n"));
            }
            left -= length;
            self.push(paragraph);
        }
    }
}

fn title(sheet: &Sheet) -> String {
    let plan = &sheet.plan;
    let summary = match (sheet.is_errored(), plan.has_changes(), plan.destroying) {
        (true, ..) => format!("errors stand in the way; {}", counts(plan.summary())),
        (false, true, _) => counts(plan.summary()),
        (false, false, true) => "nothing is there to be destroyed.".to_owned(),
        (false, false, false) => "no changes; what is there is as the configuration says.".to_owned(),
    };
    format!("### Plan: {summary}\n")
}

/// Errors first.
fn findings(findings: &[Remark]) -> Vec<String> {
    let mut sorted: Vec<&Remark> = findings.iter().collect();
    sorted.sort_by_key(|f| f.severity != "error");
    let one = |f: &&Remark| {
        let sign = if f.severity == "error" { "⛔" } else { "⚠️" };
        let place = f.place.as_ref().map(|p| format!(" ({})", code(p))).unwrap_or_default();
        let detail: String = f.detail.lines().map(|line| format!("\n  {}", escaped(line))).collect();
        format!("- {sign} **{}** {}{place}{detail}\n", f.code, escaped(&f.summary))
    };
    let lines: Vec<String> = sorted.iter().map(one).collect();
    if lines.is_empty() { lines } else { std::iter::once("\n".to_owned()).chain(lines).collect() }
}

/// What `check` blocks and conditions say, where it is not that all is well.
fn conditions(sheet: &Sheet) -> Vec<String> {
    let count = |verdict| sheet.judgements.iter().filter(|j| j.verdict == verdict).count();
    if sheet.judgements.is_empty() {
        return Vec::new();
    }
    let parts = [
        (Verdict::Pass, "hold"),
        (Verdict::Fail, "do not"),
        (Verdict::Error, "cannot be evaluated"),
        (Verdict::Unknown, "are known after apply"),
    ];
    let parts: Vec<String> =
        parts.into_iter().filter(|(v, _)| count(*v) > 0).map(|(v, what)| format!("{} {what}", count(v))).collect();
    let mut all = vec![format!("\n**Conditions:** {}.\n", parts.join(", "))];
    for judgement in sheet.judgements.iter().filter(|j| matches!(j.verdict, Verdict::Fail | Verdict::Error)) {
        let module =
            if judgement.module.is_empty() { String::new() } else { format!(" in {}", code(&judgement.module)) };
        let problems: Vec<String> = judgement.problems.iter().map(|p| escaped(p)).collect();
        all.push(format!("- {}{module}: {}\n", code(&judgement.name), problems.join("; ")));
    }
    all
}

fn effort_lines(sheet: &Sheet) -> Vec<String> {
    effort(&sheet.plan).into_iter().map(|line| format!("\n{}\n", escaped(&line))).collect()
}

/// A section of changes: whole as far as there is room, then in one line each, then counted.
fn list(
    page: &mut Page,
    title: &str,
    actions: &[&Action],
    whole: &dyn Fn(&Action) -> String,
    short: &dyn Fn(&Action) -> String,
) {
    let Some(first) = actions.first() else { return };
    let heading = format!("\n#### {title}\n\n");
    if heading.chars().count() + short(first).chars().count() > page.left() {
        return page.push(&format!("\n_{title}: {} left out here; `housewright show` has them._\n", actions.len()));
    }
    page.push(&heading);
    let lengths: Vec<usize> = actions.iter().map(|a| short(a).chars().count()).collect();
    // Room for the one-line forms of what still follows.
    let mut rest: usize = lengths.iter().sum();
    let (mut cut, mut shortened) = (Vec::new(), false);
    for (action, length) in actions.iter().zip(lengths) {
        rest -= length;
        if !shortened {
            let long = whole(action);
            if long.chars().count() + rest.min(page.left() / 2) <= page.left() {
                page.push(&long);
                continue;
            }
            shortened = true;
        }
        match length > 0 && cut.is_empty() && length <= page.left() {
            true => page.push(&short(action)),
            false => cut.push(*action),
        }
    }
    if !cut.is_empty() {
        page.push(&format!("\n_Left out here: {}. `housewright show` has all of them._\n", tallied(&cut)));
    }
}

/// Such as `12 updated, 3 created`.
fn tallied(actions: &[&Action]) -> String {
    let sorts = [
        (ActionKind::Delete, "destroyed (all named above)"),
        (ActionKind::Replace, "replaced (all named above)"),
        (ActionKind::Forget, "forgotten"),
        (ActionKind::Update, "updated"),
        (ActionKind::Create, "created"),
        (ActionKind::Read, "read"),
        (ActionKind::NoOp, "noted in the state"),
    ];
    let count = |kind| actions.iter().filter(|a| a.kind == kind).count();
    let parts = sorts.into_iter().filter(|(kind, _)| count(*kind) > 0);
    parts.map(|(kind, what)| format!("{} {what}", count(kind))).collect::<Vec<_>>().join(", ")
}

/// What is done, in a word or two.
fn what(action: &Action) -> &'static str {
    match action.kind {
        ActionKind::Create => "created",
        ActionKind::Update => "updated in place",
        ActionKind::Replace => "destroyed, then created anew",
        ActionKind::Delete => "destroyed",
        ActionKind::Forget => "forgotten; the thing stays",
        ActionKind::Read => "read during the apply",
        ActionKind::NoOp => "noted in the state",
    }
}

/// The attributes that change, by name; not too many.
fn attributes(action: &Action, changes: &[crate::plan::AttributeChange]) -> String {
    if action.kind == ActionKind::Create || changes.is_empty() {
        return String::new();
    }
    let names: Vec<String> = changes.iter().take(4).map(|c| code(&c.path)).collect();
    let more = changes.len().saturating_sub(4);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(": {}{more}", names.join(", "))
}

fn line(action: &Action) -> String {
    format!("- {} {}{}\n", code(&action.address.to_string()), what(action), attributes(action, &action.attributes))
}

fn drift_line(action: &Action) -> String {
    format!("- {}{}\n", code(&action.address.to_string()), attributes(action, &action.drift))
}

fn entry(action: &Action) -> String {
    let summary = format!("{} {}", html_code(&action.address.to_string()), what(action));
    folded(&summary, &block(action, PLAIN, Detail::default()))
}

fn drift_entry(action: &Action) -> String {
    folded(&format!("{} has changed", html_code(&action.address.to_string())), &drift_block(action, PLAIN))
}

/// A block that opens on a click.
fn folded(summary: &str, block: &str) -> String {
    let body: Vec<String> = block.lines().map(diffed).collect();
    let fence = fence(&body);
    format!("<details><summary>{summary}</summary>\n\n{fence}diff\n{}\n{fence}\n\n</details>\n", body.join("\n"))
}

/// The mark of a line at its beginning, where it gets its colour.
fn diffed(line: &str) -> String {
    let rest = line.trim_start();
    let indent = line.len() - rest.len();
    let marks = [("-/+ ", '-'), ("+ ", '+'), ("- ", '-'), ("~ ", '!'), ("! ", '!')];
    let text = match marks.iter().find(|(mark, _)| rest.starts_with(mark)) {
        Some((mark, sign)) => format!("{sign}{}{}", " ".repeat(indent + mark.len() - 1), &rest[mark.len()..]),
        // What stands first in a line of a text must not be taken for a mark.
        None if indent == 0 => format!(" {line}"),
        None => line.to_owned(),
    };
    harmless(&text)
}

/// Longer than every run of backticks inside.
fn fence(lines: &[String]) -> String {
    let longest = lines.iter().map(|l| runs(l)).max().unwrap_or(0);
    "`".repeat(3.max(longest + 1))
}

fn runs(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

fn outputs(outputs: &[OutputChange]) -> Vec<String> {
    let changed: Vec<&OutputChange> = outputs.iter().filter(|o| o.is_change()).collect();
    if changed.is_empty() {
        return Vec::new();
    }
    let block = super::plan::outputs_block(&changed, PLAIN);
    let names = changed.len();
    let noun = if names == 1 { "output changes" } else { "outputs change" };
    vec!["\n#### Outputs\n\n".to_owned(), folded(&format!("{names} {noun}"), &block)]
}

/// Text in a code span, whatever stands in it.
fn code(text: &str) -> String {
    let text = harmless(text);
    let ticks = "`".repeat(runs(&text) + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{space}{text}{space}{ticks}")
}

fn html_code(text: &str) -> String {
    let safe = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        c if is_dangerous(c) => char::REPLACEMENT_CHARACTER.to_string(),
        c => c.to_string(),
    };
    format!("<code>{}</code>", text.chars().map(safe).collect::<String>())
}

/// Text in which nothing is markup, mention or reference.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '#' => out.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => out.extend(['\\', c]),
            c if is_dangerous(c) => out.push(char::REPLACEMENT_CHARACTER),
            c => out.push(c),
        }
    }
    out
}
