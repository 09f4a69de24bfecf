//! The executable: everything is in `frontdesk::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    frontdesk::cli::run(std::env::args_os())
}
