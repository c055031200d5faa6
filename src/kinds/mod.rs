//! The kinds: everything that is known about each type of thing that can be managed.
//!
//! One file (or folder) per kind and one line in [`registry`]. A kind says what its attributes are, which rules hold,
//! which reads observe it, which calls a change needs and what the change does to people. Must not know the command
//! line, the state's storage, HCL syntax, or how requests are sent.

pub mod among;
pub mod api_key;
mod body;
pub mod byoc_infrastructure;
mod checker;
pub mod data;
mod ec2;
pub mod entitlements;
pub mod invitation;
mod listing;
pub mod member;
pub mod organization_settings;
mod part;
pub mod permissions;
pub mod private_link;
pub mod query_api_endpoint;
pub mod role;
pub mod role_assignment;
pub mod saved_query;
pub mod service;
pub mod service_backup_bucket;
pub mod service_clickhouse_settings;
pub mod service_private_endpoints_attachment;
pub mod service_replica_aware_routing;
pub mod service_scheduled_scaling;
pub mod service_snapshot_configuration;
pub mod service_transparent_data_encryption_key_association;
pub mod service_upgrade_window;
pub mod terraform_data;
mod terraform_names;
mod timeouts;
mod trace;
pub mod vpc_peering;
mod warehouses;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::address::{Address, Mode};
use crate::call::{Call, Read};
use crate::diag::{Code, Severity};
use crate::lang::value::Value;
use crate::schema::Schema;

pub use crate::call::Identity;
pub use among::{Among, Claim, Neighbour};
pub use listing::{Find, FindError, Listed, Listing, OwnDoing};
pub use terraform_names::{terraform_address, terraform_provider, terraform_type};
pub use trace::{Alike, Search, Shown, Trace, unsure};

/// All kinds, in the order they are documented.
pub fn registry() -> &'static [&'static dyn Kind] {
    &[
        &service::Service,
        &service_scheduled_scaling::ScheduledScaling,
        &service_upgrade_window::UpgradeWindow,
        &service_clickhouse_settings::ClickhouseSettings,
        &service_private_endpoints_attachment::PrivateEndpointsAttachment,
        &service_transparent_data_encryption_key_association::KeyAssociation,
        &service_backup_bucket::BackupBucket,
        &service_snapshot_configuration::SnapshotConfiguration,
        &service_replica_aware_routing::ReplicaAwareRouting,
        &private_link::PrivateLink,
        &byoc_infrastructure::ByocInfrastructure,
        &vpc_peering::VpcPeering,
        &organization_settings::OrganizationSettings,
        &role::Role,
        &role_assignment::RoleAssignment,
        &api_key::ApiKey,
        &invitation::Invitation,
        &member::Member,
        &saved_query::SavedQuery,
        &query_api_endpoint::QueryApiEndpoint,
        &terraform_data::TerraformData,
    ]
}

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static dyn Kind> {
    registry().iter().copied().find(|k| k.schema().kind == name)
}

/// The kind of a managed resource; nothing for a data source.
pub fn of(address: &Address) -> Option<&'static dyn Kind> {
    find(&address.kind).filter(|_| address.mode == Mode::Managed)
}

/// What is known of the attributes of a resource or data source.
pub fn schema_of(address: &Address) -> Option<&'static Schema> {
    match address.mode {
        Mode::Managed => find(&address.kind).map(Kind::schema),
        Mode::Data => data::find(&address.kind).map(|d| d.schema()),
    }
}

/// Whether the identity is whole: without an `id` the thing is not known yet.
pub fn is_named(identity: &Identity) -> bool {
    identity.contains_key("id")
}

/// One type of thing that can be managed.
pub trait Kind: Sync {
    fn schema(&self) -> &'static Schema;

    /// For a kind that lives in the state alone: what there is once `values` hold. Nothing is asked or sent for it.
    fn local(&self, _id: Value, _values: &Value) -> Option<Observed> {
        None
    }

    /// Whether it lives in the state alone.
    fn is_local(&self) -> bool {
        self.local(Value::MISSING, &Value::MISSING).is_some()
    }

    /// Whether a replacement would lose what a person may miss: then none is made unless it is asked for by name.
    fn holds_data(&self) -> bool {
        true
    }

    /// The identity of the thing that somebody names by `id`, to take it under management.
    fn identify(&self, id: &str) -> Identity {
        Identity::from_iter([("id".to_owned(), id.to_owned())])
    }

