cloud {
  tier = "enterprise"
}

service "events" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24", description = "office" }]
}

# Larger on working days, and smaller at night; in between the service has its own size.
service_scheduled_scaling "events" {
  service_id = service.events.id
  entries = [
    {
      name                  = "Business hours"
      weekdays              = [1, 2, 3, 4, 5]
      start_hour_utc        = 8
      end_hour_utc          = 18
      autoscaling_mode      = "horizontal"
      min_replicas          = 3
      max_replicas          = 6
      min_replica_memory_gb = 16
      max_replica_memory_gb = 16
      idle_scaling          = false
    },
    {
      name                 = "Night"
      weekdays             = [0, 1, 2, 3, 4, 5, 6]
      start_hour_utc       = 22
      end_hour_utc         = 6
      min_replicas         = 1
      max_replicas         = 1
      idle_scaling         = true
      idle_timeout_minutes = 5
    },
  ]
}

#: requests create: plan 1, writes 2, waits provision
#: requests again: plan 2
#: requests update entries = [{ name = "Night", weekdays = [6, 0], start_hour_utc = 22, end_hour_utc = 6, min_replicas = 1, max_replicas = 1 }]: plan 2, writes 1
#: requests destroy: plan 2, writes 3, waits stop + terminate
#: walk entries
#:   = [{ name = "Night", weekdays = [6, 0], start_hour_utc = 22, end_hour_utc = 6, min_replicas = 1, max_replicas = 1 }]
#:   = [{ name = "Night", weekdays = [0, 6], start_hour_utc = 22, end_hour_utc = 7, autoscaling_mode = "vertical", min_replica_memory_gb = 16, max_replica_memory_gb = 64 }]
#:   records = [{ name = "Night", weekdays = [6, 0], start_hour_utc = 22, end_hour_utc = 7, min_replica_memory_gb = 16, max_replica_memory_gb = 64 }]
#:   = [{ name = "All day", weekdays = [3], start_hour_utc = 0, end_hour_utc = 24 }]
#:   = [{ name = "Office hours", weekdays = [1], start_hour = 6, end_hour = 18, time_zone = "Asia/Tokyo" }]
#:   records = [{ name = "Office hours", weekdays = [0], start_hour_utc = 21, end_hour_utc = 9 }]
#: fixed service_id: another service's part is another thing; a replacement is tested for all parts together
#: field scalingScheduleUpsert.entries.numReplicas: equal min_replicas and max_replicas say the same, and are how it is read back
