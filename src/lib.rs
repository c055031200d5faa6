//! Housewright: a declarative provisioner for ClickHouse Cloud and BYOC.
//!
//! The way through the house: `config` reads files into declarations, `desired` evaluates them, `observe` looks at what is
//! there, `plan` compares, `apply` carries out, `ops` wires all of it, `cli` talks to people. Imports run downward in the
//! order of the list in `docs/ARCHITECTURE.md`.

pub mod address;
pub mod clock;
pub mod config;
pub mod diag;
pub mod graph;
pub mod lang;
pub mod sandbox;
