# Both accounts are entered by roles; the infrastructure's VPC is found there.
vpc_peering "analysts" {
  byoc_id     = "a3c1f0b2-5d64-4c1e-9a7e-2f7f0a6f1b11"
  aws         = { region = "eu-central-1", assume_role = { role_arn = "arn:aws:iam::111122223333:role/peering" } }
  peer_vpc_id = "vpc-0a1b2c3d4e5f60718"
  peer_aws    = { region = "eu-central-1", assume_role = { role_arn = "arn:aws:iam::444455556666:role/peering" } }

  allow_remote_vpc_dns_resolution = true
}

#: needs ec2
#: fixed byoc_id: the infrastructure is another thing; a replacement is tested in tests/aws
#: fixed aws: walked in tests/aws, where both accounts are
#: fixed vpc_id: walked in tests/aws
#: fixed route_table_ids: walked in tests/aws
#: fixed peer_aws: walked in tests/aws
#: fixed peer_vpc_id: walked in tests/aws
#: fixed peer_vpc_cidr_range: walked in tests/aws
#: fixed timeouts: walked in tests/aws
#: fixed peer_route_table_ids: walked in tests/aws
#: fixed allow_remote_vpc_dns_resolution: walked in tests/aws
#: fixed security_group_opened: walked in tests/aws
