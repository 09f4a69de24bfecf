//! The executable: everything is in `frontdesk::cli`.

use std::process::ExitCode;

/// What compiling a bot took goes back to the system, a few seconds after it was freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    frontdesk::cli::run(std::env::args_os())
}
