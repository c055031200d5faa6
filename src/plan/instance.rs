//! One instance: which action it needs, and the value that others see of it once that is done.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::diff::{Diff, diff, mask_secrets};
use super::{Action, ActionKind, AttributeChange, Desired, Prior, reasons};
use crate::call::{Call, Wait};
use crate::kinds::{Answers, Change, EffectSort, Foresight, Identity, Kind, Observed, Operation, is_named};
use crate::lang::value::{Marks, Type, Value};
use crate::schema::{AttrType, Attribute, Schema};

/// An instance with its action and what references to it give.
#[derive(Debug)]
pub struct PlannedInstance {
    pub action: Action,
    /// What references see: known where it is certain, unknown where only the apply will tell.
    pub value: Value,
    /// Changes that only a replacement can make, and that nobody asked to make by one: attribute and reason.
    pub refused: Vec<(String, &'static str)>,
    /// Shared attributes in which others let everybody in.
    pub exposed: Vec<String>,
}

/// What steers the planning of one instance besides its values.
pub struct Request<'a> {
    /// Why it is to be replaced, when it is.
    pub replace: Option<String>,
    /// The mark of ownership for a creation; `None` switches it off.
    pub ownership: &'a dyn Fn() -> Option<String>,
    pub fingerprint: &'a dyn Fn(&str) -> String,
    pub answers: &'a dyn Answers,
}

/// Plans an instance that the configuration asks for.
pub fn plan_instance(
    kind: &dyn Kind,
    desired: &Desired,
    prior: Option<&Prior>,
    request: &Request<'_>,
) -> PlannedInstance {
    let existing = prior.filter(|p| p.observed.is_some());
    let Some(existing) = existing else {
        return creation(kind, desired, prior, request);
    };
    let desired = with_ignored(kind.schema(), desired, existing);
    let desired = &*desired;
    let mut found = diff(kind.schema(), desired, existing, &|a, b, c| kind.refuses(a, b, c), request.fingerprint);
    if existing.cloud != desired.cloud {
        found.refused.push(("cloud".to_owned(), "a thing cannot move to another organization"));
    }
    if let Some(reason) = why_replaced(&found, request) {
        return replacement(kind, desired, existing, found, request, reason);
    }
    update(kind, desired, existing, found, request)
}

/// Why a replacement is planned, when one is.
fn why_replaced(found: &Diff, request: &Request<'_>) -> Option<String> {
    if request.replace.is_some() {
        return request.replace.clone();
    }
    let names: Vec<String> = found.replaces.iter().map(|path| format!("`{path}`")).collect();
    (!names.is_empty()).then(|| format!("{} changes", names.join(" and ")))
}

/// The instance with ignored attributes as they are: what is not wanted to change cannot be sent by any call.
pub fn with_ignored<'d>(schema: &Schema, desired: &'d Desired, prior: &Prior) -> Cow<'d, Desired> {
    if desired.ignored.is_empty() {
        return Cow::Borrowed(desired);
    }
    let mut desired = desired.clone();
    for leaf in schema.leaves() {
        let ignored = |i: &String| {
            *i == leaf.path || leaf.path.strip_prefix(i.as_str()).is_some_and(|rest| rest.starts_with('.'))
        };
        if !leaf.attribute.settable() || leaf.attribute.is_secret() {
            continue;
        }
        let observed = prior.observed.as_ref().filter(|_| leaf.attribute.reported).map(|o| &o.values);
        let standing = crate::schema::at_path(observed.unwrap_or(&prior.applied), &leaf.path);
        let entries = crate::schema::at_path(&desired.values, &leaf.path)
            .and_then(|want| with_ignored_entries(&leaf.path, &desired.ignored, want, standing));
        if let Some(entries) = entries {
            desired.values = crate::schema::with_path(&desired.values, &leaf.path, entries);
        }
        if desired.ignored.iter().any(ignored) {
            let stays = crate::schema::at_path(observed.unwrap_or(&prior.applied), &leaf.path).cloned();
            let stays = stays.unwrap_or_else(|| leaf.attribute.null());
            desired.values = crate::schema::with_path(&desired.values, &leaf.path, stays);
        }
    }
    Cow::Owned(desired)
}

/// How one entry of a map is named among what is to be ignored.
pub fn entry_path(map: &str, key: &str) -> String {
    format!("{map}[{key:?}]")
}

