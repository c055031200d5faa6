//! Nesting as deep as it may be, through everything the language does, on a small stack.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diag::{Diagnostic, FileId};
use crate::lang::eval::console::{Answer, answer};
use crate::lang::eval::{Scope, calls, check, constraint, evaluate, references};
use crate::lang::functions::{Context, FileKind, Files, Random};
use crate::lang::syntax::ast::{Expr, Ident};
use crate::lang::syntax::{MAX_DEPTH, parse_expression, parse_file, parse_json, parse_template};
use crate::lang::value::convert::{convert, unify};
use crate::lang::value::{Data, Marks, Type, Value, display};

const FILE: FileId = FileId(0);
const DEEPEST: usize = MAX_DEPTH - 1;

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

struct NoNames(Context);

impl Scope for NoNames {
    fn resolve(&self, path: &[&Ident]) -> Result<(Value, usize), Diagnostic> {
        panic!("nothing is named here: {path:?}")
    }

    fn functions(&self) -> &Context {
        &self.0
    }
}

fn scope() -> NoNames {
    NoNames(Context {
        files: Arc::new(Nothing),
        random: Arc::new(Nothing),
        module_dir: PathBuf::from("."),
        cwd: PathBuf::from("/"),
        home: None,
        now: jiff::Timestamp::UNIX_EPOCH,
        planning: false,
    })
}

fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(512 * 1024).spawn(run).expect("a thread starts");
    thread.join().expect("no test fails on it");
}

fn tower(open: &str, inner: &str, close: &str, n: usize) -> String {
    format!("{}{inner}{}", open.repeat(n), close.repeat(n))
}

fn parsed(text: &str) -> Expr {
    let (expr, diagnostics) = parse_expression(FILE, text);
    assert!(!diagnostics.has_errors(), "{}: {diagnostics:?}", text.get(..40).unwrap_or(text));
    expr
}

/// Does everything that is done with an expression, and answers its value.
fn value_of(text: &str) -> Value {
    let expr = parsed(text);
    let copy = expr.clone();
    assert!(copy == expr);
    assert!(format!("{copy:?}").len() > DEEPEST && format!("{copy:#?}").len() > DEEPEST);
    drop(copy);
    assert!(references(&expr).is_empty());
    let _ = calls(&expr);
    assert!(!check(&expr, &scope()).has_errors());
    let (value, diagnostics) = evaluate(&expr, &scope());
    assert!(!diagnostics.has_errors(), "{}: {diagnostics:?}", text.get(..40).unwrap_or(text));
    value
}

fn assert_refused(text: &str) {
    let (_, diagnostics) = parse_expression(FILE, text);
    let summaries: Vec<_> = diagnostics.iter().map(|d| d.summary.as_str()).collect();
    assert_eq!(summaries, ["Nesting too deep"], "{}", text.get(..40).unwrap_or(text));
}

/// Holds for every way to nest: one level less than the limit has the value, the limit itself is refused.
fn reaches_the_limit(open: &'static str, inner: &'static str, close: &'static str, expected: Value) {
    on_a_small_stack(move || {
        assert!(value_of(&tower(open, inner, close, DEEPEST)) == expected, "{open}");
        assert_refused(&tower(open, inner, close, MAX_DEPTH));
    });
}

#[test]
fn brackets() {
    reaches_the_limit("(", "1", ")", Value::from(1));
    reaches_the_limit("coalesce(", "1", ")", Value::from(1));
    reaches_the_limit("[0][", "0", "]", Value::from(0));
    reaches_the_limit("[for x in ", "1[*]", " : x]", Value::tuple(vec![Value::from(1)]));
    reaches_the_limit(
        "{for x in ",
        "\"a\"[*]",
        " : x => x}",
        Value::object([(Arc::from("a"), Value::from("a"))].into()),
    );
}

#[test]
fn templates() {
    reaches_the_limit("\"${", "1", "}\"", Value::from(1));
    reaches_the_limit("\"a${", "\"\"", "}\"", Value::from("a".repeat(DEEPEST)));
    reaches_the_limit("\"%{ if ", "true", " }true%{ endif }\"", Value::from("true"));
    on_a_small_stack(|| {
        for (open, close) in [("%{ if true }", "%{ endif }"), ("%{ for x in [1] }", "%{ endfor }")] {
            let quoted = |n| format!("\"{}\"", tower(open, "x", close, n));
            assert!(value_of(&quoted(DEEPEST)) == Value::from("x"));
            assert_refused(&quoted(MAX_DEPTH));
            let (template, diagnostics) = parse_template(FILE, &tower(open, "x", close, DEEPEST));
            assert!(!diagnostics.has_errors() && template.clone() == template);
        }
        let heredocs = tower("<<E\n${", "1", "}\nE\n", DEEPEST - 1);
        assert!(value_of(&format!("({heredocs})")) == Value::from(format!("1{}", "\n".repeat(DEEPEST - 1))));
    });
}

