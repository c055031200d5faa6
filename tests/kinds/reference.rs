//! The pages of `docs/kinds`: generated from the schemas and the examples.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use housewright::kinds::{Kind, data, registry};
use housewright::schema::{AttrType, Attribute, Change, Exposure, Presence, Removal, Schema};

use crate::case::Case;
use crate::effects;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/kinds")
}

/// Compares every page with what it has to be, or writes it.
pub fn check() {
    let writing = std::env::var_os("UPDATE_DOCS").is_some();
    let pages = pages();
    if writing {
        std::fs::create_dir_all(directory()).unwrap();
    }
    for (name, text) in &pages {
        let path = directory().join(name);
        if writing {
            std::fs::write(&path, text).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(found, *text, "{name}: write it anew with UPDATE_DOCS=1 cargo test --test kinds");
    }
    for entry in std::fs::read_dir(directory()).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(pages.iter().any(|(n, _)| *n == name), "docs/kinds/{name} is the page of nothing");
    }
}

fn pages() -> Vec<(String, String)> {
    let mut pages = vec![("README.md".to_owned(), index())];
    for kind in registry() {
        let schema = kind.schema();
        let import = (!kind.is_local()).then(|| kind.import_id());
        pages.push((format!("{}.md", schema.kind), kind_page(*kind, &Case::of(schema.kind).example, import)));
    }
    for source in data::registry() {
        let schema = source.schema();
        pages.push((format!("data-{}.md", schema.kind), data_page(schema)));
    }
    pages
}

const GENERATED: &str = "Generated from the schema; do not edit.";

fn index() -> String {
    let mut text = format!(
        "# Kinds and data sources\n\n{GENERATED} Each name may also be written with `clickhouse_` before it, and \
        each block in Terraform's form: `resource \"clickhouse_service\" \"x\"`.\n\n| kind | what it is |\n|---|---|\n"
    );
    for kind in registry() {
        let s = kind.schema();
        let _ = writeln!(text, "| [`{}`]({}.md) | {} |", s.kind, s.kind, s.summary);
    }
    text.push_str("\n| data source | what it tells |\n|---|---|\n");
    for source in data::registry() {
        let s = source.schema();
        let _ = writeln!(text, "| [`{}`](data-{}.md) | {} |", s.kind, s.kind, s.summary);
    }
    text
}

fn kind_page(kind: &dyn Kind, example: &str, import: Option<&str>) -> String {
    let schema = kind.schema();
    let mut text =
        format!("# {}\n\n{GENERATED}\n\n{}\n\n## Example\n\n```hcl\n{example}```\n", schema.kind, schema.summary);
    text.push_str("\n## What can be set\n\n| attribute | type | change | line removed | |\n|---|---|---|---|---|\n");
    let settable: Vec<(String, &Attribute)> =
        flat("", &schema.attributes).into_iter().filter(|(_, a)| a.settable()).collect();
    for (path, a) in &settable {
        let _ =
            writeln!(text, "| `{path}` | {} | {} | {} | {} |", type_of(&a.ty), change_of(a), removal_of(a), words(a));
    }
    computed_table(&mut text, schema);
    effects_table(&mut text, kind);
    if let Some(id) = import {
        let _ = write!(
            text,
            "\n## Import\n\n```hcl\nimport {{\n  to = {}.example\n  id = \"{id}\"\n}}\n```\n",
            schema.kind
        );
    }
    text
}

fn data_page(schema: &Schema) -> String {
    let mut text = format!("# data {}\n\n{GENERATED}\n\n{}\n\n## What is asked\n\n", schema.kind, schema.summary);
    let asked: Vec<(String, &Attribute)> =
        flat("", &schema.attributes).into_iter().filter(|(_, a)| a.settable()).collect();
    if asked.is_empty() {
        text.push_str("Nothing.\n");
    } else {
        text.push_str("| attribute | type | |\n|---|---|---|\n");
    }
    for (path, a) in asked {
        let _ = writeln!(text, "| `{path}` | {} | {} |", type_of(&a.ty), words(a));
    }
    computed_table(&mut text, schema);
    text
}