    /// How the id looks that somebody imports by, for the documentation.
    fn import_id(&self) -> &'static str {
        "11111111-2222-4333-8444-555555555555"
    }

    /// What the stated values say of the identity of a thing that is part of another, such as the upgrade window of a
    /// service: all of it, or what its paths need besides an `id` that the platform gives. A thing whose whole identity
    /// is stated is looked for before it is made, and what is found is taken under management.
    fn located(&self, _values: &Value) -> Identity {
        Identity::new()
    }

    /// Whether several blocks may each state a part of one thing.
    fn is_divisible(&self) -> bool {
        false
    }

    /// The reads that a change needs answered before its calls can be told. Asked again with each round of answers, until
    /// nothing new comes; what `desired` does not tell yet is asked during the apply.
    fn asks(&self, _desired: &Value, _identity: &Identity, _answers: &dyn Answers) -> Vec<Read> {
        Vec::new()
    }

    /// Whether some of it lies outside the cloud of its block, where the access that its values state leads.
    fn lies_outside(&self) -> bool {
        false
    }

    /// What attributes that are not set by the configuration have to be, where the kind holds the thing to it: names of
    /// the top level and values. What differs is drift, and a change.
    fn due(&self, _desired: &Value, _identity: &Identity, _answers: &dyn Answers) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// The rules that need answers: to [`Kind::reads`], and to [`Kind::asks`].
    fn examine(&self, _desired: &Value, _identity: &Identity, _answers: &dyn Answers) -> Vec<Finding> {
        Vec::new()
    }

    /// Why a thing that was there is taken for gone, where the answers tell more than that.
    fn why_gone(&self, _identity: &Identity, _answers: &dyn Answers) -> Option<String> {
        None
    }

    /// The attribute that is the block's label when it is left out.
    fn named_by(&self) -> Option<&'static str> {
        None
    }

    /// The rules that need no request. Values may be unknown: then a rule about them stays silent.
    fn check(&self, context: &RuleContext<'_>) -> Vec<Finding>;

    /// The rules that need to know what else the configuration states.
    fn check_among<'a>(&self, _context: &RuleContext<'_>, _this: &Neighbour<'a>, _among: &Among<'a>) -> Vec<Finding> {
        Vec::new()
    }

    /// What only one block may state.
    fn claims(&self, _values: &Value) -> Vec<Claim> {
        Vec::new()
    }

    /// Why `attribute` cannot go from `before` to `after` on a thing that exists, where the schema alone does not say.
    fn refuses(&self, _attribute: &str, _before: &Value, _after: &Value) -> Option<&'static str> {
        None
    }

    /// The reads that show the thing, as far as the `wanted` attributes (names of the top level) need them. The first
    /// tells whether it exists.
    fn reads(&self, identity: &Identity, wanted: &BTreeSet<&str>) -> Vec<Read>;

    /// The reads that the answers to [`Kind::reads`] lead to. Asked again with each round of answers.
    fn further_reads(&self, _identity: &Identity, _wanted: &BTreeSet<&str>, _answers: &dyn Answers) -> Vec<Read> {
        Vec::new()
    }

    /// What the answers say about the thing; `None` when it is not there.
    fn observe(&self, identity: &Identity, answers: &dyn Answers) -> Option<Observed>;

    /// The calls that carry a change out, in order.
    fn calls(&self, change: &Change<'_>) -> Vec<Call>;

    /// What the change does to people who use the thing.
    fn effects(&self, change: &Change<'_>) -> Vec<Effect>;

    /// The wait that an interrupted creation still owes, when the thing is not usable yet.
    fn resume(&self, _change: &Change<'_>) -> Option<crate::call::Wait> {
        None
    }

    /// Things of one group are deleted in the order of their ranks: the groups, and its rank in each.
    fn deletion_ranks(&self, _observed: &Observed) -> Vec<(String, u32)> {
        Vec::new()
    }

    /// The things that this one cannot end before, as the answers tell.
    fn holders(&self, _identity: &Identity, _answers: &dyn Answers) -> Vec<Holder> {
        Vec::new()
    }

    /// Whether what it creates carries a mark of ownership, where marks are not switched off. What carries none is told
    /// by its traits.
    fn carries_mark(&self) -> bool {
        false
    }

    /// The identity of the thing whose creation carried this mark of ownership, in the answer to the creation's own read.
    fn recognise(&self, _answer: &Json, _ownership: &str) -> Option<Identity> {
        None
    }

    /// Where a list does not show the mark: the read of one thing that does. Such a kind is told by its traits as well,
    /// because the mark may be shown only later.
    fn mark_read(&self, _id: &str) -> Option<Read> {
        None
    }

    /// The mark that the answer to [`Kind::mark_read`] shows.
    fn mark(&self, _id: &str, _answers: &dyn Answers) -> Option<String> {
        None
    }

    /// What a creation that carries no mark can be told by afterwards, from its body: name, place.
    fn traits(&self, _body: &Json) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// The things with these traits, in the answer to the creation's own read.
    fn alike(&self, _answer: &Json, _traits: &BTreeMap<String, String>) -> Vec<Alike> {
        Vec::new()
    }

    /// How to make sure that a thing is gone: the read of it alone, and the list whose item its answer is.
    fn confirmation(&self, _identity: &Identity) -> Option<(Read, Read)> {
        None
    }

    /// How far a thing has come that is waited for, in words, as the answer to the wait's read tells.
    fn progress(&self, _answer: &Json) -> Option<String> {
        None
    }

    /// What the platform itself says to a change while it is only planned: the reads that tell, or what they told.
    fn foresee(&self, _change: &Change<'_>) -> Foresight {
        Foresight::default()
    }

    /// The calls that have told again what only the lost answer to a creation told: a generated password, a key's secret.
    /// They come as soon as the thing is known again.
    fn renewal(&self, _change: &Change<'_>) -> Vec<Call> {
        Vec::new()
    }

    /// The things of the kind that exist, as far as the answers tell: whoever did not make them can take them over.
    fn list(&self, _answers: &dyn Answers) -> Listing {
        Listing::Never
    }

    /// Whether things of the kind are listed only for those who ask for the kind: people and keys are mostly looked after
    /// elsewhere.
    fn is_listed_by_name_only(&self) -> bool {
        false
    }

    /// Whether an attribute (a dotted path) is what the platform takes when nobody says anything: then it is worth no line
    /// in a configuration that is written down from what exists.
    fn is_usual(&self, _path: &str, _observed: &Observed) -> bool {
        false
    }

    /// The value of an attribute (a dotted path) as a person would write it: elements of its lists without what they get
    /// anyway.
    fn as_written(&self, _path: &str, value: &Value) -> Value {
        value.clone()
    }

    /// The attributes by whose values others refer to the thing.
    fn referred_by(&self, _observed: &Observed) -> Vec<&'static str> {
        vec!["id"]
    }

    /// What the platform itself has changed for a while: a schedule, an autoscaler.
    fn own_doing(&self, _identity: &Identity, _answers: &dyn Answers) -> Vec<OwnDoing> {
        Vec::new()
    }

    /// Attributes as the state of Terraform's official provider holds them, of whichever version, under today's names.
    fn terraform_attributes(&self, attributes: serde_json::Map<String, Json>) -> serde_json::Map<String, Json> {
        attributes
    }

    /// What to do about a secret the platform made up because none was given: the words, and the command, where the API at
    /// that address can be reached by others.
    fn secret_advice(&self, _identity: &Identity, _api: Option<&str>) -> Option<String> {
        None
    }
}

