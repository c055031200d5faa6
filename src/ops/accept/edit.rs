//! Edits of a source text: the literal that has to become another value, with the comments around it left alone.

use crate::diag::Span;
use crate::lang::recursion::recurse;
use crate::lang::syntax::ast::{Expr, ExprKind};
use crate::lang::value::convert::convert;
use crate::lang::value::{Type, Value};
use crate::lang::write;
use crate::schema::{Attribute, Comparison};

use super::literal::{literal, name};

/// One place of a text, and what stands there afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub start: usize,
    pub end: usize,
    pub text: String,
}

impl Edit {
    fn of(span: Span, text: String) -> Self {
        Self { start: span.start as usize, end: span.end as usize, text }
    }
}

/// The text with all edits. They must not overlap.
pub(super) fn edited(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|e| std::cmp::Reverse(e.start));
    let mut out = text.to_owned();
    for edit in edits {
        out.replace_range(edit.start..edit.end, &edit.text);
    }
    out
}

/// Makes `expr` the value `wanted`; nothing when it is not written out.
pub(super) fn change(source: &str, expr: &Expr, attribute: &Attribute, wanted: &Value) -> Option<Edit> {
    literal(expr)?;
    let whole = || write::value(wanted).map(|text| Edit::of(expr.span, text));
    let text = match (&expr.kind, &attribute.comparison) {
        (ExprKind::Paren(inner), _) => return recurse(|| change(source, inner, attribute, wanted)),
        (ExprKind::Tuple(items), Comparison::Set { same }) => {
            list(source, (expr.span, items), attribute, *same, wanted)?
        }
        (ExprKind::Object(_), _) if matches!(wanted.ty(), Type::Map(_)) => map(source, expr, wanted)?,
        _ => return whole(),
    };
    Some(Edit::of(expr.span, text))
}

/// A list: elements that stay keep their text, with the comments at them.
fn list(
    source: &str,
    (span, items): (Span, &[Expr]),
    attribute: &Attribute,
    same: fn(&Value) -> Value,
    wanted: &Value,
) -> Option<String> {
    let Type::List(element) = attribute.ty.to_type() else { return write::value(wanted) };
    let typed = |expr: &Expr| convert(&literal(expr)?, &element).ok().map(|v| same(&v));
    let have: Vec<Value> = items.iter().map(typed).collect::<Option<_>>()?;
    let want: Vec<Value> = wanted.elements().map(same).collect();
    let kept = have.iter().map(|v| if want.contains(v) { Fate::Stays } else { Fate::Goes }).collect();
    let new = wanted.elements().filter(|v| !have.contains(&same(v)));
    let new: Vec<String> = new.map(write::value).collect::<Option<_>>()?;
    let places = items.iter().map(|e| (e.span.start as usize, e.span.end as usize)).collect();
    Some(Pieces { source, span, places, commas: true }.rewritten(kept, &new))
}

/// A map: entries that stay keep their text.
fn map(source: &str, expr: &Expr, wanted: &Value) -> Option<String> {
    let ExprKind::Object(items) = &expr.kind else { return None };
    let Type::Map(element) = wanted.ty() else { return None };
    let mut fates = Vec::new();
    let mut places = Vec::new();
    let mut known = Vec::new();
    for item in items {
        let key = name(item)?;
        let start = match &item.key {
            crate::lang::syntax::ast::ObjectKey::Name(name) => name.span.start,
            crate::lang::syntax::ast::ObjectKey::Expr(key) => key.span.start,
        };
        places.push((start as usize, item.value.span.end as usize));
        let have = convert(&literal(&item.value)?, &element).ok();
        fates.push(match wanted.get(&key) {
            None => Fate::Goes,
            Some(value) if have.as_ref() == Some(value) => Fate::Stays,
            Some(value) => Fate::Becomes(format!("{} = {}", write::key(&key), write::value(value)?)),
        });
        known.push(key);
    }
    let new = wanted.entries().filter(|(k, _)| !known.iter().any(|known| **known == ***k));
    let new = new.map(|(k, v)| Some(format!("{} = {}", write::key(k), write::value(v)?)));
    let new: Vec<String> = new.collect::<Option<_>>()?;
    Some(Pieces { source, span: expr.span, places, commas: false }.rewritten(fates, &new))
}

/// What becomes of an element.
enum Fate {
    Stays,
    Goes,
    Becomes(String),
}

/// The elements of something in brackets.
struct Pieces<'s> {
    source: &'s str,
    /// With the brackets.
    span: Span,
    /// Each without what stands around it.
    places: Vec<(usize, usize)>,
    /// Whether lines end with commas.
    commas: bool,
}

