variable "secret" {
  sensitive = true
  default   = "two"
}
resource "terraform_data" "whole" { input = var.secret }
resource "terraform_data" "other" { input = "changed" }
output "s" {
  value     = var.secret
  sensitive = true
}
output "seen" { value = "seen" }
