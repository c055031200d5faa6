//! Addresses written as expressions: `moved`, `removed` and `import` name things that way.

use crate::address::{Address, InstanceKey, Mode, ModuleStep, Target};
use crate::lang::syntax::ast::{Expr, ExprKind};

use super::reference::kind_name;

/// Whether keys may be expressions, which then count as no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    Constant,
    Any,
}

type Step = (String, Option<InstanceKey>);

/// Reads an address.
///
/// # Errors
/// Why the expression is none, as a sentence.
pub(super) fn target(expr: &Expr, keys: Keys) -> Result<Target, &'static str> {
    let mut steps = steps(expr, keys)?.into_iter().peekable();
    let mut module = Vec::new();
    while let Some((_, key)) = steps.next_if(|s| s.0 == "module") {
        let (name, own_key) = steps.next().ok_or("The name of a module is missing.")?;
        if key.is_some() {
            return Err("An index stands before the name of a module.");
        }
        module.push(ModuleStep { name, key: own_key });
    }
    if steps.peek().is_none() && !module.is_empty() {
        return Ok(Target::Module(module));
    }
    let is_data = steps.next_if(|s| s.0 == "data" && s.1.is_none()).is_some();
    let mode = if is_data { Mode::Data } else { Mode::Managed };
    steps.next_if(|s| s.0 == "resource" && s.1.is_none());
    let (Some((kind, None)), Some((name, key))) = (steps.next(), steps.next()) else {
        return Err("An address has a kind and a name, joined by a dot.");
    };
    if steps.next().is_some() {
        return Err("Something follows the name; an address names a whole resource, not an attribute.");
    }
    Ok(Target::Resource(Address { module, mode, kind: kind_name(&kind).to_owned(), name, key, deposed: false }))
}

/// Names with the keys behind them, from the root.
fn steps(expr: &Expr, keys: Keys) -> Result<Vec<Step>, &'static str> {
    let (mut steps, mut at, mut pending) = (Vec::new(), expr, None);
    loop {
        match &at.kind {
            ExprKind::Variable(name) => {
                steps.push((name.to_string(), pending));
                steps.reverse();
                return Ok(steps);
            }
            ExprKind::Attr { base, name } => {
                steps.push((name.text.to_string(), pending.take()));
                at = base;
            }
            ExprKind::Index { base, key } => {
                if pending.is_some() {
                    return Err("Two indexes follow each other.");
                }
                pending = instance_key(key);
                if pending.is_none() && keys == Keys::Constant {
                    return Err("An index must be a number or a text in quotes.");
                }
                at = base;
            }
            _ => return Err("An address consists of names, dots and indexes."),
        }
    }
}

fn instance_key(key: &Expr) -> Option<InstanceKey> {
    match &key.kind {
        ExprKind::Number(digits) => digits.parse().ok().map(InstanceKey::Index),
        ExprKind::Template(template) => template.literal().map(|name| InstanceKey::Name(name.to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::diag::FileId;
    use crate::lang::syntax::parse_expression;

    use super::*;

    fn read(text: &str, keys: Keys) -> Result<String, &'static str> {
        target(&parse_expression(FileId(0), text).0, keys).map(|target| match target {
            Target::Resource(address) => address.to_string(),
            Target::Module(steps) => format!("{} modules", steps.len()),
        })
    }

    #[test]
    fn addresses_are_read_from_expressions() {
        for (text, expected) in [
            ("clickhouse_service.x", "service.x"),
            ("resource.clickhouse_service.x", "service.x"),
            ("service.x[\"a\"]", "service.x[\"a\"]"),
            ("module.a[0].module.b.service.x[1]", "module.a[0].module.b.service.x[1]"),
            ("data.backups.x", "data.backups.x"),
            ("module.a.module.b[\"k\"]", "2 modules"),
        ] {
            assert_eq!(read(text, Keys::Constant).as_deref(), Ok(expected), "{text}");
        }
        for text in
            ["service", "service.x.id", "service[0].x", "service.x[each.key]", "1 + 1", "module", "service.x[0][1]"]
        {
            assert!(read(text, Keys::Constant).is_err(), "{text}");
        }
        assert_eq!(read("service.x[each.key]", Keys::Any).as_deref(), Ok("service.x"));
    }
}
