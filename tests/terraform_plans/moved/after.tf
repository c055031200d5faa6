resource "terraform_data" "new" { input = "x" }
resource "terraform_data" "one" {
  count = 1
  input = "z"
}
moved {
  from = terraform_data.old
  to   = terraform_data.new
}
moved {
  from = terraform_data.one
  to   = terraform_data.one[0]
}
