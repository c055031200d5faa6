//! What is asked while a building is only planned: whether the account has one already, and what it allows.

use serde_json::Value as Json;

use super::calls::creation;
use super::observe::{all, list};
use super::{TERMINATED, TERMINATING};
use crate::call::Read;
use crate::diag::{Code, Severity};
use crate::kinds::{Change, Finding, Foresight, Operation};
use crate::lang::value::Value;

pub(super) fn foresee(change: &Change<'_>) -> Foresight {
    let answers = change.answers;
    if change.operation != Operation::Create {
        return Foresight::default();
    }
    let Some(known) = answers.get(&list()) else { return Foresight::Ask(vec![list()]) };
    if let Some(taken) = taken(change, &known) {
        return Foresight::Told(vec![taken]);
    }
    if change.get("skip_preflight_validation").and_then(Value::as_bool) == Some(true) {
        return Foresight::default();
    }
    let body = creation(change);
    if let Some(attribute) = body.holes.values().next() {
        return Foresight::Told(vec![unasked(&format!("`{attribute}` is known only during the apply"))]);
    }
    let question = question(body.json);
    match answers.get(&question) {
        Some(verdict) => Foresight::Told(judge(&verdict).into_iter().collect()),
        None if answers.holds(&question) => Foresight::Told(vec![unasked("the platform does not offer it")]),
        None => Foresight::Ask(vec![question]),
    }
}

/// The question whether the account would allow a building.
fn question(mut body: Json) -> Read {
    if let Json::Object(fields) = &mut body {
        fields.remove("displayName");
    }
    Read::question("organizationByocInfrastructureValidate", format!("{}/validate", all()), &body)
}

/// One account has one infrastructure in a region.
fn taken(change: &Change<'_>, known: &Json) -> Option<Finding> {
    let wanted = |name: &str| change.get(name).and_then(Value::as_str);
    let (account, region) = (wanted("account_id")?, wanted("region_id")?);
    let text = |of: &Json, field: &str| of.get(field).and_then(Json::as_str).unwrap_or_default().to_owned();
    let same = |of: &&Json| {
        text(of, "accountId") == account
            && text(of, "regionId") == region
            && ![TERMINATED, TERMINATING].contains(&text(of, "state").as_str())
    };
    let id = text(known.as_array()?.iter().find(same)?, "id");
    Some(Finding {
        code: Code("HW0633"),
        severity: Severity::Error,
        attributes: ["account_id", "region_id"].map(str::to_owned).to_vec(),
        beside: Vec::new(),
        summary: "The account has an infrastructure in this region already".to_owned(),
        detail: format!("It is {id}, and this state does not know it. An account has one in a region."),
        help: format!(
            "To manage that one: import {{ to = ADDRESS, id = \"{id}\" }}. Otherwise choose another account or region."
        ),
    })
}

/// Nothing is known of what the account allows.
fn unasked(why: &str) -> Finding {
    Finding {
        code: Code("HW0635"),
        severity: Severity::Warning,
        attributes: ["account_id"].map(str::to_owned).to_vec(),
        beside: Vec::new(),
        summary: "Nobody has checked what the account allows".to_owned(),
        detail: format!(
            "The preflight was not made: {why}. Building takes an hour, and fails where the account refuses."
        ),
        help:
            "Compare the account with ClickHouse's list of permissions; skip_preflight_validation = true silences this."
                .to_owned(),
    }
}

/// What the answer to the question means.
fn judge(verdict: &Json) -> Option<Finding> {
    let says = |field: &str| verdict.get(field).and_then(Json::as_bool);
    if says("supported") == Some(false) {
        return Some(unasked("the platform does not offer it for this cloud"));
    }
    if says("allPassed") == Some(true) {
        return None;
    }
    let checks = verdict.get("checks").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
    let denied = |check: &&Json| check.get("allowed").and_then(Json::as_bool) != Some(true);
    let failed: Vec<String> = checks.iter().filter(denied).map(describe).collect();
    Some(Finding {
        code: Code("HW0634"),
        severity: Severity::Error,
        attributes: ["account_id"].map(str::to_owned).to_vec(),
beside: Vec::new(),
        summary: format!("The account does not allow {} of {} things that building needs", failed.len(), checks.len()),
        detail: format!("The platform's preflight was refused: {}. Nothing was changed.", failed.join("; ")),
        help: "Allow them for the role that ClickHouse uses in the account, and plan again. If they are not needed after all: \
               skip_preflight_validation = true"
            .to_owned(),
    })
}

/// Such as `eks:CreateCluster (implicitDeny)`, with its name where that tells more.
fn describe(check: &Json) -> String {
    let text = |field: &str| check.get(field).and_then(Json::as_str).filter(|text| !text.is_empty());
    let action = text("action").or(text("name")).unwrap_or("a check without a name");
    match text("reason") {
        Some(reason) => format!("{action} ({reason})"),
        None => action.to_owned(),
    }
}
