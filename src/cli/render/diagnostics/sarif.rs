//! Diagnostics as SARIF 2.1.0, for code scanning. Columns count from one in code points. Of a hidden label only the place
//! is told.

use std::path::Path;

use serde_json::{Map, Value as Json, json};

use crate::diag::{Diagnostic, Diagnostics, Severity, Sources, Span};
use crate::messages;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The whole result of checking a configuration in `directory`, which is put before the names of files.
pub fn log(diagnostics: Diagnostics, sources: &Sources, directory: &Path) -> Json {
    let diagnostics = diagnostics.sorted();
    let mut codes: Vec<&str> = diagnostics.iter().map(|d| d.code.0).collect();
    codes.sort_unstable();
    codes.dedup();
    let results: Vec<Json> = diagnostics.iter().map(|d| result(d, &codes, sources, directory)).collect();
    let rules: Vec<Json> = codes.iter().map(|code| rule(code, &diagnostics)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "housewright", "version": env!("CARGO_PKG_VERSION"), "rules": rules } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// A code, with the words of its first finding and what it means.
fn rule(code: &str, diagnostics: &Diagnostics) -> Json {
    let summary = diagnostics.iter().find(|d| d.code.0 == code).map(|d| d.summary.as_str()).unwrap_or_default();
    let mut rule = json!({ "id": code, "shortDescription": { "text": summary } });
    if let Some(message) = messages::find(code) {
        let text = format!("{}\n\n{}", message.title, message.text);
        rule["help"] = json!({ "text": text, "markdown": text });
    }
    rule
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn result(diagnostic: &Diagnostic, codes: &[&str], sources: &Sources, directory: &Path) -> Json {
    let mut told = Map::new();
    told.insert("ruleId".into(), diagnostic.code.0.into());
    told.insert("ruleIndex".into(), codes.iter().position(|c| *c == diagnostic.code.0).into());
    told.insert("level".into(), level(diagnostic.severity).into());
    told.insert("message".into(), json!({ "text": message(diagnostic) }));
    let place = diagnostic.span().and_then(|span| location(span, sources, directory));
    told.insert("locations".into(), place.into_iter().collect());
    let related = diagnostic.labels.iter().skip(1).filter_map(|label| {
        let mut place = location(label.span, sources, directory)?;
        place["message"] = json!({ "text": label.text });
        Some(place)
    });
    let related: Vec<Json> = related.collect();
    if !related.is_empty() {
        told.insert("relatedLocations".into(), related.into());
    }
    told.into()
}

/// All its words: readers show one text.
pub(super) fn message(diagnostic: &Diagnostic) -> String {
    let parts = [Some(diagnostic.summary.as_str()), Some(diagnostic.detail.as_str()), diagnostic.help.as_deref()];
    parts.into_iter().flatten().filter(|p| !p.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The file's name as seen from where the directory is named; nothing for what is no file.
pub(super) fn file_name(span: Span, sources: &Sources, directory: &Path) -> Option<String> {
    let name = &sources.get(span.file)?.name;
    let is_file = crate::config::EXTENSIONS.iter().chain(&[".tfvars", ".tfvars.json"]).any(|e| name.ends_with(e));
    let whole = directory.join(name);
    let steps = whole.components().filter(|c| *c != std::path::Component::CurDir);
    is_file.then(|| steps.collect::<std::path::PathBuf>().display().to_string())
}

fn location(span: Span, sources: &Sources, directory: &Path) -> Option<Json> {
    let name = file_name(span, sources, directory)?;
    let (first, last) = (lines(span, sources)?, lines(Span { start: span.end, ..span }, sources)?);
    Some(json!({
        "physicalLocation": {
            "artifactLocation": { "uri": uri(&name) },
            "region": {
                "startLine": first.0,
                "startColumn": first.1,
                "endLine": last.0,
                "endColumn": last.1,
            },
        },
    }))
}

pub(super) fn lines(span: Span, sources: &Sources) -> Option<(usize, usize)> {
    sources.line_column(span)
}

/// A relative reference, with everything but plain characters encoded.
fn uri(path: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    path.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;

    #[test]
    fn places_and_words_are_told() {
        let mut sources = Sources::default();
        let file = sources.add("a b.hcl", "x = 1\né = canary\n");
        let found = Diagnostic::error(Code("HW0210"), "Unsupported argument")
            .with_detail("It is not expected.")
            .with_hidden_label(Span::new(file, 6, 8), "not known")
            .with_label(Span::new(file, 0, 1), "the other")
            .with_help("Remove it.");
        let mut all: Diagnostics = found.into();
        all.push(Diagnostic::warning(Code("HW0902"), "Value for undeclared variable"));
        let log = log(all, &sources, Path::new("infra"));
        let run = &log["runs"][0];
        let first = &run["results"].as_array().expect("results")[0];
        let place = &first["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "infra/a%20b.hcl");
        assert_eq!(place["region"], json!({"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 2}));
        assert_eq!(first["message"]["text"], "Unsupported argument\nIt is not expected.\nRemove it.");
        assert_eq!(first["relatedLocations"][0]["message"]["text"], "the other");
        let rule = &run["tool"]["driver"]["rules"][0];
        assert_eq!(rule["id"], "HW0210");
        let help = rule["help"]["text"].as_str().expect("what the code means");
        assert!(help.starts_with("Duplicate declaration\n\nTwo blocks of one module"), "{help}");
        assert_eq!(run["results"][1]["locations"], json!([]));
        assert!(!log.to_string().contains("canary"));
    }
}
