//! The JSON spelling of configuration, as far as it can be read without knowing what is a block: every property is an
//! argument, objects and arrays are expressions, and texts are templates.

use std::sync::Arc;

use super::ast::{
    Attribute, Body, Expr, ExprKind, Ident, Item, ObjectItem, ObjectKey, Template, TemplatePart, UnaryOp,
};
use super::{MAX_DEPTH, messages, parse_template_in};
use crate::diag::{Diagnostics, FileId, Span};
use crate::lang::recursion::recurse;

/// What a text stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts {
    Templates,
    Plain,
}

/// Reads a JSON text. The first mistake ends it: JSON gives no hold to go on behind one.
pub(super) fn parse(file: FileId, text: &str, texts: Texts) -> (Body, Diagnostics) {
    let mut reader = Reader { file, text, at: 0, depth: 0, texts, diagnostics: Diagnostics::new() };
    let span = Span::new(file, 0, text.len());
    let items = match reader.root() {
        Ok(items) => items,
        Err(Mistake { at, detail }) => {
            let end = text.get(at..).and_then(|t| t.chars().next()).map_or(at, |c| at + c.len_utf8());
            reader.diagnostics.push(messages::invalid_json(Span::new(file, at, end), &detail));
            Vec::new()
        }
    };
    (Body { items, span }, reader.diagnostics)
}

/// Where and why a text is not JSON.
struct Mistake {
    at: usize,
    detail: String,
}

type Read<T> = Result<T, Mistake>;

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    at: usize,
    depth: usize,
    texts: Texts,
    diagnostics: Diagnostics,
}

