//! Printing. A reader that has gone away (`| head`) is no mistake, so nothing here fails.

use std::io::Write as _;

/// Writes a line to the standard output.
pub(super) fn print(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Writes a line to the standard error: for people, not for the next program.
pub(super) fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Like `println!`, but a reader that has gone away is no mistake.
macro_rules! outln {
    ($($arguments:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout().lock(), $($arguments)*);
    }};
}

/// Like `print!`, but a reader that has gone away is no mistake.
macro_rules! out {
    ($($arguments:tt)*) => {{
        use std::io::Write as _;
        let _ = write!(std::io::stdout().lock(), $($arguments)*);
    }};
}
