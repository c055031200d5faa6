cloud {
  tier = "enterprise"
}

# HW1042 too many
service_scheduled_scaling "case0" {
  service_id = "11111111-2222-4333-8444-000000000001"
  entries = [
    { name = "w0", weekdays = [0], start_hour_utc = 1, end_hour_utc = 2 },
    { name = "w1", weekdays = [1], start_hour_utc = 2, end_hour_utc = 3 },
    { name = "w2", weekdays = [2], start_hour_utc = 3, end_hour_utc = 4 },
    { name = "w3", weekdays = [3], start_hour_utc = 4, end_hour_utc = 5 },
    { name = "w4", weekdays = [4], start_hour_utc = 5, end_hour_utc = 6 },
    { name = "w5", weekdays = [5], start_hour_utc = 6, end_hour_utc = 7 },
    { name = "w6", weekdays = [6], start_hour_utc = 7, end_hour_utc = 8 },
    { name = "w7", weekdays = [0], start_hour_utc = 8, end_hour_utc = 9 },
    { name = "w8", weekdays = [1], start_hour_utc = 9, end_hour_utc = 10 },
    { name = "w9", weekdays = [2], start_hour_utc = 10, end_hour_utc = 11 },
    { name = "w10", weekdays = [3], start_hour_utc = 11, end_hour_utc = 12 },
  ]
}

# HW1042 hours
service_scheduled_scaling "case1" {
  service_id = "11111111-2222-4333-8444-000000000002"
  entries = [
    { name = "a", weekdays = [1], start_hour_utc = 24, end_hour_utc = 25 },
  ]
}

# HW1042 no length
service_scheduled_scaling "case2" {
  service_id = "11111111-2222-4333-8444-000000000003"
  entries = [
    { name = "a", weekdays = [1], start_hour_utc = 8, end_hour_utc = 8 },
  ]
}

# HW1042 days
service_scheduled_scaling "case3" {
  service_id = "11111111-2222-4333-8444-000000000004"
  entries = [
    { name = "a", weekdays = [7], start_hour_utc = 8, end_hour_utc = 9 },
    { name = "b", weekdays = [], start_hour_utc = 8, end_hour_utc = 9 },
  ]
}

# HW1043 the same hour
service_scheduled_scaling "case4" {
  service_id = "11111111-2222-4333-8444-000000000005"
  entries = [
    { name = "a", weekdays = [1], start_hour_utc = 8, end_hour_utc = 18 },
    { name = "b", weekdays = [1, 2], start_hour_utc = 17, end_hour_utc = 20 },
  ]
}

# HW1043 over midnight
service_scheduled_scaling "case5" {
  service_id = "11111111-2222-4333-8444-000000000006"
  entries = [
    { name = "night", weekdays = [1], start_hour_utc = 22, end_hour_utc = 6 },
    { name = "early", weekdays = [2], start_hour_utc = 5, end_hour_utc = 9 },
  ]
}

# HW1043 over the end of Saturday
service_scheduled_scaling "case6" {
  service_id = "11111111-2222-4333-8444-000000000007"
  entries = [
    { name = "Saturday night", weekdays = [6], start_hour_utc = 23, end_hour_utc = 2 },
    { name = "Sunday", weekdays = [0], start_hour_utc = 1, end_hour_utc = 4 },
  ]
}

# HW1044 one end
service_scheduled_scaling "case7" {
  service_id = "11111111-2222-4333-8444-000000000008"
  entries = [
    { name = "a", weekdays = [1], start_hour_utc = 8, end_hour_utc = 18, min_replicas = 2 },
  ]
}

# HW1044 order
service_scheduled_scaling "case8" {
  service_id = "11111111-2222-4333-8444-000000000009"
  entries = [
    { name = "a", weekdays = [1], start_hour_utc = 8, end_hour_utc = 18, min_replicas = 4, max_replicas = 2, autoscaling_mode = "horizontal", min_replica_memory_gb = 16, max_replica_memory_gb = 16 },
  ]
}

# HW1044 range
service_scheduled_scaling "case9" {
  service_id = "11111111-2222-4333-8444-000000000010"
  entries = [
    { name = "a", weekdays = [1], start_hour_utc = 8, end_hour_utc = 18, min_replicas = 2, max_replicas = 4 },
  ]
}

