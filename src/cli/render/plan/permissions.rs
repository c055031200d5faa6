//! What a plan needs to be allowed to do, as text: for whoever makes a role for a key, or a policy for an account.

use crate::cli::render::{Look, Paint};
use crate::plan::{NeedHolder, Needs, Reasons};

/// A section for each key and each account, with an empty line at its end.
pub fn text(needs: &Needs, look: Look) -> String {
    if needs.is_empty() {
        return "The plan needs no permission.\n\n".to_owned();
    }
    let sections = needs.iter().map(|(holder, names)| {
        let title = look.paint(Paint::Strong, &title(holder));
        let width = names.keys().map(String::len).max().unwrap_or_default();
        let lines: String =
            names.iter().map(|(name, why)| format!("  {name:width$}  {}\n", reason(name, why))).collect();
        format!("{title}\n{lines}\n")
    });
    sections.collect()
}

fn title(holder: &NeedHolder) -> String {
    match holder {
        NeedHolder::Key(label) if label.is_empty() => "The API key needs:".to_owned(),
        NeedHolder::Key(label) => format!("The API key of the cloud \"{label}\" needs:"),
        NeedHolder::Aws { region, profile, roles } => {
            let region = if region.is_empty() { "a region that is known after apply" } else { region };
            let who = match (roles.last(), profile) {
                (Some(role), _) => format!("the role {role}"),
                (None, Some(profile)) => format!("the profile {profile}"),
                (None, None) => "the credentials of the environment".to_owned(),
            };
            format!("In AWS, in {region}, {who} needs:")
        }
    }
}

/// Such as `organizationRolePost: role.a`, or `to look: organizationGet`.
fn reason(name: &str, why: &Reasons) -> String {
    let list = |names: &mut dyn Iterator<Item = String>| names.collect::<Vec<_>>().join(", ");
    let operations = list(&mut why.operations.iter().filter(|o| *o != name).cloned());
    let addresses = list(&mut why.addresses.iter().map(ToString::to_string));
    match (operations.as_str(), addresses.as_str()) {
        ("", "") => "to look".to_owned(),
        ("", addresses) => addresses.to_owned(),
        (operations, "") => format!("to look: {operations}"),
        (operations, addresses) => format!("{operations}: {addresses}"),
    }
}
