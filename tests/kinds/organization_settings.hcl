organization_settings "ours" {
  core_dumps_enabled = true
}

#: requests create: plan 1
#: requests again: plan 1
#: requests update core_dumps_enabled = false: plan 1, writes 1
#: requests destroy: plan 1
#: walk core_dumps_enabled
#:   = false
#:   = true
#: walk name
#:   = "Ours"
#:   = "Still ours"
#: field organizationUpdate.privateEndpoints.add.id: deprecated; endpoints are registered by attaching them to services
#: field organizationUpdate.privateEndpoints.add.description: deprecated; endpoints are registered by attaching them to services
#: field organizationUpdate.privateEndpoints.add.cloudProvider: deprecated; endpoints are registered by attaching them to services
#: field organizationUpdate.privateEndpoints.add.region: deprecated; endpoints are registered by attaching them to services
#: field organizationUpdate.privateEndpoints.remove.id: undoes what is deprecated
#: field organizationUpdate.privateEndpoints.remove.description: undoes what is deprecated
#: field organizationUpdate.privateEndpoints.remove.cloudProvider: undoes what is deprecated
#: field organizationUpdate.privateEndpoints.remove.region: undoes what is deprecated
