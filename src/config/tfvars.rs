//! Files with values for variables: `*.tfvars` and `*.tfvars.json`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diag::{Diagnostics, FileId};
use crate::lang::syntax::ast::{Attribute, Body, Item};
use crate::lang::syntax::{parse_file, parse_json_literals};

use super::messages;

/// The values a variables file gives, by the names of the variables. Whether those exist, the caller knows.
pub fn parse_tfvars(file: FileId, text: &str) -> (BTreeMap<Arc<str>, Attribute>, Diagnostics) {
    let (body, diagnostics) = parse_file(file, text);
    arguments(body, diagnostics)
}

/// The same from JSON, where strings are plain: `${` has no meaning in them.
pub fn parse_tfvars_json(file: FileId, text: &str) -> (BTreeMap<Arc<str>, Attribute>, Diagnostics) {
    let (body, diagnostics) = parse_json_literals(file, text);
    arguments(body, diagnostics)
}

fn arguments(body: Body, mut diagnostics: Diagnostics) -> (BTreeMap<Arc<str>, Attribute>, Diagnostics) {
    let mut values = BTreeMap::new();
    for item in body.into_items() {
        match item {
            Item::Attribute(attribute) => _ = values.insert(attribute.name.text.clone(), attribute),
            Item::Block(block) => diagnostics.push(messages::block_in_variables_file(block.header)),
        }
    }
    (values, diagnostics)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_values_and_blocks_are_refused() {
        let (values, diagnostics) = parse_tfvars(FileId(0), "a = 1\nb = { c = [true] }\nvariable \"x\" {}\n");
        assert_eq!(values.keys().map(|k| &**k).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(diagnostics.iter().map(|d| d.code.0).collect::<Vec<_>>(), ["HW0229"]);
    }

    #[test]
    fn json_strings_are_plain() {
        let (values, diagnostics) = parse_tfvars_json(FileId(0), r#"{"a": "${x}", "b": [1, null]}"#);
        assert!(diagnostics.is_empty());
        let crate::lang::syntax::ast::ExprKind::Template(template) = &values["a"].expr.kind else {
            panic!("a string");
        };
        assert_eq!(template.literal(), Some("${x}"));
    }
}
