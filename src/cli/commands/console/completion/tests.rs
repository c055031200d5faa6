use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::diag::{Code, Diagnostic};
use crate::lang::functions::{Context, FileKind, Files, Random};
use crate::lang::syntax::ast::Ident;
use crate::lang::value::Marks;

/// Names as a configuration would have them.
struct Configured(BTreeMap<&'static str, Value>, Context);

impl Scope for Configured {
    fn resolve(&self, path: &[&Ident]) -> Result<(Value, usize), Diagnostic> {
        let name = path.iter().take(2).map(|i| &*i.text).collect::<Vec<_>>().join(".");
        let unknown = || Diagnostic::error(Code("HW0400"), "Unknown").with_label(path[0].span, "");
        self.0.get(name.as_str()).map(|v| (v.clone(), 2)).ok_or_else(unknown)
    }

    fn functions(&self) -> &Context {
        &self.1
    }
}

struct Nothing;

impl Files for Nothing {
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn kind(&self, _: &Path) -> io::Result<FileKind> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn list(&self, _: &Path) -> io::Result<Vec<String>> {
        Err(io::ErrorKind::NotFound.into())
    }
}

impl Random for Nothing {
    fn fill(&self, _: &mut [u8]) {}
}

fn object(fields: &[(&str, Value)]) -> Value {
    Value::object(fields.iter().map(|(n, v)| ((*n).into(), v.clone())).collect())
}

fn map(fields: &[(&str, &str)]) -> Value {
    Value::map(Type::String, fields.iter().map(|(n, v)| ((*n).into(), Value::from(*v))).collect())
}

/// What is offered, as `start: text text …`.
fn offered(before: &str) -> String {
    let secret = Marks { sensitive: true, ephemeral: false };
    let host = object(&[("host", "h".into()), ("port", 1.into())]);
    let service = object(&[("id", "i".into()), ("endpoints", Value::tuple(vec![host.clone()])), ("name", "n".into())]);
    let values = BTreeMap::from([
        ("var.region", "eu".into()),
        ("var.regions", map(&[("eu-1", "a"), ("us", "b"), ("a\"b", "c")])),
        ("local.secret", map(&[("hidden", "x")]).with_marks(secret)),
        ("service.primary", service),
    ]);
    let context = Context {
        files: Arc::new(Nothing),
        random: Arc::new(Nothing),
        module_dir: ".".into(),
        cwd: "/".into(),
        home: None,
        now: jiff::Timestamp::UNIX_EPOCH,
        planning: false,
    };
    let scope = Configured(values, context);
    let declared = scope.0.keys().map(|name| (*name).to_owned()).chain(["path.module".to_owned()]).collect();
    let (start, found) = Completion { scope: &scope, declared }.complete(before);
    let texts: Vec<String> = found.into_iter().map(|c| c.text).collect();
    format!("{start}: {}", texts.join(" "))
}

#[test]
fn names_are_completed_part_by_part() {
    for (before, expected) in [
        ("va", "0: var. values("),
        ("var.", "4: region regions"),
        ("1 + var.regions", "8: region regions".replace("region ", "").as_str()),
        ("upper(var.re", "10: region regions"),
        ("serv", "0: service."),
        ("service.p", "8: primary"),
        ("path.", "5: module"),
        ("local.x", "6: "),
        ("nothing.", "8: "),
        ("", offered("").as_str()),
    ] {
        assert_eq!(offered(before), expected, "{before}");
    }
    assert!(offered("").contains("var. ") && offered("").contains("zipmap("));
}

#[test]
fn attributes_are_those_of_the_value() {
    for (before, expected) in [
        ("service.primary.", "16: endpoints id name"),
        ("service.primary.n", "16: name"),
        ("[for x in service.primary.endpoints[0].", "39: host port"),
        ("service.primary.endpoints[*].", "29: host port"),
        ("service.primary.endpoints.*.p", "28: port"),
        ("merge({ a = 1 }, { b = 2 }).", "28: a b"),
        ("(service.primary).i", "18: id"),
        ("var.regions.", "12: eu-1 us"),
        ("var.regions[\"", "13: eu-1\"] us\"]"),
        ("var.regions[\"e", "13: eu-1\"]"),
        ("local.secret.", "13: "),
        ("local.secret[\"", "14: "),
        ("var.region.", "11: "),
    ] {
        assert_eq!(offered(before), expected, "{before}");
    }
}

#[test]
fn texts_and_comments_have_no_names() {
    for before in ["\"va", "\"", "1 # va", "12"] {
        assert_eq!(offered(before), format!("{}: ", before.len()), "{before}");
    }
    assert_eq!(offered("\"${serv"), "3: service.");
}

#[test]
fn functions_show_their_parameters() {
    let signature = |name| functions::signature(name).map(shown).unwrap_or_default();
    assert_eq!(signature("cidrsubnet"), "cidrsubnet(prefix, newbits, netnum)");
    assert_eq!(signature("format"), "format(format, args...)");
}