impl Reader<'_> {
    fn root(&mut self) -> Read<Vec<Item>> {
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        self.skip_space();
        let start = self.at;
        let root = self.value()?;
        self.skip_space();
        if self.at < self.text.len() {
            return self.mistake("Something follows the end of the JSON text.");
        }
        let objects = match root.into_kind() {
            ExprKind::Object(items) => vec![items],
            // Several objects in a list are read as one, in order.
            ExprKind::Tuple(list) => list
                .into_iter()
                .filter_map(|e| if let ExprKind::Object(i) = e.into_kind() { Some(i) } else { None })
                .collect(),
            _ => return Err(Mistake { at: start, detail: "Configuration is an object, in braces.".into() }),
        };
        Ok(objects.into_iter().flatten().filter_map(argument).collect())
    }

    fn mistake<T>(&self, detail: impl Into<String>) -> Read<T> {
        Err(Mistake { at: self.at, detail: detail.into() })
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..).and_then(|t| t.chars().next())
    }

    fn skip_space(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or("");
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.file, start, self.at)
    }

    fn value(&mut self) -> Read<Expr> {
        let start = self.at;
        let kind = match self.peek() {
            Some('{') => self.nested(Self::object)?,
            Some('[') => self.nested(Self::array)?,
            Some('"') => self.string_value()?,
            Some('-' | '0'..='9') => self.number()?,
            Some(c) if c.is_ascii_alphabetic() => self.word()?,
            Some(_) => return self.mistake("A value is missing here."),
            None => return self.mistake("The text ends where a value is missing."),
        };
        Ok(Expr { kind, span: self.span(start) })
    }

    fn nested(&mut self, read: impl FnOnce(&mut Self) -> Read<ExprKind>) -> Read<ExprKind> {
        self.depth += 1;
        if self.depth >= MAX_DEPTH {
            return self.mistake(format!("The nesting is {MAX_DEPTH} levels deep, which is too deep."));
        }
        let kind = recurse(|| read(self));
        self.depth -= 1;
        kind
    }

    /// The items between brackets, separated by commas.
    fn list(&mut self, close: char, mut item: impl FnMut(&mut Self) -> Read<()>) -> Read<()> {
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(close) {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.skip_space();
            item(self)?;
            self.skip_space();
            match self.peek() {
                Some(',') => self.at += 1,
                Some(c) if c == close => {
                    self.at += 1;
                    return Ok(());
                }
                Some(_) => return self.mistake(format!("A comma or {close} is missing here.")),
                None => return self.mistake(format!("The text ends where {close} is missing.")),
            }
        }
    }

    fn array(&mut self) -> Read<ExprKind> {
        let mut items = Vec::new();
        self.list(']', |r| {
            items.push(r.value()?);
            Ok(())
        })?;
        Ok(ExprKind::Tuple(items))
    }

    fn object(&mut self) -> Read<ExprKind> {
        let mut items = Vec::new();
        self.list('}', |r| {
            if r.peek() != Some('"') {
                return r.mistake("A property name in double quotes is missing here.");
            }
            let start = r.at;
            let text = r.string()?;
            let span = r.span(start);
            r.skip_space();
            if r.peek() != Some(':') {
                return r.mistake("A colon is missing after the property name.");
            }
            r.at += 1;
            r.skip_space();
            let key = r.key(&text, span);
            let value = r.value()?;
            items.push(ObjectItem { key, value });
            Ok(())
        })?;
        Ok(ExprKind::Object(items))
    }

    fn key(&mut self, text: &str, span: Span) -> ObjectKey {
        let template = self.template(text, span);
        match template.literal() {
            Some(name) => ObjectKey::Name(Ident { text: Arc::from(name), span }),
            None => ObjectKey::Expr(Expr { kind: ExprKind::Template(template), span }),
        }
    }

    fn string_value(&mut self) -> Read<ExprKind> {
        let start = self.at;
        let text = self.string()?;
        let span = self.span(start);
        Ok(ExprKind::Template(self.template(&text, span)))
    }

    fn template(&mut self, text: &str, span: Span) -> Template {
        if self.texts == Texts::Templates && (text.contains("${") || text.contains("%{")) {
            let (template, diagnostics) = parse_template_in(text, span);
            self.diagnostics.append(diagnostics);
            return template;
        }
        let literal = TemplatePart::Literal { text: Arc::from(text), span };
        Template { parts: vec![literal], heredoc: false }
    }

    fn string(&mut self) -> Read<String> {
        let start = self.at;
        let mut escaped = false;
        let rest = self.text.get(start + 1..).unwrap_or("");
        let end = rest.find(|c| {
            let is_end = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            is_end || c == '\n'
        });
        let Some(end) = end.filter(|e| rest[*e..].starts_with('"')) else {
            return self.mistake("This text has no closing quote in its line.");
        };
        self.at = start + 1 + end + 1;
        let quoted = self.text.get(start..self.at).unwrap_or("");
        serde_json::from_str(quoted).map_err(|_| Mistake {
            at: start,
            detail: "This text holds an escape or a control character that JSON does not have.".into(),
        })
    }

    fn number(&mut self) -> Read<ExprKind> {
        let start = self.at;
        let rest = self.text.get(start..).unwrap_or("");
        let len = rest.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(rest.len());
        let digits = &rest[..len];
        if serde_json::from_str::<serde::de::IgnoredAny>(digits).is_err() {
            return self.mistake("This is not a number.");
        }
        self.at += len;
        let span = self.span(start);
        let number = |text: &str| ExprKind::Number(Arc::from(text));
        Ok(match digits.strip_prefix('-') {
            Some(positive) => {
                ExprKind::Unary { op: UnaryOp::Negate, operand: Box::new(Expr { kind: number(positive), span }) }
            }
            None => number(digits),
        })
    }

    fn word(&mut self) -> Read<ExprKind> {
        let rest = self.text.get(self.at..).unwrap_or("");
        let len = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let kind = match &rest[..len] {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "null" => ExprKind::Null,
            _ => return self.mistake("A text must stand in double quotes."),
        };
        self.at += len;
        Ok(kind)
    }
}

/// A property of a body as an argument; `//` is the customary name for comments.
pub fn argument(item: ObjectItem) -> Option<Item> {
    let ObjectKey::Name(name) = item.key else { return None };
    if &*name.text == "//" {
        return None;
    }
    let span = name.span.to(item.value.span);
    Some(Item::Attribute(Attribute { name, expr: item.value, span }))
}
