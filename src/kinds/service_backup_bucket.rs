//! The kind `service_backup_bucket`: a bucket of the customer's own that backups of a service go to as well.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value as Json};

use super::body::Fields;
use super::checker::Checker;
use super::{
    Among, Answers, Change, Claim, Effect, EffectSort, Finding, Identity, Kind, Listing, Neighbour, Observed,
    Operation, RuleContext, part,
};
use crate::call::{Call, Method, Read, Tolerance};
use crate::lang::value::Value;
use crate::schema::{AttrType, Attribute, Schema};

pub struct BackupBucket;

static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let text =
        |name, doc| Attribute::optional(name, AttrType::String, doc).extension("API operation backupBucketCreate");
    Schema::new(
        "service_backup_bucket",
        1,
        "A bucket of one's own that backups of a warehouse go to, all of them full. The platform keeps making its own; what \
         lies in the bucket stays when the block goes.",
        vec![
            part::service_id(),
            Attribute::required("bucket_provider", AttrType::String, "`AWS`, `GCP` or `AZURE`.")
                .extension("API operation backupBucketCreate"),
            text("bucket_path", "Bucket and path; AWS and GCP."),
            text("iam_role_arn", "Role that writes to the bucket; AWS."),
            text("iam_role_session_name", "Name of the role's session; AWS.").resets_to("no name"),
            text("iam_role_external_id", "External id that the role asks for; AWS.").resets_to("no external id"),
            text("access_key_id", "Id of the HMAC key; GCP."),
            text("secret_access_key", "Secret of the HMAC key; GCP.").secret(),
            text("container_name", "Container; Azure."),
            text("connection_string", "Connection string; Azure.").secret(),
            Attribute::computed("id", AttrType::String, "The same as `service_id`: a service has one of it."),
        ],
    )
});

const PLACE: &str = "/backupBucket";
const CLOUDS: [&str; 3] = ["AWS", "GCP", "AZURE"];

/// What each provider needs, and what it may have besides.
const OF_AWS: (&[&str], &[&str]) =
    (&["bucket_path", "iam_role_arn"], &["iam_role_session_name", "iam_role_external_id"]);
const OF_GCP: (&[&str], &[&str]) = (&["bucket_path", "access_key_id", "secret_access_key"], &[]);
const OF_AZURE: (&[&str], &[&str]) = (&["container_name", "connection_string"], &[]);

const NAMES: [(&str, &str); 9] = [
    ("bucket_provider", "bucketProvider"),
    ("bucket_path", "bucketPath"),
    ("iam_role_arn", "iamRoleArn"),
    ("iam_role_session_name", "iamRoleSessionName"),
    ("iam_role_external_id", "iamRoleExternalId"),
    ("access_key_id", "accessKeyId"),
    ("secret_access_key", "secretAccessKey"),
    ("container_name", "containerName"),
    ("connection_string", "connectionString"),
];

fn read(id: &str) -> Read {
    Read::one("backupBucketGet", part::path(id, PLACE))
}

fn of(provider: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    match provider {
        "AWS" => Some(OF_AWS),
        "GCP" => Some(OF_GCP),
        "AZURE" => Some(OF_AZURE),
        _ => None,
    }
}

/// The body of a creation or a change. The API wants all that its provider needs each time, secrets too; of the rest only
/// what is stated, and null for what goes.
fn body(change: &Change<'_>) -> crate::call::Body {
    let mut f = Fields::of(change);
    let mut fields = Map::new();
    for (attribute, field) in NAMES {
        match f.text(field, attribute) {
            Some(text) => drop(fields.insert(field.to_owned(), Json::from(text))),
            None if change.changes(attribute) && change.get(attribute).is_none() => {
                let clears = OF_AWS.1.contains(&attribute)
                    && change.get("bucket_provider").and_then(Value::as_str) == Some("AWS");
                if clears {
                    fields.insert(field.to_owned(), Json::Null);
                }
            }
            None => {}
        }
    }
    f.body.finish(&fields)
}

