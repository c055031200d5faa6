//! What cannot end while others hold on to it: refused before anything is sent, not after the thing was stopped.

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Code, Diagnostic};
use crate::kinds::{self, Holder};
use crate::observe::Answers;
use crate::plan::{Action, ActionKind};

/// A finding for each thing that is to be destroyed while something holds on to it that is not.
pub(super) fn held(actions: &[Action], answers: &BTreeMap<String, Answers>) -> Vec<Diagnostic> {
    let ending = actions.iter().filter(|a| matches!(a.kind, ActionKind::Delete | ActionKind::Replace));
    let ids: BTreeSet<(&str, &String)> =
        ending.clone().filter_map(|a| Some((a.address.kind.as_str(), a.identity.get("id")?))).collect();
    ending
        .filter_map(|action| {
            let kind = kinds::find(&action.address.kind)?;
            let holders = kind.holders(&action.identity, answers.get(&action.destroy_cloud)?);
            let left: Vec<String> = holders
                .into_iter()
                .filter(|holder| !ids.contains(&(holder.kind, &holder.id)))
                .map(|holder| named(&holder))
                .collect();
            (!left.is_empty()).then(|| refused(action, &left))
        })
        .collect()
}

/// Such as `service "x" (7a…) shares its data`.
pub(super) fn named(Holder { kind, name, id, how }: &Holder) -> String {
    format!("{kind} \"{name}\" ({id}) {how}")
}

fn refused(action: &Action, holders: &[String]) -> Diagnostic {
    let address = &action.address;
    Diagnostic::error(Code("HW0620"), format!("{address} cannot be destroyed before what depends on it"))
        .with_detail(format!(
            "The platform refuses it: {}. Nothing was changed.",
            holders.join(", ")
        ))
        .with_help("Destroy them as well, or keep it. Those that this configuration does not manage have to go elsewhere first.")
        .with_address(address.clone())
}
