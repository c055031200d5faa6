//! What the kinds that live in AWS have in common: how an account is entered, what is read there, how networks compare.
//!
//! Must not know any particular kind, or how requests are signed and sent.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde_json::{Value as Json, json};

use super::service::OWNERSHIP_TAG;
use super::{Alike, Identity};
use crate::call::{Ec2, Read, Role};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute};

/// How an account is entered, as an attribute. None of its parts is a secret.
pub(super) fn access(name: &'static str, doc: &'static str) -> Attribute {
    let text = |name, doc| Attribute::optional(name, AttrType::String, doc).local();
    let role = vec![
        Attribute::required("role_arn", AttrType::String, "ARN of the role.").local(),
        text("external_id", "External id that the role asks for."),
        text("session_name", "Name of the session, for the account's logs. Default: `housewright`."),
        text(
            "web_identity_token_file",
            "File with the token of a web identity, which is then handed in instead of the credentials found before.",
        ),
    ];
    let parts = vec![
        Attribute::required("region", AttrType::String, "Region, such as `eu-central-1`.").replaces().unreported(),
        text("profile", "Profile of the AWS configuration files. Default: what the environment offers."),
        Attribute::optional("assume_role", AttrType::Object(role), "Role that is assumed.").local(),
        text("endpoint_url", "Where EC2 and STS listen when not at Amazon's own addresses, for tests."),
    ];
    Attribute::optional(name, AttrType::Object(parts), doc).unreported()
}

/// The place that an access attribute names; nothing while its region is not known.
pub(super) fn place(access: &Value) -> Option<Ec2> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let role = |role: &Value| {
        let arn = text(role, "role_arn")?;
        Some(Role {
            arn,
            external_id: text(role, "external_id"),
            session_name: text(role, "session_name"),
            web_identity_token_file: text(role, "web_identity_token_file"),
        })
    };
    let roles = access.get("assume_role").filter(|r| !r.is_null()).and_then(role).into_iter().collect();
    Some(Ec2 {
        region: text(access, "region").filter(|r| !r.is_empty())?,
        profile: text(access, "profile"),
        roles,
        endpoint_url: text(access, "endpoint_url"),
    })
}

/// Notes the place that an access attribute names in an identity.
pub(super) fn note(identity: &mut Identity, name: &str, values: &Value) {
    let place = values.get(name).and_then(place).and_then(|place| serde_json::to_string(&place).ok());
    identity.extend(place.map(|place| (name.to_owned(), place)));
}

/// The place noted in an identity under this name.
pub(super) fn noted(identity: &Identity, name: &str) -> Option<Ec2> {
    identity.get(name).and_then(|text| serde_json::from_str(text).ok())
}

/// The identity that `REGION/ID` names, in an account that the environment's credentials enter.
pub(super) fn identify(id: &str, name: &str) -> Identity {
    let Some((region, id)) = id.split_once('/') else { return Identity::from_iter([("id".to_owned(), id.to_owned())]) };
    let place = Ec2 { region: region.to_owned(), ..Ec2::default() };
    let mut identity = Identity::from_iter([("id".to_owned(), id.to_owned())]);
    identity.extend(serde_json::to_string(&place).ok().map(|place| (name.to_owned(), place)));
    identity
}

/// The tags of what is created: the mark of ownership, and a name for the console.
pub(super) fn tags(sort: &str, name: &str, ownership: Option<&str>) -> Json {
    let mark = ownership.map(|mark| json!({ "Key": OWNERSHIP_TAG, "Value": mark }));
    let tags: Vec<Json> = mark.into_iter().chain([json!({ "Key": "Name", "Value": name })]).collect();
    json!([{ "ResourceType": sort, "Tag": tags }])
}

/// The thing in a list whose mark of ownership is `mark`, and that is not in one of the states `over`.
pub(super) fn recognise(list: &Json, mark: &str, status: &str, over: &[&str]) -> Option<Identity> {
    let marked = |thing: &&Json| {
        let tag = |t: &Json| text(t, "/key") == Some(OWNERSHIP_TAG) && text(t, "/value") == Some(mark);
        items(thing.get("tagSet")).any(tag) && !text(thing, status).is_some_and(|s| is_one_of(s, over))
    };
    let id = text(list.as_array()?.iter().find(marked)?, "/id")?;
    Some(Identity::from_iter([("id".to_owned(), id.to_owned())]))
}

