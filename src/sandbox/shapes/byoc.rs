//! Request bodies of BYOC infrastructures.

use super::ALL_REGIONS;
use crate::sandbox::shape::{ANY_TEXT, Field, Rule, TEXTS, optional, required};

const FILLED_TEXT: Rule = Rule::Text { min: 1, max: usize::MAX };
const ZONES: Rule = Rule::List { item: &Rule::Choice(&["a", "b", "c", "d", "e", "f"]), max: 6 };
const TAGS: Rule = Rule::Map { value: &ANY_TEXT, min: 0, max: 50 };

/// `ByocInfrastructurePostRequest`.
pub const BYOC_POST: &[Field] = &[
    required("regionId", Rule::Choice(ALL_REGIONS)),
    required("accountId", FILLED_TEXT),
    optional("availabilityZoneSuffixes", ZONES),
    optional("vpcCidrRange", ANY_TEXT),
    optional("externalId", FILLED_TEXT),
    optional("tenantId", FILLED_TEXT),
    optional("servicePrincipalClientId", FILLED_TEXT),
    optional("vpcId", FILLED_TEXT),
    optional("privateSubnetIds", TEXTS),
    optional("publicSubnetIds", TEXTS),
    optional("gcpPodCidrRangeNames", TEXTS),
    optional("gcpSharedVpcHostProjectId", FILLED_TEXT),
    optional("tags", TAGS),
    optional("displayName", ANY_TEXT),
];

/// `ByocInfrastructureValidatePostRequest`: the same without a name.
pub const BYOC_VALIDATE_POST: &[Field] = BYOC_POST.split_at(BYOC_POST.len() - 1).0;

/// `ByocInfrastructurePatchRequest`.
pub const BYOC_PATCH: &[Field] = &[
    optional("displayName", ANY_TEXT),
    optional("enablePrivateLink", Rule::Boolean),
    optional("gcpPscSubnetId", FILLED_TEXT),
    optional("enablePrivateLoadBalancer", Rule::Boolean),
    optional("enablePublicLoadBalancer", Rule::Boolean),
    optional("tags", TAGS),
];
