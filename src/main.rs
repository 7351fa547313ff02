//! One binary for the servers and all tools; see [`rkafka::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(rkafka::cli::main(std::env::args_os()).0)
}
