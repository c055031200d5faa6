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
    /// It was replaced, and waits to be destroyed.
    pub deposed: bool,
}

/// Behind the address of what was replaced and is still there.
const DEPOSED: &str = "#deposed";

impl Address {
    /// A managed resource of the root module.
    pub fn root(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            module: Vec::new(),
            mode: Mode::Managed,
            kind: kind.into(),
            name: name.into(),
            key: None,
            deposed: false,
        }
    }

    #[must_use]
    pub fn with_key(&self, key: Option<InstanceKey>) -> Self {
        Self { key, ..self.clone() }
    }

    /// The block this instance comes from.
    #[must_use]
    pub fn block(&self) -> Self {
        Self { key: None, deposed: false, ..self.clone() }
    }

    /// The same instance, as what was replaced.
    #[must_use]
    pub fn deposed(&self) -> Self {
        Self { deposed: true, ..self.clone() }
    }

    /// The same instance, as what is there now.
    #[must_use]
    pub fn current(&self) -> Self {
        Self { deposed: false, ..self.clone() }
    }

    /// Whether `self`, used as a selection, covers `other`: the same instance, or the block it comes from. A module step
    /// without a key stands for all instances of the module.
    pub fn covers(&self, other: &Address) -> bool {
        (self.mode, &self.kind, &self.name) == (other.mode, &other.kind, &other.name)
            && (self.key.is_none() || self.key == other.key)
            && self.module.len() == other.module.len()
            && steps_cover(&self.module, &other.module)
    }

    /// The block without any keys, those of modules included: what the configuration declares.
    #[must_use]
    pub fn declared(&self) -> Self {
        let module = self.module.iter().map(|s| ModuleStep { name: s.name.clone(), key: None }).collect();
        Self { module, key: None, deposed: false, ..self.clone() }
    }
}

/// Whether the steps of a selection lead to where these begin.
fn steps_cover(selection: &[ModuleStep], steps: &[ModuleStep]) -> bool {
    selection.len() <= steps.len()
        && selection.iter().zip(steps).all(|(s, o)| s.name == o.name && (s.key.is_none() || s.key == o.key))
}

/// What a selection names: a resource or one of its instances, or a module with all that is in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    Resource(Address),
    Module(Vec<ModuleStep>),
}

impl Target {
    /// The target that a module names, as seen from the root.
    #[must_use]
    pub fn within(&self, module: &[ModuleStep]) -> Self {
        let joined = |steps: &[ModuleStep]| [module, steps].concat();
        match self {
            Self::Resource(address) => Self::Resource(Address { module: joined(&address.module), ..address.clone() }),
            Self::Module(steps) => Self::Module(joined(steps)),
        }
    }

    pub fn covers(&self, address: &Address) -> bool {
        match self {
            Self::Resource(resource) => resource.covers(address),
            Self::Module(steps) => steps_cover(steps, &address.module),
        }
    }
}

impl From<Address> for Target {
    fn from(address: Address) -> Self {
        Self::Resource(address)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resource(address) => address.fmt(f),
            Self::Module(steps) => f.write_str(&module_text(steps)),
        }
    }
}

impl FromStr for Target {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let fail = |reason| AddressError { given: text.to_owned(), reason };
        let mut steps = Steps { rest: text }.parse().map_err(fail)?.into_iter().peekable();
        let module = module_steps(&mut steps).map_err(fail)?;
        if steps.peek().is_none() && !module.is_empty() {
            return Ok(Self::Module(module));
        }
        text.parse().map(Self::Resource)
    }
}

/// `module.eu["a"].module.x`
pub fn module_text(steps: &[ModuleStep]) -> String {
    let step =
        |s: &ModuleStep| format!("module.{}{}", s.name, s.key.as_ref().map(ToString::to_string).unwrap_or_default());
    steps.iter().map(step).collect::<Vec<_>>().join(".")
}

/// The leading steps into modules.
fn module_steps(steps: &mut std::iter::Peekable<std::vec::IntoIter<Step>>) -> Result<Vec<ModuleStep>, &'static str> {
    let mut module = Vec::new();
    while let Some((_, key)) = steps.next_if(|s| s.0 == "module") {
        if key.is_some() {
            return Err("`module` takes a name, not an index");
        }
        let (name, key) = steps.next().ok_or("a module name is missing")?;
        module.push(ModuleStep { name, key });
    }
    Ok(module)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_empty() {
            write!(f, "{}.", module_text(&self.module))?;
        }
        if self.mode == Mode::Data {
            f.write_str("data.")?;
        }
        write!(f, "{}.{}", self.kind, self.name)?;
        if let Some(key) = &self.key {
            write!(f, "{key}")?;
        }
        if self.deposed { f.write_str(DEPOSED) } else { Ok(()) }
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
        let (rest, deposed) = text.strip_suffix(DEPOSED).map_or((text, false), |rest| (rest, true));
        let mut steps = Steps { rest }.parse().map_err(fail)?.into_iter().peekable();
        let module = module_steps(&mut steps).map_err(fail)?;
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
        Ok(Self { module, mode, kind, name, key, deposed })
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
            "service.x[0]#deposed",
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
    fn targets_cover_what_they_name() {
        let covers = |target: &str, address: &str| {
            target.parse::<Target>().expect("a target").covers(&address.parse().expect("an address"))
        };
        assert!(covers("module.a", "module.a[\"x\"].module.b.service.c[0]"));
        assert!(covers("module.a[\"x\"]", "module.a[\"x\"].service.c"));
        assert!(!covers("module.a[\"x\"]", "module.a[\"y\"].service.c"));
        assert!(covers("module.a.service.c", "module.a[1].service.c[\"k\"]"));
        assert!(!covers("service.c", "module.a.service.c"));
        assert!(!covers("service.c[0]", "service.c[1]"));
        assert_eq!("module.a[0].module.b".parse::<Target>().map(|t| t.to_string()), Ok("module.a[0].module.b".into()));
    }

    #[test]
    fn indexes_sort_as_numbers() {
        let a = |i| Address::root("service", "x").with_key(Some(InstanceKey::Index(i)));
        assert!(a(2) < a(10));
    }
}
