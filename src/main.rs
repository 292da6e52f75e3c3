//! The program: hands the command line to `facefield::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    facefield::cli::main()
}
