//! Housewright: a declarative provisioner for ClickHouse Cloud and BYOC.
//!
//! The way through the house: `config` reads files into declarations, `desired` evaluates them, `observe` looks at what is
//! there, `plan` compares, `apply` carries out, `ops` wires all of it, `cli` talks to people. Imports run downward in the
//! order of the list in `docs/ARCHITECTURE.md`.

pub mod address;
pub mod apply;
pub mod aws;
pub mod call;
pub mod cli;
pub mod clock;
pub mod cloud;
pub mod config;
pub mod desired;
pub mod diag;
pub mod graph;
pub mod host;
pub mod kinds;
pub mod lang;
pub mod messages;
pub mod observe;
pub mod ops;
pub mod plan;
pub mod sandbox;
pub mod schema;
pub mod secret;