impl Kind for BackupBucket {
    fn schema(&self) -> &'static Schema {
        &SCHEMA
    }

    fn holds_data(&self) -> bool {
        false
    }

    fn located(&self, values: &Value) -> Identity {
        part::located(values)
    }

    fn claims(&self, values: &Value) -> Vec<Claim> {
        part::claim(values, "the backup bucket of this service")
    }

    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        if c.tier() == Some("basic") {
            c.needs("HW1033", "bucket_provider", "A backup bucket", "scale");
        }
        if !c.one_of("HW1040", "bucket_provider", &CLOUDS) {
            return c.findings;
        }
        let Some(provider) = c.text("bucket_provider") else { return c.findings };
        let Some((needed, allowed)) = of(provider) else { return c.findings };
        for attribute in needed.iter().filter(|a| !c.set(a)).collect::<Vec<_>>() {
            let summary = format!("A bucket of {provider} needs `{attribute}`");
            let detail = "The API asks for it when the bucket is set and with every change of it.";
            c.error("HW1040", &["bucket_provider"], summary, detail, format!("Add {attribute}."));
        }
        let foreign = |name: &&str| *name != "bucket_provider" && !needed.contains(name) && !allowed.contains(name);
        for attribute in NAMES.iter().map(|(name, _)| *name).filter(foreign).filter(|a| c.set(a)).collect::<Vec<_>>() {
            let summary = format!("A bucket of {provider} has no `{attribute}`");
            let detail = "It belongs to another provider's bucket.";
            c.error("HW1040", &[attribute, "bucket_provider"], summary, detail, format!("Remove {attribute}."));
        }
        c.findings
    }

    fn check_among<'a>(&self, context: &RuleContext<'_>, _this: &Neighbour<'a>, among: &Among<'a>) -> Vec<Finding> {
        let mut c = Checker::of(context);
        part::primary_only(&mut c, among, "The backup bucket");
        c.findings
    }

    fn reads(&self, identity: &Identity, _wanted: &BTreeSet<&str>) -> Vec<Read> {
        identity.get("id").map(|id| read(id)).into_iter().collect()
    }

    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed> {
        let bucket = answers.get(&read(identity.get("id")?))?;
        part::observed(&SCHEMA, identity, part::picked(&bucket, &NAMES))
    }

    fn calls(&self, change: &Change<'_>) -> Vec<Call> {
        let route = part::path(part::id(change), PLACE);
        let mut call = match change.operation {
            Operation::Create => Call::new("set", "backupBucketCreate", Method::Post, route),
            Operation::Update => Call::new("change", "backupBucketUpdate", Method::Patch, route),
            Operation::Delete => Call::new("delete", "backupBucketDelete", Method::Delete, route),
        };
        match change.operation {
            Operation::Delete => call.tolerance = Tolerance::Gone,
            _ => call.body = Some(body(change)),
        }
        call.shows = Some((read(part::id(change)), String::new()));
        call.writes = change.changed.iter().cloned().collect();
        vec![call]
    }

    fn effects(&self, change: &Change<'_>) -> Vec<Effect> {
        let text = match change.operation {
            Operation::Create => "backups go to this bucket as well, each of them full",
            Operation::Update if change.changes_any(&["bucket_provider", "bucket_path", "container_name"]) => {
                "backups go to the new place from then on; those in the old one stay there"
            }
            Operation::Update => return Vec::new(),
            Operation::Delete => "no further backups go to the bucket; those in it stay there",
        };
        vec![Effect::new(EffectSort::Notice, text)]
    }

    fn list(&self, answers: &dyn Answers) -> Listing {
        part::list(self, part::Whose::Primary, answers, part::always)
    }

    fn deletion_ranks(&self, observed: &Observed) -> Vec<(String, u32)> {
        part::deletion_ranks(observed)
    }
}
