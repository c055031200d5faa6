resource "terraform_data" "kept" {}
resource "terraform_data" "let_go" { input = "x" }
