use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::diag::FileId;
use crate::lang::functions::{Context, FileKind, Files, Random};
use crate::lang::syntax::ast::Ident;
use crate::lang::syntax::parse_expression;
use crate::lang::value::Data;

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
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0);
    }
}

fn context() -> Context {
    Context {
        files: Arc::new(Nothing),
        random: Arc::new(Nothing),
        module_dir: PathBuf::from("."),
        cwd: PathBuf::from("/"),
        home: None,
        now: jiff::Timestamp::UNIX_EPOCH,
        planning: false,
    }
}

/// `service.<name>` is one value; nothing else has a name.
struct Services {
    service: Value,
    functions: Context,
}

impl Scope for Services {
    fn resolve(&self, path: &[&Ident]) -> Result<(Value, usize), Diagnostic> {
        match path {
            [root, _, ..] if &*root.text == "service" => Ok((self.service.clone(), 2)),
            _ => Err(Diagnostic::error(codes::UNKNOWN_NAME, "No such name")),
        }
    }

    fn functions(&self) -> &Context {
        &self.functions
    }
}

fn services() -> Services {
    let object = |x: i64| Value::object([(Arc::from("id"), Value::from(x))].into());
    Services { service: Value::tuple((0..1000).map(object).collect()), functions: context() }
}

fn parsed(text: &str) -> Expr {
    let (expr, diagnostics) = parse_expression(FileId(0), text);
    assert!(!diagnostics.has_errors(), "{text}: {diagnostics:?}");
    expr
}

fn paths(text: &str) -> Vec<String> {
    let path = |r: &Reference| r.path.iter().map(|i| i.text.to_string()).collect::<Vec<_>>().join(".");
    references(&parsed(text)).iter().map(path).collect()
}

#[test]
fn references_are_the_free_names_in_order() {
    assert_eq!(paths("service.x[0].id + var.a"), ["service.x", "var.a"]);
    assert_eq!(paths("[for x in var.xs : x.y if x.z == local.w]"), ["var.xs", "local.w"]);
    assert_eq!(paths("[for k, var in var.xs : \"${var}${k}${each.key}\"]"), ["var.xs", "each.key"]);
    assert_eq!(paths("service.x[var.i].tags[*][local.t]"), ["service.x", "var.i", "local.t"]);
    assert_eq!(paths("{name = var.a, (var.b) = 1}"), ["var.a", "var.b"]);
    assert_eq!(
        paths("\"%{ for x in var.xs }${x}${y.z}%{ endfor }%{ if c.d }${e}%{ endif }\""),
        ["var.xs", "y.z", "c.d", "e"]
    );
    assert_eq!(paths("try((var.a).b.c, f(local.d...))"), ["var.a", "local.d"]);
}

#[test]
fn calls_are_found_at_any_depth() {
    let names: Vec<_> = calls(&parsed("[for x in a() : b(core::c(x))]")).iter().map(|n| n.text.to_string()).collect();
    assert_eq!(names, ["a", "b", "core::c"]);
}

#[test]
fn a_scope_may_answer_for_several_names_at_once() {
    let (value, diagnostics) = evaluate(&parsed("service.x[7].id + 1"), &services());
    assert!(diagnostics.is_empty());
    assert_eq!(value, Value::from(8));
    assert!(evaluate(&parsed("service"), &services()).1.has_errors());
}

#[test]
fn names_are_checked_wherever_they_stand() {
    let summaries = |text| check(&parsed(text), &services()).iter().map(|d| d.summary.clone()).collect::<Vec<_>>();
    assert_eq!(summaries("try(nothing.x, false ? nothing.y : 1)"), ["No such name", "No such name"]);
    assert_eq!(summaries("can(nosuch())"), Vec::<String>::new());
    assert_eq!(summaries("can(one::two())"), ["Unknown provider function"]);
}

#[test]
fn constants_name_and_call_nothing() {
    let functions = context();
    let (value, diagnostics) = constant(&parsed("{a = [1, \"x${2}\"]}"), &functions);
    assert!(diagnostics.is_empty() && value.get("a").is_some_and(|a| a.elements().count() == 2));
    let summaries = |text| constant(&parsed(text), &functions).1.iter().map(|d| d.summary.clone()).collect::<Vec<_>>();
    assert_eq!(summaries("var.x"), ["Variables not allowed"]);
    assert_eq!(summaries("upper(\"a\")"), ["Function calls not allowed"]);
}

#[test]
fn values_are_shared_and_not_copied() {
    let scope = services();
    let (value, _) = evaluate(&parsed("true ? {all = service.x}.all : service.x"), &scope);
    let (Data::Tuple(a), Data::Tuple(b)) = (&value.data, &scope.service.data) else { panic!("{value:?}") };
    assert!(std::ptr::eq(&**a, &**b));
}

#[test]
fn deep_trees_do_not_overflow_the_stack() {
    let mut expr = parsed("1");
    for _ in 0..100_000 {
        expr = Expr { span: expr.span, kind: ExprKind::Paren(Box::new(expr)) };
    }
    assert_eq!(evaluate(&expr, &services()).0, Value::from(1));
    assert!(references(&expr).is_empty());
}

#[test]
fn constraints_fill_in_defaults_at_any_depth() {
    let read = |text| constraint::read(&parsed(text), &services());
    let (c, diagnostics) = read(
        "list(object({a = string, b = optional(number, 5), c = optional(object({d = optional(bool, true)}), {})}))",
    );
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let (given, _) = constant(&parsed("[{a = 1}, {a = \"x\", b = 2, c = {d = false}, extra = 1}]"), &context());
    let value = c.apply(&given).expect("fits");
    let (wanted, _) =
        constant(&parsed("[{a = \"1\", b = 5, c = {d = true}}, {a = \"x\", b = 2, c = {d = false}}]"), &context());
    assert_eq!(value.ty().to_string(), c.ty.without_optional().to_string());
    assert!(value.elements().eq(wanted.elements()), "{value:?}");
    let summaries = |text| read(text).1.iter().map(|d| d.detail.clone()).collect::<Vec<_>>();
    assert_eq!(summaries("strng"), ["The keyword \"strng\" is not a valid type specification."]);
    assert_eq!(summaries("list"), ["The list type constructor requires one argument specifying the element type."]);
    assert_eq!(summaries("object({a = optional(number, \"x\")})").len(), 1);
    assert_eq!(summaries("object({a = optional()})").len(), 1);
    assert_eq!(summaries("tuple([string, 5])").len(), 1);
    assert_eq!(summaries("optional(string)").len(), 1);
    assert_eq!(summaries("string(1)").len(), 1);
}
