//! Every operation of the API's description as one row: method, path, operation id, and who answers it.
//!
//! A row without a handler answers 501. A new operation is a handler in [`super::api`] and its name in its row.

use super::api::{
    Call, backup_configuration, create, organization, password, private_endpoint, query_endpoint, scaling,
    service_state, services, whoami,
};
use super::http::Answer;
use super::world::World;

/// Answers one operation.
pub type Handler = fn(&mut World, &Call<'_>) -> Answer;

/// One operation.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// Upper-case method.
    pub method: &'static str,
    /// Path below `/v1`, parameters in braces.
    pub path: &'static str,
    /// `operationId` of the API's description.
    pub operation: &'static str,
    /// `None`: the sandbox does not have it.
    pub handler: Option<Handler>,
}

/// Parameters of a path, by name.
pub type Params<'a> = Vec<(&'static str, &'a str)>;

impl Route {
    /// The path's parameters, if this row is for that method and path.
    pub fn matches<'a>(&self, method: &str, path: &'a str) -> Option<Params<'a>> {
        if self.method != method {
            return None;
        }
        let mut given = path.strip_prefix("/v1")?.split('/');
        let mut params = Vec::new();
        for expected in self.path.split('/') {
            let part = given.next()?;
            match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) if !part.is_empty() => params.push((name, part)),
                None if part == expected => {}
                _ => return None,
            }
        }
        given.next().is_none().then_some(params)
    }
}

/// The row for that method and path. A literal path wins over one with a parameter in the same place.
pub fn find<'a>(method: &str, path: &'a str) -> Option<(&'static Route, Params<'a>)> {
    ROUTES.iter().filter_map(|route| Some((route, route.matches(method, path)?))).min_by_key(|(_, params)| params.len())
}

const fn built(method: &'static str, path: &'static str, operation: &'static str, handler: Handler) -> Route {
    Route { method, path, operation, handler: Some(handler) }
}

const fn absent(method: &'static str, path: &'static str, operation: &'static str) -> Route {
    Route { method, path, operation, handler: None }
}

