# No replica grows beyond a ceiling, in GB. A size that is known only after the apply is refused as well.
package main

import rego.v1

ceiling := 64

sizes := {"max_replica_memory_gb", "min_replica_memory_gb"}

deny contains message if {
	some change in input.resource_changes
	change.type == "clickhouse_service"
	some name in sizes
	size := change.change.after[name]
	to_number(size) > ceiling
	is_new(change, name)
	message := sprintf("%s: %s is %v GB, and the ceiling is %v GB", [change.address, name, size, ceiling])
}

# What was as large before is nobody's change.
is_new(change, name) if not change.change.before[name] == change.change.after[name]
