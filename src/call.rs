//! Calls, reads and waits as data: what an action will send, how its answer is used, what to wait for.
//!
//! Because they are data, a plan can print them, tests can compare them, and the executor needs no knowledge of any
//! kind. Must not know how anything is sent.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

pub use housewright_state::Identity;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::lang::value::Value;

mod pace;

pub use pace::{LATE, QUICK, SLOW, pause};

/// Stands in a path for the organization's id.
pub const ORGANIZATION: &str = "{organizationId}";

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Whom a request goes to.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The API of the `cloud` block.
    #[default]
    Cloud,
    /// EC2, in a region of an account.
    Ec2(Box<Ec2>),
    /// The place of a state that Terraform keeps. It is only read.
    State(Box<TerraformState>),
}

impl Target {
    pub fn is_cloud(&self) -> bool {
        matches!(self, Self::Cloud)
    }

    pub fn is_state(&self) -> bool {
        matches!(self, Self::State(_))
    }
}

/// A region of an AWS account, and how it is entered. Never a secret: these are names of places where credentials are.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Ec2 {
    /// Empty while it is not known yet.
    pub region: String,
    /// Profile of the AWS configuration files; otherwise what the environment offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// Roles assumed one after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// Where EC2 and STS listen, when not at Amazon's own addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_url: Option<String>,
}

/// A role of an AWS account that is assumed.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Role {
    pub arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_name: Option<String>,
    /// File with the token of a web identity, which then stands in the place of credentials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web_identity_token_file: Option<String>,
}

/// A state of Terraform's: where it is, and what opens it.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TerraformState {
    /// The kind of place: `s3`.
    pub backend: String,
    pub workspace: String,
    /// What the backend needs to know. Secrets may be among it: it is written nowhere.
    #[serde(skip)]
    pub arguments: BTreeMap<String, String>,
}

/// Without the arguments' values.
impl fmt::Debug for TerraformState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.arguments.keys().collect();
        let mut shown = f.debug_struct("TerraformState");
        shown.field("backend", &self.backend).field("workspace", &self.workspace).field("arguments", &names).finish()
    }
}

/// One reading request. Equal reads are sent once and shared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Read {
    #[serde(default, skip_serializing_if = "Target::is_cloud")]
    pub target: Target,
    /// The operation's id in the API's document.
    pub operation: String,
    /// With [`ORGANIZATION`] still standing in it; of EC2 the action with its parameters, as a query.
    pub path: String,
    /// The answer is a list, which is always there: without it nothing may be concluded.
    pub list: bool,
    /// Where in the result the list is; empty: it is the result itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub within: String,
    /// JSON to send along, for a question that the API takes by POST and that changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Read {
    /// One thing, which may not be there.
    pub fn one(operation: &str, path: impl Into<String>) -> Self {
        Self {
            target: Target::Cloud,
            operation: operation.to_owned(),
            path: path.into(),
            list: false,
            within: String::new(),
            body: None,
        }
    }

    /// All things of a sort in a region of an AWS account: the action, and its parameters as a query.
    pub fn ec2(place: &Ec2, action: &str, query: &str) -> Self {
        let path = if query.is_empty() { action.to_owned() } else { format!("{action}?{query}") };
        let target = Target::Ec2(Box::new(place.clone()));
        Self { target, ..Self::list(&format!("ec2:{action}"), path) }
    }

    /// A state that Terraform keeps.
    pub fn state(place: TerraformState) -> Self {
        Self { target: Target::State(Box::new(place)), ..Self::one("terraformState", "") }
    }

    /// All things of a sort.
    pub fn list(operation: &str, path: impl Into<String>) -> Self {
        Self { list: true, ..Self::one(operation, path) }
    }

    /// All things of a sort, which are listed inside something else.
    pub fn list_within(operation: &str, path: impl Into<String>, pointer: &str) -> Self {
        Self { within: pointer.to_owned(), ..Self::list(operation, path) }
    }

    /// Fills the holes that a part of the identity is known for.
    pub fn fill(&mut self, identity: &Identity) {
        fill(&mut self.path, identity);
    }

    /// A question that is asked by POST.
    pub fn question(operation: &str, path: impl Into<String>, body: &Json) -> Self {
        Self { body: Some(body.to_string()), ..Self::one(operation, path) }
    }
}