/// A map as it is wanted, with the ignored entries as they stand.
fn with_ignored_entries(
    path: &str,
    ignored: &BTreeSet<String>,
    want: &Value,
    standing: Option<&Value>,
) -> Option<Value> {
    let prefix = format!("{path}[");
    if !want.is_known() || want.is_null() || !ignored.iter().any(|i| i.starts_with(&prefix)) {
        return None;
    }
    let Type::Map(element) = want.ty() else { return None };
    let is_ignored = |key: &str| ignored.contains(&entry_path(path, key));
    let ours = want.entries().filter(|(key, _)| !is_ignored(key));
    let theirs = standing.into_iter().flat_map(Value::entries).filter(|(key, _)| is_ignored(key));
    let entries = ours.chain(theirs).map(|(key, value)| (key.clone(), value.clone())).collect();
    Some(Value::map((*element).clone(), entries))
}

/// Plans the end of an instance that the configuration no longer asks for.
pub fn plan_deletion(
    kind: &dyn Kind,
    address: &crate::address::Address,
    prior: &Prior,
    reason: &str,
    answers: &dyn Answers,
) -> Action {
    let nothing = kind.schema().null();
    let mut action = blank(address, prior.cloud.as_str(), ActionKind::Delete);
    action.reason = Some(reason.to_owned());
    action.identity = prior.identity.clone();
    action.protect = prior.protected;
    action.dependencies = prior.dependencies.clone();
    match &prior.observed {
        None => {
            action.kind = ActionKind::Forget;
            action.reason = Some("it is no longer there: only the state still knows it".to_owned());
        }
        Some(_) => fill_deletion(kind, &nothing, prior, answers, &mut action),
    }
    action
}

/// A replacement whose successor is made first: the creation, and the end of what was there.
pub fn create_first(action: Action) -> (Action, Action) {
    let mut removal = blank(&action.address.deposed(), &action.destroy_cloud, ActionKind::Delete);
    removal.reason = Some(reasons::SUCCEEDED.to_owned());
    removal.identity.clone_from(&action.identity);
    let mut creation = Action { kind: ActionKind::Create, identity: Identity::new(), ..action };
    creation.reason = creation.reason.map(|why| format!("{}{why}", reasons::SUCCEEDS));
    removal.destroy = std::mem::take(&mut creation.destroy);
    removal.resume = creation.resume.take();
    let hurts = |e: &crate::kinds::Effect| matches!(e.sort, EffectSort::DataLoss | EffectSort::Unavailable);
    (removal.effects, creation.effects) = std::mem::take(&mut creation.effects).into_iter().partition(hurts);
    (creation, removal)
}

/// An object with the attributes of these names (of the top level) marked sensitive.
pub fn with_sensitive(object: &Value, names: &BTreeSet<String>) -> Value {
    let mark = |(name, value): (&Arc<str>, &Value)| {
        let marks = Marks { sensitive: names.contains(&**name), ephemeral: false };
        (name.clone(), value.clone().with_marks(marks))
    };
    Value::object(object.entries().map(mark).collect())
}

/// Plans the reading of a data source that cannot be asked yet, and the value that others see of it until then.
pub fn plan_data(schema: &Schema, desired: &Desired) -> (Action, Value) {
    let mut action = with_desired(blank(&desired.address, &desired.cloud, ActionKind::Read), desired);
    let mut values = BTreeMap::new();
    for attribute in &schema.attributes {
        let ty = attribute.ty.to_type().without_optional();
        let given = desired.values.get(attribute.name).filter(|v| attribute.settable() && !v.is_null()).cloned();
        let sensitive = desired.sensitive.contains(attribute.name);
        let value = given
            .unwrap_or_else(|| if attribute.settable() { Value::null(ty.clone()) } else { Value::unknown(ty.clone()) });
        values.insert(Arc::from(attribute.name), value.clone().with_marks(Marks { sensitive, ephemeral: false }));
        // Everything else is known after the apply.
        if value.is_null() || !attribute.settable() {
            continue;
        }
        action.attributes.push(AttributeChange {
            path: attribute.name.to_owned(),
            before: Value::null(ty),
            after: value,
            sensitive,
            reset: None,
            replaces: false,
        });
    }
    (action, Value::object(values))
}

fn fill_deletion(kind: &dyn Kind, desired: &Value, prior: &Prior, answers: &dyn Answers, action: &mut Action) {
    let nothing = BTreeSet::new();
    let change = Change {
        operation: Operation::Delete,
        identity: &prior.identity,
        former: None,
        desired,
        applied: &prior.applied,
        observed: prior.observed.as_ref(),
        changed: &nothing,
        sensitive: &nothing,
        shared: &nothing,
        ownership: None,
        answers,
    };
    action.destroy = kind.calls(&change);
    action.effects.extend(kind.effects(&change));
    action.resume = kind.resume(&change).map(Box::new);
}

