//! The three-way diff of one instance: desired against observed decides what changes; applied decides what is ours.

use std::collections::BTreeSet;

use super::{AttributeChange, Desired, Prior};
use crate::lang::value::{Type, Value};
use crate::schema::{self, Attribute, Change, Comparison, Exposure, Leaf, Removal, Schema};

/// What a diff finds.
#[derive(Debug, Default)]
pub struct Diff {
    pub attributes: Vec<AttributeChange>,
    pub drift: Vec<AttributeChange>,
    /// Dotted paths of everything that has to be sent or reset.
    pub changed: BTreeSet<String>,
    /// Dotted paths whose applied value changes without a request.
    pub noted: BTreeSet<String>,
    /// Changes of the state alone.
    pub state_changes: Vec<String>,
    pub notes: Vec<String>,
    /// Shared attributes in which others let everybody in.
    pub exposed: Vec<String>,
    /// Whether applied values must follow what is there already.
    pub records: bool,
    /// Changes that only a replacement can make, with the reason.
    pub refused: Vec<(String, &'static str)>,
    /// Attributes (dotted paths) whose change asks for a replacement, as their schema says.
    pub replaces: Vec<String>,
}

/// The instance's values with secrets unknown: nothing that is planned can hold one.
pub fn mask_secrets(schema: &Schema, values: &Value) -> Value {
    let mask = |attribute: &Attribute, value: &Value| {
        if attribute.is_secret() && !value.is_null() { Value::unknown(attribute.ty.to_type()) } else { value.clone() }
    };
    let entries = schema.attributes.iter().map(|a| {
        let null = a.null();
        (a.key(), mask(a, values.get(a.name).unwrap_or(&null)))
    });
    Value::object(entries.collect())
}

/// Compares `desired` with what exists. `refuses` is the kind's word on changes the schema alone cannot judge;
/// `fingerprint` gives a secret's.
pub fn diff(
    schema: &Schema,
    desired: &Desired,
    prior: &Prior,
    refuses: &dyn Fn(&str, &Value, &Value) -> Option<&'static str>,
    fingerprint: &dyn Fn(&str) -> String,
) -> Diff {
    let mut out = Diff::default();
    for leaf in schema.leaves().iter().filter(|l| l.attribute.settable()) {
        let mut cx = LeafDiff { leaf, desired, prior, out: &mut out };
        match leaf.attribute.exposure {
            Exposure::WriteOnly { .. } => cx.write_only(),
            _ if desired.keeps_secret(leaf) || prior.fingerprints.contains_key(&leaf.path) => cx.secret(fingerprint),
            _ => cx.plain(refuses),
        }
    }
    out
}

/// What differs from what was applied, whatever the configuration says by now. What it does not want to change back is
/// left out.
pub fn drift(schema: &Schema, desired: &Desired, prior: &Prior) -> Vec<AttributeChange> {
    let mut out = Diff::default();
    for leaf in schema.leaves().iter().filter(|l| l.attribute.settable() && !l.attribute.is_secret()) {
        let mut cx = LeafDiff { leaf, desired, prior, out: &mut out };
        if cx.ignored() || prior.fingerprints.contains_key(&leaf.path) {
            continue;
        }
        let applied = cx.applied().cloned();
        let standing = cx.observed();
        cx.note_drift(applied.as_ref(), &standing);
    }
    out.drift
}

struct LeafDiff<'a> {
    leaf: &'a Leaf,
    desired: &'a Desired,
    prior: &'a Prior,
    out: &'a mut Diff,
}

