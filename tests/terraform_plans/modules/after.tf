module "team" {
  source   = "./team"
  for_each = toset(["a", "b"])
  name     = "${each.key}!"
}
output "names" { value = module.team["a"].name }
