//! The blocks of a configuration and what each refers to, without values.

use std::collections::BTreeMap;

use super::session::Session;
use crate::address::Address;
use crate::desired::Completeness;
use crate::diag::Diagnostics;

/// Resources and data sources of all modules, each with the blocks it needs.
///
/// # Errors
/// When the configuration cannot be read, or its references lead in a circle.
pub fn blocks(session: &Session) -> Result<BTreeMap<Address, Vec<Address>>, Diagnostics> {
    let (evaluation, mut diagnostics) = session.evaluation(Completeness::Lenient, true);
    diagnostics.append(session.diagnostics.clone());
    if diagnostics.has_errors() {
        return Err(diagnostics.sorted());
    }
    let blocks = evaluation.declarations().map(|(address, ..)| {
        let needs = evaluation.dependencies(&address).into_iter().map(|a| a.declared()).collect();
        (address, needs)
    });
    Ok(blocks.collect())
}