/// The things in a list whose texts at these pointers are these, and that are not in one of the states `over`.
pub(super) fn alike(list: &Json, traits: &BTreeMap<String, String>, status: &str, over: &[&str]) -> Vec<Alike> {
    let has = |thing: &&Json| traits.iter().all(|(pointer, value)| text(thing, pointer) == Some(value));
    let lasts = |thing: &&Json| !text(thing, status).is_some_and(|s| is_one_of(s, over));
    let made = |thing: &Json| text(thing, "/creationTimestamp").and_then(|t| t.parse().ok());
    let of = |thing: &Json| Some(Alike { id: text(thing, "/id")?.to_owned(), made: made(thing), only: false });
    list.as_array().into_iter().flatten().filter(has).filter(lasts).filter_map(of).collect()
}

/// Whether a state is one of these; EC2 writes `pendingAcceptance` in answers and `PendingAcceptance` in its manual.
pub(super) fn is_one_of(state: &str, states: &[&str]) -> bool {
    states.iter().any(|s| s.eq_ignore_ascii_case(state))
}

/// A state in both spellings.
pub(super) fn spellings(state: &str) -> [String; 2] {
    let mut letters = state.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase()).into_iter();
    [state.to_owned(), first.chain(letters).collect()]
}

pub(super) fn text<'j>(json: &'j Json, pointer: &str) -> Option<&'j str> {
    json.pointer(pointer).and_then(Json::as_str)
}

pub(super) fn items(list: Option<&Json>) -> impl Iterator<Item = &Json> {
    list.and_then(Json::as_array).into_iter().flatten()
}

/// The VPCs that a filter names.
pub(super) fn vpcs(place: &Ec2, filter: &str, value: &str) -> Read {
    Read::ec2(place, "DescribeVpcs", &query(filter, value))
}

/// The route tables of a VPC.
pub(super) fn route_tables(place: &Ec2, vpc: &str) -> Read {
    Read::ec2(place, "DescribeRouteTables", &query("vpc-id", vpc))
}

fn query(filter: &str, value: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("Filter.1.Name", filter).append_pair("Filter.1.Value.1", value).finish()
}

/// The IPv4 ranges of a VPC.
pub(super) fn ranges_of(vpc: &Json) -> Vec<String> {
    let gone = |a: &Json| text(a, "/cidrBlockState/state").is_some_and(|s| s != "associated");
    let all = items(vpc.get("cidrBlockAssociationSet")).filter(|a| !gone(a)).filter_map(|a| text(a, "/cidrBlock"));
    let mut all: Vec<String> = all.map(str::to_owned).collect();
    if all.is_empty() {
        all.extend(text(vpc, "/cidrBlock").map(str::to_owned));
    }
    all.sort();
    all.dedup();
    all
}

/// First and last address of an IPv4 range.
fn range(text: &str) -> Option<(u32, u32)> {
    let (address, bits) = text.split_once('/')?;
    let address = u32::from(address.parse::<Ipv4Addr>().ok()?);
    let bits = bits.parse::<u32>().ok().filter(|bits| *bits <= 32)?;
    let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
    Some((address & mask, address | !mask))
}

/// Whether a text is an IPv4 range.
pub(super) fn is_range(text: &str) -> bool {
    range(text).is_some()
}

/// Whether two IPv4 ranges have an address in common.
pub(super) fn overlap(one: &str, other: &str) -> bool {
    match (range(one), range(other)) {
        (Some((low, high)), Some((start, end))) => low <= end && start <= high,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_overlap_when_one_holds_the_other() {
        for (one, other, expected) in [
            ("10.0.0.0/16", "10.0.1.0/24", true),
            ("10.0.1.0/24", "10.0.0.0/16", true),
            ("10.0.0.0/16", "10.1.0.0/16", false),
            ("0.0.0.0/0", "10.1.0.0/16", true),
            ("10.0.0.1/32", "10.0.0.1/32", true),
            ("10.0.0.1/32", "10.0.0.2/32", false),
            ("no range", "10.0.0.2/32", false),
        ] {
            assert_eq!(overlap(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn a_place_comes_back_from_an_identity() {
        let value = json!({
            "region": "eu-west-1", "profile": "shop",
            "assume_role": { "role_arn": "arn:aws:iam::111122223333:role/net", "external_id": "x" },
        });
        let ty = access("aws", "").ty.to_type();
        let values = Value::object([("aws".into(), Value::from_json_typed(&value, &ty).expect("typed"))].into());
        let mut identity = Identity::new();
        note(&mut identity, "aws", &values);
        let found = noted(&identity, "aws").expect("a place");
        assert_eq!((found.region.as_str(), found.profile.as_deref()), ("eu-west-1", Some("shop")));
        assert_eq!(found.roles[0].external_id.as_deref(), Some("x"));
    }
}
