//! The program: hands arguments and surroundings to `cli` and ends with its exit code.

use std::process::ExitCode;

/// Half of the time of a large plan is spent on small pieces of memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "arguments are read here, once")]
    let arguments = std::env::args_os();
    ExitCode::from(housewright::cli::run(arguments))
}
