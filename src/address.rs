//! Addresses: the names of resources and their instances, `module.eu.service.ingest["a"]`.
//!
//! Owns parsing and printing of addresses and their order. Must not know what kinds exist.

use std::fmt;
use std::str::FromStr;

/// What distinguishes the instances of one block: an index with `count`, a name with `for_each`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstanceKey {
    Index(u64),
    Name(String),
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(i) => write!(f, "[{i}]"),
            Self::Name(n) => write!(f, "[\"{}\"]", n.replace('\\', "\\\\").replace('"', "\\\"")),
        }
    }
}

/// One step into a module call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleStep {
    pub name: String,
    pub key: Option<InstanceKey>,
}

/// Whether a block manages a thing or only reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    Managed,
    Data,
}

/// The name of a block (without a key) or of one of its instances.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    pub module: Vec<ModuleStep>,
    pub mode: Mode,
    pub kind: String,
    pub name: String,
    pub key: Option<InstanceKey>,
}

impl Address {
    /// A managed resource of the root module.
    pub fn root(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self { module: Vec::new(), mode: Mode::Managed, kind: kind.into(), name: name.into(), key: None }
    }

    #[must_use]
    pub fn with_key(&self, key: Option<InstanceKey>) -> Self {
        Self { key, ..self.clone() }
    }

    /// The block this instance comes from.
    #[must_use]
    pub fn block(&self) -> Self {
        self.with_key(None)
    }

    /// Whether `self`, used as a selection, covers `other`: the same instance, or the block it comes from.
    pub fn covers(&self, other: &Address) -> bool {
        self == other || (self.key.is_none() && *self == other.block())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.module {
            write!(f, "module.{}", step.name)?;
            if let Some(key) = &step.key {
                write!(f, "{key}")?;
            }
            f.write_str(".")?;
        }
        if self.mode == Mode::Data {
            f.write_str("data.")?;
        }
        write!(f, "{}.{}", self.kind, self.name)?;
        if let Some(key) = &self.key {
            write!(f, "{key}")?;
        }
        Ok(())
    }
}

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{given}` is not a resource address: {reason}; write it like service.main, service.main[0] or module.eu.service.main[\"a\"]"
)]
pub struct AddressError {
    pub given: String,
    pub reason: &'static str,
}

/// The prefix the official provider's kinds carry; both spellings name the same kind.
pub const PROVIDER_PREFIX: &str = "clickhouse_";

impl FromStr for Address {
    type Err = AddressError;

    /// Reads an address in either spelling: `clickhouse_service.x` is `service.x`.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let fail = |reason| AddressError { given: text.to_owned(), reason };
        let mut steps = Steps { rest: text }.parse().map_err(fail)?.into_iter().peekable();
        let mut module = Vec::new();
        while steps.peek().is_some_and(|s| s.0 == "module") {
            let (_, key) = steps.next().unwrap_or_default();
            if key.is_some() {
                return Err(fail("`module` takes a name, not an index"));
            }
            let (name, key) = steps.next().ok_or_else(|| fail("a module name is missing"))?;
            module.push(ModuleStep { name, key });
        }
        let mode = if steps.next_if(|s| s.0 == "data" && s.1.is_none()).is_some() { Mode::Data } else { Mode::Managed };
        let (kind, key) = steps.next().ok_or_else(|| fail("the kind is missing"))?;
        if key.is_some() {
            return Err(fail("an index stands after the kind"));
        }
        let (name, key) = steps.next().ok_or_else(|| fail("the name is missing"))?;
        if steps.next().is_some() {
            return Err(fail("something follows the name"));
        }
        let kind = kind.strip_prefix(PROVIDER_PREFIX).unwrap_or(&kind).to_owned();
        Ok(Self { module, mode, kind, name, key })
    }
}

/// Splits `a.b["k"].c[0]` into names with optional keys.
struct Steps<'a> {
    rest: &'a str,
}

type Step = (String, Option<InstanceKey>);

impl Steps<'_> {
    fn parse(mut self) -> Result<Vec<Step>, &'static str> {
        let mut out = Vec::new();
        loop {
            let name = self.name()?;
            let key = if self.rest.starts_with('[') { Some(self.key()?) } else { None };
            out.push((name, key));
            match self.rest.strip_prefix('.') {
                Some(rest) => self.rest = rest,
                None if self.rest.is_empty() => return Ok(out),
                None => return Err("an unexpected character stands in it"),
            }
        }
    }

    fn name(&mut self) -> Result<String, &'static str> {
        let end = self
            .rest
            .char_indices()
            .find(|(i, c)| !(unicode_ident::is_xid_continue(*c) || *c == '_' || (*i > 0 && *c == '-')))
            .map_or(self.rest.len(), |(i, _)| i);
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err("a name is missing");
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    fn key(&mut self) -> Result<InstanceKey, &'static str> {
        let inner = &self.rest[1..];
        if let Some(quoted) = inner.strip_prefix('"') {
            let mut text = String::new();
            let mut chars = quoted.char_indices();
            while let Some((i, c)) = chars.next() {
                match c {
                    '\\' => text.push(chars.next().ok_or("an escape is cut off")?.1),
                    '"' => {
                        self.rest = quoted[i + 1..].strip_prefix(']').ok_or("a `]` is missing")?;
                        return Ok(InstanceKey::Name(text));
                    }
                    c => text.push(c),
                }
            }
            return Err("a quotation mark is not closed");
        }
        let end = inner.find(']').ok_or("a `]` is missing")?;
        let index = inner[..end].parse().map_err(|_| "an index is neither a number nor a quoted name")?;
        self.rest = &inner[end + 1..];
        Ok(InstanceKey::Index(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_printed() {
        for text in [
            "service.x",
            "service.x[3]",
            "service.x[\"a \\\"b\\\"\"]",
            "module.eu[\"a.b\"].module.x.service.main",
            "data.backups.all",
        ] {
            assert_eq!(text.parse::<Address>().map(|a| a.to_string()), Ok(text.to_owned()));
        }
        assert_eq!("clickhouse_service.x".parse::<Address>().map(|a| a.to_string()), Ok("service.x".into()));
        for text in [
            "",
            "service",
            "service.x.y",
            "service.x[",
            "service.x[a]",
            "service..x",
            "service.x[\"a]",
            "1.2",
            "service.x[0]z",
        ] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn indexes_sort_as_numbers() {
        let a = |i| Address::root("service", "x").with_key(Some(InstanceKey::Index(i)));
        assert!(a(2) < a(10));
    }
}
