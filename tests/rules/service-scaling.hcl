cloud {
  tier = "enterprise"
}

# HW1001
service "name" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  name                  = "a/b"
}

# HW1001
service "long" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  name                  = "0123456789012345678901234567890123456789012345678 x"
}

# HW1002
service "cloud" {
  cloud_provider        = "amazon"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
}

# HW1003
service "region" {
  cloud_provider        = "aws"
  region                = "eu-central-7"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
}

# HW1003
service "private" {
  cloud_provider        = "aws"
  region                = "af-south-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
}

# HW1004
service "place" {
  cloud_provider        = "gcp"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
}

# HW1005
service "step" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 10
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
}

# HW1006
service "order" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 64
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
}

# HW1007
service "total" {
  cloud_provider      = "aws"
  region              = "eu-central-1"
  num_replicas        = 2
  ip_access           = [{ source = "192.0.2.0/24" }]
  min_total_memory_gb = 50
}

# HW1008
service "unsized" {
  cloud_provider = "aws"
  region         = "eu-central-1"
  num_replicas   = 2
  ip_access      = [{ source = "192.0.2.0/24" }]
}

# HW1009
service "none" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 0
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
}

# HW1010
service "both" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 16
  ip_access             = [{ source = "192.0.2.0/24" }]
  min_replicas          = 2
  max_replicas          = 4
  autoscaling_mode      = "horizontal"
}

# HW1011
service "end" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  min_replica_memory_gb = 16
  max_replica_memory_gb = 16
  ip_access             = [{ source = "192.0.2.0/24" }]
  min_replicas          = 2
  autoscaling_mode      = "horizontal"
}

# HW1012
service "empty" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  min_replica_memory_gb = 16
  max_replica_memory_gb = 16
  ip_access             = [{ source = "192.0.2.0/24" }]
  min_replicas          = 4
  max_replicas          = 2
}

# HW1013
service "pinned" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  min_replicas          = 2
  max_replicas          = 4
}

# HW1014
service "sum" {
  cloud_provider      = "aws"
  region              = "eu-central-1"
  ip_access           = [{ source = "192.0.2.0/24" }]
  min_replicas        = 2
  max_replicas        = 4
  min_total_memory_gb = 48
}

# HW1015
service "fixed" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  min_replica_memory_gb = 16
  max_replica_memory_gb = 16
  ip_access             = [{ source = "192.0.2.0/24" }]
  min_replicas          = 2
  max_replicas          = 2
  autoscaling_mode      = "horizontal"
}

# HW1016
service "band" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  min_replicas          = 2
  max_replicas          = 2
}

# HW1017
service "target" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  min_replica_memory_gb = 16
  max_replica_memory_gb = 16
  ip_access             = [{ source = "192.0.2.0/24" }]
  autoscaling_mode      = "horizontal"
}

# HW1018
service "mode" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  autoscaling_mode      = "diagonal"
}

# HW1019
service "soon" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  idle_timeout_minutes  = 4
}

# HW1020
service "timeless" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  idle_scaling          = true
}

# HW1021
service "awake" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  idle_scaling          = false
  idle_timeout_minutes  = 10
}

# HW1006
service "totals" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  ip_access             = [{ source = "192.0.2.0/24" }]
  min_total_memory_gb   = 96
  max_total_memory_gb   = 48
}

# HW1007
service "memories" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  min_total_memory_gb   = 48
}

# HW1009
service "wide" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 21
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
}

# HW1013
service "bound" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  min_replicas          = 2
  max_replicas          = 4
}

# HW1014
service "counted" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 16
  ip_access             = [{ source = "192.0.2.0/24" }]
  autoscaling_mode      = "horizontal"
}

# HW1016
service "mixed" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = [{ source = "192.0.2.0/24" }]
  min_replicas          = 2
  max_replicas          = 4
  autoscaling_mode      = "vertical"
}