/// One request that changes something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    #[serde(default, skip_serializing_if = "Target::is_cloud")]
    pub target: Target,
    /// Names the call within its action: `create`, `scale`.
    pub step: String,
    /// It stands for as many calls as there will turn out to be: their steps are this one's with a word behind.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub each: bool,
    /// The operation's id in the API's document.
    pub operation: String,
    pub method: Method,
    /// With [`ORGANIZATION`], and holes such as `{id}` for parts of the identity that are not known yet, standing in it.
    pub path: String,
    pub body: Option<Body>,
    /// The attributes (dotted paths) that hold once it succeeded; they become applied values.
    pub writes: Vec<String>,
    /// The read its answer stands for, so that none has to be sent: the read, and where in the result the thing is.
    pub shows: Option<(Read, String)>,
    /// Reads whose earlier answers no longer hold once it succeeded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outdates: Vec<Read>,
    /// What is not there yet that the call needs, in words: `the endpoint service`. It is waited for before any call of the
    /// action is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lacks: Option<String>,
    /// Where in the result the parts of the identity are, by name.
    pub identity: BTreeMap<String, String>,
    /// Where in the result secrets are that are told only this once, by the names they are handed over under.
    pub hands_over: BTreeMap<String, String>,
    pub tolerance: Tolerance,
    pub wait: Option<Wait>,
}

/// Which refusals are no failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tolerance {
    None,
    /// 404 means that it is done already.
    Gone,
    /// 409 means that it is done already.
    Done,
    /// As `Gone`; and 409 means that the platform lags behind its own state: ask again.
    GoneOrLagging,
}

impl Until {
    /// Where the platform's own word for how the thing is stands.
    pub fn pointer(&self) -> &str {
        match self {
            Self::Field { pointer, .. } | Self::Gone { pointer, .. } => pointer,
        }
    }
}

impl Call {
    pub fn new(step: &str, operation: &str, method: Method, path: impl Into<String>) -> Self {
        Self {
            target: Target::Cloud,
            step: step.to_owned(),
            each: false,
            operation: operation.to_owned(),
            method,
            path: path.into(),
            body: None,
            writes: Vec::new(),
            shows: None,
            outdates: Vec::new(),
            lacks: None,
            identity: BTreeMap::new(),
            hands_over: BTreeMap::new(),
            tolerance: Tolerance::None,
            wait: None,
        }
    }

    /// Whether `actual`, made when everything was known, is the call that was planned.
    pub fn allows(&self, actual: &Call) -> bool {
        let bodies = match (&self.body, &actual.body) {
            (None, None) => true,
            (Some(planned), Some(actual)) => planned.allows(actual),
            _ => false,
        };
        let steps = self.step == actual.step
            || self.each && actual.step.strip_prefix(&self.step).is_some_and(|rest| rest.starts_with(' '));
        let targets = match (&self.target, &actual.target) {
            (Target::Ec2(planned), Target::Ec2(actual)) => planned.region.is_empty() || planned == actual,
            (planned, actual) => planned == actual,
        };
        steps && targets && self.method == actual.method && allows_path(&self.path, &actual.path) && bodies
    }

    /// An action of EC2 in a region of an account; `parameters` is an object.
    pub fn ec2(step: &str, place: &Ec2, action: &str, parameters: Json) -> Self {
        let mut call = Self::new(step, &format!("ec2:{action}"), Method::Post, action);
        call.target = Target::Ec2(Box::new(place.clone()));
        call.body = Some(Body { json: parameters, ..Body::default() });
        call
    }

    /// Fills the holes that a part of the identity is known for.
    pub fn fill(&mut self, identity: &Identity) {
        let shown = self.shows.as_mut().map(|(read, _)| read);
        let reads = shown.into_iter().chain(&mut self.outdates).map(|read| &mut read.path);
        reads.chain([&mut self.path]).for_each(|path| fill(path, identity));
        let (Some(body), Some(id)) = (&mut self.body, identity.get("id")) else { return };
        for pointer in &body.identities {
            if let Some(place) = body.json.pointer_mut(pointer) {
                *place = Json::from(id.as_str());
            }
        }
    }
}

fn fill(path: &mut String, identity: &Identity) {
    for (name, value) in identity {
        *path = path.replace(&format!("{{{name}}}"), value);
    }
}

