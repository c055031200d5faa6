# No list of addresses is open to everybody.
package main

import rego.v1

everybody := {"0.0.0.0/0", "::/0"}

deny contains message if {
	some change in input.resource_changes
	change.type == "clickhouse_service"
	change.change.actions != ["no-op"]
	some entry in change.change.after.ip_access
	entry.source in everybody
	message := sprintf("%s would be open to everybody (%s)", [change.address, entry.source])
}
