variable "value" { description = "What it holds." }
resource "terraform_data" "deep" { input = var.value }
