//! Standard output as `System.out` writes it.

use std::fmt::Display;
use std::io::{self, Write as _};

/// Prints `line` and a line feed, as `System.out.println` does: an output that cannot be written is no error.
pub fn print_line(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}
