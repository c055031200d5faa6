//! What is destroyed or replaced: every one by name, in as much detail as there is room for.

use std::collections::BTreeMap;

use super::{code, escaped};
use crate::address::{Address, InstanceKey};
use crate::kinds::EffectSort;
use crate::plan::{Action, ActionKind};

pub(super) fn is_lost(action: &Action) -> bool {
    matches!(action.kind, ActionKind::Delete | ActionKind::Replace)
}

/// A way to name all of them.
type Form<'a> = &'a dyn Fn(&[&Action]) -> String;

/// The section, within so many characters: each with its reason and effects; or by name alone; or the instances of each
/// block together.
pub(super) fn section(lost: &[&Action], room: usize) -> String {
    if lost.is_empty() {
        return String::new();
    }
    let forms: [Form<'_>; 4] = [&|l| each(l, &explained), &|l| each(l, &named), &together, &in_ranges];
    let fits = |text: &String| text.chars().count() <= room;
    let texts = forms.iter().map(|form| format!("{}{}", warning(lost), form(lost)));
    texts.clone().find(fits).unwrap_or_else(|| format!("{}{}", warning(lost), counted(lost)))
}

fn warning(lost: &[&Action]) -> String {
    let replaced = lost.iter().filter(|a| a.kind == ActionKind::Replace).count();
    let things = if lost.len() == 1 { "1 thing is".to_owned() } else { format!("{} things are", lost.len()) };
    let anew = match replaced {
        0 => String::new(),
        n => format!(" {n} of them created anew, empty."),
    };
    format!("\n> [!CAUTION]\n> **{things} destroyed. This cannot be undone.**{anew}\n")
}

/// The sorts that occur, with their titles.
fn sorts<'a>(lost: &[&'a Action]) -> Vec<(&'static str, Vec<&'a Action>)> {
    let of = |kind| lost.iter().filter(|a| a.kind == kind).copied().collect::<Vec<_>>();
    let all = [("Destroyed", of(ActionKind::Delete)), ("Destroyed, then created anew", of(ActionKind::Replace))];
    all.into_iter().filter(|(_, actions)| !actions.is_empty()).collect()
}

fn each(lost: &[&Action], line: &dyn Fn(&Action) -> String) -> String {
    let section = |(title, actions): (&str, Vec<&Action>)| {
        let lines: String = actions.iter().map(|a| line(a)).collect();
        format!("\n#### {title}\n\n{lines}")
    };
    sorts(lost).into_iter().map(section).collect()
}

fn named(action: &Action) -> String {
    format!("- {}\n", code(&action.address.to_string()))
}

fn explained(action: &Action) -> String {
    let reason = action.reason.as_ref().map(|r| format!(": {}", escaped(r))).unwrap_or_default();
    let hurts = |sort| matches!(sort, EffectSort::DataLoss | EffectSort::Unavailable);
    let effects = action.effects.iter().filter(|e| hurts(e.sort)).map(|e| format!(" **{}**", escaped(&e.text)));
    format!("- {}{reason}{}\n", code(&action.address.to_string()), effects.collect::<String>())
}

type Blocks<'a> = BTreeMap<Address, Vec<&'a Address>>;

fn blocks<'a>(actions: &[&'a Action]) -> Blocks<'a> {
    let mut blocks = Blocks::new();
    for action in actions {
        let block = Address { key: None, ..action.address.clone() };
        blocks.entry(block).or_default().push(&action.address);
    }
    blocks
}

fn by_block(lost: &[&Action], keys: &dyn Fn(&[&Address]) -> String) -> String {
    let section = |(title, actions): (&str, Vec<&Action>)| {
        let lines = blocks(&actions).into_iter().map(|(block, addresses)| match addresses.as_slice() {
            [one] => format!("- {}\n", code(&one.to_string())),
            all => format!("- {}, {}: {}\n", code(&block.to_string()), all.len(), keys(all)),
        });
        format!("\n#### {title}\n\n{}", lines.collect::<String>())
    };
    sorts(lost).into_iter().map(section).collect()
}

fn together(lost: &[&Action]) -> String {
    let key = |a: &&Address| a.key.as_ref().map(ToString::to_string).unwrap_or_default();
    by_block(lost, &|all| code(&all.iter().map(key).collect::<Vec<_>>().join(" ")))
}

/// As [`together`], indexes that follow each other as a range: `[0–99]`.
fn in_ranges(lost: &[&Action]) -> String {
    by_block(lost, &|all| {
        let mut parts: Vec<String> = Vec::new();
        let mut range: Option<(u64, u64)> = None;
        let close = |range: Option<(u64, u64)>, parts: &mut Vec<String>| match range {
            Some((from, to)) if from == to => parts.push(format!("[{from}]")),
            Some((from, to)) => parts.push(format!("[{from}–{to}]")),
            None => {}
        };
        for address in all {
            match &address.key {
                Some(InstanceKey::Index(i)) if range.is_some_and(|(_, to)| to + 1 == *i) => {
                    range = range.map(|(from, _)| (from, *i));
                }
                Some(InstanceKey::Index(i)) => {
                    close(range.replace((*i, *i)), &mut parts);
                }
                Some(InstanceKey::Name(name)) => parts.push(format!("{name:?}")),
                None => {}
            }
        }
        close(range, &mut parts);
        code(&parts.join(" "))
    })
}

/// The names alone are more than a comment holds.
fn counted(lost: &[&Action]) -> String {
    let count = |(title, actions): (&str, Vec<&Action>)| {
        let lines = blocks(&actions).into_iter().map(|(block, all)| (all.len(), block));
        let mut lines: Vec<_> = lines.collect();
        lines.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let more = lines.len().saturating_sub(200);
        let shown: String =
            lines.iter().take(200).map(|(n, block)| format!("- {}: {n}\n", code(&block.to_string()))).collect();
        let more = if more > 0 { format!("- and the instances of {more} more blocks\n") } else { String::new() };
        format!("\n#### {title}\n\n{shown}{more}")
    };
    let parts: String = sorts(lost).into_iter().map(count).collect();
    format!(
        "\nThe names of all these are more than a comment can hold: **look at `housewright show` before this is approved.**\n{parts}"
    )
}