/// What people notice of a change, apart from what the table of attributes says: replaced or not at all.
fn effects_table(text: &mut String, kind: &dyn Kind) {
    let rows = effects::rows(kind);
    if rows.is_empty() {
        return;
    }
    text.push_str("\n## What people notice\n\n| when | | a plan says |\n|---|---|---|\n");
    for (when, how, what) in rows {
        let _ = writeln!(text, "| {when} | {how} | {what} |");
    }
}

fn computed_table(text: &mut String, schema: &Schema) {
    let computed: Vec<(String, &Attribute)> =
        flat("", &schema.attributes).into_iter().filter(|(_, a)| !a.settable()).collect();
    if computed.is_empty() {
        return;
    }
    text.push_str("\n## What is told\n\n| attribute | type | |\n|---|---|---|\n");
    for (path, a) in computed {
        let _ = writeln!(text, "| `{path}` | {} | {} |", type_of(&a.ty), a.doc);
    }
}

/// All attributes, those inside others behind them.
fn flat<'a>(prefix: &str, attributes: &'a [Attribute]) -> Vec<(String, &'a Attribute)> {
    let mut all = Vec::new();
    for attribute in attributes {
        let path = if prefix.is_empty() { attribute.name.to_owned() } else { format!("{prefix}.{}", attribute.name) };
        all.push((path.clone(), attribute));
        all.extend(flat(&path, attribute.nested()));
    }
    all
}

fn type_of(ty: &AttrType) -> String {
    match ty {
        AttrType::Any => "any".to_owned(),
        AttrType::Bool => "bool".to_owned(),
        AttrType::Number => "number".to_owned(),
        AttrType::String => "string".to_owned(),
        AttrType::List(inner) => format!("list of {}", type_of(inner)),
        AttrType::Map(inner) => format!("map of {}", type_of(inner)),
        AttrType::Object(_) => "object".to_owned(),
        AttrType::Block(_) => "block".to_owned(),
    }
}

fn change_of(attribute: &Attribute) -> String {
    match attribute.change {
        _ if matches!(attribute.ty, AttrType::Object(_) | AttrType::Block(_)) => "as its parts".to_owned(),
        Change::InPlace => "in place".to_owned(),
        Change::Refused(why) => format!("refused: {why}"),
        Change::Replaces => "replaces".to_owned(),
        Change::Local => "no request".to_owned(),
    }
}

fn removal_of(attribute: &Attribute) -> String {
    match (attribute.presence, attribute.removal) {
        (Presence::Required, _) => "required".to_owned(),
        _ if matches!(attribute.ty, AttrType::Object(_) | AttrType::Block(_)) => "as its parts".to_owned(),
        (_, Removal::Reset(what)) => format!("goes back to {what}"),
        (_, Removal::Release) if attribute.change == Change::Local => "–".to_owned(),
        (_, Removal::Release) => "keeps its value".to_owned(),
    }
}

/// What it is, and what else is to be known of it.
fn words(attribute: &Attribute) -> String {
    let mut words = vec![attribute.doc.to_owned()];
    if attribute.presence == Presence::Required {
        words.insert(0, "Required.".to_owned());
    }
    match attribute.exposure {
        Exposure::Plain => {}
        Exposure::Secret => words.push("Secret: stored nowhere.".to_owned()),
        Exposure::WriteOnly { trigger } => words.push(format!("Written only: sent when `{trigger}` changes.")),
    }
    words.extend(attribute.deprecated.map(|instead| format!("Deprecated: use `{instead}`.")));
    words.extend(attribute.extension.map(|source| format!("Source: {source}.")));
    words.join(" ").replace('|', "\\|").replace('\n', " ")
}
