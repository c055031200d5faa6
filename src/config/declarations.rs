//! What a module declares, as data: expressions are kept as written, with their places.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::address::{Address, Target};
use crate::diag::Span;
use crate::lang::syntax::ast::{Body, Expr, Ident};

use super::reference::Subject;

/// Everything the files of one directory declare.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Module {
    pub dir: PathBuf,
    pub variables: BTreeMap<Arc<str>, Variable>,
    pub locals: BTreeMap<Arc<str>, Local>,
    pub outputs: BTreeMap<Arc<str>, Output>,
    /// Managed resources and data sources by their block address (no module path, no key).
    pub resources: BTreeMap<Address, Resource>,
    pub clouds: Vec<Cloud>,
    pub state: Option<StateBlock>,
    pub module_calls: BTreeMap<Arc<str>, ModuleCall>,
    pub moved: Vec<Moved>,
    pub removed: Vec<Removed>,
    pub imports: Vec<Import>,
    pub checks: BTreeMap<Arc<str>, Check>,
}

/// `variable "name" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    pub name: Ident,
    /// The header.
    pub span: Span,
    /// The type constraint, not read yet: its `optional` defaults need evaluation.
    pub type_constraint: Option<Expr>,
    pub default: Option<Expr>,
    pub description: Option<String>,
    pub sensitive: bool,
    pub ephemeral: bool,
    /// Whether null is a value of its own; otherwise it means the default.
    pub nullable: bool,
    pub validations: Vec<Rule>,
}

/// A condition that must hold, and what to say when it does not.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub condition: Expr,
    pub error_message: Expr,
    pub span: Span,
}

/// One argument of a `locals` block.
#[derive(Debug, Clone, PartialEq)]
pub struct Local {
    pub name: Ident,
    pub value: Expr,
    pub span: Span,
}

/// `output "name" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub name: Ident,
    pub span: Span,
    pub value: Expr,
    pub description: Option<String>,
    pub sensitive: bool,
    pub ephemeral: bool,
    pub depends_on: Vec<Dependency>,
    pub preconditions: Vec<Rule>,
}

/// An entry of `depends_on`: a whole resource, data source or module, or a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Dependency {
    pub subject: Subject,
    pub span: Span,
}

/// A managed resource or a data source.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// The block's address within its module.
    pub address: Address,
    /// The header.
    pub span: Span,
    pub name: Ident,
    pub count: Option<Expr>,
    pub for_each: Option<Expr>,
    pub depends_on: Vec<Dependency>,
    /// Which `cloud` block it belongs to; nothing means the one without a label.
    pub cloud: Option<CloudChoice>,
    pub lifecycle: Lifecycle,
    /// Attributes of which only our own entries are managed.
    pub shared: Vec<Ident>,
    /// What is left: the kind's own arguments and blocks.
    pub body: Body,
}

/// `lifecycle { … }`. Conditions are expressions, so that variables can decide.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lifecycle {
    pub span: Option<Span>,
    pub prevent_destroy: Option<Expr>,
    pub create_before_destroy: Option<Expr>,
    pub ignore_changes: IgnoreChanges,
    pub replace_triggered_by: Vec<Expr>,
    pub preconditions: Vec<Rule>,
    pub postconditions: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub enum IgnoreChanges {
    #[default]
    Nothing,
    All,
    /// Paths from an attribute of the resource, `tags` or `tags["team"]`.
    Paths(Vec<Expr>),
}

/// `cloud "label" { … }` or `provider "clickhouse" { alias = "label" … }`: an organization and the key to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Cloud {
    pub label: Option<Ident>,
    pub span: Span,
    pub body: Body,
}

/// `cloud = cloud.label` or `provider = clickhouse.label`.
#[derive(Debug, Clone, PartialEq)]
pub struct CloudChoice {
    /// Nothing means the block without a label.
    pub label: Option<Arc<str>>,
    pub span: Span,
}

/// `state "type" { … }` or `terraform { backend "type" { … } }`: where the state is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StateBlock {
    pub store: Ident,
    pub span: Span,
    pub body: Body,
}

/// `module "name" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct ModuleCall {
    pub name: Ident,
    pub span: Span,
    /// Where the called module is: a text, which variables may be part of.
    pub source: Option<Expr>,
    pub count: Option<Expr>,
    pub for_each: Option<Expr>,
    pub depends_on: Vec<Dependency>,
    /// Which of the caller's clouds each of the called module's is; the key is the label there.
    pub clouds: BTreeMap<Option<Arc<str>>, CloudChoice>,
    /// Values of the called module's variables.
    pub inputs: Body,
}

/// `moved { from = … to = … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    pub from: Target,
    pub to: Target,
    pub span: Span,
}

/// `removed { from = … lifecycle { destroy = … } }`
#[derive(Debug, Clone, PartialEq)]
pub struct Removed {
    pub from: Target,
    /// False means to forget the thing and leave it as it is.
    pub destroy: bool,
    pub span: Span,
}

/// `import { to = … id = … }`, or `name = …` or `tags = …` in the place of the id.
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// An address; with `for_each` its key may be an expression.
    pub to: Expr,
    /// The block it belongs to, without keys.
    pub block: Target,
    pub by: ImportBy,
    /// What it is found by: a text, or a map of tags.
    pub what: Expr,
    pub for_each: Option<Expr>,
    pub cloud: Option<CloudChoice>,
    pub span: Span,
}

/// How an `import` block names what exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportBy {
    Id,
    Name,
    Tags,
}

impl ImportBy {
    pub const ALL: [Self; 3] = [Self::Id, Self::Name, Self::Tags];

    /// The argument's name.
    pub fn argument(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Tags => "tags",
        }
    }
}

/// `check "name" { … }`: assertions that warn.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    pub name: Ident,
    pub span: Span,
    /// A data source that only this check sees and whose failure only warns.
    pub data: Option<Resource>,
    pub asserts: Vec<Rule>,
}
