variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "byoc_account" {
  type        = string
  description = "AWS account of the infrastructure."
}

variable "byoc_access" {
  type        = any
  description = "How that account is entered: region, and profile or assume_role."
}

variable "shop" {
  type        = any
  description = "The VPC with the endpoint: vpc_id, subnet_ids, security_group_ids, access."
}

variable "analysts" {
  type        = any
  description = "The VPC that is peered: vpc_id, cidr_range, access."
}
