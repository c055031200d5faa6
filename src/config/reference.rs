//! What a reference is about. Both spellings of a kind mean the same: `service.x` and `clickhouse_service.x`.

use std::sync::Arc;

use crate::address::{Address, Mode, PROVIDER_PREFIX};
use crate::lang::syntax::ast::{Expr, ExprKind, Ident};

/// The thing the beginning of a reference names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    Variable(Arc<str>),
    Local(Arc<str>),
    Module(Arc<str>),
    /// A block's address within its module.
    Resource(Address),
    /// `count.index`
    CountIndex,
    /// `each.key` or `each.value`
    Each(Arc<str>),
    /// `self`
    Itself,
    /// `path.module` and the like.
    Path(Arc<str>),
    /// `terraform.workspace` and the like.
    Terraform(Arc<str>),
    /// `cloud.label`, or `cloud` for the block without a label.
    Cloud(Option<Arc<str>>),
}

impl Subject {
    /// The subject of a reference and how many of its names it takes; nothing when too few names follow.
    ///
    /// `service.main.id` gives the resource `service.main`, and 2.
    pub fn of(path: &[&str]) -> Option<(Self, usize)> {
        let second = || path.get(1).map(|name| Arc::<str>::from(*name));
        Some(match *path.first()? {
            "var" => (Self::Variable(second()?), 2),
            "local" => (Self::Local(second()?), 2),
            "module" => (Self::Module(second()?), 2),
            "count" => (path.get(1) == Some(&"index")).then_some((Self::CountIndex, 2))?,
            "each" => (Self::Each(second()?), 2),
            "self" => (Self::Itself, 1),
            "path" => (Self::Path(second()?), 2),
            "terraform" => (Self::Terraform(second()?), 2),
            "cloud" => (Self::Cloud(second()), path.len().min(2)),
            "data" => (Self::resource(Mode::Data, path.get(1..)?)?, 3),
            "resource" => (Self::resource(Mode::Managed, path.get(1..)?)?, 3),
            _ => (Self::resource(Mode::Managed, path)?, 2),
        })
    }

    fn resource(mode: Mode, path: &[&str]) -> Option<Self> {
        let [kind, name, ..] = path else { return None };
        Some(Self::Resource(Address { mode, ..Address::root(kind_name(kind), *name) }))
    }
}

/// The name of a kind, without the prefix it carries in Terraform.
pub fn kind_name(spelling: &str) -> &str {
    spelling.strip_prefix(PROVIDER_PREFIX).unwrap_or(spelling)
}

/// The leading names of an expression that is a reference, `a.b["k"].c` → `a`, `b`; nothing when it is none.
pub fn leading_names(expr: &Expr) -> Option<Vec<Ident>> {
    let mut names = Vec::new();
    let mut at = expr;
    loop {
        match &at.kind {
            ExprKind::Variable(text) => {
                names.push(Ident { text: text.clone(), span: at.span });
                names.reverse();
                return Some(names);
            }
            ExprKind::Attr { base, name } => {
                names.push(name.clone());
                at = base;
            }
            ExprKind::Index { base, .. } | ExprKind::Splat { source: base, .. } => {
                // Names behind an index are not leading ones.
                names.clear();
                at = base;
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Option<(Subject, usize)> {
        Subject::of(&path.split('.').collect::<Vec<_>>())
    }

    #[test]
    fn both_spellings_name_the_same() {
        let service = Subject::Resource(Address::root("service", "x"));
        for path in ["service.x.id", "clickhouse_service.x.id"] {
            assert_eq!(of(path), Some((service.clone(), 2)));
        }
        assert_eq!(of("resource.clickhouse_service.x"), Some((service, 3)));
        let data = Subject::Resource(Address { mode: Mode::Data, ..Address::root("backups", "all") });
        assert_eq!(of("data.clickhouse_backups.all.list"), Some((data, 3)));
        let own = Subject::Resource(Address::root("terraform_data", "x"));
        assert_eq!(of("terraform_data.x"), Some((own, 2)));
    }

    #[test]
    fn other_roots() {
        assert_eq!(of("var.a.b"), Some((Subject::Variable("a".into()), 2)));
        assert_eq!(of("cloud"), Some((Subject::Cloud(None), 1)));
        assert_eq!(of("cloud.eu"), Some((Subject::Cloud(Some("eu".into())), 2)));
        assert_eq!(of("self.id"), Some((Subject::Itself, 1)));
        assert_eq!(of("service"), None);
        assert_eq!(of("data.service"), None);
        assert_eq!(of("count.x"), None);
    }
}
