//! One binary for the servers and all tools; see [`rkafka::program`].

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(rkafka::program::main(std::env::args_os()).0)
}
