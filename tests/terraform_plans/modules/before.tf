module "team" {
  source   = "./team"
  for_each = toset(["a", "b"])
  name     = each.key
}
module "gone" {
  source = "./team"
  name   = "gone"
}
output "names" { value = module.team["a"].name }
