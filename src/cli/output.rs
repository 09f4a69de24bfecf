//! Printing. A reader that has gone away (`| head`) is no mistake; anything else that keeps a line from being written (a full
//! disk) is: a backup that ends early must not look whole. It is kept until the command ends, which then fails.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _};
use std::sync::OnceLock;

/// The first error of the standard output.
static FAILED: OnceLock<String> = OnceLock::new();

/// Writes a line to the standard output.
pub(super) fn print(line: &str) {
    write(format_args!("{line}\n"));
}

/// Writes to the standard output.
pub(super) fn write(text: Arguments<'_>) {
    keep(std::io::stdout().lock().write_fmt(text));
}

fn keep(outcome: std::io::Result<()>) {
    match outcome {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            // Only the first one is told.
            let _ = FAILED.set(error.to_string());
        }
        _ => {}
    }
}

/// What kept the output from being written whole, once all of it was handed over.
pub(super) fn failure() -> Option<&'static str> {
    keep(std::io::stdout().lock().flush());
    FAILED.get().map(String::as_str)
}

/// Writes a line to the standard error: for people, not for the next program.
pub(super) fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// A path as it is written in a command: in quotes where a shell would take it apart.
pub(super) fn in_shell(path: &std::path::Path) -> String {
    let text = path.display().to_string();
    let plain = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "/._-+@%:,".contains(c));
    if plain { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

/// Like `println!`, but a reader that has gone away is no mistake.
macro_rules! outln {
    () => { $crate::cli::output::write(format_args!("\n")) };
    ($($arguments:tt)*) => { $crate::cli::output::print(&format!($($arguments)*)) };
}

/// Like `print!`, but a reader that has gone away is no mistake.
macro_rules! out {
    ($($arguments:tt)*) => { $crate::cli::output::write(format_args!($($arguments)*)) };
}
