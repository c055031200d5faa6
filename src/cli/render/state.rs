//! Instances as the state remembers them, written like blocks of a configuration.

use super::{Look, Paint, value};
use crate::address::Address;
use crate::lang::value::Value;

/// One instance with its attributes; what has no value is left out.
pub fn instance(address: &Address, values: &Value, remarks: &[String], look: Look) -> String {
    let shown: Vec<_> = values.entries().filter(|(_, v)| !is_empty(v)).collect();
    let width = shown.iter().map(|(name, _)| value::key(name).chars().count()).max().unwrap_or(0);
    let mut out = format!("{}\n", look.paint(Paint::Strong, &format!("# {address}:")));
    for remark in remarks {
        out.push_str(&format!("# {remark}\n"));
    }
    out.push_str(&format!("{} \"{}\" {{\n", address.kind, address.name));
    for (name, shown) in shown {
        out.push_str(&format!("  {:width$} = {}\n", value::key(name), value::text(&without_nulls(shown), 2)));
    }
    out.push_str("}\n");
    out
}

/// Null, or an object of nothing but that.
fn is_empty(value: &Value) -> bool {
    use crate::lang::value::Data;
    match &value.data {
        Data::Null(_) => true,
        Data::Object(fields) => !fields.is_empty() && fields.values().all(is_empty),
        _ => false,
    }
}

/// Objects without the attributes that have no value.
fn without_nulls(value: &Value) -> Value {
    use crate::lang::value::Data;
    let Data::Object(fields) = &value.data else { return value.clone() };
    let kept = fields.iter().filter(|(_, v)| !is_empty(v)).map(|(name, v)| (name.clone(), without_nulls(v)));
    Value::object(kept.collect()).with_marks(value.marks)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::lang::value::{Marks, Type};

    fn object(fields: &[(&str, Value)]) -> Value {
        Value::object(fields.iter().map(|(n, v)| ((*n).into(), v.clone())).collect())
    }

    #[test]
    fn an_instance_looks_like_its_block() {
        let secret = Value::from("canary").with_marks(Marks { sensitive: true, ephemeral: false });
        let nothing = Value::null(Type::String);
        let values = object(&[
            ("name", "main".into()),
            ("password", secret),
            ("byoc_id", nothing.clone()),
            ("endpoints", object(&[("mysql", object(&[("enabled", true.into()), ("host", nothing.clone())]))])),
            ("backup_configuration", object(&[("backup_start_time", nothing)])),
        ]);
        let look = Look { width: 100, color: false, unicode: true };
        let text = instance(&Address::root("service", "main"), &values, &["protected: prevent_destroy".into()], look);
        assert_snapshot!(text, @r#"
        # service.main:
        # protected: prevent_destroy
        service "main" {
          endpoints = {
            mysql = {
              enabled = true
            }
          }
          name      = "main"
          password  = (sensitive value)
        }
        "#);
    }
}
