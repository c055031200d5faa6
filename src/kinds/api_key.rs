//! The kind `api_key`: a key for the API of ClickHouse Cloud, whose secret is told when it is made and never again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use clickhouse_cloud_api::models as wire;
use jiff::Timestamp;
use serde_json::Value as Json;

use super::body::{Fields, word};
use super::checker::Checker;
use super::service::{ip_entries, ip_entry_attributes, same_ip_entry};
use super::{
    Alike, Answers, Change, Effect, EffectSort, Finding, Identity, Kind, Listing, Observed, Operation, RuleContext,
    listing, part,
};
use crate::call::{Call, Method, Read, Tolerance};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct ApiKey;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    Schema::new(
        "api_key",
        1,
        "A key for the API. Its id and secret are told when it is made, into the file that `--password-file` names, \
              and are no attributes: no state holds a secret.",
        [stated(), hashes(), computed()].concat(),
    )
});

fn stated() -> Vec<Attribute> {
    let list = |element| AttrType::List(Box::new(element));
    vec![
        Attribute::optional("name", AttrType::String, "Name. Left out, it is the block's label."),
        Attribute::optional("state", AttrType::String, "`enabled` or `disabled`."),
        Attribute::optional("expire_at", AttrType::String, "When it expires, in RFC 3339. Left out, it never does.")
            .judged(same_time)
            .resets_to("never"),
        Attribute::optional(
            "ip_access",
            list(AttrType::Object(ip_entry_attributes())),
            "Addresses that may use the key.",
        )
        .set_of(same_ip_entry),
        Attribute::optional(
            "assigned_role_ids",
            list(AttrType::String),
            "Roles of the key. Leave it out where a `role_assignment` names the key.",
        )
        .set_of(Value::clone)
        .extension("API document, ApiKeyPostRequest.assignedRoleIds"),
    ]
}

/// A key that somebody else has made up: the platform learns its hashes and tells nothing.
fn hashes() -> Vec<Attribute> {
    const WHY: &str = "a key is what its hashes are";
    const SOURCE: &str = "API document, ApiKeyPostRequest.hashData";
    let secret = |name, doc| Attribute::optional(name, AttrType::String, doc).secret().refused(WHY).extension(SOURCE);
    vec![
        secret("key_id_hash", "SHA-256 of the id of a key of your own, in Base64. With it no secret is told."),
        Attribute::optional("key_id_suffix", AttrType::String, "Last four characters of the id of that key.")
            .refused(WHY)
            .unreported()
            .extension(SOURCE),
        secret("key_secret_hash", "SHA-256 of the secret of that key, in Base64."),
    ]
}

fn computed() -> Vec<Attribute> {
    let text = |name, doc| Attribute::computed(name, AttrType::String, doc);
    vec![
        text("id", "UUID of the key. What a caller authenticates with is another id, told with the secret."),
        text("key_suffix", "Last four characters of the id that a caller authenticates with."),
        text("created_at", "When it was made, in RFC 3339.").extension("API document, ApiKey.createdAt"),
    ]
}

/// Two ways to write a time are one time.
fn same_time(want: &Value, _applied: Option<&Value>, standing: &Value) -> bool {
    let time = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    want == standing || time(want).is_some() && time(want) == time(standing)
}

fn list() -> Read {
    Read::list("openapiKeyGetList", "/v1/organizations/{organizationId}/keys")
}

fn path(id: &str) -> String {
    format!("{}/{id}", list().path)
}

const HASHES: [&str; 3] = ["key_id_hash", "key_id_suffix", "key_secret_hash"];

impl Kind for ApiKey {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn named_by(&self) -> Option<&'static str> {
        Some("name")
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        c.one_of("HW1061", "state", &["enabled", "disabled"]);
        if c.text("expire_at").is_some_and(|text| text.parse::<Timestamp>().is_err()) {
            c.error(
                "HW1061",
                &["expire_at"],
                "`expire_at` is no time",
                "It is written in RFC 3339, with date, time and zone.",
                "Write for example \"2030-01-31T00:00:00Z\".",
            );
        }
        let given: Vec<&'static str> = HASHES.into_iter().filter(|name| c.set(name)).collect();
        if !given.is_empty() && given.len() < HASHES.len() {
            c.error(
                "HW1062",
                &given,
                "A key of your own needs both hashes and the suffix",
                "The platform takes `key_id_hash`, `key_id_suffix` and `key_secret_hash` together.",
                "Set all three, or none: then the platform makes the key up.",
            );
        }
        c.findings
    }

    fn reads(&self, _identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        vec![list()]
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let key = answers.item(&list(), identity.get("id")?)?;
        let names = [
            ("id", "id"),
            ("name", "name"),
            ("state", "state"),
            ("expire_at", "expireAt"),
            ("key_suffix", "keySuffix"),
            ("created_at", "createdAt"),
        ];
        let mut fields = part::picked(&key, &names);
        fields.insert("ip_access", super::service::observe::ip_access(&key));
        fields.insert("assigned_role_ids", super::role::assigned(&key));
        Some(Observed { values: part::typed(&SCHEMA, &fields), status: None, usable: true })
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        listing::all(&list(), answers, |_| true, "name")
    }

    fn is_listed_by_name_only(&self) -> bool {
        true
    }

    fn is_usual(&self, path: &str, observed: &Observed) -> bool {
        path == "state" && observed.get(path).and_then(Value::as_str) == Some("enabled")
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        match change.operation {
            Operation::Create => vec![create(change, "create")],
            Operation::Update => update(change).into_iter().collect(),
            Operation::Delete => vec![delete(change, "delete")],
        }
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        let refused = |why: &str| {
            vec![Effect::new(
                EffectSort::Unavailable,
                format!("{why}: programs that use the key are refused from then on"),
            )]
        };
        match change.operation {
            Operation::Create if change.get("key_secret_hash").is_none() => vec![Effect::new(
                EffectSort::Notice,
                "its secret is told once, when it is made: keep it with --password-file FILE",
            )],
            Operation::Update
                if change.changes("state") && change.get("state").and_then(Value::as_str) == Some("disabled") =>
            {
                refused("it is disabled")
            }
            Operation::Delete => refused("it goes"),
            _ => Vec::new(),
        }
    }

    fn traits(&self, body: &Json) -> BTreeMap<String, String> {
        super::trace::texts(body, &["name"])
    }

    fn alike(&self, answer: &Json, traits: &BTreeMap<String, String>) -> Vec<Alike> {
        super::trace::with_texts(answer, traits, "createdAt")
    }

    fn confirmation(&self, identity: &Identity) -> Option<(Read, Read)> {
        identity.get("id").map(|id| (Read::one("openapiKeyGet", path(id)), list()))
    }

    /// Nobody can be told a secret a second time: the key goes, and another one comes.
    fn renewal(&self, change: &Change<'_>) -> Vec<Call> {
        match change.get("key_secret_hash") {
            Some(_) => Vec::new(),
            None => vec![delete(change, "delete unheard"), create(change, "create anew")],
        }
    }

    fn secret_advice(&self, _identity: &Identity, _api: Option<&str>) -> Option<String> {
        Some("the platform tells the secret of a key only once; --replace makes another key".to_owned())
    }
}