impl Pieces<'_> {
    fn rewritten(&self, fates: Vec<Fate>, new: &[String]) -> String {
        let (open, close) = (self.span.start as usize, self.span.end as usize);
        let (first, last) = (&self.source[open..=open], &self.source[close - 1..close]);
        let inner = &self.source[open + 1..close - 1];
        if !inner.contains('\n') {
            let stays = self.places.iter().zip(&fates).filter_map(|((start, end), fate)| match fate {
                Fate::Stays => Some(self.source[*start..*end].to_owned()),
                Fate::Becomes(text) => Some(text.clone()),
                Fate::Goes => None,
            });
            let all: Vec<String> = stays.chain(new.iter().cloned()).collect();
            let space = if first == "{" && !all.is_empty() { " " } else { "" };
            return format!("{first}{space}{}{space}{last}", all.join(", "));
        }
        let comma = if self.commas { "," } else { "" };
        let mut out = first.to_owned();
        let mut from = open + 1;
        for ((start, end), fate) in self.places.iter().zip(fates) {
            let until = self.end_of_line(*end, close - 1);
            let before = &self.source[from..*start];
            let behind = self.source[*end..until].strip_prefix(',').unwrap_or(&self.source[*end..until]);
            match fate {
                Fate::Stays => out.push_str(&format!("{before}{}{comma}{behind}", &self.source[*start..*end])),
                Fate::Becomes(text) => out.push_str(&format!("{before}{text}{comma}{behind}")),
                Fate::Goes => {}
            }
            from = until;
        }
        new.iter().for_each(|text| out.push_str(&format!("\n{text}{comma}")));
        out.push_str(&self.source[from..close - 1]);
        out.push_str(last);
        out
    }

    /// Behind an element: its comma, and a comment that ends its line.
    fn end_of_line(&self, end: usize, limit: usize) -> usize {
        let rest = &self.source[end..limit];
        let comma = rest.len() - rest.trim_start_matches([' ', '\t']).trim_start_matches(',').len();
        let behind = rest[comma..].trim_start_matches([' ', '\t']);
        if behind.starts_with('#') || behind.starts_with("//") {
            return end + (rest.len() - behind.len()) + behind.find('\n').unwrap_or(behind.len());
        }
        end + comma
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::FileId;
    use crate::lang::syntax::parse_file;
    use crate::schema::AttrType;

    /// The text in which `x` has become what `value` writes.
    fn after(source: &str, attribute: &Attribute, value: &str) -> Option<String> {
        let (body, _) = parse_file(FileId(0), source);
        let (wanted, _) = parse_file(FileId(0), &format!("x = {value}\n"));
        let literal = literal(&wanted.attribute("x")?.expr)?;
        let wanted = convert(&literal, &attribute.ty.to_type()).ok()?;
        let edit = change(source, &body.attribute("x")?.expr, attribute, &wanted)?;
        Some(crate::lang::fmt::format(&edited(source, &[edit])))
    }

    #[test]
    fn plain_values_are_replaced_where_they_stand() {
        let number = Attribute::optional("x", AttrType::Number, "");
        assert_eq!(after("x = 3 # three\n", &number, "5").as_deref(), Some("x = 5 # three\n"));
        assert_eq!(after("x = (3)\n", &number, "5").as_deref(), Some("x = (5)\n"));
        assert_eq!(after("x = 1 + 2\n", &number, "5"), None);
        assert_eq!(after("x = var.n\n", &number, "5"), None);
    }

    #[test]
    fn lists_keep_what_stays_and_its_comments() {
        let list = Attribute::optional("x", AttrType::List(Box::new(AttrType::String)), "").set_of(Value::clone);
        assert_eq!(after("x = [\"a\", \"b\"]\n", &list, "[\"b\", \"c\"]").as_deref(), Some("x = [\"b\", \"c\"]\n"));
        assert_eq!(after("x = [\"a\"]\n", &list, "[]").as_deref(), Some("x = []\n"));
        let source = "x = [\n  # the first\n  \"a\", # a\n  \"b\", # b\n  # the end\n]\n";
        let expected = "x = [\n  \"b\", # b\n  \"c\",\n  # the end\n]\n";
        assert_eq!(after(source, &list, "[\"b\", \"c\"]").as_deref(), Some(expected));
        let source = "x = [\n  \"a\",\n  \"b\"\n]\n";
        let expected = "x = [\n  \"a\",\n  \"b\",\n  \"c\",\n]\n";
        assert_eq!(after(source, &list, "[\"a\", \"b\", \"c\"]").as_deref(), Some(expected));
    }

    #[test]
    fn maps_change_by_entries() {
        let map = Attribute::optional("x", AttrType::Map(Box::new(AttrType::String)), "");
        let source = "x = {\n  a = \"1\" # one\n  b = \"2\"\n}\n";
        let expected = "x = {\n  a = \"3\" # one\n  c = \"4\"\n}\n";
        assert_eq!(after(source, &map, "{ a = \"3\", c = \"4\" }").as_deref(), Some(expected));
        assert_eq!(after("x = { a = \"1\" }\n", &map, "{ b = \"2\" }").as_deref(), Some("x = { b = \"2\" }\n"));
        assert_eq!(after("x = { a = var.a }\n", &map, "{ b = \"2\" }"), None);
    }
}