/// Answers to reads.
pub trait Answers {
    /// The result of a read; `None` when the thing read is not there, or was not asked for.
    fn get(&self, read: &Read) -> Option<Arc<Json>>;

    /// Whether the read was answered, be it that there is no such thing.
    fn holds(&self, read: &Read) -> bool;

    /// The item of a list read whose field `id` is `id`, or the one thing that was read if that is it.
    fn item(&self, read: &Read, id: &str) -> Option<Item>;
}

/// A thing that holds on to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub kind: &'static str,
    pub id: String,
    pub name: String,
    /// How: `shares its data`.
    pub how: &'static str,
}

/// No answers: nothing was asked.
pub struct Unasked;

impl Answers for Unasked {
    fn get(&self, _read: &Read) -> Option<Arc<Json>> {
        None
    }

    fn holds(&self, _read: &Read) -> bool {
        false
    }

    fn item(&self, _read: &Read, _id: &str) -> Option<Item> {
        None
    }
}

/// An answer, or one item of a list, which is not copied.
#[derive(Debug, Clone)]
pub struct Item {
    answer: Arc<Json>,
    at: Option<usize>,
}

impl Item {
    /// The whole answer.
    pub fn whole(answer: Arc<Json>) -> Self {
        Self { answer, at: None }
    }

    /// The item of a list at that place.
    pub fn of(list: Arc<Json>, at: usize) -> Self {
        Self { answer: list, at: Some(at) }
    }
}

impl Deref for Item {
    type Target = Json;

