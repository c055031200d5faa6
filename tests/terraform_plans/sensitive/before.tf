variable "secret" {
  sensitive = true
  default   = "one"
}
resource "terraform_data" "whole" { input = var.secret }
resource "terraform_data" "other" { input = "seen" }
output "s" {
  value     = var.secret
  sensitive = true
}
output "seen" { value = "seen" }
