//! What exists is taken over, and what changes behind one's back is seen. Things are made by hand in the sandbox; verdicts
//! come from its world and its record of requests, and from the exit codes.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests use the real machine")]

#[path = "../support/mod.rs"]
mod support;

mod accept;
mod all;
mod convert;
mod drift;
mod every_kind;
mod hand;
mod import;
mod refactor;
mod terraform;
