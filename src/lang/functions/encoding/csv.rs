//! `csvdecode`: RFC 4180, strictly: what the format does not allow is refused, never guessed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lang::value::{Type, Value};

use super::super::call::{Call, Result};

/// A list of objects whose attributes the first line names.
pub(super) fn result_type(args: &[Value]) -> Result<Type> {
    let Some(text) = args.first().and_then(Value::as_str) else { return Ok(Type::Any) };
    let names = header(&mut Reader::new(text))?;
    Ok(Type::list(Type::object(names.into_iter().map(|name| (name, Type::String)))))
}

pub(super) fn decode(call: &Call<'_>) -> Result<Value> {
    let mut reader = Reader::new(call.text(0));
    let names = header(&mut reader)?;
    let mut rows = Vec::new();
    while let Some((line, record)) = reader.record()? {
        if record.len() != names.len() {
            return Err(format!("CSV parse error on line {line}: wrong number of fields").into());
        }
        let fields = names.iter().map(|n| Arc::from(n.as_str())).zip(record.into_iter().map(Value::from));
        rows.push(Value::object(fields.collect::<BTreeMap<_, _>>()));
    }
    Ok(Value::list(call.element_ty(), rows))
}

fn header(reader: &mut Reader<'_>) -> Result<Vec<String>> {
    let Some((_, names)) = reader.record()? else { return Err("missing header line".into()) };
    for (i, name) in names.iter().enumerate() {
        if names.get(..i).unwrap_or_default().contains(name) {
            return Err(format!("duplicate column name {name:?}").into());
        }
    }
    Ok(names)
}

struct Reader<'a> {
    lines: std::str::SplitInclusive<'a, char>,
    line: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { lines: text.split_inclusive('\n'), line: 0 }
    }

    /// The next line, ending in `\n` unless it is the last; `\r\n` is one line break.
    fn line(&mut self) -> Option<String> {
        let line = self.lines.next()?;
        self.line += 1;
        Some(match line.strip_suffix("\r\n") {
            Some(content) => format!("{content}\n"),
            // At the very end a carriage return belongs to the line break that is missing.
            None => line.strip_suffix('\r').unwrap_or(line).to_owned(),
        })
    }

    /// The next record with the line it starts on. Empty lines are passed over.
    fn record(&mut self) -> Result<Option<(usize, Vec<String>)>> {
        let mut current = loop {
            match self.line() {
                None => return Ok(None),
                Some(line) if line == "\n" || line.is_empty() => {}
                Some(line) => break line,
            }
        };
        let start = self.line;
        let mut fields = Vec::new();
        loop {
            let (field, rest) = match current.strip_prefix('"') {
                Some(quoted) => self.quoted(quoted.to_owned())?,
                None => self.plain(&current)?,
            };
            fields.push(field);
            match rest {
                Some(rest) => current = rest,
                None => return Ok(Some((start, fields))),
            }
        }
    }

    fn error<T>(&self, why: &str) -> Result<T> {
        Err(format!("CSV parse error on line {}: {why}", self.line).into())
    }

    /// A field up to the next comma, and the line after that comma.
    fn plain(&self, line: &str) -> Result<(String, Option<String>)> {
        let (field, rest) = match line.split_once(',') {
            Some((field, rest)) => (field, Some(rest.to_owned())),
            None => (line.strip_suffix('\n').unwrap_or(line), None),
        };
        if field.contains('"') {
            return self.error("bare \" in non-quoted-field");
        }
        Ok((field.to_owned(), rest))
    }

    /// A field after its opening quote, which may go on over lines.
    fn quoted(&mut self, mut line: String) -> Result<(String, Option<String>)> {
        const EXTRANEOUS: &str = "extraneous or missing \" in quoted-field";
        let mut field = String::new();
        loop {
            let Some((text, rest)) = line.split_once('"') else {
                field.push_str(&line);
                match self.line() {
                    Some(next) => line = next,
                    None => return self.error(EXTRANEOUS),
                }
                continue;
            };
            field.push_str(text);
            if let Some(rest) = rest.strip_prefix('"') {
                field.push('"');
                line = rest.to_owned();
            } else if let Some(rest) = rest.strip_prefix(',') {
                return Ok((field, Some(rest.to_owned())));
            } else if rest.is_empty() || rest == "\n" {
                return Ok((field, None));
            } else {
                return self.error(EXTRANEOUS);
            }
        }
    }
}
