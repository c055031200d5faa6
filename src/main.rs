//! The program: hands arguments and surroundings to `cli` and ends with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "arguments are read here, once")]
    let arguments = std::env::args_os();
    ExitCode::from(housewright::cli::run(arguments))
}