/// All operations.
#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    built("GET", "/whoami", "whoamiGet", whoami::get),
    built("GET", "/organizations", "organizationGetList", organization::list),
    built("GET", "/organizations/{organizationId}", "organizationGet", organization::get),
    absent("PATCH", "/organizations/{organizationId}", "organizationUpdate"),
    absent("GET", "/organizations/{organizationId}/prometheus", "organizationPrometheusGet"),
    absent("GET", "/organizations/{organizationId}/prometheus/discovery", "organizationPrometheusDiscoveryGet"),
    absent("GET", "/organizations/{organizationId}/roles", "organizationRolesGetList"),
    absent("POST", "/organizations/{organizationId}/roles", "organizationRolePost"),
    absent("GET", "/organizations/{organizationId}/roles/{roleId}", "organizationRoleGet"),
    absent("PATCH", "/organizations/{organizationId}/roles/{roleId}", "organizationRolePatch"),
    absent("DELETE", "/organizations/{organizationId}/roles/{roleId}", "organizationRoleDelete"),
    absent("GET", "/organizations/{organizationId}/quotas", "organizationQuotasGetList"),
    absent("GET", "/organizations/{organizationId}/quotas/{quotaCode}", "organizationQuotaGet"),
    absent("GET", "/organizations/{organizationId}/serviceProfiles", "serviceProfilesList"),
    built("GET", "/organizations/{organizationId}/services", "instanceGetList", services::list),
    built("POST", "/organizations/{organizationId}/services", "instanceCreate", create::post),
    built("GET", "/organizations/{organizationId}/services/{serviceId}", "instanceGet", services::get),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}", "instanceUpdate", services::patch),
    built("DELETE", "/organizations/{organizationId}/services/{serviceId}", "instanceDelete", services::delete),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/privateEndpointConfig", "instancePrivateEndpointConfigGet", private_endpoint::config),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/serviceQueryEndpoint", "instanceQueryEndpointGet", query_endpoint::get),
    built("DELETE", "/organizations/{organizationId}/services/{serviceId}/serviceQueryEndpoint", "instanceQueryEndpointDelete", query_endpoint::delete),
    built("POST", "/organizations/{organizationId}/services/{serviceId}/serviceQueryEndpoint", "instanceQueryEndpointUpsert", query_endpoint::post),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}/state", "instanceStateUpdate", service_state::patch),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}/scaling", "instanceScalingUpdate", scaling::patch_totals),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}/replicaScaling", "instanceReplicaScalingUpdate", scaling::patch),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}/password", "instancePasswordUpdate", password::patch),
    built("POST", "/organizations/{organizationId}/services/{serviceId}/privateEndpoint", "instancePrivateEndpointCreate", private_endpoint::post),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/prometheus", "instancePrometheusGet"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/scalingSchedule", "scalingScheduleGet"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/scalingSchedule", "scalingScheduleUpsert"),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/scalingSchedule", "scalingScheduleDelete"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/upgradeWindow", "upgradeWindowGet"),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/upgradeWindow", "upgradeWindowUpdate"),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/upgradeWindow", "upgradeWindowDelete"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickhouseSettings", "serviceClickhouseSettingsListGet"),
    absent("PATCH", "/organizations/{organizationId}/services/{serviceId}/clickhouseSettings", "serviceClickhouseSettingsUpdate"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickhouseSettings/schema", "serviceClickhouseSettingsSchemaGet"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickhouseSettings/{settingName}", "serviceClickhouseSettingGet"),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickhouseSettings/{settingName}", "serviceClickhouseSettingDelete"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/backups", "backupGetList"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/backups/{backupId}", "backupGet"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/snapshots", "snapshotGetList"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/snapshots/{snapshotId}", "snapshotGet"),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/backupConfiguration", "backupConfigurationGet", backup_configuration::get),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}/backupConfiguration", "backupConfigurationUpdate", backup_configuration::patch),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/snapshotConfiguration", "snapshotConfigurationGet"),
    absent("PATCH", "/organizations/{organizationId}/services/{serviceId}/snapshotConfiguration", "snapshotConfigurationUpdate"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/replicaAwareRouting", "replicaAwareRoutingGet"),
    absent("PATCH", "/organizations/{organizationId}/services/{serviceId}/replicaAwareRouting", "replicaAwareRoutingUpdate"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/backupBucket", "backupBucketGet"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/backupBucket", "backupBucketCreate"),
    absent("PATCH", "/organizations/{organizationId}/services/{serviceId}/backupBucket", "backupBucketUpdate"),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/backupBucket", "backupBucketDelete"),
    absent("GET", "/organizations/{organizationId}/keys", "openapiKeyGetList"),
    absent("POST", "/organizations/{organizationId}/keys", "openapiKeyCreate"),
    absent("GET", "/organizations/{organizationId}/keys/{keyId}", "openapiKeyGet"),
    absent("PATCH", "/organizations/{organizationId}/keys/{keyId}", "openapiKeyUpdate"),
    absent("DELETE", "/organizations/{organizationId}/keys/{keyId}", "openapiKeyDelete"),
    absent("GET", "/organizations/{organizationId}/members", "memberGetList"),
    absent("GET", "/organizations/{organizationId}/members/{userId}", "memberGet"),
    absent("PATCH", "/organizations/{organizationId}/members/{userId}", "memberUpdate"),
    absent("DELETE", "/organizations/{organizationId}/members/{userId}", "memberDelete"),
    absent("GET", "/organizations/{organizationId}/invitations", "invitationGetList"),
    absent("POST", "/organizations/{organizationId}/invitations", "invitationCreate"),
    absent("GET", "/organizations/{organizationId}/invitations/{invitationId}", "invitationGet"),
    absent("DELETE", "/organizations/{organizationId}/invitations/{invitationId}", "invitationDelete"),
    absent("GET", "/organizations/{organizationId}/activities", "activityGetList"),
    absent("GET", "/organizations/{organizationId}/activities/{activityId}", "activityGet"),
    absent("GET", "/organizations/{organizationId}/notifications", "notificationGetList"),
    absent("GET", "/organizations/{organizationId}/notificationTypes", "notificationTypesGetList"),
    absent("GET", "/organizations/{organizationId}/usageCost", "usageCostGet"),
    absent("GET", "/organizations/{organizationId}/activeBalances", "activeBalancesGet"),
    absent("GET", "/organizations/{organizationId}/creditBalances", "creditBalancesGet"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickpipes", "clickPipeGetList"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickpipes", "clickPipeCreate"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickpipes/context", "clickPipesServiceContextGet"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}", "clickPipeGet"),
    absent("PATCH", "/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}", "clickPipeUpdate"),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}", "clickPipeDelete"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}/settings", "clickPipeSettingsGet"),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}/settings", "clickPipeSettingsUpdate"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickpipes/schemaDiscovery", "clickPipeSchemaDiscovery"),
    absent("PATCH", "/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}/scaling", "clickPipeScalingUpdate"),
    absent("PATCH", "/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}/state", "clickPipeStateUpdate"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickpipesCdcScaling", "clickPipeCdcScalingGet"),
    absent("PATCH", "/organizations/{organizationId}/services/{serviceId}/clickpipesCdcScaling", "clickPipeCdcScalingUpdate"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/dashboards", "clickStackListDashboards"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/dashboards", "clickStackCreateDashboard"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/dashboards/{clickStackDashboardId}", "clickStackGetDashboard"),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/clickstack/dashboards/{clickStackDashboardId}", "clickStackUpdateDashboard"),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickstack/dashboards/{clickStackDashboardId}", "clickStackDeleteDashboard"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/dashboards/validate", "clickStackValidateDashboard"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/alerts", "clickStackListAlerts"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/alerts", "clickStackCreateAlert"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/sources", "clickStackListSources"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/sources", "clickStackCreateSource"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/sources/{clickStackSourceId}", "clickStackGetSource"),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/clickstack/sources/{clickStackSourceId}", "clickStackUpdateSource"),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickstack/sources/{clickStackSourceId}", "clickStackDeleteSource"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/alerts/{clickStackAlertId}", "clickStackGetAlert"),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/clickstack/alerts/{clickStackAlertId}", "clickStackUpdateAlert"),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickstack/alerts/{clickStackAlertId}", "clickStackDeleteAlert"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/webhooks", "clickStackListWebhooks"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/webhooks", "clickStackCreateWebhook"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/webhooks/validate", "clickStackValidateWebhook"),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/clickstack/webhooks/{clickStackWebhookId}", "clickStackUpdateWebhook"),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickstack/webhooks/{clickStackWebhookId}", "clickStackDeleteWebhook"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/roles", "clickStackListRoles"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/roles", "clickStackCreateRole"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/roles/{clickStackRoleId}", "clickStackGetRole"),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/clickstack/roles/{clickStackRoleId}", "clickStackUpdateRole"),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickstack/roles/{clickStackRoleId}", "clickStackDeleteRole"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/saved-searches", "clickStackListSavedSearches"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/saved-searches", "clickStackCreateSavedSearch"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/saved-searches/{clickStackSavedSearchId}", "clickStackGetSavedSearch"),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/clickstack/saved-searches/{clickStackSavedSearchId}", "clickStackUpdateSavedSearch"),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickstack/saved-searches/{clickStackSavedSearchId}", "clickStackDeleteSavedSearch"),
    absent("POST", "/organizations/{organizationId}/postgres", "postgresServiceCreate"),
    absent("GET", "/organizations/{organizationId}/postgres", "postgresServiceGetList"),
    absent("GET", "/organizations/{organizationId}/postgres/prometheus", "postgresOrgPrometheusGet"),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}", "postgresServiceGet"),
    absent("DELETE", "/organizations/{organizationId}/postgres/{postgresId}", "postgresServiceDelete"),
    absent("PATCH", "/organizations/{organizationId}/postgres/{postgresId}", "postgresServicePatch"),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/caCertificates", "postgresServiceCertsGet"),
    absent("POST", "/organizations/{organizationId}/postgres/{postgresId}/restoredService", "postgresInstanceRestore"),
    absent("PATCH", "/organizations/{organizationId}/postgres/{postgresId}/password", "postgresServiceSetPassword"),
    absent("PATCH", "/organizations/{organizationId}/postgres/{postgresId}/state", "postgresServicePatchState"),
    absent("POST", "/organizations/{organizationId}/postgres/{postgresId}/readReplica", "postgresInstanceCreateReadReplica"),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/config", "postgresInstanceConfigGet"),
    absent("POST", "/organizations/{organizationId}/postgres/{postgresId}/config", "postgresInstanceConfigPost"),
    absent("PATCH", "/organizations/{organizationId}/postgres/{postgresId}/config", "postgresInstanceConfigPatch"),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/prometheus", "postgresInstancePrometheusGet"),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/metrics", "postgresInstanceMetricsGet"),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/backups", "postgresServiceBackupGetList"),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/slowQueryPatterns", "slowQueryPatternsGetList"),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/slowQueryPatterns/{queryId}", "slowQueryPatternGet"),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/logs", "postgresLogsGetList"),
    absent("GET", "/organizations/{organizationId}/privateEndpointConfig", "organizationPrivateEndpointConfigGetList"),
    absent("POST", "/organizations/{organizationId}/byocInfrastructure", "organizationByocInfrastructureCreate"),
    absent("POST", "/organizations/{organizationId}/byocInfrastructure/validate", "organizationByocInfrastructureValidate"),
    absent("GET", "/organizations/{organizationId}/byocInfrastructure/{byocInfrastructureId}", "organizationByocInfrastructureGet"),
    absent("DELETE", "/organizations/{organizationId}/byocInfrastructure/{byocInfrastructureId}", "organizationByocInfrastructureDelete"),
    absent("PATCH", "/organizations/{organizationId}/byocInfrastructure/{byocInfrastructureId}", "organizationByocInfrastructureUpdate"),
    absent("GET", "/organizations/{organizationId}/byocInfrastructure/{byocInfrastructureId}/progress", "organizationByocInfrastructureProgressGet"),
    absent("GET", "/organizations/{organizationId}/byocInfrastructure/{byocInfrastructureId}/tags", "organizationByocInfrastructureTagsGet"),
    absent("GET", "/organizations/{organizationId}/byocInfrastructure/{byocInfrastructureId}/privateEndpointConfig", "organizationByocInfrastructurePrivateEndpointConfigGet"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickpipesReversePrivateEndpoints", "clickPipeReversePrivateEndpointGetList"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickpipesReversePrivateEndpoints", "clickPipeReversePrivateEndpointCreate"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickpipesReversePrivateEndpoints/{reversePrivateEndpointId}", "clickPipeReversePrivateEndpointGet"),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickpipesReversePrivateEndpoints/{reversePrivateEndpointId}", "clickPipeReversePrivateEndpointDelete"),
    absent("PATCH", "/organizations/{organizationId}/services/{serviceId}/clickpipesReversePrivateEndpoints/{reversePrivateEndpointId}", "clickPipeReversePrivateEndpointUpdate"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/query-api-endpoints", "queryApiEndpointList"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/query-api-endpoints", "queryApiEndpointCreate"),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/query-api-endpoints/{endpointId}", "queryApiEndpointDelete"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/query-api-endpoints/{endpointId}", "queryApiEndpointGet"),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/query-api-endpoints/{endpointId}", "queryApiEndpointUpdate"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/saved-queries", "savedQueryList"),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/saved-queries", "savedQueryCreate"),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/saved-queries/{queryId}", "savedQueryDelete"),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/saved-queries/{queryId}", "savedQueryGet"),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/saved-queries/{queryId}", "savedQueryUpdate"),
    absent("POST", "/organizations/{organizationId}/udfUploads/url", "udfUploadSessionCreate"),
    absent("GET", "/organizations/{organizationId}/udfs", "udfList"),
    absent("POST", "/organizations/{organizationId}/udfs", "udfCreate"),
    absent("DELETE", "/organizations/{organizationId}/udfs/{functionName}", "udfDelete"),
    absent("GET", "/organizations/{organizationId}/udfs/{functionName}", "udfGet"),
    absent("GET", "/organizations/{organizationId}/udfs/{functionName}/attachments", "udfAttachmentList"),
    absent("DELETE", "/organizations/{organizationId}/udfs/{functionName}/attachments/{serviceId}", "udfDetach"),
    absent("GET", "/organizations/{organizationId}/udfs/{functionName}/attachments/{serviceId}", "udfAttachmentGet"),
    absent("PUT", "/organizations/{organizationId}/udfs/{functionName}/attachments/{serviceId}", "udfAttach"),
    absent("GET", "/organizations/{organizationId}/udfs/{functionName}/versions", "udfVersionList"),
    absent("POST", "/organizations/{organizationId}/udfs/{functionName}/versions", "udfVersionCreate"),
    absent("DELETE", "/organizations/{organizationId}/udfs/{functionName}/versions/{version}", "udfVersionDelete"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_segment_wins_over_a_parameter() {
        let (route, params) = find("GET", "/v1/organizations/o/services/s/clickhouseSettings/schema").unwrap();
        assert_eq!(route.operation, "serviceClickhouseSettingsSchemaGet");
        assert_eq!(params, [("organizationId", "o"), ("serviceId", "s")]);
        assert!(find("GET", "/v1/organizations/o/services/").is_none());
        assert!(find("GET", "/v1/organizations/o/services/s/more/than/that").is_none());
        assert!(find("PUT", "/v1/whoami").is_none());
    }
}
