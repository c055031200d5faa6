//! Every operation of the API's description as one row: method, path, operation id, the permissions it needs, and who
//! answers it.
//!
//! A row without a handler answers 501. A new operation is a handler in [`super::api`] and its name in its row.

use super::api::{
    Call, activities, backup_bucket, backup_configuration, backups, byoc, clickhouse_settings, create, invitations,
    keys, members, organization, password, private_endpoint, profiles, prometheus, query_api_endpoints, query_endpoint,
    quotas, roles, routing, saved_queries, scaling, schedule, service_state, services, snapshots, upgrade_window,
    usage_cost, whoami,
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
    /// Permissions the caller must hold, all of them, without their first word `control-plane:`.
    pub permissions: &'static [&'static str],
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

const fn built(
    method: &'static str,
    path: &'static str,
    operation: &'static str,
    permissions: &'static [&'static str],
    handler: Handler,
) -> Route {
    Route { method, path, operation, permissions, handler: Some(handler) }
}

const fn absent(
    method: &'static str,
    path: &'static str,
    operation: &'static str,
    permissions: &'static [&'static str],
) -> Route {
    Route { method, path, operation, permissions, handler: None }
}

/// All operations.
#[rustfmt::skip]
pub const ROUTES: &[Route] = &[
    built("GET", "/whoami", "whoamiGet", &[], whoami::get),
    built("GET", "/organizations", "organizationGetList", &[], organization::list),
    built("GET", "/organizations/{organizationId}", "organizationGet", &["organization:view"], organization::get),
    built("PATCH", "/organizations/{organizationId}", "organizationUpdate", &["organization:manage"], organization::patch),
    built("GET", "/organizations/{organizationId}/prometheus", "organizationPrometheusGet", &[], prometheus::organization),
    built("GET", "/organizations/{organizationId}/prometheus/discovery", "organizationPrometheusDiscoveryGet", &[], prometheus::discovery),
    built("GET", "/organizations/{organizationId}/roles", "organizationRolesGetList", &["organization:manage"], roles::list),
    built("POST", "/organizations/{organizationId}/roles", "organizationRolePost", &["organization:manage"], roles::post),
    built("GET", "/organizations/{organizationId}/roles/{roleId}", "organizationRoleGet", &["organization:manage"], roles::get),
    built("PATCH", "/organizations/{organizationId}/roles/{roleId}", "organizationRolePatch", &["organization:manage"], roles::patch),
    built("DELETE", "/organizations/{organizationId}/roles/{roleId}", "organizationRoleDelete", &["organization:manage"], roles::delete),
    built("GET", "/organizations/{organizationId}/quotas", "organizationQuotasGetList", &["organization:view"], quotas::list),
    built("GET", "/organizations/{organizationId}/quotas/{quotaCode}", "organizationQuotaGet", &["organization:view"], quotas::get),
    built("GET", "/organizations/{organizationId}/serviceProfiles", "serviceProfilesList", &["organization:view"], profiles::list),
    built("GET", "/organizations/{organizationId}/services", "instanceGetList", &[], services::list),
    built("POST", "/organizations/{organizationId}/services", "instanceCreate", &["organization:create-service", "service:manage"], create::post),
    built("GET", "/organizations/{organizationId}/services/{serviceId}", "instanceGet", &["service:view"], services::get),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}", "instanceUpdate", &["service:manage"], services::patch),
    built("DELETE", "/organizations/{organizationId}/services/{serviceId}", "instanceDelete", &["service:delete"], services::delete),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/privateEndpointConfig", "instancePrivateEndpointConfigGet", &["service:view-private-endpoints"], private_endpoint::config),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/serviceQueryEndpoint", "instanceQueryEndpointGet", &["service:view-query-api-endpoints"], query_endpoint::get),
    built("DELETE", "/organizations/{organizationId}/services/{serviceId}/serviceQueryEndpoint", "instanceQueryEndpointDelete", &["service:manage-query-api-endpoints"], query_endpoint::delete),
    built("POST", "/organizations/{organizationId}/services/{serviceId}/serviceQueryEndpoint", "instanceQueryEndpointUpsert", &["service:manage-query-api-endpoints"], query_endpoint::post),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}/state", "instanceStateUpdate", &[], service_state::patch),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}/scaling", "instanceScalingUpdate", &["service:manage-scaling-config"], scaling::patch_totals),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}/replicaScaling", "instanceReplicaScalingUpdate", &["service:manage-scaling-config"], scaling::patch),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}/password", "instancePasswordUpdate", &["service:manage"], password::patch),
    built("POST", "/organizations/{organizationId}/services/{serviceId}/privateEndpoint", "instancePrivateEndpointCreate", &["service:manage-private-endpoints"], private_endpoint::post),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/prometheus", "instancePrometheusGet", &["service:view"], prometheus::service),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/scalingSchedule", "scalingScheduleGet", &["service:view"], schedule::get),
    built("POST", "/organizations/{organizationId}/services/{serviceId}/scalingSchedule", "scalingScheduleUpsert", &["service:manage-scaling-config"], schedule::post),
    built("DELETE", "/organizations/{organizationId}/services/{serviceId}/scalingSchedule", "scalingScheduleDelete", &["service:manage-scaling-config"], schedule::delete),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/upgradeWindow", "upgradeWindowGet", &["service:view"], upgrade_window::get),
    built("PUT", "/organizations/{organizationId}/services/{serviceId}/upgradeWindow", "upgradeWindowUpdate", &["service:manage"], upgrade_window::put),
    built("DELETE", "/organizations/{organizationId}/services/{serviceId}/upgradeWindow", "upgradeWindowDelete", &["service:manage"], upgrade_window::delete),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/clickhouseSettings", "serviceClickhouseSettingsListGet", &["service:view"], clickhouse_settings::list),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}/clickhouseSettings", "serviceClickhouseSettingsUpdate", &["service:manage"], clickhouse_settings::patch),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/clickhouseSettings/schema", "serviceClickhouseSettingsSchemaGet", &["service:view"], clickhouse_settings::schema),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/clickhouseSettings/{settingName}", "serviceClickhouseSettingGet", &["service:view"], clickhouse_settings::get),
    built("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickhouseSettings/{settingName}", "serviceClickhouseSettingDelete", &["service:manage"], clickhouse_settings::delete),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/backups", "backupGetList", &["service:view-backups"], backups::list),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/backups/{backupId}", "backupGet", &["service:view-backups"], backups::get),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/snapshots", "snapshotGetList", &["service:view-snapshots"], snapshots::list),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/snapshots/{snapshotId}", "snapshotGet", &["service:view-snapshots"], snapshots::get),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/backupConfiguration", "backupConfigurationGet", &["service:view-backups"], backup_configuration::get),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}/backupConfiguration", "backupConfigurationUpdate", &["service:manage-backups"], backup_configuration::patch),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/snapshotConfiguration", "snapshotConfigurationGet", &["service:view-snapshots"], snapshots::configuration),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}/snapshotConfiguration", "snapshotConfigurationUpdate", &["service:manage-snapshots"], snapshots::configure),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/replicaAwareRouting", "replicaAwareRoutingGet", &["service:view"], routing::get),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}/replicaAwareRouting", "replicaAwareRoutingUpdate", &["service:manage"], routing::patch),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/backupBucket", "backupBucketGet", &["service:view-backups"], backup_bucket::get),
    built("POST", "/organizations/{organizationId}/services/{serviceId}/backupBucket", "backupBucketCreate", &["service:manage-backups"], backup_bucket::post),
    built("PATCH", "/organizations/{organizationId}/services/{serviceId}/backupBucket", "backupBucketUpdate", &["service:manage-backups"], backup_bucket::patch),
    built("DELETE", "/organizations/{organizationId}/services/{serviceId}/backupBucket", "backupBucketDelete", &["service:manage-backups"], backup_bucket::delete),
    built("GET", "/organizations/{organizationId}/keys", "openapiKeyGetList", &["organization:view-api-keys"], keys::list),
    built("POST", "/organizations/{organizationId}/keys", "openapiKeyCreate", &["organization:create-api-keys"], keys::post),
    built("GET", "/organizations/{organizationId}/keys/{keyId}", "openapiKeyGet", &["organization:view-api-keys"], keys::get),
    built("PATCH", "/organizations/{organizationId}/keys/{keyId}", "openapiKeyUpdate", &["organization:view-api-keys"], keys::patch),
    built("DELETE", "/organizations/{organizationId}/keys/{keyId}", "openapiKeyDelete", &["organization:view-api-keys"], keys::delete),
    built("GET", "/organizations/{organizationId}/members", "memberGetList", &["organization:view"], members::list),
    built("GET", "/organizations/{organizationId}/members/{userId}", "memberGet", &["organization:view"], members::get),
    built("PATCH", "/organizations/{organizationId}/members/{userId}", "memberUpdate", &["organization:manage"], members::patch),
    built("DELETE", "/organizations/{organizationId}/members/{userId}", "memberDelete", &["organization:manage"], members::delete),
    built("GET", "/organizations/{organizationId}/invitations", "invitationGetList", &["organization:view"], invitations::list),
    built("POST", "/organizations/{organizationId}/invitations", "invitationCreate", &["organization:manage"], invitations::post),
    built("GET", "/organizations/{organizationId}/invitations/{invitationId}", "invitationGet", &["organization:view"], invitations::get),
    built("DELETE", "/organizations/{organizationId}/invitations/{invitationId}", "invitationDelete", &["organization:manage"], invitations::delete),
    built("GET", "/organizations/{organizationId}/activities", "activityGetList", &["organization:view-activities"], activities::list),
    built("GET", "/organizations/{organizationId}/activities/{activityId}", "activityGet", &["organization:view-activities"], activities::get),
    absent("GET", "/organizations/{organizationId}/notifications", "notificationGetList", &[]),
    absent("GET", "/organizations/{organizationId}/notificationTypes", "notificationTypesGetList", &["organization:view"]),
    built("GET", "/organizations/{organizationId}/usageCost", "usageCostGet", &["organization:view"], usage_cost::get),
    absent("GET", "/organizations/{organizationId}/activeBalances", "activeBalancesGet", &["organization:view-billing"]),
    absent("GET", "/organizations/{organizationId}/creditBalances", "creditBalancesGet", &["organization:view-billing"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickpipes", "clickPipeGetList", &["service:manage-clickpipes"]),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickpipes", "clickPipeCreate", &["service:manage-clickpipes"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickpipes/context", "clickPipesServiceContextGet", &["service:manage-clickpipes"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}", "clickPipeGet", &["service:manage-clickpipes"]),
    absent("PATCH", "/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}", "clickPipeUpdate", &["service:manage-clickpipes"]),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}", "clickPipeDelete", &["service:manage-clickpipes"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}/settings", "clickPipeSettingsGet", &["service:manage-clickpipes"]),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}/settings", "clickPipeSettingsUpdate", &["service:manage-clickpipes"]),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickpipes/schemaDiscovery", "clickPipeSchemaDiscovery", &["service:manage-clickpipes"]),
    absent("PATCH", "/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}/scaling", "clickPipeScalingUpdate", &["service:manage-clickpipes"]),
    absent("PATCH", "/organizations/{organizationId}/services/{serviceId}/clickpipes/{clickPipeId}/state", "clickPipeStateUpdate", &["service:manage-clickpipes"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickpipesCdcScaling", "clickPipeCdcScalingGet", &["service:manage-clickpipes"]),
    absent("PATCH", "/organizations/{organizationId}/services/{serviceId}/clickpipesCdcScaling", "clickPipeCdcScalingUpdate", &["service:manage-clickpipes"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/dashboards", "clickStackListDashboards", &["service:manage-clickstack-api"]),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/dashboards", "clickStackCreateDashboard", &["service:manage-clickstack-api"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/dashboards/{clickStackDashboardId}", "clickStackGetDashboard", &["service:manage-clickstack-api"]),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/clickstack/dashboards/{clickStackDashboardId}", "clickStackUpdateDashboard", &["service:manage-clickstack-api"]),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickstack/dashboards/{clickStackDashboardId}", "clickStackDeleteDashboard", &["service:manage-clickstack-api"]),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/dashboards/validate", "clickStackValidateDashboard", &["service:manage-clickstack-api"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/alerts", "clickStackListAlerts", &["service:manage-clickstack-api"]),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/alerts", "clickStackCreateAlert", &["service:manage-clickstack-api"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/sources", "clickStackListSources", &["service:manage-clickstack-api"]),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/sources", "clickStackCreateSource", &["service:manage-clickstack-api"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/sources/{clickStackSourceId}", "clickStackGetSource", &["service:manage-clickstack-api"]),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/clickstack/sources/{clickStackSourceId}", "clickStackUpdateSource", &["service:manage-clickstack-api"]),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickstack/sources/{clickStackSourceId}", "clickStackDeleteSource", &["service:manage-clickstack-api"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/alerts/{clickStackAlertId}", "clickStackGetAlert", &["service:manage-clickstack-api"]),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/clickstack/alerts/{clickStackAlertId}", "clickStackUpdateAlert", &["service:manage-clickstack-api"]),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickstack/alerts/{clickStackAlertId}", "clickStackDeleteAlert", &["service:manage-clickstack-api"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/webhooks", "clickStackListWebhooks", &["service:manage-clickstack-api"]),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/webhooks", "clickStackCreateWebhook", &["service:manage-clickstack-api"]),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/webhooks/validate", "clickStackValidateWebhook", &["service:manage-clickstack-api"]),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/clickstack/webhooks/{clickStackWebhookId}", "clickStackUpdateWebhook", &["service:manage-clickstack-api"]),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickstack/webhooks/{clickStackWebhookId}", "clickStackDeleteWebhook", &["service:manage-clickstack-api"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/roles", "clickStackListRoles", &["service:manage-clickstack-api"]),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/roles", "clickStackCreateRole", &["service:manage-clickstack-api"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/roles/{clickStackRoleId}", "clickStackGetRole", &["service:manage-clickstack-api"]),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/clickstack/roles/{clickStackRoleId}", "clickStackUpdateRole", &["service:manage-clickstack-api"]),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickstack/roles/{clickStackRoleId}", "clickStackDeleteRole", &["service:manage-clickstack-api"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/saved-searches", "clickStackListSavedSearches", &["service:manage-clickstack-api"]),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickstack/saved-searches", "clickStackCreateSavedSearch", &["service:manage-clickstack-api"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickstack/saved-searches/{clickStackSavedSearchId}", "clickStackGetSavedSearch", &["service:manage-clickstack-api"]),
    absent("PUT", "/organizations/{organizationId}/services/{serviceId}/clickstack/saved-searches/{clickStackSavedSearchId}", "clickStackUpdateSavedSearch", &["service:manage-clickstack-api"]),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickstack/saved-searches/{clickStackSavedSearchId}", "clickStackDeleteSavedSearch", &["service:manage-clickstack-api"]),
    absent("POST", "/organizations/{organizationId}/postgres", "postgresServiceCreate", &["organization:create-service"]),
    absent("GET", "/organizations/{organizationId}/postgres", "postgresServiceGetList", &["postgres-service:view"]),
    absent("GET", "/organizations/{organizationId}/postgres/prometheus", "postgresOrgPrometheusGet", &["organization:view"]),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}", "postgresServiceGet", &["postgres-service:view"]),
    absent("DELETE", "/organizations/{organizationId}/postgres/{postgresId}", "postgresServiceDelete", &["postgres-service:manage"]),
    absent("PATCH", "/organizations/{organizationId}/postgres/{postgresId}", "postgresServicePatch", &["postgres-service:manage"]),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/caCertificates", "postgresServiceCertsGet", &["postgres-service:view"]),
    absent("POST", "/organizations/{organizationId}/postgres/{postgresId}/restoredService", "postgresInstanceRestore", &["postgres-service:manage", "organization:create-service"]),
    absent("PATCH", "/organizations/{organizationId}/postgres/{postgresId}/password", "postgresServiceSetPassword", &["postgres-service:manage"]),
    absent("PATCH", "/organizations/{organizationId}/postgres/{postgresId}/state", "postgresServicePatchState", &["postgres-service:manage"]),
    absent("POST", "/organizations/{organizationId}/postgres/{postgresId}/readReplica", "postgresInstanceCreateReadReplica", &["postgres-service:manage", "organization:create-service"]),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/config", "postgresInstanceConfigGet", &["postgres-service:view"]),
    absent("POST", "/organizations/{organizationId}/postgres/{postgresId}/config", "postgresInstanceConfigPost", &["postgres-service:manage"]),
    absent("PATCH", "/organizations/{organizationId}/postgres/{postgresId}/config", "postgresInstanceConfigPatch", &["postgres-service:manage"]),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/prometheus", "postgresInstancePrometheusGet", &["postgres-service:view"]),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/metrics", "postgresInstanceMetricsGet", &["postgres-service:view"]),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/backups", "postgresServiceBackupGetList", &["postgres-service:view"]),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/slowQueryPatterns", "slowQueryPatternsGetList", &["postgres-service:view"]),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/slowQueryPatterns/{queryId}", "slowQueryPatternGet", &["postgres-service:view"]),
    absent("GET", "/organizations/{organizationId}/postgres/{postgresId}/logs", "postgresLogsGetList", &["postgres-service:view"]),
    built("GET", "/organizations/{organizationId}/privateEndpointConfig", "organizationPrivateEndpointConfigGetList", &["organization:view"], organization::private_endpoint_config),
    built("POST", "/organizations/{organizationId}/byocInfrastructure", "organizationByocInfrastructureCreate", &["organization:manage"], byoc::post),
    built("POST", "/organizations/{organizationId}/byocInfrastructure/validate", "organizationByocInfrastructureValidate", &["organization:manage"], byoc::validate),
    built("GET", "/organizations/{organizationId}/byocInfrastructure/{byocInfrastructureId}", "organizationByocInfrastructureGet", &["organization:view"], byoc::get),
    built("DELETE", "/organizations/{organizationId}/byocInfrastructure/{byocInfrastructureId}", "organizationByocInfrastructureDelete", &["organization:manage"], byoc::delete),
    built("PATCH", "/organizations/{organizationId}/byocInfrastructure/{byocInfrastructureId}", "organizationByocInfrastructureUpdate", &["organization:manage"], byoc::patch),
    built("GET", "/organizations/{organizationId}/byocInfrastructure/{byocInfrastructureId}/progress", "organizationByocInfrastructureProgressGet", &["organization:view"], byoc::progress),
    built("GET", "/organizations/{organizationId}/byocInfrastructure/{byocInfrastructureId}/tags", "organizationByocInfrastructureTagsGet", &["organization:view"], byoc::tags),
    built("GET", "/organizations/{organizationId}/byocInfrastructure/{byocInfrastructureId}/privateEndpointConfig", "organizationByocInfrastructurePrivateEndpointConfigGet", &["organization:view"], byoc::private_endpoint_config),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickpipesReversePrivateEndpoints", "clickPipeReversePrivateEndpointGetList", &["service:manage-clickpipes"]),
    absent("POST", "/organizations/{organizationId}/services/{serviceId}/clickpipesReversePrivateEndpoints", "clickPipeReversePrivateEndpointCreate", &["service:manage-clickpipes"]),
    absent("GET", "/organizations/{organizationId}/services/{serviceId}/clickpipesReversePrivateEndpoints/{reversePrivateEndpointId}", "clickPipeReversePrivateEndpointGet", &["service:manage-clickpipes"]),
    absent("DELETE", "/organizations/{organizationId}/services/{serviceId}/clickpipesReversePrivateEndpoints/{reversePrivateEndpointId}", "clickPipeReversePrivateEndpointDelete", &["service:manage-clickpipes"]),
    absent("PATCH", "/organizations/{organizationId}/services/{serviceId}/clickpipesReversePrivateEndpoints/{reversePrivateEndpointId}", "clickPipeReversePrivateEndpointUpdate", &["service:manage-clickpipes"]),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/query-api-endpoints", "queryApiEndpointList", &["service:view-query-api-endpoints"], query_api_endpoints::list),
    built("POST", "/organizations/{organizationId}/services/{serviceId}/query-api-endpoints", "queryApiEndpointCreate", &["service:manage-query-api-endpoints"], query_api_endpoints::post),
    built("DELETE", "/organizations/{organizationId}/services/{serviceId}/query-api-endpoints/{endpointId}", "queryApiEndpointDelete", &["service:manage-query-api-endpoints"], query_api_endpoints::delete),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/query-api-endpoints/{endpointId}", "queryApiEndpointGet", &["service:view-query-api-endpoints"], query_api_endpoints::get),
    built("PUT", "/organizations/{organizationId}/services/{serviceId}/query-api-endpoints/{endpointId}", "queryApiEndpointUpdate", &["service:manage-query-api-endpoints"], query_api_endpoints::put),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/saved-queries", "savedQueryList", &["service:view"], saved_queries::list),
    built("POST", "/organizations/{organizationId}/services/{serviceId}/saved-queries", "savedQueryCreate", &["service:manage"], saved_queries::post),
    built("DELETE", "/organizations/{organizationId}/services/{serviceId}/saved-queries/{queryId}", "savedQueryDelete", &["service:manage"], saved_queries::delete),
    built("GET", "/organizations/{organizationId}/services/{serviceId}/saved-queries/{queryId}", "savedQueryGet", &["service:view"], saved_queries::get),
    built("PUT", "/organizations/{organizationId}/services/{serviceId}/saved-queries/{queryId}", "savedQueryUpdate", &["service:manage"], saved_queries::put),
    absent("POST", "/organizations/{organizationId}/udfUploads/url", "udfUploadSessionCreate", &["organization:manage"]),
    absent("GET", "/organizations/{organizationId}/udfs", "udfList", &["organization:view"]),
    absent("POST", "/organizations/{organizationId}/udfs", "udfCreate", &["organization:manage"]),
    absent("DELETE", "/organizations/{organizationId}/udfs/{functionName}", "udfDelete", &["organization:manage"]),
    absent("GET", "/organizations/{organizationId}/udfs/{functionName}", "udfGet", &["organization:view"]),
    absent("GET", "/organizations/{organizationId}/udfs/{functionName}/attachments", "udfAttachmentList", &["organization:view"]),
    absent("DELETE", "/organizations/{organizationId}/udfs/{functionName}/attachments/{serviceId}", "udfDetach", &["organization:manage"]),
    absent("GET", "/organizations/{organizationId}/udfs/{functionName}/attachments/{serviceId}", "udfAttachmentGet", &["organization:view"]),
    absent("PUT", "/organizations/{organizationId}/udfs/{functionName}/attachments/{serviceId}", "udfAttach", &["organization:manage"]),
    absent("GET", "/organizations/{organizationId}/udfs/{functionName}/versions", "udfVersionList", &["organization:view"]),
    absent("POST", "/organizations/{organizationId}/udfs/{functionName}/versions", "udfVersionCreate", &["organization:manage"]),
    absent("DELETE", "/organizations/{organizationId}/udfs/{functionName}/versions/{version}", "udfVersionDelete", &["organization:manage"]),
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
