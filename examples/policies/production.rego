# Nothing is destroyed in production. What counts as production: the variable `environment`, or a tag of the thing.
package main

import rego.v1

deny contains message if {
	some change in input.resource_changes
	"delete" in change.change.actions
	is_production(change)
	message := sprintf("%s would be destroyed, and it is in production", [change.address])
}

is_production(_) if input.variables.environment.value == "production"

is_production(change) if change.change.before.tags.environment == "production"