impl LeafDiff<'_> {
    fn path(&self) -> &str {
        &self.leaf.path
    }

    fn want(&self) -> Option<&Value> {
        schema::at_path(&self.desired.values, self.path()).filter(|v| !v.is_null())
    }

    fn applied(&self) -> Option<&Value> {
        schema::at_path(&self.prior.applied, self.path()).filter(|v| !v.is_null())
    }

    fn observed(&self) -> Value {
        let found = self.prior.observed.as_ref().and_then(|o| o.get(self.path()));
        found.cloned().unwrap_or_else(|| self.leaf.attribute.null())
    }

    fn ignored(&self) -> bool {
        let path = self.path();
        self.desired
            .ignored
            .iter()
            .any(|i| i == path || path.strip_prefix(i.as_str()).is_some_and(|r| r.starts_with('.')))
    }

    fn shared(&self) -> bool {
        self.leaf.attribute.shared || self.desired.shared.contains(self.path())
    }

    fn plain(&mut self, refuses: &dyn Fn(&str, &Value, &Value) -> Option<&'static str>) {
        let attribute = &self.leaf.attribute;
        let applied = self.applied().cloned();
        let standing =
            if attribute.reported { self.observed() } else { applied.clone().unwrap_or_else(|| self.observed()) };
        self.note_drift(applied.as_ref(), &standing);
        let Some(want) = self.want().cloned() else { return self.removed(applied.as_ref(), &standing) };
        if self.holds(&want, applied.as_ref(), &standing) {
            self.note_foreign(&want, applied.as_ref(), &standing);
            let recorded = applied.as_ref().is_some_and(|a| schema::same(attribute, a, &want));
            if !recorded {
                self.record();
            }
            return;
        }
        if self.ignored() {
            return;
        }
        // Nobody ever said of what was found how it was made, and it does not tell: what is stated is taken for true.
        let fixed = matches!(attribute.change, Change::Refused(_) | Change::Replaces);
        if fixed && !attribute.reported && self.prior.applied.entries().all(|(_, v)| v.is_null()) {
            return self.record();
        }
        self.note_foreign(&want, applied.as_ref(), &standing);
        let want = self.with_foreign(want, applied.as_ref(), &standing);
        match attribute.change {
            Change::Local if refuses(self.path(), &standing, &want).is_none() => self.record(),
            Change::Refused(why) => self.change(standing, want, Some(why)),
            _ => {
                let why = refuses(self.path(), &standing, &want);
                self.change(standing, want, why);
            }
        }
    }

    /// The applied value follows, and that is all.
    fn record(&mut self) {
        self.out.records = true;
        self.out.noted.insert(self.path().to_owned());
    }

    fn change(&mut self, before: Value, after: Value, refused: Option<&'static str>) {
        let path = self.path().to_owned();
        if let Some(why) = refused {
            self.out.refused.push((path.clone(), why));
        }
        let replaces = self.leaf.attribute.change == Change::Replaces;
        if replaces {
            self.out.replaces.push(path.clone());
        }
        let sensitive = self.desired.sensitive.contains(&path);
        self.out.changed.insert(path.clone());
        let replaces = replaces || refused.is_some();
        self.out.attributes.push(AttributeChange { path, before, after, sensitive, reset: None, replaces });
    }

    /// Whether what stands there is as wanted. A shared list may hold entries of others.
    fn holds(&self, want: &Value, applied: Option<&Value>, standing: &Value) -> bool {
        if !want.is_wholly_known() {
            return false;
        }
        if let Comparison::Judged { holds } = self.leaf.attribute.comparison {
            return !standing.is_null() && holds(want, applied, standing);
        }
        if !self.shared() {
            return schema::same(&self.leaf.attribute, want, standing);
        }
        let (want, have) = (self.entries(want), self.entries(standing));
        let ours = applied.map(|a| self.entries(a)).unwrap_or_default();
        want.iter().all(|e| have.contains(e)) && ours.iter().all(|e| want.contains(e) || !have.contains(e))
    }

    /// The entries of a list or map as they are compared.
    fn entries(&self, value: &Value) -> Vec<Value> {
        match self.leaf.attribute.comparison {
            Comparison::Set { same } => value.elements().map(same).collect(),
            Comparison::Exact | Comparison::Judged { .. } => {
                value.entries().map(|(k, v)| Value::tuple(vec![Value::from(&**k), v.clone()])).collect()
            }
        }
    }

    /// What a shared list will hold: what is wanted, and what others put there.
    fn with_foreign(&self, want: Value, applied: Option<&Value>, standing: &Value) -> Value {
        if !self.shared() || !want.is_wholly_known() {
            return want;
        }
        let (wanted, ours) = (self.entries(&want), applied.map(|a| self.entries(a)).unwrap_or_default());
        let foreign = |e: &Value| !wanted.contains(e) && !ours.contains(e);
        match self.leaf.attribute.comparison {
            Comparison::Set { same } => {
                let Type::List(element) = self.leaf.attribute.ty.to_type() else { return want };
                let others = standing.elements().filter(|e| foreign(&same(e)));
                Value::list((*element).clone(), want.elements().chain(others).cloned().collect())
            }
            Comparison::Exact | Comparison::Judged { .. } => {
                let Type::Map(element) = self.leaf.attribute.ty.to_type() else { return want };
                let pair = |k: &std::sync::Arc<str>, v: &Value| Value::tuple(vec![Value::from(&**k), v.clone()]);
                let others = standing.entries().filter(|(k, v)| foreign(&pair(k, v)) && want.get(k).is_none());
                let all = others.chain(want.entries()).map(|(k, v)| (k.clone(), v.clone())).collect();
                Value::map((*element).clone(), all)
            }
        }
    }

    fn note_foreign(&mut self, want: &Value, applied: Option<&Value>, standing: &Value) {
        // Where sharing is the nature of the thing, others' entries are nothing to tell of.
        if !self.desired.shared.contains(self.path()) {
            return;
        }
        let want = self.entries(want);
        let ours = applied.map(|a| self.entries(a)).unwrap_or_default();
        let foreign: Vec<Value> =
            self.entries(standing).into_iter().filter(|e| !want.contains(e) && !ours.contains(e)).collect();
        for entry in foreign {
            let words: Vec<&str> = entry.elements().filter_map(Value::as_str).filter(|t| !t.is_empty()).collect();
            let everybody = words.first() == Some(&"0.0.0.0/0");
            if everybody {
                self.out.exposed.push(self.leaf.path.clone());
            }
            let open = if everybody { " (open to everybody)" } else { "" };
            self.out.notes.push(format!(
                "{} also holds {}{open}, which is not managed here",
                self.leaf.path,
                words.join(" ")
            ));
        }
    }

    fn note_drift(&mut self, applied: Option<&Value>, standing: &Value) {
        let Some(applied) = applied else { return };
        if self.leaf.attribute.reported && !self.holds(applied, Some(applied), standing) {
            let path = self.path().to_owned();
            let sensitive = self.desired.sensitive.contains(&path);
            let (before, after) = (applied.clone(), standing.clone());
            self.out.drift.push(AttributeChange { path, before, after, sensitive, reset: None, replaces: false });
        }
    }

    /// Its line is not there (any more).
    fn removed(&mut self, applied: Option<&Value>, standing: &Value) {
        let Some(applied) = applied else { return };
        self.out.noted.insert(self.path().to_owned());
        let ours_gone = self.shared() && {
            let have = self.entries(standing);
            !self.entries(applied).iter().any(|e| have.contains(e))
        };
        let nothing_left = ours_gone
            || standing.is_null()
            || (standing.elements().next().is_none() && standing.entries().next().is_none() && is_collection(standing));
        match self.leaf.attribute.removal {
            _ if self.leaf.attribute.change == Change::Replaces && !nothing_left => {
                let nothing = self.leaf.attribute.null();
                self.change(standing.clone(), nothing, None);
            }
            Removal::Reset(what) if !nothing_left => {
                self.out.changed.insert(self.path().to_owned());
                let path = self.path().to_owned();
                let after = Value::null(applied.ty());
                let before = standing.clone();
                self.out.attributes.push(AttributeChange {
                    path,
                    before,
                    after,
                    sensitive: false,
                    reset: Some(what.into()),
                    replaces: false,
                });
            }
            Removal::Release if self.leaf.attribute.change != Change::Local => {
                self.out
                    .state_changes
                    .push(format!("{} is released: it keeps its value and is no longer managed", self.leaf.path));
            }
            _ => self.out.records = true,
        }
    }

    fn secret(&mut self, fingerprint: &dyn Fn(&str) -> String) {
        let known = self.prior.fingerprints.get(self.path()).cloned();
        let Some(want) = self.want().cloned() else {
            if known.is_some() {
                self.out.noted.insert(self.path().to_owned());
                self.out
                    .state_changes
                    .push(format!("{} is released: it stays in force and is no longer managed", self.leaf.path));
            }
            return;
        };
        let text = want.as_str().map(str::to_owned).or_else(|| want.to_json_text().ok());
        let same = text.is_some_and(|text| known.as_deref() == Some(fingerprint(&text).as_str()));
        if !same && !self.ignored() {
            self.secret_change(known.is_some());
        }
    }

    /// A write-only value is sent when it is new here; after that its trigger decides.
    fn write_only(&mut self) {
        let known = self.prior.fingerprints.contains_key(self.path());
        match (self.want().is_some(), known) {
            (true, false) => self.secret_change(false),
            (false, true) => self.record(),
            _ => {}
        }
    }

    fn secret_change(&mut self, existed: bool) {
        let path = self.path().to_owned();
        if let Change::Refused(why) = self.leaf.attribute.change {
            self.out.refused.push((path.clone(), why));
        }
        let replaces = self.leaf.attribute.change == Change::Replaces;
        if replaces {
            self.out.replaces.push(path.clone());
        }
        let before = if existed { Value::unknown(Type::String) } else { Value::null(Type::String) };
        self.out.changed.insert(path.clone());
        let after = Value::unknown(Type::String);
        self.out.attributes.push(AttributeChange { path, before, after, sensitive: true, reset: None, replaces });
    }
}

fn is_collection(value: &Value) -> bool {
    matches!(value.ty(), Type::List(_) | Type::Set(_) | Type::Map(_) | Type::Tuple(_))
}
