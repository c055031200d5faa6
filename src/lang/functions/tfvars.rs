//! The functions of `provider::terraform`: variable files and expressions as text.

use crate::lang::recursion::recurse;
use crate::lang::value::{Data, Type, Value, is_printable};

use super::call::{Call, Failure, Result};
use super::signature::{Function, Returns, STRING, Wanted, any, string};

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("provider::terraform::decode_tfvars", &[string("src")], Returns::Always(Wanted::Any), |c| {
        Ok(c.templates.read_variables(c.text(0))?)
    })
    .maybe_null(),
    Function::new("provider::terraform::encode_expr", &[any("value").unknown().untyped()], STRING, encode_expr),
    Function::new("provider::terraform::encode_tfvars", &[any("value").unknown().untyped()], STRING, encode_tfvars),
];

fn encode_tfvars(call: &Call<'_>) -> Result<Value> {
    let value = call.arg(0);
    if !matches!(value.ty(), Type::Object(_) | Type::Map(_)) && value.ty() != Type::Any {
        return Err(
            "invalid value to encode: must be an object whose attribute names will become the encoded variable names"
                .into(),
        );
    }
    if !value.is_wholly_known() {
        return Ok(call.unknown());
    }
    let mut out = String::new();
    for (name, element) in value.entries() {
        if !is_identifier(name) {
            return Err(Failure::from(format!(
                "invalid variable name {name:?}: must be a valid identifier, per Terraform's rules for input variable \
                 declarations"
            )));
        }
        out.push_str(name);
        out.push_str(" = ");
        write_expression(element, 0, &mut out)?;
        out.push('\n');
    }
    Ok(Value::from(crate::lang::fmt::format(&out)))
}

fn encode_expr(call: &Call<'_>) -> Result<Value> {
    let value = call.arg(0);
    if !value.is_wholly_known() {
        let prefix = match value.ty() {
            _ if !value.is_not_null() => "",
            Type::Object(_) | Type::Map(_) => "{",
            Type::Tuple(_) | Type::List(_) | Type::Set(_) => "[",
            Type::String => "\"",
            _ => "",
        };
        return Ok(call.unknown().refine_not_null().refine_prefix_full(prefix));
    }
    // As the value of an attribute, because that is what can be brought into canonical form.
    const NAME: &str = "a = ";
    let mut out = String::from(NAME);
    write_expression(value, 0, &mut out)?;
    let formatted = crate::lang::fmt::format(&out);
    Ok(Value::from(formatted.strip_prefix(NAME).unwrap_or(&formatted).trim_end()))
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(unicode_ident::is_xid_start)
        && characters.all(|c| unicode_ident::is_xid_continue(c) || c == '-')
}

/// Objects go over several lines, sequences stay on one.
fn write_expression(value: &Value, level: usize, out: &mut String) -> Result<()> {
    match &value.data {
        Data::Null(_) => out.push_str("null"),
        Data::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Data::Number(n) => out.push_str(&n.to_string()),
        Data::String(s) => write_quoted(s, out),
        Data::Unknown(_) => return Err("a value that is not known yet cannot be written".into()),
        Data::List(..) | Data::Set(..) | Data::Tuple(_) => {
            out.push('[');
            for (i, element) in value.elements().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                recurse(|| write_expression(element, level, out))?;
            }
            out.push(']');
        }
        Data::Map(..) | Data::Object(_) => {
            out.push('{');
            for (name, element) in value.entries() {
                break_line(level + 1, out);
                if is_identifier(name) {
                    out.push_str(name)
                } else {
                    write_quoted(name, out)
                }
                out.push_str(" = ");
                recurse(|| write_expression(element, level + 1, out))?;
            }
            if value.entries().next().is_some() {
                break_line(level, out);
            }
            out.push('}');
        }
    }
    Ok(())
}

fn break_line(level: usize, out: &mut String) {
    out.push('\n');
    out.push_str(&"  ".repeat(level));
}

/// A quoted string in which nothing is interpolated.
fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '$' | '%' if characters.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c if u32::from(c) <= 0xFFFF => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    out.push('"');
}
