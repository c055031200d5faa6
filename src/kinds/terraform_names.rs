//! What things are called in Terraform's formats: kinds with the provider's prefix, and who provides them.

use super::{data, of};
use crate::address::{Address, Mode, PROVIDER_PREFIX, module_text};

/// `clickhouse_service`; what lives in the state alone is built in there and has no prefix.
pub fn terraform_type(address: &Address) -> String {
    if is_built_in(address) { address.kind.clone() } else { format!("{PROVIDER_PREFIX}{}", address.kind) }
}

/// The address with that type; what was replaced has the address of its successor.
pub fn terraform_address(address: &Address) -> String {
    let mut text = String::new();
    if !address.module.is_empty() {
        text.push_str(&module_text(&address.module));
        text.push('.');
    }
    if address.mode == Mode::Data {
        text.push_str("data.");
    }
    text.push_str(&format!("{}.{}", terraform_type(address), address.name));
    text.extend(address.key.iter().map(ToString::to_string));
    text
}

/// The short and the full name of the provider.
pub fn terraform_provider(address: &Address) -> (&'static str, &'static str) {
    if is_built_in(address) {
        ("terraform", "terraform.io/builtin/terraform")
    } else {
        ("clickhouse", "registry.terraform.io/clickhouse/clickhouse")
    }
}

fn is_built_in(address: &Address) -> bool {
    match address.mode {
        Mode::Managed => of(address).is_some_and(super::Kind::is_local),
        Mode::Data => data::find(&address.kind).is_some_and(data::DataSource::lies_elsewhere),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_terraform() {
        let name = |text: &str| terraform_address(&text.parse().expect("an address"));
        assert_eq!(name("module.eu[\"a\"].service.x[0]"), "module.eu[\"a\"].clickhouse_service.x[0]");
        assert_eq!(name("data.services.all"), "data.clickhouse_services.all");
        assert_eq!(name("terraform_data.x"), "terraform_data.x");
        assert_eq!(name("service.x#deposed"), "clickhouse_service.x");
    }
}
