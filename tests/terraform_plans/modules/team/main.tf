variable "name" { type = string }
resource "terraform_data" "main" { input = var.name }
module "inner" {
  source = "./inner"
  value  = terraform_data.main.output
}
output "name" { value = terraform_data.main.output }
