//! Every kind of the registry: its example applies and leaves an empty plan; each settable attribute is set, changed and
//! removed, and after each apply the plan is empty; what it sends covers the API's request fields; its page in `docs/kinds`
//! is what its schema says.
//!
//! A kind enters by existing: the tests fail until there is `tests/kinds/<kind>.hcl`. That file is
//!
//! 1. the example: a whole configuration, planned and applied as it stands, and shown in the kind's page. The first block
//!    of the kind in it is the one that is walked; its attributes stand on lines indented by two spaces;
//! 2. the walks, in lines that begin with `#:`:
//!
//! ```text
//! #: walk weekday                      one settable attribute of the top level
//! #:   = 5                             its next value; the first is the example's, or none
//! #:   = 0                             and the next
//! #:     and num_replicas = 3         changes with it; `and no num_replicas` takes a line out
//! #:   records = 1                     a value that is there already: noted, nothing is sent
//! #:   refused = 2                     a value that only a replacement could bring: nothing is sent; ends the walk
//! #:   with num_replicas = 3           stands in the block during the walk, in place of what the example has
//! #:   without max_replicas            does not stand in the block during the walk
//! #:   kept                            may be left out by the schema, but not here: it is not removed at the end
//! #: fixed region: why no walk is possible
//! #: field instanceCreate.privateEndpointIds: why this field of a request is no attribute
//! #: before PATCH /organization { }   told to a control endpoint of the sandbox before anything else; POST without a method
//! #: requests create: plan 1, writes 2, reads 1, waits provision + stop
//!                                  what the example costs, as tests/kinds/requests.rs reads it; likewise `again`, what is
//!                                  read when nothing changes; `update NAME = VALUE`, with that line changed; `destroy`
//! #: needs moto                        only walked where HOUSEWRIGHT_TEST_MOTO is set
//! ```
//!
//! What a change must do follows from the schema: sent at once, refused, replaced, or noted without a request. What a
//! removal must do as well: reset, released, or noted. Verdicts are exit codes and what the sandbox was sent.
//! `UPDATE_DOCS=1 cargo test --test kinds` writes the pages anew.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

#[path = "../support/mod.rs"]
mod support;

mod case;
mod effects;
mod fields;
mod reference;
mod requests;
mod walk;

use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::Case;
use housewright::kinds::{Kind, registry};

/// Does something with as many kinds at once as there are processors; fails with all for which it does not hold.
fn each(kinds: &[&'static dyn Kind], hold: impl Fn(&'static dyn Kind) + Sync) {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(kind) = kinds.get(next.fetch_add(1, Ordering::SeqCst)) {
            if std::panic::catch_unwind(AssertUnwindSafe(|| hold(*kind))).is_err() {
                failed.lock().unwrap().push(kind.schema().kind);
            }
        }
    };
    std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
    assert_eq!(failed.into_inner().unwrap(), Vec::<&str>::new(), "these kinds do not hold it");
}

/// Only the kinds that are named, when some are: `KINDS=service,api_key cargo test --test kinds`.
fn chosen() -> Vec<&'static dyn Kind> {
    let names = std::env::var("KINDS").unwrap_or_default();
    let named = |k: &&dyn Kind| names.is_empty() || names.split(',').any(|n| n == k.schema().kind);
    registry().iter().copied().filter(named).collect()
}

#[test]
fn apply_then_plan_is_empty_for_every_attribute_and_every_field_is_known() {
    let kinds = chosen();
    let sent = Mutex::new(Vec::new());
    each(&kinds, |kind| {
        let found = walk::walk(kind, &Case::of(kind.schema().kind));
        sent.lock().unwrap().extend(found);
    });
    let sent = sent.into_inner().unwrap();
    if kinds.len() == registry().len() {
        fields::check(&sent, &registry().iter().map(|k| Case::of(k.schema().kind)).collect::<Vec<_>>());
    }
}

#[test]
fn every_settable_attribute_is_walked_or_fixed() {
    for kind in registry() {
        let (schema, case) = (kind.schema(), Case::of(kind.schema().kind));
        for attribute in schema.attributes.iter().filter(|a| a.settable()) {
            assert!(case.names(attribute.name), "{}: `{}` is neither walked nor fixed", schema.kind, attribute.name);
        }
    }
}

#[test]
fn every_example_costs_the_requests_that_its_file_states_and_a_plan_tells() {
    each(&chosen(), |kind| requests::check(&Case::of(kind.schema().kind)));
}

#[test]
fn every_data_source_costs_the_requests_that_are_stated() {
    requests::check_sources();
}

#[test]
fn the_page_about_requests_holds_what_the_files_state() {
    requests::check_page();
}

#[test]
fn the_pages_are_what_the_schemas_say() {
    reference::check();
}
