//! The customer's own bucket that backups of a service go to. Its secrets are taken and not kept.

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::Call;
use crate::sandbox::http::{Answer, ApiError, Reply};
use crate::sandbox::lifecycle;
use crate::sandbox::model::{BackupBucket, BucketPlace, Provider, Service, Tier};
use crate::sandbox::shape::{self, Field};
use crate::sandbox::shapes;
use crate::sandbox::world::World;

/// The body of a creation or a change. `Some(None)` is an explicit null.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    bucket_path: Option<String>,
    iam_role_arn: Option<String>,
    #[serde(default, deserialize_with = "present")]
    iam_role_session_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    iam_role_external_id: Option<Option<String>>,
    access_key_id: Option<String>,
    container_name: Option<String>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// `backupBucketGet`.
pub fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service(call.service_id()?)?;
    match &service.sub_objects.backup_bucket {
        Some(bucket) => Ok(Reply::Result(json!(bucket))),
        None => Err(absent()),
    }
}

/// `backupBucketCreate`.
pub fn post(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    let service = world.service(id)?;
    let provider = provider(call.body)?;
    let request: Request = call.read(match provider {
        Provider::Aws => shapes::AWS_BUCKET_POST,
        Provider::Gcp => shapes::GCP_BUCKET_POST,
        Provider::Azure => shapes::AZURE_BUCKET_POST,
    })?;
    usable(world, service)?;
    if service.sub_objects.backup_bucket.is_some() {
        return Err(ApiError::conflict("The service has a backup bucket already"));
    }
    let place = place(provider, None, request)?;
    let bucket = BackupBucket { id: world.draw.id("backup-bucket"), place };
    let reply = json!(bucket);
    world.service_mut(id)?.sub_objects.backup_bucket = Some(bucket);
    world.note(call, "backup_bucket_create");
    Ok(Reply::Result(reply))
}

/// `backupBucketUpdate`. The secrets of the provider are always given; the rest may be left out.
pub fn patch(world: &mut World, call: &Call<'_>) -> Answer {
    let id = call.service_id()?;
    let service = world.service(id)?;
    let provider = provider(call.body)?;
    let request: Request = call.read(match provider {
        Provider::Aws => shapes::AWS_BUCKET_PATCH,
        Provider::Gcp => shapes::GCP_BUCKET_PATCH,
        Provider::Azure => shapes::AZURE_BUCKET_PATCH,
    })?;
    usable(world, service)?;
    let known = service.sub_objects.backup_bucket.clone().ok_or_else(absent)?;
    let bucket = BackupBucket { id: known.id, place: place(provider, Some(known.place), request)? };
    let reply = json!(bucket);
    world.service_mut(id)?.sub_objects.backup_bucket = Some(bucket);
    world.note(call, "backup_bucket_update");
    Ok(Reply::Result(reply))
}

/// `backupBucketDelete`. What lies in the bucket stays there.
pub fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let service = world.service_mut(call.service_id()?)?;
    if service.sub_objects.backup_bucket.take().is_none() {
        return Err(absent());
    }
    world.note(call, "backup_bucket_delete");
    Ok(Reply::Done)
}

fn absent() -> ApiError {
    ApiError::not_found("The service has no backup bucket")
}

/// Which provider the body is for, before its other fields can be judged.
fn provider(body: &[u8]) -> Result<Provider, ApiError> {
    const FIELD: &str = "bucketProvider";
    const ONLY: &[Field] = &[shape::required(FIELD, shape::Rule::Choice(&["AWS", "GCP", "AZURE"]))];
    let known = match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => members.get(FIELD).map_or_else(|| json!({}), |word| json!({ FIELD: word })),
        Ok(other) => other,
        Err(_) => return Err(ApiError::bad_request("request body: is not valid JSON")),
    };
    let checked = shape::read(known.to_string().as_bytes(), ONLY)?;
    Ok(match checked[FIELD].as_str() {
        Some("AWS") => Provider::Aws,
        Some("GCP") => Provider::Gcp,
        _ => Provider::Azure,
    })
}

fn usable(world: &World, service: &Service) -> Result<(), ApiError> {
    if world.organization.tier == Tier::Basic {
        return Err(ApiError::forbidden("Backup buckets are not available on the BASIC tier"));
    }
    if !service.is_primary {
        return Err(ApiError::bad_request("A backup bucket is that of the primary service of the warehouse"));
    }
    lifecycle::must_exist(service.state, "The backup bucket")
}

/// What the request says over what is known. Another provider's bucket starts anew.
fn place(provider: Provider, known: Option<BucketPlace>, request: Request) -> Result<BucketPlace, ApiError> {
    let needed = |field: &str, given: Option<String>, kept: Option<String>| {
        given.or(kept).ok_or_else(|| ApiError::field(field, "is required", "<undefined>"))
    };
    match provider {
        Provider::Aws => {
            let (path, session, external) = match known {
                Some(BucketPlace::Aws { bucket_path, iam_role_session_name, iam_role_external_id, .. }) => {
                    (Some(bucket_path), iam_role_session_name, iam_role_external_id)
                }
                _ => (None, None, None),
            };
            Ok(BucketPlace::Aws {
                bucket_path: needed("bucketPath", request.bucket_path, path)?,
                iam_role_arn: needed("iamRoleArn", request.iam_role_arn, None)?,
                iam_role_session_name: request.iam_role_session_name.unwrap_or(session),
                iam_role_external_id: request.iam_role_external_id.unwrap_or(external),
            })
        }
        Provider::Gcp => {
            let path = match known {
                Some(BucketPlace::Gcp { bucket_path, .. }) => Some(bucket_path),
                _ => None,
            };
            Ok(BucketPlace::Gcp {
                bucket_path: needed("bucketPath", request.bucket_path, path)?,
                access_key_id: needed("accessKeyId", request.access_key_id, None)?,
            })
        }
        Provider::Azure => {
            let container = match known {
                Some(BucketPlace::Azure { container_name }) => Some(container_name),
                _ => None,
            };
            Ok(BucketPlace::Azure { container_name: needed("containerName", request.container_name, container)? })
        }
    }
}