pub(super) fn blank(address: &crate::address::Address, cloud: &str, kind: ActionKind) -> Action {
    Action {
        address: address.clone(),
        kind,
        cloud: cloud.to_owned(),
        destroy_cloud: cloud.to_owned(),
        reason: None,
        attributes: Vec::new(),
        drift: Vec::new(),
        state_changes: Vec::new(),
        records: false,
        notes: Vec::new(),
        effects: Vec::new(),
        destroy: Vec::new(),
        apply: Vec::new(),
        resume: None,
        identity: Identity::new(),
        changed: BTreeSet::new(),
        noted: BTreeSet::new(),
        protect: false,
        import: None,
        shared: BTreeSet::new(),
        dependencies: Vec::new(),
        ownership: None,
    }
}

fn with_desired(mut action: Action, desired: &Desired) -> Action {
    action.shared = desired.shared.clone();
    action.protect = desired.protect.unwrap_or(action.protect);
    action.dependencies = desired.dependencies.clone();
    action
}

/// Why there is something to do about a thing whose creation did not come to its end.
fn unsettled(renewal: &[Call]) -> &'static str {
    if renewal.is_empty() {
        "an earlier run did not see its creation through"
    } else {
        "the answer to its creation was lost: the secret that it told only then is made anew"
    }
}

/// What a kind says to a change.
struct Consulted {
    calls: Vec<Call>,
    /// What has told again what a lost answer told, where that is owed.
    renewal: Vec<Call>,
    resume: Option<Wait>,
}