fn create(change: &Change<'_>, step: &str) -> Call {
    let mut f = Fields::of(change);
    let wire = wire::ApiKeyPostRequest {
        name: f.text("name", "name").unwrap_or_default(),
        state: f.word("state", "state"),
        ip_access_list: f.take("ipAccessList", "ip_access").map(|list| ip_entries(Some(list))),
        ..wire::ApiKeyPostRequest::default()
    };
    let roles = f.texts("assignedRoleIds", "assigned_role_ids");
    let expiry = f.text("expireAt", "expire_at");
    let hashes = hash_data(&mut f);
    let mut body = f.body.finish(&wire);
    if let Json::Object(map) = &mut body.json {
        map.extend(roles.map(|ids| ("assignedRoleIds".to_owned(), Json::from(ids))));
        map.extend(expiry.map(|time| ("expireAt".to_owned(), Json::from(time))));
        map.extend(hashes.map(|hashes| ("hashData".to_owned(), hashes)));
    }
    let mut call = Call::new(step, "openapiKeyCreate", Method::Post, list().path);
    call.body = Some(body);
    call.identity = BTreeMap::from([("id".to_owned(), "/key/id".to_owned())]);
    call.shows = Some((list(), "/key".to_owned()));
    if change.get("key_secret_hash").is_none() {
        let told = [("key_id", "/keyId"), ("key_secret", "/keySecret")];
        call.hands_over = told.map(|(name, pointer)| (name.to_owned(), pointer.to_owned())).into();
    }
    let stated = SCHEMA.leaves().iter().map(|leaf| leaf.path.clone()).filter(|path| change.get(path).is_some());
    call.writes = stated.collect();
    call
}

/// The hashes of a key that is not made up by the platform. While planning they are unknown, and leave a hole.
fn hash_data(f: &mut Fields<'_, '_>) -> Option<Json> {
    let [id, suffix, secret] = HASHES.map(|attribute| f.text("hashData", attribute));
    Some(serde_json::json!({ "keyIdHash": id?, "keyIdSuffix": suffix?, "keySecretHash": secret? }))
}

fn update(change: &Change<'_>) -> Option<Call> {
    const CHANGED: [&str; 5] = ["name", "state", "expire_at", "ip_access", "assigned_role_ids"];
    if !change.changes_any(&CHANGED) {
        return None;
    }
    let mut f = Fields::of(change);
    let mut wire = wire::ApiKeyPatchRequest::default();
    if change.changes("name") {
        wire.name = f.text("name", "name");
    }
    if change.changes("state") {
        wire.state = f.text("state", "state").and_then(|state| word(&state));
    }
    if change.changes("ip_access") {
        wire.ip_access_list = f.take("ipAccessList", "ip_access").map(|list| ip_entries(Some(list)));
    }
    let roles = f.texts("assignedRoleIds", "assigned_role_ids").filter(|_| change.changes("assigned_role_ids"));
    let expiry = f.text("expireAt", "expire_at");
    let mut body = f.body.finish(&wire);
    if let Json::Object(map) = &mut body.json {
        map.extend(roles.map(|ids| ("assignedRoleIds".to_owned(), Json::from(ids))));
        // Null: it never expires.
        if change.changes("expire_at") && !body.holes.contains_key("expireAt") {
            map.insert("expireAt".to_owned(), expiry.map_or(Json::Null, Json::from));
        }
    }
    let mut call = Call::new("update", "openapiKeyUpdate", Method::Patch, path(part::id(change)));
    call.body = Some(body);
    call.shows = Some((list(), String::new()));
    call.writes = CHANGED.iter().filter(|a| change.changes(a)).map(|a| (*a).to_owned()).collect();
    Some(call)
}

fn delete(change: &Change<'_>, step: &str) -> Call {
    let mut call = Call::new(step, "openapiKeyDelete", Method::Delete, path(part::id(change)));
    call.tolerance = Tolerance::Gone;
    call
}