/// Whether a path is the planned one: where that has a hole, anything may stand.
fn allows_path(planned: &str, actual: &str) -> bool {
    let (planned, actual): (Vec<&str>, Vec<&str>) = (planned.split('/').collect(), actual.split('/').collect());
    let is_hole = |part: &str| part.starts_with('{') && part.ends_with('}');
    planned.len() == actual.len() && planned.iter().zip(&actual).all(|(p, a)| p == a || is_hole(p))
}

/// A JSON body with holes for what is not known yet, or is a secret.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Body {
    pub json: Json,
    /// By field of the top level: the attribute whose value goes there.
    pub holes: BTreeMap<String, String>,
    /// Pointers to where the `id` goes that an earlier call tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<String>,
}

/// Of the body only the fields' names: once the holes are filled, secrets are among the values.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<&String> = self.json.as_object().into_iter().flat_map(|map| map.keys()).collect();
        f.debug_struct("Body").field("fields", &fields).field("holes", &self.holes).finish_non_exhaustive()
    }
}

impl Body {
    fn allows(&self, actual: &Body) -> bool {
        let strip = |json: &Json| match json {
            Json::Object(map) => Json::Object(
                map.iter().filter(|(k, _)| !self.holes.contains_key(*k)).map(|(k, v)| (k.clone(), v.clone())).collect(),
            ),
            other => other.clone(),
        };
        strip(&self.json) == strip(&actual.json)
    }
}

/// Fills the fields of a wire type from an instance's values, and notes a hole for each that is not known.
#[derive(Debug, Default)]
pub struct BodyBuilder {
    holes: BTreeMap<String, String>,
}

impl BodyBuilder {
    /// The value for `field` if it is set and known; notes a hole when it is unknown.
    pub fn take<'v>(&mut self, field: &str, attribute: &str, value: Option<&'v Value>) -> Option<&'v Value> {
        let value = value.filter(|v| !v.is_null())?;
        if value.is_wholly_known() {
            return Some(value);
        }
        self.holes.insert(field.to_owned(), attribute.to_owned());
        None
    }

    /// Notes that the value of `attribute` will stand in `field`.
    pub fn hole(&mut self, field: &str, attribute: &str) {
        self.holes.insert(field.to_owned(), attribute.to_owned());
    }

    /// The finished body. Whole numbers lose the `.0` that wire types with floating point fields give them.
    ///
    /// # Panics
    /// Never: wire types are plain data with string keys.
    pub fn finish<T: Serialize>(self, wire: &T) -> Body {
        let mut json = serde_json::to_value(wire).expect("wire types are plain data with string keys");
        whole_numbers(&mut json);
        if let Json::Object(map) = &mut json {
            map.retain(|field, _| !self.holes.contains_key(field));
        }
        Body { json, holes: self.holes, identities: Vec::new() }
    }
}

fn whole_numbers(json: &mut Json) {
    match json {
        Json::Number(n) => {
            // Below 2^53 the conversion is exact.
            if let Some(f) = n.as_f64().filter(|f| n.is_f64() && f.fract() == 0.0 && f.abs() < 9e15) {
                *json = Json::from(f as i64);
            }
        }
        Json::Array(items) => items.iter_mut().for_each(whole_numbers),
        Json::Object(map) => map.values_mut().for_each(whole_numbers),
        _ => {}
    }
}

/// What to wait for after a call: a read to repeat, shared by all who wait, and what must hold in its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    pub read: Read,
    /// The identity's value of `id` picks the item when the answer is a list.
    pub until: Until,
    pub timeout: Duration,
    /// How long it usually takes; zero where the answer to the call mostly shows it already.
    #[serde(default)]
    pub typical: Duration,
    /// What is waited for, in words: `until it is usable`.
    pub what: String,
}

impl Wait {
    /// Fills the holes that a part of the identity is known for.
    pub fn fill(&mut self, identity: &Identity) {
        self.read.fill(identity);
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Until {
    /// The field's text is one of `good`; one of `bad` ends the wait as a failure, with words on what it means.
    Field { pointer: String, good: Vec<String>, bad: BTreeMap<String, String> },
    /// The item is no longer there, or the field's text is one of `ended`.
    Gone { pointer: String, ended: Vec<String> },
}