/// Puts a question about a change of `desired` to a kind. Secrets are masked: nothing that is planned can hold one.
fn with_change<T>(
    kind: &dyn Kind,
    operation: Operation,
    desired: &Desired,
    prior: Option<&Prior>,
    request: &Request<'_>,
    action: &Action,
    question: impl FnOnce(&Change<'_>) -> T,
) -> T {
    let masked = mask_secrets(kind.schema(), &desired.values);
    let existing = prior.filter(|p| p.observed.is_some());
    let (nothing, located) = (kind.schema().null(), kind.located(&desired.values));
    question(&Change {
        operation,
        identity: existing.map_or(&located, |p| &p.identity),
        former: prior.filter(|p| p.observed.is_none() && is_named(&p.identity)).map(|p| &p.identity),
        desired: &masked,
        applied: existing.map_or(&nothing, |p| &p.applied),
        observed: existing.and_then(|p| p.observed.as_ref()),
        changed: &action.changed,
        sensitive: &desired.sensitive,
        shared: &desired.shared,
        ownership: action.ownership.as_deref(),
        answers: request.answers,
    })
}

/// What the kind says to a change; its effects go to the action.
fn consult(
    kind: &dyn Kind,
    operation: Operation,
    desired: &Desired,
    prior: Option<&Prior>,
    request: &Request<'_>,
    action: &mut Action,
) -> Consulted {
    let renews = prior.is_some_and(|p| p.renews);
    let (effects, consulted) = with_change(kind, operation, desired, prior, request, action, |change| {
        let renewal = if renews { kind.renewal(change) } else { Vec::new() };
        (kind.effects(change), Consulted { calls: kind.calls(change), renewal, resume: kind.resume(change) })
    });
    action.effects.extend(effects);
    consulted
}

/// What the platform says to a planned action, as far as the answers tell.
pub fn foresee(
    kind: &dyn Kind,
    desired: &Desired,
    prior: Option<&Prior>,
    request: &Request<'_>,
    action: &Action,
) -> Foresight {
    let (operation, prior) = match action.kind {
        ActionKind::Create | ActionKind::Replace => (Operation::Create, None),
        ActionKind::Update => (Operation::Update, prior),
        _ => return Foresight::default(),
    };
    with_change(kind, operation, desired, prior, request, action, |change| kind.foresee(change))
}

fn creation(kind: &dyn Kind, desired: &Desired, gone: Option<&Prior>, request: &Request<'_>) -> PlannedInstance {
    let mut action = with_desired(blank(&desired.address, &desired.cloud, ActionKind::Create), desired);
    action.reason = gone.map(|prior| {
        let why = kind.why_gone(&prior.identity, request.answers);
        why.unwrap_or_else(|| "it is no longer there: somebody deleted it outside".to_owned())
    });
    action.ownership = (request.ownership)();
    action.identity = kind.located(&desired.values);
    set_everything(kind.schema(), desired, None, &mut action);
    action.apply = consult(kind, Operation::Create, desired, gone, request, &mut action).calls;
    let value = planned_value(kind, desired, None, &action.changed);
    PlannedInstance { action, value, refused: Vec::new(), exposed: Vec::new() }
}

/// Lists all attributes a creation sets, and those only it will tell.
fn set_everything(schema: &Schema, desired: &Desired, old: Option<&Observed>, action: &mut Action) {
    for leaf in schema.leaves() {
        let null = leaf.attribute.null();
        let want = crate::schema::at_path(&desired.values, &leaf.path).filter(|v| !v.is_null());
        let before = old.and_then(|o| o.get(&leaf.path)).cloned().unwrap_or_else(|| null.clone());
        let secret = leaf.attribute.is_secret();
        let after = match want {
            Some(_) if secret => Value::unknown(Type::String),
            Some(value) => value.clone(),
            None if leaf.attribute.reported => Value::unknown(leaf.attribute.value_type().clone()),
            None => continue,
        };
        if want.is_some() {
            action.changed.insert(leaf.path.clone());
        }
        let sensitive = secret || desired.sensitive.contains(&leaf.path);
        action.attributes.push(AttributeChange {
            path: leaf.path.clone(),
            before,
            after,
            sensitive,
            reset: None,
            replaces: false,
        });
    }
}

fn replacement(
    kind: &dyn Kind,
    desired: &Desired,
    prior: &Prior,
    found: Diff,
    request: &Request<'_>,
    reason: String,
) -> PlannedInstance {
    let mut action = with_desired(blank(&desired.address, &desired.cloud, ActionKind::Replace), desired);
    action.reason = Some(reason);
    action.destroy_cloud.clone_from(&prior.cloud);
    action.identity = prior.identity.clone();
    action.drift = found.drift;
    action.protect = prior.protected || action.protect;
    action.ownership = (request.ownership)();
    set_everything(kind.schema(), desired, prior.observed.as_ref(), &mut action);
    for attribute in &mut action.attributes {
        attribute.replaces =
            found.refused.iter().any(|(path, _)| *path == attribute.path) || found.replaces.contains(&attribute.path);
    }
    fill_deletion(kind, &kind.schema().null(), prior, request.answers, &mut action);
    action.apply = consult(kind, Operation::Create, desired, None, request, &mut action).calls;
    let value = planned_value(kind, desired, None, &action.changed);
    PlannedInstance { action, value, refused: Vec::new(), exposed: Vec::new() }
}

fn update(kind: &dyn Kind, desired: &Desired, prior: &Prior, found: Diff, request: &Request<'_>) -> PlannedInstance {
    let mut action = blank(&desired.address, &desired.cloud, ActionKind::NoOp);
    action.protect = prior.protected;
    action = with_desired(action, desired);
    action.identity = prior.identity.clone();
    action.attributes = found.attributes;
    action.drift = found.drift;
    action.state_changes = found.state_changes;
    action.records = found.records || action.dependencies != prior.dependencies;
    action.notes = found.notes;
    action.changed = found.changed;
    action.noted = found.noted;
    if action.protect != prior.protected {
        let word = if action.protect { "protected from now on: prevent_destroy" } else { "no longer protected" };
        action.state_changes.push(word.to_owned());
    }
    hold_to_due(kind, desired, prior, request, &mut action);
    let sends = !action.attributes.is_empty();
    if sends || !prior.settled {
        action.kind = ActionKind::Update;
        let Consulted { calls, renewal, resume } =
            consult(kind, Operation::Update, desired, Some(prior), request, &mut action);
        if sends {
            action.apply = calls;
        } else {
            action.effects.clear();
        }
        if !prior.settled {
            action.reason = Some(unsettled(&renewal).to_owned());
            action.resume = resume.map(Box::new);
            action.apply.splice(..0, renewal);
        }
    }
    let value = planned_value(kind, desired, prior.observed.as_ref(), &action.changed);
    PlannedInstance { action, value, refused: found.refused, exposed: found.exposed }
}

/// Adds what nobody states and the kind holds the thing to all the same.
fn hold_to_due(kind: &dyn Kind, desired: &Desired, prior: &Prior, request: &Request<'_>, action: &mut Action) {
    let Some(observed) = &prior.observed else { return };
    for (name, due) in kind.due(&desired.values, &prior.identity, request.answers) {
        let stands = observed.get(name).cloned().unwrap_or_else(|| Value::null(due.ty()));
        if stands == due {
            continue;
        }
        let change = |before: &Value, after: &Value| AttributeChange {
            path: name.to_owned(),
            before: before.clone(),
            after: after.clone(),
            sensitive: false,
            reset: None,
            replaces: false,
        };
        if prior.settled {
            action.drift.push(change(&due, &stands));
        }
        action.attributes.push(change(&stands, &due));
        action.changed.insert(name.to_owned());
    }
}

/// What references see: desired values, otherwise observed ones, otherwise unknown.
fn planned_value(kind: &dyn Kind, desired: &Desired, observed: Option<&Observed>, changed: &BTreeSet<String>) -> Value {
    if let Some(value) = local_value(kind, desired, observed, changed) {
        return value;
    }
    let cx = Planned { desired, changed, exists: observed.is_some(), place: OnceCell::new() };
    let values = observed.map(|o| &o.values);
    let planned = kind.schema().object(|a| {
        let (want, have) = (desired.values.get(a.name), values.and_then(|v| v.get(a.name)));
        cx.attribute(a, a.name, want, have, false)
    });
    // Mostly nothing changes, and then it need not be kept twice.
    values.filter(|v| **v == planned).cloned().unwrap_or(planned)
}

/// Of a kind that lives in the state alone: what is computed follows once the change is applied.
fn local_value(
    kind: &dyn Kind,
    desired: &Desired,
    observed: Option<&Observed>,
    changed: &BTreeSet<String>,
) -> Option<Value> {
    let id = observed.and_then(|o| o.get("id")).cloned().unwrap_or_else(|| Value::unknown(Type::String));
    let found = kind.local(id, &with_sensitive(&desired.values, &desired.sensitive))?;
    let entries = found.values.entries().map(|(name, value)| {
        let computed = kind.schema().attribute(name).is_some_and(|a| !a.settable());
        let pending = computed && &**name != "id" && !changed.is_empty() && !value.is_null();
        let value = if pending { Value::unknown(value.ty()).with_marks(value.marks) } else { value.clone() };
        (name.clone(), value)
    });
    Some(Value::object(entries.collect()))
}

/// What references see of an instance that is done.
pub fn settled_value(kind: &dyn Kind, desired: &Desired, observed: &Observed) -> Value {
    planned_value(kind, desired, Some(observed), &BTreeSet::new())
}

struct Planned<'a> {
    desired: &'a Desired,
    changed: &'a BTreeSet<String>,
    exists: bool,
    /// Where its unknown values will come from.
    place: OnceCell<Arc<str>>,
}

