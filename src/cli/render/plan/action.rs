//! One action of a plan as a block of lines: what happens to the instance, why, attribute by attribute, and what that
//! does to people.

use super::super::{Paint, harmless};
use super::Level;
use super::attribute;
use super::calls;
use super::change::Mark;
use super::page::Page;
use crate::address::Mode;
use crate::kinds::{self, EffectSort};
use crate::lang::value::{Type, Value};
use crate::plan::{Action, ActionKind, AttributeChange};
use crate::schema::{self, Leaf};

/// The column the attributes' marks stand in.
const ATTRIBUTES: usize = 6;

/// The mark of an action at the margin.
pub(super) fn mark(kind: ActionKind) -> Mark {
    match kind {
        ActionKind::Create => Mark::Add,
        ActionKind::Update => Mark::Change,
        ActionKind::Replace => Mark::Replace,
        ActionKind::Delete => Mark::Remove,
        ActionKind::Forget => Mark::Forget,
        ActionKind::Read => Mark::Read,
        ActionKind::NoOp => Mark::None,
    }
}

/// What will be done to one instance.
pub(super) fn write(action: &Action, page: &mut Page) {
    title(action, page);
    if let Some(reason) = &action.reason {
        page.prose(2, None, &format!("# (because {reason})"));
    }
    page.line(0, &format!("{} {} {{", mark(action.kind).painted(page.look), header(action)));
    let gone = matches!(action.kind, ActionKind::Delete | ActionKind::Forget);
    let identity = if gone { identity(action) } else { Vec::new() };
    attribute::write(identity.iter().collect(), &[], ATTRIBUTES, page);
    attributes(action, page);
    remarks(action, page);
    page.line(4, "}");
    if page.detail.calls {
        calls::write(action, page);
    }
}

/// The attributes that change; the others are counted.
fn attributes(action: &Action, page: &mut Page) {
    let leaves = leaves(action);
    let (left, rest) = action.attributes.iter().partition::<Vec<_>, _>(|change| is_left(change, action, leaves));
    let (same, shown) = rest.into_iter().partition::<Vec<_>, _>(|change| is_same(change, leaves));
    if page.detail.level == Level::Full {
        return attribute::write(action.attributes.iter().collect(), leaves, ATTRIBUTES, page);
    }
    attribute::write(shown, leaves, ATTRIBUTES, page);
    for (count, what) in [(same.len(), "unchanged"), (left.len(), "left to the platform")] {
        if count > 0 {
            page.line(ATTRIBUTES + 2, &page.look.paint(Paint::Faint, &format!("# ({count} {what})")));
        }
    }
}

/// Whether a replacement gives an attribute the value it has.
fn is_same(change: &AttributeChange, leaves: &[Leaf]) -> bool {
    let leaf = leaves.iter().find(|l| l.path == change.path);
    let (before, after) = (&change.before, &change.after);
    let comparable = before.is_wholly_known() && after.is_wholly_known() && change.reset.is_none() && !change.sensitive;
    comparable && leaf.map_or(before == after, |l| schema::same(&l.attribute, before, after))
}

/// The attributes that the thing's kind has.
fn leaves(action: &Action) -> &'static [Leaf] {
    kinds::schema_of(&action.address).map(|schema| schema.leaves()).unwrap_or_default()
}

/// Whether an attribute is one that could be set, was not, and gets what the platform likes.
fn is_left(change: &AttributeChange, action: &Action, leaves: &[Leaf]) -> bool {
    let settable = leaves.iter().find(|l| l.path == change.path).is_some_and(|l| l.attribute.settable());
    settable
        && !change.sensitive
        && change.before.is_null()
        && !change.after.is_known()
        && !action.changed.contains(&change.path)
}

fn title(action: &Action, page: &mut Page) {
    let look = page.look;
    let text = match action.kind {
        ActionKind::Create => "will be created".to_owned(),
        ActionKind::Update => "will be updated in place".to_owned(),
        ActionKind::Replace => format!("will be {}, then created anew", look.paint(Paint::Alarm, "destroyed")),
        ActionKind::Delete => format!("will be {}", look.paint(Paint::Alarm, "destroyed")),
        ActionKind::Forget => "will be forgotten".to_owned(),
        ActionKind::Read => "will be read during the apply".to_owned(),
        ActionKind::NoOp => "stays as it is; only the state changes".to_owned(),
    };
    let name = look.paint(Paint::Strong, &format!("# {}", harmless(&action.address.to_string())));
    page.line(2, &format!("{name} {text}"));
}

/// As the block is headed in a configuration.
fn header(action: &Action) -> String {
    let (kind, name) = (&action.address.kind, &action.address.name);
    match action.address.mode {
        Mode::Managed => format!("{kind} \"{name}\""),
        Mode::Data => format!("data \"{kind}\" \"{name}\""),
    }
}

/// What is known of a thing that ends. What is more than a text, such as a place in AWS, is noted as JSON.
fn identity(action: &Action) -> Vec<AttributeChange> {
    let gone = |path: String, before: Value| AttributeChange {
        path,
        before,
        after: Value::null(Type::Any),
        sensitive: false,
        reset: None,
        replaces: false,
    };
    let parts = |(name, text): (&String, &String)| match serde_json::from_str(text) {
        Ok(serde_json::Value::Object(parts)) => {
            parts.iter().map(|(part, json)| gone(format!("{name}.{part}"), Value::from_json(json))).collect()
        }
        _ => vec![gone(name.clone(), Value::from(text.as_str()))],
    };
    action.identity.iter().flat_map(parts).collect::<Vec<_>>()
}

/// What is to be said besides the attributes.
fn remarks(action: &Action, page: &mut Page) {
    if let Some(wait) = &action.resume {
        page.prose(ATTRIBUTES, None, &format!("i goes on waiting {}", wait.what));
    }
    for change in &action.state_changes {
        page.prose(ATTRIBUTES, None, &format!("i {change}"));
    }
    for note in &action.notes {
        page.prose(ATTRIBUTES, Some(Paint::Faint), &format!("# note: {note}"));
    }
    for effect in &action.effects {
        let (paint, sign) = match effect.sort {
            EffectSort::DataLoss | EffectSort::Unavailable => (Some(Paint::Alarm), "!"),
            EffectSort::Restart | EffectSort::MakeBeforeBreak => (Some(Paint::Change), "!"),
            EffectSort::Notice => (None, "i"),
        };
        page.prose(ATTRIBUTES, paint, &format!("{sign} {}", effect.text));
    }
}

/// What somebody else did to one instance.
pub(super) fn write_drift(action: &Action, page: &mut Page) {
    let look = page.look;
    page.line(
        2,
        &format!("{} has changed", look.paint(Paint::Strong, &format!("# {}", harmless(&action.address.to_string())))),
    );
    page.line(0, &format!("{} {} {{", Mark::Change.painted(look), header(action)));
    attribute::write(action.drift.iter().collect(), leaves(action), ATTRIBUTES, page);
    page.line(4, "}");
}