    fn deref(&self) -> &Json {
        self.at.and_then(|at| self.answer.get(at)).unwrap_or(&self.answer)
    }
}

/// What the platform says to a change that is only planned.
#[derive(Debug, Clone, PartialEq)]
pub enum Foresight {
    /// These reads have to be answered first.
    Ask(Vec<Read>),
    Told(Vec<Finding>),
}

impl Default for Foresight {
    /// There is nothing to ask.
    fn default() -> Self {
        Self::Told(Vec::new())
    }
}

/// What is really there.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// All attributes of the schema that the platform reports, as an object; `null` where it has none.
    pub values: Value,
    /// The platform's own word for how it is: `running`, `idle`.
    pub status: Option<String>,
    /// Whether a creation can be called finished.
    pub usable: bool,
}

impl Observed {
    pub fn get(&self, path: &str) -> Option<&Value> {
        crate::schema::at_path(&self.values, path)
    }
}

/// What a rule may look at.
pub struct RuleContext<'a> {
    /// The instance as the configuration states it: an object; unset attributes are null.
    pub desired: &'a Value,
    /// The organization's tier, as the `cloud` block says.
    pub tier: Option<&'a str>,
}

impl<'a> RuleContext<'a> {
    pub fn get(&self, path: &str) -> Option<&'a Value> {
        crate::schema::at_path(self.desired, path).filter(|v| !v.is_null())
    }
}

/// A broken rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub code: Code,
    pub severity: Severity,
    /// The attributes it is about (dotted paths; an element of a list by its number), the culprit first; empty for the
    /// whole block.
    pub attributes: Vec<String>,
    /// What else has to do with it: attributes of other instances, each with a word on it.
    pub beside: Vec<Beside>,
    pub summary: String,
    pub detail: String,
    pub help: String,
}

/// An attribute of another instance, and what it has to do with a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Beside {
    pub address: Address,
    pub attribute: String,
    pub words: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Create,
    Update,
    Delete,
}

/// One change of one instance.
pub struct Change<'a> {
    pub operation: Operation,
    pub identity: &'a Identity,
    /// Of a creation: the identity of what was there before and is gone.
    pub former: Option<&'a Identity>,
    /// What the configuration states: an object; unset attributes are null; unknowns and, while planning, secrets are
    /// unknown. All null for a deletion.
    pub desired: &'a Value,
    /// What the configuration stated when it was last applied: secrets are null.
    pub applied: &'a Value,
    pub observed: Option<&'a Observed>,
    /// The attributes (dotted paths) that change, are reset, or for a creation are set.
    pub changed: &'a BTreeSet<String>,
    /// Attributes (dotted paths) whose values the user marked sensitive: no text may quote them.
    pub sensitive: &'a BTreeSet<String>,
    /// Attributes whose foreign entries stay.
    pub shared: &'a BTreeSet<String>,
    /// The value of the ownership tag a creation carries; `None` switches it off.
    pub ownership: Option<&'a str>,
    /// The answers to all that was read, among it what [`Kind::asks`] named.
    pub answers: &'a dyn Answers,
}

impl Change<'_> {
    pub fn get(&self, path: &str) -> Option<&Value> {
        crate::schema::at_path(self.desired, path).filter(|v| !v.is_null())
    }

    /// What stands there now: for `path` of the observed values.
    pub fn current(&self, path: &str) -> Option<&Value> {
        self.observed.and_then(|o| o.get(path)).filter(|v| !v.is_null())
    }

    pub fn changes(&self, path: &str) -> bool {
        self.changed.contains(path)
    }

    pub fn changes_any(&self, paths: &[&str]) -> bool {
        paths.iter().any(|p| self.changed.contains(*p))
    }

    /// Whether no text may quote the value of an attribute.
    pub fn hides(&self, path: &str) -> bool {
        self.sensitive.contains(path)
    }

    pub fn status(&self) -> Option<&str> {
        self.observed.and_then(|o| o.status.as_deref())
    }
}

/// What a change does to people who use the thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Effect {
    pub sort: EffectSort,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectSort {
    /// Cannot be undone.
    DataLoss,
    /// Nobody can connect for a while, or from somewhere.
    Unavailable,
    Restart,
    /// New replicas join before old ones leave; old ones drain up to 60 minutes.
    MakeBeforeBreak,
    /// Worth knowing; nobody notices.
    Notice,
}

impl Effect {
    pub fn new(sort: EffectSort, text: impl Into<String>) -> Self {
        Self { sort, text: text.into() }
    }
}