#[test]
fn chains() {
    reaches_the_limit("!", "true", "", Value::from(false));
    reaches_the_limit("-", "1", "", Value::from(-1));
    reaches_the_limit("1 + ", "1", "", Value::from(MAX_DEPTH as i64));
    reaches_the_limit("true && ", "true", "", Value::from(true));
    reaches_the_limit("true ? 1 : ", "2", "", Value::from(1));
    reaches_the_limit("true ? ", "1", " : 2", Value::from(1));
    on_a_small_stack(|| {
        let attributes = |n| format!("{}{}", tower("{a = ", "1", "}", n), ".a".repeat(n));
        assert!(value_of(&attributes(DEEPEST)) == Value::from(1));
        let indexes = |n| format!("{}{}", tower("[", "1", "]", n), "[0]".repeat(n));
        assert!(value_of(&indexes(DEEPEST)) == Value::from(1));
        assert_refused(&format!("a{}", ".a".repeat(MAX_DEPTH)));
        assert_refused(&format!("a{}", "[0]".repeat(MAX_DEPTH)));
        assert_refused(&format!("a{}", "[*]".repeat(MAX_DEPTH)));
    });
}

#[test]
fn brackets_and_chains_count_apart() {
    reaches_the_limit("1 + (", "1", ")", Value::from(MAX_DEPTH as i64));
    reaches_the_limit("-(", "1", ")", Value::from(-1));
}

#[test]
fn nested_values() {
    on_a_small_stack(|| {
        for (open, inner, close) in [("[", "1", "]"), ("{a = ", "1", "}"), ("[", "", "]")] {
            goes_through_everything(value_of(&tower(open, inner, close, DEEPEST)));
        }
        goes_through_everything(value_of(&format!("1{}", "[*]".repeat(DEEPEST))));
    });
}

#[test]
fn nested_lists() {
    on_a_small_stack(|| {
        // Each level repeats the type of what is in it, and only a type constraint makes as many of them.
        let depth = 1000;
        let list = (0..depth).fold(Value::from(1), |inner, _| Value::list(Type::Any, vec![inner]));
        let tuple = (0..depth).fold(Value::from(1), |inner, _| Value::tuple(vec![inner]));
        assert!(convert(&tuple, &list.ty()).is_ok_and(|converted| converted == list));
        assert!(list.equals(&list.clone()) == Value::bool(true));
        assert_eq!(display::value(&list).matches("tolist(").count(), depth);
        assert!(list.ty().to_string().starts_with("list(list("));
    });
}

fn goes_through_everything(value: Value) {
    let copy = value.clone();
    assert!(copy == value && value.equals(&copy) == Value::bool(true));
    assert!(format!("{value:?}").len() > DEEPEST && format!("{value:#?}").len() > DEEPEST);
    assert!(display::value(&value).lines().count() >= DEEPEST);
    assert!(value.is_wholly_known() && !value.contains_marks());
    let text = value.to_json_text().expect("a known value has JSON");
    assert!(text.len() >= 2 * DEEPEST);
    assert!(value.to_json().is_err_and(|e| e.message.contains("nested more than")));
    assert!(Value::parse_json(&text).is_err());
    let (bare, marks) = Value::tuple(vec![value.clone().with_marks(Marks::SENSITIVE)]).unmark_deep();
    assert!(marks == Marks::SENSITIVE && bare.elements().eq([&value]));
    assert_eq!(Value::set(Type::Any, vec![value.clone(), value.clone()]).elements().len(), 1);
    assert!(value.compare_as_element(&copy).is_eq());

    let ty = value.ty();
    assert!(ty == copy.ty() && ty.cmp(&copy.ty()).is_eq() && ty.conforms_to(&ty) && ty.without_optional() == ty);
    ty.hash(&mut DefaultHasher::new());
    assert!(ty.to_string().len() > DEEPEST && !ty.friendly_name().is_empty() && format!("{ty:?}").len() > DEEPEST);
    assert!(unify(&[ty.clone(), copy.ty()]) == Some(ty.clone()));
    assert!(convert(&value, &ty).is_ok_and(|same| same == value));
}

#[test]
fn functions_take_nested_values() {
    on_a_small_stack(|| {
        // One level is the call's own.
        let list = tower("[", "1", "]", DEEPEST - 1);
        // The texts made of it grow with the square of its depth.
        let object = tower("{a = ", "1", "}", DEEPEST / 4);
        for function in ["jsonencode", "yamlencode", "provider::terraform::encode_expr"] {
            for argument in [&list, &object] {
                let value = value_of(&format!("{function}({argument})"));
                assert!(value.as_str().is_some_and(|s| s.len() >= DEEPEST), "{function}");
            }
        }
        assert!(value_of(&format!("flatten({list})")) == Value::tuple(vec![Value::from(1)]));
        for function in ["sensitive", "tolist", "toset", "ephemeralasnull"] {
            value_of(&format!("{function}({list})"));
        }
        for operator in ["==", "!="] {
            assert!(value_of(&format!("{list} {operator} {list}")).as_bool().is_some());
        }
        value_of(&format!("true ? {list} : {list}"));
        for decode in ["jsondecode", "yamldecode"] {
            let (_, diagnostics) = evaluate(&parsed(&format!("{decode}(\"{list}\")")), &scope());
            assert!(diagnostics.has_errors(), "{decode}");
        }
    });
}

