//! `format` and `formatlist`: text with verbs that arguments are put into.

mod verb;

use crate::lang::value::{Type, Value};

use super::call::{Call, Failure, Result};
use super::signature::{Function, Parameter, STRING, STRINGS, any, string};

use verb::Verb;

const ARGS: Parameter = any("args").nullable().unknown();

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("format", &[string("format")], STRING, format).variadic(ARGS),
    Function::new("formatlist", &[string("format")], STRINGS, formatlist).variadic(ARGS),
];

fn format(call: &Call<'_>) -> Result<Value> {
    let (template, args) = (call.text(0), call.args.get(1..).unwrap_or_default());
    if args.iter().any(|a| !a.is_wholly_known()) {
        let before_first_verb = template.split('%').next().unwrap_or_default();
        return Ok(Value::unknown(Type::String).refine_prefix(before_first_verb));
    }
    fill(template, args).map(Value::from)
}

/// One argument of `formatlist`: the same for every line, or one element for each.
enum Column<'a> {
    Single(&'a Value),
    Each(&'a [Value]),
}

fn formatlist(call: &Call<'_>) -> Result<Value> {
    let (template, args) = (call.text(0), call.args.get(1..).unwrap_or_default());
    if args.is_empty() {
        return Ok(Value::list(Type::String, vec![Value::from(fill(template, args)?)]));
    }
    let Some((columns, length)) = columns(args)? else { return Ok(call.unknown()) };
    let mut lines = Vec::new();
    for i in 0..length.unwrap_or(1) {
        let row: Vec<Value> = columns
            .iter()
            .filter_map(|c| match c {
                Column::Single(value) => Some((*value).clone()),
                Column::Each(elements) => elements.get(i).cloned(),
            })
            .collect();
        lines.push(if row.iter().all(Value::is_wholly_known) {
            let text = fill(template, &row).map_err(|e| format!("error on format iteration {i}: {}", e.message))?;
            Value::from(text)
        } else {
            Value::unknown(Type::String).refine_not_null()
        });
    }
    Ok(Value::list(Type::String, lines))
}

/// The arguments and the number of lines they make, which is open when none is a sequence. `None` when it is unknown.
fn columns(args: &[Value]) -> Result<Option<(Vec<Column<'_>>, Option<usize>)>> {
    let mut columns = Vec::with_capacity(args.len());
    let mut chosen: Option<(usize, usize)> = None;
    let mut unknown = false;
    for (i, arg) in args.iter().enumerate() {
        let ty = arg.ty();
        let sequence = matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_)) && !arg.is_null();
        if !sequence {
            columns.push(Column::Single(arg));
            continue;
        }
        let Some(length) = arg.length().as_i64().and_then(|n| usize::try_from(n).ok()) else {
            unknown = true;
            continue;
        };
        match chosen {
            Some((by, wanted)) if wanted != length => {
                return Err(Failure::at(
                    i + 1,
                    format!(
                        "argument {} has length {length}, which is inconsistent with argument {} of length {wanted}",
                        i + 1,
                        by + 1
                    ),
                ));
            }
            Some(_) => {}
            None => chosen = Some((i, length)),
        }
        unknown |= !arg.is_known();
        columns.push(Column::Each(arg.elements().as_slice()));
    }
    Ok((!unknown).then_some((columns, chosen.map(|(_, length)| length))))
}

/// Puts known arguments into the text.
fn fill(template: &str, args: &[Value]) -> Result<String> {
    let mut out = String::new();
    let mut next_arg = 1;
    let mut highest = 0;
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        let (plain, from_verb) = rest.split_at(at);
        out.push_str(plain);
        if let Some(after) = from_verb.strip_prefix("%%") {
            out.push('%');
            rest = after;
            continue;
        }
        let offset = template.len() - from_verb.len();
        let verb = Verb::parse(from_verb, offset, next_arg)?;
        highest = highest.max(verb.argument);
        next_arg = verb.argument + 1;
        verb.write(args, &mut out)?;
        rest = from_verb.get(verb.raw.len()..).unwrap_or_default();
    }
    out.push_str(rest);
    if highest < args.len() {
        let used = match highest {
            0 => "no verbs in format string".to_owned(),
            n => format!("only {n} used by format string"),
        };
        return Err(Failure::at(highest + 1, format!("too many arguments; {used}")));
    }
    Ok(out)
}
