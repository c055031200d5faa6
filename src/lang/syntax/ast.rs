//! The syntax tree: what the parser gives and the evaluator, `config` and `fmt` read. Every node knows its span.
//!
//! Must not know values: numbers keep their exact text. A tree can be thousands of levels deep (see
//! [`MAX_DEPTH`](super::MAX_DEPTH)), so copying, comparing, showing and dropping mind the stack at the three types whose
//! nodes hold nodes of their own kind: [`Expr`], [`Body`], and the directives of templates.

use std::fmt;
use std::sync::Arc;

use crate::diag::Span;
use crate::lang::recursion::{Deep, recurse};

/// The content of a file or of a block, items in source order.
pub struct Body {
    pub items: Vec<Item>,
    /// From the first to the last byte between the braces; for a file, all of it.
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Attribute(Attribute),
    Block(Block),
}

impl Body {
    #[must_use]
    pub fn into_items(mut self) -> Vec<Item> {
        std::mem::take(&mut self.items)
    }

    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.items.iter().filter_map(|i| if let Item::Attribute(a) = i { Some(a) } else { None })
    }

    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.items.iter().filter_map(|i| if let Item::Block(b) = i { Some(b) } else { None })
    }

    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes().find(|a| &*a.name.text == name)
    }
}

impl Clone for Body {
    fn clone(&self) -> Self {
        recurse(|| Self { items: self.items.clone(), span: self.span })
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        self.span == other.span && recurse(|| self.items == other.items)
    }
}

impl fmt::Debug for Body {
    /// In one line, see [`Deep`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        recurse(|| write!(f, "Body {{ items: {:?}, span: {:?} }}", self.items, self.span))
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        recurse(|| self.items.clear());
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ident {
    pub text: Arc<str>,
    pub span: Span,
}

/// `name = expression`
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    pub name: Ident,
    pub expr: Expr,
    pub span: Span,
}

/// `keyword "label" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub keyword: Ident,
    pub labels: Vec<Ident>,
    pub body: Body,
    /// The header: from the keyword to the last label.
    pub header: Span,
    pub span: Span,
}

pub struct Expr {
    pub kind: ExprKind,
    pub span: Span,
}

impl Expr {
    #[must_use]
    pub fn into_kind(mut self) -> ExprKind {
        std::mem::replace(&mut self.kind, ExprKind::Invalid)
    }
}

impl Clone for Expr {
    fn clone(&self) -> Self {
        recurse(|| Self { kind: self.kind.clone(), span: self.span })
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.span == other.span && recurse(|| self.kind == other.kind)
    }
}

impl fmt::Debug for Expr {
    /// In one line, see [`Deep`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        recurse(|| write!(f, "Expr {{ kind: {:?}, span: {:?} }}", self.kind, self.span))
    }
}

impl Drop for Expr {
    fn drop(&mut self) {
        recurse(|| self.kind = ExprKind::Invalid);
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    Null,
    Bool(bool),
    /// The digits exactly as written.
    Number(Arc<str>),
    /// A quoted string or a heredoc.
    Template(Template),
    Tuple(Vec<Expr>),
    Object(Vec<ObjectItem>),
    /// The root of a traversal: `var`, `local`, `service`, `each`, or a `for` variable.
    Variable(Arc<str>),
    /// `base.name`
    Attr {
        base: Box<Expr>,
        name: Ident,
    },
    /// `base[key]`; `base.0` gives a number as key.
    Index {
        base: Box<Expr>,
        key: Box<Expr>,
    },
    /// `source[*].a.b[0]` or `source.*.a`: `each` is applied to every element, which it sees as [`ExprKind::SplatItem`].
    Splat {
        source: Box<Expr>,
        each: Box<Expr>,
        style: SplatStyle,
    },
    /// The element a surrounding splat is at.
    SplatItem,
    /// `name(args)`; `expand` when the last argument is followed by `...`. The name holds namespaces: `provider::terraform::x`.
    Call {
        name: Ident,
        args: Vec<Expr>,
        expand: bool,
    },
    Unary {
        op: UnaryOp,
        operand: Box<Expr>,
    },
    Binary {
        op: BinaryOp,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    Conditional {
        condition: Box<Expr>,
        if_true: Box<Expr>,
        if_false: Box<Expr>,
    },
    For(Box<For>),
    Paren(Box<Expr>),
    /// What recovery put where nothing could be read; a diagnostic exists. Evaluates to an unknown value, silently.
    Invalid,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SplatStyle {
    /// `[*]`
    Full,
    /// `.*`
    Attribute,
}

/// `key = value`. A bare identifier as key is [`ObjectKey::Name`]; in parentheses or otherwise an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectItem {
    pub key: ObjectKey,
    pub value: Expr,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ObjectKey {
    Name(Ident),
    Expr(Expr),
}

/// `[for k, v in collection : value if cond]` or `{for … : key => value...}`
#[derive(Debug, Clone, PartialEq)]
pub struct For {
    pub key_var: Option<Ident>,
    pub value_var: Ident,
    pub collection: Expr,
    /// Present for the object form.
    pub key: Option<Expr>,
    pub value: Expr,
    /// `...` after the value: equal keys are grouped.
    pub group: bool,
    pub condition: Option<Expr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    Negate,
    Not,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// A quoted string or heredoc: literal text (escapes resolved, heredoc indentation and `~` trimming applied), `${}` and `%{}`.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub parts: Vec<TemplatePart>,
    pub heredoc: bool,
}

impl Template {
    /// The text, when the template is one plain literal.
    pub fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [TemplatePart::Literal { text, .. }] => Some(text),
            _ => None,
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum TemplatePart {
    Literal {
        text: Arc<str>,
        span: Span,
    },
    /// `${expr}`. A template of exactly one interpolation is the value itself, not a string.
    Interpolation(Expr),
    If(Deep<Box<TemplateIf>>),
    For(Deep<Box<TemplateFor>>),
}

/// `%{ if condition }…%{ else }…%{ endif }`
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateIf {
    pub condition: Expr,
    pub if_true: Vec<TemplatePart>,
    pub if_false: Vec<TemplatePart>,
    pub span: Span,
}

/// `%{ for k, v in collection }…%{ endfor }`
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateFor {
    pub key_var: Option<Ident>,
    pub value_var: Ident,
    pub collection: Expr,
    pub body: Vec<TemplatePart>,
    pub span: Span,
}