# HW1044 horizontal
service_scheduled_scaling "case10" {
  service_id = "11111111-2222-4333-8444-000000000011"
  entries = [
    { name = "a", weekdays = [1], start_hour_utc = 8, end_hour_utc = 18, autoscaling_mode = "horizontal", min_replicas = 2, max_replicas = 4 },
  ]
}

# HW1044 mode
service_scheduled_scaling "case11" {
  service_id = "11111111-2222-4333-8444-000000000012"
  entries = [
    { name = "a", weekdays = [1], start_hour_utc = 8, end_hour_utc = 18, autoscaling_mode = "diagonal" },
  ]
}

# HW1044 memory
service_scheduled_scaling "case12" {
  service_id = "11111111-2222-4333-8444-000000000013"
  entries = [
    { name = "a", weekdays = [1], start_hour_utc = 8, end_hour_utc = 18, min_replica_memory_gb = 10, max_replica_memory_gb = 16 },
  ]
}

# HW1044 one bound
service_scheduled_scaling "case13" {
  service_id = "11111111-2222-4333-8444-000000000014"
  entries = [
    { name = "a", weekdays = [1], start_hour_utc = 8, end_hour_utc = 18, min_replica_memory_gb = 16 },
  ]
}

# HW1044 memory order
service_scheduled_scaling "case14" {
  service_id = "11111111-2222-4333-8444-000000000015"
  entries = [
    { name = "a", weekdays = [1], start_hour_utc = 8, end_hour_utc = 18, min_replica_memory_gb = 64, max_replica_memory_gb = 16 },
  ]
}

# HW1044 idling
service_scheduled_scaling "case15" {
  service_id = "11111111-2222-4333-8444-000000000016"
  entries = [
    { name = "a", weekdays = [1], start_hour_utc = 8, end_hour_utc = 18, idle_timeout_minutes = 4 },
    { name = "b", weekdays = [2], start_hour_utc = 8, end_hour_utc = 18, idle_scaling = false, idle_timeout_minutes = 10 },
  ]
}

# HW1042 no name
service_scheduled_scaling "case16" {
  service_id = "11111111-2222-4333-8444-000000000018"
  entries = [
    { name = "", weekdays = [1], start_hour_utc = 8, end_hour_utc = 18 },
  ]
}

# HW1042 no end
service_scheduled_scaling "case17" {
  service_id = "11111111-2222-4333-8444-000000000019"
  entries = [
    { name = "a", weekdays = [1], start_hour_utc = 8 },
  ]
}

# HW1045 no zone
service_scheduled_scaling "case18" {
  service_id = "11111111-2222-4333-8444-000000000020"
  entries = [
    { name = "a", weekdays = [1], start_hour = 8, end_hour = 18 },
  ]
}

# HW1045 both
service_scheduled_scaling "case19" {
  service_id = "11111111-2222-4333-8444-000000000021"
  entries = [
    { name = "a", weekdays = [1], start_hour_utc = 8, start_hour = 9, end_hour = 18, time_zone = "Asia/Tokyo" },
  ]
}

# HW1045 clocks that are changed, minutes, no such zone, a whole day
service_scheduled_scaling "case20" {
  service_id = "11111111-2222-4333-8444-000000000022"
  entries = [
    { name = "a", weekdays = [1], start_hour = 8, end_hour = 18, time_zone = "Europe/Berlin" },
    { name = "b", weekdays = [2], start_hour = 8, end_hour = 18, time_zone = "Asia/Kolkata" },
    { name = "c", weekdays = [3], start_hour = 8, end_hour = 18, time_zone = "Europe/Atlantis" },
    { name = "d", weekdays = [4], start_hour = 0, end_hour = 24, time_zone = "Asia/Tokyo" },
  ]
}

# HW1043 in two zones
service_scheduled_scaling "case21" {
  service_id = "11111111-2222-4333-8444-000000000023"
  entries = [
    { name = "Tokyo", weekdays = [1], start_hour = 6, end_hour = 12, time_zone = "Asia/Tokyo" },
    { name = "Sunday night", weekdays = [0], start_hour_utc = 20, end_hour_utc = 22 },
  ]
}
