data "role" "member" {
  name = "Member"
}

# `housewright apply --password-file FILE` keeps its id and secret.
api_key "ci" {
  state     = "enabled"
  expire_at = "2031-01-31T00:00:00Z"
  ip_access = [{ source = "192.0.2.0/24", description = "office" }]
}

#: requests create: plan 2, writes 1
#: requests again: plan 2
#: requests update name = "other": plan 2, writes 1
#: requests destroy: plan 1, writes 1
#: walk name
#:   = "other"
#: walk state
#:   = "disabled"
#:   = "enabled"
#: walk expire_at
#:   records = "2031-01-31T01:00:00+01:00"
#:   = "2032-01-31T00:00:00Z"
#: walk ip_access
#:   = [{ source = "192.0.2.0/24" }, { source = "198.51.100.7", description = "home" }]
#: walk assigned_role_ids
#:   = [data.role.member.id]
#:   = []
#: walk assigned_role_ids
#:   = [data.role.member.id]
#:   with name = "born with a role"
#:   kept
#: walk key_id_hash
#:   = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
#:   refused = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#:   with key_id_suffix = "abcd"
#:   with key_secret_hash = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
#:   kept
#: walk key_secret_hash
#:   = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
#:   refused = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#:   with key_id_suffix = "abcd"
#:   with key_id_hash = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
#:   kept
#: walk key_id_suffix
#:   = "abcd"
#:   refused = "efgh"
#:   with key_id_hash = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
#:   with key_secret_hash = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="
#:   kept
#: field openapiKeyCreate.roles: deprecated; `assigned_role_ids` and role_assignment give roles
#: field openapiKeyUpdate.roles: deprecated; `assigned_role_ids` and role_assignment give roles
#: field openapiKeyCreate.hashData.keyIdHash: is `key_id_hash`; the log of requests shows nothing of it
#: field openapiKeyCreate.hashData.keyIdSuffix: is `key_id_suffix`; the log of requests shows nothing of it
#: field openapiKeyCreate.hashData.keySecretHash: is `key_secret_hash`; the log of requests shows nothing of it
