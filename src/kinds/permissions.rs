//! Which permissions the operations of the API need, as its description says.
//!
//! A fact of the platform, like the operations themselves. Must not know any key, or what it may do.

/// The permissions, all of them, that an operation needs; none for one that everybody may use.
pub fn of(operation: &str) -> &'static [&'static str] {
    match operation {
        "instanceGet" => &["control-plane:service:view"],
        "instanceCreate" => &["control-plane:organization:create-service", "control-plane:service:manage"],
        "instanceUpdate" | "instanceStateUpdate" | "instancePasswordUpdate" => &["control-plane:service:manage"],
        "instanceDelete" => &["control-plane:service:delete"],
        "instanceReplicaScalingUpdate" => &["control-plane:service:manage-scaling-config"],
        "backupConfigurationGet" => &["control-plane:service:view-backups"],
        "backupConfigurationUpdate" => &["control-plane:service:manage-backups"],
        "instanceQueryEndpointGet" => &["control-plane:service:view-query-api-endpoints"],
        "instanceQueryEndpointUpsert" | "instanceQueryEndpointDelete" => {
            &["control-plane:service:manage-query-api-endpoints"]
        }
        "instancePrivateEndpointConfigGet" => &["control-plane:service:view-private-endpoints"],
        _ => &[],
    }
}