#[test]
fn the_console_answers() {
    on_a_small_stack(|| {
        for (open, close) in [("[", "]"), ("{a = ", "}")] {
            let Answer::Value(shown) = answer(FILE, &tower(open, "1", close, DEEPEST), &scope()) else {
                panic!("an answer is refused")
            };
            assert!(shown.json.is_some() && shown.ty.len() > DEEPEST && shown.display.len() > DEEPEST);
            assert!(Answer::Value(shown).to_line(None).starts_with("{\"ok\":true"));
            let refused = answer(FILE, &tower(open, "1", close, MAX_DEPTH), &scope());
            assert!(refused.to_line(None).contains("Nesting too deep"));
        }
    });
}

#[test]
fn blocks() {
    on_a_small_stack(|| {
        let blocks = |n| tower("a {\n", "b = 1\n", "}\n", n);
        let (body, diagnostics) = parse_file(FILE, &blocks(DEEPEST));
        assert!(!diagnostics.has_errors());
        assert!(body.clone() == body && format!("{body:?}").len() > DEEPEST && format!("{body:#?}").len() > DEEPEST);
        let formatted = super::fmt::format(&blocks(DEEPEST));
        assert_eq!(
            formatted.lines().map(str::trim_start).collect::<Vec<_>>(),
            blocks(DEEPEST).lines().collect::<Vec<_>>()
        );
        assert!(parse_file(FILE, &blocks(MAX_DEPTH)).1.iter().any(|d| d.summary == "Nesting too deep"));
        assert_eq!(super::fmt::format(&blocks(MAX_DEPTH)), blocks(MAX_DEPTH));
    });
}

#[test]
fn json_configuration() {
    on_a_small_stack(|| {
        for (open, inner, close) in [("[", "\"${1}\"", "]"), ("{\"a\": ", "1", "}")] {
            // One level is the object that is the file.
            let file = |n| format!("{{\"x\": {}}}", tower(open, inner, close, n - 1));
            let (body, diagnostics) = parse_json(FILE, &file(DEEPEST));
            assert!(!diagnostics.has_errors());
            let attribute = body.attribute("x").expect("the property is there");
            assert!(!evaluate(&attribute.expr, &scope()).1.has_errors());
            assert!(parse_json(FILE, &file(MAX_DEPTH)).1.has_errors());
        }
    });
}

#[test]
fn type_constraints() {
    on_a_small_stack(|| {
        // Each level of `object({…})` is two brackets.
        let read = |text: &str| constraint::read(&parsed(text), &scope());
        let (list, diagnostics) = read(&tower("list(", "object({a = optional(string, \"x\")})", ")", DEEPEST - 3));
        assert!(!diagnostics.has_errors());
        assert!(list.clone() == list && format!("{list:?}").len() > DEEPEST);
        let (object, diagnostics) = read(&tower("object({a = ", "string", "})", DEEPEST / 2));
        assert!(!diagnostics.has_errors() && object.apply(&Value::from(1)).is_err());
        let (tuple, diagnostics) = read(&tower("tuple([", "string", "])", DEEPEST / 2));
        assert!(!diagnostics.has_errors());
        let value = value_of(&format!("({})", tower("[", "1", "]", DEEPEST / 2)));
        assert!(tuple.apply(&value).is_ok_and(|v| v.ty() == tuple.ty));
        let _: BTreeMap<Type, ()> = [(tuple.ty.clone(), ()), (object.ty.clone(), ())].into();
    });
}

#[test]
fn differing_types_are_compared_to_the_end() {
    on_a_small_stack(|| {
        let depth = 1000;
        let nested = |inner: Value| (0..depth).fold(inner, |inner, _| Value::tuple(vec![inner]));
        let (number, text) = (nested(Value::from(1)), nested(Value::from("a")));
        assert!(unify(&[number.ty(), text.ty()]) == Some(text.ty()));
        assert!(convert(&number, &text.ty()).is_ok_and(|v| v.ty() == text.ty()));
        let why = convert(&text, &number.ty()).expect_err("a letter is no number");
        assert_eq!(why.path.len(), depth);
        let boolean = nested(Value::bool(true));
        assert!(unify(&[number.ty(), boolean.ty()]).is_none());
        assert!(matches!(convert(&boolean, &number.ty()), Err(e) if !e.message.is_empty()));
        assert!(matches!(text.data, Data::Tuple(_)));
    });
}
