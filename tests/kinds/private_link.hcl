cloud {
  tier = "scale"
}

service "events" {
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 16
  max_replica_memory_gb = 32
  ip_access             = []
}

# The endpoint is made in the account of the shop, and leads to the service.
private_link "shop" {
  service_ids        = [service.events.id]
  vpc_id             = "vpc-0a1b2c3d4e5f60718"
  subnet_ids         = ["subnet-0a1b2c3d4e5f60718", "subnet-18273645f0e1d2c3b"]
  security_group_ids = ["sg-0a1b2c3d4e5f60718"]
  aws                = { region = "eu-central-1", profile = "shop" }
}

output "hosts" {
  value = private_link.shop.private_dns_hostnames
}

#: needs ec2
#: fixed service_ids: walked in tests/aws, where the endpoint can be made
#: fixed byoc_id: walked in tests/aws
#: fixed endpoint_id: walked in tests/aws
#: fixed aws: walked in tests/aws
#: fixed vpc_id: walked in tests/aws
#: fixed subnet_ids: walked in tests/aws
#: fixed security_group_ids: walked in tests/aws
#: fixed private_dns_enabled: what it may be follows from the services
#: fixed timeouts: walked in tests/aws
#: fixed service_region: connections across regions need an endpoint service in another region
