//! Rules about a service and the others of its warehouse and organization.

use crate::kinds::checker::Checker;
use crate::kinds::{Among, Finding, Neighbour, RuleContext, warehouses};
use crate::lang::value::Value;

pub(in crate::kinds::service) fn check<'a>(
    context: &RuleContext<'_>,
    this: &Neighbour<'a>,
    among: &Among<'a>,
) -> Vec<Finding> {
    let mut c = Checker::of(context);
    let members = warehouses::members(this, among);
    if let Some(primary) = members.iter().find(|m| m.address != this.address && m.states("warehouse_id").is_none()) {
        place(&mut c, primary);
        channel(&mut c, primary);
    }
    infrastructure(&mut c, among);
    let speaks = |among: &[Neighbour<'_>]| among.first().is_some_and(|first| first.address == this.address);
    let mut first = members.clone();
    first.sort_by_key(|m| (m.states("warehouse_id").is_some(), m.address));
    if speaks(&first) {
        replicas(&mut c, &first, among);
    }
    services(&mut c, this, among);
    c.findings
}

fn place(c: &mut Checker<'_>, primary: &Neighbour<'_>) {
    for attribute in ["cloud_provider", "region"] {
        let (Some(own), Some(theirs)) = (c.text(attribute), primary.states(attribute).and_then(Value::as_str)) else {
            continue;
        };
        if own != theirs {
            let summary = format!("The service is in {own}, and its warehouse in {theirs}");
            let detail = "The services of a warehouse read the same storage, and have to be where that is.";
            c.error("HW1023", &[attribute], summary, detail, format!("Write {attribute} = \"{theirs}\"."));
            c.beside(primary, attribute, "the warehouse is here");
            return;
        }
    }
}

/// Of an infrastructure that is there already, the platform is asked.
fn infrastructure(c: &mut Checker<'_>, among: &Among<'_>) {
    let found = c.get("byoc_id").map(|id| among.with("byoc_infrastructure", "id", id)).unwrap_or_default();
    let is_new = |i: &&Neighbour<'_>| i.gives("id").is_some_and(|id| !id.is_known());
    let Some(infrastructure) = found.iter().find(is_new) else { return };
    let theirs = infrastructure.states("region_id").and_then(Value::as_str);
    if let (Some(own), Some(theirs)) = (c.text("region"), theirs)
        && own != theirs
    {
        let summary = format!("The BYOC infrastructure is in {theirs}, not in {own}");
        let detail = "A service runs in the region of its infrastructure.";
        let help = format!("Write region = {}.region_id.", infrastructure.address);
        c.error("HW1036", &["region"], summary, detail, help);
        c.beside(infrastructure, "region_id", "the infrastructure is here");
    }
}

/// The platform keeps one channel for a warehouse: two that differ would undo each other with every apply.
fn channel(c: &mut Checker<'_>, primary: &Neighbour<'_>) {
    let theirs = primary.states("release_channel").and_then(Value::as_str);
    if let (Some(own), Some(theirs)) = (c.text("release_channel"), theirs)
        && own != theirs
    {
        let summary = format!("The warehouse would be on two release channels, {own} and {theirs}");
        let detail = "All services of a warehouse are on one release channel; changing one changes all.";
        let help = "Remove the line here, and choose the channel on the primary.";
        c.error("HW1075", &["release_channel"], summary, detail, help);
        c.beside(primary, "release_channel", "the primary's channel");
    }
}

/// Reported where the primary is, of a warehouse whose primary is not stated at its first service.
fn replicas(c: &mut Checker<'_>, members: &[Neighbour<'_>], among: &Among<'_>) {
    let together: i64 = members.iter().map(warehouses::replicas).sum();
    let Some(quota) = warehouses::exceeded(together, among) else { return };
    let names = ["max_replicas", "num_replicas"];
    let place = names.into_iter().find(|name| c.set(name)).unwrap_or("num_replicas");
    quota.report(c, &[place], format!("The services of this warehouse have {together} replicas together"));
}

/// Reported at the first service that is one too many: those that exist come first.
fn services(c: &mut Checker<'_>, this: &Neighbour<'_>, among: &Among<'_>) {
    let is_new = |service: &Neighbour<'_>| service.gives("id").is_some_and(|id| !id.is_known());
    if !is_new(this) {
        return;
    }
    let listed = among.answer(&crate::kinds::service::list());
    let existing = listed.as_deref().and_then(serde_json::Value::as_array).map_or(0, Vec::len);
    let count = |services: usize| i64::try_from(services).unwrap_or(i64::MAX);
    let Some(quota) = warehouses::services(among) else { return };
    // Nobody further down can be the first one too many, so that thousands of them need not be counted for each.
    let Ok(room) = usize::try_from(quota.value - count(existing)) else { return };
    let mut first = among.of("service").filter(is_new).take(room.saturating_add(1));
    let Some(place) = first.position(|s| s.address == this.address) else { return };
    let stated = among.of("service").filter(|s| !is_new(s)).count();
    let before = count(existing.max(stated) + place);
    if before != quota.value {
        return;
    }
    // What is destroyed in the same run makes room, so that only what is stated decides.
    let certain = count(stated + place + 1) > quota.value;
    let quota = warehouses::Quota { certain: quota.certain && certain, ..quota };
    quota.report(c, &["name"], format!("This is service {} of the organization", before + 1));
}
