//! What changes of a kind do to people, found by asking the kind about a change of each attribute alone.

use std::collections::BTreeSet;

use housewright::kinds::{Change, EffectSort, Identity, Kind, Observed, Operation, Unasked};
use housewright::lang::value::Value;
use housewright::schema::{self, AttrType, Attribute, Leaf};
use serde_json::{Map, Value as Json, json};

/// When, how bad, and what a plan says.
type Row = (String, &'static str, String);

/// Stands for a value that does not matter; where an effect names it, the text reads as one about any value.
const SOME: &str = "…";

pub fn rows(kind: &dyn Kind) -> Vec<Row> {
    let known = kind.schema();
    let mut rows = told("it is created", effects(kind, Operation::Create, None, &json!({}), &json!({})));
    // What replaces or is refused stands in the table of attributes.
    let in_place = |leaf: &&Leaf| leaf.attribute.settable() && leaf.attribute.change == schema::Change::InPlace;
    for leaf in known.leaves().iter().filter(in_place) {
        rows.extend(of(kind, leaf));
    }
    rows.extend(told(
        "it is destroyed",
        effects(kind, Operation::Delete, None, &filled(&known.attributes), &json!({})),
    ));
    rows
}

type Found = BTreeSet<(EffectSort, String)>;

fn told(when: &str, found: Found) -> Vec<Row> {
    found.into_iter().map(|(sort, text)| (when.to_owned(), word(sort), text)).collect()
}

fn word(sort: EffectSort) -> &'static str {
    match sort {
        EffectSort::DataLoss => "loss",
        EffectSort::Unavailable => "interruption",
        EffectSort::Restart => "restart",
        EffectSort::MakeBeforeBreak => "make before break",
        EffectSort::Notice => "note",
    }
}

/// The effects of a change of one attribute: once where all changes have the same, else for each.
fn of(kind: &dyn Kind, leaf: &Leaf) -> Vec<Row> {
    let path = leaf.path.as_str();
    let found: Vec<(String, Found)> = changes(leaf)
        .into_iter()
        .map(|(when, before, after)| {
            (when, effects(kind, Operation::Update, Some(path), &at(path, before), &at(path, after)))
        })
        .collect();
    match found.as_slice() {
        [] => Vec::new(),
        [(_, first), rest @ ..] if rest.iter().all(|(_, f)| f == first) => {
            told(&format!("`{path}` changes"), first.clone())
        }
        all => all.iter().flat_map(|(when, found)| told(when, found.clone())).collect(),
    }
}

/// Changes that may differ in what they do: in words, from what, to what.
fn changes(leaf: &Leaf) -> Vec<(String, Json, Json)> {
    let path = &leaf.path;
    match &leaf.attribute.ty {
        AttrType::Bool => [false, true].map(|to| (format!("`{path} = {to}`"), json!(!to), json!(to))).to_vec(),
        AttrType::Number => {
            vec![(format!("`{path}` rises"), json!(8), json!(16)), (format!("`{path}` falls"), json!(16), json!(8))]
        }
        AttrType::String => {
            let words = words(leaf.attribute.doc);
            let set = |to: &str| (format!("`{path} = \"{to}\"`"), json!("another"), json!(to));
            let any = (format!("`{path}` changes otherwise"), json!("another"), json!(SOME));
            words.iter().map(|w| set(w)).chain([any]).collect()
        }
        AttrType::List(_) | AttrType::Map(_) => {
            let (none, one) = (nothing(&leaf.attribute.ty), sample(&leaf.attribute.ty));
            let joins = (format!("something joins `{path}`"), none.clone(), one.clone());
            vec![joins, (format!("something leaves `{path}`"), one, none)]
        }
        AttrType::Any | AttrType::Object(_) | AttrType::Block(_) => Vec::new(),
    }
}

/// The words that an attribute's description writes as code.
fn words(doc: &str) -> Vec<&str> {
    let quoted = doc.split('`').skip(1).step_by(2);
    quoted.filter(|w| !w.is_empty() && w.chars().all(|ch| ch.is_ascii_lowercase() || ch == '-')).collect()
}

fn nothing(ty: &AttrType) -> Json {
    if matches!(ty, AttrType::Map(_)) { json!({}) } else { json!([]) }
}

/// A value of a type.
fn sample(ty: &AttrType) -> Json {
    match ty {
        AttrType::Any | AttrType::String => json!(SOME),
        AttrType::Bool => json!(true),
        AttrType::Number => json!(1),
        AttrType::List(inner) => json!([sample(inner)]),
        AttrType::Map(inner) => json!({ SOME: sample(inner) }),
        AttrType::Object(attributes) | AttrType::Block(attributes) => {
            Json::Object(attributes.iter().map(|a| (a.name.to_owned(), sample(&a.ty))).collect())
        }
    }
}

/// All lists with something in them.
fn filled(attributes: &[Attribute]) -> Json {
    let lists = attributes.iter().filter(|a| matches!(a.ty, AttrType::List(_)));
    Json::Object(lists.map(|a| (a.name.to_owned(), sample(&a.ty))).collect::<Map<_, _>>())
}

fn at(path: &str, value: Json) -> Json {
    path.rsplit('.').fold(value, |inner, name| json!({ name: inner }))
}

/// The object with null for what it leaves out.
fn whole(attributes: &[Attribute], given: &Json) -> Json {
    let part = |a: &Attribute| match (&a.ty, given.get(a.name)) {
        (AttrType::Object(inner) | AttrType::Block(inner), Some(given)) => whole(inner, given),
        (_, given) => given.cloned().unwrap_or_default(),
    };
    Json::Object(attributes.iter().map(|a| (a.name.to_owned(), part(a))).collect())
}

fn effects(kind: &dyn Kind, operation: Operation, path: Option<&str>, before: &Json, after: &Json) -> Found {
    let ty = kind.schema().object_type();
    let typed = |json: &Json| {
        let whole = whole(&kind.schema().attributes, json);
        Value::from_json_typed(&whole, &ty).expect("a value of the schema's type")
    };
    let (before, after) = (typed(before), typed(after));
    let observed = Observed { values: before.clone(), status: None, usable: true };
    let identity: Identity = Identity::from_iter([("id".to_owned(), "id".to_owned())]);
    let changed: BTreeSet<String> = path.map(str::to_owned).into_iter().collect();
    let change = Change {
        operation,
        identity: &identity,
        former: None,
        desired: &after,
        applied: &before,
        observed: (operation != Operation::Create).then_some(&observed),
        changed: &changed,
        sensitive: &BTreeSet::new(),
        shared: &BTreeSet::new(),
        ownership: None,
        answers: &Unasked,
    };
    kind.effects(&change).into_iter().map(|effect| (effect.sort, effect.text)).collect()
}