impl Planned<'_> {
    /// A value that only the apply will tell. Texts of the top level, ids among them, are known by where they come from.
    fn unknown(&self, a: &Attribute, path: &str) -> Value {
        let value = Value::unknown(a.value_type().clone());
        if !matches!(a.ty, AttrType::String) || path != a.name {
            return value;
        }
        value.from_origin(self.place.get_or_init(|| self.desired.address.to_string().into()), a.name)
    }

    fn attribute(&self, a: &Attribute, path: &str, want: Option<&Value>, have: Option<&Value>, moving: bool) -> Value {
        if let AttrType::Object(nested) | AttrType::Block(nested) = &a.ty {
            return self.object(a, nested, path, want, have);
        }
        let value = match want.filter(|w| !w.is_null()) {
            // A write-only value is for the platform alone.
            Some(_) if matches!(a.exposure, crate::schema::Exposure::WriteOnly { .. }) => a.null(),
            Some(want) => want.clone(),
            None if !a.reported => a.null(),
            None if !self.exists || moving || self.changed.contains(path) => self.unknown(a, path),
            None => have.cloned().unwrap_or_else(|| a.null()),
        };
        let sensitive = a.is_secret() || self.desired.sensitive.contains(path);
        value.with_marks(Marks { sensitive, ephemeral: false })
    }

    fn object(
        &self,
        a: &Attribute,
        nested: &[Attribute],
        path: &str,
        want: Option<&Value>,
        have: Option<&Value>,
    ) -> Value {
        let unset = want.is_none_or(Value::is_null);
        if unset && self.exists && a.reported && have.is_none_or(Value::is_null) {
            return a.null();
        }
        if unset && !a.reported {
            return a.null();
        }
        // What the platform computes inside an object may follow a change of its neighbours.
        let moving = self.changed.iter().any(|c| c.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')));
        let part = |n: &Attribute| {
            let inner = format!("{path}.{}", n.name);
            let (want, have) = (want.and_then(|w| w.get(n.name)), have.and_then(|h| h.get(n.name)));
            (Arc::from(n.name), self.attribute(n, &inner, want, have, moving && !n.settable()))
        };
        Value::object(nested.iter().map(part).collect::<BTreeMap<Arc<str>, Value>>())
    }
}
